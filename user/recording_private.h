/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that read recordings share. Of a row every column is asked for what it
 * has to be; one that is not makes the whole row, and with it the file, damaged.
 */
#ifndef SS_RECORDING_PRIVATE_H
#define SS_RECORDING_PRIVATE_H

#include "code_images.h"
#include "recording.h"
#include "packed.h"
#include "recording_db.h"
#include "recording_schema.h"
#include "report_run.h"
#include "report_source.h"

/* A row of a statement, column by column. */
struct columns {
	sqlite3_stmt *s;
	int at;
	bool damaged;
};

/* The next row: 1, 0 after the last, or -errno. Begins at the first column. */
int columns_next(struct columns *c);
int64_t columns_int(struct columns *c, int64_t min, int64_t max);
/* The same; *ret_null where there is none. */
int64_t columns_int_or_null(struct columns *c, int64_t min, int64_t max, bool *ret_null);
uint64_t columns_count(struct columns *c);
double columns_real(struct columns *c, double max);
/* Valid until the next row; NULL where it is null, which without `null` is damage. */
const char *columns_text(struct columns *c, size_t max, bool null);
/* Of printable characters only. */
const char *columns_safe(struct columns *c, size_t max, bool null);
/* false where it is null. */
bool columns_blob(struct columns *c, struct unpacked *ret_blob);
/* Packed numbers that are the whole of a blob; false where it is null. */
bool columns_packed(struct columns *c, uint64_t *numbers, size_t count, uint64_t max);
/* What rows_field() has written. Texts are kept in *r. */
int columns_field(struct columns *c, const struct recording_field *f, void *of, struct recorded *r);

struct recording {
	sqlite3 *db;
	uint32_t version; /* of the schema, up to RECORDING_VERSION */
	struct recording_run run;
	char *texts[8];		   /* that run points to */
	uint64_t bytes;		   /* in the file, and the log beside it */
	uint64_t steps, steps_max; /* left to SQLite's machine in this call, and of each */
};

struct recorded {
	struct report report;
	struct hook hooks[HOOK_COUNT];
	struct settle settle;
	struct reclaim reclaim;
	struct report_run run;
	struct run_cgroup cgroup;
	struct report_source source;
	struct symbols *symbols;
	struct code_images images;
	struct slabs *before, *after;
	uint64_t *frame_address; /* by number, as in struct names */
	uint32_t frame_cnt;
	char **argv;
	struct run_living *living;
	uint64_t listed; /* of these */
	char **texts;	 /* that a report points to */
	size_t text_cnt, text_room;
	uint64_t text_left; /* bytes of text that can still be in the file */
	bool text_over;	    /* there were more */
};

/* What a call may cost begins anew. */
void recording_begin_call(struct recording *rec);

/* A copy that lives as long as *r; NULL without memory, or when the file cannot have so much. */
const char *recorded_keep(struct recorded *r, const char *text);

/* Numbers that the file has of a kind of thing, and what is behind them, by number. */
struct names {
	uint32_t frame_cnt, stack_cnt, cache_cnt, origin_cnt, task_cnt;
	uint64_t *frame_address; /* made up; of no frame, which is 0, it is 0 */
	struct name_stack {
		uint32_t first, count; /* in the snapshot's frame_store */
		bool read;
	} * stacks;
	uint32_t frames_used; /* of frame_store */
	uint32_t free_sites_used, free_site_cnt;
	uint32_t stacks_used, tasks_used; /* of all origins */
	uint64_t repetitions_read;	  /* numbers in all */
	struct name_cache {
		char name[SS_CACHE_NAME];
		bool destroyed;
		uint32_t at; /* in the snapshot, from 1; 0: not there */
	} * caches;
	struct name_origin {
		uint32_t cache, frame;
		uint32_t at;	  /* as above */
		int64_t snapshot; /* in which it was written last */
	} * origins;
	struct name_task {
		const char *comm, *path; /* kept in a struct recorded */
		uint64_t cgroup;
	} * tasks;
	sqlite3_stmt *stack_statement;
};

/* 0 or -errno; symbols of the report are made of it. */
int names_read(struct recording *rec, struct recorded *r, bool hidden, struct names *ret_names);
void names_deinit(struct names *n);
/* Frames of a stack as addresses, in s->frame_store of SS_FRAMES. 0 or -errno. */
int names_stack(struct recording *rec, struct names *n, struct snapshot *s, uint32_t stack,
		struct snapshot_stack *to);

/* Snapshots of which rows hold: from a key to the one that is asked for. */
struct range {
	sqlite3_int64 key, snapshot;
};

/* Prepare a statement with the range bound to ?1 and ?2. */
int range_prepare(struct recording *rec, const char *sql, const struct range *range,
		  struct columns *ret_columns);
/* All facts, and what they point to in *r. 0 or -errno. */
int recording_read_facts(struct recording *rec, const struct range *range, struct recorded *r,
			 struct recording_facts *f);
/* To where a report has them; *s is its snapshot. */
void recording_take_facts(const struct recording_facts *f, struct recorded *r, struct snapshot *s);
/* Origins with all under them, of a snapshot whose caches are there. 0 or -errno. */
int recording_read_origins(struct recording *rec, const struct range *range, struct names *n,
			   struct recorded *r, struct snapshot *s);

#endif
