// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arithmetic of the bench: floors, differences to the untraced floor, quotients of differences,
 * geometric means of quotients.
 *
 * Whoever shares the machine only ever adds time, for milliseconds or for minutes, and often more
 * than tracing does: medians of rounds then say who had the calmer turns. So a loop is timed in
 * slices, and the fastest tenth of them, of all rounds, is what the loop takes when it is let
 * alone. Not the very fastest: what tracing does seldom is in it too, as 2,000 stacks a second are.
 */
#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An addition smaller than this share of the untraced time is within what rounds differ by. */
#define NOISE_SHARE 0.02

#define FLOOR_SHARE 0.1

const char *const loop_names[LOOPS] = {"pipe", "open", "socketpair", "stat"};

const struct comparison comparisons[COMPARISONS] = {
	{"slabsight/4 empty", SLABSIGHT, EMPTY},
	{"--twice/6 empty", SLABSIGHT_TWICE, EMPTY_TWICE},
	{"bpftrace/slabsight", BPFTRACE, SLABSIGHT},
	{"bpftrace/--twice", BPFTRACE, SLABSIGHT_TWICE},
	{"perf/slabsight", PERF, SLABSIGHT},
	{"bpftrace/all stacks", BPFTRACE, SLABSIGHT_ALL},
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which @share of @cnt numbers lie, interpolated between two of them. */
static double quantile(const double *numbers, size_t cnt, double share)
{
	static double sorted[ROUNDS_MAX * LOOP_SLICES];
	double at = share * (double)(cnt - 1);
	size_t below = (size_t)at, above = below + 1 < cnt ? below + 1 : below;

	memcpy(sorted, numbers, cnt * sizeof(sorted[0]));
	qsort(sorted, cnt, sizeof(sorted[0]), compare);
	return sorted[below] + (sorted[above] - sorted[below]) * (at - (double)below);
}

bool results_have(const struct results *r, enum variant_id v)
{
	return r->round_cnt && r->wanted[v] && !r->why_not[v][0];
}

double results_floor(const struct results *r, enum variant_id v, size_t loop)
{
	return quantile(r->ns[v][loop][0], (size_t)r->round_cnt * LOOP_SLICES, FLOOR_SHARE);
}

double results_spread(const struct results *r, enum variant_id v, size_t loop)
{
	double floors[ROUNDS_MAX];

	for (unsigned int i = 0; i < r->round_cnt; i++)
		floors[i] = quantile(r->ns[v][loop][i], LOOP_SLICES, FLOOR_SHARE);
	return (quantile(floors, r->round_cnt, 0.75) - quantile(floors, r->round_cnt, 0.25)) / 2;
}

double results_added(const struct results *r, enum variant_id v, size_t loop)
{
	return results_floor(r, v, loop) - results_floor(r, UNTRACED, loop);
}

struct ratio results_ratio(const struct results *r, const struct comparison *c, size_t loop)
{
	struct ratio ratio = {.value = NAN};
	double below;

	if (!results_have(r, c->above) || !results_have(r, c->below))
		return ratio;
	below = results_added(r, c->below, loop);
	ratio.noisy = below < NOISE_SHARE * results_floor(r, UNTRACED, loop);
	if (below > 0)
		ratio.value = results_added(r, c->above, loop) / below;
	return ratio;
}

struct ratio results_geomean(const struct results *r, const struct comparison *c)
{
	struct ratio mean = {.value = NAN};
	double log_sum = 0;
	size_t cnt = 0;

	for (size_t loop = 0; loop < LOOPS; loop++) {
		struct ratio ratio = results_ratio(r, c, loop);

		if (ratio.value > 0) {
			log_sum += log(ratio.value);
			cnt++;
		}
		mean.noisy |= ratio.noisy || !(ratio.value > 0);
	}
	if (cnt)
		mean.value = exp(log_sum / (double)cnt);
	return mean;
}

double prog_list_ns_per_run(const struct prog_list *list)
{
	unsigned long long runs = 0, ns = 0;

	for (size_t i = 0; i < list->cnt; i++) {
		runs += list->progs[i].runs;
		ns += list->progs[i].run_ns;
	}
	return runs ? (double)ns / (double)runs : NAN;
}
