/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers and names as a person reads them. Every function writes into the
 * caller's buffer and returns it; strings from the kernel go through
 * text_escape() before they reach a terminal.
 */
#ifndef SS_TEXT_H
#define SS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_NUMBER 32 /* enough for every number below */

/* 1234567 -> "1,234,567" */
char *text_count(uint64_t n, char buf[TEXT_NUMBER]);
#define TEXT_COUNTED 64
/* "1 object", "1,234 objects": a noun whose plural has an s */
char *text_counted(uint64_t n, const char *noun, char buf[TEXT_COUNTED]);
/* 1234567 -> "1.2 M": three digits at most, of what occurs */
char *text_rate(double per_s, char buf[TEXT_NUMBER]);
/* 223232 -> "218 KiB" */
char *text_bytes(uint64_t bytes, char buf[TEXT_NUMBER]);
/* 1234 -> "1.2 KiB/s"; of less than 1 B/s, by the hour; what has any rate at all: a large one */
char *text_bytes_per_s(double per_s, char buf[TEXT_COUNTED]);
/* 75.2 -> "1m15s", 2.34 -> "2.3s", 0.05 -> "50ms", 1e9 -> "31y": of days and years whole ones */
char *text_seconds(double s, char buf[TEXT_NUMBER]);
/*
 * Copy at most size - 1 bytes of what is printable of `from`; control bytes,
 * backslashes and bytes that are not UTF-8 become \n, \t, \\ or \xHH.
 */
char *text_escape(const char *from, char *buf, size_t size);
/* Length of the printable character that a string begins with, ASCII or UTF-8; 0: none. */
size_t text_printable(const char *s);
/* The member of a NULL-ended list nearest to `word` by edit distance, or NULL if none is near. */
const char *text_nearest(const char *word, const char *const *list);
/*
 * A whole number from min to max, with an optional suffix k, M, G (1000s) when
 * `suffix` is set. 0 or -EINVAL (not a number) or -ERANGE.
 */
int text_number(const char *from, uint64_t min, uint64_t max, bool suffix, uint64_t *ret);

#endif
