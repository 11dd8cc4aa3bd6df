/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report in the formats that other tools read. An exporter is a function of the
 * report alone: of a trace that has just ended or of one that was recorded.
 *
 * What all of them keep: the numbers of an origin are those of report_json(), exactly.
 * Where they are divided among stacks and threads, the parts add up to the whole.
 */
#ifndef SS_EXPORT_H
#define SS_EXPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "report.h"

/* All return 0 or -errno; nothing is written before the whole is made. */

/*
 * A gzipped profile of pprof: alloc_objects, alloc_space, inuse_objects and inuse_space by
 * stack and thread.
 */
int export_pprof(const struct report *r, FILE *out);
/* A line a stack and thread, outermost frame first, for flame graphs: live bytes, or objects. */
int export_folded(const struct report *r, FILE *out);
int export_folded_objects(const struct report *r, FILE *out);
/* RFC 4180, with a header: a row an origin, or a row a stack and thread. */
int export_csv(const struct report *r, FILE *out);
int export_csv_stacks(const struct report *r, FILE *out);
/* Text exposition, of r->top origins (0: all); the others as one for each verdict. */
int export_openmetrics(const struct report *r, FILE *out);

typedef int (*export_writer)(const struct report *, FILE *);

/* The option that chooses between the two forms of a format. */
enum export_choice { EXPORT_ONE, EXPORT_VALUE, EXPORT_ROWS };

struct export_format {
	const char *summary;	/* for --help */
	export_writer write[2]; /* the second where `choice` says so */
	enum export_choice choice;
	bool binary;	     /* nothing for a terminal */
	bool (*built)(void); /* false: this slabsight was built without it; NULL: never */
	bool grows;	     /* shows how origins of a recording grew: see export_growth.h */
	bool replaced;	     /* somebody may read the file at any time: it is never half written */
};

/* NULL-ended, for cli_word(): its index is that of export_format(). */
extern const char *const export_names[];
const struct export_format *export_format(unsigned int index);
/* The format that has this choice; NULL: none. */
const char *export_chooser(enum export_choice choice);

#endif
