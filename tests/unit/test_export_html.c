// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_html.c, export_html_data.c: what is put into the page is the report, cut where it
 * is too large, and text whatever it holds. How the page shows it: tests/html.
 */
#include "fixture.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "export_html.h"
#include "export_html_data.h"
#include "json_output.h"
#include "made_page.h"
#include "made_report.h"
#include "read_json.h"
#include "stand_ins.h"

/* What is in the place of the report, as text. */
static char *write_data(const struct export_growth *growth)
{
	const size_t before = strlen(MADE_PAGE_BEFORE), after = strlen(MADE_PAGE_AFTER);
	autofree char *whole = NULL;
	size_t size;
	FILE *f = open_memstream(&whole, &size);

	assert_int_equal(export_html_recorded(&made.report, growth, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_true(size > before + after);
	assert_memory_equal(whole, MADE_PAGE_BEFORE, before);
	assert_memory_equal(whole + size - after, MADE_PAGE_AFTER, after);
	return strndup(whole + before, size - before - after);
}

static json_t *read_data(const struct export_growth *growth)
{
	autofree char *text = write_data(growth);
	json_t *data = json_loads(text, 0, NULL);

	assert_non_null(data);
	return data;
}

/* Frames of a stack of the page are those of the report. */
static void check_stack(const json_t *data, const json_t *stack, const json_t *expected)
{
	const json_t *frames = json_get(data, "frames"), *list = json_get(expected, "frames"), *at;
	size_t i;

	assert_true(json_equal(json_get(stack, "tasks"), json_get(expected, "tasks")));
	assert_true(json_equal(json_get(stack, "share"), json_get(expected, "share")));
	assert_int_equal(json_array_size(json_get(stack, "frames")), json_array_size(list));
	json_array_foreach (json_get(stack, "frames"), i, at)
		assert_true(json_equal(json_array_get(frames, json_integer_value(at)),
				       json_array_get(list, i)));
}

/* Whatever the page has of an origin is as in the report. */
static void check_origin(const json_t *data, json_t *origin, const json_t *expected)
{
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach (origin, name, value) {
		const json_t *other = json_get(expected, name);

		if (!strcmp(name, "stacks"))
			json_array_foreach (value, i, value)
				check_stack(data, value, json_array_get(other, i));
		else if (strcmp(name, "evidence") && strcmp(name, "made_with"))
			assert_true(json_equal(value, (json_t *)other));
	}
	assert_non_null(json_object_get(origin, "live_bytes"));
	assert_non_null(json_object_get(origin, "reason"));
}

static void page_has_the_report(void **state)
{
	json_t *data, *report, *origin;
	size_t i;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	data = read_data(NULL);
	report = json_read_report(NULL);
	json_array_foreach (json_get(json_get(data, "report"), "origins"), i, origin)
		check_origin(data, origin, json_array_get(json_get(report, "origins"), i));
	assert_int_equal(i, made.report.snapshot->origin_cnt);
	assert_true(json_equal(json_get(json_get(data, "report"), "caches"),
			       json_get(report, "caches")));
	assert_true(json_equal(json_get(json_get(data, "report"), "coverage"),
			       json_get(report, "coverage")));
	assert_int_equal(json_get_integer(json_get(data, "total"), "objects"),
			 made.report.snapshot->objects);
	assert_int_equal(json_get_integer(json_get(data, "left_out"), "stacks"), 0);
	assert_true(json_is_null(json_get(data, "growth")));
	json_decref(data);
	json_decref(report);
}

static void page_says_what_the_text_says_first(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "kmalloc-16", 16, 16);
	autofree char *text = NULL;
	char *line;
	json_t *data;

	(void)state;
	made_leaks(m, 500, made_origin(m, cache, MADE_APPEND, 16, SS_ORIGIN_KMALLOC), 0);
	text = made_report_text(&made);
	data = read_data(NULL);
	line = strtok(text, "\n");
	assert_true(!strncmp(line, "1 leak: kmalloc-16 at ", 22));
	assert_true(!strncmp(json_get_string(data, "answer"), line, strlen(line)));
	assert_null(strchr(json_get_string(data, "answer"), '\n'));
	assert_has(json_get_string(data, "trust"), "coverage full: every way into the slab");
	assert_string_equal(json_get_string(json_array_get(json_get(data, "more"), 0), "growth"),
			    "1.2/s");
	json_decref(data);
}

static void page_holds_any_name(void **state)
{
	static const char *const names[] = {
		"</script><b>",		  "<!--",     "a&lt;b",
		"x\xe2\x80\xa8y\xc3\xa9", "@REPORT@", "\x1b\x7f\"\\",
	};
	struct made_ledger *m = &made.ledger;
	autofree char *text = NULL;
	json_t *data, *origins;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		made_objects(m, 10 - i,
			     made_origin(m, made_cache(m, names[i], 64, 64), MADE_OTHER + 0x200 * i,
					 64, 0),
			     0, 0, 1, 64);
	made_report_take(&made);
	text = write_data(NULL);
	for (const char *p = text; *p; p++)
		assert_true(*p >= ' ' && *p < 0x7f && *p != '<' && *p != '>' && *p != '&');
	data = json_loads(text, 0, NULL);
	assert_non_null(data);
	origins = json_get(json_get(data, "report"), "origins");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(json_get_string(json_array_get(origins, i), "cache"), names[i]);
	json_decref(data);
}

/* Leaks of few bytes among very many origins, each with a name that takes room. */
static void fill_many(struct made_ledger *m, uint32_t origins)
{
	char name[SS_CACHE_NAME];
	uint32_t caches[500];

	for (uint32_t i = 0; i < ARRAY_SIZE(caches); i++) {
		snprintf(name, sizeof(name), "%046u", i);
		caches[i] = made_cache(m, name, 64 + i, 64 + i);
	}
	for (uint32_t i = 0; i < origins; i++) {
		uint32_t cache = caches[i % ARRAY_SIZE(caches)];
		uint32_t origin = made_origin(m, cache, MADE_OTHER + i, 64 + i, 0);

		if (i % 500)
			made_object(m, origin, 0, 0, 7, 64);
		else
			made_leaks(m, 100, origin, 0);
	}
}

static void page_of_many_origins_is_cut(void **state)
{
	enum { ORIGINS = 6000 };
	const struct snapshot *s;
	uint64_t objects = 0, bytes = 0, leaks = 0;
	const json_t *total, *left;
	json_t *data, *origins, *origin;
	size_t i;

	(void)state;
	fill_many(&made.ledger, ORIGINS);
	made_report_take(&made);
	s = made.report.snapshot;
	data = read_data(NULL);
	total = json_get(data, "total");
	left = json_get(json_get(data, "left_out"), "origins");
	origins = json_get(json_get(data, "report"), "origins");
	json_array_foreach (origins, i, origin) {
		objects += json_get_integer(origin, "live_objects");
		bytes += json_get_integer(origin, "live_bytes");
		leaks += !strcmp(json_get_string(origin, "verdict"), "leak");
	}
	assert_int_equal(leaks, report_leaks(&made.report));
	assert_int_equal(leaks, ORIGINS / 500);
	assert_true(i > 500 && i < 2000);
	assert_int_equal(json_array_size(json_get(data, "more")), i);
	assert_int_equal(json_get_integer(total, "origins"), ORIGINS);
	assert_int_equal(json_get_integer(total, "objects"), s->objects);
	assert_int_equal(json_get_integer(left, "origins"), ORIGINS - i);
	assert_int_equal(json_get_integer(left, "objects"), s->objects - objects);
	assert_int_equal(json_get_integer(left, "bytes"), s->bytes - bytes);
	json_decref(data);
}

static void page_cuts_stacks(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t origin = made_origin(m, made_cache(m, "dentry", 192, 192), MADE_ALLOC, 192, 0);
	const json_t *stacks;
	json_t *data;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		made_objects(
			m, 1 + i, origin,
			made_rec(m, origin,
				 made_stack(m, (uint64_t[]){MADE_ALLOC, MADE_OTHER + 0x200 * i}, 2),
				 0),
			0, 700, 192);
	made_report_take(&made);
	data = read_data(NULL);
	stacks = json_get(json_array_get(json_get(json_get(data, "report"), "origins"), 0),
			  "stacks");
	assert_int_equal(json_array_size(stacks), EXPORT_HTML_STACKS);
	assert_int_equal(json_get_integer(json_array_get(stacks, 0), "objects"), 100);
	assert_int_equal(json_get_integer(json_get(data, "left_out"), "stacks"),
			 100 - EXPORT_HTML_STACKS);
	json_decref(data);
}

/* The last of thousands gave the leak away: it is there, and they leave room for it. */
static void page_has_the_stack_that_gave_a_leak_away(void **state)
{
	enum { STACKS = 3000 };
	struct made_ledger *m = &made.ledger;
	uint32_t origin = made_origin(m, made_cache(m, "dentry", 192, 192), MADE_ALLOC, 192, 0);
	const struct verdict leak = {.kind = VERDICT_LEAK,
				     .why = VERDICT_OUTLIVES,
				     .by_stack = true,
				     .stack = STACKS - 1};
	const struct snapshot_stack *st;
	const json_t *origins, *stacks, *more;
	json_t *data;

	(void)state;
	for (uint32_t i = 0; i < STACKS; i++)
		made_objects(m, i == STACKS / 2 ? 1 : 2, origin,
			     made_rec(m, origin,
				      made_stack(m, (uint64_t[]){MADE_ALLOC, MADE_OTHER + i}, 2),
				      0),
			     0, 700, 192);
	made_report_take(&made);
	made.report.snapshot->origins[0].verdict = &leak;
	st = &made.report.snapshot->origins[0].stacks[STACKS - 1];
	assert_int_equal(st->objects, 1);
	json_output_begin();
	data = export_html_data(&made.report, NULL);
	origins = json_get(json_get(data, "report"), "origins");
	assert_int_equal(json_array_size(origins), 1);
	stacks = json_get(json_array_get(origins, 0), "stacks");
	assert_int_equal(json_array_size(stacks), EXPORT_HTML_STACKS);
	more = json_array_get(json_get(data, "more"), 0);
	stacks = json_array_get(stacks, json_get_integer(more, "by_stack"));
	assert_int_equal(json_get_integer(stacks, "objects"), 1);
	assert_int_equal(json_get_integer(more, "stacks_left_out"), STACKS - EXPORT_HTML_STACKS);
	json_decref(data);
}

static void page_has_growth(void **state)
{
	struct export_point points[1000];
	const struct export_series series = {1, points, ARRAY_SIZE(points)};
	const struct export_growth growth = {5000, &series, 1, 7};
	const json_t *one, *list, *last;
	json_t *data;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		points[i] = (struct export_point){5 * i, i, 16 * i};
	made_report_fill(&made);
	made_report_take(&made);
	data = read_data(&growth);
	one = json_array_get(json_get(json_get(data, "growth"), "series"), 0);
	assert_close(json_get_real(json_get(data, "growth"), "length_s"), 5000);
	assert_int_equal(json_get_integer(one, "origin"), 1);
	list = json_get(one, "points");
	assert_true(json_array_size(list) <= EXPORT_HTML_POINTS + 1);
	assert_true(json_array_size(list) > EXPORT_HTML_POINTS / 2);
	assert_int_equal(json_get_integer(json_get(data, "left_out"), "points"),
			 ARRAY_SIZE(points) - json_array_size(list));
	assert_int_equal(json_get_integer(json_get(data, "left_out"), "series"), 7);
	last = json_array_get(list, json_array_size(list) - 1);
	assert_close(json_real_value(json_array_get(last, 0)), 4995);
	assert_int_equal(json_integer_value(json_array_get(last, 1)), 999);
	assert_int_equal(json_integer_value(json_array_get(last, 2)), 999 * 16);
	json_decref(data);
}

static void page_may_be_missing(void **state)
{
	char *nothing = NULL;
	size_t size;
	FILE *f = open_memstream(&nothing, &size);
	int err;

	(void)state;
	made_report_take(&made);
	assert_true(export_html_built());
	made_page_missing = true;
	err = export_html(&made.report, f);
	assert_false(export_html_built());
	made_page_missing = false;
	fclose(f);
	assert_int_equal(err, -EOPNOTSUPP);
	assert_int_equal(size, 0);
	free(nothing);
}

static void page_is_whole_or_not_there(void **state)
{
	int err = -ENOMEM, failures = 0;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	made_report_check_errors(&made, export_html);
	for (long n = 0; err; n += 1 + n / 16) {
		autofree char *whole = NULL;
		size_t size;
		FILE *f = open_memstream(&whole, &size);

		memory_fails_after(n);
		err = export_html(&made.report, f);
		assert_int_equal(memory_failed(), err != 0);
		assert_true(!err || err == -ENOMEM);
		failures += err != 0;
		fclose(f);
		assert_int_equal(size > 0, err == 0);
	}
	assert_true(failures > 50);
}

int test_export_html(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(page_has_the_report),
		WITH_REPORT(page_says_what_the_text_says_first),
		WITH_REPORT(page_holds_any_name),
		WITH_REPORT(page_of_many_origins_is_cut),
		WITH_REPORT(page_cuts_stacks),
		WITH_REPORT(page_has_the_stack_that_gave_a_leak_away),
		WITH_REPORT(page_has_growth),
		WITH_REPORT(page_may_be_missing),
		WITH_REPORT(page_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("export_html", tests, NULL, NULL);
}
