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

static double wanted(double allocs_s, double growth_s)
{
	double most = BUDGET_ORIGIN;

	if (growth_s >= 1)
		most = BUDGET_GROWING + BUDGET_GROWTH * growth_s;
	if (most > BUDGET_MOST)
		most = BUDGET_MOST;
	return allocs_s < most ? allocs_s : most;
}

uint32_t governor_interval(double allocs_s, double growth_s, double squeeze)
{
	double allowed = wanted(allocs_s, growth_s) * squeeze;
	uint32_t interval = 1;

	while (interval < INTERVAL_MAX && allocs_s > allowed * interval * 1.01)
		interval *= 4;
	return interval;
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
	double all = 0, live = 0, squeeze, scale = ledger_scale(l);

	/* A halving came somewhere in the middle of the step. */
	scale = (scale + (g->scale ? g->scale : scale)) / 2;
	g->scale = ledger_scale(l);
	for (uint32_t i = SS_ORIGIN_OTHER; i < SS_ORIGINS; i++) {
		const struct ss_count *c = &l->counts[i];
		const struct ss_rare *r = &l->rares[i];

		p.allocs += c->allocs;
		p.frees += c->frees;
		p.ghosts += r->ghosts;
		/* Stacks are taken of allocations in the sample only. */
		g->allocs_s[i] = (c->allocs - g->last[i].allocs) / seconds / scale;
		g->growth_s[i] +=
			SMOOTHING * (grown(&g->last[i], c, r, scale) / seconds - g->growth_s[i]);
		live += g->last[i].live;
		all += wanted(g->allocs_s[i], g->growth_s[i]);
	}
	p.live = live > 0 ? llround(live) : 0;
	*ret_progress = p;
	squeeze = all > BUDGET_ALL ? BUDGET_ALL / all : 1;
	for (uint32_t i = SS_ORIGIN_FIRST; set && i < SS_ORIGINS; i++) {
		uint32_t interval;

		if (!l->origins[i].key)
			continue;
		interval = governor_interval(g->allocs_s[i], g->growth_s[i], squeeze);
		if (interval != l->origins[i].interval)
			set(arg, i, interval);
	}
}
