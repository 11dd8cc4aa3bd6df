// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rank.c: each key sorts caches and origins, equals keep their order, and an
 * origin still knows its cache afterwards.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "snapshot.h"
#include "stand_ins.h"

static void rank_sorts_by_each_key(void **state)
{
	static const struct {
		enum snapshot_key key;
		const char *caches; /* their order, one letter each */
		const char *sites;
	} cases[] = {
		{SNAPSHOT_BY_BYTES, "abc", "12345"},
		{SNAPSHOT_BY_OBJECTS, "bca", "54321"},
		{SNAPSHOT_BY_ALLOCS, "cab", "23451"},
		{SNAPSHOT_BY_AGE, "acb", "34512"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct snapshot_cache caches[] = {
			{.name = "c", .bytes = 1, .objects = 20, .allocs = 300, .oldest_s = 0.2},
			{.name = "a", .bytes = 3, .objects = 10, .allocs = 200, .oldest_s = 0.3},
			{.name = "b", .bytes = 2, .objects = 30, .allocs = 100, .oldest_s = 0.1},
		};
		struct snapshot_origin origins[] = {
			{.cache = 1,
			 .site = 3,
			 .bytes = 3,
			 .objects = 3,
			 .allocs = 40,
			 .age_max_s = 5},
			{.cache = 0,
			 .site = 1,
			 .bytes = 5,
			 .objects = 1,
			 .allocs = 10,
			 .age_max_s = 2},
			{.cache = 2,
			 .site = 5,
			 .bytes = 1,
			 .objects = 5,
			 .allocs = 20,
			 .age_max_s = 3},
			{.cache = 0,
			 .site = 4,
			 .bytes = 2,
			 .objects = 4,
			 .allocs = 30,
			 .age_max_s = 4},
			{.cache = 1,
			 .site = 2,
			 .bytes = 4,
			 .objects = 2,
			 .allocs = 50,
			 .age_max_s = 1},
		};
		const char *const cache_of = "?caacb"; /* of site 1, 2 ... */
		struct snapshot s = {
			.caches = caches,
			.cache_cnt = ARRAY_SIZE(caches),
			.origins = origins,
			.origin_cnt = ARRAY_SIZE(origins),
		};

		assert_int_equal(snapshot_rank(&s, cases[i].key), 0);
		for (size_t j = 0; j < s.cache_cnt; j++)
			assert_int_equal(s.caches[j].name[0], cases[i].caches[j]);
		for (size_t j = 0; j < s.origin_cnt; j++) {
			const struct snapshot_origin *o = &s.origins[j];

			assert_int_equal(o->site, cases[i].sites[j] - '0');
			assert_int_equal(s.caches[o->cache].name[0], cache_of[o->site]);
		}
	}
}

/* Many equals: more than any sort keeps in order by chance. */
static void rank_keeps_the_order_of_equals(void **state)
{
	enum { COUNT = 1000 };
	autofree struct snapshot_cache *caches = calloc(COUNT, sizeof(*caches));
	autofree struct snapshot_origin *origins = calloc(COUNT, sizeof(*origins));
	struct snapshot s = {
		.caches = caches,
		.cache_cnt = COUNT,
		.origins = origins,
		.origin_cnt = COUNT,
	};
	uint64_t seed = 6;

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		caches[i].bytes = random_below(&seed, 4);
		caches[i].size = i;
		origins[i].bytes = random_below(&seed, 4);
		origins[i].site = i;
		origins[i].cache = i;
	}
	assert_int_equal(snapshot_rank(&s, SNAPSHOT_BY_BYTES), 0);
	for (uint32_t i = 1; i < COUNT; i++) {
		assert_true(caches[i - 1].bytes > caches[i].bytes ||
			    (caches[i - 1].bytes == caches[i].bytes &&
			     caches[i - 1].size < caches[i].size));
		assert_true(origins[i - 1].bytes > origins[i].bytes ||
			    (origins[i - 1].bytes == origins[i].bytes &&
			     origins[i - 1].site < origins[i].site));
		assert_int_equal(caches[origins[i].cache].size, origins[i].site);
	}
}

static void rank_of_nothing(void **state)
{
	struct snapshot s = {};

	(void)state;
	assert_int_equal(snapshot_rank(&s, SNAPSHOT_BY_AGE), 0);
	assert_int_equal(s.cache_cnt + s.origin_cnt, 0);
}

/* Without memory nothing is half done: an origin's cache is right, sorted or not. */
static void rank_survives_without_memory(void **state)
{
	int err = -ENOMEM, failures = 0;

	(void)state;
	for (long n = 0; err; n++) {
		struct snapshot_cache caches[] = {{.name = "a", .bytes = 1},
						  {.name = "b", .bytes = 2}};
		struct snapshot_origin origins[] = {{.cache = 0, .bytes = 1, .site = 'a'},
						    {.cache = 1, .bytes = 2, .site = 'b'}};
		struct snapshot s = {
			.caches = caches,
			.cache_cnt = 2,
			.origins = origins,
			.origin_cnt = 2,
		};

		memory_fails_after(n);
		err = snapshot_rank(&s, SNAPSHOT_BY_BYTES);
		assert_int_equal(memory_failed(), err != 0);
		assert_true(!err || err == -ENOMEM);
		failures += err != 0;
		for (int i = 0; i < 2; i++)
			assert_int_equal(caches[origins[i].cache].name[0], origins[i].site);
	}
	assert_int_equal(failures, 5);
}

int test_rank(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rank_sorts_by_each_key),
		cmocka_unit_test(rank_keeps_the_order_of_equals),
		cmocka_unit_test(rank_of_nothing),
		cmocka_unit_test(rank_survives_without_memory),
	};

	return cmocka_run_group_tests_name("rank", tests, NULL, NULL);
}
