// SPDX-License-Identifier: GPL-2.0-or-later
/* Where objects are freed: the first counted one by one, then a share that stands for all. */
#include "ledger_fixture.h"

#include <pthread.h>
#include <stdlib.h>

/* What the table holds of one place. */
struct place {
	uint64_t counted, drawn, frees;
};

static struct ss_free_site *fetch_sites(const struct fixture *f)
{
	struct ss_free_site *sites = calloc(SS_FREE_SITES, sizeof(*sites));

	fetch_map(f->skel->maps.ss_free_sites, sites, sizeof(*sites));
	return sites;
}

static struct place place_of(struct fixture *f, uint64_t born, enum ss_freed how, uint64_t site)
{
	struct ss_free_site *sites = fetch_sites(f);
	struct place p = {};
	uint64_t key;

	fetch(f);
	key = ss_free_key(origin_of(f, born, 16), how, site);
	for (uint32_t i = 0; i < SS_FREE_SITES; i++) {
		if (sites[i].key != key)
			continue;
		assert_int_equal(p.frees, 0); /* once in the table */
		p.counted = sites[i].counted;
		p.drawn = sites[i].drawn;
		p.frees = p.counted + SS_FREES_DRAWN * p.drawn;
	}
	free(sites);
	return p;
}

/* All frees in the table, in whatever place. */
static uint64_t all_frees(const struct fixture *f)
{
	struct ss_free_site *sites = fetch_sites(f);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < SS_FREE_SITES; i++)
		sum += sites[i].counted + SS_FREES_DRAWN * sites[i].drawn;
	free(sites);
	return sum;
}

static void young_frees_are_drawn(void **state)
{
	const uint32_t n = 64000;
	struct fixture f = open_ledger(1000, 0);
	struct place first, all;
	cpu_set_t before;

	(void)state;
	stay_on_one_cpu(&before);
	for (uint32_t i = 0; i < SS_FREES_FIRST; i++) {
		book(&f, address(1), site_address(1), 16, 16);
		unbook_at(&f, address(1), SS_FREED_CALL, site_address(9));
	}
	first = place_of(&f, site_address(1), SS_FREED_CALL, site_address(9));
	assert_int_equal(first.counted, SS_FREES_FIRST);
	assert_int_equal(first.drawn, 0);
	/* Two places in turn, then one that is seldom. */
	for (uint32_t i = 0; i < n; i++) {
		book(&f, address(1), site_address(1), 16, 16);
		unbook_at(&f, address(1), SS_FREED_CALL, site_address(i % 16 ? 10 + i % 2 : 12));
	}
	assert_false(sched_setaffinity(0, sizeof(before), &before));
	for (uint32_t at = 10; at <= 12; at++) {
		double expected = at == 10 ? n * 7.0 / 16 : at == 11 ? n / 2.0 : n / 16.0;

		all = place_of(&f, site_address(1), SS_FREED_CALL, site_address(at));
		/* Some lived longer, when the test was interrupted between the two. */
		assert_true(all.counted < n / 100);
		assert_in_range(all.frees, 0.9 * expected, 1.1 * expected);
	}
	assert_in_range(all_frees(&f), 0.98 * n, 1.02 * n);
	close_ledger(&f);
}

/*
 * What was not freed at once is counted, at home and where it had to spill, as
 * long as there are few: two origins of 2,000.
 */
static void old_frees_are_counted(void **state)
{
	const uint32_t n = 4000;
	struct fixture f = open_ledger(n, 0);
	struct place p;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		book(&f, address(i), site_address(i % 2), 16, 16);
	assert_true(f.skel->bss->ss_control.spills);
	grow_old(&f, 1000);
	for (uint32_t i = 0; i < n; i++)
		unbook_at(&f, address(i), i % 4 == 3 ? SS_FREED_BULK : SS_FREED_CALL,
			  site_address(20 + i % 4));
	for (uint32_t i = 0; i < 4; i++) {
		p = place_of(&f, site_address(i % 2), i == 3 ? SS_FREED_BULK : SS_FREED_CALL,
			     site_address(20 + i));
		assert_int_equal(p.counted, n / 4);
		assert_int_equal(p.drawn, 0);
	}
	assert_int_equal(all_frees(&f), n);
	close_ledger(&f);
}

/* Of very many old ones, each drawn free stands for as many as of young ones. */
static void many_old_frees_are_drawn(void **state)
{
	const uint32_t n = 40000;
	struct fixture f = open_ledger(n, 0);
	struct place p;
	cpu_set_t before;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		book(&f, address(i), site_address(1), 16, 16);
	grow_old(&f, 1000);
	stay_on_one_cpu(&before);
	for (uint32_t i = 0; i < n; i++)
		unbook_at(&f, address(i), SS_FREED_CALL, site_address(20 + i % 2));
	assert_false(sched_setaffinity(0, sizeof(before), &before));
	for (uint32_t at = 20; at <= 21; at++) {
		p = place_of(&f, site_address(1), SS_FREED_CALL, site_address(at));
		assert_int_equal(p.counted, SS_FREES_FIRST_OLD / 2);
		assert_in_range(p.frees, 0.45 * n, 0.55 * n);
	}
	assert_in_range(all_frees(&f), 0.98 * n, 1.02 * n);
	close_ledger(&f);
}

