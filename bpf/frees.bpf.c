// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of free sites: open-addressed, claimed by compare-and-swap, never
 * given back, and bounded in its probing, so that a full one costs no more.
 */
#include "frees.bpf.h"

char ss_license[] SEC("license") __weak = "GPL";

#define SS_FREE_TRIES 32

__noinline int ss_free_site(u32 due, u32 how, u64 site)
{
	u64 key = ss_free_key(due >> 1, how, site);
	u32 h = key * SS_HASH >> 32;

	for (u32 i = 0; i < SS_FREE_TRIES; i++) {
		struct ss_free_site *s = ss_at(&ss_free_sites, (h + i) & (SS_FREE_SITES - 1));
		u64 was;

		if (!s)
			break;
		was = SS_READ(s->key);
		if (!was)
			was = __sync_val_compare_and_swap(&s->key, 0, key);
		if (was && was != key)
			continue;
		if (due & SS_DUE_DRAWN)
			ss_add(s->drawn, 1);
		else
			ss_add(s->counted, 1);
		return 0;
	}
	ss_tally(sites_full, 1);
	return 0;
}
