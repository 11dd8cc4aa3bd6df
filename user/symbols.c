// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/kallsyms as a sorted array. An address belongs to the last symbol at or
 * below it, but never past SYMBOL_REACH: beyond the last symbol of the kernel or
 * of a module lie BPF programs and freed memory, which must not borrow a name.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "symbols.h"

struct entry {
	uint64_t address;
	uint32_t name;	 /* offset into names */
	uint32_t module; /* offset into names, 0: none */
};

struct symbols {
	char *path;
	struct entry *entries;
	size_t count, room;
	char *names;
	size_t names_used, names_room;
	uint64_t modules_hash;
	uint32_t version;
	bool data;
};

static int grow(void **array, size_t *room, size_t need, size_t size)
{
	size_t next = *room ? *room : 4096;
	void *moved;

	if (need <= *room)
		return 0;
	while (next < need)
		next *= 2;
	moved = realloc(*array, next * size);
	if (!moved)
		return -ENOMEM;
	*array = moved;
	*room = next;
	return 0;
}

static int add_name(struct symbols *s, const char *name, size_t len, uint32_t *ret)
{
	int err = grow((void **)&s->names, &s->names_room, s->names_used + len + 1, 1);

	if (err)
		return err;
	*ret = (uint32_t)s->names_used;
	memcpy(s->names + s->names_used, name, len);
	s->names[s->names_used + len] = '\0';
	s->names_used += len + 1;
	return 0;
}

/* Is it one of the first `known`, which are sorted? */
static bool is_known(const struct symbols *s, size_t known, uint64_t address, const char *name,
		     size_t len)
{
	size_t low = 0, high = known;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->entries[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < known && s->entries[low].address == address; low++) {
		const char *other = s->names + s->entries[low].name;

		if (!strncmp(other, name, len) && !other[len])
			return true;
	}
	return false;
}

/*
 * "ffffffff81000000 T name\t[module]": text symbols, and data where it is wanted. What is
 * known takes no room again: modules may come and go all day.
 */
static int add_line(struct symbols *s, const char *line, size_t known, uint32_t *last_module)
{
	char *end;
	uint64_t address = strtoull(line, &end, 16);
	const char *name, *bracket;
	struct entry *e;
	size_t len;
	int err;

	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return 0;
	if (!strchr(s->data ? "tTwWdDbBrRvV" : "tTwW", end[1]) || !address)
		return 0;
	name = end + 3;
	len = strcspn(name, " \t\n");
	if (!len || is_known(s, known, address, name, len))
		return 0;
	err = grow((void **)&s->entries, &s->room, s->count + 1, sizeof(*s->entries));
	if (err)
		return err;
	e = &s->entries[s->count];
	e->address = address;
	e->module = 0;
	err = add_name(s, name, len, &e->name);
	if (err)
		return err;
	bracket = strchr(name + len, '[');
	if (bracket) {
		size_t module_len = strcspn(++bracket, "]\n");
		const char *last = s->names + *last_module;

		if (strncmp(last, bracket, module_len) || last[module_len])
			err = add_name(s, bracket, module_len, last_module);
		if (err)
			return err;
		s->entries[s->count].module = *last_module;
	}
	s->count++;
	return 0;
}

/* Aliases of one address in the order of their names: which one is shown must not vary. */
static int by_address(const void *a, const void *b, void *symbols)
{
	const struct entry *x = a, *y = b;
	const struct symbols *s = symbols;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return strcmp(s->names + x->name, s->names + y->name);
}

static bool same(const struct symbols *s, const struct entry *a, const struct entry *b)
{
	return a->address == b->address && !strcmp(s->names + a->name, s->names + b->name);
}

/* Add what the file says now to what is known. */
static int read_all(struct symbols *s)
{
	/* What the kernel gives at a time; by itself stdio would ask five times as often. */
	char buffer[4096];
	autofile FILE *f = fopen(s->path, "re");
	uint32_t last_module = 0;
	autofree char *line = NULL;
	size_t size = 0, kept = 0, known = s->count, names_used = s->names_used;

	if (!f)
		return -errno;
	setvbuf(f, buffer, _IOFBF, sizeof(buffer));
	while (getline(&line, &size, f) > 0) {
		int err = add_line(s, line, known, &last_module);

		/* What was there stays sorted: with half of the new, it would not be. */
		if (err < 0) {
			s->count = known;
			s->names_used = names_used;
			return err;
		}
	}
	if (s->count > known)
		qsort_r(s->entries, s->count, sizeof(*s->entries), by_address, s);
	for (size_t i = 0; i < s->count; i++)
		if (!kept || !same(s, &s->entries[i], &s->entries[kept - 1]))
			s->entries[kept++] = s->entries[i];
	s->count = kept;
	return 0;
}

