// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict_all(): what is known of a cache, a stack or the books overrules what the
 * numbers say, for the origin and for each of its stacks.
 */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "cleanup.h"
#include "made_ledger.h"
#include "made_lives.h"
#include "stand_ins.h"

#define RECLAIMABLE 0x20000
#define STACKS	    3

static const uint64_t inode_frames[] = {0xffffffff81000042ull, 0xffffffff81000142ull};
static const uint64_t acl_frames[] = {0xffffffff81000042ull, 0xffffffff81000242ull};
static const uint64_t plain_frames[] = {0xffffffff81000042ull, 0xffffffff81000342ull};
static const char *const kallsyms = "ffffffff81000000 T kmemdup\n"
				    "ffffffff81000100 t alloc_inode.isra.0\n"
				    "ffffffff81000200 t __get_acl\n"
				    "ffffffff81000300 t alloc_inode_sb\n"
				    "ffffffff81000400 T last\n";

/* One origin in one cache, and up to three stacks: leaks of one a second. */
struct made {
	struct snapshot s;
	struct snapshot_cache cache;
	struct snapshot_origin o;
	struct snapshot_stack stacks[STACKS];
	uint64_t stacked; /* objects of all of them */
	struct symbols *symbols;
};

static void init(struct made *m)
{
	struct population p = made_leak();

	*m = (struct made){
		.s = {.cache_cnt = 1,
		      .origin_cnt = 1,
		      .scale = 1,
		      .tick_s = p.clock.tick_s,
		      .booked_s = p.clock.booked_s,
		      .settled_s = p.clock.settled_s},
		.cache = {.name = "kmalloc-96"},
		.o = {.site = plain_frames[0],
		      .lives = p.lives,
		      .allocs = p.count,
		      .booked = p.count,
		      .objects = p.count},
	};
	m->s.caches = &m->cache;
	m->s.origins = &m->o;
	m->o.stacks = m->stacks;
}

static void add_stack(struct made *m, const uint64_t *frames, const struct population *p)
{
	struct snapshot_stack *st = &m->stacks[m->o.stack_cnt++];

	*st = (struct snapshot_stack){.frames = frames, .frame_cnt = 2, .lives = p->lives};
	for (int i = 0; i < SS_LIFE_BINS; i++)
		st->objects += p->lives.alive[i];
	st->lives.died[0] = 0;
	m->stacked += st->objects;
	for (size_t i = 0; i < m->o.stack_cnt; i++)
		m->stacks[i].share = (double)m->stacks[i].objects / m->stacked;
}

static const struct verdict *judge(struct made *m)
{
	free(m->s.verdicts);
	assert_int_equal(verdict_all(&m->s, RECLAIMABLE, m->symbols), 0);
	assert_ptr_equal(m->o.verdict, m->s.verdicts);
	for (size_t i = 0; i < m->o.stack_cnt; i++)
		assert_ptr_equal(m->stacks[i].verdict, m->s.verdicts + 1 + i);
	return m->o.verdict;
}

#define assert_verdict(v, kind_, why_)                                                             \
	do {                                                                                       \
		const struct verdict *v_ = (v);                                                    \
                                                                                                   \
		if (v_->kind != (kind_) || v_->why != (why_))                                      \
			fail_msg("%s: %s", verdict_name(v_->kind),                                 \
				 verdict_reason(v_, (char[VERDICT_REASON]){0}));                   \
		assert_lacks(verdict_reason(v_, (char[VERDICT_REASON]){0}), "null");               \
	} while (0)

static int setup(void **state)
{
	static struct made made;
	void *sandbox = NULL;

	init(&made);
	if (sandbox_setup(&sandbox))
		return -1;
	if (symbols_create(sandbox_file(&sandbox, "kallsyms", kallsyms), &made.symbols))
		return -1;
	*state = &made;
	return sandbox_teardown(&sandbox);
}

static int teardown(void **state)
{
	struct made *m = *state;

	free(m->s.verdicts);
	symbols_destroy(m->symbols);
	return 0;
}

