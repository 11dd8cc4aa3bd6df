// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kmem events, as raw tracepoints: they carry the call site, cost least, and
 * lose events only to themselves (one guard a program), where perf-style
 * tracepoint programs share one guard with everything.
 *
 * Arguments (include/trace/events/kmem.h):
 *   kmalloc           call_site, ptr, bytes_req, bytes_alloc, gfp, node
 *   kmem_cache_alloc  call_site, ptr, cache, gfp, node
 *   kfree             call_site, ptr
 *   kmem_cache_free   call_site, ptr, cache
 * This is how they are since Linux commit 11e9734bcb6a "mm/slab_common: unify NUMA
 * and UMA version of tracepoints" (in v6.1); kernel.c refuses older ones.
 */
#include "frees.bpf.h"
#include "hooks.bpf.h"

char ss_license[] SEC("license") __weak = "GPL";

/*
 * Is this copy to book the allocation that its event tells of? The second one, where
 * there is one, is for what the first was skipped for: see ss_twin_did().
 */
static __always_inline bool ss_takes(u64 addr, u32 twins, enum ss_copy copy)
{
	if (addr <= SS_ZERO_SIZE_PTR || ss_twin_did(addr, twins, copy))
		return false;
	if (copy != SS_FIRST)
		ss_tally(seconds, 1);
	return ss_wanted(addr);
}

static __always_inline void ss_kmalloc_event(u64 *ctx, u32 source, enum ss_copy copy)
{
	struct ss_birth b = {
		.site = ctx[0],
		.addr = ctx[1],
		.requested = ctx[2],
		.allocated = ctx[3],
	};

	if (!ss_takes(b.addr, SS_TWINS_KMALLOC, copy))
		return;
	b.key = ss_kmalloc_key(b.allocated, ctx[4]);
	ss_alloc(ctx, &b, source);
}

static __always_inline void ss_cache_event(u64 *ctx, u32 source, enum ss_copy copy)
{
	struct ss_birth b = {
		.site = ctx[0],
		.addr = ctx[1],
		.key = ctx[2],
	};

	if (ss_takes(b.addr, SS_TWINS_CACHE_ALLOC, copy))
		ss_alloc(ctx, &b, source);
}

#define SS_ALLOC_EVENT(name, event, does, source, copy)                                            \
	SEC("?raw_tp/" #event)                                                                     \
	int name(u64 *ctx)                                                                         \
	{                                                                                          \
		does(ctx, source, copy);                                                           \
		return 0;                                                                          \
	}

SS_ALLOC_EVENT(ss_kmalloc, kmalloc, ss_kmalloc_event, SS_FROM_KMALLOC, SS_FIRST)
SS_ALLOC_EVENT(ss_kmalloc_2, kmalloc, ss_kmalloc_event, SS_FROM_KMALLOC_2, SS_SECOND)
SS_ALLOC_EVENT(ss_cache_alloc, kmem_cache_alloc, ss_cache_event, SS_FROM_CACHE, SS_FIRST)
SS_ALLOC_EVENT(ss_cache_alloc2, kmem_cache_alloc, ss_cache_event, SS_FROM_CACHE_2, SS_SECOND)

/*
 * Free programs exist twice (see ss_twin_did()). The second copy is at the
 * function's entry where the kernel allows that, and then it comes first: a
 * tracepoint with one program is called directly, with two it takes a detour
 * that costs more than all our work. Else the second is on the event as well; and
 * a third, where programs on events can be preempted.
 */
#define SS_FREE_EVENT(name, event, twins, copy)                                                    \
	SEC("?raw_tp/" #event)                                                                     \
	int name(u64 *ctx)                                                                         \
	{                                                                                          \
		u32 due = ss_free(ctx[1], twins, copy);                                            \
                                                                                                   \
		if (due)                                                                           \
			ss_free_site(due, SS_FREED_CALL, ctx[0]);                                  \
		return 0;                                                                          \
	}

#define SS_AFTER_ENTRY(twins, copy) ((copy) + (ss_entry_first >> (twins)&1))

SS_FREE_EVENT(ss_kfree, kfree, SS_TWINS_KFREE, SS_AFTER_ENTRY(SS_TWINS_KFREE, SS_FIRST))
SS_FREE_EVENT(ss_kfree_2, kfree, SS_TWINS_KFREE, SS_AFTER_ENTRY(SS_TWINS_KFREE, SS_SECOND))
SS_FREE_EVENT(ss_cache_free, kmem_cache_free, SS_TWINS_CACHE_FREE,
	      SS_AFTER_ENTRY(SS_TWINS_CACHE_FREE, SS_FIRST))
SS_FREE_EVENT(ss_cache_free_2, kmem_cache_free, SS_TWINS_CACHE_FREE,
	      SS_AFTER_ENTRY(SS_TWINS_CACHE_FREE, SS_SECOND))

SEC("?fentry")
int ss_kfree_f(u64 *ctx)
{
	u32 due = ss_free(ss_arg(ctx, 0), SS_TWINS_KFREE, SS_FIRST);

	if (due)
		ss_free_site(due, SS_FREED_CALL, ss_caller_of_entry(ctx));
	return 0;
}

SEC("?fentry")
int ss_cache_free_f(u64 *ctx)
{
	u32 due = ss_free(ss_arg(ctx, 1), SS_TWINS_CACHE_FREE, SS_FIRST);

	if (due)
		ss_free_site(due, SS_FREED_CALL, ss_caller_of_entry(ctx));
	return 0;
}
