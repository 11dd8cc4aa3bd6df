// SPDX-License-Identifier: GPL-2.0-or-later
/* The clock of the wall is set while slabsight traces: all it tells is of true time. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "adversity.h"
#include "tap.h"

#define DAY	86400
#define STEP_S	0.05
#define HELD	200
#define SLACK_S 1 /* of scheduling and ticks; what is feared is off by a day */

/* Wall time that it would be, plus `off`; or in the first hours of 1970. */
static bool set_wall(double wall_minus_true, double off, bool epoch)
{
	double wall = epoch ? true_s() + 3600 : true_s() + wall_minus_true + off;
	struct timespec t = {.tv_sec = (time_t)wall};

	t.tv_nsec = (long)((wall - (double)t.tv_sec) * 1e9);
	return !clock_settime(CLOCK_REALTIME, &t);
}

static double wall_minus_true(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec + t.tv_nsec / 1e9 - true_s();
}

/* When things happened, in seconds of true_s(). */
struct times {
	double started, both; /* slabsight; when it traced, and the other one, too */
	double freed;	      /* the LEFT that were made at once */
	double first, last;   /* of the others */
	double asked, ended;
	int held, fds[HELD];
	double born[HELD];
	bool set; /* the clock, each time */
};

/* A day on, a day back, 1970, and true again; the trace ends while it is a day off. */
static void go_through_times(struct times *t)
{
	static const struct {
		double at, off;
		bool epoch;
	} steps[] = {{1.5, DAY, false},
		     {3, -DAY, false},
		     {4.5, 0, true},
		     {6, 0, false},
		     {7, DAY, false}};
	const double wall = wall_minus_true(), began = true_s();
	const size_t step_cnt = sizeof(steps) / sizeof(steps[0]);
	int early[LEFT];
	size_t step = 0;

	for (int i = 0; i < LEFT; i++)
		early[i] = eventfd(0, 0);
	t->set = true;
	t->first = true_s();
	while (true_s() < began + NAP_S && t->held < HELD) {
		t->born[t->held] = true_s();
		t->fds[t->held++] = eventfd(0, 0);
		wait_until(true_s() + STEP_S);
		if (step == step_cnt || true_s() < began + steps[step].at)
			continue;
		t->set &= set_wall(wall, steps[step].off, steps[step].epoch);
		step++;
		for (int i = 0; step == 3 && i < LEFT; i++)
			close(early[i]);
		if (step == 3)
			t->freed = true_s();
	}
	t->set &= step == step_cnt;
	t->last = true_s();
	wait_until(began + NAP_S);
}

static bool within(double n, double least, double most)
{
	return n >= least - SLACK_S && n <= most + SLACK_S;
}

/* Nothing died younger or older than what was freed. */
static bool lifetimes_are_right(const json_t *report, const json_t *origin, const struct times *t)
{
	const double tick_s = real(report, "tick_s"), age = t->freed - t->both;
	long long frees = 0;
	const json_t *bin;
	size_t i;

	json_array_foreach (json_object_get(origin, "lifetimes"), i, bin) {
		double least = number(bin, "ticks") * tick_s;

		if (least > age + SLACK_S || 2 * least < age - SLACK_S)
			return false;
		frees += number(bin, "frees");
	}
	return frees == LEFT;
}

static int older_than(const struct times *t, double now, double age)
{
	int count = 0;

	for (int i = 0; i < t->held; i++)
		count += now - t->born[i] >= age;
	return count;
}

/* Survivors of a certain age, and how many a second of those that the trace had at that age. */
static void check_evidence(const json_t *evidence, const struct times *t)
{
	double tail = real(evidence, "tail_s"), growth = real(evidence, "growth_per_s");
	double least_s = t->asked - t->both - tail - SLACK_S;
	double most_s = t->ended - t->started + SLACK_S;
	char why[400], *dump = json_dumps(evidence, JSON_COMPACT);
	long long old = number(evidence, "tail_survivors");

	snprintf(why, sizeof(why), "%.1f to %.1f s: %s", least_s, most_s, dump ? dump : "none");
	free(dump);
	check(old >= older_than(t, t->asked, tail + SLACK_S) &&
		      old <= older_than(t, t->ended, tail - SLACK_S) && growth >= old / most_s &&
		      (least_s <= 0 || growth <= old / least_s),
	      why, "... and the evidence of its verdict");
}

