// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects that are free and that their slab's counter calls in use: on the free
 * list of a CPU's own slab, or in a sheaf of a CPU or of a node's barn. Read
 * while others work on them: a sample.
 */
#include "pages.bpf.h"

char ss_license[] SEC("license") __weak = "GPL";

#define SS_SHEAF_MAX 1024 /* entries; the kernel's own limit is below */
#define SS_BARN_MAX  64	  /* sheaves; the kernel keeps 10 full ones */

SS_ARRAY(ss_parked, BPF_MAP_TYPE_ARRAY, SS_PARKED, u64, BPF_F_MMAPABLE);
/* Only to learn from its elements' addresses where each CPU's memory lies. */
SS_ARRAY(ss_percpu, BPF_MAP_TYPE_PERCPU_ARRAY, 1, u64, 0);
__u64 ss_hatch __weak = 0; /* what the verifier calls a pointer comes out as a number */

/* To be added to a per-CPU pointer: __per_cpu_offset[cpu], without the symbol. */
static __always_inline u64 ss_cpu_offset(u32 cpu)
{
	u32 zero = 0;
	void *element = bpf_map_lookup_percpu_elem(&ss_percpu, &zero, cpu);
	u64 map, base = 0;

	if (!element)
		return 0;
	*(volatile u64 *)&ss_hatch = (u64)&ss_percpu;
	map = *(volatile u64 *)&ss_hatch;
	*(volatile u64 *)&ss_hatch = (u64)element;
	bpf_probe_read_kernel(&base, sizeof(base),
			      (const void *)(map + bpf_core_field_offset(struct bpf_array, pptrs)));
	return *(volatile u64 *)&ss_hatch - base;
}

static __always_inline void ss_put_parked(u64 address, u32 park)
{
	u64 *out = ss_at(&ss_parked, ss_census.parked_cnt);

	if (park < SS_PARKS)
		ss_census.parked[park]++;
	if (!out) {
		ss_census.parked_lost++;
		return;
	}
	*out = address;
	ss_census.parked_cnt++;
}

struct ss_chain {
	u64 at;
	u64 start, end; /* of the slab, or the list's head in both */
	u64 random;
	u32 offset;
	u32 park;
};

static long ss_walk_cpu(u32 i, struct ss_chain *c)
{
	if (c->at < c->start || c->at >= c->end)
		return 1;
	ss_put_parked(c->at, c->park);
	c->at = ss_next_free(c->at + c->offset, c->random);
	return 0;
}

/* The private free list of a CPU's own slab; nothing of the kind since v7.1. */
static __always_inline void ss_park_cpu_slab(u64 offset)
{
	const struct kmem_cache___cpu_slab *cache = (const void *)ss_census.key;
	const struct kmem_cache_cpu *cpu;
	struct ss_chain c = {.park = SS_PARK_CPU};
	struct ss_slab slab;
	struct ss_page page;
	u64 own, first;
	u32 before;

	if (!bpf_core_field_exists(struct kmem_cache___cpu_slab, cpu_slab))
		return;
	cpu = (const void *)((u64)BPF_CORE_READ(cache, cpu_slab) + offset);
	first = c.at = (u64)BPF_CORE_READ(cpu, freelist);
	own = (u64)BPF_CORE_READ(cpu, slab);
	if (!c.at || own < ss_census.vmemmap)
		return;
	own = (own - ss_census.vmemmap) / bpf_core_type_size(struct page);
	if (ss_page_read(&page, own) || !ss_slab_read(&slab, own, &page) ||
	    slab.cache != ss_census.key)
		return;
	c.start = ss_address_of(own);
	c.end = c.start + (u64)slab.objects * BPF_CORE_READ((const struct kmem_cache *)cache, size);
	c.offset = BPF_CORE_READ((const struct kmem_cache *)cache, offset);
	if (bpf_core_field_exists(struct kmem_cache___hardened, random))
		c.random = BPF_CORE_READ((const struct kmem_cache___hardened *)cache, random);
	before = ss_census.parked_cnt;
	bpf_loop(slab.objects, ss_walk_cpu, &c, 0);
	/* As with a slab's own list: what was allocated meanwhile may have led anywhere. */
	if ((u64)BPF_CORE_READ(cpu, freelist) != first) {
		ss_census.torn++;
		ss_census.parked[SS_PARK_CPU] -= ss_census.parked_cnt - before;
		ss_census.parked_cnt = before;
	}
}

static long ss_walk_sheaf(u32 i, struct ss_chain *c)
{
	u64 object = 0;

	bpf_probe_read_kernel(&object, sizeof(object), (const void *)(c->at + 8ull * i));
	if (object)
		ss_put_parked(object, c->park);
	return 0;
}

