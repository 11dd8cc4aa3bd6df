// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debug_files.c and debuginfo_note.c: a file is found wherever it may be kept, one of another build
 * is refused, and what is missing is said.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "made_debug.h"

/* Wherever it may be kept; `file` is what the paths begin with that it is moved to. */
static void check_kept(void **state, const char *file, const char *path, const char *dir,
		       const char *module)
{
	struct made_code code;
	uint64_t at;

	made_code_init(&code);
	at = made_code_add_outer(state, &code, file, module, CODE_NOWHERE);
	made_debug_run(state, "mkdir -p \"$(dirname '%s')\" && mv '%s' '%s'", path, file, path);
	made_code_open(state, &code, dir);
	made_code_check_outer(&code, at);
	made_code_deinit(&code);
	made_debug_run(state, "mv '%s' '%s'", path, file);
}

static void kernels_are_found_where_they_are_kept(void **state)
{
	static const char *const paths[][2] = {
		{"root/usr/lib/debug/.build-id/50/048adad8334e68f4b6edd81076c41b73d03ad8.debug",
		 NULL},
		{"root/usr/lib/debug/boot/vmlinux-" MADE_RELEASE, NULL},
		{"root/usr/lib/debug/lib/modules/" MADE_RELEASE "/vmlinux", NULL},
		{"root/lib/modules/" MADE_RELEASE "/build/vmlinux", NULL},
		{"root/boot/vmlinux-" MADE_RELEASE, NULL},
		{"dir/.build-id/50/048adad8334e68f4b6edd81076c41b73d03ad8.debug", "dir"},
		{"dir/usr/lib/debug/boot/vmlinux-" MADE_RELEASE, "dir"},
		{"dir/linux/out/vmlinux", "dir"},
		{"dir/vmlinux.of-web3", "dir"},
	};

	made_kernel(state, "made", MADE_KERNEL_ID);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		check_kept(state, "made", paths[i][0], paths[i][1], NULL);
}

static void modules_are_found_where_they_are_kept(void **state)
{
	static const char *const paths[][2] = {
		{"root/usr/lib/debug/.build-id/c7/1929815f65a321b3b962f245c389d5dd331c3f.debug",
		 NULL},
		{"root/usr/lib/debug/lib/modules/" MADE_RELEASE "/kernel/fs/nfs/nfs.ko", NULL},
		{"root/usr/lib/debug/lib/modules/" MADE_RELEASE "/kernel/fs/nfs/nfs.ko.debug",
		 NULL},
		{"root/lib/modules/" MADE_RELEASE "/updates/nfs.ko", NULL},
		{"dir/nfs.ko", "dir"},
		{"dir/a/b/nfs.ko.debug", "dir"},
	};

	made_module(state, "made", MADE_MODULE_ID);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		check_kept(state, "made", paths[i][0], paths[i][1], "nfs");
}

/* A directory is walked for the first image; the others are looked up in what was found. */
static void directories_are_walked_once(void **state)
{
	struct debug_trees trees = {};
	const struct debug_tree *tree;
	const char *dir = sandbox_path(state, "dir");

	made_debug_run(state, "mkdir -p dir/a/b && cd dir && touch vmlinux vmlinux-6.1.debug "
			      "a/nfs.ko a/b/nfs.ko.debug a/nfs.ko.xz a/ko a/notes a/x.debug && "
			      "mkdir a/dir.ko && ln -s nfs.ko a/link.ko");
	tree = debug_trees_get(&trees, dir);
	assert_non_null(tree);
	/* A link may lead to one. */
	assert_int_equal(tree->count, 5);
	assert_false(tree->cut_short);
	for (size_t i = 0; i < tree->count; i++)
		assert_null(strchr(tree->files[i].name, '/'));
	made_debug_run(state, "touch dir/new.ko");
	assert_ptr_equal(debug_trees_get(&trees, dir), tree);
	assert_int_equal(tree->count, 5);
	assert_int_equal(debug_trees_get(&trees, "/nonexistent")->count, 0);
	assert_ptr_equal(debug_trees_get(&trees, dir), tree);
	debug_trees_deinit(&trees);
}

