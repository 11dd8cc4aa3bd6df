/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of interval.h share. */
#ifndef SS_INTERVAL_PRIVATE_H
#define SS_INTERVAL_PRIVATE_H

#include "interner.h"
#include "interval.h"

/* Rows by their bytes; all that there are is added before anything is looked for. */
struct interval_index {
	struct interner keys;
	uint32_t known; /* of these: the others were only asked for */
	size_t *rows;	/* by number: the first that has the key */
};

/* room: of how many rows at most. 0 or -ENOMEM; is to be released in either case. */
int interval_index_init(struct interval_index *x, size_t room);
void interval_index_deinit(struct interval_index *x);
/* 1; 0: a row before has these bytes, too, and is the one that is found; or -ENOMEM. */
int interval_index_add(struct interval_index *x, const void *key, size_t size, size_t row);
/* 1 and its row; 0: there is none; or -ENOMEM. */
int interval_index_find(struct interval_index *x, const void *key, size_t size, size_t *ret_row);

/*
 * Stacks and tasks of an origin, which was `before` (NULL: was not) and whose objects are
 * those of the interval already. 0 or -ENOMEM; they are of no use then, but can be freed.
 */
int interval_make_stacks(const struct interval_window *w, const struct interval_growth *growth,
			 const struct snapshot_origin *before, struct snapshot_origin *o);
/* What one has, not itself. */
void interval_free_stack(struct snapshot_stack *st);

#endif
