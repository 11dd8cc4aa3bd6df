// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happened between two snapshots of a recording: two of them are read, and the
 * counters in between, which tell when there were more live objects.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "interval.h"
#include "recording_private.h"
#include "recording_source.h"

/* Live objects of an origin, by slices of the interval: at its end, and the fewest in it. */
struct curve {
	int slice; /* the last that is filled; -1: none */
	uint64_t before, now;
	uint64_t fewest[SNAPSHOT_SLICES], end[SNAPSHOT_SLICES];
};

struct curves {
	struct curve *of;   /* by origin of the later snapshot, in its order */
	uint32_t *index_of; /* by number of the file; index + 1, 0: not there */
	sqlite3_int64 number_cnt;
	double from_s, length_s;
};

/* What the numbers of a snapshot's origins are, in their order. */
static int read_order(struct recording *rec, sqlite3_int64 snapshot, const struct curves *v,
		      size_t origin_cnt, uint32_t *index_of)
{
	struct columns c = {};
	struct unpacked blob;
	uint64_t count = 0, number;
	int err = recording_db_prepare(rec->db, "SELECT origins FROM snapshot WHERE id = ?", &c.s);

	if (!err) {
		sqlite3_bind_int64(c.s, 1, snapshot);
		err = columns_next(&c);
		err = err < 0 ? err : err && columns_blob(&c, &blob) ? 0 : -EBADMSG;
	}
	if (!err && (!packed_read(&blob, &count, 1, SS_ORIGINS) || count != origin_cnt))
		err = -EBADMSG;
	for (uint64_t i = 0; i < count && !err; i++) {
		if (packed_read(&blob, &number, 1, v->number_cnt))
			index_of[number] = (uint32_t)i + 1;
		else
			err = -EBADMSG;
	}
	sqlite3_finalize(c.s);
	return err;
}

static void fill(struct curve *c, int slice)
{
	while (c->slice < slice) {
		c->slice++;
		c->fewest[c->slice] = c->end[c->slice] = c->now;
	}
}

static void add_point(struct curve *c, int slice, uint64_t objects)
{
	fill(c, slice);
	if (objects < c->fewest[slice])
		c->fewest[slice] = objects;
	c->end[slice] = c->now = objects;
}

/* What is counted at a moment came before it. */
static int slice_at(const struct curves *v, double at_s)
{
	double slice = ceil((at_s - v->from_s) / v->length_s * SNAPSHOT_SLICES) - 1;

	return slice < 0 ? 0 : slice >= SNAPSHOT_SLICES ? SNAPSHOT_SLICES - 1 : (int)slice;
}

static int read_counters(struct recording *rec, sqlite3_int64 from, sqlite3_int64 to,
			 const struct curves *v)
{
	struct columns c = {};
	int left = 0, err = recording_db_prepare(
			      rec->db,
			      "SELECT origin, at, objects FROM counter JOIN snapshot ON id = "
			      "snapshot WHERE snapshot > ?1 AND snapshot <= ?2 ORDER BY snapshot, "
			      "origin",
			      &c.s);

	if (err)
		return err;
	sqlite3_bind_int64(c.s, 1, from);
	sqlite3_bind_int64(c.s, 2, to);
	while ((left = columns_next(&c)) > 0) {
		uint32_t index = v->index_of[columns_int(&c, 1, v->number_cnt)];
		double at_s = columns_real(&c, RECORDING_SECONDS_MAX);
		uint64_t objects = columns_count(&c);

		if (index && !c.damaged)
			add_point(&v->of[index - 1], slice_at(v, at_s), objects);
	}
	sqlite3_finalize(c.s);
	return left < 0 ? left : c.damaged ? -EBADMSG : 0;
}

/* What came and stayed: how many there were at least from then on, from slice to slice. */
static void find_growth(struct curve *c, struct interval_growth *ret_growth)
{
	uint64_t stay[SNAPSHOT_SLICES + 1], fewest = UINT64_MAX; /* from here to the end */

	fill(c, SNAPSHOT_SLICES - 1);
	for (int i = SNAPSHOT_SLICES - 1; i >= 0; i--) {
		stay[i + 1] = c->end[i] < fewest ? c->end[i] : fewest;
		fewest = c->fewest[i] < fewest ? c->fewest[i] : fewest;
	}
	stay[0] = c->before < fewest ? c->before : fewest;
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		ret_growth->by[i] = stay[i + 1] - stay[i];
}

static int read_growth(struct recording *rec, sqlite3_int64 from, sqlite3_int64 to,
		       const struct recorded *a, const struct recorded *b,
		       struct interval_growth *growth)
{
	const struct snapshot *earlier = a->report.snapshot, *later = b->report.snapshot;
	struct curves v = {.from_s = a->source.at_s, .length_s = b->source.at_s - a->source.at_s};
	autofree struct curve *of = calloc(later->origin_cnt + 1, sizeof(*of));
	autofree uint32_t *index_of = NULL, *earlier_of = NULL;
	int err;

