// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ways in and out of the slab that fire no event, hooked at the function:
 * fentry or fexit where the kernel allows them, kprobe where only those work.
 * User space names the target of each program before loading, because names
 * differ between kernels.
 */
#include "frees.bpf.h"
#include "hooks.bpf.h"

char ss_license[] SEC("license") __weak = "GPL";

/*
 * kvfree_call_rcu(head, ptr): the object is done with; its address cannot come
 * back before a grace period, so it may be taken out of the books here.
 * Before Linux commit 04a522b7da3d "rcu: Refactor kvfree_call_rcu() and
 * high-level helpers" (in v6.3) the second argument was an offset: the object is
 * head - offset, or the argument itself when there is no head. An offset is
 * below a page, a pointer never.
 */
static __always_inline u32 ss_rcu_free(u64 head, u64 second, enum ss_copy copy)
{
	return ss_free(head && second < 4096 ? head - second : second, SS_TWINS_RCU, copy);
}

/* The objects of an array, by bpf_loop(): the verifier checks one turn of it, not a thousand. */
struct ss_bulk {
	u64 array;  /* of addresses */
	u64 site;   /* that they are freed at */
	u32 first;  /* this is the first copy of the free program */
	u32 origin; /* that they are booked under; 0: they are not */
	u32 rec;    /* stack record, the same for all of them */
	u32 pad;
};

static __always_inline void ss_bulk_each(long (*does)(u32, struct ss_bulk *), struct ss_bulk *bulk,
					 u64 count)
{
	bpf_loop(count < SS_BULK_MAX ? count : SS_BULK_MAX, does, bulk, 0);
}

static long ss_unbook_one(u32 i, struct ss_bulk *bulk)
{
	u64 addr = 0;
	u32 due;

	if (bpf_probe_read_kernel(&addr, sizeof(addr), (void *)(bulk->array + i * 8ull))) {
		ss_tally(bulk_unread, 1);
		return 1;
	}
	due = addr > SS_ZERO_SIZE_PTR ? ss_unbook(addr, bulk->first) : 0;
	if (due)
		ss_free_site(due, SS_FREED_BULK, bulk->site);
	return 0;
}

static __always_inline void ss_bulk_free(u64 count, u64 array, u64 site, enum ss_copy copy)
{
	struct ss_bulk bulk = {.array = array, .site = site, .first = copy == SS_FIRST};

	ss_bulk_each(ss_unbook_one, &bulk, count);
	if (bulk.first && count > SS_BULK_MAX)
		ss_tally(bulk_long, count - SS_BULK_MAX);
}

/* A merged cache only loses a name; its memory goes when the last one does. */
static __always_inline void ss_destroy(struct kmem_cache *s)
{
	int ss_cache_gone(u64 key);

	if (s && BPF_CORE_READ(s, refcount) <= 1)
		ss_cache_gone((u64)s);
}

/* Every function hook for fentry, twice, and once for kprobe, whose programs skip together. */
#define SS_FENTRY(name, call)                                                                      \
	SEC("?fentry")                                                                             \
	int name(u64 *ctx)                                                                         \
	{                                                                                          \
		call;                                                                              \
		return 0;                                                                          \
	}

#define SS_KPROBE(name, call)                                                                      \
	SEC("?kprobe")                                                                             \
	int name(struct pt_regs *ctx)                                                              \
	{                                                                                          \
		call;                                                                              \
		return 0;                                                                          \
	}

/* The free of one object, and of an array of them; the caller is asked for when it is wanted. */
#define SS_FREE(how, caller, call)                                                                 \
	({                                                                                         \
		u32 due = call;                                                                    \
                                                                                                   \
		if (due)                                                                           \
			ss_free_site(due, how, caller(ctx));                                       \
	})

#define SS_BULK_FREE(count, array, caller, copy)                                                   \
	({                                                                                         \
		u64 at = array;                                                                    \
                                                                                                   \
		if (!ss_twin_did(at, SS_TWINS_BULK, copy))                                         \
			ss_bulk_free(count, at, caller(ctx), copy);                                \
	})

#define P1 PT_REGS_PARM1(ctx)
#define P2 PT_REGS_PARM2(ctx)
#define P3 PT_REGS_PARM3(ctx)

