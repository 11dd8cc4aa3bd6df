// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pins.c and contents.c: what is looked at of the survivors in the books, and that it
 * is counted where it belongs.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "contents.h"
#include "fake_census.h"
#include "made_ledger.h"
#include "pins.h"
#include "stand_ins.h"
#include "verdict.h"

#define SUPER 0x1000

static const struct dentries_config flags = {.lru = 8, .killed = 32, .cursor = 128};

/* Every one of them is held, and the parent of none. */
static bool all_are_held(uint64_t address, struct ss_dentry *ret_dentry)
{
	ret_dentry->parent = address;
	ret_dentry->super = SUPER;
	ret_dentry->count = 1;
	return true;
}

static bool on_a_disk(uint64_t address, struct census_super *ret_super)
{
	assert_int_equal(address, SUPER);
	*ret_super = (struct census_super){.type = "ext4"};
	return true;
}

static int look(struct snapshot *s, struct made_ledger *m)
{
	fake_census_dentry = all_are_held;
	fake_census_super = on_a_disk;
	snapshot_view(s, &m->view);
	return pins_read(s, &m->view, NULL, &flags);
}

static const struct snapshot_pins *pins_at(const struct snapshot *s, uint64_t site)
{
	return made_snapshot_origin(s, site)->pins;
}

static void held_are_looked_for_among_survivors_only(void **state)
{
	struct made_ledger *m = *state;
	uint32_t origin, rec;
	struct snapshot *s;

	made_halve(m, 2);
	origin = made_origin(m, made_cache(m, "dentry", 192, 192), MADE_SITE(1), 192, 0);
	rec = made_rec(m, origin, made_stack(m, (uint64_t[]){MADE_SITE(1), MADE_SITE(2)}, 2), 0);
	made_objects(m, 40, origin, rec, 0, 10, 192);
	made_leftover(m, origin);
	made_in_flight(m);
	s = made_snapshot(m);
	/* As collect_final() leaves it: slots 0 and 9 were free. */
	s->stale_slots = calloc(MADE_BUCKETS, SS_WAYS / 8);
	s->stale_slots[0] = 1;
	s->stale_slots[9 / 8] |= 1 << 9 % 8;
	assert_int_equal(look(s, m), 0);
	assert_int_equal(pins_at(s, MADE_SITE(1))->looked, 38);
	assert_int_equal(pins_at(s, MADE_SITE(1))->pinned, 38);
	assert_int_equal(made_snapshot_origin(s, MADE_SITE(1))->stacks[0].pins->looked, 38);
	m->view.stale = NULL;
	snapshot_destroy(s);
}

#define MANY  (PINS_MAX + PINS_MAX / 4)
#define FIRST 0xffff888200000000ull

/* Every other one is the parent of the one behind it. */
static bool in_pairs(uint64_t address, struct ss_dentry *ret_dentry)
{
	all_are_held(address, ret_dentry);
	if ((address - FIRST) / 192 % 2)
		ret_dentry->parent = address - 192;
	return true;
}

/* Of more than there is room for, a sample; parents are known by children that are not in it. */
static void held_are_a_sample_of_very_many(void **state)
{
	struct made_ledger *m = *state;
	uint32_t origin = made_origin(m, made_cache(m, "dentry", 192, 192), MADE_SITE(1), 192, 0);
	const struct snapshot_pins *p;
	struct snapshot *s;

	free(m->buckets);
	m->buckets = calloc(MANY / SS_WAYS, sizeof(*m->buckets));
	assert_non_null(m->buckets);
	m->view.buckets = m->buckets;
	m->view.bucket_cnt = MANY / SS_WAYS;
	for (uint64_t i = 0; i < MANY; i++) {
		m->buckets[i / SS_WAYS].word[i % SS_WAYS] = (FIRST + 192 * i) << SS_WORD_SHIFT;
		m->buckets[i / SS_WAYS].meta[i % SS_WAYS] =
			(MADE_JIFFIES - 10) | (uint64_t)origin << SS_META_ORIGIN_SHIFT;
	}
	m->counts[origin].allocs = MANY;
	s = made_snapshot(m);
	fake_census_super = on_a_disk;
	fake_census_dentry = in_pairs;
	snapshot_view(s, &m->view);
	assert_int_equal(pins_read(s, &m->view, NULL, &flags), 0);
	assert_true(s->pins_looked);
	p = pins_at(s, MADE_SITE(1));
	assert_in_range(p->looked, MANY / 2 - 2000, MANY / 2 + 2000);
	assert_in_range(p->pinned, p->looked / 2 - 2000, p->looked / 2 + 2000);
	snapshot_destroy(s);
}

