// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * symbols.c over made-up kallsyms files: which lines count, which name an address gets, and how
 * far a symbol reaches.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "interrupts.h"
#include "made_symbols.h"
#include "stand_ins.h"

#define REACH (256u << 10)

static void symbols_find_the_function_around(void **state)
{
	struct symbols *s = made_symbols(state, "ffffffff81000000 T _stext\n"
						"ffffffff81000100 t local\n"
						"ffffffff81000200 W weak\n"
						"ffffffff81000300 w weaker\n"
						"ffffffff81000400 T last\n");

	assert_false(symbols_hidden(s));
	assert_symbol(s, BASE, "_stext", 0, NULL);
	assert_symbol(s, BASE + 0xff, "_stext", 0xff, NULL);
	assert_symbol(s, BASE + 0x100, "local", 0, NULL);
	assert_symbol(s, BASE + 0x2ff, "weak", 0xff, NULL);
	assert_symbol(s, BASE + 0x300, "weaker", 0, NULL);
	assert_symbol(s, BASE + 0x412, "last", 0x12, NULL);
	symbols_destroy(s);
}

static void symbols_find_nothing_outside(void **state)
{
	struct symbols *s = made_symbols(state, "ffffffff81000000 T first\n"
						"ffffffff81000400 T last\n");

	assert_nameless(s, 0);
	assert_nameless(s, 1);
	assert_nameless(s, BASE - 1);
	assert_symbol(s, BASE + 0x400 + REACH - 1, "last", REACH - 1, NULL);
	assert_nameless(s, BASE + 0x400 + REACH);
	assert_nameless(s, UINT64_MAX);
	symbols_destroy(s);
}

/* Data, absolute symbols and what is no line of kallsyms at all. */
static void symbols_pass_over_what_is_no_function(void **state)
{
	struct symbols *s = made_symbols(state, "ffffffff81000000 T first\n"
						"ffffffff81000010 D data\n"
						"ffffffff81000020 d data2\n"
						"ffffffff81000030 A absolute\n"
						"ffffffff81000040 b bss\n"
						"ffffffff81000050 R rodata\n"
						"ffffffff81000060 ? odd\n"
						"\n"
						"garbage\n"
						"zzzz T no_address\n"
						"ffffffff81000070\n"
						"ffffffff81000074 T\n"
						"ffffffff81000078 TT two\n"
						"ffffffff8100007c  T spaces\n"
						"ffffffff81000080 T \n"
						" T nothing\n"
						"ffffffff81000090-T dash\n"
						"ffffffff81000100 T second\n");

	for (uint64_t at = 0; at < 0x100; at += 4)
		assert_symbol(s, BASE + at, "first", at, NULL);
	assert_symbol(s, BASE + 0x100, "second", 0, NULL);
	symbols_destroy(s);
}

/* A line cut off right behind its address must not take its name from the line before. */
static void symbols_ignore_a_line_cut_short(void **state)
{
	struct symbols *s = made_symbols(state, "ffffffff81000000 T first\n"
						"ffffffff81000040 ");

	assert_symbol(s, BASE + 0x40, "first", 0x40, NULL);
	symbols_destroy(s);
}

static void symbols_need_no_order_and_no_newline_at_the_end(void **state)
{
	struct symbols *s = made_symbols(state, "ffffffffc0200040 t b\t[m]\n"
						"ffffffff81000400 T c\n"
						"ffffffff81000000 T a\n"
						"ffffffff81000200 T last_line");

	assert_symbol(s, BASE + 1, "a", 1, NULL);
	assert_symbol(s, BASE + 0x201, "last_line", 1, NULL);
	assert_symbol(s, BASE + 0x401, "c", 1, NULL);
	assert_symbol(s, MOD + 0x41, "b", 1, "m");
	symbols_destroy(s);
}

static void symbols_know_modules(void **state)
{
	struct symbols *s = made_symbols(state, "ffffffff81000000 T vfs_read\n"
						"ffffffffc0200000 t nfs_readdir\t[nfs]\n"
						"ffffffffc0200100 T nfs_open\t[nfs]\n"
						"ffffffffc0300000 t nf_hook\t[nf]\n"
						"ffffffffc0400000 t nfs_late\t[nfs]\n"
						"ffffffffc0500000 t bpf_prog_1\t[bpf]\n"
						"ffffffff81000100 t after_modules\n");

	assert_symbol(s, MOD + 0x26, "nfs_readdir", 0x26, "nfs");
	assert_symbol(s, MOD + 0x100, "nfs_open", 0, "nfs");
	/* One module's name is the beginning of the other's. */
	assert_symbol(s, MOD + 0x100000, "nf_hook", 0, "nf");
	assert_symbol(s, MOD + 0x200000, "nfs_late", 0, "nfs");
	assert_symbol(s, MOD + 0x300000, "bpf_prog_1", 0, "bpf");
	assert_symbol(s, BASE + 0x100, "after_modules", 0, NULL);
	symbols_destroy(s);
}

