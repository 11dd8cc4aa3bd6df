// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight diff: what changed from one recording, or moment, to another. Needs no privilege. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "diff.h"
#include "recording.h"
#include "report_file.h"
#include "report_when.h"
#include "say.h"
#include "suppressions.h"
#include "text.h"

#define PERCENT_MAX 1e6

enum {
	OPT_AT = 256,
	OPT_TO,
	OPT_JSON,
	OPT_TOP,
	OPT_FAIL,
	OPT_GROWTH,
	OPT_CACHES,
	OPT_SUPPRESSIONS
};

static const struct option long_options[] = {
	{"at", required_argument, NULL, OPT_AT},
	{"to", required_argument, NULL, OPT_TO},
	{"json", no_argument, NULL, OPT_JSON},
	{"top", required_argument, NULL, OPT_TOP},
	{"fail-on-growth", no_argument, NULL, OPT_FAIL},
	{"growth", required_argument, NULL, OPT_GROWTH},
	{"count-caches", no_argument, NULL, OPT_CACHES},
	{"suppressions", required_argument, NULL, OPT_SUPPRESSIONS},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"usage: slabsight diff A B [options]\n"
	"       slabsight diff RECORDING --at WHEN [--to WHEN] [options]\n"
	"\n"
	"What is new in recording B, gone, grown or shrunk since A: origins by the names\n"
	"of cache, function and module, so that two hosts, boots and kernels compare.\n"
	"Sorted by the change in bytes, or, where one trace was more than 10 % longer,\n"
	"in bytes a second. Needs no privilege.\n"
	"\n"
	"      --at WHEN           A as of the last whole snapshot by then, as for report\n"
	"      --to WHEN           B the same; with a single recording, both are of it\n"
	"      --fail-on-growth    exit with 3 when something is worse: a leak that was\n"
	"                          none, a leak that grew by more than --growth, or any\n"
	"                          other origin that did, and by more than 64 KiB, unless\n"
	"                          frees of it were missed, or its verdict is cache\n"
	"      --growth PERCENT    default 10\n"
	"      --count-caches      what is of verdict cache counts as well\n"
	"      --suppressions FILE leaks to pass over: leak:PATTERN lines, as for\n"
	"                          LeakSanitizer; these are never worse\n"
	"      --json              one JSON document instead of text, all origins\n"
	"      --top N             origins in text; default 10, 0: all. What is worse is\n"
	"                          always shown\n"
	"\n"
	"examples:\n"
	"  slabsight diff monday.rec tuesday.rec\n"
	"  slabsight diff web3.rec --at +60 --to +3600\n"
	"  slabsight diff old-kernel.rec new-kernel.rec --fail-on-growth --growth 25\n";

struct diff_command {
	const char *files[2], *when[2]; /* A, B */
	const char *suppressions_file;
	struct suppressions *suppressions;
	bool json, fail, count_caches;
	size_t top;
	double percent;
	struct recorded *recorded[2];
};

static int read_percent(const char *value, double *ret)
{
	char *end;

	*ret = strtod(value, &end);
	if (end != value && (!*end || !strcmp(end, "%")) && *ret >= 0 && *ret <= PERCENT_MAX)
		return -1;
	return cli_bad("growth", value, "a number of percent from 0 to 1000000");
}

/* -1 to go on, else the exit code; so with all steps below. */
static int parse_one(struct diff_command *c, int option)
{
	uint64_t n = 0;
	int code;

	switch (option) {
	case OPT_AT:
	case OPT_TO:
		c->when[option == OPT_TO] = optarg;
		return -1;
	case OPT_JSON:
		c->json = true;
		return -1;
	case OPT_TOP:
		code = cli_count("top", optarg, 0, 100000, &n);
		c->top = n;
		return code;
	case OPT_FAIL:
		c->fail = true;
		return -1;
	case OPT_GROWTH:
		return read_percent(optarg, &c->percent);
	case OPT_CACHES:
		c->count_caches = true;
		return -1;
	case OPT_SUPPRESSIONS:
		c->suppressions_file = optarg;
		return *optarg ? -1 : cli_bad("suppressions", optarg, "a file");
	case 'h':
		fputs(help, stdout);
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
}

static int parse(struct diff_command *c, int argc, char **argv)
{
	int option, code = -1;

	optind = 0;
	while (code < 0 && (option = cli_option(argc, argv, ":h", long_options)) != -1)
		code = parse_one(c, option);
	if (code >= 0)
		return code;
	for (int i = 0; i < 2 && optind < argc; i++)
		c->files[i] = argv[optind++];
	if (cli_no_more(argc, argv))
		return EXIT_USAGE;
	if (!c->files[1] && (c->when[0] || c->when[1]))
		c->files[1] = c->files[0];
	if (c->files[1])
		return -1;
	say("which recordings? diff A B, or diff A --at WHEN for two moments of one");
	return EXIT_USAGE;
}

static int read_at(struct recording *rec, const char *file, const char *option, const char *when,
		   struct recorded **ret_recorded)
{
	char safe[128], why[RECORDING_WHY];
	double at_s = INFINITY;

	if (when && !report_when(when, recording_run(rec), &at_s))
		return cli_bad(option, when, "a time such as +90, 14:03 or 2026-11-21T14:03:10");
	if (!recording_at(rec, at_s, ret_recorded, why))
		return -1;
	text_escape(file, safe, sizeof(safe));
	if (when)
		say("'%s', --%s: %s", safe, option, why);
	else
		say("'%s': %s", safe, why);
	return EXIT_USAGE;
}

static int read_both(struct diff_command *c)
{
	static const char *const options[2] = {"at", "to"};
	char why[RECORDING_WHY];
	int code = -1;

	for (int i = 0; i < 2 && code < 0; i++) {
		struct recording *rec;

		if (recording_open(c->files[i], &rec, why)) {
			say("%s", why);
			return EXIT_USAGE;
		}
		code = read_at(rec, c->files[i], options[i], c->when[i], &c->recorded[i]);
		recording_close(rec);
	}
	return code;
}

/* What is counted of them is what B has. */
static int pass_over(struct diff_command *c)
{
	int code = report_file_suppressions(c->suppressions_file, &c->suppressions);

	for (int i = 0; i < 2 && c->suppressions; i++) {
		struct report *r = recorded_report(c->recorded[i]);

		suppressions_forget(c->suppressions);
		suppressions_apply(c->suppressions, r->snapshot, r->symbols);
		r->suppressions = c->suppressions;
	}
	return code;
}

static int print(const struct diff_command *c)
{
	struct diff *d = NULL;
	int code = EXIT_DONE, err;

	err = diff_create(recorded_report(c->recorded[0]), recorded_report(c->recorded[1]),
			  c->percent, c->count_caches, &d);
	if (!err) {
		d->a_name = c->files[0];
		d->b_name = c->files[1];
		d->top = c->top;
		err = c->json ? diff_json(d, stdout) : diff_text(d, stdout);
	}
	if (err) {
		say("cannot write the report: %s", strerror(-err));
		code = EXIT_FAILED;
	} else if (c->fail && diff_failed(d)) {
		code = EXIT_LEAK;
	}
	diff_destroy(d);
	return code;
}

int cmd_diff(int argc, char **argv)
{
	struct diff_command c = {.top = 10, .percent = DIFF_GROWTH};
	int code = parse(&c, argc, argv);

	if (code < 0)
		code = read_both(&c);
	if (code < 0)
		code = pass_over(&c);
	if (code < 0)
		code = print(&c);
	recorded_destroy(c.recorded[0]);
	recorded_destroy(c.recorded[1]);
	suppressions_destroy(c.suppressions);
	return code;
}
