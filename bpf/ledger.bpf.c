// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cold half of the ledger: objects that do not fit their home bucket, ghosts,
 * lifetimes, and the halving of the sample when the table is full.
 */
#include "ledger.bpf.h"

/*
 * Large kmalloc fires its event twice on some kernels (through
 * __do_kmalloc_node, since Linux commit a0a44d9175b3 "mm, slab: don't wrap
 * internal functions with alloc_hooks()" in v6.11): first from inside the
 * allocator, then for the real caller. The inner record is known by its call
 * site or, where symbols are hidden, by being a large one not two ticks old.
 *
 * A second copy whose task was preempted or moved since the first has booked finds
 * no note of that one, and then its record, of the same origin and not older than
 * tasks wait to go on.
 */
#define SS_AGAIN_TICKS 1024

__noinline int ss_ghost(u64 meta, u64 again)
{
	u32 index = ss_meta_origin(meta);
	struct ss_origin *o = ss_at(&ss_origins, index);
	struct ss_rare *r = ss_at(&ss_rares, index);
	u32 age = (u32)bpf_jiffies64() - (u32)meta;

	if (!o || !r)
		return 0;
	if (again && ss_meta_origin(again) == index && age < SS_AGAIN_TICKS) {
		ss_add(r->retold, 1);
		ss_tally(again, 1);
		return 1;
	}
	if (o->flags & SS_ORIGIN_LARGE && (o->flags & SS_ORIGIN_INNER || age <= 1))
		ss_add(r->retold, 1);
	else
		ss_add(r->ghosts, 1);
	return 0;
}

/* Which bin of a lifetime: the whole part of its binary logarithm, the last for all beyond. */
static __always_inline u32 ss_life_bin(u32 age)
{
	u32 bin = 0;

	if (age >> 16) {
		age >>= 16;
		bin += 16;
	}
	if (age >> 8) {
		age >>= 8;
		bin += 8;
	}
	if (age >> 4) {
		age >>= 4;
		bin += 4;
	}
	if (age >> 2) {
		age >>= 2;
		bin += 2;
	}
	bin += age >> 1;
	return bin < SS_LIFE_BINS ? bin : SS_LIFE_BINS - 1;
}

/*
 * By origin, and by stack record where the object carries one: where an error
 * path and a healthy one share a call site, only the stack tells them apart.
 */
__noinline int ss_count_life(u64 meta, u32 age)
{
	struct ss_rare *r = ss_at(&ss_rares, ss_meta_origin(meta));
	u32 bin = ss_life_bin(age), rec = ss_meta_rec(meta);
	struct ss_rec_life *stack;

	if (r)
		ss_add(r->life[bin], 1);
	if (!rec)
		return 0;
	stack = ss_at(&ss_rec_lives, rec);
	if (stack)
		ss_add(stack->life[bin], 1);
	return 0;
}

static __always_inline void ss_thin(u64 meta)
{
	struct ss_rare *r = ss_at(&ss_rares, ss_meta_origin(meta));

	if (r)
		ss_add(r->thinned, 1);
}

/*
 * One object further than its home may now be found from there. Counted before
 * the slot is claimed, so that its free cannot miss it.
 */
static __always_inline void ss_spill(u32 home, int n)
{
	u32 *spilled = ss_at(&ss_spilled, home);

	if (!spilled)
		return;
	/* On a line that every event reads: written once. */
	if (!SS_READ(ss_control.spills))
		SS_WRITE(ss_control.spills, 1);
	ss_add(*spilled, n);
}

/*
 * What is done slot by slot is out of line, and global, so that the verifier checks
 * it once: within the probing below, which comes in every program, it did so once a
 * bucket, and that was half of its time.
 */

#define SS_NOWHERE 0xffffffff

/* Number of the slot that an object is in (bucket * SS_WAYS + way), its home bucket left out. */
__noinline u32 ss_far_slot(u64 addr)
{
	for (u32 k = 1; k < SS_PROBES; k++) {
		u32 bucket = ss_probe(addr, k, ss_nbuckets);
		struct ss_bucket *b = ss_at(&ss_objects, bucket);

		if (!b)
			break;
		for (u32 i = 0; i < SS_WAYS; i++)
			if (ss_word_is(SS_READ(b->word[i]), addr))
				return bucket * SS_WAYS + i;
	}
	return SS_NOWHERE;
}

/* Claim an empty slot of the bucket. */
__noinline int ss_claim_in(u32 bucket, u64 word, u64 meta)
{
	struct ss_bucket *b = ss_at(&ss_objects, bucket);

	if (!b)
		return false;
	for (u32 i = 0; i < SS_WAYS; i++) {
		if (SS_READ(b->word[i]))
			continue;
		if (__sync_val_compare_and_swap(&b->word[i], 0, word) == 0) {
			SS_WRITE(b->meta[i], meta);
			return true;
		}
	}
	return false;
}

