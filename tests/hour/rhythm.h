/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When things happen: the clock of the hour, its busy and quiet minutes, and chance. */
#ifndef HOUR_RHYTHM_H
#define HOUR_RHYTHM_H

#include <stdbool.h>

/* The hour begins now, for us and all processes that we start. */
void rhythm_begin(void);
/* Seconds since then. */
double rhythm_s(void);
void rhythm_sleep(double s);
void rhythm_sleep_until(double s);

/* How busy this minute is: 0.15 in quiet ones, about 1 in busy ones, 2 at a peak. */
double rhythm_mood(void);

/* Chance, of this process: the same @seed makes the same. */
void chance_seed(unsigned int seed);
double chance(void); /* from 0 to below 1 */
double chance_between(double from, double to);
double chance_exponential(double mean);
/* Half are below @median; a @sigma of 1.5 makes 1 in 1,000 a hundred times as long. */
double chance_lognormal(double median, double sigma);
/* How many of what happens @mean times on average. */
unsigned int chance_poisson(double mean);

#endif
