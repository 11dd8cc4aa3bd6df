// SPDX-License-Identifier: GPL-2.0-or-later
/* Populations that are chosen to deceive: those that leak. */
#include <math.h>

#include "populations_hard.h"

/* Births, at a rate that goes from the first to the second between two times. */
static void add_births(struct population *p, double from_s, double to_s, double first, double last,
		       double life_s)
{
	const double most = fmax(first, last);
	double at = from_s;

	while ((at += population_exponential(p, 1 / most)) < to_s) {
		double rate = first + (last - first) * (at - from_s) / (to_s - from_s);

		if (population_uniform(p, 0, most) < rate)
			population_add(p, at, life_s);
	}
}

void hard_leak(struct population *p, enum hard_leak kind)
{
	const double t = p->clock.booked_s;
	double from = 0, to = t, last = 1;

	switch (kind) {
	case LEAK_FITS:
		for (double at = population_uniform(p, 0, 10); at < t; at += 10)
			for (int i = 0; i < 10; i++)
				population_add(p, at, POPULATION_FOREVER);
		return;
	case LEAK_ON_OFF:
		for (double at = 0, on; at < t; at = on + population_exponential(p, t / 10)) {
			on = at + population_exponential(p, t / 10);
			add_births(p, at, fmin(on, t), 2, 2, POPULATION_FOREVER);
		}
		return;
	case LEAK_LATE:
		from = t / 4;
		break;
	case LEAK_VERY_LATE:
		from = t / 3;
		break;
	case LEAK_EARLY:
		to = 0.8 * t;
		break;
	case LEAK_DECLINING:
		last = 0.5;
		break;
	case LEAK_FADING:
		last = 0.2;
		break;
	case LEAK_QUEUE:
		add_births(p, 0, t, 100, 100, 20);
		break;
	case LEAK_SESSIONS:
		for (double at = 0; at < t; at += population_exponential(p, 0.1))
			population_add(p, at, population_exponential(p, t / 4));
		break;
	case LEAK_BURST:
		for (int i = 0; i < 5000; i++)
			population_add(p, 0.3 * t, t / 4);
		break;
	default:
		break;
	}
	add_births(p, from, to, 1, last, POPULATION_FOREVER);
}

const char *hard_leak_name(enum hard_leak kind)
{
	static const char *const names[] = {
		"plain",  "fits",  "late",     "very late", "early",	  "declining",
		"fading", "queue", "sessions", "burst",	    "on and off",
	};

	return names[kind];
}
