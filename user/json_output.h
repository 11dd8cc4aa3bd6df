/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON document, written whole or not at all. Where memory runs out, jansson
 * drops members and goes on: what comes out is still JSON, and wrong.
 */
#ifndef SS_JSON_OUTPUT_H
#define SS_JSON_OUTPUT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* Before the first value of a document is made. */
void json_output_begin(void);
/* A string from the kernel, or null; what is not UTF-8 is escaped as in text reports. */
json_t *json_output_string(const char *s);
json_t *json_output_count(uint64_t n);
/* Milliseconds are enough, and keep the document readable. */
json_t *json_output_seconds(double s);
/* The members that every document begins with: schema, tool, command, host, kernel. */
json_t *json_output_head(const char *command, const char *host, const char *release,
			 const char *machine);
/*
 * The document as ASCII text, with jansson's JSON_INDENT() or JSON_COMPACT; releases it. To be
 * freed. NULL if anything is missing in it, for want of memory.
 */
char *json_output_text(json_t *document, size_t layout);
/* Writes the document and releases it; 0 or -errno, -ENOMEM if anything is missing in it. */
int json_output_end(json_t *document, FILE *out);

#endif
