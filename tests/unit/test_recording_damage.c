// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * recording_open.c and what reads behind it, against files that are not as a writer
 * leaves them: an error with a reason, or a report, and never anything else. Under the
 * sanitizers, "anything else" ends the test.
 */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "made_recording.h"
#include "recording_db.h"

#define FLIPS	 400
#define CUTS	 60
#define MIXTURES 120

/* The bytes of a recording of everything that made_report_fill() has. */
struct file {
	uint8_t *bytes;
	size_t size;
};

static struct file read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	struct file file = {malloc(1 << 22), 0};

	assert_non_null(f);
	assert_non_null(file.bytes);
	file.size = fread(file.bytes, 1, 1 << 22, f);
	assert_true(file.size > 4096 && file.size < 1 << 22);
	fclose(f);
	return file;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	fclose(f);
}

/* -errno, or 0 when a report came out, which then can be written in every form. */
static int try(const char *path)
{
	const report_writer writers[] = {report_text, report_json, report_tap};
	struct recording_point *points = NULL;
	struct recording *rec = NULL;
	struct recorded *read = NULL;
	char why[RECORDING_WHY] = "";
	size_t count;
	int err = recording_open(path, &rec, why);

	if (!err) {
		err = recording_at(rec, INFINITY, &read, why);
		if (!err && recorded_report(read)->snapshot->origin_cnt &&
		    !recording_growth(rec, read, recorded_report(read)->snapshot->origins, &points,
				      &count))
			free(points);
		recording_close(rec);
	}
	assert_int_equal(err != 0, why[0] != '\0');
	for (const char *c = why; *c; c++)
		assert_true(*c >= ' ' && *c != 0x7f);
	for (size_t i = 0; !err && i < ARRAY_SIZE(writers); i++) {
		autofree char *whole = NULL;
		size_t size;
		FILE *f = open_memstream(&whole, &size);

		assert_int_equal(writers[i](recorded_report(read), f), 0);
		fclose(f);
		/* No name does anything to a terminal, whoever wrote it. */
		for (size_t j = 0; j < size; j++)
			assert_true(whole[j] == '\n' || (uint8_t)whole[j] >= ' ');
	}
	recorded_destroy(read);
	return err;
}

static void recording_whole_is_read(void **state)
{
	const char *path = made_recording_of_everything();

	(void)state;
	assert_int_equal(try(path), 0);
	made_recording_remove(path);
}

/* Bits that flip, anywhere: in the head, in the trees, in what is stored in them. */
static void recording_with_flipped_bits(void **state)
{
	const char *path = made_recording_of_everything();
	struct file file = read_file(path);
	uint64_t seed = 5;
	int refused = 0;

	(void)state;
	for (int i = 0; i < FLIPS; i++) {
		uint32_t at = random_below(&seed, file.size), bit = random_below(&seed, 8);

		file.bytes[at] ^= 1u << bit;
		write_file(path, file.bytes, file.size);
		refused += try(path) != 0;
		file.bytes[at] ^= 1u << bit;
	}
	assert_true(refused > FLIPS / 20);
	free(file.bytes);
	made_recording_remove(path);
}

/* Whole stretches of something else: zeros, ones, other parts of the file. */
static void recording_with_other_bytes(void **state)
{
	const char *path = made_recording_of_everything();
	struct file file = read_file(path);
	autofree uint8_t *mixed = malloc(file.size);
	uint64_t seed = 6;

	(void)state;
	assert_non_null(mixed);
	for (int i = 0; i < MIXTURES; i++) {
		uint32_t len = 1 + random_below(&seed, 300);
		uint32_t at = random_below(&seed, file.size - len);
		uint32_t from = random_below(&seed, file.size - len);

		memcpy(mixed, file.bytes, file.size);
		if (i % 3)
			memset(mixed + at, i % 3 == 1 ? 0 : 0xff, len);
		else
			memcpy(mixed + at, file.bytes + from, len);
		write_file(path, mixed, file.size);
		try(path);
	}
	free(file.bytes);
	made_recording_remove(path);
}

