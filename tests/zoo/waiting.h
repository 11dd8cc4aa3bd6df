/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors that are to be closed after a while. */
#ifndef ZOO_WAITING_H
#define ZOO_WAITING_H

#include "pace.h"

#define WAITING_MAX 2000

struct waiting {
	struct {
		int fd;
		double end_s;
	} at[WAITING_MAX];
	unsigned int cnt;
};

/* Close @fd, which is one object of the case, @life_s from now; at once if there is no room. */
void waiting_add(struct waiting *w, struct pace *p, int fd, double life_s);

/* Close what is due. */
void waiting_close(struct waiting *w, struct pace *p);

/* A random time, log-normal: median 0.4 s, sigma 1.4, at most 10 s. */
double waiting_lognormal_s(void);

#endif
