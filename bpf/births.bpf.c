// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who makes dentries, and what becomes of them. There is no event for dentries:
 * the slab events of their cache are taken, as raw tracepoints, so this works
 * where function entry cannot be hooked; only --refs needs that (dput()).
 *
 * The free program exists twice, because a program that is interrupted is not
 * run again inside itself, and RCU frees dentries by the hundred in interrupts:
 * the second copy has work when the first was skipped. A remembered dentry is
 * deleted by whoever comes first; a free is counted by the copy that finds no
 * note of the first (see ss_twin_did() in ledger.bpf.h).
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "births_wire.h"

char ss_license[] SEC("license") = "GPL";

#define SS_HASH 0x9E3779B97F4A7C15ull

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SS_PROCS);
	__type(key, struct ss_proc_key);
	__type(value, struct ss_proc);
} ss_procs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SS_PROGS);
	__type(key, struct ss_proc_key);
	__type(value, struct ss_proc);
} ss_progs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SS_BORN);
	__type(key, u64);
	__type(value, struct ss_born);
} ss_born SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, SS_BORN_STACKS);
	__uint(key_size, 4);
	__uint(value_size, SS_BORN_FRAMES * 8);
} ss_born_stacks SEC(".maps");

/* Births by stack, times what each stands for. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SS_BORN_STACKS);
	__type(key, u32);
	__type(value, u64);
} ss_stack_births SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SS_OBITUARIES);
} ss_obits SEC(".maps");

struct ss_cpu {
	u64 freeing; /* address that the first copy was last busy with */
	u32 births, deaths;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ss_cpu);
} ss_cpus SEC(".maps");

struct ss_births ss_births = {.interval = 1, .bury = 1, .threshold = 0xffffffff};

#define ss_add(counter, n) ((void)__sync_fetch_and_add(&(counter), (n)))

static __always_inline struct ss_cpu *ss_cpu(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&ss_cpus, &zero);
}

static __always_inline bool ss_remembered(u64 address)
{
	u64 hash = address * SS_HASH;

	return (u32)(hash >> 32) <= *(volatile u32 *)&ss_births.threshold;
}

static __always_inline bool ss_count(void *map, const struct ss_proc_key *key)
{
	struct ss_proc *p = bpf_map_lookup_elem(map, key), empty = {};

	if (!p) {
		bpf_map_update_elem(map, key, &empty, BPF_NOEXIST);
		p = bpf_map_lookup_elem(map, key);
	}
	if (p)
		ss_add(p->births, 1);
	return p;
}

static __always_inline void ss_take_stack(void *ctx, struct ss_born *b)
{
	struct ss_cpu *cpu = ss_cpu();
	u32 interval = ss_births.interval, id;
	u64 *sum;

	b->stack = -1;
	if (!cpu || !interval || cpu->births++ & (interval - 1))
		return;
	b->stack = bpf_get_stackid(ctx, &ss_born_stacks, 0);
	if (b->stack < 0) {
		ss_add(ss_births.stacks_failed, 1);
		return;
	}
	b->weight = interval;
	id = b->stack;
	sum = bpf_map_lookup_elem(&ss_stack_births, &id);
	if (sum)
		ss_add(*sum, interval);
}

