// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What recordings are made with: packed.c, interner.c, recording_images.c, record_pace.c,
 * report_when.c and the time in recording_source.c.
 */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "interner.h"
#include "packed.h"
#include "record_pace.h"
#include "recording_images.h"
#include "report_when.h"

static void packed_numbers_come_back(void **state)
{
	uint64_t seed = 3, numbers[40], back[40];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct packed p = {};
		struct unpacked u;
		uint32_t count = random_below(&seed, 41);

		for (uint32_t i = 0; i < count; i++)
			numbers[i] = random_below(&seed, 2)
					     ? random_next(&seed) >> random_below(&seed, 64)
					     : 0;
		packed_add(&p, numbers, count);
		assert_false(p.failed);
		u = (struct unpacked){p.bytes, p.used};
		assert_true(packed_read(&u, back, count, UINT64_MAX));
		assert_int_equal(u.left, 0);
		assert_memory_equal(numbers, back, count * sizeof(*numbers));
		/* Nothing less than all of it will do, and nothing more is read. */
		if (p.used) {
			u = (struct unpacked){p.bytes, p.used - 1};
			assert_false(packed_read(&u, back, count, UINT64_MAX));
		}
		packed_deinit(&p);
	}
}

static void packed_numbers_that_are_wrong(void **state)
{
	static const struct {
		const char *bytes;
		size_t size, count;
		uint64_t max;
		bool good;
	} cases[] = {
		{"\x05", 1, 1, 5, true},
		{"\x05", 1, 1, 4, false},
		{"\x80", 1, 1, 5, false},	 /* more is promised */
		{"\x00", 1, 1, 5, false},	 /* a run of how many? */
		{"\x00\x00", 2, 1, 5, true},	 /* of one */
		{"\x00\x01", 2, 1, 5, false},	 /* of two, where one is due */
		{"\x00\x02\x07", 3, 4, 9, true}, /* 0, 0, 0, 7 */
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, 1, UINT64_MAX, true},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, 1, UINT64_MAX, false},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11, 1, UINT64_MAX, false},
	};
	uint64_t numbers[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct unpacked u = {(const uint8_t *)cases[i].bytes, cases[i].size};

		if (packed_read(&u, numbers, cases[i].count, cases[i].max) != cases[i].good)
			fail_msg("case %zu", i);
	}
}

static void interner_numbers_in_order(void **state)
{
	struct interner in = {};
	uint32_t number;
	bool is_new;

	(void)state;
	for (int again = 0; again < 2; again++)
		for (uint32_t i = 0; i < 5000; i++) {
			uint64_t key = i * 4096ull;

			assert_int_equal(interner_number(&in, &key, sizeof(key), &number, &is_new),
					 0);
			assert_int_equal(number, i + 1);
			assert_int_equal(is_new, !again);
		}
	/* Of no bytes, and of some of another's. */
	assert_int_equal(interner_number(&in, "", 0, &number, &is_new), 0);
	assert_int_equal(number, 5001);
	assert_int_equal(interner_number(&in, "\0\0\0", 3, &number, &is_new), 0);
	assert_int_equal(number, 5002);
	interner_deinit(&in);
}

static void images_find_build_ids(void **state)
{
	char id[BUILD_ID];

	(void)state;
	images_build_id("/nonexistent", NULL, id);
	assert_string_equal(id, "");
	images_build_id(NULL, "../../etc", id);
	assert_string_equal(id, "");
}

static void images_begin_where_they_were_loaded(void **state)
{
	struct symbols *symbols = NULL;
	const char *root;

	assert_int_equal(mkdir(sandbox_path(state, "proc"), 0700), 0);
	sandbox_file(state, "proc/modules",
		     "nfs_acl 16384 1 - Live 0xffffffffc0100000\n"
		     "nfs 446464 2 - Live 0xffffffffc0200000 (OE)\n");
	root = sandbox_path(state, "");
	assert_int_equal(symbols_create(sandbox_file(state, "kallsyms",
						     "ffffffff81000000 T _text\n"
						     "ffffffff81000100 T first\n"),
					&symbols),
			 0);
	assert_true(images_base(root, "nfs", symbols) == 0xffffffffc0200000ull);
	assert_true(images_base(root, "ext4", symbols) == 0);
	assert_true(images_base(root, NULL, symbols) == 0xffffffff81000000ull);
	symbols_destroy(symbols);
}

