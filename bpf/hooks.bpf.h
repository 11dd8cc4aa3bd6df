/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every allocation hook does after it has decoded its event: filters,
 * origin, counters, stack, table.
 */
#ifndef SS_HOOKS_BPF_H
#define SS_HOOKS_BPF_H

#include "ledger.bpf.h"
#include "origins.bpf.h"
#include "stacks.bpf.h"

struct ss_birth {
	u64 site; /* call site */
	u64 addr;
	u64 key; /* of the cache: see struct ss_origin */
	u64 requested;
	u64 allocated;
};

/* Is the running task one whose allocations are booked? Counts those that are not. */
static __always_inline bool ss_task_wanted(void)
{
	u64 comm[2] = {};

	if (bpf_get_current_pid_tgid() >> 32 == ss_control.self) {
		ss_tally(own, 1);
		return false;
	}
	if (ss_by_comm) {
		bpf_get_current_comm(comm, sizeof(comm));
		if (comm[0] != ss_comm[0] || comm[1] != ss_comm[1]) {
			ss_tally(filtered, 1);
			return false;
		}
	}
	if (ss_by_cgroup && bpf_current_task_under_cgroup(&ss_cgroups, 0) != 1) {
		ss_tally(filtered, 1);
		return false;
	}
	return true;
}

/*
 * Does this allocation belong in the books? When not, its address must not be in
 * them either. (Origins that are skipped come later. Whole caches are, so what is
 * booked at such an address is in a page that has left its cache, and the survivor
 * check finds that; to look here too would make a trace with --cache dearer by a
 * quarter.)
 */
static __always_inline bool ss_wanted(u64 addr)
{
	u32 phase = SS_READ(ss_control.phase);

	if (phase == SS_BOOKING && ss_task_wanted())
		return true;
	if (phase == SS_BOOKING || phase == SS_SETTLING)
		ss_reborn(addr);
	return false;
}

#define SS_SKIP_MAX 8 /* frames above the call site, at most */

/*
 * Read the stack of the running allocation into the source's scratch buffer,
 * which is held until ss_stack_done(). Frames above the allocation's call site
 * (the program, its trampoline, the allocator) are found by looking for `site`,
 * not by counting: their number differs between kernels and program types.
 * With a site of 0, the caller of the function at `callee` is the site, or the
 * first frame when that is 0 too.
 * Returns the site, or 0 when there is no stack.
 */
static __noinline u64 ss_stack_read(void *ctx, u32 source, u64 site, u64 callee)
{
	struct ss_scratch *s = ss_at(&ss_scratches, source);
	/* Program, dispatcher, allocator: where no frame is the site. */
	u32 start = site || callee ? 3 : 0;
	u64 found = site;
	long bytes;
	u32 n;

	if (!s || s->busy)
		return 0;
	s->busy = 1;
	bytes = bpf_get_stack(ctx, s->ip, SS_DEPTH * sizeof(u64), 0);
	n = bytes > 0 ? (u32)bytes / sizeof(u64) : 0;
	if (!n || n > SS_DEPTH) {
		s->busy = 0;
		return 0;
	}
	for (u32 i = 0; i < SS_SKIP_MAX && i < n; i++) {
		u64 ip = s->ip[i];

		if (site && ip == site) {
			start = i;
			break;
		}
		/* The trampoline returns to just behind the function's entry (5 or 9 bytes in). */
		if (!site && callee && i > 0 && s->ip[i - 1] - callee < 32) {
			start = i;
			break;
		}
	}
	if (start >= n)
		start = 0;
	if (!site)
		found = ss_ip(s, start);
	s->start = start;
	s->depth = n;
	return found;
}

static __always_inline void ss_stack_done(u32 source)
{
	struct ss_scratch *s = ss_at(&ss_scratches, source);

	if (s)
		s->busy = 0;
}

/* Take and keep the stack when one is due; returns its record and its weight class. */
static __always_inline u32 ss_stack_of(void *ctx, const struct ss_birth *b, u32 source, u32 origin,
				       const struct ss_origin *o, struct ss_count *c, u32 now,
				       u32 *ret_class)
{
	u32 rec = 0;

	*ret_class = ss_stack_class(o, c, now);
	if (ss_stack_read(ctx, source, b->site, 0)) {
		rec = ss_stack_keep(source, origin);
		ss_stack_done(source);
	} else {
		ss_tally(stacks_failed, 1);
	}
	if (!rec) {
		struct ss_rare *r = ss_at(&ss_rares, origin);

		if (r)
			ss_add(r->stackless, 1);
	}
	return rec & (SS_RECS - 1);
}

static __always_inline bool ss_is_second(u32 source)
{
	return source == SS_FROM_KMALLOC_2 || source == SS_FROM_CACHE_2;
}

/*
 * The first copy alone counts in ss_count, without being atomic: a second one runs
 * while it is anywhere in its work.
 */
static __always_inline void ss_count_alloc(struct ss_count *c, u32 origin, u32 source)
{
	struct ss_rare *r;

	if (!ss_is_second(source)) {
		c->allocs++;
		return;
	}
	r = ss_at(&ss_rares, origin);
	if (r)
		ss_add(r->stood_in, 1);
}

/* Book one wanted allocation. */
static __always_inline void ss_alloc(void *ctx, const struct ss_birth *b, u32 source)
{
	u32 origin, rec = 0, class = 0, now = bpf_jiffies64();
	struct ss_origin *o;
	struct ss_count *c;

	o = ss_origin_find(b->site, b->key, b->addr, b->allocated, source, &origin);
	c = ss_at(&ss_counts, origin);
	if (!o || !c || o->flags & SS_ORIGIN_SKIP)
		return;
	ss_count_alloc(c, origin, source);
	if (!ss_sampled(b->addr))
		return;
	if (ss_stack_due(c, now))
		rec = ss_stack_of(ctx, b, source, origin, o, c, now, &class);
	ss_book(b->addr, ss_waste_code(b->requested, o->waste_shift),
		ss_meta(now, origin, rec, class), ss_is_second(source));
}

#endif
