/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Will it ever be freed? A verdict on every origin of a snapshot, with its reason.
 *
 *   leak     a share of the objects outlives everything, more of them all the time
 *   cache    survivors are of a kind that the kernel frees when memory is short
 *   burst    many born at once, and held
 *   steady   in balance, or not growing any more
 *   unknown  too young or too few, or frees are not seen here
 *
 * An object that lives much longer than the trace cannot be told from one that is
 * never freed. What a leak verdict promises is this: with 95 % confidence, objects
 * past the age `from_s` have a half-life of at least half_life_s, which is at least
 * VERDICT_NEVER times as long as the trace; survivors were born all through it; and
 * they are not reclaimable. Where none died, they have lived 13 times the trace
 * together (3 / ln 2 * VERDICT_NEVER), so that of populations that die at random with
 * a mean life of up to 1.9 times the trace, it accuses at most 1 in 1,000: exp(-13/1.9).
 */
#ifndef SS_VERDICT_H
#define SS_VERDICT_H

#include "kinds.h"
#include "survival.h"

#define VERDICT_NEVER 3.0  /* half-life, in lengths of the trace, where none died in the tail */
#define VERDICT_SOME  30.0 /* where some did: those may belong to others, or be the rule */

#define VERDICT_YOUNG_S 20 /* a trace that is shorter accuses nobody */

enum verdict_kind {
	VERDICT_UNKNOWN,
	VERDICT_LEAK,
	VERDICT_CACHE,
	VERDICT_BURST,
	VERDICT_STEADY,
	VERDICT_KINDS,
};

/* What decided. Behind each, which numbers of struct verdict go with it. */
enum verdict_why {
	/* leak */
	VERDICT_OUTLIVES,    /* share, old, died, from_s, half_life_s, per_s */
	VERDICT_ORPHANS,     /* their cache was destroyed */
	VERDICT_PINNED,	     /* dentries that somebody holds: old of looked, per_s */
	VERDICT_UNRECLAIMED, /* as OUTLIVES, of a reclaimable kind, after a reclaim */
	VERDICT_EACH_RUN,    /* every repetition left some: per_run */
	/* cache */
	VERDICT_RECLAIMABLE, /* what */
	VERDICT_PART,	     /* of what */
	VERDICT_KEPT,	     /* what */
	VERDICT_RECLAIMED,   /* by the reclaim that was asked for: reclaimed */
	/* burst */
	VERDICT_AT_ONCE, /* span_s, ago_s */
	/* steady */
	VERDICT_NONE_LEFT,
	VERDICT_TURNED_OVER, /* none is older than from_s */
	VERDICT_BALANCED,    /* half of the old ones die within about half_life_s */
	VERDICT_BOUNDED,     /* no survivor was born for ago_s */
	VERDICT_NOT_EACH_RUN,
	/* unknown */
	VERDICT_GHOSTS,
	VERDICT_REFUSED,
	VERDICT_TIMED,	   /* what, live_s, trace_s */
	VERDICT_YOUNG,	   /* trace_s */
	VERDICT_FEW,	   /* trace_s */
	VERDICT_SOME_STAY, /* most die, those older than from_s hardly: trace_s */
	VERDICT_SLOW,	   /* they die, but about as slowly as the trace is long: trace_s */
	VERDICT_FITS,	   /* growth comes in fits: trace_s */
	VERDICT_SLOWING,
	VERDICT_ONCE,	   /* of a command that ran once or twice */
	VERDICT_SOME_RUNS, /* most repetitions left some, not all */
	VERDICT_SAMPLED,   /* too few are in the books to tell repetitions */
	VERDICT_PARTLY,	   /* some are parts of `what` */
	VERDICT_FILES,	   /* what */
	VERDICT_WHYS,
};

struct verdict {
	enum verdict_kind kind;
	enum verdict_why why;
	double share; /* of all allocations that outlives everything; NAN: not known */
	uint64_t old; /* survivors older than from_s; in the books, as all evidence is */
	double died;  /* deaths at a greater age, unseen ones of any age included */
	double from_s;
	double half_life_s; /* at least (95 %); VERDICT_BALANCED: about */
	double per_s; /* survivors a second of booking; of the whole machine, not of a sample */
	double span_s, ago_s;
	double live_s;	  /* by design: struct kind */
	double trace_s;	  /* to know more, trace for so long; 0: that would not help */
	const char *what; /* struct kind */
	uint64_t per_run, reclaimed, looked;
	bool by_stack; /* the origin as a whole does not tell; this stack of it does: */
	size_t stack;
	const char *comm; /* of that stack, what this process made: raw; NULL: all of it */
};

/* On one population, whatever it is. `unseen`: deaths of unknown age. */
void verdict_judge(const struct snapshot_lives *lives, const struct survival_clock *clock,
		   double unseen, double live_s, struct verdict *ret_verdict);

/* Were survivors born from beginning to end, no fewer at the end than at the beginning? */
bool verdict_grows(const struct survival_spread *spread);

/* On all origins of a snapshot, and their stacks: sets their verdicts. 0 or -ENOMEM. */
int verdict_all(struct snapshot *s, uint32_t reclaimable_bit, const struct symbols *symbols);

const char *verdict_name(enum verdict_kind kind);
/* Does it rest on half_life_s? */
bool verdict_has_half_life(const struct verdict *v);
#define VERDICT_REASON 320
/* The reason in words, without an end of line. */
char *verdict_reason(const struct verdict *v, char buf[VERDICT_REASON]);

/*
 * Several verdicts of one kind, and of one `why` where that is VERDICT_UNKNOWN. Begins
 * as {}.
 */
#define VERDICT_LENGTHS 16 /* round lengths of a trace */
struct verdict_group {
	const struct verdict *any;
	size_t count;
	bool whys[VERDICT_WHYS];	 /* that were added */
	bool what_differs, live_differs; /* not the same for all */
	double live_s;			 /* the longest */
	size_t advised[VERDICT_LENGTHS]; /* for how many a trace of this length would tell */
};
void verdict_group_add(struct verdict_group *g, const struct verdict *v);
/* What is true of all of them, in words. */
char *verdict_group_reason(const struct verdict_group *g, char buf[VERDICT_REASON]);

#endif
