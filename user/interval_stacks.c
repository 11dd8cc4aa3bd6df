// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks and tasks of an interval. Where not every survivor's stack is known, one in the books
 * stands for many: so each weighs what it did, times its part that was born in the interval,
 * and the origin's objects are divided by weight, as snapshot_stacks.c does.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interval_private.h"

static int index_stacks(const struct snapshot_origin *o, struct interval_index *x)
{
	int err = interval_index_init(x, o ? o->stack_cnt : 0);

	for (size_t i = 0; o && i < o->stack_cnt && err >= 0; i++)
		err = interval_index_add(x, o->stacks[i].frames,
					 o->stacks[i].frame_cnt * sizeof(*o->stacks[i].frames), i);
	return err < 0 ? err : 0;
}

/*
 * Deaths are known of a name, in whichever of its cgroups they are told: see struct
 * snapshot_task. So those in all of them go to the first, and are held against all that
 * there were before; false: to the others, none.
 */
static bool gather_deaths(struct snapshot_stack *st, size_t task,
			  const struct snapshot_stack *before, struct snapshot_task *ret_before)
{
	struct snapshot_lives *lives = &st->tasks[task].lives;
	struct snapshot_task all;

	if (!snapshot_task_is_first(st, task)) {
		memset(lives->died, 0, sizeof(lives->died));
		return false;
	}
	if (snapshot_task_by_name(st, st->tasks[task].comm, &all))
		memcpy(lives->died, all.lives.died, sizeof(lives->died));
	return before && snapshot_task_by_name(before, st->tasks[task].comm, ret_before);
}

static uint64_t alive(const struct snapshot_lives *lives)
{
	uint64_t sum = 0;

	for (int i = 0; i < SS_LIFE_BINS; i++)
		sum += lives->alive[i];
	return sum;
}

/* How much of what has these lives was born in the interval: how many, and of how many. */
static double born_part(const struct interval_window *w, const struct snapshot_lives *lives,
			uint64_t *ret_born)
{
	uint64_t survivors = alive(lives);

	*ret_born = interval_born(w, lives).about;
	return survivors ? (double)*ret_born / survivors : 0;
}

static void make_task(const struct interval_window *w, const struct interval_growth *growth,
		      const struct snapshot_task *before, struct snapshot_task *task)
{
	uint64_t born;

	task->weight *= born_part(w, &task->lives, &born);
	interval_cut(w, before ? &before->lives : NULL, growth, born, &task->lives);
}

static void make_stack(const struct interval_window *w, const struct interval_growth *growth,
		       const struct snapshot_stack *before, struct snapshot_stack *st)
{
	uint64_t born;

	for (size_t i = 0; i < st->task_cnt; i++) {
		struct snapshot_task was;
		const bool known = gather_deaths(st, i, before, &was);

		make_task(w, growth, known ? &was : NULL, &st->tasks[i]);
	}
	st->weight *= born_part(w, &st->lives, &born);
	interval_cut(w, before ? &before->lives : NULL, growth, born, &st->lives);
	free(st->pins);
	st->pins = NULL;
	st->verdict = NULL;
}

void interval_free_stack(struct snapshot_stack *st)
{
	free(st->tasks);
	free(st->pins);
	free(st->repetitions);
}

static int by_frames(const struct snapshot_stack *x, const struct snapshot_stack *y)
{
	if (x->frame_cnt != y->frame_cnt)
		return x->frame_cnt < y->frame_cnt ? -1 : 1;
	return memcmp(x->frames, y->frames, x->frame_cnt * sizeof(*x->frames));
}

static int by_stack_weight(const void *a, const void *b)
{
	const struct snapshot_stack *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return by_frames(x, y);
}

static int by_task_weight(const void *a, const void *b)
{
	const struct snapshot_task *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (x->comm && y->comm && strcmp(x->comm, y->comm))
		return strcmp(x->comm, y->comm);
	if (!x->comm != !y->comm)
		return x->comm ? -1 : 1;
	return x->cgroup < y->cgroup ? -1 : x->cgroup > y->cgroup;
}

static void share_among_tasks(struct snapshot_stack *st)
{
	double total = 0;

	for (size_t i = 0; i < st->task_cnt; i++)
		total += st->tasks[i].weight;
	for (size_t i = 0; i < st->task_cnt; i++)
		st->tasks[i].objects =
			total > 0 ? llround(st->objects * (st->tasks[i].weight / total)) : 0;
	snapshot_drop_tasks(st);
	if (st->task_cnt)
		qsort(st->tasks, st->task_cnt, sizeof(*st->tasks), by_task_weight);
}

static void share_among_stacks(struct snapshot_origin *o)
{
	double total = 0;

	for (size_t i = 0; i < o->stack_cnt; i++)
		total += o->stacks[i].weight;
	for (size_t i = 0; i < o->stack_cnt; i++) {
		struct snapshot_stack *st = &o->stacks[i];

		st->share = st->weight / total;
		st->objects = llround(st->share * o->objects);
		share_among_tasks(st);
	}
	if (o->stack_cnt)
		qsort(o->stacks, o->stack_cnt, sizeof(*o->stacks), by_stack_weight);
}

int interval_make_stacks(const struct interval_window *w, const struct interval_growth *growth,
			 const struct snapshot_origin *before, struct snapshot_origin *o)
{
	struct interval_index stacks;
	int found, err = index_stacks(before, &stacks);
	size_t left = 0, row = 0;

	/* To the end in any case: each is kept, or freed. */
	for (size_t i = 0; i < o->stack_cnt; i++) {
		struct snapshot_stack st = o->stacks[i];

		found = err ? 0
			    : interval_index_find(&stacks, st.frames,
						  st.frame_cnt * sizeof(*st.frames), &row);
		err = found < 0 ? found : err;
		if (!err)
			make_stack(w, growth, found ? &before->stacks[row] : NULL, &st);
		if (o->objects && st.weight > 0)
			o->stacks[left++] = st;
		else
			interval_free_stack(&st);
	}
	o->stack_cnt = left;
	interval_index_deinit(&stacks);
	share_among_stacks(o);
	return err;
}
