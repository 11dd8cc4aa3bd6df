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

#define KEY 16384 /* names of a recording have 4096 at most */

/* What a name is without that which differs between kernels that were built from one source. */
static size_t bare_length(const char *function)
{
	static const char wrapped[] = "_noprof"; /* Linux 6.10: what counts allocations by site */
	const char *dot = function[0] ? strchr(function + 1, '.') : NULL;
	size_t len = dot ? (size_t)(dot - function) : strlen(function);
	size_t cut = sizeof(wrapped) - 1;

	return len > cut && !memcmp(function + len - cut, wrapped, cut) ? len - cut : len;
}

/* How a key tells what is behind the name of the cache. */
enum { SITE_BEYOND = 'b', SITE_UNKNOWN = 'u', SITE_KERNEL = 'k', SITE_MODULE = 'm' };

/* cache NUL site function NUL module NUL: the row's strings point into it. Length; 0: too long. */
static size_t make_key(const struct diff *d, const struct report *r,
		       const struct snapshot_origin *o, char key[KEY])
{
	const char *cache = r->snapshot->caches[o->cache].name;
	size_t size = strlen(cache) + 1, function, module;
	struct symbol sym = {};

	if (o->site && !d->by_cache)
		sym = symbols_find(r->symbols, o->site);
	function = sym.name ? bare_length(sym.name) : 0;
	module = sym.module ? strlen(sym.module) : 0;
	if (size + function + module + 3 > KEY)
		return 0;
	memcpy(key, cache, size);
	key[size++] = !o->site && !d->by_cache ? SITE_BEYOND
		      : !sym.name	       ? SITE_UNKNOWN
		      : sym.module	       ? SITE_MODULE
					       : SITE_KERNEL;
	if (function)
		memcpy(key + size, sym.name, function);
	size += function;
	key[size++] = '\0';
	if (module)
		memcpy(key + size, sym.module, module);
	size += module;
	key[size++] = '\0';
	return size;
}

static void name_row(struct diff_row *row, const char *key)
{
	const char *site = key + strlen(key) + 1;

	row->cache = key;
	row->beyond = *site == SITE_BEYOND;
	if (*site == SITE_KERNEL || *site == SITE_MODULE)
		row->function = site + 1;
	if (*site == SITE_MODULE)
		row->module = site + strlen(site) + 1;
}

static void add(uint64_t *sum, uint64_t n)
{
	*sum = n > INT64_MAX - *sum ? INT64_MAX : *sum + n;
}

/* A leak stands for all origins of its name, else the one with most bytes. */
static bool says_more(const struct snapshot_origin *o, const struct diff_half *h)
{
	if (!h->judged || report_is_leak(o) != h->leak)
		return !h->judged || report_is_leak(o);
	return o->bytes > h->judged->bytes;
}

static void add_origin(struct diff_half *h, const struct snapshot_origin *o)
{
	if (says_more(o, h)) {
		h->judged = o;
		h->leak = report_is_leak(o);
	}
	h->passed_leak |= o->verdict && o->verdict->kind == VERDICT_LEAK && !report_is_leak(o);
	if (o->objects) {
		if (!h->living || !report_suppressor(o))
			h->suppressed_by = report_suppressor(o);
		h->living++;
	}
	h->origins++;
	add(&h->allocs, o->allocs);
	add(&h->frees, o->frees);
	add(&h->ghosts, o->ghosts);
	add(&h->objects, o->objects);
	add(&h->bytes, o->bytes);
}

static int add_report(struct diff *d, const struct report *r, size_t half)
{
	const struct snapshot *s = r->snapshot;

	for (size_t i = 0; i < s->origin_cnt; i++) {
		struct diff_row *row;
		char key[KEY];
		size_t size = make_key(d, r, &s->origins[i], key);
		uint32_t number;
		bool is_new;

		if (!size || interner_number(d->names, key, size, &number, &is_new))
			return size ? -ENOMEM : -ENAMETOOLONG;
		row = &d->rows[number - 1];
		if (is_new) {
			name_row(row, d->names->things[number - 1].key);
			d->row_cnt = number;
		}
		add_origin((struct diff_half *)((char *)row + half), &s->origins[i]);
	}
	return 0;
}

static double per_s(const struct report *r, uint64_t n)
{
	return r->snapshot->booked_s > 0 ? n / r->snapshot->booked_s : 0;
}

static void set_rates(const struct report *r, struct diff_half *h)
{
	h->objects_per_s = per_s(r, h->objects);
	h->bytes_per_s = per_s(r, h->bytes);
}

/* A leak, and be it one that is passed over. */
static bool leaks(const struct diff_half *h)
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

static bool grew(const struct diff *d, const struct diff_row *row)
{
	const double floor = DIFF_GROWTH_BYTES;

	if (!is_beyond(d, row->a.bytes, row->b.bytes) || row->bytes <= floor)
		return false;
	return !d->by_rate || (is_beyond(d, row->a.bytes_per_s, row->b.bytes_per_s) &&
			       row->bytes_per_s * d->b->snapshot->booked_s > floor);
}

/* Of a row whose origins in B are a leak or not, and passed over or not. */
static enum diff_fault bare_fault(const struct diff *d, const struct diff_row *row, bool leak)
{
	if (leak && !leaks(&row->a))
		return DIFF_LEAK_NEW;
	if (leak)
		return leak_grew(d, row) ? DIFF_LEAK_GROWN : DIFF_FINE;
	if (!grew(d, row))
		return DIFF_FINE;
	return row->b.ghosts ? DIFF_DOUBTFUL : DIFF_GREW;
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

		set_rates(d->a, &row->a);
		set_rates(d->b, &row->b);
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

static int by_names(const struct diff_row *x, const struct diff_row *y)
{
	int order = strcmp(x->cache, y->cache);

	if (!order)
		order = strcmp(x->function ? x->function : "", y->function ? y->function : "");
	if (!order)
		order = strcmp(x->module ? x->module : "", y->module ? y->module : "");
	return order ? order : x->beyond - y->beyond;
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
	return order ? order : by_names(x, y);
}

static int by_rate(const void *a, const void *b)
{
	const struct diff_row *x = a, *y = b;
	int order = larger(x->bytes_per_s, y->bytes_per_s);

	order = order ? order : larger(x->objects_per_s, y->objects_per_s);
	return order ? order : by_names(x, y);
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
		struct diff **ret_diff)
{
	struct diff *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	d->a = a;
	d->b = b;
	d->growth_percent = growth_percent;
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
		[DIFF_PASSED] = "suppressed",
	};

	return names[fault];
}
