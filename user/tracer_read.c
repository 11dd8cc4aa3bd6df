// SPDX-License-Identifier: GPL-2.0-or-later
/* A tracer that runs: opens and closes the books, hands out the ledger's memory, tells the cost. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "cleanup.h"
#include "grace.h"
#include "tracer_private.h"

/* What the copies of kfree's program at its entry left behind, on any CPU. */
static bool freeing_seen(const struct tracer *t, uint64_t *per_cpu)
{
	uint32_t twins = SS_TWINS_KFREE;

	if (bpf_map_lookup_elem(bpf_map__fd(t->skel->maps.ss_busy_with), &twins, per_cpu))
		return true;
	for (int cpu = 0; cpu < t->cpu_cnt; cpu++)
		if (per_cpu[cpu])
			return true;
	return false;
}

bool tracer_entries_alive(const struct tracer *t, const struct hook hooks[HOOK_COUNT])
{
	autofree uint64_t *per_cpu = calloc(t->cpu_cnt, sizeof(*per_cpu));
	uint32_t twins = SS_TWINS_KFREE;
	bool entry = false;
	int ends[2];

	for (int i = 0; i < HOOK_COUNT; i++)
		entry |= hooks[i].state == HOOK_ATTACHED && hooks_has_entry(&hooks[i]);
	if (!entry || !per_cpu)
		return true;
	/* Only the copy at the entry writes there, and to close a pipe is to kfree() it. */
	bpf_map_update_elem(bpf_map__fd(t->skel->maps.ss_busy_with), &twins, per_cpu, BPF_ANY);
	for (int tries = 0; tries < 10; tries++) {
		if (!pipe(ends)) {
			close(ends[0]);
			close(ends[1]);
		}
		if (freeing_seen(t, per_cpu))
			return true;
	}
	return false;
}

void tracer_book(struct tracer *t)
{
	__atomic_store_n(&t->skel->bss->ss_control.phase, SS_BOOKING, __ATOMIC_SEQ_CST);
}

static void enter_phase(struct tracer *t, uint32_t phase)
{
	__atomic_store_n(&t->skel->bss->ss_control.phase, phase, __ATOMIC_SEQ_CST);
	grace_period();
}

void tracer_settle(struct tracer *t)
{
	enter_phase(t, SS_SETTLING);
}

void tracer_close_books(struct tracer *t)
{
	enter_phase(t, SS_CLOSED);
}

int tracer_clock(struct tracer *t, struct ss_clock *ret_clock)
{
	struct ss_clock clock = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &clock, .ctx_size_in = sizeof(clock));
	int err = bpf_prog_test_run_opts(bpf_program__fd(t->skel->progs.ss_clock), &opts);

	if (err)
		return err;
	*ret_clock = clock;
	return 0;
}

void tracer_view(const struct tracer *t, struct ledger *ret_ledger)
{
	const struct ss_control *control = &t->skel->bss->ss_control;
	const uint32_t frames = __atomic_load_n(&control->frames_used, __ATOMIC_RELAXED);

	*ret_ledger = (struct ledger){
		.buckets = t->objects.at,
		.bucket_cnt = t->bucket_cnt,
		.origins = t->origins.at,
		.rares = t->rares.at,
		.caches = t->caches.at,
		.recs = t->recs.at,
		.rec_lives = t->rec_lives.at,
		.stacks = t->stacks.at,
		.frames = t->frames.at,
		.frame_cnt = frames < SS_FRAMES ? frames : SS_FRAMES,
		.tasks = t->tasks.at,
		.free_sites = t->free_sites.at,
		.totals = t->totals.at,
		.threshold = __atomic_load_n(&control->threshold, __ATOMIC_RELAXED),
	};
}

