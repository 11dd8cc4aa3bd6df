// SPDX-License-Identifier: GPL-2.0-or-later
/* census_json.c, read back with a JSON parser: the numbers of the text, for every cache. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_census.h"
#include "read_json.h"
#include "stand_ins.h"

static json_t *take(const char *glob)
{
	made_census_take(glob, CENSUS_BY_BYTES);
	return json_read_census(NULL);
}

static const json_t *row(const json_t *root, const char *name)
{
	json_t *value;
	size_t i;

	json_array_foreach (json_get(json_get(root, "census"), "caches"), i, value)
		if (!strcmp(json_get_string(value, "name"), name))
			return value;
	fail_msg("no row of %s", name);
	return NULL;
}

static void census_json_has_the_numbers(void **state)
{
	const json_t *census, *c, *kernel;
	json_t *root;

	(void)state;
	made_census_fill();
	root = take(NULL);
	assert_string_equal(json_get_string(root, "command"), "census");
	assert_string_equal(json_get_string(root, "host"), "web3");
	census = json_get(root, "census");
	assert_int_equal(json_get_integer(census, "pages"), 2061009);
	assert_close(json_get_real(census, "took_s"), 0.084);
	assert_int_equal(json_get_integer(census, "live_objects"), 26060);
	assert_int_equal(json_get_integer(census, "slab_bytes"), 1400 * 4096);
	assert_int_equal(json_get_integer(census, "parked_objects"), 750);
	assert_int_equal(json_get_integer(census, "large_objects"), 12);
	assert_int_equal(json_get_integer(census, "large_bytes"), 1 << 20);
	assert_close(json_get_real(census, "explained_share"),
		     (1400 * 4096.0 + (1 << 20)) / (10 << 20));
	assert_true(json_is_null(json_get(census, "contents")));
	assert_int_equal(json_array_size(json_get(census, "caches")), 4);

	kernel = json_get(census, "kernel");
	assert_int_equal(json_get_integer(kernel, "slab_bytes"), 10 << 20);
	assert_int_equal(json_get_integer(kernel, "reclaimable_bytes"), 8 << 20);
	assert_int_equal(json_get_integer(kernel, "unreclaimable_bytes"), 2 << 20);
	assert_int_equal(json_get_integer(kernel, "slabinfo_active_objects"), 20670);
	assert_int_equal(json_get_integer(kernel, "nr_dentry"), 20010);
	assert_int_equal(json_get_integer(kernel, "nr_dentry_unused"), 15000);
	assert_int_equal(json_get_integer(kernel, "nr_dentry_negative"), 700);

	c = row(root, "dentry");
	assert_int_equal(json_get_integer(c, "object_size"), 180);
	assert_int_equal(json_get_integer(c, "slab_size"), 192);
	assert_int_equal(json_get_integer(c, "live_objects"), 20000);
	assert_int_equal(json_get_integer(c, "live_bytes"), 20000 * 192);
	assert_int_equal(json_get_integer(c, "slab_bytes"), 1000 * 4096);
	assert_int_equal(json_get_integer(c, "slabs"), 1000);
	assert_int_equal(json_get_integer(c, "room_objects"), 21000);
	assert_int_equal(json_get_integer(c, "unused_bytes"), 1000 * 4096 - 20000 * 192);
	assert_int_equal(json_get_integer(c, "guarded"), 3);
	assert_int_equal(json_get_integer(json_get(c, "parked"), "cpu"), 50);
	assert_int_equal(json_get_integer(json_get(c, "parked"), "sheaf"), 100);
	assert_int_equal(json_get_integer(json_get(c, "parked"), "rcu_sheaf"), 200);
	assert_int_equal(json_get_integer(json_get(c, "parked"), "barn"), 400);
	assert_true(json_is_true(json_get(c, "reclaimable")));
	assert_int_equal(json_get_integer(c, "slabinfo_active_objects"), 20600);
	c = row(root, "kmalloc-192");
	assert_int_equal(json_array_size(json_get(c, "aliases")), 13);
	assert_true(json_is_false(json_get(c, "reclaimable")));
	assert_true(json_is_null(json_get(row(root, "empty"), "slabinfo_active_objects")));
	json_decref(root);
}

static void census_json_has_all_caches_that_match(void **state)
{
	json_t *root;

	(void)state;
	made_census_fill();
	census_made.report.top = 1; /* of no account here */
	root = take("kmalloc-*");
	assert_int_equal(json_array_size(json_get(json_get(root, "census"), "caches")), 2);
	assert_int_equal(json_get_integer(json_get(root, "census"), "live_objects"), 26060);
	json_decref(root);
}

static void census_json_says_what_is_not_known(void **state)
{
	struct census_report *r = &census_made.report;
	const json_t *census;
	json_t *root;

	(void)state;
	r->totals = (struct census_totals){0};
	r->meminfo = (struct meminfo){0};
	root = take(NULL);
	census = json_get(root, "census");
	assert_true(json_is_null(json_get(census, "large_bytes")));
	assert_true(json_is_null(json_get(census, "large_objects")));
	assert_true(json_is_null(json_get(census, "explained_share")));
	assert_int_equal(json_array_size(json_get(census, "caches")), 0);
	json_decref(root);
}

