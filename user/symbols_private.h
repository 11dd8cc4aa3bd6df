/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the symbols share. */
#ifndef SS_SYMBOLS_PRIVATE_H
#define SS_SYMBOLS_PRIVATE_H

#include "symbols.h"

/* A function from its beginning to its end, as far as both are known. */
struct entry {
	uint64_t address;
	uint32_t size : 31;  /* bytes */
	uint32_t loaded : 1; /* it was there when the file was read last */
	uint32_t name;	     /* offset into names; 0: code that had gone before it was read */
	uint32_t module;     /* offset into names, 0: none */
	uint32_t under;	     /* how many bytes those that begin before reach over this one */
};

struct symbols {
	char *path;
	struct entry *entries; /* by address, then by name */
	size_t count, room;
	char *names;
	size_t names_used, names_room;
	uint64_t modules_hash;
	uint32_t version;
	bool data;
	bool overlaps; /* one lies over another */
	bool whole;    /* functions of modules do not end with a page */
};

/* Add an entry without a size, behind the last. 0 or -ENOMEM. */
int symbols_add(struct symbols *s, uint64_t address, const char *name, const char *module);
/* After these: bring them into order; where one has no end, another begins. */
void symbols_sort(struct symbols *s);
void symbols_measure(struct symbols *s);
/* Of sorted entries that have sizes: which lie over which. */
void symbols_overlap(struct symbols *s);
/* Add what the file says now to what is known. 0 or -errno, and then all is as it was. */
int symbols_read(struct symbols *s);
/* Remember of addresses without a name that no code which is loaded later was there. 0 or -ENOMEM.
 */
int symbols_mark_gone(struct symbols *s, const uint64_t *addresses, size_t count);

#endif
