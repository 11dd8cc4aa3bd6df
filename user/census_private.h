/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the census share; for no other file. */
#ifndef SS_CENSUS_PRIVATE_H
#define SS_CENSUS_PRIVATE_H

#include "addresses.h"
#include "census.h"
#include "loader.h"

#include "census.skel.h" /* needs what census_wire.h defines */

struct census {
	struct census_bpf *skel;
	struct loader_memory table, slab_array, parked_array, suspects, peeked, peeked_dents,
		contents, dentries;
	int cpu_cnt, node_cnt;

	struct census_cache *caches;
	size_t cache_cnt;
	uint64_t *slabs; /* all that were found, as in ss_slabs */
	size_t slab_cnt, slab_room;
	struct addresses parked; /* of all caches, or of those that suspects are of */
	struct census_totals totals;
	double shown_s;
	double woke_s, owed_s; /* when work went on after a pause; pause still to be made */
};

/* Run a program once. 0 or -errno. */
int census_run(const struct bpf_program *program);
/*
 * What a cache has parked, with all CPUs and on all nodes: added to c->parked, and
 * by kind to parked[], which may be NULL. 0 or -errno.
 */
int census_park(struct census *c, uint64_t key, uint64_t parked[SS_PARKS]);

/* Work begins: what goes before it is not paced. */
void census_start_pace(struct census *c);
/*
 * Between two slices of work, whatever they were: sleeps and shows as the pace has
 * it, with `done` from 0 to 1. False when we were told to stop.
 */
bool census_breathe(struct census *c, const struct census_pace *pace, double done);

#endif
