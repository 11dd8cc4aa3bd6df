// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot.c against a recount: random books, and beside them a plain list of
 * the objects in them. For every origin, stack and task of the snapshot the list
 * is walked again from its beginning; slow, and hard to get wrong.
 */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "made_ledger.h"
#include "made_recording.h"
#include "snapshot.h"

#define ROUNDS	 150
#define RECORDED 30
#define THINGS	 400
#define NAMES	 4
#define SITES	 6
#define ENTRIES	 20
#define CONTENTS 6
#define RECS	 60
#define DEPTH	 4

static const char *const comms[] = {"(other)", "ls", "cat", "ls", "a-name-of-15-by"};

/* An origin of the ledger; several may be one origin of the snapshot. */
struct entry {
	uint32_t index, name, site;
	uint64_t allocs, frees, ghosts, refused;
};

struct record {
	uint32_t index, entry, content, task;
};

/* A live object in the books. */
struct thing {
	const struct entry *entry;
	const struct record *record; /* NULL: no stack */
	uint32_t class, age, requested;
};

struct model {
	struct made_ledger ledger;
	uint64_t seed;
	uint64_t contents[CONTENTS][DEPTH];
	uint32_t depth[CONTENTS];
	struct entry entries[ENTRIES];
	struct record records[RECS];
	struct thing things[THINGS];
	uint32_t thing_cnt, leftover_cnt, in_flight_cnt;
	double scale;
};

static const struct {
	const char *name;
	uint32_t size, object_size;
	uint8_t flags;
} kinds[NAMES] = {
	{"kmalloc-64", 64, 64, SS_ORIGIN_KMALLOC},
	{"kmalloc-2k", 2048, 2048, SS_ORIGIN_KMALLOC},
	{"dentry", 192, 184, 0},
	{"inode_cache", 600, 600, 0},
};

/* Some caches are in the books twice, and so are some origins. */
static void make_entries(struct model *m)
{
	uint32_t caches[NAMES][2];

	for (uint32_t i = 0; i < NAMES; i++)
		for (uint32_t twin = 0; twin < 2; twin++)
			caches[i][twin] = made_cache(&m->ledger, kinds[i].name, kinds[i].size,
						     kinds[i].object_size);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		struct entry *e = &m->entries[i];

		e->name = random_below(&m->seed, NAMES);
		e->site = random_below(&m->seed, SITES);
		e->index =
			made_origin(&m->ledger, caches[e->name][random_below(&m->seed, 2)],
				    MADE_SITE(e->site), kinds[e->name].size, kinds[e->name].flags);
	}
}

/* Different stacks, some the beginning of others, each kept once or twice. */
static void make_records(struct model *m)
{
	uint32_t stacks[CONTENTS][2], tasks[ARRAY_SIZE(comms)] = {0};

	for (uint32_t i = 0; i < CONTENTS; i++) {
		m->depth[i] = 1 + i % DEPTH;
		for (uint32_t j = 0; j < DEPTH; j++)
			m->contents[i][j] = MADE_SITE(100 + j + (i >= DEPTH) * 50);
		for (uint32_t twin = 0; twin < 2; twin++)
			stacks[i][twin] = made_stack(&m->ledger, m->contents[i], m->depth[i]);
	}
	for (uint32_t i = 1; i < ARRAY_SIZE(comms); i++)
		tasks[i] = made_task(&m->ledger, comms[i]);
	for (uint32_t i = 0; i < RECS; i++) {
		struct record *r = &m->records[i];

		r->entry = random_below(&m->seed, ENTRIES);
		r->content = random_below(&m->seed, CONTENTS);
		r->task = random_below(&m->seed, ARRAY_SIZE(comms));
		r->index = made_rec(&m->ledger, m->entries[r->entry].index,
				    stacks[r->content][random_below(&m->seed, 2)], tasks[r->task]);
	}
}

