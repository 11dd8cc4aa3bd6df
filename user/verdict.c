// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the numbers of one population to a verdict. The formulas are in survival.c; here
 * is what one concludes from them, and the order in which.
 */
#include "verdict.h"

#include <math.h>

#define TAIL	    (1 / 3.0) /* of the trace: no older age need be reached */
#define SLICES_MIN  8	      /* a leak leaves survivors in so many slices of the trace, */
#define GAP_MAX	    0.3	      /* no longer part of it is without any, */
#define LAST_GAP    0.15      /* and none at its end */
#define PINNED_MIN  26	      /* as many as a leak that is nothing else needs */
#define BURST_MIN   50
#define PAUSE	    2		  /* growth that ended: the last gap is so many times the others */
#define STAYERS	    0.2		  /* of the hazard of others */
#define LONGEST_S   (7 * 86400.0) /* nobody is advised to trace longer */
#define BURST_WIDTH (SNAPSHOT_SLICES / 8)

static double length_s(const struct survival_clock *clock)
{
	return clock->booked_s + clock->settled_s;
}

/* The largest bin that a tail may begin with. */
static int last_tail(const struct survival_clock *clock)
{
	int bin = 0;

	while (bin + 1 < SS_LIFE_BINS && survival_bin_s(clock, bin + 1) <= TAIL * length_s(clock))
		bin++;
	return bin;
}

struct evidence {
	int bin; /* the tail begins with */
	struct survival_tail tail;
	bool outlives;			 /* nobody seems to die in it */
	struct survival_spread all, old; /* births of all survivors; of those in the tail */
};

/* The youngest age past which nobody seems to die, or, where there is none, the oldest. */
static void find_tail(const struct snapshot_lives *lives, const struct survival_clock *clock,
		      double unseen, double live_s, struct evidence *e)
{
	const int last = last_tail(clock);

	for (int bin = 0; bin <= last && !e->outlives; bin++) {
		double never = VERDICT_NEVER;

		if (survival_bin_s(clock, bin) < live_s)
			continue;
		survival_tail(lives, clock, bin, unseen, &e->tail);
		if (!e->tail.alive) /* nor is there any that is older */
			break;
		if (e->tail.died > 0)
			never = VERDICT_SOME;
		e->bin = bin;
		e->outlives = e->tail.half_life_min_s >= never * length_s(clock);
	}
}

bool verdict_grows(const struct survival_spread *s)
{
	return s->occupied >= SLICES_MIN && s->gap <= GAP_MAX * s->slice_cnt &&
	       s->last_gap <= LAST_GAP * s->slice_cnt && !s->slowing;
}

/*
 * Through all of the trace. Survivors younger than the tail may be passers-by: a gap
 * that ends among them is as bad as one at the end.
 */
static bool grows_steadily(const struct snapshot_lives *lives, const struct evidence *e)
{
	return verdict_grows(&e->old) && verdict_grows(&e->all) &&
	       survival_gap_after(lives, e->old.slice_cnt) <= LAST_GAP * SNAPSHOT_SLICES;
}

/* The last gap is long, and longer than growth that comes in fits would make it. */
static bool has_stopped(const struct survival_spread *all)
{
	return all->last_gap > LAST_GAP * all->slice_cnt && all->last_gap >= PAUSE * all->inner_gap;
}

/*
 * Most born at once, and held since then for at least as long as that took: those who
 * were born last may only be the young ones of a queue.
 */
static bool is_burst(const struct survival_spread *all)
{
	return all->births >= BURST_MIN && all->widest <= BURST_WIDTH &&
	       all->occupied <= 2 * BURST_WIDTH && all->since >= all->widest;
}

/* How long a trace must be for the evidence of this one, `have`, to grow into what is wanted. */
static double length_wanted(const struct survival_clock *clock, const struct evidence *e,
			    double have)
{
	double t = length_s(clock);
	double want = VERDICT_NEVER / M_LN2 * survival_events_max(0) * t;
	/* Slices with births come as births do; of some, chance may make too few. */
	double times = 1.5 * SLICES_MIN / e->all.occupied;

	/* Objects and the ages of them both grow with the trace, what is wanted with one. */
	return t * fmax(have > 0 ? want / have : 4, fmax(times, 1.2));
}

static void set(struct verdict *v, enum verdict_kind kind, enum verdict_why why)
{
	v->kind = kind;
	v->why = why;
}

/*
 * Do those who die hide some who stay? They do where the oldest die at a fifth of the
 * rate of the others at most (95 %).
 */
static bool find_stayers(const struct snapshot_lives *lives, const struct survival_clock *clock,
			 double hazard, struct survival_tail *ret_tail)
{
	for (int bin = last_tail(clock) + 1; bin < SS_LIFE_BINS; bin++) {
		survival_tail(lives, clock, bin, 0, ret_tail);
		if (ret_tail->alive && ret_tail->hazard_max < STAYERS * hazard)
			return true;
	}
	return false;
}

static void note_tail(struct verdict *v, const struct survival_tail *tail)
{
	v->old = tail->alive;
	v->died = tail->died;
	v->from_s = tail->from_s;
	v->half_life_s = tail->half_life_min_s;
}

