/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two reports that are made up, and the difference of them. */
#ifndef SS_MADE_DIFF_H
#define SS_MADE_DIFF_H

#include "diff.h"
#include "report_source.h"

#define MADE_DIFF_MOST 12
#define MADE_DIFF_MANY (1 << 20) /* bytes */

/* One report; each origin has a function of its own, at another address in each report. */
struct made_side {
	uint64_t base;
	struct snapshot snapshot;
	struct snapshot_cache caches[MADE_DIFF_MOST];
	struct snapshot_origin origins[MADE_DIFF_MOST];
	struct verdict verdicts[MADE_DIFF_MOST];
	struct symbols_entry functions[MADE_DIFF_MOST + 1];
	struct hook hooks[HOOK_COUNT];
	struct report_source source;
	struct symbols *symbols;
	struct report report;
};

/* Of the running test, 30 s each of full coverage; made_difference after made_diff(). */
extern struct made_side made_a, made_b;
extern struct diff *made_difference;

#define WITH_DIFF(test) cmocka_unit_test_setup_teardown(test, made_diff_setup, made_diff_teardown)
int made_diff_setup(void **state);
int made_diff_teardown(void **state);

/* An origin of objects of 64 bytes. function NULL: it has no name; "": beyond the table. */
struct snapshot_origin *made_diff_put(struct made_side *s, const char *cache, const char *function,
				      const char *module, uint64_t bytes, enum verdict_kind kind);
/* Names of its functions: of those that are there now, or none. */
void made_diff_name(struct made_side *s, bool hidden);
/* --count-caches, of what is compared next. */
extern bool made_diff_counts_caches;
/* Compares; `percent` of --growth. */
void made_diff_by(double percent);
void made_diff(void);
/* The row of a function; fails when there is none. */
const struct diff_row *made_diff_row(const char *function);
/* As text or JSON, to be freed. */
char *made_diff_write(int (*writer)(const struct diff *, FILE *));

#endif
