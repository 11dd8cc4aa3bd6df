// SPDX-License-Identifier: GPL-2.0-or-later
/* Which deep snapshots a recording has. */
#include "recording_source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "recording_db.h"
#include "recording_schema.h"

int recording_source_find(sqlite3 *db, double at_s, sqlite3_int64 *ret_snapshot)
{
	autostatement sqlite3_stmt *s = NULL;
	int code,
		err = recording_db_prepare(
			db, "SELECT id FROM snapshot WHERE deep AND at <= ? ORDER BY id DESC", &s);

	if (err)
		return err;
	sqlite3_bind_double(s, 1, at_s);
	code = sqlite3_step(s);
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? -ENOENT : recording_db_error(code);
	*ret_snapshot = sqlite3_column_int64(s, 0);
	return *ret_snapshot > 0 ? 0 : -EBADMSG;
}

/* A sum or a number that a hostile file may have made anything. */
static bool read_count(sqlite3_stmt *s, int column, uint64_t *ret)
{
	sqlite3_int64 n = sqlite3_column_int64(s, column);

	*ret = (uint64_t)n;
	return sqlite3_column_type(s, column) == SQLITE_INTEGER && n >= 0 &&
	       (uint64_t)n <= RECORDING_COUNT_MAX;
}

static bool read_moment(sqlite3_stmt *s, int column, double *ret)
{
	*ret = sqlite3_column_double(s, column);
	return sqlite3_column_type(s, column) == SQLITE_FLOAT && *ret >= 0 &&
	       *ret <= RECORDING_SECONDS_MAX;
}

int recording_source(sqlite3 *db, sqlite3_int64 snapshot, const struct recording_run *run,
		     struct report_source *ret_source)
{
	struct report_source source = {
		.began = run->began, .utc_offset = run->utc_offset, .ended = run->ended != NULL};
	autostatement sqlite3_stmt *s = NULL;
	int code, err = recording_db_prepare(
			  db,
			  "SELECT (SELECT at FROM snapshot WHERE id = ?1), (SELECT max(at) FROM "
			  "snapshot), count(*) FILTER (WHERE deep AND id <= ?1), count(*) FILTER "
			  "(WHERE deep), CAST(total(late) AS INTEGER), CAST(total(put_off) AS "
			  "INTEGER) FROM snapshot",
			  &s);

	if (err)
		return err;
	sqlite3_bind_int64(s, 1, snapshot);
	code = sqlite3_step(s);
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? -EBADMSG : recording_db_error(code);
	if (!read_moment(s, 0, &source.at_s) || !read_moment(s, 1, &source.length_s) ||
	    !read_count(s, 2, &source.nr) || !read_count(s, 3, &source.count) ||
	    !read_count(s, 4, &source.late) || !read_count(s, 5, &source.put_off))
		return -EBADMSG;
	*ret_source = source;
	return 0;
}

char *recording_time(double since_1970, int64_t utc_offset, char buf[RECORDING_TIME])
{
	time_t local = (time_t)since_1970 + utc_offset;
	long minutes = labs((long)utc_offset) / 60;
	struct tm tm;
	char day[24] = "?";

	if (gmtime_r(&local, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf, RECORDING_TIME, "%s %c%02ld%02ld", day, utc_offset < 0 ? '-' : '+',
		 minutes / 60 % 100, minutes % 60);
	return buf;
}
