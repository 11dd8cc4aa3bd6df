// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verdicts on the origins of a snapshot: on the numbers of each, of its stacks and of
 * the programs behind them; then what is known about such objects overrules, or what
 * is not known about these.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

#define MOSTLY		0.8 /* of the survivors */
#define REPETITIONS_MIN 3
#define NEARLY_ALL	0.95 /* held, of the survivors */
#define LOOKED_MIN	26   /* as many as a leak that is nothing else needs */

struct judge {
	const struct snapshot *s;
	struct survival_clock clock;
	uint32_t reclaimable_bit;
	const struct symbols *symbols;
};

static void set(struct verdict *v, enum verdict_kind kind, enum verdict_why why)
{
	v->kind = kind;
	v->why = why;
}

static struct kind kind_of(const struct judge *j, const struct snapshot_origin *o,
			   const uint64_t *frames, size_t frame_cnt)
{
	return kinds_find(&j->s->caches[o->cache], j->reclaimable_bit, j->symbols, frames,
			  frame_cnt);
}

static bool nearly_all_held(const struct snapshot_pins *pins)
{
	return pins && pins->looked >= LOOKED_MIN && pins->pinned >= NEARLY_ALL * pins->looked;
}

/*
 * Dentries that are held, among some that are not. To be let go is what death is to
 * others; nobody saw when, so `died` counts those who died and those let go at any age.
 * Where nearly all survivors are held, reclaim finds nothing there, and they are judged
 * as what nobody can reclaim is: `unreclaimable` says what their lifetimes are taken for.
 */
static void judge_pins(const struct judge *j, const struct snapshot_pins *pins,
		       const struct snapshot_lives *lives, uint64_t objects,
		       const struct verdict *unreclaimable, struct verdict *v)
{
	struct snapshot_lives held = {};
	struct survival_spread spread;
	struct survival_tail tail;
	double died = 0, length_s = j->clock.booked_s + j->clock.settled_s;

	if (!pins || !pins->pinned || length_s < VERDICT_YOUNG_S)
		return;
	for (int i = 0; i < SS_LIFE_BINS; i++)
		died += lives->died[i];
	memcpy(held.born, pins->born, sizeof(held.born));
	survival_tail(&held, &j->clock, 0, died + (pins->looked - pins->pinned), &tail);
	survival_spread(&held, j->clock.weights, SNAPSHOT_SLICES, &spread);
	if (unreclaimable->kind == VERDICT_LEAK && nearly_all_held(pins))
		tail = (struct survival_tail){.died = unreclaimable->died,
					      .half_life_min_s = unreclaimable->half_life_s};
	else if (!verdict_grows(&spread) || spread.thinning ||
		 tail.half_life_min_s < (tail.died > 0 ? VERDICT_SOME : VERDICT_NEVER) * length_s)
		return;
	*v = (struct verdict){
		.kind = VERDICT_LEAK,
		.why = VERDICT_PINNED,
		.comm = unreclaimable->comm,
		.share = NAN,
		.old = pins->pinned,
		.looked = pins->looked,
		.died = tail.died,
		.half_life_s = tail.half_life_min_s,
		.per_s = (double)objects * pins->pinned / pins->looked / j->clock.booked_s,
	};
}

/*
 * What a command leaves behind each time it runs needs no statistics: whatever grows
 * with every repetition is not a warm-up. Growth that is proven stays proven.
 */
static void judge_repetitions(const struct judge *j, const uint64_t *repetitions, struct verdict *v)
{
	const uint32_t count = j->s->repetition_cnt;
	uint64_t least = UINT64_MAX;
	uint32_t some = 0;

	if (!count || v->why == VERDICT_NONE_LEFT || v->why == VERDICT_TIMED)
		return;
	for (uint32_t i = 0; repetitions && i < count; i++) {
		least = repetitions[i] < least ? repetitions[i] : least;
		some += repetitions[i] > 0;
	}
	v->per_run = some == count ? least : 0;
	if (some == count && count >= REPETITIONS_MIN)
		set(v, VERDICT_LEAK, VERDICT_EACH_RUN);
	else if (v->kind == VERDICT_LEAK)
		return;
	else if (count == 1 ? v->kind == VERDICT_UNKNOWN : some == count)
		set(v, VERDICT_UNKNOWN, VERDICT_ONCE);
	else if (count > 1 && j->s->scale > 1)
		set(v, VERDICT_UNKNOWN, VERDICT_SAMPLED);
	else if (count > 1 && 2 * some > count)
		set(v, VERDICT_UNKNOWN, VERDICT_SOME_RUNS);
	else if (count > 1)
		set(v, VERDICT_STEADY, VERDICT_NOT_EACH_RUN);
}

