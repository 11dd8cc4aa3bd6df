// SPDX-License-Identifier: GPL-2.0-or-later
/* dentry_paths.c: chains of parents, also such as only a kernel at work shows. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dentry_paths.h"
#include "made_dentries.h"
#include "stand_ins.h"

static struct made_dentries m;
static struct dentry_paths *paths;
static char path[DENTRY_PATH];

static int setup(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	return dentry_paths_create(made_look, &m, &paths);
}

static int teardown(void **state)
{
	(void)state;
	dentry_paths_destroy(paths);
	return 0;
}

static enum dentry_path_state build(uint64_t address, const char *mount)
{
	enum dentry_path_state state;

	memset(path, '?', sizeof(path));
	assert_int_equal(dentry_paths_build(paths, address, MADE_EXT4, mount, path, &state), 0);
	assert_non_null(memchr(path, '\0', sizeof(path)));
	return state;
}

static void paths_begin_at_the_mount_point(void **state)
{
	uint64_t root = made_dentry(&m, MADE_EXT4, 0, "/");
	uint64_t a = made_dentry(&m, MADE_EXT4, root, "a");
	uint64_t b = made_dentry(&m, MADE_EXT4, a, "b c");

	(void)state;
	assert_int_equal(build(b, "/"), DENTRY_PATH_WHOLE);
	assert_string_equal(path, "/a/b c");
	assert_int_equal(build(b, "/mnt"), DENTRY_PATH_WHOLE);
	assert_string_equal(path, "/mnt/a/b c");
	assert_int_equal(build(root, "/"), DENTRY_PATH_WHOLE);
	assert_string_equal(path, "/");
	assert_int_equal(build(root, "/mnt"), DENTRY_PATH_WHOLE);
	assert_string_equal(path, "/mnt");
	build(a, "(ext4 vda)");
	assert_string_equal(path, "(ext4 vda)/a");
	build(a, "");
	assert_string_equal(path, "/a");
	/* What was looked up once is remembered. */
	assert_int_equal(m.looks, 3);
	assert_string_equal(dentry_path_state_name(DENTRY_PATH_WHOLE), "whole");
	assert_string_equal(dentry_path_state_name(DENTRY_PATH_ENDLESS), "endless");
}

static void paths_keep_the_bytes_of_names(void **state)
{
	uint64_t root = made_dentry(&m, MADE_EXT4, 0, "/");
	uint64_t a = made_dentry(&m, MADE_EXT4, root, "new\nline"), b;

	(void)state;
	b = made_dentry(&m, MADE_EXT4, a, "\033[2J\xff");
	build(b, "/");
	assert_string_equal(path, "/new\nline/\033[2J\xff");
}

static void paths_tell_what_was_deleted(void **state)
{
	uint64_t root = made_dentry(&m, MADE_EXT4, 0, "/");
	uint64_t a = made_dentry(&m, MADE_EXT4, root, "a"), b;

	(void)state;
	made_last(&m)->unhashed = 1;
	b = made_dentry(&m, MADE_EXT4, a, "b");
	assert_int_equal(build(b, "/"), DENTRY_PATH_DELETED);
	assert_string_equal(path, "/a/b");
	assert_int_equal(build(a, "/"), DENTRY_PATH_DELETED);
	/* A root is in no directory, and so in no hash table. */
	m.all[0].unhashed = 1;
	assert_int_equal(build(root, "/"), DENTRY_PATH_WHOLE);
}

static void paths_end_where_a_parent_is_gone(void **state)
{
	uint64_t b = made_dentry(&m, MADE_EXT4, 0x7777, "b");
	uint64_t c = made_dentry(&m, MADE_EXT4, b, "c");

	(void)state;
	assert_int_equal(build(c, "/mnt"), DENTRY_PATH_GONE);
	assert_string_equal(path, "/mnt/.../b/c");
	assert_int_equal(build(0x7777, "/mnt"), DENTRY_PATH_GONE);
	assert_string_equal(path, "/mnt/...");
	assert_int_equal(build(0x7777, "/"), DENTRY_PATH_GONE);
	assert_string_equal(path, "/...");
}

