/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened between two snapshots of one trace, as far as they tell: the later one is
 * made into that of a trace that began with the earlier one.
 *
 *   Counts (allocations, frees, ...) and lifetimes of those that died are differences:
 *   exact. Who died may have been born before.
 *   Ghosts, refused and stale are all there were until the later one: an origin of which
 *   frees were missed is not to be trusted in what came after, either.
 *   Survivors are those born since: how many is known from the ages of all, in bins of
 *   powers of two, from the slices of time that they were born in, and from what there was
 *   before and after; where these leave room, an estimate between the bounds.
 *   When these were born is known by bin; within one, they are put where the number of
 *   live objects rose for good.
 *
 * Which dentries are held, and what survivors contain, is known of all of them only, and
 * dropped where some are older.
 */
#ifndef SS_INTERVAL_H
#define SS_INTERVAL_H

#include "snapshot.h"

/* Of an origin: live objects that came and stayed, by equal slices of the interval. */
struct interval_growth {
	uint64_t by[SNAPSHOT_SLICES];
};

/* What verdicts need of when. */
struct interval_window {
	double length_s;  /* of booking, in the interval */
	double settled_s; /* and after it */
	double tick_s;
	double slice; /* where the interval begins, in slices of the later snapshot's booking */
};

/* How many, at least and at most, and what is taken for it. */
struct interval_born {
	uint64_t least, about, most;
};

/* Survivors among `lives` that were born in the window. */
struct interval_born interval_born(const struct interval_window *w,
				   const struct snapshot_lives *lives);
/*
 * Of these lives, those of the window: `born` survivors, and deaths since `before` (NULL:
 * none then). Deaths at an age that none of the window can have are put to the oldest.
 */
void interval_cut(const struct interval_window *w, const struct snapshot_lives *before,
		  const struct interval_growth *growth, uint64_t born,
		  struct snapshot_lives *lives);

/*
 * `growth` is by origin of *later, in its order. *ret_unsure: survivors more or fewer, at
 * most. Verdicts are gone. 0 or -ENOMEM; *later is of no use then.
 */
int interval_make(const struct snapshot *earlier, const struct interval_growth *growth,
		  struct snapshot *later, uint64_t *ret_unsure);

#endif
