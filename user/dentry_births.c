// SPDX-License-Identifier: GPL-2.0-or-later
/* What the births and deaths of dentries add up to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dentry_births.h"

/* One that was born and lives, as the census met it. */
struct met {
	const struct births_living *living;
	struct ss_dentry dentry;
};

struct dentry_births {
	struct dentry_births_config config;
	struct dentry_births_counted in;
	struct top *names;
	struct born_proc *procs;
	struct born_stack *stacks;
	struct met *met;
	size_t met_cnt, met_room;
	bool *parents;	      /* of the living: other dentries lie in it */
	uint64_t last_parent; /* the one looked for last */
	uint64_t living[BORN_COUNTS];
};

int dentry_births_create(const struct dentry_births_config *config,
			 struct dentry_births **ret_births)
{
	struct dentry_births *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->config = *config;
	if (top_create(config->room, BORN_COUNTS, &b->names)) {
		free(b);
		return -ENOMEM;
	}
	*ret_births = b;
	return 0;
}

void dentry_births_destroy(struct dentry_births *b)
{
	if (!b)
		return;
	top_destroy(b->names);
	free(b->procs);
	free(b->stacks);
	free(b->met);
	free(b->parents);
	free(b);
}

static int add_name(struct dentry_births *b, const struct ss_proc_key *proc, const char *path,
		    const char *pattern, size_t len, const uint64_t *counts)
{
	struct born_program program = {.cgroup = proc->cgroup};
	char key[sizeof(program) + DENTRY_PATH + DENTRIES_PATTERN];
	size_t path_len = strlen(path) + 1;

	memcpy(program.comm, proc->comm, sizeof(program.comm));
	memcpy(key, &program, sizeof(program));
	memcpy(key + sizeof(program), path, path_len);
	memcpy(key + sizeof(program) + path_len, pattern, len);
	return top_add(b->names, key, sizeof(program) + path_len + len, counts);
}

int dentry_births_died(struct dentry_births *b, const struct ss_obituary *o)
{
	const struct dentries_place place = {.super = o->super, .parent = o->parent};
	const uint64_t counts[BORN_COUNTS] = {[BORN_ALL] = o->weight, [BORN_DEAD] = o->weight};
	char path[DENTRY_PATH], pattern[DENTRIES_PATTERN];
	bool in_memory;
	size_t len;
	int err = b->config.place(b->config.arg, &place, path, &in_memory);

	if (err)
		return err < 0 ? err : 0;
	len = dentries_fold(o->name,
			    o->name_have < sizeof(o->name) ? o->name_have : sizeof(o->name),
			    o->name_len, pattern);
	return add_name(b, &o->proc, path, pattern, len, counts);
}

int dentry_births_counted(struct dentry_births *b, const struct dentry_births_counted *counted)
{
	b->in = *counted;
	b->procs = calloc(b->in.proc_cnt + 1, sizeof(*b->procs));
	b->stacks = calloc(b->in.stack_cnt + 1, sizeof(*b->stacks));
	b->parents = calloc(b->in.living_cnt + 1, sizeof(*b->parents));
	if (!b->procs || !b->stacks || !b->parents)
		return -ENOMEM;
	for (size_t i = 0; i < b->in.proc_cnt; i++) {
		b->procs[i].is = &b->in.procs[i];
		b->procs[i].counts[BORN_ALL] = b->in.procs[i].births;
		b->procs[i].counts[BORN_LIVING] = b->in.procs[i].living;
		/* By the difference: not of every death it is known whose it was. */
		b->procs[i].counts[BORN_DEAD] = b->in.procs[i].births - b->in.procs[i].living;
	}
	for (size_t i = 0; i < b->in.stack_cnt; i++) {
		b->stacks[i].is = &b->in.stacks[i];
		b->stacks[i].counts[BORN_ALL] = b->in.stacks[i].births;
		b->stacks[i].last_put = -1;
	}
	return 0;
}

static int by_address(const void *key, const void *element)
{
	uint64_t address = *(const uint64_t *)key;
	const struct births_living *l = element;

	return (address > l->address) - (address < l->address);
}

static const struct births_living *find_living(const struct dentry_births *b, uint64_t address)
{
	return b->in.living_cnt ? bsearch(&address, b->in.living, b->in.living_cnt,
					  sizeof(*b->in.living), by_address)
				: NULL;
}

int dentry_births_met(struct dentry_births *b, const struct ss_dentry *dentry)
{
	const struct births_living *l = find_living(b, dentry->address);

	/* Those of one directory mostly come one after another. */
	if (dentry->parent != dentry->address && dentry->parent != b->last_parent) {
		const struct births_living *parent = find_living(b, dentry->parent);

		b->last_parent = dentry->parent;
		if (parent)
			b->parents[parent - b->in.living] = true;
	}
	if (!l)
		return 0;
	if (b->met_cnt == b->met_room) {
		size_t room = b->met_room ? 2 * b->met_room : 1024;
		struct met *moved = realloc(b->met, room * sizeof(*moved));

		if (!moved)
			return -ENOMEM;
		b->met = moved;
		b->met_room = room;
	}
	b->met[b->met_cnt++] = (struct met){.living = l, .dentry = *dentry};
	return 0;
}

