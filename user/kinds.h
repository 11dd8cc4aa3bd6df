/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel means to keep, and for how long: knowledge that no count of
 * allocations and frees contains. All of it is in kinds.c, each entry with its source.
 */
#ifndef SS_KINDS_H
#define SS_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot.h"
#include "symbols.h"

enum kind_is {
	KIND_PLAIN,	  /* freed when its owner says so, and not before */
	KIND_RECLAIMABLE, /* the kernel frees it when memory is short */
	KIND_PART,	  /* part of something reclaimable: goes when that goes */
	KIND_KEPT,	  /* freed some time after its owner let go, many at once */
	KIND_FILE,	  /* a file in memory: freed when it is deleted */
	KIND_TIMED,	  /* freed by a timer, after live_s */
};

struct kind {
	enum kind_is is;
	const char *what; /* "inodes and dentries"; NULL for KIND_PLAIN */
	double live_s;	  /* KIND_TIMED: at least */
};

/*
 * Does the kernel count it as SReclaimable? That is more than it frees: kinds_find() does not
 * believe it of every cache.
 */
bool kinds_is_marked(const struct snapshot_cache *cache, uint32_t reclaimable_bit);
/* By the cache, and by the functions on a stack (none: frame_cnt is 0). */
struct kind kinds_find(const struct snapshot_cache *cache, uint32_t reclaimable_bit,
		       const struct symbols *symbols, const uint64_t *frames, size_t frame_cnt);

#endif
