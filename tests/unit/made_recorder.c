// SPDX-License-Identifier: GPL-2.0-or-later
/* Books that are recorded while they change. */
#include "fixture.h"

#include "made_recorder.h"
#include "made_recording.h"

struct recorder *made_recorder_create(const char *path, uint64_t max_bytes)
{
	struct recorder *r = NULL;

	assert_int_equal(recorder_create(path, &made_run, max_bytes, "/nonexistent", &r), 0);
	return r;
}

void made_recorder_take(struct recorder *r, double at_s)
{
	const struct recorder_moment m = {.at_s = at_s};

	made.report.duration_s = at_s;
	made_report_take(&made);
	assert_int_equal(recorder_take(r, &m, &made.report), 0);
}

static double live(void *arg, uint32_t origin)
{
	const struct ledger *l = arg;

	return (double)(l->counts[origin].allocs - l->counts[origin].frees);
}

void made_recorder_count(struct recorder *r, double at_s)
{
	const struct recorder_moment m = {.at_s = at_s};
	struct ledger l = made.ledger.view;

	l.counts = made.ledger.counts;
	assert_int_equal(recorder_count(r, &m, &l, made.symbols, live, &l), 0);
}

void made_recorder_sites(uint32_t *ret_origins, uint32_t count)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "kmalloc-64", 64, 64), task = made_task(m, "ls");

	for (uint32_t i = 0; i < count; i++) {
		uint64_t site = MADE_OTHER + 0x200 * i + 5;

		ret_origins[i] = made_origin(m, cache, site, 64, SS_ORIGIN_KMALLOC);
		made_object(m, ret_origins[i],
			    made_rec(m, ret_origins[i], made_stack(m, &site, 1), task), 0, 700, 50);
	}
}
