// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cli.c: what a wrong option is answered with, and that the answer names the
 * word that was wrong.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli.h"
#include "say.h"

static const struct option options[] = {
	{"duration", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 256},
	{"min-size", required_argument, NULL, 257}, {"max-size", required_argument, NULL, 258},
	{"help", no_argument, NULL, 'h'},	    {NULL, 0, NULL, 0},
};

/* Reads all options of a command line ("cmd" and its words); returns what ended it. */
static int read_options(struct capture *c, char **argv)
{
	int argc = 0, got;

	while (argv[argc])
		argc++;
	optind = 0;
	capture_begin(c, STDERR_FILENO);
	do
		got = cli_option(argc, argv, ":d:h", options);
	while (got != -1 && got != '?');
	if (got == -1 && cli_no_more(argc, argv))
		got = -2;
	capture_end(c);
	return got;
}

#define WORDS(...) ((char *[]){"cmd", __VA_ARGS__, NULL})

static void cli_reads_good_options(void **state)
{
	char **const lines[] = {
		WORDS("-d", "5"),
		WORDS("-d5"),
		WORDS("--duration", "5"),
		WORDS("--duration=5"),
		WORDS("--dur", "5", "--json", "-h"),
		WORDS("--"),
		WORDS("-h"),
	};
	struct capture c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(read_options(&c, lines[i]), -1);
		assert_string_equal(c.text, "");
	}
}

static void cli_explains_bad_options(void **state)
{
	static const struct {
		char *words[5];
		int end;
		const char *said;
	} cases[] = {
		{{"--jsn"}, '?', "unknown option '--jsn'; did you mean '--json'?"},
		{{"--min_size=5"}, '?', "unknown option '--min_size'; did you mean '--min-size'?"},
		{{"-json"}, '?', "unknown option '-json'; did you mean '--json'?"},
		{{"--frobnicate"}, '?', "unknown option '--frobnicate'."},
		{{"--m", "5"}, '?', "option '--m' may be short for '--min-size' or '--max-size'."},
		{{"-x"}, '?', "unknown option '-x'."},
		{{"--json=yes"}, '?', "option '--json=yes' takes no value."},
		{{"--help=me"}, '?', "option '--help=me' takes no value."},
		{{"--duration"}, '?', "option '--duration' needs a value."},
		{{"-d"}, '?', "option '-d' needs a value."},
		{{"-d", "5", "--min-size"}, '?', "option '--min-size' needs a value."},
		{{"--json", "-d", "5", "--jsn"}, '?', "unknown option '--jsn';"},
		{{"5"}, -2, "unexpected argument '5'."},
		{{"--json", "--", "--json"}, -2, "unexpected argument '--json'."},
		/* getopt looks for options behind other words too; those are not to blame. */
		{{"foo", "--jsn"}, '?', "unknown option '--jsn';"},
		{{"foo", "-", "--json=yes"}, '?', "option '--json=yes' takes no value."},
		{{"foo", "-d"}, '?', "option '-d' needs a value."},
		{{"foo", "--json", "bar"}, -2, "unexpected argument 'foo'."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *words[7] = {"cmd"}, expected[128];
		struct capture c;

		memcpy(words + 1, cases[i].words, sizeof(cases[i].words));
		assert_int_equal(read_options(&c, words), cases[i].end);
		snprintf(expected, sizeof(expected), "slabsight: %s", cases[i].said);
		if (strncmp(c.text, expected, strlen(expected)))
			fail_msg("said '%s', not '%s'", c.text, expected);
		/* One line, which says where to read on. */
		assert_non_null(strstr(c.text, "See: slabsight cmd --help\n"));
		assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
	}
}

static void cli_disarms_what_it_repeats(void **state)
{
	struct capture c;

	(void)state;
	assert_int_equal(read_options(&c, WORDS("--\x1b[2J\n")), '?');
	assert_non_null(strstr(c.text, "'--\\x1b[2J\\n'"));
	assert_int_equal(read_options(&c, WORDS("\x1b]0;t\a")), -2);
	assert_non_null(strstr(c.text, "'\\x1b]0;t\\x07'"));
}

static void cli_cuts_long_words(void **state)
{
	char word[4001] = "--";
	struct capture c;

	(void)state;
	memset(word + 2, 'z', sizeof(word) - 3);
	assert_int_equal(read_options(&c, WORDS(word)), '?');
	assert_true(strlen(c.text) < 300);
	assert_null(strstr(c.text, "did you mean"));
	assert_int_equal(read_options(&c, WORDS(word + 2)), -2);
	assert_true(strlen(c.text) < 300);
}

int test_cli(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cli_reads_good_options),
		cmocka_unit_test(cli_explains_bad_options),
		cmocka_unit_test(cli_disarms_what_it_repeats),
		cmocka_unit_test(cli_cuts_long_words),
	};

	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
