// SPDX-License-Identifier: GPL-2.0-or-later
/* A verdict in words, and several of them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "lines.h"
#include "verdict.h"

/* An advice is a guess, and is told as one: what to trace for is rounded up to one of these. */
static const struct {
	double s;
	const char *name;
} lengths[VERDICT_LENGTHS] = {
	{30, "30s"},	  {45, "45s"},	      {60, "1m"},	  {120, "2m"},
	{300, "5m"},	  {600, "10m"},	      {1800, "30m"},	  {3600, "1h"},
	{7200, "2h"},	  {10800, "3h"},      {21600, "6h"},	  {43200, "12h"},
	{86400, "1 day"}, {172800, "2 days"}, {345600, "4 days"}, {604800, "7 days"},
};

#define ADVICE 96

/* The shortest that is long enough, the last one if none is. */
static size_t length_of(double trace_s)
{
	size_t i = 0;

	while (i + 1 < VERDICT_LENGTHS && !(trace_s <= lengths[i].s))
		i++;
	return i;
}

/* "none of 1,204 allocated was freed", "17 of every 1,000 allocations outlive everything" */
static void say_share(const struct verdict *v, char buf[96])
{
	double thousand = v->share * 1000;

	if (v->comm)
		snprintf(buf, 96, "those of %s outlive everything", SAFE(v->comm));
	else if (!(v->share >= 0) || v->by_stack)
		snprintf(buf, 96, "those of one stack outlive everything");
	else if (v->share >= 0.9995)
		snprintf(buf, 96, "no allocation is ever freed");
	else if (thousand >= 9.5)
		snprintf(buf, 96, "%.0f of every 1,000 allocations outlive everything", thousand);
	else
		snprintf(buf, 96, "%.2g of every 1,000 allocations outlive everything", thousand);
}

/* A slow leak is told by the hour, not as 0.0 a second. */
static void say_growth(double per_s, char buf[48])
{
	if (per_s < 0.095)
		snprintf(buf, 48, "+%s/h", RATE(per_s * 3600));
	else
		snprintf(buf, 48, "+%s/s", RATE(per_s));
}

static void say_leak(const struct verdict *v, char buf[VERDICT_REASON])
{
	char share[96], older[48] = "", died[48], growth[48];

	if (v->why == VERDICT_ORPHANS) {
		snprintf(buf, VERDICT_REASON,
			 "their cache was destroyed with them in it: nothing can free them");
		return;
	}
	if (v->why == VERDICT_PINNED) {
		snprintf(buf, VERDICT_REASON,
			 "%s of the %s looked at are held by somebody, +%s/s from beginning to "
			 "end: no reclaim frees those",
			 COUNT(v->old), COUNT(v->looked), RATE(v->per_s));
		return;
	}
	if (v->why == VERDICT_EACH_RUN) {
		snprintf(buf, VERDICT_REASON, "every repetition leaves %s or more behind",
			 COUNT(v->per_run));
		return;
	}
	say_share(v, share);
	say_growth(v->per_s, growth);
	if (v->from_s > 0)
		snprintf(older, sizeof(older), " older than %s", TIME(v->from_s));
	/* Of a sample, unseen deaths may be parts of one. */
	if (v->died > 0)
		snprintf(died, sizeof(died), "only %.0f died", fmin(ceil(v->died), 1e15));
	else
		snprintf(died, sizeof(died), "none died");
	snprintf(buf, VERDICT_REASON,
		 "%s: of %s%s %s; half-life at least %s (95%%); %s; not reclaimable", share,
		 COUNT(v->old), older, died, TIME(v->half_life_s), growth);
}

static void say_cache(const struct verdict *v, char buf[VERDICT_REASON])
{
	if (v->why == VERDICT_RECLAIMED)
		snprintf(buf, VERDICT_REASON, "reclaim freed %s of them", COUNT(v->reclaimed));
	else if (v->why == VERDICT_KEPT)
		snprintf(buf, VERDICT_REASON,
			 "%s: those that are done with wait to be freed many at a time",
			 v->what ? v->what : "objects");
	else if (v->why == VERDICT_PART)
		snprintf(buf, VERDICT_REASON, "parts of %s, and go when those are reclaimed",
			 v->what ? v->what : "others");
	else
		snprintf(buf, VERDICT_REASON,
			 "reclaimable: the kernel frees them when memory is short");
}

