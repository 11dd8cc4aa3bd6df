// SPDX-License-Identifier: GPL-2.0-or-later
/* survival.c: examples worked out by hand, and limits held against the exact ones. */
#include "fixture.h"

#include <math.h>

#include "cleanup.h"
#include "survival.h"

/* Ages of 1, 2, 4, ... s and more are bins 0, 1, 2, ...; a slice is 1 s, then 2 s settled. */
static const struct survival_clock clock_1s = {
	.tick_s = 1,
	.booked_s = SNAPSHOT_SLICES,
	.settled_s = 2,
};

static struct survival_tail tail_of(const struct snapshot_lives *lives, int bin, double unseen)
{
	struct survival_tail tail;

	survival_tail(lives, &clock_1s, bin, unseen, &tail);
	return tail;
}

static void survival_bins_are_powers_of_two(void **state)
{
	(void)state;
	assert_close(survival_bin_s(&clock_1s, 0), 0);
	assert_close(survival_bin_s(&clock_1s, 1), 2);
	assert_close(survival_bin_s(&clock_1s, 5), 32);
	assert_close(survival_bin_s(&(struct survival_clock){.tick_s = 0.004}, 19), 2097.152);
}

/* Nothing is censored before the last age: the estimate is the share that is left. */
static void survival_share_without_censoring(void **state)
{
	struct snapshot_lives lives = {.died = {50, 25, 15}, .alive = {[4] = 10}};

	(void)state;
	assert_close(survival_share(&lives, 0), 1);
	assert_close(survival_share(&lives, 1), 0.5);
	assert_close(survival_share(&lives, 2), 0.25);
	assert_close(survival_share(&lives, 3), 0.1);
	assert_close(survival_share(&lives, 4), 0.1);
	assert_true(isnan(survival_share(&lives, 5)));
}

/*
 * 100 at risk, 20 die and 40 are censored in the first bin: 20 of 80 die. Of 40, 10 die
 * and 20 are censored: 10 of 30. Of 10, 5 die.
 */
static void survival_share_with_censoring(void **state)
{
	struct snapshot_lives lives = {.died = {20, 10, 5}, .alive = {40, 20, 0, 5}};

	(void)state;
	assert_close(survival_share(&lives, 1), 0.75);
	assert_close(survival_share(&lives, 2), 0.5);
	assert_close(survival_share(&lives, 3), 0.25);
	assert_true(isnan(survival_share(&lives, 4)));
}

static void survival_share_at_the_ends(void **state)
{
	struct snapshot_lives none = {}, dead = {.died = {7, 3}}, alive = {.alive = {3, 0, 9}};

	(void)state;
	/* Of nothing, nothing is known. */
	for (int bin = 0; bin < SS_LIFE_BINS; bin++)
		assert_true(isnan(survival_share(&none, bin)));
	assert_close(survival_share(&dead, 1), 0.3);
	/* Once all are dead they stay so, and there is no one to be unsure about. */
	assert_close(survival_share(&dead, 2), 0);
	assert_close(survival_share(&alive, 2), 1);
	assert_true(isnan(survival_share(&alive, 3)));
	/* The last bin has no upper bound. */
	alive = (struct snapshot_lives){.died[SS_LIFE_BINS - 1] = 4};
	assert_close(survival_share(&alive, SS_LIFE_BINS - 1), 1);
}

/* Whatever there is, it is a share, and no bin has more than the one before. */
static void survival_share_is_a_share(void **state)
{
	uint64_t seed = 41;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct snapshot_lives lives = {};
		double before = 1;

		for (int n = random_below(&seed, 20); n > 0; n--) {
			lives.died[random_below(&seed, SS_LIFE_BINS)] += random_below(&seed, 9);
			lives.alive[random_below(&seed, SS_LIFE_BINS)] += random_below(&seed, 9);
		}
		for (int bin = 0; bin < SS_LIFE_BINS; bin++) {
			double share = survival_share(&lives, bin);

			if (isnan(share))
				break;
			assert_true(share >= 0 && share <= before);
			before = share;
		}
	}
}

