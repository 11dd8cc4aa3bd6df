/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report that is recorded and read again: nothing of it may get lost. */
#ifndef SS_MADE_RECORDING_H
#define SS_MADE_RECORDING_H

#include "made_report.h"
#include "recorder.h"
#include "recording.h"

/* A path for a recording, where there is none; valid until 8 more were asked for. */
const char *made_recording_path(void);
/* Away with the file, and what lies beside it. */
void made_recording_remove(const char *path);
/* A run that began at a fixed time. */
extern const struct recording_run made_run;
/* Written as the only snapshot, and ended. */
void made_recording_write(const char *path, const struct report *r);
/* Written from `made`, with what made_report_fill() has and all that it has none of; its path. */
const char *made_recording_of_everything(void);
/* Opened, or a failed test. */
struct recording *made_recording_open(const char *path);
/* The last snapshot, or a failed test. */
struct recorded *made_recording_read(const char *path);
/* What the query says, or a failed test. */
int64_t made_recording_number(const char *path, const char *sql);
/* The whole report as it stands, to be freed. */
char *made_recording_written(const struct report *r, report_writer writer);
/*
 * Is what the writer makes of the report, when it was recorded, byte for byte what it
 * makes of the report itself? Judged again first, as a recording is; changed for that
 * time only.
 */
void made_recording_check(const struct report *r, report_writer writer);

#endif
