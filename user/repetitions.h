/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Survivors by the repetition of a command in which they were born: a pass over
 * the object table counts them, origins and stacks of the snapshot get their sums.
 * Between repetitions nothing is booked, so each birth lies in one of them.
 */
#ifndef SS_REPETITIONS_H
#define SS_REPETITIONS_H

#include "snapshot.h"

struct repetitions;

/* 0 or -ENOMEM; *ret NULL where the ledger has no repetitions. All others take NULL. */
int repetitions_create(const struct ledger *l, struct repetitions **ret_repetitions);
void repetitions_destroy(struct repetitions *r);
/* A survivor with this meta word is in the books. */
void repetitions_count(struct repetitions *r, uint64_t meta);
/* Add those of an origin of the ledger. 0 or -ENOMEM. */
int repetitions_fill_origin(const struct repetitions *r, uint32_t origin, double scale,
			    struct snapshot_origin *to);
/* What every repetition left at least. */
void repetitions_least(const struct snapshot *s, struct snapshot_origin *o);
/* Those of a stack record; weighted as the stack's share of an origin without all stacks is. */
int repetitions_fill_stack(const struct repetitions *r, uint32_t rec, bool weighted,
			   struct snapshot_stack *to);
/* Fold those of one entry into another's, and release them. */
void repetitions_merge(const struct repetitions *r, uint64_t **to, uint64_t **from);
/* Weights whose sum is `total` become numbers whose sum is `objects`. */
void repetitions_scale(const struct repetitions *r, uint64_t *numbers, double total,
		       uint64_t objects);

#endif
