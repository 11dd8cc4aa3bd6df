// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot.c's stacks and tasks: what is the same is merged, what was sampled is
 * weighed, and shares say whether they were counted.
 */
#include "fixture.h"

#include <string.h>

#include "cleanup.h"
#include "made_ledger.h"
#include "snapshot.h"

static double shares(const struct snapshot_origin *o)
{
	double sum = 0;

	for (size_t i = 0; i < o->stack_cnt; i++)
		sum += o->stacks[i].share;
	return sum;
}

/* Two CPUs that met an origin at once made two entries for it: one origin all the same. */
static void snapshot_merges_entries_of_one_origin(void **state)
{
	struct made_ledger *m = *state;
	const uint64_t frames[] = {MADE_SITE(1), MADE_SITE(7)};
	uint32_t cache = made_cache(m, "kmalloc-64", 64, 64);
	uint32_t twin =
		made_cache(m, "kmalloc-64", 64, 64); /* so is its cache in the books twice */
	uint32_t a = made_origin(m, cache, MADE_SITE(1), 64, SS_ORIGIN_KMALLOC);
	uint32_t b = made_origin(m, twin, MADE_SITE(1), 64, SS_ORIGIN_KMALLOC);
	uint32_t elsewhere = made_origin(m, cache, MADE_SITE(2), 64, SS_ORIGIN_KMALLOC);
	uint32_t stack = made_stack(m, frames, 2), task = made_task(m, "ls");
	uint32_t rec_a = made_rec(m, a, stack, task), rec_b = made_rec(m, b, stack, task);
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_objects(m, 3, a, rec_a, 0, 10, 64);
	made_objects(m, 1, b, rec_b, 0, 50, 40);
	made_object(m, elsewhere, 0, 0, 5, 64);
	made_freed(m, a, 7);
	made_freed(m, b, 9);
	m->rares[a].life[2] = 4;
	m->rares[b].life[2] = 5;
	m->rares[b].ghosts = 1;
	m->counts[b].allocs++;
	s = made_snapshot(m);
	assert_int_equal(s->cache_cnt, 1);
	assert_int_equal(s->origin_cnt, 2);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_int_equal(o->allocs, 21);
	assert_int_equal(o->frees, 16);
	assert_int_equal(o->ghosts, 1);
	assert_int_equal(o->objects, 4);
	assert_int_equal(o->requested_bytes, 3 * 64 + 40);
	assert_int_equal(o->lives.died[2], 9);
	assert_close(o->age_min_s, 10 * MADE_TICK_S);
	assert_close(o->age_mean_s, 20 * MADE_TICK_S);
	assert_close(o->age_max_s, 50 * MADE_TICK_S);
	assert_int_equal(o->stack_cnt, 1);
	assert_int_equal(o->stacks[0].objects, 4);
	assert_int_equal(o->stacks[0].task_cnt, 1);
	assert_int_equal(o->stacks[0].tasks[0].objects, 4);
	assert_int_equal(s->caches[0].objects, 5);
	assert_int_equal(s->unbalanced, 0);
	snapshot_destroy(s);
}

/* What an interrupt interrupted, and in which task, has nothing to do with what it allocates. */
static void snapshot_cuts_stacks_at_interrupts(void **state)
{
	struct made_ledger *m = *state;
	uint64_t ranges[] = {MADE_SITE(8), MADE_SITE(9)};
	const struct addresses interrupts = {.at = ranges, .count = 2};
	const uint64_t in_ls[] = {MADE_SITE(1), MADE_SITE(2), MADE_SITE(8) + 18, MADE_SITE(3)};
	const uint64_t in_cat[] = {MADE_SITE(1), MADE_SITE(2), MADE_SITE(8) + 18, MADE_SITE(4),
				   MADE_SITE(5)};
	const uint64_t of_ls[] = {MADE_SITE(1), MADE_SITE(2), MADE_SITE(9)};
	uint32_t origin = made_origin(m, made_cache(m, "a", 64, 64), MADE_SITE(1), 64, 0);
	uint32_t ls = made_task(m, "ls"), cat = made_task(m, "cat");
	uint32_t first = made_rec(m, origin, made_stack(m, in_ls, 4), ls);
	uint32_t second = made_rec(m, origin, made_stack(m, in_cat, 5), cat);
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_objects(m, 3, origin, first, 0, 10, 64);
	made_objects(m, 4, origin, second, 0, 10, 64);
	made_objects(m, 2, origin, made_rec(m, origin, made_stack(m, of_ls, 3), ls), 0, 10, 64);
	m->view.interrupts = &interrupts;
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_int_equal(o->stack_cnt, 2);
	assert_int_equal(o->stacks[0].objects, 7);
	assert_int_equal(o->stacks[0].frame_cnt, 3);
	assert_memory_equal(o->stacks[0].frames, in_ls, 3 * sizeof(*in_ls));
	assert_int_equal(o->stacks[0].task_cnt, 1);
	assert_string_equal(o->stacks[0].tasks[0].comm, "(interrupt)");
	assert_int_equal(o->stacks[1].frame_cnt, 3);
	assert_string_equal(o->stacks[1].tasks[0].comm, "ls");
	assert_true(snapshot_is_stack(&o->stacks[0], &m->view, first));
	assert_true(snapshot_is_stack(&o->stacks[0], &m->view, second));
	assert_false(snapshot_is_stack(&o->stacks[1], &m->view, first));
	snapshot_destroy(s);
}