/* A free that ends no record is nobody's: unknown, second of two, or the end of a ghost. */
static void frees_of_nothing_have_no_site(void **state)
{
	struct fixture f = open_ledger(1000, 0);

	(void)state;
	unbook_at(&f, address(1), SS_FREED_CALL, site_address(9));
	book(&f, address(2), site_address(1), 16, 16);
	book(&f, address(2), site_address(1), 16, 16);
	assert_int_equal(all_frees(&f), 0);
	unbook_at(&f, address(2), SS_FREED_CALL, site_address(9));
	unbook_at(&f, address(2), SS_FREED_CALL, site_address(9));
	assert_int_equal(all_frees(&f), 1);
	close_ledger(&f);
}

/* Where the hook could not see the caller, the kind of free is what is known. */
static void frees_without_a_caller(void **state)
{
	struct fixture f = open_ledger(1000, 0);

	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		book(&f, address(i), site_address(1), 16, 16);
	unbook_at(&f, address(0), SS_FREED_CALL, 0);
	unbook_at(&f, address(1), SS_FREED_CALL, address(1));
	unbook_at(&f, address(2), SS_FREED_RCU, 0);
	unbook_at(&f, address(3), SS_FREED_RCU, site_address(9));
	unbook_at(&f, address(4), SS_FREED_BULK, 0);
	unbook_at(&f, address(5), SS_FREED_BULK, 0);
	assert_int_equal(place_of(&f, site_address(1), SS_FREED_UNKNOWN, 0).frees, 2);
	assert_int_equal(place_of(&f, site_address(1), SS_FREED_RCU, 0).frees, 1);
	assert_int_equal(place_of(&f, site_address(1), SS_FREED_RCU, site_address(9)).frees, 1);
	assert_int_equal(place_of(&f, site_address(1), SS_FREED_BULK, 0).frees, 2);
	close_ledger(&f);
}

/* A full table counts what it could not take, and the books do not mind. */
static void free_sites_full(void **state)
{
	struct fixture f = open_ledger(1000, 0);
	int fd = bpf_map__fd(f.skel->maps.ss_free_sites);

	(void)state;
	for (uint32_t i = 0; i < SS_FREE_SITES; i++) {
		struct ss_free_site taken = {.key = ss_free_key(1, SS_FREED_CALL, site_address(i))};

		assert_false(bpf_map_update_elem(fd, &i, &taken, BPF_ANY));
	}
	for (uint32_t i = 0; i < 10; i++) {
		book(&f, address(i), site_address(1), 16, 16);
		unbook_at(&f, address(i), SS_FREED_CALL, site_address(9));
	}
	fetch(&f);
	assert_int_equal(f.totals.sites_full, 10);
	assert_int_equal(f.counts[origin_of(&f, site_address(1), 16)].frees, 10);
	assert_int_equal(all_frees(&f), 0);
	assert_balanced(&f);
	close_ledger(&f);
}

#define WORKERS	     4
#define WORKER_FREES 1000u /* all together so few that none is drawn */
#define WORKER_SITES 250u

struct worker {
	const struct fixture *f;
	uint32_t first;
};

static void *free_all(void *arg)
{
	const struct worker *w = arg;

	for (uint32_t i = 0; i < WORKER_FREES; i++)
		unbook_at(w->f, address(w->first + i), SS_FREED_CALL,
			  site_address(i % WORKER_SITES));
	return NULL;
}

/* Four threads that meet the same new places at once: each is in the table once, and complete. */
static void many_cpus_free_at_one_site(void **state)
{
	struct fixture f = open_ledger(WORKERS * WORKER_FREES, 0);
	struct worker workers[WORKERS];
	pthread_t threads[WORKERS];

	(void)state;
	for (uint32_t i = 0; i < WORKERS * WORKER_FREES; i++)
		book(&f, address(i), site_address(1), 16, 16);
	grow_old(&f, 1000);
	for (int i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){&f, i * WORKER_FREES};
		assert_false(pthread_create(&threads[i], NULL, free_all, &workers[i]));
	}
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t i = 0; i < WORKER_SITES; i += 50)
		assert_int_equal(
			place_of(&f, site_address(1), SS_FREED_CALL, site_address(i)).counted,
			WORKERS * WORKER_FREES / WORKER_SITES);
	assert_int_equal(all_frees(&f), WORKERS * WORKER_FREES);
	close_ledger(&f);
}

int test_frees(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(young_frees_are_drawn),
		cmocka_unit_test(old_frees_are_counted),
		cmocka_unit_test(many_old_frees_are_drawn),
		cmocka_unit_test(frees_of_nothing_have_no_site),
		cmocka_unit_test(frees_without_a_caller),
		cmocka_unit_test(free_sites_full),
		cmocka_unit_test(many_cpus_free_at_one_site),
	};

	return cmocka_run_group_tests_name("ledger, frees", tests, NULL, NULL);
}
