/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts by key over a stream of any length, in bounded memory: the keys that count
 * most are there in the end, with counts that say how wrong they may be.
 *
 * Lossy counting (Manku, Motwani: Approximate frequency counts over data streams,
 * VLDB 2002), weighted. What decides is the first of the values of a key, its
 * weight. When the table is full, a floor rises, and every key whose weight cannot
 * be above it is dropped. For each key, with W the sum of all weights so far:
 *
 *   weight <= true weight <= weight + undercount
 *   undercount <= floor <= 4/3 * W / capacity
 *   a key that is not there has a true weight <= floor
 *
 * While no more keys came than the capacity, the floor is 0 and all is exact. The
 * other values of a key are what came with it since it was last dropped: too small by
 * what nobody knows when its undercount is not 0. Sums stop at UINT64_MAX.
 */
#ifndef SS_TOP_H
#define SS_TOP_H

#include <stddef.h>
#include <stdint.h>

struct top;

struct top_entry {
	const void *key; /* aligned to nothing; valid, as the values, until the next top_add() */
	size_t key_len;
	const uint64_t *values;
	uint64_t undercount; /* of values[0], at most */
};

struct top_lost {
	uint64_t weight;  /* of what was dropped: all that was added = this + that of all entries */
	uint64_t entries; /* dropped; a key counts as often as it was */
	uint64_t floor;	  /* undercount of any key at most, and weight of any that is not there */
};

/*
 * For up to `capacity` keys (1 to 2^30) with value_cnt counters (1 to 1024) each. 0,
 * -EINVAL or -ENOMEM.
 */
int top_create(size_t capacity, size_t value_cnt, struct top **ret_top);
void top_destroy(struct top *t);
/*
 * Add value_cnt values to those of a key: any bytes, or none, less than 4 GiB. 0,
 * -EINVAL (too long) or -ENOMEM, and then nothing was added.
 */
int top_add(struct top *t, const void *key, size_t key_len, const uint64_t *values);
struct top_lost top_lost(const struct top *t);
/* How many keys are there. */
size_t top_count(const struct top *t);
/* The i-th of them, in the order in which they came. */
struct top_entry top_entry(const struct top *t, size_t i);
/*
 * The n entries of most weight, most first, of equals the first by bytes; returns how
 * many there are, n or top_count() if that is less.
 */
size_t top_rank(const struct top *t, size_t n, struct top_entry *ret_entries);

#endif
