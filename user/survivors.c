// SPDX-License-Identifier: GPL-2.0-or-later
/* The survivor check. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"
#include "grace.h"
#include "survivors.h"

#define RCU_CALLBACK_US 10000 /* from the end of a grace period until its callbacks have run */

uint64_t survivors_key(const struct ledger *l, uint64_t meta)
{
	uint32_t index = l->origins[ss_meta_origin(meta)].cache & (SS_CACHES - 1);
	const struct ss_cache *c = &l->caches[index];

	if (index == SS_CACHE_LARGE_INDEX)
		return SS_LARGE;
	if (index < SS_CACHE_FIRST || c->state != SS_CACHE_READY)
		return SS_ANY_CACHE; /* not known, or guessed by size, or destroyed since */
	return c->key;
}

static size_t count_live(const struct ledger *l)
{
	size_t count = 0;

	for (uint32_t b = 0; b < l->bucket_cnt; b++)
		for (int i = 0; i < SS_WAYS; i++)
			count += l->buckets[b].word[i] != 0;
	return count;
}

static void suspect_all(struct survivors *s, const struct ledger *l, size_t room)
{
	for (uint32_t b = 0; b < l->bucket_cnt; b++) {
		for (int i = 0; i < SS_WAYS; i++) {
			const struct ss_bucket *bucket = &l->buckets[b];
			uint64_t word = __atomic_load_n(&bucket->word[i], __ATOMIC_RELAXED);
			uint64_t meta = __atomic_load_n(&bucket->meta[i], __ATOMIC_RELAXED);

			if (word && meta && s->count < room)
				s->suspects[s->count++] = (struct ss_suspect){
					.address = ss_word_address(word),
					.key = survivors_key(l, meta),
					.index = b * SS_WAYS + i,
				};
		}
	}
}

static bool is_stale(const struct ss_suspect *x)
{
	return x->state == SS_FREE || x->state == SS_PAGE_GONE;
}

/* Is the cache one of those in which the first look found stale records? */
static bool is_suspicious(const uint64_t *keys, size_t key_cnt, uint64_t key)
{
	for (size_t i = 0; i < key_cnt; i++)
		if (keys[i] == key)
			return true;
	return false;
}

/*
 * Sheaves that wait for RCU are nowhere to be found, and their objects look alive.
 * So where objects are freed unseen, the others of that cache are looked at once
 * more after a grace period, when those are back on a list.
 */
static int check_again(struct survivors *s, struct census *c)
{
	autofree struct ss_suspect *again = calloc(s->count + 1, sizeof(*again));
	uint64_t keys[SS_CACHES];
	size_t key_cnt = 0, n = 0;
	int err;

	if (!again)
		return -ENOMEM;
	for (size_t i = 0; i < s->count && key_cnt < SS_CACHES; i++)
		if (is_stale(&s->suspects[i]) && !is_suspicious(keys, key_cnt, s->suspects[i].key))
			keys[key_cnt++] = s->suspects[i].key;
	for (size_t i = 0; key_cnt && i < s->count; i++)
		if (!is_stale(&s->suspects[i]) && is_suspicious(keys, key_cnt, s->suspects[i].key))
			again[n++] = s->suspects[i];
	if (!n)
		return 0;
	grace_period();
	usleep(RCU_CALLBACK_US);
	err = census_check(c, again, n);
	/* Both are sorted by address. */
	for (size_t i = 0, j = 0; !err && i < n; i++) {
		while (s->suspects[j].address != again[i].address)
			j++;
		s->suspects[j].state = again[i].state;
	}
	return err;
}

int survivors_check(struct survivors *s, const struct ledger *l, struct census *c)
{
	size_t room = count_live(l);
	int err;

	*s = (struct survivors){.suspects = calloc(room + 1, sizeof(*s->suspects)),
				.stale = calloc(l->bucket_cnt, SS_WAYS / 8)};
	if (!s->suspects || !s->stale)
		return -ENOMEM;
	suspect_all(s, l, room);
	err = census_check(c, s->suspects, s->count);
	return err ? err : check_again(s, c);
}

void survivors_mark(struct survivors *s, struct ledger *l)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct ss_suspect *x = &s->suspects[i];
		uint64_t word = l->buckets[x->index / SS_WAYS].word[x->index % SS_WAYS];

		s->unread += x->state == SS_UNREAD;
		/* Freed meanwhile, and that was seen: not stale. */
		if (is_stale(x) && word && ss_word_address(word) == x->address)
			s->stale[x->index / 8] |= 1u << x->index % 8;
	}
	l->stale = s->stale;
}

void survivors_deinit(struct survivors *s)
{
	free(s->suspects);
	free(s->stale);
	*s = (struct survivors){0};
}
