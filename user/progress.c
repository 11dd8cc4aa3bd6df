// SPDX-License-Identifier: GPL-2.0-or-later
/* How far a command is. */
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "progress.h"
#include "text.h"

#define PLAIN_EVERY_S 10

void progress_init(struct progress *p, double total_s)
{
	*p = (struct progress){.tty = isatty(STDERR_FILENO), .total_s = total_s};
}

void progress_show(struct progress *p, double now_s, const struct governor_progress *n)
{
	uint64_t events = n->allocs + n->frees;
	double rate = now_s > p->last_s ? (events - p->last_events) / (now_s - p->last_s) : 0;
	double left = p->total_s > now_s ? p->total_s - now_s : 0;
	char time[TEXT_NUMBER], per_s[TEXT_NUMBER], live[TEXT_NUMBER], ghosts[TEXT_NUMBER];

	p->last_events = events;
	p->last_s = now_s;
	if (!p->tty && now_s - p->said_s < PLAIN_EVERY_S)
		return;
	p->said_s = now_s;
	text_seconds(p->total_s ? left : now_s, time);
	text_rate(rate, per_s);
	text_count(n->live, live);
	text_count(n->ghosts, ghosts);
	fprintf(stderr, "%s%s %s  %s events/s  %s live  %s ghosts%s", p->tty ? "\r\033[K" : "",
		time, p->total_s ? "left" : "so far", per_s, live, ghosts, p->tty ? "" : "\n");
	fflush(stderr);
}

void progress_share(struct progress *p, const char *what, double done)
{
	double now_s = clock_s();

	/* What is over soon needs no lines of its own. */
	if (!p->last_s)
		p->last_s = p->said_s = now_s;
	if (!p->tty && now_s - p->said_s < PLAIN_EVERY_S)
		return;
	p->said_s = now_s;
	fprintf(stderr, "%s%s: %.0f%%%s", p->tty ? "\r\033[K" : "", what, 100 * done,
		p->tty ? "" : "\n");
	fflush(stderr);
}

void progress_end(struct progress *p)
{
	if (p->tty)
		fputs("\r\033[K", stderr);
}
