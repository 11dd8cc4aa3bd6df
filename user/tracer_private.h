/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tracer.c makes and tracer_read.c reads; for no other file. */
#ifndef SS_TRACER_PRIVATE_H
#define SS_TRACER_PRIVATE_H

#include "loader.h"
#include "tracer.h"

#include "slabsight.skel.h" /* needs what wire.h defines */

#define LINK_MAX 24

struct tracer {
	struct slabsight_bpf *skel;
	struct bpf_link *links[LINK_MAX];
	int link_cnt;
	int cpu_cnt;
	uint32_t bucket_cnt;
	struct loader_memory objects, origins, rares, caches, recs, rec_lives, stacks, frames,
		tasks, free_sites, totals;
};

#endif
