// SPDX-License-Identifier: GPL-2.0-or-later
/* Dentries that somebody holds. */
#include "pins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "cleanup.h"

#define SUPERS_MAX 256

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
		const struct ss_stack *stack =
			&p->l->stacks[((key >> 16 & 0xffff) - 1) & (SS_STACKS - 1)];
		struct snapshot_origin *o =
			p->l->recs[i].key ? p->origins[key >> 32 & (SS_ORIGINS - 1)] : NULL;

		for (size_t n = 0; o && n < o->stack_cnt; n++)
			if (stack->count == o->stacks[n].frame_cnt &&
			    stack->first + stack->count <= SS_FRAMES &&
			    !memcmp(p->l->frames + stack->first, o->stacks[n].frames,
				    stack->count * sizeof(uint64_t)))
				p->stacks[i] = &o->stacks[n];
	}
}

static int collect(struct pins *p)
{
	const struct ledger *l = p->l;

	p->survivors = calloc(PINS_MAX, sizeof(*p->survivors));
	p->all = calloc(PINS_MAX, sizeof(*p->all));
	if (!p->survivors || !p->all)
		return -ENOMEM;
	for (uint32_t b = 0; b < l->bucket_cnt; b++) {
		for (int i = 0; i < SS_WAYS; i++) {
			uint64_t word = l->buckets[b].word[i], meta = l->buckets[b].meta[i];
			uint32_t origin = ss_meta_origin(meta);

			if (!p->origins[origin] || !ledger_is_live(l, b, i))
				continue;
			if (p->count == PINS_MAX)
				return -E2BIG;
			p->all[p->count] = ss_word_address(word);
			p->survivors[p->count++] = (struct survivor){
				.address = ss_word_address(word),
				.rec = ss_meta_rec(meta),
				.origin = origin,
				.slice = snapshot_slice(l, (uint32_t)meta),
			};
		}
	}
	return 0;
}

static void add_parent(void *arg, const struct ss_dentry *d)
{
	const uint64_t parent = d->parent;
	struct pins *p = arg;

	if (parent != d->address && addresses_add(&p->parents, &parent, 1))
		p->err = -ENOMEM;
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
	if (err == -E2BIG)
		return 0;
	if (!err)
		err = make_room(p);
	if (!err)
		err = census_peek_dentries(p->census, p->all, p->count, add_parent, p);
	if (!err)
		err = p->err;
	if (err)
		return err;
	addresses_sort(&p->parents);
	return census_peek_dentries(p->census, p->all, p->count, add, p);
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
	free(p->survivors);
	free(p->all);
	addresses_deinit(&p->parents);
	return err;
}
