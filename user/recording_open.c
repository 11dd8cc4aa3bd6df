// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a path to a recording that may be read: a regular file, by its head one of ours
 * and of a version that is known, and with exactly the tables that a writer makes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "recording_private.h"
#include "text.h"

#define MAGIC	   "SQLite format 3"
#define HEAD_BYTES 100
#define STEPS	   10000 /* of SQLite's machine, between two looks whether it is too many */
#define STEPS_A_MB 1000	 /* such looks that a call may cost for each MB of the file */

static int refuse(const char *path, int err, const char *what, char why[RECORDING_WHY])
{
	char safe[128];

	snprintf(why, RECORDING_WHY, "'%s': %s", text_escape(path, safe, sizeof(safe)), what);
	return err;
}

static uint32_t big_endian(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* Without SQLite: what a user has named by mistake, is told apart here. */
static int check_head(const char *path, bool log, uint64_t *ret_bytes, uint32_t *ret_version,
		      bool *ret_wants_log, char why[RECORDING_WHY])
{
	/* A FIFO would wait for a writer. */
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint8_t head[HEAD_BYTES];
	struct stat st;
	uint64_t whole;
	ssize_t n;
	char text[128];

	if (fd < 0 || fstat(fd, &st))
		return refuse(path, -errno, strerror(errno), why);
	if (!S_ISREG(st.st_mode))
		return refuse(path, -EBADMSG,
			      S_ISDIR(st.st_mode) ? "a directory, not a recording"
						  : "not a file, so no recording",
			      why);
	n = read(fd, head, sizeof(head));
	if (n < (ssize_t)sizeof(head) || memcmp(head, MAGIC, sizeof(MAGIC)) ||
	    big_endian(head + 68) != RECORDING_MAGIC)
		return refuse(path, -EBADMSG,
			      n ? "not a recording of slabsight" : "empty, and no recording", why);
	*ret_version = big_endian(head + 60);
	if (*ret_version < 1 || *ret_version > RECORDING_VERSION) {
		snprintf(
			text, sizeof(text),
			"a recording of schema %u, and this slabsight knows schemas up to %u: read "
			"it with the slabsight that wrote it, or a later one",
			*ret_version, RECORDING_VERSION);
		return refuse(path, -ENOTSUP, text, why);
	}
	/* Where there is a log, the rest may be in there. */
	whole = (uint64_t)big_endian(head + 28) * ((uint32_t)head[16] << 8 | head[17]);
	if (!log && (uint64_t)st.st_size < whole) {
		snprintf(text, sizeof(text), "cut short: %llu bytes of %llu are there",
			 (unsigned long long)st.st_size, (unsigned long long)whole);
		return refuse(path, -EBADMSG, text, why);
	}
	*ret_bytes = st.st_size;
	*ret_wants_log = head[18] == 2;
	return 0;
}

/* Bytes of a log beside the file, which has what was written last: an empty one has nothing. */
static uint64_t log_bytes(const char *path)
{
	autofree char *log = NULL;
	struct stat st;

	return asprintf(&log, "%s-wal", path) > 0 && !stat(log, &st) ? (uint64_t)st.st_size : 0;
}

/*
 * file:PATH?immutable=1, in which %, ? and # would be taken for more than they are, as
 * would two slashes at its beginning, or a name such as :memory:.
 */
static char *make_uri(const char *path, bool immutable)
{
	char *uri = malloc(3 * strlen(path) + 64), *at = uri;

	if (!uri)
		return NULL;
	while (path[0] == '/' && path[1] == '/')
		path++;
	at += sprintf(at, "file:%s", *path == '/' ? "" : "./");
	for (; *path; path++)
		at += sprintf(at, strchr("%?#", *path) ? "%%%02x" : "%c", *path);
	sprintf(at, "%s", immutable ? "?immutable=1" : "");
	return uri;
}

void recording_begin_call(struct recording *rec)
{
	rec->steps = rec->steps_max;
}

static int is_too_much(void *arg)
{
	struct recording *rec = arg;

	return !rec->steps--;
}

/* Whatever SQLite can do that reading a recording does not need, it must not. */
static int disarm(struct recording *rec)
{
	sqlite3 *db = rec->db;

	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, RECORDING_BLOB_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 65536);
	sqlite3_limit(db, SQLITE_LIMIT_COLUMN, 64);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 32);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
	sqlite3_progress_handler(db, STEPS, is_too_much, rec);
	sqlite3_busy_timeout(db, 2000);
	return recording_db_run(db, "PRAGMA query_only = 1; PRAGMA cell_size_check = 1; "
				    "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;");
}

