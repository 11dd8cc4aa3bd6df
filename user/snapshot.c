// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the ledger's memory to a snapshot, in four passes: scan the object table
 * once into tallies per origin and per stack record; merge origins that are the
 * same (cache, call site); hang stacks and tasks (snapshot_stacks.c) and sites of
 * frees (snapshot_frees.c) under them.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "snapshot_private.h"

/* Ticks for which a birth is held to be later than the clock, not 2^32 ticks before it. */
#define BIRTH_SLACK (1u << 24)

/* As the programs count lifetimes: see struct ss_rare. */
static uint32_t age_bin(uint32_t age)
{
	uint32_t bin = age > 1 ? 31 - (uint32_t)__builtin_clz(age) : 0;

	return bin < SS_LIFE_BINS ? bin : SS_LIFE_BINS - 1;
}

uint32_t snapshot_slice(const struct ledger *l, uint32_t birth)
{
	uint32_t since = birth - l->began, span = l->settled - l->began;

	if (-since < BIRTH_SLACK) /* a program read the clock just before we did */
		since = 0;
	if (since > span)
		since = span;
	return (uint64_t)since * SNAPSHOT_SLICES / ((uint64_t)span + 1);
}

static void scan(const struct work *w, struct snapshot *s)
{
	const struct ledger *l = w->l;

	for (uint32_t b = 0; b < l->bucket_cnt; b++) {
		const struct ss_bucket *bucket = &l->buckets[b];

		for (int i = 0; i < SS_WAYS; i++) {
			uint64_t word = __atomic_load_n(&bucket->word[i], __ATOMIC_RELAXED);
			uint64_t meta = __atomic_load_n(&bucket->meta[i], __ATOMIC_RELAXED);
			uint32_t origin = ss_meta_origin(meta), rec = ss_meta_rec(meta), age, bin,
				 slice;
			struct tally *t = &w->tallies[origin];

			if (!word)
				continue;
			if (!meta || word == SS_WORD_LEAVING) {
				s->in_flight++;
				continue;
			}
			if (l->threshold != UINT32_MAX &&
			    ss_sample_hash(ss_word_address(word)) > l->threshold) {
				t->thinned++;
				continue;
			}
			if (l->stale && l->stale[b * SS_WAYS / 8] & 1u << i) {
				t->stale++;
				continue;
			}
			age = l->jiffies - (uint32_t)meta;
			if (-age < BIRTH_SLACK) /* born after the clock was read */
				age = 0;
			if (!t->live || age < t->age_min)
				t->age_min = age;
			if (age > t->age_max)
				t->age_max = age;
			t->age_sum += age;
			t->live++;
			bin = age_bin(age);
			slice = snapshot_slice(l, (uint32_t)meta);
			repetitions_count(w->repetitions, meta);
			t->alive[bin]++;
			t->born[slice]++;
			t->requested += ss_waste_bytes(word, l->origins[origin].waste_shift);
			if (rec) {
				w->recs[rec].booked++;
				w->recs[rec].alive[bin]++;
				w->recs[rec].born[slice]++;
				w->recs[rec].weight += (double)(1u << 2 * ss_meta_class(meta));
			} else {
				t->stackless++;
			}
		}
	}
}

/* The name that kmalloc_caches[] has for a size class and family. */
static void name_by_class(uint64_t key, char name[SS_CACHE_NAME])
{
	uint64_t size = key >> SS_KMALLOC_KEY_SIZE_SHIFT;
	bool kilo = size >= 1024 && size % 1024 == 0;
	const char *format = key & SS_KMALLOC_DMA	    ? "dma-kmalloc-%u%s"
			     : key & SS_KMALLOC_RECLAIMABLE ? "kmalloc-rcl-%u%s"
			     : key & SS_KMALLOC_ACCOUNT	    ? "kmalloc-cg-%u%s"
							    : "kmalloc-%u%s";

	snprintf(name, SS_CACHE_NAME, format, (unsigned int)(kilo ? size / 1024 : size),
		 kilo ? "k" : "");
}

