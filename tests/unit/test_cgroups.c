// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cgroups.c over made-up trees, where the inode number of a directory is its id;
 * file handles by a stand-in, and those of this machine where there are any.
 */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroups.h"
#include "cleanup.h"
#include "mounts.h"
#include "stand_ins.h"

static uint64_t make_dir(void **state, const char *name)
{
	const char *path = sandbox_path(state, name);
	struct stat st;

	if ((mkdir(path, 0700) && errno != EEXIST) || stat(path, &st))
		fail_msg("cannot make %s", path);
	return st.st_ino;
}

/* root, root/a, root/a/b, root/a/b/c, root/d, and what is not a directory. */
struct tree {
	const char *root;
	uint64_t ids[5], gone, outside;
};

static const char *const tree_paths[] = {"/", "/a", "/a/b", "/a/b/c \n\xff", "/d (deleted)"};

static struct tree make_tree(void **state)
{
	struct tree t = {.root = sandbox_path(state, "root")};

	for (size_t i = 0; i < ARRAY_SIZE(t.ids); i++) {
		char name[64];

		snprintf(name, sizeof(name), "root%s", tree_paths[i]);
		t.ids[i] = make_dir(state, name);
	}
	sandbox_file(state, "root/file", "");
	t.outside = make_dir(state, "rootless");
	assert_int_equal(symlink("../rootless", sandbox_path(state, "root/a/link")), 0);
	assert_int_equal(symlink(".", sandbox_path(state, "root/a/loop")), 0);
	t.gone = make_dir(state, "root/gone");
	/* Kept, so that no directory made later has its inode number. */
	assert_int_equal(rename(sandbox_path(state, "root/gone"), sandbox_path(state, "gone")), 0);
	return t;
}

static struct cgroups *open_tree(const char *root)
{
	struct cgroups *c = NULL;

	assert_int_equal(cgroups_create(root, &c), 0);
	assert_non_null(c);
	return c;
}

static void assert_tree(struct cgroups *c, const struct tree *t)
{
	for (size_t i = ARRAY_SIZE(t->ids); i-- > 0;) {
		assert_string_equal(cgroups_path(c, t->ids[i]), tree_paths[i]);
		assert_ptr_equal(cgroups_path(c, t->ids[i]), cgroups_path(c, t->ids[i]));
	}
	assert_null(cgroups_path(c, t->gone));
	assert_null(cgroups_path(c, t->outside));
	assert_null(cgroups_path(c, 0));
	assert_null(cgroups_path(c, UINT64_MAX));
	/* The upper half counts. */
	assert_null(cgroups_path(c, t->ids[1] ^ 1ull << 63));
}

static void cgroups_walk_the_tree(void **state)
{
	struct tree t = make_tree(state);
	struct cgroups *c = open_tree(t.root);
	const char *path;

	assert_tree(c, &t);
	/* What was found stays; what was not there stays so too, without another walk. */
	path = cgroups_path(c, t.ids[4]);
	assert_int_equal(rmdir(sandbox_path(state, "root/d (deleted)")), 0);
	assert_ptr_equal(cgroups_path(c, t.ids[4]), path);
	assert_int_equal(rename(sandbox_path(state, "gone"), sandbox_path(state, "root/gone")), 0);
	assert_null(cgroups_path(c, t.gone));
	/* A pointer holds while others are looked up. */
	for (int i = 0; i < 100; i++) {
		char name[32];
		uint64_t id;

		snprintf(name, sizeof(name), "root/a/n%d", i);
		id = make_dir(state, name);
		/* Inode numbers are used again here, unlike ids. */
		if (id != t.ids[4])
			assert_string_equal(cgroups_path(c, id), name + strlen("root"));
	}
	assert_string_equal(path, tree_paths[4]);
	cgroups_destroy(c);
	cgroups_destroy(NULL);
}

/* What the stand-in for file handles opens. */
static struct {
	const char *root; /* inode numbers are looked up directly in here... */
	const char *names[8];
	int err; /* ...unless this is set */
	int calls;
} handles;

static int open_by_id(uint64_t id, int flags)
{
	handles.calls++;
	for (size_t i = 0; !handles.err && i < ARRAY_SIZE(handles.names); i++) {
		struct stat st;
		char path[600];

		if (!handles.names[i])
			break;
		snprintf(path, sizeof(path), "%s%s", handles.root, handles.names[i]);
		if (!stat(path, &st) && st.st_ino == id)
			return open(path, flags | O_CLOEXEC);
	}
	return handles.err ? handles.err : -ESTALE;
}

static int remove_stand_ins(void **state)
{
	stand_in_open_by_id = NULL;
	stand_in_cgroup = stand_in_mountinfo = NULL;
	return sandbox_teardown(state);
}

