// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight trace: book for a while, then report what is still live.
 *
 * A trace ends by its duration or by the first SIGINT or SIGTERM; both give the
 * same report. A second signal ends the process at once.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "cli.h"
#include "collect.h"
#include "governor.h"
#include "instance.h"
#include "interrupt.h"
#include "progress.h"
#include "report.h"
#include "say.h"
#include "text.h"
#include "trace_options.h"
#include "tracer.h"

#define STEP_S 0.25 /* between two looks at the ledger */

/* Everything a trace holds; released by trace_deinit() in the reverse order. */
struct trace {
	struct trace_options options;
	struct kernel kernel;
	struct hook hooks[HOOK_COUNT];
	struct symbols *symbols;
	struct slabs *before, *after;
	struct governor *governor;
	struct tracer *tracer;
	struct census *census; /* for the survivor check; NULL: there is none, because: */
	char unchecked[160];
	struct snapshot *snapshot;
	struct ss_count *counts; /* SS_ORIGINS, of the last step */
	struct ss_clock began;
	double start_s, duration_s;
	struct tracer_misses misses;
	uint64_t map_bytes;
	int instance, cgroup;
	bool decided[SS_CACHES]; /* by --cache */
	bool unwanted[SS_CACHES];
};

static void trace_deinit(struct trace *t)
{
	snapshot_destroy(t->snapshot);
	tracer_destroy(t->tracer);
	census_destroy(t->census);
	governor_destroy(t->governor);
	slabs_destroy(t->after);
	slabs_destroy(t->before);
	symbols_destroy(t->symbols);
	kernel_deinit(&t->kernel);
	free(t->counts);
	cleanup_close(&t->cgroup);
	cleanup_close(&t->instance);
}

static int out_of_memory(void)
{
	say("out of memory");
	return EXIT_FAILED;
}

/* -1 to go on, else the exit code; so with all steps below. */
static int check_kernel(struct trace *t)
{
	if (kernel_init(&t->kernel))
		return out_of_memory();
	if (t->kernel.need == KERNEL_OK)
		return -1;
	say("cannot trace: %s. See: slabsight doctor", t->kernel.why);
	return EXIT_NOTHING;
}

static int claim_instance(struct trace *t)
{
	pid_t other = 0;
	char pid[24] = "";

	t->instance = instance_claim(&other);
	if (t->instance == -EPERM)
		say("a process of another user holds slabsight's name; tracing all the same");
	if (t->instance != -EBUSY || t->options.force)
		return -1;
	if (other)
		snprintf(pid, sizeof(pid), " (pid %d)", (int)other);
	say("another slabsight%s is tracing; two cost twice as much: wait for it, or use --force",
	    pid);
	return EXIT_FAILED;
}

static int check_cache_glob(struct trace *t)
{
	const char *glob = t->options.cache, *near;
	char safe[96];

	if (!glob || !strcmp(glob, "kmalloc-large"))
		return -1;
	text_escape(glob, safe, sizeof(safe));
	if (!*slabs_names(t->before)) {
		say("cannot check --cache '%s': /sys/kernel/slab and /proc/slabinfo say nothing; "
		    "going on",
		    safe);
		return -1;
	}
	if (slabs_match_any(t->before, glob))
		return -1;
	near = text_nearest(glob, slabs_names(t->before));
	if (near)
		say("no cache matches '%s'; did you mean '%s'? All are in /sys/kernel/slab", safe,
		    near);
	else
		say("no cache matches '%s'; all are in /sys/kernel/slab", safe);
	return EXIT_USAGE;
}

static int open_cgroup(struct trace *t)
{
	char safe[128];

	if (!t->options.cgroup)
		return -1;
	t->cgroup = trace_options_open_cgroup(t->options.cgroup);
	if (t->cgroup >= 0)
		return -1;
	say("cgroup '%s': %s", text_escape(t->options.cgroup, safe, sizeof(safe)),
	    t->cgroup == -ENOTSUP ? "not a cgroup v2 directory" : strerror(-t->cgroup));
	return EXIT_USAGE;
}

