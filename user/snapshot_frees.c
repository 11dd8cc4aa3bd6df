// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The last pass of a snapshot: under each origin the places where its objects
 * were freed. Entries of the ledger's table are collected, sorted so that those
 * of one origin lie together, and merged where the origins were.
 */
#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "snapshot_private.h"

struct found {
	uint32_t origin; /* of the snapshot */
	uint64_t drawn;
	struct snapshot_free_site site;
};

static int by_place(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->origin != y->origin)
		return x->origin < y->origin ? -1 : 1;
	if (x->site.how != y->site.how)
		return x->site.how < y->site.how ? -1 : 1;
	if (x->site.site != y->site.site)
		return x->site.site < y->site.site ? -1 : 1;
	return 0;
}

static int by_frees(const void *a, const void *b)
{
	const struct snapshot_free_site *x = a, *y = b;

	if (x->frees != y->frees)
		return x->frees > y->frees ? -1 : 1;
	if (x->how != y->how)
		return x->how < y->how ? -1 : 1;
	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	return 0;
}

/* All entries that belong to an origin of the snapshot; returns how many. */
static size_t collect(const struct work *w, struct found *found)
{
	size_t cnt = 0;

	for (uint32_t i = 0; i < SS_FREE_SITES; i++) {
		const struct ss_free_site *from = &w->l->free_sites[i];
		uint64_t key = __atomic_load_n(&from->key, __ATOMIC_RELAXED);
		uint64_t counted = __atomic_load_n(&from->counted, __ATOMIC_RELAXED);
		uint64_t drawn = __atomic_load_n(&from->drawn, __ATOMIC_RELAXED);
		uint32_t origin = w->origin_at[ss_free_key_origin(key)];

		/* Without a count: claimed a moment ago. */
		if (!key || origin == UINT32_MAX || (!counted && !drawn))
			continue;
		found[cnt++] = (struct found){
			.origin = origin,
			.drawn = drawn,
			.site = {.site = ss_free_key_site(key),
				 .how = ss_free_key_how(key),
				 .frees = counted + SS_FREES_DRAWN * drawn},
		};
	}
	return cnt;
}

/* Sort by origin, and make one of those that are the same place; returns how many are left. */
static size_t merge(struct found *found, size_t cnt)
{
	size_t kept = 0;

	if (cnt)
		qsort(found, cnt, sizeof(*found), by_place);
	for (size_t i = 0; i < cnt; i++) {
		if (!kept || by_place(&found[kept - 1], &found[i])) {
			found[kept++] = found[i];
			continue;
		}
		found[kept - 1].site.frees += found[i].site.frees;
		found[kept - 1].drawn += found[i].drawn;
	}
	return kept;
}

static void settle_sites(struct snapshot_origin *o)
{
	double total = 0;

	for (size_t i = 0; i < o->free_site_cnt; i++)
		total += o->free_sites[i].frees;
	for (size_t i = 0; i < o->free_site_cnt; i++)
		o->free_sites[i].share = o->free_sites[i].frees / total;
	if (o->free_site_cnt)
		qsort(o->free_sites, o->free_site_cnt, sizeof(*o->free_sites), by_frees);
}

int snapshot_fill_frees(const struct work *w, struct snapshot *s)
{
	autofree struct found *found = malloc(SS_FREE_SITES * sizeof(*found));
	size_t cnt;

	if (!found)
		return -ENOMEM;
	cnt = merge(found, collect(w, found));
	s->free_site_store = calloc(cnt + 1, sizeof(*s->free_site_store));
	if (!s->free_site_store)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++) {
		struct snapshot_origin *o = &s->origins[found[i].origin];

		s->free_site_store[i] = found[i].site;
		if (!o->free_site_cnt++)
			o->free_sites = &s->free_site_store[i];
		o->frees_drawn |= found[i].drawn > 0;
	}
	for (size_t i = 0; i < s->origin_cnt; i++)
		settle_sites(&s->origins[i]);
	return 0;
}
