// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file of a recording: made, written in transactions, closed. A write-ahead log
 * beside it takes what is written while it grows, so that whatever was committed opens,
 * however the process or the machine ended.
 */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "recorder_private.h"
#include "recording_source.h"

#define PAGE_BYTES 4096
#define BUSY_MS	   5000
#define READER_MS  2000	     /* to wait in the end, */
#define STEP_MS	   50	     /* looking every so often */
#define LOG_BYTES  (4 << 20) /* of the write-ahead log between two snapshots */

static int make_tables(struct recorder *r)
{
	char sql[RECORDING_SQL];
	int err = 0;

	for (int i = 0; i < RECORDING_TABLES && !err; i++) {
		err = recording_db_run(r->db, recording_create_sql(i, RECORDING_VERSION, sql));
		if (!err)
			err = recording_db_prepare(r->db, recording_insert_sql(i, sql),
						   &r->insert[i]);
	}
	return err;
}

static int insert_run(struct recorder *r, const struct recording_run *run)
{
	struct rows *rows = &r->name_rows;

	rows_begin(rows, RECORDING_RUN);
	rows_int(rows, 1);
	rows_text(rows, run->slabsight);
	rows_text(rows, run->host);
	rows_text(rows, run->release);
	rows_text(rows, run->machine);
	rows_text(rows, run->build_id);
	rows_text(rows, run->btf);
	rows_text(rows, run->boot_id);
	rows_real(rows, run->began);
	rows_int(rows, run->utc_offset);
	rows_real(rows, run->every_s);
	rows_null(rows);
	return rows_insert(rows, r->insert, 0);
}

/*
 * NORMAL: a log is on the disk before it goes into the file, but not at every commit: a
 * crash of the machine may cost the last snapshots, and no more.
 */
static int set_up(struct recorder *r)
{
	char sql[512];
	int err;

	snprintf(sql, sizeof(sql),
		 "PRAGMA page_size = %d; PRAGMA application_id = %d; PRAGMA user_version = %d; "
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
		 "PRAGMA journal_size_limit = %d; PRAGMA locking_mode = NORMAL; "
		 "PRAGMA temp_store = MEMORY;",
		 PAGE_BYTES, RECORDING_MAGIC, RECORDING_VERSION, LOG_BYTES);
	err = recording_db_run(r->db, sql);
	if (err || !r->max_bytes)
		return err;
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %llu",
		 (unsigned long long)(r->max_bytes / PAGE_BYTES));
	return recording_db_run(r->db, sql);
}

