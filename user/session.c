// SPDX-License-Identifier: GPL-2.0-or-later
/* From the checks of a trace to the end of its booking. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cgroup_directory.h"
#include "cleanup.h"
#include "clock.h"
#include "instance.h"
#include "interrupt.h"
#include "progress.h"
#include "report_file.h"
#include "say.h"
#include "session.h"
#include "session_private.h"
#include "text.h"

#define STEP_S 0.25 /* between two looks at the ledger */

void session_init(struct session *s, const char *command)
{
	*s = (struct session){
		.command = command,
		.instance = -1,
		.cgroup = -1,
		.start_s = clock_s(),
		.out = stdout,
	};
	run_cgroup_init(&s->own);
}

void session_deinit(struct session *s)
{
	snapshot_destroy(s->snapshot);
	tracer_destroy(s->tracer);
	census_destroy(s->census);
	governor_destroy(s->governor);
	slabs_destroy(s->after);
	slabs_destroy(s->before);
	symbols_destroy(s->symbols);
	kernel_deinit(&s->kernel);
	suppressions_destroy(s->suppressions);
	free(s->unreclaimed);
	addresses_deinit(&s->interrupts);
	cgroups_destroy(s->cgroups);
	free(s->spans);
	free(s->counts);
	cleanup_close(&s->cgroup);
	run_cgroup_deinit(&s->own);
	cleanup_close(&s->instance);
	if (s->out != stdout)
		cleanup_fclose(&s->out);
}

static int out_of_memory(void)
{
	say("out of memory");
	return EXIT_FAILED;
}

static int check_kernel(struct session *s)
{
	if (kernel_init(&s->kernel))
		return out_of_memory();
	if (s->kernel.need == KERNEL_OK)
		return -1;
	say("cannot trace: %s. See: slabsight doctor", s->kernel.why);
	return EXIT_NOTHING;
}

static int claim_instance(struct session *s)
{
	pid_t other = 0;
	char pid[24] = "";

	s->instance = instance_claim(&other);
	if (s->instance == -EPERM)
		say("a process of another user holds slabsight's name; tracing all the same");
	if (s->instance != -EBUSY || s->options.force)
		return -1;
	if (other)
		snprintf(pid, sizeof(pid), " (pid %d)", (int)other);
	say("another slabsight%s is tracing; two cost twice as much: wait for it, or use --force",
	    pid);
	return EXIT_FAILED;
}

static int check_cache_glob(struct session *s)
{
	const char *glob = s->options.cache, *near;
	char safe[96];

	if (!glob || !strcmp(glob, "kmalloc-large"))
		return -1;
	text_escape(glob, safe, sizeof(safe));
	if (!*slabs_names(s->before)) {
		say("cannot check --cache '%s': /sys/kernel/slab and /proc/slabinfo say nothing; "
		    "going on",
		    safe);
		return -1;
	}
	if (slabs_match_any(s->before, glob))
		return -1;
	near = text_nearest(glob, slabs_names(s->before));
	if (near)
		say("no cache matches '%s'; did you mean '%s'? All are in /sys/kernel/slab", safe,
		    near);
	else
		say("no cache matches '%s'; all are in /sys/kernel/slab", safe);
	return EXIT_USAGE;
}

static int open_cgroup(struct session *s)
{
	char safe[128];

	if (!s->options.cgroup)
		return -1;
	s->cgroup = cgroup_directory_open(s->options.cgroup);
	if (s->cgroup >= 0)
		return -1;
	say("cgroup '%s': %s", text_escape(s->options.cgroup, safe, sizeof(safe)),
	    s->cgroup == -ENOTSUP ? "not a cgroup v2 directory" : strerror(-s->cgroup));
	return EXIT_USAGE;
}

/* Last, because it is to be removed again: nothing else may be refused after it. */
static int make_own_cgroup(struct session *s)
{
	if (!s->options.command)
		return -1;
	run_cgroup_create(cgroup_directory_open_own(), &s->own);
	if (s->own.fd < 0 && s->options.only_command) {
		say("--only-command: the command gets no cgroup of its own: %s", s->own.why);
		return EXIT_USAGE;
	}
	if (s->own.fd < 0)
		say("the command gets no cgroup of its own: %s; whether what it starts lives on "
		    "is not told",
		    s->own.why);
	else
		interrupt_removes(s->own.parent, s->own.name);
	if (!s->options.only_command)
		return -1;
	s->cgroup = fcntl(s->own.fd, F_DUPFD_CLOEXEC, 0);
	if (s->cgroup >= 0)
		return -1;
	say("cannot open the command's cgroup: %s", strerror(errno));
	return EXIT_FAILED;
}