/* Records of equal frames are one stack, whatever their index; a longer stack is another. */
static void snapshot_merges_equal_stacks(void **state)
{
	struct made_ledger *m = *state;
	const uint64_t frames[] = {MADE_SITE(1), MADE_SITE(2), MADE_SITE(3)};
	const uint64_t other[] = {MADE_SITE(1), MADE_SITE(2), MADE_SITE(4)};
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t first = made_stack(m, frames, 3), shorter = made_stack(m, frames, 2);
	uint32_t again = made_stack(m, frames, 3), third = made_stack(m, other, 3);
	uint32_t ls = made_task(m, "ls"), cat = made_task(m, "cat"), ls2 = made_task(m, "ls");
	const struct snapshot_stack *st;
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_objects(m, 4, origin, made_rec(m, origin, first, ls), 0, 1, 64);
	made_objects(m, 3, origin, made_rec(m, origin, shorter, ls), 0, 1, 64);
	made_objects(m, 5, origin, made_rec(m, origin, again, cat), 0, 1, 64);
	made_objects(m, 6, origin, made_rec(m, origin, again, ls2), 0, 1, 64);
	made_objects(m, 2, origin, made_rec(m, origin, third, 0), 0, 1, 64);
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_false(o->estimated);
	assert_int_equal(o->stack_cnt, 3);
	assert_close(shares(o), 1);

	st = &o->stacks[0];
	assert_int_equal(st->objects, 15);
	assert_close(st->share, 0.75);
	assert_int_equal(st->frame_cnt, 3);
	assert_memory_equal(st->frames, frames, sizeof(frames));
	assert_int_equal(st->task_cnt, 2);
	assert_string_equal(st->tasks[0].comm, "ls");
	assert_int_equal(st->tasks[0].objects, 10);
	assert_string_equal(st->tasks[1].comm, "cat");
	assert_int_equal(st->tasks[1].objects, 5);

	assert_int_equal(o->stacks[1].objects, 3);
	assert_int_equal(o->stacks[1].frame_cnt, 2);
	assert_int_equal(o->stacks[2].objects, 2);
	assert_memory_equal(o->stacks[2].frames, other, sizeof(other));
	assert_int_equal(o->stacks[2].task_cnt, 1);
	assert_string_equal(o->stacks[2].tasks[0].comm, "(other)");
	snapshot_destroy(s);
}

/* Which of equals comes first must not vary from run to run. */
static void snapshot_orders_equal_tasks_by_name(void **state)
{
	static const char *const comms[] = {"sed", "awk", "ls", "cat", "find"};
	static const char *const sorted[] = {"awk", "cat", "find", "ls", "sed"};
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(1)}, 1);
	struct snapshot *s;

	for (size_t i = 0; i < ARRAY_SIZE(comms); i++)
		made_objects(m, 3, origin, made_rec(m, origin, stack, made_task(m, comms[i])), 0, 1,
			     64);
	s = made_snapshot(m);
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		assert_string_equal(s->origins[0].stacks[0].tasks[i].comm, sorted[i]);
	snapshot_destroy(s);
}

static void snapshot_cuts_process_names_that_do_not_end(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(1)}, 1);
	uint32_t task = made_task(m, "0123456789abcdefXYZ");
	struct snapshot *s;

	made_object(m, origin, made_rec(m, origin, stack, task), 0, 1, 64);
	s = made_snapshot(m);
	assert_string_equal(s->origins[0].stacks[0].tasks[0].comm, "0123456789abcde");
	snapshot_destroy(s);
}

