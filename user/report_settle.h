/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was done between the last booking and the last look, in both forms of the report. */
#ifndef SS_REPORT_SETTLE_H
#define SS_REPORT_SETTLE_H

#include <jansson.h>
#include <stdio.h>

#include "report.h"

/* The lines of the coverage block. */
void report_settle_text(FILE *out, const struct report *r);
/* The line of an origin; none without objects that were reclaimed. */
void report_reclaimed_text(FILE *out, const struct report *r, const struct snapshot_origin *o);

/* coverage.settle and coverage.reclaim; null where nothing is known, or was asked for. */
json_t *report_settle_json(const struct report *r);
json_t *report_reclaim_json(const struct report *r);

#endif
