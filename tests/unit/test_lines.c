// SPDX-License-Identifier: GPL-2.0-or-later
/* lines.c: words that wrap at 80 columns, behind a label or from the left. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "lines.h"

/* label NULL: lines_print(). */
static char *written(int indent, const char *label, const char *text)
{
	char *whole = NULL;
	size_t size;
	FILE *f = open_memstream(&whole, &size);

	if (label)
		lines_wrap(f, indent, label, "%s", text);
	else
		lines_print(f, indent, "%s", text);
	assert_int_equal(fclose(f), 0);
	return whole;
}

static void check(int indent, const char *label, const char *text, const char *expected)
{
	autofree char *got = written(indent, label, text);

	assert_string_equal(got, expected);
}

#define TEN "ten bytes "

static void lines_wrap_between_words(void **state)
{
	(void)state;
	check(4, NULL, "", "\n");
	check(4, NULL, "one", "one\n");
	check(4, NULL, "two  gaps stay", "two  gaps stay\n");
	/* 80 columns are not too many, 81 are. */
	check(4, NULL, TEN TEN TEN TEN TEN TEN TEN "and a word",
	      TEN TEN TEN TEN TEN TEN TEN "and a word\n");
	check(4, NULL, TEN TEN TEN TEN TEN TEN TEN "and a wordy",
	      TEN TEN TEN TEN TEN TEN TEN "and a\n    wordy\n");
	check(11, "  label", "words", "  label    words\n");
	check(2, "  too long", "words", "  too longwords\n");
	check(5, "  ok", TEN TEN TEN TEN TEN TEN TEN "words",
	      "  ok " TEN TEN TEN TEN TEN TEN TEN "words\n");
	check(5, "  ok", TEN TEN TEN TEN TEN TEN TEN "words.",
	      "  ok ten bytes ten bytes ten bytes ten bytes ten bytes ten bytes ten bytes\n"
	      "     words.\n");
}

/* The lines that follow are as long as the first. */
static void lines_fill_every_line(void **state)
{
	(void)state;
	check(4, NULL,
	      TEN TEN TEN TEN TEN TEN TEN "and a word " TEN TEN TEN TEN TEN TEN TEN "and a w",
	      TEN TEN TEN TEN TEN TEN TEN "and a word\n    " TEN TEN TEN TEN TEN TEN TEN
					  "and a\n    w\n");
	check(4, NULL,
	      TEN TEN TEN TEN TEN TEN TEN "and a word " TEN TEN TEN TEN TEN TEN TEN "second",
	      TEN TEN TEN TEN TEN TEN TEN "and a word\n    " TEN TEN TEN TEN TEN TEN TEN
					  "second\n");
}

/* What cannot be broken is not: better a line too long than a name cut in two. */
static void lines_keep_words_whole(void **state)
{
	char word[101];

	(void)state;
	memset(word, 'w', 100);
	word[100] = '\0';
	for (int label = 0; label < 2; label++) {
		autofree char *got = written(4, label ? "  x " : NULL, word);

		assert_has(got, word);
		assert_int_equal(strlen(got), 101 + 4 * label);
	}
}

static void lines_of_many_words_fit(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 300; round++) {
		char text[600], *at = text;
		int words = 1 + random_below(&seed, 60), indent = random_below(&seed, 40);
		autofree char *got = NULL;
		size_t letters = 0, kept = 0;

		for (int i = 0; i < words; i++) {
			int len = 1 + random_below(&seed, 8);

			at += sprintf(at, "%s%.*s", i ? " " : "", len, "abcdefgh");
			letters += len;
		}
		got = written(indent, random_below(&seed, 2) ? "" : NULL, text);
		assert_fits(got);
		for (const char *c = got; *c; c++)
			kept += *c >= 'a' && *c <= 'h';
		assert_int_equal(kept, letters);
	}
}

static void lines_percent_of_nothing_is_nothing(void **state)
{
	(void)state;
	assert_close(lines_percent(1, 4), 25);
	assert_close(lines_percent(3, 2), 150);
	assert_close(lines_percent(-1, 4), -25);
	assert_close(lines_percent(5, 0), 0);
	assert_close(lines_percent(0, 0), 0);
	assert_close(lines_percent(5, -1), 0);
}

static void shares_are_not_none_nor_all_that_are_not(void **state)
{
	(void)state;
	assert_string_equal(SHARE(0), "0%");
	assert_string_equal(SHARE(0.01), "<1%");
	assert_string_equal(SHARE(0.499), "<1%");
	assert_string_equal(SHARE(0.5), "<1%");
	assert_string_equal(SHARE(57.4), "57%");
	assert_string_equal(SHARE(99.4), "99%");
	assert_string_equal(SHARE(99.5), ">99%");
	assert_string_equal(SHARE(100 * (1 - 1e-12)), "100%");
	assert_string_equal(SHARE(100), "100%");
}

int test_lines(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_wrap_between_words),
		cmocka_unit_test(lines_fill_every_line),
		cmocka_unit_test(lines_keep_words_whole),
		cmocka_unit_test(lines_of_many_words_fit),
		cmocka_unit_test(lines_percent_of_nothing_is_nothing),
		cmocka_unit_test(shares_are_not_none_nor_all_that_are_not),
	};

	return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
