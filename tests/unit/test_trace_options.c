// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace_options.c: what every option does, what is refused and how.
 */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "say.h"
#include "stand_ins.h"
#include "trace_options.h"

/* Options, and what was said about them. */
struct parsed {
	struct trace_options o;
	int code;
	struct capture err;
};

/* Reads a command and up to ten more words. */
static void parse(struct parsed *p, const char *command, char *const *words)
{
	static char *argv[12]; /* options point into it */
	int argc = 1;

	memset(argv, 0, sizeof(argv));
	argv[0] = (char *)command;

	while (words[argc - 1]) {
		argv[argc] = words[argc - 1];
		argc++;
	}
	capture_begin(&p->err, STDERR_FILENO);
	p->code = trace_options_parse(argc, argv, &p->o);
	capture_end(&p->err);
}

#define PARSE(p, ...)	  parse((p), "trace", (char *[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define PARSE_RUN(p, ...) parse((p), "run", (char *[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

#define PARSE_RECORD(p, ...) parse((p), "record", (char *[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define PARSE_REPORT(p, ...) parse((p), "report", (char *[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void options_of_a_recording(void **state)
{
	struct parsed p;

	(void)state;
	PARSE_RECORD(&p, "-o", "web3.rec");
	assert_int_equal(p.code, -1);
	assert_int_equal(p.o.of, TRACE_RECORD);
	assert_string_equal(p.o.recording, "web3.rec");
	assert_null(p.o.output); /* which is the report's */
	assert_close(p.o.every_s, 10);
	assert_int_equal(p.o.max_file, 0);
	assert_false(p.o.anonymous || p.o.print);
	PARSE_RECORD(&p, "--output=x", "-d", "5", "--every", "1", "--max-file=2M", "--anonymous",
		     "--print", "--json", "--cache", "dentry");
	assert_int_equal(p.code, -1);
	assert_close(p.o.every_s, 1);
	assert_int_equal(p.o.max_file, 2000000);
	assert_true(p.o.anonymous && p.o.print && p.o.json);
	PARSE_RECORD(&p);
	assert_int_equal(p.code, 2);
	assert_has(p.err.text, "record -o FILE");
	PARSE_RECORD(&p, "-o", "x", "--tap");
	assert_int_equal(p.code, 2);
	assert_has(p.err.text, "add --print");
	PARSE_RECORD(&p, "-o", "x", "--every", "0.9");
	assert_int_equal(p.code, 2);
	PARSE_RECORD(&p, "-o", "x", "--every", "86401");
	assert_int_equal(p.code, 2);
	PARSE_RECORD(&p, "-o", "x", "--max-file", "999999");
	assert_int_equal(p.code, 2);
	PARSE_RECORD(&p, "-o", "x", "--show-addresses");
	assert_int_equal(p.code, 2);
	PARSE_RECORD(&p, "-o", "x", "--reclaim=cgroup");
	assert_int_equal(p.code, 2);
	PARSE_RECORD(&p, "-o", "x", "y");
	assert_int_equal(p.code, 2);
}

static void options_of_a_report(void **state)
{
	struct parsed p;

	(void)state;
	PARSE_REPORT(&p, "web3.rec", "--at", "+90", "-o", "out", "--tap", "--top", "0");
	assert_int_equal(p.code, -1);
	assert_int_equal(p.o.of, TRACE_REPORT);
	assert_string_equal(p.o.recording, "web3.rec");
	assert_string_equal(p.o.output, "out");
	assert_string_equal(p.o.at, "+90");
	assert_true(p.o.tap);
	PARSE_REPORT(&p);
	assert_int_equal(p.code, 2);
	assert_has(p.err.text, "report FILE");
	PARSE_REPORT(&p, "a", "b");
	assert_int_equal(p.code, 2);
	PARSE_REPORT(&p, "a", "--at=");
	assert_int_equal(p.code, 2);
	/* What was traced, is. */
	PARSE_REPORT(&p, "a", "--comm", "ls");
	assert_int_equal(p.code, 2);
	PARSE_REPORT(&p, "a", "-d", "5");
	assert_int_equal(p.code, 2);
}

