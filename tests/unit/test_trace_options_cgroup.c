// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_options.c: which directory a cgroup path means. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stand_ins.h"
#include "cgroup_directory.h"

static int no_stand_ins(void **state)
{
	stand_in_cgroup_mount = NULL;
	stand_in_cgroup = NULL;
	return sandbox_teardown(state);
}

static void cgroup_paths_that_are_none(void **state)
{
	int before = dup(STDOUT_FILENO), after;

	stand_in_cgroup_mount = "";
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
	const char *mount = sandbox_path(state, "mount");
	const char *slice = sandbox_path(state, "mount/web.slice");

	assert_int_equal(mkdir(mount, 0700), 0);
	assert_int_equal(mkdir(slice, 0700), 0);
	stand_in_cgroup_mount = mount;
	stand_in_cgroup = slice;
	assert_opens("web.slice", slice);
	assert_opens("/web.slice", slice); /* as in /proc/PID/cgroup */
	assert_opens(slice, slice);
	assert_int_equal(cgroup_directory_open("db.slice"), -ENOENT);
	assert_int_equal(cgroup_directory_open(*state), -ENOTSUP);
	stand_in_cgroup_mount = "";
	assert_opens(slice, slice);
	assert_int_equal(cgroup_directory_open("web.slice"), -ENOENT);
}

/* A directory of that name where we happen to be does not stand in the way. */
static void cgroup_paths_do_not_mean_other_directories(void **state)
{
	const char *mount = sandbox_path(state, "mount");
	const char *slice = sandbox_path(state, "mount/web.slice");
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(mkdir(mount, 0700), 0);
	assert_int_equal(mkdir(slice, 0700), 0);
	assert_int_equal(mkdir(sandbox_path(state, "web.slice"), 0700), 0);
	stand_in_cgroup_mount = mount;
	stand_in_cgroup = slice;
	assert_int_equal(chdir(*state), 0);
	assert_opens("web.slice", slice);
	assert_int_equal(fchdir(here), 0);
	close(here);
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
	};

	return cmocka_run_group_tests_name("trace_options, cgroup", tests, NULL, NULL);
}
