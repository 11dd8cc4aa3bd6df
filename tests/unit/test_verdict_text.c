// SPDX-License-Identifier: GPL-2.0-or-later
/* verdict_text.c: every reason's sentence, and what absurd numbers make of it. */
#include "fixture.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "cleanup.h"
#include "verdict.h"

static void verdicts_have_names(void **state)
{
	(void)state;
	assert_string_equal(verdict_name(VERDICT_UNKNOWN), "unknown");
	assert_string_equal(verdict_name(VERDICT_LEAK), "leak");
	assert_string_equal(verdict_name(VERDICT_CACHE), "cache");
	assert_string_equal(verdict_name(VERDICT_BURST), "burst");
	assert_string_equal(verdict_name(VERDICT_STEADY), "steady");
}

static const struct {
	struct verdict v;
	const char *reason;
} sentences[] = {
	{{.kind = VERDICT_LEAK,
	  .why = VERDICT_OUTLIVES,
	  .share = 1,
	  .old = 13622,
	  .half_life_s = 18000,
	  .per_s = 454},
	 "no allocation is ever freed: of 13,622 none died; half-life at least 5h00m (95%); "
	 "+454/s; not reclaimable"},
	{{.kind = VERDICT_LEAK,
	  .why = VERDICT_OUTLIVES,
	  .share = 0.0171,
	  .old = 1,
	  .died = 3,
	  .from_s = 16.384,
	  .half_life_s = 1e9,
	  .per_s = 0.5},
	 "17 of every 1,000 allocations outlive everything: of 1 older than 16.4s only 3 died; "
	 "half-life at least 31y (95%); +0.5/s; not reclaimable"},
	{{.kind = VERDICT_LEAK,
	  .why = VERDICT_OUTLIVES,
	  .share = 0.00123,
	  .old = 70,
	  .died = 0.25,
	  .from_s = 2,
	  .half_life_s = 100,
	  .per_s = 0.01},
	 "1.2 of every 1,000 allocations outlive everything: of 70 older than 2.0s only 1 died; "
	 "half-life at least 1m40s (95%); +36/h; not reclaimable"},
	{{.kind = VERDICT_LEAK,
	  .why = VERDICT_OUTLIVES,
	  .share = NAN,
	  .old = 70,
	  .half_life_s = 100,
	  .per_s = 9},
	 "those of one stack outlive everything: of 70 none died; half-life at least 1m40s (95%); "
	 "+9/s; not reclaimable"},
	/* A name that takes more room than it has bytes is told whole. */
	{{.kind = VERDICT_LEAK,
	  .why = VERDICT_OUTLIVES,
	  .share = NAN,
	  .comm = "\x1b[\u0444\u0444\u0444\u0444\u0444\u0444",
	  .old = 70,
	  .half_life_s = 100,
	  .per_s = 9},
	 "those of \\x1b[\u0444\u0444\u0444\u0444\u0444\u0444 outlive everything: of 70 none died; "
	 "half-life at least 1m40s (95%); +9/s; not reclaimable"},
	{{.kind = VERDICT_LEAK, .why = VERDICT_ORPHANS},
	 "their cache was destroyed with them in it: nothing can free them"},
	{{.kind = VERDICT_LEAK, .why = VERDICT_EACH_RUN, .per_run = 1024},
	 "every repetition leaves 1,024 or more behind"},
	{{.kind = VERDICT_CACHE, .why = VERDICT_RECLAIMABLE},
	 "reclaimable: the kernel frees them when memory is short"},
	{{.kind = VERDICT_CACHE, .why = VERDICT_PART, .what = "inodes"},
	 "parts of inodes, and go when those are reclaimed"},
	{{.kind = VERDICT_CACHE, .why = VERDICT_PART},
	 "parts of others, and go when those are reclaimed"},
	{{.kind = VERDICT_CACHE, .why = VERDICT_RECLAIMED, .reclaimed = 5000},
	 "reclaim freed 5,000 of them"},
	{{.kind = VERDICT_BURST, .why = VERDICT_AT_ONCE, .span_s = 0.5},
	 "most were born within 500ms, and are held"},
	{{.kind = VERDICT_STEADY, .why = VERDICT_NONE_LEFT}, "all were freed"},
	{{.kind = VERDICT_STEADY, .why = VERDICT_TURNED_OVER, .from_s = 8.192},
	 "none is older than 8.2s"},
	{{.kind = VERDICT_STEADY, .why = VERDICT_BALANCED, .from_s = 8, .half_life_s = 3},
	 "of those older than 8.0s, half die within 3.0s"},
	{{.kind = VERDICT_STEADY, .why = VERDICT_BOUNDED, .ago_s = 61},
	 "not growing: the last that stayed is 1m01s old"},
	{{.kind = VERDICT_STEADY, .why = VERDICT_NOT_EACH_RUN},
	 "not every repetition leaves some behind"},
	{{.kind = VERDICT_UNKNOWN, .why = VERDICT_GHOSTS},
	 "ghosts: not all frees of these are seen on this kernel"},
	{{.kind = VERDICT_UNKNOWN, .why = VERDICT_REFUSED},
	 "not all are in the books: --objects makes room for them"},
	{{.kind = VERDICT_UNKNOWN,
	  .why = VERDICT_TIMED,
	  .what = "peers",
	  .live_s = 600,
	  .trace_s = 3600},
	 "peers live for 10m00s by design: trace 1h to tell"},
	/* A trace so long that nobody is advised to. */
	{{.kind = VERDICT_UNKNOWN, .why = VERDICT_TIMED, .live_s = 432000},
	 "they live for 120h00m by design"},
	{{.kind = VERDICT_UNKNOWN, .why = VERDICT_YOUNG, .trace_s = 20},
	 "too young: trace 30s to tell"},
	{{.kind = VERDICT_UNKNOWN, .why = VERDICT_FEW, .trace_s = 90}, "too few: trace 2m to tell"},
	{{.kind = VERDICT_UNKNOWN, .why = VERDICT_SOME_STAY, .from_s = 32, .trace_s = 120},
	 "most are freed, those older than 32.0s hardly: trace 2m to tell"},
	{{.kind = VERDICT_UNKNOWN, .why = VERDICT_SLOW, .trace_s = 120},
	 "they die, about as slowly as this trace is long: trace 2m to tell"},
	{{.kind = VERDICT_UNKNOWN, .why = VERDICT_FITS, .trace_s = 90},
	 "growth comes in fits: trace 2m to tell"},
	{{.kind = VERDICT_UNKNOWN, .why = VERDICT_SLOWING, .trace_s = 60},
	 "growth is slowing down, perhaps to an end: trace 1m to tell"},
};

