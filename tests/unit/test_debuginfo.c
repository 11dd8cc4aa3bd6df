// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debuginfo.c and what is under it: lines and inlined functions are those of the source, and reach
 * nobody's terminal as they are.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "debug_path.h"
#include "frame_lines.h"
#include "made_debug.h"

static void check_path(const char *path, const char *directory, const char *expected)
{
	autofree char *found = debug_path(path, directory);

	assert_non_null(found);
	assert_string_equal(found, expected);
}

static void paths_lose_where_the_kernel_was_built(void **state)
{
	(void)state;
	check_path("/build/linux-6.12/fs/nfs/dir.c", "/build/linux-6.12", "fs/nfs/dir.c");
	check_path("debian/build/amd64/net/core/sock.c", "debian/build/amd64", "net/core/sock.c");
	check_path("./include/linux/slab.h", NULL, "include/linux/slab.h");
	/* Built beside its source. */
	check_path("/build/linux-6.12/out/../fs/dir.c", "/build/linux-6.12/out", "fs/dir.c");
	check_path("/build/linux-6.12/fs/dir.c", "/build/linux-6.12/out/x", "fs/dir.c");
	/* What both have tells nothing, or is no directory of both. */
	check_path("/usr/include/stdio.h", "/usr/src/linux", "/usr/include/stdio.h");
	check_path("/home/me/drv/drv.c", "/usr/src/linux", "/home/me/drv/drv.c");
	check_path("/build/linux-6.12/a.c", "/build/linux-6", "/build/linux-6.12/a.c");
	check_path("/build/linux", "/build/linux", "/build/linux");
	check_path("../a.c", NULL, "../a.c");
	check_path("../../x/../a.c", "", "../../a.c");
	check_path("/../a//b/./c/", NULL, "/a/b/c");
	check_path("a/..", NULL, "");
	check_path("", "/x", "");
	check_path("/", "/", "/");
}

static void lines_of_inlined_calls(void **state)
{
	static const struct made_line plain[] = {{"plain", "fs/main.c", LINE_PLAIN}};
	struct made_code code;
	uint64_t in_outer, in_plain;

	made_kernel(state, "vmlinux", MADE_KERNEL_ID);
	made_code_init(&code);
	in_outer = made_code_add_outer(state, &code, "vmlinux", NULL, CODE_NOWHERE);
	in_plain = made_code_add(&code, "plain", NULL, CODE_NOWHERE,
				 made_debug_symbol(state, "vmlinux", "after_plain") -
					 made_debug_symbol(state, "vmlinux", "plain"));
	made_code_open(state, &code, ".");
	made_code_check_outer(&code, in_outer);
	made_code_check(&code, in_plain, plain, 1);
	/* Again, from memory. */
	made_code_check_outer(&code, in_outer);
	assert_int_equal(made_code_image(&code, 0).places, 2);
	assert_int_equal(made_code_image(&code, 0).found, 2);
	assert_has(made_code_image(&code, 0).path, "/vmlinux");
	made_code_deinit(&code);
}

/* clang lists no addresses of its units. */
static void lines_without_a_list_of_addresses(void **state)
{
	struct made_code code;
	uint64_t in_outer;

	made_kernel(state, "vmlinux", MADE_KERNEL_ID);
	made_debug_run(state, "objcopy --remove-section=.debug_aranges vmlinux");
	made_code_init(&code);
	in_outer = made_code_add_outer(state, &code, "vmlinux", NULL, CODE_NOWHERE);
	made_code_open(state, &code, ".");
	made_code_check_outer(&code, in_outer);
	made_code_deinit(&code);
}

