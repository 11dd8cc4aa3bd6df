// SPDX-License-Identifier: GPL-2.0-or-later
/* From a running tracer to a snapshot. */
#include <errno.h>
#include <math.h>
#include <time.h>

#include "cleanup.h"
#include "collect.h"

double collect_tick_s(const struct ss_clock *began, const struct ss_clock *now)
{
	/* What CONFIG_HZ offers on the architectures with BPF trampolines, and alpha's 1024. */
	static const double usual[] = {100, 250, 300, 1000, 1024};
	double ticks = now->jiffies - began->jiffies, s = (now->boot_ns - began->boot_ns) / 1e9;
	double best = 250, hz = s > 0 ? ticks / s : 0;

	if (ticks < 10)
		return 1 / best;
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (fabs(log(usual[i] / hz)) < fabs(log(best / hz)))
			best = usual[i];
	return 1 / best;
}

int collect_final(struct tracer *t, const struct ss_clock *began, struct snapshot **ret_snapshot)
{
	autofree struct ss_count *counts = calloc(SS_ORIGINS, sizeof(*counts));
	struct timespec before, after;
	struct ledger ledger;
	struct ss_clock now;
	int err;

	if (!counts)
		return -ENOMEM;
	err = tracer_clock(t, &now);
	if (err)
		return err;
	tracer_close_books(t);
	clock_gettime(CLOCK_MONOTONIC, &before);
	tracer_view(t, &ledger);
	err = tracer_counts(t, counts);
	if (err)
		return err;
	ledger.counts = counts;
	ledger.jiffies = (uint32_t)now.jiffies;
	ledger.tick_s = collect_tick_s(began, &now);
	err = snapshot_create(&ledger, true, ret_snapshot);
	if (err)
		return err;
	clock_gettime(CLOCK_MONOTONIC, &after);
	(*ret_snapshot)->took_s =
		after.tv_sec - before.tv_sec + (after.tv_nsec - before.tv_nsec) / 1e9;
	return 0;
}
