// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot.c's names of caches: guessed ones, what has none, and two of one name
 * of which one is gone.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "made_ledger.h"
#include "snapshot.h"

static const struct snapshot_cache *cache_named(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->cache_cnt; i++)
		if (!strcmp(s->caches[i].name, name))
			return &s->caches[i];
	fail_msg("no cache %s", name);
	return NULL;
}

static void snapshot_tells_destroyed_caches_apart(void **state)
{
	struct made_ledger *m = *state;
	uint32_t gone = made_cache(m, "zone", 64, 64), again = made_cache(m, "zone", 128, 120);
	uint32_t a = made_origin(m, gone, MADE_SITE(1), 64, 0);
	uint32_t b = made_origin(m, again, MADE_SITE(1), 128, 0);
	struct snapshot *s;

	m->caches[gone].state |= SS_CACHE_DESTROYED;
	made_objects(m, 5, a, 0, 0, 1, 64);
	made_object(m, b, 0, 0, 1, 120);
	s = made_snapshot(m);
	assert_int_equal(s->cache_cnt, 2);
	assert_int_equal(s->origin_cnt, 2);
	assert_true(s->caches[0].destroyed);
	assert_int_equal(s->caches[0].objects, 5);
	assert_int_equal(s->caches[0].size, 64);
	assert_false(s->caches[1].destroyed);
	assert_int_equal(s->caches[1].objects, 1);
	assert_int_equal(s->caches[1].size, 128);
	snapshot_destroy(s);
}

/* As kmalloc_caches[] in the kernel's mm/slab_common.c calls them. */
static void snapshot_names_guessed_caches(void **state)
{
	static const struct {
		uint64_t size;
		uint32_t family;
		const char *name;
	} cases[] = {
		{8, 0, "kmalloc-8"},
		{96, 0, "kmalloc-96"},
		{192, 0, "kmalloc-192"},
		{512, 0, "kmalloc-512"},
		{1024, 0, "kmalloc-1k"},
		{8192, 0, "kmalloc-8k"},
		{64, SS_KMALLOC_DMA, "dma-kmalloc-64"},
		{2048, SS_KMALLOC_DMA, "dma-kmalloc-2k"},
		{128, SS_KMALLOC_RECLAIMABLE, "kmalloc-rcl-128"},
		{4096, SS_KMALLOC_RECLAIMABLE, "kmalloc-rcl-4k"},
		{256, SS_KMALLOC_ACCOUNT, "kmalloc-cg-256"},
		{1024, SS_KMALLOC_ACCOUNT, "kmalloc-cg-1k"},
		/* kmalloc_type(): DMA before reclaimable before accounted. */
		{16, SS_KMALLOC_DMA | SS_KMALLOC_RECLAIMABLE, "dma-kmalloc-16"},
		{16, SS_KMALLOC_DMA | SS_KMALLOC_ACCOUNT, "dma-kmalloc-16"},
		{32, SS_KMALLOC_RECLAIMABLE | SS_KMALLOC_ACCOUNT, "kmalloc-rcl-32"},
	};
	struct made_ledger *m = *state;
	struct snapshot *s;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t cache = made_guessed_cache(m, cases[i].size, cases[i].family);
		uint32_t origin =
			made_origin(m, cache, MADE_SITE(i), cases[i].size, SS_ORIGIN_KMALLOC);

		made_object(m, origin, 0, 0, 1, 1);
	}
	s = made_snapshot(m);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct snapshot_cache *c = cache_named(s, cases[i].name);

		assert_true(c->guessed);
		assert_int_equal(c->object_size, cases[i].size);
		assert_int_equal(made_snapshot_origin(s, MADE_SITE(i))->cache, c - s->caches);
	}
	assert_int_equal(s->cache_cnt, ARRAY_SIZE(cases) - 1); /* dma-kmalloc-16 is in twice */
	snapshot_destroy(s);
}

static void snapshot_names_what_has_no_cache(void **state)
{
	struct made_ledger *m = *state;
	uint32_t large = made_origin(m, SS_CACHE_LARGE_INDEX, MADE_SITE(1), 16384,
				     SS_ORIGIN_KMALLOC | SS_ORIGIN_LARGE);
	uint32_t full = made_origin(m, SS_CACHE_OTHER_INDEX, MADE_SITE(2), 64, SS_ORIGIN_KMALLOC);
	uint32_t unready = made_cache(m, "half a na", 0, 0);
	uint32_t early = made_origin(m, unready, MADE_SITE(3), 64, SS_ORIGIN_KMALLOC);
	const struct snapshot_cache *other;
	char name[SS_CACHE_NAME];
	struct snapshot *s;

	m->caches[unready].state = 0;
	made_object(m, large, 0, 0, 1, 9000);
	made_object(m, full, 0, 0, 1, 64);
	made_object(m, early, 0, 0, 1, 64);
	made_objects(m, 2, SS_ORIGIN_OTHER + SS_FROM_BULK, 0, 0, 1, 64);
	s = made_snapshot(m);
	assert_int_equal(s->cache_cnt, 2);
	assert_true(cache_named(s, "kmalloc-large")->large);
	assert_int_equal(cache_named(s, "kmalloc-large")->bytes, 16384);
	other = cache_named(s, "(other caches)");
	assert_false(other->large);
	assert_int_equal(other->objects, 4);
	/* The origin table was full: no call site. */
	assert_int_equal(made_snapshot_origin(s, 0)->objects, 2);
	assert_int_equal(s->caches[made_snapshot_origin(s, 0)->cache].objects, 4);
	snapshot_cache_name(&m->view, SS_CACHE_LARGE_INDEX, name);
	assert_string_equal(name, "kmalloc-large");
	snapshot_cache_name(&m->view, 0, name);
	assert_string_equal(name, "(other caches)");
	snapshot_destroy(s);
}

/* A name that fills its field has no NUL in the kernel's copy. */
static void snapshot_cuts_cache_names_that_do_not_end(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "", 64, 64);
	char name[SS_CACHE_NAME];

	memset(m->caches[cache].name, 'n', SS_CACHE_NAME);
	snapshot_cache_name(&m->view, cache, name);
	assert_int_equal(strlen(name), SS_CACHE_NAME - 1);
}

int test_snapshot_names(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(snapshot_tells_destroyed_caches_apart),
		WITH_LEDGER(snapshot_names_guessed_caches),
		WITH_LEDGER(snapshot_names_what_has_no_cache),
		WITH_LEDGER(snapshot_cuts_cache_names_that_do_not_end),
	};

	return cmocka_run_group_tests_name("snapshot, names", tests, NULL, NULL);
}
