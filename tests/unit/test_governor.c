// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * governor.c: which interval a rate gets, what a full budget does to all of
 * them, and the progress numbers, step by step over made-up counters.
 */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "cleanup.h"
#include "governor.h"
#include "made_ledger.h"
#include "stand_ins.h"

/* From governor.h: stacks a second, of all origins together. */
#define BUDGET 2000.0

struct bench {
	struct made_ledger ledger;
	struct governor *governor;
	uint32_t calls; /* of set() in the last step */
};

static int setup(void **state)
{
	static struct bench bench;

	memset(&bench, 0, sizeof(bench));
	made_init(&bench.ledger);
	*state = &bench;
	return governor_create(&bench.governor);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	governor_destroy(b->governor);
	made_deinit(&b->ledger);
	return 0;
}

static void set(void *arg, uint32_t origin, uint32_t interval)
{
	struct bench *b = arg;

	b->calls++;
	b->ledger.origins[origin].interval = interval;
}

static struct governor_progress step(struct bench *b, double seconds)
{
	struct governor_progress p;

	b->calls = 0;
	governor_step(b->governor, &b->ledger.view, seconds, set, b, &p);
	return p;
}

static uint32_t new_origin(struct bench *b)
{
	uint32_t n = b->ledger.origin;

	return made_origin(&b->ledger, made_cache(&b->ledger, "a", 64, 64), 0x1000 + n, 64, 0);
}

static void governor_interval_at_its_boundaries(void **state)
{
	static const struct {
		double allocs_s, growth_s, most;
		uint32_t interval;
		double slow_s;
	} cases[] = {
		{0, 0, INFINITY, 1, 0},
		{1, 0, INFINITY, 1, 0},
		/* An origin whose survivors do not grow has 5 a second, and 1 % of grace. */
		{5, 0, INFINITY, 1, 0},
		{5.04, 0, INFINITY, 1, 0},
		{5.06, 0, INFINITY, 4, 0},
		{20.1, 0, INFINITY, 4, 0},
		{20.3, 0, INFINITY, 16, 0},
		{80.7, 0, INFINITY, 16, 0},
		{80.9, 0, INFINITY, 64, 0},
		{80000, 0, INFINITY, 16384, 0}, /* 5 * 4^7 = 81,920 */
		{20000, 0, INFINITY, 4096, 0},
		{1e12, 0, INFINITY, 16384, 0}, /* no sparser than that */
		/* One object a second more makes it a growing one: 50, and 1 for each 20 more. */
		{50, 0.99, INFINITY, 16, 0},
		{50, 1, INFINITY, 1, 0},
		{50.5, 1, INFINITY, 1, 0},
		{50.6, 1, INFINITY, 4, 0},
		{100, 1000, INFINITY, 1, 0},
		{101.1, 1000, INFINITY, 4, 0},
		{504, 9000, INFINITY, 1, 0},
		{506, 9000, INFINITY, 4, 0},
		{504, 1e9, INFINITY, 1, 0}, /* 500 at most */
		{506, 1e9, INFINITY, 4, 0},
		{50, -5, INFINITY, 16, 0}, /* shrinking is not growing */
		/* No more than these. */
		{5, 0, 5, 1, 0},
		{5, 0, 2.5, 4, 0},
		{2.5, 0, 2.5, 1, 0},
		{50, 1, 12.5, 4, 0},
		{50, 1, 12, 16, 0},
		{1, 0, 0.001, 1024, 0},
		{0, 0, 0.001, 1, 0},
		/* One in a thousand stays, for long: ten times as many as would, but 1,500 at most.
		 */
		{1000, 1, INFINITY, 1, 1},
		{1600, 1, INFINITY, 4, 1},
		{3500, 57, INFINITY, 16, 57},
		{3500, 57, INFINITY, 256, 0},
		{1000, 1, INFINITY, 64, 0.29},
		{1000, 1, INFINITY, 64, -5},
		{1e6, 1e4, INFINITY, 1024,
		 1e4}, /* where all that is gained is many, few are enough */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(governor_interval(cases[i].allocs_s, cases[i].growth_s,
						   cases[i].slow_s, cases[i].most),
				 cases[i].interval);
}

static void governor_follows_rates(void **state)
{
	struct bench *b = *state;
	uint32_t origin = new_origin(b), *interval = &b->ledger.origins[origin].interval;

	/* 100 in half a second, all freed: 200 a second. */
	made_freed(&b->ledger, origin, 100);
	step(b, 0.5);
	assert_int_equal(*interval, governor_interval(200, 0, 0, INFINITY));
	assert_int_equal(b->calls, 1);
	/* The same rate again: nothing to set. */
	made_freed(&b->ledger, origin, 100);
	step(b, 0.5);
	assert_int_equal(b->calls, 0);
	/* It is the rate since the last step that counts. */
	made_freed(&b->ledger, origin, 10);
	step(b, 1);
	assert_int_equal(*interval, governor_interval(10, 0, 0, INFINITY));
	assert_int_equal(b->calls, 1);
	made_freed(&b->ledger, origin, 80000);
	step(b, 1);
	assert_int_equal(*interval, governor_interval(80000, 0, 0, INFINITY));
	step(b, 1);
	assert_int_equal(*interval, 1);
}

/* Some allocations and frees of an origin. */
static void live_on(struct bench *b, uint32_t origin, uint64_t allocs, uint64_t frees)
{
	b->ledger.counts[origin].allocs += allocs;
	b->ledger.counts[origin].frees += frees;
}

static void governor_looks_closer_where_survivors_grow(void **state)
{
	struct bench *b = *state;
	uint32_t grows = new_origin(b), churns = new_origin(b), shrinks = new_origin(b);
	const struct ss_origin *o = b->ledger.origins;

	for (int i = 0; i < 4; i++) {
		live_on(b, grows, 400, 300);
		live_on(b, churns, 400, 400);
		live_on(b, shrinks, 400, 450);
		step(b, 1);
	}
	assert_true(o[grows].interval < o[churns].interval);
	assert_int_equal(o[churns].interval, governor_interval(400, 0, 0, INFINITY));
	assert_int_equal(o[shrinks].interval, governor_interval(400, 0, 0, INFINITY));
	/* Growth is not forgotten in a moment, nor remembered for ever. */
	live_on(b, grows, 400, 400);
	step(b, 1);
	assert_true(o[grows].interval < governor_interval(400, 0, 0, INFINITY));
	for (int i = 0; i < 40; i++) {
		live_on(b, grows, 400, 400);
		step(b, 1);
	}
	assert_int_equal(o[grows].interval, governor_interval(400, 0, 0, INFINITY));
}

/* What left the books in another way than by a free does not grow. */
static void governor_knows_all_ways_out(void **state)
{
	struct bench *b = *state;
	uint32_t origin = new_origin(b);
	struct ss_rare *r = &b->ledger.rares[origin];
	uint32_t *const ways[] = {&r->ghosts, &r->refused, &r->retold};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		b->ledger.counts[origin].allocs += 400;
		*ways[i] += 400;
		assert_int_equal(step(b, 1).live, 0);
		assert_int_equal(b->ledger.origins[origin].interval,
				 governor_interval(400, 0, 0, INFINITY));
	}
}