static void lines_of_what_addr2line_says(void **state)
{
	struct made_code code;
	const struct debug_line *lines;
	uint64_t in_outer;
	char name[128], place[512];
	FILE *f;

	made_kernel(state, "vmlinux", MADE_KERNEL_ID);
	made_code_init(&code);
	in_outer = made_code_add_outer(state, &code, "vmlinux", NULL, CODE_NOWHERE);
	made_code_open(state, &code, ".");
	made_debug_run(state, "addr2line -i -f -e vmlinux 0x%llx > said",
		       0xffffffff81000000ull + made_debug_symbol(state, "vmlinux", "after_call") -
			       1);
	f = fopen(sandbox_path(state, "said"), "re");
	assert_non_null(f);
	assert_int_equal(debuginfo_find(code.debuginfo, in_outer, &lines), 3);
	for (int i = 0; i < 3; i++) {
		char end[64];

		assert_int_equal(fscanf(f, "%127s %511s", name, place), 2);
		assert_string_equal(lines[i].function, name);
		snprintf(end, sizeof(end), "%s:%u", lines[i].file, lines[i].line);
		assert_has(place, end);
	}
	fclose(f);
	made_code_deinit(&code);
}

/* Two functions of one name: where each is from the beginning tells them. */
static void twins_are_told_by_their_place(void **state)
{
	static const char *const names[] = {"vmlinux", "nfs.ko"};

	for (int i = 0; i < 2; i++) {
		const struct made_line one[] = {{"twin", "mm/one.c", LINE_TWIN}};
		const struct made_line two[] = {{"twin", "mm/two.c", LINE_TWIN}};
		const struct debug_line *lines;
		const char *module = i ? "nfs" : NULL;
		uint64_t back_one, back_two, begin, at[3];
		struct made_code code;
		char *note;

		if (i)
			made_module(state, names[i], MADE_MODULE_ID);
		else
			made_kernel(state, names[i], MADE_KERNEL_ID);
		back_one = made_debug_symbol(state, names[i], "after_one");
		back_two = made_debug_symbol(state, names[i], "after_two");
		/* nm has them in order, and the last one is found. */
		begin = made_debug_symbol(state, names[i], "twin");
		made_debug_run(state, "nm -n '%s' | grep -c ' twin$' | grep -qx 2", names[i]);
		if (begin > back_one)
			begin -= back_two - back_one;
		made_code_init(&code);
		at[0] = made_code_add(&code, "twin", module, begin, back_one - begin);
		at[1] = made_code_add(&code, "twin", module, begin + back_two - back_one,
				      back_one - begin);
		at[2] = made_code_add(&code, "twin", module, CODE_NOWHERE, back_one - begin);
		made_code_open(state, &code, ".");
		made_code_check(&code, at[0], one, 1);
		made_code_check(&code, at[1], two, 1);
		assert_int_equal(debuginfo_find(code.debuginfo, at[2], &lines), 0);
		assert_int_equal(made_code_image(&code, 0).twins, 1);
		assert_int_equal(made_code_image(&code, 0).found, 2);
		note = made_code_note(&code, MADE_RELEASE);
		assert_string_equal(note,
				    "  lines    1 place not told: several functions there have the "
				    "same name.\n");
		free(note);
		made_code_deinit(&code);
	}
}

static void lines_of_a_module(void **state)
{
	struct made_code code;
	uint64_t at;

	made_module(state, "nfs.ko", MADE_MODULE_ID);
	made_code_init(&code);
	at = made_code_add_outer(state, &code, "nfs.ko", "nfs", 4711);
	made_code_open(state, &code, ".");
	made_code_check_outer(&code, at);
	assert_string_equal(made_code_image(&code, 0).module, "nfs");
	made_code_deinit(&code);
}

