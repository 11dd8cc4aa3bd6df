/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for a terminal of 80 columns: lines that wrap, and short names for numbers in them. */
#ifndef SS_LINES_H
#define SS_LINES_H

#include <stdio.h>

#include "text.h"

#define LINES_WIDTH   80
#define LINES_ESCAPED 256

/* Each lives as long as the block it stands in. */
#define COUNT(n)       text_count((n), (char[TEXT_NUMBER]){0})
#define MANY(n, noun)  text_counted((n), (noun), (char[TEXT_COUNTED]){0})
#define BYTES(n)       text_bytes((n), (char[TEXT_NUMBER]){0})
#define RATE(n)	       text_rate((n), (char[TEXT_NUMBER]){0})
#define RATED_BYTES(n) text_bytes_per_s((n), (char[TEXT_COUNTED]){0})
#define TIME(s)	       text_seconds((s), (char[TEXT_NUMBER]){0})
#define SAFE(s)	       text_escape((s), (char[LINES_ESCAPED]){0}, LINES_ESCAPED)

/* A line as by printf(); where it is too long it goes on in further ones, indented. */
void lines_print(FILE *out, int indent, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Words after a label, all lines beginning behind it. */
void lines_wrap(FILE *out, int indent, const char *label, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Characters of UTF-8. */
size_t lines_columns(const char *s);
/* A name that is safe in at most `width` columns (above 4): of a longer one the ends. */
void lines_fit(FILE *out, const char *safe, size_t width);
/* As text_escape(); a space at the end is made to be seen. size is above 4. */
char *lines_name(const char *name, char *buf, size_t size);
/* part of whole in percent; 0 of nothing. */
double lines_percent(double part, double whole);
/* "57%"; a little that is there is "<1%", and all but a little ">99%". */
#define LINES_SHARE 8
char *lines_share(double percent, char buf[LINES_SHARE]);
#define SHARE(percent) lines_share((percent), (char[LINES_SHARE]){0})

#endif
