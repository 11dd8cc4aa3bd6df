// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot.c over made-up ledgers: every number of a snapshot from books that
 * are small enough to be added up by hand.
 */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "made_ledger.h"
#include "snapshot.h"
#include "stand_ins.h"

static void snapshot_of_empty_books(void **state)
{
	struct snapshot *s = made_snapshot(*state);

	assert_int_equal(s->cache_cnt, 0);
	assert_int_equal(s->origin_cnt, 0);
	assert_int_equal(s->allocs + s->frees + s->frees_unknown + s->ghosts + s->refused, 0);
	assert_int_equal(s->objects + s->bytes + s->booked + s->in_flight + s->unbalanced, 0);
	assert_close(s->scale, 1);
	snapshot_destroy(s);
	snapshot_destroy(NULL);
}

/* One origin of kmalloc with everything that is counted. */
static void snapshot_adds_up_an_origin(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "kmalloc-32", 32, 32);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 32, SS_ORIGIN_KMALLOC);
	const struct snapshot_origin *o;
	const struct snapshot_cache *c;
	struct snapshot *s;

	m->caches[cache].flags = 0x20400;
	made_object(m, origin, 0, 0, 100, 17);
	made_object(m, origin, 0, 0, 300, 32);
	made_object(m, origin, 0, 0, 20, 1);
	made_freed(m, origin, 50);
	m->counts[origin].allocs += 3 + 4 + 5 + 6;
	m->rares[origin].ghosts = 3;
	m->rares[origin].refused = 4;
	m->rares[origin].thinned = 5;
	m->rares[origin].retold = 6;
	m->rares[origin].stackless = 7;
	m->rares[origin].life[1] = 8;
	m->rares[origin].life[SS_LIFE_BINS - 1] = 9;
	m->counts[SS_ORIGIN_NONE].frees = 11;
	m->counts[SS_ORIGIN_NONE].allocs = 12;
	m->totals->own = 13;
	m->totals->bulk_unread = 14;
	s = made_snapshot(m);

	assert_int_equal(s->origin_cnt, 1);
	o = &s->origins[0];
	assert_int_equal(o->cache, 0);
	assert_true(o->site == MADE_SITE(1));
	assert_int_equal(o->allocs, 3 + 50 + 3 + 4 + 5); /* what was told twice is one allocation */
	assert_int_equal(o->frees, 50);
	assert_int_equal(o->ghosts, 3);
	assert_int_equal(o->refused, 4);
	assert_int_equal(o->booked, 3);
	assert_int_equal(o->objects, 3);
	assert_int_equal(o->bytes, 96);
	assert_int_equal(o->requested_bytes, 17 + 32 + 1);
	assert_int_equal(o->stackless, 3);
	assert_int_equal(o->stack_cnt, 0);
	assert_true(o->estimated);
	assert_close(o->age_min_s, 20 * MADE_TICK_S);
	assert_close(o->age_mean_s, 140 * MADE_TICK_S);
	assert_close(o->age_max_s, 300 * MADE_TICK_S);
	for (int i = 0; i < SS_LIFE_BINS; i++)
		assert_int_equal(o->lives.died[i], i == 0		   ? 50 - 8 - 9
						   : i == 1		   ? 8
						   : i == SS_LIFE_BINS - 1 ? 9
									   : 0);
	assert_close(s->tick_s, MADE_TICK_S);

	assert_int_equal(s->cache_cnt, 1);
	c = &s->caches[0];
	assert_string_equal(c->name, "kmalloc-32");
	assert_int_equal(c->size, 32);
	assert_int_equal(c->object_size, 32);
	assert_int_equal(c->flags, 0x20400);
	assert_false(c->guessed || c->destroyed || c->large);
	assert_int_equal(c->allocs, 65);
	assert_int_equal(c->frees, 50);
	assert_int_equal(c->ghosts, 3);
	assert_int_equal(c->refused, 4);
	assert_int_equal(c->objects, 3);
	assert_int_equal(c->bytes, 96);
	assert_int_equal(c->requested_bytes, 50);
	assert_close(c->oldest_s, 300 * MADE_TICK_S);

	assert_int_equal(s->allocs, 65);
	assert_int_equal(s->frees, 50);
	assert_int_equal(s->frees_unknown, 11);
	assert_int_equal(s->ghosts, 3);
	assert_int_equal(s->refused, 4);
	assert_int_equal(s->thinned, 5);
	assert_int_equal(s->retold, 6);
	assert_int_equal(s->stackless, 7);
	assert_int_equal(s->objects, 3);
	assert_int_equal(s->bytes, 96);
	assert_int_equal(s->booked, 3);
	assert_int_equal(s->in_flight, 0);
	assert_int_equal(s->unbalanced, 0);
	assert_int_equal(s->totals.own, 13);
	assert_int_equal(s->totals.bulk_unread, 14);
	assert_close(s->scale, 1);
	snapshot_destroy(s);
}

