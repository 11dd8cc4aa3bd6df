// SPDX-License-Identifier: GPL-2.0-or-later
/* Origins and their caches: too many, skipped, destroyed and come again. */
#include "ledger_fixture.h"

#include <stdlib.h>

/* More call sites than entries: nothing is lost, the rest is booked together and counted. */
static void origin_table_full(void **state)
{
	const uint32_t n = SS_ORIGINS + 2000;
	struct fixture f = open_ledger(2 * n, 0);
	uint64_t allocs = 0;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		book(&f, address(i), site_address(i), 16, 16);
	fetch(&f);
	for (uint32_t i = SS_ORIGIN_OTHER; i < SS_ORIGINS; i++)
		allocs += f.counts[i].allocs;
	assert_int_equal(allocs, n);
	assert_true(f.totals.origins_full >= 2000);
	assert_int_equal(f.counts[SS_ORIGIN_OTHER + SS_FROM_KMALLOC].allocs, f.totals.origins_full);
	assert_balanced(&f);
	close_ledger(&f);
}

/* Address of a made-up cache: not canonical, so that nothing is read from it. */
#define CACHE(i) (0x8000000000000000ull + (uint64_t)(i)*256)

static void book_in(const struct fixture *f, uint64_t addr, uint64_t site, uint64_t cache)
{
	run(f, (uint64_t[PROBE_WORDS]){PROBE_ALLOC, addr, site, cache});
}

/* A cache that comes back at the address of a destroyed one has books of its own. */
static void destroyed_cache_comes_again(void **state)
{
	const uint32_t n = 200;
	struct fixture f = open_ledger(1000, 0);
	struct ss_cache *caches = calloc(SS_CACHES, sizeof(*caches));
	uint32_t destroyed = 0, ready = 0, origins = 0;

	(void)state;
	/* Enough caches for some to begin their search at the entries that have no key. */
	for (uint32_t i = 0; i < n; i++) {
		book_in(&f, address(2 * i), site_address(1), CACHE(i));
		run(&f, (uint64_t[PROBE_WORDS]){PROBE_DESTROY, 0, 0, CACHE(i)});
		book_in(&f, address(2 * i + 1), site_address(1), CACHE(i));
	}
	fetch(&f);
	fetch_map(f.skel->maps.ss_caches, caches, sizeof(*caches));
	assert_int_equal(f.totals.destroyed, n);
	for (uint32_t i = SS_CACHE_FIRST; i < SS_CACHES; i++) {
		destroyed += !!(caches[i].state & SS_CACHE_DESTROYED);
		ready += caches[i].state == SS_CACHE_READY;
	}
	assert_int_equal(destroyed, n);
	assert_int_equal(ready, n);
	for (uint32_t i = SS_ORIGIN_FIRST; i < SS_ORIGINS; i++) {
		const struct ss_cache *c = &caches[f.origins[i].cache];

		if (!f.counts[i].allocs)
			continue;
		origins++;
		assert_int_equal(f.counts[i].allocs, 1);
		assert_int_equal(f.origins[i].key == SS_KEY_DESTROYED,
				 !!(c->state & SS_CACHE_DESTROYED));
	}
	assert_int_equal(origins, 2 * n);
	assert_balanced(&f);
	free(caches);
	close_ledger(&f);
}

/* An origin that is left out books nothing; what was booked before leaves as it came. */
static void skipped_origin_books_nothing(void **state)
{
	struct fixture f = open_ledger(1000, 0);
	uint32_t skipped;

	(void)state;
	book(&f, address(1), site_address(1), 16, 16);
	book(&f, address(2), site_address(2), 16, 16);
	fetch(&f);
	skipped = origin_of(&f, site_address(2), 16);
	f.origins[skipped].flags |= SS_ORIGIN_SKIP;
	assert_false(bpf_map_update_elem(bpf_map__fd(f.skel->maps.ss_origins), &skipped,
					 &f.origins[skipped], BPF_ANY));
	book(&f, address(3), site_address(2), 16, 16);
	unbook(&f, address(2));
	unbook(&f, address(3));
	fetch(&f);
	assert_int_equal(f.counts[skipped].allocs, 1);
	assert_int_equal(f.counts[skipped].frees, 1);
	assert_int_equal(f.counts[SS_ORIGIN_NONE].frees, 1);
	assert_int_equal(f.counts[origin_of(&f, site_address(1), 16)].frees, 0);
	assert_balanced(&f);
	close_ledger(&f);
}

int test_origins(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(origin_table_full),
		cmocka_unit_test(destroyed_cache_comes_again),
		cmocka_unit_test(skipped_origin_books_nothing),
	};

	return cmocka_run_group_tests_name("ledger, origins", tests, NULL, NULL);
}