static void pace_is_due_every_so_often(void **state)
{
	struct record_pace p;

	(void)state;
	record_pace_init(&p, 10);
	assert_false(record_pace_due(&p, 9.9));
	assert_true(record_pace_due(&p, 10.1));
	assert_false(record_pace_due(&p, 19.9));
	assert_true(record_pace_due(&p, 20.2));
	assert_int_equal(p.late, 0);
	/* Nobody looked for a while: those of 30, 40 and 50 s are left out. */
	assert_true(record_pace_due(&p, 67));
	assert_int_equal(p.late, 3);
	assert_false(record_pace_due(&p, 69));
	record_pace_taken(&p, false, 0);
	assert_int_equal(p.late, 0);
	assert_true(record_pace_due(&p, 70));
}

/* Of an hour at one a second, with counters that cost 2 ms and deep ones of 150 ms. */
static void pace_keeps_to_its_share(void **state)
{
	struct record_pace p;
	double spent = 0;
	int deep = 0, put_off = 0;

	(void)state;
	record_pace_init(&p, 1);
	for (int now = 1; now <= 3600; now++) {
		bool is_deep = record_pace_due(&p, now) && record_pace_deep(&p, now);
		double cost = is_deep ? 0.15 : 0.002;

		put_off += !is_deep;
		deep += is_deep;
		record_pace_taken(&p, is_deep, cost);
		spent += cost;
		/* The first one's cost was not known before. */
		assert_true(spent <= 0.01 * now + 0.15);
	}
	assert_int_equal(deep + put_off, 3600);
	assert_true(spent <= 36);
	assert_true(deep > 180);
	/* Of one that costs nothing, each is deep. */
	record_pace_init(&p, 1);
	for (int now = 1; now <= 100; now++) {
		assert_true(record_pace_due(&p, now) && record_pace_deep(&p, now));
		record_pace_taken(&p, true, 0.001);
	}
}

static void when_is_understood(void **state)
{
	/* Began on 2026-11-21 at 13:50:20 UTC, where clocks showed 14:50:20. */
	const struct recording_run run = {.began = 1795269020, .utc_offset = 3600};
	static const struct {
		const char *when;
		double s; /* below 0: not understood */
	} cases[] = {
		{"+0", 0},
		{"+90", 90},
		{"+1.5", 1.5},
		{"14:50:30", 10},
		{"14:50", 0}, /* the minute in which it began */
		{"15:00", 580},
		{"14:49:00", 86400 - 80},
		{"00:00", 9 * 3600 + 9 * 60 + 40},
		{"2026-11-21T14:51", 40},
		{"2026-11-21 14:51:01", 41},
		{"2026-11-22T14:50:20", 86400},
		{"", -1},
		{"+", -1},
		{"+x", -1},
		{"+-5", -1},
		{"+nan", -1},
		{"+1e99", -1},
		{"90", -1},
		{"24:61", -1},
		{"14:50:30x", -1},
		{"2026-11-21", -1},
	};
	char time[RECORDING_TIME];

	(void)state;
	assert_string_equal(recording_time(run.began, 3600, time), "2026-11-21 14:50:20 +0100");
	assert_string_equal(recording_time(run.began, -12600, time), "2026-11-21 10:20:20 -0330");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double s = -2;
		bool good = report_when(cases[i].when, &run, &s);

		if (good != (cases[i].s >= 0) || (good && fabs(s - cases[i].s) > 1e-6))
			fail_msg("%s: %f", cases[i].when, s);
	}
}

int test_recording_parts(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_numbers_come_back),
		cmocka_unit_test(packed_numbers_that_are_wrong),
		cmocka_unit_test(interner_numbers_in_order),
		cmocka_unit_test(images_find_build_ids),
		SANDBOXED(images_begin_where_they_were_loaded),
		cmocka_unit_test(pace_is_due_every_so_often),
		cmocka_unit_test(pace_keeps_to_its_share),
		cmocka_unit_test(when_is_understood),
	};

	return cmocka_run_group_tests_name("recording, its parts", tests, NULL, NULL);
}
