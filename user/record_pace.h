/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often to record. Counters are due every so many seconds. A deep snapshot, which
 * costs most, is due as often, and taken when all that was spent until then and what one
 * costs are at most a share of one CPU since the beginning.
 */
#ifndef SS_RECORD_PACE_H
#define SS_RECORD_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define RECORD_SHARE 0.01 /* of one CPU */

struct record_pace {
	double every_s;
	double next_s;	  /* when one is due again, since the beginning */
	double spent_s;	  /* CPU time, on all snapshots */
	double deep_s;	  /* of the last deep one; 0: there was none */
	uint64_t late;	  /* since the last snapshot: due and not taken, because nobody looked */
	uint64_t put_off; /* deep ones, because of their cost */
};

void record_pace_init(struct record_pace *p, double every_s);
/* Is one due now? Then the next is a whole number of intervals later. */
bool record_pace_due(struct record_pace *p, double now_s);
/* One is due: may it be deep? Counts where not. */
bool record_pace_deep(struct record_pace *p, double now_s);
/* It was taken, and cost so much CPU time; what was counted has been written. */
void record_pace_taken(struct record_pace *p, bool deep, double cost_s);

#endif
