// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An hour of ordinary life, in which nothing leaks: no origin may be called a leak.
 *
 *   hour [-p SLABSIGHT] [-t SECONDS] [-g GRADE] [-i EXT4_IMAGE] [-m MODULE_FILE] [-s SEED] [-l]
 *
 * life.h says who lives here. Some of it began a minute before the trace, and it goes on while the
 * report is made, so that the report sees much that is meant to be alive. With -l two leaks are
 * planted, and must be found. -g: the coverage that the trace must have. -s: another hour. A trace
 * of less than half an hour sees the indexer's cache still growing, and may take that for a leak.
 *
 * An hour takes an hour, or minutes where VM_ICOUNT is set for scripts/vm.sh: the guest's time is
 * then counted in instructions, and where all its CPUs wait for a timer, time goes on to that
 * timer at once. Nothing but waiting is left out, and nobody in the guest can tell: every clock
 * (TSC, HPET, the timer interrupt and so jiffies, RCU, timeouts) counts the same time, each timer
 * goes off when it is due, in the same order, and each instruction is executed. What it takes is
 * life with pauses, which is what most machines live. One thing is unlike a real machine: of the
 * CPUs one at a time goes forward, so that two together are as fast as one.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"
#include "leaks.h"
#include "life.h"
#include "load_kinds.h"
#include "place.h"
#include "rhythm.h"
#include "tap.h"
#include "traced.h"

#define BEFORE_S 60 /* life goes on for so long before the trace */
#define ACTORS	 64

static const char *seconds = "3600", *image;
static struct expected expected;

struct people {
	int cnt;
	pid_t pids[ACTORS];
	const char *names[ACTORS];
};

/* ---- who lives there ---- */

static void start_one(const struct life *life, const struct actor *actor, struct people *p)
{
	p->names[p->cnt] = actor->name;
	p->pids[p->cnt] = life_start(life, actor, (unsigned int)p->cnt + 1);
	p->cnt++;
}

static void start_all(const struct life *life, struct people *p)
{
	static const struct actor loser = {"hour-leaks", act_leaks};

	for (const struct actor *a = actors; a->name; a++)
		start_one(life, a, p);
	if (expected.planted)
		start_one(life, &loser, p);
}

/* What each has used of the CPUs tells what the hour was made of. */
static void stop_all(const struct people *p)
{
	struct rusage used;

	for (int i = 0; i < p->cnt; i++)
		if (p->pids[i] > 0)
			kill(-p->pids[i], SIGKILL);
	printf("# seconds of a CPU:");
	for (int i = 0; i < p->cnt; i++)
		if (p->pids[i] > 0 && wait4(p->pids[i], NULL, 0, &used) > 0)
			printf(" %s %ld.%02ld", p->names[i],
			       used.ru_utime.tv_sec + used.ru_stime.tv_sec,
			       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) % 1000000 / 10000);
	printf("\n");
}

/* ---- the trace ---- */

/* Of a line of progress, "50m20s left  2,310 events/s  ...": how many, -1: it is another. */
static double events_per_s(const char *line)
{
	const char *left = strstr(line, "left  ");

	return left && strstr(line, " events/s") ? strtod(left + 6, NULL) : -1;
}

/* Read what it says until it says no more: the highest rate of events in each tenth. */
static void listen_through(struct session *s, double ret_per_s[TENTHS])
{
	const double began_s = rhythm_s();
	int talk = dup(s->talk);
	FILE *f = talk < 0 ? NULL : fdopen(talk, "r");
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		int tenth = (int)((rhythm_s() - began_s) / expected.length_s * TENTHS);
		double per_s = events_per_s(line);

		if (per_s < 0)
			fprintf(stderr, "# %s", line);
		if (tenth < TENTHS && per_s > ret_per_s[tenth])
			ret_per_s[tenth] = per_s;
	}
	if (f)
		fclose(f);
}

static void trace(void)
{
	const char *const args[] = {"--force", "-d", seconds, NULL};
	struct session s = {};
	json_t *report = NULL;
	int err = session_start(&s, args);

	if (!err) {
		listen_through(&s, expected.per_s);
		report = session_end(&s);
	}
	if (report)
		judge_hour(report, &expected);
	else
		check(false, s.said, "an hour of ordinary life");
	json_decref(report);
}

/* For connections and the like; shells inherit it. */
static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < 8192 ? limit.rlim_max : 8192;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int parse(int argc, char **argv, struct life *life)
{
	int opt;

	while ((opt = getopt(argc, argv, "p:t:g:i:m:s:l")) != -1) {
		switch (opt) {
		case 'p':
			session_program = optarg;
			break;
		case 't':
			seconds = optarg;
			break;
		case 'g':
			expected.grade = optarg;
			break;
		case 'i':
			image = optarg;
			break;
		case 'm':
			life->module = optarg;
			break;
		case 's':
			life->seed = (unsigned int)atoi(optarg);
			break;
		case 'l':
			expected.planted = true;
			break;
		default:
			return -1;
		}
	}
	expected.length_s = atof(seconds);
	return optind < argc || !(expected.length_s > 0) ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct life life = {.seed = 1};
	struct people people = {};
	struct place place;
	int err;

	if (argc == 2 && !strcmp(argv[1], LOAD_NOP_ARGUMENT))
		return 0;
	if (parse(argc, argv, &life))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	raise_limit();
	rhythm_begin();
	err = place_settle(&place, image, &life);
	if (err) {
		check(false, strerror(-err), "a place for an hour of ordinary life");
		return 1;
	}
	start_all(&life, &people);
	rhythm_sleep(BEFORE_S);
	trace();
	stop_all(&people);
	place_leave(&place);
	return 0;
}
