/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command that was run left behind, in both forms of the report. */
#ifndef SS_REPORT_RUN_H
#define SS_REPORT_RUN_H

#include <jansson.h>
#include <stdio.h>

#include "report.h"
#include "run_cgroup.h"

#define REPORT_RUN_WHY 160

/* The command, and how it ended. */
struct report_run {
	char *const *argv;
	uint32_t wanted, counted; /* repetitions; counted: that ran to their end */
	uint32_t warmups;
	uint32_t failed; /* of all: that did not end with 0 */
	int exit_code;	 /* of the first that failed */
	int killed_by;	 /* the same, by this signal; 0: it exited */
	bool interrupted;
	uint32_t unstarted; /* the repetition, from 1, that could not be started; 0: none. Because:
			     */
	char unstarted_why[REPORT_RUN_WHY]; /* safe to print */
	const struct run_cgroup *cgroup;    /* the command's; NULL: as one that was not made */
	bool only_command;		    /* nothing else is in the books */
};

/* Is an origin worth a place in the list? With repetitions: when each of them left something. */
bool report_run_lists(const struct report *r, const struct snapshot_origin *o);
/* Lines of the head. */
void report_run_text(FILE *out, const struct report *r);
/* The line of an origin. */
void report_repetitions_text(FILE *out, const struct report *r, const struct snapshot_origin *o);
/* "run"; null where no command was. */
json_t *report_run_json(const struct report *r);
/* An array, or null. */
json_t *report_repetitions_json(const struct report *r, const uint64_t *repetitions);

#endif