static void make_things(struct model *m)
{
	/* In some rounds every object has a stack, in some each is counted once. */
	bool all_stacks = random_below(&m->seed, 3) == 0, one_class = random_below(&m->seed, 2);

	m->thing_cnt = random_below(&m->seed, THINGS + 1);
	for (uint32_t i = 0; i < m->thing_cnt; i++) {
		const struct record *r = &m->records[random_below(&m->seed, RECS)];
		struct thing *t = &m->things[i];

		*t = (struct thing){
			.entry = &m->entries[r->entry],
			.record = all_stacks || random_below(&m->seed, 4) ? r : NULL,
			.class = one_class ? 0 : random_below(&m->seed, SS_CLASSES),
			.age = random_below(&m->seed, 100000),
			.requested = 1 + random_below(&m->seed, 64),
		};
		made_object(&m->ledger, t->entry->index, t->record ? t->record->index : 0, t->class,
			    t->age, t->requested);
	}
}

static void make_counts(struct model *m, bool halved)
{
	for (uint32_t i = 0; i < ENTRIES; i++) {
		struct entry *e = &m->entries[i];
		struct ss_count *c = &m->ledger.counts[e->index];
		struct ss_rare *r = &m->ledger.rares[e->index];

		e->ghosts = r->ghosts = random_below(&m->seed, 4);
		e->refused = r->refused = random_below(&m->seed, 3);
		r->retold = random_below(&m->seed, 3);
		e->frees = random_below(&m->seed, 500);
		c->allocs += e->ghosts + e->refused + r->retold;
		if (halved)
			c->allocs += random_below(&m->seed, 5000);
		made_freed(&m->ledger, e->index, e->frees);
		for (uint32_t n = random_below(&m->seed, 4); halved && n; n--, m->leftover_cnt++)
			made_leftover(&m->ledger, e->index);
		e->allocs = c->allocs - r->retold;
	}
	m->in_flight_cnt = random_below(&m->seed, 5);
	for (uint32_t i = 0; i < m->in_flight_cnt; i++)
		made_in_flight(&m->ledger);
}

static void make(struct model *m, uint64_t seed)
{
	uint32_t halvings;

	*m = (struct model){.seed = seed};
	made_init(&m->ledger);
	halvings = random_below(&m->seed, 3);
	if (halvings)
		made_halve(&m->ledger, halvings);
	m->scale = 1u << halvings;
	make_entries(m);
	make_records(m);
	make_things(m);
	make_counts(m, halvings > 0);
}

static bool is_of(const struct entry *e, const struct snapshot *s, const struct snapshot_origin *o)
{
	return MADE_SITE(e->site) == o->site &&
	       !strcmp(kinds[e->name].name, s->caches[o->cache].name);
}

static bool has_stack(const struct model *m, const struct thing *t, const struct snapshot_stack *st)
{
	return t->record && m->depth[t->record->content] == st->frame_cnt &&
	       !memcmp(m->contents[t->record->content], st->frames,
		       st->frame_cnt * sizeof(uint64_t));
}

/* What the list says of one origin. */
struct recount {
	uint64_t booked, requested, stackless, allocs, frees, ghosts, refused;
	double weight, age_min, age_max, age_sum;
	uint32_t size, name;
};

static struct recount recount_origin(const struct model *m, const struct snapshot *s,
				     const struct snapshot_origin *o)
{
	struct recount n = {.age_min = INFINITY};

	for (uint32_t i = 0; i < ENTRIES; i++) {
		const struct entry *e = &m->entries[i];
		uint64_t live = 0, gone;

		if (!is_of(e, s, o))
			continue;
		n.name = e->name;
		n.size = kinds[e->name].size;
		n.allocs += e->allocs;
		n.ghosts += e->ghosts;
		n.refused += e->refused;
		for (uint32_t j = 0; j < m->thing_cnt; j++)
			live += m->things[j].entry == e;
		gone = live * m->scale + e->ghosts + e->refused;
		n.frees += m->scale == 1 ? e->frees : e->allocs > gone ? e->allocs - gone : 0;
	}
	for (uint32_t i = 0; i < m->thing_cnt; i++) {
		const struct thing *t = &m->things[i];
		uint32_t unit = kinds[t->entry->name].size > 1024 ? 2 : 1;

		if (!is_of(t->entry, s, o))
			continue;
		n.booked++;
		n.requested += (t->requested + unit - 1) / unit * unit;
		n.stackless += !t->record;
		n.weight += t->record ? pow(4, t->class) : 0;
		n.age_sum += t->age * MADE_TICK_S;
		n.age_min = fmin(n.age_min, t->age * MADE_TICK_S);
		n.age_max = fmax(n.age_max, t->age * MADE_TICK_S);
	}
	return n;
}

