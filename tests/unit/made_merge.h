/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of many hosts that are made up, merged. */
#ifndef SS_MADE_MERGE_H
#define SS_MADE_MERGE_H

#include "made_diff.h"
#include "merge.h"

#define MADE_MERGE_HOSTS 8

/* Of the running test. */
extern struct merge_file made_merge_files[MADE_MERGE_HOSTS];
extern struct merge_files made_merge_list;
extern struct merge *made_merge;

#define WITH_MERGE(test)                                                                           \
	cmocka_unit_test_setup_teardown(test, made_merge_setup, made_merge_teardown)
int made_merge_setup(void **state);
int made_merge_teardown(void **state);

/* The side as the next host. */
void made_merge_add(struct made_side *s, const char *host);
/* When all were added. */
void made_merge_rank(enum merge_key key);
/* The row of a function; fails when there is none. */
const struct merge_row *made_merge_row(const char *function);
/* As text or JSON, to be freed. */
char *made_merge_write(int (*writer)(const struct merge *, FILE *));

#endif
