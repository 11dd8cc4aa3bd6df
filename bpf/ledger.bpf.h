/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger: ss_book() when an object is born, ss_unbook() when it dies.
 *
 * Invariant, per origin, once quiet:
 *
 *   allocs = frees + live + ghosts + refused + thinned + retold + never sampled
 *
 * ("never sampled" is 0 until the table first fills.) The same address is never
 * booked by two CPUs at once, because the allocator hands it to one at a time;
 * so only claiming an empty slot needs compare-and-swap. A free is booked before
 * the memory goes back (the events fire first), so a later allocation of the
 * address always finds the slot empty, unless nobody saw the free: a ghost.
 *
 * What is hot is inline here; what happens seldom is in ledger.bpf.c.
 */
#ifndef SS_LEDGER_BPF_H
#define SS_LEDGER_BPF_H

#include "compat.bpf.h"

/* Out of line: home bucket full or raced for, or objects of it live elsewhere. */
int ss_book_far(u64 addr, u64 word, u64 meta, u32 again);
u32 ss_unbook_far(u64 addr, u32 first);
/*
 * Counts the record with this meta, whose address comes again: as a ghost or as told
 * twice. `again`: what a second copy is about to book there, or 0. Returns whether that
 * is the same object, which the first copy has booked.
 */
int ss_ghost(u64 meta, u64 again);
/* Counts how long the object with this meta lived: `age` ticks, two or more. */
int ss_count_life(u64 meta, u32 age);
/* An allocation that is not booked got this address: what was booked there is a ghost. */
int ss_reborn(u64 addr);

static __always_inline bool ss_word_is(u64 word, u64 addr)
{
	return (word ^ addr << SS_WORD_SHIFT) <= SS_WASTE_MASK;
}

static __always_inline bool ss_sampled(u64 addr)
{
	u32 threshold = SS_READ(ss_control.threshold);

	return threshold == 0xffffffff || ss_sample_hash(addr) <= threshold;
}

/* May objects of this home bucket live elsewhere? Until the table gets full, none does anywhere. */
static __always_inline bool ss_has_spilled(u32 home)
{
	u32 *spilled;

	if (!SS_READ(ss_control.spills))
		return false;
	spilled = ss_at(&ss_spilled, home);
	return spilled && SS_READ(*spilled);
}

static __always_inline u64 ss_meta(u32 now, u32 origin, u32 rec, u32 class)
{
	return (u64)now | (u64)origin << SS_META_ORIGIN_SHIFT | (u64)rec << SS_META_REC_SHIFT |
	       (u64) class << SS_META_CLASS_SHIFT;
}

/*
 * Put a live object (already counted as an allocation of its origin) into the table.
 * `again`: the second copy of a program does, and the first may have.
 */
static __always_inline void ss_book(u64 addr, u32 waste, u64 meta, bool again)
{
	u64 word = addr << SS_WORD_SHIFT | waste;
	u32 home = ss_home(addr, ss_nbuckets);
	struct ss_bucket *b = ss_at(&ss_objects, home);
	int room = -1;

	if (!b)
		return;
#pragma unroll
	for (int i = SS_WAYS - 1; i >= 0; i--) {
		u64 w = SS_READ(b->word[i]);

		if (!w)
			room = i;
		if (ss_word_is(w, addr)) {
			if (ss_ghost(SS_READ(b->meta[i]), again ? meta : 0))
				return;
			SS_WRITE(b->meta[i], 0);
			SS_WRITE(b->word[i], word);
			SS_WRITE(b->meta[i], meta);
			return;
		}
	}
	if (room >= 0 && !ss_has_spilled(home)) {
		u64 *slot = &b->word[room & (SS_WAYS - 1)];

		if (__sync_val_compare_and_swap(slot, 0, word) == 0) {
			SS_WRITE(b->meta[room & (SS_WAYS - 1)], meta);
			return;
		}
	}
	ss_book_far(addr, word, meta, again);
}

/*
 * Empty the slot of an object; false when somebody else has it. While all objects
 * are booked, that cannot be: only its free takes it. Once the sample has been
 * halved, an allocation may claim the slot at the same moment, because the object
 * has left the sample; then whoever changes the word first has the slot.
 */
