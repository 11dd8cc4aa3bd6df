// SPDX-License-Identifier: GPL-2.0-or-later
/* What all formats share: numbers made of several others. */
#include "report.h"

bool report_slabinfo_delta(const struct report *r, const char *cache, int64_t *ret_delta)
{
	uint64_t before = 0, after;

	if (!r->before || !r->after || !slabs_active(r->after, cache, &after))
		return false;
	/* A cache that was not there before had no objects. */
	slabs_active(r->before, cache, &before);
	*ret_delta = (int64_t)(after - before);
	return true;
}

double report_rate(const struct report *r)
{
	const struct snapshot *s = r->snapshot;

	return r->duration_s > 0 ? (s->allocs + s->frees + s->frees_unknown) / r->duration_s : 0;
}
