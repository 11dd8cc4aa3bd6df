// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of recordings (libFuzzer). A byte that is changed anywhere is mostly found out
 * by SQLite itself; so, half of the time, the file stays sound and what it says does not:
 * values, rows and blobs are changed by SQL, in memory.
 */
#include <sqlite3.h>
#include <stdlib.h>

#include "cleanup.h"
#include "fuzz.h"
#include "random.h"
#include "recording_schema.h"

#define COLUMNS	  40
#define NAME	  40
#define ROWS	  48 /* of a table, any of the first so many is changed */
#define BLOB_ROOM 4096
#define STEPS	  200000 /* of SQLite's machine, in one change */

/* A column of some row: `key` is the primary key, "a, b"; `row` selects one by it. */
struct place {
	const char *table;
	char columns[COLUMNS][NAME], key[3 * NAME];
	size_t column_cnt, at;
	char row[256];
};

static int stop(void *unused)
{
	(void)unused;
	return 1;
}

static sqlite3 *open_bytes(const uint8_t *data, size_t size)
{
	uint8_t *copy = sqlite3_malloc64(size ? size : 1);
	sqlite3 *db = NULL;

	if (!copy || sqlite3_open(":memory:", &db)) {
		sqlite3_free(copy);
		sqlite3_close(db);
		return NULL;
	}
	memcpy(copy, data, size);
	if (sqlite3_deserialize(db, "main", copy, size, size,
				SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE)) {
		sqlite3_close(db);
		return NULL;
	}
	sqlite3_progress_handler(db, STEPS, stop, NULL);
	return db;
}

static bool find_place(sqlite3 *db, uint64_t *rng, struct place *p)
{
	sqlite3_stmt *s = NULL;

	*p = (struct place){.table = recording_table_name(random_below(rng, RECORDING_TABLES))};
	sqlite3_prepare_v2(db, "SELECT name, pk FROM pragma_table_info(?) LIMIT 40", -1, &s, NULL);
	sqlite3_bind_text(s, 1, p->table, -1, SQLITE_STATIC);
	while (sqlite3_step(s) == SQLITE_ROW && p->column_cnt < COLUMNS) {
		const char *name = (const char *)sqlite3_column_text(s, 0);
		size_t used = strlen(p->key);

		sqlite3_snprintf(NAME, p->columns[p->column_cnt++], "%w", name ? name : "");
		if (sqlite3_column_int(s, 1))
			sqlite3_snprintf((int)(sizeof(p->key) - used), p->key + used, "%s\"%w\"",
					 used ? ", " : "", name);
	}
	sqlite3_finalize(s);
	if (!p->column_cnt || !*p->key)
		return false;
	p->at = random_below(rng, p->column_cnt);
	sqlite3_snprintf(sizeof(p->row), p->row, "(%s) = (SELECT %s FROM %s LIMIT 1 OFFSET %d)",
			 p->key, p->key, p->table, (int)random_below(rng, ROWS));
	return true;
}

/* %w is the column. */
static const char *const values[] = {
	"NULL",
	"-1",
	"0",
	"1",
	"2",
	"255",
	"4294967295",
	"4294967296",
	"4611686018427387904",
	"4611686018427387905",
	"9223372036854775807",
	"-9223372036854775807 - 1",
	"0.0",
	"-1.0",
	"0.5",
	"1.0",
	"1e12",
	"1e300",
	"9e999",
	"''",
	"'x'",
	"x''",
	"x'00'",
	"x'ffffffffffffffffff01'",
	"zeroblob(5000)",
	"printf('%%5000s', 'x')",
	"char(27, 91, 50, 74)",
	"char(10, 155, 8238)",
	"CAST(x'ff00fe' AS TEXT)",
	"\"%w\" + 1",
	"\"%w\" - 1",
	"\"%w\" * 2",
	"- \"%w\"",
	"CAST(\"%w\" AS TEXT)",
	"CAST(\"%w\" AS BLOB)",
	"CAST(\"%w\" AS INTEGER)",
	"CAST(\"%w\" AS REAL)",
	"CAST(\"%w\" || x'01' AS BLOB)",
	"CAST(\"%w\" || x'0000' AS BLOB)",
	"substr(\"%w\", 1, length(\"%w\") / 2)",
	"substr(\"%w\", 2)",
};

static char *make_value(const struct place *p, uint64_t *rng)
{
	const char *column = p->columns[p->at];
	size_t n = random_below(rng, ARRAY_SIZE(values) + 2);

	/* That of another row: an id that is there, and means something else. */
	if (n >= ARRAY_SIZE(values))
		return sqlite3_mprintf("(SELECT \"%w\" FROM %s LIMIT 1 OFFSET %d)", column,
				       p->table, (int)random_below(rng, ROWS));
	return sqlite3_mprintf(values[n], column, column);
}

