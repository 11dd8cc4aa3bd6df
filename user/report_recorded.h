/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a recording that the options name to a report of it; for commands, because it
 * talks. Steps return -1 to go on, else the exit code.
 */
#ifndef SS_REPORT_RECORDED_H
#define SS_REPORT_RECORDED_H

#include "recording.h"
#include "trace_options.h"

/* Both are to be released, also when it fails; NULL then. */
int report_recorded_read(const struct trace_options *o, struct recording **ret_recording,
			 struct recorded **ret_recorded);
/* Why it cannot be read, and the exit code. */
int report_recorded_fail(const struct trace_options *o, const char *why);
/* To where and in the form that the options say. Returns the exit code. */
int report_recorded_write(const struct trace_options *o, struct recorded *recorded);

#endif