static void held_are_told_whole_or_not_at_all(void **state)
{
	struct made_ledger *m = *state;
	uint32_t origin = made_origin(m, made_cache(m, "dentry", 192, 192), MADE_SITE(1), 192, 0);
	struct snapshot *s;
	int err = -1;

	made_objects(m, 40, origin, 0, 0, 10, 192);
	s = made_snapshot(m);
	for (long n = 0; err; n++) {
		memory_fails_after(n);
		err = look(s, m);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(s->pins_looked, !err);
		assert_int_equal(pins_at(s, MADE_SITE(1)) != NULL, !err);
		assert_true(n || err);
	}
	snapshot_destroy(s);
}

static uint64_t keys; /* of those that were asked for: all of them, or'ed */

static int all_are_alive(struct ss_suspect *suspects, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		suspects[i].state = SS_ALIVE;
		keys |= suspects[i].key;
	}
	return 0;
}

/* Every origin leaks. */
static void read_contents(struct snapshot *s, struct made_ledger *m, const struct verdict *leak)
{
	static const char bytes[SS_CONTENT_BYTES] = "what it holds";

	for (size_t i = 0; i < s->origin_cnt; i++)
		s->origins[i].verdict = leak;
	fake_census_check = all_are_alive;
	fake_census_bytes = bytes;
	keys = 0;
	snapshot_view(s, &m->view);
	assert_int_equal(contents_read(s, &m->view, NULL), 0);
	m->view.stale = NULL;
}

/* A module was loaded again: two caches of one name, and objects in both from one place. */
static void contents_are_not_those_of_a_destroyed_cache(void **state)
{
	const struct verdict leak = {.kind = VERDICT_LEAK, .why = VERDICT_OUTLIVES};
	struct made_ledger *m = *state;
	uint32_t gone = made_cache(m, "zone", 64, 64), new = made_cache(m, "zone", 64, 64);
	struct snapshot *s;

	m->caches[gone].state |= SS_CACHE_DESTROYED;
	made_objects(m, 3, made_origin(m, gone, MADE_SITE(1), 64, 0), 0, 0, 1, 64);
	made_objects(m, 20, made_origin(m, new, MADE_SITE(1), 64, 0), 0, 0, 1, 64);
	s = made_snapshot(m);
	assert_int_equal(s->origin_cnt, 2);
	read_contents(s, m, &leak);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(s->origins[i].looked,
				 s->caches[s->origins[i].cache].destroyed ? 3 : 20);
	snapshot_destroy(s);
}

/* What is too large for a cache is no slab object, and asked for as what it is. */
static void contents_of_large_objects_are_found(void **state)
{
	const struct verdict leak = {.kind = VERDICT_LEAK, .why = VERDICT_OUTLIVES};
	struct made_ledger *m = *state;
	struct snapshot *s;

	made_objects(m, 4,
		     made_origin(m, SS_CACHE_LARGE_INDEX, MADE_SITE(1), 65536,
				 SS_ORIGIN_KMALLOC | SS_ORIGIN_LARGE),
		     0, 0, 1, 65536);
	s = made_snapshot(m);
	read_contents(s, m, &leak);
	assert_true(keys == SS_LARGE);
	assert_int_equal(s->origins[0].looked, 4);
	snapshot_destroy(s);
}

/* Every other one is held. */
static bool half_are_held(uint64_t address, struct ss_dentry *ret_dentry)
{
	all_are_held(address, ret_dentry);
	ret_dentry->count = address / 64 % 2;
	return true;
}

/* Names of dentries that nobody holds would accuse who looked them up. */
static void contents_of_a_leak_of_references_are_the_held(void **state)
{
	const struct verdict leak = {.kind = VERDICT_LEAK, .why = VERDICT_PINNED};
	struct made_ledger *m = *state;
	struct snapshot *s;

	made_objects(m, 60, made_origin(m, made_cache(m, "dentry", 192, 192), MADE_SITE(1), 192, 0),
		     0, 0, 10, 192);
	s = made_snapshot(m);
	fake_census_dentry = half_are_held;
	fake_census_super = on_a_disk;
	snapshot_view(s, &m->view);
	assert_int_equal(pins_read(s, &m->view, NULL, &flags), 0);
	assert_int_equal(pins_at(s, MADE_SITE(1))->pinned, 30);
	read_contents(s, m, &leak);
	assert_int_equal(s->origins[0].looked, 30);
	snapshot_destroy(s);
}

int test_held(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(held_are_looked_for_among_survivors_only),
		WITH_LEDGER(held_are_a_sample_of_very_many),
		WITH_LEDGER(held_are_told_whole_or_not_at_all),
		WITH_LEDGER(contents_are_not_those_of_a_destroyed_cache),
		WITH_LEDGER(contents_of_large_objects_are_found),
		WITH_LEDGER(contents_of_a_leak_of_references_are_the_held),
	};

	return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