static void options_have_defaults(void **state)
{
	struct parsed p;

	(void)state;
	PARSE(&p);
	assert_int_equal(p.code, -1);
	assert_string_equal(p.err.text, "");
	assert_close(p.o.duration_s, 0);
	assert_null(p.o.cache);
	assert_null(p.o.comm);
	assert_null(p.o.cgroup);
	assert_int_equal(p.o.min_size, 0);
	assert_int_equal(p.o.max_size, UINT32_MAX);
	assert_int_equal(p.o.objects, 1000000);
	assert_int_equal(p.o.stack_interval, 1024);
	assert_true(p.o.adapt_stacks);
	assert_int_equal(p.o.top, 10);
	assert_int_equal(p.o.sort, SNAPSHOT_BY_BYTES);
	assert_false(p.o.json || p.o.show_addresses || p.o.force || p.o.twice);
}

static void options_are_taken(void **state)
{
	struct parsed p;

	(void)state;
	PARSE(&p, "-d", "2.5", "--json", "--cache", "kmalloc-*");
	assert_int_equal(p.code, -1);
	assert_close(p.o.duration_s, 2.5);
	assert_true(p.o.json);
	assert_string_equal(p.o.cache, "kmalloc-*");
	PARSE(&p, "--duration=3888000", "--min-size=0", "--max-size", "1",
	      "--comm=0123456789abcde");
	assert_int_equal(p.code, -1);
	assert_close(p.o.duration_s, 3888000);
	assert_int_equal(p.o.min_size, 0);
	assert_int_equal(p.o.max_size, 1);
	assert_string_equal(p.o.comm, "0123456789abcde");
	PARSE(&p, "--min-size", "4000", "--max-size=4000", "--cgroup", "system.slice");
	assert_int_equal(p.code, -1);
	assert_int_equal(p.o.min_size, 4000);
	assert_int_equal(p.o.max_size, 4000);
	assert_string_equal(p.o.cgroup, "system.slice");
	PARSE(&p, "--top=0", "--objects", "200M", "--show-addresses", "--force", "--twice");
	assert_int_equal(p.code, -1);
	assert_int_equal(p.o.top, 0);
	assert_int_equal(p.o.objects, 200000000);
	assert_true(p.o.show_addresses && p.o.force && p.o.twice);
	PARSE(&p, "--objects", "1k", "--objects", "2k"); /* the last counts */
	assert_int_equal(p.code, -1);
	assert_int_equal(p.o.objects, 2000);
}

static void options_choose_from_words(void **state)
{
	static const struct {
		char *word;
		enum snapshot_key key;
	} sorts[] = {{"bytes", SNAPSHOT_BY_BYTES},
		     {"objects", SNAPSHOT_BY_OBJECTS},
		     {"allocs", SNAPSHOT_BY_ALLOCS},
		     {"age", SNAPSHOT_BY_AGE}};
	static const struct {
		char *word;
		uint32_t interval;
		bool adapt;
	} stacks[] = {{"sampled", 1024, true}, {"all", 1, false}, {"none", 0, false}};
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorts); i++) {
		PARSE(&p, "--sort", sorts[i].word);
		assert_int_equal(p.code, -1);
		assert_int_equal(p.o.sort, sorts[i].key);
	}
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		PARSE(&p, "--stacks", stacks[i].word);
		assert_int_equal(p.code, -1);
		assert_int_equal(p.o.stack_interval, stacks[i].interval);
		assert_int_equal(p.o.adapt_stacks, stacks[i].adapt);
	}
	PARSE(&p, "--stacks=all", "--stacks=sampled");
	assert_int_equal(p.o.stack_interval, 1024);
	assert_true(p.o.adapt_stacks);
}

