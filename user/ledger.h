/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A view of the ledger's memory, wherever it lies: mapped from the kernel, or
 * made up by a test. Read-only. Layout and meaning: bpf/wire.h.
 */
#ifndef SS_LEDGER_H
#define SS_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

struct cgroups; /* cgroups.h */

/* From one reading of jiffies (low half) to another, both inclusive. */
struct ledger_span {
	uint32_t begin, end;
};

struct ledger {
	const struct ss_bucket *buckets;
	uint32_t bucket_cnt;
	const struct ss_origin *origins; /* SS_ORIGINS of them, and so on */
	const struct ss_count *counts;	 /* summed over CPUs */
	const struct ss_rare *rares;
	const struct ss_cache *caches;
	const struct ss_rec *recs;
	const struct ss_rec_life *rec_lives;
	const struct ss_stack *stacks;
	const uint64_t *frames;
	uint32_t frame_cnt; /* of these, in use at the moment of the view; some may be 0 yet */
	const struct ss_task *tasks;
	struct cgroups *cgroups;	    /* that tasks are in, by id; NULL: none has a name */
	const struct addresses *interrupts; /* see interrupts.h; NULL: not known */
	const struct ss_free_site *free_sites;
	const struct ss_totals *totals;
	const struct ss_count
		*unreclaimed; /* counts before memory was reclaimed; NULL: it was not */
	const uint8_t *stale; /* a bit a slot: the survivor check found it free; NULL: no check */
	uint32_t threshold;   /* of the sample hash */
	uint32_t began;	      /* jiffies (low half, and so below) when booking began */
	uint32_t settled;     /* when it ended: nothing is younger */
	uint32_t jiffies;     /* at the moment of the view */
	double tick_s;	      /* length of one */
	/* When each repetition of a command ran, in order, and apart by a tick; NULL: no command.
	 */
	const struct ledger_span *spans;
	uint32_t span_cnt;
};

/* How many real objects one object in the books stands for: 1 until the table first fills. */
static inline double ledger_scale(const struct ledger *l)
{
	return 4294967296.0 / ((double)l->threshold + 1);
}

/* Is there an object in this slot that a report counts as live? Not while books are open. */
static inline bool ledger_is_live(const struct ledger *l, uint32_t bucket, int way)
{
	uint64_t word = l->buckets[bucket].word[way];
	uint32_t slot = bucket * SS_WAYS + way;

	return word && l->buckets[bucket].meta[way] && word != SS_WORD_LEAVING &&
	       ss_sample_hash(ss_word_address(word)) <= l->threshold &&
	       !(l->stale && l->stale[slot / 8] >> slot % 8 & 1);
}

#endif
