// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text.c at its boundaries: where a number changes its unit, and what of a
 * hostile name may reach a terminal.
 */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

static void text_count_groups_by_three(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} cases[] = {
		{0, "0"},
		{9, "9"},
		{999, "999"},
		{1000, "1,000"},
		{99999, "99,999"},
		{100000, "100,000"},
		{1234567, "1,234,567"},
		{UINT64_MAX, "18,446,744,073,709,551,615"},
	};
	char buf[TEXT_NUMBER];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(text_count(cases[i].n, buf), cases[i].text);
}

static void text_counted_knows_one(void **state)
{
	char buf[TEXT_COUNTED];

	(void)state;
	assert_string_equal(text_counted(0, "object", buf), "0 objects");
	assert_string_equal(text_counted(1, "object", buf), "1 object");
	assert_string_equal(text_counted(1234, "more cache", buf), "1,234 more caches");
}

static void text_rate_has_three_digits(void **state)
{
	static const struct {
		double per_s;
		const char *text;
	} cases[] = {
		{0, "0"},	   {0.05, "0.1"},    {0.5, "0.5"},	  {1, "1"},
		{9, "9"},	   {9.94, "9.9"},    {9.95, "10"},	  {42.4, "42"},
		{999, "999"},	   {999.4, "999"},   {999.5, "1.0 k"},	  {1000, "1.0 k"},
		{9949, "9.9 k"},   {9950, "10 k"},   {454321, "454 k"},	  {999499, "999 k"},
		{999500, "1.0 M"}, {1.9e6, "1.9 M"}, {999.4e6, "999 M"},  {999.5e6, "1.0 G"},
		{2.34e9, "2.3 G"}, {123e9, "123 G"}, {1e300, "999999 G"}, {INFINITY, "?"},
		{NAN, "?"},
	};
	char buf[TEXT_NUMBER];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(text_rate(cases[i].per_s, buf), cases[i].text);
}

static void text_bytes_changes_unit_when_rounded(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0 B"},
		{1, "1 B"},
		{1023, "1023 B"},
		{1024, "1.0 KiB"},
		{1536, "1.5 KiB"},
		{10188, "9.9 KiB"},
		{10189, "10 KiB"},
		{223232, "218 KiB"},
		/* 1023.5 KiB would round to 1024 KiB. */
		{1048063, "1023 KiB"},
		{1048064, "1.0 MiB"},
		{1ull << 20, "1.0 MiB"},
		{1ull << 30, "1.0 GiB"},
		{(1ull << 40) - 1, "1.0 TiB"},
		{1ull << 40, "1.0 TiB"},
		{UINT64_MAX, "16777216 TiB"},
	};
	char buf[TEXT_NUMBER];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(text_bytes(cases[i].bytes, buf), cases[i].text);
}

static void text_seconds_never_shows_sixty(void **state)
{
	static const struct {
		double s;
		const char *text;
	} cases[] = {
		{-1, "0ms"},
		{0, "0ms"},
		{0.0004, "0ms"},
		{0.05, "50ms"},
		{0.9994, "999ms"},
		{0.9995, "1.0s"},
		{1, "1.0s"},
		{2.34, "2.3s"},
		{59.94, "59.9s"},
		{59.95, "1m00s"},
		{60, "1m00s"},
		{75.2, "1m15s"},
		{119.4, "1m59s"},
		{119.5, "2m00s"},
		{3599.4, "59m59s"},
		{3599.5, "1h00m"},
		{3600, "1h00m"},
		{5400, "1h30m"},
		{7169, "1h59m"},
		{7170, "2h00m"},
		{86400, "24h00m"},
		{3888000, "1080h00m"},
		{35999969, "9999h59m"},
		/* Days and years are told of what is at least so long: never rounded up. */
		{35999970, "416d"},
		{86399 + 86400 * 9999.0, "9999d"},
		{86400e4, "27y"},
		{1e10, "316y"},
		{1e300, "9999y"},
		{INFINITY, "9999y"},
		{NAN, "?"},
		{-INFINITY, "0ms"},
	};
	char buf[TEXT_NUMBER];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(text_seconds(cases[i].s, buf), cases[i].text);
}

