// SPDX-License-Identifier: GPL-2.0-or-later
/* Two reports held against each other, in numbers. */
#include "diff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "interner.h"
#include "report_source.h"

static int add_report(struct diff *d, const struct report *r, size_t half)
{
	const struct snapshot *s = r->snapshot;

	for (size_t i = 0; i < s->origin_cnt; i++) {
		struct diff_row *row;
		char key[ORIGIN_NAME_KEY];
		size_t size = origin_name_key(r, &s->origins[i], d->by_cache, key);
		uint32_t number;
		bool is_new;

		if (!size || interner_number(d->names, key, size, &number, &is_new))
			return size ? -ENOMEM : -ENAMETOOLONG;
		row = &d->rows[number - 1];
		if (is_new) {
			origin_name_of(d->names->things[number - 1].key, &row->name);
			d->row_cnt = number;
		}
		origin_sum_add((struct origin_sum *)((char *)row + half), &s->origins[i]);
	}
	return 0;
}

/* A leak, and be it one that is passed over. */
static bool leaks(const struct origin_sum *h)
{
	return h->leak || h->passed_leak;
}

static int sign(double number)
{
	return (number > 0) - (number < 0);
}

/* Which way it went: 1 up, -1 down; 0: neither, or that may be by the length alone. */
static int way_of(const struct diff *d, const struct diff_row *row)
{
	int bytes = sign(row->bytes ? row->bytes : row->objects);
	int rate = sign(row->bytes ? row->bytes_per_s : row->objects_per_s);

	if (!d->by_rate)
		return bytes;
	if (leaks(&row->a) || leaks(&row->b))
		return sign(row->bytes_per_s ? row->bytes_per_s : row->objects_per_s);
	return bytes == rate ? bytes : 0;
}

static enum diff_change change_of(const struct diff *d, const struct diff_row *row)
{
	int way = way_of(d, row);

	if (!row->a.objects || !row->b.objects)
		return row->b.objects ? DIFF_NEW : row->a.objects ? DIFF_GONE : DIFF_SAME;
	if (way)
		return way > 0 ? DIFF_GROWN : DIFF_SHRUNK;
	return d->by_rate && !leaks(&row->a) && !leaks(&row->b) ? DIFF_UNCLEAR : DIFF_SAME;
}

static bool is_beyond(const struct diff *d, double before, double after)
{
	return after > before * (1 + d->growth_percent / 100);
}

/* By more than the percentage, in that by which it is compared; of a leak of no known bytes,
 * objects. */
static bool leak_grew(const struct diff *d, const struct diff_row *row)
{
	bool bytes = row->a.bytes && row->b.bytes;

	if (d->by_rate)
		return bytes ? is_beyond(d, row->a.bytes_per_s, row->b.bytes_per_s)
			     : is_beyond(d, row->a.objects_per_s, row->b.objects_per_s);
	return bytes ? is_beyond(d, row->a.bytes, row->b.bytes)
		     : is_beyond(d, row->a.objects, row->b.objects);
}

/* What is no leak, from so many bytes in A to so many in B. */
static bool grew(const struct diff *d, double before, double after)
{
	const double floor = DIFF_GROWTH_BYTES;
	double lengths;

	if (!is_beyond(d, before, after) || after - before <= floor)
		return false;
	if (!d->by_rate)
		return true;
	/* As many as A would have had in the time of B. */
	lengths = d->b->snapshot->booked_s / d->a->snapshot->booked_s;
	return is_beyond(d, before * lengths, after) && after - before * lengths > floor;
}

/*
 * Is it only what the kernel frees when memory is short? That warms up, and is more after more
 * has happened. What else has the name did not grow.
 */
static bool only_cache_grew(const struct diff *d, const struct diff_row *row)
{
	const struct verdict *v = row->b.judged->verdict;

	return v && v->kind == VERDICT_CACHE &&
	       !grew(d, row->a.bytes - row->a.cache_bytes, row->b.bytes - row->b.cache_bytes);
}

/* Of a row whose origins in B are a leak or not, and passed over or not. */
static enum diff_fault bare_fault(const struct diff *d, const struct diff_row *row, bool leak)
{
	if (leak && !leaks(&row->a))
		return DIFF_LEAK_NEW;
	if (leak)
		return leak_grew(d, row) ? DIFF_LEAK_GROWN : DIFF_FINE;
	if (!grew(d, row->a.bytes, row->b.bytes))
		return DIFF_FINE;
	if (row->b.ghosts)
		return DIFF_DOUBTFUL;
	return !d->count_caches && only_cache_grew(d, row) ? DIFF_CACHE : DIFF_GREW;
}

/* Where only some of the origins of a name are suppressed, the others count. */
static enum diff_fault fault_of(const struct diff *d, const struct diff_row *row)
{
	enum diff_fault fault;

