/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be said of the report on an hour. */
#ifndef HOUR_JUDGE_H
#define HOUR_JUDGE_H

#include <jansson.h>
#include <stdbool.h>

#define TENTHS 10

struct expected {
	double length_s;
	const char *grade;    /* of coverage; NULL: any */
	bool planted;	      /* the leaks of leaks.h, and no others, must be found */
	double per_s[TENTHS]; /* the highest rate of events that was seen in each tenth */
};

/* Prints a line a check, and the origins that are called leaks and are none. */
void judge_hour(const json_t *report, const struct expected *expected);

#endif