static void verdict_of_a_plain_origin(void **state)
{
	struct made *m = *state;
	struct population p = made_leak();

	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_null(m->o.verdict->what);
	add_stack(m, plain_frames, &p);
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_OUTLIVES);
	/* It is the origin that leaks, with its share; the stack does as well. */
	assert_false(m->o.verdict->by_stack);
	assert_close(m->o.verdict->share, 1);
	assert_verdict(m->stacks[0].verdict, VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_true(isnan(m->stacks[0].verdict->share));
	assert_close(m->stacks[0].verdict->per_s, 1);
}

static void verdict_with_ghosts_is_never_leak(void **state)
{
	struct made *m = *state;
	struct population p = made_leak();

	add_stack(m, plain_frames, &p);
	m->o.ghosts = 1;
	assert_verdict(judge(m), VERDICT_UNKNOWN, VERDICT_GHOSTS);
	assert_verdict(m->stacks[0].verdict, VERDICT_UNKNOWN, VERDICT_GHOSTS);
	/* Nor where only a stack would tell. */
	made_lives_add(&p, 0, 60, 0.01, 20);
	m->o.lives = p.lives;
	assert_verdict(judge(m), VERDICT_UNKNOWN, VERDICT_GHOSTS);
	assert_verdict(m->stacks[0].verdict, VERDICT_UNKNOWN, VERDICT_GHOSTS);
	/* Nor in a cache that is gone: of ghosts the free was not seen. */
	m->cache.destroyed = true;
	assert_verdict(judge(m), VERDICT_UNKNOWN, VERDICT_GHOSTS);
	/* What is in balance is so with ghosts. */
	m->cache.destroyed = false;
	m->o.stack_cnt = 0;
	p = made_lives(MADE_TRACE_S);
	made_lives_add(&p, 0, 60, 0.1, 2);
	m->o.lives = p.lives;
	assert_verdict(judge(m), VERDICT_STEADY, VERDICT_TURNED_OVER);
}

static void verdict_with_refused_is_not_leak(void **state)
{
	struct made *m = *state;
	struct population p = made_leak();

	add_stack(m, plain_frames, &p);
	m->o.refused = 1;
	assert_verdict(judge(m), VERDICT_UNKNOWN, VERDICT_REFUSED);
	assert_verdict(m->stacks[0].verdict, VERDICT_UNKNOWN, VERDICT_REFUSED);
}

/* The survivors of a destroyed cache leak, however few and young. */
static void verdict_of_a_destroyed_cache(void **state)
{
	struct made *m = *state;
	struct population p = made_lives(MADE_TRACE_S);

	m->cache.destroyed = true;
	m->cache.flags = RECLAIMABLE;
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_ORPHANS);
	made_lives_add(&p, 0, 58, 0.1, 0.5);
	m->o.lives = p.lives;
	assert_verdict(judge(m), VERDICT_STEADY, VERDICT_NONE_LEFT);
	made_lives_add(&p, 58, 60, 1, POPULATION_FOREVER);
	m->o.lives = p.lives;
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_ORPHANS);
	/* Those that had no room in the books do not change what is in them. */
	m->o.refused = 1;
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_ORPHANS);
}

static void verdict_of_a_reclaimable_cache(void **state)
{
	struct made *m = *state;
	struct population p = made_leak();

	add_stack(m, plain_frames, &p);
	m->cache.flags = RECLAIMABLE | 0x400;
	assert_verdict(judge(m), VERDICT_CACHE, VERDICT_RECLAIMABLE);
	assert_verdict(m->stacks[0].verdict, VERDICT_CACHE, VERDICT_RECLAIMABLE);
	/* Ghosts do not make that less true. */
	m->o.ghosts = 3;
	assert_verdict(judge(m), VERDICT_CACHE, VERDICT_RECLAIMABLE);
	m->o.lives = (struct snapshot_lives){.died = {5}};
	assert_verdict(judge(m), VERDICT_STEADY, VERDICT_NONE_LEFT);
}

