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

SEC("?raw_tp/kmalloc")
int ss_kmalloc(u64 *ctx)
{
	struct ss_birth b = {
		.site = ctx[0],
		.addr = ctx[1],
		.requested = ctx[2],
		.allocated = ctx[3],
	};

	if (b.addr <= SS_ZERO_SIZE_PTR || !ss_wanted(b.addr))
		return 0;
	b.key = ss_kmalloc_key(b.allocated, ctx[4]);
	ss_alloc(ctx, &b, SS_FROM_KMALLOC);
	return 0;
}

SEC("?raw_tp/kmem_cache_alloc")
int ss_cache_alloc(u64 *ctx)
{
	struct ss_birth b = {
		.site = ctx[0],
		.addr = ctx[1],
		.key = ctx[2],
	};

	if (b.addr <= SS_ZERO_SIZE_PTR || !ss_wanted(b.addr))
		return 0;
	ss_alloc(ctx, &b, SS_FROM_CACHE);
	return 0;
}

/*
 * Free programs exist twice (see ss_twin_did()). The second copy is at the
 * function's entry where the kernel allows that, and then it comes first: a
 * tracepoint with one program is called directly, with two it takes a detour
 * that costs more than all our work. Else the second is on the event as well.
 */
#define SS_FREE_EVENT(name, event, twins, first)                                                   \
	SEC("?raw_tp/" #event)                                                                     \
	int name(u64 *ctx)                                                                         \
	{                                                                                          \
		u32 due = ss_free(ctx[1], twins, first);                                           \
                                                                                                   \
		if (due)                                                                           \
			ss_free_site(due, SS_FREED_CALL, ctx[0]);                                  \
		return 0;                                                                          \
	}

#define SS_EVENT_FIRST(twins) (!(ss_entry_first >> (twins)&1))

SS_FREE_EVENT(ss_kfree, kfree, SS_TWINS_KFREE, SS_EVENT_FIRST(SS_TWINS_KFREE))
SS_FREE_EVENT(ss_kfree_2, kfree, SS_TWINS_KFREE, false)
SS_FREE_EVENT(ss_cache_free, kmem_cache_free, SS_TWINS_CACHE_FREE,
	      SS_EVENT_FIRST(SS_TWINS_CACHE_FREE))
SS_FREE_EVENT(ss_cache_free_2, kmem_cache_free, SS_TWINS_CACHE_FREE, false)

SEC("?fentry")
int ss_kfree_f(u64 *ctx)
{
	u32 due = ss_free(ss_arg(ctx, 0), SS_TWINS_KFREE, true);

	if (due)
		ss_free_site(due, SS_FREED_CALL, ss_caller_of_entry(ctx));
	return 0;
}

SEC("?fentry")
int ss_cache_free_f(u64 *ctx)
{
	u32 due = ss_free(ss_arg(ctx, 1), SS_TWINS_CACHE_FREE, true);

	if (due)
		ss_free_site(due, SS_FREED_CALL, ss_caller_of_entry(ctx));
	return 0;
}