/* Of each program that allocates, which cgroup it is in: nice to know, and not always to be had. */
static int find_cgroups(struct session *s)
{
	int err = kernel_try_cgroup_id();

	if (err) {
		s->no_cgroups = "this kernel cannot tell (CONFIG_CGROUPS)";
		return -1;
	}
	err = cgroups_create(NULL, &s->cgroups);
	if (err == -ENOMEM)
		return out_of_memory();
	if (err)
		s->no_cgroups = err == -ENOENT ? "cgroup v2 is not mounted"
					       : "cgroup v2 cannot be looked into";
	return -1;
}

/* Now, because to learn only at the end that there is no such directory would be late. */
static int open_output(struct session *s)
{
	return report_file_open(&s->options, &s->out);
}

static int read_suppressions(struct session *s)
{
	return report_file_suppressions(s->options.suppressions, &s->suppressions);
}

static int read_names(struct session *s)
{
	if (symbols_create(NULL, &s->symbols) || slabs_create(NULL, NULL, &s->before))
		return out_of_memory();
	if (symbols_hidden(s->symbols))
		say("call sites will have no names: /proc/kallsyms shows no addresses; needs "
		    "CAP_SYSLOG (or root), and kernel.kptr_restrict below 2");
	return -1;
}

void session_check_entries(struct session *s)
{
	if (tracer_entries_alive(s->tracer, s->hooks))
		return;
	hooks_lose_entries(s->hooks, "attached, but not called (kernel.ftrace_enabled=0?)");
	say("function hooks are not called: is kernel.ftrace_enabled 0? Coverage is partial");
}

static int load(struct session *s)
{
	struct tracer_config config = {
		.objects = s->options.objects,
		.stack_interval = s->options.stack_interval,
		.min_size = s->options.min_size,
		.max_size = s->options.max_size,
		.comm = s->options.comm,
		.cgroup_fd = s->cgroup,
		.cgroup_ids = s->cgroups != NULL,
	};
	char why[160] = "";
	int err;

	s->counts = calloc(SS_ORIGINS, sizeof(*s->counts));
	if (!s->counts || governor_create(&s->governor))
		return out_of_memory();
	if (!census_create(&s->kernel, CENSUS_CHECK, &s->census, s->unchecked))
		census_bases(s->census, &config.direct_map, &config.memory_map);
	hooks_plan(&s->kernel, s->options.twice, s->hooks);
	err = tracer_create(&config, &s->kernel, s->symbols, s->hooks, &s->tracer, why);
	if (err) {
		say("%s", why);
		return err == -EOPNOTSUPP ? EXIT_NOTHING : EXIT_FAILED;
	}
	if (!s->census)
		say("no survivor check: %s", s->unchecked);
	session_check_entries(s);
	return -1;
}

int session_start(struct session *s)
{
	int (*const steps[])(struct session *) = {
		check_kernel, read_suppressions, claim_instance, read_names,	  find_cgroups,
		open_cgroup,  check_cache_glob,	 open_output,	 make_own_cgroup,
	};
	int code = -1;

	for (size_t i = 0; i < ARRAY_SIZE(steps) && code < 0; i++)
		code = steps[i](s);
	if (code >= 0)
		return code;
	interrupt_watch();
	return load(s);
}

int session_book(struct session *s)
{
	bool first = !s->booked.boot_ns;
	int err = tracer_clock(s->tracer, &s->booked);

	/* In another tick than what was booked before: births tell one from the other. */
	while (!err && !first && s->booked.jiffies == s->settled.jiffies) {
		usleep(1000);
		err = tracer_clock(s->tracer, &s->booked);
	}
	if (err) {
		say("cannot read the kernel's clock: %s", strerror(-err));
		return EXIT_FAILED;
	}
	tracer_book(s->tracer);
	s->booked_s = clock_s();
	if (first) {
		s->began = s->booked;
		s->start_s = s->booked_s - s->start_s;
	}
	return -1;
}

void session_announce(const struct session *s, const char *until)
{
	fprintf(stderr, "tracing %s (coverage %s); Ctrl-C %s\n", until,
		hooks_grade_name(hooks_grade(s->hooks)),
		s->run			? "ends it, with a report"
		: s->options.duration_s ? "ends early with a report"
					: "reports");
}