static void say_steady(const struct verdict *v, char buf[VERDICT_REASON])
{
	switch (v->why) {
	case VERDICT_NONE_LEFT:
		snprintf(buf, VERDICT_REASON, "all were freed");
		break;
	case VERDICT_TURNED_OVER:
		snprintf(buf, VERDICT_REASON, "none is older than %s", TIME(v->from_s));
		break;
	case VERDICT_BALANCED:
		snprintf(buf, VERDICT_REASON, "of those older than %s, half die within %s",
			 TIME(v->from_s), TIME(v->half_life_s));
		break;
	case VERDICT_NOT_EACH_RUN:
		snprintf(buf, VERDICT_REASON, "not every repetition leaves some behind");
		break;
	default:
		snprintf(buf, VERDICT_REASON, "not growing: the last that stayed is %s old",
			 TIME(v->ago_s));
	}
}

/* What cannot be told, and how long a trace would tell it. */
static void say_unknown(const struct verdict *v, const char *advice, char buf[VERDICT_REASON])
{
	switch (v->why) {
	case VERDICT_GHOSTS:
		snprintf(buf, VERDICT_REASON,
			 "ghosts: not all frees of these are seen on this kernel");
		break;
	case VERDICT_REFUSED:
		snprintf(buf, VERDICT_REASON,
			 "not all are in the books: --objects makes room for them");
		break;
	case VERDICT_TIMED:
		snprintf(buf, VERDICT_REASON, "%s live for %s by design%s",
			 v->what ? v->what : "they", TIME(v->live_s), advice);
		break;
	case VERDICT_YOUNG:
		snprintf(buf, VERDICT_REASON, "too young%s", advice);
		break;
	case VERDICT_SOME_STAY:
		snprintf(buf, VERDICT_REASON, "most are freed, those older than %s hardly%s",
			 TIME(v->from_s), advice);
		break;
	case VERDICT_SLOW:
		snprintf(buf, VERDICT_REASON, "they die, about as slowly as this trace is long%s",
			 advice);
		break;
	case VERDICT_SOME_RUNS:
		snprintf(buf, VERDICT_REASON,
			 "most repetitions leave some behind, not all: repeat it more often");
		break;
	case VERDICT_SAMPLED:
		snprintf(buf, VERDICT_REASON,
			 "only a sample is in the books, which cannot tell repetitions: --objects "
			 "makes room");
		break;
	case VERDICT_PARTLY:
		snprintf(buf, VERDICT_REASON,
			 "some of these are %s, and which is not known of all%s",
			 v->what ? v->what : "parts of others", advice);
		break;
	case VERDICT_FILES:
		snprintf(buf, VERDICT_REASON, "%s: they stay until they are deleted",
			 v->what ? v->what : "files");
		break;
	case VERDICT_ONCE:
		snprintf(buf, VERDICT_REASON,
			 "one run cannot tell what is left for good: --repeat 5 can");
		break;
	case VERDICT_FITS:
		snprintf(buf, VERDICT_REASON, "growth comes in fits%s", advice);
		break;
	case VERDICT_SLOWING:
		snprintf(buf, VERDICT_REASON, "growth is slowing down, perhaps to an end%s",
			 advice);
		break;
	default:
		snprintf(buf, VERDICT_REASON, "too few%s", advice);
	}
}

char *verdict_reason(const struct verdict *v, char buf[VERDICT_REASON])
{
	char advice[ADVICE] = "";

	switch (v->kind) {
	case VERDICT_LEAK:
		say_leak(v, buf);
		break;
	case VERDICT_CACHE:
		say_cache(v, buf);
		break;
	case VERDICT_BURST:
		snprintf(buf, VERDICT_REASON, "most were born within %s, and are held",
			 TIME(v->span_s));
		break;
	case VERDICT_STEADY:
		say_steady(v, buf);
		break;
	default:
		if (v->trace_s > 0)
			snprintf(advice, sizeof(advice), ": trace %s to tell",
				 lengths[length_of(v->trace_s)].name);
		say_unknown(v, advice, buf);
	}
	return buf;
}