static void check_tasks(const struct model *m, const struct snapshot *s,
			const struct snapshot_origin *o, const struct snapshot_stack *st,
			bool by_count)
{
	for (size_t i = 0; i < st->task_cnt; i++) {
		const struct snapshot_task *task = &st->tasks[i];
		double part = 0, whole = 0;

		for (uint32_t j = 0; j < m->thing_cnt; j++) {
			const struct thing *t = &m->things[j];
			double weight = by_count ? 1 : pow(4, t->class);

			if (!is_of(t->entry, s, o) || !has_stack(m, t, st))
				continue;
			whole += weight;
			part += strcmp(comms[t->record->task], task->comm) ? 0 : weight;
		}
		assert_true(part > 0); /* else nobody of that name */
		assert_true(fabs(task->objects - st->objects * part / whole) <= 0.5 + 1e-6);
		assert_close(task->weight / st->weight, part / whole);
		assert_true(!i || st->tasks[i - 1].weight >= task->weight);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(st->tasks[j].comm, task->comm);
	}
}

static void check_stacks(const struct model *m, const struct snapshot *s,
			 const struct snapshot_origin *o, const struct recount *n)
{
	bool by_count = !n->stackless;
	double shares = 0;

	for (size_t i = 0; i < o->stack_cnt; i++) {
		const struct snapshot_stack *st = &o->stacks[i];
		uint64_t objects = 0;
		double weight = 0, share, tasks = 0;

		for (uint32_t j = 0; j < m->thing_cnt; j++) {
			const struct thing *t = &m->things[j];

			if (!is_of(t->entry, s, o) || !has_stack(m, t, st))
				continue;
			objects++;
			weight += pow(4, t->class);
		}
		assert_true(objects > 0);
		share = by_count ? (double)objects / n->booked : weight / n->weight;
		assert_close(st->share, share);
		assert_true(fabs(st->objects - share * o->objects) <= 0.5 + 1e-6);
		assert_true(!i || o->stacks[i - 1].share >= st->share);
		for (size_t j = 0; j < st->task_cnt; j++)
			tasks += st->tasks[j].weight;
		assert_close(tasks, st->weight);
		check_tasks(m, s, o, st, by_count);
		shares += st->share;
	}
	assert_int_equal(o->stack_cnt > 0, n->booked > n->stackless);
	if (o->stack_cnt)
		assert_close(shares, 1);
}

static void check_origin(const struct model *m, const struct snapshot *s,
			 const struct snapshot_origin *o)
{
	struct recount n = recount_origin(m, s, o);
	uint64_t objects = n.booked * m->scale;

	assert_true(n.allocs > 0);
	assert_int_equal(o->allocs, n.allocs);
	assert_int_equal(o->frees, n.frees);
	assert_int_equal(o->ghosts, n.ghosts);
	assert_int_equal(o->refused, n.refused);
	assert_int_equal(o->booked, n.booked);
	assert_int_equal(o->objects, objects);
	assert_int_equal(o->bytes, objects * n.size);
	assert_int_equal(o->requested_bytes, kinds[n.name].flags & SS_ORIGIN_KMALLOC
						     ? n.requested * m->scale
						     : objects * kinds[n.name].object_size);
	assert_int_equal(o->stackless, n.stackless);
	assert_int_equal(o->estimated, n.stackless || objects != n.booked);
	if (n.booked) {
		assert_close(o->age_min_s, n.age_min);
		assert_close(o->age_max_s, n.age_max);
		assert_close(o->age_mean_s, n.age_sum / n.booked);
	}
	check_stacks(m, s, o, &n);
}

