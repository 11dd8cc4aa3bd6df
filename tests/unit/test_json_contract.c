// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_json.c and census_json.c keep the contract: every field that schema 1 promises is there,
 * and of its type. Fields may be added; none may go.
 */
#include "fixture.h"

#include <string.h>

#include "made_census.h"
#include "made_report.h"
#include "read_json.h"

/*
 * Fields and types: i integer, n number, s string, b, a, o; 0 integer or null, N number or null,
 * S string or null.
 */
static void check_fields(const json_t *object, const char *const *fields)
{
	assert_true(json_is_object(object));
	for (; *fields; fields++) {
		json_t *value = json_get(object, *fields + 2);
		bool right = false;

		switch (**fields) {
		case 'i':
			right = json_is_integer(value);
			break;
		case '0':
			right = json_is_integer(value) || json_is_null(value);
			break;
		case 'n':
			right = json_is_number(value);
			break;
		case 'N':
			right = json_is_number(value) || json_is_null(value);
			break;
		case 's':
			right = json_is_string(value);
			break;
		case 'S':
			right = json_is_string(value) || json_is_null(value);
			break;
		case 'b':
			right = json_is_boolean(value);
			break;
		case 'a':
			right = json_is_array(value);
			break;
		case 'o':
			right = json_is_object(value);
			break;
		}
		if (!right)
			fail_msg("field '%s' is not of type '%c'", *fields + 2, **fields);
	}
}

static void check_each(const json_t *array, const char *const *fields)
{
	size_t i;
	json_t *value;

	assert_true(json_array_size(array) > 0);
	json_array_foreach (array, i, value)
		check_fields(value, fields);
}

static void check_coverage(const json_t *coverage)
{
	static const char *const fields[] = {"s grade",
					     "a hooks",
					     "a missing",
					     "i allocs",
					     "i frees",
					     "i frees_unknown",
					     "i ghosts",
					     "i stale",
					     "i refused",
					     "i recursion_misses",
					     "i stack_failures",
					     "n sample",
					     "b pins_looked",
					     "i places_ambiguous",
					     "S no_cgroups",
					     NULL};
	static const char *const hook[] = {"s name", "s kind", "b attached", "s covers", NULL};

	check_fields(coverage, fields);
	check_each(json_get(coverage, "hooks"), hook);
}

static void check_verdict(const char *name)
{
	for (int v = 0; v < VERDICT_KINDS; v++)
		if (!strcmp(name, verdict_name(v)))
			return;
	fail_msg("'%s' is no verdict", name);
}

static void check_origin(const json_t *origin)
{
	static const char *const fields[] = {
		"s cache",    "o call_site",	"i allocs",	"i frees",
		"i ghosts",   "i live_objects", "i live_bytes", "i requested_bytes",
		"o age_s",    "s verdict",	"s reason",	"N half_life_s_at_least",
		"o evidence", "a stacks",	"a free_sites", "0 made_with",
		NULL};
	static const char *const place[] = {"S symbol", "0 offset", "S module", NULL};
	static const char *const age[] = {"n min", "n mean", "n max", NULL};
	static const char *const stack[] = {
		"n share",    "b estimated", "i objects", "a frames",
		"a tasks",    "s verdict",   "s reason",  "N half_life_s_at_least",
		"o evidence", NULL};
	static const char *const evidence[] = {
		"N never_freed_share", "n tail_s",	   "i tail_survivors", "n tail_deaths",
		"n growth_per_s",      "N trace_s_wanted", "S comm",	       NULL};
	static const char *const frame[] = {"S symbol", "0 offset", "S module",
					    "S file",	"0 line",   NULL};
	static const char *const free_site[] = {"S symbol", "0 offset", "S module",    "s how",
						"i frees",  "n share",	"b estimated", NULL};
	static const char *const task[] = {"s comm",	  "0 cgroup_id", "S cgroup",
					   "S container", "i objects",	 NULL};
	size_t i;
	json_t *value;

	check_fields(origin, fields);
	check_fields(json_get(origin, "call_site"), place);
	check_fields(json_get(origin, "age_s"), age);
	json_array_foreach (json_get(origin, "free_sites"), i, value)
		check_fields(value, free_site);
	check_fields(json_get(origin, "evidence"), evidence);
	check_verdict(json_get_string(origin, "verdict"));
	json_array_foreach (json_get(origin, "stacks"), i, value) {
		check_fields(value, stack);
		check_fields(json_get(value, "evidence"), evidence);
		check_verdict(json_get_string(value, "verdict"));
		check_each(json_get(value, "frames"), frame);
		check_each(json_get(value, "tasks"), task);
	}
}

