/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writer and the reader of recordings share in talking to SQLite. */
#ifndef SS_RECORDING_DB_H
#define SS_RECORDING_DB_H

#include <sqlite3.h>

/* What SQLite returned as 0 or -errno: -ENOSPC, -EIO, -ENOMEM, -EBADMSG (damaged), ... */
int recording_db_error(int code);
/* Run statements that return nothing. 0 or -errno. */
int recording_db_run(sqlite3 *db, const char *sql);
/* Prepare one; 0 or -errno. */
int recording_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement);
/* The number that a statement returns, with a number bound to its ?; 0 or -errno. */
int recording_db_number(sqlite3 *db, const char *sql, sqlite3_int64 arg, sqlite3_int64 *ret);

static inline void recording_db_finalize(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}

#define autostatement __attribute__((cleanup(recording_db_finalize)))

#endif