static void census_json_counts_its_doubts(void **state)
{
	const json_t *census;
	json_t *root;

	(void)state;
	census_made.report.totals = (struct census_totals){
		.odd = 11, .overflow = 12, .torn = 13, .gone = 14, .parked_lost = 15};
	root = take(NULL);
	census = json_get(root, "census");
	assert_int_equal(json_get_integer(census, "odd_slabs"), 11);
	assert_int_equal(json_get_integer(census, "overflow_slabs"), 12);
	assert_int_equal(json_get_integer(census, "torn_lists"), 13);
	assert_int_equal(json_get_integer(census, "gone_slabs"), 14);
	assert_int_equal(json_get_integer(census, "parked_lost"), 15);
	json_decref(root);
}

static void census_json_shows_contents(void **state)
{
	const json_t *contents, *cluster;
	json_t *root;

	(void)state;
	made_census_fill();
	made_census_contents(&census_made.caches[0], 30, 10);
	root = take(NULL);
	contents = json_get(json_get(root, "census"), "contents");
	assert_string_equal(json_get_string(contents, "cache"), "dentry");
	assert_int_equal(json_get_integer(contents, "live_objects"), 20000);
	assert_int_equal(json_get_integer(contents, "sampled_objects"), 300);
	assert_int_equal(json_array_size(json_get(contents, "clusters")), 30);
	cluster = json_array_get(json_get(contents, "clusters"), 0);
	assert_int_equal(json_get_integer(cluster, "objects"), 10);
	assert_close(json_get_real(cluster, "share"), 10 / 300.0);
	assert_string_equal(json_get_string(cluster, "kind"), "string");
	assert_string_equal(json_get_string(cluster, "description"), "string \"what aa holds\"");
	assert_string_equal(json_string_value(json_array_get(json_get(cluster, "examples"), 0)),
			    "what aa holds");
	json_decref(root);
}

static void census_json_shows_no_contents(void **state)
{
	const json_t *contents;
	json_t *root;

	(void)state;
	made_census_fill();
	made_census_contents(&census_made.caches[3], 0, 0);
	root = take(NULL);
	contents = json_get(json_get(root, "census"), "contents");
	assert_int_equal(json_get_integer(contents, "sampled_objects"), 0);
	assert_int_equal(json_array_size(json_get(contents, "clusters")), 0);
	json_decref(root);
}

static void census_json_holds_any_name(void **state)
{
	static const char bytes[] = "caf\xc3\xa9 \"\\\x1b";
	const struct census_cache *c =
		made_census_cache("a\"b\\c\n\x1b\xff\xc3\xa9\xe2\x80\xae", 64, 2, 9);
	autofree char *whole = NULL;
	const json_t *census, *cluster;
	json_t *root;

	(void)state;
	census_made.report.host = "h\"\xff";
	assert_int_equal(clusters_create(0, NULL, NULL, &census_made.clusters), 0);
	clusters_add(census_made.clusters, 0, bytes, 8);
	census_made.contents = (struct census_contents){.cache = c, .sampled = 1};
	census_made.contents.cluster_cnt =
		clusters_rank(census_made.clusters, &census_made.contents.clusters);
	census_made.report.contents = &census_made.contents;
	made_census_take(NULL, CENSUS_BY_BYTES);
	root = json_read_census(&whole);
	for (const char *p = whole; *p; p++)
		assert_true(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
	census = json_get(root, "census");
	assert_string_equal(json_get_string(root, "host"), "h\"\\xff");
	assert_string_equal(json_get_string(json_array_get(json_get(census, "caches"), 0), "name"),
			    "a\"b\\\\c\\n\\x1b\\xff\xc3\xa9\\xe2\\x80\\xae");
	cluster = json_array_get(json_get(json_get(census, "contents"), "clusters"), 0);
	assert_string_equal(json_string_value(json_array_get(json_get(cluster, "examples"), 0)),
			    "caf\xc3\xa9 \"\\");
	json_decref(root);
}

static void census_json_is_whole_or_not_there(void **state)
{
	int err = -ENOMEM, failures = 0;

	(void)state;
	made_census_fill();
	made_census_contents(&census_made.caches[0], 3, 10);
	made_census_take(NULL, CENSUS_BY_BYTES);
	made_census_check_errors(census_json);
	for (long n = 0; err; n += 1 + n / 16) {
		autofree char *whole = NULL;
		size_t size;
		FILE *f = open_memstream(&whole, &size);

		memory_fails_after(n);
		err = census_json(&census_made.report, f);
		assert_int_equal(memory_failed(), err != 0);
		assert_true(!err || err == -ENOMEM);
		failures += err != 0;
		fclose(f);
		assert_int_equal(size > 0, err == 0);
	}
	assert_true(failures > 50);
}

int test_census_json(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CENSUS(census_json_has_the_numbers),
		WITH_CENSUS(census_json_has_all_caches_that_match),
		WITH_CENSUS(census_json_says_what_is_not_known),
		WITH_CENSUS(census_json_counts_its_doubts),
		WITH_CENSUS(census_json_shows_contents),
		WITH_CENSUS(census_json_shows_no_contents),
		WITH_CENSUS(census_json_holds_any_name),
		WITH_CENSUS(census_json_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("census_json", tests, NULL, NULL);
}