/* A named cache asks for object_size bytes; a kmalloc for what its objects' codes say. */
static void snapshot_knows_requested_bytes(void **state)
{
	struct made_ledger *m = *state;
	uint32_t dentry = made_cache(m, "dentry", 192, 184);
	uint32_t big = made_cache(m, "kmalloc-8k", 8192, 8192);
	uint32_t named = made_origin(m, dentry, MADE_SITE(1), 192, 0);
	uint32_t kmalloc = made_origin(m, big, MADE_SITE(2), 8192, SS_ORIGIN_KMALLOC);
	uint32_t large = made_origin(m, SS_CACHE_LARGE_INDEX, MADE_SITE(3), 65536,
				     SS_ORIGIN_KMALLOC | SS_ORIGIN_LARGE);
	/* Its cache found no room in the table: what it asks for is not known. */
	uint32_t other = made_origin(m, SS_CACHE_OTHER_INDEX, MADE_SITE(4), 256, 0);
	struct snapshot *s;

	made_objects(m, 10, named, 0, 0, 1, 1);
	made_object(m, kmalloc, 0, 0, 1, 4097);
	made_object(m, kmalloc, 0, 0, 1, 8192);
	made_object(m, large, 0, 0, 1, 33000);
	made_objects(m, 3, other, 0, 0, 1, 1);
	s = made_snapshot(m);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(1))->bytes, 1920);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(1))->requested_bytes, 1840);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(2))->bytes, 16384);
	/* In units of 8 and of 64 bytes, rounded up. */
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(2))->requested_bytes, 4104 + 8192);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(3))->bytes, 65536);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(3))->requested_bytes, 33024);
	/* So it does not count as waste. */
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(4))->bytes, 768);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(4))->requested_bytes, 768);
	snapshot_destroy(s);
}

static void snapshot_counts_slots_in_flight(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	struct snapshot *s;

	made_object(m, origin, 0, 0, 1, 64);
	made_in_flight(m);
	made_in_flight(m);
	s = made_snapshot(m);
	assert_int_equal(s->in_flight, 2);
	assert_int_equal(s->objects, 1);
	assert_int_equal(s->unbalanced, 0);
	snapshot_destroy(s);
}

static void snapshot_checks_the_balance(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t good = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t bad = made_origin(m, cache, MADE_SITE(2), 64, 0);
	uint32_t *const wrong[] = {
		&m->rares[bad].ghosts,
		&m->rares[bad].refused,
		&m->rares[bad].thinned,
		&m->rares[bad].retold,
	};

	made_objects(m, 3, good, 0, 0, 1, 64);
	made_freed(m, good, 5);
	made_objects(m, 3, bad, 0, 0, 1, 64);
	made_freed(m, bad, 5);
	assert_int_equal(made_unbalanced(m, true), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		++*wrong[i];
		assert_int_equal(made_unbalanced(m, true), 1);
		m->counts[bad].allocs++;
		assert_int_equal(made_unbalanced(m, true), 0);
	}
	m->counts[bad].frees++;
	assert_int_equal(made_unbalanced(m, true), 1);
	m->counts[bad].frees -= 2;
	assert_int_equal(made_unbalanced(m, true), 1);
	m->counts[good].allocs++;
	assert_int_equal(made_unbalanced(m, true), 2);
	/* While the books are open they may be caught in between. */
	assert_int_equal(made_unbalanced(m, false), 0);
}