#define WITH_STAND_INS(test) cmocka_unit_test_setup_teardown(test, sandbox_setup, remove_stand_ins)

/* Handles for all of the tree, and as a cgroup v2 mount of its own. */
static struct tree handled_tree(void **state)
{
	struct tree t = make_tree(state);

	memset(&handles, 0, sizeof(handles));
	handles.root = t.root;
	for (size_t i = 0; i < ARRAY_SIZE(tree_paths); i++)
		handles.names[i] = tree_paths[i];
	handles.names[5] = "/../rootless";
	stand_in_cgroup = t.root;
	stand_in_open_by_id = open_by_id;
	return t;
}

static void cgroups_ask_the_kernel_first(void **state)
{
	struct tree t = handled_tree(state);
	struct cgroups *c = open_tree(t.root);

	assert_string_equal(cgroups_path(c, t.ids[0]), "/");
	assert_int_equal(handles.calls, 0);
	assert_string_equal(cgroups_path(c, t.ids[3]), tree_paths[3]);
	assert_string_equal(cgroups_path(c, t.ids[3]), tree_paths[3]);
	assert_int_equal(handles.calls, 1);
	/* It says that it is gone: so it is, and nobody has to walk. */
	assert_null(cgroups_path(c, t.gone));
	assert_null(cgroups_path(c, t.gone));
	assert_int_equal(handles.calls, 2);
	assert_null(cgroups_path(c, make_dir(state, "root/not-for-handles")));
	assert_tree(c, &t);
	cgroups_destroy(c);
}

/* The handle leads out of the root, or is not for us: the tree still tells what is in it. */
static void cgroups_walk_where_handles_fail(void **state)
{
	static const int errors[] = {-EPERM, -EOPNOTSUPP, -EINVAL, -EMFILE};
	struct tree t = handled_tree(state);

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct cgroups *c = open_tree(t.root);

		handles.err = errors[i];
		handles.calls = 0;
		assert_string_equal(cgroups_path(c, t.ids[2]), "/a/b");
		assert_int_equal(handles.calls, 1);
		/* The walk found the others on its way. */
		assert_string_equal(cgroups_path(c, t.ids[4]), tree_paths[4]);
		assert_int_equal(handles.calls, 1);
		assert_tree(c, &t);
		cgroups_destroy(c);
	}
}

/* How often a directory was opened since it is watched by this descriptor. */
static int count_opens(int watch)
{
	char events[4096];
	int count = 0;
	ssize_t n;

	while ((n = read(watch, events, sizeof(events))) > 0)
		for (char *at = events; at < events + n;) {
			const struct inotify_event *e = (struct inotify_event *)at;

			count += !e->len; /* itself, and not what is in it */
			at += sizeof(*e) + e->len;
		}
	return count;
}

