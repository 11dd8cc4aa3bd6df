/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report's JSON document, for formats that have it in them. */
#ifndef SS_REPORT_JSON_H
#define SS_REPORT_JSON_H

#include <jansson.h>

#include "report.h"

/*
 * What report_json() writes, to be called between json_output_begin() and
 * json_output_text(), which tells whether anything is missing in it. A frame that is in
 * several stacks is one value, with a reference for each. NULL: out of memory.
 */
json_t *report_json_document(const struct report *r);

#endif