/* Run once by slabsight itself. */
SEC("syscall")
int ss_dent_self(void *ctx)
{
	ss_births.self = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

SEC("raw_tp/kmem_cache_alloc")
int ss_dent_born(u64 *ctx)
{
	u64 address = ctx[1];
	struct ss_born b = {};

	if (ctx[2] != ss_births.key || !address || !ss_births.on)
		return 0;
	b.proc.tgid = bpf_get_current_pid_tgid() >> 32;
	if (b.proc.tgid == ss_births.self) {
		ss_add(ss_births.own, 1);
		return 0;
	}
	ss_add(ss_births.births, 1);
	b.proc.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(b.proc.comm, sizeof(b.proc.comm));
	if (!ss_count(&ss_procs, &b.proc)) {
		ss_add(ss_births.procs_full, 1);
		b.proc.tgid = 0;
		if (!ss_count(&ss_progs, &b.proc))
			ss_add(ss_births.progs_full, 1);
	}
	b.tick = ss_births.tick;
	ss_take_stack(ctx, &b);
	if (!ss_remembered(address))
		return 0;
	if (!bpf_map_delete_elem(&ss_born, &address)) {
		ss_add(ss_births.ghosts, 1);
		ss_add(ss_births.kept, -1);
	}
	if (bpf_map_update_elem(&ss_born, &address, &b, BPF_ANY))
		ss_add(ss_births.born_full, 1);
	else
		ss_add(ss_births.kept, 1);
	return 0;
}

/* Its memory still holds what it was; only the free pointer comes later. */
static __always_inline void ss_bury(u64 address, const struct ss_born *b, u32 weight)
{
	const struct dentry *d = (const struct dentry *)address;
	struct ss_obituary *o = bpf_ringbuf_reserve(&ss_obits, sizeof(*o), 0);
	u64 name;
	long err;

	if (!o) {
		ss_add(ss_births.obituaries_lost, 1);
		return;
	}
	o->proc = b->proc;
	o->parent = (u64)BPF_CORE_READ(d, d_parent);
	if (o->parent == address)
		o->parent = 0;
	o->super = (u64)BPF_CORE_READ(d, d_sb);
	o->weight = weight;
	o->name_len = BPF_CORE_READ(d, d_name.len);
	name = (u64)BPF_CORE_READ(d, d_name.name);
	if (name - address >= bpf_core_type_size(struct dentry)) {
		o->name_have = SS_OBITUARY_LONG;
		err = bpf_probe_read_kernel(o->name, SS_OBITUARY_LONG, (const void *)name);
	} else {
		o->name_have = SS_OBITUARY_NAME;
		err = bpf_probe_read_kernel(o->name, SS_OBITUARY_NAME, (const void *)name);
	}
	if (err)
		o->name_have = 0;
	bpf_ringbuf_submit(o, 0);
}

static __always_inline int ss_dent_died(u64 *ctx, bool first)
{
	u64 address = ctx[1];
	struct ss_cpu *cpu = ss_cpu();
	struct ss_born *b;
	u32 bury = ss_births.bury;

	if (ctx[2] != ss_births.key || !cpu)
		return 0;
	if (first) {
		*(volatile u64 *)&cpu->freeing = address;
	} else if (*(volatile u64 *)&cpu->freeing == address) {
		*(volatile u64 *)&cpu->freeing = 1;
		return 0;
	}
	if (ss_births.on)
		ss_add(ss_births.deaths, 1);
	b = bpf_map_lookup_elem(&ss_born, &address);
	if (!b)
		return 0;
	if (bury && !(cpu->deaths++ & (bury - 1)))
		ss_bury(address, b, bury);
	if (!bpf_map_delete_elem(&ss_born, &address))
		ss_add(ss_births.kept, -1);
	return 0;
}

SEC("raw_tp/kmem_cache_free")
int ss_dent_died1(u64 *ctx)
{
	return ss_dent_died(ctx, true);
}

SEC("raw_tp/kmem_cache_free")
int ss_dent_died2(u64 *ctx)
{
	return ss_dent_died(ctx, false);
}

/* dput(dentry): only of dentries that were born since the start. */
SEC("?fentry/dput")
int ss_dent_put(u64 *ctx)
{
	struct ss_born *b;
	u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), ctx);
	b = address ? bpf_map_lookup_elem(&ss_born, &address) : NULL;
	if (!b)
		return 0;
	ss_add(b->puts, 1);
	ss_add(ss_births.puts, 1);
	b->last_put = bpf_get_stackid(ctx, &ss_born_stacks, 0);
	return 0;
}