/* Of several names for one address always the same, whatever the order of the file. */
static void symbols_choose_one_alias(void **state)
{
	static const char *const files[] = {
		"ffffffff81000000 T beta\nffffffff81000000 t alpha\nffffffff81000000 W gamma\n",
		"ffffffff81000000 W gamma\nffffffff81000000 T beta\nffffffff81000000 t alpha\n",
		"ffffffff81000000 t alpha\nffffffff81000000 t alpha\nffffffff81000000 T beta\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct symbols *s = made_symbols(state, files[i]);

		assert_symbol(s, BASE, "alpha", 0, NULL);
		assert_symbol(s, BASE + 0x33, "alpha", 0x33, NULL);
		symbols_destroy(s);
	}
}

static void symbols_keep_long_names(void **state)
{
	char content[1200], name[1001];
	struct symbols *s;

	memset(name, 'n', 1000);
	name[1000] = '\0';
	snprintf(content, sizeof(content), "ffffffff81000000 T %s\nffffffff81000100 T b\n", name);
	s = made_symbols(state, content);
	assert_symbol(s, BASE, name, 0, NULL);
	assert_symbol(s, BASE + 0x100, "b", 0, NULL);
	symbols_destroy(s);
}

/* More than one growth of every array. */
static void symbols_read_large_files(void **state)
{
	enum { LINES = 20000 };
	autofree char *content = malloc(LINES * 48 + 1);
	struct symbols *s;
	size_t used = 0;

	for (int i = 0; i < LINES; i++)
		used += sprintf(content + used, "%016llx t function_%d%s\n",
				BASE + 16ull * (LINES - i), i, i % 2 ? "\t[m]" : "");
	s = made_symbols(state, content);
	for (int i = 0; i < LINES; i += 7) {
		char name[32];

		snprintf(name, sizeof(name), "function_%d", i);
		assert_symbol(s, BASE + 16ull * (LINES - i) + 3, name, 3, i % 2 ? "m" : NULL);
	}
	symbols_destroy(s);
}

static void symbols_say_when_they_are_hidden(void **state)
{
	struct symbols *s = made_symbols(state, "0000000000000000 T _stext\n"
						"0000000000000000 t local\n"
						"0000000000000000 t other\t[nfs]\n");

	assert_true(symbols_hidden(s));
	assert_nameless(s, BASE);
	assert_nameless(s, 0);
	symbols_destroy(s);

	s = made_symbols(state, "");
	assert_true(symbols_hidden(s));
	assert_nameless(s, BASE);
	symbols_destroy(s);

	/* One symbol at 0 says nothing about the others. */
	s = made_symbols(state, "0000000000000000 T zero\nffffffff81000000 T a\n");
	assert_false(symbols_hidden(s));
	assert_nameless(s, 0);
	assert_symbol(s, BASE, "a", 0, NULL);
	symbols_destroy(s);
}

static void symbols_need_a_file(void **state)
{
	struct symbols *s = NULL;

	assert_int_equal(symbols_create(sandbox_path(state, "absent"), &s), -ENOENT);
	assert_null(s);
	symbols_destroy(NULL);
}

static void symbols_range_is_one_function(void **state)
{
	struct symbols *s = made_symbols(state, "ffffffff81000000 T a\n"
						"ffffffff81000100 T kmalloc\n"
						"ffffffff81000100 T kmalloc_alias\n"
						"ffffffff81000180 t next\n"
						"ffffffffc0200000 t in_module\t[m]\n"
						"ffffffffc0200100 t end\t[m]\n");
	uint64_t start = 7, end = 7;

	assert_true(symbols_range(s, "kmalloc", &start, &end));
	assert_true(start == BASE + 0x100 && end == BASE + 0x180);
	assert_true(symbols_range(s, "kmalloc_alias", &start, &end));
	assert_true(start == BASE + 0x100 && end == BASE + 0x180);
	assert_true(symbols_range(s, "a", &start, &end));
	assert_true(start == BASE && end == BASE + 0x100);
	assert_true(symbols_range(s, "next", &start, &end));
	assert_true(start == BASE + 0x180 && end == MOD);
	start = end = 7;
	assert_false(symbols_range(s, "kmallo", &start, &end));
	assert_false(symbols_range(s, "kmalloc_", &start, &end));
	assert_false(symbols_range(s, "in_module", &start, &end));
	assert_false(symbols_range(s, "", &start, &end));
	assert_true(start == 7 && end == 7);
	symbols_destroy(s);
}

