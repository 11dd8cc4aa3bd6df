/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaks that are planted to see that they are found. */
#ifndef HOUR_LEAKS_H
#define HOUR_LEAKS_H

#include <stddef.h>

#include "life.h"

struct leak {
	const char *kind; /* of hold_kinds */
	double every_s;	  /* one is made and never given back */
};

#define LEAKS_PLANTED 2
extern const struct leak leaks[LEAKS_PLANTED];

/* The process that loses them. */
void act_leaks(const struct life *life);

#endif
