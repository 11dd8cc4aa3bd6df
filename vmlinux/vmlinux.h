/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel types that slabsight reads, written by hand: only the fields that
 * are used, in no particular order. preserve_access_index makes libbpf look up
 * the real offsets in the running kernel's BTF; scripts/check-vmlinux.sh holds
 * every field against a real one.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __le16, __be16;
typedef __u32 __le32, __be32, __wsum;
typedef __u64 __le64, __be64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0

/* The few UAPI enums of linux/bpf.h that the programs name. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_F_MMAPABLE = 1024,
};

/*
 * How a page is marked as the slab's: a flag, or since Linux commit 46df8e73a4a3
 * "mm: free up PG_slab" (in v6.10) a type, in the upper byte since 4ffca5a96678
 * "mm: support only one page_type per page" (in v6.12).
 */
enum pageflags {
	PG_head = 6,
	PG_slab = 9,
};
enum pagetype {
	PGTY_buddy = 0xf0,
	PGTY_slab = 0xf5,
	PGTY_large_kmalloc = 0xf8,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kmem_cache {
	const char *name;
	unsigned int size;
	unsigned int object_size;
	int refcount;
	unsigned int flags;
	unsigned int offset;
};

/* What only some kernels have, by configuration or by age. */
struct kmem_cache___hardened { /* CONFIG_SLAB_FREELIST_HARDENED */
	unsigned long random;
};

struct kmem_cache___debug { /* CONFIG_SLUB_DEBUG */
	unsigned int red_left_pad;
};

struct kmem_cache___cpu_slab { /* gone in v7.1 */
	struct kmem_cache_cpu *cpu_slab;
};

/* Linux commit 2d517aa09bbc "slab: add opt-in caching layer of percpu sheaves" (in v6.18) */
struct kmem_cache___sheaves {
	struct slub_percpu_sheaves *cpu_sheaves;
};

struct kmem_cache___node {
	struct kmem_cache_node *node[1];
};

struct kmem_cache_per_node_ptrs___v7 {
	struct node_barn *barn;
};

struct kmem_cache___per_node {
	struct kmem_cache_per_node_ptrs___v7 per_node[1];
};

struct kmem_cache_node___barn {
	struct node_barn *barn;
};

struct kmem_cache_cpu {
	void **freelist;
	struct slab *slab;
};

struct slub_percpu_sheaves {
	struct slab_sheaf *main;
	struct slab_sheaf *spare;
	struct slab_sheaf *rcu_free;
};

struct list_head {
	struct list_head *next;
};

struct slab_sheaf {
	struct list_head barn_list;
	unsigned int size;
	void *objects[1];
};

struct slab_sheaf___owner {
	struct kmem_cache *cache;
};

struct node_barn {
	struct list_head sheaves_full;
};

struct slab {
	struct kmem_cache *slab_cache;
	void *freelist;
	unsigned long counters;
};

struct page {
	unsigned long flags;
	unsigned long compound_head;
	unsigned long private;
	unsigned int page_type;
};

struct page___info { /* compound_head's name since v7.1 */
	unsigned long compound_info;
};

struct atomic___any {
	int counter;
};

struct page___count {
	struct atomic___any _refcount;
};

struct folio {
	unsigned long _flags_1;
};

struct folio___order { /* before Linux commit ebc1baf5c9b4 "mm: free up a word in the first tail
			  page" (in v6.7) */
	unsigned char _folio_order;
};

struct bpf_array {
	void *pptrs[1];
};

struct vm_struct {
	struct page **pages;
};

struct task_struct {
	struct vm_struct *stack_vm_area;
	struct mm_struct *mm;
	struct sighand_struct *sighand;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	unsigned int s_dev;
	struct file_system_type *s_type;
	char s_id[32];
};

struct qstr {
	unsigned int len;
	const unsigned char *name;
};

struct lockref {
	int count;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	unsigned int d_flags;
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	struct lockref d_lockref;
};

#pragma clang attribute pop

#ifndef __TARGET_ARCH_x86
#error "slabsight traces x86-64 only: registers, memory ordering and stacks are not known for others"
#endif

/*
 * Only ever a program's context, never a kernel object that CO-RE should
 * relocate: the layout is fixed UAPI (arch/x86/include/uapi/asm/ptrace.h).
 */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

#endif
