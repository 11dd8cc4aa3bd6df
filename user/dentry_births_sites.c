// SPDX-License-Identifier: GPL-2.0-or-later
/* The call stacks of births: where a dentry is made, and where it was last put. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dentry_births_private.h"

#define GROWING_MIN	30  /* dentries that are held, before anybody worries */
#define GROWING_S	2.0 /* and seconds */
#define GROWING_QUARTER 0.1 /* of them born in each quarter of the watch */
#define NEVER_PUT	0.9 /* of them, with no put at all */

/* What the compiler makes of a function: "d_alloc.isra.0". */
static bool is_function(const char *symbol, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(symbol, name, len) && (!symbol[len] || symbol[len] == '.');
}

const char *born_entry_name(enum born_entry entry)
{
	static const char *const names[BORN_ENTRIES] = {
		"d_alloc", "d_alloc_parallel", "d_alloc_anon", "d_alloc_pseudo", "d_alloc_cursor",
		"other",   "no_stack",
	};

	return names[entry];
}

/* The outermost of them counts: d_alloc_parallel() calls d_alloc(). */
static void find_entry(const struct symbols *symbols, const uint64_t *frames,
		       struct born_site *site)
{
	bool found = false;

	site->entry = BORN_ELSEWHERE;
	for (size_t i = 0; i < site->frame_cnt; i++) {
		struct symbol symbol = symbols_find(symbols, frames[i]);
		int entry = 0;

		if (!symbol.name)
			continue;
		while (entry < BORN_ELSEWHERE && !is_function(symbol.name, born_entry_name(entry)))
			entry++;
		if (entry < BORN_ELSEWHERE)
			site->entry = entry;
		else if (!is_function(symbol.name, "__d_alloc")) {
			if (found)
				return;
			continue;
		}
		if (!found)
			site->first = i;
		site->outer = i + 1 < site->frame_cnt ? i + 1 : i;
		found = true;
	}
}

/* The frame of dput(), or the first. */
static size_t find_put(const struct symbols *symbols, const struct births_stack *stack)
{
	for (size_t i = 0; i < SS_BORN_FRAMES && stack->frames[i]; i++) {
		struct symbol symbol = symbols_find(symbols, stack->frames[i]);

		if (symbol.name && is_function(symbol.name, "dput"))
			return i;
	}
	return 0;
}

static bool is_growing(const struct dentry_births_report *r, const struct born_stack *s)
{
	const uint64_t held = s->counts[BORN_HELD];

	if (held < GROWING_MIN || held <= BORN_HALF * s->counts[BORN_LIVING] ||
	    dentry_births_input(r->births)->seconds < GROWING_S)
		return false;
	for (int i = 0; i < BORN_QUARTERS; i++)
		if (s->quarters[i] < GROWING_QUARTER * held)
			return false;
	return true;
}

static int by_stack(const void *a, const void *b)
{
	const struct born_site *x = a, *y = b;
	const uint64_t *n = x->stack->counts, *m = y->stack->counts;

	if (n[BORN_ALL] != m[BORN_ALL])
		return n[BORN_ALL] > m[BORN_ALL] ? -1 : 1;
	return (x->stack->is->id > y->stack->is->id) - (x->stack->is->id < y->stack->is->id);
}

static void add_site(struct dentry_births_report *r, const struct born_stack *s)
{
	const struct dentry_births_counted *in = dentry_births_input(r->births);
	struct born_site *site = &r->sites[r->site_cnt++];
	const struct born_stack *put =
		s->last_put < 0 ? NULL : dentry_births_stack(r->births, s->last_put);

	site->stack = s;
	while (site->frame_cnt < SS_BORN_FRAMES && s->is->frames[site->frame_cnt])
		site->frame_cnt++;
	find_entry(r->symbols, s->is->frames, site);
	r->entries[site->entry] += s->counts[BORN_ALL];
	site->growing = is_growing(r, s);
	site->never_put = in->totals.refs && s->never_put > NEVER_PUT * s->counts[BORN_HELD];
	if (put) {
		site->last_put = put->is;
		site->put_first = find_put(r->symbols, put->is);
	}
}

int born_add_sites(struct dentry_births_report *r)
{
	const struct dentry_births_counted *in = dentry_births_input(r->births);
	const struct born_stack *stacks = dentry_births_stacks(r->births);
	uint64_t sum = 0;

	r->sites = calloc(in->stack_cnt + 1, sizeof(*r->sites));
	if (!r->sites)
		return -ENOMEM;
	for (size_t i = 0; i < in->stack_cnt; i++) {
		if (!stacks[i].counts[BORN_ALL])
			continue; /* of a put */
		add_site(r, &stacks[i]);
		sum += stacks[i].counts[BORN_ALL];
	}
	qsort(r->sites, r->site_cnt, sizeof(*r->sites), by_stack);
	r->entries[BORN_STACKLESS] = in->totals.births > sum ? in->totals.births - sum : 0;
	r->stacks_estimated = sum != in->totals.births;
	return 0;
}