static void reasons_are_sentences(void **state)
{
	char buf[VERDICT_REASON];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
		assert_string_equal(verdict_reason(&sentences[i].v, buf), sentences[i].reason);
}

/* A leak that one stack gave away has a share, but it is that of another population. */
static void reasons_of_stacks_have_no_share(void **state)
{
	struct verdict v = {
		.kind = VERDICT_LEAK, .why = VERDICT_OUTLIVES, .share = 0.5, .by_stack = true};
	char buf[VERDICT_REASON];

	(void)state;
	assert_memory_equal(verdict_reason(&v, buf), "those of one stack ", 19);
}

static void shares_are_rounded_to_what_they_mean(void **state)
{
	static const struct {
		double share;
		const char *begins;
	} cases[] = {
		{0.99951, "no allocation is ever freed"},
		{0.99949, "999 of every 1,000"},
		{0.0095, "10 of every 1,000"},
		{0.00949, "9.5 of every 1,000"},
		{1e-6, "0.001 of every 1,000"},
	};
	char buf[VERDICT_REASON];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct verdict v = {
			.kind = VERDICT_LEAK, .why = VERDICT_OUTLIVES, .share = cases[i].share};

		assert_memory_equal(verdict_reason(&v, buf), cases[i].begins,
				    strlen(cases[i].begins));
	}
}

