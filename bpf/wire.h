/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs and user space both know: the layout of the ledger's
 * maps and the meaning of every bit and counter in them. The only header that
 * both sides include. Fixed widths, explicit padding, sizes asserted.
 *
 * The object table is an array of buckets of SS_WAYS slots. A slot is two words:
 *
 *   word   the object's address with the requested size beside it: slab
 *          addresses are 8-byte aligned and the top 7 bits of a kernel address
 *          are all ones (57-bit paging at most), so (address << 7) leaves the
 *          ten low bits for the size code (ss_waste_code). 0: slot is empty.
 *   meta   what the object is booked under, written after the word is claimed
 *          and cleared before the word is: a word without a meta is in flight.
 *
 * An object lives in its home bucket or, when that was full, in one of
 * SS_PROBES - 1 further ones; `spilled` counts, per home bucket, the objects
 * that had to go further, so a look-up that misses at home knows whether to go
 * on. Two-choice placement without it overflows at a third of the table.
 */
#ifndef SS_WIRE_H
#define SS_WIRE_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define SS_WAYS	  8
#define SS_PROBES 16

#define SS_ORIGIN_BITS 13
#define SS_ORIGINS     (1u << SS_ORIGIN_BITS)
#define SS_REC_BITS    14
#define SS_RECS	       (1u << SS_REC_BITS)
#define SS_CACHES      1024u
#define SS_STACKS      8192u
#define SS_TASKS       4096u
#define SS_FRAMES      98304u
#define SS_DEPTH       127
#define SS_LIFE_BINS   20
#define SS_FREE_SITES  32768u
#define SS_CACHE_NAME  48
#define SS_COMM	       16
#define SS_INNER       8
#define SS_BULK_MAX    1024

/* Origins with a fixed index: what does not belong to any call site. */
#define SS_ORIGIN_NONE	0 /* its frees: objects that were not in the books; its allocs: our own */
#define SS_ORIGIN_OTHER 1 /* + enum ss_source: objects booked while the origin table was full */
#define SS_ORIGIN_FIRST 8

/* Which program booked: each owns one scratch buffer and one SS_ORIGIN_OTHER. */
enum ss_source {
	SS_FROM_KMALLOC,
	SS_FROM_CACHE,
	SS_FROM_BULK,
	SS_FROM_NOLOCK,
	SS_FROM_KMALLOC_2, /* of the second copies: see ss_twin_did() */
	SS_FROM_CACHE_2,
	SS_SOURCES,
};

/* Programs that look at the same event or function: see ss_twin_did(). */
enum ss_twins {
	SS_TWINS_NONE,
	SS_TWINS_KFREE,
	SS_TWINS_CACHE_FREE,
	SS_TWINS_RCU,
	SS_TWINS_BULK,
	SS_TWINS_NOLOCK,
	SS_TWINS_KMALLOC,
	SS_TWINS_CACHE_ALLOC,
	SS_TWINS,
};

/* meta: birth in jiffies, origin, stack record, and how densely stacks were taken then. */
#define SS_META_ORIGIN_SHIFT 32
#define SS_META_REC_SHIFT    (SS_META_ORIGIN_SHIFT + SS_ORIGIN_BITS)
#define SS_META_CLASS_SHIFT  (SS_META_REC_SHIFT + SS_REC_BITS)
#define SS_CLASSES	     8 /* one stack was taken per 4^class allocations */

#define SS_WORD_SHIFT	 7
#define SS_WORD_LEAVING	 1ull /* no object any more, and not empty yet: see ss_take_out() */
#define SS_WASTE_BITS	 10
#define SS_WASTE_MASK	 ((1ull << SS_WASTE_BITS) - 1)
#define SS_ZERO_SIZE_PTR 16ull
#define SS_HASH		 0x9E3779B97F4A7C15ull /* 2^64 / golden ratio */

struct ss_bucket {
	__u64 word[SS_WAYS];
	__u64 meta[SS_WAYS];
};

/* Is kept per origin and read by every allocation; written once, but for interval and flags. */
struct ss_origin {
	__u64 site;	  /* call site; 0: free entry */
	__u64 key;	  /* struct kmem_cache address, or ss_kmalloc_key() */
	__u32 size;	  /* bytes an object takes from the slab */
	__u32 interval;	  /* one stack per this many in the sample; user space sets it; 0: none */
	__u16 cache;	  /* index into the caches, 0: not known yet */
	__u8 waste_shift; /* unit of the size code is 1 << waste_shift bytes */
	__u8 flags;	  /* SS_ORIGIN_* flags below */
	__u32 pad;
};

