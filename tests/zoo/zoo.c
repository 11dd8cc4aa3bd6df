// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The zoo: one trace of a machine on which everything that leaks, and everything that only looks
 * like it, goes on at once. Are the leaks called leaks, and nothing else?
 *
 *   zoo [-p SLABSIGHT] [-m MODULE] [-t SECONDS] [-e SECONDS] [-o FILE]
 *
 * -m: the kernel module with the cases that need kernel code, for test guests only; -e: how long
 * the early cases run before the trace; -o: keep the report. Prints a line a check.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "judge.h"
#include "pace.h"
#include "traced.h"
#include "stage.h"
#include "tap.h"

static const char *module, *keep;
/* So long that those who begin after 20 s, or come every 8 s, grow through most of it. */
static double trace_s = 90, early_s = 20;

static void wait_s(double seconds)
{
	double end_s = pace_clock_s() + seconds;

	while (pace_clock_s() < end_s)
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

/* The trace: the cases begin when it books, and are counted just before it ends. */
static json_t *trace(struct stage *s, double *ret_trace_s)
{
	static const char *const args[] = {"--force", NULL};
	struct session session;
	double began_s = pace_clock_s();
	json_t *report;
	int err = session_start(&session, args);

	if (err) {
		check(false, session.said, "slabsight starts (%s)", strerror(-err));
		return NULL;
	}
	printf("# slabsight traces after %.1f s\n", pace_clock_s() - began_s);
	began_s = pace_clock_s();
	stage_count(s, false);
	stage_begin(s, false);
	if (module) {
		err = stage_load(module);
		check(!err, strerror(-err), "the module is loaded");
	}
	wait_s(trace_s);
	stage_count(s, true);
	*ret_trace_s = pace_clock_s() - began_s;
	report = session_end(&session);
	check(report, session.said, "slabsight ends with a report");
	printf("# traced for %.1f s, report after %.1f more\n", *ret_trace_s,
	       pace_clock_s() - began_s - *ret_trace_s);
	return report;
}

/* What may explain a number that is off. */
static void print_coverage(const json_t *report)
{
	static const char *const names[] = {
		"allocs",	  "frees",	   "ghosts",	    "stale",	   "refused",
		"skipped_allocs", "skipped_frees", "stacks_failed", "stacks_full", "tasks_full"};
	const json_t *coverage = json_object_get(report, "coverage");

	printf("# coverage %s:", json_string_value(json_object_get(coverage, "grade")));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		printf(" %s %lld", names[i],
		       (long long)json_integer_value(json_object_get(coverage, names[i])));
	printf("\n");
}

static bool options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "p:m:t:e:o:")) != -1) {
		switch (option) {
		case 'p':
			session_program = optarg;
			break;
		case 'm':
			module = optarg;
			break;
		case 't':
			trace_s = strtod(optarg, NULL);
			break;
		case 'e':
			early_s = strtod(optarg, NULL);
			break;
		case 'o':
			keep = optarg;
			break;
		default:
			return false;
		}
	}
	return optind == argc && trace_s > 0 && early_s >= 0;
}

int main(int argc, char **argv)
{
	static struct stage stage;
	json_t *report = NULL;
	double took_s = 1;
	int err;

	if (!options(argc, argv))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	stage_add(&stage, zoo_leak_cases);
	stage_add(&stage, zoo_life_cases);
	if (module)
		stage_add(&stage, zoo_module_cases);
	err = stage_prepare(&stage);
	check(!err, strerror(-err), "%u cases are on stage", stage.cnt);
	if (!err) {
		stage_begin(&stage, true);
		wait_s(early_s);
		report = trace(&stage, &took_s);
	}
	stage_end(&stage);
	if (!report)
		return 1;
	if (keep && json_dump_file(report, keep, JSON_INDENT(1)))
		printf("# cannot write '%s'\n", keep);
	print_coverage(report);
	judge_books(&stage, report, took_s);
	judge_verdicts(&stage, report);
	json_decref(report);
	return 0;
}
