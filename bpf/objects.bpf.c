// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The objects of slabs that a scan found, or that the ledger believes in: which
 * are free, and what the others hold. Objects parked with a CPU or a node look
 * alive here (see parked.bpf.c).
 */
#include "pages.bpf.h"

char ss_license[] SEC("license") __weak = "GPL";

SS_ARRAY(ss_suspects, BPF_MAP_TYPE_ARRAY, SS_SUSPECTS, struct ss_suspect, BPF_F_MMAPABLE);
SS_ARRAY(ss_contents, BPF_MAP_TYPE_ARRAY, SS_CONTENTS, struct ss_content, BPF_F_MMAPABLE);
SS_ARRAY(ss_peeked, BPF_MAP_TYPE_ARRAY, SS_PEEKED, struct ss_content, BPF_F_MMAPABLE);
SS_ARRAY(ss_peeked_dents, BPF_MAP_TYPE_ARRAY, SS_PEEKED, struct ss_dentry, BPF_F_MMAPABLE);
SS_ARRAY(ss_dentries, BPF_MAP_TYPE_ARRAY, SS_DENTRIES, struct ss_dentry, BPF_F_MMAPABLE);

#define SS_VISIT_TRIES 3 /* of a slab that changes while it is looked at */

/* The slab at hand. */
struct ss_hand {
	u64 pfn, start, end; /* addresses of its objects' slots */
	u64 cache, random, at;
	u32 size, offset, red_left, objects;
	u32 torn; /* its free list changed while it was walked */
	u32 pad;
};

static long ss_mark_free(u32 i, struct ss_hand *h)
{
	u32 *mark;

	if (!h->at)
		return 1;
	if (h->at < h->start || h->at >= h->end || !h->size) {
		h->torn = 1;
		return 1;
	}
	mark = ss_at(&ss_marks, (u32)(h->at - h->start) / h->size);
	if (mark)
		*mark = ss_serial;
	h->at = ss_next_free(h->at + h->offset, h->random);
	return 0;
}

/* Is the slab as it was when it was read: the same cache, free list and number in use? */
static __always_inline bool ss_slab_same(const struct ss_slab *slab)
{
	struct ss_slab now;
	struct ss_page page;

	return !ss_page_read(&page, slab->pfn) && ss_slab_read(&now, slab->pfn, &page) &&
	       now.cache == slab->cache && now.free == slab->free && now.in_use == slab->in_use;
}

/*
 * Walks the slab's free list. `size`, `offset`, `random` and `red_left` are set.
 * An object that is taken off the list while it is walked holds anything at all
 * where the next pointer was, maybe the address of a live neighbour: a list that
 * changed meanwhile is not believed, and nothing of the slab counts as free.
 */
static __always_inline void ss_take_in_hand(struct ss_hand *h, const struct ss_slab *slab)
{
	h->pfn = slab->pfn;
	h->cache = slab->cache;
	h->objects = slab->objects;
	h->start = ss_address_of(slab->pfn);
	h->end = h->start + (u64)h->size * h->objects;
	h->at = slab->free;
	h->torn = 0;
	ss_serial++;
	bpf_loop(h->objects, ss_mark_free, h, 0);
	if (slab->free && !ss_slab_same(slab))
		h->torn = 1;
	if (h->torn) {
		ss_census.torn++;
		ss_serial++;
	}
}

static __always_inline bool ss_is_free(u32 object)
{
	u32 *mark = ss_at(&ss_marks, object);

	return mark && *mark == ss_serial;
}

static __always_inline u64 ss_object_at(const struct ss_hand *h, u32 i)
{
	return h->start + (u64)h->size * i + h->red_left;
}

/*
 * The two that take a slab in hand are global: the verifier checks them once, and not
 * within each turn of what is done with many. What bpf_loop() is given must lie on the
 * stack of who calls it, so they work on a copy.
 */

/* The slab numbered `at` in ss_slabs, if it still is one of the cache it was one of. */
__noinline int ss_visit_slab(struct ss_hand *ret, u32 at)
{
	u64 *found = ss_at(&ss_slabs, at);
	struct ss_slab_cache *c =
		found ? ss_at(&ss_slab_caches, *found & (SS_SLAB_CACHES - 1)) : NULL;
	struct ss_hand h = {};

	if (!ret || !found || !c)
		return false;
	h.size = c->size;
	h.offset = c->offset;
	h.random = c->random;
	h.red_left = c->red_left;
	for (u32 tries = 0; tries < SS_VISIT_TRIES; tries++) {
		struct ss_slab slab;
		struct ss_page page;

		if (ss_page_read(&page, *found >> SS_SLAB_CACHE_BITS) ||
		    !ss_slab_read(&slab, *found >> SS_SLAB_CACHE_BITS, &page) ||
		    slab.cache != c->key) {
			ss_census.gone++;
			return false;
		}
		ss_take_in_hand(&h, &slab);
		if (!h.torn)
			break;
	}
	*ret = h;
	return true;
}