/* As debug packages have them: nothing but debug info, and that compressed. */
static void lines_of_files_without_code(void **state)
{
	made_kernel(state, "whole", MADE_KERNEL_ID);
	made_debug_run(state, "objcopy --only-keep-debug --compress-debug-sections whole made");
	check_kept(state, "made", "dir/vmlinux", "dir", NULL);
	made_module(state, "whole", MADE_MODULE_ID);
	made_debug_run(state, "objcopy --only-keep-debug whole made");
	check_kept(state, "made", "dir/nfs.ko", "dir", "nfs");
}

/* Asks for outer() in what cannot be used, which has to be said. */
static void check_refused(void **state, const char *dir, const char *why)
{
	struct made_code code;
	const struct debug_line *lines;
	autofree char *note = NULL;
	uint64_t at;

	made_code_init(&code);
	at = made_code_add(&code, "outer", NULL, CODE_NOWHERE, 12);
	made_code_open(state, &code, dir);
	assert_int_equal(debuginfo_find(code.debuginfo, at, &lines), 0);
	assert_null(made_code_image(&code, 0).path);
	assert_has(made_code_image(&code, 0).why, why);
	note = made_code_note(&code, MADE_RELEASE);
	assert_has(note, "no debug info of the kernel");
	assert_int_equal(count_of(note, "linux-image-" MADE_RELEASE "-dbg"), 1);
	made_code_deinit(&code);
}

static void what_cannot_be_trusted_is_refused(void **state)
{
	check_refused(state, NULL, "none found");
	made_kernel(state, "vmlinux", "50048adad8334e68f4b6edd81076c41b73d03ad9");
	check_refused(state, ".", "vmlinux is of another build");
	/* By its name it is it. */
	made_debug_run(state, "mkdir -p dir/.build-id/50 && mv vmlinux dir/.build-id/50/"
			      "048adad8334e68f4b6edd81076c41b73d03ad8.debug");
	check_refused(state, "dir", ".debug is of another build");
	made_kernel(state, "vmlinux", MADE_KERNEL_ID);
	made_debug_run(state, "rm -r dir && mkdir dir && objcopy -g vmlinux dir/vmlinux");
	check_refused(state, "dir", "vmlinux has none in it");
	made_debug_run(state, "rm -r dir && mkdir dir && mkfifo dir/vmlinux && "
			      "ln -s loop dir/vmlinux-loop && : > dir/vmlinux-empty");
	check_refused(state, "dir", "none found");
}

/* As one line. */
static void unwrap(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (!strchr(" \n", *from))
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
}

static void notes_say_how_to_get_it(void **state)
{
	static const char *const how[][3] = {
		{"6.1.0-50-cloud-amd64", "apt install linux-image-6.1.0-50-cloud-amd64-dbg",
		 "debuginfod.debian.net"},
		{"6.8.0-45-generic", "linux-image-unsigned-6.8.0-45-generic-dbgsym",
		 "debuginfod.ubuntu.com"},
		{"6.11.4-301.fc41.x86_64",
		 "dnf debuginfo-install kernel-core-6.11.4-301.fc41.x86_64",
		 "debuginfod.fedoraproject.org"},
		{"6.4.0-150600.21-default", "zypper install kernel-default-debuginfo",
		 "debuginfod.opensuse.org"},
		{"6.18.0-arch1-1", "--debug-dir", "debuginfod.archlinux.org"},
		{"6.18.0", "--debug-dir", "debuginfod.elfutils.org"},
	};
	struct made_code code;
	const struct debug_line *lines;
	char *known;
	uint64_t at;

	made_code_init(&code);
	at = made_code_add(&code, "outer", NULL, CODE_NOWHERE, 12);
	made_code_open(state, &code, NULL);
	debuginfo_find(code.debuginfo, at, &lines);
	unsetenv("DEBUGINFOD_URLS");
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		autofree char *note = made_code_note(&code, how[i][0]);

		unwrap(note);
		assert_has(note, how[i][1]);
		assert_has(note, how[i][2]);
		assert_has(note, "DEBUGINFOD_URLS=");
		assert_lacks(note, "\x1b");
	}
	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:9", 1);
	known = made_code_note(&code, MADE_RELEASE);
	assert_lacks(known, "DEBUGINFOD_URLS");
	free(known);
	unsetenv("DEBUGINFOD_URLS");
	made_code_deinit(&code);
}