static void snapshot_leaves_out_what_is_filtered(void **state)
{
	struct made_ledger *m = *state;
	uint32_t wanted = made_cache(m, "wanted", 64, 64), not = made_cache(m, "not", 64, 64);
	uint32_t a = made_origin(m, wanted, MADE_SITE(1), 64, 0);
	uint32_t skipped = made_origin(m, not, MADE_SITE(2), 64, SS_ORIGIN_SKIP);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(2)}, 1);
	struct snapshot *s;

	made_origin(m, not, MADE_SITE(3), 64, 0); /* nothing was allocated there */
	made_object(m, a, 0, 0, 1, 64);
	/* Booked before the filter said no, and no longer counted since. */
	made_objects(m, 5, skipped, made_rec(m, skipped, stack, 0), 0, 1, 64);
	m->counts[skipped].allocs = 100;
	s = made_snapshot(m);
	assert_int_equal(s->cache_cnt, 1);
	assert_int_equal(s->origin_cnt, 1);
	assert_string_equal(s->caches[0].name, "wanted");
	assert_int_equal(s->objects, 1);
	assert_int_equal(s->allocs, 1);
	assert_int_equal(s->unbalanced, 0);
	snapshot_destroy(s);
}

static void snapshot_is_sorted_by_bytes(void **state)
{
	struct made_ledger *m = *state;
	uint32_t a = made_cache(m, "a", 8, 8), b = made_cache(m, "b", 4096, 4096);
	uint32_t c = made_cache(m, "c", 512, 512);
	struct snapshot *s;

	made_objects(m, 20, made_origin(m, a, MADE_SITE(1), 8, 0), 0, 0, 1, 8);
	made_objects(m, 2, made_origin(m, b, MADE_SITE(2), 4096, 0), 0, 0, 1, 8);
	made_objects(m, 3, made_origin(m, c, MADE_SITE(3), 512, 0), 0, 0, 1, 8);
	made_objects(m, 3, made_origin(m, b, MADE_SITE(4), 4096, 0), 0, 0, 1, 8);
	s = made_snapshot(m);
	assert_string_equal(s->caches[0].name, "b");
	assert_string_equal(s->caches[1].name, "c");
	assert_string_equal(s->caches[2].name, "a");
	assert_true(s->origins[0].site == MADE_SITE(4));
	assert_true(s->origins[1].site == MADE_SITE(2));
	assert_true(s->origins[2].site == MADE_SITE(3));
	assert_true(s->origins[3].site == MADE_SITE(1));
	for (size_t i = 0; i < s->origin_cnt; i++)
		assert_int_equal(s->caches[s->origins[i].cache].size,
				 s->origins[i].bytes / s->origins[i].objects);
	snapshot_destroy(s);
}

/* A copy: what happens to the ledger afterwards does not matter. */
static void snapshot_does_not_need_the_ledger(void **state)
{
	struct made_ledger m;
	const uint64_t frames[] = {MADE_SITE(1), MADE_SITE(2)};
	const struct snapshot_stack *st;
	uint32_t cache, origin;
	struct snapshot *s;

	(void)state;
	made_init(&m);
	cache = made_cache(&m, "dentry", 192, 192);
	origin = made_origin(&m, cache, MADE_SITE(1), 192, 0);
	made_object(&m, origin,
		    made_rec(&m, origin, made_stack(&m, frames, 2), made_task(&m, "ls")), 0, 1, 1);
	s = made_snapshot(&m);
	made_deinit(&m);
	assert_string_equal(s->caches[0].name, "dentry");
	st = &s->origins[0].stacks[0];
	assert_memory_equal(st->frames, frames, sizeof(frames));
	assert_string_equal(st->tasks[0].comm, "ls");
	snapshot_destroy(s);
}