static int open_file(const char *path, struct recorder *r, bool *ret_made)
{
	autofree char *plain = NULL;
	int fd, err;

	/* To SQLite, a name such as :memory: is none of a file. */
	if (asprintf(&plain, "%s%s", *path == '/' ? "" : "./", path) < 0)
		return -ENOMEM;
	/* Not a byte of it is ever for others, and what is there is never written over. */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	*ret_made = true;
	err = recording_db_error(
		sqlite3_open_v2(plain, &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	/* Somebody may look into it with a lock that is not ours. */
	if (!err)
		sqlite3_busy_timeout(r->db, BUSY_MS);
	return err;
}

int recorder_create(const char *path, const struct recording_run *run, uint64_t max_bytes,
		    const char *root, struct recorder **ret_recorder)
{
	struct recorder *r = calloc(1, sizeof(*r));
	bool made = false;
	int err = r ? 0 : -ENOMEM;

	if (!err && root) {
		r->root = strdup(root);
		err = r->root ? 0 : -ENOMEM;
	}
	if (!err)
		err = open_file(path, r, &made);
	if (!err) {
		r->max_bytes = max_bytes;
		r->run.began = run->began;
		r->run.utc_offset = run->utc_offset;
		err = set_up(r);
	}
	if (!err)
		err = recording_db_run(r->db, "BEGIN");
	if (!err)
		err = make_tables(r);
	if (!err)
		err = insert_run(r, run);
	if (!err)
		err = recording_db_run(r->db, "COMMIT");
	if (err) {
		recorder_destroy(r);
		if (made)
			recorder_remove(path);
		return err;
	}
	*ret_recorder = r;
	return 0;
}

int recorder_write_changed(struct recorder *r, struct last_hashes *of, uint32_t number)
{
	uint64_t hash = rows_hash(&r->rows);
	struct last_hash *last;

	if (r->rows.failed)
		return -ENOMEM;
	if (number >= of->count) {
		uint32_t count = 2 * number + 64;
		struct last_hash *moved = realloc(of->at, count * sizeof(*moved));

		if (!moved)
			return -ENOMEM;
		memset(moved + of->count, 0, (count - of->count) * sizeof(*moved));
		of->at = moved;
		of->count = count;
	}
	last = &of->at[number];
	if (last->snapshot == r->snapshot || (last->snapshot && !r->key && last->hash == hash))
		return 0;
	*last = (struct last_hash){hash, r->snapshot};
	return rows_insert(&r->rows, r->insert, r->snapshot);
}

int recorder_begin(struct recorder *r)
{
	if (r->err)
		return r->err;
	r->snapshot++;
	r->err = recording_db_run(r->db, "BEGIN");
	return r->err;
}

/* `deep`: r->rows are its order. */
int recorder_commit(struct recorder *r, const struct recorder_moment *m,
		    const struct snapshot *deep)
{
	struct rows *rows = &r->name_rows;
	sqlite3_stmt *s = r->insert[RECORDING_SNAPSHOT];

	if (!r->err) {
		rows_clear(rows);
		sqlite3_clear_bindings(s);
		/* The columns of the order are the last two. */
		for (size_t i = 0; deep && i < 2; i++)
			sqlite3_bind_blob(s, 7 + i, r->rows.blobs.bytes + r->rows.values[i].at,
					  (int)r->rows.values[i].size, SQLITE_STATIC);
		sqlite3_bind_int64(s, 1, r->snapshot);
		sqlite3_bind_double(s, 2, m->at_s);
		sqlite3_bind_int64(s, 3, deep != NULL);
		sqlite3_bind_int64(s, 4, r->key);
		sqlite3_bind_int64(s, 5, (sqlite3_int64)m->late);
		sqlite3_bind_int64(s, 6, (sqlite3_int64)m->put_off);
		r->err = recording_db_error(sqlite3_step(s));
		sqlite3_reset(s);
	}
	if (!r->err)
		r->err = recording_db_run(r->db, "COMMIT");
	if (r->err)
		recording_db_run(r->db, "ROLLBACK");
	return r->err ? r->err : recorder_thin(r);
}

static bool put_log_away(struct recorder *r)
{
	autostatement sqlite3_stmt *s = NULL;

	return !recording_db_prepare(r->db, "PRAGMA journal_mode = DELETE", &s) &&
	       sqlite3_step(s) == SQLITE_ROW &&
	       !strcmp((const char *)sqlite3_column_text(s, 0), "delete");
}

/* The log goes into the file; for who reads it, SQLite does not wait here. */
static void make_whole(struct recorder *r, int wait_ms)
{
	for (r->whole = put_log_away(r); !r->whole && wait_ms > 0; r->whole = put_log_away(r))
		wait_ms -= sqlite3_sleep(wait_ms < STEP_MS ? wait_ms : STEP_MS);
}

bool recorder_make_whole(struct recorder *r)
{
	if (!r->whole)
		make_whole(r, 0);
	return r->whole;
}

int recorder_end(struct recorder *r, const char *how, struct report_source *ret_source)
{
	sqlite3_stmt *s = NULL;
	sqlite3_int64 last;
	int err = r->err;

	if (!err)
		err = recording_db_prepare(r->db, "UPDATE run SET ended = ?", &s);
	if (!err) {
		sqlite3_bind_text(s, 1, how, -1, SQLITE_STATIC);
		err = recording_db_error(sqlite3_step(s));
	}
	sqlite3_finalize(s);
	if (!err)
		make_whole(r, READER_MS);
	if (!err)
		err = recording_source_find(r->db, INFINITY, &last);
	if (!err)
		err = recording_source(r->db, last, &r->run, ret_source);
	ret_source->ended = true;
	r->err = err;
	return err;
}

int recorder_size(struct recorder *r, uint64_t *ret_bytes, uint64_t *ret_snapshots)
{
	sqlite3_int64 pages = 0, count = 0;
	int err = recording_db_number(r->db, "PRAGMA page_count", 0, &pages);

	if (!err)
		err = recording_db_number(r->db, "SELECT count(*) FROM snapshot", 0, &count);
	*ret_bytes = pages * PAGE_BYTES;
	*ret_snapshots = count;
	return err;
}

/* What is in memory of it. */
static void release(struct recorder *r)
{
	struct interner *interners[] = {&r->images, &r->frames,	 &r->stacks,
					&r->caches, &r->origins, &r->tasks,
					&r->slabs,  &r->modules, &r->addresses};
	struct last_hashes *hashes[] = {&r->of_fact, &r->of_hook, &r->of_slab, &r->of_cache,
					&r->of_origin};

	for (uint32_t i = 1; i < r->module_cnt; i++)
		free(r->module_of[i].loads);
	for (size_t i = 0; i < ARRAY_SIZE(interners); i++)
		interner_deinit(interners[i]);
	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++)
		free(hashes[i]->at);
	rows_deinit(&r->rows);
	rows_deinit(&r->name_rows);
	free(r->module_of);
	free(r->frame_of);
	free(r->counted);
	free(r->root);
	free(r);
}

void recorder_destroy(struct recorder *r)
{
	if (!r)
		return;
	for (int i = 0; i < RECORDING_TABLES; i++)
		sqlite3_finalize(r->insert[i]);
	if (r->db)
		recorder_make_whole(r);
	sqlite3_close(r->db);
	release(r);
}

void recorder_remove(const char *path)
{
	static const char *const beside[] = {"", "-wal", "-shm"};

	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		autofree char *name = NULL;

		if (asprintf(&name, "%s%s", path, beside[i]) < 0)
			name = NULL;
		else
			unlink(name);
	}
}
