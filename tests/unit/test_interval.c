// SPDX-License-Identifier: GPL-2.0-or-later
/* interval.c and recording_between.c: a trace that is recorded, and what happened in a part of it.
 */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_recording.h"
#include "recording_db.h"
#include "report_source.h"

#define LENGTH_S 800
#define STEP_S	 5
#define FROM_S	 400
#define TICKS(s) ((uint32_t)((s) / MADE_TICK_S))

static struct recorder *recorder;
static const char *path;

static int setup(void **state)
{
	int err = made_report_setup(state);

	/* Objects are born when they are: as old as the clock is later. */
	made.ledger.view.settled = made.ledger.view.jiffies = made.ledger.view.began;
	path = made_recording_path();
	recorder = NULL;
	return err;
}

static int teardown(void **state)
{
	recorder_destroy(recorder);
	made_recording_remove(path);
	return made_report_teardown(state);
}

#define WITH_TRACE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void go_to(double s)
{
	struct ledger *l = &made.ledger.view;

	l->settled = l->jiffies = l->began + TICKS(s);
}

static double live(void *arg, uint32_t origin)
{
	const struct ledger *l = arg;

	return l->counts[origin].allocs - l->counts[origin].frees;
}

/* As it is now: everything, or counters. */
static void record(double s, bool deep)
{
	const struct recorder_moment moment = {.at_s = s};
	struct ledger *l = &made.ledger.view;

	go_to(s);
	if (!recorder)
		assert_int_equal(recorder_create(path, &made_run, 0, "/nonexistent", &recorder), 0);
	made.report.duration_s = s;
	if (!deep) {
		assert_int_equal(recorder_count(recorder, &moment, l, made.symbols, live, l), 0);
		return;
	}
	snapshot_destroy(made.report.snapshot);
	assert_int_equal(snapshot_create(l, false, &made.report.snapshot), 0);
	assert_int_equal(recorder_take(recorder, &moment, &made.report), 0);
}

/* Counters all the time, and everything now and then, with what `book` does before. */
static void trace(void (*book)(double s))
{
	struct report_source source;

	for (double s = STEP_S; s <= LENGTH_S; s += STEP_S) {
		go_to(s);
		book(s);
		record(s, fmod(s, FROM_S) == 0);
	}
	assert_int_equal(recorder_end(recorder, "test", &source), 0);
}

static int read_between(double from_s, double to_s, struct recorded **ret, char *why)
{
	struct recording *rec;
	int err = recording_open(path, &rec, why);

	assert_int_equal(err, 0);
	err = recording_between(rec, from_s, to_s, ret, why);
	recording_close(rec);
	return err;
}

static struct recorded *between(double from_s, double to_s)
{
	char why[RECORDING_WHY] = "";
	struct recorded *r;

	if (read_between(from_s, to_s, &r, why))
		fail_msg("%s", why);
	return r;
}