static void options_refuse_bad_values(void **state)
{
	static char *const bad[][2] = {
		{"duration", "0"},
		{"duration", "-1"},
		{"duration", ""},
		{"duration", "5s"},
		{"duration", "nan"},
		{"duration", "inf"},
		{"duration", "1e9"},
		{"duration", "3888000.1"},
		{"duration", "ten"},
		{"min-size", "-1"},
		{"min-size", ""},
		{"min-size", "1.5"},
		{"min-size", "5x"},
		{"min-size", "4k"},
		{"max-size", "1M"},
		{"min-size", "4294967296"},
		{"max-size", "0"},
		{"max-size", "5G"},
		{"objects", "999"},
		{"objects", "200000001"},
		{"objects", "1m"},
		{"objects", "0x400"},
		{"top", "-1"},
		{"top", "100001"},
		{"top", "all"},
		{"comm", ""},
		{"comm", "0123456789abcdef"},
		{"cache", ""},
		{"cgroup", ""},
		{"sort", "size"},
		{"sort", ""},
		{"sort", "byte"},
		{"stacks", "some"},
		{"stacks", "ALL"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char option[32], expected[64];
		struct parsed p;

		snprintf(option, sizeof(option), "--%s", bad[i][0]);
		PARSE(&p, "--json", option, bad[i][1]);
		if (p.code != EXIT_USAGE)
			fail_msg("%s '%s' gives %d", option, bad[i][1], p.code);
		snprintf(expected, sizeof(expected), "slabsight: option '%s': '%s' is not ", option,
			 bad[i][1]);
		assert_memory_equal(p.err.text, expected, strlen(expected));
		/* One line that says what would be right. */
		assert_true(strlen(p.err.text) > strlen(expected) + 5);
		assert_ptr_equal(strchr(p.err.text, '\n'), p.err.text + strlen(p.err.text) - 1);
	}
}

static void options_say_what_would_be_right(void **state)
{
	struct parsed p;

	(void)state;
	PARSE(&p, "--objects", "10");
	assert_string_equal(p.err.text, "slabsight: option '--objects': '10' is not a whole number "
					"from 1000 to 200000000\n");
	PARSE(&p, "--sort", "size");
	assert_string_equal(p.err.text, "slabsight: option '--sort': 'size' is not one of bytes "
					"objects allocs age\n");
	PARSE(&p, "--stacks", "\x1b[1m");
	assert_string_equal(p.err.text, "slabsight: option '--stacks': '\\x1b[1m' is not one of "
					"sampled all none\n");
}

static void options_hint_at_what_was_meant(void **state)
{
	static char *const words[][2] = {
		{"--durations=5", "'--duration'"},
		{"--caches=a", "'--cache'"},
		{"--min-sizes=1", "'--min-size'"},
		{"--maxsize=1", "'--max-size'"},
		{"--object=5x5", NULL}, /* an abbreviation, so its value is what is wrong */
		{"--objectz=5", "'--objects'"},
		{"--show-address-es", "'--show-addresses'"},
		{"--cgroups=/x", "'--cgroup'"},
		{"--stakcs=all", "'--stacks'"},
		{"--qqqqqqqq", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct parsed p;

		PARSE(&p, words[i][0]);
		assert_int_equal(p.code, EXIT_USAGE);
		if (words[i][1])
			assert_non_null(strstr(p.err.text, words[i][1]));
		else
			assert_null(strstr(p.err.text, "did you mean"));
	}
}

static void options_must_fit_together(void **state)
{
	struct parsed p;

	(void)state;
	PARSE(&p, "--min-size", "65", "--max-size", "64");
	assert_int_equal(p.code, EXIT_USAGE);
	assert_non_null(strstr(p.err.text, "--min-size 65 is above --max-size 64"));
	PARSE(&p, "--min-size", "64", "--max-size", "64");
	assert_int_equal(p.code, -1);
	PARSE(&p, "30");
	assert_int_equal(p.code, EXIT_USAGE);
	assert_non_null(strstr(p.err.text, "unexpected argument '30'"));
	PARSE(&p, "--duration");
	assert_int_equal(p.code, EXIT_USAGE);
}

static void options_help_names_every_option(void **state)
{
	static const char *const names[] = {
		"-d, --duration", "--json",	      "--cache", "--min-size", "--max-size",
		"--comm",	  "--cgroup",	      "--top",	 "--sort",     "--stacks",
		"--objects",	  "--show-addresses", "--force", "--twice",
	};
	struct capture out;
	struct parsed p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		capture_begin(&out, STDOUT_FILENO);
		PARSE(&p, i ? "--help" : "-h");
		capture_end(&out);
		assert_int_equal(p.code, EXIT_DONE);
		assert_string_equal(p.err.text, "");
		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			assert_non_null(strstr(out.text, names[j]));
		for (const char *line = out.text; *line; line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= 80);
	}
	/* What is wrong before it is told, what comes after it is not looked at. */
	PARSE(&p, "--nonsense", "--help");
	assert_int_equal(p.code, EXIT_USAGE);
	capture_begin(&out, STDOUT_FILENO);
	PARSE(&p, "--help", "--nonsense");
	capture_end(&out);
	assert_int_equal(p.code, EXIT_DONE);
}

static void options_say_how_to_settle(void **state)
{
	static const char *const bad[] = {"", "-1", "5s", "nan", "inf", "86401", "0x"};
	struct parsed p;

	(void)state;
	PARSE(&p);
	assert_true(p.o.settle_s < 0);
	assert_int_equal(p.o.reclaim, RECLAIM_NONE);
	PARSE(&p, "--settle", "0", "--reclaim=slab");
	assert_int_equal(p.code, -1);
	assert_close(p.o.settle_s, 0);
	assert_int_equal(p.o.reclaim, RECLAIM_SLAB);
	PARSE(&p, "--settle=2.5", "--reclaim", "cgroup", "--cgroup", "a");
	assert_int_equal(p.code, -1);
	assert_close(p.o.settle_s, 2.5);
	assert_int_equal(p.o.reclaim, RECLAIM_CGROUP);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		PARSE(&p, "--settle", (char *)bad[i]);
		assert_int_equal(p.code, EXIT_USAGE);
		assert_non_null(strstr(p.err.text, "a number of seconds, 0 for none"));
	}
	PARSE(&p, "--reclaim", "all");
	assert_int_equal(p.code, EXIT_USAGE);
	assert_non_null(strstr(p.err.text, "one of none cgroup slab"));
	PARSE(&p, "--reclaim", "cgroup");
	assert_int_equal(p.code, EXIT_USAGE);
	assert_non_null(strstr(p.err.text, "needs --cgroup"));
}

