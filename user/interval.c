// SPDX-License-Identifier: GPL-2.0-or-later
/* A snapshot without what was there before. */
#include "interval_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/* What an origin is found by in the earlier snapshot. */
struct key {
	uint64_t site;
	char cache[SS_CACHE_NAME];
	uint8_t destroyed;
};

struct making {
	struct interval_window window;
	const struct snapshot *earlier;
	struct snapshot *later;
	const struct interval_growth *growth;
	struct interval_index origins; /* of the earlier one */
	uint64_t unsure;
};

static uint64_t less(uint64_t n, uint64_t before)
{
	return n > before ? n - before : 0;
}

static void make_key(const struct snapshot *s, const struct snapshot_origin *o, bool destroyed,
		     struct key *key)
{
	memset(key, 0, sizeof(*key));
	key->site = o->site;
	memcpy(key->cache, s->caches[o->cache].name,
	       strnlen(s->caches[o->cache].name, SS_CACHE_NAME));
	key->destroyed = destroyed;
}

static int index_origins(struct making *m)
{
	const struct snapshot *s = m->earlier;
	int err = interval_index_init(&m->origins, s->origin_cnt);

	for (size_t i = 0; i < s->origin_cnt && err >= 0; i++) {
		struct key key;

		make_key(s, &s->origins[i], s->caches[s->origins[i].cache].destroyed, &key);
		err = interval_index_add(&m->origins, &key, sizeof(key), i);
		if (!err)
			err = -EBADMSG;
	}
	return err < 0 ? err : 0;
}

static int find(struct making *m, const struct key *key, const struct snapshot_origin **ret_origin)
{
	size_t row;
	int found = interval_index_find(&m->origins, key, sizeof(*key), &row);

	if (found > 0)
		*ret_origin = &m->earlier->origins[row];
	return found < 0 ? found : 0;
}

/* What it was then; NULL: nothing. Its cache may have been destroyed meanwhile. */
static int find_before(struct making *m, const struct snapshot_origin *o,
		       const struct snapshot_origin **ret_before)
{
	bool destroyed = m->later->caches[o->cache].destroyed;
	struct key key;
	int err;

	*ret_before = NULL;
	make_key(m->later, o, destroyed, &key);
	err = find(m, &key, ret_before);
	if (err || *ret_before || !destroyed)
		return err;
	key.destroyed = false;
	err = find(m, &key, ret_before);
	if (*ret_before && (*ret_before)->allocs > o->allocs)
		*ret_before = NULL; /* another, of the same name */
	return err;
}

/* Part of `all` that goes with born of survivors. */
static uint64_t share_of(uint64_t all, uint64_t born, uint64_t survivors)
{
	return born >= survivors ? all : (uint64_t)llround((double)all * born / survivors);
}

struct free_site_key {
	uint64_t site, how;
};

static int index_free_sites(const struct snapshot_origin *o, struct interval_index *x)
{
	int err = interval_index_init(x, o ? o->free_site_cnt : 0);

	for (size_t i = 0; o && i < o->free_site_cnt && err >= 0; i++) {
		const struct free_site_key key = {o->free_sites[i].site, o->free_sites[i].how};

		err = interval_index_add(x, &key, sizeof(key), i);
	}
	return err < 0 ? err : 0;
}

/* Frees since then, at the places that have any. */
static int cut_free_sites(struct interval_index *x, const struct snapshot_origin *before,
			  struct snapshot_origin *o)
{
	uint64_t frees = 0;
	size_t left = 0;

	for (size_t i = 0; i < o->free_site_cnt; i++) {
		struct snapshot_free_site f = o->free_sites[i];
		const struct free_site_key key = {f.site, f.how};
		size_t row;
		int found = interval_index_find(x, &key, sizeof(key), &row);

		if (found < 0)
			return found;
		if (found)
			f.frees = less(f.frees, before->free_sites[row].frees);
		if (f.frees)
			o->free_sites[left++] = f;
		frees += f.frees;
	}
	o->free_site_cnt = left;
	for (size_t i = 0; i < left; i++)
		o->free_sites[i].share = (double)o->free_sites[i].frees / frees;
	return 0;
}