int tracer_counts(const struct tracer *t, struct ss_count *counts)
{
	const struct ss_origin *origins = t->origins.at;
	const struct ss_rare *rares = t->rares.at;
	int fd = bpf_map__fd(t->skel->maps.ss_counts);
	autofree struct ss_count *per_cpu = calloc(t->cpu_cnt, sizeof(*per_cpu));

	if (!per_cpu)
		return -ENOMEM;
	for (uint32_t i = 0; i < SS_ORIGINS; i++) {
		counts[i] = (struct ss_count){0};
		if (i >= SS_ORIGIN_FIRST && !origins[i].site)
			continue;
		if (bpf_map_lookup_elem(fd, &i, per_cpu))
			return -errno;
		for (int cpu = 0; cpu < t->cpu_cnt; cpu++) {
			counts[i].allocs += per_cpu[cpu].allocs;
			counts[i].frees += per_cpu[cpu].frees;
		}
		counts[i].allocs += __atomic_load_n(&rares[i].stood_in, __ATOMIC_RELAXED);
	}
	return 0;
}

void tracer_set_interval(struct tracer *t, uint32_t origin, uint32_t interval)
{
	struct ss_origin *o = t->origins.at;

	__atomic_store_n(&o[origin].interval, interval, __ATOMIC_RELAXED);
}

void tracer_skip(struct tracer *t, uint32_t origin)
{
	struct ss_origin *o = t->origins.at;

	__atomic_store_n(&o[origin].flags, o[origin].flags | SS_ORIGIN_SKIP, __ATOMIC_RELAXED);
}

uint64_t tracer_memory(const struct tracer *t)
{
	const struct bpf_map *map;
	uint64_t sum = 0;

	bpf_object__for_each_map (map, t->skel->obj) {
		bool per_cpu = bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY;
		uint64_t size = (bpf_map__value_size(map) + 7) & ~7u;

		sum += bpf_map__max_entries(map) * size * (per_cpu ? t->cpu_cnt : 1);
	}
	return sum;
}

static uint64_t program_misses(const struct tracer *t, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(t->skel->obj, name);
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	if (!prog || bpf_program__fd(prog) < 0 ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
		return 0;
	return info.recursion_misses;
}

/* Allocations of those whose first copy was skipped that no second copy took. */
static uint64_t untaken(const struct tracer *t, uint64_t skipped)
{
	const struct ss_totals *totals = t->totals.at;
	/* Counted before it is counted as one that was taken twice, so read behind that. */
	uint64_t again = __atomic_load_n(&totals->again, __ATOMIC_ACQUIRE);
	uint64_t taken = __atomic_load_n(&totals->seconds, __ATOMIC_RELAXED) - again;

	return skipped > taken ? skipped - taken : 0;
}

/* Events for which the copies of a hook's program were skipped: the first, any, the least often. */
struct copy_misses {
	uint64_t first, all, least;
};

static struct copy_misses misses_of(const struct tracer *t, const struct hook *h)
{
	struct copy_misses m = {};
	enum hook_kind kind;
	const char *name;
	char buf[16];

	for (int copy = 0; (name = hooks_program(h, copy, buf, &kind)); copy++) {
		uint64_t n = program_misses(t, name);

		m.first = copy ? m.first : n;
		m.least = copy && m.least < n ? m.least : n;
		m.all += n;
	}
	return m;
}

void tracer_misses(const struct tracer *t, const struct hook hooks[HOOK_COUNT],
		   struct tracer_misses *ret_misses)
{
	struct tracer_misses m = {};
	uint64_t skipped = 0, unseen = 0;

	for (int i = 0; i < HOOK_COUNT; i++) {
		struct copy_misses of = misses_of(t, &hooks[i]);
		bool twins = hooks[i].spec->twins != SS_TWINS_NONE;

		m.all += of.all;
		/* At most so many were skipped by all copies. */
		if (twins && hooks[i].spec->is_free) {
			m.frees += of.least;
		} else if (twins) {
			skipped += of.first;
			unseen += of.least;
		} else if (!hooks[i].spec->is_free) {
			m.allocs += of.all;
		}
	}
	skipped = untaken(t, skipped);
	m.allocs += skipped < unseen ? skipped : unseen;
	*ret_misses = m;
}
