// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_text.c on a terminal of 80 columns: whatever the numbers of a large
 * machine and however long the names that real ones have.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"

#define WIDTH 80

/* Up to about 10^12, small numbers as often as large ones. */
static uint64_t any_number(uint64_t *seed)
{
	return random_next(seed) >> (24 + random_below(seed, 40));
}

static void any_word(uint64_t *seed, char *to, uint32_t min, uint32_t max)
{
	uint32_t len = min + random_below(seed, max - min + 1);

	for (uint32_t i = 0; i < len; i++)
		to[i] = "abcdefghijklmnopqrstuvwxyz_-0123456789"[random_below(seed, 38)];
	to[len] = '\0';
}

/* Change what made_report_take() found into what a large machine might have. */
static void any_numbers(struct snapshot *s, uint64_t *seed)
{
	s->allocs = any_number(seed);
	s->frees = any_number(seed);
	s->objects = any_number(seed) % 2000000000;
	s->bytes = any_number(seed);
	s->ghosts = any_number(seed) % 1000000000;
	s->refused = any_number(seed) % 1000000000;
	s->unbalanced = random_below(seed, 3);
	for (size_t i = 0; i < s->cache_cnt; i++) {
		struct snapshot_cache *c = &s->caches[i];

		any_word(seed, c->name, 1, 31);
		c->objects = any_number(seed) % 1000000000;
		c->allocs = any_number(seed);
		c->frees = any_number(seed);
		c->bytes = any_number(seed);
		c->oldest_s = any_number(seed) % 3888000;
		c->ghosts = any_number(seed);
	}
	for (size_t i = 0; i < s->origin_cnt; i++) {
		struct snapshot_origin *o = &s->origins[i];

		o->objects = any_number(seed) % 1000000000;
		o->allocs = any_number(seed);
		o->frees = any_number(seed);
		o->ghosts = any_number(seed) % 1000000000;
		o->refused = any_number(seed) % 1000000000;
		o->requested_bytes = any_number(seed);
		o->bytes = o->requested_bytes + any_number(seed);
		o->age_min_s = any_number(seed) % 3888000;
		o->age_max_s = o->age_min_s + 1.5;
		o->age_mean_s = o->age_min_s + 0.5;
		o->booked = any_number(seed) % 1000000000;
		o->stackless = o->booked / 3;
		o->estimated = random_below(seed, 2);
		for (size_t j = 0; j < o->stack_cnt; j++)
			o->stacks[j].objects = any_number(seed) % 1000000000;
	}
	uint64_t *totals = (uint64_t *)&s->totals;

	for (size_t i = 0; i < sizeof(s->totals) / sizeof(*totals); i++)
		totals[i] = any_number(seed);
}

/* Ten processes of the longest names under one stack; names as long as real ones are. */
static void fill_wide(struct made_ledger *m, uint64_t *seed)
{
	char name[64];

	for (uint32_t n = 0; n < 12; n++) {
		uint32_t cache, origin, stack;

		any_word(seed, name, 1, 31);
		cache = made_cache(m, name, 192, 192);
		m->caches[cache].state |= random_below(seed, 4) ? 0 : SS_CACHE_DESTROYED;
		origin = made_origin(m, cache, MADE_OTHER + 0x200 * n + 0x1f, 192, 0);
		stack = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_READDIR, MADE_NOWHERE}, 3);
		for (uint32_t i = 0; i < 5; i++) {
			any_word(seed, name, 1, 15);
			made_objects(m, 1 + random_below(seed, 5), origin,
				     made_rec(m, origin, stack, made_task(m, name)), i, 1, 100);
		}
	}
}

static void text_report_fits_80_columns(void **state)
{
	uint64_t seed = 8;

	(void)state;
	for (int round = 0; round < 60; round++) {
		char host[33], release[41];
		autofree char *text = NULL;

		made_deinit(&made.ledger);
		made_init(&made.ledger);
		any_word(&seed, host, 1, 32);
		any_word(&seed, release, 5, 40);
		made.report.host = host;
		made.report.release = release;
		made.report.duration_s = 0.1 + any_number(&seed) % 3888000;
		made.report.recursion_misses = any_number(&seed);
		made.report.map_bytes = any_number(&seed);
		made.report.grade = random_below(&seed, 3);
		made.report.top = random_below(&seed, 2) * 7;
		if (round % 3 == 0)
			made_halve(&made.ledger, 1 + random_below(&seed, 8));
		fill_wide(&made.ledger, &seed);
		made_report_take(&made);
		any_numbers(made.report.snapshot, &seed);
		text = made_report_write(&made, report_text);
		assert_fits(text);
	}
}

/* Columns of numbers stay columns on a machine with a billion objects. */
static void text_report_table_holds_large_numbers(void **state)
{
	uint32_t cache = made_cache(&made.ledger, "dentry", 192, 192);
	autofree char *text = NULL;
	const char *title, *row;

	slabs_destroy(made.after);
	assert_int_equal(slabs_create(sandbox_file(state, "after", "dentry 1000000998 1\n"),
				      sandbox_path(state, "absent"), &made.after),
			 0);
	made.report.after = made.after;
	made_object(&made.ledger, made_origin(&made.ledger, cache, MADE_ALLOC, 192, 0), 0, 0, 1, 1);
	made_report_take(&made);
	made.report.snapshot->caches[0].objects = 999999999;
	made.report.snapshot->caches[0].bytes = 1023ull << 30;
	made.report.snapshot->caches[0].allocs = 999ull * 30000000000;
	made.report.snapshot->caches[0].frees = 999ull * 30000000000;
	made.report.snapshot->caches[0].oldest_s = 999 * 3600 + 59 * 60;
	text = made_report_write(&made, report_text);
	row = made_report_row(text, "dentry");
	title = made_report_row(text, "CACHE");
	assert_int_equal(strcspn(row, "\n"), WIDTH);
	assert_memory_equal(row,
			    "dentry              999,999,999 1023 GiB  33 M   999 G  999 G 999h59m "
			    "+999999998",
			    WIDTH);
	/* Each number ends below its title. */
	assert_int_equal(strstr(title, "LIVE") - title + 4, strstr(row, "999,999,999") - row + 11);
	assert_int_equal(strstr(title, "OLDEST") - title + 6, strstr(row, "999h59m") - row + 7);
	assert_fits(text);
}

/* A name that fills its column stays in its row; a longer one has a line of its own. */
static void text_report_table_holds_long_names(void **state)
{
	static const char *const names[] = {"nineteen_characters", "twenty_characters_20"};
	autofree char *text = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		made_object(&made.ledger,
			    made_origin(&made.ledger, made_cache(&made.ledger, names[i], 64, 64),
					MADE_ALLOC, 64, 0),
			    0, 0, 1, 1);
	made_report_take(&made);
	text = made_report_write(&made, report_text);
	assert_has(text, "\nnineteen_characters           1     64 B ");
	assert_has(text, "\ntwenty_characters_20\n                              1     64 B ");
	assert_fits(text);
}

int test_report_width(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(text_report_fits_80_columns),
		WITH_REPORT(text_report_table_holds_large_numbers),
		WITH_REPORT(text_report_table_holds_long_names),
	};

	return cmocka_run_group_tests_name("report_text, width", tests, NULL, NULL);
}
