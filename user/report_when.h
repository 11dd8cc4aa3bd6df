/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment in a recording, as a person names it. */
#ifndef SS_REPORT_WHEN_H
#define SS_REPORT_WHEN_H

#include <stdbool.h>

#include "recording.h"

/*
 * "+90": seconds since the beginning; "14:03" or "14:03:10": the first such time of day
 * since then; "2026-11-21T14:03[:10]" (or with a blank). All but the first are of the
 * clock of the machine that was recorded. False where it is none of these.
 */
bool report_when(const char *when, const struct recording_run *run, double *ret_s);

#endif
