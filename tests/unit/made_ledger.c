// SPDX-License-Identifier: GPL-2.0-or-later
/* A ledger made up by a test. */
#include "fixture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made_ledger.h"

static void *make(size_t count, size_t size)
{
	void *array = calloc(count, size);

	assert(array);
	return array;
}

void made_init(struct made_ledger *m)
{
	*m = (struct made_ledger){
		.buckets = make(MADE_BUCKETS, sizeof(*m->buckets)),
		.origins = make(SS_ORIGINS, sizeof(*m->origins)),
		.counts = make(SS_ORIGINS, sizeof(*m->counts)),
		.rares = make(SS_ORIGINS, sizeof(*m->rares)),
		.caches = make(SS_CACHES, sizeof(*m->caches)),
		.recs = make(SS_RECS, sizeof(*m->recs)),
		.rec_lives = make(SS_RECS, sizeof(*m->rec_lives)),
		.stacks = make(SS_STACKS, sizeof(*m->stacks)),
		.frames = make(SS_FRAMES, sizeof(*m->frames)),
		.tasks = make(SS_TASKS, sizeof(*m->tasks)),
		.free_sites = make(SS_FREE_SITES, sizeof(*m->free_sites)),
		.totals = make(1, sizeof(*m->totals)),
		.origin = SS_ORIGIN_FIRST,
		.cache = SS_CACHE_FIRST,
		.rec = 1,
		.address = 0xffff888100000000ull,
	};
	m->view = (struct ledger){
		.buckets = m->buckets,
		.bucket_cnt = MADE_BUCKETS,
		.origins = m->origins,
		.counts = m->counts,
		.rares = m->rares,
		.caches = m->caches,
		.recs = m->recs,
		.rec_lives = m->rec_lives,
		.stacks = m->stacks,
		.frames = m->frames,
		.tasks = m->tasks,
		.free_sites = m->free_sites,
		.totals = m->totals,
		.threshold = UINT32_MAX,
		.began = MADE_JIFFIES - MADE_BOOKED,
		.settled = MADE_JIFFIES,
		.jiffies = MADE_JIFFIES,
		.tick_s = MADE_TICK_S,
	};
}

void made_deinit(struct made_ledger *m)
{
	free(m->buckets);
	free(m->origins);
	free(m->counts);
	free(m->rares);
	free(m->caches);
	free(m->recs);
	free(m->rec_lives);
	free(m->stacks);
	free(m->frames);
	free(m->tasks);
	free(m->free_sites);
	free(m->totals);
}

uint32_t made_cache(struct made_ledger *m, const char *name, uint32_t size, uint32_t object_size)
{
	struct ss_cache *c = &m->caches[m->cache];

	assert(m->cache < SS_CACHES);
	*c = (struct ss_cache){
		.key = 0xffff888000100000ull + m->cache * 512ull,
		.size = size,
		.object_size = object_size,
		.state = SS_CACHE_READY,
	};
	snprintf(c->name, sizeof(c->name), "%s", name);
	return m->cache++;
}

uint32_t made_guessed_cache(struct made_ledger *m, uint64_t size, uint32_t family)
{
	uint32_t cache = made_cache(m, "", size, size);

	m->caches[cache].key = SS_KMALLOC_KEYED | family | size << SS_KMALLOC_KEY_SIZE_SHIFT;
	m->caches[cache].state |= SS_CACHE_GUESSED;
	return cache;
}

uint32_t made_origin(struct made_ledger *m, uint32_t cache, uint64_t site, uint32_t size,
		     uint8_t flags)
{
	uint8_t shift = 0;

	assert(m->origin < SS_ORIGINS);
	while (size && (size - 1) >> shift > SS_WASTE_MASK)
		shift++;
	m->origins[m->origin] = (struct ss_origin){
		.site = site,
		.key = m->caches[cache].key | 1,
		.size = size,
		.interval = 256,
		.cache = cache,
		.waste_shift = shift,
		.flags = flags,
	};
	return m->origin++;
}

uint32_t made_stack(struct made_ledger *m, const uint64_t *frames, uint32_t count)
{
	assert(m->stack < SS_STACKS && m->frame + count <= SS_FRAMES);
	m->stacks[m->stack] = (struct ss_stack){
		.hash = 1,
		.first = m->frame,
		.count = count,
		.ready = 1,
	};
	memcpy(m->frames + m->frame, frames, count * sizeof(*frames));
	m->frame += count;
	return ++m->stack;
}

uint32_t made_task(struct made_ledger *m, const char *comm)
{
	struct ss_task *t = &m->tasks[m->task];

	assert(m->task < SS_TASKS);
	t->hash = t->ready = 1;
	memcpy(t->comm, comm, strnlen(comm, SS_COMM));
	return ++m->task;
}

