/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording of what changes in the books of `made`, moment by moment. */
#ifndef SS_MADE_RECORDER_H
#define SS_MADE_RECORDER_H

#include "made_report.h"
#include "recorder.h"

/* A recorder of made_run; max_bytes: of the file, 0: any number. */
struct recorder *made_recorder_create(const char *path, uint64_t max_bytes);
/* Everything as it is now, or only counters, so many seconds after the beginning. */
void made_recorder_take(struct recorder *r, double at_s);
void made_recorder_count(struct recorder *r, double at_s);
/* Adds so many origins to the books, each with a call site, a stack and an object. */
void made_recorder_sites(uint32_t *ret_origins, uint32_t count);

#endif