static int make_free_sites(const struct snapshot_origin *before, struct snapshot_origin *o)
{
	struct interval_index sites;
	int err = index_free_sites(before, &sites);

	if (!err)
		err = cut_free_sites(&sites, before, o);
	interval_index_deinit(&sites);
	return err;
}

/*
 * Where everything is booked, no more can be born than were allocated; and who was there
 * before can only have become fewer: what there is more of is new.
 */
static uint64_t born_of(struct making *m, const struct snapshot_origin *before,
			const struct snapshot_origin *o)
{
	struct interval_born born = interval_born(&m->window, &o->lives);
	uint64_t most = less(o->allocs, before ? before->allocs : 0);
	uint64_t least = less(o->booked, before ? before->booked : 0);

	if (m->later->scale <= 1 && least <= most) {
		born.least = least > born.least ? least : born.least;
		born.most = most < born.most ? most : born.most;
		if (born.most < born.least)
			born.most = born.least = least > born.most ? least : born.most;
	}
	if (born.most > o->booked)
		born.most = o->booked;
	if (born.least > born.most)
		born.least = born.most;
	m->unsure += born.most - born.least;
	return born.about < born.least	? born.least
	       : born.about > born.most ? born.most
					: born.about;
}

static void make_ages(const struct making *m, uint64_t born, struct snapshot_origin *o)
{
	const double oldest_s = m->window.length_s + m->window.settled_s;
	double sum = 0;

	if (born == o->booked)
		return;
	/* Of some of them, only the bins are known: their middle, which the youngest begin. */
	for (int i = 0; i < SS_LIFE_BINS; i++) {
		double from = i ? ldexp(m->window.tick_s, i) : 0;
		double to = fmin(ldexp(m->window.tick_s, i + 1), oldest_s);

		sum += o->lives.alive[i] * (fmin(from, to) + to) / 2;
	}
	o->age_max_s = fmin(o->age_max_s, oldest_s);
	o->age_mean_s = born ? fmin(sum / born, o->age_max_s) : 0;
	o->age_min_s = born ? fmin(o->age_min_s, o->age_mean_s) : 0;
	if (!born)
		o->age_max_s = 0;
}

static void free_contents(struct snapshot_origin *o)
{
	for (size_t i = 0; i < o->content_cnt; i++)
		free(o->contents[i].text);
	free(o->contents);
	o->contents = NULL;
	o->content_cnt = 0;
	o->looked = 0;
}

/* Ghosts, refused and stale stay: they tell that its frees are not all seen, whenever. */
static int make_origin(struct making *m, const struct interval_growth *growth,
		       const struct snapshot_origin *before, struct snapshot_origin *o)
{
	static const struct snapshot_origin nothing;
	const struct snapshot_origin *was = before ? before : &nothing;
	const uint64_t born = born_of(m, before, o), survivors = o->booked;
	int err;

	interval_cut(&m->window, before ? &before->lives : NULL, growth, born, &o->lives);
	make_ages(m, born, o);
	err = make_free_sites(before, o);
	if (born != survivors)
		free_contents(o);
	o->allocs = less(o->allocs, was->allocs);
	o->frees = less(o->frees, was->frees);
	o->reclaimed = less(o->reclaimed, was->reclaimed);
	o->booked = born;
	o->objects = survivors ? share_of(o->objects, born, survivors) : 0;
	o->bytes = survivors ? share_of(o->bytes, born, survivors) : 0;
	o->requested_bytes = survivors ? share_of(o->requested_bytes, born, survivors) : 0;
	o->stackless = survivors ? share_of(o->stackless, born, survivors) : 0;
	free(o->pins);
	o->pins = NULL;
	o->verdict = NULL;
	return err ? err : interval_make_stacks(&m->window, growth, before, o);
}

