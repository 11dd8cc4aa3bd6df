// SPDX-License-Identifier: GPL-2.0-or-later
/* From a running tracer to a snapshot. */
#include <errno.h>
#include <math.h>
#include <time.h>

#include "cleanup.h"
#include "clock.h"
#include "collect.h"
#include "survivors.h"

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

/* The check while frees are booked, then no bookings at all. */
static int check_and_close(struct tracer *t, struct census *census, struct survivors *survivors,
			   double *ret_check_s)
{
	struct ledger ledger;
	double began;
	int err = 0;

	if (census) {
		began = clock_s();
		tracer_view(t, &ledger);
		err = survivors_check(survivors, &ledger, census);
		*ret_check_s = clock_s() - began;
	}
	tracer_close_books(t);
	return err;
}

int collect_final(struct tracer *t, const struct collect_trace *trace, struct census *census,
		  struct snapshot **ret_snapshot)
{
	autofree struct ss_count *counts = calloc(SS_ORIGINS, sizeof(*counts));
	struct survivors survivors = {};
	double check_s = 0, before;
	struct ledger ledger;
	struct ss_clock now;
	int err, check_err;

	if (!counts)
		return -ENOMEM;
	/* Without the check the report is worth less, and still worth a trace of hours. */
	check_err = check_and_close(t, census, &survivors, &check_s);
	before = clock_s();
	tracer_view(t, &ledger);
	err = tracer_clock(t, &now);
	if (!err)
		err = tracer_counts(t, counts);
	if (!err) {
		ledger.counts = counts;
		ledger.unreclaimed = trace->unreclaimed;
		ledger.spans = trace->spans;
		ledger.span_cnt = trace->span_cnt;
		ledger.cgroups = trace->cgroups;
		ledger.interrupts = trace->interrupts;
		ledger.began = (uint32_t)trace->began.jiffies;
		ledger.settled = (uint32_t)trace->settled.jiffies;
		ledger.jiffies = (uint32_t)now.jiffies;
		ledger.tick_s = collect_tick_s(&trace->began, &now);
		if (census && !check_err)
			survivors_mark(&survivors, &ledger);
		err = snapshot_create(&ledger, true, ret_snapshot);
	}
	if (!err) {
		(*ret_snapshot)->unread = survivors.unread;
		if (ledger.stale) {
			(*ret_snapshot)->stale_slots = survivors.stale;
			survivors.stale = NULL;
		}
	}
	survivors_deinit(&survivors);
	if (err)
		return err;
	(*ret_snapshot)->check_s = check_s;
	(*ret_snapshot)->check_err = check_err;
	(*ret_snapshot)->took_s = clock_s() - before;
	return 0;
}

int collect_now(struct tracer *t, const struct collect_trace *trace, struct snapshot **ret_snapshot)
{
	autofree struct ss_count *counts = calloc(SS_ORIGINS, sizeof(*counts));
	double before = clock_s();
	struct ledger ledger;
	struct ss_clock now;
	int err = counts ? tracer_clock(t, &now) : -ENOMEM;

	if (!err)
		err = tracer_counts(t, counts);
	if (err)
		return err;
	tracer_view(t, &ledger);
	ledger.counts = counts;
	ledger.cgroups = trace->cgroups;
	ledger.interrupts = trace->interrupts;
	ledger.began = (uint32_t)trace->began.jiffies;
	ledger.settled = ledger.jiffies = (uint32_t)now.jiffies;
	ledger.tick_s = collect_tick_s(&trace->began, &now);
	err = snapshot_create(&ledger, false, ret_snapshot);
	if (!err)
		(*ret_snapshot)->took_s = clock_s() - before;
	return err;
}
