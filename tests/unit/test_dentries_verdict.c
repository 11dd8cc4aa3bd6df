// SPDX-License-Identifier: GPL-2.0-or-later
/* dentries_verdict.c: each kind of machine, and the borders between them. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "dentries_verdict.h"

#define GIB (1ull << 30)

/* So many dentries of 192 bytes, with percentages of them. */
static struct dentries_facts facts(uint64_t all, double pinned, double unused, double negative)
{
	return (struct dentries_facts){
		.counts =
			{
				[DENTRIES_ALL] = all,
				[DENTRIES_PINNED] = all * pinned / 100,
				[DENTRIES_UNUSED] = all * unused / 100,
				[DENTRIES_NEGATIVE] = all * negative / 100,
				[DENTRIES_UNUSED_NEGATIVE] = all * negative / 100,
			},
		.bytes = all * 192,
		.memory_bytes = 16 * GIB,
		.parents = 4321,
	};
}

static struct dentries_verdict judged(const struct dentries_facts *f)
{
	struct dentries_verdict v;

	dentries_verdict(f, &v);
	assert_true(strlen(v.head) < sizeof(v.head));
	for (size_t i = 0; i < v.advice_cnt; i++) {
		assert_true(*v.advice[i].what);
		assert_true(strlen(v.advice[i].what) <= 14 - 2);
		assert_true(*v.advice[i].how);
	}
	return v;
}

static bool advises(const struct dentries_verdict *v, const char *what)
{
	for (size_t i = 0; i < v->advice_cnt; i++)
		if (strstr(v->advice[i].how, what))
			return true;
	return false;
}

static void verdict_on_a_flood_of_missing_names(void **state)
{
	struct dentries_facts f = facts(71000000, 0.3, 99.7, 99.6);
	struct dentries_verdict v;

	(void)state;
	f.pattern = ".N_dOeSnotExist_.db";
	f.directory = "/etc/pki/nssdb";
	f.pattern_share = 0.9871;
	v = judged(&f);
	assert_int_equal(v.kind, DENTRIES_KIND_NEGATIVE);
	assert_string_equal(
		v.head,
		"not a leak: 13 GiB in 71,000,000 dentries (79.3% of memory), 98.7% of them called "
		".N_dOeSnotExist_.db in /etc/pki/nssdb: 99.6% are unused and negative, names that "
		"were looked up and do not exist. The kernel frees them when memory runs short");
	assert_true(advises(&v, "drop_caches"));
	assert_true(advises(&v, "memory.reclaim"));
	assert_true(advises(&v, "vfs_cache_pressure"));
	assert_true(advises(&v, "memory.high"));
	assert_true(advises(&v, "slabsight dentries -d"));
	for (size_t i = 0; i + 1 < v.advice_cnt; i++)
		assert_non_null(strstr(v.advice[i].how, "Price: "));
	assert_string_equal(dentries_kind_name(v.kind), "negative");
	assert_string_equal(dentries_kind_verdict(v.kind), "cache");
}

static void verdict_on_an_ordinary_cache(void **state)
{
	struct dentries_facts f = facts(20000000, 3, 97, 12);
	struct dentries_verdict v = judged(&f);

	(void)state;
	assert_int_equal(v.kind, DENTRIES_KIND_CACHE);
	assert_memory_equal(v.head, "not a leak: 3.6 GiB in 20,000,000 dentries (22.4%", 48);
	assert_has(v.head, "97.0% are unused (12.0% negative)");
	assert_has(v.head, "and the inodes they hold, when");
	f.inode_bytes = 5 * GIB;
	v = judged(&f);
	assert_has(v.head, "and the inodes they hold (5.0 GiB in all), when");
	assert_true(advises(&v, "drop_caches"));
	assert_string_equal(dentries_kind_verdict(v.kind), "cache");
}

static void verdict_on_files_in_memory(void **state)
{
	struct dentries_facts f = facts(20000000, 95, 5, 1);
	struct dentries_verdict v;

	(void)state;
	f.counts[DENTRIES_KEPT] = 18000000;
	f.files_at = "/dev/\033shm";
	v = judged(&f);
	assert_int_equal(v.kind, DENTRIES_KIND_FILES);
	assert_has(v.head, "files: 3.6 GiB in 20,000,000 dentries");
	assert_has(v.head, "90.0% are themselves the files");
	assert_has(v.head, "in /dev/\\x1bshm. They stay until these are deleted");
	assert_false(advises(&v, "drop_caches"));
	assert_true(advises(&v, "delete"));
	assert_string_equal(dentries_kind_verdict(v.kind), "unknown");
}