static void what_has_no_debug_info_of_its_own(void **state)
{
	struct made_code code;
	struct debuginfo_image image;
	const struct debug_line *lines;
	autofree char *note = NULL;
	uint64_t at, begin, nowhere;

	made_code_init(&code);
	at = made_code_add(&code, "bpf_prog_6deef7357e7b4530", "bpf", CODE_NOWHERE, 12);
	nowhere = code.images.first + 40 * code.images.apart;
	made_code_open(state, &code, NULL);
	assert_int_equal(debuginfo_find(code.debuginfo, at, &lines), 0);
	assert_int_equal(debuginfo_find(code.debuginfo, nowhere, &lines), 0);
	assert_int_equal(debuginfo_find(NULL, at, &lines), 0);
	assert_false(debuginfo_image(code.debuginfo, 0, &image));
	note = made_code_note(&code, MADE_RELEASE);
	assert_string_equal(note ? note : "", "");
	made_code_deinit(&code);

	/* At the very beginning of a function: it is another one that called last. */
	made_kernel(state, "vmlinux", MADE_KERNEL_ID);
	made_code_init(&code);
	begin = made_code_add(&code, "plain", NULL, CODE_NOWHERE, 0);
	made_code_open(state, &code, ".");
	assert_int_equal(debuginfo_find(code.debuginfo, begin, &lines), 0);
	made_code_deinit(&code);
}

static void frames_are_printed_with_lines(void **state)
{
	struct made_code code;
	autofree char *text = NULL;
	json_t *frame = json_object(), *inlined, *middle;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	uint64_t at;

	made_kernel(state, "vmlinux", MADE_KERNEL_ID);
	made_code_init(&code);
	at = made_code_add_outer(state, &code, "vmlinux", NULL, CODE_NOWHERE);
	made_code_open(state, &code, ".");
	frame_lines_text(f, 6, "outer+0x12", code.debuginfo, at);
	frame_lines_text(f, 6, "outer+0x12", NULL, at);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "      inner (fs/main.c:5) [inlined]\n"
				  "      middle (fs/main.c:9) [inlined]\n"
				  "      outer+0x12 (fs/main.c:13)\n"
				  "      outer+0x12\n");
	frame_lines_json(frame, code.debuginfo, at);
	inlined = json_object_get(frame, "inlined");
	assert_string_equal(json_string_value(json_object_get(frame, "file")), "fs/main.c");
	assert_int_equal(json_integer_value(json_object_get(frame, "line")), LINE_OUTER);
	assert_int_equal(json_array_size(inlined), 2);
	middle = json_array_get(inlined, 1);
	assert_string_equal(json_string_value(json_object_get(middle, "symbol")), "middle");
	assert_int_equal(json_integer_value(json_object_get(middle, "line")), LINE_MIDDLE);
	json_decref(frame);
	made_code_deinit(&code);
}

/* The compiler may be anybody's: nothing in a name reaches the terminal as it is. */
static void names_of_debug_info_are_escaped(void **state)
{
	struct made_code code;
	autofree char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	uint64_t at;

	made_kernel(state, "made", MADE_KERNEL_ID);
	made_debug_run(state,
		       "sed 's/fs\\/main\\.c/fs\\/\\x1b[31m\\x07/g; s/middle/mid\\x1b\\n\\xff/g' "
		       "made > vmlinux && rm made");
	made_code_init(&code);
	at = made_code_add_outer(state, &code, "vmlinux", NULL, CODE_NOWHERE);
	made_code_open(state, &code, ".");
	frame_lines_text(f, 6, "outer+0x12", code.debuginfo, at);
	assert_int_equal(fclose(f), 0);
	assert_has(text, "\\x1b");
	assert_lacks(text, "\x1b");
	assert_lacks(text, "\xff");
	assert_int_equal(count_of(text, "\n"), 3);
	made_code_deinit(&code);
}

int test_debuginfo(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_lose_where_the_kernel_was_built),
		SANDBOXED(lines_of_inlined_calls),
		SANDBOXED(lines_without_a_list_of_addresses),
		SANDBOXED(lines_of_what_addr2line_says),
		SANDBOXED(twins_are_told_by_their_place),
		SANDBOXED(lines_of_a_module),
		SANDBOXED(what_has_no_debug_info_of_its_own),
		SANDBOXED(frames_are_printed_with_lines),
		SANDBOXED(names_of_debug_info_are_escaped),
	};

	return cmocka_run_group_tests_name("debuginfo", tests, NULL, NULL);
}
