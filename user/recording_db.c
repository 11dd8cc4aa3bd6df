// SPDX-License-Identifier: GPL-2.0-or-later
/* SQLite's errors as ours, and statements that are run once. */
#include "recording_db.h"

#include <errno.h>
#include <stddef.h>

int recording_db_error(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_IOERR:
		return -EIO;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_INTERRUPT:
		return -ETIMEDOUT;
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return -EACCES;
	default:
		return -EBADMSG;
	}
}

int recording_db_run(sqlite3 *db, const char *sql)
{
	return recording_db_error(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int recording_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement)
{
	return recording_db_error(sqlite3_prepare_v2(db, sql, -1, ret_statement, NULL));
}

int recording_db_number(sqlite3 *db, const char *sql, sqlite3_int64 arg, sqlite3_int64 *ret)
{
	autostatement sqlite3_stmt *s = NULL;
	int err = recording_db_prepare(db, sql, &s), code;

	if (err)
		return err;
	if (sqlite3_bind_parameter_count(s))
		sqlite3_bind_int64(s, 1, arg);
	code = sqlite3_step(s);
	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? -EBADMSG : recording_db_error(code);
	if (sqlite3_column_type(s, 0) != SQLITE_INTEGER)
		return -EBADMSG;
	*ret = sqlite3_column_int64(s, 0);
	return 0;
}