static void run(sqlite3 *db, char *sql)
{
	sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_free(sql);
}

static void change_value(sqlite3 *db, const struct place *p, uint64_t *rng)
{
	char *value = make_value(p, rng);
	bool all = !random_below(rng, 8);

	run(db, sqlite3_mprintf("UPDATE OR REPLACE %s SET \"%w\" = %s WHERE %s", p->table,
				p->columns[p->at], value, all ? "1" : p->row));
	sqlite3_free(value);
}

/* The same again, with one column that is another. */
static void add_row(sqlite3 *db, const struct place *p, uint64_t *rng)
{
	sqlite3_str *sql = sqlite3_str_new(db);
	char *value = make_value(p, rng);

	sqlite3_str_appendf(sql, "INSERT OR REPLACE INTO %s SELECT ", p->table);
	for (size_t i = 0; i < p->column_cnt; i++)
		if (i == p->at)
			sqlite3_str_appendf(sql, "%s%s", i ? ", " : "", value);
		else
			sqlite3_str_appendf(sql, "%s\"%w\"", i ? ", " : "", p->columns[i]);
	sqlite3_str_appendf(sql, " FROM %s WHERE %s", p->table, p->row);
	run(db, sqlite3_str_finish(sql));
	sqlite3_free(value);
}

static void delete_row(sqlite3 *db, const struct place *p)
{
	run(db, sqlite3_mprintf("DELETE FROM %s WHERE %s", p->table, p->row));
}

/* Bytes inside a text or blob. */
static void change_bytes(sqlite3 *db, const struct place *p)
{
	char *sql = sqlite3_mprintf("SELECT \"%w\" FROM %s WHERE %s", p->columns[p->at], p->table,
				    p->row);
	uint8_t bytes[BLOB_ROOM];
	sqlite3_stmt *s = NULL;
	int type = SQLITE_NULL;
	size_t size = 0;

	sqlite3_prepare_v2(db, sql, -1, &s, NULL);
	sqlite3_free(sql);
	if (sqlite3_step(s) == SQLITE_ROW) {
		type = sqlite3_column_type(s, 0);
		size = sqlite3_column_bytes(s, 0);
	}
	if ((type != SQLITE_TEXT && type != SQLITE_BLOB) || size > sizeof(bytes)) {
		sqlite3_finalize(s);
		return;
	}
	if (size)
		memcpy(bytes, sqlite3_column_blob(s, 0), size);
	sqlite3_finalize(s);
	size = LLVMFuzzerMutate(bytes, size, sizeof(bytes));
	sql = sqlite3_mprintf("UPDATE OR REPLACE %s SET \"%w\" = ? WHERE %s", p->table,
			      p->columns[p->at], p->row);
	sqlite3_prepare_v2(db, sql, -1, &s, NULL);
	sqlite3_free(sql);
	if (type == SQLITE_TEXT)
		sqlite3_bind_text(s, 1, (const char *)bytes, (int)size, SQLITE_STATIC);
	else
		sqlite3_bind_blob(s, 1, bytes, (int)size, SQLITE_STATIC);
	sqlite3_step(s);
	sqlite3_finalize(s);
}

static void change(sqlite3 *db, uint64_t *rng)
{
	struct place p;

	if (!find_place(db, rng, &p))
		return;
	switch (random_below(rng, 8)) {
	case 0:
		delete_row(db, &p);
		break;
	case 1:
		add_row(db, &p, rng);
		break;
	case 2:
	case 3:
	case 4:
		change_bytes(db, &p);
		break;
	default:
		change_value(db, &p, rng);
	}
}

/* The size of what came out, 0 when it is no database or too large. */
static size_t change_rows(uint8_t *data, size_t size, size_t max_size, uint64_t *rng)
{
	sqlite3 *db = open_bytes(data, size);
	sqlite3_int64 changed = 0;
	uint8_t *bytes;

	if (!db)
		return 0;
	for (uint32_t more = 1 + random_below(rng, 3); more; more--)
		change(db, rng);
	bytes = sqlite3_serialize(db, "main", &changed, 0);
	if (!bytes || changed < 0 || (uint64_t)changed > max_size)
		changed = 0;
	else
		memcpy(data, bytes, changed);
	sqlite3_free(bytes);
	sqlite3_close(db);
	return (size_t)changed;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	uint64_t rng = seed;
	size_t changed = 0;

	if (random_below(&rng, 2))
		changed = change_rows(data, size, max_size, &rng);
	return changed ? changed : LLVMFuzzerMutate(data, size, max_size);
}
