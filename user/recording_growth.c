// SPDX-License-Identifier: GPL-2.0-or-later
/* How origins grew, from the counters of all snapshots. */
#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "recording_private.h"

/* No two have one address. */
static uint32_t frame_of(const struct recorded *r, uint64_t address)
{
	uint32_t frame = 0;

	while (frame <= r->frame_cnt && r->frame_address[frame] != address)
		frame++;
	return frame;
}

/* The number that the file has for an origin; 0: none. */
static int number_of(struct recording *rec, const struct recorded *r,
		     const struct snapshot_origin *origin, int64_t *ret_number)
{
	const struct snapshot_cache *cache = &r->report.snapshot->caches[origin->cache];
	uint32_t frame = frame_of(r, origin->site);
	struct columns c = {};
	int err = recording_db_prepare(rec->db,
				       "SELECT o.id FROM origin o JOIN cache c ON c.id = o.cache "
				       "WHERE c.name = ?1 AND c.destroyed = ?2 AND o.frame IS ?3",
				       &c.s);

	if (err)
		return err;
	sqlite3_bind_text(c.s, 1, cache->name, -1, SQLITE_STATIC);
	sqlite3_bind_int(c.s, 2, cache->destroyed);
	if (frame)
		sqlite3_bind_int64(c.s, 3, frame);
	err = columns_next(&c);
	*ret_number = err > 0 ? columns_int(&c, 1, RECORDING_IDS_MAX) : 0;
	sqlite3_finalize(c.s);
	return err < 0 ? err : c.damaged ? -EBADMSG : 0;
}

/* The series of each number, from 1; 0: nobody asked for it. */
static int number_all(struct recording *rec, const struct recorded *r,
		      const struct recording_series *series, size_t series_cnt, size_t *series_of,
		      int64_t number_cnt)
{
	int err = 0;

	for (size_t i = 0; i < series_cnt && !err; i++) {
		int64_t number;

		err = number_of(rec, r, series[i].origin, &number);
		if (!err && number > number_cnt)
			err = -EBADMSG;
		if (!err && number)
			series_of[number] = i + 1;
	}
	return err;
}

static int add_point(struct recording_series *s, const struct recording_point *p)
{
	struct recording_point *moved;

	if (!(s->point_cnt & (s->point_cnt - 1))) {
		moved = realloc(s->points, (s->point_cnt ? 2 * s->point_cnt : 1) * sizeof(*moved));
		if (!moved)
			return -ENOMEM;
		s->points = moved;
	}
	s->points[s->point_cnt++] = *p;
	return 0;
}

static int read_points(struct recording *rec, struct recording_series *series,
		       const size_t *series_of, int64_t number_cnt)
{
	struct columns c = {};
	int left = 0, err = recording_db_prepare(
			      rec->db,
			      "SELECT origin, at, allocs, frees, objects, bytes FROM counter "
			      "JOIN snapshot ON id = snapshot ORDER BY snapshot, origin",
			      &c.s);

	while (!err && (left = columns_next(&c)) > 0) {
		size_t of = series_of[columns_int(&c, 1, number_cnt)];
		struct recording_point p;

		if (!of)
			continue;
		p.at_s = columns_real(&c, RECORDING_SECONDS_MAX);
		p.allocs = columns_count(&c);
		p.frees = columns_count(&c);
		p.objects = columns_count(&c);
		p.bytes = columns_count(&c);
		err = add_point(&series[of - 1], &p);
	}
	if (!err && (left < 0 || c.damaged))
		err = left < 0 ? left : -EBADMSG;
	sqlite3_finalize(c.s);
	return err;
}

int recording_growth_of(struct recording *rec, const struct recorded *r,
			struct recording_series *series, size_t series_cnt)
{
	autofree size_t *series_of = NULL;
	sqlite3_int64 number_cnt = 0;
	int err;

	recording_begin_call(rec);
	for (size_t i = 0; i < series_cnt; i++) {
		series[i].points = NULL;
		series[i].point_cnt = 0;
	}
	err = recording_db_number(rec->db, "SELECT count(*) FROM origin WHERE id > 0", 0,
				  &number_cnt);
	if (!err && (number_cnt < 1 || number_cnt > RECORDING_IDS_MAX))
		err = -EBADMSG;
	if (!err) {
		series_of = calloc(number_cnt + 1, sizeof(*series_of));
		err = series_of ? number_all(rec, r, series, series_cnt, series_of, number_cnt)
				: -ENOMEM;
	}
	if (!err)
		err = read_points(rec, series, series_of, number_cnt);
	for (size_t i = 0; err && i < series_cnt; i++) {
		free(series[i].points);
		series[i].points = NULL;
		series[i].point_cnt = 0;
	}
	return err;
}

int recording_growth(struct recording *rec, const struct recorded *r,
		     const struct snapshot_origin *origin, struct recording_point **ret_points,
		     size_t *ret_count)
{
	struct recording_series one = {.origin = origin};
	int err = recording_growth_of(rec, r, &one, 1);

	if (err)
		return err;
	*ret_points = one.points;
	*ret_count = one.point_cnt;
	return 0;
}
