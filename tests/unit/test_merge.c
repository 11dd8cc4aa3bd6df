// SPDX-License-Identifier: GPL-2.0-or-later
/* merge.c, merge_since.c, merge_notes.c, merge_text.c and merge_json.c. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_merge.h"
#include "read_json.h"

static void nothing_leaks(void **state)
{
	autofree char *text = NULL, *json = NULL;

	(void)state;
	made_diff_put(&made_a, "c", "f", NULL, 640, VERDICT_STEADY);
	made_merge_add(&made_a, "web1");
	made_merge_add(&made_a, "web2");
	made_merge_rank(MERGE_BY_HOSTS);
	assert_int_equal(merge_leaks(made_merge), 0);
	text = made_merge_write(merge_text);
	assert_begins(text, "no origin leaks on any of 2 hosts\n");
	assert_has(text, "LEAKS, by hosts\n  none\n  1 origin leaks nowhere: ");
	assert_lacks(text, "!  ");
	assert_lacks(text, "Next: ");
	assert_fits(text);
	json = made_merge_write(merge_json);
	assert_has(json, "\"hosts_with_leaks\": 0");
}

/* Two hosts of one kernel lose what a third, of another kernel, gives back. */
static void hosts_and_kernels(void **state)
{
	autofree char *text = NULL;
	const struct merge_row *row;

	(void)state;
	made_diff_put(&made_a, "kmalloc-16", "nfs_readdir.isra.0", "nfs", 64000, VERDICT_LEAK)
		->age_max_s = 20;
	made_diff_put(&made_b, "kmalloc-16", "nfs_readdir", "nfs", 6400, VERDICT_STEADY);
	made_diff_put(&made_b, "dentry", "only_here", NULL, 640, VERDICT_CACHE);
	made_b.report.release = "6.12.3";
	made_merge_add(&made_a, "web1");
	made_a.origins[0].bytes = 128000;
	made_a.origins[0].objects = 2000;
	made_a.origins[0].age_max_s = 15;
	made_merge_add(&made_a, "web2");
	made_merge_add(&made_b, "db1");
	made_merge_rank(MERGE_BY_HOSTS);
	assert_int_equal(made_merge->row_cnt, 2);
	assert_int_equal(merge_leaks(made_merge), 1);
	assert_int_equal(merge_leaky_hosts(made_merge), 2);
	row = made_merge_row("nfs_readdir");
	assert_ptr_equal(row, &made_merge->rows[0]);
	assert_int_equal(row->seen, 3);
	assert_int_equal(row->leak_cnt, 2);
	assert_int_equal(row->verdicts[VERDICT_LEAK], 2);
	assert_int_equal(row->verdicts[VERDICT_STEADY], 1);
	assert_int_equal(row->leaking.bytes, 192000);
	assert_int_equal(row->all.bytes, 198400);
	assert_close(row->leaking.bytes_per_s, 192000 / 30.0);
	/* The fastest first, though it was added later. */
	assert_string_equal(made_merge->hosts[row->leaks[0].host].name, "web2");
	assert_int_equal(row->leaks[0].bytes, 128000);
	/* The earliest of both: 20 s before the snapshot that was 30 s after the beginning. */
	assert_close(row->leaks[row->earliest].since, 1e9 + 10);
	assert_int_equal(merge_kernel(row, 1).leaks, 2);
	assert_int_equal(merge_kernel(row, 2).leaks, 0);
	assert_int_equal(merge_kernel(row, 2).seen, 1);
	assert_int_equal(merge_kernel(made_merge_row("only_here"), 1).seen, 0);
	text = made_merge_write(merge_text);
	assert_fits(text);
	assert_begins(text,
		      "kmalloc-16 at nfs_readdir [nfs] leaks on 2 of 3 hosts, since 2001-09-09 "
		      "01:46:50\n    +0000, 188 KiB in all, +6.2 KiB/s; all of them run\n    "
		      "6.12.117+deb12-cloud-amd64\n1 leak in all: 2 of 3 hosts have one\n");
	assert_has(text, "3 hosts, by 3 files; coverage full on 3, partial on 0, poor on 0");
	assert_has(text, "    since 2001-09-09 01:46:50 +0000 on web1\n");
	assert_has(text,
		   "only on 6.12.117+deb12-cloud-amd64 (2 of 2 hosts); not on 6.12.3 (1 host,");
	assert_has(text, "      web2: 2,000 objects, 125 KiB, +4.2 KiB/s, since ");
	assert_has(text, "    6.2 KiB on 1 of 3 hosts where it does not leak: steady 1\n");
	assert_lacks(text, "only_here");
	assert_has(text, "  1 origin leaks nowhere");
	assert_has(text, "Next: slabsight report some.rec\n");
}

