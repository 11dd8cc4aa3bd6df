/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a report is made of, whatever its format. Text and JSON are two walks
 * over the same numbers.
 */
#ifndef SS_REPORT_H
#define SS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hooks.h"
#include "reclaim.h"
#include "settle.h"
#include "slabs.h"
#include "snapshot.h"
#include "suppressions.h"
#include "symbols.h"
#include "verdict.h"

struct code_images;
struct debuginfo;
struct report_run;
struct report_source;

struct report {
	const char *command;
	const char *host;
	const char *release, *machine;
	const char *build_id; /* of the kernel, in hexadecimal; NULL: not known */
	double began;	      /* seconds since 1970; 0: not known */
	double duration_s;
	const struct report_source *source; /* of a recording; NULL: none */
	const struct report_run *run;	    /* the command that was run; NULL: none */
	struct snapshot *snapshot;
	const struct symbols *symbols;
	const struct code_images *images;   /* of a recording; NULL: of this machine */
	struct debuginfo *debuginfo;	    /* remembers what it was asked; NULL: none is wanted */
	const struct slabs *before, *after; /* the kernel's counts around the trace */
	const struct hook *hooks;	    /* HOOK_COUNT */
	enum coverage_grade grade;	    /* as reported */
	uint64_t recursion_misses;	    /* of all programs; of them no copy saw these: */
	uint64_t skipped_allocs, skipped_frees;
	const char *no_cgroups;	       /* why it is not told in which programs are; NULL: it is */
	const char *unchecked;	       /* why there was no survivor check; NULL: there was */
	const struct settle *settle;   /* what was done before the last look */
	const struct reclaim *reclaim; /* NULL: not asked for */
	const struct suppressions *suppressions; /* NULL: none */
	uint64_t map_bytes;
	double start_s; /* from the start of the program until it booked */
	uint32_t reclaimable_bit;
	size_t top; /* rows of caches, and origins, in text; 0: all */
	bool show_addresses;
	const size_t *made_with; /* together_find(); set by those who write a report */
};

/* slabinfo's change of active objects over the trace; false when not known. */
bool report_slabinfo_delta(const struct report *r, const char *cache, int64_t *ret_delta);
/* Events a second: allocations and frees, known or not. */
double report_rate(const struct report *r);

/* Share of all events that the kernel skipped our programs for, at most. */
double report_skipped(const struct report *r);
#define REPORT_SKIPPED_MAX 0.001 /* more is no full coverage */
/*
 * r->grade, which is that of the hooks, or partial where it was full and events
 * were missed all the same: ghosts, stale records, or too many skipped.
 */
enum coverage_grade report_grade(const struct report *r);

/* Places in the code that are one of several, see symbols_may_be(): each once. */
uint64_t report_ambiguous(const struct report *r);

/* Is the verdict leak, and no suppression passes it over? */
bool report_is_leak(const struct snapshot_origin *o);
/* By which pattern it is passed over, be it a leak or not; or NULL. */
const char *report_suppressor(const struct snapshot_origin *o);
size_t report_leaks(const struct report *r);
/* Of those that would be leaks: passed over. */
size_t report_suppressed(const struct report *r);

/* All return 0 or -errno; nothing is written before the whole report is made. */
int report_text(const struct report *r, FILE *out);
int report_json(const struct report *r, FILE *out);
int report_tap(const struct report *r, FILE *out);

#endif
