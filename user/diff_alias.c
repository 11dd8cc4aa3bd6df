// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two kernels merge other caches, and call a merged one by another of its names: what is
 * UDP here is signal_cache there. Rows that only A and only B have are one, when they
 * have the same call site, a cache of the one goes by a name of the other, and no other
 * row could be meant.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "diff.h"

#define CACHES_MAX 256 /* of one call site: many more are nobody's kernel */

static int by_site(const void *a, const void *b)
{
	const struct diff_row *x = *(struct diff_row *const *)a, *y = *(struct diff_row *const *)b;
	int order = origin_name_compare_site(&x->name, &y->name);

	return order ? order : strcmp(x->name.cache, y->name.cache);
}

static bool goes_by(const struct report *r, const char *cache, const char *name)
{
	return !strcmp(cache, name) || (r->after && slabs_is_alias(r->after, cache, name));
}

/* Does a cache of A have a name in common with one of B? */
static bool have_a_name(const struct diff *d, const char *a, const char *b)
{
	const char *alias;

	if (goes_by(d->a, a, b) || goes_by(d->b, b, a))
		return true;
	for (size_t i = 0; d->a->after && (alias = slabs_alias(d->a->after, a, i)); i++)
		if (goes_by(d->b, b, alias))
			return true;
	return false;
}

static bool only_a_has(const struct diff_row *row)
{
	return row->a.origins && !row->b.origins;
}

static bool only_b_has(const struct diff_row *row)
{
	return row->b.origins && !row->a.origins;
}

/* Rows of one call site. */
struct site {
	struct diff_row **rows;
	size_t count;
};

/* The only row of the other report that may be the same; NULL: there is none, or more. */
static struct diff_row *only_other(const struct diff *d, const struct site *s,
				   const struct diff_row *row)
{
	struct diff_row *found = NULL;

	for (size_t i = 0; i < s->count; i++) {
		struct diff_row *x = s->rows[i];
		bool same =
			only_a_has(row)
				? only_b_has(x) && have_a_name(d, row->name.cache, x->name.cache)
				: only_a_has(x) && have_a_name(d, x->name.cache, row->name.cache);

		if (same && found)
			return NULL;
		if (same)
			found = x;
	}
	return found;
}

/* What is A's alone goes to the row of B, and leaves one that nobody has. */
static void join(const struct diff *d, const struct site *s)
{
	for (size_t i = 0; i < s->count && s->count <= CACHES_MAX; i++) {
		struct diff_row *a = s->rows[i];
		struct diff_row *b = only_a_has(a) ? only_other(d, s, a) : NULL;

		if (!b || only_other(d, s, b) != a)
			continue;
		b->a = a->a;
		b->cache_in_a = a->name.cache;
		a->a = (struct origin_sum){};
	}
}

static void drop_empty(struct diff *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->row_cnt; i++)
		if (d->rows[i].a.origins || d->rows[i].b.origins)
			d->rows[kept++] = d->rows[i];
	d->row_cnt = kept;
}

int diff_join_aliases(struct diff *d)
{
	autofree struct diff_row **rows = calloc(d->row_cnt + 1, sizeof(struct diff_row *));
	size_t count = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < d->row_cnt; i++)
		if (d->rows[i].name.function &&
		    (only_a_has(&d->rows[i]) || only_b_has(&d->rows[i])))
			rows[count++] = &d->rows[i];
	if (count)
		qsort(rows, count, sizeof(*rows), by_site);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1;
		     end < count && !origin_name_compare_site(&rows[i]->name, &rows[end]->name);)
			end++;
		join(d, &(struct site){rows + i, end - i});
	}
	drop_empty(d);
	return 0;
}
