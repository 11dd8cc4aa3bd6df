// SPDX-License-Identifier: GPL-2.0-or-later
/* Ages, births and deaths of an interval, out of those of the whole trace. */
#include <math.h>
#include <string.h>

#include "interval.h"

/* Ages of a bin, in ticks; the last has no end. */
static double bin_from(int bin)
{
	return bin ? (double)(1ull << bin) : 0;
}

static double bin_to(int bin)
{
	return bin + 1 < SS_LIFE_BINS ? (double)(1ull << (bin + 1)) : INFINITY;
}

/* The age of who was born when the interval began. */
static double oldest(const struct interval_window *w)
{
	return (w->length_s + w->settled_s) / w->tick_s;
}

/* The last bin that has ages of the interval. */
static int last_bin(const struct interval_window *w)
{
	int bin = 0;

	while (bin + 1 < SS_LIFE_BINS && bin_from(bin + 1) < oldest(w))
		bin++;
	return bin;
}

static uint64_t clamp(double n, uint64_t least, uint64_t most)
{
	return n <= least ? least : n >= most ? most : (uint64_t)llround(n);
}

struct interval_born interval_born(const struct interval_window *w,
				   const struct snapshot_lives *lives)
{
	uint64_t by_age = 0, maybe_by_age = 0, by_slice = 0, maybe_by_slice = 0;
	struct interval_born born;

	for (int i = 0; i <= last_bin(w); i++)
		*(bin_to(i) <= oldest(w) ? &by_age : &maybe_by_age) += lives->alive[i];
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		if (i + 1 > w->slice)
			*(i >= w->slice ? &by_slice : &maybe_by_slice) += lives->born[i];
	born.least = by_age > by_slice ? by_age : by_slice;
	born.most = by_age + maybe_by_age < by_slice + maybe_by_slice ? by_age + maybe_by_age
								      : by_slice + maybe_by_slice;
	/* Clocks are read one after the other: the two may contradict each other by a few. */
	if (born.most < born.least)
		born.most = born.least;
	born.about = clamp(by_slice + maybe_by_slice * (ceil(w->slice) - w->slice), born.least,
			   born.most);
	return born;
}

/* In which slice of the interval, with a fraction, one of this age was born. */
static double slice_of(const struct interval_window *w, double age)
{
	double slice = (oldest(w) - age) * w->tick_s / w->length_s * SNAPSHOT_SLICES;

	return slice < 0 ? 0 : slice > SNAPSHOT_SLICES ? SNAPSHOT_SLICES : slice;
}

/* How much of a slice is between two places. */
static double overlap(int slice, double from, double to)
{
	double begin = fmax(slice, from), end = fmin(slice + 1, to);

	return end > begin ? end - begin : 0;
}

/* Births of one age: where there was growth, else evenly. */
static void spread(uint64_t count, double from, double to, const struct interval_growth *growth,
		   uint64_t *born)
{
	double all = 0, sum = 0;
	uint64_t put = 0;
	bool grew = false;

	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		all += overlap(i, from, to) * growth->by[i];
	grew = all > 0;
	for (int i = 0; i < SNAPSHOT_SLICES && !grew; i++)
		all += overlap(i, from, to);
	for (int i = 0; i < SNAPSHOT_SLICES && all > 0; i++) {
		double share = overlap(i, from, to) * (grew ? growth->by[i] : 1);
		uint64_t until;

		if (!share)
			continue;
		sum += share;
		until = clamp(count * (sum / all), put, count);
		born[i] += until - put;
		put = until;
	}
	/* Of no length at all: with the last. */
	born[(int)fmin(fmax(ceil(to) - 1, 0), SNAPSHOT_SLICES - 1)] += count - put;
}

static void cut_deaths(const struct interval_window *w, const struct snapshot_lives *before,
		       struct snapshot_lives *lives)
{
	const int last = last_bin(w);

	for (int i = 0; before && i < SS_LIFE_BINS; i++)
		lives->died[i] -=
			before->died[i] < lives->died[i] ? before->died[i] : lives->died[i];
	for (int i = last + 1; i < SS_LIFE_BINS; i++) {
		lives->died[last] += lives->died[i];
		lives->died[i] = 0;
	}
}

void interval_cut(const struct interval_window *w, const struct snapshot_lives *before,
		  const struct interval_growth *growth, uint64_t born, struct snapshot_lives *lives)
{
	const int last = last_bin(w);
	uint64_t left = born;

	cut_deaths(w, before, lives);
	memset(lives->born, 0, sizeof(lives->born));
	for (int i = 0; i < SS_LIFE_BINS; i++) {
		/* The youngest first; whom the bins do not tell apart is in the last. */
		if (i > last)
			lives->alive[i] = 0;
		else if (i == last || lives->alive[i] > left)
			lives->alive[i] = left;
		left -= lives->alive[i];
		if (lives->alive[i])
			spread(lives->alive[i], slice_of(w, fmin(bin_to(i), oldest(w))),
			       slice_of(w, bin_from(i)), growth, lives->born);
	}
}
