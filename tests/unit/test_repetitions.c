// SPDX-License-Identifier: GPL-2.0-or-later
/* Survivors by repetition: in snapshots of made-up ledgers, and how a report tells them. */
#include "fixture.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"
#include "report_run.h"
#include "stand_ins.h"

/* Ticks before the clock at which repetitions began; each lasted 10 and paused for 5. */
static void make_spans(struct made_ledger *m, struct ledger_span *spans, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		spans[i] = (struct ledger_span){
			.begin = m->view.jiffies - 15 * (count - i),
			.end = m->view.jiffies - 15 * (count - i) + 10,
		};
	m->view.spans = spans;
	m->view.span_cnt = count;
}

/* Objects born so many ticks after the beginning of a repetition. */
static void born(struct made_ledger *m, uint32_t n, uint32_t origin, uint32_t rec, uint32_t class,
		 uint32_t span, int64_t after)
{
	made_objects(m, n, origin, rec, class,
		     (int64_t)m->view.jiffies - m->view.spans[span].begin - after, 8);
}

static void check_numbers(const uint64_t *is, const uint64_t *wanted, size_t count)
{
	assert_non_null(is);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(is[i], wanted[i]);
}

static void repetitions_are_told_apart_by_births(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "kmalloc-8", 8, 8);
	uint32_t steady = made_origin(m, cache, MADE_SITE(1), 8, 0);
	uint32_t once = made_origin(m, cache, MADE_SITE(2), 8, 0);
	uint32_t gone = made_origin(m, cache, MADE_SITE(3), 8, 0);
	struct ledger_span spans[4];
	const struct snapshot_origin *o;
	struct snapshot *s;

	make_spans(m, spans, 4);
	for (uint32_t i = 0; i < 4; i++) {
		born(m, 3, steady, 0, 0, i, 0);
		born(m, 4 + i, steady, 0, 0, i, 10);
		born(m, 100, steady, 0, 0, i, 11); /* between two: in none */
	}
	born(m, 5, once, 0, 0, 2, 5);
	made_freed(m, gone, 9);
	s = made_snapshot(m);
	assert_int_equal(s->repetition_cnt, 4);
	o = made_snapshot_origin(s, MADE_SITE(1));
	check_numbers(o->repetitions, (uint64_t[]){7, 8, 9, 10}, 4);
	assert_int_equal(o->per_run, 7);
	assert_int_equal(o->objects, 434);
	o = made_snapshot_origin(s, MADE_SITE(2));
	check_numbers(o->repetitions, (uint64_t[]){0, 0, 5, 0}, 4);
	assert_int_equal(o->per_run, 0);
	o = made_snapshot_origin(s, MADE_SITE(3));
	assert_null(o->repetitions);
	snapshot_destroy(s);
}

/* Jiffies begin below a wrap, so that nobody trusts their order. */
static void repetitions_survive_a_wrap_of_the_clock(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "kmalloc-8", 8, 8);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 8, 0);
	autofree struct ledger_span *spans = calloc(1000, sizeof(*spans));
	struct snapshot *s;

	assert_non_null(spans);
	m->view.jiffies = 7000;
	make_spans(m, spans, 1000);
	assert_true(spans[0].begin > spans[999].begin);
	for (uint32_t i = 0; i < 1000; i++)
		born(m, 1 + i % 3, origin, 0, 0, i, i % 11);
	s = made_snapshot(m);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(s->origins[0].repetitions[i], 1 + i % 3);
	assert_int_equal(s->origins[0].per_run, 1);
	snapshot_destroy(s);
}