/* To be freed. */
static char *written(const struct report *r)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(report_text(r, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static const struct snapshot_origin *origin_in(const struct recorded *r, const char *cache)
{
	const struct snapshot *s = recorded_report((struct recorded *)r)->snapshot;

	for (size_t i = 0; i < s->origin_cnt; i++)
		if (!strcmp(s->caches[s->origins[i].cache].name, cache))
			return &s->origins[i];
	return NULL;
}

static uint32_t leaky, bursting, quiet;

static void make_origins(void)
{
	struct made_ledger *m = &made.ledger;

	leaky = made_origin(m, made_cache(m, "leaky", 64, 64), MADE_APPEND, 64, 0);
	bursting = made_origin(m, made_cache(m, "bursting", 64, 64), MADE_READDIR, 64, 0);
	quiet = made_origin(m, made_cache(m, "quiet", 64, 64), MADE_ITERATE, 64, 0);
}

/* 40 of each at the beginning; then one leaks from the middle on, and one is filled later. */
static void leak_from_the_middle(double s)
{
	struct made_ledger *m = &made.ledger;

	if (s == STEP_S) {
		made_objects(m, 40, leaky, 0, 0, 100, 64);
		made_objects(m, 40, bursting, 0, 0, 100, 64);
		made_objects(m, 40, quiet, 0, 0, 100, 64);
	}
	made_freed(m, leaky, 3);
	if (s > FROM_S)
		made_objects(m, 4, leaky, 0, 0, TICKS(2), 64);
	if (s == 600)
		made_objects(m, 300, bursting, 0, 0, 10, 64);
}

static void a_leak_that_began_later(void **state)
{
	const struct snapshot_origin *o;
	const struct snapshot *s;
	struct recorded *r;

	(void)state;
	make_origins();
	trace(leak_from_the_middle);
	r = between(FROM_S, LENGTH_S);
	s = recorded_report(r)->snapshot;
	o = origin_in(r, "leaky");
	assert_non_null(o);
	assert_int_equal(o->allocs, 320 + 80 * 3);
	assert_int_equal(o->frees, 80 * 3);
	assert_int_equal(o->objects, 320);
	assert_int_equal(o->bytes, 320 * 64);
	assert_int_equal(o->verdict->kind, VERDICT_LEAK);
	assert_close(s->booked_s, LENGTH_S - FROM_S);
	assert_true(o->age_max_s <= LENGTH_S - FROM_S);
	/* Filled at once: it is known when by the counters, though no whole snapshot is near. */
	o = origin_in(r, "bursting");
	assert_non_null(o);
	assert_int_equal(o->objects, 300);
	assert_int_equal(o->verdict->kind, VERDICT_BURST);
	/* Nothing happened to it. */
	assert_null(origin_in(r, "quiet"));
	assert_int_equal(s->objects, 620);
	assert_int_equal(recorded_report(r)->source->unsure, 0);
	assert_int_equal(recorded_report(r)->source->from_nr, 1);
	assert_close(recorded_report(r)->source->from_s, FROM_S);
	assert_close(recorded_report(r)->duration_s, LENGTH_S - FROM_S);
	recorded_destroy(r);
	/* In the first half there was none of this. */
	r = between(0, FROM_S);
	assert_int_equal(origin_in(r, "leaky")->objects, 40);
	assert_int_not_equal(origin_in(r, "leaky")->verdict->kind, VERDICT_LEAK);
	assert_int_equal(recorded_report(r)->source->from_nr, 0);
	recorded_destroy(r);
	/* And of all of it, one cannot say. */
	r = between(0, LENGTH_S);
	assert_int_equal(origin_in(r, "leaky")->objects, 360);
	assert_int_not_equal(origin_in(r, "leaky")->verdict->kind, VERDICT_LEAK);
	recorded_destroy(r);
}

static uint32_t in_a, in_b;

/* One name in two cgroups: by the middle nothing of the other survived, then it leaks there. */
static void one_name_in_two_cgroups(double s)
{
	struct made_ledger *m = &made.ledger;

	if (s == STEP_S) {
		made_objects(m, 40, leaky, in_a, 0, 100, 64);
		made_freed(m, leaky, 50 + 7);
		m->rec_lives[in_a].life[9] = 50;
		m->rec_lives[in_b].life[9] = 7;
	}
	if (s > FROM_S)
		made_objects(m, 4, leaky, in_b, 0, TICKS(2), 64);
	if (s == 600) {
		made_freed(m, leaky, 20 + 5);
		m->rec_lives[in_a].life[9] += 20;
		m->rec_lives[in_b].life[9] += 5;
	}
}

/* Deaths are of a name, wherever they are told: between two moments, those in between. */
static void deaths_of_a_name_between(void **state)
{
	struct made_ledger *m = &made.ledger;
	const struct snapshot_stack *st;
	struct recorded *r;
	uint64_t died = 0;
	uint32_t stack;

	(void)state;
	make_origins();
	stack = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_READDIR}, 2);
	in_a = made_rec(m, leaky, stack, made_task_in(m, "ls", 11));
	in_b = made_rec(m, leaky, stack, made_task_in(m, "ls", 12));
	trace(one_name_in_two_cgroups);
	r = between(FROM_S, LENGTH_S);
	st = &origin_in(r, "leaky")->stacks[0];
	assert_int_equal(st->task_cnt, 1);
	assert_int_equal(st->tasks[0].cgroup, 12);
	assert_int_equal(st->tasks[0].objects, 320);
	for (int i = 0; i < SS_LIFE_BINS; i++)
		died += st->tasks[0].lives.died[i];
	assert_int_equal(died, 20 + 5);
	recorded_destroy(r);
}

/* As before, but in the first half some frees of one, and objects of another, are missed. */
static void leak_of_missed_frees(double s)
{
	struct made_ledger *m = &made.ledger;

	if (s == STEP_S) {
		m->rares[leaky].ghosts = 12;
		m->counts[leaky].allocs += 12;
		m->rares[bursting].refused = 5;
		m->counts[bursting].allocs += 5;
	}
	leak_from_the_middle(s);
}

