// SPDX-License-Identifier: GPL-2.0-or-later
/* A cluster as a line that a person reads. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clusters.h"
#include "sample.h"
#include "text.h"

#define SHOWN_BYTES 48 /* of a string */
#define SHOWN_CNT   3  /* of examples */

/* A line that is being written: once something did not fit, nothing more does. */
struct line {
	char *buf;
	size_t size, used;
	bool full;
};

static void put(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct line *l, const char *format, ...)
{
	va_list args;
	int len;

	if (l->full)
		return;
	va_start(args, format);
	len = vsnprintf(l->buf + l->used, l->size - l->used, format, args);
	va_end(args);
	l->full = len < 0 || (size_t)len >= l->size - l->used;
	l->used = l->full ? l->size - 1 : l->used + (size_t)len;
}

/* Bytes of the kernel's, as a terminal may see them. */
static void put_escaped(struct line *l, const char *raw)
{
	char safe[4 * SAMPLE_BYTES + 1];

	if (l->full)
		return;
	text_escape(raw, safe, sizeof(safe));
	text_escape(raw, l->buf + l->used, l->size - l->used);
	l->full = strlen(safe) >= l->size - l->used;
	l->used += strlen(l->buf + l->used);
}

static void put_quoted(struct line *l, const char *raw)
{
	char begin_of[SHOWN_BYTES + 1];
	size_t len = strlen(raw);

	if (len > SHOWN_BYTES) {
		len = SHOWN_BYTES - strlen("...");
		/* Not in the middle of a character. */
		while (len && ((unsigned char)raw[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(begin_of, raw, len);
	begin_of[len] = '\0';
	put(l, "\"");
	put_escaped(l, begin_of);
	put(l, "%s\"", raw[len] ? "..." : "");
}

static void put_strings(struct line *l, const struct cluster *c)
{
	size_t shown = c->example_cnt < SHOWN_CNT ? c->example_cnt : SHOWN_CNT;

	if (c->rest) {
		put(l, "strings of other patterns");
	} else if (shown == 1 && !strcmp(c->pattern, c->examples[0])) {
		put(l, "string ");
		put_quoted(l, c->pattern);
		return;
	} else {
		put(l, "strings like ");
		put_quoted(l, c->pattern);
	}
	for (size_t i = 0; i < shown; i++) {
		put(l, i ? ", " : " (");
		put_quoted(l, c->examples[i]);
	}
	if (shown)
		put(l, ")");
}

static void put_symbols(struct line *l, const struct cluster *c)
{
	for (size_t i = 0; i < c->symbol_cnt; i++) {
		const struct cluster_symbol *s = &c->symbols[i];
		size_t len = strlen(s->name);
		char name[MEMO_NAME];

		/* The thing itself. */
		if (len > 4 && !strcmp(s->name + len - 4, "+0x0"))
			len -= 4;
		snprintf(name, sizeof(name), "%.*s", (int)len, s->name);
		put(l, "%s", i ? ", " : "");
		if (s->offset)
			put(l, "+0x%" PRIx32 " points at ", s->offset);
		else
			put(l, "first word is ");
		put_escaped(l, name);
	}
}

static bool is_self(const struct cluster *c, size_t i, uint64_t offset)
{
	return i < c->word_cnt && c->words[i].kind == SAMPLE_SELF && c->words[i].same &&
	       c->words[i].value == offset;
}

/* Words that are described as one from the i-th on. */
static size_t run_length(const struct cluster *c, size_t i)
{
	const struct cluster_word *w = &c->words[i];
	size_t run = 1;

	if (w->kind == SAMPLE_SELF || (w->kind == SAMPLE_NUMBER && w->same))
		return 1;
	while (i + run < c->word_cnt && w[run].kind == w->kind &&
	       (w->kind != SAMPLE_NUMBER || !w[run].same))
		run++;
	return run;
}

static void put_shape(struct line *l, const struct cluster *c)
{
	static const char *const names[] = {
		[SAMPLE_ZERO] = "zero word",
		[SAMPLE_NUMBER] = "small number",
		[SAMPLE_POINTER] = "pointer",
		[SAMPLE_OTHER] = "other word",
	};

	put(l, "shape:");
	for (size_t i = 0, run; i < c->word_cnt; i += run) {
		const struct cluster_word *w = &c->words[i];

		run = run_length(c, i);
		put(l, "%s +0x%zx ", i ? "," : "", i * SAMPLE_WORD);
		if (is_self(c, i, i * SAMPLE_WORD) && is_self(c, i + 1, i * SAMPLE_WORD)) {
			put(l, "empty list");
			run = 2;
		} else if (w->kind == SAMPLE_SELF && w->same) {
			put(l, "pointer to its own +0x%" PRIx64, w->value);
		} else if (w->kind == SAMPLE_SELF) {
			put(l, "pointer into itself");
		} else if (w->kind == SAMPLE_TEXT) {
			put(l, "text");
		} else if (w->kind == SAMPLE_NUMBER && w->same) {
			put(l, "number %" PRIu64, w->value);
		} else if (run == 1) {
			put(l, "%s", names[w->kind]);
		} else {
			put(l, "%zu %ss", run, names[w->kind]);
		}
	}
}

static void put_poison(struct line *l, uint8_t poison)
{
	put(l, "filled with 0x%02x: %s", poison,
	    poison == 0x6b   ? "free, poisoned"
	    : poison == 0x5a ? "poisoned, never written"
			     : "poisoned");
}

char *clusters_describe(const struct cluster *c, char *buf, size_t size)
{
	struct line l = {.buf = buf, .size = size, .full = !size};

	if (size)
		buf[0] = '\0';
	if (c->kind == CLUSTER_STRING)
		put_strings(&l, c);
	else if (c->rest)
		put(&l, c->kind == CLUSTER_SYMBOL  ? "other symbols"
			: c->kind == CLUSTER_SHAPE ? "other shapes"
						   : "other");
	else if (c->kind == CLUSTER_SYMBOL)
		put_symbols(&l, c);
	else if (c->kind == CLUSTER_SHAPE)
		put_shape(&l, c);
	else if (c->kind == CLUSTER_POISON)
		put_poison(&l, c->poison);
	else
		put(&l, c->kind == CLUSTER_ZERO ? "all zero" : "could not be read");
	if (c->inner) {
		put(&l, ", +0x%" PRIx32 " reads ", c->inner_offset);
		put_quoted(&l, c->inner);
	}
	return buf;
}

const char *clusters_kind_name(enum cluster_kind kind)
{
	static const char *const names[CLUSTER_KINDS] = {
		[CLUSTER_UNREAD] = "unread",  [CLUSTER_ZERO] = "zero",
		[CLUSTER_POISON] = "poison",  [CLUSTER_STRING] = "string",
		[CLUSTER_SYMBOL] = "symbols", [CLUSTER_SHAPE] = "shape",
	};

	return names[kind];
}
