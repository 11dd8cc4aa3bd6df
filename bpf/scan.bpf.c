// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scan: all struct pages, to find the slabs, and what they add up to by
 * cache. A slice of `budget` steps at a time; user space decides the pace.
 */
#include "pages.bpf.h"

char ss_license[] SEC("license") __weak = "GPL";

#define SS_GIB 30

/* Is there, with these bases, an object of the cache `name` at this address? */
static __always_inline bool ss_base_fits(u64 object, u64 direct, u64 vmemmap, const char name[16])
{
	u64 pfn = (object - direct) >> SS_PAGE_SHIFT;

	/* The head of its slab is at most 7 pages before it (slub_max_order is 3 by default). */
	for (u32 back = 0; back < 8; back++) {
		u64 at = vmemmap + (pfn - back) * bpf_core_type_size(struct page);
		u64 start = direct + ((pfn - back) << SS_PAGE_SHIFT);
		const struct kmem_cache *cache;
		u64 is[2] = {}, want[2];
		struct ss_page page;
		struct ss_slab slab;
		u32 size;

		if (bpf_probe_read_kernel(page.words, sizeof(page.words), (const void *)at))
			return false;
		if (!ss_slab_read(&slab, pfn - back, &page))
			continue;
		cache = (const struct kmem_cache *)slab.cache;
		if (bpf_probe_read_kernel_str(is, sizeof(is), BPF_CORE_READ(cache, name)) < 0)
			continue;
		__builtin_memcpy(want, name, sizeof(want));
		size = BPF_CORE_READ(cache, size);
		if (is[0] != want[0] || is[1] != want[1] || !size)
			continue;
		if (ss_slab_is_guarded(&slab))
			return true; /* KFENCE puts its objects at either end of a page */
		if (bpf_core_field_exists(struct kmem_cache___debug, red_left_pad))
			start += BPF_CORE_READ((const struct kmem_cache___debug *)cache,
					       red_left_pad);
		return (object - start) % size == 0;
	}
	return false;
}

struct ss_base_try {
	u64 task, mm, sighand;
	u64 direct, vmemmap; /* highest candidates */
	u32 directs;	     /* number of candidates for the first */
	u32 pad;
};

static const char ss_task_name[16] = "task_struct";
static const char ss_mm_name[16] = "mm_struct";
static const char ss_sighand_name[16] = "sighand_cache";

static long ss_try_base(u32 tries, struct ss_base_try *t)
{
	u32 i = ss_census.base_next++;
	u64 direct = t->direct - ((u64)(i % t->directs) << SS_GIB);
	u64 vmemmap = t->vmemmap - ((u64)(i / t->directs) << SS_GIB);

	if (!ss_base_fits(t->task, direct, vmemmap, ss_task_name) ||
	    !ss_base_fits(t->mm, direct, vmemmap, ss_mm_name) ||
	    !ss_base_fits(t->sighand, direct, vmemmap, ss_sighand_name))
		return 0;
	ss_census.direct = direct;
	ss_census.vmemmap = vmemmap;
	ss_census.based = 1;
	return 1;
}

/*
 * Where the direct map and the memory map begin, found without symbols (they
 * may be hidden or not there): both are aligned to 1 GiB, the running task lies
 * in the one and a page of its stack in the other. Tried out on three objects
 * whose caches are never merged with others and so have these names. `budget`
 * candidates in one run: with much memory there are millions.
 */
SEC("syscall")
int ss_bases(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct page **pages = BPF_CORE_READ(task, stack_vm_area, pages), *page = NULL;
	u64 maps = (ss_census.memory >> SS_PAGE_SHIFT) * bpf_core_type_size(struct page);
	struct ss_base_try t = {};

	t.task = (u64)task;
	t.mm = (u64)BPF_CORE_READ(task, mm);
	t.sighand = (u64)BPF_CORE_READ(task, sighand);
	bpf_probe_read_kernel(&page, sizeof(page), pages);
	t.direct = t.task >> SS_GIB << SS_GIB;
	t.vmemmap = (u64)page >> SS_GIB << SS_GIB;
	t.directs = (ss_census.memory >> SS_GIB) + 1;
	ss_census.based = 0;
	ss_census.base_cnt = page ? t.directs * ((maps >> SS_GIB) + 1) : 0;
	if (ss_census.base_next < ss_census.base_cnt)
		bpf_loop(ss_census.budget, ss_try_base, &t, 0);
	return 0;
}

