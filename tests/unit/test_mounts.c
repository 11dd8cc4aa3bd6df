// SPDX-License-Identifier: GPL-2.0-or-later
/* mounts.c over made-up mountinfo files: which mount point is chosen, and lines nobody expects. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "mounts.h"
#include "stand_ins.h"

static struct mounts *read_mounts(const char *path)
{
	struct mounts *m = NULL;

	assert_int_equal(mounts_create(path, &m), 0);
	assert_non_null(m);
	return m;
}

static struct mounts *made(void **state, const char *content)
{
	return read_mounts(sandbox_file(state, "mountinfo", content));
}

static void assert_unknown(const struct mounts *m, uint32_t major, uint32_t minor)
{
	assert_null(mounts_point(m, major, minor));
	assert_null(mounts_type(m, major, minor));
	assert_null(mounts_source(m, major, minor));
}

static void mounts_know_point_type_and_source(void **state)
{
	struct mounts *m =
		made(state, "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n"
			    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
			    "60 27 0:52 / /srv rw shared:2 master:1 propagate_from:3 unbindable - "
			    "nfs4 server:/export rw,vers=4.2\n"
			    "61 27 259:1048575 / /mnt/big rw - xfs /dev/nvme0n1p1 rw\n"
			    "62 27 0:53 / /empty rw -  tmpfs rw\n"
			    "63 27 0:54 / /none rw - tmpfs  rw\n"
			    "64 27 0:55 / /last rw - tmpfs last");

	assert_string_equal(mounts_point(m, 254, 0), "/");
	assert_string_equal(mounts_type(m, 254, 0), "ext4");
	assert_string_equal(mounts_source(m, 254, 0), "/dev/vda");
	assert_string_equal(mounts_point(m, 0, 21), "/proc");
	assert_string_equal(mounts_point(m, 0, 52), "/srv");
	assert_string_equal(mounts_type(m, 0, 52), "nfs4");
	assert_string_equal(mounts_source(m, 0, 52), "server:/export");
	assert_string_equal(mounts_point(m, 259, 1048575), "/mnt/big");
	/* No type: not a mount. No source: a mount. */
	assert_unknown(m, 0, 53);
	assert_string_equal(mounts_source(m, 0, 54), "");
	assert_string_equal(mounts_point(m, 0, 54), "/none");
	assert_string_equal(mounts_source(m, 0, 55), "last");
	assert_unknown(m, 21, 0);
	assert_unknown(m, 0, 0);
	assert_unknown(m, 254, 1);
	assert_unknown(m, UINT32_MAX, UINT32_MAX);
	mounts_destroy(m);
}

static void mounts_choose_the_shortest_whole_one(void **state)
{
	struct mounts *m = made(state, "1 0 8:1 / /a/longer/one rw - ext4 /dev/sda1 rw\n"
				       "2 0 8:1 /home /h rw - ext4 /dev/sda1 rw\n"
				       "3 0 8:1 / /mnt/b rw - ext4 /dev/sda1 rw\n"
				       "4 0 8:1 / /mnt/a rw - ext4 /dev/sda1 rw\n"
				       "5 0 8:1 / /mnt/a rw - ext4 /dev/sda1 rw\n"
				       "6 0 8:1 /etc/hosts /e rw - ext4 /dev/sda1 rw\n"
				       "7 0 0:33 /@home /home rw - btrfs /dev/sdb rw\n"
				       "8 0 0:33 /@ / rw - btrfs /dev/sdb rw\n"
				       "9 0 0:34 //deleted /gone rw - tmpfs tmpfs rw\n");

	assert_string_equal(mounts_point(m, 8, 1), "/mnt/a");
	/* Parts only: it is there, but its paths are not paths from there. */
	assert_null(mounts_point(m, 0, 33));
	assert_string_equal(mounts_type(m, 0, 33), "btrfs");
	assert_string_equal(mounts_source(m, 0, 33), "/dev/sdb");
	assert_null(mounts_point(m, 0, 34));
	mounts_destroy(m);
}

