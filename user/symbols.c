// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/kallsyms as a sorted array of functions, each from its beginning to its end, but never
 * longer than SYMBOL_REACH: beyond the last symbol of the kernel or of a module lie BPF programs
 * and freed memory, which must not borrow a name.
 *
 * Functions that were never there together may lie over each other. An address in two of them
 * has no name, because which of them it was is not known: addresses come from the ledger, which
 * keeps a stack once, and books what later code does at the same place under the same origin.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "symbols_private.h"

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		h = (h ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3ull;
	return h;
}

/* Another each time that a module is loaded, be it in the same place within a moment; 0: unknown.
 */
static uint64_t load_of(const char *module, size_t len)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/module/%.*s", (int)len, module);
	return stat(path, &st) ? 0 : st.st_ino;
}

/*
 * FNV-1a over names, addresses and loads of modules: "nfs 446464 2 - Live
 * 0xffffffffc0a2b000". The use counts in the file do not matter, and sizes change after
 * a module is loaded, when what it began with is freed.
 */
static uint64_t hash_modules(void)
{
	autofile FILE *f = fopen("/proc/modules", "re");
	uint64_t h = 0xcbf29ce484222325ull;
	autofree char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		const size_t name = strcspn(line, " \n");
		const uint64_t load = load_of(line, name);
		const char *address = strstr(line, " 0x");

		h = hash_bytes(h, line, name);
		h = hash_bytes(h, &load, sizeof(load));
		if (address)
			h = hash_bytes(h, address, strcspn(address + 1, " \n") + 1);
	}
	return h;
}

static int create(const char *path, bool data, struct symbols **ret_symbols)
{
	struct symbols *s = calloc(1, sizeof(*s)), fresh;
	int err;

	if (!s)
		return -ENOMEM;
	s->data = data;
	s->version = 1;
	s->path = strdup(path ? path : "/proc/kallsyms");
	s->modules_hash = hash_modules();
	s->told = 1;
	err = s->path ? symbols_read(s, &fresh) : -ENOMEM;
	if (!err) {
		err = symbols_join(s, &fresh);
		symbols_clear(&fresh);
	}
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
	int err = s ? 0 : -ENOMEM;

	if (s)
		s->version = 1;
	for (size_t i = 0; i < count && !err; i++)
		err = symbols_add(s, list[i].address, list[i].name, list[i].module);
	if (err) {
		symbols_destroy(s);
		return err;
	}
	s->whole = true;
	symbols_sort(s);
	symbols_measure(s);
	symbols_overlap(s);
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

void symbols_clear(struct symbols *s)
{
	free(s->entries);
	free(s->names);
	free(s->ran);
	free(s->path);
}

void symbols_destroy(struct symbols *s)
{
	if (s)
		symbols_clear(s);
	free(s);
}

bool symbols_hidden(const struct symbols *s)
{
	return !s->count;
}

int symbols_refresh(struct symbols *s, const struct symbols_seen *seen)
{
	const uint64_t hash = hash_modules();
	struct symbols fresh;
	int err;

	if (hash == s->modules_hash)
		return 0;
	err = symbols_read(s, &fresh);
	if (err)
		return err;
	/*
	 * Before the new names are known; without, they would be given to what is gone. While it
	 * was read, modules came or went again: then what has run until now may be gone, too.
	 */
	if (seen)
		err = symbols_mark_gone(s, seen->addresses,
					hash_modules() == hash ? seen->count : seen->room);
	s->version++;
	if (!err)
		err = symbols_join(s, &fresh);
	if (err)
		s->version--;
	else
		s->modules_hash = hash;
	symbols_clear(&fresh);
	return err;
}

bool symbols_ask_what_ran(const struct symbols *s)
{
	return s->told + 1 == s->version;
}

static int by_place(const void *a, const void *b)
{
	const struct ran *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static const struct ran *find_ran(const struct symbols *s, uint64_t address)
{
	const struct ran key = {.address = address};

	return s->ran_cnt ? bsearch(&key, s->ran, s->ran_cnt, sizeof(key), by_place) : NULL;
}

/* The kernel's own is not asked for. */
static bool is_kept(const struct symbols *s, uint64_t address)
{
	const struct symbol sym = symbols_find(s, address);

	return address && (!sym.name || sym.module) && !find_ran(s, address);
}

int symbols_what_ran(struct symbols *s, const uint64_t *addresses, size_t count)
{
	size_t added = s->ran_cnt, kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_kept(s, addresses[i]))
			continue;
		if (symbols_grow((void **)&s->ran, &s->ran_room, added + 1, sizeof(*s->ran)))
			return -ENOMEM;
		s->ran[added++] = (struct ran){.address = addresses[i], .version = s->version};
	}
	if (added)
		qsort(s->ran, added, sizeof(*s->ran), by_place);
	for (size_t i = 0; i < added; i++)
		if (!kept || s->ran[kept - 1].address != s->ran[i].address)
			s->ran[kept++] = s->ran[i];
	s->ran_cnt = kept;
	s->told = s->version;
	return 0;
}

uint32_t symbols_version(const struct symbols *s)
{
	return s->version;
}

static bool is_loaded(const struct symbols *s, const struct entry *e)
{
	return e->last == s->version || (!e->module && e->name);
}

/* What had gone by a time has run nowhere but where something had run by then. */
static bool can_be(const struct symbols *s, const struct entry *e, uint64_t address)
{
	const uint32_t gone = e->last + 1;
	const struct ran *ran;

	if (is_loaded(s, e) || !e->name || gone > s->told)
		return true;
	ran = find_ran(s, address);
	return ran && ran->version <= gone;
}

static struct symbol symbol_of(const struct symbols *s, const struct entry *e, uint64_t address)
{
	if (!e->name)
		return (struct symbol){.gone = true};
	return (struct symbol){
		.name = s->names + e->name,
		.module = e->module ? s->names + e->module : NULL,
		.offset = address - e->address,
		.gone = !is_loaded(s, e),
	};
}

/* Of the kernel's several names for one address, the first: stable from run to run. */
static bool is_first(const struct symbols *s, size_t i)
{
	const struct entry *e = &s->entries[i];

	return e->module || !i || e[-1].address != e->address || e[-1].module || !e[-1].name;
}

/* Put in what is loaded before what is not; the last may have no room. */
static void put(struct symbol *list, size_t count, size_t room, const struct symbol *symbol)
{
	size_t at = count;

	for (; at && !symbol->gone && list[at - 1].gone; at--)
		if (at < room)
			list[at] = list[at - 1];
	if (at < room)
		list[at] = *symbol;
}

size_t symbols_may_be(const struct symbols *s, uint64_t address, struct symbol *ret_list,
		      size_t room)
{
	size_t low = 0, high = s->count, count = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->entries[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- > 0) {
		const struct entry *e = &s->entries[low];

		if (address - e->address < e->size && is_first(s, low) && can_be(s, e, address)) {
			struct symbol symbol = symbol_of(s, e, address);

			put(ret_list, count < room ? count : room, room, &symbol);
			count++;
		}
		if (address - e->address >= e->under && (!low || e[-1].address != e->address))
			break;
	}
	return count;
}

bool symbols_overlaps(const struct symbols *s)
{
	return s->overlaps;
}

struct symbol symbols_find(const struct symbols *s, uint64_t address)
{
	struct symbol only;
	size_t count = symbols_may_be(s, address, &only, 1);

	return count == 1 ? only : (struct symbol){.several = (uint32_t)(count > 1 ? count : 0)};
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

		if (e->module || !e->name || strcmp(s->names + e->name, name))
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
