/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of many hosts as one report: which origins leak on which of them, and since
 * when. Hosts are added one after the other; of each is kept what is told of it, and of its
 * origins the sums. Text and JSON are written from it.
 *
 * Origins are matched by name: see origin_name.h; and where kernels call a merged cache by
 * different names of its, see merge_alias.h.
 */
#ifndef SS_MERGE_H
#define SS_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interner.h"
#include "merge_files.h"
#include "origin_name.h"
#include "report.h"

/* What is known of a host. Strings are raw. */
struct merge_host {
	char *name; /* as in a list of hosts: no other has it */
	const struct merge_file *file;
	uint32_t kernel; /* number of the release */
	double at_s;	 /* of the snapshot, since file->began */
	double booked_s, scale;
	enum coverage_grade grade;
	uint64_t ghosts, refused, lost, filtered; /* lost: call sites not known */
	uint64_t objects, bytes;
	size_t leaks;  /* origins, by name */
	size_t passed; /* the same, that are suppressed */
	bool named;    /* has names of functions */
	bool checked;  /* survivors were held against the slab pages */
	bool is_short, ended;
};

/* An origin that leaks on a host. */
struct merge_leak {
	uint32_t host;
	uint64_t objects, bytes; /* live, of all that leaks of this name there */
	double objects_per_s, bytes_per_s;
	double since;	/* seconds since 1970: see merge_since() */
	bool or_before; /* it may be older than the recording */
};

/* Hosts by their kernel's release. */
struct merge_kernel {
	uint32_t seen, leaks;
};

struct merge_total {
	uint64_t objects, bytes; /* live; up to INT64_MAX */
	double objects_per_s, bytes_per_s;
};

struct merge_row {
	struct origin_name name;
	const char **also; /* raw: by which names some kernels have the cache; sorted */
	size_t also_cnt;
	uint32_t seen;			  /* hosts on which it ever allocated anything */
	uint32_t passed;		  /* of these hosts: it leaks there, and is suppressed */
	uint32_t verdicts[VERDICT_KINDS]; /* of the others of these hosts */
	uint32_t ghosts;		  /* hosts on which frees of it were missed */
	struct merge_total all, quiet;	  /* on all hosts; on those where it does not leak */
	struct merge_total leaking;	  /* what leaks, where it leaks: as the leaks, added up */
	struct merge_leak *leaks;	  /* the fastest first */
	size_t leak_cnt;
	size_t earliest;	      /* of these; where leak_cnt is not 0 */
	size_t older;		      /* of these may be older than their recordings */
	struct merge_kernel *kernels; /* by number, from 1: see merge_kernel() */
	uint32_t kernel_cnt;	      /* that it was seen on: the highest number */
	char *reason;		      /* of the verdict on the fastest; NULL: leaks nowhere */
};

/* Caches of a release, by number, and their other names. */
struct merge_aliases {
	struct interner names, caches;
	struct merge_cache {
		uint32_t *names; /* by number */
		uint32_t count;
	} * list;
	uint32_t room;
};

enum merge_key { MERGE_BY_HOSTS, MERGE_BY_BYTES, MERGE_BY_OBJECTS, MERGE_BY_GROWTH };

struct merge {
	const struct merge_files *files;
	struct merge_host *hosts; /* in the order they were added */
	size_t host_cnt, host_room;
	struct merge_row *rows; /* after merge_rank(): as asked for */
	size_t row_cnt, row_room;
	struct interner names, releases;
	struct merge_aliases aliases;
	const struct suppressions *suppressions; /* what of all hosts is passed over; NULL: none */
	uint32_t *of_kernel;			 /* hosts by number of the release, from 1 */
	struct origin_sum *sums; /* of the report that is being added, by number of the name */
	enum merge_key key;
	size_t top;	  /* rows in text; 0: all */
	bool interrupted; /* not all hosts were added */
};

/* 0 or -ENOMEM. The files must live on. */
int merge_create(const struct merge_files *files, struct merge **ret_merge);
void merge_destroy(struct merge *m);
/* The report of a host; may go away afterwards. 0 or -errno; after that *m is of no use. */
int merge_add(struct merge *m, const struct merge_file *file, const struct report *r);
/* When all were added. 0 or -ENOMEM. */
int merge_rank(struct merge *m, enum merge_key key);

/* How many origins leak on some host; are suppressed there; how many hosts have a leak. */
size_t merge_leaks(const struct merge *m);
size_t merge_suppressed(const struct merge *m);
size_t merge_leaky_hosts(const struct merge *m);
/* Raw; from 1 to m->releases.count. */
const char *merge_release(const struct merge *m, uint32_t kernel);
/* Of a row, hosts with a release. */
struct merge_kernel merge_kernel(const struct merge_row *row, uint32_t kernel);

/*
 * Since when an origin leaks, in seconds since 1970: who leaks never frees, so the first
 * object that was lost is still there, and no leak is older than the oldest survivor (where
 * one stack leaks: than the first survivor of that, to a 64th of the time of booking).
 * *ret_or_before: so soon after the beginning that it may have been leaking all along; the
 * first of n that come by chance comes later than 3 mean pauses once in 20 times.
 */
double merge_since(const struct report *r, const struct snapshot_origin *o, bool *ret_or_before);

/* What must be known to read it right: sentences, without an end of line, safe to print. */
#define MERGE_NOTE 1024
void merge_notes(const struct merge *m, void (*take)(void *arg, const char *note), void *arg);

/* Both return 0 or -errno; nothing is written before the whole of it is made. */
int merge_text(const struct merge *m, FILE *out);
int merge_json(const struct merge *m, FILE *out);

#endif