/* What a reclaim has left is a leak for the reason that it was one before. */
static void verdict_of_what_reclaim_left(void **state)
{
	struct made *m = *state;
	uint64_t repetitions[] = {2, 3, 2};

	m->cache.flags = RECLAIMABLE;
	m->s.reclaim_tried = true;
	/* Not those whom it did not reach. */
	assert_verdict(judge(m), VERDICT_CACHE, VERDICT_RECLAIMABLE);
	m->s.reclaim_all = true;
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_UNRECLAIMED);
	assert_true(verdict_has_half_life(m->o.verdict));
	m->s.repetition_cnt = 3;
	m->o.repetitions = repetitions;
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_EACH_RUN);
	assert_int_equal(m->o.verdict->per_run, 2);
	assert_false(verdict_has_half_life(m->o.verdict));
}

/* Dentries that others at the same place do not outlive by far: held, they are no cache. */
static void verdict_of_the_held_among_deaths(void **state)
{
	struct made *m = *state;
	struct population p = made_leak();
	struct snapshot_pins pins = {.looked = 100, .pinned = 96};

	p.lives.died[2] = 5000;
	add_stack(m, plain_frames, &p);
	m->stacks[0].pins = &pins;
	m->cache.flags = RECLAIMABLE;
	judge(m);
	assert_verdict(m->stacks[0].verdict, VERDICT_LEAK, VERDICT_PINNED);
	assert_int_equal(m->stacks[0].verdict->old, 96);
	pins.pinned = 90;
	judge(m);
	assert_verdict(m->stacks[0].verdict, VERDICT_CACHE, VERDICT_RECLAIMABLE);
	pins = (struct snapshot_pins){.looked = 25, .pinned = 25};
	judge(m);
	assert_verdict(m->stacks[0].verdict, VERDICT_CACHE, VERDICT_RECLAIMABLE);
	/* Held, with ghosts: neither is known. */
	pins = (struct snapshot_pins){.looked = 26, .pinned = 26};
	m->o.ghosts = 1;
	judge(m);
	assert_verdict(m->stacks[0].verdict, VERDICT_UNKNOWN, VERDICT_GHOSTS);
}

static void verdict_of_parts(void **state)
{
	struct made *m = *state;
	struct population p = made_leak();

	add_stack(m, inode_frames, &p);
	add_stack(m, acl_frames, &p);
	assert_verdict(judge(m), VERDICT_CACHE, VERDICT_PART);
	assert_string_equal(m->o.verdict->what, "inodes");
	assert_verdict(m->stacks[1].verdict, VERDICT_CACHE, VERDICT_PART);
	assert_string_equal(m->stacks[1].verdict->what, "inodes");
	/* Without names nobody knows. */
	symbols_destroy(m->symbols);
	m->symbols = NULL;
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_OUTLIVES);
}

/* As a whole it may be the inodes' parts that grow; a plain stack is judged on its own. */
static void verdict_of_parts_and_others(void **state)
{
	struct made *m = *state;
	struct population p = made_leak(), young = made_lives(MADE_TRACE_S);

	made_lives_add(&young, 59, 60, 0.1, POPULATION_FOREVER);
	add_stack(m, plain_frames, &young);
	add_stack(m, inode_frames, &p);
	assert_verdict(judge(m), VERDICT_CACHE, VERDICT_PART);
	assert_string_equal(m->o.verdict->what, "inodes");
	assert_verdict(m->stacks[0].verdict, VERDICT_UNKNOWN, VERDICT_YOUNG);
	/* One that leaks is found: the prefix of a function's name is another function. */
	add_stack(m, plain_frames, &p);
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_true(m->o.verdict->by_stack);
	assert_int_equal(m->o.verdict->stack, 2);
	/* Where no stack does and the parts are not few, nobody knows which it is that grows. */
	m->stacks[2].lives = young.lives;
	assert_verdict(judge(m), VERDICT_UNKNOWN, VERDICT_PARTLY);
	assert_string_equal(m->o.verdict->what, "inodes");
}

