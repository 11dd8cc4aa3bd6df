/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the passes over the ledger share while they make a snapshot of it. */
#ifndef SS_SNAPSHOT_PRIVATE_H
#define SS_SNAPSHOT_PRIVATE_H

#include "repetitions.h"
#include "snapshot.h"

/* What one pass over the object table leaves behind, per origin of the ledger... */
struct tally {
	uint64_t live, requested;
	uint64_t age_sum; /* ticks */
	uint32_t age_min, age_max;
	uint32_t thinned; /* out of the sample, not yet replaced in the table */
	uint32_t stale;
	uint32_t stackless;
	uint32_t alive[SS_LIFE_BINS]; /* by age, and by birth: see struct snapshot_lives */
	uint32_t born[SNAPSHOT_SLICES];
};

/* ... and per stack record: weights restore what sampling of stacks left out. */
struct rec_tally {
	uint32_t booked;
	uint32_t alive[SS_LIFE_BINS];
	uint32_t born[SNAPSHOT_SLICES];
	double weight;
};

struct work {
	const struct ledger *l;
	struct tally *tallies;
	struct rec_tally *recs;
	struct repetitions *repetitions;
	uint32_t *cache_at;  /* ledger cache -> snapshot cache */
	uint32_t *origin_at; /* ledger origin -> snapshot origin, UINT32_MAX: unused */
};

/* Hang stacks and tasks under the origins. 0 or -ENOMEM. */
int snapshot_fill_stacks(const struct work *w, struct snapshot *s);
/* Hang the sites of frees under the origins. 0 or -ENOMEM. */
int snapshot_fill_frees(const struct work *w, struct snapshot *s);
/* Add the survivors of a tally to those of an origin or stack. */
void snapshot_add_alive(struct snapshot_lives *to, const uint32_t *alive, const uint32_t *born);

#endif
