// SPDX-License-Identifier: GPL-2.0-or-later
/* Births of dentries as a report has them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dentry_births_report.h"
#include "dentry_place.h"

#define ROLL_ROOM	65536
#define GROWING_MIN	30  /* dentries that are held, before anybody worries */
#define GROWING_S	2.0 /* and seconds */
#define GROWING_QUARTER 0.1 /* of them born in each quarter of the watch */
#define NEVER_PUT	0.9 /* of them, with no put at all */
#define CHURN		0.1 /* below this share of births alive, births count, not the living */
#define PINNED_FEW	0.1 /* of the living: the others are cache */
#define HALF		0.5

/* ---- who ---- */

static int by_births(const void *a, const void *b)
{
	const struct born_who *x = a, *y = b;

	if (x->counts[BORN_ALL] != y->counts[BORN_ALL])
		return x->counts[BORN_ALL] > y->counts[BORN_ALL] ? -1 : 1;
	if (memcmp(&x->program, &y->program, sizeof(x->program)))
		return memcmp(&x->program, &y->program, sizeof(x->program));
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int by_program(const void *a, const void *b)
{
	const struct born_who *x = a, *y = b;

	return memcmp(&x->program, &y->program, sizeof(x->program));
}

static void name_who(struct born_who *w, struct cgroups *cgroups)
{
	memcpy(w->comm, w->program.comm, sizeof(w->program.comm));
	w->comm[sizeof(w->program.comm)] = '\0';
	w->cgroup = cgroups ? cgroups_path(cgroups, w->program.cgroup) : NULL;
	if (!w->cgroup || !cgroups_container(w->cgroup, w->container))
		w->container[0] = '\0';
}

static int add_processes(struct dentry_births_report *r, struct cgroups *cgroups)
{
	const size_t count = dentry_births_input(r->births)->proc_cnt;
	const struct born_proc *procs = dentry_births_procs(r->births);

	r->processes.at = calloc(count + 1, sizeof(*r->processes.at));
	if (!r->processes.at)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct born_who *w = &r->processes.at[r->processes.count++];

		w->program.cgroup = procs[i].is->key.cgroup;
		memcpy(w->program.comm, procs[i].is->key.comm, sizeof(w->program.comm));
		w->pid = procs[i].is->key.tgid;
		w->pids = w->pid != 0;
		memcpy(w->counts, procs[i].counts, sizeof(w->counts));
		name_who(w, cgroups);
	}
	return 0;
}

/* Processes of one name and cgroup are one program. */
static int add_programs(struct dentry_births_report *r)
{
	const size_t count = r->processes.count;
	struct born_who *to;

	r->programs.at = calloc(count + 1, sizeof(*to));
	if (!r->programs.at)
		return -ENOMEM;
	qsort(r->processes.at, count, sizeof(*to), by_program);
	for (size_t i = 0; i < count; i++) {
		const struct born_who *from = &r->processes.at[i];

		to = r->programs.count ? &r->programs.at[r->programs.count - 1] : NULL;
		if (!to || by_program(to, from)) {
			r->programs.at[r->programs.count++] = *from;
			continue;
		}
		to->pid = 0;
		to->pids += from->pids;
		for (int n = 0; n < BORN_COUNTS; n++)
			to->counts[n] += from->counts[n];
	}
	return 0;
}

/* ---- names ---- */

struct name_key {
	struct born_program program;
	const char *path, *pattern;
	size_t path_len, pattern_len;
};

static struct name_key read_key(const struct top_entry *e)
{
	struct name_key key;

	memcpy(&key.program, e->key, sizeof(key.program));
	key.path = (const char *)e->key + sizeof(key.program);
	key.path_len = strlen(key.path);
	key.pattern = key.path + key.path_len + 1;
	key.pattern_len = e->key_len - sizeof(key.program) - key.path_len - 1;
	return key;
}

