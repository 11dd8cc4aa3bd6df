// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * suppressions.c and report_tap.c: what a file may hold, what a pattern matches,
 * what is passed over then, and a report that a test harness can read.
 */
#include "fixture.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"
#include "stand_ins.h"
#include "suppressions.h"
#include "verdict.h"

/* A file of `size` bytes. */
static const char *bytes_file(void **state, const char *content, size_t size)
{
	const char *path = sandbox_path(state, "suppressions");
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(content, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	return path;
}

#define READ(state, text, ret_s, why)                                                              \
	suppressions_read(bytes_file((state), (text), sizeof(text) - 1), (ret_s), (why))

static void suppressions_are_lines_of_patterns(void **state)
{
	struct suppressions *s = NULL;
	char why[320];

	assert_int_equal(READ(state,
			      "# known\n\n  leak:one \t\r\nleak:^two*three$\r\n\t# not: this\n"
			      "leak:with space\nleak:last",
			      &s, why),
			 0);
	assert_int_equal(s->count, 4);
	assert_string_equal(s->list[0].pattern, "one");
	assert_int_equal(s->list[0].line, 3);
	assert_string_equal(s->list[1].pattern, "^two*three$");
	assert_string_equal(s->list[2].pattern, "with space");
	assert_string_equal(s->list[3].pattern, "last");
	assert_int_equal(s->list[3].line, 7);
	suppressions_destroy(s);
	assert_int_equal(READ(state, "", &s, why), 0);
	assert_int_equal(s->count, 0);
	suppressions_destroy(s);
}

static void check_refused(void **state, const char *content, size_t size, const char *expected)
{
	struct suppressions *s = NULL;
	char why[320];

	assert_int_equal(suppressions_read(bytes_file(state, content, size), &s, why), -EINVAL);
	assert_null(s);
	if (!strstr(why, expected))
		fail_msg("'%s' is not in '%s'", expected, why);
	for (const char *p = why; *p; p++)
		assert_true(*p >= ' ' && *p < 0x7f);
}

#define REFUSED(state, text, expected) check_refused((state), (text), sizeof(text) - 1, (expected))

static void suppressions_refuse_what_is_none(void **state)
{
	const size_t megabytes = 3000000;
	autofree char *big = malloc(megabytes + 5);

	REFUSED(state, "leak:a\nrace:b\n",
		"suppressions:2: not a suppression (leak:PATTERN): 'race:b'");
	REFUSED(state, "nfs_readdir\n", ":1: not a suppression");
	REFUSED(state, "Leak:a\n", ":1: not a suppression");
	REFUSED(state, "leak :a\n", ":1: not a suppression");
	REFUSED(state, "leak:\n", ":1: no pattern: it would hide every leak");
	REFUSED(state, "leak:^$\n", ":1: no pattern");
	REFUSED(state, "leak:a\nleak:b\0c\n", ":2: a NUL byte");
	REFUSED(state, "\0", ":1: a NUL byte");
	REFUSED(state, "\033[31mred\377\n", "'\\x1b[31mred\\xff'");
	assert_non_null(big);
	memset(big, 'x', megabytes + 5);
	check_refused(state, big, megabytes, ":1: more than 4096 bytes: 'xxxx");
	memcpy(big, "leak:", 5);
	check_refused(state, big, megabytes, ":1: more than 4096 bytes");
	for (size_t i = 0; i < megabytes; i += 8)
		memcpy(big + i, "leak:ab\n", 8);
	check_refused(state, big, megabytes, ":100001: more than 100,000 patterns");
	memset(big, '\n', megabytes);
	big[megabytes - 1] = 'x';
	check_refused(state, big, megabytes, ":3000000: not a suppression");
}

static void suppressions_need_a_file(void **state)
{
	struct suppressions *s = NULL;
	char why[320];
	long successes = 0;

	assert_int_equal(suppressions_read("/nonexistent/file\n", &s, why), -ENOENT);
	assert_string_equal(why, "cannot read '/nonexistent/file\\n': No such file or directory");
	assert_int_equal(suppressions_read("/", &s, why), -EISDIR);
	assert_string_equal(why, "cannot read '/': Is a directory");
	assert_null(s);
	for (;; successes++) {
		int err;

		memory_fails_after(successes);
		err = READ(state, "leak:a\nleak:b\n", &s, why);
		if (!memory_failed())
			break;
		assert_int_equal(err, -ENOMEM);
		assert_null(s);
	}
	assert_true(successes >= 5);
	suppressions_destroy(s);
}

static void patterns_match_anywhere_unless_anchored(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{"readdir", "nfs_readdir_page", true},
		{"nfs", "nfs", true},
		{"nfs", "nf", false},
		{"^nfs", "nfs_readdir", true},
		{"^nfs", "xnfs", false},
		{"dir$", "nfs_readdir", true},
		{"dir$", "nfs_readdir_page", false},
		{"dir$", "dirdir", true},
		{"^nfs$", "nfs", true},
		{"^nfs$", "nfsd", false},
		{"^n*r$", "nfs_readdir", true},
		{"^n*r$", "nfs_readdirs", false},
		{"a*b*c", "xxaxxbxxcxx", true},
		{"a*b*c", "xxcxxbxxaxx", false},
		{"*", "anything", true},
		{"*", "", true},
		{"**a**", "a", true},
		{"a", "", false},
		{"^*b$", "aab", true},
		{"aab", "aaab", true}, /* starts again where it began */
		{"a$b", "a$b", true},  /* only at the end, */
		{"a^b", "a^b", true},  /* and only at the beginning */
		{"ab$", "abab", true},
		{"^a*ab$", "aab", true},
	};
	char name[2001], pattern[2001];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (suppressions_match(cases[i].pattern, cases[i].name) != cases[i].matches)
			fail_msg("'%s', '%s'", cases[i].pattern, cases[i].name);
	/* What takes for ever when every star is tried everywhere. */
	memset(name, 'a', 2000);
	for (int i = 0; i < 2000; i += 2)
		memcpy(pattern + i, "a*", 2);
	memcpy(pattern + 1998, "b$", 3);
	name[2000] = '\0';
	assert_false(suppressions_match(pattern, name));
}