/* Where it was never seen is not told of each, but once of all. */
static void kernels_in_json(void **state)
{
	autofree char *json = NULL;
	const json_t *all, *one, *of;
	json_t *root;

	(void)state;
	made_diff_put(&made_a, "c", "leaks", NULL, 640, VERDICT_LEAK);
	made_diff_put(&made_b, "c", "quiet", NULL, 64, VERDICT_STEADY);
	made_b.report.release = "6.12.3";
	made_merge_add(&made_a, "web1");
	made_merge_add(&made_b, "db1");
	made_merge_add(&made_b, "db2");
	made_merge_rank(MERGE_BY_HOSTS);
	json = made_merge_write(merge_json);
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	all = json_get(root, "kernels");
	assert_int_equal(json_array_size(all), 2);
	assert_string_equal(json_get_string(json_array_get(all, 1), "release"), "6.12.3");
	assert_int_equal(json_get_integer(json_array_get(all, 1), "hosts"), 2);
	one = json_array_get(json_get(root, "origins"), 1);
	of = json_get(one, "kernels");
	assert_string_equal(json_get_string(one, "function"), "quiet");
	assert_int_equal(json_array_size(of), 1);
	assert_string_equal(json_get_string(json_array_get(of, 0), "release"), "6.12.3");
	assert_int_equal(json_get_integer(json_array_get(of, 0), "seen"), 2);
	assert_int_equal(json_get_integer(json_array_get(of, 0), "leaks"), 0);
	json_decref(root);
}

static void all_origins_by_another_key(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_diff_put(&made_a, "c", "leaks", NULL, 640, VERDICT_LEAK);
	made_diff_put(&made_a, "c", "large", NULL, 64000, VERDICT_STEADY);
	made_diff_put(&made_a, "c", "small", NULL, 64, VERDICT_UNKNOWN)->ghosts = 7;
	made_merge_add(&made_a, "web1");
	made_merge_rank(MERGE_BY_BYTES);
	made_merge->top = 2;
	text = made_merge_write(merge_text);
	assert_begins(text, "c at leaks leaks on 1 of 1 host");
	assert_has(text, "ORIGINS, by bytes\n 1. c at large\n    62 KiB on 1 of 1 host where it "
			 "does not leak: steady 1\n 2. c at leaks\n");
	assert_has(text, "  and 1 more origin: --top 0 shows all");
	assert_lacks(text, "small");
	free(text);
	made_merge->top = 0;
	text = made_merge_write(merge_text);
	assert_has(text, " 3. c at small\n    64 B on 1 of 1 host where it does not leak: unknown "
			 "1; frees missed on 1\n");
	assert_fits(text);
}

/* Two call sites of one function on one host: one leak, of both. */
static void call_sites_are_added_up(void **state)
{
	const struct merge_row *row;

	(void)state;
	made_diff_put(&made_a, "c", "f.part.0", NULL, 640, VERDICT_LEAK)->age_max_s = 3;
	made_diff_put(&made_a, "c", "f", NULL, 1280, VERDICT_LEAK)->age_max_s = 12;
	made_diff_put(&made_a, "c", "f.part.1", NULL, 64, VERDICT_STEADY)->age_max_s = 29;
	made_merge_add(&made_a, "web1");
	made_merge_rank(MERGE_BY_HOSTS);
	row = made_merge_row("f");
	assert_int_equal(made_merge->row_cnt, 1);
	assert_int_equal(row->leak_cnt, 1);
	assert_int_equal(row->leaks[0].bytes, 1920);
	assert_int_equal(row->all.bytes, 1984);
	assert_close(row->leaks[0].since, 1e9 + 18);
	assert_int_equal(made_merge->hosts[0].leaks, 1);
}