/* Of some filesystems only: what their names say of programs, not what was counted. */
static void filter_programs(struct dentry_births_report *r)
{
	const struct top *names = dentry_births_names(r->births);

	for (size_t i = 0; i < r->programs.count; i++)
		memset(r->programs.at[i].counts, 0, sizeof(r->programs.at[i].counts));
	for (size_t i = 0; i < top_count(names); i++) {
		const struct top_entry e = top_entry(names, i);
		struct born_who key = {.program = read_key(&e).program}, *w;

		w = bsearch(&key, r->programs.at, r->programs.count, sizeof(key), by_program);
		for (int n = 0; w && n < BORN_COUNTS; n++)
			w->counts[n] += e.values[n];
	}
}

enum roll { ROLL_PATH = 1, ROLL_PATTERN = 2, ROLL_FOLD = 4 };

/* The names by some of what they are; weighed by a count, which comes before all others. */
static int roll(const struct dentry_births_report *r, const struct born_program *only, int what,
		enum born_count weight, struct top **ret_table)
{
	const struct top *names = dentry_births_names(r->births);
	int err = top_create(ROLL_ROOM, BORN_COUNTS + 1, ret_table);

	for (size_t i = 0; i < top_count(names) && !err; i++) {
		const struct top_entry e = top_entry(names, i);
		const struct name_key name = read_key(&e);
		uint64_t values[BORN_COUNTS + 1];
		char key[DENTRY_PATH + DENTRIES_PATTERN];
		size_t len = 0;

		if (only && memcmp(only, &name.program, sizeof(*only)))
			continue;
		if (what & ROLL_FOLD)
			dentry_place_fold(name.path, key);
		else if (what & ROLL_PATH)
			memcpy(key, name.path, name.path_len + 1);
		if (what & ROLL_PATH)
			len = strlen(key) + 1;
		if (what & ROLL_PATTERN) {
			memcpy(key + len, name.pattern, name.pattern_len);
			len += name.pattern_len;
		}
		memcpy(values + 1, e.values, sizeof(values) - sizeof(values[0]));
		values[0] = values[1 + weight];
		err = top_add(*ret_table, key, len, values);
		if (err)
			top_destroy(*ret_table);
	}
	return err;
}

static int read_name(const struct top_entry *e, int what, struct born_name *ret_name)
{
	const char *key = e->key;
	size_t skip = what & ROLL_PATH ? strlen(key) + 1 : 0;

	*ret_name = (struct born_name){.undercount = e->undercount};
	memcpy(ret_name->counts, e->values + 1, sizeof(ret_name->counts));
	if (what & ROLL_PATH)
		ret_name->path = strdup(key);
	if (what & ROLL_PATTERN)
		ret_name->pattern = strndup(key + skip, e->key_len - skip);
	return (what & ROLL_PATH && !ret_name->path) || (what & ROLL_PATTERN && !ret_name->pattern)
		       ? -ENOMEM
		       : 0;
}

static int read_names(const struct top *table, int what, size_t rows_max, struct born_names *names)
{
	size_t count = top_count(table) < rows_max ? top_count(table) : rows_max;
	autofree struct top_entry *entries = calloc(count + 1, sizeof(*entries));
	int err = 0;

	names->at = calloc(count + 1, sizeof(*names->at));
	if (!entries || !names->at)
		return -ENOMEM;
	names->known = top_count(table);
	names->incomplete |= top_lost(table).entries != 0;
	count = top_rank(table, count, entries);
	while (names->count < count && !err) {
		err = read_name(&entries[names->count], what, &names->at[names->count]);
		names->count++;
	}
	return err;
}

static int add_names(struct dentry_births_report *r, int what, size_t rows_max,
		     struct born_names *names)
{
	struct top *table;
	int err = roll(r, NULL, what, BORN_ALL, &table);

	if (err)
		return err;
	names->incomplete = top_lost(dentry_births_names(r->births)).entries;
	err = read_names(table, what, rows_max, names);
	top_destroy(table);
	return err;
}

