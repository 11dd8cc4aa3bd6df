// SPDX-License-Identifier: GPL-2.0-or-later
/* Columns of a row, none of which is believed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packed.h"
#include "recording_private.h"
#include "text.h"

int columns_next(struct columns *c)
{
	int code;

	if (c->damaged)
		return -EBADMSG;
	code = sqlite3_step(c->s);
	c->at = 0;
	return code == SQLITE_ROW ? 1 : recording_db_error(code);
}

static bool is_null(const struct columns *c)
{
	return sqlite3_column_type(c->s, c->at) == SQLITE_NULL;
}

int64_t columns_int(struct columns *c, int64_t min, int64_t max)
{
	bool is_int = sqlite3_column_type(c->s, c->at) == SQLITE_INTEGER;
	int64_t n = is_int ? sqlite3_column_int64(c->s, c->at) : min;

	c->at++;
	if (is_int && n >= min && n <= max)
		return n;
	c->damaged = true;
	return min;
}

int64_t columns_int_or_null(struct columns *c, int64_t min, int64_t max, bool *ret_null)
{
	*ret_null = is_null(c);
	if (!*ret_null)
		return columns_int(c, min, max);
	c->at++;
	return min;
}

uint64_t columns_count(struct columns *c)
{
	return (uint64_t)columns_int(c, 0, (int64_t)RECORDING_COUNT_MAX);
}

double columns_real(struct columns *c, double max)
{
	bool is_real = sqlite3_column_type(c->s, c->at) == SQLITE_FLOAT;
	double n = is_real ? sqlite3_column_double(c->s, c->at) : 0;

	c->at++;
	if (is_real && n >= 0 && n <= max)
		return n;
	c->damaged = true;
	return 0;
}

const char *columns_text(struct columns *c, size_t max, bool null)
{
	const char *text = "";
	size_t size;

	if (null && is_null(c)) {
		c->at++;
		return NULL;
	}
	if (sqlite3_column_type(c->s, c->at) == SQLITE_TEXT) {
		text = (const char *)sqlite3_column_text(c->s, c->at);
		size = sqlite3_column_bytes(c->s, c->at);
		if (text && size <= max && strlen(text) == size) {
			c->at++;
			return text;
		}
	}
	c->at++;
	c->damaged = true;
	return "";
}

const char *columns_safe(struct columns *c, size_t max, bool null)
{
	const char *text = columns_text(c, max, null);

	for (const char *at = text; at && *at;) {
		size_t len = text_printable(at);

		if (!len) {
			c->damaged = true;
			return "";
		}
		at += len;
	}
	return text;
}

bool columns_blob(struct columns *c, struct unpacked *ret_blob)
{
	bool null = is_null(c);

	*ret_blob = (struct unpacked){};
	if (!null && sqlite3_column_type(c->s, c->at) == SQLITE_BLOB) {
		ret_blob->bytes = sqlite3_column_blob(c->s, c->at);
		ret_blob->left = sqlite3_column_bytes(c->s, c->at);
	} else if (!null) {
		c->damaged = true;
	}
	c->at++;
	return !null;
}

bool columns_packed(struct columns *c, uint64_t *numbers, size_t count, uint64_t max)
{
	struct unpacked blob;

	if (!columns_blob(c, &blob))
		return false;
	if (packed_read(&blob, numbers, count, max) && !blob.left)
		return true;
	memset(numbers, 0, count * sizeof(*numbers));
	c->damaged = true;
	return true;
}

int columns_field(struct columns *c, const struct recording_field *f, void *of, struct recorded *r)
{
	void *at = (char *)of + f->offset;
	const char *text;

	switch (f->type) {
	case RECORDING_BOOL:
		*(bool *)at = columns_int(c, 0, 1);
		break;
	case RECORDING_U32:
		*(uint32_t *)at = (uint32_t)columns_int(c, 0, UINT32_MAX);
		break;
	case RECORDING_I32:
		*(int32_t *)at = (int32_t)columns_int(c, INT32_MIN, INT32_MAX);
		break;
	case RECORDING_U64:
		*(uint64_t *)at = columns_count(c);
		break;
	case RECORDING_REAL:
		*(double *)at = columns_real(c, RECORDING_SECONDS_MAX);
		break;
	case RECORDING_TEXT:
	case RECORDING_SAFE:
		text = f->type == RECORDING_SAFE ? columns_safe(c, RECORDING_TEXT_MAX, true)
						 : columns_text(c, RECORDING_TEXT_MAX, true);
		*(const char **)at = text ? recorded_keep(r, text) : NULL;
		return text && !*(const char **)at ? -ENOMEM : 0;
	case RECORDING_CHARS:
		strcpy(at, columns_text(c, RECORDING_CHARS_MAX - 1, false));
		break;
	case RECORDING_SAFE_CHARS:
		strcpy(at, columns_safe(c, RECORDING_CHARS_MAX - 1, false));
		break;
	case RECORDING_PATH:
		strcpy(at, columns_text(c, PATH_MAX - 1, false));
		break;
	}
	return 0;
}
