// SPDX-License-Identifier: GPL-2.0-or-later
/* The dentries of a machine as a report has them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dentries_report.h"
#include "dentry_place.h"

#define SHAPES	    65536
#define SHAPE_EXACT 2048 /* directories whose paths all go into shapes */
#define SHAPE_REST  8192 /* of the others so many, evenly spread */

struct builder {
	struct dentries_report *r;
	const struct dentries *dentries;
	struct dentry_paths *paths;
	const struct mounts *mounts;
	size_t rows_max;
};

/* The next row, empty; NULL: out of memory. */
static struct dentries_row *new_row(struct dentries_rows *rows)
{
	if (rows->count == rows->room) {
		size_t room = rows->room ? 2 * rows->room : 32;
		struct dentries_row *moved = realloc(rows->at, room * sizeof(*moved));

		if (!moved)
			return NULL;
		rows->at = moved;
		rows->room = room;
	}
	rows->at[rows->count] = (struct dentries_row){0};
	return &rows->at[rows->count++];
}

static uint64_t bytes_of(const struct dentries_report *r, const uint64_t *counts)
{
	return counts[DENTRIES_ALL] * r->object_size + counts[DENTRIES_LONG_BYTES];
}

static void set_counts(const struct dentries_report *r, struct dentries_row *row,
		       const uint64_t *counts)
{
	memcpy(row->counts, counts, sizeof(row->counts));
	row->bytes = bytes_of(r, counts);
}

/* The path of the directory that dentries are in. */
static int place_path(const struct builder *b, const struct dentries_place *place,
		      char buf[DENTRY_PATH], enum dentry_path_state *ret_state)
{
	const struct dentries_super *s = dentries_super(b->dentries, place->super);

	return dentry_place(b->paths, b->mounts, s && s->known ? &s->is : NULL, place, buf,
			    ret_state);
}

