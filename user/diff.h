/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two reports, A before and B after, held against each other: which origins are new,
 * gone, grown, shrunk. Text and JSON are written from it.
 *
 * Origins are matched by name: see origin_name.h.
 *
 * Traces of different lengths do not compare by bytes: what leaks is more after a longer one.
 * Nor by bytes a second: what is steady is the same after a longer one. So there, an origin
 * that is no leak has grown, or shrunk, only when both say so.
 */
#ifndef SS_DIFF_H
#define SS_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "origin_name.h"
#include "report.h"

#define DIFF_ALONE	  SIZE_MAX
#define DIFF_LENGTH	  1.1  /* lengths differ when one is more than this times the other */
#define DIFF_GROWTH	  10.0 /* percent */
#define DIFF_GROWTH_BYTES (64ull << 10) /* what is no leak has grown when it did by more */

enum diff_change {
	DIFF_NEW,  /* nothing live in A, something in B */
	DIFF_GONE, /* the other way round */
	DIFF_GROWN,
	DIFF_SHRUNK,
	DIFF_UNCLEAR, /* may be by the length of the trace alone */
	DIFF_SAME,
	DIFF_CHANGES,
};

/* What --fail-on-growth counts. */
enum diff_fault {
	DIFF_FINE,
	DIFF_LEAK_NEW,	 /* a leak in B and none in A */
	DIFF_LEAK_GROWN, /* a leak in both, and grown by more than the percentage */
	DIFF_GREW,	 /* no leak in B: by more than that, and than DIFF_GROWTH_BYTES */
	DIFF_DOUBTFUL,	 /* as DIFF_GREW, but not all frees were seen: does not count */
	DIFF_CACHE,	 /* as DIFF_GREW, but what grew is of verdict cache: does not count */
	DIFF_PASSED,	 /* one of the first three, but suppressed in B: does not count */
	DIFF_FAULTS,
};

struct diff_row {
	struct origin_name name;
	const char *cache_in_a; /* raw: by which name A has it; NULL: by the same */
	struct origin_sum a, b;
	int64_t objects, bytes; /* B minus A */
	double objects_per_s, bytes_per_s;
	enum diff_change change;
	enum diff_fault fault;
	size_t made_with; /* row of the leak that it was made together with in B; DIFF_ALONE */
};

struct interner;

struct diff {
	const struct report *a, *b;
	const char *a_name, *b_name; /* raw: of the files; set by who writes it */
	size_t top;		     /* rows in text, 0: all; the same */
	double growth_percent;
	bool count_caches;     /* there is no DIFF_CACHE: it is DIFF_GREW */
	bool one_trace;	       /* two moments of it: bytes compare whatever the length */
	bool by_rate;	       /* the lengths differ: sorted by growth a second, else by bytes */
	bool by_cache;	       /* one of them has no names of functions */
	struct diff_row *rows; /* the largest change first */
	size_t row_cnt;
	size_t changes[DIFF_CHANGES], faults[DIFF_FAULTS];
	struct interner *names;
};

/* The reports must live on. 0 or -ENOMEM. */
int diff_create(const struct report *a, const struct report *b, double growth_percent,
		bool count_caches, struct diff **ret_diff);
void diff_destroy(struct diff *d);
/*
 * Makes one row of two where kernels call a merged cache by different names of its.
 * diff_create() does, before rows are sorted. 0 or -ENOMEM.
 */
int diff_join_aliases(struct diff *d);
/*
 * Sets made_with of all rows: of leaks that are worse in the same way, which were made
 * together. diff_create() does. 0 or -ENOMEM.
 */
int diff_fold(struct diff *d);
/* Does --fail-on-growth fail for it? And for how many rows? */
bool diff_counts(enum diff_fault fault);
size_t diff_failed(const struct diff *d);

const char *diff_change_name(enum diff_change change);
const char *diff_fault_name(enum diff_fault fault); /* for JSON */

/* What must be known to read it right: hands over sentences, without an end of line, safe to print.
 */
#define DIFF_NOTE 512
void diff_notes(const struct diff *d, void (*take)(void *arg, const char *note), void *arg);

/* Both return 0 or -errno; nothing is written before the whole of it is made. */
int diff_text(const struct diff *d, FILE *out);
int diff_json(const struct diff *d, FILE *out);

#endif