void snapshot_cache_name(const struct ledger *l, uint32_t index, char name[SS_CACHE_NAME])
{
	const struct ss_cache *c = &l->caches[index];

	if (index == SS_CACHE_LARGE_INDEX)
		snprintf(name, SS_CACHE_NAME, "kmalloc-large");
	else if (index < SS_CACHE_FIRST || !c->state)
		snprintf(name, SS_CACHE_NAME, "(other caches)");
	else if (c->state & SS_CACHE_GUESSED)
		name_by_class(c->key, name);
	else
		snprintf(name, SS_CACHE_NAME, "%.*s", SS_CACHE_NAME - 1, c->name);
}

static bool same_cache(const struct snapshot_cache *c, const char *name, bool destroyed)
{
	return !strcmp(c->name, name) && c->destroyed == destroyed;
}

/* Entry of the snapshot for a cache of the ledger; two entries of one name are one cache. */
static uint32_t add_cache(struct snapshot *s, const struct ledger *l, uint32_t index)
{
	const struct ss_cache *c = &l->caches[index];
	struct snapshot_cache next = {
		.size = c->size,
		.object_size = c->object_size,
		.flags = c->flags,
		.guessed = c->state & SS_CACHE_GUESSED,
		.destroyed = c->state & SS_CACHE_DESTROYED,
		.large = index == SS_CACHE_LARGE_INDEX,
	};

	snapshot_cache_name(l, index, next.name);
	for (uint32_t i = 0; i < s->cache_cnt; i++)
		if (same_cache(&s->caches[i], next.name, next.destroyed))
			return i;
	s->caches[s->cache_cnt] = next;
	return s->cache_cnt++;
}

static uint32_t cache_of(struct work *w, struct snapshot *s, uint32_t ledger_cache)
{
	if (w->cache_at[ledger_cache] == UINT32_MAX)
		w->cache_at[ledger_cache] = add_cache(s, w->l, ledger_cache);
	return w->cache_at[ledger_cache];
}

/* Entry of the snapshot for (cache, site): several entries of the ledger may share it. */
static struct snapshot_origin *add_origin(struct snapshot *s, uint32_t cache, uint64_t site,
					  uint32_t *slots, uint32_t slot_mask)
{
	uint32_t at = (uint32_t)((site ^ cache * 31ull) * SS_HASH >> 32) & slot_mask;

	for (; slots[at] != UINT32_MAX; at = (at + 1) & slot_mask) {
		struct snapshot_origin *o = &s->origins[slots[at]];

		if (o->site == site && o->cache == cache)
			return o;
	}
	slots[at] = s->origin_cnt;
	s->origins[s->origin_cnt] = (struct snapshot_origin){.cache = cache, .site = site};
	return &s->origins[s->origin_cnt++];
}

static void add_ages(struct snapshot_origin *o, const struct tally *t, double tick_s)
{
	double min = t->age_min * tick_s, max = t->age_max * tick_s;

	if (!t->live)
		return;
	if (!o->booked || min < o->age_min_s)
		o->age_min_s = min;
	if (max > o->age_max_s)
		o->age_max_s = max;
	o->age_mean_s = (o->age_mean_s * o->booked + t->age_sum * tick_s) / (o->booked + t->live);
}

static bool balanced(const struct ledger *l, const struct tally *t, const struct ss_count *c,
		     const struct ss_rare *r)
{
	uint64_t sum = c->frees + t->live + t->stale + t->thinned + r->ghosts + r->refused +
		       r->thinned + r->retold;

	/* Once only a sample is booked, the rest of the allocations is nowhere else. */
	return l->threshold == UINT32_MAX ? c->allocs == sum : c->allocs >= sum;
}

void snapshot_add_alive(struct snapshot_lives *to, const uint32_t *alive, const uint32_t *born)
{
	for (int i = 0; i < SS_LIFE_BINS; i++)
		to->alive[i] += alive[i];
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		to->born[i] += born[i];
}

static void add_deaths(struct snapshot_origin *o, const struct ss_count *c, const struct ss_rare *r)
{
	uint64_t older = 0;

	for (int i = 1; i < SS_LIFE_BINS; i++) {
		o->lives.died[i] += r->life[i];
		older += r->life[i];
	}
	o->lives.died[0] += c->frees > older ? c->frees - older : 0;
}

