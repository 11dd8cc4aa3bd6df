/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds a report against the cases; prints a line a check, and the totals. */
#ifndef ZOO_JUDGE_H
#define ZOO_JUDGE_H

#include <jansson.h>

#include "stage.h"

/* Are the cases' objects in the books, with the numbers that they made? */
void judge_books(const struct stage *s, const json_t *report, double trace_s);

/* Are leaks called leaks, and nothing else? */
void judge_verdicts(const struct stage *s, const json_t *report);

#endif
