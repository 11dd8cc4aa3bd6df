/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a report to where and in the form that the options say; for commands, because it
 * talks. Steps return -1 to go on, else the exit code.
 */
#ifndef SS_REPORT_FILE_H
#define SS_REPORT_FILE_H

#include <stdio.h>

#include "report.h"
#include "trace_options.h"

/* Of --suppressions; NULL where path is. */
int report_file_suppressions(const char *path, struct suppressions **ret_suppressions);
/* Of --output, else stdout. */
int report_file_open(const struct trace_options *o, FILE **ret_out);
/* Rank, pass over, write, close; *out is stdout afterwards. Returns the exit code. */
int report_file_finish(const struct trace_options *o, struct report *r,
		       struct suppressions *suppressions, FILE **out);

#endif
