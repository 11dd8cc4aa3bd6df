// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the slab pages say of given objects. Slice by slice as all of the census,
 * but at no pace: while it lasts, the books of a trace are kept open.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "census_private.h"
#include "cleanup.h"

#define CHECK_TRIES 4

/* What the caches of the suspects have parked, added to c->parked. */
static int park_suspected(struct census *c, const struct addresses *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		int err = census_park(c, keys->at[i], NULL);

		if (err)
			return err;
	}
	addresses_sort(&c->parked);
	return 0;
}

/* The caches that suspects are of, each once. */
static int suspected_keys(const struct ss_suspect *suspects, size_t count, struct addresses *keys)
{
	uint64_t last = 0;
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		if (suspects[i].key == last || suspects[i].key <= SS_LARGE)
			continue;
		last = suspects[i].key;
		if (!addresses_had(keys, last))
			err = addresses_add(keys, &last, 1);
	}
	return err;
}

static int check_slices(struct census *c, struct ss_suspect *suspects, size_t count)
{
	struct ss_census *x = &c->skel->bss->ss_census;

	for (size_t at = 0; at < count; at += x->suspect_cnt) {
		size_t n = count - at < SS_SUSPECTS ? count - at : SS_SUSPECTS;
		int err;

		x->suspect_cnt = n;
		memcpy(c->suspects.at, suspects + at, n * sizeof(*suspects));
		err = census_run(c->skel->progs.ss_check);
		if (err)
			return err;
		memcpy(suspects + at, c->suspects.at, n * sizeof(*suspects));
	}
	return 0;
}

/* Those that changed while they were looked at, once more, and once more. */
static int check_unread(struct census *c, struct ss_suspect *suspects, size_t count)
{
	autofree struct ss_suspect *again = NULL;
	int err = 0;

	for (int tries = 1; tries < CHECK_TRIES && !err; tries++) {
		size_t n = 0, i = 0;

		for (size_t s = 0; s < count; s++)
			n += suspects[s].state == SS_UNREAD;
		if (!n)
			return 0;
		/* Never more than the first time. */
		again = again ? again : malloc(n * sizeof(*again));
		if (!again)
			return -ENOMEM;
		for (size_t s = 0; s < count; s++)
			if (suspects[s].state == SS_UNREAD)
				again[i++] = suspects[s];
		err = check_slices(c, again, n);
		i = 0;
		for (size_t s = 0; s < count && !err; s++)
			if (suspects[s].state == SS_UNREAD)
				suspects[s] = again[i++];
	}
	return err;
}

int census_check(struct census *c, struct ss_suspect *suspects, size_t count)
{
	struct addresses keys = {};
	size_t p = 0;
	int err = suspected_keys(suspects, count, &keys);

	addresses_clear(&c->parked);
	if (!err)
		err = addresses_sort_suspects(suspects, count);
	/* Objects move between free lists and sheaves: what was ever seen parked is free. */
	if (!err)
		err = park_suspected(c, &keys);
	if (!err)
		err = check_slices(c, suspects, count);
	if (!err)
		err = check_unread(c, suspects, count);
	if (!err)
		err = park_suspected(c, &keys);
	addresses_deinit(&keys);
	for (size_t i = 0; !err && i < count; i++) {
		while (p < c->parked.count && c->parked.at[p] < suspects[i].address)
			p++;
		if (p < c->parked.count && c->parked.at[p] == suspects[i].address &&
		    suspects[i].state == SS_ALIVE)
			suspects[i].state = SS_FREE;
	}
	return err;
}