static void text_escape_leaves_printable_alone(void **state)
{
	static const char *const same[] = {
		"",
		"kmalloc-16",
		" !~",
		"\xc2\xa0",		    /* the first after the C1 controls */
		"caf\xc3\xa9",		    /* two bytes */
		"\xe2\x82\xac",		    /* three */
		"\xed\x9f\xbf",		    /* the last before the surrogates */
		"\xf0\x9f\x90\xa7",	    /* four */
		"\xf4\x8f\xbf\xbd",	    /* near the last code point */
		"\xe2\x80\x8a",		    /* hair space: the last before zero width space */
		"\xe2\x80\x90",		    /* hyphen: the first after the marks */
		"\xe2\x81\x9f",		    /* the last before word joiner */
		"\xe2\x81\xb0",		    /* superscript zero: the first after the isolates */
		"\xc3\x9c\xd8\xa1",	    /* halves of U+061C, as parts of others */
		"\xef\xbb\xbc\xef\xbc\xbf", /* of U+FEFF */
		"\xf3\xa0\x84\x80",	    /* after the tags */
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_string_equal(text_escape(same[i], buf, sizeof(buf)), same[i]);
}

static void text_escape_disarms_the_rest(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"a\nb\tc", "a\\nb\\tc"},
		{"back\\slash", "back\\\\slash"},
		{"\\n", "\\\\n"}, /* not to be taken for a newline */
		{"\x1b[2J\x1b]0;t\a", "\\x1b[2J\\x1b]0;t\\x07"},
		{"\r\b\x01\x7f", "\\x0d\\x08\\x01\\x7f"},
		/* C1 controls: CSI as UTF-8 and as a bare byte. */
		{"\xc2\x9b"
		 "2J",
		 "\\xc2\\x9b2J"},
		{"\x9b"
		 "2J",
		 "\\x9b2J"},
		{"\xc2\x80\xc2\x9f", "\\xc2\\x80\\xc2\\x9f"},
		/* Not UTF-8: alone, cut short, overlong, a surrogate, too large. */
		{"\x80", "\\x80"},
		{"\xff\xfe", "\\xff\\xfe"},
		{"\xc3", "\\xc3"},
		{"\xe2\x82", "\\xe2\\x82"},
		{"\xe2\x82z", "\\xe2\\x82z"},
		{"\xf0\x9f\x90", "\\xf0\\x9f\\x90"},
		{"\xc0\xaf", "\\xc0\\xaf"},
		{"\xc1\xbf", "\\xc1\\xbf"},
		{"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},
		{"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
		/* What reorders a line: U+202A..E, U+2066..9, U+200E/F, U+061C. */
		{"\xe2\x80\xaa\xe2\x80\xae", "\\xe2\\x80\\xaa\\xe2\\x80\\xae"},
		{"\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
		{"\xe2\x80\x8e\xe2\x80\x8f", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f"},
		{"\xd8\x9c", "\\xd8\\x9c"},
		/* What takes no room: U+200B, U+200D, U+2060, U+FEFF, tags U+E0000..7F. */
		{"a\xe2\x80\x8b"
		 "b",
		 "a\\xe2\\x80\\x8bb"},
		{"\xe2\x80\x8d\xe2\x81\xa0", "\\xe2\\x80\\x8d\\xe2\\x81\\xa0"},
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},
		{"\xf3\xa0\x80\x80\xf3\xa0\x81\xbf", "\\xf3\\xa0\\x80\\x80\\xf3\\xa0\\x81\\xbf"},
		/* Line and paragraph separators. */
		{"\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"},
	};
	char buf[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(text_escape(cases[i].from, buf, sizeof(buf)), cases[i].to);
}

/* Whatever the size, the result is a whole number of escapes and characters. */
static void text_escape_cuts_between_characters(void **state)
{
	static const char from[] = "a\x1b"
				   "b\xe2\x82\xac\\\xf0\x9f\x90\xa7\nz";
	static const char *const whole[] = {
		"a", "\\x1b", "b", "\xe2\x82\xac", "\\\\", "\xf0\x9f\x90\xa7", "\\n", "z",
	};

	(void)state;
	for (size_t size = 1; size < 32; size++) {
		char buf[32 + 1], expected[32] = "";

		for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
			if (strlen(expected) + strlen(whole[i]) >= size)
				break;
			strcat(expected, whole[i]);
		}
		memset(buf, '#', sizeof(buf));
		assert_string_equal(text_escape(from, buf, size), expected);
		for (size_t i = size; i < sizeof(buf); i++)
			assert_int_equal(buf[i], '#');
	}
}

/* Random bytes: the output is printable, and escaping what needs none changes nothing. */
static void text_escape_is_safe_for_all_bytes(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char from[13] = "", buf[64], again[64];
		size_t len = random_below(&seed, sizeof(from));

		for (size_t i = 0; i < len; i++) {
			uint32_t kind = random_below(&seed, 4);

			from[i] = kind == 0   ? (char)(1 + random_below(&seed, 255))
				  : kind == 1 ? (char)(0x80 + random_below(&seed, 64))
				  : kind == 2 ? (char)(0xc0 + random_below(&seed, 64))
					      : 'a';
		}
		text_escape(from, buf, sizeof(buf));
		for (const char *c = buf; *c; c++) {
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
			/* A backslash begins an escape; skip it, whichever it is. */
			if (*c == '\\')
				c += c[1] == 'x' ? 3 : 1;
		}
		/* What comes out, less its backslashes, is printable as it is. */
		for (char *c = buf; *c; c++)
			*c = *c == '\\' ? '/' : *c;
		assert_string_equal(text_escape(buf, again, sizeof(again)), buf);
	}
}

/* Printable is what text_escape() lets through as it is, and a backslash. */
static void text_printable_is_what_needs_no_escape(void **state)
{
	(void)state;
	for (uint32_t bytes = 1; bytes < 0x1000000; bytes += bytes < 0x10000 ? 1 : 251) {
		const char from[] = {(char)bytes, (char)(bytes >> 8), (char)(bytes >> 16), '\0'};
		size_t len = text_printable(from);
		char buf[32];

		if (!from[0])
			continue;
		text_escape(from, buf, sizeof(buf));
		if (from[0] == '\\')
			assert_int_equal(len, 1);
		else
			assert_int_equal(len > 0, buf[0] != '\\');
		assert_true(len <= strlen(from) && !memcmp(from, buf, from[0] == '\\' ? 1 : len));
	}
	assert_int_equal(text_printable(""), 0);
	assert_int_equal(text_printable("\xf0\x9f\x90\xa7z"), 4);
}

static void text_nearest_finds_typing_errors(void **state)
{
	static const char *const list[] = {"duration", "cache", "min-size", "max-size",
					   "stacks",   "sort",	NULL};

	(void)state;
	assert_string_equal(text_nearest("durationn", list), "duration");
	assert_string_equal(text_nearest("duraton", list), "duration");
	assert_string_equal(text_nearest("chache", list), "cache");
	assert_string_equal(text_nearest("cahce", list), "cache");
	assert_string_equal(text_nearest("maxsize", list), "max-size");
	assert_string_equal(text_nearest("stack", list), "stacks");
	assert_string_equal(text_nearest("dur", list), "duration");
	assert_string_equal(text_nearest("sort", list), "sort");
	assert_null(text_nearest("verbose", list));
	assert_null(text_nearest("x", list));
	assert_null(text_nearest("", list));
	assert_null(text_nearest("cache", (const char *const[]){NULL}));
}

/* Near is: not more than half of the letters wrong, missing or too many. */
static void text_nearest_counts_errors(void **state)
{
	static const struct {
		const char *word, *other;
		bool near;
	} cases[] = {
		{"ac", "abc", true},				      /* one missing */
		{"ae", "abcde", false},				      /* three */
		{"acdf", "abcdef", true},			      /* two of six */
		{"acd", "abcde", false},       {"abxc", "abc", true}, /* one too many */
		{"abxyc", "abc", true},	       {"xyzabc", "abc", true},
		{"wxyzabc", "abc", false},     {"xbc", "abc", true}, /* one wrong */
		{"xyc", "abc", false},	       {"xycd", "abcd", true},
		{"xyzd", "abcd", false},       {"ba", "ab", false}, /* two wrong of two */
		{"abc", "abcdefghijkl", true},			    /* the beginning of it */
		{"ab", "abcdefghijkl", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const list[] = {"0123456789", cases[i].other, NULL};
		const char *found = text_nearest(cases[i].word, list);

		if (found != (cases[i].near ? cases[i].other : NULL))
			fail_msg("'%s' for '%s'", found ? found : "nothing", cases[i].word);
	}
}

/* A long word is near to nothing, however many errors half its length allows. */
static void text_nearest_of_long_words(void **state)
{
	static const char *const list[] = {"trace", "doctor", NULL};
	char word[301];

	(void)state;
	for (size_t len = 20; len < sizeof(word); len++) {
		memset(word, 'z', len);
		word[len] = '\0';
		assert_null(text_nearest(word, list));
		/* Nor is anything near to one. */
		assert_null(text_nearest("trace", (const char *const[]){word, NULL}));
	}
}

static void text_number_reads_whole_numbers(void **state)
{
	static const struct {
		const char *from;
		bool suffix;
		int err;
		uint64_t n;
	} cases[] = {
		{"0", false, 0, 0},
		{"5", false, 0, 5},
		{"007", false, 0, 7},
		{"18446744073709551615", false, 0, UINT64_MAX},
		{"5k", true, 0, 5000},
		{"5K", true, 0, 5000},
		{"2M", true, 0, 2000000},
		{"3G", true, 0, 3000000000},
		{"18446744073G", true, 0, 18446744073000000000ull},
		{"", false, -EINVAL, 0},
		{"k", true, -EINVAL, 0},
		{" 5", true, -EINVAL, 0},
		{"5 ", true, -EINVAL, 0},
		{"+5", true, -EINVAL, 0},
		{"5x", true, -EINVAL, 0},
		{"5k", false, -EINVAL, 0},
		{"5kk", true, -EINVAL, 0},
		{"5 k", true, -EINVAL, 0},
		{"1e9", true, -EINVAL, 0},
		{"1.5M", true, -EINVAL, 0},
		{"0x10", true, -EINVAL, 0},
		{"ff", true, -EINVAL, 0},
		{"-", true, -EINVAL, 0},
		{"-x", true, -EINVAL, 0},
		{"-1", true, -ERANGE, 0},
		{"18446744073709551616", true, -ERANGE, 0},
		{"99999999999999999999999", true, -ERANGE, 0},
		{"18446744073709552k", true, -ERANGE, 0},
		{"18446744074G", true, -ERANGE, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t n = 77;
		int err = text_number(cases[i].from, 0, UINT64_MAX, cases[i].suffix, &n);

		assert_int_equal(err, cases[i].err);
		assert_true(n == (err ? 77 : cases[i].n));
	}
}

static void text_number_keeps_to_its_range(void **state)
{
	uint64_t n = 77;

	(void)state;
	assert_int_equal(text_number("9", 10, 2000, true, &n), -ERANGE);
	assert_int_equal(text_number("2001", 10, 2000, true, &n), -ERANGE);
	assert_int_equal(text_number("3k", 10, 2000, true, &n), -ERANGE);
	assert_int_equal(text_number("1M", 10, 2000, true, &n), -ERANGE);
	assert_int_equal(text_number("0G", 10, 2000, true, &n), -ERANGE);
	assert_int_equal(n, 77);
	assert_int_equal(text_number("10", 10, 2000, true, &n), 0);
	assert_int_equal(n, 10);
	assert_int_equal(text_number("2k", 10, 2000, true, &n), 0);
	assert_int_equal(n, 2000);
}

int test_text(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_count_groups_by_three),
		cmocka_unit_test(text_counted_knows_one),
		cmocka_unit_test(text_rate_has_three_digits),
		cmocka_unit_test(text_bytes_changes_unit_when_rounded),
		cmocka_unit_test(text_seconds_never_shows_sixty),
		cmocka_unit_test(text_escape_leaves_printable_alone),
		cmocka_unit_test(text_escape_disarms_the_rest),
		cmocka_unit_test(text_escape_cuts_between_characters),
		cmocka_unit_test(text_escape_is_safe_for_all_bytes),
		cmocka_unit_test(text_printable_is_what_needs_no_escape),
		cmocka_unit_test(text_nearest_finds_typing_errors),
		cmocka_unit_test(text_nearest_counts_errors),
		cmocka_unit_test(text_nearest_of_long_words),
		cmocka_unit_test(text_number_reads_whole_numbers),
		cmocka_unit_test(text_number_keeps_to_its_range),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
