// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers for things: an open-addressed table of indices. */
#include "interner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t interner_hash(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	hash ^= 0xcbf29ce484222325ull;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * 0x100000001b3ull;
	return hash;
}

/* Its slot, or the free one where it belongs. */
static uint32_t find(const struct interner *in, uint64_t hash, const void *key, size_t size)
{
	uint32_t at = (uint32_t)(hash ^ hash >> 32) & (in->slot_cnt - 1);

	for (; in->slots[at]; at = (at + 1) & (in->slot_cnt - 1)) {
		const struct interned *thing = &in->things[in->slots[at] - 1];

		if (thing->hash == hash && thing->size == size && !memcmp(thing->key, key, size))
			break;
	}
	return at;
}

static int grow(struct interner *in)
{
	uint32_t room = in->room ? 2 * in->room : 64;
	struct interned *things = realloc(in->things, room * sizeof(*things));
	uint32_t *slots;

	if (!things)
		return -ENOMEM;
	in->things = things;
	slots = calloc(2 * room, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(in->slots);
	in->slots = slots;
	in->slot_cnt = 2 * room;
	in->room = room;
	for (uint32_t i = 0; i < in->count; i++)
		slots[find(in, things[i].hash, things[i].key, things[i].size)] = i + 1;
	return 0;
}

int interner_number(struct interner *in, const void *key, size_t size, uint32_t *ret_number,
		    bool *ret_new)
{
	uint64_t hash = interner_hash(0, key, size);
	uint32_t at;
	void *copy;

	if (in->count == in->room) {
		int err = grow(in);

		if (err)
			return err;
	}
	at = find(in, hash, key, size);
	*ret_new = !in->slots[at];
	if (*ret_new) {
		copy = malloc(size ? size : 1);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, key, size);
		in->things[in->count] = (struct interned){hash, copy, size};
		in->slots[at] = ++in->count;
	}
	*ret_number = in->slots[at];
	return 0;
}

void interner_deinit(struct interner *in)
{
	for (uint32_t i = 0; i < in->count; i++)
		free(in->things[i].key);
	free(in->things);
	free(in->slots);
	*in = (struct interner){};
}
