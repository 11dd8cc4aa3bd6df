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

static uint64_t events(const struct snapshot *s)
{
	return s->allocs + s->frees + s->frees_unknown;
}

/* Around a command most time passes without booking, and unknown frees are counted all the time. */
static uint64_t events_booked(const struct report *r)
{
	return r->run ? r->snapshot->allocs + r->snapshot->frees : events(r->snapshot);
}

double report_skipped(const struct report *r)
{
	uint64_t skipped = r->skipped_allocs + r->skipped_frees;

	return skipped ? (double)skipped / (skipped + events(r->snapshot)) : 0;
}

enum coverage_grade report_grade(const struct report *r)
{
	bool missed =
		r->snapshot->ghosts || r->snapshot->stale || report_skipped(r) > REPORT_SKIPPED_MAX;

	return r->grade == COVERAGE_FULL && missed ? COVERAGE_PARTIAL : r->grade;
}

double report_rate(const struct report *r)
{
	return r->duration_s > 0 ? events_booked(r) / r->duration_s : 0;
}

static bool has_leak_verdict(const struct snapshot_origin *o)
{
	return o->verdict && o->verdict->kind == VERDICT_LEAK;
}

/* Where one stack gave the leak away, that stack has to be passed over. */
const char *report_suppressor(const struct snapshot_origin *o)
{
	if (o->suppressed_by || !has_leak_verdict(o) || !o->verdict->by_stack)
		return o->suppressed_by;
	return o->stacks[o->verdict->stack].suppressed_by;
}

static bool is_suppressed(const struct snapshot_origin *o)
{
	return report_suppressor(o);
}

bool report_is_leak(const struct snapshot_origin *o)
{
	return has_leak_verdict(o) && !is_suppressed(o);
}

size_t report_leaks(const struct report *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->snapshot->origin_cnt; i++)
		count += report_is_leak(&r->snapshot->origins[i]);
	return count;
}

size_t report_suppressed(const struct report *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->snapshot->origin_cnt; i++)
		count += has_leak_verdict(&r->snapshot->origins[i]) &&
			 is_suppressed(&r->snapshot->origins[i]);
	return count;
}