/* One call site of a name leaks, another does not; elsewhere it does not leak at all. */
static void what_does_not_leak_where_it_leaks(void **state)
{
	autofree char *text = NULL;
	const struct merge_row *row;

	(void)state;
	made_diff_put(&made_a, "c", "f", NULL, 64000, VERDICT_LEAK);
	made_diff_put(&made_a, "c", "f.part.0", NULL, 6400000, VERDICT_STEADY);
	made_diff_put(&made_b, "c", "f", NULL, 6400, VERDICT_STEADY);
	made_merge_add(&made_a, "web1");
	made_merge_add(&made_b, "web2");
	made_merge_rank(MERGE_BY_HOSTS);
	row = made_merge_row("f");
	assert_int_equal(row->all.bytes, 6470400);
	assert_int_equal(row->leaking.bytes, 64000);
	assert_int_equal(row->quiet.bytes, 6400);
	text = made_merge_write(merge_text);
	assert_has(text, "    6.2 KiB on 1 of 2 hosts where it does not leak: steady 1\n");
}

static void since_when(void **state)
{
	struct snapshot_stack st = {.lives = {.born = {[32] = 5, [40] = 95}}};
	struct verdict of_stack = {.kind = VERDICT_LEAK, .by_stack = true};
	struct snapshot_origin *o;
	bool or_before;

	(void)state;
	o = made_diff_put(&made_a, "c", "f", NULL, 64000, VERDICT_LEAK);
	o->booked = 100;
	/* A second of 30 after the beginning: of 100 in 30 s, the first comes within 0.9 s. */
	o->age_max_s = 29;
	assert_close(merge_since(&made_a.report, o, &or_before), 1e9 + 1);
	assert_false(or_before);
	o->age_max_s = 29.2;
	merge_since(&made_a.report, o, &or_before);
	assert_true(or_before);
	/* Of 3, it may well come so late by chance. */
	o->booked = 3;
	o->age_max_s = 15;
	merge_since(&made_a.report, o, &or_before);
	assert_true(or_before);
	/* Books that went on for a while without births. */
	made_a.snapshot.booked_s = 20;
	made_a.snapshot.settled_s = 10;
	o->booked = 100;
	o->age_max_s = 20;
	assert_close(merge_since(&made_a.report, o, &or_before), 1e9 + 10);
	assert_false(or_before);
	/* One stack of it leaks: what is older than the first survivor of that is beside it. */
	made_a.snapshot.booked_s = 30;
	made_a.snapshot.settled_s = 0;
	o->age_max_s = 30;
	o->stacks = &st;
	o->stack_cnt = 1;
	o->verdict = &of_stack;
	assert_close(merge_since(&made_a.report, o, &or_before), 1e9 + 15);
	assert_false(or_before);
}

