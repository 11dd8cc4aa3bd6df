/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a running tracer to a snapshot: the last place that knows of both. */
#ifndef SS_COLLECT_H
#define SS_COLLECT_H

#include "census.h"
#include "snapshot.h"
#include "tracer.h"

/* What a trace knows about itself when it ends. */
struct collect_trace {
	struct ss_clock began, settled;	    /* the clock when booking began, and when it ended */
	const struct ss_count *unreclaimed; /* see struct ledger */
	const struct ledger_span *spans;
	uint32_t span_cnt;
	struct cgroups *cgroups;	    /* the same */
	const struct addresses *interrupts; /* see interrupts.h */
};

/*
 * Close the books, in which only frees have been booked since tracer_settle(), and
 * take the final, exact snapshot. The first and the last reading of the clock give
 * the length of a tick. With a census, survivors are checked first; what keeps
 * that from working is the snapshot's check_err. 0 or -errno.
 */
int collect_final(struct tracer *t, const struct collect_trace *trace, struct census *census,
		  struct snapshot **ret_snapshot);
/*
 * A snapshot of books that are open and stay so; of *trace, began, cgroups and
 * interrupts are used. Survivors are not checked, and balances neither. 0 or -errno.
 */
int collect_now(struct tracer *t, const struct collect_trace *trace,
		struct snapshot **ret_snapshot);
/* Seconds per jiffy, from two readings at least some ticks apart; else the usual 4 ms. */
double collect_tick_s(const struct ss_clock *began, const struct ss_clock *now);

#endif
