/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a recording: everything that works on a report works on one that was
 * recorded, on another machine, without any privilege. A file is not trusted: whatever
 * in it is not as a writer writes it, is an error (-EBADMSG), and nothing else.
 */
#ifndef SS_RECORDING_H
#define SS_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

struct recording;

#define RECORDING_WHY 320

/* What is known of all of it. Strings are raw, and live as long as the recording; "": not known. */
struct recording_run {
	const char *slabsight; /* version that wrote it */
	const char *host, *release, *machine;
	const char *build_id; /* of the kernel */
	const char *btf;      /* a hash of its types */
	const char *boot_id;
	double began;	    /* seconds since 1970 */
	int64_t utc_offset; /* seconds, of the machine's clock then */
	double every_s;
	const char *ended; /* by what; NULL: it was not, slabsight was killed */
};

/* One that is still written is read as it is now. 0 or -errno, with a sentence in why. */
int recording_open(const char *path, struct recording **ret_recording, char why[RECORDING_WHY]);
void recording_close(struct recording *rec);
const struct recording_run *recording_run(const struct recording *rec);
/* When its last snapshot was taken, in seconds since the beginning. 0 or -errno. */
int recording_length(struct recording *rec, double *ret_s);

/*
 * A report as of some moment, and all that it is made of. May be changed: ranked,
 * suppressed, shown in any way.
 */
struct recorded;

/*
 * The last deep snapshot at or before at_s seconds since the beginning (INFINITY: the
 * last of all), judged. 0 or -errno, with a sentence in why: -ENOENT where there is none so early.
 * It lives on when the recording is closed.
 */
int recording_at(struct recording *rec, double at_s, struct recorded **ret_recorded,
		 char why[RECORDING_WHY]);
/*
 * The same of what happened between two moments, see interval.h: from the last deep snapshot
 * at or before from_s, or the beginning where there is none so early, to that of to_s.
 * -ERANGE: these are one.
 */
int recording_between(struct recording *rec, double from_s, double to_s,
		      struct recorded **ret_recorded, char why[RECORDING_WHY]);
struct report *recorded_report(struct recorded *r);
void recorded_destroy(struct recorded *r);

/* What an origin had counted at a moment; `objects` and `bytes` are live. */
struct recording_point {
	double at_s;
	uint64_t allocs, frees, objects, bytes;
};

/*
 * How an origin of a recorded report grew: a point for each snapshot in which it had
 * changed, in order. *ret_points is to be freed. Reads all counters: seconds for days.
 * 0 or -errno.
 */
int recording_growth(struct recording *rec, const struct recorded *r,
		     const struct snapshot_origin *origin, struct recording_point **ret_points,
		     size_t *ret_count);

/* The same of many at once, for as long as one of them takes. `points` are to be freed. */
struct recording_series {
	const struct snapshot_origin *origin; /* set by the caller */
	struct recording_point *points;
	size_t point_cnt;
};
int recording_growth_of(struct recording *rec, const struct recorded *r,
			struct recording_series *series, size_t series_cnt);

/* "2026-11-21 18:02:10 +0100", by the clock of the machine that was recorded. */
#define RECORDING_TIME 40
char *recording_time(double since_1970, int64_t utc_offset, char buf[RECORDING_TIME]);

#endif
