// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot.c with the outcome of a survivor check: what is stale is no survivor in
 * any number, and the books balance all the same.
 */
#include "fixture.h"

#include "made_ledger.h"
#include "snapshot.h"

static uint8_t stale[MADE_BUCKETS * SS_WAYS / 8];

/* Slots from `first` on were found free. */
static void retire(struct made_ledger *m, uint32_t first, uint32_t count)
{
	m->view.stale = stale;
	for (uint32_t i = first; i < first + count; i++)
		stale[i / 8] |= 1u << i % 8;
}

static int setup(void **state)
{
	for (size_t i = 0; i < sizeof(stale); i++)
		stale[i] = 0;
	return made_setup(state);
}

static void snapshot_leaves_out_what_is_stale(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "maple_node", 256, 256);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 256, SS_ORIGIN_KMALLOC);
	uint32_t other = made_origin(m, cache, MADE_SITE(2), 256, SS_ORIGIN_KMALLOC);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(7)}, 2);
	uint32_t dead = made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(8)}, 2);
	uint32_t rec = made_rec(m, origin, stack, made_task(m, "ls"));
	uint32_t dead_rec = made_rec(m, origin, dead, made_task(m, "rm"));
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_objects(m, 10, origin, dead_rec, 0, 9000, 200); /* slots 0 to 9: all stale */
	made_objects(m, 6, origin, rec, 0, 50, 100);
	made_objects(m, 2, origin, 0, 0, 1, 100); /* 16, 17: without a stack; stale */
	made_objects(m, 3, other, 0, 0, 20, 8);
	made_freed(m, origin, 100);
	retire(m, 0, 10);
	retire(m, 16, 2);
	s = made_snapshot(m);
	assert_true(s->checked);
	assert_int_equal(s->unbalanced, 0);
	assert_int_equal(s->stale, 12);
	assert_int_equal(s->objects, 9);
	assert_int_equal(s->booked, 9);
	assert_int_equal(s->bytes, 9 * 256);
	assert_int_equal(s->allocs, 121);
	assert_int_equal(s->frees, 100);
	assert_int_equal(s->caches[0].stale, 12);
	assert_int_equal(s->caches[0].objects, 9);
	assert_close(s->caches[0].oldest_s, 50 * MADE_TICK_S);

	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_int_equal(o->stale, 12);
	assert_int_equal(o->objects, 6);
	assert_int_equal(o->requested_bytes, 600);
	assert_close(o->age_min_s, 50 * MADE_TICK_S);
	assert_close(o->age_mean_s, 50 * MADE_TICK_S);
	assert_close(o->age_max_s, 50 * MADE_TICK_S);
	/* All survivors have a stack, and it is the one that is left. */
	assert_int_equal(o->stackless, 0);
	assert_false(o->estimated);
	assert_int_equal(o->stack_cnt, 1);
	assert_true(o->stacks[0].frames[1] == MADE_SITE(7));
	assert_int_equal(o->stacks[0].objects, 6);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(2))->stale, 0);
	snapshot_destroy(s);
}

static void snapshot_of_an_origin_all_stale(void **state)
{
	struct made_ledger *m = *state;
	uint32_t origin = made_origin(m, made_cache(m, "a", 64, 64), MADE_SITE(1), 64, 0);
	struct snapshot *s;

	made_objects(m, 20, origin, 0, 0, 7, 1);
	retire(m, 0, 20);
	s = made_snapshot(m);
	assert_int_equal(s->origins[0].objects, 0);
	assert_int_equal(s->origins[0].stale, 20);
	assert_close(s->origins[0].age_max_s, 0);
	assert_close(s->caches[0].oldest_s, 0);
	assert_int_equal(s->unbalanced, 0);
	snapshot_destroy(s);
}

static void snapshot_checked_with_nothing_stale(void **state)
{
	struct made_ledger *m = *state;
	uint32_t origin = made_origin(m, made_cache(m, "a", 64, 64), MADE_SITE(1), 64, 0);
	struct snapshot *s;

	made_objects(m, 20, origin, 0, 0, 7, 1);
	s = made_snapshot(m);
	assert_false(s->checked);
	snapshot_destroy(s);
	retire(m, 0, 0);
	s = made_snapshot(m);
	assert_true(s->checked);
	assert_int_equal(s->stale, 0);
	assert_int_equal(s->objects, 20);
	snapshot_destroy(s);
}

/* Of a sample a stale record stands for as many as a live one; what left the sample for none. */
static void snapshot_scales_what_is_stale(void **state)
{
	struct made_ledger *m = *state;
	uint32_t origin = made_origin(m, made_cache(m, "a", 64, 64), MADE_SITE(1), 64, 0);
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_halve(m, 2);
	made_objects(m, 30, origin, 0, 0, 10, 1);
	for (int i = 0; i < 7; i++)
		made_leftover(m, origin);
	m->counts[origin].allocs = 1000;
	m->rares[origin].ghosts = 5;
	retire(m, 20, 17); /* ten of the sample, and all the leftovers */
	s = made_snapshot(m);
	o = &s->origins[0];
	assert_int_equal(o->booked, 20);
	assert_int_equal(o->objects, 80);
	assert_int_equal(o->stale, 40);
	assert_int_equal(o->frees, 1000 - 80 - 40 - 5);
	assert_int_equal(s->thinned, 7);
	assert_int_equal(s->unbalanced, 0);
	snapshot_destroy(s);
	/* Fewer allocations than the books have objects: that cannot be. */
	m->counts[origin].allocs = 30 + 7 + 4;
	assert_int_equal(made_unbalanced(m, true), 1);
	m->counts[origin].allocs = 30 + 7 + 5;
	assert_int_equal(made_unbalanced(m, true), 0);
}

#define CHECKED(test) cmocka_unit_test_setup_teardown(test, setup, made_teardown)

int test_snapshot_stale(void)
{
	const struct CMUnitTest tests[] = {
		CHECKED(snapshot_leaves_out_what_is_stale),
		CHECKED(snapshot_of_an_origin_all_stale),
		CHECKED(snapshot_checked_with_nothing_stale),
		CHECKED(snapshot_scales_what_is_stale),
	};

	return cmocka_run_group_tests_name("snapshot, stale", tests, NULL, NULL);
}
