// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight on a living kernel, native or in a VM: known objects are held and
 * must be reported to the number, released and must be gone; under a mixed load
 * the books must balance, and ghosts be 0 where coverage is full.
 *
 *   live [-p SLABSIGHT] [-l LOAD] [-g GRADE] [-t SECONDS]
 *
 * GRADE is the coverage that this kernel must get. Prints a line a check.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hold.h"
#include "traced.h"
#include "tap.h"

#define UNITS 997 /* prime: no power of two or page full of objects looks like it */
#define COMM  "sslive"

static const char *load_program = "./load", *wanted_grade = "full", *load_seconds = "20";

/* ---- reading a report ---- */

static long long number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static const char *string(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

static bool cache_is(const json_t *report, const struct hold_kind *kind, const char *name)
{
	size_t i, j;
	json_t *cache, *alias;

	if (hold_cache_matches(kind, name))
		return true;
	json_array_foreach (json_object_get(report, "caches"), i, cache) {
		if (strcmp(string(cache, "name"), name))
			continue;
		json_array_foreach (json_object_get(cache, "aliases"), j, alias)
			if (hold_cache_matches(kind, json_string_value(alias)))
				return true;
	}
	return false;
}

struct seen {
	long long allocs, frees, live;
	long long sited;     /* frees whose place is told, with a name */
	long long placeless; /* and without */
	bool site_in_stacks; /* every stack begins with the call site */
	char freed_at[64];   /* the commonest place of any of its origins */
};

/* What the report says of a kind: all origins at its call site, in its cache. */
static struct seen look(const json_t *report, const struct hold_kind *kind)
{
	struct seen seen = {.site_in_stacks = true};
	json_t *origin, *stack, *place;
	size_t i, j;

	json_array_foreach (json_object_get(report, "origins"), i, origin) {
		const char *site = string(json_object_get(origin, "call_site"), "symbol");

		if (!hold_site_matches(kind, site) ||
		    !cache_is(report, kind, string(origin, "cache")))
			continue;
		seen.allocs += number(origin, "allocs");
		seen.frees += number(origin, "frees");
		seen.live += number(origin, "live_objects");
		json_array_foreach (json_object_get(origin, "free_sites"), j, place) {
			bool named =
				*string(place, "symbol") && strcmp(string(place, "how"), "unknown");

			*(named ? &seen.sited : &seen.placeless) += number(place, "frees");
			if (!j)
				snprintf(seen.freed_at, sizeof(seen.freed_at), "%s",
					 string(place, "symbol"));
		}
		json_array_foreach (json_object_get(origin, "stacks"), j, stack) {
			json_t *first = json_array_get(json_object_get(stack, "frames"), 0);

			seen.site_in_stacks &= !strcmp(string(first, "symbol"), site);
		}
	}
	return seen;
}

/*
 * Is any way out unseen, by the hooks that there are? Not by the report's grade: what that is
 * lowered for, ghosts and skipped events, is not to excuse itself.
 */
static bool partial(void)
{
	return strcmp(wanted_grade, "full") || getenv("SLABSIGHT_NO_FENTRY");
}

/* ---- holding ---- */

/* Kinds whose units would count in each other's call site are not held at once. */
static const char *const batches[][16] = {
	{"pipe", "eventfd", "timerfd", "signalfd", "epoll", "message", "key", "unix", "netlink",
	 "timer", "lock", "long-name", NULL},
	{"file", "key-payload", "large-payload", "missing-name", NULL},
};

struct batch {
	struct hold holds[16];
	const struct hold_kind *kinds[16]; /* NULL: cannot be made here */
	int count;
};

static void prepare(struct batch *b, const char *const names[])
{
	*b = (struct batch){0};
	for (; names[b->count]; b->count++) {
		const struct hold_kind *kind = hold_kind_find(names[b->count]);
		int err = hold_prepare(&b->holds[b->count], kind, UNITS);

		b->kinds[b->count] = err ? NULL : kind;
		if (err)
			skip(strerror(-err), "%s: cannot be made", names[b->count]);
	}
}

static void make(struct batch *b)
{
	for (int i = 0; i < b->count; i++) {
		int err = b->kinds[i] ? hold_make(&b->holds[i], UNITS) : 0;

		if (!err)
			continue;
		skip(strerror(-err), "%s: cannot be made", b->kinds[i]->name);
		b->kinds[i] = NULL;
	}
}

/* Give everything back, and wait until the slowest way back is through. */
static void release(struct batch *b)
{
	unsigned int wait_ms = 0;

	for (int i = 0; i < b->count; i++) {
		if (!b->kinds[i])
			continue;
		hold_release(&b->holds[i]);
		if (hold_settle_ms(b->kinds[i]) > wait_ms)
			wait_ms = hold_settle_ms(b->kinds[i]);
	}
	nanosleep(&(struct timespec){wait_ms / 1000, wait_ms % 1000 * 1000000}, NULL);
}

static void check_held(const struct batch *b, const json_t *report)
{
	for (int i = 0; i < b->count; i++) {
		char why[120];
		struct seen seen;

		if (!b->kinds[i])
			continue;
		seen = look(report, b->kinds[i]);
		snprintf(why, sizeof(why), "%lld live, %lld allocated, stacks begin there: %d",
			 seen.live, seen.allocs, seen.site_in_stacks);
		check(seen.live == UNITS && seen.site_in_stacks, why, "%s: %d held are %d live",
		      b->kinds[i]->name, UNITS, UNITS);
	}
}

/* Places are of all frees, give or take what is drawn, and what a function frees it is seen to. */
static void check_freed_at(const struct hold_kind *kind, const struct seen *seen)
{
	char why[200];

	snprintf(why, sizeof(why), "%lld of %lld frees, %lld without a place, most at %s",
		 seen->sited, seen->frees, seen->placeless, seen->freed_at);
	check(!seen->placeless && llabs(seen->sited - seen->frees) <= UNITS / 4, why,
	      "%s: where they were freed is told", kind->name);
	if (!strcmp(kind->name, "eventfd"))
		check(!strncmp(seen->freed_at, "eventfd_", 8), why, "%s: freed by eventfd_...",
		      kind->name);
}

static void check_released(const struct batch *b, const json_t *report)
{
	for (int i = 0; i < b->count; i++) {
		char why[120];
		struct seen seen;

		if (!b->kinds[i])
			continue;
		seen = look(report, b->kinds[i]);
		if (partial() && b->kinds[i]->how_freed == HOLD_FREE_UNSEEN) {
			skip("freed by kfree_rcu, which this kernel lets nobody hook",
			     "%s: released are 0 live", b->kinds[i]->name);
			continue;
		}
		snprintf(why, sizeof(why), "%lld live of %lld allocated", seen.live, seen.allocs);
		check(!seen.live && seen.allocs >= UNITS, why, "%s: %d released are 0 live",
		      b->kinds[i]->name, UNITS);
		check_freed_at(b->kinds[i], &seen);
	}
}

static void check_books(const json_t *report, const char *when)
{
	const json_t *coverage = json_object_get(report, "coverage");
	long long ghosts = number(coverage, "ghosts"), refused = number(coverage, "refused");
	char why[160];

	snprintf(why, sizeof(why), "%lld allocs, %lld frees, %lld ghosts, %lld unbalanced",
		 number(coverage, "allocs"), number(coverage, "frees"), ghosts,
		 number(coverage, "unbalanced_origins"));
	check(!number(coverage, "unbalanced_origins") && !refused, why, "%s: the books balance",
	      when);
	if (!partial())
		check(!ghosts, why, "%s: 0 ghosts", when);
	else if (strcmp(wanted_grade, "partial"))
		/* By kprobes, which one guard can make skip a free. */
		check(ghosts * 1000 < number(coverage, "allocs"), why, "%s: hardly a ghost", when);
	else
		skip("coverage is partial here", "%s: 0 ghosts", when);
}

static void hold_and_release(const char *const names[], bool give_back)
{
	const char *const args[] = {"--force", "--twice", "--comm", COMM, NULL};
	struct session session;
	struct batch batch;
	json_t *report;
	int err;

	prepare(&batch, names);
	err = session_start(&session, args);
	if (err) {
		check(false, session.said, "slabsight starts (%s)", strerror(-err));
		return;
	}
	make(&batch);
	if (give_back)
		release(&batch);
	report = session_end(&session);
	check(report, session.said, "slabsight ends with a report");
	if (report && give_back)
		check_released(&batch, report);
	else if (report)
		check_held(&batch, report);
	if (report)
		check_books(report, give_back ? "released" : "held");
	json_decref(report);
	if (!give_back)
		release(&batch);
}

/* ---- the mixed load ---- */

static pid_t start_load(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execl(load_program, load_program, "-t", load_seconds, NULL);
	_exit(127);
}

static bool is_missing(const json_t *report, const char *hook)
{
	json_t *coverage = json_object_get(report, "coverage"), *name;
	size_t i;

	json_array_foreach (json_object_get(coverage, "missing"), i, name)
		if (!strcmp(json_string_value(name), hook))
			return true;
	return false;
}

/* More than 0.1 % of the events skipped: then coverage is partial, whatever is hooked. */
static bool much_skipped(const json_t *coverage)
{
	double skipped = number(coverage, "skipped_allocs") + number(coverage, "skipped_frees");
	double seen = number(coverage, "allocs") + number(coverage, "frees") +
		      number(coverage, "frees_unknown");

	return skipped > 0.001 * (skipped + seen);
}

/* `how`: what function hooks are made of in this run; `expected`: the grade that makes. */
static void mixed_load(const char *how, const char *expected)
{
	static const char *const args[] = {"--force", NULL};
	struct session session;
	json_t *report, *coverage;
	const char *grade;
	int err = session_start(&session, args), status = -1;
	pid_t load;

	if (err) {
		check(false, session.said, "slabsight starts (%s)", strerror(-err));
		return;
	}
	load = start_load();
	waitpid(load, &status, 0);
	check(!status, "it failed", "the mixed load ran for %s s", load_seconds);
	report = session_end(&session);
	check(report, session.said, "slabsight ends with a report under load");
	if (!report)
		return;
	coverage = json_object_get(report, "coverage");
	grade = string(coverage, "grade");
	if (!strcmp(expected, "full") && much_skipped(coverage))
		expected = "partial";
	check(!strcmp(grade, expected), grade, "coverage is %s with %s", expected, how);
	if (!strcmp(wanted_grade, "partial"))
		check(is_missing(report, "kvfree_call_rcu") &&
			      is_missing(report, "kmem_cache_free_bulk"),
		      "not both are named", "kfree_rcu and bulk frees are named as unseen");
	check(number(coverage, "allocs") > 10000, "fewer allocations than such a load makes",
	      "the load was seen");
	check_books(report, how);
	json_decref(report);
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "p:l:g:t:")) != -1) {
		switch (option) {
		case 'p':
			session_program = optarg;
			break;
		case 'l':
			load_program = optarg;
			break;
		case 'g':
			wanted_grade = optarg;
			break;
		case 't':
			load_seconds = optarg;
			break;
		default:
			return 2;
		}
	}
	prctl(PR_SET_NAME, COMM);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		hold_and_release(batches[i], false);
		hold_and_release(batches[i], true);
	}
	mixed_load("what the kernel allows", wanted_grade);
	if (!strcmp(wanted_grade, "full")) {
		setenv("SLABSIGHT_NO_FENTRY", "1", true);
		mixed_load("kprobes", "partial");
	}
	return 0;
}
