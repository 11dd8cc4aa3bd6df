// SPDX-License-Identifier: GPL-2.0-or-later
/* What births amount to: a leak, a program that makes most of them, or many. */
#include "cleanup.h"
#include "dentry_births_private.h"

#define CHURN	   0.1 /* below this share of births alive, births count, not the living */
#define PINNED_FEW 0.1 /* of the living: the others are cache */

/* What more than half of a program's dentries are: the most exact that can be said. */
static int name_most(struct dentry_births_report *r, const struct born_who *who)
{
	static const int ways[] = {
		BORN_BY_PATH | BORN_BY_PATTERN,
		BORN_BY_PATH | BORN_BY_PATTERN | BORN_BY_FOLD,
		BORN_BY_PATTERN,
		BORN_BY_PATH,
		BORN_BY_PATH | BORN_BY_FOLD,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways) && !r->name.path && !r->name.pattern; i++) {
		struct top_entry most;
		struct top *table;
		uint64_t sum = 0;
		int err = born_roll(r, &who->program, ways[i], r->measure, &table);

		if (err)
			return err;
		for (size_t n = 0; n < top_count(table); n++)
			sum += top_entry(table, n).values[0];
		sum += top_lost(table).weight;
		if (top_rank(table, 1, &most) && most.values[0] > BORN_HALF * sum)
			err = born_read_name(&most, ways[i], &r->name);
		top_destroy(table);
		if (err)
			return err;
	}
	return 0;
}

static void find_growing(struct dentry_births_report *r)
{
	for (size_t i = 0; i < r->site_cnt; i++) {
		const struct born_site *s = &r->sites[i];

		if (s->growing &&
		    (!r->site || s->stack->counts[BORN_HELD] > r->site->stack->counts[BORN_HELD]))
			r->site = s;
	}
}

/*
 * Sockets, pipes and what else has no name are never put until they are closed, so
 * that says nothing of them.
 */
static bool is_leak(const struct born_site *s)
{
	return s->never_put && s->entry != BORN_D_ALLOC_PSEUDO && s->entry != BORN_D_ALLOC_ANON &&
	       s->entry != BORN_ELSEWHERE;
}

int born_judge(struct dentry_births_report *r)
{
	uint64_t most = 0;

	r->measure = r->all[BORN_LIVING] < CHURN * r->all[BORN_ALL] ? BORN_ALL : BORN_LIVING;
	for (size_t i = 0; i < r->programs.count; i++) {
		uint64_t n = r->programs.at[i].counts[r->measure];

		if (n > BORN_HALF * r->all[r->measure] && n > most) {
			most = n;
			r->who = &r->programs.at[i];
		}
	}
	find_growing(r);
	if (!r->all[BORN_ALL])
		r->kind = BORN_KIND_NONE;
	else if (r->site)
		r->kind = is_leak(r->site) ? BORN_KIND_LEAK : BORN_KIND_HELD;
	else
		r->kind = r->who ? BORN_KIND_ONE : BORN_KIND_MANY;
	return r->who ? name_most(r, r->who) : 0;
}

const char *born_kind_name(enum born_kind kind)
{
	static const char *const names[] = {"none", "leak", "held", "one", "many"};

	return names[kind];
}

const char *born_kind_verdict(const struct dentry_births_report *r)
{
	const uint64_t *n = r->kind == BORN_KIND_ONE ? r->who->counts : r->all;

	if (r->kind == BORN_KIND_LEAK)
		return "leak";
	if (r->kind == BORN_KIND_HELD || r->kind == BORN_KIND_NONE)
		return "unknown";
	return n[BORN_HELD] <= PINNED_FEW * n[BORN_LIVING] ? "cache" : "unknown";
}