static int fill_origin(struct work *w, struct snapshot *s, uint32_t index, bool exact,
		       uint32_t *slots, uint32_t slot_mask)
{
	const struct ledger *l = w->l;
	const struct ss_origin *from = &l->origins[index];
	const struct ss_count *c = &l->counts[index];
	const struct ss_rare *r = &l->rares[index];
	const struct tally *t = &w->tallies[index];
	struct snapshot_origin *o;
	const struct ss_cache *cache = &l->caches[from->cache & (SS_CACHES - 1)];
	uint64_t allocs = c->allocs - r->retold, objects = llround(t->live * s->scale);
	uint64_t stale = llround(t->stale * s->scale);
	uint32_t wanted = cache->object_size ? cache->object_size : from->size;

	if (!c->allocs || from->flags & SS_ORIGIN_SKIP)
		return 0;
	o = add_origin(s, cache_of(w, s, from->cache & (SS_CACHES - 1)), from->site, slots,
		       slot_mask);
	w->origin_at[index] = o - s->origins;
	if (exact && !balanced(l, t, c, r))
		s->unbalanced++;
	add_ages(o, t, l->tick_s);
	o->allocs += allocs;
	/* Not scaled: they were met at whatever scale was then. A lower bound. */
	o->ghosts += r->ghosts;
	o->refused += r->refused;
	o->stale += stale;
	if (l->unreclaimed)
		o->reclaimed += llround((c->frees - l->unreclaimed[index].frees) * s->scale);
	o->booked += t->live;
	o->objects += objects;
	o->bytes += objects * from->size;
	o->requested_bytes += from->flags & SS_ORIGIN_KMALLOC
				      ? (uint64_t)llround(t->requested * s->scale)
				      : objects * wanted;
	o->stackless += t->stackless;
	add_deaths(o, c, r);
	snapshot_add_alive(&o->lives, t->alive, t->born);
	if (s->scale > 1) {
		uint64_t gone = objects + stale + r->ghosts + r->refused;

		o->frees += allocs > gone ? allocs - gone : 0;
	} else {
		o->frees += c->frees;
	}
	s->thinned += r->thinned + t->thinned;
	s->retold += r->retold;
	s->stackless += r->stackless;
	return t->live ? repetitions_fill_origin(w->repetitions, index, s->scale, o) : 0;
}

static void sum_up(struct snapshot *s)
{
	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];
		struct snapshot_cache *c = &s->caches[o->cache];

		repetitions_least(s, &s->origins[i]);
		c->allocs += o->allocs;
		c->frees += o->frees;
		c->ghosts += o->ghosts;
		c->refused += o->refused;
		c->stale += o->stale;
		c->objects += o->objects;
		c->bytes += o->bytes;
		c->requested_bytes += o->requested_bytes;
		if (o->age_max_s > c->oldest_s)
			c->oldest_s = o->age_max_s;
		s->allocs += o->allocs;
		s->frees += o->frees;
		s->ghosts += o->ghosts;
		s->refused += o->refused;
		s->stale += o->stale;
		s->reclaimed += o->reclaimed;
		s->objects += o->objects;
		s->bytes += o->bytes;
		s->booked += o->booked;
	}
}

static int copy_stores(struct snapshot *s, const struct ledger *l)
{
	s->frame_store = malloc(SS_FRAMES * sizeof(*s->frame_store));
	s->task_store = malloc(SS_TASKS * sizeof(*s->task_store));
	if (!s->frame_store || !s->task_store)
		return -ENOMEM;
	memcpy(s->frame_store, l->frames, SS_FRAMES * sizeof(*s->frame_store));
	memcpy(s->task_store, l->tasks, SS_TASKS * sizeof(*s->task_store));
	for (uint32_t i = 0; i < SS_TASKS; i++)
		s->task_store[i].comm[SS_COMM - 1] = '\0';
	return 0;
}

static int fill(struct work *w, struct snapshot *s, bool exact)
{
	const uint32_t slot_mask = 2 * SS_ORIGINS - 1;
	autofree uint32_t *slots = malloc((slot_mask + 1) * sizeof(*slots));
	int err = 0;

	if (!slots)
		return -ENOMEM;
	memset(slots, 0xff, (slot_mask + 1) * sizeof(*slots));
	scan(w, s);
	for (uint32_t i = SS_ORIGIN_OTHER; i < SS_ORIGINS && !err; i++)
		err = fill_origin(w, s, i, exact, slots, slot_mask);
	if (!err)
		err = snapshot_fill_stacks(w, s);
	if (!err)
		err = snapshot_fill_frees(w, s);
	if (err)
		return err;
	sum_up(s);
	s->frees_unknown = w->l->counts[SS_ORIGIN_NONE].frees;
	s->checked = w->l->stale != NULL;
	s->reclaim_tried = w->l->unreclaimed != NULL;
	return snapshot_rank(s, SNAPSHOT_BY_BYTES);
}

