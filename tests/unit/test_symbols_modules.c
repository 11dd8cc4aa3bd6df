// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * symbols.c while modules come and go, also in each other's place: what is still known after one
 * has gone, and what an address may be where two have been.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_symbols.h"
#include "stand_ins.h"
#include "symbols_private.h"

static void forget(struct symbols *s)
{
	stand_in_modules = NULL;
	symbols_destroy(s);
}

/* The modules changed: new names are found, and those of what was unloaded are kept. */
static void symbols_refresh_adds_and_keeps(void **state)
{
	struct symbols *s;

	stand_in_modules = sandbox_file(state, "modules", "nfs 1 0 - Live 0xffffffffc0200000\n");
	s = made_symbols(state, "ffffffff81000000 T a\n"
				"ffffffffc0200000 t nfs_open\t[nfs]\n");
	sandbox_file(state, "kallsyms",
		     "ffffffff81000000 T a\n"
		     "ffffffffc0300000 t xfs_open\t[xfs]\n");
	/* Same modules, other use counts and states: not read again. */
	sandbox_file(state, "modules", "nfs 1 5 lockd, Unloading 0xffffffffc0200000 (OE)\n");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_nameless(s, MOD + 0x100000);
	sandbox_file(state, "modules", "xfs 1 0 - Live 0xffffffffc0300000\n");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_symbol(s, MOD + 0x100000, "xfs_open", 0, "xfs");
	assert_symbol(s, MOD + 4, "nfs_open", 4, "nfs");
	assert_symbol(s, BASE + 4, "a", 4, NULL);
	forget(s);
}

/* A module that came back at another address between two looks. */
static void symbols_refresh_sees_a_module_move(void **state)
{
	struct symbols *s;

	stand_in_modules = sandbox_file(state, "modules", "nfs 1 0 - Live 0xffffffffc0200000\n");
	s = made_symbols(state, "ffffffffc0200000 t nfs_open\t[nfs]\n");
	sandbox_file(state, "kallsyms", "ffffffffc0300000 t nfs_open\t[nfs]\n");
	sandbox_file(state, "modules", "nfs 1 0 - Live 0xffffffffc0300000\n");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_symbol(s, MOD + 0x100001, "nfs_open", 1, "nfs");
	assert_symbol(s, MOD + 1, "nfs_open", 1, "nfs");
	forget(s);
}

/* What the kernel tells of a module that was loaded, or of none. */
static void set_modules(void **state, const char *modules, const char *kallsyms)
{
	char whole[4096];

	stand_in_modules = sandbox_file(state, "modules", modules);
	snprintf(whole, sizeof(whole), "ffffffff81000000 T a\n%s", kallsyms);
	sandbox_file(state, "kallsyms", whole);
}

static struct symbols *read_modules(void **state, const char *modules, const char *kallsyms)
{
	struct symbols *s = NULL;

	set_modules(state, modules, kallsyms);
	assert_int_equal(symbols_create(sandbox_path(state, "kallsyms"), &s), 0);
	return s;
}

static void assert_one_of_two(const struct symbols *s, uint64_t address, const char *now,
			      const char *before)
{
	struct symbol list[3], found = symbols_find(s, address);

	assert_null(found.name);
	assert_null(found.module);
	assert_int_equal(found.several, 2);
	assert_int_equal(symbols_may_be(s, address, list, ARRAY_SIZE(list)), 2);
	assert_string_equal(list[0].name, now);
	assert_false(list[0].gone);
	if (before)
		assert_string_equal(list[1].name, before);
	else
		assert_null(list[1].name);
	assert_true(list[1].gone);
	assert_int_equal(symbols_may_be(s, address, list, 1), 2);
	assert_string_equal(list[0].name, now);
	assert_int_equal(symbols_may_be(s, address, NULL, 0), 2);
}

#define OVERLAY                                                                                    \
	"ffffffffc0200000 t ovl_open\t[overlay]\n"                                                 \
	"ffffffffc0200100 t ovl_read\t[overlay]\n"                                                 \
	"ffffffffc0203e00 t ovl_exit\t[overlay]\n"
#define LOOP                                                                                       \
	"ffffffffc0201000 t lo_open\t[loop]\n"                                                     \
	"ffffffffc0201040 t lo_read\t[loop]\n"
