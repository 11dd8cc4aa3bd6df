/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row of a merge, to which hosts are added one after the other. */
#ifndef SS_MERGE_ROWS_H
#define SS_MERGE_ROWS_H

#include "merge.h"

/* An origin of a host that leaks; all of one host in turn. 0 or -ENOMEM. */
int merge_row_add_leak(struct merge_row *row, uint32_t host, const struct report *r,
		       const struct snapshot_origin *o);
/* All that a host has of the name, when its leaks were added. 0 or -ENOMEM. */
int merge_row_end(struct merge_row *row, const struct merge_host *h, const struct report *r,
		  struct origin_sum *sum);
/*
 * What is of `from` goes to the other, which no host has that has `from`; nothing is left of
 * it, not even after an error. 0 or -ENOMEM.
 */
int merge_row_join(struct merge_row *to, struct merge_row *from);
/* The fastest leak first; and which is the earliest. */
void merge_row_rank(struct merge_row *row);
/* By what is asked for, the largest first, and then hosts, growth, bytes, name. */
int merge_row_compare(const struct merge_row *x, const struct merge_row *y, enum merge_key key);
void merge_row_deinit(struct merge_row *row);

#endif
