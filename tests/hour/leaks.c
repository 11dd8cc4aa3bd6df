// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that takes and never gives back. Nobody else makes the rare objects; the others are
 * made where those that tabs and timers give back are made as well.
 */
#include "leaks.h"

#include <unistd.h>

#include "hold.h"
#include "rhythm.h"

#define LONGEST_S 8000

const struct leak leaks[LEAKS_PLANTED] = {{"signalfd", 60}, {"eventfd", 0.5}};

void act_leaks(const struct life *life)
{
	static struct hold holds[LEAKS_PLANTED];
	double next_s[LEAKS_PLANTED] = {};

	(void)life;
	for (int i = 0; i < LEAKS_PLANTED; i++)
		if (hold_prepare(&holds[i], hold_kind_find(leaks[i].kind),
				 (unsigned int)(LONGEST_S / leaks[i].every_s)))
			_exit(1);
	for (;;) {
		for (int i = 0; i < LEAKS_PLANTED; i++) {
			if (rhythm_s() < next_s[i])
				continue;
			hold_make(&holds[i], 1);
			next_s[i] = rhythm_s() + chance_exponential(leaks[i].every_s);
		}
		rhythm_sleep(0.1);
	}
}