static void suppressions_pass_over_stacks_and_origins(void **state)
{
	struct suppressions *s = NULL;
	const struct snapshot_origin *names, *dentries;
	char why[320];

	made_report_fill(&made);
	made_report_take(&made);
	assert_int_equal(READ(state,
			      "leak:nosuch\nleak:^iterate_dir$\nleak:^d_all\nleak:updatedb\n", &s,
			      why),
			 0);
	suppressions_apply(s, made.report.snapshot, made.symbols);
	names = made_snapshot_origin(made.report.snapshot, MADE_APPEND);
	assert_string_equal(names->stacks[0].suppressed_by, "^iterate_dir$");
	assert_null(names->stacks[1].suppressed_by);
	assert_null(names->suppressed_by);
	dentries = made_snapshot_origin(made.report.snapshot, MADE_ALLOC);
	assert_string_equal(dentries->suppressed_by, "^d_all");
	assert_int_equal(s->list[0].objects, 0);
	assert_int_equal(s->list[1].objects, 900);
	assert_int_equal(s->list[1].bytes, 900 * 16);
	assert_int_equal(s->list[2].objects, 400);
	assert_int_equal(s->list[3].objects, 0); /* a thread's name is none of a frame */
	suppressions_destroy(s);
	/* Both stacks, by different patterns; and modules have names, too. */
	assert_int_equal(READ(state, "leak:iterate\nleak:caller_\n", &s, why), 0);
	suppressions_apply(s, made.report.snapshot, made.symbols);
	assert_string_equal(names->suppressed_by, "caller_");
	suppressions_destroy(s);
	assert_int_equal(READ(state, "leak:^nfs$\n", &s, why), 0);
	suppressions_apply(s, made.report.snapshot, made.symbols);
	assert_string_equal(names->suppressed_by, "^nfs$");
	assert_int_equal(s->list[0].objects, 1000);
	suppressions_destroy(s);
}

/* What recordings of many hosts claim together is at most what a number can be. */
static void suppressions_count_without_wrapping(void **state)
{
	struct snapshot_origin *names, *dentries;
	struct suppressions *s = NULL;
	char why[320];

	made_report_fill(&made);
	made_report_take(&made);
	names = (struct snapshot_origin *)made_snapshot_origin(made.report.snapshot, MADE_APPEND);
	dentries = (struct snapshot_origin *)made_snapshot_origin(made.report.snapshot, MADE_ALLOC);
	names->bytes = 1000ull << 40;
	names->stacks[0].objects = 1ull << 62;
	dentries->objects = dentries->bytes = 1ull << 62;
	assert_int_equal(READ(state, "leak:^iterate_dir$\nleak:^d_all\n", &s, why), 0);
	for (int i = 0; i < 4; i++)
		suppressions_apply(s, made.report.snapshot, made.symbols);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(s->list[i].objects, INT64_MAX);
		assert_int_equal(s->list[i].bytes, INT64_MAX);
	}
	suppressions_destroy(s);
}

/* They are only found more slowly. */
static void suppressions_are_found_without_memory(void **state)
{
	const struct snapshot_origin *names, *dentries;
	struct suppressions *s = NULL;
	long successes = 0;
	char why[320];

	made_report_fill(&made);
	made_report_take(&made);
	names = made_snapshot_origin(made.report.snapshot, MADE_APPEND);
	dentries = made_snapshot_origin(made.report.snapshot, MADE_ALLOC);
	assert_int_equal(READ(state, "leak:caller_\nleak:iterate\nleak:^d_all\n", &s, why), 0);
	do {
		suppressions_forget(s);
		memory_fails_after(successes++);
		suppressions_apply(s, made.report.snapshot, made.symbols);
		assert_string_equal(names->stacks[0].suppressed_by, "iterate");
		assert_string_equal(names->stacks[1].suppressed_by, "caller_");
		assert_string_equal(dentries->suppressed_by, "^d_all");
		assert_int_equal(s->list[1].objects, 900);
	} while (memory_failed());
	assert_true(successes > 5);
	suppressions_destroy(s);
}