static int read_names(struct trace *t)
{
	if (symbols_create(NULL, &t->symbols) || slabs_create(NULL, NULL, &t->before))
		return out_of_memory();
	if (symbols_hidden(t->symbols))
		say("call sites will have no names: /proc/kallsyms shows no addresses; needs "
		    "CAP_SYSLOG (or root), and kernel.kptr_restrict below 2");
	return -1;
}

/* Says so once, and downgrades the coverage, when function hooks are not called any more. */
static void check_entries(struct trace *t)
{
	if (tracer_entries_alive(t->tracer, t->hooks))
		return;
	hooks_lose_entries(t->hooks, "attached, but not called (kernel.ftrace_enabled=0?)");
	say("function hooks are not called: is kernel.ftrace_enabled 0? Coverage is partial");
}

static int start(struct trace *t)
{
	struct tracer_config config = {
		.objects = t->options.objects,
		.stack_interval = t->options.stack_interval,
		.min_size = t->options.min_size,
		.max_size = t->options.max_size,
		.comm = t->options.comm,
		.cgroup_fd = t->cgroup,
	};
	char why[160] = "";
	int err;

	t->counts = calloc(SS_ORIGINS, sizeof(*t->counts));
	if (!t->counts || governor_create(&t->governor))
		return out_of_memory();
	if (!census_create(&t->kernel, CENSUS_CHECK, &t->census, t->unchecked))
		census_bases(t->census, &config.direct_map, &config.memory_map);
	hooks_plan(&t->kernel, t->options.twice, t->hooks);
	err = tracer_create(&config, &t->kernel, t->symbols, t->hooks, &t->tracer, why);
	if (err) {
		say("%s", why);
		return err == -EOPNOTSUPP ? EXIT_NOTHING : EXIT_FAILED;
	}
	if (!t->census)
		say("no survivor check: %s", t->unchecked);
	check_entries(t);
	err = tracer_clock(t->tracer, &t->began);
	if (err) {
		say("cannot read the kernel's clock: %s", strerror(-err));
		return EXIT_FAILED;
	}
	tracer_book(t->tracer);
	t->start_s = clock_s() - t->start_s;
	return -1;
}

/* Origins in caches that --cache does not want are skipped as soon as they are known. */
static void apply_cache_filter(struct trace *t, const struct ledger *l)
{
	for (uint32_t i = SS_ORIGIN_FIRST; t->options.cache && i < SS_ORIGINS; i++) {
		uint32_t cache = l->origins[i].cache & (SS_CACHES - 1);
		char name[SS_CACHE_NAME];

		if (!l->origins[i].key || l->origins[i].flags & SS_ORIGIN_SKIP)
			continue;
		/* Its name is still being copied: next time. */
		if (cache >= SS_CACHE_FIRST && !(l->caches[cache].state & SS_CACHE_READY))
			continue;
		if (!t->decided[cache]) {
			snapshot_cache_name(l, cache, name);
			t->unwanted[cache] = !slabs_match(t->before, name, t->options.cache);
			t->decided[cache] = true;
		}
		if (t->unwanted[cache])
			tracer_skip(t->tracer, i);
	}
}

static void set_interval(void *tracer, uint32_t origin, uint32_t interval)
{
	tracer_set_interval(tracer, origin, interval);
}

static void watch(struct trace *t)
{
	const double began = clock_s(), end = began + t->options.duration_s;
	struct governor_progress numbers;
	struct progress progress;
	double last = began;

	progress_init(&progress, t->options.duration_s);
	while (!*interrupt_flag()) {
		double now = clock_s(), wait = STEP_S;
		struct ledger l;

		if (t->options.duration_s && now >= end)
			break;
		if (t->options.duration_s && end - now < wait)
			wait = end - now;
		nanosleep(&(struct timespec){.tv_nsec = (long)(wait * 1e9)}, NULL);
		tracer_view(t->tracer, &l);
		apply_cache_filter(t, &l);
		if (tracer_counts(t->tracer, t->counts))
			continue;
		l.counts = t->counts;
		now = clock_s();
		governor_step(t->governor, &l, now - last,
			      t->options.adapt_stacks ? set_interval : NULL, t->tracer, &numbers);
		last = now;
		symbols_refresh(t->symbols);
		progress_show(&progress, now - began, &numbers);
	}
	t->duration_s = clock_s() - began;
	progress_end(&progress);
}