/* What is known about such objects, or not known about these, whatever their numbers say. */
static void overrule(const struct judge *j, const struct snapshot_origin *o,
		     const struct kind *kind, const struct snapshot_pins *pins,
		     const struct snapshot_lives *lives, uint64_t objects, struct verdict *v)
{
	const struct verdict own = *v;

	v->what = kind->what;
	if (v->why == VERDICT_NONE_LEFT)
		return;
	if (j->s->caches[o->cache].destroyed && !o->ghosts) {
		set(v, VERDICT_LEAK, VERDICT_ORPHANS);
	} else if (v->why == VERDICT_TURNED_OVER) {
		return;
	} else if (kind->is == KIND_RECLAIMABLE && v->kind == VERDICT_LEAK && j->s->reclaim_all &&
		   !o->ghosts && !o->refused) {
		/* Repetitions say nothing of a half-life. */
		if (v->why == VERDICT_OUTLIVES)
			set(v, VERDICT_LEAK, VERDICT_UNRECLAIMED);
	} else if (kind->is == KIND_RECLAIMABLE) {
		set(v, VERDICT_CACHE, VERDICT_RECLAIMABLE);
		if (!o->ghosts)
			judge_pins(j, pins, lives, objects, &own, v);
		else if (own.kind == VERDICT_LEAK && nearly_all_held(pins))
			set(v, VERDICT_UNKNOWN, VERDICT_GHOSTS);
	} else if (kind->is == KIND_FILE && v->kind != VERDICT_STEADY) {
		set(v, VERDICT_UNKNOWN, VERDICT_FILES);
	} else if (kind->is == KIND_PART) {
		set(v, VERDICT_CACHE, VERDICT_PART);
	} else if (kind->is == KIND_KEPT) {
		set(v, VERDICT_CACHE, VERDICT_KEPT);
	} else if (v->kind != VERDICT_LEAK && o->reclaimed > o->objects) {
		set(v, VERDICT_CACHE, VERDICT_RECLAIMED);
		v->reclaimed = o->reclaimed;
	} else if (o->ghosts && (v->kind == VERDICT_LEAK || v->kind == VERDICT_UNKNOWN)) {
		set(v, VERDICT_UNKNOWN, VERDICT_GHOSTS);
	} else if (o->refused && v->kind == VERDICT_LEAK) {
		set(v, VERDICT_UNKNOWN, VERDICT_REFUSED);
	}
}

/* Those whose stack is known stand for all `objects` that have it. */
static void judge_lives(const struct judge *j, const struct snapshot_origin *o,
			const struct snapshot_lives *lives, uint64_t objects, double live_s,
			struct verdict *v)
{
	double alive = 0;

	verdict_judge(lives, &j->clock, o->stale / j->s->scale, live_s, v);
	for (int i = 0; i < SS_LIFE_BINS; i++)
		alive += lives->alive[i];
	v->share = NAN; /* the youngest deaths are not known by stack */
	v->per_s *= alive > 0 ? objects / alive : 0;
}

/*
 * One program may lose what others, by the same way, do not; by its name in all cgroups,
 * because a service that leaks does so wherever it runs, and more numbers tell more.
 */
static void judge_tasks(const struct judge *j, const struct snapshot_origin *o,
			const struct snapshot_stack *st, double live_s, struct verdict *v)
{
	size_t names = 0;

	for (size_t i = 0; i < st->task_cnt; i++)
		names += snapshot_task_is_first(st, i);
	for (size_t i = 0; names > 1 && v->kind != VERDICT_LEAK && i < st->task_cnt; i++) {
		struct snapshot_task task;
		struct verdict own;

		if (!snapshot_task_is_first(st, i) ||
		    !snapshot_task_by_name(st, st->tasks[i].comm, &task))
			continue;
		judge_lives(j, o, &task.lives, task.objects, live_s, &own);
		own.comm = task.comm;
		if (own.kind == VERDICT_LEAK)
			*v = own;
	}
}

