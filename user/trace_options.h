/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of everything that traces: what to trace, for how long, how to show it. */
#ifndef SS_TRACE_OPTIONS_H
#define SS_TRACE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "reclaim.h"
#include "settle.h"
#include "snapshot.h"

struct export_growth;
struct report;

/* A report reads what was traced by another; so may an export. */
enum trace_command { TRACE_TRACE, TRACE_RUN, TRACE_EXPORT, TRACE_RECORD, TRACE_REPORT };

struct trace_options {
	enum trace_command of;
	double duration_s; /* 0: until interrupted */
	const char *cache; /* glob; NULL: all */
	const char *comm;
	const char *cgroup;
	bool only_command;	     /* only what is allocated in the command's own cgroup */
	uint64_t min_size, max_size; /* bytes */
	uint64_t objects;
	uint32_t stack_interval;
	bool adapt_stacks; /* the governor may change the interval */
	double settle_s;   /* below 0: not said */
	enum reclaim_how reclaim;
	const char *suppressions; /* NULL: none */
	bool fail_on_leak;
	bool tap;
	int format, value, rows; /* of an export: see export.h; below 0: not said */
	/* Set by the command: what writes the report (NULL: as said above), and whether its file
	   is exchanged as a whole, see replace.h; how origins grew, for a page (NULL: unknown). */
	int (*write)(const struct report *r, FILE *out);
	bool replaces;
	const struct export_growth *growth;
	const char *output;   /* NULL: stdout */
	char *const *command; /* NULL-ended; NULL: none */
	uint64_t repeat, warmup;
	const char *recording; /* the file; NULL: none */
	const char *tracing;   /* the first option of a trace that was given; NULL: none was */
	double every_s;	       /* between two snapshots */
	uint64_t max_file;     /* bytes; 0: any */
	bool anonymous, print;
	const char *at;	       /* when; NULL: at the end */
	const char *from, *to; /* the same, of what happened between; NULL: not said */
	const char *debug_dir; /* NULL: none */
	bool no_lines;
	uint64_t top;
	enum snapshot_key sort;
	bool json;
	bool show_addresses;
	bool force;
	bool twice; /* every free event hooked twice */
};

/* Reads argv, of which the first tells the command; prints help or a complaint. Returns -1 to go
 * on, or the exit code. */
int trace_options_parse(int argc, char **argv, struct trace_options *ret_options);
/* --help, to stdout. */
void trace_help(enum trace_command of);

#endif
