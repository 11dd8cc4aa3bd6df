/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of interval.h share. */
#ifndef SS_INTERVAL_PRIVATE_H
#define SS_INTERVAL_PRIVATE_H

#include "interval.h"

/*
 * Stacks and tasks of an origin, which was `before` (NULL: was not) and whose objects are
 * those of the interval already. 0 or -ENOMEM; they are of no use then, but can be freed.
 */
int interval_make_stacks(const struct interval_window *w, const struct interval_growth *growth,
			 const struct snapshot_origin *before, struct snapshot_origin *o);
/* What one has, not itself. */
void interval_free_stack(struct snapshot_stack *st);

#endif
