/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slab pages, read from outside without a lock: struct page by struct page,
 * what cache a page belongs to, and which objects of a slab are free. What is
 * read may change meanwhile; whatever follows from it is checked for sense
 * before it is believed, and every access is one that may fail.
 *
 * x86-64: the direct map and the array of struct page are each in one piece,
 * and a multiple of 1 GiB from where they would be without KASLR.
 */
#ifndef SS_PAGES_BPF_H
#define SS_PAGES_BPF_H

#include "arrays.bpf.h"
#include <bpf/bpf_core_read.h>
#include "census_wire.h"

#define SS_PAGE_SHIFT	 12
#define SS_SECTION_PAGES 32768 /* the memory map comes and goes in pieces of 128 MiB */
#define SS_ORDER_MAX	 18    /* 1 GiB */

SS_ARRAY(ss_slab_caches, BPF_MAP_TYPE_ARRAY, SS_SLAB_CACHES, struct ss_slab_cache, BPF_F_MMAPABLE);
SS_ARRAY(ss_slabs, BPF_MAP_TYPE_ARRAY, SS_SLABS, u64, BPF_F_MMAPABLE);
/* Which objects of the slab at hand are free: the serial number of the slab, at the object's
 * place. Nothing needs to be cleared for the next slab. */
SS_ARRAY(ss_marks, BPF_MAP_TYPE_ARRAY, SS_OBJECTS_MAX, u32, 0);

struct ss_census ss_census __weak = {};
__u32 ss_serial __weak = 0; /* of the slab at hand */

static __always_inline u64 ss_page_at(u64 pfn)
{
	return ss_census.vmemmap + pfn * bpf_core_type_size(struct page);
}

static __always_inline u64 ss_pfn_of(u64 address)
{
	return (address - ss_census.direct) >> SS_PAGE_SHIFT;
}

static __always_inline u64 ss_address_of(u64 pfn)
{
	return ss_census.direct + (pfn << SS_PAGE_SHIFT);
}

/* What of struct page (and struct slab, which lies over it) is of interest. */
struct ss_page {
	u64 words[8];
};

#define SS_PAGE_FIELD(page, type, field_type, field)                                               \
	(*(const type *)((const char *)(page)->words + bpf_core_field_offset(field_type, field)))

/* 0, or an error where there is no struct page. */
static __always_inline long ss_page_read(struct ss_page *ret, u64 pfn)
{
	return bpf_probe_read_kernel(ret->words, sizeof(ret->words), (const void *)ss_page_at(pfn));
}

static __always_inline bool ss_page_typed(const struct ss_page *page, u32 type)
{
	return SS_PAGE_FIELD(page, u32, struct page, page_type) >> 24 == type;
}

static __always_inline bool ss_page_is_slab(const struct ss_page *page)
{
	if (bpf_core_enum_value_exists(enum pagetype, PGTY_slab))
		return ss_page_typed(page, bpf_core_enum_value(enum pagetype, PGTY_slab));
	if (bpf_core_enum_value_exists(enum pageflags, PG_slab))
		return page->words[0] >> bpf_core_enum_value(enum pageflags, PG_slab) & 1;
	return false;
}

/* Linux commit 2c8ab5b2cbd0 "mm: Introduce a page type for large kmalloc" (in v6.15) */
static __always_inline bool ss_page_is_large(const struct ss_page *page)
{
	return bpf_core_enum_value_exists(enum pagetype, PGTY_large_kmalloc) &&
	       ss_page_typed(page, bpf_core_enum_value(enum pagetype, PGTY_large_kmalloc));
}

static __always_inline bool ss_page_is_head(const struct ss_page *page)
{
	return page->words[0] >> bpf_core_enum_value(enum pageflags, PG_head) & 1;
}

/* Pages of the compound page that begins here. */
static __always_inline u32 ss_page_order(u64 pfn)
{
	u64 tail = ss_page_at(pfn);
	u8 order = 0;

	/* Linux commit ebc1baf5c9b4 "mm: free up a word in the first tail page" (in v6.7) */
	if (bpf_core_field_exists(struct folio___order, _folio_order))
		tail += bpf_core_field_offset(struct folio___order, _folio_order);
	else
		tail += bpf_core_field_offset(struct folio, _flags_1);
	if (bpf_probe_read_kernel(&order, sizeof(order), (const void *)tail))
		return 0;
	return order;
}

/*
 * How many pages from this one on are of no further interest: a compound page's
 * tails, and all of a free block. Read without a lock: believed only if aligned.
 */
static __always_inline u64 ss_page_step(u64 pfn, const struct ss_page *page)
{
	u64 order = 0;

	if (ss_page_is_head(page))
		order = ss_page_order(pfn);
	else if (bpf_core_enum_value_exists(enum pagetype, PGTY_buddy) &&
		 ss_page_typed(page, bpf_core_enum_value(enum pagetype, PGTY_buddy)))
		order = SS_PAGE_FIELD(page, u64, struct page, private);
	if (order > SS_ORDER_MAX || pfn & ((1ull << order) - 1))
		return 1;
	return 1ull << order;
}

/* Number of the first page of the compound page that this one is in. */
static __always_inline u64 ss_page_head(u64 pfn, const struct ss_page *page)
{
	u64 info;

	if (bpf_core_field_exists(struct page___info, compound_info))
		info = SS_PAGE_FIELD(page, u64, struct page___info, compound_info);
	else
		info = SS_PAGE_FIELD(page, u64, struct page, compound_head);
	if (!(info & 1))
		return pfn;
	/* Either the head's address plus 1, or (since v7.1) a mask that leads to it. */
	if (~info < 1ull << 30)
		info &= ss_page_at(pfn);
	else
		info -= 1;
	return (info - ss_census.vmemmap) / bpf_core_type_size(struct page);
}

/* A slab as its struct page has it; all of it read at once. */
struct ss_slab {
	u64 pfn;
	u64 cache; /* address of struct kmem_cache */
	u64 free;  /* first of the free list */
	u32 in_use, objects;
};

/* False when the page is no slab. */
static __always_inline bool ss_slab_read(struct ss_slab *ret, u64 pfn, const struct ss_page *page)
{
	u32 counters;

	if (!ss_page_is_slab(page))
		return false;
	counters = SS_PAGE_FIELD(page, u32, struct slab, counters);
	ret->pfn = pfn;
	ret->cache = SS_PAGE_FIELD(page, u64, struct slab, slab_cache);
	ret->free = SS_PAGE_FIELD(page, u64, struct slab, freelist);
	ret->in_use = counters & 0xffff;
	ret->objects = counters >> 16 & 0x7fff;
	return true;
}

/*
 * KFENCE's pool calls its pages slabs of one object each, which no slab without
 * a free list and without objects in use is. Free objects of it are unmapped.
 */
static __always_inline bool ss_slab_is_guarded(const struct ss_slab *slab)
{
	return !slab->in_use && !slab->free && slab->objects;
}

/* The pointer to the next free object, kept at `at` in a free one (freelist_ptr_decode()). */
static __always_inline u64 ss_next_free(u64 at, u64 random)
{
	u64 next = 0;

	if (bpf_probe_read_kernel(&next, sizeof(next), (const void *)at))
		return 0;
	if (bpf_core_field_exists(struct kmem_cache___hardened, random))
		next ^= random ^ __builtin_bswap64(at);
	return next;
}

#endif