static void repetitions_of_stacks_add_up(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "kmalloc-8", 8, 8);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 8, 0);
	uint32_t one = made_stack(m, (uint64_t[]){MADE_SITE(1), 1}, 2);
	uint32_t two = made_stack(m, (uint64_t[]){MADE_SITE(1), 2}, 2);
	uint32_t a = made_rec(m, origin, one, made_task(m, "a"));
	uint32_t b = made_rec(m, origin, one, made_task(m, "b"));
	uint32_t c = made_rec(m, origin, two, made_task(m, "a"));
	struct ledger_span spans[2];
	struct snapshot *s;

	make_spans(m, spans, 2);
	born(m, 10, origin, a, 3, 0, 1);
	born(m, 20, origin, b, 0, 1, 1);
	born(m, 5, origin, c, 0, 1, 1);
	s = made_snapshot(m);
	check_numbers(s->origins[0].repetitions, (uint64_t[]){10, 25}, 2);
	assert_int_equal(s->origins[0].stack_cnt, 2);
	check_numbers(s->origins[0].stacks[0].repetitions, (uint64_t[]){10, 20}, 2);
	check_numbers(s->origins[0].stacks[1].repetitions, (uint64_t[]){0, 5}, 2);
	snapshot_destroy(s);
}

/* Where some have no stack, those that have one speak for them. */
static void repetitions_of_stacks_are_estimated(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "kmalloc-8", 8, 8);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 8, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(1), 1}, 2);
	uint32_t rec = made_rec(m, origin, stack, 0);
	struct ledger_span spans[2];
	struct snapshot *s;

	make_spans(m, spans, 2);
	born(m, 10, origin, rec, 1, 0, 1); /* each stands for four */
	born(m, 30, origin, 0, 0, 0, 1);
	born(m, 10, origin, rec, 0, 1, 1);
	s = made_snapshot(m);
	check_numbers(s->origins[0].repetitions, (uint64_t[]){40, 10}, 2);
	check_numbers(s->origins[0].stacks[0].repetitions, (uint64_t[]){40, 10}, 2);
	snapshot_destroy(s);
}

static void repetitions_are_scaled_with_the_sample(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache, origin;
	struct ledger_span spans[2];
	struct snapshot *s;

	made_halve(m, 2);
	cache = made_cache(m, "kmalloc-8", 8, 8);
	origin = made_origin(m, cache, MADE_SITE(1), 8, 0);
	make_spans(m, spans, 2);
	born(m, 10, origin, 0, 0, 0, 1);
	born(m, 5, origin, 0, 0, 1, 1);
	s = made_snapshot(m);
	check_numbers(s->origins[0].repetitions, (uint64_t[]){40, 20}, 2);
	snapshot_destroy(s);
}

static void repetitions_need_memory(void **state)
{
	struct made_ledger *m = *state;
	uint32_t cache = made_cache(m, "kmalloc-8", 8, 8);
	uint32_t origin = made_origin(m, cache, MADE_SITE(1), 8, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_SITE(1), 1}, 2);
	uint32_t rec = made_rec(m, origin, stack, 0);
	uint32_t other = made_rec(m, origin, stack, made_task(m, "a"));
	struct ledger_span spans[3];
	struct snapshot *s = NULL;
	long successes = 0;

	make_spans(m, spans, 3);
	born(m, 10, origin, rec, 0, 0, 1);
	born(m, 10, origin, other, 0, 1, 1);
	for (;; successes++) {
		int err;

		memory_fails_after(successes);
		err = snapshot_create(&m->view, true, &s);
		if (!memory_failed()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		assert_null(s);
	}
	assert_true(successes > 15);
	snapshot_destroy(s);
}

static char *const argv[] = {"sh", "-c", "echo \033[31m\nhi", NULL};

static void fill(struct ledger_span *spans, uint32_t count)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "kmalloc-64", 64, 64);
	uint32_t steady = made_origin(m, cache, MADE_APPEND, 64, SS_ORIGIN_KMALLOC);
	uint32_t once = made_origin(m, cache, MADE_READDIR, 64, SS_ORIGIN_KMALLOC);

	make_spans(m, spans, count);
	for (uint32_t i = 0; i < count; i++)
		born(m, 7 + i % 2, steady, 0, 0, i, 1);
	born(m, 900, once, 0, 0, 0, 1);
	made_report_take(&made);
}

