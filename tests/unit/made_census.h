/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A census made up: caches, the kernel's own counts, contents of one cache.
 * Starts with no cache.
 */
#ifndef SS_MADE_CENSUS_H
#define SS_MADE_CENSUS_H

#include "census_report.h"

#define MADE_CENSUS_CACHES 64
#define MADE_RECLAIMABLE   0x20000u

struct made_census {
	struct census_cache caches[MADE_CENSUS_CACHES];
	size_t cache_cnt;
	struct slabs *slabs;
	struct clusters *clusters;
	struct census_contents contents;
	struct census_report report;
};

/* The census of the running test, and how that test begins and ends; *state is a sandbox. */
extern struct made_census census_made;

#define WITH_CENSUS(test)                                                                          \
	cmocka_unit_test_setup_teardown(test, made_census_setup, made_census_teardown)
int made_census_setup(void **state);
int made_census_teardown(void **state);

/* Slabs of one page; `live` objects in them. */
struct census_cache *made_census_cache(const char *name, uint32_t size, uint64_t slabs,
				       uint64_t live);
/*
 * dentry: 1,000 slabs, 20,000 live, 500 parked in four ways; kmalloc-192 with 13
 * aliases; kmalloc-64; an empty one.
 */
void made_census_fill(void);
/* The contents of a cache: `n` objects of each of `kinds` kinds of strings were read. */
void made_census_contents(const struct census_cache *cache, int kinds, int n);
/* Adds up and sorts; glob and key as in census_report_init(). */
void made_census_take(const char *glob, enum census_key key);

typedef int (*census_writer)(const struct census_report *, FILE *);
/* The whole report, to be freed. */
char *made_census_write(census_writer writer);
/* Full disk, closed and read-only streams: the error comes back. */
void made_census_check_errors(census_writer writer);

#endif