static void check_trace(const json_t *report, const struct times *t)
{
	const json_t *origin = eventfds(report), *age = json_object_get(origin, "age_s");
	const json_t *coverage = json_object_get(report, "coverage");
	double duration = real(report, "duration_s");
	double late = t->ended - t->asked, events;
	char why[200], *dump;

	snprintf(why, sizeof(why), "%.3f s of %.3f, started in %.3f", duration, t->asked - t->both,
		 real(json_object_get(report, "cost"), "start_s"));
	check(within(duration, t->asked - t->both, t->asked - t->started) &&
		      within(real(json_object_get(report, "cost"), "start_s"), 0,
			     t->both - t->started),
	      why, "clock set: the trace tells its true duration");
	snprintf(why, sizeof(why), "%lld live of %lld, %d of %d", number(origin, "live_objects"),
		 number(origin, "allocs"), t->held, t->held + LEFT);
	check(number(origin, "live_objects") == t->held &&
		      number(origin, "allocs") == t->held + LEFT,
	      why, "... all that was made, and all that was kept");
	snprintf(why, sizeof(why), "%.3f to %.3f s", real(age, "min"), real(age, "max"));
	check(within(real(age, "max"), t->asked - t->first, t->asked - t->first + late) &&
		      within(real(age, "min"), t->asked - t->last, t->asked - t->last + late),
	      why, "... and its true age");
	dump = json_dumps(json_object_get(origin, "lifetimes"), JSON_COMPACT);
	check(lifetimes_are_right(report, origin, t), dump ? dump : "none",
	      "... and how old was what died");
	free(dump);
	events = number(coverage, "allocs") + number(coverage, "frees") +
		 number(coverage, "frees_unknown");
	snprintf(why, sizeof(why), "%.3f of %.0f in %.3f s", real(report, "events_per_s"), events,
		 duration);
	check(within(real(report, "events_per_s") * duration, 0.99 * events, 1.01 * events), why,
	      "... events a second");
	check_evidence(json_object_get(origin, "evidence"), t);
	check_books(report, "clock set");
}

static void check_run(const json_t *report, int status, const struct times *t)
{
	const json_t *origin = eventfds(report), *age = json_object_get(origin, "age_s");
	double most = t->ended - t->started;
	char why[200];

	snprintf(why, sizeof(why), "status %d, %.3f s, %lld live, %.3f to %.3f s old", status,
		 real(report, "duration_s"), number(origin, "live_objects"), real(age, "min"),
		 real(age, "max"));
	check(!status && within(real(report, "duration_s"), NAP_S, most), why,
	      "clock set: a command of %d s took so long", NAP_S);
	check(number(origin, "live_objects") == LEFT && within(real(age, "min"), NAP_S, most) &&
		      within(real(age, "max"), NAP_S, most),
	      why, "... and what it left is as old");
}

void clock_steps(void)
{
	const double wall = wall_minus_true();
	struct times t = {.started = true_s()};
	struct session trace, run;
	struct keeper keeper;
	json_t *traced, *ran;
	int status;

	if (!keeper_init(&keeper) ||
	    session_start(&trace, WORDS("--force", "--comm", "ss-adversity"))) {
		check(false, trace.said, "slabsight starts");
		return;
	}
	if (session_run(&run, WORDS("run", "--json", "--force", "--settle", "0", "--comm",
				    LEFT_COMM, "--", adversity_self, "-c", keeper.fd, "sleep")))
		check(false, run.said, "slabsight run starts");
	t.both = true_s();
	go_through_times(&t);
	t.asked = true_s();
	traced = session_end(&trace);
	t.ended = true_s();
	check(t.set, "clock_settime() failed", "the clock can be set");
	check(traced, trace.said, "clock set: the trace ends with a report");
	check_trace(traced, &t);
	ran = session_wait(&run, &status);
	t.ended = true_s();
	set_wall(wall, 0, false);
	check_run(ran, status, &t);
	json_decref(traced);
	json_decref(ran);
	while (t.held)
		close(t.fds[--t.held]);
	keeper_deinit(&keeper);
}
