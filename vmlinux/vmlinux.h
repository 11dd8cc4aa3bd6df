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
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_MAP_TYPE_LRU_HASH = 9,
};
enum {
	BPF_ANY = 0,
	BPF_F_MMAPABLE = 1024,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kmem_cache {
	const char *name;
	unsigned int size;
	unsigned int object_size;
	int refcount;
	unsigned int flags;
};

struct slab {
	struct kmem_cache *slab_cache;
};

struct page {
	unsigned long flags;
	unsigned long compound_head;
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
