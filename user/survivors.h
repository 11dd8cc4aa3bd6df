/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The survivor check: what the ledger believes to be alive, held against the slab
 * pages. An object whose page is no slab of its cache any more, or that is free
 * there or parked, was freed and nobody saw it: its record is stale.
 *
 * In two steps, because objects die while one looks: survivors_check() between
 * tracer_settle() and tracer_close_books(), when frees are still booked and no
 * slot is filled again; survivors_mark() after it, of what is still in its slot.
 */
#ifndef SS_SURVIVORS_H
#define SS_SURVIVORS_H

#include "census.h"
#include "ledger.h"

struct survivors {
	struct ss_suspect *suspects; /* index: of the slot */
	size_t count;
	uint8_t *stale;	 /* a bit a slot */
	uint64_t unread; /* could not be looked at: they count as live */
};

/* What the slab page of an object with this meta word must say it belongs to. */
uint64_t survivors_key(const struct ledger *l, uint64_t meta);
/* 0 or -errno. Released by survivors_deinit(). */
int survivors_check(struct survivors *s, const struct ledger *l, struct census *c);
/* Sets l->stale, which points into s. */
void survivors_mark(struct survivors *s, struct ledger *l);
void survivors_deinit(struct survivors *s);

#endif