#define OVERLAY_LOADED "overlay 20480 0 - Live 0xffffffffc0200000\n"
#define LOOP_LOADED    "loop 8192 0 - Live 0xffffffffc0201000\n"

/* Other code lies where some was: which of the two an address is of, nobody knows. */
static void symbols_of_two_modules_are_told_apart(void **state)
{
	struct symbols *s = read_modules(state, OVERLAY_LOADED, OVERLAY);

	assert_symbol(s, MOD + 0x1044, "ovl_read", 0xf44, "overlay");
	set_modules(state, "", "");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_symbol(s, MOD + 0x1044, "ovl_read", 0xf44, "overlay");
	assert_true(symbols_find(s, MOD + 0x1044).gone);
	set_modules(state, LOOP_LOADED, LOOP);
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_symbol(s, MOD + 4, "ovl_open", 4, "overlay");
	assert_symbol(s, MOD + 0xfff, "ovl_read", 0xeff, "overlay");
	assert_one_of_two(s, MOD + 0x1000, "lo_open", "ovl_read");
	assert_one_of_two(s, MOD + 0x103f, "lo_open", "ovl_read");
	assert_one_of_two(s, MOD + 0x1044, "lo_read", "ovl_read");
	assert_one_of_two(s, MOD + 0x1fff, "lo_read", "ovl_read");
	assert_symbol(s, MOD + 0x2000, "ovl_read", 0x1f00, "overlay");
	assert_symbol(s, MOD + 0x3e08, "ovl_exit", 8, "overlay");
	assert_symbol(s, BASE + 4, "a", 4, NULL);
	forget(s);
}

/* What had gone before an address was met is not what the address is of. */
static void symbols_of_what_was_gone_before(void **state)
{
	const uint64_t ran[] = {MOD + 0x1044, MOD + 0x104, BASE + 4, MOD + 0x1044};
	struct symbols *s = read_modules(state, OVERLAY_LOADED, OVERLAY);

	assert_false(symbols_ask_what_ran(s));
	set_modules(state, "", "");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_true(symbols_ask_what_ran(s));
	assert_symbol(s, MOD + 0x1048, "ovl_read", 0xf48, "overlay");
	memory_fails_after(0);
	assert_int_equal(symbols_what_ran(s, ran, ARRAY_SIZE(ran)), -ENOMEM);
	assert_true(memory_failed());
	assert_symbol(s, MOD + 0x1048, "ovl_read", 0xf48, "overlay");
	assert_int_equal(symbols_what_ran(s, ran, ARRAY_SIZE(ran)), 0);
	assert_false(symbols_ask_what_ran(s));
	/* Not overlay: somebody who came and went at its place. */
	assert_nameless(s, MOD + 0x1048);
	assert_symbol(s, MOD + 0x1044, "ovl_read", 0xf44, "overlay");
	set_modules(state, LOOP_LOADED, LOOP);
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_symbol(s, MOD + 0x1048, "lo_read", 8, "loop");
	assert_one_of_two(s, MOD + 0x1044, "lo_read", "ovl_read");
	assert_symbol(s, MOD + 0x104, "ovl_read", 4, "overlay");
	/* What it did there before it went, it may have done. */
	assert_int_equal(symbols_what_ran(s, (uint64_t[]){MOD + 0x1048}, 1), 0);
	set_modules(state, "", "");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_int_equal(symbols_what_ran(s, (uint64_t[]){MOD + 0x1050}, 1), 0);
	assert_symbol(s, MOD + 0x1048, "lo_read", 8, "loop");
	assert_symbol(s, MOD + 0x1050, "lo_read", 0x10, "loop");
	assert_nameless(s, MOD + 0x1058);
	assert_int_equal(symbols_find(s, MOD + 0x1044).several, 2);
	/* When nobody tells any more, it may be anywhere. */
	set_modules(state, OVERLAY_LOADED, OVERLAY);
	assert_int_equal(symbols_refresh(s, NULL), 0);
	set_modules(state, LOOP_LOADED, LOOP);
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_false(symbols_ask_what_ran(s));
	assert_one_of_two(s, MOD + 0x1070, "lo_read", "ovl_read");
	forget(s);
}

