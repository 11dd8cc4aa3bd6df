// SPDX-License-Identifier: GPL-2.0-or-later
/* What programs do all the time, so many times a second; twice as often at a peak. */
#include <string.h>

#include "life.h"
#include "load_kinds.h"
#include "rhythm.h"

static const struct {
	const char *name;
	double per_s;
} rates[] = {
	{"pipe", 20}, {"unix", 10},  {"udp", 2},      {"stat", 1},
	{"tcp", 0.4}, {"mmap", 0.3}, {"rename", 0.2}, {"io_uring", 0.2},
};

#define RATES (sizeof(rates) / sizeof(*rates))

static double rate_of(const struct load_kind *kind)
{
	for (size_t i = 0; i < RATES; i++)
		if (!strcmp(rates[i].name, kind->name))
			return rates[i].per_s;
	return 0;
}

void act_bulk(const struct life *life)
{
	const struct load_worker w = {.nr = 0, .dir = life->memory};
	unsigned int done[LOAD_KINDS] = {};

	for (;;) {
		double mood = rhythm_mood();

		for (size_t i = 0; i < LOAD_KINDS; i++) {
			unsigned int cnt = chance_poisson(rate_of(&load_kinds[i]) * mood);

			while (cnt--)
				load_kinds[i].run_once(&w, done[i]++);
		}
		rhythm_sleep(1);
	}
}