#define A(i) ss_arg(ctx, i)

SS_FENTRY(ss_rcu, SS_FREE(SS_FREED_RCU, ss_caller_of_entry, ss_rcu_free(A(0), A(1), SS_FIRST)))
SS_FENTRY(ss_rcu_2, SS_FREE(SS_FREED_RCU, ss_caller_of_entry, ss_rcu_free(A(0), A(1), SS_SECOND)))
SS_KPROBE(ss_rcu_k, SS_FREE(SS_FREED_RCU, ss_caller_of_kprobe, ss_rcu_free(P1, P2, SS_FIRST)))

SS_FENTRY(ss_bulk, SS_BULK_FREE(A(1), A(2), ss_caller_of_entry, SS_FIRST))
SS_FENTRY(ss_bulk_2, SS_BULK_FREE(A(1), A(2), ss_caller_of_entry, SS_SECOND))
SS_KPROBE(ss_bulk_k, SS_BULK_FREE(P2, P3, ss_caller_of_kprobe, SS_FIRST))

SS_FENTRY(ss_nolock,
	  SS_FREE(SS_FREED_CALL, ss_caller_of_entry, ss_free(A(0), SS_TWINS_NOLOCK, SS_FIRST)))
SS_FENTRY(ss_nolock_2,
	  SS_FREE(SS_FREED_CALL, ss_caller_of_entry, ss_free(A(0), SS_TWINS_NOLOCK, SS_SECOND)))
SS_KPROBE(ss_nolock_k,
	  SS_FREE(SS_FREED_CALL, ss_caller_of_kprobe, ss_free(P1, SS_TWINS_NOLOCK, SS_FIRST)))

SS_FENTRY(ss_destroyed, ss_destroy((void *)ss_arg(ctx, 0)))
SS_KPROBE(ss_destroyed_k, ss_destroy((void *)P1))

/* Book an object of a known origin. */
static __always_inline int ss_book_one(u64 addr, u64 requested, u32 origin, u32 rec)
{
	struct ss_origin *o = ss_at(&ss_origins, origin);
	struct ss_count *c = ss_at(&ss_counts, origin);

	if (!o || !c || o->flags & SS_ORIGIN_SKIP || addr <= SS_ZERO_SIZE_PTR)
		return 0;
	c->allocs++;
	if (ss_sampled(addr))
		ss_book(addr, ss_waste_code(requested, o->waste_shift),
			ss_meta(bpf_jiffies64(), origin, rec & (SS_RECS - 1), 0), false);
	return 0;
}

/*
 * The origin of an allocation whose hook has no call site: the stack has it, so
 * it is always taken here. `callee` is the hooked function, or 0 where the stack
 * begins with its caller. Without a stack, the function itself is the site.
 */
static __always_inline u32 ss_origin_by_stack(void *ctx, struct ss_birth *b, u64 callee, u32 source,
					      u32 *ret_rec)
{
	u64 site = ss_stack_read(ctx, source, 0, callee);
	u32 origin = ss_origin_search(site ? site : bpf_get_func_ip(ctx), b->key, b->addr,
				      b->allocated, source);

	if (!site) {
		ss_tally(stacks_failed, 1);
		return origin;
	}
	if (ss_interval)
		*ret_rec = ss_stack_keep(source, origin);
	ss_stack_done(source);
	return origin;
}

static long ss_bulk_born_one(u32 i, struct ss_bulk *bulk)
{
	u64 addr = 0;

	bpf_probe_read_kernel(&addr, sizeof(addr), (void *)(bulk->array + i * 8ull));
	if (bulk->origin)
		ss_book_one(addr, 0, bulk->origin, bulk->rec);
	else
		ss_reborn(addr);
	return 0;
}

/*
 * kmem_cache_alloc_bulk(cache, gfp, size, array) returns the number of objects
 * or, where ss_bulk_bool, whether all were allocated.
 */
