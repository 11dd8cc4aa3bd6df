// SPDX-License-Identifier: GPL-2.0-or-later
/* Since when an origin leaks. */
#include <math.h>

#include "merge.h"
#include "report_source.h"

#define PAUSES                                                                                     \
	3.0 /* -ln 0.05: the first of events that come by chance is later once in 20 times         \
	     */

/* Survivors, and the age of the oldest. */
static uint64_t oldest_of_stack(const struct snapshot *s, const struct snapshot_stack *st,
				double *ret_age_s)
{
	uint64_t births = 0;

	for (int i = SNAPSHOT_SLICES - 1; i >= 0; i--) {
		if (st->lives.born[i])
			*ret_age_s = s->settled_s +
				     s->booked_s * (SNAPSHOT_SLICES - i) / SNAPSHOT_SLICES;
		births += st->lives.born[i];
	}
	return births;
}

double merge_since(const struct report *r, const struct snapshot_origin *o, bool *ret_or_before)
{
	const struct snapshot *s = r->snapshot;
	const struct verdict *v = o->verdict;
	double age_s = o->age_max_s, of_stack_s = age_s, after_s, length_s;
	uint64_t births = o->booked;

	if (v && v->by_stack && v->stack < o->stack_cnt) {
		births = oldest_of_stack(s, &o->stacks[v->stack], &of_stack_s);
		age_s = fmin(age_s, of_stack_s);
	}
	length_s = s->booked_s + s->settled_s;
	after_s = fmax(length_s - age_s, 0);
	*ret_or_before = after_s <= fmax(s->booked_s / SNAPSHOT_SLICES,
					 births ? PAUSES * s->booked_s / births : 0);
	return r->source->began + fmax(r->source->at_s - age_s, 0);
}