static void governor_sets_only_what_it_may(void **state)
{
	struct bench *b = *state;
	uint32_t origin = new_origin(b);
	struct governor_progress p;

	for (uint32_t i = 0; i < SS_ORIGIN_FIRST; i++)
		made_freed(&b->ledger, i, 100000);
	made_freed(&b->ledger, origin + 1, 100000); /* claimed, but not filled in yet */
	b->ledger.origins[origin].interval = 1;
	step(b, 1);
	assert_int_equal(b->calls, 0);
	/* Only the progress is wanted. */
	made_freed(&b->ledger, origin, 100000);
	governor_step(b->governor, &b->ledger.view, 1, NULL, NULL, &p);
	assert_int_equal(p.allocs, 100000ull * (SS_ORIGIN_FIRST - 1 + 2));
	assert_int_equal(b->ledger.origins[origin].interval, 1);
}

static void governor_squeezes_all_alike(void **state)
{
	struct bench *b = *state;
	const struct ss_origin *o = b->ledger.origins;
	uint32_t first = b->ledger.origin;

	/* One of them alone would have more than its share of the budget. */
	for (int i = 0; i < 1000; i++)
		made_freed(&b->ledger, new_origin(b), 80);
	step(b, 1);
	assert_int_equal(b->calls, 1000);
	assert_true(o[first].interval > governor_interval(80, 0, 0, INFINITY));
	assert_true(80 * 1000.0 / o[first].interval <= BUDGET * 1.02);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(o[first + i].interval, o[first].interval);
}

/* Who wants little gets it, however much the others want. */
static void governor_leaves_to_the_small(void **state)
{
	struct bench *b = *state;
	const struct ss_origin *o = b->ledger.origins;
	uint32_t small = new_origin(b), first = b->ledger.origin;
	double stacks = 0;

	for (int i = 0; i < 100; i++)
		live_on(b, new_origin(b), 10000, 0);
	live_on(b, small, 15, 0);
	step(b, 1);
	assert_int_equal(o[small].interval, 1);
	for (int i = 0; i < 100; i++) {
		assert_true(o[first + i].interval > 1);
		stacks += 10000.0 / o[first + i].interval;
	}
	assert_true(stacks <= BUDGET * 1.02);
}

