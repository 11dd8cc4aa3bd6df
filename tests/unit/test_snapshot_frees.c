// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot_frees.c: where an origin's objects were freed, most first, as shares of its frees. */
#include "fixture.h"

#include "made_ledger.h"
#include "snapshot.h"

static void check_site(const struct snapshot_free_site *f, uint64_t site, enum ss_freed how,
		       uint64_t frees, double share)
{
	assert_true(f->site == site);
	assert_int_equal(f->how, how);
	assert_int_equal(f->frees, frees);
	assert_close(f->share, share);
}

static void snapshot_pairs_origins_with_frees(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t other = made_origin(m, cache, MADE_SITE(2), 64, 0);
	uint32_t idle = made_origin(m, cache, MADE_SITE(3), 64, 0);
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_freed(m, origin, 400);
	made_freed(m, other, 5);
	made_object(m, idle, 0, 0, 1, 64);
	made_free_site(m, origin, SS_FREED_RCU, MADE_SITE(11), 60, 0);
	made_free_site(m, origin, SS_FREED_UNKNOWN, 0, 20, 0);
	made_free_site(m, other, SS_FREED_CALL, MADE_SITE(10), 5, 0);
	made_free_site(m, origin, SS_FREED_CALL, MADE_SITE(10), 300, 0);
	made_free_site(m, origin, SS_FREED_BULK, 0, 20, 0);
	/* The same place, reached in two ways, is two. */
	made_free_site(m, origin, SS_FREED_CALL, MADE_SITE(11), 0, 0);
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_int_equal(o->free_site_cnt, 4);
	assert_false(o->frees_drawn);
	check_site(&o->free_sites[0], MADE_SITE(10), SS_FREED_CALL, 300, 0.75);
	check_site(&o->free_sites[1], MADE_SITE(11), SS_FREED_RCU, 60, 0.15);
	check_site(&o->free_sites[2], 0, SS_FREED_BULK, 20, 0.05);
	check_site(&o->free_sites[3], 0, SS_FREED_UNKNOWN, 20, 0.05);
	o = made_snapshot_origin(s, MADE_SITE(2));
	assert_int_equal(o->free_site_cnt, 1);
	check_site(&o->free_sites[0], MADE_SITE(10), SS_FREED_CALL, 5, 1);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(3))->free_site_cnt, 0);
	snapshot_destroy(s);
}

/* Origins that are one have one list; what was drawn weighs more and makes it an estimate. */
static void snapshot_merges_frees_of_one_origin(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t a = made_origin(m, cache, MADE_SITE(1), 64, 0);
	uint32_t b = made_origin(m, cache, MADE_SITE(1), 64, 0);
	const struct snapshot_origin *o;
	struct snapshot *s;

	made_freed(m, a, 1000);
	made_freed(m, b, 1000);
	made_free_site(m, a, SS_FREED_CALL, MADE_SITE(10), 40, 0);
	made_free_site(m, b, SS_FREED_CALL, MADE_SITE(10), 8, 3);
	made_free_site(m, b, SS_FREED_CALL, MADE_SITE(11), 80, 0);
	s = made_snapshot(m);
	o = made_snapshot_origin(s, MADE_SITE(1));
	assert_int_equal(o->free_site_cnt, 2);
	assert_true(o->frees_drawn);
	check_site(&o->free_sites[0], MADE_SITE(10), SS_FREED_CALL, 240, 0.75);
	check_site(&o->free_sites[1], MADE_SITE(11), SS_FREED_CALL, 80, 0.25);
	snapshot_destroy(s);
}

/* Frees of an origin that is left out, or of none, are in no list; nor is anything of a full one.
 */
static void snapshot_keeps_frees_to_their_origins(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t skipped = made_origin(m, cache, MADE_SITE(1), 64, SS_ORIGIN_SKIP);
	uint32_t last = made_origin(m, cache, MADE_SITE(2), 64, 0);
	struct snapshot *s;

	made_freed(m, skipped, 10);
	made_freed(m, last, 10);
	while (m->free_site < SS_FREE_SITES - 1)
		made_free_site(m, m->free_site % 2 ? skipped : SS_ORIGIN_NONE, SS_FREED_CALL,
			       MADE_SITE(m->free_site), 1, 1);
	made_free_site(m, last, SS_FREED_CALL, MADE_SITE(10), 10, 0);
	s = made_snapshot(m);
	assert_int_equal(s->origin_cnt, 1);
	assert_int_equal(s->origins[0].free_site_cnt, 1);
	check_site(&s->origins[0].free_sites[0], MADE_SITE(10), SS_FREED_CALL, 10, 1);
	snapshot_destroy(s);
}

/* However the report is sorted, an origin keeps its own. */
static void snapshot_ranks_origins_with_their_frees(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "a", 64, 64);
	struct snapshot *s;

	for (uint32_t i = 0; i < 50; i++) {
		uint32_t o = made_origin(m, cache, MADE_SITE(i), 64, 0);

		made_objects(m, i * 7 % 50, o, 0, 0, 1, 64);
		made_freed(m, o, 3 * i + 1);
		for (uint32_t j = 0; j < i % 5; j++)
			made_free_site(m, o, SS_FREED_CALL, MADE_SITE(100 * i + j), j + 1, 0);
	}
	s = made_snapshot(m);
	for (int key = SNAPSHOT_BY_BYTES; key <= SNAPSHOT_BY_AGE; key++) {
		assert_int_equal(snapshot_rank(s, key), 0);
		for (uint32_t i = 0; i < 50; i++) {
			const struct snapshot_origin *o = made_snapshot_origin(s, MADE_SITE(i));

			assert_int_equal(o->free_site_cnt, i % 5);
			for (uint32_t j = 0; j < i % 5; j++)
				assert_true(o->free_sites[j].site ==
					    MADE_SITE(100 * i + i % 5 - 1 - j));
		}
	}
	snapshot_destroy(s);
}

int test_snapshot_frees(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(snapshot_pairs_origins_with_frees),
		WITH_LEDGER(snapshot_merges_frees_of_one_origin),
		WITH_LEDGER(snapshot_keeps_frees_to_their_origins),
		WITH_LEDGER(snapshot_ranks_origins_with_their_frees),
	};

	return cmocka_run_group_tests_name("snapshot, frees", tests, NULL, NULL);
}