static long ss_put_content(u32 i, struct ss_hand *h)
{
	struct ss_content *out = ss_at(&ss_contents, ss_census.out_cnt);
	u32 width = ss_census.width;

	if (!out)
		return 1;
	if (ss_is_free(i))
		return 0;
	out->address = ss_object_at(h, i);
	if (!width || width > SS_CONTENT_BYTES)
		return 1;
	if (bpf_probe_read_kernel(out->bytes, width, (const void *)out->address))
		return 0;
	ss_census.out_cnt++;
	return 0;
}

static long ss_visit_contents(u32 i, void *ctx)
{
	struct ss_hand h = {};

	if (ss_census.next >= ss_census.visit_cnt ||
	    ss_census.out_cnt > SS_CONTENTS - SS_OBJECTS_MAX)
		return 1;
	if (ss_visit_slab(&h, ss_census.next))
		bpf_loop(h.objects, ss_put_content, &h, 0);
	ss_census.next++;
	return 0;
}

/* The first `width` bytes of every object of the slabs [next, visit_cnt), while there is room. */
SEC("syscall")
int ss_read_objects(void *ctx)
{
	ss_census.out_cnt = 0;
	bpf_loop(ss_census.budget, ss_visit_contents, NULL, 0);
	return 0;
}

/* False when it has no super block: not set up yet, or not a dentry. */
static __always_inline bool ss_dentry_read(struct ss_dentry *out, u64 address, u64 *ret_name)
{
	const struct dentry *d = (const struct dentry *)address;
	u64 name;

	out->address = address;
	out->super = (u64)BPF_CORE_READ(d, d_sb);
	out->parent = (u64)BPF_CORE_READ(d, d_parent);
	out->flags = BPF_CORE_READ(d, d_flags);
	out->count = BPF_CORE_READ(d, d_lockref.count);
	out->negative = !BPF_CORE_READ(d, d_inode);
	out->unhashed = !BPF_CORE_READ(d, d_hash.pprev);
	out->name_len = BPF_CORE_READ(d, d_name.len);
	name = (u64)BPF_CORE_READ(d, d_name.name);
	out->external = name - address >= bpf_core_type_size(struct dentry);
	*ret_name = name;
	return out->super;
}

/* With the beginning of its name. */
static __always_inline bool ss_dentry_copy(struct ss_dentry *out, u64 address)
{
	u64 name;
	u32 len;

	if (!ss_dentry_read(out, address, &name))
		return false;
	len = out->name_len < SS_NAME_SHORT ? out->name_len : SS_NAME_SHORT;
	__builtin_memset(out->name, 0, sizeof(out->name));
	if (bpf_probe_read_kernel(out->name, len, (const void *)name))
		out->name_len = 0;
	return true;
}

static long ss_put_dentry(u32 i, struct ss_hand *h)
{
	struct ss_dentry *out = ss_at(&ss_dentries, ss_census.out_cnt);

	if (!out)
		return 1;
	if (!ss_is_free(i) && ss_dentry_copy(out, ss_object_at(h, i)))
		ss_census.out_cnt++;
	return 0;
}

static long ss_visit_dentries(u32 i, void *ctx)
{
	struct ss_hand h = {};

	if (ss_census.next >= ss_census.visit_cnt ||
	    ss_census.out_cnt > SS_DENTRIES - SS_OBJECTS_MAX)
		return 1;
	if (ss_visit_slab(&h, ss_census.next))
		bpf_loop(h.objects, ss_put_dentry, &h, 0);
	ss_census.next++;
	return 0;
}

/* The dentries of the slabs [next, visit_cnt), while there is room. */
SEC("syscall")
int ss_read_dents(void *ctx)
{
	ss_census.out_cnt = 0;
	bpf_loop(ss_census.budget, ss_visit_dentries, NULL, 0);
	return 0;
}

/* Before large kmalloc's pages had a type: in use, and no slab. */
static __always_inline bool ss_page_holds_large(const struct ss_page *page)
{
	if (bpf_core_enum_value_exists(enum pagetype, PGTY_large_kmalloc))
		return ss_page_is_large(page);
	return !ss_page_is_slab(page) &&
	       SS_PAGE_FIELD(page, u32, struct page___count, _refcount.counter);
}

