// SPDX-License-Identifier: GPL-2.0-or-later
/* dentries.c: which state a dentry is in, and sums by filesystem, directory and pattern. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made_dentries.h"
#include "stand_ins.h"

static struct made_dentries m;

static int setup(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	return 0;
}

/* Value `what` of the entry with this key; 0 when it is not there. */
static uint64_t entry(const struct top *t, const void *key, size_t len, enum dentries_count what)
{
	for (size_t i = 0; i < top_count(t); i++) {
		struct top_entry e = top_entry(t, i);

		if (e.key_len == len && !memcmp(e.key, key, len))
			return e.values[what];
	}
	return 0;
}

static uint64_t in_directory(const struct dentries *d, uint64_t super, uint64_t parent)
{
	const struct dentries_place place = {.super = super, .parent = parent};

	return entry(dentries_directories(d), &place, sizeof(place), DENTRIES_ALL);
}

static uint64_t called(const struct dentries *d, const char *pattern)
{
	return entry(dentries_patterns(d), pattern, strlen(pattern), DENTRIES_ALL);
}

static uint64_t flood(const struct dentries *d, uint64_t super, uint64_t parent,
		      const char *pattern)
{
	struct {
		struct dentries_place place;
		char pattern[DENTRIES_PATTERN];
	} key = {.place = {.super = super, .parent = parent}};

	strcpy(key.pattern, pattern);
	return entry(dentries_floods(d), &key, sizeof(key.place) + strlen(pattern), DENTRIES_ALL);
}

/* The counts of one dentry of ext4. */
static void count_one(struct ss_dentry in, uint64_t super, uint64_t counts[DENTRIES_COUNTS])
{
	struct dentries_config config = made_config(&m, 16);
	struct dentries *d = NULL;

	in.super = super;
	in.address = 0x10;
	assert_int_equal(dentries_create(&config, &d), 0);
	assert_int_equal(dentries_add(d, &in), 0);
	assert_int_equal(dentries_end(d), 0);
	memcpy(counts, dentries_total(d), DENTRIES_COUNTS * sizeof(*counts));
	assert_int_equal(counts[DENTRIES_ALL], 1);
	dentries_destroy(d);
}

