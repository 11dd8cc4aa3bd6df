// SPDX-License-Identifier: GPL-2.0-or-later
/* How densely stacks are taken, origin by origin. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "governor.h"

/*
 * Stacks a second: of all origins; of one, whatever it does; of one whose
 * survivors grow, at least, and for each object that it grows by, up to a limit.
 */
#define BUDGET_ALL     2000.0
#define BUDGET_ORIGIN  5.0
#define BUDGET_GROWING 50.0
#define BUDGET_GROWTH  0.05
#define BUDGET_MOST    500.0
#define INTERVAL_MAX   16384u
/*
 * Of one that grows slowly and all the time under much traffic, so many that ten of
 * the objects it gains each second have theirs: what stays is one in hundreds there,
 * and its stack or its process may be all that tells it from the rest.
 */
#define RARE_GROWTH 0.3 /* objects a second, over the last: */
#define RARE_S	    8.0
#define RARE_STACKS 10.0
#define BUDGET_RARE 1500.0
/* Weight of the last step in the growth that counts: survivors come and go within a second. */
#define SMOOTHING 0.3

struct last {
	uint64_t allocs, gone_seen, gone;
	double live; /* estimated, once only a sample is booked */
};

struct governor {
	double scale; /* at the last step */
	struct last last[SS_ORIGINS];
	double allocs_s[SS_ORIGINS], growth_s[SS_ORIGINS];
	double slow_s[SS_ORIGINS]; /* growth over RARE_S */
	double wanted_s[SS_ORIGINS];
};

int governor_create(struct governor **ret_governor)
{
	*ret_governor = calloc(1, sizeof(**ret_governor));
	return *ret_governor ? 0 : -ENOMEM;
}

void governor_destroy(struct governor *g)
{
	free(g);
}

static double wanted(double allocs_s, double growth_s, double slow_s)
{
	double most = BUDGET_ORIGIN;

	if (growth_s >= 1)
		most = BUDGET_GROWING + BUDGET_GROWTH * growth_s;
	if (most > BUDGET_MOST)
		most = BUDGET_MOST;
	if (slow_s >= RARE_GROWTH)
		most = fmax(most, fmin(RARE_STACKS * allocs_s / slow_s, BUDGET_RARE));
	return allocs_s < most ? allocs_s : most;
}

static uint32_t interval_of(double allocs_s, double allowed)
{
	uint32_t interval = 1;

	while (interval < INTERVAL_MAX && allocs_s > allowed * interval * 1.01)
		interval *= 4;
	return interval;
}

uint32_t governor_interval(double allocs_s, double growth_s, double slow_s, double most)
{
	return interval_of(allocs_s, fmin(wanted(allocs_s, growth_s, slow_s), most));
}

/*
 * What each origin may have at most, so that all together keep within the budget: those who want
 * little get it, and the others share alike what is left.
 */
static double share_out(const struct governor *g, double all)
{
	double most = INFINITY, budget = BUDGET_ALL;
	uint32_t sharers = SS_ORIGINS, before;

	if (all <= BUDGET_ALL)
		return most;
	most = 0;
	do {
		before = sharers;
		sharers = 0;
		budget = BUDGET_ALL;
		for (uint32_t i = SS_ORIGIN_OTHER; i < SS_ORIGINS; i++) {
			if (g->wanted_s[i] <= most)
				budget -= g->wanted_s[i];
			else
				sharers++;
		}
		if (sharers)
			most = budget / sharers;
	} while (sharers && sharers < before);
	return most;
}

/*
 * Objects that an origin gained since the last step. Allocations are all
 * counted, but ends only of objects in the sample, so each of those stands for
 * `scale`. What a halving thinned out is in the sample no more, and still live.
 */
static double grown(struct last *last, const struct ss_count *c, const struct ss_rare *r,
		    double scale)
{
	struct last now = {
		.allocs = c->allocs,
		.gone_seen = c->frees + r->ghosts,
		.gone = (uint64_t)r->refused + r->retold,
	};
	double sum = (double)(now.allocs - last->allocs) -
		     scale * (double)(int64_t)(now.gone_seen - last->gone_seen) -
		     (double)(now.gone - last->gone);

	now.live = last->live + sum;
	*last = now;
	return sum;
}

void governor_step(struct governor *g, const struct ledger *l, double seconds,
		   void (*set)(void *arg, uint32_t origin, uint32_t interval), void *arg,
		   struct governor_progress *ret_progress)
{
	struct governor_progress p = {.frees = l->counts[SS_ORIGIN_NONE].frees};
	const double smoothing_slow = 1 - exp(-seconds / RARE_S);
	double all = 0, live = 0, most, scale = ledger_scale(l);

	/* A halving came somewhere in the middle of the step. */
	scale = (scale + (g->scale ? g->scale : scale)) / 2;
	g->scale = ledger_scale(l);
	for (uint32_t i = SS_ORIGIN_OTHER; i < SS_ORIGINS; i++) {
		const struct ss_count *c = &l->counts[i];
		const struct ss_rare *r = &l->rares[i];
		double growth_s;

		p.allocs += c->allocs;
		p.frees += c->frees;
		p.ghosts += r->ghosts;
		/* Most places of the table are empty: nothing follows from nothing. */
		if (!c->allocs)
			continue;
		/* Stacks are taken of allocations in the sample only. */
		g->allocs_s[i] = (c->allocs - g->last[i].allocs) / seconds / scale;
		growth_s = grown(&g->last[i], c, r, scale) / seconds;
		g->growth_s[i] += SMOOTHING * (growth_s - g->growth_s[i]);
		g->slow_s[i] += smoothing_slow * (growth_s - g->slow_s[i]);
		live += g->last[i].live;
		g->wanted_s[i] = wanted(g->allocs_s[i], g->growth_s[i], g->slow_s[i]);
		all += g->wanted_s[i];
	}
	p.live = live > 0 ? llround(live) : 0;
	*ret_progress = p;
	most = share_out(g, all);
	for (uint32_t i = SS_ORIGIN_FIRST; set && i < SS_ORIGINS; i++) {
		uint32_t interval;

		if (!l->origins[i].key)
			continue;
		interval = governor_interval(g->allocs_s[i], g->growth_s[i], g->slow_s[i], most);
		if (interval != l->origins[i].interval)
			set(arg, i, interval);
	}
}

double governor_live(const struct governor *g, uint32_t origin)
{
	return g->last[origin].live;
}