/* Takes the slab that an address lies in in hand; what it finds amiss. */
__noinline u32 ss_find_slab(struct ss_hand *ret, u64 address, u64 key)
{
	const struct kmem_cache *cache;
	struct ss_hand h = {};
	struct ss_slab slab;
	struct ss_page page;
	u64 pfn = ss_pfn_of(address);

	if (!ret)
		return SS_UNREAD;
	*ret = h;
	if (ss_page_read(&page, pfn))
		return SS_UNREAD;
	pfn = ss_page_head(pfn, &page);
	if (ss_page_read(&page, pfn))
		return SS_UNREAD;
	if (key == SS_LARGE)
		return ss_page_holds_large(&page) ? SS_ALIVE : SS_PAGE_GONE;
	if (!ss_slab_read(&slab, pfn, &page) || (key != SS_ANY_CACHE && slab.cache != key))
		return SS_PAGE_GONE;
	if (ss_slab_is_guarded(&slab)) {
		char byte;

		return bpf_probe_read_kernel(&byte, 1, (const void *)address) ? SS_FREE : SS_ALIVE;
	}
	cache = (const struct kmem_cache *)slab.cache;
	h.size = BPF_CORE_READ(cache, size);
	h.offset = BPF_CORE_READ(cache, offset);
	if (bpf_core_field_exists(struct kmem_cache___debug, red_left_pad))
		h.red_left = BPF_CORE_READ((const struct kmem_cache___debug *)cache, red_left_pad);
	if (bpf_core_field_exists(struct kmem_cache___hardened, random))
		h.random = BPF_CORE_READ((const struct kmem_cache___hardened *)cache, random);
	ss_take_in_hand(&h, &slab);
	*ret = h;
	return SS_ALIVE;
}

static long ss_check_one(u32 i, struct ss_hand *h)
{
	struct ss_suspect *s = ss_at(&ss_suspects, i);
	u64 address;
	u32 state;

	if (!s || i >= ss_census.suspect_cnt)
		return 1;
	address = s->address;
	/* They come sorted: most lie in the slab of the one before. */
	if (address < h->start || address >= h->end ||
	    (s->key != SS_ANY_CACHE && s->key != h->cache)) {
		state = ss_find_slab(h, address, s->key);
		if (state != SS_ALIVE || address < h->start || address >= h->end) {
			s->state = state;
			return 0;
		}
		if (h->torn) {
			/* The next one of this slab reads it again. */
			h->end = 0;
			s->state = SS_UNREAD;
			return 0;
		}
	}
	s->state = h->size && ss_is_free((u32)(address - h->start) / h->size) ? SS_FREE : SS_ALIVE;
	return 0;
}

/* What became of the objects in ss_suspects, sorted by address. */
SEC("syscall")
int ss_check(void *ctx)
{
	struct ss_hand h = {};

	bpf_loop(ss_census.suspect_cnt, ss_check_one, &h, 0);
	return 0;
}

static long ss_peek_one(u32 i, void *ctx)
{
	struct ss_suspect *s = ss_at(&ss_suspects, i);
	struct ss_content *out = ss_at(&ss_peeked, i);
	u32 width = ss_census.width;

	if (!s || !out || !width || width > SS_CONTENT_BYTES)
		return 1;
	out->address = s->address;
	if (bpf_probe_read_kernel(out->bytes, width, (const void *)s->address))
		out->address = 0;
	return 0;
}

/* The first `width` bytes of the first SS_PEEKED objects of ss_suspects, where they lie. */
SEC("syscall")
int ss_peek(void *ctx)
{
	bpf_loop(ss_census.suspect_cnt, ss_peek_one, NULL, 0);
	return 0;
}

static long ss_peek_dent(u32 i, void *ctx)
{
	struct ss_suspect *s = ss_at(&ss_suspects, i);
	struct ss_dentry *out = ss_at(&ss_peeked_dents, i);

	if (!s || !out)
		return 1;
	if (!ss_dentry_copy(out, s->address))
		out->address = 0;
	return 0;
}

/* The same of dentries. */
SEC("syscall")
int ss_peek_dents(void *ctx)
{
	bpf_loop(ss_census.suspect_cnt, ss_peek_dent, NULL, 0);
	return 0;
}

/* The dentry at `address`, with its whole name; `found` is 0 when there is none. */
SEC("syscall")
int ss_look(void *ctx)
{
	struct ss_hand h = {};
	u64 name;
	u32 len;

	ss_census.found = 0;
	if (ss_find_slab(&h, ss_census.address, ss_census.dentry_key) != SS_ALIVE)
		return 0;
	/* In KFENCE's pool there is no slab to be in hand. */
	if (h.size && ss_is_free((u32)(ss_census.address - h.start) / h.size))
		return 0;
	if (!ss_dentry_read(&ss_census.dentry, ss_census.address, &name))
		return 0;
	len = ss_census.dentry.name_len;
	if (len > SS_NAME_WHOLE - 1)
		len = SS_NAME_WHOLE - 1;
	if (bpf_probe_read_kernel(ss_census.name, len, (const void *)name))
		return 0;
	ss_census.found = 1;
	return 0;
}

/* The super block at `address`: its device, type and name. */
SEC("syscall")
int ss_super(void *ctx)
{
	const struct super_block *sb = (const struct super_block *)ss_census.address;

	ss_census.dev = BPF_CORE_READ(sb, s_dev);
	ss_census.found = bpf_probe_read_kernel_str(ss_census.type, sizeof(ss_census.type),
						    BPF_CORE_READ(sb, s_type, name)) > 0;
	bpf_probe_read_kernel_str(ss_census.id, sizeof(ss_census.id), &sb->s_id);
	return 0;
}
