// SPDX-License-Identifier: GPL-2.0-or-later
/* merge_alias.c and merge_rows.c: caches that kernels call by different names, and suppressions. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_merge.h"
#include "read_json.h"
#include "stand_ins.h"

/* Slabs in which both names are one cache. */
static struct slabs *merged(const char *name, const char *other)
{
	const struct slabs_entry known[] = {{.name = name, .merged = name},
					    {.name = other, .merged = name}};
	struct slabs *slabs = NULL;

	assert_int_equal(slabs_create_from(known, ARRAY_SIZE(known), &slabs), 0);
	return slabs;
}

static size_t rows_of(const char *function)
{
	size_t count = 0;

	for (size_t i = 0; i < made_merge->row_cnt; i++)
		count += !strcmp(made_merge->rows[i].name.function, function);
	return count;
}

/* A socket is of signal_cache here and of UDP there: one leak, on both, and not of one kernel. */
static void one_cache_of_two_names(void **state)
{
	struct slabs *here = merged("UDP", "signal_cache"), *there = merged("signal_cache", "UDP");
	autofree char *text = NULL, *json = NULL;
	const struct merge_row *row;
	json_t *root, *one;

	(void)state;
	made_diff_put(&made_a, "signal_cache", "sk_alloc", NULL, 6400, VERDICT_LEAK)->age_max_s = 9;
	made_diff_put(&made_b, "UDP", "sk_alloc", NULL, 64000, VERDICT_LEAK)->age_max_s = 5;
	made_a.report.after = here;
	made_b.report.after = there;
	made_b.report.release = "7.2";
	made_b.source.began = 1e9;
	made_merge_add(&made_a, "web1");
	made_merge_add(&made_a, "web2");
	made_merge_add(&made_b, "db1");
	slabs_destroy(here);
	slabs_destroy(there);
	made_merge_rank(MERGE_BY_HOSTS);
	assert_int_equal(made_merge->row_cnt, 1);
	row = made_merge_row("sk_alloc");
	assert_string_equal(row->name.cache, "signal_cache");
	assert_int_equal(row->also_cnt, 1);
	assert_string_equal(row->also[0], "UDP");
	assert_int_equal(row->seen, 3);
	assert_int_equal(row->verdicts[VERDICT_LEAK], 3);
	assert_int_equal(row->leak_cnt, 3);
	assert_int_equal(row->leaking.bytes, 76800);
	assert_int_equal(row->all.objects, 1200);
	assert_int_equal(merge_kernel(row, 1).leaks, 2);
	assert_int_equal(merge_kernel(row, 2).leaks, 1);
	/* The fastest is of the row that went; the earliest, too, are known. */
	assert_string_equal(made_merge->hosts[row->leaks[0].host].name, "db1");
	assert_close(row->leaks[row->earliest].since, 1e9 + 21);
	text = made_merge_write(merge_text);
	assert_begins(text, "signal_cache at sk_alloc leaks on 3 of 3 hosts, ");
	assert_has(text, " 1. signal_cache at sk_alloc\n    other kernels call the cache UDP\n");
	assert_lacks(text, "only on");
	assert_has(text, "    on db1: ");
	assert_fits(text);
	json = made_merge_write(merge_json);
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	one = json_array_get(json_get(root, "origins"), 0);
	assert_string_equal(json_string_value(json_array_get(json_get(one, "cache_elsewhere"), 0)),
			    "UDP");
	json_decref(root);
}

/* Where a kernel has both, or none of its names is known, there are two caches. */
static void caches_that_are_two(void **state)
{
	struct slabs *slabs = merged("a", "b");

	(void)state;
	made_diff_put(&made_a, "a", "both_here", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "b", "both_here", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "a", "other_site", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "c", "no_alias", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "a", "module", "nfs", 640, VERDICT_STEADY);
	made_diff_put(&made_a, "a", "one", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "b", "both_here", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "b", "another_site", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "a", "no_alias", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "b", "module", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "b", "one", NULL, 640, VERDICT_STEADY);
	made_a.report.after = slabs;
	made_b.report.release = "7.2";
	made_merge_add(&made_a, "web1");
	made_merge_add(&made_b, "db1");
	slabs_destroy(slabs);
	made_merge_rank(MERGE_BY_BYTES);
	assert_int_equal(rows_of("both_here"), 2);
	assert_int_equal(rows_of("no_alias"), 2);
	assert_int_equal(rows_of("module"), 2);
	assert_int_equal(rows_of("other_site") + rows_of("another_site"), 2);
	/* As many names, and one of them is enough. */
	assert_int_equal(rows_of("one"), 1);
	assert_int_equal(made_merge->row_cnt, 9);
}

/* On one release, caches of two names are two, whatever another release says. */
static void hosts_of_one_release(void **state)
{
	struct slabs *slabs = merged("a", "b");

	(void)state;
	made_diff_put(&made_a, "a", "f", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "b", "f", NULL, 640, VERDICT_STEADY);
	made_a.report.after = slabs;
	made_merge_add(&made_a, "web1");
	made_merge_add(&made_b, "web2");
	slabs_destroy(slabs);
	made_merge_rank(MERGE_BY_BYTES);
	assert_int_equal(rows_of("f"), 2);
}

