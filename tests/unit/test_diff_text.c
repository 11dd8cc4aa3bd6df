// SPDX-License-Identifier: GPL-2.0-or-later
/* diff_text.c, diff_json.c and diff_notes.c. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_diff.h"
#include "read_json.h"

static void nothing_at_all(void **state)
{
	autofree char *text = NULL, *json = NULL;

	(void)state;
	made_diff();
	assert_int_equal(made_difference->row_cnt, 0);
	assert_int_equal(diff_failed(made_difference), 0);
	text = made_diff_write(diff_text);
	assert_begins(text, "nothing is worse: ");
	assert_has(text, "\n  none\n");
	assert_lacks(text, "!  ");
	assert_fits(text);
	json = made_diff_write(diff_json);
	assert_has(json, "\"origins\": []");
}

static void text_tells_what_is_worse(void **state)
{
	autofree char *text = NULL, *all = NULL;

	(void)state;
	made_diff_put(&made_a, "kmalloc-64", "big_change", NULL, 32 * MADE_DIFF_MANY,
		      VERDICT_STEADY);
	made_diff_put(&made_a, "dentry", "gone_one", NULL, MADE_DIFF_MANY, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-32", "add_key", "keys", 69952, VERDICT_LEAK);
	made_diff();
	made_difference->top = 1;
	text = made_diff_write(diff_text);
	assert_begins(text, "1 new leak: kmalloc-32 at add_key [keys] now has 68 KiB, 2.3 KiB/s;");
	assert_has(text, "1 new, 2 gone, 0 grown, 0 shrunk, 0 the same");
	assert_has(text, "compared by bytes: both booked for about as long");
	assert_has(text, " 1. kmalloc-64 at big_change\n    gone: -32 MiB, -524,288 objects, "
			 "-1.1 MiB/s\n    A  524,288 objects, 32 MiB, 1.1 MiB/s; steady: ");
	assert_has(text, "    B  never seen\n");
	/* Below the rows that are asked for, and shown: it is why the exit code is 3. */
	assert_has(text, " 3. kmalloc-32 at add_key [keys]\n    new: +68 KiB, +1,093 objects, "
			 "+2.3 KiB/s; a new leak\n    A  never seen\n    B  1,093 objects, 68 KiB");
	assert_lacks(text, "gone_one");
	assert_has(text, "and 1 more origin: --top 0 shows all");
	assert_fits(text);
	made_difference->top = 0;
	all = made_diff_write(diff_text);
	assert_has(all, " 2. dentry at gone_one");
	assert_lacks(all, "--top 0");
}

static void text_tells_what_is_suppressed(void **state)
{
	struct suppression known = {.pattern = "ke\033", .line = 2, .objects = 10, .bytes = 640};
	struct suppressions s = {.path = "known", .list = &known, .count = 1};
	autofree char *text = NULL, *json = NULL;
	json_t *root;

	(void)state;
	made_diff_put(&made_b, "kmalloc-64", "add_key", "keys", 640, VERDICT_LEAK)->suppressed_by =
		known.pattern;
	made_b.report.suppressions = &s;
	made_diff();
	text = made_diff_write(diff_text);
	assert_begins(text, "nothing is worse: ");
	assert_has(text, "\n1 origin that would count is suppressed: see below\n");
	assert_has(text, "; 0 leaks, and 1 suppressed; 10 objects");
	assert_has(text, "+21 B/s; suppressed by leak:ke\\x1b\n");
	assert_has(text, "\nSUPPRESSED by known\n           10    640 B  line 2: leak:ke\\x1b\n");
	json = made_diff_write(diff_json);
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_int_equal(json_integer_value(json_object_get(root, "worse")), 0);
	assert_true(json_is_object(json_object_get(root, "suppressions")));
	json_decref(root);
	assert_has(json, "\"counts_as\": \"suppressed\"");
}

