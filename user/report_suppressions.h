/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --suppressions passed over, in both forms of the report. */
#ifndef SS_REPORT_SUPPRESSIONS_H
#define SS_REPORT_SUPPRESSIONS_H

#include <jansson.h>
#include <stdio.h>

#include "report.h"

/* The block behind the origins; nothing without a file. */
void report_suppressions_text(FILE *out, const struct suppressions *s);
/* The line of an origin. */
void report_suppressed_text(FILE *out, const struct snapshot_origin *o);
/* "suppressions"; null without a file. */
json_t *report_suppressions_json(const struct suppressions *s);

#endif
