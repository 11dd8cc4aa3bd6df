/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides at every look at the ledger, several times a second, how densely stacks
 * are taken: every one where allocations are few, more where an origin's survivors
 * grow, less where they are many, and never more in all than the budget. A stack
 * costs about 2 us, so the budget of 2,000 a second is 0.4 % of one CPU.
 */
#ifndef SS_GOVERNOR_H
#define SS_GOVERNOR_H

#include <stdbool.h>

#include "ledger.h"

struct governor;

struct governor_progress {	/* of the last step */
	uint64_t allocs, frees; /* booked, since the start */
	uint64_t live;		/* in the books, times the scale */
	uint64_t ghosts;
};

int governor_create(struct governor **ret_governor);
void governor_destroy(struct governor *g);

/*
 * Interval (a power of 4) for an origin, given its rates per second, of allocations in the sample,
 * of growth now and over the last seconds; and the stacks a second that it may have at most.
 */
uint32_t governor_interval(double allocs_s, double growth_s, double slow_s, double most);
/*
 * One step, `seconds` after the last. Calls set(arg, origin, interval) for every
 * origin whose interval changes; set NULL: only the progress is wanted.
 */
void governor_step(struct governor *g, const struct ledger *l, double seconds,
		   void (*set)(void *arg, uint32_t origin, uint32_t interval), void *arg,
		   struct governor_progress *ret_progress);
/* Survivors of an origin at the last step, estimated where only a sample is booked. */
double governor_live(const struct governor *g, uint32_t origin);

#endif
