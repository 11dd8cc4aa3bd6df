/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a recording: one SQLite file, one transaction a snapshot, only rows that
 * changed. A snapshot is of counters only, or deep: all that a report is made of.
 */
#ifndef SS_RECORDER_H
#define SS_RECORDER_H

#include "ledger.h"
#include "recording.h"
#include "report_source.h"
#include "symbols.h"

struct recorder;

/* When a snapshot was taken, and what was not since the one before. */
struct recorder_moment {
	double at_s;
	uint64_t late;	  /* snapshots that were due and could not be taken */
	uint64_t put_off; /* deep ones that were due, and would have cost too much */
};

/*
 * A new file, for its owner only; -EEXIST where there is one. run->ended is not used.
 * max_bytes: what the file may grow to, 0: anything. root: where /sys and /proc are
 * found, NULL for /. 0 or -errno.
 */
int recorder_create(const char *path, const struct recording_run *run, uint64_t max_bytes,
		    const char *root, struct recorder **ret_recorder);
/*
 * Counters of the origins that changed. live: survivors of an origin of the ledger, which
 * needs clock and counts and no more. 0 or -errno; after an error the file is as after
 * the snapshot before, and nothing can be written any more.
 */
int recorder_count(struct recorder *r, const struct recorder_moment *m, const struct ledger *l,
		   const struct symbols *symbols, double (*live)(void *arg, uint32_t origin),
		   void *arg);
/* A deep snapshot; errors as above. */
int recorder_take(struct recorder *r, const struct recorder_moment *m, const struct report *report);
/* It ended, by what; and in which place the last deep snapshot is. */
int recorder_end(struct recorder *r, const char *how, struct report_source *ret_source);
/*
 * Does all of it lie in that one file, or can it be made to at once? Not while somebody reads
 * what is in the log beside it, nor where no room is left. Also after an error.
 */
bool recorder_make_whole(struct recorder *r);
/* Bytes in the file, and snapshots in it. */
int recorder_size(struct recorder *r, uint64_t *ret_bytes, uint64_t *ret_snapshots);
/* Closes the file, and puts what is in the log into it. */
void recorder_destroy(struct recorder *r);
/* Removes a recording that is closed, and what lies beside it. */
void recorder_remove(const char *path);

#endif