static void options_end_where_the_command_begins(void **state)
{
	struct parsed p;

	(void)state;
	PARSE_RUN(&p, "--json", "--", "ls", "--json", "-o");
	assert_int_equal(p.code, -1);
	assert_true(p.o.json);
	assert_null(p.o.output);
	assert_string_equal(p.o.command[0], "ls");
	assert_string_equal(p.o.command[1], "--json");
	assert_string_equal(p.o.command[2], "-o");
	assert_null(p.o.command[3]);
	PARSE_RUN(&p, "-o", "file", "ls", "-d", "x");
	assert_int_equal(p.code, -1);
	assert_string_equal(p.o.output, "file");
	assert_string_equal(p.o.command[1], "-d");
	PARSE_RUN(&p);
	assert_int_equal(p.code, EXIT_USAGE);
	assert_non_null(strstr(p.err.text, "no command to run"));
	PARSE_RUN(&p, "--json", "--");
	assert_int_equal(p.code, EXIT_USAGE);
	PARSE_RUN(&p, "-d", "5", "--", "ls");
	assert_int_equal(p.code, EXIT_USAGE);
	PARSE_RUN(&p, "-o", "", "ls");
	assert_int_equal(p.code, EXIT_USAGE);
	PARSE_RUN(&p, "--reclaim=cgroup", "ls"); /* its own */
	assert_int_equal(p.code, -1);
	assert_false(p.o.only_command);
	PARSE_RUN(&p, "--only-command", "ls");
	assert_int_equal(p.code, -1);
	assert_true(p.o.only_command);
	PARSE_RUN(&p, "--only-command", "--cgroup", "web.slice", "ls");
	assert_int_equal(p.code, EXIT_USAGE);
	assert_has(p.err.text, "one of them");
	PARSE(&p, "--only-command");
	assert_int_equal(p.code, EXIT_USAGE);
	PARSE(&p, "--repeat", "5");
	assert_int_equal(p.code, EXIT_USAGE);
	PARSE(&p, "--output", "file");
	assert_int_equal(p.code, -1);
	assert_string_equal(p.o.output, "file");
	assert_null(p.o.command);
}