static __always_inline bool ss_take_out(struct ss_bucket *b, u32 way, u64 word, u64 *ret_meta)
{
	*ret_meta = SS_READ(b->meta[way]);
	if (SS_READ(ss_control.threshold) != 0xffffffff &&
	    __sync_val_compare_and_swap(&b->word[way], word, SS_WORD_LEAVING) != word)
		return false;
	SS_WRITE(b->meta[way], 0);
	SS_WRITE(b->word[way], 0);
	return true;
}

/*
 * Of a free whose call site is to be counted: the origin, shifted by one, and
 * whether it stands for SS_FREES_DRAWN of them. 0: it is not.
 */
#define SS_DUE_DRAWN 1u

/*
 * Count a record's end: its origin's frees and, past one tick, its lifetime.
 * Returns what is due for ss_free_site().
 */
static __always_inline u32 ss_count_free(u64 meta)
{
	u32 origin = ss_meta_origin(meta), age = (u32)bpf_jiffies64() - (u32)meta;
	struct ss_count *c = ss_at(&ss_counts, origin);
	u64 n;

	if (!c)
		return 0;
	n = __sync_fetch_and_add(&c->frees, 1);
	if (age > 1)
		ss_count_life(meta, age);
	if (n < SS_FREES_FIRST || (age > 1 && n < SS_FREES_FIRST_OLD))
		return origin << 1;
	return ss_free_is_drawn(n) ? origin << 1 | SS_DUE_DRAWN : 0;
}

/* Count the free of an object that is not in the books. */
static __always_inline void ss_count_unknown(u64 addr)
{
	struct ss_count *c = ss_at(&ss_counts, SS_ORIGIN_NONE);

	/* Asked again: a halving may just have put the object out of the sample, and its slot to
	 * use. */
	if (c && ss_sampled(addr))
		ss_add(c->frees, 1);
}

/*
 * Every free program exists twice, because the kernel skips a program that is
 * already running on the CPU, and an interrupt that arrives just then may free
 * hundreds of objects by RCU. The first copy leaves the address here before it
 * does anything else; the second has work only when it finds another one, that
 * is, when the first was skipped (it was busy with that other one).
 *
 * Where tracepoint programs can be preempted (struct kernel: events_preempt), whoever
 * runs on the CPU until such a task goes on is skipped, which is seldom and then
 * many: allocations have a second copy there, and the free events a third, which
 * has work when the second was skipped too.
 */
enum ss_copy { SS_FIRST, SS_SECOND, SS_THIRD };

#define SS_TWIN_DONE 1ull /* not 0, which would say that nothing was ever freed */

static __always_inline bool ss_twin_did(u64 addr, u32 twins, enum ss_copy copy)
{
	u64 *last = ss_one_copy >> twins & 1 ? NULL : ss_at(&ss_busy_with, twins), with;

	if (!last)
		return false;
	if (copy == SS_FIRST) {
		SS_WRITE(*last, addr);
		return false;
	}
	with = SS_READ(*last);
	if (copy == SS_THIRD && with == SS_TWIN_DONE)
		return true;
	if (with != addr)
		return false;
	/*
	 * Good for once: a first copy that is preempted leaves it standing for whoever frees
	 * the same address next.
	 */
	SS_WRITE(*last, SS_TWIN_DONE);
	return true;
}

/*
 * Take an object out of the books. Safe to call twice for one free. `first`
 * tells the copy that counts frees of what is not in the books. Returns what is
 * due for ss_free_site().
 */
static __always_inline u32 ss_unbook(u64 addr, bool first)
{
	u32 home = ss_home(addr, ss_nbuckets);
	struct ss_bucket *b;

	if (SS_READ(ss_control.phase) == SS_CLOSED || !ss_sampled(addr))
		return 0;
	b = ss_at(&ss_objects, home);
	if (!b)
		return 0;
#pragma unroll
	for (int i = 0; i < SS_WAYS; i++) {
		u64 word = SS_READ(b->word[i]), meta;

		if (ss_word_is(word, addr)) {
			return ss_take_out(b, i, word, &meta) ? ss_count_free(meta) : 0;
		}
	}
	if (ss_has_spilled(home))
		return ss_unbook_far(addr, first);
	if (first)
		ss_count_unknown(addr);
	return 0;
}

/* What each copy of a free program does; `twins` says which ones it belongs to. */
static __always_inline u32 ss_free(u64 addr, u32 twins, enum ss_copy copy)
{
	if (addr <= SS_ZERO_SIZE_PTR || ss_twin_did(addr, twins, copy))
		return 0;
	return ss_unbook(addr, copy == SS_FIRST);
}

#endif