static void mounts_find_by_type(void **state)
{
	struct mounts *m = made(state, "1 0 0:30 /sub /c rw - cgroup2 cgroup2 rw\n"
				       "2 0 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
				       "3 0 0:31 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
				       "4 0 0:32 / /v1 rw - cgroup cgroup rw,cpu\n"
				       "5 0 0:33 /x/y /part/y rw - overlay overlay rw\n"
				       "6 0 0:33 /x /part rw - overlay overlay rw\n");

	assert_string_equal(mounts_point_of_type(m, "cgroup2"), "/sys/fs/cgroup");
	assert_string_equal(mounts_point_of_type(m, "cgroup"), "/v1");
	assert_string_equal(mounts_point_of_type(m, "overlay"), "/part");
	assert_null(mounts_point_of_type(m, "cgroup3"));
	assert_null(mounts_point_of_type(m, ""));
	mounts_destroy(m);
}

static void mounts_undo_the_escapes(void **state)
{
	struct mounts *m = made(
		state,
		"1 0 0:1 / /a\\040b\\011c\\012d\\134e\\043f rw - fuse.x\\040y who\\134\\040x rw\n"
		/* What the kernel does not write stays as it is. */
		"2 0 0:2 / /\\04 rw - t \\0 rw\n"
		"3 0 0:3 / /\\000\\400\\089\\x41\\ rw - t s\\ rw\n"
		"4 0 0:4 / /\\303\\251\\377 rw - t s\n"
		"5 0 0:5 /\\040 /root-is-a-space rw - t s\n");

	assert_string_equal(mounts_point(m, 0, 1), "/a b\tc\nd\\e#f");
	assert_string_equal(mounts_type(m, 0, 1), "fuse.x y");
	assert_string_equal(mounts_source(m, 0, 1), "who\\ x");
	assert_string_equal(mounts_point(m, 0, 2), "/\\04");
	assert_string_equal(mounts_source(m, 0, 2), "\\0");
	assert_string_equal(mounts_point(m, 0, 3), "/\\000\\400\\089\\x41\\");
	assert_string_equal(mounts_source(m, 0, 3), "s\\");
	assert_string_equal(mounts_point(m, 0, 4), "/\xc3\xa9\xff");
	assert_null(mounts_point(m, 0, 5));
	mounts_destroy(m);
}

static void mounts_pass_over_garbage(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"-",
		"1",
		"1 0 7:1",
		"1 0 7:1 /",
		"1 0 7:1 / /x",
		"1 0 7:1 / /x rw",
		"1 0 7:1 / /x rw shared:1",
		"1 0 7:1 / /x rw -",
		"1 0 7:1 / /x rw - ext4",
		"1 0 7:1 / /x rw ext4 /dev/x rw",
		"1 0 7:1 / x rw - ext4 /dev/x rw",
		"1 0 7:1 x /x rw - ext4 /dev/x rw",
		"1 0 7:1  /x rw - ext4 /dev/x rw",
		"1 0 71 / /x rw - ext4 /dev/x rw",
		"1 0 7:1x / /x rw - ext4 /dev/x rw",
		"1 0 7:1:1 / /x rw - ext4 /dev/x rw",
		"1 0 :1 / /x rw - ext4 /dev/x rw",
		"1 0 7: / /x rw - ext4 /dev/x rw",
		"1 0 x7:1 / /x rw - ext4 /dev/x rw",
		"1 0 4294967303:1 / /x rw - ext4 /dev/x rw",
		"1 0 7:-1 / /x rw - ext4 /dev/x rw",
		"1 0 +7:1 / /x rw - ext4 /dev/x rw",
		"1  0 7:1 / /x rw - ext4 /dev/x rw",
	};
	char content[4096] = "";
	struct mounts *m;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		m = made(state, lines[i]);
		if (mounts_type(m, 7, 1) || mounts_type(m, 7, UINT32_MAX))
			fail_msg("'%s' was taken for a mount", lines[i]);
		mounts_destroy(m);
		strcat(strcat(content, lines[i]), "\n");
	}
	strcat(content, "9 0 7:2 / /good rw - ext4 /dev/good rw\n");
	m = made(state, content);
	assert_unknown(m, 7, 1);
	assert_string_equal(mounts_point(m, 7, 2), "/good");
	mounts_destroy(m);
}

