// SPDX-License-Identifier: GPL-2.0-or-later
/* survival.c: how births are spread over time, worked out by hand. */
#include "fixture.h"

#include "survival.h"

static struct survival_spread spread_of(const struct snapshot_lives *lives, int slice_cnt)
{
	struct survival_spread spread;

	survival_spread(lives, NULL, slice_cnt, &spread);
	return spread;
}

static void survival_spread_by_hand(void **state)
{
	struct snapshot_lives lives = {.born = {[2] = 1, [3] = 7, [6] = 1, [7] = 1, [11] = 1}};
	struct survival_spread s = spread_of(&lives, 16);

	(void)state;
	assert_int_equal(s.slice_cnt, 16);
	assert_int_equal(s.births, 11);
	assert_int_equal(s.occupied, 5);
	assert_int_equal(s.gap, 4); /* 12 to 15 */
	assert_int_equal(s.last_gap, 4);
	assert_int_equal(s.inner_gap, 3); /* 8 to 10 */
	assert_int_equal(s.widest, 5);	  /* 8.8 of 11, so 9: 2 to 6, or 3 to 7 */
	assert_int_equal(s.since, 8);	  /* the later one */
	/* Only what is asked for counts. */
	s = spread_of(&lives, 8);
	assert_int_equal(s.births, 10);
	assert_int_equal(s.gap, 2);
	assert_int_equal(s.last_gap, 0);
	assert_int_equal(s.inner_gap, 2);
	assert_int_equal(s.widest, 2);
}

static void survival_spread_at_the_ends(void **state)
{
	struct snapshot_lives none = {}, one = {.born = {[40] = 1}}, all = {};
	struct survival_spread s = spread_of(&none, SNAPSHOT_SLICES);

	(void)state;
	assert_int_equal(s.births, 0);
	assert_int_equal(s.gap, SNAPSHOT_SLICES);
	assert_int_equal(s.last_gap, SNAPSHOT_SLICES);
	assert_int_equal(s.inner_gap, 0);
	assert_false(s.slowing);
	s = spread_of(&one, SNAPSHOT_SLICES);
	assert_int_equal(s.gap, 40);
	assert_int_equal(s.last_gap, 23);
	assert_int_equal(s.inner_gap, 0);
	assert_int_equal(s.widest, 1);
	assert_int_equal(s.since, 23);
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		all.born[i] = 10;
	s = spread_of(&all, SNAPSHOT_SLICES);
	assert_int_equal(s.occupied, SNAPSHOT_SLICES);
	assert_int_equal(s.gap, 0);
	assert_int_equal(s.widest, 52); /* 80 % of 64, rounded up */
	assert_int_equal(s.since, 0);
	assert_false(s.slowing);
	s = spread_of(&all, 0);
	assert_int_equal(s.births, 0);
	assert_int_equal(s.gap, 0);
	assert_int_equal(s.widest, 0);
}

/* Halves of n1 and n2 births. */
static bool slowing(uint64_t first, uint64_t second)
{
	struct snapshot_lives lives = {.born = {[1] = first, [50] = second}};

	return spread_of(&lives, SNAPSHOT_SLICES).slowing;
}

static void survival_slowing_is_clear_and_large(void **state)
{
	struct snapshot_lives odd = {.born = {[0] = 10, [1] = 100, [2] = 10}};

	(void)state;
	/* (first - second)^2 > 1.6449^2 (first + second) */
	assert_false(slowing(6, 2)); /* 16 of 21.6 */
	assert_true(slowing(7, 2));  /* 25 of 24.3 */
	assert_false(slowing(20, 12));
	assert_true(slowing(21, 11)); /* 100 of 86.6 */
	/* Clear, but not by a lot. */
	assert_false(slowing(10000, 6001));
	assert_true(slowing(10000, 5999));
	assert_false(slowing(0, 100));
	assert_false(slowing(0, 0));
	/* The middle of three belongs to neither. */
	assert_false(spread_of(&odd, 3).slowing);
	odd.born[2] = 1;
	assert_true(spread_of(&odd, 3).slowing);
}

static bool thinning(uint64_t first, uint64_t second)
{
	struct snapshot_lives lives = {.born = {[1] = first, [50] = second}};

	return spread_of(&lives, SNAPSHOT_SLICES).thinning;
}

static void survival_thinning_is_beyond_doubt(void **state)
{
	(void)state;
	/* (second - first)^2 > 3.0902^2 (first + second): what chance makes of 57 is not it. */
	assert_false(thinning(22, 35));
	assert_false(thinning(17, 40)); /* 529 of 544.3 */
	assert_true(thinning(16, 41));	/* 625 of 544.3 */
	/* Beyond doubt, but not by a lot. */
	assert_false(thinning(6001, 10000));
	assert_true(thinning(5999, 10000));
	assert_false(thinning(100, 0));
	assert_false(thinning(0, 0));
}

static void survival_gaps_after_a_slice(void **state)
{
	struct snapshot_lives lives = {.born = {[10] = 1, [30] = 1, [40] = 1}};

	(void)state;
	assert_int_equal(survival_gap_after(&lives, 0), 23);
	assert_int_equal(survival_gap_after(&lives, SNAPSHOT_SLICES), 23);
	lives.born[60] = 1;
	assert_int_equal(survival_gap_after(&lives, 0), 19); /* 11 to 29, and 41 to 59 */
	lives.born[50] = 1;
	assert_int_equal(survival_gap_after(&lives, 29), 19); /* ends there */
	assert_int_equal(survival_gap_after(&lives, 30), 9);
	assert_int_equal(survival_gap_after(&lives, SNAPSHOT_SLICES), 3);
}

int test_survival_spread(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survival_spread_by_hand),
		cmocka_unit_test(survival_spread_at_the_ends),
		cmocka_unit_test(survival_slowing_is_clear_and_large),
		cmocka_unit_test(survival_thinning_is_beyond_doubt),
		cmocka_unit_test(survival_gaps_after_a_slice),
	};

	return cmocka_run_group_tests_name("survival, spread", tests, NULL, NULL);
}