static void options_repeat_after_a_warm_up(void **state)
{
	static const struct {
		char *repeat;
		uint64_t times, warmups;
	} cases[] = {{"1", 1, 0}, {"2", 2, 0}, {"3", 3, 1}, {"1000", 1000, 1}, {"1k", 1000, 1}};
	static char *const bad[] = {"0", "1001", "-1", "many", ""};
	struct parsed p;

	(void)state;
	PARSE_RUN(&p, "ls");
	assert_int_equal(p.o.repeat, 1);
	assert_int_equal(p.o.warmup, 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		PARSE_RUN(&p, "--repeat", cases[i].repeat, "ls");
		assert_int_equal(p.code, -1);
		assert_int_equal(p.o.repeat, cases[i].times);
		assert_int_equal(p.o.warmup, cases[i].warmups);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		PARSE_RUN(&p, "--repeat", bad[i], "ls");
		assert_int_equal(p.code, EXIT_USAGE);
	}
	PARSE_RUN(&p, "--warmup", "0", "--repeat=9", "ls");
	assert_int_equal(p.o.warmup, 0);
	PARSE_RUN(&p, "--warmup", "4", "ls");
	assert_int_equal(p.o.warmup, 4);
	assert_int_equal(p.o.repeat, 1);
}

static void options_for_a_test_harness(void **state)
{
	struct parsed p;

	(void)state;
	PARSE_RUN(&p, "--tap", "--fail-on-leak", "--suppressions", "file", "ls");
	assert_int_equal(p.code, -1);
	assert_true(p.o.tap && p.o.fail_on_leak);
	assert_string_equal(p.o.suppressions, "file");
	PARSE(&p, "--tap", "--json");
	assert_int_equal(p.code, EXIT_USAGE);
	assert_non_null(strstr(p.err.text, "one of them"));
	PARSE(&p, "--suppressions", "");
	assert_int_equal(p.code, EXIT_USAGE);
}

int test_trace_options(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_a_recording),
		cmocka_unit_test(options_of_a_report),
		cmocka_unit_test(options_have_defaults),
		cmocka_unit_test(options_are_taken),
		cmocka_unit_test(options_choose_from_words),
		cmocka_unit_test(options_refuse_bad_values),
		cmocka_unit_test(options_say_what_would_be_right),
		cmocka_unit_test(options_hint_at_what_was_meant),
		cmocka_unit_test(options_must_fit_together),
		cmocka_unit_test(options_help_names_every_option),
		cmocka_unit_test(options_end_where_the_command_begins),
		cmocka_unit_test(options_repeat_after_a_warm_up),
		cmocka_unit_test(options_for_a_test_harness),
		cmocka_unit_test(options_say_how_to_settle),
	};

	return cmocka_run_group_tests_name("trace_options", tests, NULL, NULL);
}
