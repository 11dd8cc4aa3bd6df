// SPDX-License-Identifier: GPL-2.0-or-later
/* What all formats of a census share: totals, order, and numbers made of several others. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "census_report.h"
#include "lines.h"

uint64_t census_report_unused(const struct census_cache *c)
{
	uint64_t used = c->live * c->size;

	return c->slab_bytes > used ? c->slab_bytes - used : 0;
}

uint64_t census_report_parked(const struct census_cache *c)
{
	uint64_t sum = 0;

	for (int p = 0; p < SS_PARKS; p++)
		sum += c->parked[p];
	return sum;
}

double census_report_explained(const struct census_report *r)
{
	return lines_percent(r->slab_bytes + r->totals.large_bytes, r->meminfo.slab);
}

static uint64_t key_of(const struct census_cache *c, enum census_key key)
{
	switch (key) {
	case CENSUS_BY_OBJECTS:
		return c->live;
	case CENSUS_BY_UNUSED:
		return census_report_unused(c);
	default:
		return c->slab_bytes;
	}
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct census_cache *x = a, *y = b;
	enum census_key key = *(const enum census_key *)arg;
	uint64_t m = key_of(x, key), n = key_of(y, key);

	if (key == CENSUS_BY_NAME || m == n)
		return strcmp(x->name, y->name);
	return m < n ? 1 : -1;
}

static void add_up(struct census_report *r, const struct census_cache *all,
		   const struct census_cache *c)
{
	uint64_t active;

	r->objects += c->live;
	r->live_bytes += c->live * c->size;
	r->slab_bytes += c->slab_bytes;
	r->parked += census_report_parked(c);
	if (!strcmp(c->name, "dentry"))
		r->dentries += c->live;
	/* Caches that share a name share that number. */
	for (const struct census_cache *other = all; other < c; other++)
		if (!strcmp(other->name, c->name))
			return;
	if (slabs_active(r->slabs, c->name, &active))
		r->slabinfo_active += active;
}

static bool is_wanted(const struct census_report *r, const struct census_cache *c, const char *glob)
{
	/* Its name may be another one's alias, and looks like a glob if somebody wants it to. */
	if (r->contents)
		return c->key == r->contents->cache->key;
	return !glob || slabs_match(r->slabs, c->name, glob);
}

int census_report_init(struct census_report *r, const struct census_cache *all, size_t count,
		       const char *glob, enum census_key key)
{
	r->caches = calloc(count + 1, sizeof(*r->caches));
	if (!r->caches)
		return -ENOMEM;
	r->cache_all = count;
	r->cache_cnt = 0;
	for (size_t i = 0; i < count; i++) {
		add_up(r, all, &all[i]);
		if (is_wanted(r, &all[i], glob))
			r->caches[r->cache_cnt++] = all[i];
	}
	qsort_r(r->caches, r->cache_cnt, sizeof(*r->caches), compare, &key);
	return 0;
}

void census_report_deinit(struct census_report *r)
{
	free(r->caches);
	r->caches = NULL;
}
