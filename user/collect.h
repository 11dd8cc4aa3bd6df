/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a running tracer to a snapshot: the last place that knows of both. */
#ifndef SS_COLLECT_H
#define SS_COLLECT_H

#include "census.h"
#include "snapshot.h"
#include "tracer.h"

/*
 * Close the books and take the final, exact snapshot. `began` is the clock at
 * the start of the trace: two readings of the clock give the length of a tick.
 * With a census, survivors are checked first; what keeps that from working is
 * the snapshot's check_err. 0 or -errno.
 */
int collect_final(struct tracer *t, const struct ss_clock *began, struct census *census,
		  struct snapshot **ret_snapshot);
/* Seconds per jiffy, from two readings at least some ticks apart; else the usual 4 ms. */
double collect_tick_s(const struct ss_clock *began, const struct ss_clock *now);

#endif
