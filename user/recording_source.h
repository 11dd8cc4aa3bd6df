/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which deep snapshots a recording has; the same for who writes and who reads it. */
#ifndef SS_RECORDING_SOURCE_H
#define SS_RECORDING_SOURCE_H

#include <sqlite3.h>

#include "recording.h"
#include "report_source.h"

/* The last deep snapshot at or before at_s; -ENOENT where there is none. Else 0 or -errno. */
int recording_source_find(sqlite3 *db, double at_s, sqlite3_int64 *ret_snapshot);
/* All but `ended` is as in the file. 0 or -errno. */
int recording_source(sqlite3 *db, sqlite3_int64 snapshot, const struct recording_run *run,
		     struct report_source *ret_source);

#endif
