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

/* The one line that a refused value is answered with. */
static void check_refusal(struct capture *c, int code, const char *value, const char *line)
{
	if (code != EXIT_USAGE || strcmp(c->text, line))
		fail_msg("'%s': code %d, said '%s'", value, code, c->text);
}

static void cli_reads_shares(void **state)
{
	static const struct {
		const char *value;
		double share;
	} good[] = {{"0.2", 0.2}, {"20%", 0.2},	   {"1", 1},
		    {"100%", 1},  {"0.1%", 0.001}, {".5", 0.5}};
	static const char *const bad[] = {"",	  "0",	     "0%",     "-1",	 "-5%",	  "1.01",
					  "101%", "2",	     "nan",    "inf",	 "nan%",  "inf%",
					  "20%%", "20 %",    "x",      "%",	 "1e400", "20%x",
					  "1,0",  "0.0999%", "1e-300", "\x1b[2J"};
	struct capture c;
	double share;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		int code;

		capture_begin(&c, STDERR_FILENO);
		code = cli_share("pace", good[i].value, &share);
		capture_end(&c);
		assert_int_equal(code, -1);
		assert_close(share, good[i].share);
		assert_string_equal(c.text, "");
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char line[160];
		int code;

		capture_begin(&c, STDERR_FILENO);
		code = cli_share("pace", bad[i], &share);
		capture_end(&c);
		snprintf(line, sizeof(line),
			 "slabsight: option '--pace': '%s' is not a share of one CPU from 0.1%% to "
			 "100%%, such as 0.2 "
			 "or 20%%\n",
			 *bad[i] == 0x1b ? "\\x1b[2J" : bad[i]);
		check_refusal(&c, code, bad[i], line);
	}
}

static void cli_reads_words(void **state)
{
	static const char *const words[] = {"bytes", "objects", NULL};
	static const char *const bad[] = {"", "byte", "Bytes", "bytes ", "objectss"};
	unsigned int index = 7;
	struct capture c;

	(void)state;
	assert_int_equal(cli_word("sort", "bytes", words, &index), -1);
	assert_int_equal(index, 0);
	assert_int_equal(cli_word("sort", "objects", words, &index), -1);
	assert_int_equal(index, 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char line[160];
		int code;

		capture_begin(&c, STDERR_FILENO);
		code = cli_word("sort", bad[i], words, &index);
		capture_end(&c);
		snprintf(line, sizeof(line),
			 "slabsight: option '--sort': '%s' is not one of bytes objects\n", bad[i]);
		check_refusal(&c, code, bad[i], line);
		assert_int_equal(index, 1); /* untouched */
	}
}

static void cli_reads_counts(void **state)
{
	static const char *const bad[] = {
		"", "-1", "x", "1.5", "101", "1M", "18446744073709551616"};
	uint64_t n;
	struct capture c;

	(void)state;
	assert_int_equal(cli_count("sample", "100", 0, 100, &n), -1);
	assert_int_equal(n, 100);
	assert_int_equal(cli_count("sample", "20k", 0, 100000, &n), -1);
	assert_int_equal(n, 20000);
	assert_int_equal(cli_count("sample", "0", 0, 100, &n), -1);
	assert_int_equal(n, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char line[160];
		int code;

		capture_begin(&c, STDERR_FILENO);
		code = cli_count("sample", bad[i], 0, 100, &n);
		capture_end(&c);
		snprintf(line, sizeof(line),
			 "slabsight: option '--sample': '%s' is not a whole number from 0 to 100\n",
			 bad[i]);
		check_refusal(&c, code, bad[i], line);
	}
	/* k is 1000 to some and 1024 to others where bytes are meant. */
	capture_begin(&c, STDERR_FILENO);
	int code = cli_count("min-size", "2k", 0, 100000, &n);
	capture_end(&c);
	assert_int_equal(code, EXIT_USAGE);
}

static void cli_reads_seconds(void **state)
{
	static const char *const bad[] = {"", "0", "-1", "nan", "inf", "1e400", "5s", "86401"};
	struct capture c;
	double s;

	(void)state;
	assert_int_equal(cli_seconds("duration", "0.25", 86400, &s), -1);
	assert_close(s, 0.25);
	assert_int_equal(cli_seconds("duration", "86400", 86400, &s), -1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char line[160];
		int code;

		capture_begin(&c, STDERR_FILENO);
		code = cli_seconds("duration", bad[i], 86400, &s);
		capture_end(&c);
		snprintf(line, sizeof(line),
			 "slabsight: option '--duration': '%s' is not a number of seconds above 0 "
			 "(1 days at most)\n",
			 bad[i]);
		check_refusal(&c, code, bad[i], line);
	}
}

int test_cli(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cli_reads_good_options),
		cmocka_unit_test(cli_explains_bad_options),
		cmocka_unit_test(cli_disarms_what_it_repeats),
		cmocka_unit_test(cli_cuts_long_words),
		cmocka_unit_test(cli_reads_shares),
		cmocka_unit_test(cli_reads_words),
		cmocka_unit_test(cli_reads_counts),
		cmocka_unit_test(cli_reads_seconds),
	};

	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
