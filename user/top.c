// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lossy counting; the model is in the header. Entries, their values and the bytes of
 * their keys are three arrays in the order in which keys came; an open-addressed index
 * finds them. Dropping squeezes the arrays and makes the index anew, so that nothing
 * is ever deleted from it. It drops a quarter at least, so that its cost is spread
 * over as many new keys, and the bound in the header follows: three quarters of the
 * entries have paid for every step of the floor out of weight of their own.
 *
 * Keys are hostile: the hash is seeded, or whoever makes names could make collisions.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "top.h"

#define CAPACITY_MAX  (1ul << 30)
#define VALUE_CNT_MAX 1024

struct entry {
	size_t key; /* offset into keys */
	uint32_t key_len;
	uint32_t hash;
	uint64_t undercount;
};

/* The hash is kept here, too: a look-up reads no entry in vain. */
struct slot {
	uint32_t entry; /* + 1; 0: empty */
	uint32_t hash;
};

struct top {
	size_t capacity, value_cnt, count;
	struct entry *entries;
	uint64_t *values;
	char *keys;
	size_t keys_used, keys_room;
	struct slot *slots;
	size_t slot_mask;
	uint64_t seed[2];
	struct top_lost lost;
};

static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* 16 bytes a step, multiplied and folded, in the manner of wyhash. */
static uint32_t hash_key(const struct top *t, const void *key, size_t len)
{
	const char *from = key;
	uint64_t h = t->seed[0] ^ len, last[2] = {0};

	for (; len > sizeof(last); from += sizeof(last), len -= sizeof(last)) {
		uint64_t words[2];

		memcpy(words, from, sizeof(words));
		h = mix(words[0] ^ t->seed[1], words[1] ^ h);
	}
	if (len)
		memcpy(last, from, len);
	h = mix(last[0] ^ t->seed[1], last[1] ^ h);
	return (uint32_t)(mix(h, 0x9E3779B97F4A7C15ull ^ t->seed[1]) >> 16);
}

static uint64_t *values_of(const struct top *t, size_t i)
{
	return t->values + i * t->value_cnt;
}

static uint64_t weight(const struct top *t, size_t i)
{
	return values_of(t, i)[0];
}

static uint64_t weight_at_most(const struct top *t, size_t i)
{
	return add(weight(t, i), t->entries[i].undercount);
}

int top_create(size_t capacity, size_t value_cnt, struct top **ret_top)
{
	struct top *t;
	size_t slots = 4;

	if (!capacity || capacity > CAPACITY_MAX || !value_cnt || value_cnt > VALUE_CNT_MAX)
		return -EINVAL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	while (slots < 2 * capacity)
		slots *= 2;
	t->capacity = capacity;
	t->value_cnt = value_cnt;
	t->slot_mask = slots - 1;
	t->entries = calloc(capacity, sizeof(*t->entries));
	t->values = calloc(capacity, value_cnt * sizeof(*t->values));
	t->slots = calloc(slots, sizeof(*t->slots));
	if (!t->entries || !t->values || !t->slots) {
		top_destroy(t);
		return -ENOMEM;
	}
	/* Early in the boot there may be no random numbers yet: then the time has to do. */
	if (getrandom(t->seed, sizeof(t->seed), GRND_NONBLOCK) != sizeof(t->seed)) {
		struct timespec now = {0};

		clock_gettime(CLOCK_MONOTONIC, &now);
		t->seed[0] = mix((uint64_t)now.tv_nsec, 0x94D049BB133111EBull);
		t->seed[1] = mix((uintptr_t)t, 0xBF58476D1CE4E5B9ull);
	}
	t->seed[1] |= 1;
	*ret_top = t;
	return 0;
}

void top_destroy(struct top *t)
{
	if (!t)
		return;
	free(t->entries);
	free(t->values);
	free(t->keys);
	free(t->slots);
	free(t);
}

/* The slot of a key, or the empty one that it would get. */
static struct slot *find(const struct top *t, const void *key, size_t len, uint32_t hash)
{
	for (size_t i = hash & t->slot_mask;; i = (i + 1) & t->slot_mask) {
		struct slot *s = &t->slots[i];
		const struct entry *e;

		if (!s->entry)
			return s;
		if (s->hash != hash)
			continue;
		e = &t->entries[s->entry - 1];
		if (e->key_len == len && (!len || !memcmp(t->keys + e->key, key, len)))
			return s;
	}
}

static void reindex(struct top *t)
{
	memset(t->slots, 0, (t->slot_mask + 1) * sizeof(*t->slots));
	for (size_t i = 0; i < t->count; i++) {
		size_t at = t->entries[i].hash & t->slot_mask;

		while (t->slots[at].entry)
			at = (at + 1) & t->slot_mask;
		t->slots[at] = (struct slot){(uint32_t)i + 1, t->entries[i].hash};
	}
}

/*
 * The least floor that a quarter of all keys, and one at least, is not above: byte by
 * byte from the highest that counts, by how many numbers go on with each.
 */
