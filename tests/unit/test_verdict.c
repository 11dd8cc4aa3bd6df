// SPDX-License-Identifier: GPL-2.0-or-later
/* verdict_judge(): every reason, from a population made for it. */
#include "fixture.h"

#include <math.h>

#include "made_lives.h"

static struct verdict judge(const struct population *p, double unseen, double live_s)
{
	struct verdict v;

	verdict_judge(&p->lives, &p->clock, unseen, live_s, &v);
	return v;
}

#define assert_verdict(v, kind_, why_)                                                             \
	do {                                                                                       \
		struct verdict v_ = (v);                                                           \
                                                                                                   \
		if (v_.kind != (kind_) || v_.why != (why_))                                        \
			fail_msg("%s: %s", verdict_name(v_.kind),                                  \
				 verdict_reason(&v_, (char[VERDICT_REASON]){0}));                  \
	} while (0)

static void verdict_leak_of_everything(void **state)
{
	struct population p = made_leak();
	struct verdict v = judge(&p, 0, 0);

	(void)state;
	assert_verdict(v, VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_close(v.share, 1);
	assert_int_equal(v.old, 60);
	assert_close(v.died, 0);
	assert_close(v.from_s, 0);
	assert_close(v.per_s, 1);
	/* They lived 60 times 31 s together: births are taken as in the middle of a slice. */
	assert_true(fabs(v.half_life_s / (60 * 31 * log(2) / -log(0.05)) - 1) < 0.01);
	assert_true(v.half_life_s >= VERDICT_NEVER * 61);
	assert_close(v.trace_s, 0);
	assert_false(v.by_stack);
}

/* 100 a second live for 0.1 s, one of a hundred stays. */
static void verdict_leak_of_a_share(void **state)
{
	struct population p = made_leak();
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, MADE_TRACE_S, 1 / 99.0, 0.1);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_true(fabs(v.share - 0.01) < 0.0005);
	assert_int_equal(v.old, 60);
	assert_close(v.from_s, 32 * 0.004); /* 0.1 s is 25 ticks */
	assert_true(fabs(v.per_s - 1) < 0.01);
}

/* Some that died old do not acquit thousands that did not. */
static void verdict_leak_with_some_deaths(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, MADE_TRACE_S, 0.05, POPULATION_FOREVER);
	made_lives_add(&p, 5, 7, 1, 40);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_close(v.died, 2);
	assert_true(v.half_life_s >= VERDICT_SOME * 61);
	/* Of 60, two are too many. */
	p = made_leak();
	made_lives_add(&p, 5, 7, 1, 40);
	assert_int_equal(judge(&p, 0, 0).kind, VERDICT_UNKNOWN);
}

/* Deaths of unknown age count as deaths of the old. */
static void verdict_leak_with_unseen_deaths(void **state)
{
	struct population few = made_leak(), many = made_lives(MADE_TRACE_S);

	(void)state;
	made_lives_add(&many, 0, MADE_TRACE_S, 0.01, POPULATION_FOREVER);
	assert_int_equal(judge(&few, 1, 0).kind, VERDICT_UNKNOWN);
	assert_verdict(judge(&many, 1, 0), VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_close(judge(&many, 1, 0).died, 1);
	assert_int_equal(judge(&many, 1000, 0).kind, VERDICT_UNKNOWN);
}

static void verdict_nothing_left(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);

	(void)state;
	assert_verdict(judge(&p, 0, 0), VERDICT_STEADY, VERDICT_NONE_LEFT);
	made_lives_add(&p, 0, MADE_TRACE_S, 0.1, 0.5);
	assert_verdict(judge(&p, 5, 600), VERDICT_STEADY, VERDICT_NONE_LEFT);
}