/* A NUL, which mountinfo never has, ends its line and no more. */
static void mounts_survive_any_bytes(void **state)
{
	static const char lines[] = "1 0 7:1 / /a\0b rw - ext4 /dev/x rw\n"
				    "2 0 7:2 / /good rw - ext4 /dev/good rw\n";
	uint64_t seed = 11;
	char bytes[4096];
	const char *path = sandbox_path(state, "mountinfo");

	for (int round = 0; round < 300; round++) {
		FILE *f = fopen(path, "we");
		struct mounts *m;

		assert_non_null(f);
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = random_below(&seed, 3)
					   ? "0123456789 :/-\\\n\n  -"[random_below(&seed, 20)]
					   : (char)random_below(&seed, 256);
		if (round)
			fwrite(bytes, 1, sizeof(bytes), f);
		fputc('\n', f);
		fwrite(lines, 1, sizeof(lines) - 1, f);
		assert_int_equal(fclose(f), 0);
		m = read_mounts(path);
		assert_unknown(m, 7, 1);
		assert_string_equal(mounts_point(m, 7, 2), "/good");
		mounts_destroy(m);
	}
}

/* An overlay of a hundred layers, and more mounts than fit without growing. */
static void mounts_hold_long_lines_and_many(void **state)
{
	enum { LONG = 100000, MANY = 1000 };
	char *content = malloc(LONG + MANY * 64 + 256);
	size_t used;
	struct mounts *m;

	assert_non_null(content);
	used = sprintf(content, "1 0 0:9 / /");
	memset(content + used, 'p', LONG);
	used += LONG;
	used += sprintf(content + used, " rw - overlay overlay rw,lowerdir=/x\n");
	for (int i = 0; i < MANY; i++) {
		int n = i * 7 % MANY;

		used += sprintf(content + used, "%d 0 %d:%d / /m/%d rw - t s%d rw\n", i, 1 + n % 10,
				n, n, n);
	}
	m = made(state, content);
	assert_int_equal(strlen(mounts_point(m, 0, 9)), LONG + 1);
	for (int i = 0; i < MANY; i++) {
		char expected[32];

		snprintf(expected, sizeof(expected), "/m/%d", i);
		assert_string_equal(mounts_point(m, 1 + i % 10, i), expected);
		snprintf(expected, sizeof(expected), "s%d", i);
		assert_string_equal(mounts_source(m, 1 + i % 10, i), expected);
	}
	mounts_destroy(m);
	free(content);
}

static void mounts_without_a_file(void **state)
{
	struct mounts *m = read_mounts(sandbox_path(state, "absent"));

	assert_unknown(m, 0, 21);
	assert_null(mounts_point_of_type(m, "ext4"));
	mounts_destroy(m);
	m = made(state, "");
	assert_unknown(m, 0, 21);
	mounts_destroy(m);
	/* A directory opens, and does not read. */
	m = read_mounts(*state);
	assert_unknown(m, 0, 21);
	mounts_destroy(m);
	mounts_destroy(NULL);
}

/* This machine's own: /proc is mounted, or there would be no mountinfo. */
static void mounts_of_this_machine(void **state)
{
	struct mounts *m = read_mounts(NULL);
	struct stat st;

	(void)state;
	assert_int_equal(stat("/proc/self", &st), 0);
	assert_string_equal(mounts_type(m, major(st.st_dev), minor(st.st_dev)), "proc");
	assert_string_equal(mounts_point(m, major(st.st_dev), minor(st.st_dev)), "/proc");
	mounts_destroy(m);
}

static void mounts_survive_without_memory(void **state)
{
	const char *path = sandbox_file(state, "mountinfo",
					"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
					"2 0 8:2 / /home rw - ext4 /dev/sda2 rw\n");
	int err = -ENOMEM, failures = 0;

	for (long n = 0; err; n++) {
		struct mounts *m = NULL;

		memory_fails_after(n);
		err = mounts_create(path, &m);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, m ? 0 : -ENOMEM);
		failures += err != 0;
		mounts_destroy(m);
	}
	assert_int_equal(failures, 4);
}

int test_mounts(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(mounts_know_point_type_and_source),
		SANDBOXED(mounts_choose_the_shortest_whole_one),
		SANDBOXED(mounts_find_by_type),
		SANDBOXED(mounts_undo_the_escapes),
		SANDBOXED(mounts_pass_over_garbage),
		SANDBOXED(mounts_survive_any_bytes),
		SANDBOXED(mounts_hold_long_lines_and_many),
		SANDBOXED(mounts_without_a_file),
		cmocka_unit_test(mounts_of_this_machine),
		SANDBOXED(mounts_survive_without_memory),
	};

	return cmocka_run_group_tests_name("mounts", tests, NULL, NULL);
}
