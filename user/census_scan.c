// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds all slabs, and adds them up by cache: what is in use, and what of it is parked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "census_private.h"
#include "clock.h"

#define SCAN_SLICE 32768 /* steps: some 3 ms */

static int keep_slabs(struct census *c, const uint64_t *slabs, size_t count)
{
	if (c->slab_cnt + count > c->slab_room) {
		size_t room = c->slab_room ? 2 * c->slab_room : 65536;
		uint64_t *moved;

		while (room < c->slab_cnt + count)
			room *= 2;
		moved = realloc(c->slabs, room * sizeof(*moved));
		if (!moved)
			return -ENOMEM;
		c->slabs = moved;
		c->slab_room = room;
	}
	memcpy(c->slabs + c->slab_cnt, slabs, count * sizeof(*slabs));
	c->slab_cnt += count;
	return 0;
}

int census_park(struct census *c, uint64_t key, uint64_t parked[SS_PARKS])
{
	struct ss_census *x = &c->skel->bss->ss_census;

	for (int i = 0; i < c->cpu_cnt + c->node_cnt; i++) {
		int err;

		x->key = key;
		x->cpu = i;
		x->node = i < c->cpu_cnt ? -1 : i - c->cpu_cnt;
		err = census_run(c->skel->progs.ss_park);
		if (!err)
			err = addresses_add(&c->parked, c->parked_array.at, x->parked_cnt);
		if (err)
			return err;
		c->totals.parked_lost += x->parked_lost;
		for (int p = 0; parked && p < SS_PARKS; p++)
			parked[p] += x->parked[p];
	}
	return 0;
}

static int take_caches(struct census *c, const struct census_pace *pace)
{
	const struct census_cache *dentries;

	free(c->caches);
	c->cache_cnt = 0;
	c->caches = calloc(SS_SLAB_CACHES, sizeof(*c->caches));
	if (!c->caches)
		return -ENOMEM;
	addresses_clear(&c->parked);
	for (uint32_t i = 0; i < SS_SLAB_CACHES; i++) {
		const struct ss_slab_cache *t = (const struct ss_slab_cache *)c->table.at + i;
		struct census_cache *to = &c->caches[c->cache_cnt];
		uint64_t parked = 0;
		int err;

		if (!t->key)
			continue;
		*to = (struct census_cache){
			.key = t->key,
			.index = i,
			.size = t->size,
			.object_size = t->object_size,
			.flags = t->flags,
			.slabs = t->slabs,
			.slab_bytes = t->pages * 4096,
			.room = t->objects,
			.guarded = t->guarded,
		};
		memcpy(to->name, t->name, sizeof(to->name));
		err = census_park(c, t->key, to->parked);
		if (err)
			return err;
		for (int p = 0; p < SS_PARKS; p++)
			parked += to->parked[p];
		to->live = (t->in_use > parked ? t->in_use - parked : 0) + t->guarded;
		c->cache_cnt++;
		/* On many CPUs this takes longer than the scan. */
		if (!census_breathe(c, pace, 1))
			return -EINTR;
	}
	addresses_sort(&c->parked);
	dentries = census_find(c, "dentry");
	c->skel->bss->ss_census.dentry_key = dentries ? dentries->key : SS_ANY_CACHE;
	return census_breathe(c, pace, 1) ? 0 : -EINTR;
}

int census_scan(struct census *c, const struct census_pace *pace)
{
	struct ss_census *x = &c->skel->bss->ss_census;
	double began = clock_s();
	int err;

	census_start_pace(c);
	memset(c->table.at, 0, c->table.size);
	c->slab_cnt = 0;
	c->totals = (struct census_totals){0};
	x->looked = x->odd = x->overflow = x->torn = 0;
	x->larges = x->large_pages = 0;
	for (x->pfn = 0; x->pfn < x->end;) {
		x->budget = SCAN_SLICE;
		err = census_run(c->skel->progs.ss_scan);
		if (!err)
			err = keep_slabs(c, c->slab_array.at, x->slab_cnt);
		if (err)
			return err;
		if (!census_breathe(c, pace, (double)x->pfn / x->end))
			return -EINTR;
	}
	err = take_caches(c, pace);
	c->totals.pages = x->looked;
	c->totals.odd = x->odd;
	c->totals.overflow = x->overflow;
	c->totals.torn = x->torn;
	c->totals.marks_large = x->marks_large;
	c->totals.larges = x->larges;
	c->totals.large_bytes = x->large_pages * 4096;
	c->totals.took_s = clock_s() - began;
	return err;
}

const struct census_cache *census_caches(const struct census *c, size_t *ret_cnt)
{
	*ret_cnt = c->cache_cnt;
	return c->caches;
}

const struct census_cache *census_find(const struct census *c, const char *name)
{
	for (size_t i = 0; i < c->cache_cnt; i++)
		if (!strcmp(c->caches[i].name, name))
			return &c->caches[i];
	return NULL;
}

void census_totals(const struct census *c, struct census_totals *ret_totals)
{
	*ret_totals = c->totals;
}