/* What is passed over is no leak, on no host; that it is there is said. */
static void what_is_suppressed(void **state)
{
	struct suppression known = {
		.pattern = (char *)"kn\033", .line = 2, .objects = 20, .bytes = 1280};
	const struct suppressions s = {.path = "known", .list = &known, .count = 1};
	autofree char *text = NULL, *json = NULL;
	const struct merge_row *row;
	json_t *root, *one;

	(void)state;
	made_diff_put(&made_a, "c", "known", NULL, 640, VERDICT_LEAK)->suppressed_by = "kn\033";
	made_diff_put(&made_a, "c", "half", NULL, 640, VERDICT_LEAK)->suppressed_by = "kn\033";
	made_diff_put(&made_b, "c", "half", NULL, 640, VERDICT_LEAK);
	made_diff_put(&made_b, "c", "known", NULL, 640, VERDICT_STEADY);
	made_merge_add(&made_a, "web1");
	made_merge_add(&made_b, "web2");
	made_merge->suppressions = &s;
	made_merge_rank(MERGE_BY_HOSTS);
	assert_int_equal(merge_leaks(made_merge), 1);
	assert_int_equal(merge_suppressed(made_merge), 2);
	assert_int_equal(merge_leaky_hosts(made_merge), 1);
	row = made_merge_row("known");
	assert_int_equal(row->leak_cnt, 0);
	assert_int_equal(row->passed, 1);
	assert_int_equal(row->verdicts[VERDICT_LEAK] + row->verdicts[VERDICT_UNKNOWN], 0);
	assert_int_equal(row->verdicts[VERDICT_STEADY], 1);
	assert_int_equal(row->quiet.bytes, 1280);
	assert_int_equal(made_merge->hosts[0].passed, 2);
	text = made_merge_write(merge_text);
	assert_begins(text, "c at half leaks on 1 of 2 hosts, ");
	assert_has(text, "\n2 leaks are suppressed on some host: see below\n");
	assert_has(text, "    640 B on 1 of 2 hosts where it does not leak, or is suppressed: "
			 "suppressed 1\n");
	assert_has(text, "\n  1 origin leaks only where suppressed: see ");
	assert_lacks(text, "leaks nowhere");
	assert_has(text, "\nSUPPRESSED by known\n");
	assert_has(text, "line 2: leak:kn\\x1b\n");
	assert_fits(text);
	json = made_merge_write(merge_json);
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_int_equal(json_get_integer(root, "leaks_suppressed"), 2);
	assert_true(json_is_object(json_get(root, "suppressions")));
	one = json_array_get(json_get(root, "hosts"), 0);
	assert_int_equal(json_get_integer(one, "leaks_suppressed"), 2);
	one = json_array_get(json_get(root, "origins"), 1);
	assert_int_equal(json_get_integer(one, "suppressed_on"), 1);
	json_decref(root);
}

/* No host has any origin. */
static void hosts_with_nothing(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_merge_add(&made_a, "web1");
	made_merge_rank(MERGE_BY_HOSTS);
	text = made_merge_write(merge_text);
	assert_begins(text, "no origin leaks on any of 1 host\n");
}

static int merge_both(struct merge **ret_merge)
{
	int err = merge_create(&made_merge_list, ret_merge);

	if (!err)
		err = merge_add(*ret_merge, &made_merge_files[0], &made_a.report);
	if (!err)
		err = merge_add(*ret_merge, &made_merge_files[1], &made_b.report);
	return err ? err : merge_rank(*ret_merge, MERGE_BY_HOSTS);
}

/* Whatever fails, nothing is left, and nothing is told of half of it. */
static void out_of_memory(void **state)
{
	struct slabs *slabs = merged("UDP", "signal_cache");
	int failures = 0;

	(void)state;
	made_diff_put(&made_a, "signal_cache", "f", NULL, 640, VERDICT_LEAK);
	made_diff_put(&made_b, "UDP", "f", NULL, 64000, VERDICT_LEAK);
	made_a.report.after = made_b.report.after = slabs;
	made_b.report.release = "7.2";
	made_merge_add(&made_a, "web1");
	made_merge_add(&made_b, "web2");
	for (int n = 0; n < 200 && (!n || failures == n); n++) {
		struct merge *one = NULL;
		int err;

		memory_fails_after(n);
		err = merge_both(&one);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, failures == n && err ? -ENOMEM : 0);
		if (!err)
			assert_int_equal(one->row_cnt, 1);
		failures += err != 0;
		merge_destroy(one);
	}
	assert_true(failures >= 20);
	slabs_destroy(slabs);
}

int test_merge_alias(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MERGE(one_cache_of_two_names), WITH_MERGE(caches_that_are_two),
		WITH_MERGE(hosts_of_one_release),   WITH_MERGE(what_is_suppressed),
		WITH_MERGE(hosts_with_nothing),	    WITH_MERGE(out_of_memory),
	};

	return cmocka_run_group_tests_name("merge_alias", tests, NULL, NULL);
}
