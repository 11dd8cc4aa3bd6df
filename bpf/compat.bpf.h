/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every difference between kernels that the programs must know, newest first.
 * Nothing here asks for a version: a BTF field, a symbol or a knob that user
 * space set after a trial decides.
 */
#ifndef SS_COMPAT_BPF_H
#define SS_COMPAT_BPF_H

#include "maps.bpf.h"
#include <bpf/bpf_core_read.h>

/*
 * Address of the struct kmem_cache of a kmalloc object; 0 when it has none or
 * there is no way to ask. In compat.bpf.c, the one file that names the kfunc
 * (libbpf 1.1 cannot join two files that do).
 */
u64 ss_cache_of(u64 addr);

/* kmalloc above two pages comes straight from the page allocator (KMALLOC_MAX_CACHE_SIZE). */
static __always_inline bool ss_is_large(u64 allocated)
{
	return allocated > 2 * ss_page_size;
}

/*
 * kmalloc's event does not name the cache: the size class and the gfp bits that
 * choose the family (kmalloc_type() in include/linux/slab.h) stand for it in the
 * origin's key. Families chosen by the caller (random, buckets) need no bits: the
 * call site is in the key already.
 */
static __always_inline u64 ss_kmalloc_key(u64 allocated, u32 gfp)
{
	u64 key = SS_KMALLOC_KEYED | allocated << SS_KMALLOC_KEY_SIZE_SHIFT;

	if (gfp & ss_gfp_dma)
		key |= SS_KMALLOC_DMA;
	if (gfp & ss_gfp_reclaimable)
		key |= SS_KMALLOC_RECLAIMABLE;
	if (gfp & ss_gfp_account)
		key |= SS_KMALLOC_ACCOUNT;
	return key;
}

/*
 * A function argument of an fentry or fexit program; not as a typed argument,
 * because the verifier of 6.12 and older refuses `const void *`, and that of 6.18
 * still `void **`. The verifier inlines the helper.
 */
static __always_inline u64 ss_arg(u64 *ctx, u32 index)
{
	u64 value = 0;

	bpf_get_func_arg(ctx, index, &value);
	return value;
}

/* What the traced function of an fexit program returned. */
static __always_inline u64 ss_returned(u64 *ctx)
{
	u64 value = 0;

	bpf_get_func_ret(ctx, &value);
	return value;
}

#endif
