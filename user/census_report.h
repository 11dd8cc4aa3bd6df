/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report of the census is made of, whatever its format. Knows nothing of BPF. */
#ifndef SS_CENSUS_REPORT_H
#define SS_CENSUS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "census.h"
#include "clusters.h"
#include "meminfo.h"
#include "slabs.h"

enum census_key { CENSUS_BY_BYTES, CENSUS_BY_OBJECTS, CENSUS_BY_UNUSED, CENSUS_BY_NAME };

/* What the objects of one cache hold. */
struct census_contents {
	const struct census_cache *cache;
	const struct cluster *const *clusters; /* most objects first */
	size_t cluster_cnt;
	uint64_t sampled; /* objects that were read */
	bool chosen;	  /* of some slabs only */
};

struct census_report {
	const char *host;
	const char *release, *machine;
	struct census_cache *caches; /* those that are wanted, sorted */
	size_t cache_cnt;
	uint64_t cache_all, objects, live_bytes, slab_bytes, parked; /* of all caches */
	uint64_t dentries;					     /* live ones */
	struct census_totals totals;
	struct meminfo meminfo;
	struct dentry_state dentry_state;
	uint64_t slabinfo_active; /* objects, of all caches; 0: not known */
	const struct slabs *slabs;
	uint32_t reclaimable_bit;
	size_t top;				/* rows in text; 0: all */
	const struct census_contents *contents; /* NULL: only the table */
};

/*
 * Adds up all the caches, and keeps a sorted copy of those that the glob matches
 * (NULL: all), or of the one whose contents are shown. 0 or -ENOMEM. Released by
 * census_report_deinit().
 */
int census_report_init(struct census_report *r, const struct census_cache *all, size_t count,
		       const char *glob, enum census_key key);
void census_report_deinit(struct census_report *r);

/* Bytes of slabs that no live object lies in. */
uint64_t census_report_unused(const struct census_cache *c);
uint64_t census_report_parked(const struct census_cache *c);
/* Slabs and large kmalloc in percent of the kernel's own number; 0: not known. */
double census_report_explained(const struct census_report *r);

/* Both return 0 or -errno; nothing is written before the whole report is made. */
int census_text(const struct census_report *r, FILE *out);
int census_json(const struct census_report *r, FILE *out);

#endif
