// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot.c once the table has filled and only a sample of the objects is in the
 * books: what is scaled up, what stays exact, and what still balances.
 */
#include "fixture.h"

#include "made_ledger.h"
#include "snapshot.h"

/* Of a sample, most allocations were never booked: too many are no error, too few are. */
static void snapshot_checks_the_balance_of_a_sample(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);

	made_halve(m, 1);
	made_objects(m, 3, origin, 0, 0, 1, 64);
	made_leftover(m, origin);
	m->counts[origin].allocs += 1000;
	assert_int_equal(made_unbalanced(m, true), 0);
	m->counts[origin].allocs = 4;
	assert_int_equal(made_unbalanced(m, true), 0);
	m->counts[origin].allocs = 3;
	assert_int_equal(made_unbalanced(m, true), 1);
}

static void snapshot_scales_a_sample(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "dentry", 192, 184);
	uint32_t small = made_cache(m, "kmalloc-32", 32, 32);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 192, 0);
	uint32_t kmalloc = made_origin(m, small, MADE_SITE(2), 32, SS_ORIGIN_KMALLOC);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(2)}, 1);
	uint32_t rec = made_rec(m, kmalloc, stack, made_task(m, "ls"));
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_halve(m, 2);
	made_objects(m, 30, origin, 0, 0, 10, 1);
	for (int i = 0; i < 7; i++)
		made_leftover(m, origin);
	made_freed(m, origin, 100); /* of which the books know some */
	m->counts[origin].allocs = 1000;
	m->rares[origin].ghosts = 5;
	m->rares[origin].refused = 3;
	m->rares[origin].thinned = 9;
	made_objects(m, 4, kmalloc, rec, 0, 10, 20);
	m->counts[kmalloc].allocs = 10; /* fewer than the estimate of what is live */
	s = made_snapshot(m);
	assert_close(s->scale, 4);

	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_int_equal(o->booked, 30);
	assert_int_equal(o->objects, 120);
	assert_int_equal(o->bytes, 120 * 192);
	assert_int_equal(o->requested_bytes, 120 * 184);
	assert_int_equal(o->ghosts, 5); /* met at scales that nobody knows any more */
	assert_int_equal(o->refused, 3);
	assert_int_equal(o->allocs, 1000); /* exact */
	assert_int_equal(o->frees, 1000 - 120 - 5 - 3);
	assert_true(o->estimated);
	assert_close(o->age_mean_s, 10 * MADE_TICK_S);

	o = made_snapshot_origin(s, MADE_SITE(2));
	assert_int_equal(o->objects, 16);
	assert_int_equal(o->requested_bytes, 4 * 4 * 20);
	assert_int_equal(o->frees, 0);
	assert_true(o->estimated);
	assert_int_equal(o->stacks[0].objects, 16);
	assert_close(o->stacks[0].share, 1);
	assert_int_equal(o->stacks[0].tasks[0].objects, 16);

	assert_int_equal(s->booked, 34);
	assert_int_equal(s->objects, 136);
	assert_int_equal(s->thinned, 9 + 7);
	assert_int_equal(s->unbalanced, 0);
	snapshot_destroy(s);
}

static void snapshot_scale_doubles_with_each_halving(void **state)
{
	struct made_ledger *m = *state;

	for (uint32_t halvings = 0; halvings < 20; halvings++) {
		struct snapshot *s;

		made_halve(m, halvings);
		s = made_snapshot(m);
		assert_close(s->scale, (double)(1u << halvings));
		snapshot_destroy(s);
	}
}

int test_snapshot_sample(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(snapshot_checks_the_balance_of_a_sample),
		WITH_LEDGER(snapshot_scales_a_sample),
		WITH_LEDGER(snapshot_scale_doubles_with_each_halving),
	};

	return cmocka_run_group_tests_name("snapshot, sample", tests, NULL, NULL);
}