/* False when it is not a sheaf of the cache. */
static __always_inline bool ss_park_sheaf(const struct slab_sheaf *sheaf, u32 park)
{
	struct ss_chain c = {.park = park};
	u32 size;

	if (!sheaf)
		return false;
	/* It may have been given back since its address was read. */
	if (BPF_CORE_READ((const struct slab_sheaf___owner *)sheaf, cache) !=
	    (const void *)ss_census.key) {
		ss_census.torn++;
		return false;
	}
	size = BPF_CORE_READ(sheaf, size);
	c.at = (u64)sheaf + bpf_core_field_offset(struct slab_sheaf, objects);
	if (size <= SS_SHEAF_MAX)
		bpf_loop(size, ss_walk_sheaf, &c, 0);
	return true;
}

static __always_inline void ss_park_cpu_sheaves(u64 offset)
{
	const struct kmem_cache___sheaves *cache = (const void *)ss_census.key;
	const struct slub_percpu_sheaves *cpu;
	u64 sheaves;

	if (!bpf_core_field_exists(struct kmem_cache___sheaves, cpu_sheaves))
		return;
	sheaves = (u64)BPF_CORE_READ(cache, cpu_sheaves);
	if (!sheaves)
		return;
	cpu = (const void *)(sheaves + offset);
	ss_park_sheaf(BPF_CORE_READ(cpu, main), SS_PARK_SHEAF);
	ss_park_sheaf(BPF_CORE_READ(cpu, spare), SS_PARK_SHEAF);
	ss_park_sheaf(BPF_CORE_READ(cpu, rcu_free), SS_PARK_RCU);
}

static long ss_walk_barn(u32 i, struct ss_chain *c)
{
	const struct slab_sheaf *sheaf;

	if (!c->at || c->at == c->start)
		return 1;
	sheaf = (const void *)(c->at - bpf_core_field_offset(struct slab_sheaf, barn_list));
	/* Bursts of frees move full sheaves off this list while it is walked. */
	if (!ss_park_sheaf(sheaf, SS_PARK_BARN))
		return 1;
	c->at = (u64)BPF_CORE_READ(sheaf, barn_list.next);
	return 0;
}

static __always_inline const struct node_barn *ss_barn(u32 node)
{
	u64 at = ss_census.key;
	const struct node_barn *barn = NULL;
	const struct kmem_cache_node___barn *n = NULL;

	/* Linux 7.1 keeps barns beside the nodes, 6.18 in them. */
	if (bpf_core_field_exists(struct kmem_cache___per_node, per_node)) {
		at += bpf_core_field_offset(struct kmem_cache___per_node, per_node) +
		      (u64)node * bpf_core_type_size(struct kmem_cache_per_node_ptrs___v7) +
		      bpf_core_field_offset(struct kmem_cache_per_node_ptrs___v7, barn);
		bpf_probe_read_kernel(&barn, sizeof(barn), (const void *)at);
	} else if (bpf_core_field_exists(struct kmem_cache_node___barn, barn)) {
		at += bpf_core_field_offset(struct kmem_cache___node, node) + 8ull * node;
		bpf_probe_read_kernel(&n, sizeof(n), (const void *)at);
		if (n)
			barn = BPF_CORE_READ(n, barn);
	}
	return barn;
}

static __always_inline void ss_park_barn(u32 node)
{
	const struct node_barn *barn;
	struct ss_chain c = {};

	if (!bpf_core_field_exists(struct kmem_cache___sheaves, cpu_sheaves))
		return;
	barn = ss_barn(node);
	if (!barn)
		return;
	c.start = (u64)barn + bpf_core_field_offset(struct node_barn, sheaves_full);
	c.at = (u64)BPF_CORE_READ(barn, sheaves_full.next);
	bpf_loop(SS_BARN_MAX, ss_walk_barn, &c, 0);
}

/* What the cache `key` has parked with one CPU, or on one node. */
SEC("syscall")
int ss_park(void *ctx)
{
	u64 offset;

	ss_census.parked_cnt = 0;
	ss_census.parked_lost = 0;
	__builtin_memset(ss_census.parked, 0, sizeof(ss_census.parked));
	if (ss_census.node >= 0) {
		ss_park_barn(ss_census.node);
		return 0;
	}
	offset = ss_cpu_offset(ss_census.cpu);
	if (!offset)
		return 0;
	ss_park_cpu_slab(offset);
	ss_park_cpu_sheaves(offset);
	return 0;
}
