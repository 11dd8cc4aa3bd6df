/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a command is, on stderr: one line that renews itself, or a plain one now and then. */
#ifndef SS_PROGRESS_H
#define SS_PROGRESS_H

#include <stdbool.h>

#include "governor.h"

struct progress {
	bool tty;
	double total_s; /* 0: no end known */
	double said_s;	/* when the last plain line was printed */
	uint64_t last_events;
	double last_s;
};

void progress_init(struct progress *p, double total_s);
void progress_show(struct progress *p, double now_s, const struct governor_progress *n);
/* Of work with a known end: `done` from 0 to 1. */
void progress_share(struct progress *p, const char *what, double done);
/* Leave the terminal as it was. */
void progress_end(struct progress *p);

#endif