/*
 * A stack of class c was taken once in 4^c allocations, so it stands for as
 * many; one object without any makes all shares of the origin estimates.
 */
static void snapshot_weighs_sampled_stacks(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t dense = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(2)}, 2);
	uint32_t sparse = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(3)}, 2);
	uint32_t a = made_task(m, "a"), b = made_task(m, "b");
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_objects(m, 64, origin, made_rec(m, origin, dense, a), 0, 1, 64);
	made_objects(m, 2, origin, made_rec(m, origin, sparse, a), 3, 1, 64);
	made_objects(m, 1, origin, made_rec(m, origin, sparse, b), 3, 1, 64);
	made_objects(m, 133, origin, 0, 0, 1, 64);
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_int_equal(o->objects, 200);
	assert_int_equal(o->stackless, 133);
	assert_true(o->estimated);
	assert_int_equal(o->stack_cnt, 2);
	assert_close(o->stacks[0].share, 0.75);
	assert_int_equal(o->stacks[0].objects, 150);
	assert_true(o->stacks[0].frames[1] == MADE_SITE(3));
	assert_string_equal(o->stacks[0].tasks[0].comm, "a");
	assert_int_equal(o->stacks[0].tasks[0].objects, 100);
	assert_int_equal(o->stacks[0].tasks[1].objects, 50);
	assert_close(o->stacks[1].share, 0.25);
	assert_int_equal(o->stacks[1].objects, 50);
	snapshot_destroy(s);
}

/* The heaviest class stands for 16,384. */
static void snapshot_weighs_all_classes(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	const struct snapshot_origin *o;
	double total = 0, weight = 1;
	struct snapshot *s;

	made_object(m, origin, 0, 0, 1, 64);
	for (uint32_t class = 0; class < SS_CLASSES; class ++) {
		uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(class)}, 2);

		made_object(m, origin, made_rec(m, origin, stack, 0), class, 1, 64);
		total += weight;
		weight *= 4;
	}
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_int_equal(o->stack_cnt, SS_CLASSES);
	for (uint32_t i = 0; i < SS_CLASSES; i++) {
		weight /= 4;
		assert_true(o->stacks[i].frames[1] == MADE_SITE(SS_CLASSES - 1 - i));
		assert_close(o->stacks[i].share, weight / total);
	}
	assert_close(shares(o), 1);
	snapshot_destroy(s);
}

/* Where every survivor has its stack there is nothing to estimate: they are counted. */
static void snapshot_counts_where_all_stacks_are_known(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t common = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(2)}, 2);
	uint32_t rare = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(3)}, 2);
	uint32_t a = made_task(m, "a"), b = made_task(m, "b");
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_objects(m, 5, origin, made_rec(m, origin, common, a), 0, 1, 64);
	made_objects(m, 1, origin, made_rec(m, origin, common, b), 4, 1, 64);
	made_objects(m, 2, origin, made_rec(m, origin, rare, b), 5, 1, 64);
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_false(o->estimated);
	assert_int_equal(o->stacks[0].objects, 6);
	assert_close(o->stacks[0].share, 0.75);
	assert_close(o->stacks[1].share, 0.25);
	assert_string_equal(o->stacks[0].tasks[0].comm, "a");
	assert_int_equal(o->stacks[0].tasks[0].objects, 5);
	/* The text report prints shares of tasks by weight. */
	assert_close(o->stacks[0].tasks[0].weight / o->stacks[0].weight, 5.0 / 6);
	snapshot_destroy(s);
}

/*
 * Deaths are told of a stack, whichever task's record they were counted under, and
 * whether or not that record has survivors. A stack without any is not shown.
 */