static uint64_t next_floor(const struct top *t)
{
	size_t left = (t->count - 1) / 4;
	uint64_t most = 0, floor = 0;
	int shift = 0;

	for (size_t i = 0; i < t->count; i++)
		if (weight_at_most(t, i) > most)
			most = weight_at_most(t, i);
	while (shift < 56 && most >> shift >> 8)
		shift += 8;
	for (; shift >= 0; shift -= 8) {
		size_t with[256] = {0}, byte = 0;

		for (size_t i = 0; i < t->count; i++) {
			uint64_t n = weight_at_most(t, i) >> shift;

			if (n >> 8 == floor)
				with[n & 255]++;
		}
		for (; left >= with[byte]; byte++)
			left -= with[byte];
		floor = floor << 8 | byte;
	}
	return floor;
}

static void drop(struct top *t)
{
	size_t kept = 0, keys = 0;

	t->lost.floor = next_floor(t);
	for (size_t i = 0; i < t->count; i++) {
		struct entry *to = &t->entries[kept], e = t->entries[i];

		if (weight_at_most(t, i) <= t->lost.floor) {
			t->lost.weight = add(t->lost.weight, weight(t, i));
			t->lost.entries++;
			continue;
		}
		if (e.key_len)
			memmove(t->keys + keys, t->keys + e.key, e.key_len);
		if (kept != i)
			memcpy(values_of(t, kept), values_of(t, i),
			       t->value_cnt * sizeof(*t->values));
		*to = e;
		to->key = keys;
		keys += e.key_len;
		kept++;
	}
	t->count = kept;
	t->keys_used = keys;
	reindex(t);
}

static int make_room(struct top *t, size_t len)
{
	size_t room = t->keys_room ? t->keys_room : 1024;
	char *moved;

	if (t->keys_room - t->keys_used >= len)
		return 0;
	while (room - t->keys_used < len)
		room *= 2;
	moved = realloc(t->keys, room);
	if (!moved)
		return -ENOMEM;
	t->keys = moved;
	t->keys_room = room;
	return 0;
}

int top_add(struct top *t, const void *key, size_t key_len, const uint64_t *values)
{
	uint32_t hash;
	struct slot *s;
	uint64_t *sums;

	if (key_len > UINT32_MAX)
		return -EINVAL;
	hash = hash_key(t, key, key_len);
	s = find(t, key, key_len, hash);
	if (!s->entry) {
		/* Before anything is dropped: when it fails, nothing happened. */
		int err = make_room(t, key_len);

		if (err)
			return err;
		if (t->count == t->capacity) {
			drop(t);
			s = find(t, key, key_len, hash);
		}
		t->entries[t->count] = (struct entry){
			.key = t->keys_used,
			.key_len = (uint32_t)key_len,
			.hash = hash,
			.undercount = t->lost.floor,
		};
		memset(values_of(t, t->count), 0, t->value_cnt * sizeof(*t->values));
		if (key_len)
			memcpy(t->keys + t->keys_used, key, key_len);
		t->keys_used += key_len;
		*s = (struct slot){(uint32_t)++t->count, hash};
	}
	sums = values_of(t, s->entry - 1);
	for (size_t i = 0; i < t->value_cnt; i++)
		sums[i] = add(sums[i], values[i]);
	return 0;
}

struct top_lost top_lost(const struct top *t)
{
	return t->lost;
}

size_t top_count(const struct top *t)
{
	return t->count;
}

struct top_entry top_entry(const struct top *t, size_t i)
{
	const struct entry *e = &t->entries[i];

	return (struct top_entry){
		.key = e->key_len ? t->keys + e->key : "",
		.key_len = e->key_len,
		.values = values_of(t, i),
		.undercount = e->undercount,
	};
}

/* Does a come before b? No two keys are equal. */
static bool before(const struct top_entry *a, const struct top_entry *b)
{
	size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order;

	if (a->values[0] != b->values[0])
		return a->values[0] > b->values[0];
	order = memcmp(a->key, b->key, len);
	return order ? order < 0 : a->key_len < b->key_len;
}

/* A heap with the last in rank on top: put an entry in its place, from the top down. */
static void sift(struct top_entry *heap, size_t count, size_t at, struct top_entry e)
{
	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && before(&heap[child], &heap[child + 1]))
			child++;
		if (!before(&e, &heap[child]))
			break;
		heap[at] = heap[child];
	}
	heap[at] = e;
}

size_t top_rank(const struct top *t, size_t n, struct top_entry *ret_entries)
{
	size_t count = n < t->count ? n : t->count;

	if (!count)
		return 0;
	for (size_t i = 0; i < count; i++)
		ret_entries[i] = top_entry(t, i);
	for (size_t i = count / 2; i-- > 0;)
		sift(ret_entries, count, i, ret_entries[i]);
	for (size_t i = count; i < t->count; i++) {
		struct top_entry e = top_entry(t, i);

		if (before(&e, &ret_entries[0]))
			sift(ret_entries, count, 0, e);
	}
	for (size_t left = count; left-- > 1;) {
		struct top_entry last = ret_entries[0];

		sift(ret_entries, left, 0, ret_entries[left]);
		ret_entries[left] = last;
	}
	return count;
}