static int by_proc(const void *key, const void *element)
{
	return memcmp(key, &((const struct born_proc *)element)->is->key,
		      sizeof(struct ss_proc_key));
}

static int by_id(const void *key, const void *element)
{
	int32_t id = *(const int32_t *)key, other = ((const struct born_stack *)element)->is->id;

	return (id > other) - (id < other);
}

static struct born_stack *find_stack(const struct dentry_births *b, int32_t id)
{
	return b->in.stack_cnt ? bsearch(&id, b->stacks, b->in.stack_cnt, sizeof(*b->stacks), by_id)
			       : NULL;
}

/* The stack that most have, if more than half do (Boyer, Moore: MJRTY, 1981). */
static void vote(struct born_stack *s, int32_t id, uint64_t weight)
{
	if (s->last_put == id) {
		s->last_put_lead += weight;
	} else if (s->last_put_lead >= weight) {
		s->last_put_lead -= weight;
	} else {
		s->last_put = id;
		s->last_put_lead = weight - s->last_put_lead;
	}
}

static void add_stack(struct dentry_births *b, const struct ss_born *born, const uint64_t *counts)
{
	struct born_stack *s = born->weight ? find_stack(b, born->stack) : NULL;
	uint64_t quarter = b->in.ticks ? BORN_QUARTERS * (uint64_t)born->tick / b->in.ticks : 0;

	if (!s)
		return;
	for (int i = BORN_LIVING; i < BORN_COUNTS; i++)
		s->counts[i] += counts[i] * born->weight;
	if (!counts[BORN_HELD])
		return;
	s->quarters[quarter < BORN_QUARTERS ? quarter : BORN_QUARTERS - 1] +=
		counts[BORN_HELD] * born->weight;
	if (!born->puts)
		s->never_put += counts[BORN_HELD] * born->weight;
	else if (born->last_put >= 0)
		vote(s, born->last_put, counts[BORN_HELD]);
}

static int add_met(struct dentry_births *b, const struct met *m)
{
	const struct ss_dentry *d = &m->dentry;
	const struct dentries_place place = {
		.super = d->super,
		.parent = d->parent == d->address ? 0 : d->parent,
	};
	const uint64_t scale = b->in.totals.scale > 1 ? b->in.totals.scale : 1;
	uint64_t counts[BORN_COUNTS] = {[BORN_ALL] = scale, [BORN_LIVING] = scale};
	uint64_t states[DENTRIES_COUNTS] = {0};
	char path[DENTRY_PATH], pattern[DENTRIES_PATTERN];
	struct born_proc *p;
	bool in_memory = false;
	size_t len;
	int err = b->config.place(b->config.arg, &place, path, &in_memory);

	if (err)
		return err < 0 ? err : 0;
	dentries_state(b->config.dentries, in_memory, d, states);
	counts[BORN_NEGATIVE] = scale * states[DENTRIES_NEGATIVE];
	if (states[DENTRIES_PINNED] && !states[DENTRIES_KEPT] &&
	    !(d->flags & b->config.dentries->cursor) && !b->parents[m->living - b->in.living])
		counts[BORN_HELD] = scale;
	for (int i = 0; i < BORN_COUNTS; i++)
		b->living[i] += counts[i];
	p = b->in.proc_cnt ? bsearch(&m->living->born.proc, b->procs, b->in.proc_cnt,
				     sizeof(*b->procs), by_proc)
			   : NULL;
	if (p) {
		p->counts[BORN_NEGATIVE] += counts[BORN_NEGATIVE];
		p->counts[BORN_HELD] += counts[BORN_HELD];
	}
	add_stack(b, &m->living->born, counts);
	len = dentries_fold(d->name, SS_NAME_SHORT, d->name_len, pattern);
	return add_name(b, &m->living->born.proc, path, pattern, len, counts);
}

int dentry_births_end(struct dentry_births *b)
{
	int err = 0;

	for (size_t i = 0; i < b->met_cnt && !err; i++)
		err = add_met(b, &b->met[i]);
	/* Two estimates of the same: of one's living no more than all are negative. */
	for (size_t i = 0; i < b->in.proc_cnt; i++) {
		uint64_t *n = b->procs[i].counts;

		for (int what = BORN_NEGATIVE; what < BORN_COUNTS; what++)
			if (n[what] > n[BORN_LIVING])
				n[what] = n[BORN_LIVING];
	}
	for (size_t i = 0; i < b->in.stack_cnt; i++) {
		uint64_t *n = b->stacks[i].counts;

		n[BORN_DEAD] = n[BORN_ALL] > n[BORN_LIVING] ? n[BORN_ALL] - n[BORN_LIVING] : 0;
	}
	return err;
}

const struct dentry_births_counted *dentry_births_input(const struct dentry_births *b)
{
	return &b->in;
}

const struct born_proc *dentry_births_procs(const struct dentry_births *b)
{
	return b->procs;
}

const struct born_stack *dentry_births_stacks(const struct dentry_births *b)
{
	return b->stacks;
}

const struct born_stack *dentry_births_stack(const struct dentry_births *b, int32_t id)
{
	return find_stack(b, id);
}

const struct top *dentry_births_names(const struct dentry_births *b)
{
	return b->names;
}

const uint64_t *dentry_births_living(const struct dentry_births *b)
{
	return b->living;
}
