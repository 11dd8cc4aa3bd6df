// SPDX-License-Identifier: GPL-2.0-or-later
/* Two reports that are made up, and the difference of them. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made_diff.h"

struct made_side made_a, made_b;
struct diff *made_difference;

static void side_init(struct made_side *s, uint64_t base, double began)
{
	*s = (struct made_side){.base = base};
	s->snapshot = (struct snapshot){
		.caches = s->caches,
		.origins = s->origins,
		.verdicts = s->verdicts,
		.scale = 1,
		.booked_s = 30,
		.tick_s = 0.004,
		.checked = true,
		.pins_looked = true,
	};
	s->source = (struct report_source){
		.began = began, .at_s = 30, .length_s = 30, .nr = 3, .count = 3, .ended = true};
	for (int i = 0; i < HOOK_COUNT; i++)
		s->hooks[i] = (struct hook){.spec = &hook_specs[i], .state = HOOK_ATTACHED};
	/* Names are known, though none may be needed. */
	s->functions[MADE_DIFF_MOST] =
		(struct symbols_entry){base + 0x1000 * MADE_DIFF_MOST, "last", NULL};
	s->report = (struct report){
		.host = "web3",
		.release = "6.12.117+deb12-cloud-amd64",
		.machine = "x86_64",
		.snapshot = &s->snapshot,
		.source = &s->source,
		.hooks = s->hooks,
		.grade = COVERAGE_FULL,
	};
}

int made_diff_setup(void **state)
{
	(void)state;
	made_difference = NULL;
	made_diff_counts_caches = false;
	side_init(&made_a, 0xffffffff81000000, 1e9);
	side_init(&made_b, 0xffffffff93000000, 2e9);
	return 0;
}

int made_diff_teardown(void **state)
{
	(void)state;
	diff_destroy(made_difference);
	symbols_destroy(made_a.symbols);
	symbols_destroy(made_b.symbols);
	return 0;
}

/* An origin at function+offset; no function: no name; "": beyond the table. */
struct snapshot_origin *made_diff_put(struct made_side *s, const char *cache, const char *function,
				      const char *module, uint64_t bytes, enum verdict_kind kind)
{
	size_t i = s->snapshot.origin_cnt++;
	struct snapshot_origin *o = &s->origins[i];
	uint64_t at = s->base + 0x1000 * i;

	assert_true(i < MADE_DIFF_MOST);
	s->snapshot.cache_cnt++;
	snprintf(s->caches[i].name, sizeof(s->caches[i].name), "%s", cache);
	s->functions[i] = (struct symbols_entry){at, function ? function : "", module};
	/* An address below all symbols has no name. */
	*o = (struct snapshot_origin){
		.cache = i,
		.site = !function   ? 0x1000
			: *function ? at + 0x10 + s->base % 7
				    : 0,
		.allocs = bytes,
		.objects = bytes / 64,
		.bytes = bytes,
		.verdict = &s->verdicts[i],
	};
	s->verdicts[i] = (struct verdict){.kind = kind, .why = VERDICT_FEW};
	if (kind == VERDICT_LEAK)
		s->verdicts[i].why = VERDICT_ORPHANS;
	if (kind == VERDICT_STEADY)
		s->verdicts[i].why = VERDICT_NONE_LEFT;
	s->snapshot.bytes += bytes;
	s->snapshot.objects += o->objects;
	return o;
}

void made_diff_name(struct made_side *s, bool hidden)
{
	struct symbols_entry known[MADE_DIFF_MOST + 1];
	size_t count = 0;

	for (size_t i = 0; i <= MADE_DIFF_MOST; i++)
		if (s->functions[i].name && *s->functions[i].name)
			known[count++] = s->functions[i];
	symbols_destroy(s->symbols);
	s->symbols = NULL;
	assert_int_equal(symbols_create_from(known, hidden ? 0 : count, &s->symbols), 0);
	s->report.symbols = s->symbols;
}

bool made_diff_counts_caches;

void made_diff_by(double percent)
{
	if (!made_a.symbols)
		made_diff_name(&made_a, false);
	if (!made_b.symbols)
		made_diff_name(&made_b, false);
	diff_destroy(made_difference);
	made_difference = NULL;
	assert_int_equal(diff_create(&made_a.report, &made_b.report, percent,
				     made_diff_counts_caches, &made_difference),
			 0);
	made_difference->a_name = "a.rec";
	made_difference->b_name = "b.rec";
}

void made_diff(void)
{
	made_diff_by(DIFF_GROWTH);
}

const struct diff_row *made_diff_row(const char *function)
{
	for (size_t i = 0; i < made_difference->row_cnt; i++)
		if (made_difference->rows[i].name.function &&
		    !strcmp(made_difference->rows[i].name.function, function))
			return &made_difference->rows[i];
	fail_msg("no row of %s", function);
	return NULL;
}

char *made_diff_write(int (*writer)(const struct diff *, FILE *))
{
	char *whole = NULL;
	size_t size;
	FILE *f = open_memstream(&whole, &size);

	assert_non_null(f);
	assert_int_equal(writer(made_difference, f), 0);
	fclose(f);
	return whole;
}