/* ---- stacks ---- */

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

	if (held < GROWING_MIN || held <= HALF * s->counts[BORN_LIVING] ||
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

static int add_sites(struct dentry_births_report *r)
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

/* ---- the verdict ---- */

/* What more than half of a program's dentries are: the most exact that can be said. */
static int name_most(struct dentry_births_report *r, const struct born_who *who)
{
	static const int ways[] = {
		ROLL_PATH | ROLL_PATTERN,
		ROLL_PATH | ROLL_PATTERN | ROLL_FOLD,
		ROLL_PATTERN,
		ROLL_PATH,
		ROLL_PATH | ROLL_FOLD,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways) && !r->name.path && !r->name.pattern; i++) {
		struct top_entry most;
		struct top *table;
		uint64_t sum = 0;
		int err = roll(r, &who->program, ways[i], r->measure, &table);

		if (err)
			return err;
		for (size_t n = 0; n < top_count(table); n++)
			sum += top_entry(table, n).values[0];
		sum += top_lost(table).weight;
		if (top_rank(table, 1, &most) && most.values[0] > HALF * sum)
			err = read_name(&most, ways[i], &r->name);
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

static int judge(struct dentry_births_report *r)
{
	uint64_t most = 0;

	r->measure = r->all[BORN_LIVING] < CHURN * r->all[BORN_ALL] ? BORN_ALL : BORN_LIVING;
	for (size_t i = 0; i < r->programs.count; i++) {
		uint64_t n = r->programs.at[i].counts[r->measure];

		if (n > HALF * r->all[r->measure] && n > most) {
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

double born_rate(const struct dentry_births_report *r, uint64_t count)
{
	double s = dentry_births_input(r->births)->seconds;

	return s > 0 ? count / s : 0;
}

bool born_scaled(const struct dentry_births_report *r)
{
	return dentry_births_input(r->births)->totals.scale > 1;
}

/* ---- all of it ---- */

static void add_up(struct dentry_births_report *r)
{
	for (size_t i = 0; i < r->programs.count; i++)
		for (int n = 0; n < BORN_COUNTS; n++)
			r->all[n] += r->programs.at[i].counts[n];
}

int dentry_births_report_build(struct dentry_births_report *r, const struct dentry_births *b,
			       const struct symbols *symbols, struct cgroups *cgroups,
			       size_t rows_max)
{
	int err;

	r->births = b;
	r->symbols = symbols;
	err = add_processes(r, cgroups);
	if (!err)
		err = add_programs(r);
	if (!err)
		err = add_names(r, ROLL_PATH, rows_max, &r->directories);
	if (!err)
		err = add_names(r, ROLL_PATH | ROLL_FOLD, rows_max, &r->shapes);
	if (!err)
		err = add_names(r, ROLL_PATTERN, rows_max, &r->patterns);
	if (!err)
		err = add_names(r, ROLL_PATH | ROLL_PATTERN, rows_max, &r->floods);
	if (!err)
		err = add_sites(r);
	if (!err) {
		if (r->filtered)
			filter_programs(r);
		qsort(r->processes.at, r->processes.count, sizeof(*r->processes.at), by_births);
		qsort(r->programs.at, r->programs.count, sizeof(*r->programs.at), by_births);
		add_up(r);
		err = judge(r);
	}
	if (err)
		dentry_births_report_deinit(r);
	return err;
}

static void names_deinit(struct born_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		free(names->at[i].path);
		free(names->at[i].pattern);
	}
	free(names->at);
	*names = (struct born_names){0};
}

void dentry_births_report_deinit(struct dentry_births_report *r)
{
	free(r->processes.at);
	free(r->programs.at);
	free(r->sites);
	free(r->name.path);
	free(r->name.pattern);
	names_deinit(&r->directories);
	names_deinit(&r->shapes);
	names_deinit(&r->patterns);
	names_deinit(&r->floods);
	*r = (struct dentry_births_report){.filtered = r->filtered, .top = r->top};
}