/* Tables, and nothing that only looks like one. */
static int check_tables(struct recording *rec)
{
	autostatement sqlite3_stmt *s = NULL;
	char expected[RECORDING_SQL];
	int err = recording_db_prepare(rec->db,
				       "SELECT sql FROM sqlite_schema WHERE type = 'table' AND "
				       "name = ?",
				       &s);

	for (int i = 0; i < RECORDING_TABLES && !err; i++) {
		struct columns c = {.s = s};

		sqlite3_bind_text(s, 1, recording_table_name(i), -1, SQLITE_STATIC);
		err = columns_next(&c);
		if (err > 0)
			err = strcmp(columns_text(&c, RECORDING_SQL, false),
				     recording_create_sql(i, rec->version, expected))
				      ? -EBADMSG
				      : 0;
		else if (!err)
			err = -EBADMSG;
		sqlite3_reset(s);
	}
	return err;
}

static int read_run(struct recording *rec)
{
	struct recording_run *run = &rec->run;
	autostatement sqlite3_stmt *s = NULL;
	const char **texts[] = {&run->slabsight, &run->host, &run->release, &run->machine,
				&run->build_id,	 &run->btf,  &run->boot_id, &run->ended};
	struct columns c = {};
	int err = recording_db_prepare(
		rec->db,
		"SELECT slabsight, host, release, machine, build_id, btf, boot_id, ended, began, "
		"utc_offset, every FROM run WHERE id = 1",
		&s);

	c.s = s;
	if (!err)
		err = columns_next(&c);
	if (err <= 0)
		return err ? err : -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = columns_text(&c, RECORDING_TEXT_MAX, i == 7);

		if (text) {
			*texts[i] = rec->texts[i] = strdup(text);
			if (!rec->texts[i])
				return -ENOMEM;
		}
	}
	run->began = columns_real(&c, 1e11);
	run->utc_offset = columns_int(&c, -86400, 86400);
	run->every_s = columns_real(&c, RECORDING_SECONDS_MAX);
	return c.damaged ? -EBADMSG : 0;
}

static int open_db(const char *path, bool immutable, struct recording *rec)
{
	autofree char *uri = make_uri(path, immutable);
	int err;

	if (!uri)
		return -ENOMEM;
	sqlite3_close(rec->db);
	rec->db = NULL;
	err = recording_db_error(sqlite3_open_v2(
		uri, &rec->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL));
	if (!err)
		err = disarm(rec);
	return err ? err : check_tables(rec);
}

int recording_open(const char *path, struct recording **ret_recording, char why[RECORDING_WHY])
{
	struct recording *rec;
	const uint64_t log = log_bytes(path);
	uint64_t bytes;
	uint32_t version;
	bool wants_log;
	int err = check_head(path, log, &bytes, &version, &wants_log, why);

	if (err)
		return err;
	rec = calloc(1, sizeof(*rec));
	if (!rec)
		return refuse(path, -ENOMEM, strerror(ENOMEM), why);
	rec->version = version;
	rec->bytes = bytes + log;
	rec->steps_max = ((rec->bytes >> 20) + 2) * STEPS_A_MB;
	recording_begin_call(rec);
	err = open_db(path, !log, rec);
	/* What is still written is read as it is now. */
	if (!err)
		err = recording_db_run(rec->db, "BEGIN");
	if (!err)
		err = read_run(rec);
	if (!err) {
		*ret_recording = rec;
		return 0;
	}
	recording_close(rec);
	if (log && err == -EACCES)
		return refuse(path, err,
			      "it is still written, or was not ended, and to read the log beside "
			      "it needs to write there: copy both to where you may write",
			      why);
	if (err == -EBADMSG && wants_log && !log)
		return refuse(path, err,
			      "the file beside it that ends in -wal is missing: it was still "
			      "written when it was copied, or was killed; or it is damaged",
			      why);
	if (err == -EBADMSG || err == -ETIMEDOUT)
		return refuse(path, -EBADMSG, "damaged, or not a recording of slabsight", why);
	return refuse(path, err, strerror(-err), why);
}

void recording_close(struct recording *rec)
{
	if (!rec)
		return;
	sqlite3_close(rec->db);
	for (size_t i = 0; i < ARRAY_SIZE(rec->texts); i++)
		free(rec->texts[i]);
	free(rec);
}

const struct recording_run *recording_run(const struct recording *rec)
{
	return &rec->run;
}
