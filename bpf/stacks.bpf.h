/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack store. A stack is kept once: found by a hash of its frames, then
 * compared frame by frame, so a collision is never shown as another's stack. A
 * stack record joins (origin, stack, task); its index is what an object carries.
 *
 * Taking a stack costs some twenty times what booking costs, hence a sample,
 * drawn per origin and CPU:
 *
 *   - the first SS_STACKS_FIRST allocations, and the first after SS_STACK_GAP
 *     ticks without a stack: always, so each counts for itself;
 *   - else one in `interval`, which user space sets from the origin's rate and
 *     growth. Each counts for `interval`: the class that the object carries.
 *
 * Only allocations in the sample of addresses count; the others carry no stack.
 * How many are passed over is geometric: as if a coin were thrown for each, every
 * one has the chance 1 / interval, whatever came before it, and chance times
 * weight is 1. So shares stay unbiased through any rhythm in the allocations,
 * any change of the interval, and from the first allocation after a pause; a
 * distance with a memory (uniform, say) fails the last two.
 *
 * An origin that was idle has a short interval when a storm begins; so after
 * SS_STACKS_TICK stacks within one tick the distance is SS_STACK_BRAKE at least.
 */
#ifndef SS_STACKS_BPF_H
#define SS_STACKS_BPF_H

#include "maps.bpf.h"

#define SS_STACKS_FIRST 64
#define SS_STACK_GAP	64
#define SS_STACKS_TICK	4
#define SS_STACK_BRAKE	1024
#define SS_STACK_TRIES	16

/* Record of the stack in the scratch buffer of `source`, for `origin`; 0: no room. */
int ss_stack_keep(u32 source, u32 origin);

/* How many to pass over, so that each is taken with the chance 1 / 4^class. */
u32 ss_stack_skip(u32 class);

static __always_inline bool ss_stack_overdue(const struct ss_count *c, u32 now)
{
	return (u16)(now - c->stack_tick) > SS_STACK_GAP;
}

/* Is a stack due for this allocation, which is in the sample? Counts it when not. */
static __always_inline bool ss_stack_due(struct ss_count *c, u32 now)
{
	if (!ss_interval)
		return false;
	if (ss_interval == 1 || !c->stack_in || ss_stack_overdue(c, now))
		return true;
	c->stack_in--;
	return false;
}

/* Draw when the next one is due; returns the class of this one. */
static __always_inline u32 ss_stack_class(const struct ss_origin *o, struct ss_count *c, u32 now)
{
	u32 interval = o->interval ? o->interval : 1, class = 0, n = c->allocs;
	u32 this_class = ss_stack_overdue(c, now) ? 0 : c->stack_class;

	if (ss_interval == 1)
		return 0;
	c->stacks_in_tick = (u16)now == c->stack_tick ? c->stacks_in_tick + 1 : 1;
	if (interval < SS_STACK_BRAKE && c->stacks_in_tick >= SS_STACKS_TICK)
		interval = SS_STACK_BRAKE;
	/* 16 stacks while the count quadruples: the share of a path is known from early on. */
	if (interval > n / 16)
		interval = n / 16;
	if (n < SS_STACKS_FIRST)
		interval = 1;
	for (u32 i = 1; i < SS_CLASSES; i++)
		if (interval >= 1u << 2 * i)
			class = i;
	c->stack_in = ss_stack_skip(class);
	c->stack_tick = now;
	c->stack_class = class;
	return this_class & (SS_CLASSES - 1);
}

#endif
