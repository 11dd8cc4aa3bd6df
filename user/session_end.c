// SPDX-License-Identifier: GPL-2.0-or-later
/* From the end of booking to the report. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "build_id.h"
#include "cgroup_directory.h"
#include "cleanup.h"
#include "clock.h"
#include "collect.h"
#include "contents.h"
#include "interrupt.h"
#include "interrupts.h"
#include "pins.h"
#include "report_file.h"
#include "say.h"
#include "session.h"
#include "session_private.h"
#include "text.h"

/* While the ledger is still mapped: what leaks is looked into. */
static int judge(struct session *s)
{
	const struct dentries_config flags = {
		.lru = s->kernel.dentry_lru,
		.killed = s->kernel.dentry_killed,
		.cursor = s->kernel.dentry_cursor,
		.persistent = s->kernel.dentry_persistent,
	};
	struct ledger l;
	int err = 0;

	tracer_view(s->tracer, &l);
	snapshot_view(s->snapshot, &l);
	if (s->census)
		err = pins_read(s->snapshot, &l, s->census, &flags);
	if (err)
		say("cannot tell which dentries are held: %s", strerror(-err));
	err = verdict_all(s->snapshot, s->kernel.reclaimable_bit, s->symbols);
	if (err || !s->census)
		return err;
	err = contents_read(s->snapshot, &l, s->census);
	if (err)
		say("cannot read what leaked objects hold: %s", strerror(-err));
	return 0;
}

int session_stop(struct session *s)
{
	int err;

	s->duration_s += clock_s() - s->booked_s;
	tracer_settle(s->tracer);
	err = tracer_clock(s->tracer, &s->settled);
	if (!err)
		return -1;
	say("cannot read the kernel's clock: %s", strerror(-err));
	return EXIT_FAILED;
}

int session_add_span(struct session *s)
{
	struct ledger_span *moved = realloc(s->spans, (s->span_cnt + 1) * sizeof(*s->spans));

	if (!moved) {
		say("out of memory");
		return -ENOMEM;
	}
	s->spans = moved;
	s->spans[s->span_cnt++] = (struct ledger_span){
		.begin = (uint32_t)s->booked.jiffies,
		.end = (uint32_t)s->settled.jiffies,
	};
	return 0;
}

void session_pause(const struct session *s)
{
	const struct settle_plan plan = {.rcu = s->options.settle_s != 0, .brief = true};
	struct settle settle;

	settle_run(&plan, NULL, interrupt_flag(), &settle);
}

void session_settle(struct session *s)
{
	struct settle_plan plan =
		settle_plan(s->hooks, settle_sheaves(NULL), s->options.settle_s, s->patient);
	char time[TEXT_NUMBER];

	interrupt_again();
	if (plan.wait_s >= 1)
		say("settling: waiting %s%s; Ctrl-C cuts it short", text_seconds(plan.wait_s, time),
		    plan.batches && !plan.asked ? " for kfree_rcu" : "");
	settle_run(&plan, NULL, interrupt_flag(), &s->settle);
	interrupt_heed();
}

/*
 * Whose memory.reclaim is meant: a descriptor, and in words where it is not of --cgroup.
 * The command's cgroup has one only where its parent hands the memory controller down.
 * What is charged to it is charged to the parent else, with all that is in there; but
 * not the root: that would be the whole machine. Negative: none, and why it is none.
 */
static int reclaimed_cgroup(const struct session *s, struct reclaim *ret_why)
{
	bool has_own = s->own.fd >= 0;
	int parent;

	if (s->options.cgroup)
		return fcntl(s->cgroup, F_DUPFD_CLOEXEC, 0);
	ret_why->whose = "the command's own";
	if (has_own && reclaim_has(s->own.fd))
		return fcntl(s->own.fd, F_DUPFD_CLOEXEC, 0);
	parent = cgroup_directory_open_own();
	ret_why->whose = has_own ? "slabsight's, to which the command's is charged: that has no "
				   "memory controller"
				 : "slabsight's, in which the command ran";
	/* The only one that has no type. */
	if (parent < 0 || !faccessat(parent, "cgroup.type", F_OK, 0))
		return parent;
	close(parent);
	ret_why->whose = NULL;
	snprintf(ret_why->why, sizeof(ret_why->why),
		 "the command has no cgroup with a memory controller, and the one above is the "
		 "root, which is the whole machine");
	return -ENOENT;
}

static int no_reclaim(struct session *s, const struct reclaim *why, int err)
{
	s->reclaim = *why;
	if (!*why->why)
		snprintf(s->reclaim.why, sizeof(s->reclaim.why), "the cgroup: %s", strerror(-err));
	say("cannot reclaim: %s; going on without", s->reclaim.why);
	return -1;
}

