// SPDX-License-Identifier: GPL-2.0-or-later
/* export_folded.c, read back as its readers do: cut at the last space, then at semicolons. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_export.h"

struct line {
	char *part[64];
	size_t count; /* at least the thread and the cache */
	uint64_t value;
};

/* The next line, cut up in place; NULL: none. */
static char *read_line(char *text, struct line *ret)
{
	char *end = strchr(text, '\n'), *space, *rest = text;

	if (!*text)
		return NULL;
	assert_non_null(end);
	*end = '\0';
	for (const char *c = text; *c; c++)
		assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
	space = strrchr(text, ' ');
	assert_non_null(space);
	*space = '\0';
	assert_null(strchr(text, ' '));
	ret->value = strtoull(space + 1, &space, 10);
	assert_int_equal(*space, '\0');
	assert_true(ret->value);
	for (ret->count = 0; rest; ret->count++) {
		assert_true(ret->count < 64);
		ret->part[ret->count] = strsep(&rest, ";");
		assert_true(*ret->part[ret->count]);
	}
	assert_true(ret->count >= 3);
	return end + 1;
}

static uint64_t sum_of(char *text, const char *cache)
{
	struct line line;
	uint64_t sum = 0;

	for (char *at = text; (at = read_line(at, &line));)
		if (!cache || !strcmp(line.part[line.count - 1], cache))
			sum += line.value;
	return sum;
}

static void folded_shows_stacks_from_outside(void **state)
{
	autofree char *text = NULL;
	size_t size;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	text = made_export(export_folded, &size);
	assert_has(text, "ls;(no_symbol);iterate_dir;nfs_readdir_[nfs];"
			 "nfs_readdir_folio_array_append_[nfs];kmalloc-16 9600\n");
	assert_has(text, "find;(no_symbol);iterate_dir;nfs_readdir_[nfs];"
			 "nfs_readdir_folio_array_append_[nfs];kmalloc-16 4800\n");
	assert_has(text, "ls;caller_0;nfs_readdir_folio_array_append_[nfs];kmalloc-16 1600\n");
	/* 400 dentries, of which 4 have a stack: 3 to 1. */
	assert_has(text, "updatedb;lookup_slow;d_alloc;dentry 57600\n");
	assert_has(text, "(other);caller_1;d_alloc;dentry 19200\n");
	assert_has(text, "(unknown);(no_stack);caller_2;kmalloc-cg-2k 2048\n");
	/* What nothing is left of takes no room in a picture. */
	assert_lacks(text, "kmalloc-192");
	made_report_check_secrets(&made, text);
	assert_int_equal(sum_of(text, NULL), made.report.snapshot->bytes);
}

static void folded_counts_objects(void **state)
{
	autofree char *text = NULL;
	size_t size;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	text = made_export(export_folded_objects, &size);
	assert_has(text, "updatedb;lookup_slow;d_alloc;dentry 300\n");
	assert_int_equal(sum_of(text, NULL), made.report.snapshot->objects);
}

static void folded_shows_addresses_on_demand(void **state)
{
	autofree char *text = NULL;
	size_t size;

	(void)state;
	made.report.show_addresses = true;
	made_report_fill(&made);
	made_report_take(&made);
	text = made_export(export_folded, &size);
	assert_has(text, ";iterate_dir_0xffffffff8120005c;");
	assert_has(text, ";(no_symbol)_0xffffffffa0000000;");
	sum_of(text, NULL);
}

/* One line each, of four parts, with its number: no name breaks out of its place. */
static void folded_holds_any_name(void **state)
{
	autofree char *text = NULL;
	size_t size, lines = 0;
	struct line line;

	made_hostile_fill(&made, state);
	text = made_export(export_folded_objects, &size);
	for (char *at = text; (at = read_line(at, &line)); lines++) {
		assert_int_equal(line.count, 4);
		assert_string_equal(line.part[0], line.part[3]);
		assert_string_equal(line.part[1], "=cmd|'/C");
		assert_string_equal(line.part[2],
				    line.value % 2 ? "a\\x3bb\"c,d\\\\e{}\\x1b[m"
						   : "-f_[mod\\x3bule\\x20\"x\"\\x20\\\\\\x207]");
	}
	assert_int_equal(lines, MADE_HOSTILE);
	made_hostile_end(&made);
}

static void folded_tells_names_apart(void **state)
{
	autofree char *text = NULL;
	size_t size;

	made_hostile_fill(&made, state);
	text = made_export(export_folded_objects, &size);
	assert_has(text, "a\\x3bb\\x3bc;");
	assert_has(text, "a\\x20b\\x20\\x20c;");
	assert_has(text, "line\\nbreak;");
	assert_has(text, "\\x2012345;");
	assert_has(text, "\ncaf\xc3\xa9\\x209;");
	made_hostile_end(&made);
}

static void folded_is_whole_or_not_there(void **state)
{
	size_t size;
	autofree char *text = NULL;

	(void)state;
	made_report_take(&made);
	text = made_export(export_folded, &size);
	assert_int_equal(size, 0);
	made_report_fill(&made);
	made_report_take(&made);
	made_export_check_failures(export_folded);
	made_export_check_same(export_folded);
}

int test_export_folded(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(folded_shows_stacks_from_outside),
		WITH_REPORT(folded_counts_objects),
		WITH_REPORT(folded_shows_addresses_on_demand),
		WITH_REPORT(folded_holds_any_name),
		WITH_REPORT(folded_tells_names_apart),
		WITH_REPORT(folded_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("export_folded", tests, NULL, NULL);
}