static void run_text_lists_what_every_repetition_left(void **state)
{
	struct report_run run = {.argv = argv, .wanted = 20, .counted = 20, .warmups = 1};
	struct ledger_span spans[20];
	autofree char *text = NULL, *failed = NULL;

	(void)state;
	fill(spans, 20);
	made.report.run = &run;
	text = made_report_write(&made, report_text);
	assert_non_null(strstr(text, "\nran sh -c echo \\x1b[31m\\nhi, 20 repetitions after 1 "
				     "warm-up: exit code 0\n"));
	assert_non_null(strstr(text, " 1. kmalloc-64 at nfs_readdir_folio_array_append"));
	assert_non_null(strstr(
		text, "    left by each repetition: at least 7 (7 8 7 8 7 8 7 8 7 8 7 8 ...)\n"));
	assert_null(strstr(text, " 2. "));
	/* 1,050 allocated in 20 repetitions; rates of a time that says nothing are not told. */
	assert_begins(text,
		      "1 leak: kmalloc-64 at nfs_readdir_folio_array_append+0x26 [nfs] leaves 7 "
		      "objects\n    or more, 448 B, each repetition\n");
	assert_has(text, " traced 30.0s  52 events/run\n");
	assert_has(text, " +/RUN ALLOC/R FREE/R  OLDEST ");
	assert_has(made_report_row(text, "kmalloc-64"), " 66 KiB    52      52      0 ");
	assert_lacks(text, "/s");
	assert_lacks(text, "/S");
	run = (struct report_run){.argv = argv,
				  .wanted = 30,
				  .counted = 20,
				  .failed = 3,
				  .exit_code = 137,
				  .killed_by = 9,
				  .interrupted = true};
	failed = made_report_write(&made, report_text);
	assert_non_null(strstr(failed, ", 20 repetitions of 30, interrupted\n"));
	assert_non_null(strstr(
		failed, "    3 runs with an error, the first with exit code 137: killed by signal "
			"9\n    (Killed)\n"));
	assert_non_null(strstr(failed, "    what the interrupted repetition left is live, and in "
				       "none of them\n"));
}

static void a_repetition_that_could_not_be_started_is_told(void **state)
{
	struct report_run run = {.argv = argv,
				 .wanted = 30,
				 .counted = 20,
				 .unstarted = 21,
				 .unstarted_why = "cannot run 'sh': No such file or directory"};
	autofree char *text = NULL, *tap = NULL, *json = NULL, *all = NULL;
	struct ledger_span spans[20];

	(void)state;
	fill(spans, 20);
	made.report.run = &run;
	text = made_report_write(&made, report_text);
	assert_has(text, ", 20 repetitions of 30: exit code 0\n    repetition 21 could not be "
			 "started (cannot run 'sh': No such file or\n    directory): what was");
	assert_lacks(text, "interrupted");
	assert_fits(text);
	tap = made_report_write(&made, report_tap);
	assert_has(tap, "\n# repetition 21 could not be started: cannot run 'sh': No such file or "
			"directory\n");
	json = made_report_write(&made, report_json);
	assert_has(json, "\"unstarted\": {");
	assert_has(json, "\"repetition\": 21,");
	assert_has(json, "\"why\": \"cannot run 'sh': No such file or directory\"");
	run.unstarted = 0;
	all = made_report_write(&made, report_json);
	assert_has(all, "\"unstarted\": null");
}

static void run_text_of_one_lists_all(void **state)
{
	struct report_run run = {.argv = argv, .wanted = 1, .counted = 1};
	struct ledger_span spans[1];
	autofree char *text = NULL;

	(void)state;
	fill(spans, 1);
	made.report.run = &run;
	text = made_report_write(&made, report_text);
	assert_non_null(strstr(text, "\nran sh -c echo \\x1b[31m\\nhi: exit code 0\n"));
	assert_non_null(strstr(text, " 2. "));
	assert_null(strstr(text, "left by each"));
	assert_has(text, " +/S ALLOC/S FREE/S ");
}