static void text_tells_of_caches_that_do_not_count(void **state)
{
	autofree char *text = NULL, *json = NULL, *two = NULL, *counted = NULL;

	(void)state;
	made_diff_put(&made_b, "dentry", "__d_alloc", NULL, MADE_DIFF_MANY, VERDICT_CACHE);
	made_diff();
	text = made_diff_write(diff_text);
	assert_begins(text, "nothing is worse: no new leak, and no origin but of verdict cache "
			    "grew by more\n    than 10% and 64 KiB\n1 origin of verdict cache grew "
			    "by more than 10% and 64 KiB, and does not count:\n    dentry at "
			    "__d_alloc now has 1.0 MiB, 34 KiB/s; it had nothing\n");
	assert_has(text, "; a cache, which does not count\n");
	assert_fits(text);
	json = made_diff_write(diff_json);
	assert_has(json, "\"counts_as\": \"cache\"");
	assert_has(json, "\"count_caches\": false");
	assert_has(json, "\"worse\": 0");
	made_diff_put(&made_b, "inode", "alloc_inode", NULL, 2 * MADE_DIFF_MANY, VERDICT_CACHE);
	made_diff_put(&made_b, "kmalloc-64", "pool", NULL, MADE_DIFF_MANY, VERDICT_STEADY);
	made_diff_name(&made_b, false);
	made_diff();
	two = made_diff_write(diff_text);
	assert_begins(two, "1 origin grew by more than 10% and 64 KiB: kmalloc-64 at pool now has");
	assert_has(two, "\n2 origins of verdict cache grew by more than 10% and 64 KiB, and do not "
			"count,\n    most of all: inode at alloc_inode now has");
	made_diff_counts_caches = true;
	made_diff();
	counted = made_diff_write(diff_text);
	assert_begins(counted, "3 origins grew by more than 10% and 64 KiB, most of all: inode at");
	assert_lacks(counted, "not count");
}

static void moments_of_one_trace_have_no_rate(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_diff_put(&made_a, "kmalloc-64", "add_key", NULL, 640, VERDICT_LEAK);
	made_diff_put(&made_b, "kmalloc-64", "add_key", NULL, 1280, VERDICT_LEAK);
	made_b.source.began = made_a.source.began;
	made_b.snapshot.booked_s = 300;
	made_diff();
	text = made_diff_write(diff_text);
	assert_has(text, "\n    grown: +640 B, +10 objects; a leak that has grown\n");
}

/* By one program and one way into the kernel, at the same moments. */
static void text_tells_in_one_what_was_made_together(void **state)
{
	const uint64_t way = made_b.base + 0x1000 * MADE_DIFF_MOST + 0x10;
	struct snapshot_task task = {.comm = "httpd", .objects = 10, .weight = 10};
	struct snapshot_stack stack = {.frames = &way,
				       .frame_cnt = 1,
				       .share = 1,
				       .weight = 10,
				       .objects = 10,
				       .tasks = &task,
				       .task_cnt = 1};
	static const char *const names[] = {"sock", "inode", "blob", "apart"};
	autofree char *text = NULL, *json = NULL;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct snapshot_origin *o = made_diff_put(&made_b, "kmalloc-64", names[i], NULL,
							  6400 - 640 * i, VERDICT_LEAK);

		o->stacks = &stack;
		o->stack_cnt = 1;
		for (int j = 0; j < SNAPSHOT_SLICES; j++)
			o->lives.born[j] = i < 3 ? 100 : 200 * (j % 2);
	}
	/* It leaked before, and more: it is not worse. */
	made_diff_put(&made_a, "kmalloc-64", "blob", NULL, 64000, VERDICT_LEAK);
	made_diff();
	assert_int_equal(made_diff_row("inode")->made_with,
			 made_diff_row("sock") - made_difference->rows);
	assert_int_equal(made_diff_row("sock")->made_with, DIFF_ALONE);
	assert_int_equal(made_diff_row("blob")->made_with, DIFF_ALONE);
	assert_int_equal(made_diff_row("apart")->made_with, DIFF_ALONE);
	assert_int_equal(diff_failed(made_difference), 3);
	text = made_diff_write(diff_text);
	assert_begins(text, "3 new leaks in 2 groups, most of all: kmalloc-64 at sock now has");
	assert_has(text, "\n    with it 1 more, made together: kmalloc-64 at inode (+5.6 KiB)\n");
	assert_lacks(text, ". kmalloc-64 at inode\n");
	assert_lacks(text, "--top 0");
	json = made_diff_write(diff_json);
	assert_has(json, "\"made_with\": 1,");
}

static void names_are_made_safe(void **state)
{
	autofree char *text = NULL, *json = NULL;
	json_t *root;

	(void)state;
	made_diff_put(&made_b, "c\033[31m", "f\033]0;x\a", "m\n\xff", 640, VERDICT_LEAK);
	made_b.report.host = "h\033[0m";
	made_diff();
	made_difference->b_name = "b\033[1m.rec";
	text = made_diff_write(diff_text);
	assert_has(text, "c\\x1b[31m at f\\x1b]0;x\\x07 [m\\n\\xff]");
	assert_has(text, "b\\x1b[1m.rec: h\\x1b[0m");
	assert_null(strchr(text, '\033'));
	json = made_diff_write(diff_json);
	assert_null(strchr(json, '\033'));
	assert_null(strchr(json, '\xff'));
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_string_equal(json_get_string(json_array_get(json_get(root, "origins"), 0), "module"),
			    "m\\n\\xff");
	json_decref(root);
}

