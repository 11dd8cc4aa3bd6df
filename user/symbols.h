/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel addresses to names, from /proc/kallsyms.
 *
 * Read once at the start and again whenever the list of modules changed, and
 * what was known stays known: a stack through a module that was unloaded while
 * tracing still has its names. Where other code has come in its place, an address
 * that is in both has none: what it may be is told instead.
 */
#ifndef SS_SYMBOLS_H
#define SS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addresses.h"

struct symbols;

/* No name reaches further than this beyond where its symbol begins. */
#define SYMBOL_REACH (256u << 10)

struct symbol {
	const char *name;   /* NULL: not known */
	const char *module; /* NULL: the kernel itself */
	uint64_t offset;
	bool gone;	  /* it is not loaded any more */
	uint32_t several; /* without a name: it is one of so many, see symbols_may_be() */
};

/*
 * 0 or -errno. Hidden addresses are no error: see symbols_hidden(). path NULL:
 * /proc/kallsyms, and that it cannot be read is no error either.
 */
int symbols_create(const char *path, struct symbols **ret_symbols);
/* Variables and constants too, where the kernel lists them (CONFIG_KALLSYMS_ALL). */
int symbols_create_with_data(const char *path, struct symbols **ret_symbols);
/* Functions that somebody else has read; names are copied. 0 or -ENOMEM. */
struct symbols_entry {
	uint64_t address;
	const char *name, *module; /* module NULL: the kernel itself */
};
int symbols_create_from(const struct symbols_entry *list, size_t count,
			struct symbols **ret_symbols);
void symbols_destroy(struct symbols *s);
/* Are the addresses hidden from us (CAP_SYSLOG, kptr_restrict)? Then no look-up finds anything. */
bool symbols_hidden(const struct symbols *s);
/* Addresses of code that has run; some may be 0. */
struct symbols_seen {
	const uint64_t *addresses;
	size_t count; /* had run before the last symbols_refresh() */
	size_t room;  /* and so many may have by the time that is looked at them */
};

/*
 * Reads again if modules came or went since the last time. Cheap otherwise. Where something had run
 * before, and there is no name yet, it was code that came and went between two times: it does not
 * get the name of what is loaded there later. seen NULL: not known. 0 or -errno.
 */
int symbols_refresh(struct symbols *s, const struct symbols_seen *seen);
/*
 * After symbols_refresh() has read again: is it to be told where code has run by now? If it is not,
 * it may have run anywhere.
 */
bool symbols_ask_what_ran(const struct symbols *s);
/*
 * All addresses that will be asked for, as far as they are known now. One that comes up later is of
 * nothing that is gone by now. 0 or -ENOMEM.
 */
int symbols_what_ran(struct symbols *s, const uint64_t *addresses, size_t count);
/* From 1; another after each time that symbols_refresh() has read again. */
uint32_t symbols_version(const struct symbols *s);
struct symbol symbols_find(const struct symbols *s, uint64_t address);
/*
 * What an address may be, as far as there is room: first what is loaded. One without a name stands
 * for code that was never known. Returns how many there are.
 */
size_t symbols_may_be(const struct symbols *s, uint64_t address, struct symbol *ret_list,
		      size_t room);
/* Is there any address that may be several? */
bool symbols_overlaps(const struct symbols *s);
/* [start, end) of a function of the kernel itself; false when it is not there. */
bool symbols_range(const struct symbols *s, const char *name, uint64_t *ret_start,
		   uint64_t *ret_end);
/* Of all that are wanted: start, end, start, end, lowest first. 0 or -ENOMEM. */
int symbols_ranges(const struct symbols *s, bool (*wanted)(const char *name),
		   struct addresses *ret_ranges);
/* The first address that is known of a module (NULL: of the kernel itself); 0: none is. */
uint64_t symbols_base(const struct symbols *s, const char *module);

#endif
