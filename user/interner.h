/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers for things, from 1 on in the order in which they are first met. */
#ifndef SS_INTERNER_H
#define SS_INTERNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty one. */
struct interner {
	struct interned {
		uint64_t hash;
		void *key;
		size_t size;
	} * things; /* thing n is things[n - 1] */
	uint32_t count, room;
	uint32_t *slots; /* power of two, at least half of them 0: free */
	uint32_t slot_cnt;
};

/* FNV-1a, from `hash` on: 0 to begin with. */
uint64_t interner_hash(uint64_t hash, const void *bytes, size_t size);
/* The number of what has these bytes; *ret_new: it has just got one. 0 or -ENOMEM. */
int interner_number(struct interner *in, const void *key, size_t size, uint32_t *ret_number,
		    bool *ret_new);
void interner_deinit(struct interner *in);

#endif
