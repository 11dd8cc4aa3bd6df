/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of all exporters share: names full of traps, and what is asked of each format. */
#ifndef SS_MADE_EXPORT_H
#define SS_MADE_EXPORT_H

#include "export.h"
#include "made_report.h"
#include "pprof.pb-c.h"

/* Names of caches and threads that some format could stumble over; none is longer than a thread's.
 */
#define MADE_HOSTILE 18
extern const char *const made_hostile[MADE_HOSTILE];
/*
 * Books with an origin for each of these names, which is that of its cache and of its thread:
 * n + 1 objects of 64 bytes, of 3 * (n + 1) allocated, through a stack of two frames. The
 * functions and the module have such names, too.
 */
void made_hostile_fill(struct made_report *r, void **sandbox);
/* To be called before the report is torn down. */
void made_hostile_end(struct made_report *r);

/* What an exporter writes, of any bytes, with a NUL behind it; to be freed. */
char *made_export(export_writer write, size_t *ret_size);
/* What export_pprof() writes, unpacked; to be freed by pprof__profile__free_unpacked(). */
Pprof__Profile *made_export_profile(void);
/* Wherever memory runs out, nothing is written rather than half of it; streams that take nothing.
 */
void made_export_check_failures(export_writer write);
/* The same report makes the same bytes. */
void made_export_check_same(export_writer write);

/* How many origins have survivors. */
size_t made_export_live(void);

#endif