uint32_t made_task_in(struct made_ledger *m, const char *comm, uint64_t cgroup)
{
	m->tasks[m->task].cgroup = cgroup;
	return made_task(m, comm);
}

uint32_t made_rec(struct made_ledger *m, uint32_t origin, uint32_t stack, uint32_t task)
{
	assert(m->rec < SS_RECS);
	m->recs[m->rec].key = ((uint64_t)origin << 32 | stack << 16 | task) + 1;
	return m->rec++;
}

/* The next address that is in the sample, or is not. */
static uint64_t next_address(struct made_ledger *m, int sampled)
{
	do
		m->address += 64;
	while ((ss_sample_hash(m->address) <= m->view.threshold) != sampled);
	return m->address;
}

static void put(struct made_ledger *m, uint64_t word, uint64_t meta)
{
	struct ss_bucket *b = &m->buckets[m->slot / SS_WAYS];

	assert(m->slot < m->view.bucket_cnt * SS_WAYS);
	b->word[m->slot % SS_WAYS] = word;
	b->meta[m->slot++ % SS_WAYS] = meta;
}

void made_object(struct made_ledger *m, uint32_t origin, uint32_t rec, uint32_t class, int64_t age,
		 uint32_t requested)
{
	uint64_t code = ss_waste_code(requested, m->origins[origin].waste_shift);
	uint64_t birth = (uint32_t)(m->view.jiffies - age);

	put(m, next_address(m, 1) << SS_WORD_SHIFT | code,
	    birth | (uint64_t)origin << SS_META_ORIGIN_SHIFT | (uint64_t)rec << SS_META_REC_SHIFT |
		    (uint64_t) class << SS_META_CLASS_SHIFT);
	m->counts[origin].allocs++;
}

void made_objects(struct made_ledger *m, uint32_t n, uint32_t origin, uint32_t rec, uint32_t class,
		  int64_t age, uint32_t requested)
{
	while (n--)
		made_object(m, origin, rec, class, age, requested);
}

void made_leaks(struct made_ledger *m, uint32_t n, uint32_t origin, uint32_t rec)
{
	const uint64_t settled = m->view.jiffies - m->view.settled;
	const uint64_t booked = m->view.settled - m->view.began;

	for (uint32_t i = 0; i < n; i++)
		made_object(m, origin, rec, 0, settled + (2 * i + 1) * booked / (2 * n), 1);
}

void made_leftover(struct made_ledger *m, uint32_t origin)
{
	assert(m->view.threshold != UINT32_MAX);
	put(m, next_address(m, 0) << SS_WORD_SHIFT,
	    m->view.jiffies | (uint64_t)origin << SS_META_ORIGIN_SHIFT);
	m->counts[origin].allocs++;
}

void made_in_flight(struct made_ledger *m)
{
	put(m, next_address(m, 1) << SS_WORD_SHIFT, 0);
}

void made_freed(struct made_ledger *m, uint32_t origin, uint64_t n)
{
	m->counts[origin].allocs += n;
	m->counts[origin].frees += n;
}

void made_free_site(struct made_ledger *m, uint32_t origin, enum ss_freed how, uint64_t site,
		    uint64_t counted, uint64_t drawn)
{
	assert(m->free_site < SS_FREE_SITES);
	m->free_sites[m->free_site++] = (struct ss_free_site){
		.key = ss_free_key(origin, how, site),
		.counted = counted,
		.drawn = drawn,
	};
}

void made_halve(struct made_ledger *m, uint32_t halvings)
{
	m->view.threshold = UINT32_MAX >> halvings;
	m->totals->halvings = halvings;
}

struct snapshot *made_snapshot(const struct made_ledger *m)
{
	struct snapshot *s = NULL;

	assert_int_equal(snapshot_create(&m->view, true, &s), 0);
	assert_non_null(s);
	return s;
}

uint64_t made_unbalanced(const struct made_ledger *m, bool exact)
{
	struct snapshot *s = NULL;
	uint64_t n;

	assert_int_equal(snapshot_create(&m->view, exact, &s), 0);
	n = s->unbalanced;
	snapshot_destroy(s);
	return n;
}

const struct snapshot_origin *made_snapshot_origin(const struct snapshot *s, uint64_t site)
{
	for (size_t i = 0; i < s->origin_cnt; i++)
		if (s->origins[i].site == site)
			return &s->origins[i];
	fail_msg("no origin at %llx", (unsigned long long)site);
	return NULL;
}

int made_setup(void **state)
{
	static struct made_ledger ledger;

	made_init(&ledger);
	*state = &ledger;
	return 0;
}

int made_teardown(void **state)
{
	made_deinit(*state);
	return 0;
}