static void check_caches(const struct snapshot *s)
{
	for (size_t i = 0; i < s->cache_cnt; i++) {
		const struct snapshot_cache *c = &s->caches[i];
		struct snapshot_cache sum = {.oldest_s = 0};

		for (size_t j = 0; j < s->origin_cnt; j++) {
			const struct snapshot_origin *o = &s->origins[j];

			if (o->cache != i)
				continue;
			sum.allocs += o->allocs;
			sum.frees += o->frees;
			sum.ghosts += o->ghosts;
			sum.refused += o->refused;
			sum.objects += o->objects;
			sum.bytes += o->bytes;
			sum.requested_bytes += o->requested_bytes;
			sum.oldest_s = fmax(sum.oldest_s, o->age_max_s);
		}
		assert_int_equal(c->allocs, sum.allocs);
		assert_int_equal(c->frees, sum.frees);
		assert_int_equal(c->ghosts, sum.ghosts);
		assert_int_equal(c->refused, sum.refused);
		assert_int_equal(c->objects, sum.objects);
		assert_int_equal(c->bytes, sum.bytes);
		assert_int_equal(c->requested_bytes, sum.requested_bytes);
		assert_close(c->oldest_s, sum.oldest_s);
		assert_true(!i || c[-1].bytes >= c->bytes);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(s->caches[j].name, c->name);
	}
}

static void check(const struct model *m, const struct snapshot *s)
{
	uint64_t allocs = 0, frees = 0, objects = 0, bytes = 0;

	assert_close(s->scale, m->scale);
	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];

		check_origin(m, s, o);
		assert_true(!i || o[-1].bytes >= o->bytes);
		for (size_t j = 0; j < i; j++)
			assert_false(s->origins[j].site == o->site &&
				     s->origins[j].cache == o->cache);
		allocs += o->allocs;
		frees += o->frees;
		objects += o->objects;
		bytes += o->bytes;
	}
	check_caches(s);
	assert_int_equal(s->allocs, allocs);
	assert_int_equal(s->frees, frees);
	assert_int_equal(s->objects, objects);
	assert_int_equal(s->objects, m->thing_cnt * m->scale);
	assert_int_equal(s->bytes, bytes);
	assert_int_equal(s->booked, m->thing_cnt);
	assert_int_equal(s->thinned, m->leftover_cnt);
	assert_int_equal(s->in_flight, m->in_flight_cnt);
	assert_int_equal(s->unbalanced, 0);
	if (m->scale == 1)
		assert_int_equal(s->allocs, s->frees + s->objects + s->ghosts + s->refused);
}

/* Recorded and read again, in all forms. */
static void snapshot_random_books_are_recorded(void **state)
{
	static struct model m;

	(void)state;
	for (int round = 0; round < RECORDED; round++) {
		made_deinit(&made.ledger);
		make(&m, round);
		made.ledger = m.ledger;
		made_report_take(&made);
		made_recording_check(&made.report, report_text);
		made_recording_check(&made.report, report_json);
		made_recording_check(&made.report, report_tap);
	}
}

static void snapshot_random_books_agree_with_a_recount(void **state)
{
	static struct model m;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct snapshot *s = NULL;

		make(&m, round);
		assert_int_equal(snapshot_create(&m.ledger.view, true, &s), 0);
		check(&m, s);
		snapshot_destroy(s);
		made_deinit(&m.ledger);
	}
}

int test_snapshot_random(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshot_random_books_agree_with_a_recount),
		WITH_REPORT(snapshot_random_books_are_recorded),
	};

	return cmocka_run_group_tests_name("snapshot, random", tests, NULL, NULL);
}
