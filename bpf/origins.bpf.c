// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cold half of the origins: what happens once, when an origin or a cache is
 * met for the first time.
 */
#include "origins.bpf.h"

char ss_license[] SEC("license") __weak = "GPL";

static __always_inline void ss_cache_fill(struct ss_cache *c, struct kmem_cache *s, u64 key)
{
	if (s) {
		const char *name = BPF_CORE_READ(s, name);

		bpf_probe_read_kernel_str(c->name, sizeof(c->name), name);
		c->size = BPF_CORE_READ(s, size);
		c->object_size = BPF_CORE_READ(s, object_size);
		c->flags = BPF_CORE_READ(s, flags);
	} else {
		c->size = key >> SS_KMALLOC_KEY_SIZE_SHIFT;
		c->object_size = c->size;
	}
	SS_WRITE(c->state, SS_CACHE_READY | (s ? 0 : SS_CACHE_GUESSED));
}

/*
 * Is the cache in this entry, or can it be put there? These are functions of their own,
 * and global, so that the verifier checks them once, and not once a turn of a loop or
 * for each of the ways that lead to them.
 */
__noinline int ss_cache_at(u32 index, u64 cache, u64 key)
{
	struct ss_cache *c = ss_at(&ss_caches, index);

	if (!c)
		return 0;
	if (c->key == key && !(c->state & SS_CACHE_DESTROYED))
		return 1;
	if (c->key || __sync_val_compare_and_swap(&c->key, 0, key) != 0)
		return 0;
	ss_cache_fill(c, (struct kmem_cache *)cache, key);
	return 1;
}

/*
 * A destroyed cache keeps its entry, and its address may be used again for
 * another cache: such entries are passed over.
 */
__noinline u32 ss_cache_find(u64 cache, u64 key)
{
	u32 h = (key * SS_HASH) >> 54;

	for (u32 i = 0; i < 2 * SS_TRIES; i++) {
		u32 index = (h + i) & (SS_CACHES - 1);

		if (index >= SS_CACHE_FIRST && ss_cache_at(index, cache, key))
			return index;
	}
	ss_tally(caches_full, 1);
	return SS_CACHE_OTHER_INDEX;
}

__noinline u32 ss_waste_shift(u64 size)
{
	u32 shift = 0;

	for (u32 i = 0; i < 32; i++) {
		if ((size - 1) >> shift <= SS_WASTE_MASK)
			break;
		shift++;
	}
	return shift;
}

__noinline int ss_site_is_inner(u64 site)
{
	for (u32 i = 0; i < SS_INNER; i++)
		if (site >= ss_inner[2 * i] && site < ss_inner[2 * i + 1])
			return true;
	return false;
}

__noinline int ss_origin_fill(u32 index, u64 key, u64 addr, u64 size)
{
	struct ss_origin *o = ss_at(&ss_origins, index);
	bool kmalloc = !(key >> 63);
	u8 flags = kmalloc ? SS_ORIGIN_KMALLOC : 0;

	if (!o)
		return 0;
	if (kmalloc && ss_is_large(size)) {
		flags |= SS_ORIGIN_LARGE;
		o->cache = SS_CACHE_LARGE_INDEX;
	} else {
		struct kmem_cache *s = (void *)(kmalloc ? ss_cache_of(addr) : key);

		o->cache = ss_cache_find((u64)s, s ? (u64)s : key);
		if (!kmalloc && s)
			size = BPF_CORE_READ(s, size);
	}
	if (ss_site_is_inner(o->site))
		flags |= SS_ORIGIN_INNER;
	if (size < ss_min_size || size > ss_max_size)
		flags |= SS_ORIGIN_SKIP;
	o->size = size;
	o->waste_shift = ss_waste_shift(size);
	o->interval = ss_interval;
	o->flags = flags;
	/* Last: until now another CPU does not take this entry for its own. */
	SS_WRITE(o->key, key);
	return 0;
}

static long ss_origin_retire(u32 index, void *key)
{
	struct ss_origin *o = ss_at(&ss_origins, index);

	if (!o)
		return 1;
	if (o->key == *(u64 *)key)
		SS_WRITE(o->key, SS_KEY_DESTROYED);
	return 0;
}

/*
 * kmem_cache_destroy() of a cache in the books: whatever is still live in it
 * stays for good. Its origins keep their books and are found no more, because a
 * cache made at the same address, and used at the same call sites, is another one.
 */
__noinline int ss_cache_gone(u64 key)
{
	u32 h = (key * SS_HASH) >> 54;

	for (u32 i = 0; i < 2 * SS_TRIES; i++) {
		u32 index = (h + i) & (SS_CACHES - 1);
		struct ss_cache *c;

		if (index < SS_CACHE_FIRST)
			continue;
		c = ss_at(&ss_caches, index);
		if (!c || !c->key)
			break;
		if (c->key == key && !(c->state & SS_CACHE_DESTROYED)) {
			SS_WRITE(c->state, c->state | SS_CACHE_DESTROYED);
			ss_tally(destroyed, 1);
			break;
		}
	}
	bpf_loop(SS_ORIGINS, ss_origin_retire, &key, 0);
	return 0;
}
