/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for a terminal of 80 columns: lines that wrap, and short names for numbers in them. */
#ifndef SS_LINES_H
#define SS_LINES_H

#include <stdio.h>

#include "text.h"

#define LINES_WIDTH   80
#define LINES_ESCAPED 256

/* Each lives as long as the block it stands in. */
#define COUNT(n)      text_count((n), (char[TEXT_NUMBER]){0})
#define MANY(n, noun) text_counted((n), (noun), (char[TEXT_COUNTED]){0})
#define BYTES(n)      text_bytes((n), (char[TEXT_NUMBER]){0})
#define RATE(n)	      text_rate((n), (char[TEXT_NUMBER]){0})
#define TIME(s)	      text_seconds((s), (char[TEXT_NUMBER]){0})
#define SAFE(s)	      text_escape((s), (char[LINES_ESCAPED]){0}, LINES_ESCAPED)

/* A line as by printf(); where it is too long it goes on in further ones, indented. */
void lines_print(FILE *out, int indent, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Words after a label, all lines beginning behind it. */
void lines_wrap(FILE *out, int indent, const char *label, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* part of whole in percent; 0 of nothing. */
double lines_percent(double part, double whole);

#endif
