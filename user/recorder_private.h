/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the recorder share. */
#ifndef SS_RECORDER_PRIVATE_H
#define SS_RECORDER_PRIVATE_H

#include "interner.h"
#include "recorder.h"
#include "recording_db.h"
#include "recording_rows.h"

/* What a thing was like when it was written last, and when that was; by number from 1. */
struct last_hashes {
	struct last_hash {
		uint64_t hash;
		int64_t snapshot; /* 0: never */
	} * at;
	uint32_t count;
};

struct last_count {
	uint64_t allocs, frees, objects, bytes;
};

struct recorder {
	sqlite3 *db;
	sqlite3_stmt *insert[RECORDING_TABLES];
	char *root;
	uint64_t max_bytes;
	uint64_t used,
		largest; /* bytes: in use after the last snapshot; what one has added, at most */
	struct recording_run run; /* began and utc_offset */
	int err;		  /* of the snapshot that failed */
	bool whole;		  /* all is in the file, and there is no log any more */
	int64_t snapshot;	  /* the one that is being written, from 1 */
	uint32_t deep_cnt;
	bool key; /* it is to have everything */
	struct rows rows, name_rows;
	/* What has a number in the file. */
	struct interner images, frames, stacks, caches, origins, tasks, slabs;
	/* Code by name, and where it was loaded: again, it may be another build, elsewhere. */
	struct interner modules;
	struct known_module {
		struct load {
			uint64_t start, end; /* 0: not known */
			uint32_t image;
		} * loads;
		uint32_t load_cnt, version; /* of the symbols, when it was looked up last */
	} * module_of;			    /* by number */
	uint32_t module_cnt;		    /* of these, with the one that is none */
	/* Addresses, and the frames that they were found to be. */
	struct interner addresses;
	struct known_frame {
		uint32_t frame, version;
	} * frame_of;
	uint32_t frame_room;
	uint32_t version; /* of the symbols, from 1 */
	struct last_hashes of_fact, of_hook, of_slab, of_cache, of_origin;
	struct last_count *counted; /* by number of the origin */
	uint32_t counted_cnt;
	/* Of origins of the ledger; 0: not met yet. */
	uint32_t ledger_origin[SS_ORIGINS];
	uint32_t ledger_version[SS_ORIGINS]; /* of the symbols then */
	uint8_t ledger_destroyed[SS_ORIGINS];
};

/* Write r->rows where they changed since they were written last, or in a key; once a snapshot. */
int recorder_write_changed(struct recorder *r, struct last_hashes *of, uint32_t number);
/* Counters of an origin by its number, where they changed. */
int recorder_write_count(struct recorder *r, uint32_t origin, const struct last_count *now);
/* Begin and end the transaction of a snapshot. */
int recorder_begin(struct recorder *r);
int recorder_commit(struct recorder *r, const struct recorder_moment *m,
		    const struct snapshot *deep);

/* Numbers of things, which get a row when they are met first. 0 or -errno. */
int recorder_frame(struct recorder *r, const struct symbols *symbols, uint64_t address,
		   uint32_t *ret_frame); /* address 0: 0 */
int recorder_stack(struct recorder *r, const struct symbols *symbols,
		   const struct snapshot_stack *st, uint32_t *ret_stack);
int recorder_cache(struct recorder *r, const char *name, bool destroyed, uint32_t *ret_cache);
int recorder_origin(struct recorder *r, uint32_t cache, uint32_t frame, uint32_t *ret_origin);
int recorder_task(struct recorder *r, const struct snapshot_task *task, uint32_t *ret_task);

/* Of what is old, leave out snapshots until the file is small enough. 0 or -errno. */
int recorder_thin(struct recorder *r);

#endif
