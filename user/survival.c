// SPDX-License-Identifier: GPL-2.0-or-later
/* Survival analysis of a population in bins. Sources of the formulas: survival.h. */
#include "survival.h"

#include <math.h>

#define Z_95	     1.6448536269514722 /* 95 % of the normal distribution */
#define Z_999	     3.0902323061678132 /* 99.9 % */
#define SLOWING	     0.6
#define MOST_OF_THEM 0.8

double survival_bin_s(const struct survival_clock *clock, int bin)
{
	return bin ? clock->tick_s * (double)(1ull << bin) : 0;
}

double survival_share(const struct snapshot_lives *lives, int bin)
{
	double at_risk = 0, share = 1;

	for (int i = 0; i < SS_LIFE_BINS; i++)
		at_risk += lives->died[i] + lives->alive[i];
	for (int i = 0; i < bin; i++) {
		double exposed = at_risk - lives->alive[i] / 2.0;

		if (exposed <= 0)
			return NAN;
		share *= 1 - lives->died[i] / exposed;
		at_risk -= lives->died[i] + lives->alive[i];
	}
	return at_risk > 0 || !share ? share : NAN;
}

double survival_events_max(double seen)
{
	double k = 2 * (seen + 1), w = 2 / (9 * k);

	if (seen <= 0)
		return -log(0.05);
	return k / 2 * pow(1 - w + Z_95 * sqrt(w), 3);
}

/* Births are taken as spread over their slice evenly: they are as old as its middle. */
static double slice_age_s(const struct survival_clock *clock, int slice)
{
	return clock->settled_s +
	       clock->booked_s * (SNAPSHOT_SLICES - slice - 0.5) / SNAPSHOT_SLICES;
}

void survival_tail(const struct snapshot_lives *lives, const struct survival_clock *clock, int bin,
		   double unseen, struct survival_tail *ret_tail)
{
	struct survival_tail t = {.from_s = survival_bin_s(clock, bin), .died = unseen};
	double more_s = 0;

	for (int i = bin; i < SS_LIFE_BINS; i++) {
		t.alive += lives->alive[i];
		if (!lives->died[i])
			continue;
		t.died += lives->died[i];
		t.exposure_s += lives->died[i] * (survival_bin_s(clock, i) - t.from_s);
		more_s += lives->died[i] * fmax(survival_bin_s(clock, i), clock->tick_s) / 2;
	}
	/* This is what most of the time goes into that many verdicts take: most slices are empty.
	 */
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		if (lives->born[i])
			t.exposure_s += lives->born[i] * fmax(slice_age_s(clock, i) - t.from_s, 0);
	t.hazard_max = survival_events_max(t.died) / t.exposure_s;
	if (t.died > 0)
		t.hazard = t.died / (t.exposure_s + more_s);
	t.half_life_min_s = t.exposure_s > 0 ? M_LN2 / t.hazard_max : 0;
	*ret_tail = t;
}

/* Fewest slices in a row that hold most of the births; of several such rows the last. */
static void find_widest(const uint64_t *born, struct survival_spread *s)
{
	const uint64_t want = ceil(s->births * MOST_OF_THEM);
	uint64_t in = 0;
	int from = 0;

	s->widest = s->slice_cnt;
	for (int to = 0; to < s->slice_cnt; to++) {
		in += born[to];
		for (; in - born[from] >= want && from < to; from++)
			in -= born[from];
		if (in >= want && to - from + 1 <= s->widest) {
			s->widest = to - from + 1;
			s->since = s->slice_cnt - 1 - to;
		}
	}
}

void survival_spread(const struct snapshot_lives *lives, const double *weights, int slice_cnt,
		     struct survival_spread *ret_spread)
{
	struct survival_spread s = {.slice_cnt = slice_cnt};
	double first = 0, second = 0, variance = 0;
	int gap = 0;

	for (int i = 0; i < slice_cnt; i++) {
		const double weight = weights ? weights[i] : 1, births = weight * lives->born[i];

		/* Of an odd number of slices, the middle one belongs to neither half. */
		if (i < slice_cnt / 2)
			first += births;
		else if (i >= slice_cnt - slice_cnt / 2)
			second += births;
		if (i < slice_cnt / 2 || i >= slice_cnt - slice_cnt / 2)
			variance += weight * births;
		s.births += lives->born[i];
		s.occupied += lives->born[i] > 0;
		if (lives->born[i] && s.occupied > 1 && gap > s.inner_gap)
			s.inner_gap = gap;
		gap = lives->born[i] ? 0 : gap + 1;
		s.gap = gap > s.gap ? gap : s.gap;
	}
	s.last_gap = gap;
	find_widest(lives->born, &s);
	s.slowing = second < SLOWING * first && first - second > Z_95 * sqrt(variance);
	s.thinning = first < SLOWING * second && second - first > Z_999 * sqrt(variance);
	*ret_spread = s;
}

int survival_gap_after(const struct snapshot_lives *lives, int slice)
{
	int longest = 0, gap = 0;

	for (int i = 0; i < SNAPSHOT_SLICES; i++) {
		gap = lives->born[i] ? 0 : gap + 1;
		if (i >= slice && gap > longest)
			longest = gap;
	}
	return slice < SNAPSHOT_SLICES ? longest : gap;
}

int survival_slices_before(const struct survival_clock *clock, double age_s)
{
	double slices;

	if (clock->booked_s <= 0)
		return 0;
	slices = SNAPSHOT_SLICES * (1 - (age_s - clock->settled_s) / clock->booked_s);
	return slices <= 0 ? 0 : slices >= SNAPSHOT_SLICES ? SNAPSHOT_SLICES : (int)slices;
}