/* Of a release that is none: no command that somebody would run. */
static void notes_have_no_command_of_a_stranger(void **state)
{
	static const char *const releases[] = {
		"6.1.0-amd64; touch PWNED #",
		"6.1$(touch PWNED)-amd64",
		"6.1-amd64\ntouch PWNED",
		"-oDir::Etc=PWNED-amd64",
		"6.1\x1b[31m-amd64",
		"6.1 PWNED-amd64",
		"6.1\xff-amd64",
	};
	struct made_code code;
	const struct debug_line *lines;
	uint64_t at;

	made_code_init(&code);
	at = made_code_add(&code, "outer", NULL, CODE_NOWHERE, 12);
	made_code_open(state, &code, NULL);
	debuginfo_find(code.debuginfo, at, &lines);
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		autofree char *note = made_code_note(&code, releases[i]);

		assert_has(note, "To get it: --debug-dir");
		assert_lacks(note, "apt");
		assert_lacks(note, "PWNED");
		assert_lacks(note, "\x1b");
	}
	made_code_deinit(&code);
}

/* From a recording: whatever it says, no file but one of that build is read, and none is damaged.
 */
static void build_ids_that_are_none(void **state)
{
	static const char *const ids[] = {"",
					  "50",
					  "../../../../made",
					  "5004/../../x",
					  "50048ADA",
					  "50048adad8334e68f4b6edd81076c41b73d03ad"};

	made_kernel(state, "vmlinux", MADE_KERNEL_ID);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct made_code code;
		const struct debug_line *lines;
		uint64_t at;

		made_code_init(&code);
		snprintf(code.list[0].build_id, BUILD_ID, "%s", ids[i]);
		at = made_code_add(&code, "outer", NULL, CODE_NOWHERE, 12);
		made_code_open(state, &code, ".");
		assert_int_equal(debuginfo_find(code.debuginfo, at, &lines), 0);
		assert_null(made_code_image(&code, 0).path);
		assert_non_null(made_code_image(&code, 0).why);
		made_code_deinit(&code);
	}
}

/* Cut anywhere: no crash, and no line where the whole file has another. */
static void files_that_are_cut(void **state)
{
	const char *path;
	struct stat st;

	made_kernel(state, "vmlinux", MADE_KERNEL_ID);
	path = sandbox_path(state, "dir/vmlinux");
	made_debug_run(state, "mkdir dir");
	assert_int_equal(stat(sandbox_path(state, "vmlinux"), &st), 0);
	for (off_t size = st.st_size - 1; size > 0; size -= st.st_size / 40) {
		const struct debug_line *lines;
		struct made_code code;
		uint64_t at;

		made_code_init(&code);
		at = made_code_add(&code, "outer", NULL, CODE_NOWHERE, 12);
		made_debug_run(state, "head -c %lld vmlinux > '%s'", (long long)size, path);
		made_code_open(state, &code, "dir");
		debuginfo_find(code.debuginfo, at, &lines);
		made_code_deinit(&code);
	}
}

int test_debug_files(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(kernels_are_found_where_they_are_kept),
		SANDBOXED(modules_are_found_where_they_are_kept),
		SANDBOXED(directories_are_walked_once),
		SANDBOXED(lines_of_files_without_code),
		SANDBOXED(what_cannot_be_trusted_is_refused),
		SANDBOXED(notes_say_how_to_get_it),
		SANDBOXED(notes_have_no_command_of_a_stranger),
		SANDBOXED(build_ids_that_are_none),
		SANDBOXED(files_that_are_cut),
	};

	return cmocka_run_group_tests_name("debug_files", tests, NULL, NULL);
}