/* Nobody accused: what is it then? The evidence is that of the last_tail(). */
static void judge_shape(const struct snapshot_lives *lives, const struct survival_clock *clock,
			const struct evidence *e, struct verdict *v)
{
	const struct survival_tail *tail = &e->tail;
	const struct survival_spread *all = &e->all;
	const double slice_s = clock->booked_s / SNAPSHOT_SLICES, t = length_s(clock);
	const double half_life = M_LN2 / tail->hazard; /* where any died */
	struct survival_tail stayers, young;
	double dead = 0;

	for (int i = 0; i < SS_LIFE_BINS; i++)
		dead += lives->died[i];
	v->ago_s = all->last_gap * slice_s + clock->settled_s;
	v->span_s = all->widest * slice_s;
	if (is_burst(all)) {
		set(v, VERDICT_BURST, VERDICT_AT_ONCE);
	} else if (!tail->alive && dead > 2.0 * all->births) {
		set(v, VERDICT_STEADY, VERDICT_TURNED_OVER);
	} else if (!tail->alive) {
		set(v, VERDICT_UNKNOWN, VERDICT_YOUNG);
		survival_tail(lives, clock, 0, 0, &young);
		/* Of objects so young not even the number is known. */
		v->trace_s = fmin(length_wanted(clock, e, young.exposure_s), 5 * t);
		v->trace_s = fmax(fmax(3 * t, VERDICT_YOUNG_S), v->trace_s);
	} else if (has_stopped(all)) {
		set(v, VERDICT_STEADY, VERDICT_BOUNDED);
	} else if (find_stayers(lives, clock, tail->hazard, &stayers)) {
		set(v, VERDICT_UNKNOWN, VERDICT_SOME_STAY);
		note_tail(v, &stayers);
		v->trace_s = fmax(1.2 * stayers.from_s / TAIL, 2 * t);
	} else if (tail->died > 0 && half_life < t / 2) {
		set(v, VERDICT_STEADY, VERDICT_BALANCED);
		v->half_life_s = half_life;
	} else if (tail->died > 0) {
		set(v, VERDICT_UNKNOWN, VERDICT_SLOW);
		v->trace_s = fmax(4 * half_life, 2 * t);
	} else if (all->slowing || (e->outlives && e->old.slowing)) {
		set(v, VERDICT_UNKNOWN, VERDICT_SLOWING);
		v->trace_s = fmax(2 * t, length_wanted(clock, e, tail->exposure_s));
	} else if (e->outlives) {
		set(v, VERDICT_UNKNOWN, VERDICT_FITS);
		v->trace_s = 3 * t;
	} else {
		set(v, VERDICT_UNKNOWN, VERDICT_FEW);
		v->trace_s = fmax(length_wanted(clock, e, tail->exposure_s), VERDICT_YOUNG_S);
	}
}

void verdict_judge(const struct snapshot_lives *lives, const struct survival_clock *clock,
		   double unseen, double live_s, struct verdict *ret_verdict)
{
	struct verdict v = {.share = NAN, .live_s = live_s};
	struct evidence e = {};

	survival_spread(lives, clock->weights, SNAPSHOT_SLICES, &e.all);
	if (!e.all.births) {
		set(&v, VERDICT_STEADY, VERDICT_NONE_LEFT);
		*ret_verdict = v;
		return;
	}
	if (live_s > survival_bin_s(clock, last_tail(clock))) {
		set(&v, VERDICT_UNKNOWN, VERDICT_TIMED);
		v.trace_s = 2 * live_s / TAIL; /* bins are powers of two */
		if (v.trace_s > LONGEST_S)
			v.trace_s = 0;
		*ret_verdict = v;
		return;
	}
	find_tail(lives, clock, unseen, live_s, &e);
	if (e.outlives)
		survival_spread(lives, clock->weights, survival_slices_before(clock, e.tail.from_s),
				&e.old);
	note_tail(&v, &e.tail);
	if (!e.outlives || !grows_steadily(lives, &e)) {
		e.bin = last_tail(clock);
		survival_tail(lives, clock, e.bin, unseen, &e.tail);
		note_tail(&v, &e.tail);
		judge_shape(lives, clock, &e, &v);
	} else if (length_s(clock) < VERDICT_YOUNG_S) {
		set(&v, VERDICT_UNKNOWN, VERDICT_YOUNG);
		v.trace_s = VERDICT_YOUNG_S;
	} else {
		set(&v, VERDICT_LEAK, VERDICT_OUTLIVES);
	}
	v.share = survival_share(lives, e.bin);
	if (clock->booked_s > 0)
		v.per_s = e.tail.alive /
			  (clock->booked_s - fmax(e.tail.from_s - clock->settled_s, 0));
	v.trace_s = fmin(v.trace_s, LONGEST_S);
	*ret_verdict = v;
}

bool verdict_has_half_life(const struct verdict *v)
{
	return v->kind == VERDICT_LEAK &&
	       (v->why == VERDICT_OUTLIVES || v->why == VERDICT_UNRECLAIMED);
}

const char *verdict_name(enum verdict_kind kind)
{
	static const char *const names[] = {"unknown", "leak", "cache", "burst", "steady"};

	return names[kind];
}
