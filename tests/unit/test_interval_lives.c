// SPDX-License-Identifier: GPL-2.0-or-later
/* interval_lives.c, and interval.c of whatever population. */
#include "fixture.h"

#include <math.h>

#include "cleanup.h"
#include "interval.h"
#include "made_ledger.h"

/* Deaths of all ages, of objects of before and of then; a population that is replaced. */
static void no_leak_in_what_is_replaced(void **state)
{
	struct interval_window w = {.length_s = 400, .tick_s = MADE_TICK_S, .slice = 32};
	struct snapshot_lives before = {.died = {[4] = 7}}, lives = {};
	const struct interval_growth none = {};
	struct interval_born born;
	uint64_t sum = 0;

	(void)state;
	lives.died[4] = 10;
	lives.died[17] = 3; /* 524 s at least: nobody of the 400 s */
	lives.alive[10] = 8;
	lives.alive[16] = 20; /* 262 to 524 s */
	lives.alive[17] = 5;
	lives.born[30] = 11;
	lives.born[40] = 14;
	lives.born[63] = 8;
	born = interval_born(&w, &lives);
	assert_int_equal(born.least, 22); /* by slices */
	assert_int_equal(born.most, 22);
	assert_int_equal(born.about, 22);
	interval_cut(&w, &before, &none, born.about, &lives);
	assert_int_equal(lives.died[4], 3);
	assert_int_equal(lives.died[16], 3);
	assert_int_equal(lives.died[17], 0);
	assert_int_equal(lives.alive[10], 8);
	assert_int_equal(lives.alive[16], 14);
	assert_int_equal(lives.alive[17], 0);
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		sum += lives.born[i];
	assert_int_equal(sum, 22);
	assert_int_equal(lives.born[62] + lives.born[63], 8); /* 4 to 8 s ago */
	for (int i = 24; i < 62; i++)			      /* the others in the first 138 s */
		assert_int_equal(lives.born[i], 0);
}

/* A slice that the beginning divides, and ages that do not tell. */
static void bounds(void **state)
{
	struct interval_window w = {.length_s = 100, .tick_s = MADE_TICK_S, .slice = 60.5};
	struct snapshot_lives lives = {};
	struct interval_born born;

	(void)state;
	lives.alive[14] = 30; /* 65 to 131 s */
	lives.born[60] = 20;
	lives.born[10] = 10;
	born = interval_born(&w, &lives);
	assert_int_equal(born.least, 0);
	assert_int_equal(born.most, 20);
	assert_int_equal(born.about, 10);
	lives.alive[13] = 15; /* all of these */
	lives.alive[14] = 15;
	born = interval_born(&w, &lives);
	assert_int_equal(born.least, 15);
	assert_int_equal(born.about, 15);
}

struct life {
	double born, died; /* s */
};

/* As the programs count lifetimes. */
static int bin_of(double ticks)
{
	int bin = 0;

	while (bin + 1 < SS_LIFE_BINS && ticks >= (double)(1u << (bin + 1)))
		bin++;
	return bin;
}

static void count(const struct life *lives, size_t count, double now, struct snapshot_origin *o)
{
	for (size_t i = 0; i < count; i++) {
		const struct life *l = &lives[i];

		if (l->born > now)
			continue;
		o->allocs++;
		if (l->died <= now) {
			o->frees++;
			o->lives.died[bin_of((l->died - l->born) / MADE_TICK_S)]++;
			continue;
		}
		o->booked++;
		o->lives.alive[bin_of((now - l->born) / MADE_TICK_S)]++;
		o->lives.born[(int)(l->born / now * SNAPSHOT_SLICES * 0.999999)]++;
	}
	o->objects = o->booked;
	o->bytes = 64 * o->booked;
}

/* Whatever lives are like: the truth is within the bounds, and all adds up. */
static void any_population(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 300; round++) {
		const double end = 100 + random_below(&seed, 20000),
			     from = end * random_below(&seed, 1000) / 1001,
			     mean = 1 + random_below(&seed, 5000);
		struct snapshot_cache caches[2] = {{.name = "c"}, {.name = "c"}};
		struct snapshot_origin before = {.site = 1}, after = {.site = 1};
		struct snapshot a = {.caches = caches,
				     .cache_cnt = 1,
				     .origins = &before,
				     .origin_cnt = 1,
				     .scale = 1,
				     .booked_s = from,
				     .tick_s = MADE_TICK_S};
		struct snapshot b = {.caches = caches + 1,
				     .cache_cnt = 1,
				     .origins = &after,
				     .origin_cnt = 1,
				     .scale = 1,
				     .booked_s = end,
				     .tick_s = MADE_TICK_S};
		const struct interval_growth growth = {};
		struct life lives[200];
		uint64_t truth = 0, unsure, sum = 0, born = 0;

		for (size_t i = 0; i < ARRAY_SIZE(lives); i++) {
			lives[i].born = end * random_below(&seed, 100000) / 100000;
			lives[i].died =
				lives[i].born + random_below(&seed, 100000) / 50000.0 * mean;
			if (!random_below(&seed, 4))
				lives[i].died = INFINITY;
			truth += lives[i].born > from && lives[i].died > end;
		}
		count(lives, ARRAY_SIZE(lives), from, &before);
		count(lives, ARRAY_SIZE(lives), end, &after);
		assert_int_equal(interval_make(&a, &growth, &b, &unsure), 0);
		if (!b.origin_cnt)
			continue;
		assert_true(after.objects <= truth + unsure && truth <= after.objects + unsure);
		assert_true(after.objects <= after.allocs);
		for (int i = 0; i < SS_LIFE_BINS; i++)
			sum += after.lives.alive[i];
		for (int i = 0; i < SNAPSHOT_SLICES; i++)
			born += after.lives.born[i];
		assert_int_equal(sum, after.objects);
		assert_int_equal(born, after.objects);
		assert_int_equal(b.objects, after.objects);
		assert_int_equal(caches[1].bytes, 64 * after.objects);
		sum = 0;
		for (int i = 0; i < SS_LIFE_BINS; i++)
			sum += after.lives.died[i];
		assert_int_equal(sum, after.frees);
	}
}

int test_interval_lives(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_leak_in_what_is_replaced),
		cmocka_unit_test(bounds),
		cmocka_unit_test(any_population),
	};

	return cmocka_run_group_tests_name("interval_lives", tests, NULL, NULL);
}