/* The healthy path's objects die, but old: only its stack tells the error path apart. */
static void verdict_by_stack(void **state)
{
	struct made *m = *state;
	struct population leak = made_leak(), more = made_lives(MADE_TRACE_S), healthy, all = leak;

	healthy = made_lives(MADE_TRACE_S);
	made_lives_add(&healthy, 0, 60, 0.05, 25);
	made_lives_add(&all, 0, 60, 0.05, 25);
	made_lives_add(&more, 0, 60, 0.5, POPULATION_FOREVER);
	m->o.lives = all.lives;
	assert_int_not_equal(judge(m)->kind, VERDICT_LEAK);
	add_stack(m, plain_frames, &healthy);
	add_stack(m, plain_frames, &leak);
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_true(m->o.verdict->by_stack);
	assert_int_equal(m->o.verdict->stack, 1);
	assert_int_equal(m->o.verdict->old, 60);
	assert_has(verdict_reason(m->o.verdict, (char[VERDICT_REASON]){0}), "those of one stack");
	assert_int_not_equal(m->stacks[0].verdict->kind, VERDICT_LEAK);
	/* The one with most survivors is shown. */
	made_lives_add(&all, 0, 60, 0.5, POPULATION_FOREVER);
	m->o.lives = all.lives;
	add_stack(m, plain_frames, &more);
	assert_int_equal(judge(m)->stack, 2);
	assert_int_equal(m->o.verdict->old, 120);
	/* Nobody, where some frees were not seen. */
	m->o.stale = 300;
	assert_int_not_equal(judge(m)->kind, VERDICT_LEAK);
}

/*
 * Where stacks are taken of every object in the first half, and of one in four then, it is not
 * the growth that slows down; unless it does, too, or some stacks could not be kept.
 */
static void verdict_by_stacks_that_grow_sparse(void **state)
{
	struct made *m = *state;
	struct population leak = made_lives(MADE_TRACE_S), all = leak;

	made_lives_add(&leak, 0, 30, 0.5, POPULATION_FOREVER);
	made_lives_add(&leak, 30, 60, 2, POPULATION_FOREVER);
	made_lives_add(&all, 0, 60, 0.5, POPULATION_FOREVER);
	made_lives_add(&all, 0, 60, 0.05, 25);
	m->o.lives = all.lives;
	add_stack(m, plain_frames, &leak);
	judge(m);
	assert_verdict(m->stacks[0].verdict, VERDICT_LEAK, VERDICT_OUTLIVES);
	m->s.totals.stacks_full = 1;
	judge(m);
	assert_verdict(m->stacks[0].verdict, VERDICT_UNKNOWN, VERDICT_SLOWING);
	m->s.totals.stacks_full = 0;
	m->o.lives = leak.lives;
	judge(m);
	assert_verdict(m->stacks[0].verdict, VERDICT_UNKNOWN, VERDICT_SLOWING);
}

/* Stale objects were freed unseen, at any age: as many more are to be expected. */
static void verdict_with_stale_deaths(void **state)
{
	struct made *m = *state;

	m->o.stale = 1;
	assert_verdict(judge(m), VERDICT_UNKNOWN, VERDICT_SLOW);
	assert_close(m->o.verdict->died, 1);
}

