/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Populations that are chosen to deceive: what looks like a leak and is none, and leaks
 * that do not look like one. In contrast to populations.h no promise is made for all of
 * them: some cannot be told from the opposite within one trace, by anybody.
 */
#ifndef SS_POPULATIONS_HARD_H
#define SS_POPULATIONS_HARD_H

#include "populations.h"

enum hard_kind {
	HARD_LONG_TAIL,	  /* few; log-normal, median up to T / 4, sigma 1.5 to 2.5 */
	HARD_DAYTIME,	  /* connections of up to T / 3, under a load that swells and ebbs */
	HARD_TWO_QUEUES,  /* a fast one, and up to half of all in one of up to 7 tenths of T */
	HARD_BATCH_FREE,  /* freed every 5 s, all there are */
	HARD_ARENA,	  /* freed all at once, every 0.3 T to 0.7 T, first at any time */
	HARD_ON_OFF,	  /* up to T / 3 each, of a load that pauses most of the time */
	HARD_AGEING,	  /* a timer of T / 2, looked at every 5 s at the latest */
	HARD_FULL_LATE,	  /* FIFO that is full after 0.7 T to 0.95 T */
	HARD_NEWEST_LAST, /* as many frees as births, in any order, of the newest */
	HARD_TWICE,	  /* a pool that doubles when it is full, of one object a step of use */
	HARD_REGROWN,	  /* the same, into a new one: the old one is freed */
	HARD_SLOW_FILL,	  /* one entry a key, each asked for every T / 4 to T / 2 */
	/* No bound within sight: whoever calls these leaks is not quite wrong. */
	HARD_ROOT,	/* new keys as the square root of time */
	HARD_LOGARITHM, /* as its logarithm */
	HARD_HEAPS,	/* as its power of 0.6 to 0.9: Heaps' law */
	HARD_FOR_LONG,	/* exponential, with a mean of 1 to 4 T */
	HARD_KINDS,
};
const char *hard_name(enum hard_kind kind);
void hard_fill(struct population *p, enum hard_kind kind);

/* Leaks of about one object a second, where nothing else is said. */
enum hard_leak {
	LEAK_PLAIN,
	LEAK_FITS,	/* ten every 10 s */
	LEAK_LATE,	/* from T / 4 on */
	LEAK_VERY_LATE, /* from T / 3 on */
	LEAK_EARLY,	/* to 0.8 T */
	LEAK_DECLINING, /* at the end half of what it was at the beginning */
	LEAK_FADING,	/* at the end a fifth of it */
	LEAK_QUEUE,	/* beside 100 a second that live for 20 s */
	LEAK_SESSIONS,	/* beside 10 a second, exponential with mean T / 4 */
	LEAK_BURST,	/* beside 5,000 that were born at once, and live for T / 4 */
	LEAK_ON_OFF,	/* of a load that pauses half of the time */
	LEAK_KINDS,
};
const char *hard_leak_name(enum hard_leak kind);
void hard_leak(struct population *p, enum hard_leak kind);

#endif
