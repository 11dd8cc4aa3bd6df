/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON document, written whole or not at all. Where memory runs out, jansson
 * drops members and goes on: what comes out is still JSON, and wrong.
 */
#ifndef SS_JSON_OUTPUT_H
#define SS_JSON_OUTPUT_H

#include <jansson.h>
#include <stdio.h>

/* Before the first value of a document is made. */
void json_output_begin(void);
/* Writes the document and releases it; 0 or -errno, -ENOMEM if anything is missing in it. */
int json_output_end(json_t *document, FILE *out);

#endif
