// SPDX-License-Identifier: GPL-2.0-or-later
/* cgroup_directory.c: which directory a cgroup path means. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stand_ins.h"
#include "cgroup_directory.h"

static int no_stand_ins(void **state)
{
	stand_in_mountinfo = stand_in_cgroup = NULL;
	return sandbox_teardown(state);
}

/* cgroup2 is mounted there, and only a part of it on a shorter path; NULL: it is not mounted. */
static void mount_at(void **state, const char *mount)
{
	char lines[1024];
	int used = snprintf(lines, sizeof(lines),
			    "1 0 0:21 / /proc rw - proc proc rw\n"
			    "2 0 0:30 / /old rw - cgroup cgroup rw,cpu\n");

	if (mount)
		used += snprintf(lines + used, sizeof(lines) - used,
				 "3 0 0:31 /some/part /x rw - cgroup2 cgroup2 rw\n"
				 "4 0 0:31 / %s rw - cgroup2 cgroup2 rw\n",
				 mount);
	assert_true(used < (int)sizeof(lines));
	stand_in_mountinfo = sandbox_file(state, "mountinfo", lines);
}

/* A mount with a cgroup, whose path it returns: the only directory that is in a cgroup2. */
static const char *mount_slice(void **state)
{
	const char *mount = sandbox_path(state, "mount");
	const char *slice = sandbox_path(state, "mount/web.slice");

	assert_int_equal(mkdir(mount, 0700), 0);
	assert_int_equal(mkdir(slice, 0700), 0);
	mount_at(state, mount);
	stand_in_cgroup = slice;
	return slice;
}

static void cgroup_paths_that_are_none(void **state)
{
	int before = dup(STDOUT_FILENO), after;

	mount_at(state, NULL);
	sandbox_file(state, "file", "");
	assert_int_equal(cgroup_directory_open(sandbox_path(state, "absent")), -ENOENT);
	assert_int_equal(cgroup_directory_open(sandbox_path(state, "file")), -ENOTDIR);
	assert_int_equal(cgroup_directory_open(*state), -ENOTSUP);
	assert_int_equal(cgroup_directory_open("no/such/slice"), -ENOENT);
	/* Nothing is left open. */
	after = dup(STDOUT_FILENO);
	assert_int_equal(after, before + 1);
	close(after);
	close(before);
}

/* Does the descriptor stand for this directory? */
static void assert_opens(const char *path, const char *directory)
{
	struct stat a, b;
	int fd = cgroup_directory_open(path);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat(directory, &b), 0);
	assert_true(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	close(fd);
}

static void cgroup_paths_are_absolute_or_under_the_mount(void **state)
{
	const char *slice = mount_slice(state);

	assert_opens("web.slice", slice);
	assert_opens("/web.slice", slice); /* as in /proc/PID/cgroup */
	assert_opens(slice, slice);
	assert_int_equal(cgroup_directory_open("db.slice"), -ENOENT);
	assert_int_equal(cgroup_directory_open(*state), -ENOTSUP);
	mount_at(state, NULL);
	assert_opens(slice, slice);
	assert_int_equal(cgroup_directory_open("web.slice"), -ENOENT);
	/* Nobody can tell where it is. */
	stand_in_mountinfo = sandbox_path(state, "absent");
	assert_opens(slice, slice);
	assert_int_equal(cgroup_directory_open("web.slice"), -ENOENT);
}

/* A directory of that name where we happen to be does not stand in the way. */
static void cgroup_paths_do_not_mean_other_directories(void **state)
{
	const char *slice = mount_slice(state);
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(mkdir(sandbox_path(state, "web.slice"), 0700), 0);
	assert_int_equal(chdir(*state), 0);
	assert_opens("web.slice", slice);
	assert_int_equal(fchdir(here), 0);
	close(here);
}

/* A path that does not fit behind the mount is not another one that does. */
static void cgroup_paths_are_not_cut_off(void **state)
{
	static char path[3 * PATH_MAX];

	mount_slice(state);
	memset(path, '/', sizeof(path) - 1);
	memcpy(path, "web.slice", strlen("web.slice"));
	assert_int_equal(cgroup_directory_open(path), -ENAMETOOLONG);
}

/* That there is none is only said where somebody could look. */
static void cgroup_paths_without_memory(void **state)
{
	int fd = -ENOMEM, failures = 0;

	mount_slice(state);
	for (long n = 0; fd < 0; n++) {
		memory_fails_after(n);
		fd = cgroup_directory_open("web.slice");
		assert_int_equal(memory_failed(), fd < 0);
		assert_true(fd >= 0 || fd == -ENOMEM);
		failures += fd < 0;
	}
	close(fd);
	assert_true(failures > 2);
}

int test_trace_options_cgroup(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cgroup_paths_that_are_none, sandbox_setup,
						no_stand_ins),
		cmocka_unit_test_setup_teardown(cgroup_paths_are_absolute_or_under_the_mount,
						sandbox_setup, no_stand_ins),
		cmocka_unit_test_setup_teardown(cgroup_paths_do_not_mean_other_directories,
						sandbox_setup, no_stand_ins),
		cmocka_unit_test_setup_teardown(cgroup_paths_are_not_cut_off, sandbox_setup,
						no_stand_ins),
		cmocka_unit_test_setup_teardown(cgroup_paths_without_memory, sandbox_setup,
						no_stand_ins),
	};

	return cmocka_run_group_tests_name("trace_options, cgroup", tests, NULL, NULL);
}