static void recording_that_was_cut(void **state)
{
	const char *path = made_recording_of_everything();
	struct file file = read_file(path);

	(void)state;
	for (int i = 0; i < CUTS; i++) {
		size_t size = file.size * i / CUTS;

		write_file(path, file.bytes, size);
		assert_int_equal(try(path), -EBADMSG);
	}
	free(file.bytes);
	made_recording_remove(path);
}

/* Changed by SQL, so that the file is sound and what it says is not. */
static const char *const changes[] = {
	"DROP TABLE origin_state",
	"DROP TABLE run",
	"DELETE FROM run",
	"UPDATE run SET began = 'long ago'",
	"UPDATE run SET utc_offset = 9e9",
	"ALTER TABLE task ADD COLUMN more",
	"DROP TABLE task; CREATE TABLE task(id INTEGER PRIMARY KEY, comm INTEGER)",
	"DROP TABLE task; CREATE VIEW task AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i "
	"+ 1 FROM n) SELECT i AS id, 'ls' AS comm FROM n",
	"DELETE FROM fact WHERE name = 'snapshot.tick_s'",
	"UPDATE fact SET value = 0.0 WHERE name = 'snapshot.tick_s'",
	"UPDATE fact SET value = 1e300 WHERE name = 'snapshot.booked_s'",
	"UPDATE fact SET value = 1e-307 WHERE name = 'snapshot.booked_s'",
	"UPDATE fact SET value = 1e-307 WHERE name IN ('snapshot.booked_s', 'snapshot.tick_s')",
	"UPDATE fact SET value = -1 WHERE name = 'snapshot.allocs'",
	"UPDATE fact SET value = '12' WHERE name = 'snapshot.allocs'",
	"UPDATE fact SET value = 0.5 WHERE name = 'snapshot.scale'",
	"UPDATE fact SET value = 7 WHERE name = 'grade'",
	"UPDATE fact SET value = 3 WHERE name = 'how'",
	"UPDATE fact SET value = NULL WHERE name = 'report.host'",
	"UPDATE fact SET value = x'00' WHERE name = 'report.host'",
	"UPDATE fact SET value = char(27) || '[31m' WHERE name = 'report.release'",
	"UPDATE fact SET value = 100000000 WHERE name = 'snapshot.repetition_cnt'",
	"UPDATE fact SET value = printf('%5000s', 'x') WHERE name = 'report.host'",
	"UPDATE fact SET value = printf('%200s', 'x') WHERE name = 'reclaim.why'",
	"UPDATE fact SET value = x'03616263' WHERE name = 'run.argv'",
	"UPDATE fact SET value = x'' WHERE name = 'run.argv'",
	"INSERT INTO fact VALUES (1, 'no such thing', 1)",
	"DELETE FROM hook WHERE name = 'kfree'",
	"UPDATE hook SET target = 'x' || char(27) WHERE name = 'kfree'",
	"UPDATE hook SET target = NULL",
	"UPDATE hook SET kind = 99",
	"UPDATE hook SET state = -1",
	"UPDATE hook SET why = char(7)",
	"INSERT INTO hook VALUES (1, 'other', NULL, 0, 0, 0, '')",
	"UPDATE snapshot SET caches = x''",
	"UPDATE snapshot SET origins = NULL",
	"UPDATE snapshot SET origins = 17",
	"UPDATE snapshot SET origins = x'020101'",		   /* one twice */
	"UPDATE snapshot SET origins = x'01ffffffffffffffffff01'", /* none such */
	"UPDATE snapshot SET caches = x'ffffffff7f01'",
	"UPDATE snapshot SET at = 1e300",
	"UPDATE snapshot SET at = 'now'",
	"UPDATE snapshot SET late = 9223372036854775807",
	"UPDATE snapshot SET key = 0",
	"DELETE FROM snapshot",
	"DELETE FROM cache",
	"DELETE FROM cache WHERE id = 2",
	"UPDATE cache SET name = printf('%100s', 'x')",
	"UPDATE cache SET destroyed = 2",
	"DELETE FROM cache_state WHERE cache = 1",
	"UPDATE cache_state SET size = -1",
	"UPDATE cache_state SET oldest_s = 'old'",
	"UPDATE origin SET cache = 999",
	"UPDATE origin SET frame = 0",
	"UPDATE origin SET frame = 99999999",
	"UPDATE origin SET id = id + 1000000000",
	"DELETE FROM origin_state WHERE origin = 1",
	"UPDATE origin_state SET allocs = NULL",
	"UPDATE origin_state SET lives = NULL",
	"UPDATE origin_state SET lives = x''",
	"UPDATE origin_state SET lives = x'0068'",
	"UPDATE origin_state SET lives = x'00ffffffffffffffffff7f'",
	"UPDATE origin_state SET lives = lives || x'01'",
	"UPDATE origin_state SET lives = zeroblob(3000000)",
	"UPDATE origin_state SET pins = x'000041'",
	"UPDATE origin_state SET pins = x'0105' || x'003f'", /* more held than looked at */
	"UPDATE origin_state SET repetitions = x'01'",
	"UPDATE origin_state SET age_max_s = -1.0",
	"UPDATE stack SET frames = NULL",
	"UPDATE stack SET frames = x'ff7f'",
	"UPDATE stack SET frames = x'01ff7f'",
	"DELETE FROM stack",
	"UPDATE frame SET offset = 300000 WHERE offset",
	"UPDATE frame SET offset = -5 WHERE offset",
	"UPDATE frame SET image = 9 WHERE image",
	"UPDATE frame SET function = NULL",
	"UPDATE image SET module = x'00'",
	"UPDATE stack_state SET stack = 0",
	"UPDATE stack_state SET stack = 12345",
	"UPDATE stack_state SET nr = nr + 1000",
	"UPDATE stack_state SET share = 3.0",
	"UPDATE stack_state SET weight = 9e999",
	"UPDATE task_state SET stack_nr = stack_nr + 1000",
	"UPDATE task_state SET nr = nr + 1000",
	"UPDATE task_state SET task = 4711",
	"UPDATE task_state SET lives = 'x'",
	/* More than any ledger has, of one stack and in all. */
	"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 4200) INSERT "
	"INTO task_state SELECT snapshot, origin, stack_nr, nr + i, task, objects, weight, lives "
	"FROM n, (SELECT * FROM task_state ORDER BY origin DESC, stack_nr DESC, nr DESC LIMIT 1)",
	"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 17000) INSERT "
	"INTO stack_state SELECT snapshot, origin, nr + i, stack, objects, share, weight, lives, "
	"repetitions, pins FROM n, (SELECT * FROM stack_state ORDER BY origin DESC, nr DESC LIMIT "
	"1)",
	"UPDATE task SET comm = printf('%16s', 'x')",
	"UPDATE task SET comm = x'6c73'",
	"UPDATE task SET cgroup = -1",
	"UPDATE task SET cgroup = NULL",
	"UPDATE task SET path = x'6c73'",
	"UPDATE task SET path = printf('%4097s', '/')",
	"UPDATE content SET text = char(27)",
	"UPDATE content SET kind = NULL",
	"UPDATE content SET nr = 3",
	"UPDATE free_site SET how = 17",
	"UPDATE free_site SET how = -1",
	"UPDATE free_site SET frame = 100000",
	"UPDATE free_site SET frees = -1",
	"UPDATE slab SET before = 'many'",
	"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 8192) INSERT "
	"INTO slab SELECT 1, 'a' || i, 'all', 1, 1 FROM n",
	"UPDATE slab SET merged = NULL",
	"PRAGMA user_version = 1",
	"PRAGMA user_version = 4",
	"PRAGMA user_version = 0",
	"PRAGMA application_id = 5",
};