static void snapshot_counts_deaths_by_stack(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t elsewhere = made_origin(m, cache, MADE_SITE(9), 64, 0);
	uint32_t leaky = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(2)}, 2);
	uint32_t again = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(2)}, 2);
	uint32_t sound = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(3)}, 2);
	uint32_t ls = made_task(m, "ls"), cat = made_task(m, "cat");
	uint32_t dead = made_rec(m, origin, again, ls), live = made_rec(m, origin, leaky, cat);
	uint32_t gone = made_rec(m, origin, sound, ls), other = made_rec(m, origin, 0, 0);
	uint32_t beside = made_rec(m, elsewhere, leaky, ls);
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_objects(m, 3, origin, live, 0, 100, 64);
	made_freed(m, origin, 100);
	made_freed(m, elsewhere, 7);
	m->rec_lives[dead].life[1] = 5;
	m->rec_lives[dead].life[SS_LIFE_BINS - 1] = 6;
	m->rec_lives[live].life[1] = 2;
	m->rec_lives[gone].life[4] = 80;
	m->rec_lives[beside].life[2] = 7;
	m->rec_lives[other].life[0] = 9; /* never written */
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_int_equal(o->stack_cnt, 1);
	assert_int_equal(o->stacks[0].objects, 3);
	assert_close(o->stacks[0].share, 1);
	assert_true(o->stacks[0].frames[1] == MADE_SITE(2));
	assert_int_equal(o->stacks[0].task_cnt, 1);
	assert_string_equal(o->stacks[0].tasks[0].comm, "cat");
	for (int i = 0; i < SS_LIFE_BINS; i++) {
		uint64_t died = i == 1 ? 7 : i == SS_LIFE_BINS - 1 ? 6 : 0;

		assert_int_equal(o->stacks[0].lives.died[i], died);
	}
	assert_int_equal(o->stacks[0].lives.alive[6], 3);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(9))->stack_cnt, 0);
	snapshot_destroy(s);
}

/* What died is not weighed: shares, and whether they are estimates, are the survivors' alone. */
static void snapshot_shares_do_not_depend_on_deaths(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t first = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(2)}, 2);
	uint32_t second = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(3)}, 2);
	uint32_t third = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(4)}, 2);
	uint32_t a = made_rec(m, origin, first, 0), b = made_rec(m, origin, second, 0);
	uint32_t c = made_rec(m, origin, third, 0);
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_objects(m, 3, origin, a, 1, 1, 64);
	made_objects(m, 1, origin, b, 1, 1, 64);
	made_objects(m, 4, origin, 0, 0, 1, 64);
	made_freed(m, origin, 2000);
	m->rec_lives[b].life[3] = 1000;
	m->rec_lives[c].life[3] = 1000;
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_true(o->estimated);
	assert_int_equal(o->stack_cnt, 2);
	assert_close(o->stacks[0].share, 0.75);
	assert_int_equal(o->stacks[0].objects, 6);
	assert_int_equal(o->stacks[0].lives.died[3], 0);
	assert_close(o->stacks[1].share, 0.25);
	assert_int_equal(o->stacks[1].lives.died[3], 1000);
	snapshot_destroy(s);
}

/* Whatever stands in the ledger, no frame is read from beyond its store. */
static void snapshot_keeps_to_the_frames_there_are(void **state)
{
	static const struct {
		uint32_t first, count, kept;
	} cases[] = {
		{SS_FRAMES - 2, 2, 2},
		{SS_FRAMES - 2, 3, 2},
		{SS_FRAMES, 1, 0},
		{UINT32_MAX, UINT16_MAX, 0},
	};
	struct made_ledger *m = *state;
	uint32_t origin = made_origin(m, made_cache(m, "kmalloc-64", 64, 64), MADE_SITE(1), 64, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(1)}, 1);

	made_object(m, origin, made_rec(m, origin, stack, made_task(m, "a")), 0, 1, 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct snapshot *s;

		m->stacks[stack - 1].first = cases[i].first;
		m->stacks[stack - 1].count = cases[i].count;
		s = made_snapshot(m);
		assert_int_equal(s->origins[0].stacks[0].frame_cnt, cases[i].kept);
		for (uint32_t j = 0; j < cases[i].kept; j++)
			assert_int_equal(s->origins[0].stacks[0].frames[j], 0);
		snapshot_destroy(s);
	}
}

int test_snapshot_stacks(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(snapshot_merges_entries_of_one_origin),
		WITH_LEDGER(snapshot_cuts_stacks_at_interrupts),
		WITH_LEDGER(snapshot_merges_equal_stacks),
		WITH_LEDGER(snapshot_orders_equal_tasks_by_name),
		WITH_LEDGER(snapshot_cuts_process_names_that_do_not_end),
		WITH_LEDGER(snapshot_weighs_sampled_stacks),
		WITH_LEDGER(snapshot_weighs_all_classes),
		WITH_LEDGER(snapshot_counts_where_all_stacks_are_known),
		WITH_LEDGER(snapshot_counts_deaths_by_stack),
		WITH_LEDGER(snapshot_shares_do_not_depend_on_deaths),
		WITH_LEDGER(snapshot_keeps_to_the_frames_there_are),
	};

	return cmocka_run_group_tests_name("snapshot, stacks", tests, NULL, NULL);
}
