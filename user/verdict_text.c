// SPDX-License-Identifier: GPL-2.0-or-later
/* A verdict in words. */
#include <math.h>
#include <stdio.h>

#include "lines.h"
#include "verdict.h"

/* "none of 1,204 allocated was freed", "17 of every 1,000 allocations outlive everything" */
static void say_share(const struct verdict *v, char buf[96])
{
	double thousand = v->share * 1000;

	if (v->comm)
		snprintf(buf, 96, "those of %.*s outlive everything", SS_COMM, SAFE(v->comm));
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
			 "%s of the %s that live are held by somebody, +%s/s from beginning to "
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
static void say_unknown(const struct verdict *v, char buf[VERDICT_REASON])
{
	char advice[64] = "";

	if (v->trace_s > 0)
		snprintf(advice, sizeof(advice), ": trace %s to tell", TIME(v->trace_s));
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
		say_unknown(v, buf);
	}
	return buf;
}
