// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_openmetrics.c, by a strict reader: valid whatever names are in it, never more series
 * than asked for, and never less in their sum than there is.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "export_rows.h"
#include "made_export.h"
#include "read_openmetrics.h"

static struct openmetrics read_export(char **ret_text)
{
	struct openmetrics m;
	const char *wrong;
	size_t size;

	*ret_text = made_export(export_openmetrics, &size);
	wrong = openmetrics_read(*ret_text, &m);
	if (wrong)
		fail_msg("%s", wrong);
	return m;
}

/* Of one metric; *ret_count: how many samples it has. */
static double sum_of(const struct openmetrics *m, const char *name, size_t *ret_count)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < m->sample_cnt; i++)
		if (!strcmp(m->samples[i].name, name)) {
			sum += m->samples[i].value;
			count++;
		}
	assert_true(count);
	if (ret_count)
		*ret_count = count;
	return sum;
}

/* The sample of this metric whose label has this value. */
static const struct openmetrics_sample *find(const struct openmetrics *m, const char *name,
					     const char *label, const char *value)
{
	for (size_t i = 0; i < m->sample_cnt; i++) {
		const char *found = openmetrics_label(&m->samples[i], label);

		if (!strcmp(m->samples[i].name, name) && found && !strcmp(found, value))
			return &m->samples[i];
	}
	return NULL;
}

/* The reader of these tests can tell. */
static void openmetrics_reader_refuses_what_is_not_valid(void **state)
{
	static const char *const bad[] = {
		"",
		"# TYPE a gauge\n# HELP a b.\na 1\n",
		"# TYPE a gauge\n# HELP a b.\na 1\n\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\na 1\n# EOF\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\na 1\na 2\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\na{b=\"1\"} 1\na{b=\"1\"} 2\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\na{b=\"1} 1\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\na{b=\"\\x\"} 1\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\na{b=\"\"c\"} 1\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\na{} 1\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\na one\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\nb 1\n# EOF\n",
		"# TYPE a gauge\na 1\n# EOF\n",
		"# TYPE a gauge\n# UNIT a bytes\n# HELP a b.\na 1\n# EOF\n",
		"# TYPE a gauge\n# HELP a b.\na 1\n# TYPE a gauge\n# HELP a b.\na{b=\"\"} 1\n# "
		"EOF\n",
		"a 1\n# EOF\n",
	};
	char good[] = "# TYPE a_b gauge\n# UNIT a_b b\n# HELP a_b C.\na_b{c=\"\\\\\\\"\\n\"} 1.5\n"
		      "# EOF\n";
	struct openmetrics m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		autofree char *text = strdup(bad[i]);

		if (!openmetrics_read(text, &m))
			fail_msg("taken: %s", bad[i]);
	}
	assert_null(openmetrics_read(good, &m));
	assert_int_equal(m.sample_cnt, 1);
	assert_string_equal(openmetrics_label(&m.samples[0], "c"), "\\\"\n");
	openmetrics_free(&m);
}

static void openmetrics_has_the_snapshots_numbers(void **state)
{
	const struct openmetrics_sample *s;
	autofree char *text = NULL;
	struct openmetrics m;
	size_t count;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	m = read_export(&text);
	assert_close(sum_of(&m, "slabsight_origin_live_bytes", &count),
		     made.report.snapshot->bytes);
	assert_int_equal(count, made.report.snapshot->origin_cnt);
	assert_close(sum_of(&m, "slabsight_origin_live_objects", NULL),
		     made.report.snapshot->objects);
	assert_close(sum_of(&m, "slabsight_origin_allocations", NULL),
		     made.report.snapshot->allocs);
	assert_close(sum_of(&m, "slabsight_origin_frees", NULL), made.report.snapshot->frees);
	s = find(&m, "slabsight_origin_live_bytes", "cache", "kmalloc-16");
	assert_non_null(s);
	assert_close(s->value, 16000);
	assert_string_equal(openmetrics_label(s, "call_site"),
			    "nfs_readdir_folio_array_append+0x26 [nfs]");
	assert_string_equal(openmetrics_label(s, "verdict"), "steady");
	assert_close(sum_of(&m, "slabsight_ghosts", NULL), 12);
	assert_close(sum_of(&m, "slabsight_skipped_events", NULL), 10);
	assert_close(sum_of(&m, "slabsight_leaks", NULL), 1);
	assert_close(sum_of(&m, "slabsight_sample_ratio", NULL), 1);
	assert_close(sum_of(&m, "slabsight_trace_duration_seconds", NULL), 30);
	assert_close(find(&m, "slabsight_coverage", "grade", "full")->value, 1);
	assert_close(sum_of(&m, "slabsight_coverage", NULL), 1);
	assert_non_null(find(&m, "slabsight_trace_info", "kernel", made.report.release));
	openmetrics_free(&m);
}

