// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * symbol_text.c and report_place.c: a place where code was unloaded and other code loaded since is
 * told as both, in text and in JSON, and counted.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"
#include "read_json.h"
#include "stand_ins.h"
#include "symbol_text.h"

/* nfs is unloaded, and this is in its place, at one of its functions. */
static void replace_nfs(void **state)
{
	const uint64_t seen = MADE_NOWHERE;
	const struct symbols_seen before = {&seen, 1, 1};

	stand_in_modules =
		sandbox_file(state, "modules", "lo\x1b 8192 0 - Live 0xffffffffc0200000\n");
	sandbox_file(state, "kallsyms",
		     "ffffffffc0200300 t lo_\x1bread\t[lo\x1b]\n"
		     "ffffffffa0000000 t late\t[late]\n");
	assert_int_equal(symbols_refresh(made.symbols, &before), 0);
	stand_in_modules = NULL;
}

static void place_is_told_as_both(void **state)
{
	char buf[SYMBOL_TEXT];

	replace_nfs(state);
	assert_string_equal(symbol_text(made.symbols, MADE_APPEND, true, buf),
			    "nfs_readdir_folio_array_append+0x26 [nfs]");
	assert_string_equal(symbol_text(made.symbols, MADE_READDIR, true, buf),
			    "lo_\\x1bread+0x42 [lo\\x1b] or nfs_readdir+0x142 [nfs]");
	assert_string_equal(symbol_text(made.symbols, MADE_READDIR, false, buf),
			    "lo_\\x1bread [lo\\x1b] or nfs_readdir [nfs]");
	assert_string_equal(symbol_text(made.symbols, MADE_NOWHERE, true, buf),
			    "late+0x0 [late] or code that is gone");
	assert_string_equal(symbol_text(made.symbols, MADE_NOWHERE + 4096, true, buf),
			    "(no symbol)");
	assert_string_equal(symbol_text(made.symbols, MADE_ITERATE, true, buf), "iterate_dir+0x5c");
}

/* Two are told, all are counted. */
static void place_of_many_is_cut(void **state)
{
	char buf[SYMBOL_TEXT], line[64];

	replace_nfs(state);
	for (int i = 0; i < 3; i++) {
		snprintf(line, sizeof(line), "m%d 8192 0 - Live 0xffffffffc0200000\n", i);
		stand_in_modules = sandbox_file(state, "modules", line);
		snprintf(line, sizeof(line), "ffffffffc0200300 t f%d\t[m%d]\n", i, i);
		sandbox_file(state, "kallsyms", line);
		assert_int_equal(symbols_refresh(made.symbols, NULL), 0);
		stand_in_modules = NULL;
	}
	symbol_text(made.symbols, MADE_READDIR, true, buf);
	assert_begins(buf, "f2+0x42 [m2] or ");
	assert_has(buf, " or 3 others");
}

/* Not as a recording has it: there, such a place has no name. */
static char *write_live(report_writer writer)
{
	char *whole = NULL;
	size_t size;
	FILE *f = open_memstream(&whole, &size);

	assert_non_null(f);
	made_report_take(&made);
	assert_int_equal(writer(&made.report, f), 0);
	assert_int_equal(fclose(f), 0);
	return whole;
}

static void report_says_which_places(void **state)
{
	autofree char *before = NULL, *text = NULL;

	made_report_fill(&made);
	before = write_live(report_text);
	assert_lacks(before, "  names ");
	replace_nfs(state);
	text = write_live(report_text);
	assert_has(text, "\n      lo_\\x1bread+0x42 [lo\\x1b] or nfs_readdir+0x142 [nfs]\n");
	assert_has(text,
		   "\n  names    of 2 places it cannot be told which code that is: what was ");
	assert_has(text, "late+0x0 [late] or code that is gone\n");
	assert_fits(text);
}

static void report_without_addresses_has_none(void **state)
{
	autofree char *text = NULL;

	made_report_fill(&made);
	replace_nfs(state);
	text = write_live(report_text);
	made_report_check_secrets(&made, text);
	free(text);
	made.report.show_addresses = true;
	text = write_live(report_text);
	assert_has(text, " or nfs_readdir+0x142 [nfs] 0xffffffffc0200342\n");
}

static const json_t *frame_with(const json_t *report, const char *field)
{
	const json_t *origin, *stack, *frame;
	size_t i, j, k;

	json_array_foreach (json_get(report, "origins"), i, origin)
		json_array_foreach (json_get(origin, "stacks"), j, stack)
			json_array_foreach (json_get(stack, "frames"), k, frame)
				if (json_object_get(frame, field))
					return frame;
	return NULL;
}

static void json_lists_what_it_may_be(void **state)
{
	autofree char *whole = NULL;
	const json_t *frame, *maybe;
	json_t *report;

	made_report_fill(&made);
	made_report_take(&made);
	report = json_read_report(NULL);
	assert_null(frame_with(report, "maybe"));
	assert_int_equal(json_get_integer(json_get(report, "coverage"), "places_ambiguous"), 0);
	json_decref(report);
	replace_nfs(state);
	whole = write_live(report_json);
	report = json_loads(whole, 0, NULL);
	assert_non_null(report);
	assert_int_equal(json_get_integer(json_get(report, "coverage"), "places_ambiguous"), 2);
	frame = frame_with(report, "maybe");
	assert_non_null(frame);
	assert_true(json_is_null(json_get(frame, "symbol")));
	assert_true(json_is_null(json_get(frame, "offset")));
	assert_true(json_is_null(json_get(frame, "module")));
	maybe = json_get(frame, "maybe");
	assert_int_equal(json_array_size(maybe), 2);
	assert_string_equal(json_get_string(json_array_get(maybe, 1), "symbol"), "nfs_readdir");
	assert_string_equal(json_get_string(json_array_get(maybe, 1), "module"), "nfs");
	assert_int_equal(json_get_integer(json_array_get(maybe, 1), "offset"), 0x142);
	assert_int_equal(json_get_integer(json_array_get(maybe, 0), "offset"), 0x42);
	made_report_check_secrets(&made, whole);
	json_decref(report);
}

int test_report_places(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(place_is_told_as_both),
		WITH_REPORT(place_of_many_is_cut),
		WITH_REPORT(report_says_which_places),
		WITH_REPORT(report_without_addresses_has_none),
		WITH_REPORT(json_lists_what_it_may_be),
	};

	return cmocka_run_group_tests_name("report, places", tests, NULL, NULL);
}