/* Take the slot of an object that a halving put out of the sample. */
__noinline int ss_evict_in(u32 bucket, u64 word, u64 meta)
{
	struct ss_bucket *b = ss_at(&ss_objects, bucket);

	if (!b)
		return false;
	for (u32 i = 0; i < SS_WAYS; i++) {
		u64 old = SS_READ(b->word[i]), old_meta = SS_READ(b->meta[i]), addr;
		u32 home;

		if (!old || !old_meta || old == SS_WORD_LEAVING)
			continue;
		addr = ss_word_address(old);
		if (ss_sampled(addr))
			continue;
		if (__sync_val_compare_and_swap(&b->word[i], old, word) != old)
			continue;
		SS_WRITE(b->meta[i], meta);
		ss_thin(old_meta);
		home = ss_home(addr, ss_nbuckets);
		if (home != bucket)
			ss_spill(home, -1);
		return true;
	}
	return false;
}

/*
 * Out of line in two steps, so that each stays small for the verifier: the ghost
 * of the address, then a slot, empty or evicted. Each returns 1 when done.
 */
__noinline int ss_far_ghost(u64 addr, u64 word, u64 meta, u32 again)
{
	u32 slot = ss_far_slot(addr), way = slot % SS_WAYS;
	struct ss_bucket *b = slot == SS_NOWHERE ? NULL : ss_at(&ss_objects, slot / SS_WAYS);

	if (!b || !ss_word_is(SS_READ(b->word[way]), addr))
		return 0;
	if (ss_ghost(SS_READ(b->meta[way]), again ? meta : 0))
		return 1;
	SS_WRITE(b->meta[way], 0);
	SS_WRITE(b->word[way], word);
	SS_WRITE(b->meta[way], meta);
	return 1;
}

__noinline int ss_far_place(u64 addr, u64 word, u64 meta, u32 evict)
{
	u32 home = ss_home(addr, ss_nbuckets);

	for (u32 k = 0; k < SS_PROBES; k++) {
		u32 bucket = ss_probe(addr, k, ss_nbuckets);

		if (k == 1)
			ss_spill(home, 1);
		if (evict ? ss_evict_in(bucket, word, meta) : ss_claim_in(bucket, word, meta))
			return 1;
	}
	ss_spill(home, -1);
	return 0;
}

/*
 * Halve the share of addresses in the books; the ones that fall out make room as
 * it is needed. Only if the share is still the one for which there was no room:
 * when many CPUs find that at once, one halving is enough.
 */
static __always_inline void ss_halve(u32 threshold)
{
	if (threshold >> 1 && __sync_val_compare_and_swap(&ss_control.threshold, threshold,
							  threshold >> 1) == threshold)
		ss_tally(halvings, 1);
}

__noinline int ss_book_far(u64 addr, u64 word, u64 meta, u32 again)
{
	u32 threshold = SS_READ(ss_control.threshold);
	struct ss_rare *r;

	if (ss_has_spilled(ss_home(addr, ss_nbuckets)) && ss_far_ghost(addr, word, meta, again))
		return 0;
	if (ss_far_place(addr, word, meta, false) || ss_far_place(addr, word, meta, true))
		return 0;
	ss_halve(threshold);
	if (!ss_sampled(addr)) {
		ss_thin(meta);
		return 0;
	}
	if (ss_far_place(addr, word, meta, true))
		return 0;
	r = ss_at(&ss_rares, ss_meta_origin(meta));
	if (r)
		ss_add(r->refused, 1);
	return 0;
}

/*
 * Empty the slot of an object, if it is still there: an eviction may have come first.
 * The number of the slot comes from ss_far_slot().
 */
static __always_inline bool ss_take_far(u64 addr, u32 slot, u64 *ret_meta)
{
	struct ss_bucket *b = ss_at(&ss_objects, slot / SS_WAYS);
	u32 way = slot % SS_WAYS;
	u64 word;

	if (!b)
		return false;
	word = SS_READ(b->word[way]);
	if (!ss_word_is(word, addr) || !ss_take_out(b, way, word, ret_meta))
		return false;
	ss_spill(ss_home(addr, ss_nbuckets), -1);
	return true;
}

__noinline int ss_reborn(u64 addr)
{
	u32 home = ss_home(addr, ss_nbuckets), slot;
	struct ss_bucket *b = ss_at(&ss_objects, home);
	u64 word, meta;

	if (!b || !ss_sampled(addr))
		return 0;
	for (u32 i = 0; i < SS_WAYS; i++) {
		word = SS_READ(b->word[i]);
		if (!ss_word_is(word, addr))
			continue;
		if (ss_take_out(b, i, word, &meta))
			ss_ghost(meta, 0);
		return 0;
	}
	if (!ss_has_spilled(home))
		return 0;
	slot = ss_far_slot(addr);
	if (slot != SS_NOWHERE && ss_take_far(addr, slot, &meta))
		ss_ghost(meta, 0);
	return 0;
}

__noinline u32 ss_unbook_far(u64 addr, u32 first)
{
	u32 slot = ss_far_slot(addr);
	u64 meta;

	if (slot != SS_NOWHERE)
		return ss_take_far(addr, slot, &meta) ? ss_count_free(meta) : 0;
	if (first)
		ss_count_unknown(addr);
	return 0;
}