	recording_begin_call(rec);
	err = recording_db_number(rec->db, "SELECT count(*) FROM origin WHERE id > 0", 0,
				  &v.number_cnt);
	if (!err && (v.number_cnt < 1 || v.number_cnt > RECORDING_IDS_MAX))
		err = -EBADMSG;
	if (!err) {
		index_of = calloc(v.number_cnt + 1, sizeof(*index_of));
		earlier_of = calloc(v.number_cnt + 1, sizeof(*earlier_of));
	}
	if (err || !of || !index_of || !earlier_of)
		return err ? err : -ENOMEM;
	v.of = of;
	v.index_of = index_of;
	err = read_order(rec, to, &v, later->origin_cnt, index_of);
	if (!err)
		err = read_order(rec, from, &v, earlier->origin_cnt, earlier_of);
	for (size_t i = 0; i < later->origin_cnt; i++)
		of[i].slice = -1;
	for (sqlite3_int64 i = 1; i <= v.number_cnt && !err; i++)
		if (index_of[i] && earlier_of[i])
			of[index_of[i] - 1].before = of[index_of[i] - 1].now =
				earlier->origins[earlier_of[i] - 1].objects;
	if (!err)
		err = read_counters(rec, from, to, &v);
	for (size_t i = 0; i < later->origin_cnt && !err; i++)
		find_growth(&of[i], &growth[i]);
	return err;
}

static uint64_t less(uint64_t n, uint64_t before)
{
	return n > before ? n - before : 0;
}

/* What is one number of a report, and the kernel's own counts around it. */
static void make_report(struct recorded *a, struct recorded *b)
{
	struct report *r = &b->report;

	r->began += a->report.duration_s;
	r->duration_s = fmax(r->duration_s - a->report.duration_s, 0);
	r->recursion_misses = less(r->recursion_misses, a->report.recursion_misses);
	r->skipped_allocs = less(r->skipped_allocs, a->report.skipped_allocs);
	r->skipped_frees = less(r->skipped_frees, a->report.skipped_frees);
	slabs_destroy(b->before);
	b->before = a->after;
	a->after = NULL;
	r->before = b->before;
	b->source.from_s = a->source.at_s;
	b->source.from_nr = a->source.nr;
}

static int make(struct recording *rec, struct recorded *a, struct recorded *b)
{
	struct snapshot *s = b->report.snapshot;
	autofree struct interval_growth *growth = calloc(s->origin_cnt + 1, sizeof(*growth));
	sqlite3_int64 from, to;
	int err = growth ? 0 : -ENOMEM;

	if (!err)
		err = recording_source_find(rec->db, a->source.at_s, &from);
	if (!err)
		err = recording_source_find(rec->db, b->source.at_s, &to);
	if (!err)
		err = read_growth(rec, from, to, a, b, growth);
	if (!err)
		err = interval_make(a->report.snapshot, growth, s, &b->source.unsure);
	if (!err)
		err = verdict_all(s, b->report.reclaimable_bit, b->symbols);
	if (!err)
		make_report(a, b);
	return err;
}

/* Of less than a tick, rates have no end. */
static bool is_between(const struct recorded *a, const struct recorded *b)
{
	const struct snapshot *earlier = a->report.snapshot, *later = b->report.snapshot;

	return a->source.nr < b->source.nr && later->booked_s - earlier->booked_s >= later->tick_s;
}

int recording_between(struct recording *rec, double from_s, double to_s,
		      struct recorded **ret_recorded, char why[RECORDING_WHY])
{
	struct recorded *a = NULL, *b = NULL;
	int err = recording_at(rec, to_s, &b, why);

	if (err)
		return err;
	err = recording_at(rec, from_s, &a, why);
	/* Before its first snapshot there is its beginning, when nothing was booked. */
	if (err == -ENOENT) {
		why[0] = '\0';
		*ret_recorded = b;
		return 0;
	}
	if (!err && !is_between(a, b)) {
		err = -ERANGE;
		snprintf(why, RECORDING_WHY, "it has no whole snapshot in between");
	} else if (!err && (a->report.run || a->report.snapshot->repetition_cnt || b->report.run ||
			    b->report.snapshot->repetition_cnt)) {
		err = -ENOTSUP;
		snprintf(why, RECORDING_WHY, "it is of a command that was run, and has no parts");
	} else if (!err) {
		err = make(rec, a, b);
		if (err)
			snprintf(why, RECORDING_WHY, "%s",
				 err == -ENOMEM ? strerror(ENOMEM)
						: "damaged: its counters are not as a recording "
						  "has them");
	}
	recorded_destroy(a);
	if (err)
		recorded_destroy(b);
	else
		*ret_recorded = b;
	return err;
}
