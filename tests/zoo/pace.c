// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast a case's process goes. It looks at the clock 20 times a second and does what is due.
 * More than a second in arrears is forgiven: the machine cannot do it, and must not drown in it.
 */
#include "pace.h"

#include <signal.h>
#include <time.h>

#define NAP_S 0.05

static volatile sig_atomic_t stopped;

static void on_stop(int sig)
{
	(void)sig;
	stopped = 1;
}

double pace_clock_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void pace_begin(struct pace *p, double per_s, struct zoo_count *count)
{
	const struct sigaction on_signal = {.sa_handler = on_stop};

	sigaction(SIGTERM, &on_signal, NULL);
	*p = (struct pace){.per_s = per_s, .began_s = pace_clock_s(), .count = count};
}

double pace_age_s(const struct pace *p)
{
	return pace_clock_s() - p->began_s;
}

unsigned int pace_next(struct pace *p)
{
	double most = p->per_s > 1 ? p->per_s : 1, due;

	for (;;) {
		if (stopped)
			return 0;
		due = pace_age_s(p) * p->per_s - p->done;
		if (due >= 1)
			break;
		nanosleep(&(struct timespec){.tv_nsec = (long)(NAP_S * 1e9)}, NULL);
	}
	if (due > most) {
		p->done += due - most;
		due = most;
	}
	p->done += (unsigned int)due;
	return (unsigned int)due;
}

void pace_made(struct pace *p, unsigned int cnt)
{
	p->count->made += cnt;
	p->count->held += cnt;
}

void pace_freed(struct pace *p, unsigned int cnt)
{
	p->count->held -= cnt;
}
