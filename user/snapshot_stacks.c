// SPDX-License-Identifier: GPL-2.0-or-later
/* The third pass of a snapshot: under each origin its stacks, under each stack its tasks. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cgroups.h"
#include "cleanup.h"
#include "interrupts.h"
#include "snapshot_private.h"

/*
 * Frames of a stack, as many as there can be: it was read while it may have been
 * written. Those below an interrupt are not its own.
 */
static uint32_t frames_of(const struct ledger *l, const struct ss_stack *stack, bool *ret_interrupt)
{
	uint32_t room = stack->first < SS_FRAMES ? SS_FRAMES - stack->first : 0;
	uint32_t count = stack->count < room ? stack->count : room;

	*ret_interrupt = false;
	for (uint32_t i = 0; l->interrupts && i < count && !*ret_interrupt; i++) {
		*ret_interrupt = interrupts_has(l->interrupts, l->frames[stack->first + i]);
		if (*ret_interrupt)
			count = i + 1;
	}
	return count;
}

static const struct ss_stack *stack_of(const struct ledger *l, uint32_t rec)
{
	uint64_t key = l->recs[rec].key - 1;

	return &l->stacks[((key >> 16 & 0xffff) - 1) & (SS_STACKS - 1)];
}

bool snapshot_is_stack(const struct snapshot_stack *st, const struct ledger *l, uint32_t rec)
{
	const struct ss_stack *stack = stack_of(l, rec);
	bool interrupt;

	return frames_of(l, stack, &interrupt) == st->frame_cnt &&
	       !memcmp(l->frames + stack->first, st->frames, st->frame_cnt * sizeof(*st->frames));
}

static int by_rec_stack(const void *a, const void *b)
{
	const struct snapshot_stack *x = a, *y = b;

	if (x->frame_cnt != y->frame_cnt)
		return x->frame_cnt < y->frame_cnt ? -1 : 1;
	return memcmp(x->frames, y->frames, x->frame_cnt * sizeof(uint64_t));
}

static int by_stack_weight(const void *a, const void *b)
{
	const struct snapshot_stack *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return by_rec_stack(a, b);
}

static int by_task_weight(const void *a, const void *b)
{
	const struct snapshot_task *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (strcmp(x->comm, y->comm))
		return strcmp(x->comm, y->comm);
	return x->cgroup < y->cgroup ? -1 : x->cgroup > y->cgroup;
}

static void add_lives(struct snapshot_lives *to, const struct snapshot_lives *from)
{
	for (int i = 0; i < SS_LIFE_BINS; i++) {
		to->died[i] += from->died[i];
		to->alive[i] += from->alive[i];
	}
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		to->born[i] += from->born[i];
}

/* Fold the tasks of `from` into `to`; both have one stack. */
static int merge_tasks(struct snapshot_stack *to, const struct snapshot_stack *from)
{
	for (size_t i = 0; i < from->task_cnt; i++) {
		const struct snapshot_task *task = &from->tasks[i];
		struct snapshot_task *moved;
		size_t j = 0;

		while (j < to->task_cnt && (strncmp(to->tasks[j].comm, task->comm, SS_COMM) ||
					    to->tasks[j].cgroup != task->cgroup))
			j++;
		if (j < to->task_cnt) {
			to->tasks[j].objects += task->objects;
			to->tasks[j].weight += task->weight;
			add_lives(&to->tasks[j].lives, &task->lives);
			continue;
		}
		moved = realloc(to->tasks, (to->task_cnt + 1) * sizeof(*moved));
		if (!moved)
			return -ENOMEM;
		to->tasks = moved;
		to->tasks[to->task_cnt++] = *task;
	}
	return 0;
}

bool snapshot_task_is_first(const struct snapshot_stack *st, size_t task)
{
	const char *comm = st->tasks[task].comm;

	for (size_t i = 0; comm && i < task; i++)
		if (st->tasks[i].comm && !strcmp(st->tasks[i].comm, comm))
			return false;
	return comm;
}

bool snapshot_task_by_name(const struct snapshot_stack *st, const char *comm,
			   struct snapshot_task *ret_task)
{
	bool any = false;

	for (size_t i = 0; i < st->task_cnt; i++) {
		const struct snapshot_task *task = &st->tasks[i];

		if (!task->comm || strcmp(task->comm, comm))
			continue;
		if (!any)
			*ret_task = (struct snapshot_task){.comm = task->comm};
		any = true;
		ret_task->objects += task->objects;
		ret_task->weight += task->weight;
		add_lives(&ret_task->lives, &task->lives);
	}
	return any;
}

void snapshot_drop_tasks(struct snapshot_stack *st)
{
	size_t kept = 0;

	for (size_t i = 0; i < st->task_cnt; i++) {
		const struct snapshot_task *dead = &st->tasks[i];

		for (size_t j = 0; dead->comm && !dead->objects && j < st->task_cnt; j++) {
			struct snapshot_task *other = &st->tasks[j];

			if (!other->objects || !other->comm || strcmp(other->comm, dead->comm))
				continue;
			add_lives(&other->lives, &dead->lives);
			break;
		}
	}
	for (size_t i = 0; i < st->task_cnt; i++)
		if (st->tasks[i].objects)
			st->tasks[kept++] = st->tasks[i];
	st->task_cnt = kept;
}

/* Stacks of which nothing is alive have told the others of their deaths: leave them out. */
static size_t drop_dead(struct snapshot_origin *o, size_t stack_cnt)
{
	size_t kept = 0;

	for (size_t i = 0; i < stack_cnt; i++) {
		snapshot_drop_tasks(&o->stacks[i]);
		if (o->stacks[i].task_cnt) {
			o->stacks[kept++] = o->stacks[i];
		} else {
			free(o->stacks[i].tasks);
			free(o->stacks[i].repetitions);
		}
	}
	return kept;
}