void verdict_group_add(struct verdict_group *g, const struct verdict *v)
{
	const char *what = v->what ? v->what : "";

	if (g->any && strcmp(what, g->any->what ? g->any->what : ""))
		g->what_differs = true;
	if (g->any && v->live_s != g->any->live_s)
		g->live_differs = true;
	g->any = v;
	g->count++;
	g->whys[v->why] = true;
	g->live_s = fmax(g->live_s, v->live_s);
	if (v->trace_s > 0)
		g->advised[length_of(v->trace_s)]++;
}

/* What would tell more than half of them, and what would tell all. */
static void advise(const struct verdict_group *g, char buf[ADVICE])
{
	size_t most = VERDICT_LENGTHS, last = 0, sum = 0;

	for (size_t i = 0; i < VERDICT_LENGTHS; i++) {
		sum += g->advised[i];
		if (g->advised[i])
			last = i;
		if (most == VERDICT_LENGTHS && 2 * sum > g->count)
			most = i;
	}
	buf[0] = '\0';
	if (most == VERDICT_LENGTHS)
		return;
	if (sum < g->count)
		snprintf(buf, ADVICE, ": trace %s to tell most of them", lengths[most].name);
	else if (last > most)
		snprintf(buf, ADVICE, ": trace %s to tell most of them, %s all", lengths[most].name,
			 lengths[last].name);
	else
		snprintf(buf, ADVICE, ": trace %s to tell", lengths[most].name);
}

static const char *say_balanced(const struct verdict_group *g)
{
	bool others = g->whys[VERDICT_TURNED_OVER] || g->whys[VERDICT_BALANCED] ||
		      g->whys[VERDICT_BOUNDED];

	if (!g->whys[VERDICT_NOT_EACH_RUN])
		return "in balance, or not growing";
	return others ? "in balance, not growing, or not left by every repetition"
		      : "not left by every repetition";
}

static const char *say_reclaimable(const struct verdict_group *g)
{
	if (!g->whys[VERDICT_KEPT])
		return "reclaimable";
	return g->whys[VERDICT_RECLAIMABLE] || g->whys[VERDICT_PART] || g->whys[VERDICT_RECLAIMED]
		       ? "reclaimable, or freed many at a time"
		       : "freed many at a time";
}

/* Without the numbers that only one of them has. */
static void say_unknown_all(const struct verdict_group *g, char buf[VERDICT_REASON])
{
	struct verdict common = *g->any;
	char advice[ADVICE];

	advise(g, advice);
	if (g->what_differs)
		common.what = NULL;
	if (common.why == VERDICT_SOME_STAY)
		snprintf(buf, VERDICT_REASON, "most are freed, old ones hardly%s", advice);
	else if (common.why == VERDICT_TIMED && (g->live_differs || g->what_differs))
		snprintf(buf, VERDICT_REASON, "%s live for up to %s by design%s",
			 common.what ? common.what : "they", TIME(g->live_s), advice);
	else
		say_unknown(&common, advice, buf);
}

char *verdict_group_reason(const struct verdict_group *g, char buf[VERDICT_REASON])
{
	if (!g->any)
		buf[0] = '\0';
	else if (g->any->kind == VERDICT_CACHE)
		snprintf(buf, VERDICT_REASON, "%s", say_reclaimable(g));
	else if (g->any->kind == VERDICT_BURST)
		snprintf(buf, VERDICT_REASON, "born at once, and held");
	else if (g->any->kind == VERDICT_STEADY)
		snprintf(buf, VERDICT_REASON, "%s", say_balanced(g));
	else if (g->any->kind == VERDICT_UNKNOWN)
		say_unknown_all(g, buf);
	else
		verdict_reason(g->any, buf);
	return buf;
}
