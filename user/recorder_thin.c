// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A recording of days stays small: where it would grow beyond what it may, those
 * snapshots go that are closest to their neighbours for their age, so that what is long
 * ago is as much coarser as it is longer ago. The first and the last stay. What a
 * snapshot has that the next has not moves there: it still holds. Nothing is moved about
 * in the file; pages that become free are written next.
 */
#include <math.h>

#include "recorder_private.h"

#define ROUNDS 8  /* at a time: none takes long */
#define PART   16 /* of the snapshots that goes in a round: one in so many */
#define GO_MAX 256
/* Of the size that is allowed: thin out where less is free, until there is so much. */
#define TOO_LITTLE 0.15
#define ENOUGH	   0.2
#define NEXT	   1.2 /* times the largest snapshot: at least so much, for the next one */

/* Bytes in use. */
static int in_use(struct recorder *r, uint64_t *ret_bytes)
{
	sqlite3_int64 pages = 0, unused = 0, size = 0;
	int err = recording_db_number(r->db, "PRAGMA page_count", 0, &pages);

	if (!err)
		err = recording_db_number(r->db, "PRAGMA freelist_count", 0, &unused);
	if (!err)
		err = recording_db_number(r->db, "PRAGMA page_size", 0, &size);
	*ret_bytes = (uint64_t)((pages - unused) * size);
	return err;
}

static int move_rows(struct recorder *r, enum recording_table table, sqlite3_int64 from,
		     sqlite3_int64 to)
{
	char sql[256];
	int err;

	/* What the later one has, is later: or-ignore leaves the older row, which goes. */
	sqlite3_snprintf(sizeof(sql), sql,
			 "UPDATE OR IGNORE %s SET snapshot = %lld WHERE snapshot = %lld",
			 recording_table_name(table), to, from);
	err = recording_db_run(r->db, sql);
	if (err)
		return err;
	sqlite3_snprintf(sizeof(sql), sql, "DELETE FROM %s WHERE snapshot = %lld",
			 recording_table_name(table), from);
	return recording_db_run(r->db, sql);
}

/* Rows under an origin go or stay with its state: those of origins that the later one has, go. */
static int drop_replaced(struct recorder *r, enum recording_table table, sqlite3_int64 from,
			 sqlite3_int64 to)
{
	char sql[256];

	sqlite3_snprintf(sizeof(sql), sql,
			 "DELETE FROM %s WHERE snapshot = %lld AND origin IN (SELECT origin FROM "
			 "origin_state WHERE snapshot = %lld)",
			 recording_table_name(table), from, to);
	return recording_db_run(r->db, sql);
}

/* A deep snapshot becomes one of counters. */
static int make_shallow(struct recorder *r, sqlite3_int64 from, sqlite3_int64 to)
{
	static const enum recording_table under[] = {RECORDING_STACK_STATE, RECORDING_TASK_STATE,
						     RECORDING_CONTENT, RECORDING_FREE_SITE};
	char sql[256];
	int err = 0;

	for (size_t i = 0; i < sizeof(under) / sizeof(*under) && !err; i++) {
		err = drop_replaced(r, under[i], from, to);
		if (!err)
			err = move_rows(r, under[i], from, to);
	}
	for (int i = RECORDING_HOOK; i < RECORDING_TABLES && !err; i++)
		if (recording_table_lasts(i))
			err = move_rows(r, i, from, to);
	/* With all that a key has, the next one is a key. */
	sqlite3_snprintf(sizeof(sql), sql,
			 "UPDATE snapshot SET key = 1 WHERE id = %lld AND (SELECT key FROM "
			 "snapshot WHERE id = %lld); UPDATE snapshot SET deep = 0, key = 0, "
			 "caches = NULL, origins = NULL WHERE id = %lld",
			 to, from, from);
	return err ? err : recording_db_run(r->db, sql);
}