/* Whatever the rates, the stacks taken in a second stay within the budget. */
static void governor_keeps_its_budget(void **state)
{
	struct bench *b = *state;
	uint64_t seed = 7;

	for (int i = 0; i < 500; i++)
		new_origin(b);
	for (int round = 0; round < 50; round++) {
		uint32_t busy = random_below(&seed, 501);
		double stacks = 0;

		for (uint32_t i = 0; i < 500; i++) {
			struct ss_count *c = &b->ledger.counts[SS_ORIGIN_FIRST + i];
			uint64_t n = i < busy ? 1ull << random_below(&seed, 20) : 0;

			c->allocs += n;
			c->frees += random_below(&seed, 2) ? n : n / 2;
			c->stack_in = n; /* no use of the governor's; ours below */
		}
		step(b, 1);
		for (uint32_t i = 0; i < 500; i++) {
			uint32_t interval = b->ledger.origins[SS_ORIGIN_FIRST + i].interval;

			assert_true(interval && interval <= 16384 && !(interval & (interval - 1)));
			/* At the sparsest interval there is nothing left to do. */
			if (interval < 16384)
				stacks += (double)b->ledger.counts[SS_ORIGIN_FIRST + i].stack_in /
					  interval;
		}
		assert_true(stacks <= BUDGET * 1.02);
	}
}

static void governor_tells_progress(void **state)
{
	struct bench *b = *state;
	uint32_t a = new_origin(b), c = new_origin(b);
	struct governor_progress p;

	b->ledger.counts[SS_ORIGIN_NONE] = (struct ss_count){.allocs = 999, .frees = 7};
	b->ledger.counts[SS_ORIGIN_OTHER] = (struct ss_count){.allocs = 5, .frees = 1};
	b->ledger.counts[a] = (struct ss_count){.allocs = 100, .frees = 60};
	b->ledger.counts[c] = (struct ss_count){.allocs = 50, .frees = 20};
	b->ledger.rares[c].ghosts = 3;
	p = step(b, 1);
	assert_int_equal(p.allocs, 155); /* our own are none */
	assert_int_equal(p.frees, 88);
	assert_int_equal(p.ghosts, 3);
	assert_int_equal(p.live, 4 + 40 + 27);
	/* Since the start, not since the last step. */
	b->ledger.counts[a].allocs += 10;
	p = step(b, 1);
	assert_int_equal(p.allocs, 165);
	assert_int_equal(p.frees, 88);
	assert_int_equal(p.live, 81);
	/* A free that was read before its allocation. */
	b->ledger.counts[a].frees = 200;
	b->ledger.counts[c].frees = 300;
	b->ledger.counts[SS_ORIGIN_OTHER].frees = 300;
	assert_int_equal(step(b, 1).live, 0);
}

/*
 * Once the table has filled, allocations are all counted and frees only of what
 * is in the sample. Churn must not look like growth, nor growth like churn.
 */
static void governor_knows_a_sample(void **state)
{
	struct bench *b = *state;
	uint32_t churns = new_origin(b), grows = new_origin(b);
	struct governor_progress p;

	live_on(b, churns, 400, 400);
	live_on(b, grows, 400, 0);
	assert_int_equal(step(b, 1).live, 400);
	made_halve(&b->ledger, 2);
	assert_int_equal(step(b, 1).live, 400);
	for (int i = 1; i <= 20; i++) {
		live_on(b, churns, 400, 100); /* one in four is seen */
		live_on(b, grows, 400, 75);
		b->ledger.rares[grows].thinned += 300; /* out of the sample, not out of the world */
		p = step(b, 1);
		assert_int_equal(p.live, 400 + 100 * i);
		assert_int_equal(p.allocs, 800 + 800 * i);
	}
	assert_int_equal(b->ledger.origins[churns].interval,
			 governor_interval(100, 0, 0, INFINITY));
	assert_true(b->ledger.origins[grows].interval < b->ledger.origins[churns].interval);
}

/* Frees of the step in which a halving came count for its middle. */
static void governor_takes_a_halving_in_its_stride(void **state)
{
	struct bench *b = *state;
	uint32_t origin = new_origin(b);

	live_on(b, origin, 10000, 0);
	assert_int_equal(step(b, 1).live, 10000);
	made_halve(&b->ledger, 1);
	live_on(b, origin, 0, 1000);
	assert_int_equal(step(b, 1).live, 10000 - 1500);
	live_on(b, origin, 0, 1000);
	assert_int_equal(step(b, 1).live, 10000 - 1500 - 2000);
}

static void governor_survives_without_memory(void **state)
{
	struct governor *g;

	(void)state;
	memory_fails_after(0);
	assert_int_equal(governor_create(&g), -ENOMEM);
	assert_true(memory_failed());
	governor_destroy(NULL);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int test_governor(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(governor_interval_at_its_boundaries),
		WITH_BENCH(governor_follows_rates),
		WITH_BENCH(governor_looks_closer_where_survivors_grow),
		WITH_BENCH(governor_knows_all_ways_out),
		WITH_BENCH(governor_sets_only_what_it_may),
		WITH_BENCH(governor_squeezes_all_alike),
		WITH_BENCH(governor_leaves_to_the_small),
		WITH_BENCH(governor_keeps_its_budget),
		WITH_BENCH(governor_tells_progress),
		WITH_BENCH(governor_knows_a_sample),
		WITH_BENCH(governor_takes_a_halving_in_its_stride),
		cmocka_unit_test(governor_survives_without_memory),
	};

	return cmocka_run_group_tests_name("governor", tests, NULL, NULL);
}
