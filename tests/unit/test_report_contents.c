// SPDX-License-Identifier: GPL-2.0-or-later
/* What leaked objects hold, in reports: people are shown what tells something, programs all. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"
#include "read_json.h"

#define FUNCTION(n) (MADE_OTHER + 0x200 * (n))

static void add_leak(const char *cache, uint32_t size, uint64_t site)
{
	struct made_ledger *m = &made.ledger;
	uint32_t origin = made_origin(m, made_cache(m, cache, size, size), site, size, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){site, FUNCTION(3)}, 2);

	made_leaks(m, 400, origin, made_rec(m, origin, stack, made_task(m, "httpd")));
}

/* What so many of the objects that were read of a leak hold, most first. */
static void hold(const char *cache, uint64_t looked, const struct snapshot_content *contents,
		 size_t count)
{
	struct snapshot *s = made.report.snapshot;
	struct snapshot_origin *o = s->origins;

	while (strcmp(s->caches[o->cache].name, cache))
		assert_true(++o < s->origins + s->origin_cnt);
	o->contents = calloc(count, sizeof(*o->contents));
	assert_non_null(o->contents);
	for (size_t i = 0; i < count; i++) {
		o->contents[i] = contents[i];
		o->contents[i].text = strdup(contents[i].text);
		assert_non_null(o->contents[i].text);
		o->content_cnt++;
	}
	o->looked = looked;
}

#define HOLD(cache, looked, ...)                                                                   \
	hold((cache), (looked), (const struct snapshot_content[]){__VA_ARGS__},                    \
	     sizeof((const struct snapshot_content[]){__VA_ARGS__}) /                              \
		     sizeof(struct snapshot_content))

/* As many as are shown at all, so that one that is not makes room for none. */
static void fill(uint64_t looked, uint64_t many, uint64_t few)
{
	add_leak("filp", 192, FUNCTION(0));
	made_report_take(&made);
	HOLD("filp", looked, {"symbols", "+0x28 points at udp_prot", many},
	     {"symbols", "+0x68 points at bpf_prog_1 [bpf]", few});
}

static void contents_of_hardly_any_are_not_shown(void **state)
{
	autofree char *text = NULL, *tap = NULL;

	(void)state;
	fill(256, 254, 2);
	text = made_report_write(&made, report_text);
	assert_has(text,
		   "\n        99% hold +0x28 points at udp_prot\n        made by httpd (100%)");
	assert_lacks(text, "bpf_prog");
	tap = made_report_write(&made, report_tap);
	assert_has(tap, "    contents:\n      - \"+0x28 points at udp_prot\"\n    share: ");
	assert_lacks(tap, "bpf_prog");
}

static void contents_of_one_in_a_hundred_are_shown(void **state)
{
	autofree char *text = NULL, *tap = NULL;

	(void)state;
	fill(200, 198, 2);
	text = made_report_write(&made, report_text);
	assert_has(text, "\n        99% hold +0x28 points at udp_prot\n"
			 "        1% hold +0x68 points at bpf_prog_1 [bpf]\n        made by ");
	tap = made_report_write(&made, report_tap);
	assert_has(tap, "    contents:\n      - \"+0x28 points at udp_prot\"\n"
			"      - \"+0x68 points at bpf_prog_1 [bpf]\"\n    share: ");
}

static void contents_may_all_be_of_hardly_any(void **state)
{
	autofree char *text = NULL, *tap = NULL;

	(void)state;
	fill(256, 1, 1);
	text = made_report_write(&made, report_text);
	assert_lacks(text, " hold ");
	assert_has(text, "not reclaimable\n        made by httpd (100%)");
	tap = made_report_write(&made, report_tap);
	assert_lacks(tap, "contents:");
}

/* Shapes have no line of their own, and take the place of none. */
static void contents_of_some_behind_a_shape_are_shown(void **state)
{
	autofree char *text = NULL;

	(void)state;
	add_leak("filp", 192, FUNCTION(0));
	made_report_take(&made);
	HOLD("filp", 256, {"shape", "shape: +0x0 pointer", 240}, {"symbols", "first word is a", 9},
	     {"string", "string \"b\"", 5}, {"string", "string \"c\"", 2});
	text = made_report_write(&made, report_text);
	assert_has(text, "\n        4% hold first word is a\n        2% hold string \"b\"\n"
			 "        made by ");
	assert_lacks(text, "shape");
}

static void contents_of_what_was_made_together(void **state)
{
	static const char line[] =
		"\n        2% of lsm_file_cache at caller_1+0x0 hold string \"b\"\n";
	autofree char *text = NULL;

	(void)state;
	add_leak("filp", 192, FUNCTION(0));
	add_leak("lsm_file_cache", 24, FUNCTION(1));
	add_leak("skbuff_head_cache", 16, FUNCTION(2));
	made_report_take(&made);
	HOLD("lsm_file_cache", 256, {"string", "string \"b\"", 5}, {"string", "string \"c\"", 2});
	HOLD("skbuff_head_cache", 256, {"shape", "shape: +0x0 pointer", 254},
	     {"string", "string \"d\"", 2});
	text = made_report_write(&made, report_text);
	assert_has(text, "\n        with it 2 more, made together: ");
	assert_has(text, line);
	assert_lacks(text, "\"c\"");
	assert_lacks(text, "\"d\"");
}

/* Whoever reads JSON can tell for himself. */
static void json_has_all_contents(void **state)
{
	const json_t *contents;
	json_t *root;

	(void)state;
	fill(256, 254, 2);
	root = json_read_report(NULL);
	contents = json_get(json_array_get(json_get(root, "origins"), 0), "contents");
	assert_int_equal(json_array_size(contents), 2);
	contents = json_array_get(contents, 1);
	assert_string_equal(json_get_string(contents, "text"), "+0x68 points at bpf_prog_1 [bpf]");
	assert_int_equal(json_get_integer(contents, "objects"), 2);
	assert_int_equal(json_get_integer(contents, "sampled"), 256);
	json_decref(root);
}

int test_report_contents(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(contents_of_hardly_any_are_not_shown),
		WITH_REPORT(contents_of_one_in_a_hundred_are_shown),
		WITH_REPORT(contents_may_all_be_of_hardly_any),
		WITH_REPORT(contents_of_some_behind_a_shape_are_shown),
		WITH_REPORT(contents_of_what_was_made_together),
		WITH_REPORT(json_has_all_contents),
	};

	return cmocka_run_group_tests_name("report, contents", tests, NULL, NULL);
}
