// SPDX-License-Identifier: GPL-2.0-or-later
/* How an origin grew, from the counters of all snapshots. */
#include <errno.h>
#include <stdlib.h>

#include "recording_private.h"

/* No two have one address. */
static uint32_t frame_of(const struct recorded *r, uint64_t address)
{
	uint32_t frame = 0;

	while (frame <= r->frame_cnt && r->frame_address[frame] != address)
		frame++;
	return frame;
}

static int prepare(struct recording *rec, const struct snapshot_cache *cache, uint32_t frame,
		   sqlite3_stmt **ret_statement)
{
	int err = recording_db_prepare(
		rec->db,
		"SELECT at, allocs, frees, objects, bytes FROM counter JOIN snapshot ON id = "
		"snapshot WHERE origin = (SELECT o.id FROM origin o JOIN cache c ON c.id = o.cache "
		"WHERE c.name = ?1 AND c.destroyed = ?2 AND o.frame IS ?3) ORDER BY snapshot",
		ret_statement);

	if (err)
		return err;
	sqlite3_bind_text(*ret_statement, 1, cache->name, -1, SQLITE_STATIC);
	sqlite3_bind_int(*ret_statement, 2, cache->destroyed);
	if (frame)
		sqlite3_bind_int64(*ret_statement, 3, frame);
	return 0;
}

int recording_growth(struct recording *rec, const struct recorded *r,
		     const struct snapshot_origin *origin, struct recording_point **ret_points,
		     size_t *ret_count)
{
	struct recording_point *points = NULL, *moved;
	struct columns c = {};
	size_t count = 0;
	int left, err;

	recording_begin_call(rec);
	err = prepare(rec, &r->report.snapshot->caches[origin->cache], frame_of(r, origin->site),
		      &c.s);
	while (!err && (left = columns_next(&c)) != 0) {
		if (left < 0) {
			err = left;
			break;
		}
		if (!(count & (count - 1))) {
			moved = realloc(points, (count ? 2 * count : 1) * sizeof(*points));
			if (!moved) {
				err = -ENOMEM;
				break;
			}
			points = moved;
		}
		points[count].at_s = columns_real(&c, RECORDING_SECONDS_MAX);
		points[count].allocs = columns_count(&c);
		points[count].frees = columns_count(&c);
		points[count].objects = columns_count(&c);
		points[count++].bytes = columns_count(&c);
	}
	if (!err && c.damaged)
		err = -EBADMSG;
	sqlite3_finalize(c.s);
	if (err) {
		free(points);
		return err;
	}
	*ret_points = points;
	*ret_count = count;
	return 0;
}
