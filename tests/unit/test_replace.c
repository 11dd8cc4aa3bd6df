// SPDX-License-Identifier: GPL-2.0-or-later
/* replace.c: a reader finds the old file or the new one, and nothing else is left in the directory.
 */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "replace.h"

static int print(FILE *out, const void *arg)
{
	fputs(arg, out);
	return 0;
}

static int refuse(FILE *out, const void *arg)
{
	(void)arg;
	fputs("half", out);
	return -ENOMEM;
}

static const char *content(const char *path)
{
	static char line[64];
	autofile FILE *f = fopen(path, "re");

	assert_non_null(f);
	line[0] = '\0';
	assert_true(fgets(line, sizeof(line), f) || feof(f));
	return line;
}

static size_t files_in(const char *path)
{
	DIR *dir = opendir(path);
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void replace_makes_a_file_for_its_owner(void **state)
{
	const char *path = sandbox_path(state, "new.prom");

	assert_true(replace_applies(path));
	assert_int_equal(replace_check(path), 0);
	assert_int_equal(files_in(*state), 0);
	assert_int_equal(replace_write(path, print, "text"), 0);
	assert_string_equal(content(path), "text");
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(files_in(*state), 1);
}

static void replace_keeps_the_mode(void **state)
{
	const char *path = sandbox_file(state, "old.prom", "old and longer");

	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(replace_write(path, print, "text"), 0);
	assert_string_equal(content(path), "text");
	assert_int_equal(mode_of(path), 0644);
	/* But not one that would run as somebody else. */
	assert_int_equal(chmod(path, 04755), 0);
	assert_int_equal(replace_write(path, print, "more"), 0);
	assert_int_equal(mode_of(path), 0755);
}

/* Who has the old file open reads on in it. */
static void replace_leaves_the_old_file_to_its_readers(void **state)
{
	const char *path = sandbox_file(state, "old.prom", "old");
	autofile FILE *reader = fopen(path, "re");
	char text[16] = "";

	assert_int_equal(replace_write(path, print, "new"), 0);
	assert_non_null(fgets(text, sizeof(text), reader));
	assert_string_equal(text, "old");
}

static void replace_leaves_all_as_it_was_when_it_fails(void **state)
{
	const char *path = sandbox_file(state, "old.prom", "old");

	assert_int_equal(replace_write(path, refuse, NULL), -ENOMEM);
	assert_string_equal(content(path), "old");
	assert_int_equal(files_in(*state), 1);
	path = sandbox_path(state, "no/such");
	assert_int_equal(replace_check(path), -ENOENT);
	assert_int_equal(replace_write(path, print, "text"), -ENOENT);
	assert_int_equal(files_in(*state), 1);
}

static void replace_follows_a_link(void **state)
{
	const char *path = sandbox_file(state, "old.prom", "old");
	const char *link = sandbox_path(state, "link.prom");
	struct stat st;

	assert_int_equal(symlink("old.prom", link), 0);
	assert_int_equal(replace_write(link, print, "new"), 0);
	assert_string_equal(content(path), "new");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

/* The first write of a link that was set up before: not even then does it become the file. */
static void replace_follows_a_link_to_nothing_yet(void **state)
{
	const char *link = sandbox_path(state, "link.prom");
	struct stat st;

	assert_int_equal(mkdir(sandbox_path(state, "dir"), 0700), 0);
	assert_int_equal(symlink("dir/next.prom", link), 0);
	assert_int_equal(symlink("new.prom", sandbox_path(state, "dir/next.prom")), 0);
	assert_int_equal(replace_check(link), 0);
	assert_int_equal(replace_write(link, print, "new"), 0);
	assert_string_equal(content(sandbox_path(state, "dir/new.prom")), "new");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(symlink("loop", sandbox_path(state, "loop")), 0);
	assert_int_equal(replace_check(sandbox_path(state, "loop")), -ELOOP);
	assert_int_equal(symlink("no/such", sandbox_path(state, "nowhere")), 0);
	assert_int_equal(replace_check(sandbox_path(state, "nowhere")), -ENOENT);
	assert_int_equal(files_in(*state), 4);
}

static void replace_is_for_ordinary_files(void **state)
{
	const char *fifo = sandbox_path(state, "fifo");

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_false(replace_applies(fifo));
	assert_false(replace_applies("/dev/null"));
	assert_false(replace_applies(*state));
	assert_true(replace_applies(sandbox_file(state, "file", "")));
}

int test_replace(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(replace_makes_a_file_for_its_owner),
		SANDBOXED(replace_keeps_the_mode),
		SANDBOXED(replace_leaves_the_old_file_to_its_readers),
		SANDBOXED(replace_leaves_all_as_it_was_when_it_fails),
		SANDBOXED(replace_follows_a_link),
		SANDBOXED(replace_follows_a_link_to_nothing_yet),
		SANDBOXED(replace_is_for_ordinary_files),
	};

	return cmocka_run_group_tests_name("replace", tests, NULL, NULL);
}
