/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels merge other caches, and call a merged one by another of its names: what is UDP on
 * one release is signal_cache on another. Rows of one call site are one when their caches go
 * by one name, each on a release where it was seen, and no release has seen two of them.
 */
#ifndef SS_MERGE_ALIAS_H
#define SS_MERGE_ALIAS_H

#include "merge.h"

/* What the caches of a report are called besides, on its release. 0 or -ENOMEM. */
int merge_alias_add(struct merge_aliases *a, uint32_t kernel, const struct report *r);
/* Makes one row of those that are; the order of rows is of no account. 0 or -ENOMEM. */
int merge_alias_join(struct merge *m);
void merge_alias_deinit(struct merge_aliases *a);

#endif