static void verdict_timed_by_design(void **state)
{
	struct population p = made_leak();
	struct verdict v = judge(&p, 0, 60);

	(void)state;
	assert_verdict(v, VERDICT_UNKNOWN, VERDICT_TIMED);
	assert_close(v.live_s, 60);
	assert_close(v.trace_s, 360);
	/* A trace that is long enough looks only at those that lived longer than they should. */
	p = made_lives(360);
	made_lives_add(&p, 0, 360, 0.2, 60.5);
	assert_int_equal(judge(&p, 0, 60).kind, VERDICT_STEADY);
	made_lives_add(&p, 0, 360, 1, POPULATION_FOREVER);
	v = judge(&p, 0, 60);
	assert_verdict(v, VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_true(v.from_s >= 60);
	assert_true(fabs(v.per_s - 1) < 0.02);
	/* Nobody traces for a month. */
	v = judge(&p, 0, 432000);
	assert_verdict(v, VERDICT_UNKNOWN, VERDICT_TIMED);
	assert_close(v.trace_s, 0);
}

/* However many: of less than 20 s nobody knows what is usual. */
static void verdict_too_young_a_trace(void **state)
{
	struct population p = made_lives(18);
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, 18, 0.01, POPULATION_FOREVER);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_UNKNOWN, VERDICT_YOUNG);
	assert_close(v.trace_s, 20);
	/* And of what began at the end of a long one. */
	p = made_lives(MADE_TRACE_S);
	made_lives_add(&p, 58, 60, 0.1, POPULATION_FOREVER);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_UNKNOWN, VERDICT_YOUNG);
	assert_close(v.trace_s, 5 * 61);
}

static void verdict_burst(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);
	struct verdict v;

	(void)state;
	made_lives_add(&p, 30, 31, 0.02, POPULATION_FOREVER);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_BURST, VERDICT_AT_ONCE);
	assert_close(v.span_s, 60 / 64.0); /* 47 of them */
	/* Nor hides it in churn. */
	made_lives_add(&p, 0, MADE_TRACE_S, 0.1, 0.5);
	assert_verdict(judge(&p, 0, 0), VERDICT_BURST, VERDICT_AT_ONCE);
	/* 49 are no burst. */
	p = made_lives(MADE_TRACE_S);
	made_lives_add(&p, 30, 30.98, 0.02, POPULATION_FOREVER);
	assert_int_equal(p.count, 49);
	assert_verdict(judge(&p, 0, 0), VERDICT_STEADY, VERDICT_BOUNDED);
}

static void verdict_turned_over(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, MADE_TRACE_S, 0.1, 10);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_STEADY, VERDICT_TURNED_OVER);
	assert_close(v.from_s, 4096 * 0.004); /* the last power of two below a third of 61 s */
	assert_int_equal(v.old, 0);
}

/* A queue: those that reach 16.4 s die at 20 s. */
static void verdict_balanced(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, MADE_TRACE_S, 0.1, 20);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_STEADY, VERDICT_BALANCED);
	assert_close(v.from_s, 4096 * 0.004);
	/* Half of what they have left; told from the bin in which they died. */
	assert_in_range((int)(v.half_life_s * 1000), 2000, 8000);
}

/* Beside a thousand that die at 20 s, sixty that do not: it takes more than 60 s to tell. */
static void verdict_some_stay(void **state)
{
	struct population p = made_leak();
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, MADE_TRACE_S, 0.05, 20);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_UNKNOWN, VERDICT_SOME_STAY);
	assert_close(v.from_s, 8192 * 0.004);
	assert_close(v.died, 0);
	assert_int_equal(v.old, 28); /* born 0.5 to 27.5 s */
	/* And then it is told. */
	p = made_lives(v.trace_s);
	made_lives_add(&p, 0, v.trace_s, 0.05, 20);
	made_lives_add(&p, 0, v.trace_s, 1, POPULATION_FOREVER);
	assert_verdict(judge(&p, 0, 0), VERDICT_LEAK, VERDICT_OUTLIVES);
}

static void verdict_bounded(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, 45, 0.1, POPULATION_FOREVER);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_STEADY, VERDICT_BOUNDED);
	assert_close(v.ago_s, 16 * 60 / 64.0 + 1);
	/* Churn beside it does not hide that, nor does it become a leak. */
	made_lives_add(&p, 0, MADE_TRACE_S, 0.1, 1);
	assert_int_not_equal(judge(&p, 0, 0).kind, VERDICT_LEAK);
}

static void verdict_too_few(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, MADE_TRACE_S, 5, POPULATION_FOREVER);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_UNKNOWN, VERDICT_FEW);
	assert_true(v.trace_s > 61);
	/* What it says would do. */
	p = made_lives(v.trace_s);
	made_lives_add(&p, 0, v.trace_s, 5, POPULATION_FOREVER);
	assert_verdict(judge(&p, 0, 0), VERDICT_LEAK, VERDICT_OUTLIVES);
}

/* One object, in a trace of a week: nobody is advised to trace for longer. */
static void verdict_advice_is_bounded(void **state)
{
	struct population p = made_lives(7 * 86400);
	struct verdict v;

	(void)state;
	population_add(&p, 6.5 * 86400, POPULATION_FOREVER);
	v = judge(&p, 0, 0);
	assert_int_equal(v.kind, VERDICT_UNKNOWN);
	assert_close(v.trace_s, 7 * 86400);
}

