/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Origins and caches: who an object is booked under.
 *
 * Both are open-addressed tables whose entries are claimed by compare-and-swap
 * and never given back. Two CPUs that meet a new origin at the same moment may
 * claim two entries for it: user space merges entries of one (cache, site), so
 * that only costs a slot. A cache is copied out, name and all, the first time
 * one of its origins is seen, so its name outlives the module that owned it.
 */
#ifndef SS_ORIGINS_BPF_H
#define SS_ORIGINS_BPF_H

#include "compat.bpf.h"

#define SS_TRIES 16

/* A cold path, kept out of line: fills the origin that the caller just claimed. */
int ss_origin_fill(u32 index, u64 key, u64 addr, u64 size);

static __always_inline u32 ss_origin_hash(u64 site, u64 key)
{
	u64 h = (site ^ key * 31) * SS_HASH;

	return (u32)(h >> (64 - SS_ORIGIN_BITS));
}

/*
 * Index of the origin (key, site), searched for and made
 * when new; addr and size describe the object at hand, from which a new kmalloc
 * origin learns its cache. SS_ORIGIN_OTHER + source when there is no room.
 */
static __noinline u32 ss_origin_search(u64 site, u64 key, u64 addr, u64 size, u32 source)
{
	u32 h = ss_origin_hash(site, key);

	for (u32 i = 0; i < SS_TRIES; i++) {
		u32 index = (h + i) & (SS_ORIGINS - 1);
		struct ss_origin *o;

		if (index < SS_ORIGIN_FIRST)
			continue;
		o = ss_at(&ss_origins, index);
		if (!o)
			break;
		if (o->site == site && o->key == key)
			return index;
		if (!o->site && __sync_val_compare_and_swap(&o->site, 0, site) == 0) {
			ss_origin_fill(index, key, addr, size);
			return index;
		}
	}
	ss_tally(origins_full, 1);
	return SS_ORIGIN_OTHER + source;
}

/* The same for the hot path: the first place, where nearly all are, is looked at inline. */
static __always_inline struct ss_origin *ss_origin_find(u64 site, u64 key, u64 addr, u64 size,
							u32 source, u32 *ret_index)
{
	u32 index = ss_origin_hash(site, key);
	struct ss_origin *o = ss_at(&ss_origins, index);

	if (!o || o->site != site || o->key != key) {
		index = ss_origin_search(site, key, addr, size, source);
		o = ss_at(&ss_origins, index);
	}
	*ret_index = index;
	return o;
}

#endif
