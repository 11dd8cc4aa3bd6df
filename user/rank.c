// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of caches and origins in a snapshot. */
#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "snapshot.h"

static double cache_key(const struct snapshot_cache *c, enum snapshot_key key_of)
{
	return key_of == SNAPSHOT_BY_OBJECTS  ? c->objects
	       : key_of == SNAPSHOT_BY_ALLOCS ? c->allocs
	       : key_of == SNAPSHOT_BY_AGE    ? c->oldest_s
					      : c->bytes;
}

static double origin_key(const struct snapshot_origin *o, enum snapshot_key key_of)
{
	return key_of == SNAPSHOT_BY_OBJECTS  ? o->objects
	       : key_of == SNAPSHOT_BY_ALLOCS ? o->allocs
	       : key_of == SNAPSHOT_BY_AGE    ? o->age_max_s
					      : o->bytes;
}

struct ranked {
	double key;
	uint32_t was;
};

/* Largest first; equals keep the order they were in. */
static int by_key(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->was < y->was ? -1 : 1;
}

/* qsort() of an index, so that origins can be told where their cache went. */
static int rank_caches(struct snapshot *s, enum snapshot_key key_of)
{
	autofree struct ranked *order = calloc(s->cache_cnt + 1, sizeof(*order));
	autofree struct snapshot_cache *copy = calloc(s->cache_cnt + 1, sizeof(*copy));
	autofree uint32_t *now = calloc(s->cache_cnt + 1, sizeof(*now));

	if (!order || !copy || !now)
		return -ENOMEM;
	for (size_t i = 0; i < s->cache_cnt; i++) {
		copy[i] = s->caches[i];
		order[i] = (struct ranked){cache_key(&copy[i], key_of), i};
	}
	qsort(order, s->cache_cnt, sizeof(*order), by_key);
	for (size_t i = 0; i < s->cache_cnt; i++) {
		s->caches[i] = copy[order[i].was];
		now[order[i].was] = i;
	}
	for (size_t i = 0; i < s->origin_cnt; i++)
		s->origins[i].cache = now[s->origins[i].cache];
	return 0;
}

static int rank_origins(struct snapshot *s, enum snapshot_key key_of)
{
	autofree struct ranked *order = calloc(s->origin_cnt + 1, sizeof(*order));
	autofree struct snapshot_origin *copy = calloc(s->origin_cnt + 1, sizeof(*copy));

	if (!order || !copy)
		return -ENOMEM;
	for (size_t i = 0; i < s->origin_cnt; i++) {
		copy[i] = s->origins[i];
		order[i] = (struct ranked){origin_key(&copy[i], key_of), i};
	}
	qsort(order, s->origin_cnt, sizeof(*order), by_key);
	for (size_t i = 0; i < s->origin_cnt; i++)
		s->origins[i] = copy[order[i].was];
	return 0;
}

int snapshot_rank(struct snapshot *s, enum snapshot_key key)
{
	int err = rank_caches(s, key);

	return err ? err : rank_origins(s, key);
}
