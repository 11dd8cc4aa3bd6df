/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger's memory and the knobs that user space turns before loading.
 * Every .bpf.c file includes this; weak definitions of the same thing are
 * merged when `bpftool gen object` joins the files.
 *
 * max_entries of ss_objects and ss_spilled are set before loading (--objects).
 */
#ifndef SS_MAPS_BPF_H
#define SS_MAPS_BPF_H

#include "arrays.bpf.h"
#include "wire.h"

SS_ARRAY(ss_objects, BPF_MAP_TYPE_ARRAY, 1, struct ss_bucket, BPF_F_MMAPABLE);
SS_ARRAY(ss_spilled, BPF_MAP_TYPE_ARRAY, 1, u32, 0);
SS_ARRAY(ss_origins, BPF_MAP_TYPE_ARRAY, SS_ORIGINS, struct ss_origin, BPF_F_MMAPABLE);
SS_ARRAY(ss_counts, BPF_MAP_TYPE_PERCPU_ARRAY, SS_ORIGINS, struct ss_count, 0);
SS_ARRAY(ss_rares, BPF_MAP_TYPE_ARRAY, SS_ORIGINS, struct ss_rare, BPF_F_MMAPABLE);
SS_ARRAY(ss_caches, BPF_MAP_TYPE_ARRAY, SS_CACHES, struct ss_cache, BPF_F_MMAPABLE);
SS_ARRAY(ss_recs, BPF_MAP_TYPE_ARRAY, SS_RECS, struct ss_rec, BPF_F_MMAPABLE);
SS_ARRAY(ss_rec_lives, BPF_MAP_TYPE_ARRAY, SS_RECS, struct ss_rec_life, BPF_F_MMAPABLE);
SS_ARRAY(ss_stacks, BPF_MAP_TYPE_ARRAY, SS_STACKS, struct ss_stack, BPF_F_MMAPABLE);
SS_ARRAY(ss_frames, BPF_MAP_TYPE_ARRAY, SS_FRAMES, u64, BPF_F_MMAPABLE);
SS_ARRAY(ss_tasks, BPF_MAP_TYPE_ARRAY, SS_TASKS, struct ss_task, BPF_F_MMAPABLE);
SS_ARRAY(ss_free_sites, BPF_MAP_TYPE_ARRAY, SS_FREE_SITES, struct ss_free_site, BPF_F_MMAPABLE);
SS_ARRAY(ss_totals, BPF_MAP_TYPE_ARRAY, 1, struct ss_totals, BPF_F_MMAPABLE);

/* One a source: a source's program never runs inside itself on the same CPU. */
struct ss_scratch {
	u32 busy;
	u32 start; /* of the frames in ip: index of the call site */
	u32 depth; /* end of the frames in ip */
	u32 pad;
	u64 ip[SS_DEPTH + 1]; /* a power of two, so that a mask bounds an index */
};
SS_ARRAY(ss_scratches, BPF_MAP_TYPE_PERCPU_ARRAY, SS_SOURCES, struct ss_scratch, 0);

/* What the first copy of some twins is busy with, or was last: object or array. */
SS_ARRAY(ss_busy_with, BPF_MAP_TYPE_PERCPU_ARRAY, SS_TWINS, u64, 0);

/*
 * Arguments of an allocator's call under way, by its stack pointer; only with
 * kretprobes. Where too many calls are under way, the kernel skips the kretprobe
 * and what the kprobe left stays: the next call at that place overwrites it, and
 * the least recently used make room, so that leftovers cannot fill the map.
 */
struct ss_call {
	u64 cache, size, array;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct ss_call);
} ss_calls SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} ss_cgroups SEC(".maps") __weak;

struct ss_control ss_control __weak = {};

/* Set before loading; the verifier drops the branches that they rule out. */
const volatile __u32 ss_nbuckets __weak = 1;
const volatile __u32 ss_interval __weak = 1024; /* of a new origin; 1: every stack; 0: none */
const volatile __u32 ss_min_size __weak = 0;
const volatile __u32 ss_max_size __weak = 0xffffffff;
const volatile __u8 ss_by_comm __weak = 0;
const volatile __u8 ss_by_cgroup __weak = 0;
const volatile __u8 ss_cgroup_ids __weak = 0; /* the kernel can say in which cgroup a task is */
const volatile __u64 ss_comm[2] __weak = {};
const volatile __u32 ss_cache_how __weak = SS_BY_CLASS;
/* Where the direct map and the array of struct page begin; for SS_BY_PAGE. */
const volatile __u64 ss_direct __weak = 0;
const volatile __u64 ss_vmemmap __weak = 0;
const volatile __u8 ss_bulk_bool __weak = 0;
/* Both have a bit for each of enum ss_twins. */
const volatile __u32 ss_entry_first __weak = 0; /* the copy at the function's entry is the first */
const volatile __u32 ss_one_copy __weak = 0;	/* there is no second copy */
const volatile __u32 ss_page_size __weak = 4096;
const volatile __u32 ss_gfp_reclaimable __weak = 0;
const volatile __u32 ss_gfp_account __weak = 0;
const volatile __u32 ss_gfp_dma __weak = 0;
const volatile __u64 ss_inner[2 * SS_INNER] __weak = {}; /* [start, end) of allocator functions */

static __always_inline u64 ss_ip(const struct ss_scratch *s, u32 at)
{
	/* Keeps the compiler from folding the mask away: the verifier wants to see it. */
	asm volatile("" : "+r"(at));
	return s->ip[at & SS_DEPTH];
}

#define ss_add(counter, n) ((void)__sync_fetch_and_add(&(counter), (n)))

/* Bump a counter of struct ss_totals; for what is rare. */
#define ss_tally(field, n)                                                                         \
	do {                                                                                       \
		struct ss_totals *totals_ = ss_at(&ss_totals, 0);                                  \
		if (totals_)                                                                       \
			ss_add(totals_->field, (n));                                               \
	} while (0)

#define SS_READ(x)     (*(const volatile typeof(x) *)&(x))
#define SS_WRITE(x, v) (*(volatile typeof(x) *)&(x) = (v))

#endif