static void what_hosts_cannot_tell(void **state)
{
	static const char *const hosts[] = {"w1", "w2", "w3", "w4", "w5", "w6"};
	autofree char *text = NULL, *json = NULL;
	json_t *root;

	(void)state;
	made_diff_put(&made_a, "c", "f", NULL, 640, VERDICT_LEAK);
	made_a.report.grade = COVERAGE_PARTIAL;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		made_merge_add(&made_a, hosts[i]);
	made_b.report.grade = COVERAGE_POOR;
	made_b.snapshot.ghosts = 3;
	made_b.snapshot.scale = 4;
	made_b.snapshot.refused = 1;
	made_b.snapshot.booked_s = 10;
	made_b.snapshot.checked = false;
	made_b.snapshot.totals.filtered = 2;
	made_b.source.ended = false;
	made_diff_name(&made_b, true);
	made_merge_add(&made_b, "odd");
	made_merge_files[made_merge_list.count++] = (struct merge_file){
		.path = "x", .state = MERGE_UNREADABLE, .why = (char *)"'x': damaged"};
	made_merge_list.machines += 2;
	made_merge->interrupted = true;
	made_merge_rank(MERGE_BY_HOSTS);
	text = made_merge_write(merge_text);
	assert_fits(text);
	assert_has(text, "!  interrupted: 7 of 9 hosts were read; the others are not in it");
	assert_has(text, "!  1 of 8 files could not be read, and is not in it");
	assert_has(text, "     'x': damaged\n");
	assert_has(text, "!  on 6 hosts (w1, w2, w3, w4, w5, and 1 more) coverage is partial: ");
	assert_has(text, "!  on 1 host (odd) coverage is poor: ");
	assert_has(text, "!  on 1 host (odd) frees were missed (ghosts)");
	assert_has(text, "!  on 1 host (odd) the table was full, and a sample was booked");
	assert_has(text, "!  on 1 host (odd) a table was full: ");
	assert_has(text, "!  on 1 host (odd) the trace was too short");
	assert_has(text, "!  on 1 host (odd) there are no names of functions");
	assert_has(text, "!  on 1 host (odd) survivors were not held against");
	assert_has(text, "!  on 1 host (odd) allocations were left out");
	assert_has(text, "!  on 1 host (odd) the recording ends without its last");
	json = made_merge_write(merge_json);
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_true(json_is_true(json_get(root, "interrupted")));
	assert_int_equal(json_array_size(json_get(root, "notes")), 12);
	assert_string_equal(
		json_get_string(json_array_get(json_get(json_get(root, "files"), "unreadable"), 0),
				"error"),
		"'x': damaged");
	json_decref(root);
}

static void names_are_made_safe(void **state)
{
	autofree char *text = NULL, *json = NULL;
	const json_t *one;
	json_t *root;

	(void)state;
	made_diff_put(&made_a, "c\033[31m", "f\033]0;x\a", "m\n\xff", 6400, VERDICT_LEAK);
	made_a.report.release = "r\033[0m";
	made_merge_add(&made_a, "h\033[1m");
	made_a.report.release = "6.1";
	made_merge_add(&made_a, "other");
	made_merge_rank(MERGE_BY_HOSTS);
	text = made_merge_write(merge_text);
	assert_has(text, "c\\x1b[31m at f\\x1b]0;x\\x07 [m\\n\\xff] leaks on 2 of 2");
	assert_has(text, "h\\x1b[1m: 100 objects");
	assert_null(strchr(text, '\033'));
	json = made_merge_write(merge_json);
	assert_null(strchr(json, '\033'));
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_string_equal(json_get_string(root, "command"), "merge");
	assert_int_equal(json_array_size(json_get(root, "hosts")), 2);
	one = json_array_get(json_get(root, "origins"), 0);
	assert_string_equal(json_get_string(one, "module"), "m\\n\\xff");
	assert_int_equal(json_get_integer(one, "seen"), 2);
	assert_int_equal(json_get_integer(json_get(one, "verdicts"), "leak"), 2);
	assert_int_equal(json_get_integer(json_get(one, "leaking"), "live_bytes"), 12800);
	assert_int_equal(json_array_size(json_get(one, "leaks")), 2);
	assert_int_equal(json_array_size(json_get(one, "kernels")), 2);
	json_decref(root);
}

int test_merge(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MERGE(nothing_leaks),
		WITH_MERGE(hosts_and_kernels),
		WITH_MERGE(kernels_in_json),
		WITH_MERGE(all_origins_by_another_key),
		WITH_MERGE(call_sites_are_added_up),
		WITH_MERGE(what_does_not_leak_where_it_leaks),
		WITH_MERGE(since_when),
		WITH_MERGE(what_hosts_cannot_tell),
		WITH_MERGE(names_are_made_safe),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