/* Many that are gone are one walk, by which those that are there are found. */
static void cgroups_walk_once_for_many(void **state)
{
	struct tree t = make_tree(state);
	struct cgroups *c = open_tree(t.root);
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	uint64_t ids[100];

	if (watch < 0 || inotify_add_watch(watch, sandbox_path(state, "root/a"), IN_OPEN) < 0) {
		print_message("skip - inotify: %s\n", strerror(errno));
		close(watch);
		cgroups_destroy(c);
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = (1ull << 62) + i;
	ids[50] = t.ids[2];
	cgroups_learn(c, ids, ARRAY_SIZE(ids));
	assert_int_equal(count_opens(watch), 1);
	/* Of all of them it is known now. */
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (i != 50)
			assert_null(cgroups_path(c, ids[i]));
	assert_string_equal(cgroups_path(c, t.ids[2]), "/a/b");
	assert_int_equal(count_opens(watch), 0);
	cgroups_learn(c, NULL, 0);
	assert_tree(c, &t);
	close(watch);
	cgroups_destroy(c);
}

static uint64_t removed_id;
static char removed_path[512];

/* It goes between the kernel's answer and the look at its name. */
static int open_and_remove(uint64_t id, int flags)
{
	int fd = id == removed_id ? open(removed_path, flags | O_CLOEXEC) : -1;

	rmdir(removed_path);
	return fd < 0 ? -ESTALE : fd;
}

static void cgroups_notice_a_removal(void **state)
{
	struct tree t = handled_tree(state);
	struct cgroups *c = open_tree(t.root);

	removed_id = make_dir(state, "root/doomed");
	/* Of the name that the kernel will show. */
	make_dir(state, "root/doomed (deleted)");
	snprintf(removed_path, sizeof(removed_path), "%s", sandbox_path(state, "root/doomed"));
	stand_in_open_by_id = open_and_remove;
	assert_null(cgroups_path(c, removed_id));
	assert_int_equal(access(removed_path, F_OK), -1);
	cgroups_destroy(c);
}

static void cgroups_find_their_mount(void **state)
{
	struct tree t = make_tree(state);
	struct cgroups *c = NULL;
	char line[700];

	snprintf(line, sizeof(line),
		 "1 0 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
		 "2 0 0:31 / %s rw - cgroup2 cgroup2 rw\n",
		 t.root);
	stand_in_mountinfo = sandbox_file(state, "mountinfo", line);
	c = open_tree(NULL);
	assert_tree(c, &t);
	cgroups_destroy(c);
	c = NULL;
	stand_in_mountinfo = sandbox_file(state, "mountinfo", "1 0 0:30 / /c rw - cgroup c rw\n");
	assert_int_equal(cgroups_create(NULL, &c), -ENOENT);
	stand_in_mountinfo = sandbox_path(state, "absent");
	assert_int_equal(cgroups_create(NULL, &c), -ENOENT);
	assert_int_equal(cgroups_create(sandbox_path(state, "absent"), &c), -ENOENT);
	assert_int_equal(cgroups_create(sandbox_path(state, "root/file"), &c), -ENOTDIR);
	assert_null(c);
}

/* The root is "/" in the eyes of the kernel: nothing to cut off its paths. */
static void cgroups_below_the_root_of_all(void **state)
{
	struct stat root, dir;
	struct cgroups *c;

	assert_int_equal(stat("/", &root), 0);
	assert_int_equal(stat(*state, &dir), 0);
	if (root.st_dev != dir.st_dev) {
		print_message("skip - %s is in another file system than /\n", (char *)*state);
		skip();
	}
	memset(&handles, 0, sizeof(handles));
	handles.root = "";
	handles.names[0] = *state;
	stand_in_cgroup = "/";
	stand_in_open_by_id = open_by_id;
	c = open_tree("/");
	assert_string_equal(cgroups_path(c, dir.st_ino), *state);
	assert_int_equal(handles.calls, 1);
	cgroups_destroy(c);
}

/* Of this machine's tree, every directory, if there is one that we may ask about. */
static void cgroups_of_this_machine(void **state)
{
	static const char *const some[] = {"", "/system.slice", "/user.slice", "/init.scope"};
	struct mounts *m;
	const char *root;

	(void)state;
	assert_int_equal(mounts_create(NULL, &m), 0);
	root = mounts_point_of_type(m, "cgroup2");
	if (!root)
		print_message("skip - no cgroup v2 on this machine\n");
	for (size_t i = 0; root && i < ARRAY_SIZE(some); i++) {
		struct cgroups *c = open_tree(NULL);
		char path[512];
		struct stat st;

		snprintf(path, sizeof(path), "%s%s", root, some[i]);
		if (!stat(path, &st))
			assert_string_equal(cgroups_path(c, st.st_ino), *some[i] ? some[i] : "/");
		cgroups_destroy(c);
	}
	mounts_destroy(m);
}

static void cgroups_survive_without_memory(void **state)
{
	struct tree t = make_tree(state);
	int err = -ENOMEM, failures = 0;

	for (long n = 0; err; n++) {
		struct cgroups *c = NULL;

		memory_fails_after(n);
		err = cgroups_create(t.root, &c);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, c ? 0 : -ENOMEM);
		failures += err != 0;
		cgroups_destroy(c);
	}
	assert_int_equal(failures, 3);
	/* A look-up that fails for want of memory is tried again the next time. */
	for (long n = 0, failed = 1; failed; n++) {
		struct cgroups *c = open_tree(t.root);
		const char *path;

		memory_fails_after(n);
		path = cgroups_path(c, t.ids[3]);
		failed = memory_failed();
		if (!failed)
			assert_non_null(path);
		failures += failed;
		cgroups_destroy(c);
	}
	assert_true(failures >= 10);
}

int test_cgroups(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(cgroups_walk_the_tree),
		SANDBOXED(cgroups_walk_once_for_many),
		WITH_STAND_INS(cgroups_ask_the_kernel_first),
		WITH_STAND_INS(cgroups_walk_where_handles_fail),
		WITH_STAND_INS(cgroups_notice_a_removal),
		WITH_STAND_INS(cgroups_find_their_mount),
		WITH_STAND_INS(cgroups_below_the_root_of_all),
		cmocka_unit_test(cgroups_of_this_machine),
		SANDBOXED(cgroups_survive_without_memory),
	};

	return cmocka_run_group_tests_name("cgroups", tests, NULL, NULL);
}
