/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which snapshot of a recording a report is of, in both forms. */
#ifndef SS_REPORT_SOURCE_H
#define SS_REPORT_SOURCE_H

#include <jansson.h>
#include <stdio.h>

#include "report.h"

struct report_source {
	double began;		/* seconds since 1970 */
	int64_t utc_offset;	/* of the machine that was recorded */
	double at_s;		/* of this snapshot, since then */
	double length_s;	/* of the last of all snapshots, since then */
	uint64_t nr, count;	/* among the deep ones, from 1 */
	double from_s;		/* only what happened since this snapshot; */
	uint64_t from_nr;	/* 0: since the beginning */
	uint64_t unsure;	/* survivors more or fewer, at most: see interval.h */
	uint64_t late, put_off; /* of all: snapshots left out, and deep ones that were not */
	bool ended;		/* by its last snapshot */
};

/* Is it of what happened between two snapshots? */
bool report_is_interval(const struct report *r);
/* Lines of the head; nothing where r->source is NULL. */
void report_source_text(FILE *out, const struct report *r);
/* "recording"; null where it is none. */
json_t *report_source_json(const struct report *r);

#endif
