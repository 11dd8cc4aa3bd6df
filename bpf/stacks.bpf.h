/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack store. A stack is kept once: found by a hash of its frames, then
 * compared frame by frame, so a collision is never shown as another's stack. A
 * stack record joins (origin, stack, task); its index is what an object carries.
 *
 * Taking a stack costs some twenty times what booking costs, hence the
 * interval: the first SS_STACKS_FIRST allocations of an origin on each CPU, then
 * one in `interval`, at random distances so that no rhythm in the allocations
 * can hide a path. User space shortens the interval of origins that grow.
 */
#ifndef SS_STACKS_BPF_H
#define SS_STACKS_BPF_H

#include "maps.bpf.h"

#define SS_STACKS_FIRST 64
#define SS_STACK_TRIES	16

/* Record of the stack in the scratch buffer of `source`, for `origin`; 0: no room. */
int ss_stack_keep(u32 source, u32 origin);

static __always_inline bool ss_stack_due(const struct ss_origin *o, const struct ss_count *c)
{
	u32 interval = o->interval;

	return interval == 1 || (interval && c->allocs > c->next_stack);
}

/* log4 of the density with which stacks of this origin are taken now: the weight of this one. */
static __always_inline u32 ss_stack_class(const struct ss_origin *o, struct ss_count *c)
{
	u32 interval = o->interval, class = 0;

	if (interval <= 1 || c->allocs <= SS_STACKS_FIRST) {
		c->next_stack = c->allocs;
		return 0;
	}
	/* Uniform in 1 .. 2 * interval - 1: mean `interval`, no period. */
	c->next_stack = c->allocs + bpf_get_prandom_u32() % (2 * interval - 1);
	for (u32 i = 1; i < SS_CLASSES; i++)
		if (interval >= 1u << 2 * i)
			class = i;
	return class;
}

#endif
