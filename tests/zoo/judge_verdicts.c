// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Are leaks called leaks, and nothing else? What the report calls a leak is a stack, or an origin
 * none of whose stacks is called so by itself. It is right when most of its objects are of leaking
 * cases: then it counts for each of them that it is about. Else it is a false alarm, of the case
 * that has most of it, or of the rest of the machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "owner.h"
#include "tap.h"

#define RIGHT_SHARE 0.5 /* of the objects that are called a leak */
#define CASE_SHARE  0.1 /* of them, for the case to be seen in it */

#define FIRST_STACKS 2 /* shown of a leak that is missed */
#define ALL_STACKS   1000

struct judged {
	bool leak;	     /* called so, rightly or not */
	const char *verdict; /* of the origin with most of its objects */
	const char *reason;
	const json_t *origin;
	double most;
};

struct result {
	struct judged cases[STAGE_CASES];
	const json_t *shown, *other; /* the last that was printed whole, and that was counted */
	unsigned int others;	     /* origins called leak, of no case */
	unsigned int origins;	     /* with survivors, all there are */
	unsigned int consequences;   /* of leaking cases, called leak */
};

static const char *text(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

static bool called_leak(const json_t *unit)
{
	return !strcmp(text(unit, "verdict"), "leak");
}

/* A line for an origin or its stack, and the origin with so many stacks where it is wrong. */
static void show(const char *what, const json_t *origin, const json_t *stack, int stack_cnt)
{
	const json_t *site = json_object_get(origin, "call_site");
	json_t *copy;
	char *dump;

	printf("# %s: %s at %s: %s: %s\n", what, text(origin, "cache"), text(site, "symbol"),
	       text(stack ? stack : origin, "verdict"),
	       text(stack && *text(stack, "reason") ? stack : origin, "reason"));
	if (!stack_cnt)
		return;
	copy = json_deep_copy(origin);
	while (json_array_size(json_object_get(copy, "stacks")) > (size_t)stack_cnt)
		json_array_remove(json_object_get(copy, "stacks"), (size_t)stack_cnt);
	dump = json_dumps(copy, JSON_COMPACT);
	printf("# %s\n", dump);
	free(dump);
	json_decref(copy);
}

static int most_of_it(const struct owners *o, const struct stage *s)
{
	double most = o->others;
	int at = -1;

	for (unsigned int i = 0; i < s->cnt; i++) {
		if (s->cases[i].zoo->kind == ZOO_LIFE && o->of_case[i] > most) {
			most = o->of_case[i];
			at = (int)i;
		}
	}
	return at;
}

/* Something is called a leak: a stack of the origin, or (NULL) the origin. */
static void weigh(struct result *r, const struct stage *s, const json_t *report,
		  const json_t *origin, const json_t *stack)
{
	struct owners o = {0};
	bool known = false;
	char label[ZOO_LABEL_MAX] = "none of the cases";
	int at;

	if (stack)
		owners_add_judged(&o, s, stack);
	else
		owners_add_origin(&o, s, report, origin);
	if (owners_share(&o, s, ZOO_LEAK) >= RIGHT_SHARE) {
		for (unsigned int i = 0; i < s->cnt; i++) {
			const struct zoo_case *zoo = s->cases[i].zoo;

			if (zoo->kind != ZOO_LEAK || o.of_case[i] < CASE_SHARE * o.all ||
			    !owner_site_matches(zoo, report, origin))
				continue;
			r->cases[i].leak = known = true;
			r->cases[i].verdict = "leak";
		}
		r->consequences += !known;
		if (!known)
			show("leaks as a consequence", origin, stack, 0);
		return;
	}
	at = most_of_it(&o, s);
	if (at >= 0)
		zoo_label(s->cases[at].zoo, label);
	show(label, origin, stack, origin == r->shown ? 0 : ALL_STACKS);
	if (at >= 0)
		r->cases[at].leak = true;
	else if (origin != r->other)
		r->others++;
	if (at < 0)
		r->other = origin;
	r->shown = origin;
}

/* What the report says of a case that it does not call a leak: where most of its objects are. */
static void remember(struct result *r, const struct stage *s, const json_t *report,
		     const json_t *origin)
{
	double allocs = json_number_value(json_object_get(origin, "allocs"));

	for (unsigned int i = 0; i < s->cnt; i++) {
		struct judged *j = &r->cases[i];

		if (allocs < j->most || !owner_site_matches(s->cases[i].zoo, report, origin))
			continue;
		j->most = allocs;
		j->verdict = text(origin, "verdict");
		j->reason = text(origin, "reason");
		j->origin = origin;
	}
}

static void read_verdicts(struct result *r, const struct stage *s, const json_t *report)
{
	const json_t *origin, *stack;
	size_t i, j;

	json_array_foreach (json_object_get(report, "origins"), i, origin) {
		bool stacks_tell = false;

		r->origins += json_integer_value(json_object_get(origin, "live_objects")) > 0;
		remember(r, s, report, origin);
		json_array_foreach (json_object_get(origin, "stacks"), j, stack) {
			if (!called_leak(stack))
				continue;
			weigh(r, s, report, origin, stack);
			stacks_tell = true;
		}
		if (called_leak(origin) && !stacks_tell)
			weigh(r, s, report, origin, NULL);
	}
}

/* Where this kernel does not show all frees, an origin must not be called a leak. */
static bool is_unjudged(const json_t *report, const struct judged *j)
{
	return !j->leak && j->origin && json_integer_value(json_object_get(j->origin, "ghosts")) &&
	       strcmp(text(json_object_get(report, "coverage"), "grade"), "full");
}

static void say_case(const json_t *report, const struct stage_case *c, const struct judged *j)
{
	char why[400], label[ZOO_LABEL_MAX];

	zoo_label(c->zoo, label);
	snprintf(why, sizeof(why), "it is called %s: %s", j->verdict ? j->verdict : "nothing",
		 j->reason ? j->reason : "not in the report");
	if (c->zoo->kind == ZOO_LIFE) {
		check(!j->leak, "it is", "%s is not called a leak (%s); its origin: %s", label,
		      c->zoo->what, j->verdict ? j->verdict : "nothing live");
		return;
	}
	if (is_unjudged(report, j)) {
		skip(why, "%s is called a leak (%s)", label, c->zoo->what);
		return;
	}
	check(j->leak, why, "%s is called a leak (%s)", label, c->zoo->what);
	if (!j->leak && j->origin)
		show(label, j->origin, NULL, FIRST_STACKS);
}

void judge_verdicts(const struct stage *s, const json_t *report)
{
	struct result *r = calloc(1, sizeof(*r));
	unsigned int leaks = 0, found = 0, unjudged = 0, lives = 0, alarms = 0;

	if (!r)
		return;
	read_verdicts(r, s, report);
	for (unsigned int i = 0; i < s->cnt; i++) {
		const struct stage_case *c = &s->cases[i];

		if (c->err)
			continue;
		say_case(report, c, &r->cases[i]);
		if (c->zoo->kind == ZOO_LEAK && is_unjudged(report, &r->cases[i])) {
			unjudged++;
		} else if (c->zoo->kind == ZOO_LEAK) {
			leaks++;
			found += r->cases[i].leak;
		} else {
			lives++;
			alarms += r->cases[i].leak;
		}
	}
	check(!r->others, "see above",
	      "of all origins, %u with survivors, %u others are called leak", r->origins,
	      r->others);
	printf("# zoo: recall %u/%u, false alarms %u/%u, and %u of the rest of the machine; "
	       "%u more leak as a consequence",
	       found, leaks, alarms, lives, r->others, r->consequences);
	if (unjudged)
		printf("; of %u leaks not all frees are seen here", unjudged);
	putchar('\n');
	free(r);
}
