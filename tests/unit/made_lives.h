/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Populations by hand, for verdicts: a trace of 60 s, settled for 1 s, in ticks of 4 ms.
 * Objects are born every so often in [from, to) of it.
 */
#ifndef SS_MADE_LIVES_H
#define SS_MADE_LIVES_H

#include "populations.h"
#include "verdict.h"

#define MADE_TRACE_S 60

struct population made_lives(double booked_s);
void made_lives_add(struct population *p, double from_s, double to_s, double every_s,
		    double life_s);
/* Leaks of one a second, all through it. */
struct population made_leak(void);

#endif
