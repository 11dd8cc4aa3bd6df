/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the symbols share. */
#ifndef SS_SYMBOLS_PRIVATE_H
#define SS_SYMBOLS_PRIVATE_H

#include "symbols.h"

/* A function from its beginning to its end, as far as both are known. */
struct entry {
	uint64_t address;
	uint32_t size;	 /* bytes */
	uint32_t last;	 /* version with which it was there last */
	uint32_t name;	 /* offset into names; 0: code that had gone before it was read */
	uint32_t module; /* offset into names, 0: none */
	uint32_t under;	 /* how many bytes those that begin before reach over this one */
};

/* An address where code had run before this version was read; it has no other entry. */
struct ran {
	uint64_t address;
	uint32_t version;
};

struct symbols {
	char *path;
	struct entry *entries; /* by address, then by name */
	size_t count, room;
	char *names;
	size_t names_used, names_room;
	uint64_t modules_hash;
	uint32_t version;
	struct ran *ran; /* by address */
	size_t ran_cnt, ran_room;
	uint32_t told; /* version up to which it is known where code had run */
	bool data;
	bool overlaps; /* one lies over another */
	bool whole;    /* functions of modules do not end with a page */
};

/* Room for `need` of such a size, and more. 0 or -ENOMEM. */
int symbols_grow(void **array, size_t *room, size_t need, size_t size);
/* Add an entry without a size, behind the last. 0 or -ENOMEM. */
int symbols_add(struct symbols *s, uint64_t address, const char *name, const char *module);
/* After these: bring them into order; where one has no end, another begins. */
void symbols_sort(struct symbols *s);
void symbols_measure(struct symbols *s);
/* Of sorted entries that have sizes: which lie over which. */
void symbols_overlap(struct symbols *s);
/* What the file says now, to be cleared; and to add that to what is known. 0 or -errno, and then
 * all is as it was. */
int symbols_read(const struct symbols *s, struct symbols *ret_fresh);
int symbols_join(struct symbols *s, const struct symbols *fresh);
void symbols_clear(struct symbols *s);
/* Remember of addresses without a name that no code which is loaded later was there. 0 or -ENOMEM.
 */
int symbols_mark_gone(struct symbols *s, const uint64_t *addresses, size_t count);

#endif
