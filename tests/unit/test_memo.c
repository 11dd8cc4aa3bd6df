// SPDX-License-Identifier: GPL-2.0-or-later
/* memo.c: right answers always, and seldom more than one question about an address. */
#include "fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "memo.h"
#include "stand_ins.h"

#define TEXT UINT64_C(0xffffffff81000000)
#define HEAP UINT64_C(0xffff888000000000)

static bool name_text(void *arg, uint64_t value, char buf[MEMO_NAME])
{
	unsigned int *calls = arg;

	++*calls;
	if (value < TEXT)
		return false;
	snprintf(buf, MEMO_NAME, "f+0x%" PRIx64, value - TEXT);
	return true;
}

static void assert_names(struct memo *m, uint64_t value)
{
	const char *name = memo_name(m, value);
	char expected[MEMO_NAME];

	if (value < TEXT) {
		assert_null(name);
		return;
	}
	snprintf(expected, sizeof(expected), "f+0x%" PRIx64, value - TEXT);
	assert_string_equal(name, expected);
}

static void memo_asks_once(void **state)
{
	unsigned int calls = 0;
	struct memo *m;

	(void)state;
	assert_int_equal(memo_create(name_text, &calls, &m), 0);
	for (int round = 0; round < 10; round++) {
		for (uint64_t i = 0; i < 100; i++) {
			assert_names(m, TEXT + i * 64);
			assert_names(m, HEAP + i * 192);
		}
		assert_int_equal(calls, 200);
	}
	/* Never about what cannot be an address of the kernel's. */
	assert_null(memo_name(m, 0));
	assert_null(memo_name(m, 4096));
	assert_null(memo_name(m, 0x7fffffffffff));
	assert_null(memo_name(m, UINT64_MAX));
	assert_null(memo_name(m, (uint64_t)-EINVAL));
	assert_int_equal(calls, 200);
	memo_destroy(m);
	memo_destroy(NULL);
}

/* A million objects by their addresses do not drive out the names. */
static void memo_keeps_names_among_many_others(void **state)
{
	unsigned int calls = 0, others = 0;
	struct memo *m;
	uint64_t seed = 23;

	(void)state;
	assert_int_equal(memo_create(name_text, &calls, &m), 0);
	for (int round = 0; round < 200000; round++, others++) {
		assert_names(m, HEAP + random_below(&seed, 1u << 31) * 8ull);
		assert_names(m, TEXT + round % 300 * 0x111ull);
	}
	/* 300, and the heap's as often as they came at most. */
	assert_in_range(calls, 300, others + 300);
	/* More names than fit are asked for again, and are right. */
	for (uint64_t i = 0; i < 50000; i++)
		assert_names(m, TEXT + i * 16);
	for (uint64_t i = 0; i < 50000; i++)
		assert_names(m, TEXT + i * 16);
	memo_destroy(m);
}

static const char *answer;

static bool name_badly(void *arg, uint64_t value, char buf[MEMO_NAME])
{
	(void)arg;
	(void)value;
	memset(buf, 'x', MEMO_NAME);
	if (answer)
		strcpy(buf, answer);
	return true;
}

static void memo_survives_a_bad_resolver(void **state)
{
	struct memo *m;

	(void)state;
	assert_int_equal(memo_create(name_badly, NULL, &m), 0);
	answer = NULL;
	/* No NUL. */
	assert_int_equal(strlen(memo_name(m, TEXT)), MEMO_NAME - 1);
	answer = "";
	assert_null(memo_name(m, TEXT + 1));
	answer = "late";
	assert_null(memo_name(m, TEXT + 1));
	assert_string_equal(memo_name(m, TEXT + 2), "late");
	memo_destroy(m);
}

static void memo_survives_without_memory(void **state)
{
	int err = -ENOMEM, failures = 0;

	(void)state;
	for (long n = 0; err; n++) {
		struct memo *m = NULL;

		memory_fails_after(n);
		err = memo_create(name_badly, NULL, &m);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, m ? 0 : -ENOMEM);
		failures += err != 0;
		memo_destroy(m);
	}
	assert_int_equal(failures, 3);
}

int test_memo(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memo_asks_once),
		cmocka_unit_test(memo_keeps_names_among_many_others),
		cmocka_unit_test(memo_survives_a_bad_resolver),
		cmocka_unit_test(memo_survives_without_memory),
	};

	return cmocka_run_group_tests_name("memo", tests, NULL, NULL);
}