static int collect(struct trace *t)
{
	struct ledger l;
	int err;

	check_entries(t);
	tracer_view(t->tracer, &l);
	apply_cache_filter(t, &l);
	err = collect_final(t->tracer, &t->began, t->census, &t->snapshot);
	if (err) {
		say("cannot read the ledger: %s", strerror(-err));
		return EXIT_FAILED;
	}
	if (t->snapshot->check_err) {
		snprintf(t->unchecked, sizeof(t->unchecked), "%s",
			 strerror(-t->snapshot->check_err));
		say("no survivor check: %s", t->unchecked);
	}
	tracer_misses(t->tracer, t->hooks, &t->misses);
	t->map_bytes = tracer_memory(t->tracer);
	tracer_destroy(t->tracer);
	t->tracer = NULL;
	symbols_refresh(t->symbols);
	if (slabs_create(NULL, NULL, &t->after))
		return out_of_memory();
	return -1;
}

static int print(struct trace *t)
{
	char host[65] = "";
	struct report report = {
		.command = "trace",
		.host = host,
		.release = t->kernel.name.release,
		.machine = t->kernel.name.machine,
		.duration_s = t->duration_s,
		.snapshot = t->snapshot,
		.symbols = t->symbols,
		.before = t->before,
		.after = t->after,
		.hooks = t->hooks,
		.grade = hooks_grade(t->hooks),
		.recursion_misses = t->misses.all,
		.skipped_allocs = t->misses.allocs,
		.skipped_frees = t->misses.frees,
		.unchecked = *t->unchecked ? t->unchecked : NULL,
		.map_bytes = t->map_bytes,
		.start_s = t->start_s,
		.reclaimable_bit = t->kernel.reclaimable_bit,
		.top = t->options.top,
		.show_addresses = t->options.show_addresses,
	};
	int err = snapshot_rank(t->snapshot, t->options.sort);

	if (!err)
		err = verdict_all(t->snapshot, t->kernel.reclaimable_bit, t->symbols);
	report.grade = report_grade(&report);
	gethostname(host, sizeof(host) - 1);
	if (!err)
		err = t->options.json ? report_json(&report, stdout) : report_text(&report, stdout);
	if (!err)
		return EXIT_DONE;
	say("cannot write the report: %s", strerror(-err));
	return EXIT_FAILED;
}

static void announce(const struct trace *t)
{
	char time[TEXT_NUMBER];

	fprintf(stderr, "tracing %s%s (coverage %s); Ctrl-C %s\n",
		t->options.duration_s ? "for " : "until Ctrl-C",
		t->options.duration_s ? text_seconds(t->options.duration_s, time) : "",
		hooks_grade_name(hooks_grade(t->hooks)),
		t->options.duration_s ? "ends early with a report" : "reports");
}

static int trace(struct trace *t)
{
	int (*const steps[])(struct trace *) = {
		check_kernel, claim_instance, read_names, open_cgroup, check_cache_glob,
	};
	int code = -1;

	for (size_t i = 0; i < ARRAY_SIZE(steps) && code < 0; i++)
		code = steps[i](t);
	if (code >= 0)
		return code;
	interrupt_watch();
	code = start(t);
	if (code >= 0)
		return code;
	announce(t);
	watch(t);
	code = collect(t);
	return code < 0 ? print(t) : code;
}

int cmd_trace(int argc, char **argv)
{
	struct trace t = {.instance = -1, .cgroup = -1, .start_s = clock_s()};
	int code = trace_options_parse(argc, argv, &t.options);

	if (code >= 0)
		return code;
	code = trace(&t);
	trace_deinit(&t);
	return code;
}