/* What two of three repetitions left is no leak, and the answer says of what it does not know. */
static void run_text_of_no_leak(void **state)
{
	struct report_run run = {.argv = argv, .wanted = 3, .counted = 3};
	struct ledger_span spans[3];
	struct made_ledger *m = &made.ledger;
	uint32_t origin = made_origin(m, made_cache(m, "kmalloc-64", 64, 64), MADE_APPEND, 64, 0);
	autofree char *text = NULL;

	(void)state;
	make_spans(m, spans, 3);
	born(m, 5, origin, 0, 0, 0, 1);
	born(m, 5, origin, 0, 0, 1, 1);
	made_report_take(&made);
	made.report.run = &run;
	text = made_report_write(&made, report_text);
	assert_begins(text, "no leak found in 3 repetitions; of 1 of 1 origin (640 B) that is "
			    "unknown\n\nunknown 1 origin, ");
}

static void run_json_has_every_repetition(void **state)
{
	struct report_run run = {
		.argv = argv, .wanted = 3, .counted = 3, .failed = 1, .exit_code = 7};
	struct ledger_span spans[3];
	const json_t *o, *told;
	json_t *report;
	autofree char *text = NULL;

	(void)state;
	fill(spans, 3);
	made.report.run = &run;
	made.report.command = "run";
	text = made_report_write(&made, report_json);
	report = json_loads(text, 0, NULL);
	assert_non_null(report);
	told = json_object_get(report, "run");
	assert_int_equal(json_array_size(json_object_get(told, "argv")), 3);
	assert_int_equal(json_integer_value(json_object_get(told, "exit_code")), 7);
	assert_true(json_is_null(json_object_get(told, "killed_by")));
	o = json_array_get(json_object_get(report, "origins"), 1);
	assert_int_equal(json_integer_value(json_object_get(o, "per_run")), 7);
	assert_int_equal(json_array_size(json_object_get(o, "repetitions")), 3);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(o, "repetitions"), 1)),
			 8);
	json_decref(report);
}

/* Wherever the cut falls, what is left is UTF-8. */
static void run_text_cuts_a_command_between_characters(void **state)
{
	char words[2][201], *const longest[] = {"xy", words[0], words[1], NULL};
	char *const shifted[] = {"x", words[0], words[1], NULL};

	(void)state;
	for (size_t i = 0; i < 200; i++)
		words[0][i] = words[1][i] = i % 2 ? '\xa4' : '\xc3';
	words[0][200] = words[1][200] = '\0';
	made_report_take(&made);
	for (int i = 0; i < 2; i++) {
		struct report_run run = {.argv = i ? shifted : longest, .wanted = 1, .counted = 1};
		autofree char *text = NULL;
		const char *cut;

		made.report.run = &run;
		text = made_report_write(&made, report_text);
		cut = strstr(text, "...");
		assert_non_null(cut);
		assert_memory_equal(cut - 2, "\xc3\xa4", 2);
	}
}

int test_repetitions(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(repetitions_are_told_apart_by_births),
		WITH_LEDGER(repetitions_survive_a_wrap_of_the_clock),
		WITH_LEDGER(repetitions_of_stacks_add_up),
		WITH_LEDGER(repetitions_of_stacks_are_estimated),
		WITH_LEDGER(repetitions_are_scaled_with_the_sample),
		WITH_LEDGER(repetitions_need_memory),
		WITH_REPORT(run_text_lists_what_every_repetition_left),
		WITH_REPORT(a_repetition_that_could_not_be_started_is_told),
		WITH_REPORT(run_text_of_one_lists_all),
		WITH_REPORT(run_text_of_no_leak),
		WITH_REPORT(run_text_cuts_a_command_between_characters),
		WITH_REPORT(run_json_has_every_repetition),
	};

	return cmocka_run_group_tests_name("repetitions", tests, NULL, NULL);
}
