/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of a recording that are made before it is known whether they differ from the last. */
#ifndef SS_RECORDING_ROWS_H
#define SS_RECORDING_ROWS_H

#include <sqlite3.h>

#include "packed.h"
#include "recording_schema.h"

enum row_type { ROW_SNAPSHOT, ROW_NULL, ROW_INT, ROW_REAL, ROW_TEXT, ROW_BLOB };

struct row_value {
	enum row_type type;
	union {
		int64_t i;
		double real;
		const char *text; /* not copied */
		struct {
			size_t at, size; /* in blobs */
		};
	};
};

struct rows {
	struct row {
		enum recording_table table;
		size_t first;
	} * rows;
	size_t row_cnt, row_room;
	struct row_value *values;
	size_t value_cnt, value_room;
	struct packed blobs;
	bool failed; /* out of memory; so are all that follow */
};

void rows_clear(struct rows *r);
void rows_deinit(struct rows *r);
/* A row of this table begins; the functions below add its columns in order. */
void rows_begin(struct rows *r, enum recording_table table);
/* The snapshot that is being written, which is no difference. */
void rows_snapshot(struct rows *r);
void rows_null(struct rows *r);
void rows_int(struct rows *r, int64_t n);
void rows_count(struct rows *r, uint64_t n); /* at most RECORDING_COUNT_MAX */
void rows_real(struct rows *r, double n);
void rows_text(struct rows *r, const char *text); /* NULL: null */
/* Numbers, packed; several in turn into one column, where `first` is not set. */
void rows_packed(struct rows *r, bool first, const uint64_t *numbers, size_t count);
void rows_field(struct rows *r, const struct recording_field *f, const void *of);
uint64_t rows_hash(const struct rows *r);
/* Insert all; statements by table, with all columns. 0 or -errno. */
int rows_insert(const struct rows *r, sqlite3_stmt *const *statements, int64_t snapshot);

#endif
