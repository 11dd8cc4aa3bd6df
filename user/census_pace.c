// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the census works without being felt: slice by slice.
 *
 * A slice is some milliseconds of one CPU: between two, the kernel may schedule,
 * and we sleep as the pace wants it.
 */
#include <time.h>

#include "census_private.h"
#include "clock.h"

#define SHOW_EVERY_S 0.1
#define PAUSE_MIN_S  0.002
#define PAUSE_MAX_S  0.2

void census_start_pace(struct census *c)
{
	c->woke_s = clock_s();
	c->owed_s = 0;
}

static bool is_stopped(const struct census_pace *pace)
{
	return pace->stop && *pace->stop;
}

bool census_breathe(struct census *c, const struct census_pace *pace, double done)
{
	double now = clock_s();

	if (pace->share > 0 && pace->share < 1)
		c->owed_s += (now - c->woke_s) / pace->share - (now - c->woke_s);
	/* To sleep is work as well: not for less than this. In pieces: a signal may come before. */
	while (c->owed_s >= PAUSE_MIN_S && !is_stopped(pace)) {
		double piece_s = c->owed_s < PAUSE_MAX_S ? c->owed_s : PAUSE_MAX_S;

		nanosleep(&(struct timespec){.tv_nsec = (long)(piece_s * 1e9)}, NULL);
		c->owed_s -= piece_s;
	}
	now = clock_s();
	if (pace->show && now - c->shown_s >= SHOW_EVERY_S) {
		pace->show(pace->arg, done);
		c->shown_s = now;
	}
	c->woke_s = clock_s();
	return !is_stopped(pace);
}
