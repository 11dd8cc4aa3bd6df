/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settling: between the last booking of an allocation and the look at what is
 * left. Frees are still booked meanwhile; what has been given to RCU gets the time
 * to be freed.
 *
 * An RCU callback runs after rcu_barrier(), which a kernel may offer to root; else
 * grace periods and a little time have to do. kfree_rcu() collects for 5 seconds
 * before it even asks RCU: KFREE_DRAIN_JIFFIES, Linux commit 51824b780b71
 * "rcu/kvfree: Update KFREE_DRAIN_JIFFIES interval" (in v6.1). Where the call is
 * hooked, its objects are out of the books at once and nobody need wait. Where
 * kmalloc's caches have sheaves (7.x) they wait in one of those, which no timer
 * empties: waiting would not help, and the survivor check finds them.
 */
#ifndef SS_SETTLE_H
#define SS_SETTLE_H

#include <signal.h>
#include <stdbool.h>

#include "hooks.h"

#define SETTLE_BATCH_S 5.0
#define SETTLE_MAX_S   86400.0

struct settle_plan {
	bool rcu;	      /* let RCU finish */
	bool brief;	      /* once only: there is more to come */
	bool asked;	      /* wait_s is what the user said */
	bool batches;	      /* kfree_rcu's batches are not seen before they are freed */
	bool batches_awaited; /* and waited for */
	double wait_s;
};

/* What was done. */
struct settle {
	struct settle_plan plan;
	bool barrier;	 /* by rcu_barrier(), not by grace periods */
	bool cut_short;	 /* by a signal */
	double waited_s; /* all in all */
};

/*
 * Pure. asked_s: seconds that the user wants, 0 for no settling at all, below 0:
 * not said. patient: what is unseen is worth a wait of SETTLE_BATCH_S. sheaves: do
 * kmalloc's caches have them?
 */
struct settle_plan settle_plan(const struct hook hooks[HOOK_COUNT], bool sheaves, double asked_s,
			       bool patient);
/* Do kmalloc's caches have sheaves? sysfs: NULL for /sys/kernel/slab. False where it does not tell.
 */
bool settle_sheaves(const char *sysfs);
/* Carry it out; *stop not 0 cuts it short. barrier_file: NULL for the kernel's own. */
void settle_run(const struct settle_plan *plan, const char *barrier_file,
		const volatile sig_atomic_t *stop, struct settle *ret_settle);
/* "rcu_barrier", "grace_periods" or "none" */
const char *settle_how(const struct settle *s);

#endif
