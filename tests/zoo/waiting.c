// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors that are to be closed after a while: a heap of them, looked through every time. */
#include "waiting.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

void waiting_add(struct waiting *w, struct pace *p, int fd, double life_s)
{
	if (fd < 0)
		return;
	pace_made(p, 1);
	if (w->cnt == WAITING_MAX) {
		close(fd);
		pace_freed(p, 1);
		return;
	}
	w->at[w->cnt].fd = fd;
	w->at[w->cnt++].end_s = pace_age_s(p) + life_s;
}

void waiting_close(struct waiting *w, struct pace *p)
{
	double now_s = pace_age_s(p);

	for (unsigned int i = 0; i < w->cnt; i++) {
		if (w->at[i].end_s > now_s)
			continue;
		close(w->at[i].fd);
		pace_freed(p, 1);
		w->at[i--] = w->at[--w->cnt];
	}
}

double waiting_lognormal_s(void)
{
	double u = (random() % 1000000 + 0.5) / 1e6, v = (random() % 1000000 + 0.5) / 1e6;
	double normal = sqrt(-2 * log(u)) * cos(2 * M_PI * v);

	return fmin(10, 0.4 * exp(1.4 * normal));
}