enum {
	SS_ORIGIN_SKIP = 1,  /* a filter says no: nothing of it is booked */
	SS_ORIGIN_INNER = 2, /* call site lies inside the allocator: see ss_ghost() */
	SS_ORIGIN_LARGE = 4, /* large kmalloc: pages, not a slab */
	SS_ORIGIN_KMALLOC = 8,
};

/* Per origin and CPU. allocs is written by one program only; frees by several, atomically. */
struct ss_count {
	__u64 allocs;
	__u64 frees;
	__u32 stack_in;	     /* allocations in the sample to pass over before the next stack */
	__u16 stack_tick;    /* low bits of jiffies when the last one was taken */
	__u8 stack_class;    /* density with which the next one was drawn */
	__u8 stacks_in_tick; /* how many were taken in that tick */
};

/* Per origin, shared by all CPUs: what happens seldom. All atomically added to. */
struct ss_rare {
	__u32 ghosts;	 /* address came again while booked live: a free nobody saw */
	__u32 refused;	 /* no room for the object even after halving the sample */
	__u32 thinned;	 /* left the books because the sample was halved */
	__u32 retold;	 /* the same allocation announced twice; not a new object */
	__u32 stackless; /* a stack was due and could not be kept */
	/*
	 * Frees by age: bin b > 0 holds ages of 2^b to 2^(b+1) - 1 ticks. Bin 0, of ages
	 * below 2, is what remains of all frees, so that the hot path need not count it.
	 * Wrap after 2^32 frees: at a million a second of one origin, in 71 minutes.
	 */
	__u32 life[SS_LIFE_BINS];
	__u32 pad;
	__u64 stood_in; /* allocations that a second copy booked; not among the allocs of ss_count
			 */
};

struct ss_cache {
	__u64 key; /* struct kmem_cache address, or a kmalloc key when the cache is not known */
	__u32 size;
	__u32 object_size;
	__u32 flags; /* slab flags of the kernel */
	__u8 state;  /* SS_CACHE_* below; READY is set last */
	__u8 pad[3];
	char name[SS_CACHE_NAME];
};

/* Caches with a fixed index: entries that no key leads to. */
#define SS_CACHE_LARGE_INDEX 1
#define SS_CACHE_OTHER_INDEX 2 /* caches that found no room */
#define SS_CACHE_FIRST	     3

enum {
	SS_CACHE_READY = 1,
	SS_CACHE_GUESSED = 2, /* no way to ask for the cache: named by size class */
	SS_CACHE_DESTROYED = 4,
};

/* kmalloc keys never look like a kernel address: the top bit is clear. */
#define SS_KMALLOC_KEY_SIZE_SHIFT 8
/* Key of the origins of a destroyed cache: neither an address nor a kmalloc key. */
#define SS_KEY_DESTROYED 1ull
enum {
	SS_KMALLOC_DMA = 1,
	SS_KMALLOC_RECLAIMABLE = 2,
	SS_KMALLOC_ACCOUNT = 4,
	SS_KMALLOC_KEYED = 8, /* always set: a key is never 0 */
};

struct ss_stack {
	__u64 hash;  /* of the frames; 0: free entry */
	__u32 first; /* index of the first frame in ss_frames */
	__u16 count;
	__u16 ready;
};

/* Who ran: all threads of one name in one cgroup. */
struct ss_task {
	__u64 hash; /* of both; 0: free entry */
	__u64 ready;
	__u64 cgroup; /* id (v2); 0: not asked for, or a worker thread */
	char comm[SS_COMM];
};

/* A stack record: (origin << 32 | stack << 16 | task) + 1; 0: free entry. */
struct ss_rec {
	__u64 key;
};

/*
 * Frees by age of the objects that carried a record, as in struct ss_rare. Bin 0
 * stays 0: of a record nobody counts all frees, and what dies within two ticks is
 * the hot path.
 */
struct ss_rec_life {
	__u32 life[SS_LIFE_BINS];
};

/* How an object was freed, beside where. */
enum ss_freed {
	SS_FREED_CALL, /* kfree() and its relatives */
	SS_FREED_RCU,  /* kfree_rcu(): where it was called, which is before the memory goes back */
	SS_FREED_BULK, /* kmem_cache_free_bulk() */
	SS_FREED_UNKNOWN, /* by a call, and the hook could not see from where */
};

/*
 * Frees of one origin at one call site: counted + SS_FREES_DRAWN * drawn of them.
 * Of an origin's frees on a CPU the first SS_FREES_FIRST are counted one by one;
 * those of objects of two ticks or more, up to the SS_FREES_FIRST_OLDth free; of
 * the rest, which is the hot path, one in SS_FREES_DRAWN is drawn.
 */
