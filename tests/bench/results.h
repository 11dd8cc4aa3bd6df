/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was measured: nanoseconds per iteration for each variant (what traces meanwhile), loop,
 * round and slice of the round, and the numbers that follow from them.
 */
#ifndef RESULTS_H
#define RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#define LOOPS	   4
#define ROUNDS_MAX 99
#define PROGS_MAX  64

/* A loop is timed in so many slices of some milliseconds, each by itself. */
#define LOOP_SLICES 100

enum variant_id {
	UNTRACED,
	EMPTY,	     /* one program an event, as a trace has where functions cannot be hooked */
	EMPTY_TWICE, /* free events with two */
	SLABSIGHT,
	SLABSIGHT_TWICE,
	SLABSIGHT_ALL,
	BPFTRACE,
	PERF,
	VARIANTS,
};

/* What the kernel counted for one BPF program. */
struct prog_stat {
	char name[16];
	unsigned long long runs;
	unsigned long long run_ns;
};

struct prog_list {
	struct prog_stat progs[PROGS_MAX];
	size_t cnt;
};

struct results {
	unsigned int round_cnt;		 /* rounds finished */
	unsigned long iterations[LOOPS]; /* of each loop in a round */
	bool wanted[VARIANTS];
	char why_not[VARIANTS][160]; /* why a variant was not run, "" if it was */
	double ns[VARIANTS][LOOPS][ROUNDS_MAX][LOOP_SLICES];
	struct prog_list counted[VARIANTS]; /* in a pass that is not timed */
};

/* A quotient of two additions to the untraced time. */
struct ratio {
	double value; /* NaN: there is none */
	bool noisy;   /* the denominator is too small to mean much */
};

extern const char *const loop_names[LOOPS];

/* The quotients that are reported: the cost of one variant in units of another's. */
struct comparison {
	const char *name;
	enum variant_id above, below;
};

#define COMPARISONS 6

extern const struct comparison comparisons[COMPARISONS];

/* Was @v measured? */
bool results_have(const struct results *r, enum variant_id v);

/* The time that a tenth of all slices keep below, in ns per iteration. */
double results_floor(const struct results *r, enum variant_id v, size_t loop);

/* Half the distance between the quartiles of the floors of single rounds, in ns per iteration. */
double results_spread(const struct results *r, enum variant_id v, size_t loop);

/* What @v adds to the floor of the untraced loop. */
double results_added(const struct results *r, enum variant_id v, size_t loop);

/* What c->above adds, divided by what c->below adds: noisy if that is below 2 % of untraced. */
struct ratio results_ratio(const struct results *r, const struct comparison *c, size_t loop);

/* Geometric mean over the loops with a positive ratio: noisy if one of the loops is, or has none.
 */
struct ratio results_geomean(const struct results *r, const struct comparison *c);

/* Average of all programs, in ns per run; NaN if none ran. */
double prog_list_ns_per_run(const struct prog_list *list);

#endif
