// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From an address to its cache: the kfunc where there is one, else the way that
 * virt_to_slab() goes, through struct page.
 */
#include "compat.bpf.h"

char ss_license[] SEC("license") __weak = "GPL";

/*
 * Linux commit a992d7a39791 "mm/bpf: Add bpf_get_kmem_cache()
 * kfunc" (in v6.13). NULL for large kmalloc.
 */
extern struct kmem_cache *bpf_get_kmem_cache(u64 addr) __ksym __weak;

/* Address of struct page of an address in the direct map (x86-64). */
static __always_inline u64 ss_page_of(u64 addr)
{
	return ss_vmemmap + (addr - ss_direct) / 4096 * bpf_core_type_size(struct page);
}

static __always_inline struct kmem_cache *ss_cache_by_page(u64 addr)
{
	u64 page = ss_page_of(addr), head = 0;
	struct kmem_cache *cache = NULL;

	bpf_probe_read_kernel(&head, sizeof(head),
			      (void *)(page + bpf_core_field_offset(struct page, compound_head)));
	if (head & 1)
		page = head - 1;
	bpf_probe_read_kernel(&cache, sizeof(cache),
			      (void *)(page + bpf_core_field_offset(struct slab, slab_cache)));
	return cache;
}

__noinline u64 ss_cache_of(u64 addr)
{
	if (ss_cache_how == SS_BY_KFUNC) {
		struct kmem_cache *cache = bpf_get_kmem_cache ? bpf_get_kmem_cache(addr) : NULL;
		u64 value = 0;

		/* The verifier lets no pointer out of a function; read back, it is a number. */
		bpf_probe_read_kernel(&value, sizeof(value), &cache);
		return value;
	} else if (ss_cache_how == SS_BY_PAGE) {
		return (u64)ss_cache_by_page(addr);
	}
	return 0;
}
