// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows that are compared before they are written. */
#include "recording_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interner.h"
#include "recording_db.h"

void rows_clear(struct rows *r)
{
	r->row_cnt = r->value_cnt = 0;
	packed_clear(&r->blobs);
}

void rows_deinit(struct rows *r)
{
	free(r->rows);
	free(r->values);
	packed_deinit(&r->blobs);
	*r = (struct rows){};
}

static bool make_room(void **array, size_t *room, size_t count, size_t size)
{
	size_t next = *room ? 2 * *room : 64;
	void *moved;

	if (count < *room)
		return true;
	moved = realloc(*array, next * size);
	if (!moved)
		return false;
	*array = moved;
	*room = next;
	return true;
}

void rows_begin(struct rows *r, enum recording_table table)
{
	r->failed |= !make_room((void **)&r->rows, &r->row_room, r->row_cnt, sizeof(*r->rows));
	if (!r->failed)
		r->rows[r->row_cnt++] = (struct row){table, r->value_cnt};
}

static void add(struct rows *r, struct row_value value)
{
	r->failed |=
		!make_room((void **)&r->values, &r->value_room, r->value_cnt, sizeof(*r->values));
	if (!r->failed)
		r->values[r->value_cnt++] = value;
}

void rows_snapshot(struct rows *r)
{
	add(r, (struct row_value){.type = ROW_SNAPSHOT});
}

void rows_null(struct rows *r)
{
	add(r, (struct row_value){.type = ROW_NULL});
}

void rows_int(struct rows *r, int64_t n)
{
	add(r, (struct row_value){.type = ROW_INT, .i = n});
}

void rows_count(struct rows *r, uint64_t n)
{
	rows_int(r, n < RECORDING_COUNT_MAX ? (int64_t)n : (int64_t)RECORDING_COUNT_MAX);
}

void rows_real(struct rows *r, double n)
{
	add(r, (struct row_value){.type = ROW_REAL, .real = isfinite(n) && n > 0 ? n : 0});
}

void rows_text(struct rows *r, const char *text)
{
	if (text)
		add(r, (struct row_value){.type = ROW_TEXT, .text = text});
	else
		rows_null(r);
}

void rows_packed(struct rows *r, bool first, const uint64_t *numbers, size_t count)
{
	size_t at = r->blobs.used;

	packed_add(&r->blobs, numbers, count);
	r->failed |= r->blobs.failed;
	if (first)
		add(r, (struct row_value){.type = ROW_BLOB, .at = at, .size = r->blobs.used - at});
	else if (!r->failed)
		r->values[r->value_cnt - 1].size += r->blobs.used - at;
}

void rows_field(struct rows *r, const struct recording_field *f, const void *of)
{
	const void *at = (const char *)of + f->offset;

	switch (f->type) {
	case RECORDING_BOOL:
		rows_int(r, *(const bool *)at);
		break;
	case RECORDING_U32:
		rows_int(r, *(const uint32_t *)at);
		break;
	case RECORDING_I32:
		rows_int(r, *(const int32_t *)at);
		break;
	case RECORDING_U64:
		rows_count(r, *(const uint64_t *)at);
		break;
	case RECORDING_REAL:
		rows_real(r, *(const double *)at);
		break;
	case RECORDING_TEXT:
	case RECORDING_SAFE:
		rows_text(r, *(const char *const *)at);
		break;
	case RECORDING_CHARS:
	case RECORDING_SAFE_CHARS:
	case RECORDING_PATH:
		rows_text(r, at);
		break;
	}
}

uint64_t rows_hash(const struct rows *r)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < r->row_cnt; i++)
		hash = interner_hash(hash, &r->rows[i], sizeof(r->rows[i].table));
	for (size_t i = 0; i < r->value_cnt; i++) {
		const struct row_value *v = &r->values[i];

		hash = interner_hash(hash, &v->type, sizeof(v->type));
		if (v->type == ROW_INT || v->type == ROW_REAL)
			hash = interner_hash(hash, &v->i, sizeof(v->i));
		else if (v->type == ROW_TEXT)
			hash = interner_hash(hash, v->text, strlen(v->text) + 1);
		else if (v->type == ROW_BLOB)
			hash = interner_hash(hash, &v->size, sizeof(v->size));
	}
	return interner_hash(hash, r->blobs.bytes, r->blobs.used);
}

static void bind(const struct rows *r, const struct row_value *v, sqlite3_stmt *s, int column,
		 int64_t snapshot)
{
	switch (v->type) {
	case ROW_SNAPSHOT:
		sqlite3_bind_int64(s, column, snapshot);
		break;
	case ROW_NULL:
		sqlite3_bind_null(s, column);
		break;
	case ROW_INT:
		sqlite3_bind_int64(s, column, v->i);
		break;
	case ROW_REAL:
		sqlite3_bind_double(s, column, v->real);
		break;
	case ROW_TEXT:
		sqlite3_bind_text(s, column, v->text, -1, SQLITE_STATIC);
		break;
	case ROW_BLOB:
		/* Of no bytes, NULL would be null. */
		sqlite3_bind_blob(s, column, v->size ? (void *)(r->blobs.bytes + v->at) : "",
				  (int)v->size, SQLITE_STATIC);
		break;
	}
}

int rows_insert(const struct rows *r, sqlite3_stmt *const *statements, int64_t snapshot)
{
	int err = r->failed ? -ENOMEM : 0;

	for (size_t i = 0; i < r->row_cnt && !err; i++) {
		sqlite3_stmt *s = statements[r->rows[i].table];
		size_t first = r->rows[i].first;
		size_t end = i + 1 < r->row_cnt ? r->rows[i + 1].first : r->value_cnt;

		for (size_t v = first; v < end; v++)
			bind(r, &r->values[v], s, (int)(v - first) + 1, snapshot);
		err = recording_db_error(sqlite3_step(s));
		sqlite3_reset(s);
	}
	return err;
}