/* Nobody can tell 26.1 s from 30: an advice is rounded up, never down. */
static void advice_is_a_round_number(void **state)
{
	static const struct {
		double trace_s;
		const char *reason;
	} cases[] = {
		{0.1, "too few: trace 30s to tell"},
		{26.1, "too few: trace 30s to tell"},
		{30, "too few: trace 30s to tell"},
		{30.001, "too few: trace 45s to tell"},
		{61, "too few: trace 2m to tell"},
		{301, "too few: trace 10m to tell"},
		{601, "too few: trace 30m to tell"},
		{1801, "too few: trace 1h to tell"},
		{3601, "too few: trace 2h to tell"},
		{43201, "too few: trace 1 day to tell"},
		{604800, "too few: trace 7 days to tell"},
		{1e300, "too few: trace 7 days to tell"},
		{0, "too few"},
	};
	char buf[VERDICT_REASON];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct verdict v = {.why = VERDICT_FEW, .trace_s = cases[i].trace_s};

		assert_string_equal(verdict_reason(&v, buf), cases[i].reason);
	}
}

#define STEADY(w)                                                                                  \
	{                                                                                          \
		.kind = VERDICT_STEADY, .why = VERDICT_##w                                         \
	}
#define CACHE(w)                                                                                   \
	{                                                                                          \
		.kind = VERDICT_CACHE, .why = VERDICT_##w                                          \
	}
#define UNKNOWN(w, ...)                                                                            \
	{                                                                                          \
		.kind = VERDICT_UNKNOWN, .why = VERDICT_##w, __VA_ARGS__                           \
	}

static const struct {
	struct verdict of[4];
	size_t count;
	const char *reason;
} groups[] = {
	{{UNKNOWN(FEW, .trace_s = 80)}, 1, "too few: trace 2m to tell"},
	{{UNKNOWN(FEW, .trace_s = 80), UNKNOWN(FEW, .trace_s = 110)},
	 2,
	 "too few: trace 2m to tell"},
	{{UNKNOWN(FEW, .trace_s = 3000), UNKNOWN(FEW, .trace_s = 90), UNKNOWN(FEW, .trace_s = 40)},
	 3,
	 "too few: trace 2m to tell most of them, 1h all"},
	/* No trace would tell the other. */
	{{UNKNOWN(FEW, .trace_s = 40), UNKNOWN(FEW, .trace_s = 40), UNKNOWN(FEW, .trace_s = 0)},
	 3,
	 "too few: trace 45s to tell most of them"},
	/* Two of four are not most. */
	{{UNKNOWN(FEW, .trace_s = 40), UNKNOWN(FEW, .trace_s = 40), UNKNOWN(FEW, .trace_s = 0),
	  UNKNOWN(FEW, .trace_s = 0)},
	 4,
	 "too few"},
	{{UNKNOWN(SOME_STAY, .from_s = 8, .trace_s = 50),
	  UNKNOWN(SOME_STAY, .from_s = 2, .trace_s = 50)},
	 2,
	 "most are freed, old ones hardly: trace 1m to tell"},
	{{UNKNOWN(TIMED, .what = "peers", .live_s = 600, .trace_s = 3600),
	  UNKNOWN(TIMED, .what = "peers", .live_s = 600, .trace_s = 3600)},
	 2,
	 "peers live for 10m00s by design: trace 1h to tell"},
	{{UNKNOWN(TIMED, .what = "peers", .live_s = 600, .trace_s = 3600),
	  UNKNOWN(TIMED, .what = "sockets", .live_s = 60, .trace_s = 3000)},
	 2,
	 "they live for up to 10m00s by design: trace 1h to tell"},
	{{UNKNOWN(TIMED, .what = "peers", .live_s = 60),
	  UNKNOWN(TIMED, .what = "peers", .live_s = 600)},
	 2,
	 "peers live for up to 10m00s by design"},
	{{UNKNOWN(PARTLY, .what = "inodes"), UNKNOWN(PARTLY, .what = NULL)},
	 2,
	 "some of these are parts of others, and which is not known of all"},
	{{UNKNOWN(GHOSTS, .old = 1), UNKNOWN(GHOSTS, .old = 2)},
	 2,
	 "ghosts: not all frees of these are seen on this kernel"},
	{{STEADY(BOUNDED), STEADY(TURNED_OVER)}, 2, "in balance, or not growing"},
	{{STEADY(NOT_EACH_RUN)}, 1, "not left by every repetition"},
	{{STEADY(NOT_EACH_RUN), STEADY(BALANCED)},
	 2,
	 "in balance, not growing, or not left by every repetition"},
	{{CACHE(RECLAIMABLE), CACHE(PART)}, 2, "reclaimable"},
	{{CACHE(KEPT), CACHE(RECLAIMABLE)}, 2, "reclaimable, or freed many at a time"},
	{{CACHE(KEPT)}, 1, "freed many at a time"},
	{{{.kind = VERDICT_BURST, .why = VERDICT_AT_ONCE, .span_s = 3}},
	 1,
	 "born at once, and held"},
	{{{.share = 0}}, 0, ""},
};