static bool is_idle(const struct snapshot_origin *o)
{
	return !o->allocs && !o->frees && !o->objects && !o->ghosts && !o->refused && !o->stale;
}

static int make_origins(struct making *m)
{
	struct snapshot *s = m->later;
	size_t left = 0;
	int err = 0;

	for (size_t i = 0; i < s->origin_cnt; i++) {
		struct snapshot_origin *o = &s->origins[i];
		const struct snapshot_origin *before = NULL;

		if (!err)
			err = find_before(m, o, &before);
		if (!err)
			err = make_origin(m, &m->growth[i], before, o);
		if (!is_idle(o)) {
			s->origins[left++] = *o;
			continue;
		}
		for (size_t n = 0; n < o->stack_cnt; n++)
			interval_free_stack(&o->stacks[n]);
		free(o->stacks);
		free(o->repetitions);
		free_contents(o);
	}
	s->origin_cnt = left;
	return err;
}

static void make_caches(struct snapshot *s)
{
	for (size_t i = 0; i < s->cache_cnt; i++) {
		struct snapshot_cache *c = &s->caches[i];

		c->allocs = c->frees = c->ghosts = c->refused = c->stale = 0;
		c->objects = c->bytes = c->requested_bytes = 0;
		c->oldest_s = 0;
	}
	s->objects = s->bytes = s->booked = 0;
	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];
		struct snapshot_cache *c = &s->caches[o->cache];

		c->allocs += o->allocs;
		c->frees += o->frees;
		c->ghosts += o->ghosts;
		c->refused += o->refused;
		c->stale += o->stale;
		c->objects += o->objects;
		c->bytes += o->bytes;
		c->requested_bytes += o->requested_bytes;
		c->oldest_s = fmax(c->oldest_s, o->age_max_s);
		s->objects += o->objects;
		s->bytes += o->bytes;
		s->booked += o->booked;
	}
}

static void make_totals(const struct snapshot *a, struct snapshot *b)
{
	uint64_t *const sums[] = {&b->allocs, &b->frees,     &b->frees_unknown, &b->thinned,
				  &b->retold, &b->reclaimed, &b->stackless};
	const uint64_t before[] = {a->allocs, a->frees,	    a->frees_unknown, a->thinned,
				   a->retold, a->reclaimed, a->stackless};
	__u64 *to = (__u64 *)&b->totals;
	const __u64 *was = (const __u64 *)&a->totals;

	for (size_t i = 0; i < ARRAY_SIZE(sums); i++)
		*sums[i] = less(*sums[i], before[i]);
	for (size_t i = 0; i < sizeof(b->totals) / sizeof(*to); i++)
		to[i] = less(to[i], was[i]);
	b->began += (uint32_t)llround(fmin(a->booked_s / b->tick_s, UINT32_MAX));
	b->booked_s -= a->booked_s;
	b->pins_looked = false;
}

int interval_make(const struct snapshot *a, const struct interval_growth *growth,
		  struct snapshot *b, uint64_t *ret_unsure)
{
	struct making m = {
		.window =
			{
				.length_s = b->booked_s - a->booked_s,
				.settled_s = b->settled_s,
				.tick_s = b->tick_s,
				.slice = SNAPSHOT_SLICES * a->booked_s / b->booked_s,
			},
		.earlier = a,
		.later = b,
		.growth = growth,
	};
	int err = index_origins(&m);

	if (!err)
		err = make_origins(&m);
	interval_index_deinit(&m.origins);
	if (err)
		return err;
	make_caches(b);
	make_totals(a, b);
	free(b->verdicts);
	b->verdicts = NULL;
	*ret_unsure = (uint64_t)llround(fmin(m.unsure * b->scale, 1e18));
	return 0;
}