/* The same again at the same place is the same, and both are there in between. */
static void symbols_of_a_module_that_comes_again(void **state)
{
	struct symbols *s = read_modules(state, OVERLAY_LOADED, OVERLAY);

	set_modules(state, "", "");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	set_modules(state, OVERLAY_LOADED, OVERLAY);
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_symbol(s, MOD + 0x104, "ovl_read", 4, "overlay");
	assert_false(symbols_find(s, MOD + 0x104).gone);
	forget(s);
}

/* A new build: what begins elsewhere than it did is another place, and so is another function. */
static void symbols_of_a_module_that_was_built_again(void **state)
{
	struct symbols *s = read_modules(state, "m 4096 0 - Live 0xffffffffc0200000\n",
					 "ffffffffc0200000 t same\t[m]\n"
					 "ffffffffc0200100 t longer\t[m]\n"
					 "ffffffffc0200200 t moved\t[m]\n"
					 "ffffffffc0200300 t renamed\t[m]\n"
					 "ffffffffc0200400 t last\t[m]\n");

	stand_in_load = 1;
	set_modules(state, "m 4096 0 - Live 0xffffffffc0200000\n",
		    "ffffffffc0200000 t same\t[m]\n"
		    "ffffffffc0200100 t longer\t[m]\n"
		    "ffffffffc0200210 t moved\t[m]\n"
		    "ffffffffc0200300 t a_name\t[m]\n"
		    "ffffffffc0200400 t last\t[m]\n");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	stand_in_load = 0;
	assert_symbol(s, MOD + 0x20, "same", 0x20, "m");
	assert_symbol(s, MOD + 0x1ff, "longer", 0xff, "m");
	assert_one_of_two(s, MOD + 0x208, "longer", "moved");
	assert_one_of_two(s, MOD + 0x218, "moved", "moved");
	assert_one_of_two(s, MOD + 0x304, "a_name", "renamed");
	assert_symbol(s, MOD + 0x404, "last", 4, "m");
	forget(s);
}

/* Gone and there again between two looks, in the same place: its directory is another. */
static void symbols_refresh_sees_a_module_loaded_again(void **state)
{
	struct symbols *s;

	stand_in_load = 7;
	s = read_modules(state, LOOP_LOADED, LOOP);
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_int_equal(symbols_version(s), 1);
	stand_in_load = 8;
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_int_equal(symbols_version(s), 2);
	set_modules(state, "loop 4096 3 - Live 0xffffffffc0201000\n", LOOP);
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_int_equal(symbols_version(s), 2);
	assert_symbol(s, MOD + 0x1044, "lo_read", 4, "loop");
	stand_in_load = 0;
	forget(s);
}

/* One name for an address is no other function than another name for it, where both are there. */
static void symbols_of_a_module_have_aliases(void **state)
{
	struct symbols *s = read_modules(state, LOOP_LOADED,
					 "ffffffffc0201000 t lo_exit\t[loop]\n"
					 "ffffffffc0201000 t cleanup_module\t[loop]\n");

	set_modules(state, "", "");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	set_modules(state, LOOP_LOADED, "ffffffffc0201000 t lo_exit\t[loop]\n");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_symbol(s, MOD + 0x1004, "lo_exit", 4, "loop");
	forget(s);
}

/*
 * A module that came and went between two looks: its frames do not get the name of what lies
 * before it, nor of what is loaded in its place.
 */
static void symbols_of_a_module_that_nobody_saw(void **state)
{
	const uint64_t seen[] = {MOD + 0x1044, 0, MOD + 0x2044, MOD + 0x1044, MOD + 4, BASE + 4};
	const struct symbols_seen before = {seen, ARRAY_SIZE(seen), ARRAY_SIZE(seen)};
	struct symbols *s = read_modules(state, "m 4096 0 - Live 0xffffffffc0200000\n",
					 "ffffffffc0200000 t first\t[m]\n"
					 "ffffffffc0200f00 t last\t[m]\n");

	assert_symbol(s, MOD + 0xfff, "last", 0xff, "m");
	assert_nameless(s, MOD + 0x1000);
	assert_nameless(s, MOD + 0x1044);
	/* Nothing has changed: nothing is remembered. */
	assert_int_equal(symbols_refresh(s, &before), 0);
	set_modules(state, LOOP_LOADED, LOOP);
	assert_int_equal(symbols_refresh(s, &before), 0);
	assert_one_of_two(s, MOD + 0x1044, "lo_read", NULL);
	assert_symbol(s, MOD + 0x1045, "lo_read", 5, "loop");
	assert_symbol(s, MOD + 0x1043, "lo_read", 3, "loop");
	assert_nameless(s, MOD + 0x2044);
	assert_symbol(s, MOD + 4, "first", 4, "m");
	assert_symbol(s, BASE + 4, "a", 4, NULL);
	assert_int_equal(symbols_may_be(s, BASE + 4, NULL, 0), 1);
	forget(s);
}

