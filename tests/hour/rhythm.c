// SPDX-License-Identifier: GPL-2.0-or-later
/* When things happen. */
#include "rhythm.h"

#include <math.h>
#include <stdint.h>
#include <time.h>

#include "random.h"

static double began_s;
static uint64_t state = 1;

static double clock_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void rhythm_begin(void)
{
	began_s = clock_now_s();
}

double rhythm_s(void)
{
	return clock_now_s() - began_s;
}

void rhythm_sleep(double s)
{
	struct timespec left = {(time_t)s, (long)((s - floor(s)) * 1e9)};

	while (s > 0 && nanosleep(&left, &left))
		;
}

void rhythm_sleep_until(double s)
{
	rhythm_sleep(s - rhythm_s());
}

double rhythm_mood(void)
{
	/* The minutes at which it becomes quiet, busy, quiet, ... again. */
	static const int turns[] = {12, 17, 29, 36, 49, 53, 66, 71};
	int minute = (int)(rhythm_s() / 60), turned = 0;
	uint64_t of_minute = (uint64_t)minute;

	while (turned < 8 && minute >= turns[turned])
		turned++;
	if (turned % 2)
		return 0.15;
	return random_below(&of_minute, 6) ? 0.9 : 2;
}

void chance_seed(unsigned int seed)
{
	state = seed;
	random_next(&state);
}

double chance(void)
{
	return (double)(random_next(&state) >> 11) * 0x1p-53;
}

double chance_between(double from, double to)
{
	return from + chance() * (to - from);
}

double chance_exponential(double mean)
{
	return -mean * log1p(-chance());
}

/* By the method of Box and Muller (1958). */
double chance_lognormal(double median, double sigma)
{
	double r = sqrt(chance_exponential(2));

	return median * exp(sigma * r * cos(2 * M_PI * chance()));
}

/* Knuth's: as many exponential waits as fit into one. */
unsigned int chance_poisson(double mean)
{
	unsigned int n = 0;

	for (double t = chance_exponential(1); t < mean; t += chance_exponential(1))
		n++;
	return n;
}