void session_apply_cache_filter(struct session *s, const struct ledger *l)
{
	for (uint32_t i = SS_ORIGIN_FIRST; s->options.cache && i < SS_ORIGINS; i++) {
		uint32_t cache = l->origins[i].cache & (SS_CACHES - 1);
		char name[SS_CACHE_NAME];

		if (!l->origins[i].key || l->origins[i].flags & SS_ORIGIN_SKIP)
			continue;
		/* Its name is still being copied: next time. */
		if (cache >= SS_CACHE_FIRST && !(l->caches[cache].state & SS_CACHE_READY))
			continue;
		if (!s->decided[cache]) {
			snapshot_cache_name(l, cache, name);
			s->unwanted[cache] = !slabs_match(s->before, name, s->options.cache);
			s->decided[cache] = true;
		}
		if (s->unwanted[cache])
			tracer_skip(s->tracer, i);
	}
}

void session_name_cgroups(struct session *s, const struct ledger *l)
{
	uint64_t ids[SS_TASKS];
	size_t count = 0;

	for (uint32_t i = 0; i < SS_TASKS; i++)
		if (l->tasks[i].ready && l->tasks[i].cgroup)
			ids[count++] = l->tasks[i].cgroup;
	if (s->cgroups)
		cgroups_learn(s->cgroups, ids, count);
}

/* Where code has run, as the ledger has it now. 0 or -ENOMEM. */
static int list_what_ran(const struct session *s, struct addresses *ret_ran)
{
	struct ledger l;
	int err;

	tracer_view(s->tracer, &l);
	err = addresses_add(ret_ran, l.frames, l.frame_cnt);
	for (uint32_t i = SS_ORIGIN_FIRST; i < SS_ORIGINS && !err; i++) {
		const uint64_t site = l.origins[i].site;

		err = addresses_add(ret_ran, &site, site != 0);
	}
	for (uint32_t i = 0; i < SS_FREE_SITES && !err; i++) {
		const uint64_t site = ss_free_key_site(l.free_sites[i].key);

		err = addresses_add(ret_ran, &site, site != 0);
	}
	return err;
}

void session_refresh_symbols(struct session *s, const struct ledger *l)
{
	struct addresses ran = {};

	symbols_refresh(s->symbols, &(struct symbols_seen){l->frames, s->frames_seen, SS_FRAMES});
	s->frames_seen = l->frame_cnt;
	if (symbols_ask_what_ran(s->symbols) && !list_what_ran(s, &ran))
		symbols_what_ran(s->symbols, ran.at, ran.count);
	addresses_deinit(&ran);
}

static void set_interval(void *tracer, uint32_t origin, uint32_t interval)
{
	tracer_set_interval(tracer, origin, interval);
}

/* One look at the ledger, `seconds` after the last; false when it could not be read. */
static bool step(struct session *s, double seconds, struct governor_progress *ret_numbers)
{
	struct ledger l;

	tracer_view(s->tracer, &l);
	session_apply_cache_filter(s, &l);
	session_name_cgroups(s, &l);
	if (tracer_counts(s->tracer, s->counts))
		return false;
	l.counts = s->counts;
	governor_step(s->governor, &l, seconds, s->options.adapt_stacks ? set_interval : NULL,
		      s->tracer, ret_numbers);
	session_refresh_symbols(s, &l);
	s->ended |= s->each && !s->each(s, &l);
	return true;
}

void session_watch(struct session *s, double seconds, int fd)
{
	const double began = clock_s(), end = began + seconds;
	struct governor_progress numbers;
	struct progress progress;
	double last = began;
	bool ended = false;

	progress_init(&progress, seconds);
	while (!*interrupt_flag() && !ended && !s->ended) {
		double now = clock_s(), wait = STEP_S;
		struct pollfd poll = {.fd = fd, .events = POLLIN};

		if (seconds && now >= end)
			break;
		if (seconds && end - now < wait)
			wait = end - now;
		ended = ppoll(&poll, 1, &(struct timespec){.tv_nsec = (long)(wait * 1e9)}, NULL) >
			0;
		now = clock_s();
		if (!step(s, now - last, &numbers))
			continue;
		last = now;
		if (!s->quiet)
			progress_show(&progress, now - began, &numbers);
	}
	if (!s->quiet)
		progress_end(&progress);
}
