// SPDX-License-Identifier: GPL-2.0-or-later
/* What is to be said of the report on an hour. */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hold.h"
#include "leaks.h"
#include "tap.h"
#include "verdicts.h"

#define ORIGINS_MIN 100 /* with survivors; about 300 were seen */

struct accused {
	bool planted;
	unsigned int wrongly;
	bool found[LEAKS_PLANTED];
};

/* Which of the planted leaks has this symbol for a call site; LEAKS_PLANTED: none. */
static int which_leak(const char *symbol)
{
	int i = 0;

	while (i < LEAKS_PLANTED && !hold_site_matches(hold_kind_find(leaks[i].kind), symbol))
		i++;
	return i;
}

static bool comes_by_leak(const json_t *stack)
{
	json_t *frame;
	size_t i;

	json_array_foreach (json_object_get(stack, "frames"), i, frame)
		if (which_leak(verdicts_text(frame, "symbol")) < LEAKS_PLANTED)
			return true;
	return false;
}

/* With what is lost goes a file, its dentry and more: accused by stacks that all lead there. */
static bool goes_with_leak(const json_t *origin)
{
	json_t *stack;
	bool any = false;
	size_t i;

	json_array_foreach (json_object_get(origin, "stacks"), i, stack) {
		if (strcmp(verdicts_text(stack, "verdict"), "leak"))
			continue;
		if (!comes_by_leak(stack))
			return false;
		any = true;
	}
	return any;
}

static void on_leak(const json_t *origin, void *arg)
{
	struct accused *a = arg;
	int leak = a->planted ? which_leak(verdicts_site(origin)) : LEAKS_PLANTED;
	char *all;

	printf("# called a leak: %s at %s: %s\n", verdicts_text(origin, "cache"),
	       verdicts_site(origin), verdicts_text(origin, "reason"));
	if (leak < LEAKS_PLANTED)
		a->found[leak] = true;
	if (leak < LEAKS_PLANTED || (a->planted && goes_with_leak(origin)))
		return;
	a->wrongly++;
	all = json_dumps(origin, JSON_COMPACT);
	printf("# %s\n", all);
	free(all);
}

static void check_life(const struct expected *expected, double traced_s, size_t origin_cnt)
{
	int idle = 0;

	for (int i = 0; i < TENTHS; i++)
		idle += !(expected->per_s[i] > 0);
	check(traced_s >= expected->length_s, "it did not last", "an hour: %.1f s were traced",
	      traced_s);
	check(!idle && origin_cnt >= ORIGINS_MIN, "too little", "an hour: life in every tenth");
}

void judge_hour(const json_t *report, const struct expected *expected)
{
	const json_t *coverage = json_object_get(report, "coverage");
	const char *grade = verdicts_text(coverage, "grade");
	struct accused accused = {.planted = expected->planted};
	struct verdicts v;

	verdicts_count(report, on_leak, &accused, &v);
	check(!accused.wrongly, "there are",
	      "an hour of ordinary life (%lld allocations, %zu origins with survivors: "
	      "%zu cache, %zu burst, %zu steady, %zu unknown): no leak",
	      json_integer_value(json_object_get(coverage, "allocs")), v.origin_cnt, v.cnt[CACHES],
	      v.cnt[BURSTS], v.cnt[STEADY], v.cnt[UNKNOWN]);
	check_life(expected, json_number_value(json_object_get(report, "duration_s")),
		   v.origin_cnt);
	check(!expected->grade || !strcmp(grade, expected->grade), "it should be better",
	      "an hour: coverage %s, %lld ghosts", grade,
	      json_integer_value(json_object_get(coverage, "ghosts")));
	for (int i = 0; expected->planted && i < LEAKS_PLANTED; i++)
		check(accused.found[i], "it is not",
		      "an hour: the leak of a %s every %g s is found", leaks[i].kind,
		      leaks[i].every_s);
}
