// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What verdicts promise, over populations at random: of those that do not leak, one in
 * 1,000 is accused at most; leaks of a rate that matters are found within a minute.
 * The whole tables: make power.
 */
#include "fixture.h"

#include <math.h>

#include "cleanup.h"
#include "made_lives.h"
#include "populations_hard.h"

#define NON_LEAKS  10000
#define OBJECTS	   300000 /* of each cell of the table of power, at least */
#define TRACES_MIN 20
#define TRACES_MAX 200

static struct verdict judge(const struct population *p)
{
	struct verdict v;

	verdict_judge(&p->lives, &p->clock, 0, 0, &v);
	return v;
}

/* A trace of 20 s to 600 s, short ones as often as long ones. */
static void init(struct population *p, uint64_t *seed)
{
	population_init(p, 20, seed);
	population_init(p, population_log_uniform(p, 20, 600), seed);
}

static void verdict_rates_of_false_alarms(void **state)
{
	int accused[POPULATION_KINDS] = {}, all = 0;
	uint64_t seed = 53;

	(void)state;
	for (int i = 0; i < NON_LEAKS; i++) {
		struct population p;

		init(&p, &seed);
		population_fill(&p, i % POPULATION_KINDS);
		if (judge(&p).kind == VERDICT_LEAK) {
			accused[i % POPULATION_KINDS]++;
			all++;
		}
	}
	if (all <= NON_LEAKS / 1000)
		return;
	for (int kind = 0; kind < POPULATION_KINDS; kind++)
		print_error("%d of %d %s\n", accused[kind], NON_LEAKS / POPULATION_KINDS,
			    population_name(kind));
	fail_msg("%d of %d non-leaks are called leaks", all, NON_LEAKS);
}

/* Meant to deceive: those with a bound that the trace shows. */
static void verdict_rates_of_the_deceptive(void **state)
{
	static const struct {
		enum hard_kind kind;
		double most; /* of 100 */
	} cases[] = {
		{HARD_LONG_TAIL, 0.5},	{HARD_DAYTIME, 0.5},	 {HARD_TWO_QUEUES, 0.5},
		{HARD_BATCH_FREE, 0.5}, {HARD_ARENA, 0.5},	 {HARD_ON_OFF, 0.5},
		{HARD_AGEING, 0.5},	{HARD_NEWEST_LAST, 2.5}, {HARD_TWICE, 0.5},
		{HARD_REGROWN, 0.5},	{HARD_SLOW_FILL, 2.5},
	};
	const int count = 400;

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		uint64_t seed = 59 + c;
		int accused = 0;

		for (int i = 0; i < count; i++) {
			struct population p;

			init(&p, &seed);
			hard_fill(&p, cases[c].kind);
			accused += judge(&p).kind == VERDICT_LEAK;
		}
		if (100.0 * accused / count > cases[c].most)
			fail_msg("%s: %d of %d are called leaks", hard_name(cases[c].kind), accused,
				 count);
	}
}

/* Share of the traces in which a leak is found; what does not leak lives for 0.1 s. */
static double power(double share, double rate, double seconds, uint64_t *seed)
{
	int count = fmax(TRACES_MIN, fmin(TRACES_MAX, OBJECTS / rate / seconds)), found = 0;

	for (int i = 0; i < count; i++) {
		struct population p;

		population_init(&p, seconds, seed);
		population_leak(&p, rate, 0.1, share);
		found += judge(&p).kind == VERDICT_LEAK;
	}
	return (double)found / count;
}

static void verdict_rates_of_leaks_found(void **state)
{
	static const double shares[] = {1, 0.1, 0.01, 0.001}, rates[] = {1, 10, 100, 1000};
	static const double lengths[] = {30, 60, 300};
	uint64_t seed = 61;

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(shares); s++)
		for (size_t r = 0; r < ARRAY_SIZE(rates); r++)
			for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
				double leaks = shares[s] * rates[r], found, least = 0;

				/* 300 s of 300,000 objects tell what 60 s of them have told. */
				if (lengths[l] > 60 && leaks > 1)
					continue;
				if (leaks > 9.9 || (leaks > 0.99 && lengths[l] >= 60))
					least = 0.9;
				else if (leaks > 0.99)
					least = 0.5;
				else if (leaks > 0.099 && lengths[l] >= 300)
					least = 0.4;
				found = power(shares[s], rates[r], lengths[l], &seed);
				if (found < least)
					fail_msg("1 of %.0f of %.0f/s in %.0f s: found in %.0f %%",
						 1 / shares[s], rates[r], lengths[l], 100 * found);
			}
}

/* Where the answer is "trace for so long", that is long enough in most cases. */
static void verdict_rates_of_good_advice(void **state)
{
	int asked = 0, found = 0;
	uint64_t seed = 67;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct population p;
		struct verdict v;
		double rate;

		population_init(&p, 30, &seed);
		rate = population_log_uniform(&p, 0.05, 2);
		population_leak(&p, rate, 0.1, 1);
		v = judge(&p);
		if (v.kind != VERDICT_UNKNOWN)
			continue;
		assert_true(v.trace_s > 30);
		asked++;
		population_init(&p, v.trace_s, &seed);
		population_leak(&p, rate, 0.1, 1);
		found += judge(&p).kind == VERDICT_LEAK;
	}
	assert_true(asked > 300);
	if (found < 0.8 * asked)
		fail_msg("%d of %d", found, asked);
}

int test_verdict_rates(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdict_rates_of_false_alarms),
		cmocka_unit_test(verdict_rates_of_the_deceptive),
		cmocka_unit_test(verdict_rates_of_leaks_found),
		cmocka_unit_test(verdict_rates_of_good_advice),
	};

	return cmocka_run_group_tests_name("verdict, rates", tests, NULL, NULL);
}