/* Its memory was used again, for a dentry of another filesystem. */
static void paths_do_not_lead_into_another_filesystem(void **state)
{
	uint64_t root = made_dentry(&m, MADE_TMPFS, 0, "/");
	uint64_t a = made_dentry(&m, MADE_TMPFS, root, "tmp");
	uint64_t b = made_dentry(&m, MADE_EXT4, a, "b");

	(void)state;
	assert_int_equal(build(b, "/mnt"), DENTRY_PATH_GONE);
	assert_string_equal(path, "/mnt/.../b");
	assert_int_equal(build(a, "/mnt"), DENTRY_PATH_GONE);
	assert_string_equal(path, "/mnt/...");
}

static void paths_come_out_of_circles(void **state)
{
	uint64_t a = made_dentry(&m, MADE_EXT4, 0x7777, "aaaaaaaaaaaaaaaa");
	uint64_t b = made_dentry(&m, MADE_EXT4, a, "b");

	(void)state;
	m.all[0].parent = b;
	assert_int_equal(build(a, "/mnt"), DENTRY_PATH_ENDLESS);
	assert_memory_equal(path, "...", 3);
	assert_int_equal(strlen(path), DENTRY_PATH - 1);
	assert_int_equal(m.looks, 2);
}

static void paths_keep_the_end_of_what_is_too_long(void **state)
{
	uint64_t at = made_dentry(&m, MADE_EXT4, 0, "/");
	char name[201];

	(void)state;
	memset(name, 'n', 200);
	name[200] = '\0';
	/* 20 fit; with 21 there are 4,221 bytes. */
	for (int i = 0; i < 20; i++)
		at = made_dentry(&m, MADE_EXT4, at, name);
	assert_int_equal(build(at, "/"), DENTRY_PATH_WHOLE);
	assert_int_equal(strlen(path), 20 * 201);
	at = made_dentry(&m, MADE_EXT4, at, "end");
	at = made_dentry(&m, MADE_EXT4, at, name);
	assert_int_equal(build(at, "/"), DENTRY_PATH_WHOLE);
	assert_int_equal(strlen(path), DENTRY_PATH - 1);
	assert_memory_equal(path, "...nnn", 6);
	assert_non_null(strstr(path, "n/end/n"));
}

static void paths_go_deep(void **state)
{
	uint64_t at = made_dentry(&m, MADE_EXT4, 0, "/");

	(void)state;
	for (int i = 0; i < 1000; i++)
		at = made_dentry(&m, MADE_EXT4, at, i % 2 ? "b" : "a");
	assert_int_equal(build(at, "/"), DENTRY_PATH_WHOLE);
	assert_int_equal(strlen(path), 2000);
	for (int i = 0; i < 100; i++)
		at = made_dentry(&m, MADE_EXT4, at, "c");
	assert_int_equal(build(at, "/"), DENTRY_PATH_ENDLESS);
	assert_memory_equal(path, "/.../", 5);
}

static void paths_survive_lack_of_memory(void **state)
{
	uint64_t at = made_dentry(&m, MADE_EXT4, 0, "/");
	int failures = 0;

	(void)state;
	for (int i = 0; i < 900; i++)
		at = made_dentry(&m, MADE_EXT4, at, "a");
	for (long n = 0;; n += 37) {
		enum dentry_path_state how;
		struct dentry_paths *p = NULL;
		int err;

		memory_fails_after(n);
		err = dentry_paths_create(made_look, &m, &p);
		if (!err)
			err = dentry_paths_build(p, at, MADE_EXT4, "/", path, &how);
		dentry_paths_destroy(p);
		if (!memory_failed()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		failures++;
	}
	assert_true(failures > 10);
	dentry_paths_destroy(NULL);
}

int test_dentry_paths(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(paths_begin_at_the_mount_point, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_keep_the_bytes_of_names, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_tell_what_was_deleted, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_end_where_a_parent_is_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_do_not_lead_into_another_filesystem, setup,
						teardown),
		cmocka_unit_test_setup_teardown(paths_come_out_of_circles, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_keep_the_end_of_what_is_too_long, setup,
						teardown),
		cmocka_unit_test_setup_teardown(paths_go_deep, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_survive_lack_of_memory, setup, teardown),
	};

	return cmocka_run_group_tests_name("dentry_paths", tests, NULL, NULL);
}
