// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of one call site whose cache has several names. */
#include "merge_alias.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "merge_rows.h"

#define ROWS_MAX    256 /* of one call site: many more are nobody's kernel */
#define ALIASES_MAX 256 /* of one cache */

/* A cache of a release. */
struct cache_key {
	uint32_t name, kernel;
};

static int number_name(struct merge_aliases *a, const char *name, uint32_t *ret_number)
{
	bool is_new;

	return interner_number(&a->names, name, strlen(name) + 1, ret_number, &is_new);
}

static int number_cache(struct merge_aliases *a, const char *name, uint32_t kernel,
			uint32_t *ret_number)
{
	struct cache_key key = {.kernel = kernel};
	bool is_new;
	int err = number_name(a, name, &key.name);

	return err ? err : interner_number(&a->caches, &key, sizeof(key), ret_number, &is_new);
}

static int make_room(struct merge_aliases *a, uint32_t number)
{
	uint32_t room = a->room ? a->room : 64;
	struct merge_cache *moved;

	if (number < a->room)
		return 0;
	while (room <= number)
		room *= 2;
	moved = realloc(a->list, room * sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	memset(moved + a->room, 0, (room - a->room) * sizeof(*moved));
	a->list = moved;
	a->room = room;
	return 0;
}

static int add_cache(struct merge_aliases *a, struct merge_cache *c, const struct slabs *slabs,
		     const char *cache)
{
	uint32_t names[ALIASES_MAX], count = 0;
	const char *alias;
	int err = 0;

	for (; count < ALIASES_MAX && !err && (alias = slabs_alias(slabs, cache, count)); count++)
		err = number_name(a, alias, &names[count]);
	if (err || !count)
		return err;
	c->names = malloc(count * sizeof(*c->names));
	if (!c->names)
		return -ENOMEM;
	memcpy(c->names, names, count * sizeof(*c->names));
	c->count = count;
	return 0;
}

/* The first host of a release that knows them tells for all. */
int merge_alias_add(struct merge_aliases *a, uint32_t kernel, const struct report *r)
{
	int err = 0;

	for (size_t i = 0; i < r->snapshot->cache_cnt && r->after && !err; i++) {
		const char *cache = r->snapshot->caches[i].name;
		uint32_t number;

		err = number_cache(a, cache, kernel, &number);
		if (!err)
			err = make_room(a, number);
		if (!err && !a->list[number].count)
			err = add_cache(a, &a->list[number], r->after, cache);
	}
	return err;
}

void merge_alias_deinit(struct merge_aliases *a)
{
	for (uint32_t i = 0; i < a->room; i++)
		free(a->list[i].names);
	free(a->list);
	interner_deinit(&a->names);
	interner_deinit(&a->caches);
}

static int by_site(const void *a, const void *b)
{
	const struct merge_row *x = *(struct merge_row *const *)a,
			       *y = *(struct merge_row *const *)b;
	int order = origin_name_compare_site(&x->name, &y->name);

	return order ? order : strcmp(x->name.cache, y->name.cache);
}

/* Rows of one call site, of which those of one set are one. */
struct site {
	struct merge *m;
	struct merge_row **rows;
	size_t count;
	size_t set[ROWS_MAX]; /* a row of the same set, and in the end the first */
	size_t *owner;	      /* by number of a name: the last row that has it, from 1 */
};

static size_t first_of(const struct site *s, size_t row)
{
	while (s->set[row] != row)
		row = s->set[row];
	return row;
}

static void has_name(struct site *s, size_t row, uint32_t name)
{
	size_t other = s->owner[name] ? first_of(s, s->owner[name] - 1) : row;
	size_t self = first_of(s, row);

	if (other < self)
		s->set[self] = other;
	else
		s->set[other] = self;
	s->owner[name] = row + 1;
}

/* All names of a row's cache, to `take` or to forget. */
static int each_name(struct site *s, size_t row, void (*take)(struct site *, size_t, uint32_t))
{
	const struct merge_row *r = s->rows[row];
	struct merge_aliases *a = &s->m->aliases;
	uint32_t number;
	int err = number_name(a, r->name.cache, &number);

	if (!err)
		take(s, row, number);
	for (uint32_t k = 1; k <= r->kernel_cnt && !err; k++) {
		if (!r->kernels[k - 1].seen)
			continue;
		err = number_cache(a, r->name.cache, k, &number);
		for (uint32_t i = 0; !err && number < a->room && i < a->list[number].count; i++)
			take(s, row, a->list[number].names[i]);
	}
	return err;
}

static void forget_name(struct site *s, size_t row, uint32_t name)
{
	(void)row;
	s->owner[name] = 0;
}

/* Has a release seen two rows of the set? There, these are two caches. */
static bool is_one(const struct site *s, size_t set)
{
	for (uint32_t k = 1; k <= s->m->releases.count; k++) {
		size_t seen = 0;

		for (size_t i = set; i < s->count; i++)
			seen += s->set[i] == set && merge_kernel(s->rows[i], k).seen;
		if (seen > 1)
			return false;
	}
	return true;
}

/* The row that was seen on most hosts gives its name. */
static int join_set(struct site *s, size_t set)
{
	size_t most = set;
	int err = 0;

	for (size_t i = set; i < s->count; i++)
		if (s->set[i] == set && s->rows[i]->seen > s->rows[most]->seen)
			most = i;
	for (size_t i = set; i < s->count && !err; i++)
		if (s->set[i] == set && i != most)
			err = merge_row_join(s->rows[most], s->rows[i]);
	return err;
}

static int join_site(struct site *s)
{
	int err = 0;

	if (s->count < 2 || s->count > ROWS_MAX)
		return 0;
	for (size_t i = 0; i < s->count; i++)
		s->set[i] = i;
	for (size_t i = 0; i < s->count && !err; i++)
		err = each_name(s, i, has_name);
	for (size_t i = 0; i < s->count && !err; i++)
		err = each_name(s, i, forget_name);
	for (size_t i = 0; i < s->count && !err; i++)
		s->set[i] = first_of(s, i);
	for (size_t i = 0; i < s->count && !err; i++)
		if (s->set[i] == i && is_one(s, i))
			err = join_set(s, i);
	return err;
}

static void drop_empty(struct merge *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->row_cnt; i++)
		if (m->rows[i].seen)
			m->rows[kept++] = m->rows[i];
	m->row_cnt = kept;
}

int merge_alias_join(struct merge *m)
{
	autofree struct merge_row **rows = calloc(m->row_cnt + 1, sizeof(struct merge_row *));
	autofree size_t *owner = NULL;
	size_t count = 0;
	int err = rows ? 0 : -ENOMEM;

	for (size_t i = 0; i < m->row_cnt && !err; i++) {
		uint32_t unused;

		if (!m->rows[i].name.function)
			continue;
		rows[count++] = &m->rows[i];
		err = number_name(&m->aliases, m->rows[i].name.cache, &unused);
	}
	if (!err) {
		owner = calloc(m->aliases.names.count + 1, sizeof(*owner));
		err = owner ? 0 : -ENOMEM;
	}
	if (!err && count)
		qsort(rows, count, sizeof(*rows), by_site);
	for (size_t i = 0, end; i < count && !err; i = end) {
		for (end = i + 1;
		     end < count && !origin_name_compare_site(&rows[i]->name, &rows[end]->name);)
			end++;
		err = join_site(
			&(struct site){.m = m, .rows = rows + i, .count = end - i, .owner = owner});
	}
	if (!err)
		drop_empty(m);
	return err;
}
