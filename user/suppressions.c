// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaks that are known. */
#include "suppressions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "interner.h"
#include "origin_name.h"
#include "text.h"

#define TYPE	  "leak:"
#define LINE_MAX  4096	 /* bounds, because somebody may name /dev/zero, */
#define COUNT_MAX 100000 /* or the output of yes */
#define WHY	  320

static int refuse(const char *path, size_t line, const char *text, const char *what, char why[WHY])
{
	char safe_path[128], safe[96];

	snprintf(why, WHY, "%s:%zu: %s%s%s%s", text_escape(path, safe_path, sizeof(safe_path)),
		 line, what, *text ? ": '" : "", text_escape(text, safe, sizeof(safe)),
		 *text ? "'" : "");
	return -EINVAL;
}

static int add(struct suppressions *s, const char *pattern, size_t line)
{
	/* There is room for a power of two of them. */
	if (!(s->count & (s->count - 1))) {
		size_t room = s->count ? 2 * s->count : 1;
		struct suppression *moved = realloc(s->list, room * sizeof(*moved));

		if (!moved)
			return -ENOMEM;
		s->list = moved;
	}
	s->list[s->count] = (struct suppression){.pattern = strdup(pattern), .line = line};
	if (!s->list[s->count].pattern)
		return -ENOMEM;
	s->count++;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int parse(struct suppressions *s, char *text, size_t size, size_t line, char why[WHY])
{
	const char *pattern;

	if (memchr(text, '\0', size))
		return refuse(s->path, line, "", "a NUL byte: not a text file", why);
	if (size > LINE_MAX)
		return refuse(s->path, line, text, "more than 4096 bytes", why);
	while (size && is_blank(text[size - 1]))
		size--;
	text[size] = '\0';
	while (is_blank(*text))
		text++;
	if (!*text || *text == '#')
		return 0;
	if (strncmp(text, TYPE, strlen(TYPE)))
		return refuse(s->path, line, text, "not a suppression (" TYPE "PATTERN)", why);
	pattern = text + strlen(TYPE);
	if (!pattern[strspn(pattern, "^$")])
		return refuse(s->path, line, text, "no pattern: it would hide every leak", why);
	if (s->count == COUNT_MAX)
		return refuse(s->path, line, "", "more than 100,000 patterns", why);
	return add(s, pattern, line);
}

/* A line without its end, at most LINE_MAX + 1 bytes of it; false behind the last. */
static bool read_line(FILE *f, char text[LINE_MAX + 2], size_t *ret_size)
{
	size_t size = 0;
	int c = 0;

	while (size <= LINE_MAX && (c = getc(f)) != EOF && c != '\n')
		text[size++] = (char)c;
	text[size] = '\0';
	*ret_size = size;
	return size || c == '\n';
}

static int read_lines(struct suppressions *s, FILE *f, char why[WHY])
{
	char text[LINE_MAX + 2];
	size_t size, line = 0;
	int err = 0;

	while (!err && read_line(f, text, &size))
		err = parse(s, text, size, ++line, why);
	return err ? err : ferror(f) ? -errno : 0;
}

int suppressions_read(const char *path, struct suppressions **ret_suppressions, char why[WHY])
{
	struct suppressions *s = calloc(1, sizeof(*s));
	autofile FILE *f = fopen(path, "re");
	char safe[128];
	int err = f ? 0 : -errno;

	*why = '\0';
	if (!s)
		err = -ENOMEM;
	if (!err) {
		s->path = path;
		err = read_lines(s, f, why);
	}
	if (err && !*why)
		snprintf(why, WHY, "cannot read '%s': %s", text_escape(path, safe, sizeof(safe)),
			 strerror(-err));
	if (err)
		suppressions_destroy(s);
	else
		*ret_suppressions = s;
	return err;
}

void suppressions_destroy(struct suppressions *s)
{
	for (size_t i = 0; s && i < s->count; i++)
		free(s->list[i].pattern);
	if (s)
		free(s->list);
	free(s);
}

void suppressions_forget(struct suppressions *s)
{
	for (size_t i = 0; i < s->count; i++)
		s->list[i].objects = s->list[i].bytes = 0;
}

/* Back to the last star only, so that no pattern takes longer than its length times the name's. */
bool suppressions_match(const char *pattern, const char *name)
{
	size_t len = strlen(pattern);
	bool from_start = *pattern == '^', to_end = len && pattern[len - 1] == '$';
	const char *p = pattern + from_start, *end = pattern + len - to_end, *n = name;
	const char *star = from_start ? NULL : p, *again = n;

	for (;;) {
		if (p < end && *p == '*') {
			star = ++p;
			again = n;
		} else if (p == end && (!to_end || !*n)) {
			return true;
		} else if (p < end && *n && *p == *n) {
			p++;
			n++;
		} else if (star && *again) {
			p = star;
			n = ++again;
		} else {
			return false;
		}
	}
}

/*
 * Which pattern matches an address first, found once each: stacks have most of their
 * addresses in common. Without memory they are searched again.
 */
struct finder {
	struct suppressions *s;
	const struct symbols *symbols;
	struct interner addresses;
	size_t *first; /* by the number of an address: which of s->list, from 1; 0: not asked yet */
	uint32_t room;
};

static bool make_room(struct finder *f, uint32_t number)
{
	uint32_t room = f->room ? f->room : 1024;
	size_t *moved;

	if (number < f->room)
		return true;
	while (room <= number)
		room *= 2;
	moved = realloc(f->first, room * sizeof(*moved));
	if (!moved)
		return false;
	memset(moved + f->room, 0, (room - f->room) * sizeof(*moved));
	f->first = moved;
	f->room = room;
	return true;
}

/* s->count: none matches; so with the next. */
static size_t search(const struct finder *f, uint64_t address)
{
	struct symbol sym = symbols_find(f->symbols, address);
	size_t i = 0;

	for (; i < f->s->count; i++)
		if ((sym.name && suppressions_match(f->s->list[i].pattern, sym.name)) ||
		    (sym.module && suppressions_match(f->s->list[i].pattern, sym.module)))
			break;
	return i;
}

static size_t first_at(struct finder *f, uint64_t address)
{
	uint32_t number;
	bool is_new;

	if (interner_number(&f->addresses, &address, sizeof(address), &number, &is_new) ||
	    !make_room(f, number))
		return search(f, address);
	if (!f->first[number])
		f->first[number] = 1 + search(f, address);
	return f->first[number] - 1;
}

/* The first that matches a frame; NULL: none. */
static struct suppression *find(struct finder *f, const uint64_t *frames, uint32_t frame_cnt)
{
	size_t first = f->s->count;

	for (uint32_t i = 0; i < frame_cnt; i++) {
		size_t at = first_at(f, frames[i]);

		first = at < first ? at : first;
	}
	return first < f->s->count ? &f->s->list[first] : NULL;
}

/* Of many recordings, some may claim to have anything. */
static void pass_over(struct suppression *x, uint64_t objects, uint64_t bytes)
{
	origin_sum_count(&x->objects, objects);
	origin_sum_count(&x->bytes, bytes);
}

static void apply_to(struct finder *f, struct snapshot_origin *o)
{
	struct suppression *by = find(f, &o->site, 1);
	uint64_t each = o->objects ? o->bytes / o->objects : 0, bytes;
	const char *last = NULL;
	size_t passed = 0;

	for (size_t i = 0; i < o->stack_cnt; i++) {
		struct snapshot_stack *st = &o->stacks[i];
		struct suppression *x = by ? by : find(f, st->frames, st->frame_cnt);

		if (!x)
			continue;
		st->suppressed_by = last = x->pattern;
		passed++;
		if (by)
			continue;
		if (__builtin_mul_overflow(st->objects, each, &bytes))
			bytes = UINT64_MAX;
		pass_over(x, st->objects, bytes);
	}
	if (by) {
		pass_over(by, o->objects, o->bytes);
		o->suppressed_by = by->pattern;
	} else if (passed && passed == o->stack_cnt) {
		o->suppressed_by = last;
	}
}

void suppressions_apply(struct suppressions *s, struct snapshot *snapshot,
			const struct symbols *symbols)
{
	struct finder f = {.s = s, .symbols = symbols};

	for (size_t i = 0; i < snapshot->origin_cnt; i++)
		if (snapshot->origins[i].objects)
			apply_to(&f, &snapshot->origins[i]);
	interner_deinit(&f.addresses);
	free(f.first);
}