/* Where the last function ends is not known: nothing, or nothing in it. */
static void symbols_range_of_the_last_function(void **state)
{
	static const char *const files[] = {
		"ffffffff81000000 T a\nffffffff81000100 T last\n",
		"ffffffff81000000 T a\nffffffff81000100 T last\nffffffff81000100 T last_too\n",
		"ffffffff81000100 T last\n",
		"",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct symbols *s = made_symbols(state, files[i]);
		uint64_t start, end;

		if (symbols_range(s, "last", &start, &end))
			assert_true(start == BASE + 0x100 && end == start);
		symbols_destroy(s);
	}
}

/* An interrupt's way in, and what only sounds like it. */
static void symbols_ranges_of_interrupts(void **state)
{
	struct symbols *s =
		made_symbols(state, "ffffffff81000000 T asm_exc_page_fault\n"
				    "ffffffff81000040 T asm_sysvec_apic_timer_interrupt\n"
				    "ffffffff81000060 T asm_sysvec_reschedule_ipi\n"
				    "ffffffff81000080 T sysvec_reschedule_ipi\n"
				    "ffffffff81000100 T asm_common_interrupt\n"
				    "ffffffff81000120 T next\n"
				    "ffffffffc0200000 t asm_sysvec_mine\t[m]\n"
				    "ffffffffc0200100 t end\t[m]\n");
	const uint64_t wanted[] = {BASE + 0x40, BASE + 0x60,  BASE + 0x60,
				   BASE + 0x80, BASE + 0x100, BASE + 0x120};
	struct addresses ranges = {};

	for (int again = 0; again < 2; again++) {
		assert_int_equal(interrupts_read(s, &ranges), 0);
		assert_int_equal(ranges.count, ARRAY_SIZE(wanted));
		assert_memory_equal(ranges.at, wanted, sizeof(wanted));
	}
	assert_false(interrupts_has(&ranges, BASE + 0x3f));
	assert_true(interrupts_has(&ranges, BASE + 0x40));
	assert_true(interrupts_has(&ranges, BASE + 0x60));
	assert_true(interrupts_has(&ranges, BASE + 0x7f));
	assert_false(interrupts_has(&ranges, BASE + 0x80));
	assert_true(interrupts_has(&ranges, BASE + 0x11f));
	assert_false(interrupts_has(&ranges, BASE + 0x120));
	addresses_clear(&ranges);
	assert_false(interrupts_has(&ranges, BASE + 0x40));
	addresses_deinit(&ranges);
	symbols_destroy(s);
}

/* The kernel's own file may be missing or closed to us; a file that was asked for may not. */
static void symbols_do_without_the_kernels_file(void **state)
{
	struct symbols *s = NULL;

	stand_in_kallsyms = sandbox_path(state, "absent");
	assert_int_equal(symbols_create(NULL, &s), 0);
	assert_true(symbols_hidden(s));
	assert_nameless(s, BASE);
	symbols_destroy(s);
	stand_in_kallsyms = sandbox_file(state, "kallsyms", "ffffffff81000000 T a\n");
	assert_int_equal(symbols_create(NULL, &s), 0);
	assert_symbol(s, BASE, "a", 0, NULL);
	symbols_destroy(s);
	stand_in_kallsyms = NULL;
}

static void symbols_survive_without_memory(void **state)
{
	const char *path = sandbox_file(state, "kallsyms",
					"ffffffff81000000 T a\n"
					"ffffffffc0200000 t b\t[m]\n");
	int err = -ENOMEM, failures = 0;

	for (long n = 0; err; n++) {
		struct symbols *s = NULL;

		memory_fails_after(n);
		err = symbols_create(path, &s);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, s ? 0 : -ENOMEM);
		failures += err != 0;
		symbols_destroy(s);
	}
	assert_true(failures >= 4);
}

int test_symbols(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(symbols_find_the_function_around),
		SANDBOXED(symbols_find_nothing_outside),
		SANDBOXED(symbols_pass_over_what_is_no_function),
		SANDBOXED(symbols_ignore_a_line_cut_short),
		SANDBOXED(symbols_need_no_order_and_no_newline_at_the_end),
		SANDBOXED(symbols_know_modules),
		SANDBOXED(symbols_choose_one_alias),
		SANDBOXED(symbols_keep_long_names),
		SANDBOXED(symbols_read_large_files),
		SANDBOXED(symbols_say_when_they_are_hidden),
		SANDBOXED(symbols_need_a_file),
		SANDBOXED(symbols_range_is_one_function),
		SANDBOXED(symbols_range_of_the_last_function),
		SANDBOXED(symbols_ranges_of_interrupts),
		SANDBOXED(symbols_do_without_the_kernels_file),
		SANDBOXED(symbols_survive_without_memory),
	};

	return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