	if (!row->b.suppressed_by)
		return bare_fault(d, row, row->b.leak);
	fault = bare_fault(d, row, leaks(&row->b));
	return diff_counts(fault) ? DIFF_PASSED : fault;
}

static void finish(struct diff *d)
{
	for (size_t i = 0; i < d->row_cnt; i++) {
		struct diff_row *row = &d->rows[i];

		origin_sum_rate(&row->a, d->a);
		origin_sum_rate(&row->b, d->b);
		row->objects = (int64_t)row->b.objects - (int64_t)row->a.objects;
		row->bytes = (int64_t)row->b.bytes - (int64_t)row->a.bytes;
		row->objects_per_s = row->b.objects_per_s - row->a.objects_per_s;
		row->bytes_per_s = row->b.bytes_per_s - row->a.bytes_per_s;
		row->change = change_of(d, row);
		row->fault = fault_of(d, row);
		d->changes[row->change]++;
		d->faults[row->fault]++;
	}
}

static int larger(double x, double y)
{
	return sign(fabs(y) - fabs(x));
}

static int by_bytes(const void *a, const void *b)
{
	const struct diff_row *x = a, *y = b;
	int order = larger(x->bytes, y->bytes);

	order = order ? order : larger(x->objects, y->objects);
	return order ? order : origin_name_compare(&x->name, &y->name);
}

static int by_rate(const void *a, const void *b)
{
	const struct diff_row *x = a, *y = b;
	int order = larger(x->bytes_per_s, y->bytes_per_s);

	order = order ? order : larger(x->objects_per_s, y->objects_per_s);
	return order ? order : origin_name_compare(&x->name, &y->name);
}

static bool is_one_trace(const struct report *a, const struct report *b)
{
	return a->source && b->source && a->source->began == b->source->began &&
	       !strcmp(a->host, b->host) && !strcmp(a->release, b->release);
}

static bool lengths_differ(const struct report *a, const struct report *b)
{
	double x = a->snapshot->booked_s, y = b->snapshot->booked_s;

	return x > 0 && y > 0 && fmax(x, y) > DIFF_LENGTH * fmin(x, y);
}

static int fill(struct diff *d)
{
	size_t most = d->a->snapshot->origin_cnt + d->b->snapshot->origin_cnt;
	int err;

	d->names = calloc(1, sizeof(*d->names));
	d->rows = calloc(most + 1, sizeof(*d->rows));
	if (!d->names || !d->rows)
		return -ENOMEM;
	err = add_report(d, d->a, offsetof(struct diff_row, a));
	if (!err)
		err = add_report(d, d->b, offsetof(struct diff_row, b));
	if (!err && !d->by_cache)
		err = diff_join_aliases(d);
	if (err)
		return err;
	finish(d);
	qsort(d->rows, d->row_cnt, sizeof(*d->rows), d->by_rate ? by_rate : by_bytes);
	return diff_fold(d);
}

int diff_create(const struct report *a, const struct report *b, double growth_percent,
		bool count_caches, struct diff **ret_diff)
{
	struct diff *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	d->a = a;
	d->b = b;
	d->growth_percent = growth_percent;
	d->count_caches = count_caches;
	d->one_trace = is_one_trace(a, b);
	d->by_rate = !d->one_trace && lengths_differ(a, b);
	d->by_cache = symbols_hidden(a->symbols) || symbols_hidden(b->symbols);
	err = fill(d);
	if (err)
		diff_destroy(d);
	else
		*ret_diff = d;
	return err;
}

void diff_destroy(struct diff *d)
{
	if (!d)
		return;
	if (d->names)
		interner_deinit(d->names);
	free(d->names);
	free(d->rows);
	free(d);
}

bool diff_counts(enum diff_fault fault)
{
	return fault == DIFF_LEAK_NEW || fault == DIFF_LEAK_GROWN || fault == DIFF_GREW;
}

size_t diff_failed(const struct diff *d)
{
	return d->faults[DIFF_LEAK_NEW] + d->faults[DIFF_LEAK_GROWN] + d->faults[DIFF_GREW];
}

const char *diff_change_name(enum diff_change change)
{
	static const char *const names[DIFF_CHANGES] = {
		[DIFF_NEW] = "new",	  [DIFF_GONE] = "gone",	      [DIFF_GROWN] = "grown",
		[DIFF_SHRUNK] = "shrunk", [DIFF_UNCLEAR] = "unclear", [DIFF_SAME] = "same",
	};

	return names[change];
}

const char *diff_fault_name(enum diff_fault fault)
{
	static const char *const names[DIFF_FAULTS] = {
		[DIFF_FINE] = "none",
		[DIFF_LEAK_NEW] = "new leak",
		[DIFF_LEAK_GROWN] = "leak grown",
		[DIFF_GREW] = "grown",
		[DIFF_DOUBTFUL] = "doubtful",
		[DIFF_CACHE] = "cache",
		[DIFF_PASSED] = "suppressed",
	};

	return names[fault];
}