static void recording_that_was_changed(void **state)
{
	const char *path = made_recording_of_everything();
	struct file file = read_file(path);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		sqlite3 *db;
		int err;

		write_file(path, file.bytes, file.size);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		err = recording_db_run(db, changes[i]);
		if (err || (strncmp(changes[i], "PRAGMA", 6) && strncmp(changes[i], "ALTER", 5) &&
			    strncmp(changes[i], "DROP", 4) && !sqlite3_changes(db)))
			fail_msg("nothing is changed by %s: %s", changes[i], sqlite3_errmsg(db));
		sqlite3_close(db);
		err = try(path);
		if (!err)
			fail_msg("nobody minds: %s", changes[i]);
	}
	free(file.bytes);
	made_recording_remove(path);
}

/* Names are whatever they are: they are shown, and disarmed. */
static void recording_with_names_that_are_odd(void **state)
{
	static const char *const names[] = {
		"UPDATE cache SET name = char(27, 91, 51, 49, 109) || id",
		"UPDATE task SET comm = char(10, 7) || id",
		"UPDATE frame SET function = char(155, 10) || '%s%n' WHERE function NOT NULL",
		"UPDATE image SET module = '' WHERE module NOT NULL",
		"UPDATE fact SET value = CAST(x'ff1b5b48' AS TEXT) WHERE name = 'report.host'",
		"UPDATE slab SET merged = 'all of them'",
	};
	const char *path = made_recording_of_everything();
	struct file file = read_file(path);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		sqlite3 *db;

		write_file(path, file.bytes, file.size);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(recording_db_run(db, names[i]), 0);
		assert_true(sqlite3_changes(db) > 0);
		sqlite3_close(db);
		if (try(path))
			fail_msg("refused: %s", names[i]);
	}
	free(file.bytes);
	made_recording_remove(path);
}