static void acquit(void)
{
	for (size_t i = 0; i < made.report.snapshot->origin_cnt; i++)
		made.report.snapshot->origins[i].verdict = NULL;
}

/* Every origin with survivors in this cache (NULL: any) leaks, and no other. */
static void accuse(const char *cache)
{
	static const struct verdict leak = {
		.kind = VERDICT_LEAK, .why = VERDICT_EACH_RUN, .share = NAN, .per_run = 7};

	acquit();
	for (size_t i = 0; i < made.report.snapshot->origin_cnt; i++) {
		struct snapshot_origin *o = &made.report.snapshot->origins[i];

		if (o->objects &&
		    (!cache || !strcmp(made.report.snapshot->caches[o->cache].name, cache)))
			o->verdict = &leak;
	}
}

static void suppressions_are_reported(void **state)
{
	struct suppressions *s = NULL;
	autofree char *text = NULL, *json = NULL;
	json_t *document;
	char why[320];

	made_report_fill(&made);
	made_report_take(&made);
	accuse("kmalloc-16");
	assert_int_equal(report_leaks(&made.report), 1);
	assert_int_equal(READ(state, "leak:nosuch\nleak:nfs_readdir\n", &s, why), 0);
	suppressions_apply(s, made.report.snapshot, made.symbols);
	made.report.suppressions = s;
	assert_int_equal(report_leaks(&made.report), 0);
	assert_int_equal(report_suppressed(&made.report), 1);
	text = made_report_write(&made, report_text);
	assert_non_null(strstr(text, "    suppressed by leak:nfs_readdir\n"));
	assert_non_null(strstr(text, "\n        1,000   16 KiB  line 2: leak:nfs_readdir\n"
				     "  1 pattern matched nothing\n"));
	json = made_report_write(&made, report_json);
	document = json_loads(json, 0, NULL);
	assert_non_null(document);
	assert_int_equal(json_array_size(json_object_get(json_object_get(document, "suppressions"),
							 "patterns")),
			 2);
	json_decref(document);
	suppressions_destroy(s);
}

static void tap_of_no_leak_passes(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	acquit();
	text = made_report_write(&made, report_tap);
	assert_string_equal(text, "TAP version 13\n1..1\nok 1 - no leak in 1,404 live objects of "
				  "15,493 (coverage full)\n");
}

static void tap_fails_for_each_leak(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	accuse("kmalloc-16");
	text = made_report_write(&made, report_tap);
	assert_ptr_equal(
		strstr(text, "TAP version 13\n1..1\nnot ok 1 - leak: kmalloc-16 at "
			     "nfs_readdir_folio_array_append+0x26 [nfs]: 1,000 objects of 10,000 "
			     "allocated, 16 KiB\n  ---\n"),
		text);
	assert_non_null(strstr(text, "    live_objects: 1000\n    live_bytes: 16000\n"));
	assert_non_null(strstr(text, "    tasks:\n      - \"ls\"\n      - \"find\"\n    stack:\n"
				     "      - \"nfs_readdir_folio_array_append+0x26 [nfs]\"\n"));
	assert_non_null(strstr(text, "      - \"(no symbol)\"\n  ...\n"));
	made_report_check_secrets(&made, text);
	made_report_check_errors(&made, report_tap);
}

/* # begins a directive in TAP, and a quote ends a string in YAML. */
static void tap_is_not_led_astray_by_names(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "a # TODO \\ \"b\n\033\377", 16, 16);
	uint32_t origin = made_origin(m, cache, MADE_NOWHERE, 16, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_NOWHERE}, 1);
	autofree char *text = NULL;

	(void)state;
	made_object(m, origin, made_rec(m, origin, stack, made_task(m, "\"#\\\n...")), 0, 5, 16);
	made_report_take(&made);
	accuse(NULL);
	text = made_report_write(&made, report_tap);
	assert_non_null(strstr(
		text,
		"not ok 1 - leak: a \\# TODO \\\\\\\\ \"b\\\\n\\\\x1b\\\\xff at (no symbol): "));
	assert_non_null(
		strstr(text, "    cache: \"a # TODO \\\\\\\\ \\\"b\\\\n\\\\x1b\\\\xff\"\n"));
	assert_non_null(strstr(text, "      - \"\\\"#\\\\\\\\\\\\n...\"\n"));
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p < 0x7f));
}

int test_suppressions(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(suppressions_are_lines_of_patterns),
		SANDBOXED(suppressions_refuse_what_is_none),
		SANDBOXED(suppressions_need_a_file),
		cmocka_unit_test(patterns_match_anywhere_unless_anchored),
		WITH_REPORT(suppressions_count_without_wrapping),
		WITH_REPORT(suppressions_pass_over_stacks_and_origins),
		WITH_REPORT(suppressions_are_found_without_memory),
		WITH_REPORT(suppressions_are_reported),
		WITH_REPORT(tap_of_no_leak_passes),
		WITH_REPORT(tap_fails_for_each_leak),
		WITH_REPORT(tap_is_not_led_astray_by_names),
	};

	return cmocka_run_group_tests_name("suppressions", tests, NULL, NULL);
}
