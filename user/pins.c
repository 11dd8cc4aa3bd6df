// SPDX-License-Identifier: GPL-2.0-or-later
/* Dentries that somebody holds. */
#include "pins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "cleanup.h"

#define SUPERS_MAX 256
#define CHUNK	   1024 /* addresses that are read at once */

/* Where the pins of one survivor are counted. */
struct survivor {
	uint64_t address;
	uint32_t rec;
	uint16_t origin; /* of the ledger */
	uint16_t slice;
};

/* Super blocks met, and whether their files are nothing but dentries. */
struct super {
	uint64_t address;
	bool in_memory;
};

struct pins {
	struct snapshot *s;
	const struct ledger *l;
	struct census *census;
	const struct dentries_config *flags;
	struct survivor *survivors;
	uint64_t *all; /* their addresses, in the same order */
	size_t count;
	uint32_t threshold; /* of the sample hash: of the ledger, or smaller */
	struct addresses parents;
	struct super supers[SUPERS_MAX];
	size_t super_cnt, next;
	int err;
	/* Of the ledger's origins and records: where they ended up in the snapshot, or NULL. */
	struct snapshot_origin *origins[SS_ORIGINS];
	struct snapshot_stack *stacks[SS_RECS];
};

static bool is_dentry_cache(const struct ledger *l, uint32_t origin)
{
	uint32_t cache = l->origins[origin].cache & (SS_CACHES - 1);

	return cache >= SS_CACHE_FIRST && l->caches[cache].state == SS_CACHE_READY &&
	       !strcmp(l->caches[cache].name, "dentry");
}

static void find_origins(struct pins *p)
{
	for (uint32_t i = SS_ORIGIN_FIRST; i < SS_ORIGINS; i++) {
		if (!p->l->origins[i].site || !is_dentry_cache(p->l, i))
			continue;
		for (size_t n = 0; n < p->s->origin_cnt; n++)
			if (snapshot_is_origin(p->s, &p->s->origins[n], p->l, i))
				p->origins[i] = &p->s->origins[n];
	}
}

static void find_stacks(struct pins *p)
{
	for (uint32_t i = 1; i < SS_RECS; i++) {
		uint64_t key = p->l->recs[i].key - 1;
		struct snapshot_origin *o =
			p->l->recs[i].key ? p->origins[key >> 32 & (SS_ORIGINS - 1)] : NULL;

		for (size_t n = 0; o && n < o->stack_cnt; n++)
			if (snapshot_is_stack(&o->stacks[n], p->l, i))
				p->stacks[i] = &o->stacks[n];
	}
}

/* Is the object in this slot a dentry of the sample? */
static bool is_wanted(const struct pins *p, uint32_t bucket, int way)
{
	return p->origins[ss_meta_origin(p->l->buckets[bucket].meta[way])] &&
	       ledger_is_live(p->l, bucket, way);
}

static bool is_sampled(const struct pins *p, uint64_t address)
{
	return ss_sample_hash(address) <= p->threshold;
}

static void put_survivor(struct pins *p, uint32_t bucket, int way)
{
	const struct ss_bucket *b = &p->l->buckets[bucket];

	p->all[p->count] = ss_word_address(b->word[way]);
	p->survivors[p->count++] = (struct survivor){
		.address = ss_word_address(b->word[way]),
		.rec = ss_meta_rec(b->meta[way]),
		.origin = ss_meta_origin(b->meta[way]),
		.slice = snapshot_slice(p->l, (uint32_t)b->meta[way]),
	};
}

/* Half of them stay, chosen by nothing but their addresses. */
static void halve(struct pins *p)
{
	size_t kept = 0;

	p->threshold >>= 1;
	for (size_t i = 0; i < p->count; i++) {
		if (!is_sampled(p, p->all[i]))
			continue;
		p->all[kept] = p->all[i];
		p->survivors[kept++] = p->survivors[i];
	}
	p->count = kept;
}

static int collect(struct pins *p)
{
	p->survivors = calloc(PINS_MAX, sizeof(*p->survivors));
	p->all = calloc(PINS_MAX, sizeof(*p->all));
	if (!p->survivors || !p->all)
		return -ENOMEM;
	p->threshold = p->l->threshold;
	for (uint32_t b = 0; b < p->l->bucket_cnt; b++) {
		for (int i = 0; i < SS_WAYS; i++) {
			if (!is_wanted(p, b, i))
				continue;
			while (p->count == PINS_MAX)
				halve(p);
			if (is_sampled(p, ss_word_address(p->l->buckets[b].word[i])))
				put_survivor(p, b, i);
		}
	}
	return 0;
}