/* All origins, caches, records and stacks at once. */
static void snapshot_of_full_tables(void **state)
{
	struct made_ledger *m = *state;
	uint32_t live = 0;
	struct snapshot *s;

	for (uint32_t i = SS_CACHE_FIRST; i < SS_CACHES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "cache-%u", i);
		made_cache(m, name, 64, 64);
	}
	for (uint32_t i = 0; i < 2000; i++)
		made_stack(m, (uint64_t[]){MADE_SITE(i), MADE_SITE(i + 1)}, 2);
	while (m->origin < SS_ORIGINS) {
		/* One cache with many call sites, one call site with many caches, and the rest. */
		uint32_t n = m->origin, some = SS_CACHE_FIRST + n % (SS_CACHES - SS_CACHE_FIRST);
		uint32_t cache = n < 4000 ? SS_CACHE_FIRST : some;
		uint64_t site = n < 4000 || n >= 5000 ? MADE_SITE(n) : MADE_SITE(0);
		uint32_t origin = made_origin(m, cache, site, 64, 0);

		if (m->slot < MADE_BUCKETS * SS_WAYS) {
			made_object(m, origin, made_rec(m, origin, 1 + origin % 2000, 0), 0, 1, 64);
			live++;
		}
		made_freed(m, origin, 1);
	}
	s = made_snapshot(m);
	assert_int_equal(s->cache_cnt, SS_CACHES - SS_CACHE_FIRST);
	assert_int_equal(s->origin_cnt, SS_ORIGINS - SS_ORIGIN_FIRST);
	assert_int_equal(s->objects, live);
	assert_int_equal(s->allocs, live + SS_ORIGINS - SS_ORIGIN_FIRST);
	assert_int_equal(s->unbalanced, 0);
	snapshot_destroy(s);
}

static void snapshot_survives_without_memory(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64), origins[2];
	int err = -ENOMEM, failures = 0;

	for (int i = 0; i < 2; i++) {
		uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(i), MADE_SITE(9)}, 2);
		uint32_t other = made_stack(m, (uint64_t[]){MADE_SITE(i), MADE_SITE(8)}, 2);

		origins[i] = made_origin(m, cache, MADE_SITE(i), 64, 0);
		made_object(m, origins[i], made_rec(m, origins[i], stack, made_task(m, "a")), 0, 1,
			    1);
		made_object(m, origins[i], made_rec(m, origins[i], stack, made_task(m, "b")), 0, 1,
			    1);
		made_object(m, origins[i], made_rec(m, origins[i], other, made_task(m, "c")), 0, 1,
			    1);
	}
	for (long n = 0; err; n++) {
		struct snapshot *s = NULL;

		memory_fails_after(n);
		err = snapshot_create(&m->view, true, &s);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, s ? 0 : -ENOMEM);
		failures += err != 0;
		snapshot_destroy(s);
	}
	assert_true(failures >= 20);
}

int test_snapshot(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(snapshot_of_empty_books),
		WITH_LEDGER(snapshot_adds_up_an_origin),
		WITH_LEDGER(snapshot_knows_requested_bytes),
		WITH_LEDGER(snapshot_counts_slots_in_flight),
		WITH_LEDGER(snapshot_checks_the_balance),
		WITH_LEDGER(snapshot_leaves_out_what_is_filtered),
		WITH_LEDGER(snapshot_is_sorted_by_bytes),
		cmocka_unit_test(snapshot_does_not_need_the_ledger),
		WITH_LEDGER(snapshot_of_full_tables),
		WITH_LEDGER(snapshot_survives_without_memory),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