static int by_count(const void *a, const void *b)
{
	const struct dentries_row *x = a, *y = b;

	if (x->counts[DENTRIES_ALL] != y->counts[DENTRIES_ALL])
		return x->counts[DENTRIES_ALL] > y->counts[DENTRIES_ALL] ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int add_filesystems(struct builder *b)
{
	struct dentries_rows *rows = &b->r->filesystems;
	size_t count;
	const struct dentries_super *s = dentries_supers(b->dentries, &count);

	for (size_t i = 0; i < count; i++, s++) {
		struct dentries_row *row;
		char at[1024];

		for (int n = 0; n < DENTRIES_COUNTS; n++)
			b->r->met[n] += s->counts[n];
		if (!s->wanted)
			continue;
		row = new_row(rows);
		if (!row)
			return -ENOMEM;
		row->super = s;
		set_counts(b->r, row, s->counts);
		dentry_place_mount(b->mounts, s->known ? &s->is : NULL, at, sizeof(at));
		row->path = strdup(at);
		if (!row->path)
			return -ENOMEM;
	}
	rows->known = rows->count;
	if (rows->count)
		qsort(rows->at, rows->count, sizeof(*rows->at), by_count);
	return 0;
}

/* What the key of a table's entry begins and ends with. */
struct key {
	struct dentries_place place;
	const char *pattern;
	size_t pattern_len;
};

static struct key read_key(const struct top_entry *e, bool has_place)
{
	size_t skip = has_place ? sizeof(struct dentries_place) : 0;
	struct key key = {
		.pattern = (const char *)e->key + skip,
		.pattern_len = e->key_len - skip,
	};

	if (has_place)
		memcpy(&key.place, e->key, skip);
	return key;
}

static int add_row(struct builder *b, struct dentries_rows *rows, const struct top_entry *e,
		   bool has_place, bool has_pattern)
{
	const struct key key = read_key(e, has_place);
	struct dentries_row *row = new_row(rows);
	char path[DENTRY_PATH];
	int err = 0;

	if (!row)
		return -ENOMEM;
	set_counts(b->r, row, e->values);
	row->undercount = e->undercount;
	if (has_place) {
		row->super = dentries_super(b->dentries, key.place.super);
		row->rootless = !key.place.parent;
		err = place_path(b, &key.place, path, &row->state);
		row->path = err ? NULL : strdup(path);
	}
	if (has_pattern)
		row->pattern = strndup(key.pattern, key.pattern_len);
	if ((has_place && !row->path) || (has_pattern && !row->pattern))
		return -ENOMEM;
	return err;
}

static int add_table(struct builder *b, struct dentries_rows *rows, const struct top *table,
		     bool has_place, bool has_pattern)
{
	size_t count = top_count(table) < b->rows_max ? top_count(table) : b->rows_max;
	autofree struct top_entry *entries = calloc(count ? count : 1, sizeof(*entries));
	int err = 0;

	if (!entries)
		return -ENOMEM;
	rows->known = top_count(table);
	rows->incomplete = top_lost(table).entries;
	count = top_rank(table, count, entries);
	for (size_t i = 0; i < count && !err; i++)
		err = add_row(b, rows, &entries[i], has_place, has_pattern);
	return err;
}

static int add_shape(struct builder *b, struct top *shapes, const struct top_entry *e,
		     uint64_t weight)
{
	const struct key key = read_key(e, true);
	char path[DENTRY_PATH], shape[DENTRY_PATH];
	uint64_t counts[DENTRIES_COUNTS];
	enum dentry_path_state state;
	int err = place_path(b, &key.place, path, &state);

	if (err)
		return err;
	dentry_place_fold(path, shape);
	for (int i = 0; i < DENTRIES_COUNTS; i++)
		counts[i] = e->values[i] * weight;
	return top_add(shapes, shape, strlen(shape), counts);
}

static int fill_shapes(struct builder *b, struct top *shapes)
{
	const struct top *table = dentries_directories(b->dentries);
	size_t count = top_count(table), rest, step = 1;
	autofree struct top_entry *entries = calloc(count ? count : 1, sizeof(*entries));
	int err = 0;

	if (!entries)
		return -ENOMEM;
	count = top_rank(table, count, entries);
	rest = count > SHAPE_EXACT ? count - SHAPE_EXACT : 0;
	if (rest > SHAPE_REST)
		step = (rest + SHAPE_REST - 1) / SHAPE_REST;
	b->r->shapes.estimated = step > 1;
	for (size_t i = 0; i < count && i < SHAPE_EXACT && !err; i++)
		err = add_shape(b, shapes, &entries[i], 1);
	/* From the middle of each step: they are sorted by their counts. */
	for (size_t i = SHAPE_EXACT + step / 2; i < count && !err; i += step)
		err = add_shape(b, shapes, &entries[i], step);
	return err;
}

static int add_shapes(struct builder *b)
{
	struct dentries_rows *rows = &b->r->shapes;
	struct top *shapes;
	int err = top_create(SHAPES, DENTRIES_COUNTS, &shapes);

	if (err)
		return err;
	err = fill_shapes(b, shapes);
	if (!err)
		err = add_table(b, rows, shapes, false, true);
	rows->incomplete |= top_lost(dentries_directories(b->dentries)).entries != 0;
	/* A pattern of paths. */
	for (size_t i = 0; i < rows->count; i++) {
		rows->at[i].path = rows->at[i].pattern;
		rows->at[i].pattern = NULL;
	}
	top_destroy(shapes);
	return err;
}

static double share(const struct dentries_report *r, const struct dentries_row *row)
{
	return r->total[DENTRIES_ALL] ? (double)row->counts[DENTRIES_ALL] / r->total[DENTRIES_ALL]
				      : 0;
}

static void name_pattern(const struct dentries_report *r, struct dentries_facts *f)
{
	const struct dentries_row *flood = r->floods.at;

	if (!r->patterns.count || share(r, r->patterns.at) <= 0.5)
		return;
	f->pattern = r->patterns.at->pattern;
	f->pattern_share = share(r, r->patterns.at);
	if (r->floods.count && share(r, flood) > 0.5 && !strcmp(flood->pattern, f->pattern))
		f->directory = flood->path;
}

static void judge(struct dentries_report *r)
{
	struct dentries_facts f = {
		.bytes = r->bytes,
		.memory_bytes = r->memory_bytes,
		.inode_bytes = r->inode_bytes,
		.parents = r->directories.known,
	};
	uint64_t most = 0;

	memcpy(f.counts, r->total, sizeof(f.counts));
	name_pattern(r, &f);
	for (size_t i = 0; i < r->filesystems.count; i++) {
		const struct dentries_row *row = &r->filesystems.at[i];

		if (row->super->stacked)
			f.stacked += row->counts[DENTRIES_ALL];
		if (row->counts[DENTRIES_KEPT] > most) {
			most = row->counts[DENTRIES_KEPT];
			f.files_at = row->path;
		}
	}
	dentries_verdict(&f, &r->verdict);
}

int dentries_report_build(struct dentries_report *r, const struct dentries *d,
			  struct dentry_paths *paths, const struct mounts *mounts, size_t rows_max)
{
	struct builder b = {
		.r = r,
		.dentries = d,
		.paths = paths,
		.mounts = mounts,
		.rows_max = rows_max,
	};
	int err;

	memcpy(r->total, dentries_total(d), sizeof(r->total));
	r->bytes = bytes_of(r, r->total);
	err = add_filesystems(&b);
	if (!err)
		err = add_table(&b, &r->directories, dentries_directories(d), true, false);
	if (!err)
		err = add_table(&b, &r->floods, dentries_floods(d), true, true);
	if (!err)
		err = add_table(&b, &r->patterns, dentries_patterns(d), false, true);
	if (!err)
		err = add_shapes(&b);
	if (err)
		dentries_report_deinit(r);
	else
		judge(r);
	return err;
}

static void rows_deinit(struct dentries_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->at[i].path);
		free(rows->at[i].pattern);
	}
	free(rows->at);
	*rows = (struct dentries_rows){0};
}

void dentries_report_deinit(struct dentries_report *r)
{
	rows_deinit(&r->filesystems);
	rows_deinit(&r->directories);
	rows_deinit(&r->shapes);
	rows_deinit(&r->floods);
	rows_deinit(&r->patterns);
}

uint64_t dentries_report_met(const struct dentries_report *r)
{
	return r->met[DENTRIES_ALL] - r->met[DENTRIES_DYING];
}

bool dentries_report_deviation(const struct dentries_report *r, double *ret_percent)
{
	double kernel = (r->before.dentries + r->after.dentries) / 2.0;

	if (!r->before.dentries || !r->after.dentries)
		return false;
	*ret_percent = 100 * (dentries_report_met(r) - kernel) / kernel;
	return true;
}
