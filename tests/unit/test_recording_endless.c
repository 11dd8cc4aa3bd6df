// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Small recordings that have more to read than any machine can hold. Pages that lead to one
 * page again and again are, to SQLite, a sound tree of more rows than anyone can read; and
 * zeros take no room in a blob. They are refused, in little time and memory.
 */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "made_recording.h"
#include "recording_db.h"

#define PAGE   4096
#define FANOUT 600 /* of a page */
#define LEVELS 5   /* 600^5 times the rows */

static void put(uint8_t *at, uint64_t number, int bytes)
{
	while (bytes--) {
		at[bytes] = number & 0xff;
		number >>= 8;
	}
}

static uint32_t find_root(const char *path, const char *table)
{
	char sql[128];
	sqlite3_int64 root = 0;
	sqlite3 *db;

	snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(recording_db_number(db, sql, 0, &root), 0);
	sqlite3_close(db);
	return (uint32_t)root;
}

/*
 * A page whose every cell leads to `child`. Those of an index have a row as well: the
 * first of the leaf, whose size is one byte.
 */
static void make_page(uint8_t page[PAGE], uint32_t child, const uint8_t leaf[PAGE])
{
	const bool index = leaf[0] == 10;
	const uint8_t *row = leaf + (leaf[8] << 8 | leaf[9]);
	const size_t size = index ? 1u + row[0] : 1;
	const uint32_t cell = PAGE - 4 - size;

	memset(page, 0, PAGE);
	page[0] = index ? 2 : 5;
	put(page + 3, FANOUT, 2);
	put(page + 5, cell, 2);
	put(page + 8, child, 4);
	for (int i = 0; i < FANOUT; i++)
		put(page + 12 + 2 * i, cell, 2);
	put(page + cell, child, 4);
	page[cell + 4] = 1;
	if (index)
		memcpy(page + cell + 4, row, size);
}

/* The table's only page becomes a leaf deep below its root. */
static void make_endless(const char *path, const char *table)
{
	const uint32_t root = find_root(path, table);
	uint8_t leaf[PAGE], page[PAGE], head[PAGE];
	FILE *f = fopen(path, "r+e");
	uint32_t pages;

	assert_non_null(f);
	assert_int_equal(fread(head, PAGE, 1, f), 1);
	fseek(f, (long)(root - 1) * PAGE, SEEK_SET);
	assert_int_equal(fread(leaf, PAGE, 1, f), 1);
	assert_true(leaf[0] == 10 || leaf[0] == 13);
	assert_true(leaf[0] == 13 || leaf[leaf[8] << 8 | leaf[9]] < 0x80);
	fseek(f, 0, SEEK_END);
	pages = (uint32_t)(ftell(f) / PAGE);
	for (int i = 1; i < LEVELS; i++) {
		make_page(page, pages + i + 1, leaf);
		assert_int_equal(fwrite(page, PAGE, 1, f), 1);
	}
	assert_int_equal(fwrite(leaf, PAGE, 1, f), 1);
	make_page(page, pages + 1, leaf);
	fseek(f, (long)(root - 1) * PAGE, SEEK_SET);
	assert_int_equal(fwrite(page, PAGE, 1, f), 1);
	put(head + 28, pages + LEVELS, 4);
	rewind(f);
	assert_int_equal(fwrite(head, PAGE, 1, f), 1);
	assert_int_equal(fclose(f), 0);
}

static void check_refused(const char *table, const char *reason)
{
	const char *path = made_recording_of_everything();
	struct recording *rec = NULL;
	struct recorded *read = NULL;
	char why[RECORDING_WHY] = "";

	make_endless(path, table);
	assert_int_equal(recording_open(path, &rec, why), 0);
	/* Else a test that fails would not end. */
	alarm(300);
	assert_int_not_equal(recording_at(rec, INFINITY, &read, why), 0);
	alarm(0);
	assert_has(why, reason);
	recording_close(rec);
	made_recording_remove(path);
}

/* Rows that are counted. */
static void recording_with_endless_names(void **state)
{
	(void)state;
	check_refused("task", "it takes longer to read");
}

/* Rows whose texts are kept: there cannot be more text than the file is large. */
static void recording_with_endless_texts(void **state)
{
	(void)state;
	check_refused("slab", "something in it is not");
}

/* Zeros of a hundred thousand repetitions, in four bytes a stack. */
static void recording_with_endless_repetitions(void **state)
{
	static const char sql[] =
		"UPDATE fact SET value = 100000 WHERE name = 'snapshot.repetition_cnt';"
		"UPDATE origin_state SET repetitions = NULL;"
		"UPDATE stack_state SET repetitions = x'009f8d06';"
		"WITH RECURSIVE n(i) AS (VALUES(1000) UNION ALL SELECT i + 1 FROM n LIMIT 400) "
		"INSERT OR REPLACE INTO stack_state SELECT snapshot, origin, i - 1000, stack, "
		"objects, share, weight, lives, repetitions, pins FROM n, stack_state WHERE nr = 0 "
		"AND origin IN (SELECT origin FROM stack_state LIMIT 1)";
	const char *path = made_recording_of_everything();
	struct recording *rec = NULL;
	struct recorded *read = NULL;
	char why[RECORDING_WHY] = "";
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(recording_db_run(db, sql), 0);
	sqlite3_close(db);
	assert_int_equal(recording_open(path, &rec, why), 0);
	assert_int_equal(recording_at(rec, INFINITY, &read, why), -ENOMEM);
	recording_close(rec);
	made_recording_remove(path);
}

int test_recording_endless(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(recording_with_endless_names),
		WITH_REPORT(recording_with_endless_texts),
		WITH_REPORT(recording_with_endless_repetitions),
	};

	return cmocka_run_group_tests_name("recording, endless", tests, NULL, NULL);
}