/* Fills in a cache met for the first time; false when it cannot be one. */
static __always_inline bool ss_describe(struct ss_slab_cache *c, u64 key)
{
	const struct kmem_cache *cache = (const struct kmem_cache *)key;
	const char *name = BPF_CORE_READ(cache, name);

	c->size = BPF_CORE_READ(cache, size);
	c->object_size = BPF_CORE_READ(cache, object_size);
	c->offset = BPF_CORE_READ(cache, offset);
	c->flags = BPF_CORE_READ(cache, flags);
	if (bpf_core_field_exists(struct kmem_cache___hardened, random))
		c->random = BPF_CORE_READ((const struct kmem_cache___hardened *)cache, random);
	if (bpf_core_field_exists(struct kmem_cache___debug, red_left_pad))
		c->red_left = BPF_CORE_READ((const struct kmem_cache___debug *)cache, red_left_pad);
	return c->object_size && c->size >= c->object_size && c->offset < c->size &&
	       bpf_probe_read_kernel_str(c->name, sizeof(c->name), name) > 1;
}

/* Index of a cache, which is entered when it is new; negative: none, or no room. */
__noinline int ss_cache_index(u64 key)
{
	u32 at = (key * 0x9E3779B97F4A7C15ull) >> (64 - SS_SLAB_CACHE_BITS);

	for (u32 tries = 0; tries < 64; tries++) {
		struct ss_slab_cache *c = ss_at(&ss_slab_caches, at);

		if (!c)
			return -1;
		if (c->key == key)
			return at;
		if (!c->key) {
			if (!ss_describe(c, key)) {
				ss_census.odd++;
				return -1;
			}
			c->key = key;
			return at;
		}
		at = (at + 1) & (SS_SLAB_CACHES - 1);
	}
	ss_census.overflow++;
	return -1;
}

static __always_inline void ss_scan_slab(const struct ss_slab *slab, u64 pages)
{
	u64 *out = ss_at(&ss_slabs, ss_census.slab_cnt);
	struct ss_slab_cache *c;
	char byte;
	int index;

	/* Being made; or of KFENCE's pool and never used: what cache it names is chance. */
	if (!slab->objects || !slab->cache)
		return;
	index = ss_cache_index(slab->cache);
	c = index < 0 ? NULL : ss_at(&ss_slab_caches, index);
	if (!c || !out)
		return;
	if (ss_slab_is_guarded(slab)) {
		if (!bpf_probe_read_kernel(&byte, 1, (const void *)ss_address_of(slab->pfn)))
			c->guarded++;
		return;
	}
	c->slabs++;
	c->pages += pages;
	c->objects += slab->objects;
	c->in_use += slab->in_use;
	*out = slab->pfn << SS_SLAB_CACHE_BITS | (u32)index;
	ss_census.slab_cnt++;
}

static long ss_scan_page(u32 i, void *ctx)
{
	u64 pfn = ss_census.pfn, step;
	struct ss_page page;
	struct ss_slab slab;

	if (pfn >= ss_census.end || ss_census.slab_cnt >= SS_SLABS)
		return 1;
	if (ss_page_read(&page, pfn)) {
		ss_census.pfn = (pfn | (SS_SECTION_PAGES - 1)) + 1;
		return 0;
	}
	ss_census.looked++;
	step = ss_page_step(pfn, &page);
	if (ss_slab_read(&slab, pfn, &page)) {
		ss_scan_slab(&slab, step);
	} else if (ss_page_is_large(&page)) {
		ss_census.larges++;
		ss_census.large_pages += step;
	}
	ss_census.pfn = pfn + step;
	return 0;
}

SEC("syscall")
int ss_scan(void *ctx)
{
	ss_census.slab_cnt = 0;
	ss_census.marks_large = bpf_core_enum_value_exists(enum pagetype, PGTY_large_kmalloc);
	bpf_loop(ss_census.budget, ss_scan_page, NULL, 0);
	return 0;
}