struct ss_free_site {
	__u64 key; /* see ss_free_key(); 0: free entry */
	__u64 counted;
	__u64 drawn;
};

#define SS_FREES_FIRST	    64
#define SS_FREES_FIRST_OLD  4096
#define SS_FREES_DRAWN_BITS 6
#define SS_FREES_DRAWN	    (1u << SS_FREES_DRAWN_BITS)

/* What went wrong or was left out, over the whole run. Each says what to do about it. */
struct ss_totals {
	__u64 own;	     /* allocations of slabsight itself, left out: nothing to do */
	__u64 filtered;	     /* left out by --comm or --cgroup: nothing to do */
	__u64 origins_full;  /* booked without a call site: narrow with --cache or --comm */
	__u64 caches_full;   /* caches beyond SS_CACHES are shown as one: narrow with --cache */
	__u64 stacks_full;   /* no room for a stack: narrow the filters */
	__u64 stacks_failed; /* the kernel gave no stack (its buffers were busy) */
	__u64 tasks_full;    /* no room for a name and cgroup: shown as (other) */
	__u64 halvings;	     /* times the sample was halved: raise --objects for exact counts */
	__u64 bulk_long;     /* objects in bulk frees past SS_BULK_MAX, not looked at */
	__u64 bulk_unread;   /* bulk arrays that could not be read */
	__u64 destroyed;     /* kmem_cache_destroy() calls on caches in the books */
	__u64 calls_full;    /* bulk returns whose call is not known: too many, or from before */
	__u64 sites_full;    /* frees whose call site found no room: narrow the filters */
	__u64 seconds; /* allocations that second copies took: the first had not told of them */
	__u64 again;   /* of them the first had booked these all the same */
	__u64 pad;
};

/* What a run of the control program returns. */
struct ss_clock {
	__u64 jiffies;
	__u64 boot_ns;
	__u32 self; /* the caller's tgid, as the allocation programs see it */
	__u32 pad;
};

/* The only memory that both sides write while tracing; on cache lines of its own. */
struct ss_control {
	__u32 phase;
	__u32 threshold; /* objects whose sample hash is above it are not in the books */
	__u32 self;	 /* tgid of slabsight */
	__u32 frames_used;
	__u32 spills; /* is or was any object not in its home bucket? */
	__u32 pad[27];
} __attribute__((aligned(128)));

/* ss_control.phase */
enum {
	SS_IDLE,     /* attached; frees look up, nothing is booked yet */
	SS_BOOKING,  /* everything is booked */
	SS_SETTLING, /* frees are; allocations only end what was booked at their address */
	SS_CLOSED,   /* nothing changes any more: the books can be read exactly */
};

/* ss_cache_how: how a kmalloc object's cache is found */
enum {
	SS_BY_CLASS, /* size class and gfp flags: a guess, said so */
	SS_BY_KFUNC, /* bpf_get_kmem_cache() */
	SS_BY_PAGE,  /* address -> struct page -> slab -> cache */
};

_Static_assert(sizeof(struct ss_bucket) == 128, "bucket is two cache lines");
_Static_assert(sizeof(struct ss_origin) == 32, "origin");
_Static_assert(sizeof(struct ss_count) == 24, "count");
_Static_assert(sizeof(struct ss_rare) == 112, "rare");
_Static_assert(sizeof(struct ss_cache) == 72, "cache");
_Static_assert(sizeof(struct ss_stack) == 16, "stack");
_Static_assert(sizeof(struct ss_task) == 40, "task");
_Static_assert(SS_ORIGIN_OTHER + SS_SOURCES <= SS_ORIGIN_FIRST, "each source has an origin");
_Static_assert(SS_STACKS <= 0xffff && SS_TASKS <= 0xffff, "both fit a record's key, from 1");
_Static_assert(sizeof(struct ss_rec_life) == 80, "record's life");
_Static_assert(sizeof(struct ss_free_site) == 24, "free site");
_Static_assert(sizeof(struct ss_totals) == 128, "totals");
_Static_assert(sizeof(struct ss_control) == 128, "control");
_Static_assert(sizeof(struct ss_clock) == 24, "clock");
_Static_assert(SS_META_CLASS_SHIFT + 3 <= 64, "meta fits a word");

/*
 * Twice multiplied, because once leaves rows of equal objects (192 bytes apart,
 * page after page) twice as uneven as chance does, and then a table promised for
 * a million overflows at two thirds of it.
 */
static inline __u64 ss_hash(__u64 addr)
{
	__u64 h = addr * SS_HASH;

	return (h ^ h >> 32) * SS_HASH;
}