/* A line about several says nothing that is true of one of them only. */
static void reasons_of_groups_are_true_of_all(void **state)
{
	char buf[VERDICT_REASON];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		struct verdict_group g = {};

		for (size_t n = 0; n < groups[i].count; n++)
			verdict_group_add(&g, &groups[i].of[n]);
		assert_string_equal(verdict_group_reason(&g, buf), groups[i].reason);
	}
}

/* Whatever the numbers: one line of printable characters that is whole. */
static void reasons_of_any_numbers(void **state)
{
	static const double absurd[] = {0,     -0.0,	1,   -1,       1e-300,	  0.0999, 1e15,
					1e300, DBL_MAX, NAN, INFINITY, -INFINITY, -1e300};
	static const uint64_t counts[] = {0, 1, UINT64_MAX};
	uint64_t seed = 47;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		char buf[VERDICT_REASON + 8];
		struct verdict v = {
			.kind = random_below(&seed, VERDICT_KINDS),
			.why = random_below(&seed, VERDICT_SLOWING + 1),
			.share = absurd[random_below(&seed, ARRAY_SIZE(absurd))],
			.old = counts[random_below(&seed, ARRAY_SIZE(counts))],
			.died = absurd[random_below(&seed, ARRAY_SIZE(absurd))],
			.from_s = absurd[random_below(&seed, ARRAY_SIZE(absurd))],
			.half_life_s = absurd[random_below(&seed, ARRAY_SIZE(absurd))],
			.per_s = absurd[random_below(&seed, ARRAY_SIZE(absurd))],
			.span_s = absurd[random_below(&seed, ARRAY_SIZE(absurd))],
			.ago_s = absurd[random_below(&seed, ARRAY_SIZE(absurd))],
			.live_s = absurd[random_below(&seed, ARRAY_SIZE(absurd))],
			.trace_s = absurd[random_below(&seed, ARRAY_SIZE(absurd))],
			.per_run = counts[random_below(&seed, ARRAY_SIZE(counts))],
			.reclaimed = counts[random_below(&seed, ARRAY_SIZE(counts))],
			.what = random_below(&seed, 2) ? "half-open connections" : NULL,
		};
		size_t len;

		memset(buf, '#', sizeof(buf));
		len = strlen(verdict_reason(&v, buf));
		assert_in_range(len, 1, VERDICT_REASON - 2);
		assert_int_equal(buf[VERDICT_REASON], '#');
		assert_lacks(buf, "(null)");
		assert_lacks(buf, "nan");
		assert_lacks(buf, "inf ");
		for (size_t i = 0; i < len; i++)
			assert_in_range(buf[i], ' ', '~');
	}
}

int test_verdict_text(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_have_names),
		cmocka_unit_test(reasons_are_sentences),
		cmocka_unit_test(reasons_of_stacks_have_no_share),
		cmocka_unit_test(shares_are_rounded_to_what_they_mean),
		cmocka_unit_test(advice_is_a_round_number),
		cmocka_unit_test(reasons_of_groups_are_true_of_all),
		cmocka_unit_test(reasons_of_any_numbers),
	};

	return cmocka_run_group_tests_name("verdict_text", tests, NULL, NULL);
}