/* Only frees are booked now: what counts differ by afterwards was reclaimed. */
static int reclaim(struct session *s)
{
	const struct settle_plan again = {.rcu = true};
	struct settle settle;
	autoclose int cgroup = -1;
	struct reclaim found = {.how = s->options.reclaim};
	int err;

	if (s->options.reclaim == RECLAIM_NONE)
		return -1;
	if (s->options.reclaim == RECLAIM_CGROUP) {
		cgroup = reclaimed_cgroup(s, &found);
		if (cgroup < 0)
			return no_reclaim(s, &found, cgroup);
	}
	say("reclaiming (%s%s%s): %s", reclaim_name(s->options.reclaim), found.whose ? ": " : "",
	    found.whose ? found.whose : "", reclaim_costs(s->options.reclaim, cgroup));
	s->unreclaimed = calloc(SS_ORIGINS, sizeof(*s->unreclaimed));
	err = s->unreclaimed ? tracer_counts(s->tracer, s->unreclaimed) : -ENOMEM;
	if (err) {
		say("cannot read the ledger: %s", strerror(-err));
		return EXIT_FAILED;
	}
	interrupt_again();
	reclaim_run(s->options.reclaim, cgroup, NULL, interrupt_flag(), &s->reclaim);
	s->reclaim.whose = found.whose;
	if (!s->reclaim.done)
		say("cannot reclaim: %s; going on without", s->reclaim.why);
	settle_run(&again, NULL, interrupt_flag(), &settle);
	interrupt_heed();
	return -1;
}

/* Of a cgroup among others that are traced, what is left tells nothing of theirs. */
static bool reclaims_all(const struct session *s)
{
	return s->reclaim.done &&
	       (s->reclaim.how == RECLAIM_SLAB || s->options.cgroup || s->options.only_command);
}

static int close_books(struct session *s)
{
	const struct collect_trace trace = {
		.began = s->began,
		.settled = s->settled,
		.unreclaimed = s->reclaim.done ? s->unreclaimed : NULL,
		.spans = s->spans,
		.span_cnt = s->span_cnt,
		.cgroups = s->cgroups,
		.interrupts = &s->interrupts,
	};
	struct ledger l;
	int err;

	session_check_entries(s);
	tracer_view(s->tracer, &l);
	session_apply_cache_filter(s, &l);
	session_name_cgroups(s, &l);
	err = interrupts_read(s->symbols, &s->interrupts);
	if (!err)
		err = collect_final(s->tracer, &trace, s->census, &s->snapshot);
	if (err) {
		say("cannot read the ledger: %s", strerror(-err));
		return EXIT_FAILED;
	}
	if (s->snapshot->check_err) {
		snprintf(s->unchecked, sizeof(s->unchecked), "%s",
			 strerror(-s->snapshot->check_err));
		say("no survivor check: %s", s->unchecked);
	}
	s->snapshot->reclaim_all = reclaims_all(s);
	tracer_misses(s->tracer, s->hooks, &s->misses);
	s->map_bytes = tracer_memory(s->tracer);
	session_refresh_symbols(s, &l);
	err = judge(s);
	tracer_destroy(s->tracer);
	s->tracer = NULL;
	if (err || slabs_create(NULL, NULL, &s->after)) {
		say("out of memory");
		return EXIT_FAILED;
	}
	return -1;
}

int session_collect(struct session *s)
{
	int code = reclaim(s);

	return code < 0 ? close_books(s) : code;
}

const char *session_host(struct session *s)
{
	if (s->options.anonymous)
		snprintf(s->host, sizeof(s->host), "(anonymous)");
	else if (gethostname(s->host, sizeof(s->host) - 1))
		*s->host = '\0';
	return s->host;
}

/* When it was this late by the clock of BPF, which stops while the machine sleeps: since 1970. */
static double wall_clock(const struct ss_clock *clock)
{
	struct timespec wall, now;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(wall.tv_sec - now.tv_sec) + (wall.tv_nsec - now.tv_nsec) / 1e9 +
	       clock->boot_ns / 1e9;
}

void session_fill_report(struct session *s, struct report *ret_report)
{
	*ret_report = (struct report){
		.command = s->command,
		.host = session_host(s),
		.release = s->kernel.name.release,
		.machine = s->kernel.name.machine,
		.build_id = build_id_read(NULL, s->build_id),
		.began = wall_clock(&s->began),
		.duration_s = s->duration_s,
		.source = s->source,
		.run = s->run,
		.snapshot = s->snapshot,
		.symbols = s->symbols,
		.before = s->before,
		.after = s->after,
		.hooks = s->hooks,
		.grade = hooks_grade(s->hooks),
		.recursion_misses = s->misses.all,
		.skipped_allocs = s->misses.allocs,
		.skipped_frees = s->misses.frees,
		.no_cgroups = s->no_cgroups,
		.unchecked = *s->unchecked ? s->unchecked : NULL,
		.settle = &s->settle,
		.reclaim = s->options.reclaim == RECLAIM_NONE ? NULL : &s->reclaim,
		.map_bytes = s->map_bytes,
		.start_s = s->start_s,
		.reclaimable_bit = s->kernel.reclaimable_bit,
		.show_addresses = s->options.show_addresses,
	};
	if (s->snapshot)
		ret_report->grade = report_grade(ret_report);
}

int session_snapshot(struct session *s, struct snapshot **ret_snapshot)
{
	const struct collect_trace trace = {
		.began = s->began, .cgroups = s->cgroups, .interrupts = &s->interrupts};
	int err = interrupts_read(s->symbols, &s->interrupts);

	if (err)
		return err;
	tracer_misses(s->tracer, s->hooks, &s->misses);
	s->map_bytes = tracer_memory(s->tracer);
	return collect_now(s->tracer, &trace, ret_snapshot);
}

int session_report(struct session *s)
{
	struct report report;

	session_fill_report(s, &report);
	return report_file_finish(&s->options, &report, s->suppressions, &s->out);
}