static void dentries_have_one_state(void **state)
{
	static const struct {
		struct ss_dentry in;
		enum dentries_count state; /* DENTRIES_ALL: other */
		bool unused_negative;
	} cases[] = {
		{{.count = 1}, DENTRIES_PINNED, false},
		{{.count = 7, .flags = MADE_LRU}, DENTRIES_PINNED, false},
		{{.count = 1, .negative = 1}, DENTRIES_PINNED, false},
		{{.count = 0, .flags = MADE_LRU}, DENTRIES_UNUSED, false},
		{{.count = 0, .flags = MADE_LRU, .negative = 1}, DENTRIES_UNUSED, true},
		{{.count = -128, .flags = MADE_LRU}, DENTRIES_DYING, false},
		{{.count = 1, .flags = MADE_KILLED}, DENTRIES_DYING, false},
		{{.count = 0, .flags = MADE_KILLED | MADE_LRU, .negative = 1},
		 DENTRIES_DYING,
		 false},
		{{.count = 0}, DENTRIES_ALL, false},
		{{.count = 0, .flags = ~(uint32_t)(MADE_LRU | MADE_KILLED)}, DENTRIES_ALL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t n[DENTRIES_COUNTS];

		count_one(cases[i].in, MADE_EXT4, n);
		assert_int_equal(n[DENTRIES_PINNED], cases[i].state == DENTRIES_PINNED);
		assert_int_equal(n[DENTRIES_UNUSED], cases[i].state == DENTRIES_UNUSED);
		assert_int_equal(n[DENTRIES_DYING], cases[i].state == DENTRIES_DYING);
		assert_int_equal(n[DENTRIES_UNUSED_NEGATIVE], cases[i].unused_negative);
		assert_int_equal(n[DENTRIES_NEGATIVE], cases[i].in.negative);
		assert_int_equal(n[DENTRIES_LISTED], (cases[i].in.flags & MADE_LRU) != 0);
		assert_int_equal(n[DENTRIES_KEPT] + n[DENTRIES_DELETED] + n[DENTRIES_LONG], 0);
	}
}

static void dentries_know_files_in_memory(void **state)
{
	uint64_t n[DENTRIES_COUNTS];

	(void)state;
	count_one((struct ss_dentry){.count = 1}, MADE_TMPFS, n);
	assert_int_equal(n[DENTRIES_KEPT], 1);
	/* Where the kernel marks them, of whatever type. */
	count_one((struct ss_dentry){.count = 1, .flags = MADE_PERSISTENT}, MADE_EXT4, n);
	assert_int_equal(n[DENTRIES_KEPT], 1);
	count_one((struct ss_dentry){.count = 0, .flags = MADE_LRU}, MADE_TMPFS, n);
	assert_int_equal(n[DENTRIES_KEPT], 0);
	/* A super block that cannot be read. */
	count_one((struct ss_dentry){.count = 1}, 0x9999, n);
	assert_int_equal(n[DENTRIES_KEPT], 0);
}

static void dentries_know_deleted_ones(void **state)
{
	uint64_t n[DENTRIES_COUNTS];

	(void)state;
	count_one((struct ss_dentry){.count = 1, .unhashed = 1, .parent = 0x77}, MADE_EXT4, n);
	assert_int_equal(n[DENTRIES_DELETED], 1);
	/* A pipe or a socket never has been in any directory. */
	count_one((struct ss_dentry){.count = 1, .unhashed = 1, .parent = 0x10}, MADE_EXT4, n);
	assert_int_equal(n[DENTRIES_DELETED], 0);
	/* Unhashed and without an inode: a look-up that has just begun. */
	count_one((struct ss_dentry){.count = 1, .unhashed = 1, .parent = 0x77, .negative = 1},
		  MADE_EXT4, n);
	assert_int_equal(n[DENTRIES_DELETED], 0);
	/* A position in an open directory is no name that does not exist. */
	count_one((struct ss_dentry){.count = 1, .negative = 1, .flags = MADE_CURSOR}, MADE_EXT4,
		  n);
	assert_int_equal(n[DENTRIES_NEGATIVE], 0);
	assert_int_equal(n[DENTRIES_PINNED], 1);
}

static void dentries_add_up_long_names(void **state)
{
	uint64_t n[DENTRIES_COUNTS];

	(void)state;
	/* 24 bytes before it, 1 behind it. */
	count_one((struct ss_dentry){.external = 1, .name_len = 40}, MADE_EXT4, n);
	assert_int_equal(n[DENTRIES_LONG], 1);
	assert_int_equal(n[DENTRIES_LONG_BYTES], 96);
	count_one((struct ss_dentry){.external = 1, .name_len = 71}, MADE_EXT4, n);
	assert_int_equal(n[DENTRIES_LONG_BYTES], 96);
	count_one((struct ss_dentry){.external = 1, .name_len = 72}, MADE_EXT4, n);
	assert_int_equal(n[DENTRIES_LONG_BYTES], 128);
	count_one((struct ss_dentry){.external = 1, .name_len = 255}, MADE_EXT4, n);
	assert_int_equal(n[DENTRIES_LONG_BYTES], 512);
	assert_int_equal(dentries_kmalloc_size(1), 8);
	assert_int_equal(dentries_kmalloc_size(64), 64);
	assert_int_equal(dentries_kmalloc_size(65), 96);
	assert_int_equal(dentries_kmalloc_size(97), 128);
	assert_int_equal(dentries_kmalloc_size(129), 192);
	assert_int_equal(dentries_kmalloc_size(193), 256);
}

static void dentries_are_counted_by_place_and_pattern(void **state)
{
	const struct dentries_config config = made_config(&m, 64);
	uint64_t root = made_dentry(&m, MADE_EXT4, 0, "/"), etc, other;
	struct dentries *d;
	char name[SS_NAME_WHOLE];

	(void)state;
	etc = made_dentry(&m, MADE_EXT4, root, "etc");
	other = made_dentry(&m, MADE_TMPFS, 0, "/");
	for (int i = 0; i < 997; i++) {
		snprintf(name, sizeof(name), ".%d_dOeSnotExist_.db", i);
		made_missing(&m, MADE_EXT4, etc, name);
		if (!(i % 10))
			made_dentry(&m, MADE_TMPFS, other, name);
	}
	for (int i = 0; i < 5; i++)
		made_dentry(&m, MADE_SOCKFS, 0, "");
	d = made_dentries_count(&m, &config);
	assert_int_equal(dentries_total(d)[DENTRIES_ALL], m.count);
	assert_int_equal(dentries_total(d)[DENTRIES_UNUSED_NEGATIVE], 997);
	assert_int_equal(in_directory(d, MADE_EXT4, etc), 997);
	assert_int_equal(in_directory(d, MADE_EXT4, root), 1);
	assert_int_equal(in_directory(d, MADE_TMPFS, other), 100);
	assert_int_equal(in_directory(d, MADE_SOCKFS, 0), 5);
	assert_int_equal(in_directory(d, MADE_EXT4, 0), 1);
	assert_int_equal(called(d, ".N_dOeSnotExist_.db"), 1097);
	assert_int_equal(called(d, ""), 5);
	assert_int_equal(flood(d, MADE_EXT4, etc, ".N_dOeSnotExist_.db"), 997);
	assert_int_equal(flood(d, MADE_TMPFS, other, ".N_dOeSnotExist_.db"), 100);
	assert_int_equal(dentries_super(d, MADE_EXT4)->counts[DENTRIES_ALL], 999);
	assert_int_equal(dentries_super(d, MADE_TMPFS)->counts[DENTRIES_KEPT], 101);
	assert_null(dentries_super(d, MADE_OVERLAY));
	dentries_destroy(d);
}

static void dentries_show_where_a_long_name_was_cut(void **state)
{
	const struct dentries_config config = made_config(&m, 64);
	char name[SS_NAME_WHOLE], pattern[DENTRIES_PATTERN];
	struct dentries *d;

	(void)state;
	memset(name, 'x', 200);
	name[SS_NAME_SHORT] = '\0';
	made_dentry(&m, MADE_EXT4, 0x77, name);
	name[SS_NAME_SHORT] = 'x';
	name[200] = '\0';
	made_dentry(&m, MADE_EXT4, 0x77, name);
	d = made_dentries_count(&m, &config);
	memset(pattern, 'x', SS_NAME_SHORT);
	pattern[SS_NAME_SHORT] = '\0';
	assert_int_equal(called(d, pattern), 1);
	strcpy(pattern + SS_NAME_SHORT, "...");
	assert_int_equal(called(d, pattern), 1);
	dentries_destroy(d);
}

static bool wants_tmpfs(void *arg, const struct census_super *super)
{
	(void)arg;
	return !strcmp(super->type, "tmpfs");
}

static void dentries_that_are_not_wanted_are_only_met(void **state)
{
	struct dentries_config config = made_config(&m, 64);
	struct dentries *d;

	(void)state;
	config.wants = wants_tmpfs;
	for (int i = 0; i < 30; i++)
		made_dentry(&m, i % 3 ? MADE_EXT4 : MADE_TMPFS, 0x77, "a");
	made_dentry(&m, 0x9999, 0x77, "a");
	d = made_dentries_count(&m, &config);
	assert_int_equal(dentries_total(d)[DENTRIES_ALL], 10);
	assert_int_equal(called(d, "a"), 10);
	assert_int_equal(top_count(dentries_directories(d)), 1);
	assert_int_equal(dentries_super(d, MADE_EXT4)->counts[DENTRIES_ALL], 20);
	assert_false(dentries_super(d, MADE_EXT4)->wanted);
	assert_false(dentries_super(d, 0x9999)->known);
	dentries_destroy(d);
}

/* Sums do not depend on the order, and every table has all of them. */
static void dentries_tables_add_up(void **state)
{
	const struct dentries_config config = made_config(&m, 4096);
	uint64_t seed = 4;
	struct dentries *d;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%c%u%c", 'a' + random_below(&seed, 3),
			 random_below(&seed, 1000), 'a' + random_below(&seed, 3));
		made_missing(&m, random_below(&seed, 2) ? MADE_EXT4 : MADE_OVERLAY,
			     0x77 + random_below(&seed, 5), name);
	}
	d = made_dentries_count(&m, &config);
	assert_int_equal(top_count(dentries_directories(d)), 10);
	assert_int_equal(top_count(dentries_patterns(d)), 9);
	assert_int_equal(top_count(dentries_floods(d)), 90);
	for (int i = 0; i < DENTRIES_COUNTS; i++) {
		const struct top *const tables[] = {dentries_directories(d), dentries_patterns(d),
						    dentries_floods(d)};

		for (size_t t = 0; t < 3; t++) {
			uint64_t sum = 0;

			for (size_t e = 0; e < top_count(tables[t]); e++)
				sum += top_entry(tables[t], e).values[i];
			assert_int_equal(sum, dentries_total(d)[i]);
		}
	}
	dentries_destroy(d);
}

