/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ledger made up by a test: the same arrays that the kernel fills, written by
 * hand. Whatever is added is counted so that the books balance; a test that
 * wants them not to changes the arrays afterwards.
 */
#ifndef SS_MADE_LEDGER_H
#define SS_MADE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"
#include "snapshot.h"

#define MADE_BUCKETS 1024u
#define MADE_TICK_S  0.004
#define MADE_JIFFIES 1000000u /* the clock of a new ledger, in ticks */
#define MADE_BOOKED  100000u  /* for so long it booked, until then */

struct made_ledger {
	struct ledger view; /* what snapshot_create() and governor_step() take */
	/* What the view points to, to be written. */
	struct ss_bucket *buckets;
	struct ss_origin *origins;
	struct ss_count *counts;
	struct ss_rare *rares;
	struct ss_cache *caches;
	struct ss_rec *recs;
	struct ss_rec_life *rec_lives;
	struct ss_stack *stacks;
	uint64_t *frames;
	struct ss_task *tasks;
	struct ss_free_site *free_sites;
	struct ss_totals *totals;
	/* The next free entry of each. */
	uint32_t slot, origin, cache, rec, stack, frame, task, free_site;
	uint64_t address;
};

void made_init(struct made_ledger *m);
void made_deinit(struct made_ledger *m);

/* Each returns the index of what it made. */
uint32_t made_cache(struct made_ledger *m, const char *name, uint32_t size, uint32_t object_size);
uint32_t made_guessed_cache(struct made_ledger *m, uint64_t size, uint32_t family);
uint32_t made_origin(struct made_ledger *m, uint32_t cache, uint64_t site, uint32_t size,
		     uint8_t flags);
/* A stack of `count` frames, site first. The number that stack records use: index + 1. */
uint32_t made_stack(struct made_ledger *m, const uint64_t *frames, uint32_t count);
/* comm is copied as far as it fits, without a NUL if it is longer. Index + 1. */
uint32_t made_task(struct made_ledger *m, const char *comm);
uint32_t made_task_in(struct made_ledger *m, const char *comm, uint64_t cgroup);
/* task 0: its name found no room. */
uint32_t made_rec(struct made_ledger *m, uint32_t origin, uint32_t stack, uint32_t task);

/*
 * A live object, `age` ticks old (negative: younger than the clock), allocated
 * with this many bytes; rec 0: no stack. Its address is in the sample.
 */
void made_object(struct made_ledger *m, uint32_t origin, uint32_t rec, uint32_t class, int64_t age,
		 uint32_t requested);
void made_objects(struct made_ledger *m, uint32_t n, uint32_t origin, uint32_t rec, uint32_t class,
		  int64_t age, uint32_t requested);
/* So many that were born one after the other, all through the time of booking. */
void made_leaks(struct made_ledger *m, uint32_t n, uint32_t origin, uint32_t rec);
/* An object that a halving put out of the sample and nothing has replaced yet. */
void made_leftover(struct made_ledger *m, uint32_t origin);
/* A slot whose word is written and whose meta is not. */
void made_in_flight(struct made_ledger *m);
/* Objects that came and went. */
void made_freed(struct made_ledger *m, uint32_t origin, uint64_t n);
/* Of those, frees at a call site: counted + SS_FREES_DRAWN * drawn. */
void made_free_site(struct made_ledger *m, uint32_t origin, enum ss_freed how, uint64_t site,
		    uint64_t counted, uint64_t drawn);
/* As if the table had filled this often, before anything is made. */
void made_halve(struct made_ledger *m, uint32_t halvings);

/* A call site of the kernel. */
#define MADE_SITE(n) (0xffffffff81000000ull + 0x100 * (n))

/* The snapshot of a ledger that is closed. */
struct snapshot *made_snapshot(const struct made_ledger *m);
/* Origins whose books do not balance in a snapshot of it. */
uint64_t made_unbalanced(const struct made_ledger *m, bool exact);
/* The first of its origins at a call site; fails when there is none. */
const struct snapshot_origin *made_snapshot_origin(const struct snapshot *s, uint64_t site);

/* A test whose *state is an empty ledger. */
#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, made_setup, made_teardown)
int made_setup(void **state);
int made_teardown(void **state);

#endif