/*
 * The bucket that an object is looked for in first. By chance for the page, and
 * next to each other for what lies side by side in it, 64 bytes a bucket: objects
 * of a slab are born and freed in rows, and so touch few pages of the table, where
 * any of them anywhere would miss the TLB each time. What lies in the same 64
 * bytes is put 64 buckets apart, so that a page has one object a bucket: then
 * buckets fill as evenly as by chance.
 */
static inline __u32 ss_home(__u64 addr, __u32 nbuckets)
{
	__u32 begin = ((ss_hash(addr >> 12) >> 32) * nbuckets) >> 32;
	__u32 home = begin + (addr >> 6 & 63) + ((addr & 0x38) << 3);

	return home < nbuckets ? home : (home - nbuckets) % nbuckets;
}

/*
 * Buckets after home: start anywhere, go on by a step of its own (double hashing).
 * Homes that are full lie side by side, so steps are long: a short one, or one that
 * comes back after few, would find many of them (a table of 17,000 objects did).
 */
static inline __u32 ss_probe(__u64 addr, __u32 k, __u32 nbuckets)
{
	__u64 hash = ss_hash(addr), again = (hash ^ (hash >> 31)) * SS_HASH;
	__u64 at = ((again >> 32) * nbuckets) >> 32, least = nbuckets / 16;
	__u64 step = (least + (((again & 0xffffffffu) * (least + 1)) >> 32)) | 1;

	return k ? (at + step * k) % nbuckets : ss_home(addr, nbuckets);
}

/* An address is in the sample while this is at most the threshold. */
static inline __u32 ss_sample_hash(__u64 addr)
{
	__u64 hash = ss_hash(addr);

	return (__u32)(hash ^ (hash >> 32));
}

static inline __u64 ss_word_address(__u64 word)
{
	return (word >> SS_WORD_SHIFT & ~7ull) | 0xfe00000000000000ull;
}

static inline __u32 ss_meta_origin(__u64 meta)
{
	return meta >> SS_META_ORIGIN_SHIFT & (SS_ORIGINS - 1);
}

static inline __u32 ss_meta_rec(__u64 meta)
{
	return meta >> SS_META_REC_SHIFT & (SS_RECS - 1);
}

static inline __u32 ss_meta_class(__u64 meta)
{
	return meta >> SS_META_CLASS_SHIFT & (SS_CLASSES - 1);
}

/*
 * Is the n-th free of an origin on a CPU one of those drawn? By the fractional
 * part of n times the golden ratio, which is spread evenly over every arithmetic
 * progression too: with every 64th, a loop that frees at two sites in turn would
 * show one of them.
 */
static inline int ss_free_is_drawn(__u64 n)
{
	return n * SS_HASH >> (64 - SS_FREES_DRAWN_BITS) == 0;
}

/*
 * (origin, how, site) in one word, for one compare-and-swap: all of the kernel's
 * code lies in the topmost 2 GiB of addresses, so the low half tells the site.
 */
#define SS_FREE_KEY_ORIGIN_SHIFT 32
#define SS_FREE_KEY_HOW_SHIFT	 (SS_FREE_KEY_ORIGIN_SHIFT + SS_ORIGIN_BITS)
#define SS_FREE_KEY_TAKEN	 (1ull << 63)

static inline __u64 ss_free_key(__u32 origin, __u32 how, __u64 site)
{
	if (site >> 31 != 0x1ffffffffull) {
		site = 0;
		how = how == SS_FREED_CALL ? SS_FREED_UNKNOWN : how;
	}
	return SS_FREE_KEY_TAKEN | (__u64)how << SS_FREE_KEY_HOW_SHIFT |
	       (__u64)origin << SS_FREE_KEY_ORIGIN_SHIFT | (__u32)site;
}

static inline __u32 ss_free_key_origin(__u64 key)
{
	return key >> SS_FREE_KEY_ORIGIN_SHIFT & (SS_ORIGINS - 1);
}

static inline enum ss_freed ss_free_key_how(__u64 key)
{
	return (enum ss_freed)(key >> SS_FREE_KEY_HOW_SHIFT & 3);
}

/* 0: not known. */
static inline __u64 ss_free_key_site(__u64 key)
{
	return (__u32)key ? (__u32)key | 0xffffffff00000000ull : 0;
}

/* Requested bytes in ten bits, exact up to 1024 allocated bytes, else rounded up to the unit. */
static inline __u64 ss_waste_code(__u64 requested, __u32 shift)
{
	__u64 code = requested ? (requested - 1) >> shift : 0;

	return code > SS_WASTE_MASK ? SS_WASTE_MASK : code;
}

static inline __u64 ss_waste_bytes(__u64 word, __u32 shift)
{
	return ((word & SS_WASTE_MASK) + 1) << shift;
}

#endif