/* Probability of at most n events where `mean` are expected. */
static double poisson_at_most(int n, double mean)
{
	double sum = 0;

	for (int i = 0; i <= n; i++)
		sum += exp(i * log(mean) - mean - lgamma(i + 1));
	return sum;
}

/* The mean of which n events or fewer are seen in one of 20 trials. */
static double garwood(int n)
{
	double low = 1e-9, high = 4 * n + 10;

	for (int i = 0; i < 200; i++) {
		double mid = (low + high) / 2;

		if (poisson_at_most(n, mid) > 0.05)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static void survival_limits_are_garwoods(void **state)
{
	static const struct {
		int seen;
		double most;
	} known[] = {{0, 2.9957}, {1, 4.7439},	{2, 6.2958},
		     {5, 10.513}, {10, 16.962}, {100, 118.08}};
	double before = 0;

	(void)state;
	/* The table of the test itself, first. */
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_true(fabs(garwood(known[i].seen) / known[i].most - 1) < 5e-5);
	assert_close(survival_events_max(0), garwood(0));
	for (int n = 0; n < 1000; n += 1 + n / 10) {
		double most = survival_events_max(n);

		assert_true(fabs(most / garwood(n) - 1) < 0.004);
		assert_true(most > before && most > n);
		before = most;
	}
	/* Unseen deaths are scaled: not a whole number. */
	assert_true(survival_events_max(0.5) > survival_events_max(0));
	assert_true(survival_events_max(0.5) < survival_events_max(1));
	assert_close(survival_events_max(1e12) / 1e12, 1 + 1.6448536269514722e-6);
	assert_close(survival_events_max(-1), survival_events_max(0));
}

/*
 * Three alive: born in slices 0, 31 and 63, so 65.5, 34.5 and 2.5 s old in their middles.
 * Older than 8 s by 57.5 and 26.5 s. Two that died at 16 to 32 s lived 8 s more at least,
 * one of 8 to 16 s none, and one of 4 to 8 s is not of the tail.
 */
static void survival_tail_by_hand(void **state)
{
	struct snapshot_lives lives = {
		.died = {[2] = 1, [3] = 1, [4] = 2},
		.alive = {[1] = 1, [5] = 1, [6] = 1},
		.born = {[0] = 1, [31] = 1, [63] = 1},
	};
	struct survival_tail t = tail_of(&lives, 3, 0);

	(void)state;
	assert_close(t.from_s, 8);
	assert_int_equal(t.alive, 2);
	assert_close(t.died, 3);
	assert_close(t.exposure_s, 57.5 + 26.5 + 2 * 8);
	assert_close(t.hazard_max, survival_events_max(3) / 100);
	assert_close(t.half_life_min_s, log(2) * 100 / survival_events_max(3));
	/* In the middles of their bins: 12 and 24 s. */
	assert_close(t.hazard, 3 / (57.5 + 26.5 + 4 + 2 * 16));

	/* Deaths of unknown age count, and lengthen nothing. */
	t = tail_of(&lives, 3, 2.5);
	assert_close(t.died, 5.5);
	assert_close(t.exposure_s, 100);
	assert_close(t.hazard_max, survival_events_max(5.5) / 100);

	/* From birth on: everyone, and all that they lived. */
	t = tail_of(&lives, 0, 0);
	assert_int_equal(t.alive, 3);
	assert_close(t.died, 4);
	assert_close(t.exposure_s, 65.5 + 34.5 + 2.5 + 4 + 8 + 2 * 16);
}

/* Ten that were born in the first slice and never die: 3 / (10 * 65.5 s). */
static void survival_half_life_where_none_died(void **state)
{
	struct snapshot_lives lives = {.alive = {[6] = 10}, .born = {10}};
	struct survival_tail t = tail_of(&lives, 0, 0);

	(void)state;
	assert_close(t.died, 0);
	assert_close(t.hazard, 0);
	assert_close(t.hazard_max, -log(0.05) / 655);
	assert_close(t.half_life_min_s, 655 * log(2) / -log(0.05));
	/* None is that old. */
	t = tail_of(&lives, 7, 0);
	assert_int_equal(t.alive, 0);
	assert_close(t.exposure_s, 0);
	assert_close(t.half_life_min_s, 0);
	assert_true(isinf(t.hazard_max));
}

/* Is the true half-life of a population above the limit in 95 of 100 cases? */
static void survival_half_life_keeps_its_promise(void **state)
{
	const double truth = 200;
	uint64_t seed = 43;
	int kept = 0;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct snapshot_lives lives = {};

		for (int i = 0; i < 60; i++) {
			double at = random_below(&seed, 64000) / 1000.0, age = 66 - at;
			double life =
				-truth / log(2) * log(1 - random_below(&seed, 1 << 30) * 0x1p-30);

			if (life > age) {
				lives.alive[age >= 2 ? (int)log2(age) : 0]++;
				lives.born[(int)at]++;
			} else {
				lives.died[life >= 2 ? (int)log2(life) : 0]++;
			}
		}
		kept += tail_of(&lives, 3, 0).half_life_min_s <= truth;
	}
	/* The exposure is a lower bound: it promises less rather than more. */
	assert_true(kept >= 0.95 * 2000);
}

/* A slice of 1 s, 2 s settled: of slice 63 all are older than 2 s, of slice 0 than 65 s. */
static void survival_slices_of_an_age(void **state)
{
	static const struct survival_clock nothing = {.tick_s = 0.004, .settled_s = 5};

	(void)state;
	assert_int_equal(survival_slices_before(&clock_1s, 0), 64);
	assert_int_equal(survival_slices_before(&clock_1s, 2), 64);
	assert_int_equal(survival_slices_before(&clock_1s, 2.5), 63);
	assert_int_equal(survival_slices_before(&clock_1s, 3), 63);
	assert_int_equal(survival_slices_before(&clock_1s, 34), 32);
	assert_int_equal(survival_slices_before(&clock_1s, 65), 1);
	assert_int_equal(survival_slices_before(&clock_1s, 65.5), 0);
	assert_int_equal(survival_slices_before(&clock_1s, 1e300), 0);
	assert_int_equal(survival_slices_before(&nothing, 0), 0);
	assert_int_equal(survival_slices_before(&nothing, 10), 0);
}

/* Lengths of nothing: where a number is promised there is one. */
static void survival_of_no_time(void **state)
{
	static const struct survival_clock clocks[] = {
		{}, {.tick_s = 0.004}, {.booked_s = 1}, {.tick_s = 1e9, .booked_s = 1e15}};
	struct snapshot_lives lives = {.died = {3, 4}, .alive = {5, 6}, .born = {5, [63] = 6}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++)
		for (int bin = 0; bin < SS_LIFE_BINS; bin++) {
			struct survival_tail t;

			survival_tail(&lives, &clocks[i], bin, 1, &t);
			assert_false(isnan(t.half_life_min_s) || isnan(t.hazard_max) ||
				     isnan(t.hazard) || isnan(t.exposure_s));
			assert_true(t.half_life_min_s >= 0 && t.hazard_max >= 0);
		}
}

int test_survival(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survival_bins_are_powers_of_two),
		cmocka_unit_test(survival_share_without_censoring),
		cmocka_unit_test(survival_share_with_censoring),
		cmocka_unit_test(survival_share_at_the_ends),
		cmocka_unit_test(survival_share_is_a_share),
		cmocka_unit_test(survival_limits_are_garwoods),
		cmocka_unit_test(survival_tail_by_hand),
		cmocka_unit_test(survival_half_life_where_none_died),
		cmocka_unit_test(survival_half_life_keeps_its_promise),
		cmocka_unit_test(survival_slices_of_an_age),
		cmocka_unit_test(survival_of_no_time),
	};

	return cmocka_run_group_tests_name("survival", tests, NULL, NULL);
}
