/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast a case's process goes: by the clock, however slow the machine is. */
#ifndef ZOO_PACE_H
#define ZOO_PACE_H

#include <stdbool.h>

#include "zoo.h"

struct pace {
	double per_s;
	double began_s; /* on the monotonic clock */
	double done;	/* units */
	struct zoo_count *count;
};

double pace_clock_s(void);

/* Begin now, and count in @count. SIGTERM will end it. */
void pace_begin(struct pace *p, double per_s, struct zoo_count *count);

/* Wait until units are due, and return how many: at least 1; 0 when it is to end. */
unsigned int pace_next(struct pace *p);

/* Seconds since the beginning. */
double pace_age_s(const struct pace *p);

/* So many objects are made and held, or given back. */
void pace_made(struct pace *p, unsigned int cnt);
void pace_freed(struct pace *p, unsigned int cnt);

#endif