static void json_has_every_field_of_the_contract(void **state)
{
	static const char *const fields[] = {"i schema", "s tool",	 "s command",
					     "o kernel", "n duration_s", "o coverage",
					     "a caches", "a origins",	 NULL};
	static const char *const kernel[] = {"s release", "s machine", NULL};
	static const char *const cache[] = {"s name",
					    "a aliases",
					    "i object_size",
					    "b reclaimable",
					    "i allocs",
					    "i frees",
					    "i ghosts",
					    "i live_objects",
					    "i live_bytes",
					    "0 slabinfo_delta_objects",
					    NULL};
	json_t *root, *value;
	size_t i, stacks = 0, free_sites = 0;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	root = json_read_report(NULL);
	check_fields(root, fields);
	assert_int_equal(json_get_integer(root, "schema"), 1);
	assert_string_equal(json_get_string(root, "tool"), "slabsight");
	assert_string_equal(json_get_string(root, "command"), "trace");
	check_fields(json_get(root, "kernel"), kernel);
	check_coverage(json_get(root, "coverage"));
	check_each(json_get(root, "caches"), cache);
	json_array_foreach (json_get(root, "origins"), i, value) {
		check_origin(value);
		stacks += json_array_size(json_get(value, "stacks"));
		free_sites += json_array_size(json_get(value, "free_sites"));
	}
	assert_int_equal(stacks, 4);
	assert_int_equal(free_sites, 5);
	json_decref(root);
}

static void json_census_has_every_field_of_the_contract(void **state)
{
	static const char *const fields[] = {"i schema", "s tool",   "s command", "s host",
					     "o kernel", "o census", NULL};
	static const char *const census[] = {
		"n took_s",	   "i pages",	       "i live_objects",
		"i live_bytes",	   "i slab_bytes",     "i parked_objects",
		"i odd_slabs",	   "i overflow_slabs", "i torn_lists",
		"i gone_slabs",	   "i parked_lost",    "0 large_bytes",
		"0 large_objects", "o kernel",	       "n explained_share",
		"a caches",	   "o contents",       NULL};
	static const char *const kernel[] = {"i slab_bytes",	      "i reclaimable_bytes",
					     "i unreclaimable_bytes", "i slabinfo_active_objects",
					     "i nr_dentry",	      "i nr_dentry_unused",
					     "i nr_dentry_negative",  NULL};
	static const char *const cache[] = {"s name",
					    "a aliases",
					    "i object_size",
					    "i slab_size",
					    "i live_objects",
					    "i live_bytes",
					    "i slab_bytes",
					    "i slabs",
					    "i room_objects",
					    "i unused_bytes",
					    "i guarded",
					    "o parked",
					    "b reclaimable",
					    "0 slabinfo_active_objects",
					    NULL};
	static const char *const parked[] = {"i cpu", "i sheaf", "i rcu_sheaf", "i barn", NULL};
	static const char *const contents[] = {"s cache", "i live_objects", "i sampled_objects",
					       "a clusters", NULL};
	static const char *const cluster[] = {"i objects",     "n share",    "s kind",
					      "s description", "a examples", NULL};
	json_t *root, *body, *value;
	size_t i;

	(void)state;
	made_census_fill();
	made_census_contents(&census_made.caches[0], 2, 5);
	made_census_take(NULL, CENSUS_BY_BYTES);
	root = json_read_census(NULL);
	check_fields(root, fields);
	assert_int_equal(json_get_integer(root, "schema"), 1);
	assert_string_equal(json_get_string(root, "tool"), "slabsight");
	assert_string_equal(json_get_string(root, "command"), "census");
	body = json_get(root, "census");
	check_fields(body, census);
	check_fields(json_get(body, "kernel"), kernel);
	check_each(json_get(body, "caches"), cache);
	json_array_foreach (json_get(body, "caches"), i, value)
		check_fields(json_get(value, "parked"), parked);
	check_fields(json_get(body, "contents"), contents);
	check_each(json_get(json_get(body, "contents"), "clusters"), cluster);
	json_decref(root);
}

int test_json_contract(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(json_has_every_field_of_the_contract),
		WITH_CENSUS(json_census_has_every_field_of_the_contract),
	};

	return cmocka_run_group_tests_name("JSON contract", tests, NULL, NULL);
}
