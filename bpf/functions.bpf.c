// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ways in and out of the slab that fire no event, hooked at the function:
 * fentry or fexit where the kernel allows them, kprobe where only those work.
 * User space names the target of each program before loading, because names
 * differ between kernels.
 */
#include "hooks.bpf.h"
#include <bpf/bpf_tracing.h>

char ss_license[] SEC("license") __weak = "GPL";

/*
 * kvfree_call_rcu(head, ptr): the object is done with; its address cannot come
 * back before a grace period, so it may be taken out of the books here.
 * Before Linux commit 04a522b7da3d "rcu: Refactor kvfree_call_rcu() and
 * high-level helpers" (in v6.2) the second argument was an offset: the object is
 * head - offset, or the argument itself when there is no head. An offset is
 * below a page, a pointer never.
 */
static __always_inline void ss_rcu_free(u64 head, u64 second, bool first)
{
	ss_unbook(head && second < 4096 ? head - second : second, first);
}

static __always_inline void ss_bulk_free(u64 count, u64 array, bool first)
{
	for (u32 i = 0; i < SS_BULK_MAX; i++) {
		u64 addr = 0;

		if (i >= count)
			return;
		if (bpf_probe_read_kernel(&addr, sizeof(addr), (void *)(array + i * 8))) {
			ss_tally(bulk_unread, 1);
			return;
		}
		ss_unbook(addr, first);
	}
	if (first && count > SS_BULK_MAX)
		ss_tally(bulk_long, count - SS_BULK_MAX);
}

/* A merged cache only loses a name; its memory goes when the last one does. */
static __always_inline void ss_destroy(struct kmem_cache *s)
{
	int ss_cache_gone(u64 key);

	if (s && BPF_CORE_READ(s, refcount) <= 1)
		ss_cache_gone((u64)s);
}

#define SS_FREE_HOOKS(name, call_fentry, call_kprobe)                                              \
	SEC("?fentry")                                                                             \
	int name(u64 *ctx)                                                                         \
	{                                                                                          \
		call_fentry;                                                                       \
		return 0;                                                                          \
	}                                                                                          \
	SEC("?kprobe")                                                                             \
	int name##_k(struct pt_regs *ctx)                                                          \
	{                                                                                          \
		call_kprobe;                                                                       \
		return 0;                                                                          \
	}

#define P1 PT_REGS_PARM1(ctx)
#define P2 PT_REGS_PARM2(ctx)
#define P3 PT_REGS_PARM3(ctx)

SS_FREE_HOOKS(ss_rcu, ss_rcu_free(ss_arg(ctx, 0), ss_arg(ctx, 1), true), ss_rcu_free(P1, P2, true))
SS_FREE_HOOKS(ss_rcu_2, ss_rcu_free(ss_arg(ctx, 0), ss_arg(ctx, 1), false),
	      ss_rcu_free(P1, P2, false))
SS_FREE_HOOKS(ss_bulk, ss_bulk_free(ss_arg(ctx, 1), ss_arg(ctx, 2), true),
	      ss_bulk_free(P2, P3, true))
SS_FREE_HOOKS(ss_bulk_2, ss_bulk_free(ss_arg(ctx, 1), ss_arg(ctx, 2), false),
	      ss_bulk_free(P2, P3, false))
SS_FREE_HOOKS(ss_nolock, ss_unbook(ss_arg(ctx, 0), true), ss_unbook(P1, true))
SS_FREE_HOOKS(ss_nolock_2, ss_unbook(ss_arg(ctx, 0), false), ss_unbook(P1, false))
SS_FREE_HOOKS(ss_destroyed, ss_destroy((void *)ss_arg(ctx, 0)), ss_destroy((void *)P1))

/*
 * kmem_cache_alloc_bulk(cache, gfp, size, array) returns the number of objects
 * or, since 7.x, whether all were allocated. There is no call site: the stack
 * has it.
 */
SEC("?fexit")
int ss_bulk_alloc(u64 *ctx)
{
	struct kmem_cache *s = (void *)ss_arg(ctx, 0);
	u64 count = ss_arg(ctx, 4), array = ss_arg(ctx, 3);
	struct ss_birth b = {.key = (u64)s};

	count = ss_bulk_bool ? (count & 0xff ? ss_arg(ctx, 2) : 0) : (u32)count;
	if (!s || !count || !ss_wanted())
		return 0;
	b.site = ss_stack_read(ctx, SS_FROM_BULK, 0, bpf_get_func_ip(ctx));
	if (!b.site) {
		ss_tally(stacks_failed, 1);
		b.site = bpf_get_func_ip(ctx);
	} else {
		ss_stack_done(SS_FROM_BULK);
	}
	for (u32 i = 0; i < SS_BULK_MAX; i++) {
		if (i >= count)
			break;
		b.addr = 0;
		bpf_probe_read_kernel(&b.addr, sizeof(b.addr), (void *)(array + i * 8));
		if (b.addr > SS_ZERO_SIZE_PTR)
			ss_alloc(ctx, &b, SS_FROM_BULK);
	}
	if (count > SS_BULK_MAX)
		ss_tally(bulk_long, count - SS_BULK_MAX);
	return 0;
}

/* kmalloc_nolock(size, ...): the size class is the cache's, asked for by address. */
SEC("?fexit")
int ss_nolock_alloc(u64 *ctx)
{
	struct ss_birth b = {
		.addr = ss_arg(ctx, ss_nolock_args),
		.requested = ss_arg(ctx, 0),
	};
	struct kmem_cache *s;

	if (b.addr <= SS_ZERO_SIZE_PTR || !ss_wanted())
		return 0;
	s = (void *)ss_cache_of(b.addr);
	b.allocated = s ? BPF_CORE_READ(s, size) : b.requested;
	b.key = ss_kmalloc_key(b.allocated, 0);
	b.site = ss_stack_read(ctx, SS_FROM_NOLOCK, 0, bpf_get_func_ip(ctx));
	if (!b.site) {
		ss_tally(stacks_failed, 1);
		b.site = bpf_get_func_ip(ctx);
	} else {
		ss_stack_done(SS_FROM_NOLOCK);
	}
	ss_alloc(ctx, &b, SS_FROM_NOLOCK);
	return 0;
}