/* Frees that were missed before prove that those of now may be. */
static void ghosts_of_before_are_remembered(void **state)
{
	autofree char *text = NULL;
	const struct snapshot_origin *o;
	const struct snapshot *s;
	struct report *report;
	struct recorded *r;

	(void)state;
	made.report.grade = COVERAGE_FULL;
	make_origins();
	trace(leak_of_missed_frees);
	r = between(FROM_S, LENGTH_S);
	report = recorded_report(r);
	s = report->snapshot;
	o = origin_in(r, "leaky");
	assert_int_equal(o->allocs, 320 + 80 * 3);
	assert_int_equal(o->objects, 320);
	assert_int_equal(o->ghosts, 12);
	assert_int_equal(o->verdict->kind, VERDICT_UNKNOWN);
	assert_int_equal(origin_in(r, "bursting")->refused, 5);
	assert_int_equal(s->ghosts, 12);
	assert_int_equal(s->refused, 5);
	assert_int_equal(s->caches[o->cache].ghosts, 12);
	assert_int_equal(report_grade(report), COVERAGE_PARTIAL);
	text = written(report);
	assert_has(text, "not all frees of 1 origin are seen here");
	assert_has(text, "    ghosts, refused and stale are all there were until then\n");
	assert_has(
		text,
		"  books    860 allocations, 240 frees, 620 live, 12 ghosts, 0 stale, 5 refused:\n"
		"           these need not add up, ");
	assert_lacks(text, "balanced in all");
	assert_has(text, "  ghosts   12 since the recording began: ");
	free(text);
	report->snapshot->unbalanced = 2;
	text = written(report);
	assert_has(text, "NOT balanced in 2 origins of all that was recorded until then: ");
	recorded_destroy(r);
	r = between(0, LENGTH_S);
	free(text);
	text = written(recorded_report(r));
	assert_has(text, " = 480 frees + 740 live + ");
	assert_has(text, "balanced in ");
	recorded_destroy(r);
}

static uint32_t dense, sparse, sparse_too;

/* Of one origin, one stack of every allocation, and one of one in 64; most have none. */
static void leak_of_two_stacks(double s)
{
	struct made_ledger *m = &made.ledger;

	if (s != STEP_S && s != 600)
		return;
	made_objects(m, 40, leaky, dense, 0, 0, 64);
	made_objects(m, s == 600 ? 100 : 40, leaky, 0, 0, 0, 64);
	made_objects(m, s == 600, leaky, sparse_too, 3, 0, 64);
	made_objects(m, s == 600 ? 2 : 0, leaky, sparse, 3, 0, 64);
}

/* 143 are born; of a weight of 232, 192 is of the three objects that stand for 64 each. */
static void stacks_weigh_what_they_stand_for(void **state)
{
	struct made_ledger *m = &made.ledger;
	const struct snapshot_origin *o;
	const struct snapshot_stack *st;
	struct recorded *r;
	uint32_t stack;

	(void)state;
	make_origins();
	stack = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_READDIR}, 2);
	dense = made_rec(m, leaky, stack, made_task(m, "old"));
	stack = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_ITERATE}, 2);
	sparse = made_rec(m, leaky, stack, made_task(m, "ls"));
	sparse_too = made_rec(m, leaky, stack, made_task(m, "bash"));
	trace(leak_of_two_stacks);
	r = between(FROM_S, LENGTH_S);
	o = origin_in(r, "leaky");
	assert_int_equal(o->objects, 143);
	assert_int_equal(o->stack_cnt, 2);
	st = &o->stacks[0];
	assert_close(st->share, 192.0 / 232);
	assert_int_equal(st->objects, 118);
	assert_int_equal(st->task_cnt, 2);
	assert_string_equal(st->tasks[0].comm, "ls");
	assert_int_equal(st->tasks[0].objects, 79);
	assert_string_equal(st->tasks[1].comm, "bash");
	assert_int_equal(st->tasks[1].objects, 39);
	st = &o->stacks[1];
	assert_close(st->share, 40.0 / 232);
	assert_int_equal(st->objects, 25);
	assert_int_equal(st->tasks[0].objects, 25);
	recorded_destroy(r);
}

static void what_has_no_between(void **state)
{
	char why[RECORDING_WHY];
	struct recorded *r;

	(void)state;
	make_origins();
	trace(leak_from_the_middle);
	assert_int_equal(read_between(FROM_S, FROM_S + 1, &r, why), -ERANGE);
	assert_string_equal(why, "it has no whole snapshot in between");
	assert_int_equal(read_between(1, FROM_S - 1, &r, why), -ENOENT);
}

/* Of a billionth of a second, which no recorder writes, there are no rates. */
static void nothing_is_shorter_than_a_tick(void **state)
{
	char why[RECORDING_WHY];
	struct recorded *r;
	sqlite3 *db;

	(void)state;
	make_origins();
	trace(leak_from_the_middle);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(recording_db_run(db, "UPDATE fact SET value = (SELECT min(value) + 1e-9 "
					      "FROM fact WHERE name = 'snapshot.booked_s') WHERE "
					      "name = 'snapshot.booked_s' AND value > 700"),
			 0);
	assert_int_equal(sqlite3_changes(db), 1);
	sqlite3_close(db);
	assert_int_equal(read_between(FROM_S, LENGTH_S, &r, why), -ERANGE);
}

int test_interval(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TRACE(a_leak_that_began_later),
		WITH_TRACE(deaths_of_a_name_between),
		WITH_TRACE(ghosts_of_before_are_remembered),
		WITH_TRACE(stacks_weigh_what_they_stand_for),
		WITH_TRACE(what_has_no_between),
		WITH_TRACE(nothing_is_shorter_than_a_tick),
	};

	return cmocka_run_group_tests_name("interval", tests, NULL, NULL);
}
