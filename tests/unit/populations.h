/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Populations of objects, made up: births and lifetimes as they are in kernels, seen
 * through the bins and slices of a snapshot. For the false-alarm rate of verdicts and
 * their power.
 */
#ifndef SS_POPULATIONS_H
#define SS_POPULATIONS_H

#include "snapshot.h"
#include "survival.h"

#define POPULATION_FOREVER 1e18 /* a lifetime: leaked */

struct population {
	struct snapshot_lives lives;
	struct survival_clock clock;
	uint64_t *random;
	uint64_t count;
};

/* A trace of `seconds`, settled for a moment; ticks of 4 ms. */
void population_init(struct population *p, double seconds, uint64_t *random);
double population_length(const struct population *p);
/* One object; births after the end of booking are not booked. */
void population_add(struct population *p, double birth_s, double life_s);

/* Random numbers from the population's stream. */
double population_uniform(struct population *p, double from, double to);
double population_log_uniform(struct population *p, double from, double to);
double population_exponential(struct population *p, double mean);
double population_normal(struct population *p);

/* What does not leak, each with parameters at random; the limits are those of the text. */
enum population_kind {
	POPULATION_EXPONENTIAL, /* mean life 1 ms to the whole trace */
	POPULATION_LOG_NORMAL,	/* median up to a quarter of it, sigma 0.3 to 2 */
	POPULATION_PARETO,	/* exponent 0.5 to 2, from 1 ms to 1 s on */
	POPULATION_FIXED,	/* one lifetime for all, up to 9 tenths of the trace */
	POPULATION_MIXED,	/* most live shortly, some up to half of the trace */
	POPULATION_POOL,	/* fills within 8 tenths of the trace, and stays; some with churn */
	POPULATION_BURST,	/* born at once, held for up to 6 tenths */
	POPULATION_SAWTOOTH,	/* fill, free half (oldest, newest, any), at least 4 times */
	POPULATION_REPLACED,	/* a periodic job frees what its last run left */
	POPULATION_LRU,		/* so many entries, then each new one pushes one out */
	POPULATION_SATURATING,	/* one entry a key, of so many keys; all met in a third */
	POPULATION_FEW,		/* up to 12, never freed */
	POPULATION_STEP,	/* the load grows tenfold in the middle */
	POPULATION_KINDS,
};
const char *population_name(enum population_kind kind);
void population_fill(struct population *p, enum population_kind kind);

/*
 * A site with `rate` allocations a second, which live for a time that is exponential
 * with mean `life_s`; each leaks with probability `share`.
 */
void population_leak(struct population *p, double rate, double life_s, double share);

#endif