static void openmetrics_keeps_addresses_secret(void **state)
{
	autofree char *text = NULL;
	size_t size;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	text = made_export(export_openmetrics, &size);
	made_report_check_secrets(&made, text);
}

/* However few origins are named, nothing is lost, and each verdict can be asked for. */
static void openmetrics_adds_up_the_rest(void **state)
{
	struct verdict leak = {.kind = VERDICT_LEAK};
	size_t all;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	all = made.report.snapshot->origin_cnt;
	made.report.snapshot->origins[all - 1].verdict = &leak;
	for (size_t top = 1; top <= all + 1; top++) {
		autofree char *text = NULL;
		struct openmetrics m;
		size_t count;

		made.report.top = top;
		m = read_export(&text);
		assert_close(sum_of(&m, "slabsight_origin_live_bytes", &count),
			     made.report.snapshot->bytes);
		assert_true(count <= top + VERDICT_KINDS);
		assert_true(count <= all);
		assert_non_null(find(&m, "slabsight_origin_allocations", "verdict", "leak"));
		assert_int_equal(!find(&m, "slabsight_origin_live_bytes", "cache", "(other)"),
				 top >= all);
		openmetrics_free(&m);
	}
}

/* Without names every call site is called the same: one series, or it would come twice. */
static void openmetrics_without_symbols(void **state)
{
	autofree char *text = NULL;
	struct symbols *none;
	struct openmetrics m;
	uint32_t cache;
	size_t count;

	made_report_fill(&made);
	cache = made_cache(&made.ledger, "twice", 16, 16);
	for (uint64_t i = 0; i < 2; i++)
		made_object(&made.ledger,
			    made_origin(&made.ledger, cache, MADE_LOOKUP + 0x100 * i, 16, 0), 0, 0,
			    1, 1);
	made_report_take(&made);
	assert_int_equal(
		symbols_create(sandbox_file(state, "hidden", "0000000000000000 T a\n"), &none), 0);
	made.report.symbols = none;
	m = read_export(&text);
	assert_close(sum_of(&m, "slabsight_origin_live_bytes", &count),
		     made.report.snapshot->bytes);
	assert_int_equal(count, made.report.snapshot->origin_cnt - 1);
	assert_close(find(&m, "slabsight_origin_live_bytes", "cache", "twice")->value, 32);
	openmetrics_free(&m);
	symbols_destroy(none);
}

static void openmetrics_holds_any_name(void **state)
{
	autofree char *text = NULL;
	struct openmetrics m;
	size_t count;

	made_hostile_fill(&made, state);
	m = read_export(&text);
	assert_close(sum_of(&m, "slabsight_origin_live_objects", &count),
		     made.report.snapshot->objects);
	assert_int_equal(count, MADE_HOSTILE);
	for (size_t i = 0; i < MADE_HOSTILE; i++) {
		const struct openmetrics_sample *s = find(&m, "slabsight_origin_live_objects",
							  "cache", EXPORT_SAFE(made_hostile[i]));

		assert_non_null(s);
		assert_close(s->value, i + 1);
	}
	openmetrics_free(&m);
	made_hostile_end(&made);
}

static void openmetrics_is_whole_or_not_there(void **state)
{
	size_t size;
	autofree char *text = NULL;

	(void)state;
	made_report_take(&made);
	text = made_export(export_openmetrics, &size);
	assert_has(text, "\n# EOF\n");
	made_report_fill(&made);
	made_report_take(&made);
	made_export_check_failures(export_openmetrics);
	made_export_check_same(export_openmetrics);
}

int test_export_openmetrics(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openmetrics_reader_refuses_what_is_not_valid),
		WITH_REPORT(openmetrics_has_the_snapshots_numbers),
		WITH_REPORT(openmetrics_keeps_addresses_secret),
		WITH_REPORT(openmetrics_adds_up_the_rest),
		WITH_REPORT(openmetrics_without_symbols),
		WITH_REPORT(openmetrics_holds_any_name),
		WITH_REPORT(openmetrics_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("export_openmetrics", tests, NULL, NULL);
}
