// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the objects in the slabs that the last scan found. */
#include <errno.h>

#include "census_private.h"

#define VISIT_SLICE 2048 /* slabs */

/* A share of a cache's slabs, evenly spread: from the middle of each stride. */
struct choice {
	const struct census_cache *cache;
	double share;
	uint64_t seen; /* slabs of the cache */
	size_t at;     /* in c->slabs */
};

static bool is_chosen(struct choice *choice)
{
	uint64_t n = choice->seen++;

	return (uint64_t)(n * choice->share + 0.5) != (uint64_t)((n + 1) * choice->share + 0.5);
}

/* The chosen slabs from c->slabs[at] on, into ss_slabs. */
static uint32_t hand_over(struct census *c, struct choice *choice)
{
	uint64_t *to = c->slab_array.at;
	uint32_t count = 0;

	for (; choice->at < c->slab_cnt && count < SS_SLABS; choice->at++)
		if ((c->slabs[choice->at] & (SS_SLAB_CACHES - 1)) == choice->cache->index &&
		    is_chosen(choice))
			to[count++] = c->slabs[choice->at];
	return count;
}

/*
 * Runs a visiting program over a share of the slabs of a cache; `take` consumes
 * what each slice gave.
 */
static int visit(struct census *c, const struct census_cache *cache, double share,
		 const struct bpf_program *program, const struct census_pace *pace,
		 void (*take)(struct census *c, uint32_t count, void *arg), void *arg)
{
	struct ss_census *x = &c->skel->bss->ss_census;
	struct choice choice = {.cache = cache, .share = share};
	size_t from = 0;

	census_start_pace(c);
	x->gone = x->torn = 0;
	for (; (x->visit_cnt = hand_over(c, &choice)); from = choice.at) {
		for (x->next = 0; x->next < x->visit_cnt;) {
			double done;
			int err;

			x->budget = VISIT_SLICE;
			err = census_run(program);
			if (err)
				return err;
			take(c, x->out_cnt, arg);
			done = from + (double)(choice.at - from) * x->next / x->visit_cnt;
			if (!census_breathe(c, pace, done / c->slab_cnt))
				return -EINTR;
		}
	}
	c->totals.gone += x->gone;
	c->totals.torn += x->torn;
	return 0;
}

struct content_call {
	void (*each)(void *arg, uint64_t address, const void *bytes, size_t len);
	void *arg;
	size_t width;
};

static void take_contents(struct census *c, uint32_t count, void *arg)
{
	const struct content_call *call = arg;

	for (uint32_t i = 0; i < count; i++) {
		const struct ss_content *o = (const struct ss_content *)c->contents.at + i;

		if (!addresses_has(&c->parked, o->address))
			call->each(call->arg, o->address, o->bytes, call->width);
	}
}

int census_objects(struct census *c, const struct census_cache *cache, size_t width, uint64_t want,
		   const struct census_pace *pace,
		   void (*each)(void *arg, uint64_t address, const void *bytes, size_t len),
		   void *arg)
{
	struct content_call call = {.each = each, .arg = arg, .width = width};
	double share = want && want < cache->live ? (double)want / cache->live : 1;

	/* Fewer objects than a slab has: still one slab, or nothing would be read. */
	if (cache->slabs && share * cache->slabs < 1)
		share = 1.0 / cache->slabs;
	if (call.width > cache->object_size)
		call.width = cache->object_size;
	if (call.width > SS_CONTENT_BYTES)
		call.width = SS_CONTENT_BYTES;
	c->skel->bss->ss_census.width = call.width;
	return visit(c, cache, share, c->skel->progs.ss_read_objects, pace, take_contents, &call);
}

struct dentry_call {
	void (*each)(void *arg, const struct ss_dentry *d);
	void *arg;
};

static void take_dentries(struct census *c, uint32_t count, void *arg)
{
	const struct dentry_call *call = arg;

	const struct ss_dentry *d = c->dentries.at;

	for (uint32_t i = 0; i < count; i++)
		if (!addresses_has(&c->parked, d[i].address))
			call->each(call->arg, &d[i]);
}

int census_dentries(struct census *c, const struct census_pace *pace,
		    void (*each)(void *arg, const struct ss_dentry *d), void *arg)
{
	const struct census_cache *cache = census_find(c, "dentry");
	struct dentry_call call = {.each = each, .arg = arg};

	if (!cache)
		return -ENOENT;
	return visit(c, cache, 1, c->skel->progs.ss_read_dents, pace, take_dentries, &call);
}
