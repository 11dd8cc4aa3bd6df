// SPDX-License-Identifier: GPL-2.0-or-later
/* How much time has passed. */
#include <time.h>

#include "clock.h"

double clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}
