// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of addresses, and suspects by address. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "cleanup.h"

#include "census_wire.h"

#define DIGIT_BITS 11
#define DIGITS	   (1u << DIGIT_BITS)

int addresses_add(struct addresses *a, const uint64_t *at, size_t count)
{
	if (!count)
		return 0;
	if (a->count + count > a->room) {
		size_t room = 2 * (a->count + count);
		uint64_t *moved = realloc(a->at, room * sizeof(*moved));

		if (!moved)
			return -ENOMEM;
		a->at = moved;
		a->room = room;
	}
	memcpy(a->at + a->count, at, count * sizeof(*at));
	a->count += count;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void addresses_sort(struct addresses *a)
{
	size_t kept = 0;

	if (!a->count)
		return;
	qsort(a->at, a->count, sizeof(*a->at), by_value);
	for (size_t i = 1; i < a->count; i++)
		if (a->at[i] != a->at[kept])
			a->at[++kept] = a->at[i];
	a->count = kept + 1;
}

bool addresses_has(const struct addresses *a, uint64_t address)
{
	return a->count && bsearch(&address, a->at, a->count, sizeof(address), by_value);
}

bool addresses_had(const struct addresses *a, uint64_t address)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->at[i] == address)
			return true;
	return false;
}

void addresses_clear(struct addresses *a)
{
	a->count = 0;
}

void addresses_deinit(struct addresses *a)
{
	free(a->at);
	*a = (struct addresses){0};
}

/* One pass of a radix sort: stable, by the digit at `shift` of (address - least) / 8. */
static void sort_digit(const struct ss_suspect *from, struct ss_suspect *to, size_t count,
		       uint64_t least, unsigned int shift)
{
	size_t starts[DIGITS] = {}, sum = 0;

	for (size_t i = 0; i < count; i++)
		starts[(from[i].address - least) >> 3 >> shift & (DIGITS - 1)]++;
	for (size_t d = 0; d < DIGITS; d++) {
		size_t n = starts[d];

		starts[d] = sum;
		sum += n;
	}
	for (size_t i = 0; i < count; i++)
		to[starts[(from[i].address - least) >> 3 >> shift & (DIGITS - 1)]++] = from[i];
}

int addresses_sort_suspects(struct ss_suspect *suspects, size_t count)
{
	autofree struct ss_suspect *other = malloc((count + 1) * sizeof(*other));
	struct ss_suspect *from = suspects, *to = other, *swap;
	uint64_t least = UINT64_MAX, most = 0;

	if (!other)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		least = suspects[i].address < least ? suspects[i].address : least;
		most = suspects[i].address > most ? suspects[i].address : most;
	}
	for (unsigned int shift = 0; count && shift < 61 && (most - least) >> 3 >> shift;
	     shift += DIGIT_BITS) {
		sort_digit(from, to, count, least, shift);
		swap = from, from = to, to = swap;
	}
	if (from != suspects)
		memcpy(suspects, from, count * sizeof(*suspects));
	return 0;
}