/* While a module is loaded there is code that has pages of its own, and others lie in between. */
static void symbols_of_a_module_while_it_is_loaded(void **state)
{
	struct symbols *s = read_modules(state, LOOP_LOADED,
					 LOOP "ffffffffc0201080 t long_one\t[loop]\n"
					      "ffffffffc0204180 t lo_exit\t[loop]\n"
					      "ffffffffc020a010 t lo_init\t[loop]\n"
					      "ffffffffc020a090 t lo_setup\t[loop]\n");

	assert_symbol(s, MOD + 0x417f, "long_one", 0x30ff, "loop");
	assert_symbol(s, MOD + 0x4fff, "lo_exit", 0xe7f, "loop");
	assert_nameless(s, MOD + 0x5000);
	assert_nameless(s, MOD + 0xa00f);
	assert_symbol(s, MOD + 0xa014, "lo_init", 4, "loop");
	set_modules(state, "m 4096 0 - Live 0xffffffffc0206000\n",
		    "ffffffffc0206000 t first\t[m]\n");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_symbol(s, MOD + 0x6004, "first", 4, "m");
	assert_symbol(s, MOD + 0xa014, "lo_init", 4, "loop");
	forget(s);
}

/* Modules come and go while the names are read: what ran until then may be of any. */
static void symbols_of_a_module_that_came_while_they_were_read(void **state)
{
	const uint64_t ran[] = {MOD + 0x1040, MOD + 0x1044};
	const struct symbols_seen before = {ran, 1, 2};
	struct symbols *s = read_modules(state, "", "");

	set_modules(state, LOOP_LOADED, LOOP);
	stand_in_load = 7;
	stand_in_loads = true;
	assert_int_equal(symbols_refresh(s, &before), 0);
	stand_in_loads = false;
	assert_one_of_two(s, MOD + 0x1044, "lo_read", NULL);
	assert_symbol(s, MOD + 0x1045, "lo_read", 5, "loop");
	/* And they are read again. */
	assert_int_equal(symbols_refresh(s, &before), 0);
	assert_int_equal(symbols_version(s), 3);
	stand_in_load = 0;
	forget(s);
}

/* What is hidden stays so. */
static void symbols_mark_nothing_where_all_is_hidden(void **state)
{
	const uint64_t seen = MOD;
	const struct symbols_seen before = {&seen, 1, 1};
	struct symbols *s;

	stand_in_modules = sandbox_file(state, "modules", OVERLAY_LOADED);
	s = made_symbols(state, "0000000000000000 T a\n");
	sandbox_file(state, "modules", "");
	assert_int_equal(symbols_refresh(s, &before), 0);
	assert_true(symbols_hidden(s));
	forget(s);
}

/* How long a program is, only the next tells; what lies far behind it is not its. */
static void symbols_of_bpf_programs(void **state)
{
	struct symbols *s = read_modules(state, "",
					 "ffffffffc0100f00 t bpf_prog_1\t[bpf]\n"
					 "ffffffffc0102f00 t bpf_prog_2\t[bpf]\n"
					 "ffffffffc0200f00 t bpf_prog_3\t[bpf]\n");

	assert_symbol(s, MOD - 0xff000, "bpf_prog_1", 0x100, "bpf");
	assert_symbol(s, MOD - 0xfd001, "bpf_prog_2", 0xff, "bpf");
	assert_nameless(s, MOD - 0xfd000);
	assert_nameless(s, MOD + 0x1044);
	set_modules(state, LOOP_LOADED, LOOP "ffffffffc0101f00 t bpf_prog_4\t[bpf]\n");
	assert_int_equal(symbols_refresh(s, NULL), 0);
	assert_symbol(s, MOD + 0xfff, "bpf_prog_3", 0xff, "bpf");
	assert_symbol(s, MOD + 0x1044, "lo_read", 4, "loop");
	assert_one_of_two(s, MOD - 0xfe0f0, "bpf_prog_4", "bpf_prog_1");
	forget(s);
}