static void verdict_on_dentries_that_are_held(void **state)
{
	struct dentries_facts f = facts(20000000, 95, 5, 1);
	struct dentries_verdict v = judged(&f);

	(void)state;
	assert_int_equal(v.kind, DENTRIES_KIND_HELD);
	assert_has(v.head, "held: 3.6 GiB in 20,000,000 dentries");
	assert_has(v.head, "95.0% are pinned");
	assert_has(v.head, "pins 4,321 directories");
	assert_has(v.head, "One look cannot tell a leak");
	assert_lacks(v.head, "stacked");
	assert_true(advises(&v, "slabsight dentries -d"));
	assert_false(advises(&v, "drop_caches"));
	assert_string_equal(dentries_kind_verdict(v.kind), "unknown");
	f.stacked = 9000000;
	v = judged(&f);
	assert_has(v.head, "9,000,000 dentries of stacked filesystems pin those");
}

static void verdict_on_little(void **state)
{
	struct dentries_facts f = facts(168615, 1, 99, 39);
	struct dentries_verdict v = judged(&f);

	(void)state;
	assert_int_equal(v.kind, DENTRIES_KIND_SMALL);
	assert_string_equal(
		v.head, "nothing remarkable: 31 MiB in 168,615 dentries (0.2% of memory); 99.0% "
			"are unused and reclaimable, 1.0% pinned; 39.0% are negative");
	assert_int_equal(v.advice_cnt, 0);
	/* Little, and still all of one kind. */
	f.pattern = "";
	f.pattern_share = 0.51;
	v = judged(&f);
	assert_has(v.head, ", 51.0% of them called nothing;");
	memset(&f, 0, sizeof(f));
	v = judged(&f);
	assert_int_equal(v.kind, DENTRIES_KIND_NONE);
	assert_string_equal(v.head, "there are none");
	f = facts(1, 100, 0, 0);
	v = judged(&f);
	assert_has(v.head, "in 1 dentry (");
}

static void verdict_borders(void **state)
{
	struct dentries_facts f = facts(100, 50, 50, 50);
	struct dentries_verdict v;

	(void)state;
	/* Memory unknown: nothing is too little. */
	f.memory_bytes = 0;
	v = judged(&f);
	assert_int_equal(v.kind, DENTRIES_KIND_CACHE);
	assert_lacks(v.head, "of memory");
	f.counts[DENTRIES_NEGATIVE] = 51;
	assert_int_equal(judged(&f).kind, DENTRIES_KIND_NEGATIVE);
	f.counts[DENTRIES_PINNED] = 51;
	assert_int_equal(judged(&f).kind, DENTRIES_KIND_HELD);
	f.counts[DENTRIES_KEPT] = 26;
	assert_int_equal(judged(&f).kind, DENTRIES_KIND_FILES);
	/* 2 % of memory. */
	f.memory_bytes = 50 * f.bytes + 50;
	assert_int_equal(judged(&f).kind, DENTRIES_KIND_SMALL);
	f.memory_bytes = 50 * f.bytes;
	assert_int_equal(judged(&f).kind, DENTRIES_KIND_FILES);
}

/* The longest names, all of bytes that take four characters each. */
static void verdict_takes_any_name(void **state)
{
	char name[5000];
	struct dentries_facts f = facts(71000000, 95, 5, 1);

	(void)state;
	memset(name, '\x01', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	f.pattern = f.directory = f.files_at = name;
	f.pattern_share = 1;
	f.stacked = 5;
	judged(&f);
	f.counts[DENTRIES_KEPT] = f.counts[DENTRIES_ALL];
	assert_has(judged(&f).head, "They stay until these are deleted");
}

int test_dentries_verdict(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdict_on_a_flood_of_missing_names),
		cmocka_unit_test(verdict_on_an_ordinary_cache),
		cmocka_unit_test(verdict_on_files_in_memory),
		cmocka_unit_test(verdict_on_dentries_that_are_held),
		cmocka_unit_test(verdict_on_little),
		cmocka_unit_test(verdict_borders),
		cmocka_unit_test(verdict_takes_any_name),
	};

	return cmocka_run_group_tests_name("dentries_verdict", tests, NULL, NULL);
}
