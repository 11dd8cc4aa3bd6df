/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Origins by name, over several reports.
 *
 * Origins are the same when the names are: that of the cache, and that of the function and
 * the module that the call site is in. Its offset is left out, and what a compiler (.isra.0,
 * .constprop.0) or Linux 6.10 (_noprof) puts behind a name: so two hosts, boots and kernels
 * compare. Origins of one name are added up.
 */
#ifndef SS_ORIGIN_NAME_H
#define SS_ORIGIN_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"
#include "report.h"

struct origin_name {
	const char *cache;    /* raw */
	const char *function; /* raw; NULL: no name */
	const char *module;   /* raw; NULL: the kernel itself */
	bool beyond;	      /* call sites for which the table had no room */
};

/*
 * The bytes that are the same where the names are, by the cache alone with `by_cache`; how
 * many. 0: too long for any name.
 */
#define ORIGIN_NAME_KEY 16384 /* names of a recording have 4096 at most */
size_t origin_name_key(const struct report *r, const struct snapshot_origin *o, bool by_cache,
		       char key[ORIGIN_NAME_KEY]);
/* What such bytes name; the strings point into them. */
void origin_name_of(const char *key, struct origin_name *ret_name);
/* By cache, function, module. */
int origin_name_compare(const struct origin_name *x, const struct origin_name *y);
/* By function and module alone. */
int origin_name_compare_site(const struct origin_name *x, const struct origin_name *y);

/* "kmalloc-16 at f [m]", safe to print; with `by_cache` the cache alone. */
#define ORIGIN_NAME (3 * LINES_ESCAPED + 64)
char *origin_name_text(const struct origin_name *name, bool by_cache, char buf[ORIGIN_NAME]);

/* What one report has of a name. Sums stop at INT64_MAX. */
struct origin_sum {
	size_t origins; /* of this name; 0: it never allocated anything */
	uint64_t allocs, frees, ghosts;
	uint64_t objects, bytes;	      /* live */
	uint64_t cache_bytes;		      /* of these, of origins whose verdict is cache */
	double objects_per_s, bytes_per_s;    /* these by the time of booking; 0: not known */
	const struct snapshot_origin *judged; /* whose verdict stands for all; NULL: origins is 0 */
	bool leak;			      /* that is a leak */
	bool passed_leak;		      /* one of them is a leak that is suppressed */
	size_t living;			      /* of these origins */
	const char *suppressed_by;	      /* raw: a pattern, if all of those are; or NULL */
};

void origin_sum_add(struct origin_sum *sum, const struct snapshot_origin *o);
/* When all of the report were added. */
void origin_sum_rate(struct origin_sum *sum, const struct report *r);
/* *sum += n, up to INT64_MAX. */
void origin_sum_count(uint64_t *sum, uint64_t n);

#endif