static int drop(struct recorder *r, sqlite3_int64 from, sqlite3_int64 to)
{
	char sql[256];
	int err = move_rows(r, RECORDING_COUNTER, from, to);

	/* What could not be kept up with, is not forgotten. */
	sqlite3_snprintf(
		sizeof(sql), sql,
		"UPDATE snapshot SET late = late + (SELECT late FROM snapshot WHERE id = "
		"%lld), put_off = put_off + (SELECT put_off FROM snapshot WHERE id = %lld) "
		"WHERE id = %lld; DELETE FROM snapshot WHERE id = %lld",
		from, from, to, from);
	return err ? err : recording_db_run(r->db, sql);
}

/* A snapshot that is to go, and the next of its kind. */
struct goes {
	sqlite3_int64 id, next;
};

/* No two neighbours: where one goes, the other is alone. */
static bool is_beside(const struct goes *list, size_t count, sqlite3_int64 before,
		      sqlite3_int64 next)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].id == before || list[i].id == next)
			return true;
	return false;
}

static int choose(struct recorder *r, int deep, struct goes *list, size_t *ret_count)
{
	autostatement sqlite3_stmt *s = NULL;
	int code = SQLITE_DONE,
	    err = recording_db_prepare(
		    r->db,
		    "SELECT id, before, next FROM (SELECT id, at, lag(id) OVER w AS before, "
		    "lead(id) OVER w AS next, lead(at) OVER w - lag(at) OVER w AS gap, max(at) "
		    "OVER () AS now FROM snapshot WHERE deep = ?1 WINDOW w AS (ORDER BY id)) WHERE "
		    "gap NOT NULL ORDER BY gap / (now - at + 1) LIMIT 1 + (SELECT count(*) FROM "
		    "snapshot WHERE deep = ?1) / ?2",
		    &s);

	*ret_count = 0;
	if (err)
		return err;
	sqlite3_bind_int(s, 1, deep);
	sqlite3_bind_int(s, 2, PART);
	while (*ret_count < GO_MAX && (code = sqlite3_step(s)) == SQLITE_ROW) {
		const sqlite3_int64 before = sqlite3_column_int64(s, 1);
		const sqlite3_int64 next = sqlite3_column_int64(s, 2);

		if (!is_beside(list, *ret_count, before, next))
			list[(*ret_count)++] = (struct goes){sqlite3_column_int64(s, 0), next};
	}
	return recording_db_error(code);
}

/* Of either kind some go. 1: some did, 0: there are none that may, or -errno. */
static int thin_once(struct recorder *r)
{
	struct goes list[GO_MAX];
	sqlite3_int64 next;
	size_t deep, shallow = 0;
	int err = choose(r, 1, list, &deep);

	for (size_t i = 0; i < deep && !err; i++)
		err = make_shallow(r, list[i].id, list[i].next);
	if (!err)
		err = choose(r, 0, list, &shallow);
	for (size_t i = 0; i < shallow && !err; i++) {
		err = recording_db_number(r->db, "SELECT min(id) FROM snapshot WHERE id > ?",
					  list[i].id, &next);
		if (!err)
			err = drop(r, list[i].id, next);
	}
	return err ? err : deep || shallow;
}

/* What may be in use, where `part` is to be free, and the next snapshot is to fit. */
static double most(const struct recorder *r, double part)
{
	return r->max_bytes - fmax(part * r->max_bytes, NEXT * r->largest);
}

static int thin(struct recorder *r)
{
	uint64_t used = 0;
	int some = 1, err = in_use(r, &used);

	for (int i = 0; i < ROUNDS && some > 0 && !err && used > most(r, ENOUGH); i++) {
		some = thin_once(r);
		err = some < 0 ? some : in_use(r, &used);
	}
	return err;
}

int recorder_thin(struct recorder *r)
{
	uint64_t used = 0;
	int err;

	if (!r->max_bytes)
		return 0;
	err = in_use(r, &used);
	if (!err && used > r->used && used - r->used > r->largest)
		r->largest = used - r->used;
	r->used = used;
	if (err || used <= most(r, TOO_LITTLE))
		return err;
	err = recording_db_run(r->db, "BEGIN");
	if (!err)
		err = thin(r);
	if (!err)
		err = recording_db_run(r->db, "COMMIT");
	if (err)
		recording_db_run(r->db, "ROLLBACK");
	else
		err = in_use(r, &r->used);
	r->err = err;
	return err;
}