static void verdict_slow(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, MADE_TRACE_S, 0.5, 58);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_UNKNOWN, VERDICT_SLOW);
	assert_true(v.trace_s >= 2 * 61);
}

static void verdict_in_fits(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);
	struct verdict v;

	(void)state;
	/* Thousands, but in six fits. */
	for (int at = 5; at < 60; at += 10)
		made_lives_add(&p, at, at + 0.1, 1e-4, POPULATION_FOREVER);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_UNKNOWN, VERDICT_FITS);
	assert_close(v.trace_s, 3 * 61);
	/* Three times as long, they are eighteen. */
	p = made_lives(180);
	for (int at = 5; at < 180; at += 10)
		made_lives_add(&p, at, at + 0.1, 1e-4, POPULATION_FOREVER);
	assert_verdict(judge(&p, 0, 0), VERDICT_LEAK, VERDICT_OUTLIVES);
	/* Later than after a third of the trace is no growth through all of it. */
	p = made_lives(MADE_TRACE_S);
	made_lives_add(&p, 22, MADE_TRACE_S, 0.1, POPULATION_FOREVER);
	assert_verdict(judge(&p, 0, 0), VERDICT_UNKNOWN, VERDICT_FITS);
}

static void verdict_slowing_down(void **state)
{
	struct population p = made_lives(MADE_TRACE_S);
	struct verdict v;

	(void)state;
	made_lives_add(&p, 0, 30, 0.1, POPULATION_FOREVER);
	made_lives_add(&p, 30, MADE_TRACE_S, 0.3, POPULATION_FOREVER);
	v = judge(&p, 0, 0);
	assert_verdict(v, VERDICT_UNKNOWN, VERDICT_SLOWING);
	assert_close(v.trace_s, 2 * 61);
	/* Quickening is growth. */
	p = made_lives(MADE_TRACE_S);
	made_lives_add(&p, 0, 30, 0.3, POPULATION_FOREVER);
	made_lives_add(&p, 30, MADE_TRACE_S, 0.1, POPULATION_FOREVER);
	assert_verdict(judge(&p, 0, 0), VERDICT_LEAK, VERDICT_OUTLIVES);
}

/* Where there was no time, or more than anybody has, there still are numbers. */
static void verdict_clocks_that_are_no_clocks(void **state)
{
	static const struct survival_clock clocks[] = {
		{},
		{.tick_s = 0.004},
		{.tick_s = 0.004, .settled_s = 60},
		{.tick_s = 0.01, .booked_s = 1, .settled_s = 4294967295 * 0.01},
		{.tick_s = 0.01, .booked_s = 4294967295 * 0.01},
	};
	struct population leak = made_leak(), none = made_lives(MADE_TRACE_S);

	(void)state;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(*clocks); i++) {
		struct verdict v;

		none.clock = clocks[i];
		assert_verdict(judge(&none, 0, 0), VERDICT_STEADY, VERDICT_NONE_LEFT);
		leak.clock = clocks[i];
		v = judge(&leak, 1, 0);
		assert_int_not_equal(v.kind, VERDICT_LEAK);
		assert_true(isfinite(v.trace_s) && isfinite(v.per_s) && isfinite(v.half_life_s));
		assert_int_equal(judge(&leak, 0, 1e9).why, VERDICT_TIMED);
	}
}

int test_verdict(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdict_leak_of_everything),
		cmocka_unit_test(verdict_leak_of_a_share),
		cmocka_unit_test(verdict_leak_with_some_deaths),
		cmocka_unit_test(verdict_leak_with_unseen_deaths),
		cmocka_unit_test(verdict_nothing_left),
		cmocka_unit_test(verdict_timed_by_design),
		cmocka_unit_test(verdict_too_young_a_trace),
		cmocka_unit_test(verdict_burst),
		cmocka_unit_test(verdict_turned_over),
		cmocka_unit_test(verdict_balanced),
		cmocka_unit_test(verdict_some_stay),
		cmocka_unit_test(verdict_bounded),
		cmocka_unit_test(verdict_too_few),
		cmocka_unit_test(verdict_advice_is_bounded),
		cmocka_unit_test(verdict_slow),
		cmocka_unit_test(verdict_in_fits),
		cmocka_unit_test(verdict_slowing_down),
		cmocka_unit_test(verdict_clocks_that_are_no_clocks),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
