/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report goes out whole, however slow or odd the other end is. */
#ifndef SS_OUTPUT_H
#define SS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Writes all of it, waiting where the other end of a pipe was made non-blocking
 * by another process that shares it. 0 or -errno.
 */
int output_write(const char *text, size_t size, FILE *out);
/*
 * Writes what print(arg, ...) prints, once all of it is made: half a report would
 * look like a whole one. 0 or -errno.
 */
int output_page(void (*print)(FILE *out, const void *arg), const void *arg, FILE *out);
/*
 * What print(out, arg) prints takes the place of what a file held before. Where it cannot be made
 * (print returns -errno), the file stays as it was; where it cannot be written, it is left empty.
 * 0 or -errno.
 */
int output_replace(int (*print)(FILE *out, const void *arg), const void *arg, FILE *out);

/* Is the file to be written, whatever it is called, the one that is read? */
bool output_is(const char *output, const char *input);

#endif
