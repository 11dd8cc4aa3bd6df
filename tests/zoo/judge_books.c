// SPDX-License-Identifier: GPL-2.0-or-later
/* Are the cases' objects in the books, with the numbers that they made? */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "owner.h"
#include "tap.h"

/* Between the count and the end of booking a slow guest goes on for so long. */
#define LATE_S 4
/* And then it settles: what dies is booked, what is born is not. */
#define SETTLE_S 10
/* Of what a leak holds, at most so much is others on their way, and not lost. */
#define PASSING_SHARE 0.25
/* Objects on their way; and how far off a number may be, as a share of it: on 7.x, where events of
   tasks that are preempted are skipped, by much. */
#define SLACK	      30
#define SHARE	      0.05
#define SHARE_SKIPPED 0.35
/*
 * Of what a leak holds where others allocate as well, so much must be on stacks that tell whose it
 * is: they are sampled.
 */
#define TOLD_SHARE 0.5

struct booked {
	long long allocs, live, unsure; /* unsure: ghosts and stale ones */
	double own;			/* of the live, on stacks that tell the case; estimated */
	bool alias;			/* the cache is shown by the wanted name */
};

static long long number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static bool shown_as(const json_t *report, const json_t *origin, const char *wanted)
{
	const json_t *cache, *alias;
	size_t i, j;

	json_array_foreach (json_object_get(report, "caches"), i, cache) {
		if (!json_equal(json_object_get(cache, "name"), json_object_get(origin, "cache")))
			continue;
		if (!strcmp(json_string_value(json_object_get(cache, "name")), wanted))
			return true;
		json_array_foreach (json_object_get(cache, "aliases"), j, alias)
			if (!strcmp(json_string_value(alias), wanted))
				return true;
	}
	return false;
}

static struct booked look(const struct stage *s, const json_t *report, unsigned int index)
{
	const struct zoo_case *zoo = s->cases[index].zoo;
	struct owners owners = {0};
	struct booked b = {0};
	const json_t *origin, *stack;
	size_t i, j;

	json_array_foreach (json_object_get(report, "origins"), i, origin) {
		if (!owner_site_matches(zoo, report, origin))
			continue;
		b.allocs += number(origin, "allocs");
		b.live += number(origin, "live_objects");
		b.unsure += number(origin, "ghosts") + number(origin, "stale");
		b.alias |= zoo->alias && shown_as(report, origin, zoo->alias);
		json_array_foreach (json_object_get(origin, "stacks"), j, stack)
			owners_add_stack(&owners, s, stack);
	}
	b.own = owners.of_case[index];
	return b;
}

static double tolerated(const json_t *report)
{
	const json_t *coverage = json_object_get(report, "coverage");

	const double skipped = number(coverage, "skipped_allocs");
	const double part = skipped / (skipped + number(coverage, "allocs"));

	/* Some are hit harder than all on the average. */
	return part > 0.01 ? fmax(SHARE_SKIPPED, 2 * part) : SHARE;
}

/*
 * How many of those it held when it was counted may have died by the end. Of what is freed at
 * once, few are on their way: but not of what lives for a while, or is replaced.
 */
static double dying(const struct stage_case *c, double made, double held, double trace_s)
{
	if (c->zoo->kind != ZOO_LEAK)
		return SETTLE_S * made / trace_s;
	return LATE_S * held / trace_s +
	       fmin(LATE_S * (made - held) / trace_s, PASSING_SHARE * held);
}

/* NULL, or what is wrong. */
static const char *compare(const struct stage_case *c, const struct booked *b, double trace_s,
			   double share)
{
	double made = (double)(c->ended.made - c->begun.made);
	double held = (double)c->ended.held - (double)c->begun.held;
	double slack = SLACK + share * made + LATE_S * made / trace_s;

	if (c->zoo->books == ZOO_UNCOUNTED)
		return b->allocs ? NULL : "nothing is there";
	if (made < 1)
		return "it made nothing";
	if ((double)b->allocs < made - slack)
		return "fewer than it made";
	if (c->zoo->books == ZOO_SHARED)
		return c->zoo->kind == ZOO_LEAK &&
				       b->own < held * TOLD_SHARE * (share > SHARE ? 1 - share : 1)
			       ? "too few are on its stacks"
			       : NULL;
	if ((double)b->allocs > made + slack)
		return "more than it made";
	slack = SLACK + share * held;
	if ((double)b->live < held - slack - dying(c, made, held, trace_s))
		return "fewer live than it holds";
	slack += LATE_S * (c->zoo->kind == ZOO_LEAK ? held : made) / trace_s;
	if ((double)(b->live - b->unsure) > held + slack)
		return "more live than it holds";
	if (c->zoo->alias && !b->alias)
		return "its cache is not shown by its name";
	return NULL;
}

void judge_books(const struct stage *s, const json_t *report, double trace_s)
{
	for (unsigned int i = 0; i < s->cnt; i++) {
		const struct stage_case *c = &s->cases[i];
		struct booked b = look(s, report, i);
		const char *why;
		char detail[200], label[ZOO_LABEL_MAX];

		zoo_label(c->zoo, label);
		if (c->err) {
			skip(strerror(-c->err), "%s: %s", label, c->zoo->what);
			continue;
		}
		why = compare(c, &b, trace_s, tolerated(report));
		snprintf(detail, sizeof(detail), "%s; %lld ghosts and stale", why ? why : "",
			 b.unsure);
		check(!why, detail,
		      "%s is booked: made %lu, allocs %lld; holds %ld, live %lld, %.0f on its "
		      "stacks",
		      label, c->ended.made - c->begun.made, b.allocs,
		      (long)(c->ended.held - c->begun.held), b.live, b.own);
	}
}