static uint64_t hash_text(uint64_t h, const char *text)
{
	for (; *text && *text != ' ' && *text != '\n'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3ull;
	return h;
}

/* FNV-1a over module names and addresses; the use counts in the file do not matter. */
static uint64_t hash_modules(void)
{
	autofile FILE *f = fopen("/proc/modules", "re");
	uint64_t h = 0xcbf29ce484222325ull;
	autofree char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		const char *address = strstr(line, " 0x");

		h = hash_text(h, line);
		h = hash_text(h, address ? address + 1 : "");
	}
	return h;
}

static int create(const char *path, bool data, struct symbols **ret_symbols)
{
	struct symbols *s = calloc(1, sizeof(*s));
	uint32_t none;
	int err;

	if (!s)
		return -ENOMEM;
	s->data = data;
	s->version = 1;
	s->path = strdup(path ? path : "/proc/kallsyms");
	err = s->path ? add_name(s, "", 0, &none) : -ENOMEM;
	s->modules_hash = hash_modules();
	if (!err)
		err = read_all(s);
	/* The kernel's own file is not there, or not for us: as good as hidden. */
	if (!path && err != -ENOMEM)
		err = 0;
	if (err) {
		symbols_destroy(s);
		return err;
	}
	*ret_symbols = s;
	return 0;
}

int symbols_create_from(const struct symbols_entry *list, size_t count,
			struct symbols **ret_symbols)
{
	struct symbols *s = calloc(1, sizeof(*s));
	uint32_t none;
	int err = s ? add_name(s, "", 0, &none) : -ENOMEM;

	if (!err)
		err = grow((void **)&s->entries, &s->room, count, sizeof(*s->entries));
	for (size_t i = 0; i < count && !err; i++) {
		struct entry *e = &s->entries[s->count++];

		*e = (struct entry){.address = list[i].address};
		err = add_name(s, list[i].name, strlen(list[i].name), &e->name);
		if (!err && list[i].module)
			err = add_name(s, list[i].module, strlen(list[i].module), &e->module);
	}
	if (err) {
		symbols_destroy(s);
		return err;
	}
	s->version = 1;
	if (s->count)
		qsort_r(s->entries, s->count, sizeof(*s->entries), by_address, s);
	*ret_symbols = s;
	return 0;
}

int symbols_create(const char *path, struct symbols **ret_symbols)
{
	return create(path, false, ret_symbols);
}

int symbols_create_with_data(const char *path, struct symbols **ret_symbols)
{
	return create(path, true, ret_symbols);
}

void symbols_destroy(struct symbols *s)
{
	if (!s)
		return;
	free(s->entries);
	free(s->names);
	free(s->path);
	free(s);
}

bool symbols_hidden(const struct symbols *s)
{
	return !s->count;
}

int symbols_refresh(struct symbols *s)
{
	uint64_t hash = hash_modules();

	if (hash == s->modules_hash)
		return 0;
	s->modules_hash = hash;
	s->version++;
	return read_all(s);
}

uint32_t symbols_version(const struct symbols *s)
{
	return s->version;
}

struct symbol symbols_find(const struct symbols *s, uint64_t address)
{
	size_t low = 0, high = s->count;
	const struct entry *e;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->entries[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - s->entries[low - 1].address >= SYMBOL_REACH)
		return (struct symbol){0};
	e = &s->entries[low - 1];
	/* Of several names for one address, the first: stable from run to run. */
	while (e > s->entries && e[-1].address == e->address && e[-1].module == e->module)
		e--;
	return (struct symbol){
		.name = s->names + e->name,
		.module = e->module ? s->names + e->module : NULL,
		.offset = address - e->address,
	};
}

/* Where the function ends that entry `i` begins: at the next one. */
static uint64_t end_of(const struct symbols *s, size_t i)
{
	uint64_t start = s->entries[i].address;

	while (i + 1 < s->count && s->entries[i + 1].address == start)
		i++;
	return i + 1 < s->count ? s->entries[i + 1].address : start;
}

bool symbols_range(const struct symbols *s, const char *name, uint64_t *ret_start,
		   uint64_t *ret_end)
{
	for (size_t i = 0; i + 1 < s->count; i++) {
		const struct entry *e = &s->entries[i];

		if (e->module || strcmp(s->names + e->name, name))
			continue;
		*ret_start = e->address;
		*ret_end = end_of(s, i);
		return true;
	}
	return false;
}

int symbols_ranges(const struct symbols *s, bool (*wanted)(const char *name),
		   struct addresses *ret_ranges)
{
	int err = 0;

	for (size_t i = 0; i < s->count && !err; i++) {
		const struct entry *e = &s->entries[i];

		if (!e->module && wanted(s->names + e->name))
			err = addresses_add(ret_ranges, (uint64_t[]){e->address, end_of(s, i)}, 2);
	}
	return err;
}

uint64_t symbols_base(const struct symbols *s, const char *module)
{
	for (size_t i = 0; i < s->count; i++)
		if (module ? !strcmp(s->names + s->entries[i].module, module)
			   : !s->entries[i].module)
			return s->entries[i].address;
	return 0;
}