/* Evidence is what is in the books, rates are the machine's. */
static void verdict_of_a_sample(void **state)
{
	struct made *m = *state;
	struct population p = made_lives(MADE_TRACE_S), half = made_lives(MADE_TRACE_S);

	made_lives_add(&p, 0, 60, 0.01, POPULATION_FOREVER);
	made_lives_add(&half, 0, 60, 0.02, POPULATION_FOREVER);
	m->o.lives = p.lives;
	m->s.scale = 4;
	m->o.objects = 4 * p.count;
	m->o.stale = 8;
	/* Half of them have a stack, all of them this one. */
	add_stack(m, plain_frames, &half);
	m->stacks[0].objects = 4 * p.count;
	assert_verdict(judge(m), VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_int_equal(m->o.verdict->old, 6000);
	assert_close(m->o.verdict->died, 2);
	assert_close(m->o.verdict->per_s, 400);
	assert_close(m->stacks[0].verdict->per_s, 400);
	assert_int_equal(m->stacks[0].verdict->old, 3000);
}

static void verdict_of_timed_caches(void **state)
{
	struct made *m = *state;
	struct population p = made_leak();

	snprintf(m->cache.name, sizeof(m->cache.name), "tw_sock_TCP");
	add_stack(m, plain_frames, &p);
	assert_verdict(judge(m), VERDICT_UNKNOWN, VERDICT_TIMED);
	assert_string_equal(m->o.verdict->what, "sockets in TIME_WAIT");
	assert_verdict(m->stacks[0].verdict, VERDICT_UNKNOWN, VERDICT_TIMED);
	assert_string_equal(m->stacks[0].verdict->what, "sockets in TIME_WAIT");
	m->o.ghosts = 1;
	assert_verdict(judge(m), VERDICT_UNKNOWN, VERDICT_GHOSTS);
}

static void verdicts_of_nothing_and_without_memory(void **state)
{
	struct made *m = *state;
	struct snapshot empty = {.scale = 1};

	assert_int_equal(verdict_all(&empty, RECLAIMABLE, m->symbols), 0);
	assert_non_null(empty.verdicts);
	free(empty.verdicts);
	memory_fails_after(0);
	assert_int_equal(verdict_all(&m->s, RECLAIMABLE, m->symbols), -ENOMEM);
	assert_true(memory_failed());
	assert_null(m->s.verdicts);
	assert_null(m->o.verdict);
}

/* Of a ledger: the trace began before jiffies wrapped, and ended after. */
static void verdicts_over_a_wrap_of_the_clock(void **state)
{
	struct made_ledger ledger;
	const struct snapshot_origin *o;
	struct snapshot *s;
	uint32_t origin;

	(void)state;
	made_init(&ledger);
	ledger.view.jiffies = 7000;
	ledger.view.settled = 6750;
	ledger.view.began = 6750u - 15000;
	origin = made_origin(&ledger, made_cache(&ledger, "a", 64, 64), MADE_SITE(1), 64, 0);
	for (int i = 0; i < 60; i++)
		made_object(&ledger, origin, 0, 0, 250 + 125 + 250 * i, 64);
	s = made_snapshot(&ledger);
	assert_close(s->booked_s, 60);
	assert_int_equal(verdict_all(s, RECLAIMABLE, NULL), 0);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_verdict(o->verdict, VERDICT_LEAK, VERDICT_OUTLIVES);
	assert_close(o->verdict->per_s, 1);
	snapshot_destroy(s);
	made_deinit(&ledger);
}

#define WITH_ORIGIN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int test_verdict_all(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ORIGIN(verdict_of_a_plain_origin),
		WITH_ORIGIN(verdict_with_ghosts_is_never_leak),
		WITH_ORIGIN(verdict_with_refused_is_not_leak),
		WITH_ORIGIN(verdict_of_a_destroyed_cache),
		WITH_ORIGIN(verdict_of_a_reclaimable_cache),
		WITH_ORIGIN(verdict_of_what_reclaim_left),
		WITH_ORIGIN(verdict_of_the_held_among_deaths),
		WITH_ORIGIN(verdict_of_parts),
		WITH_ORIGIN(verdict_of_parts_and_others),
		WITH_ORIGIN(verdict_by_stack),
		WITH_ORIGIN(verdict_by_stacks_that_grow_sparse),
		WITH_ORIGIN(verdict_with_stale_deaths),
		WITH_ORIGIN(verdict_of_a_sample),
		WITH_ORIGIN(verdict_of_timed_caches),
		WITH_ORIGIN(verdicts_of_nothing_and_without_memory),
		cmocka_unit_test(verdicts_over_a_wrap_of_the_clock),
	};

	return cmocka_run_group_tests_name("verdict_all", tests, NULL, NULL);
}
