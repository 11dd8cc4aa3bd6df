/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long do objects live, when some of them are still alive? Survival analysis of
 * one population (an origin, or one stack of it): lifetimes of the dead, ages of the
 * living, which are right-censored. All formulas behind a verdict are here.
 *
 * Ages are sorted into the bins of snapshot_lives, whose bounds are powers of two of
 * ticks; births of those alive into slices of the time of booking.
 */
#ifndef SS_SURVIVAL_H
#define SS_SURVIVAL_H

#include <stdbool.h>

#include "snapshot.h"

struct survival_clock {
	double tick_s;
	double booked_s;  /* births were seen for so long */
	double settled_s; /* and then only deaths */
	/*
	 * Of what is known by stack only: for how many births one stands, by slice of the time
	 * (SNAPSHOT_SLICES of them). NULL: each for itself.
	 */
	const double *weights;
};

/* The youngest age of a bin, in seconds. */
double survival_bin_s(const struct survival_clock *clock, int bin);

/*
 * Share of all objects that lives to the lower bound of `bin` at least: 1 for bin 0.
 * NAN when none was at risk that long.
 *
 * The product-limit estimate (Kaplan and Meier, 1958) over bins, those who are alive
 * in a bin counted as at risk for half of it (the actuarial estimate: Cutler and
 * Ederer, 1958).
 */
double survival_share(const struct snapshot_lives *lives, int bin);

/*
 * At most so many events were to be expected, with 95 % confidence, where `seen` were
 * seen: the upper limit of a Poisson mean (Garwood, 1936), half the chi-square
 * quantile with 2 (seen + 1) degrees of freedom, by the cube-root approximation of
 * Wilson and Hilferty (1931: within 0.4 %). None seen: exactly -ln 0.05, the "rule of
 * three".
 */
double survival_events_max(double seen);

/* What becomes of those that have reached an age. */
struct survival_tail {
	double from_s;	   /* the age */
	uint64_t alive;	   /* survivors that are older */
	double died;	   /* died at a greater age */
	double exposure_s; /* object-seconds lived beyond that age: where only bounds are known, the
			      smaller */
	/*
	 * Deaths an object-second, at most (95 %), and the half-life at least: ln 2 / hazard,
	 * as if the hazard stayed what it is. 0 s and infinity where nothing is known.
	 */
	double hazard_max, half_life_min_s;
	double hazard; /* about; as if all died in the middle of their bin; 0: none died */
};
/* `unseen` deaths of unknown age are added to those of the tail. */
void survival_tail(const struct snapshot_lives *lives, const struct survival_clock *clock, int bin,
		   double unseen, struct survival_tail *ret_tail);

/* How the births of survivors are spread over the first `slice_cnt` slices of time. */
struct survival_spread {
	int slice_cnt;
	uint64_t births;
	int occupied;  /* slices with any */
	int gap;       /* most slices in a row without any, the ends included */
	int inner_gap; /* the same, between births only */
	int last_gap;  /* slices without any at the end */
	int widest;    /* fewest slices in a row with 80 % of the births in them */
	int since;     /* slices after those */
	/*
	 * Are there fewer in the second half than in the first, clearly (5 % by the normal
	 * approximation of the binomial test, Wald) and by a lot (less than 6 tenths)? Births
	 * count by their weights, so that it is not the sampling that grows thinner.
	 */
	bool slowing;
	/*
	 * The other way round, beyond doubt (0.1 %): as if those born early had died. Where
	 * stacks are sampled, chance alone makes some difference.
	 */
	bool thinning;
};
void survival_spread(const struct snapshot_lives *lives, const double *weights, int slice_cnt,
		     struct survival_spread *ret_spread);
/* Most slices in a row without any birth of a survivor, of rows that end in `slice` or later. */
int survival_gap_after(const struct snapshot_lives *lives, int slice);
/* How many of the first slices hold only births of objects that are older than `age_s` now. */
int survival_slices_before(const struct survival_clock *clock, double age_s);

#endif