static void what_differs_is_said(void **state)
{
	autofree char *same = NULL, *text = NULL, *other = NULL, *most = NULL;

	(void)state;
	made_diff_put(&made_a, "c", "f", NULL, 640, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "f", NULL, 640, VERDICT_UNKNOWN);
	made_diff();
	same = made_diff_write(diff_text);
	assert_lacks(same, "!  ");
	for (int i = 0; i < HOOK_COUNT; i++)
		if (hook_specs[i].is_free && !hook_specs[i].required)
			made_b.hooks[i].state = HOOK_MISSING;
	made_b.report.grade = COVERAGE_PARTIAL;
	made_b.report.release = "6.18.1";
	made_b.snapshot.checked = false;
	made_b.snapshot.pins_looked = false;
	made_b.snapshot.scale = 4;
	made_b.snapshot.refused = 1;
	made_b.snapshot.booked_s = 10;
	made_b.snapshot.totals.filtered = 3;
	made_b.snapshot.totals.origins_full = 2;
	made_b.snapshot.reclaim_tried = true;
	made_b.source.ended = false;
	made_diff();
	text = made_diff_write(diff_text);
	assert_fits(text);
	assert_has(text, "coverage differs: full in A, partial in B;");
	assert_has(text, "!  B did not see frees by ");
	assert_has(text, "survivors of A only were held against the slab pages");
	assert_has(text, "in B nobody looked which dentries are held");
	assert_has(text, "!  two kernels: ");
	assert_has(text, "B left out allocations (--comm, --cgroup, --only-command), A none");
	assert_has(text, "memory was reclaimed before the last look of B only");
	assert_has(text, "B booked 1 object in 4: its numbers are estimates");
	assert_has(text, "B: 1 object found no room in the table, and is not in it");
	assert_has(text, "B is too short to call anything a leak: that takes 20 s");
	assert_has(text, "B ends without its last snapshot");
	assert_has(text, "compared by bytes/s, because 30.0s and 10.0s differ");
	assert_has(text, "B  about 10 objects, 640 B, 64 B/s");
	made_diff_name(&made_b, true);
	made_diff();
	other = made_diff_write(diff_text);
	assert_has(other, "B has no names of functions: compared by cache alone");
	/* A rate that is no number of bytes any more. */
	made_b.snapshot.booked_s = 1e-300;
	made_diff();
	most = made_diff_write(diff_text);
	assert_has(most, "909495 TiB/s");
}

static void json_has_all_of_it(void **state)
{
	autofree char *json = NULL;
	const json_t *one;
	json_t *root;

	(void)state;
	made_diff_put(&made_a, "c", "f", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "c", "f", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-32", "add_key", "keys", 69952, VERDICT_LEAK);
	made_b.report.grade = COVERAGE_PARTIAL;
	made_diff();
	json = made_diff_write(diff_json);
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_string_equal(json_get_string(root, "command"), "diff");
	assert_string_equal(json_get_string(root, "compared_by"), "bytes");
	assert_string_equal(json_get_string(json_get(root, "a"), "file"), "a.rec");
	assert_int_equal(json_get_integer(json_get(root, "b"), "leaks"), 1);
	assert_int_equal(json_get_integer(root, "worse"), 1);
	assert_int_equal(json_array_size(json_get(root, "notes")), 1);
	assert_int_equal(json_get_integer(json_get(root, "changes"), "same"), 1);
	/* Also what is the same, which text leaves out. */
	assert_int_equal(json_array_size(json_get(root, "origins")), 2);
	one = json_array_get(json_get(root, "origins"), 0);
	assert_string_equal(json_get_string(one, "function"), "add_key");
	assert_string_equal(json_get_string(one, "change"), "new");
	assert_string_equal(json_get_string(one, "counts_as"), "new leak");
	assert_int_equal(json_get_integer(one, "bytes_change"), 69952);
	assert_true(json_is_null(json_get(one, "a")));
	assert_string_equal(json_get_string(json_get(one, "b"), "verdict"), "leak");
	assert_close(json_get_real(json_get(one, "b"), "bytes_per_s"), 69952 / 30.0);
	json_decref(root);
}

int test_diff_text(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DIFF(nothing_at_all),
		WITH_DIFF(text_tells_what_is_worse),
		WITH_DIFF(text_tells_what_is_suppressed),
		WITH_DIFF(text_tells_in_one_what_was_made_together),
		WITH_DIFF(text_tells_of_caches_that_do_not_count),
		WITH_DIFF(moments_of_one_trace_have_no_rate),
		WITH_DIFF(names_are_made_safe),
		WITH_DIFF(what_differs_is_said),
		WITH_DIFF(json_has_all_of_it),
	};

	return cmocka_run_group_tests_name("diff_text", tests, NULL, NULL);
}