static void dentries_survive_lack_of_memory(void **state)
{
	const struct dentries_config config = made_config(&m, 64);
	int failures = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		made_missing(&m, 0x1000 * (1 + i % 100), 0x77 + i, "name");
	for (long n = 0;; n++) {
		struct dentries *d = NULL;
		int err;

		memory_fails_after(n);
		err = dentries_create(&config, &d);
		for (size_t i = 0; !err && i < m.count; i++)
			err = dentries_add(d, &m.all[i]);
		if (!err)
			err = dentries_end(d);
		dentries_destroy(d);
		if (!memory_failed()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		failures++;
	}
	assert_true(failures > 4);
	dentries_destroy(NULL);
}

int test_dentries(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(dentries_have_one_state, setup),
		cmocka_unit_test_setup(dentries_know_files_in_memory, setup),
		cmocka_unit_test_setup(dentries_know_deleted_ones, setup),
		cmocka_unit_test_setup(dentries_add_up_long_names, setup),
		cmocka_unit_test_setup(dentries_are_counted_by_place_and_pattern, setup),
		cmocka_unit_test_setup(dentries_show_where_a_long_name_was_cut, setup),
		cmocka_unit_test_setup(dentries_that_are_not_wanted_are_only_met, setup),
		cmocka_unit_test_setup(dentries_tables_add_up, setup),
		cmocka_unit_test_setup(dentries_survive_lack_of_memory, setup),
	};

	return cmocka_run_group_tests_name("dentries", tests, NULL, NULL);
}
