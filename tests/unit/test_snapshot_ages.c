// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot.c's ages: of merged entries, of objects younger than the clock, over
 * a wrap of jiffies, and in the longest trace.
 */
#include "fixture.h"

#include "made_ledger.h"
#include "snapshot.h"

/* The youngest and oldest count whichever entry of the origin they are under. */
static void snapshot_ages_of_merged_entries(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t idle = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t old = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t young = made_origin(m, cache, MADE_SITE(1), 64, 0);
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_freed(m, idle, 5);
	made_object(m, old, 0, 0, 400, 64);
	made_object(m, young, 0, 0, 0, 64);
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_close(o->age_min_s, 0);
	assert_close(o->age_mean_s, 200 * MADE_TICK_S);
	assert_close(o->age_max_s, 400 * MADE_TICK_S);
	snapshot_destroy(s);
}

/* An object may be born after the clock was read. */
static void snapshot_ages_are_never_negative(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t young = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t mixed = made_origin(m, cache, MADE_SITE(2), 64, 0);
	struct snapshot *s;

	made_object(m, young, 0, 0, -1, 64);
	made_object(m, young, 0, 0, -500, 64);
	made_object(m, mixed, 0, 0, -1, 64);
	made_object(m, mixed, 0, 0, 10, 64);
	s = made_snapshot(m);
	assert_close(made_snapshot_origin(s, MADE_SITE(1))->age_min_s, 0);
	assert_close(made_snapshot_origin(s, MADE_SITE(1))->age_mean_s, 0);
	assert_close(made_snapshot_origin(s, MADE_SITE(1))->age_max_s, 0);
	assert_close(made_snapshot_origin(s, MADE_SITE(2))->age_mean_s, 5 * MADE_TICK_S);
	snapshot_destroy(s);
}

/* Survivors by age, and by birth in equal slices of the time of booking. */
static void snapshot_sorts_survivors_by_age_and_birth(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	const struct snapshot_lives *lives;
	struct snapshot *s;

	/* Settled 1,000 ticks before the view; booking took 6,400, so a slice is 100. */
	m->view.settled = m->view.jiffies - 1000;
	m->view.began = m->view.settled - 6399;
	made_object(m, origin, 0, 0, 1000, 64); /* the last that could be born */
	made_object(m, origin, 0, 0, 1099, 64);
	made_object(m, origin, 0, 0, 1100, 64); /* one slice before */
	made_object(m, origin, 0, 0, 7399, 64); /* the first */
	made_object(m, origin, 0, 0, 7400, 64); /* by a program that read the clock before us */
	made_object(m, origin, 0, 0, 999, 64);	/* by one that was running still */
	s = made_snapshot(m);
	assert_close(s->booked_s, 6399 * MADE_TICK_S);
	assert_close(s->settled_s, 1000 * MADE_TICK_S);
	lives = &made_snapshot_origin(s, MADE_SITE(1))->lives;
	assert_int_equal(lives->born[0], 2);
	assert_int_equal(lives->born[SNAPSHOT_SLICES - 2], 1);
	assert_int_equal(lives->born[SNAPSHOT_SLICES - 1], 3);
	assert_int_equal(lives->alive[9], 2);  /* of 512 to 1023 ticks: 999 and 1000 */
	assert_int_equal(lives->alive[10], 2); /* 1099 and 1100 */
	assert_int_equal(lives->alive[12], 2);
	snapshot_destroy(s);
}

/* Births are 32 bits of jiffies; the kernel starts them five minutes before they wrap. */
static void snapshot_ages_over_a_wrap_of_the_clock(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	struct snapshot *s;

	m->view.jiffies = 16;
	made_object(m, origin, 0, 0, 32, 64); /* born at 2^32 - 16 */
	made_object(m, origin, 0, 0, 4, 64);
	s = made_snapshot(m);
	assert_close(made_snapshot_origin(s, MADE_SITE(1))->age_min_s, 4 * MADE_TICK_S);
	assert_close(made_snapshot_origin(s, MADE_SITE(1))->age_max_s, 32 * MADE_TICK_S);
	snapshot_destroy(s);
}

/* The longest trace is 45 days, with 1000 ticks a second. */
static void snapshot_ages_of_the_longest_trace(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	struct snapshot *s;

	m->view.tick_s = 0.001;
	made_object(m, origin, 0, 0, 45 * 86400 * 1000ll, 64);
	made_object(m, origin, 0, 0, 0, 64);
	s = made_snapshot(m);
	assert_close(made_snapshot_origin(s, MADE_SITE(1))->age_max_s, 45 * 86400);
	snapshot_destroy(s);
}

int test_snapshot_ages(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(snapshot_ages_of_merged_entries),
		WITH_LEDGER(snapshot_ages_are_never_negative),
		WITH_LEDGER(snapshot_sorts_survivors_by_age_and_birth),
		WITH_LEDGER(snapshot_ages_over_a_wrap_of_the_clock),
		WITH_LEDGER(snapshot_ages_of_the_longest_trace),
	};

	return cmocka_run_group_tests_name("snapshot, ages", tests, NULL, NULL);
}
