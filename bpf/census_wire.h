/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the census programs and user space both know. They are a BPF object of
 * their own: nothing of it is attached to anything, every program runs when user
 * space runs it (BPF_PROG_TEST_RUN), one at a time, for one slice of work. So
 * there are no locks and no atomics here; parameters and results stand in
 * struct ss_census, and what a slice finds is handed over in arrays that user
 * space has mapped.
 */
#ifndef SS_CENSUS_WIRE_H
#define SS_CENSUS_WIRE_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define SS_SLAB_CACHES	 2048u
#define SS_SLABS	 (1u << 18) /* slabs a scan hands over at once */
#define SS_OBJECTS_MAX	 32768u	    /* a slab has no more: 15 bits count them */
#define SS_PARKED	 65536u
#define SS_SUSPECTS	 4096u /* looked at in one run: some milliseconds */
#define SS_PEEKED	 256u  /* objects read in one run, by their addresses */
#define SS_CONTENTS	 65536u
#define SS_CONTENT_BYTES 256u
#define SS_DENTRIES	 65536u
#define SS_NAME_SHORT	 72u /* of a dentry's name, in a stream of dentries */
#define SS_NAME_WHOLE	 256u

/* A slab as it is handed over: number of its first page, and index of its cache. */
#define SS_SLAB_CACHE_BITS 11

/* A cache met by the scan, and what its slabs add up to. */
struct ss_slab_cache {
	__u64 key; /* address of its struct kmem_cache; 0: free entry */
	__u64 random;
	__u64 slabs, pages;
	__u64 objects; /* room for so many in its slabs */
	__u64 in_use;  /* of it, by the slabs' own counters */
	__u64 guarded; /* objects in KFENCE's pool */
	__u32 size, object_size;
	__u32 flags;
	__u32 offset; /* of the free pointer in a free object */
	__u32 red_left;
	__u32 pad;
	char name[48];
};

/* Where an object lies that the slab's counter calls in use and nobody holds. */
enum ss_park {
	SS_PARK_CPU,   /* the free list of a CPU's own slab */
	SS_PARK_SHEAF, /* a CPU's main or spare sheaf */
	SS_PARK_RCU,   /* a CPU's rcu_free sheaf: kfree_rcu()'d, leaves when the sheaf is full */
	SS_PARK_BARN,  /* a full sheaf on a node */
	SS_PARKS,
};

/* An object that the ledger believes to be alive, and what the slab pages say of it. */
struct ss_suspect {
	__u64 address;
	__u64 key; /* address of the struct kmem_cache; SS_ANY_CACHE; SS_LARGE */
	__u32 state;
	__u32 index; /* left alone: the caller's */
};
#define SS_ANY_CACHE 0
#define SS_LARGE     1 /* large kmalloc: pages of their own */

enum ss_state {
	SS_ALIVE,
	SS_PAGE_GONE, /* not a slab of that cache any more */
	SS_FREE,      /* on its slab's free list */
	SS_UNREAD,    /* could not be looked at, or changed meanwhile: try again */
};

struct ss_content {
	__u64 address;
	__u8 bytes[SS_CONTENT_BYTES];
};

/* A dentry, as it lies there. */
struct ss_dentry {
	__u64 address, parent, super;
	__u32 flags;
	__s32 count;
	__u32 name_len;
	__u8 negative;
	__u8 external; /* its name is an object of its own */
	__u8 unhashed; /* no look-up finds it */
	__u8 pad;
	char name[SS_NAME_SHORT]; /* the first bytes of it; not ended when name_len is larger */
};

/* Parameters and results of every program. */
struct ss_census {
	/* ss_bases: in and out */
	__u64 direct;		   /* the direct map's base */
	__u64 vmemmap;		   /* of the array of struct page */
	__u64 memory;		   /* bytes of physical memory, holes included */
	__u32 based;		   /* the two bases were proved right */
	__u32 base_next, base_cnt; /* candidates: the next to try, and how many there are */
	__u32 pad1;

	/* ss_scan */
	__u32 budget;	/* pages to look at in this slice */
	__u64 pfn, end; /* next page to look at, and where to stop */
	__u32 slab_cnt; /* out: handed over in ss_slabs */
	__u32 pad2;
	__u64 looked;	/* pages */
	__u64 odd;	/* pages that call themselves a slab of what is no cache */
	__u64 overflow; /* slabs of caches beyond SS_SLAB_CACHES */
	__u64 larges;	/* large kmalloc objects; 0 when this kernel does not mark them */
	__u64 large_pages;
	__u32 marks_large;
	__u32 pad0;

	/* ss_dentries, ss_contents: slabs [next, visit_cnt) of ss_slabs */
	__u32 next, visit_cnt;
	__u32 out_cnt;
	__u32 width;	  /* bytes of content wanted */
	__u64 gone;	  /* slabs that were not one any more */
	__u64 torn;	  /* free lists that led out of their slab: changed while read */
	__u64 dentry_key; /* the cache of dentries */

	/* ss_park: one CPU, or one node */
	__u64 key;
	__u32 cpu;
	__s32 node; /* -1: the CPU */
	__u32 parked[SS_PARKS];
	__u32 parked_cnt;
	__u32 parked_lost; /* did not fit */

	/* ss_check */
	__u32 suspect_cnt;
	__u32 pad;

	/* ss_look, ss_super */
	__u64 address;
	__u32 found;
	__u32 dev;
	char type[32];
	char id[32];
	struct ss_dentry dentry;
	char name[SS_NAME_WHOLE];
};

_Static_assert(sizeof(struct ss_slab_cache) == 128, "slab cache");
_Static_assert(sizeof(struct ss_suspect) == 24, "suspect");
_Static_assert(sizeof(struct ss_dentry) == 112, "dentry");
_Static_assert((1u << SS_SLAB_CACHE_BITS) == SS_SLAB_CACHES, "a cache's index fits");

#endif
