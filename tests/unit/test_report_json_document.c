// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_json.c's document: nothing that a name holds breaks it, it keeps addresses
 * secret, is whole or not there, and does not grow by every frame of every stack.
 */
#include "fixture.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"
#include "read_json.h"
#include "stand_ins.h"

/* Names with what JSON cannot hold as it is: control characters, quotes, bytes that are no text. */
static void json_holds_any_name(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "bad\xff\"\\\x01", 64, 64);
	uint32_t good = made_cache(m, "caf\xc3\xa9\n", 32, 32);
	uint32_t origin = made_origin(m, cache, MADE_ALLOC, 64, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_ALLOC}, 1), task;
	json_t *root;

	(void)state;
	task = made_task(m, "\x1b[2Jx\xe2\x82\xac\xe2\x82\xac\xe2\x82"); /* cut in a character */
	made_object(m, origin, made_rec(m, origin, stack, task), 0, 1, 1);
	made_object(m, made_origin(m, good, MADE_LOOKUP, 32, 0), 0, 0, 1, 1);
	made.report.host = "host\xf0\x28";
	made_report_take(&made);
	root = json_read_report(NULL);
	assert_string_equal(json_get_string(root, "host"), "host\\xf0(");
	assert_string_equal(json_get_string(json_array_get(json_get(root, "caches"), 0), "name"),
			    "bad\\xff\"\\\\\\x01");
	assert_string_equal(json_get_string(json_array_get(json_get(root, "caches"), 1), "name"),
			    "caf\xc3\xa9\n");
	origin = 0;
	assert_string_equal(
		json_get_string(
			json_array_get(
				json_get(json_array_get(
						 json_get(json_array_get(json_get(root, "origins"),
									 origin),
							  "stacks"),
						 0),
					 "tasks"),
				0),
			"comm"),
		"\\x1b[2Jx\xe2\x82\xac\xe2\x82\xac\\xe2\\x82");
	json_decref(root);
}

static void json_keeps_addresses_secret(void **state)
{
	autofree char *whole = NULL, *hidden = NULL;
	struct symbols *none;

	made_report_fill(&made);
	made_report_take(&made);
	json_decref(json_read_report(&whole));
	made_report_check_secrets(&made, whole);
	/* Nor when there is nothing else to call them by. */
	assert_int_equal(
		symbols_create(sandbox_file(state, "hidden", "0000000000000000 T a\n"), &none), 0);
	made.report.symbols = none;
	json_decref(json_read_report(&hidden));
	made_report_check_secrets(&made, hidden);
	assert_non_null(strstr(hidden, "\"symbols\": false"));
	symbols_destroy(none);
}

static void json_tells_when_it_cannot_be_written(void **state)
{
	(void)state;
	made_report_take(&made);
	made_report_check_errors(&made, report_json);
	made_report_fill(&made);
	made_report_take(&made);
	made_report_check_errors(&made, report_json);
}

/* Nothing in a document, printed on a terminal, does anything to it. */
static void json_is_plain_ascii(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "caf\xc3\xa9\xc2\x9b\xe2\x80\xae\x1b[2J\x7f", 64, 64);
	autofree char *whole = NULL;
	json_t *root;

	(void)state;
	made_object(m, made_origin(m, cache, MADE_ALLOC, 64, 0), 0, 0, 1, 1);
	made_report_take(&made);
	root = json_read_report(&whole);
	for (const char *c = whole; *c; c++)
		assert_true(*c == '\n' || (*c >= 0x20 && *c <= 0x7f));
	json_decref(root);
}

/* Wherever memory runs out, nothing is written rather than a document with holes. */
static void json_is_whole_or_not_there(void **state)
{
	int err = -ENOMEM, failures = 0;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	for (long n = 0; err; n += 1 + n / 16) {
		autofree char *whole = NULL;
		size_t size;
		FILE *f = open_memstream(&whole, &size);

		memory_fails_after(n);
		err = report_json(&made.report, f);
		assert_int_equal(memory_failed(), err != 0);
		assert_true(!err || err == -ENOMEM);
		failures += err != 0;
		fclose(f);
		assert_int_equal(size > 0, err == 0);
	}
	assert_true(failures > 50);
}

/* Of 300 stacks with the same 100 frames: a document does not grow by each frame of each. */
static void json_makes_a_frame_once(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t origin = made_origin(m, made_cache(m, "dentry", 192, 192), MADE_ALLOC, 192, 0);
	uint64_t frames[102] = {MADE_ALLOC};
	autofree char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	const json_t *stacks;
	json_t *root;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		frames[2 + i] = MADE_OTHER + 0x200 * i + 1;
	for (uint32_t i = 0; i < 300; i++) {
		frames[1] = MADE_OTHER + 0x200 * (100 + i) + 1;
		made_object(m, origin, made_rec(m, origin, made_stack(m, frames, 102), 0), 0, 700,
			    192);
	}
	made_report_take(&made);
	memory_fails_after(100000);
	assert_int_equal(report_json(&made.report, f), 0);
	assert_false(memory_failed());
	fclose(f);
	root = json_loads(text, 0, NULL);
	stacks = json_get(json_array_get(json_get(root, "origins"), 0), "stacks");
	assert_int_equal(json_array_size(stacks), 300);
	for (size_t i = 0; i < 300; i++) {
		const json_t *list = json_get(json_array_get(stacks, i), "frames");

		assert_int_equal(json_array_size(list), 102);
		assert_string_equal(json_get_string(json_array_get(list, 0), "symbol"), "d_alloc");
		assert_string_equal(json_get_string(json_array_get(list, 101), "symbol"),
				    "caller_99");
		assert_int_equal(json_get_integer(json_array_get(list, 101), "offset"), 1);
	}
	json_decref(root);
}

int test_report_json_document(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(json_holds_any_name),
		WITH_REPORT(json_keeps_addresses_secret),
		WITH_REPORT(json_tells_when_it_cannot_be_written),
		WITH_REPORT(json_is_plain_ascii),
		WITH_REPORT(json_is_whole_or_not_there),
		WITH_REPORT(json_makes_a_frame_once),
	};

	return cmocka_run_group_tests_name("report_json_document", tests, NULL, NULL);
}