static void check_foreign(const char *path, int expected, const char *reason)
{
	struct recording *rec = NULL;
	char why[RECORDING_WHY] = "";

	assert_int_equal(recording_open(path, &rec, why), expected);
	assert_has(why, reason);
}

static void recording_that_is_something_else(void **state)
{
	const char *other = sandbox_path(state, "other.db"), *fifo = sandbox_path(state, "fifo");
	uint8_t head[4096] = "SQLite format 3";
	sqlite3 *db;

	check_foreign(sandbox_path(state, "none"), -ENOENT, "No such file");
	check_foreign(sandbox_path(state, ""), -EBADMSG, "a directory");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	check_foreign(fifo, -EBADMSG, "not a file");
	check_foreign("/dev/zero", -EBADMSG, "not a file");
	check_foreign(sandbox_file(state, "empty", ""), -EBADMSG, "empty");
	check_foreign(sandbox_file(state, "text", "a report\n"), -EBADMSG, "not a recording");
	assert_int_equal(sqlite3_open(other, &db), SQLITE_OK);
	assert_int_equal(recording_db_run(db, "CREATE TABLE t(a)"), 0);
	sqlite3_close(db);
	check_foreign(other, -EBADMSG, "not a recording");
	/* A head like ours, and nothing behind it. */
	memcpy(head + 68, "SLAB", 4);
	head[63] = 1;
	write_file(other, head, sizeof(head));
	check_foreign(other, -EBADMSG, "damaged");
	head[63] = 9;
	write_file(other, head, sizeof(head));
	check_foreign(other, -ENOTSUP, "a recording of schema 9, and this slabsight knows");
	check_foreign(sandbox_path(state, "escape\033[31m"), -ENOENT, "escape\\x1b[31m");
}

int test_recording_damage(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(recording_whole_is_read),
		WITH_REPORT(recording_with_flipped_bits),
		WITH_REPORT(recording_with_other_bytes),
		WITH_REPORT(recording_that_was_cut),
		WITH_REPORT(recording_that_was_changed),
		WITH_REPORT(recording_with_names_that_are_odd),
		SANDBOXED(recording_that_is_something_else),
	};

	return cmocka_run_group_tests_name("recording, damaged", tests, NULL, NULL);
}