/* Records of one stack become one entry; then objects and shares follow from weights. */
static int settle_stacks(const struct repetitions *reps, struct snapshot_origin *o)
{
	double total = 0;
	size_t kept = 0;

	if (o->stack_cnt)
		qsort(o->stacks, o->stack_cnt, sizeof(*o->stacks), by_rec_stack);
	for (size_t i = 0; i < o->stack_cnt; i++) {
		struct snapshot_stack *from = &o->stacks[i];

		/* All survivors' stacks known: count them. Else weigh those that are. */
		if (!o->stackless)
			from->weight = from->tasks[0].weight = from->objects;
		total += from->weight;
		if (kept && !by_rec_stack(&o->stacks[kept - 1], from)) {
			struct snapshot_stack *to = &o->stacks[kept - 1];
			int err = merge_tasks(to, from);

			to->objects += from->objects;
			to->weight += from->weight;
			add_lives(&to->lives, &from->lives);
			repetitions_merge(reps, &to->repetitions, &from->repetitions);
			free(from->tasks);
			from->tasks = NULL;
			if (err)
				return err; /* what was moved has left a NULL behind */
			continue;
		}
		if (kept != i) {
			o->stacks[kept] = *from;
			from->tasks = NULL;
			from->repetitions = NULL;
		}
		kept++;
	}
	kept = drop_dead(o, kept);
	o->stack_cnt = kept;
	o->estimated = o->stackless || o->objects != o->booked;
	for (size_t i = 0; i < kept; i++) {
		struct snapshot_stack *st = &o->stacks[i];

		st->share = st->weight / total;
		if (o->estimated) {
			st->objects = llround(st->share * o->objects);
			repetitions_scale(reps, st->repetitions, total, o->objects);
		}
		for (size_t j = 0; j < st->task_cnt && o->estimated; j++)
			st->tasks[j].objects =
				llround(st->objects * st->tasks[j].weight / st->weight);
		qsort(st->tasks, st->task_cnt, sizeof(*st->tasks), by_task_weight);
	}
	if (kept)
		qsort(o->stacks, kept, sizeof(*o->stacks), by_stack_weight);
	return 0;
}

static struct snapshot_task maker(const struct ledger *l, const struct snapshot *s, uint32_t task,
				  bool interrupt)
{
	const struct ss_task *t = task && !interrupt ? &s->task_store[(task - 1) % SS_TASKS] : NULL;
	uint64_t cgroup = t ? t->cgroup : 0;

	return (struct snapshot_task){
		.comm = t	    ? t->comm
			: interrupt ? "(interrupt)"
				    : "(other)",
		.cgroup = cgroup,
		.path = cgroup && l->cgroups ? cgroups_path(l->cgroups, cgroup) : NULL,
	};
}

/* The frees of a record by age; false when there are none. */
static bool add_deaths(struct snapshot_lives *to, const struct ss_rec_life *from)
{
	bool any = false;

	for (int i = 1; i < SS_LIFE_BINS; i++) {
		to->died[i] += from->life[i];
		any |= from->life[i];
	}
	return any;
}

/* A record without survivors is there for its deaths: see snapshot_drop_tasks(). */
static int add_stack(const struct work *w, struct snapshot *s, struct snapshot_origin *o,
		     uint32_t rec, const struct snapshot_lives *lives)
{
	const struct ledger *l = w->l;
	const struct rec_tally *r = &w->recs[rec];
	uint64_t key = l->recs[rec].key - 1;
	const struct ss_stack *stack = stack_of(l, rec);
	uint32_t task = key & 0xffff, frame_cnt;
	struct snapshot_stack *moved = realloc(o->stacks, (o->stack_cnt + 1) * sizeof(*o->stacks));
	struct snapshot_stack *to;
	bool interrupt;

	if (!moved)
		return -ENOMEM;
	o->stacks = moved;
	to = &o->stacks[o->stack_cnt];
	frame_cnt = frames_of(l, stack, &interrupt);
	*to = (struct snapshot_stack){
		.frames = s->frame_store + (frame_cnt ? stack->first : 0),
		.frame_cnt = frame_cnt,
		.objects = r->booked,
		.weight = r->weight,
		.lives = *lives,
	};
	to->tasks = malloc(sizeof(*to->tasks));
	if (!to->tasks)
		return -ENOMEM;
	to->task_cnt = 1;
	to->tasks[0] = maker(l, s, task, interrupt);
	to->tasks[0].objects = r->booked;
	to->tasks[0].weight = r->weight;
	to->tasks[0].lives = *lives;
	o->stack_cnt++;
	return repetitions_fill_stack(w->repetitions, rec, o->stackless, to);
}

int snapshot_fill_stacks(const struct work *w, struct snapshot *s)
{
	const struct ledger *l = w->l;
	int err = 0;

	for (uint32_t i = 1; i < SS_RECS && !err; i++) {
		uint64_t key = l->recs[i].key - 1;
		uint32_t origin = key >> 32 & (SS_ORIGINS - 1);
		struct snapshot_lives lives = {};
		bool died = add_deaths(&lives, &l->rec_lives[i]);

		if (!l->recs[i].key || (!w->recs[i].booked && !died) ||
		    w->origin_at[origin] == UINT32_MAX)
			continue;
		snapshot_add_alive(&lives, w->recs[i].alive, w->recs[i].born);
		err = add_stack(w, s, &s->origins[w->origin_at[origin]], i, &lives);
	}
	for (size_t i = 0; i < s->origin_cnt && !err; i++)
		err = settle_stacks(w->repetitions, &s->origins[i]);
	return err;
}
