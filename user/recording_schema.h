/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of a recording, as its writer makes them and its reader expects them: the
 * statement that makes a table is compared as text. Described for people in the man
 * page, RECORDINGS.
 *
 * A table of things (image to task) only grows; its ids run from 1. A table of what
 * things were like (hook to free_site) has rows of those that changed since the
 * snapshot before: the latest at or before a snapshot holds for it. A snapshot that is
 * a key has all of them, so that no reader need go back any further.
 */
#ifndef SS_RECORDING_SCHEMA_H
#define SS_RECORDING_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"
#include "report_run.h"

#define RECORDING_MAGIC	  0x534c4142 /* PRAGMA application_id: "SLAB" */
#define RECORDING_VERSION 3	     /* PRAGMA user_version; those before it are read, too */
#define RECORDING_KEYS	  32	     /* of so many deep snapshots one is a key */

/* What no recording has more of. */
#define RECORDING_COUNT_MAX	  (1ull << 62)
#define RECORDING_SECONDS_MAX	  1e12
#define RECORDING_LIVES_MAX	  (1ull << 48) /* in one bin */
#define RECORDING_TEXT_MAX	  4096
#define RECORDING_BLOB_MAX	  (4u << 20)
#define RECORDING_DEPTH_MAX	  1024
#define RECORDING_IDS_MAX	  (1u << 24)
#define RECORDING_WORDS_MAX	  4096	     /* bytes of a command */
#define RECORDING_REPETITIONS_MAX (1u << 25) /* numbers of all rows: 256 MiB */
#define RECORDING_CHARS_MAX	  160
#define RECORDING_SLABS_MAX	  8192 /* names of caches that the kernel has */

enum recording_type {
	RECORDING_BOOL,
	RECORDING_U32,
	RECORDING_I32,
	RECORDING_U64,	      /* up to RECORDING_COUNT_MAX */
	RECORDING_REAL,	      /* finite, not below 0 */
	RECORDING_TEXT,	      /* const char *; NULL where there is none */
	RECORDING_SAFE,	      /* the same, and every character is printable */
	RECORDING_CHARS,      /* char[160], escaped when printed */
	RECORDING_SAFE_CHARS, /* the same, and every character is printable */
	RECORDING_PATH,	      /* char[PATH_MAX], escaped when printed */
};

/* A number of a struct, and its column or name in a recording. */
struct recording_field {
	const char *name;
	size_t offset;
	enum recording_type type;
	uint32_t since; /* not in recordings of an older version than this */
};

/* All that is one number or text of a report; members of the pointers are not meant. */
struct recording_facts {
	struct report report;
	struct snapshot snapshot;
	struct settle settle;
	struct reclaim reclaim;
	struct report_run run;
	struct run_cgroup cgroup; /* of the command; who lives in it is in a row of its own */
	bool settled, reclaimed, ran, has_cgroup, before, after, hidden;
	uint32_t grade, how;
};

extern const struct recording_field recording_facts[], recording_cache[], recording_origin[];
extern const size_t recording_facts_cnt, recording_cache_cnt, recording_origin_cnt;

enum recording_table {
	RECORDING_RUN,
	RECORDING_SNAPSHOT,
	RECORDING_IMAGE,
	RECORDING_FRAME,
	RECORDING_STACK,
	RECORDING_CACHE,
	RECORDING_ORIGIN,
	RECORDING_TASK,
	RECORDING_COUNTER,
	RECORDING_HOOK,
	RECORDING_FACT,
	RECORDING_SLAB,
	RECORDING_CACHE_STATE,
	RECORDING_ORIGIN_STATE,
	RECORDING_STACK_STATE,
	RECORDING_TASK_STATE,
	RECORDING_CONTENT,
	RECORDING_FREE_SITE,
	RECORDING_TABLES,
};

#define RECORDING_SQL 2048
const char *recording_table_name(enum recording_table table);
/* CREATE TABLE as of a version, and INSERT of all columns as of this one, into buf. */
char *recording_create_sql(enum recording_table table, uint32_t version, char buf[RECORDING_SQL]);
char *recording_insert_sql(enum recording_table table, char buf[RECORDING_SQL]);
/* Tables whose rows hold from their snapshot on, until one of the same key follows. */
bool recording_table_lasts(enum recording_table table);

#endif