/* Modules that come and go all day in each other's place: what is known takes no memory again. */
static void symbols_refresh_needs_no_room_for_what_is_known(void **state)
{
	const uint64_t seen[] = {MOD + 0x5000, MOD + 0x1044};
	const struct symbols_seen before = {seen, ARRAY_SIZE(seen), ARRAY_SIZE(seen)};
	struct symbols *s = read_modules(state, OVERLAY_LOADED,
					 OVERLAY "ffffffffc0203e00 t cleanup_module\t[overlay]\n");
	size_t count = 0, names = 0;

	for (int i = 0; i < 100; i++) {
		switch (i % 3) {
		case 0:
			set_modules(state, LOOP_LOADED, LOOP);
			break;
		case 1:
			set_modules(state, "", "");
			break;
		case 2:
			set_modules(state, OVERLAY_LOADED,
				    OVERLAY "ffffffffc0203e00 t cleanup_module\t[overlay]\n");
			break;
		}
		assert_int_equal(symbols_refresh(s, &before), 0);
		if (i == 2) {
			count = s->count;
			names = s->names_used;
		}
	}
	assert_int_equal(s->count, count);
	assert_int_equal(s->names_used, names);
	assert_int_equal(symbols_version(s), 101);
	assert_symbol(s, MOD + 4, "ovl_open", 4, "overlay");
	assert_symbol(s, BASE + 4, "a", 4, NULL);
	forget(s);
}

/* Whatever goes wrong while reading again, what was known is found as before. */
static void symbols_refresh_survives_without_memory(void **state)
{
	int err = -ENOMEM, failures = 0;

	for (long n = 0; err; n++) {
		autofree char *many = malloc(250000);
		const uint64_t seen = MOD + 0x100000;
		const struct symbols_seen before = {&seen, 1, 1};
		struct symbols *s;
		size_t used = 0;

		stand_in_modules = sandbox_file(state, "modules", "a 1 0 - Live 0x1\n");
		s = made_symbols(state, "ffffffff81000000 T a\nffffffff81000100 T b\n");
		for (int i = 5000; i;
		     i--) /* downwards: unsorted, and more than there is room for */
			used += sprintf(many + used, "ffffffffc0%06x t function_%d\t[m]\n", i, i);
		sandbox_file(state, "kallsyms", many);
		sandbox_file(state, "modules", "b 1 0 - Live 0x1\n");
		memory_fails_after(n);
		err = symbols_refresh(s, &before);
		assert_int_equal(memory_failed(), err != 0);
		assert_true(!err || err == -ENOMEM);
		failures += err != 0;
		assert_symbol(s, BASE + 0x101, "b", 1, NULL);
		assert_symbol(s, BASE + 1, "a", 1, NULL);
		if (err)
			assert_nameless(s, 0xffffffffc0000010ull);
		else
			assert_symbol(s, 0xffffffffc0000010ull, "function_16", 0, "m");
		symbols_destroy(s);
	}
	stand_in_modules = NULL;
	assert_true(failures >= 2);
}

int test_symbols_modules(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(symbols_refresh_adds_and_keeps),
		SANDBOXED(symbols_refresh_sees_a_module_move),
		SANDBOXED(symbols_of_two_modules_are_told_apart),
		SANDBOXED(symbols_of_what_was_gone_before),
		SANDBOXED(symbols_of_a_module_that_comes_again),
		SANDBOXED(symbols_of_a_module_that_was_built_again),
		SANDBOXED(symbols_refresh_sees_a_module_loaded_again),
		SANDBOXED(symbols_of_a_module_have_aliases),
		SANDBOXED(symbols_of_a_module_that_nobody_saw),
		SANDBOXED(symbols_of_a_module_while_it_is_loaded),
		SANDBOXED(symbols_of_a_module_that_came_while_they_were_read),
		SANDBOXED(symbols_mark_nothing_where_all_is_hidden),
		SANDBOXED(symbols_of_bpf_programs),
		SANDBOXED(symbols_refresh_needs_no_room_for_what_is_known),
		SANDBOXED(symbols_refresh_survives_without_memory),
	};

	return cmocka_run_group_tests_name("symbols, modules", tests, NULL, NULL);
}
