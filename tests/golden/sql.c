// SPDX-License-Identifier: GPL-2.0-or-later
/* A recording as SQL, which a repository can hold and a person can read; and back. */
#include "golden.h"

#include <ctype.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(sqlite3 *db, const char *what)
{
	fprintf(stderr, "golden: %s: %s\n", what, sqlite3_errmsg(db));
	return 1;
}

static bool printable(const unsigned char *text)
{
	for (; *text; text++)
		if (!isascii(*text) || !isprint(*text))
			return false;
	return true;
}

/* All of 17 digits where fewer are not the same number. */
static void print_real(double value)
{
	char text[40];

	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	printf("%s%s", text, strpbrk(text, ".en") ? "" : ".0");
}

static void print_hex(const unsigned char *bytes, int count)
{
	printf("x'");
	for (int i = 0; i < count; i++)
		printf("%02x", bytes[i]);
	printf("'");
}

static void print_text(const unsigned char *text, int length)
{
	if (!printable(text)) {
		printf("CAST(");
		print_hex(text, length);
		printf(" AS TEXT)");
		return;
	}
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'')
			putchar('\'');
		putchar(*text);
	}
	putchar('\'');
}

static void print_value(sqlite3_stmt *s, int column)
{
	switch (sqlite3_column_type(s, column)) {
	case SQLITE_INTEGER:
		printf("%lld", sqlite3_column_int64(s, column));
		break;
	case SQLITE_FLOAT:
		print_real(sqlite3_column_double(s, column));
		break;
	case SQLITE_TEXT:
		print_text(sqlite3_column_text(s, column), sqlite3_column_bytes(s, column));
		break;
	case SQLITE_BLOB:
		print_hex(sqlite3_column_blob(s, column), sqlite3_column_bytes(s, column));
		break;
	default:
		printf("NULL");
	}
}

/* In the order of the rows in the file, which is that of their keys. */
static int dump_table(sqlite3 *db, const char *name)
{
	sqlite3_stmt *s;
	char sql[128];
	int rows = 0;

	snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\"", name);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL))
		return complain(db, name);
	for (; sqlite3_step(s) == SQLITE_ROW; rows++) {
		if (rows)
			printf(",\n(");
		else
			printf("INSERT INTO %s VALUES\n(", name);
		for (int i = 0; i < sqlite3_column_count(s); i++) {
			if (i)
				putchar(',');
			print_value(s, i);
		}
		putchar(')');
	}
	if (rows)
		printf(";\n");
	return sqlite3_finalize(s) ? complain(db, name) : 0;
}

static int dump_number(sqlite3 *db, const char *name)
{
	sqlite3_stmt *s;
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA %s", name);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) || sqlite3_step(s) != SQLITE_ROW)
		return complain(db, name);
	printf("PRAGMA %s = %d;\n", name, sqlite3_column_int(s, 0));
	sqlite3_finalize(s);
	return 0;
}

static int dump_tables(sqlite3 *db)
{
	sqlite3_stmt *s;
	int failed = 0;

	if (sqlite3_prepare_v2(db, "SELECT name, sql FROM sqlite_schema ORDER BY rowid", -1, &s,
			       NULL))
		return complain(db, "tables");
	while (!failed && sqlite3_step(s) == SQLITE_ROW) {
		printf("%s;\n", sqlite3_column_text(s, 1));
		failed = dump_table(db, (const char *)sqlite3_column_text(s, 0));
	}
	return sqlite3_finalize(s) ? complain(db, "tables") : failed;
}

int golden_dump(const char *path)
{
	sqlite3 *db;
	int failed;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL))
		return complain(db, path);
	printf("-- a recording of slabsight; see tests/golden/golden.sh\n");
	failed = dump_number(db, "application_id") || dump_number(db, "user_version");
	printf("BEGIN;\n");
	failed = failed || dump_tables(db);
	printf("COMMIT;\n");
	sqlite3_close(db);
	return failed;
}

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t length = 0;
	char *text = NULL;

	if (!f || getdelim(&text, &length, '\0', f) < 0) {
		perror(path);
		free(text);
		text = NULL;
	}
	if (f)
		fclose(f);
	return text;
}

int golden_build(const char *sql, const char *path)
{
	char *text = read_all(sql);
	sqlite3 *db;
	int failed = 0;

	if (!text)
		return 1;
	if (sqlite3_open(path, &db) || sqlite3_exec(db, text, NULL, NULL, NULL))
		failed = complain(db, sql);
	sqlite3_close(db);
	free(text);
	return failed;
}
