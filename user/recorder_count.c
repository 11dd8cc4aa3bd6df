// SPDX-License-Identifier: GPL-2.0-or-later
/* A snapshot of counters only: how each origin grows, for next to nothing. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recorder_private.h"
#include "snapshot.h"

int recorder_write_count(struct recorder *r, uint32_t origin, const struct last_count *now)
{
	if (origin >= r->counted_cnt) {
		uint32_t count = 2 * origin + 64;
		struct last_count *moved = realloc(r->counted, count * sizeof(*moved));

		if (!moved)
			return -ENOMEM;
		memset(moved + r->counted_cnt, 0, (count - r->counted_cnt) * sizeof(*moved));
		r->counted = moved;
		r->counted_cnt = count;
	}
	if (!memcmp(&r->counted[origin], now, sizeof(*now)))
		return 0;
	r->counted[origin] = *now;
	rows_clear(&r->rows);
	rows_begin(&r->rows, RECORDING_COUNTER);
	rows_snapshot(&r->rows);
	rows_int(&r->rows, origin);
	rows_count(&r->rows, now->allocs);
	rows_count(&r->rows, now->frees);
	rows_count(&r->rows, now->objects);
	rows_count(&r->rows, now->bytes);
	return rows_insert(&r->rows, r->insert, r->snapshot);
}

/*
 * The number of an origin of the ledger; again when its cache was destroyed meanwhile, or its
 * code may have got another name.
 */
static int number_of(struct recorder *r, const struct ledger *l, const struct symbols *symbols,
		     uint32_t index, uint32_t *ret_origin)
{
	uint32_t at = l->origins[index].cache & (SS_CACHES - 1), cache, frame;
	uint8_t destroyed = l->caches[at].state & SS_CACHE_DESTROYED;
	char name[SS_CACHE_NAME];
	int err = 0;

	if (!r->ledger_origin[index] || r->ledger_destroyed[index] != destroyed ||
	    r->ledger_version[index] != r->version) {
		snapshot_cache_name(l, at, name);
		err = recorder_cache(r, name, destroyed, &cache);
		if (!err)
			err = recorder_frame(r, symbols, l->origins[index].site, &frame);
		if (!err)
			err = recorder_origin(r, cache, frame, &r->ledger_origin[index]);
		r->ledger_destroyed[index] = destroyed;
		r->ledger_version[index] = r->version;
	}
	*ret_origin = r->ledger_origin[index];
	return err;
}

static bool is_known(const struct ledger *l, uint32_t index)
{
	uint32_t cache = l->origins[index].cache & (SS_CACHES - 1);

	/* Its name is still being copied: next time. */
	return cache < SS_CACHE_FIRST || l->caches[cache].state & SS_CACHE_READY;
}

struct sum {
	uint32_t origin;
	struct last_count count;
};

static int by_origin(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	return x->origin < y->origin ? -1 : x->origin > y->origin;
}

static struct last_count count_of(const struct ledger *l, uint32_t index, double live)
{
	const struct ss_rare *r = &l->rares[index];
	const uint64_t lost = (uint64_t)r->ghosts + r->refused;
	struct last_count c = {.allocs = l->counts[index].allocs - r->retold};

	c.objects = live > 0 ? llround(live) : 0;
	/* Of a sample not all frees are seen: as in a snapshot, they are what is left. */
	c.frees = l->counts[index].frees;
	if (l->threshold != UINT32_MAX)
		c.frees = c.allocs > c.objects + lost ? c.allocs - c.objects - lost : 0;
	c.bytes = c.objects * l->origins[index].size;
	return c;
}

/* Several origins of the ledger may be one. */
static int write_sums(struct recorder *r, struct sum *sums, size_t count)
{
	int err = 0;

	qsort(sums, count, sizeof(*sums), by_origin);
	for (size_t i = 0; i < count && !err; i++) {
		struct last_count *c = &sums[i].count;

		for (; i + 1 < count && sums[i + 1].origin == sums[i].origin; i++) {
			c->allocs += sums[i + 1].count.allocs;
			c->frees += sums[i + 1].count.frees;
			c->objects += sums[i + 1].count.objects;
			c->bytes += sums[i + 1].count.bytes;
		}
		err = recorder_write_count(r, sums[i].origin, c);
	}
	return err;
}

int recorder_count(struct recorder *r, const struct recorder_moment *m, const struct ledger *l,
		   const struct symbols *symbols, double (*live)(void *arg, uint32_t origin),
		   void *arg)
{
	static struct sum sums[SS_ORIGINS];
	size_t count = 0;
	int err = recorder_begin(r);

	if (err)
		return err;
	r->key = false;
	r->version = symbols_version(symbols);
	for (uint32_t i = SS_ORIGIN_OTHER; i < SS_ORIGINS && !err; i++) {
		if (!l->counts[i].allocs || l->origins[i].flags & SS_ORIGIN_SKIP || !is_known(l, i))
			continue;
		err = number_of(r, l, symbols, i, &sums[count].origin);
		sums[count++].count = count_of(l, i, live(arg, i));
	}
	if (!err)
		err = write_sums(r, sums, count);
	r->err = err;
	return recorder_commit(r, m, NULL);
}