static void add_parent(void *arg, const struct ss_dentry *d)
{
	const uint64_t parent = d->parent;
	struct pins *p = arg;

	if (parent != d->address && is_sampled(p, parent) && addresses_add(&p->parents, &parent, 1))
		p->err = -ENOMEM;
}

/* Of all survivors: the children of one in the sample need not be in it. */
static int find_parents(struct pins *p)
{
	uint64_t some[CHUNK];
	size_t count = 0;
	int err = 0;

	for (uint32_t b = 0; b < p->l->bucket_cnt && !err; b++) {
		for (int i = 0; i < SS_WAYS && !err; i++) {
			if (is_wanted(p, b, i))
				some[count++] = ss_word_address(p->l->buckets[b].word[i]);
			if (count < CHUNK)
				continue;
			err = census_peek_dentries(p->census, some, count, add_parent, p);
			count = 0;
		}
	}
	if (!err)
		err = census_peek_dentries(p->census, some, count, add_parent, p);
	addresses_sort(&p->parents);
	return err ? err : p->err;
}

static bool is_in_memory(struct pins *p, uint64_t address)
{
	struct census_super is;
	struct super *s;

	for (size_t i = 0; i < p->super_cnt; i++)
		if (p->supers[i].address == address)
			return p->supers[i].in_memory;
	if (p->super_cnt == SUPERS_MAX)
		return true; /* not known: accuses nobody */
	s = &p->supers[p->super_cnt++];
	s->address = address;
	s->in_memory = !census_super(p->census, address, &is) || dentries_in_memory(is.type);
	return s->in_memory;
}

static void add_pin(struct snapshot_pins *to, bool pinned, int slice)
{
	if (!to)
		return;
	to->looked++;
	to->pinned += pinned;
	to->born[slice] += pinned;
}

/* Called in the order of the survivors; some of them may be left out. */
static void add(void *arg, const struct ss_dentry *d)
{
	uint64_t counts[DENTRIES_COUNTS] = {};
	struct pins *p = arg;
	const struct survivor *of;
	bool pinned;

	while (p->survivors[p->next].address != d->address)
		p->next++;
	of = &p->survivors[p->next++];
	dentries_state(p->flags, false, d, counts);
	/* A file of a filesystem in memory is its dentry: found by its name, held once. */
	pinned = counts[DENTRIES_PINNED] && !addresses_has(&p->parents, d->address) &&
		 (d->negative || d->unhashed || d->count > 1 ||
		  (!counts[DENTRIES_KEPT] && !is_in_memory(p, d->super)));
	if (pinned && addresses_add(&p->s->held, &of->address, 1))
		p->err = -ENOMEM;
	add_pin(p->origins[of->origin]->pins, pinned, of->slice);
	if (of->rec && p->stacks[of->rec])
		add_pin(p->stacks[of->rec]->pins, pinned, of->slice);
}

static int make_room(struct pins *p)
{
	for (size_t i = 0; i < p->s->origin_cnt; i++) {
		struct snapshot_origin *o = &p->s->origins[i];

		if (strcmp(p->s->caches[o->cache].name, "dentry"))
			continue;
		o->pins = calloc(1, sizeof(*o->pins));
		if (!o->pins)
			return -ENOMEM;
		for (size_t n = 0; n < o->stack_cnt; n++) {
			o->stacks[n].pins = calloc(1, sizeof(*o->stacks[n].pins));
			if (!o->stacks[n].pins)
				return -ENOMEM;
		}
	}
	return 0;
}

static int look(struct pins *p)
{
	int err;

	find_origins(p);
	find_stacks(p);
	err = collect(p);
	if (!err)
		err = make_room(p);
	if (!err)
		err = find_parents(p);
	if (!err)
		err = census_peek_dentries(p->census, p->all, p->count, add, p);
	addresses_sort(&p->s->held);
	return err ? err : p->err;
}

/* What was not looked at to the end says nothing. */
static void drop_room(struct snapshot *s)
{
	addresses_clear(&s->held);
	for (size_t i = 0; i < s->origin_cnt; i++) {
		free(s->origins[i].pins);
		s->origins[i].pins = NULL;
		for (size_t n = 0; n < s->origins[i].stack_cnt; n++) {
			free(s->origins[i].stacks[n].pins);
			s->origins[i].stacks[n].pins = NULL;
		}
	}
}

int pins_read(struct snapshot *s, const struct ledger *l, struct census *census,
	      const struct dentries_config *flags)
{
	autofree struct pins *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->s = s;
	p->l = l;
	p->census = census;
	p->flags = flags;
	err = look(p);
	s->pins_looked = !err;
	if (err)
		drop_room(s);
	free(p->survivors);
	free(p->all);
	addresses_deinit(&p->parents);
	return err;
}
