// SPDX-License-Identifier: GPL-2.0-or-later
/* Populations by hand. */
#include "made_lives.h"

struct population made_lives(double booked_s)
{
	return (struct population){
		.clock = {.tick_s = 0.004, .booked_s = booked_s, .settled_s = 1},
	};
}

void made_lives_add(struct population *p, double from_s, double to_s, double every_s, double life_s)
{
	/* In the middle of their time, so that none falls on the edge of a slice. */
	for (double at = from_s + every_s / 2; at < to_s; at += every_s)
		population_add(p, at, life_s);
}

struct population made_leak(void)
{
	struct population p = made_lives(MADE_TRACE_S);

	made_lives_add(&p, 0, MADE_TRACE_S, 1, POPULATION_FOREVER);
	return p;
}