int snapshot_create(const struct ledger *ledger, bool exact, struct snapshot **ret_snapshot)
{
	struct snapshot *s = calloc(1, sizeof(*s));
	autofree struct tally *tallies = calloc(SS_ORIGINS, sizeof(*tallies));
	autofree struct rec_tally *recs = calloc(SS_RECS, sizeof(*recs));
	autofree uint32_t *cache_at = malloc(SS_CACHES * sizeof(*cache_at));
	autofree uint32_t *origin_at = malloc(SS_ORIGINS * sizeof(*origin_at));
	struct repetitions *repetitions = NULL;
	int err = repetitions_create(ledger, &repetitions);
	struct work w = {ledger, tallies, recs, repetitions, cache_at, origin_at};

	if (s) {
		s->caches = calloc(SS_CACHES, sizeof(*s->caches));
		s->origins = calloc(SS_ORIGINS, sizeof(*s->origins));
		s->totals = *ledger->totals;
		s->scale = ledger_scale(ledger);
		s->began = ledger->began;
		s->settled = ledger->settled;
		s->jiffies = ledger->jiffies;
		s->tick_s = ledger->tick_s;
		s->interrupts = ledger->interrupts;
		s->repetition_cnt = ledger->span_cnt;
		s->booked_s = (uint32_t)(ledger->settled - ledger->began) * ledger->tick_s;
		s->settled_s = (uint32_t)(ledger->jiffies - ledger->settled) * ledger->tick_s;
	}
	if (!s || !s->caches || !s->origins || !tallies || !recs || !cache_at || !origin_at)
		err = -ENOMEM;
	if (!err) {
		memset(cache_at, 0xff, SS_CACHES * sizeof(*cache_at));
		memset(origin_at, 0xff, SS_ORIGINS * sizeof(*origin_at));
		err = copy_stores(s, ledger);
	}
	if (!err)
		err = fill(&w, s, exact);
	repetitions_destroy(repetitions);
	if (err) {
		snapshot_destroy(s);
		return err;
	}
	*ret_snapshot = s;
	return 0;
}

bool snapshot_is_origin(const struct snapshot *s, const struct snapshot_origin *o,
			const struct ledger *l, uint32_t origin)
{
	uint32_t index = l->origins[origin].cache & (SS_CACHES - 1);
	char name[SS_CACHE_NAME];

	if (!o->site || o->site != l->origins[origin].site)
		return false;
	snapshot_cache_name(l, index, name);
	return same_cache(&s->caches[o->cache], name, l->caches[index].state & SS_CACHE_DESTROYED);
}

void snapshot_view(const struct snapshot *s, struct ledger *ledger)
{
	ledger->began = s->began;
	ledger->settled = s->settled;
	ledger->jiffies = s->jiffies;
	ledger->tick_s = s->tick_s;
	ledger->stale = s->stale_slots;
	ledger->interrupts = s->interrupts;
}

void snapshot_destroy(struct snapshot *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->origin_cnt; i++) {
		for (size_t j = 0; j < s->origins[i].stack_cnt; j++) {
			free(s->origins[i].stacks[j].tasks);
			free(s->origins[i].stacks[j].pins);
			free(s->origins[i].stacks[j].repetitions);
		}
		free(s->origins[i].repetitions);
		free(s->origins[i].pins);
		free(s->origins[i].stacks);
		for (size_t j = 0; j < s->origins[i].content_cnt; j++)
			free(s->origins[i].contents[j].text);
		free(s->origins[i].contents);
	}
	free(s->origins);
	free(s->caches);
	free(s->frame_store);
	free(s->task_store);
	free(s->verdicts);
	free(s->free_site_store);
	addresses_deinit(&s->held);
	free(s->stale_slots);
	free(s);
}
