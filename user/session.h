/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every command that traces goes through: may it, start, watch, close the
 * books, report. Talks on stderr, because only commands include it. Steps return
 * -1 to go on, else the exit code.
 */
#ifndef SS_SESSION_H
#define SS_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "build_id.h"
#include "cgroups.h"
#include "collect.h"
#include "governor.h"
#include "report.h"
#include "run_cgroup.h"
#include "trace_options.h"
#include "tracer.h"

/* Everything a trace holds; released by session_deinit() in the reverse order. */
struct session {
	struct trace_options options;
	const char *command;
	struct kernel kernel;
	struct hook hooks[HOOK_COUNT];
	struct symbols *symbols;
	struct slabs *before, *after;
	struct governor *governor;
	struct tracer *tracer;
	struct census *census; /* for the survivor check; NULL: there is none, because: */
	char unchecked[160];
	struct snapshot *snapshot;
	struct ss_count *counts;	 /* SS_ORIGINS, of the last step */
	uint32_t frames_seen;		 /* of the ledger's, in the last step */
	struct ss_clock began;		 /* when booking began first, */
	struct ss_clock booked, settled; /* last, and when that ended */
	struct ledger_span *spans;	 /* the repetitions that count */
	uint32_t span_cnt;
	const struct report_run *run; /* NULL: no command */
	struct addresses interrupts;  /* see interrupts.h */
	struct cgroups *cgroups;      /* NULL: there is no telling in which a program is: */
	const char *no_cgroups;	      /* because of this */
	struct settle settle;
	struct reclaim reclaim;
	struct ss_count
		*unreclaimed; /* SS_ORIGINS, before memory was reclaimed; NULL: it was not */
	bool patient;	      /* a wait of seconds for kfree_rcu is worth it */
	bool quiet;	      /* a command has the terminal: no progress there */
	double start_s;	      /* when the program began; then how long it took until it booked */
	double booked_s;      /* when booking began last, by clock_s() */
	double duration_s;    /* of booking, until session_stop() */
	struct tracer_misses misses;
	uint64_t map_bytes;
	struct suppressions *suppressions; /* NULL: none */
	int instance, cgroup;
	struct run_cgroup own; /* of the command */
	FILE *out;	       /* of the report */
	char host[65], build_id[BUILD_ID];
	const struct report_source *source; /* NULL: not recorded */
	/* Called at every look at the ledger, with its counts; false ends session_watch(). */
	bool (*each)(struct session *s, const struct ledger *l);
	bool ended; /* by that */
	bool interrupted;
	bool decided[SS_CACHES]; /* by --cache */
	bool unwanted[SS_CACHES];
};

/* First of all: its clock runs from here. `command` as in the report. */
void session_init(struct session *s, const char *command);
void session_deinit(struct session *s);

/* Check everything that can be refused, from s->options; then load and attach. Ctrl-C is watched.
 */
int session_start(struct session *s);
/* Book from now on; may be called again after session_stop(). */
int session_book(struct session *s);
/* Tell on stderr that it traces: `until` as in "for 5s; Ctrl-C reports". */
void session_announce(const struct session *s, const char *until);
/*
 * Look after the books until Ctrl-C, `seconds` have passed (0: for ever), or `fd`
 * can be read (-1: none). Shows progress.
 */
void session_watch(struct session *s, double seconds, int fd);
/* Book no more allocations, and note when. */
int session_stop(struct session *s);
/* What was booked last is a repetition of its own. 0 or -ENOMEM, with a complaint. */
int session_add_span(struct session *s);
/* Between two repetitions: let RCU finish. */
void session_pause(const struct session *s);
/* Let RCU finish, as long as it takes or the options say; s->settle tells what was done. */
void session_settle(struct session *s);
/* All that follows the last booking: settle, reclaim, close the books, take the snapshot. */
int session_collect(struct session *s);
/* The name of this machine, where it may be told. */
const char *session_host(struct session *s);
/* What the report is made of; all of it lives as long as the session. */
void session_fill_report(struct session *s, struct report *ret_report);
/* How the books stand while they are open: no check of survivors. 0 or -errno. */
int session_snapshot(struct session *s, struct snapshot **ret_snapshot);
/* Write the report to where and in the form that the options say. */
int session_report(struct session *s);

/* All of them, in their order: what a command does that traces once. */
int session_trace(struct session *s);

#endif