static __always_inline void ss_bulk_born(void *ctx, u64 callee, u64 cache, u64 size, u64 array,
					 u64 returned)
{
	u64 count = ss_bulk_bool ? (returned & 0xff ? size : 0) : (u32)returned;
	struct ss_birth b = {.key = cache};
	struct ss_bulk bulk = {.array = array};
	u32 phase = SS_READ(ss_control.phase);

	if (!cache || !count || (phase != SS_BOOKING && phase != SS_SETTLING))
		return;
	if (phase == SS_BOOKING && ss_task_wanted())
		bulk.origin = ss_origin_by_stack(ctx, &b, callee, SS_FROM_BULK, &bulk.rec);
	ss_bulk_each(ss_bulk_born_one, &bulk, count);
	if (count > SS_BULK_MAX)
		ss_tally(bulk_long, count - SS_BULK_MAX);
}

/* kmalloc_nolock(size, ...): the size class is the cache's, asked for by address. */
static __always_inline void ss_nolock_born(void *ctx, u64 callee, u64 size, u64 addr)
{
	struct ss_birth b = {.addr = addr, .requested = size};
	struct kmem_cache *s;
	u32 origin, rec = 0;

	if (b.addr <= SS_ZERO_SIZE_PTR || !ss_wanted(b.addr))
		return;
	s = (void *)ss_cache_of(b.addr);
	b.allocated = s ? BPF_CORE_READ(s, size) : b.requested;
	b.key = ss_kmalloc_key(b.allocated, 0);
	origin = ss_origin_by_stack(ctx, &b, callee, SS_FROM_NOLOCK, &rec);
	ss_book_one(b.addr, b.requested, origin, rec);
}

SEC("?fexit")
int ss_bulk_alloc(u64 *ctx)
{
	ss_bulk_born(ctx, bpf_get_func_ip(ctx), ss_arg(ctx, 0), ss_arg(ctx, 2), ss_arg(ctx, 3),
		     ss_returned(ctx));
	return 0;
}

SEC("?fexit")
int ss_nolock_all(u64 *ctx)
{
	ss_nolock_born(ctx, bpf_get_func_ip(ctx), ss_arg(ctx, 0), ss_returned(ctx));
	return 0;
}

/*
 * Without fexit, a kprobe leaves the arguments for the kretprobe. A call is known
 * by where the stack stood: no two that are under way share that. Whatever was
 * left there before belongs to a call whose return was not seen.
 */
static __always_inline int ss_call_save(u64 sp, u64 cache, u64 size, u64 array)
{
	struct ss_call call = {.cache = cache, .size = size, .array = array};

	if (SS_READ(ss_control.phase) == SS_BOOKING &&
	    bpf_map_update_elem(&ss_calls, &sp, &call, BPF_ANY))
		ss_tally(calls_full, 1);
	return 0;
}

static __always_inline bool ss_call_take(u64 sp, struct ss_call *ret_call)
{
	struct ss_call *call = bpf_map_lookup_elem(&ss_calls, &sp);

	if (!call) {
		if (SS_READ(ss_control.phase) == SS_BOOKING)
			ss_tally(calls_full, 1);
		return false;
	}
	*ret_call = *call;
	bpf_map_delete_elem(&ss_calls, &sp);
	return true;
}

SEC("?kprobe")
int ss_bulk_alloc_k(struct pt_regs *ctx)
{
	return ss_call_save(PT_REGS_SP(ctx), P1, P3, PT_REGS_PARM4(ctx));
}

SEC("?kprobe")
int ss_nolock_all_k(struct pt_regs *ctx)
{
	return ss_call_save(PT_REGS_SP(ctx), 0, P1, 0);
}

SEC("?kretprobe")
int ss_bulk_alloc_r(struct pt_regs *ctx)
{
	struct ss_call call;

	/* The return has taken its address off the stack. */
	if (ss_call_take(PT_REGS_SP(ctx) - 8, &call))
		ss_bulk_born(ctx, 0, call.cache, call.size, call.array, PT_REGS_RC(ctx));
	return 0;
}

SEC("?kretprobe")
int ss_nolock_all_r(struct pt_regs *ctx)
{
	struct ss_call call;

	if (ss_call_take(PT_REGS_SP(ctx) - 8, &call))
		ss_nolock_born(ctx, 0, call.size, PT_REGS_RC(ctx));
	return 0;
}