static struct kind judge_stack(const struct judge *j, const struct snapshot_origin *o,
			       const struct snapshot_stack *st, struct verdict *v)
{
	struct kind kind = kind_of(j, o, st->frames, st->frame_cnt);

	judge_lives(j, o, &st->lives, st->objects, kind.live_s, v);
	judge_tasks(j, o, st, kind.live_s, v);
	judge_repetitions(j, st->repetitions, v);
	overrule(j, o, &kind, st->pins, &st->lives, st->objects, v);
	if (v->kind != VERDICT_LEAK || v->why == VERDICT_EACH_RUN)
		v->comm = NULL;
	return kind;
}

/* Do stacks of this kind say nothing about the others of their origin? */
static bool is_beside(const struct kind *kind)
{
	return kind->is == KIND_PART || kind->is == KIND_KEPT || kind->is == KIND_TIMED;
}

/*
 * How densely stacks are taken follows the traffic. So of a growth that is always the
 * same, one half of the time may show four times as many survivors with a stack as the
 * other: each stands for the survivors of its slice.
 */
static void weigh_slices(const struct snapshot_origin *o, double weights[SNAPSHOT_SLICES])
{
	for (int i = 0; i < SNAPSHOT_SLICES; i++) {
		double known = 0;

		for (size_t n = 0; n < o->stack_cnt; n++)
			known += o->stacks[n].lives.born[i];
		weights[i] = known > 0 ? o->lives.born[i] / known : 1;
	}
}

/*
 * Where some stacks, and not few, hold parts of something reclaimable, the origin as a
 * whole accuses nobody; its other stacks may, as may those of an origin in which others
 * die.
 */
static void judge_origin(const struct judge *j, const struct snapshot_origin *o, struct verdict *v,
			 struct verdict *of_stacks)
{
	struct kind kind = kind_of(j, o, &o->site, 1), beside = kind;
	size_t worst = o->stack_cnt;
	double besides = 0, weights[SNAPSHOT_SLICES];
	struct judge by_stack = *j;

	weigh_slices(o, weights);
	/* Where some found no room, those that did are no sample of all. */
	by_stack.clock.weights = j->s->totals.stacks_full ? NULL : weights;
	for (size_t i = 0; i < o->stack_cnt; i++) {
		struct kind own = judge_stack(&by_stack, o, &o->stacks[i], &of_stacks[i]);

		if (is_beside(&own)) {
			beside = own;
			besides += o->stacks[i].share;
		}
		if (of_stacks[i].kind == VERDICT_LEAK &&
		    (worst == o->stack_cnt || of_stacks[i].old > of_stacks[worst].old))
			worst = i;
	}
	if (besides > MOSTLY)
		kind = beside;
	verdict_judge(&o->lives, &j->clock, o->stale / j->s->scale, kind.live_s, v);
	v->per_s *= j->s->scale;
	judge_repetitions(j, o->repetitions, v);
	overrule(j, o, &kind, o->pins, &o->lives, o->objects, v);
	if (v->kind == VERDICT_LEAK && v->why == VERDICT_OUTLIVES && besides > 1 - MOSTLY) {
		set(v, VERDICT_UNKNOWN, VERDICT_PARTLY);
		v->what = beside.what;
	}
	/* Most dentries of a machine have one call site: their stack says more. */
	if (worst == o->stack_cnt || (v->kind == VERDICT_LEAK && v->why != VERDICT_PINNED))
		return;
	*v = of_stacks[worst];
	v->by_stack = true;
	v->stack = worst;
}

int verdict_all(struct snapshot *s, uint32_t reclaimable_bit, const struct symbols *symbols)
{
	const struct judge j = {
		.s = s,
		.clock = {.tick_s = s->tick_s, .booked_s = s->booked_s, .settled_s = s->settled_s},
		.reclaimable_bit = reclaimable_bit,
		.symbols = symbols,
	};
	size_t count = s->origin_cnt, next = 0;

	for (size_t i = 0; i < s->origin_cnt; i++)
		count += s->origins[i].stack_cnt;
	s->verdicts = calloc(count ? count : 1, sizeof(*s->verdicts));
	if (!s->verdicts)
		return -ENOMEM;
	for (size_t i = 0; i < s->origin_cnt; i++) {
		struct snapshot_origin *o = &s->origins[i];
		struct verdict *v = &s->verdicts[next];

		judge_origin(&j, o, v, v + 1);
		o->verdict = v;
		for (size_t n = 0; n < o->stack_cnt; n++)
			o->stacks[n].verdict = v + 1 + n;
		next += 1 + o->stack_cnt;
	}
	return 0;
}
