/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a report of births of dentries, for dentry_births_report.c; for no other file. */
#ifndef SS_DENTRY_BIRTHS_PRIVATE_H
#define SS_DENTRY_BIRTHS_PRIVATE_H

#include "dentry_births_report.h"
#include "top.h"

#define BORN_HALF 0.5

/* What a name is counted by; BORN_BY_FOLD: directories of like names are one. */
enum born_by { BORN_BY_PATH = 1, BORN_BY_PATTERN = 2, BORN_BY_FOLD = 4 };

/* By program, for qsort() and bsearch() of struct born_who. */
int born_by_program(const void *a, const void *b);

/*
 * The names, of one program or (NULL) of all, by some of what they are (BORN_BY_*,
 * or-ed); values[0] is the count to weigh by, the others come behind it. 0 or -ENOMEM.
 */
int born_roll(const struct dentry_births_report *r, const struct born_program *only, int what,
	      enum born_count weight, struct top **ret_table);
/* An entry of such a table, to be freed also when it fails. 0 or -ENOMEM. */
int born_read_name(const struct top_entry *e, int what, struct born_name *ret_name);
/* The first rows of such a table of all names. 0 or -ENOMEM. */
int born_add_names(struct dentry_births_report *r, int what, size_t rows_max,
		   struct born_names *names);
void born_names_deinit(struct born_names *names);
/*
 * Of some filesystems only: what their names say of programs, not what was counted.
 * The programs must be sorted by program.
 */
void born_filter_programs(struct dentry_births_report *r);

/* Call stacks, and where they enter. 0 or -ENOMEM. */
int born_add_sites(struct dentry_births_report *r);

/* The verdict, when all else is there. 0 or -ENOMEM. */
int born_judge(struct dentry_births_report *r);

#endif
