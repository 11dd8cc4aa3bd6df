/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The census: the slab objects that exist now, found in the slab pages
 * themselves, whoever made them and whenever. Takes no lock and stops nothing,
 * so it is a sample of what moves. Only this module and the tracer know libbpf's
 * objects.
 *
 * First census_scan() finds all slabs; then their objects can be read, or others
 * checked. All counts are as the kernel's own counters have them, less what is
 * parked: free, but kept by a CPU or a node for the next allocation.
 */
#ifndef SS_CENSUS_H
#define SS_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"

#include "census_wire.h"

struct census;

struct census_cache {
	char name[48]; /* raw */
	uint64_t key;  /* address of its struct kmem_cache: never printed */
	uint64_t random;
	uint32_t index, size, object_size, flags;
	uint64_t slabs, slab_bytes;
	uint64_t room;	  /* objects that its slabs have room for */
	uint64_t live;	  /* in use, and not parked */
	uint64_t guarded; /* of them, in KFENCE's pool */
	uint64_t parked[SS_PARKS];
};

/* How hard to work, and whom to tell. */
struct census_pace {
	double share;			      /* of one CPU, above 0; 1: as fast as it goes */
	volatile const int *stop;	      /* not 0: give up; NULL: never */
	void (*show)(void *arg, double done); /* 0 to 1, several times a second; NULL: nobody */
	void *arg;
};

struct census_totals {
	uint64_t pages;	   /* looked at */
	double took_s;	   /* to scan them */
	uint64_t odd;	   /* slabs of what is no cache */
	uint64_t overflow; /* slabs of caches that found no room in the table */
	uint64_t torn;	   /* lists that changed while they were read */
	uint64_t gone;	   /* slabs given back between scan and visit */
	uint64_t parked_lost;
	bool marks_large; /* this kernel marks large kmalloc's pages; they are: */
	uint64_t larges, large_bytes;
};

enum census_use {
	CENSUS_ALL,
	/* Only census_check(), census_peek(), census_super(): a tenth of the memory. */
	CENSUS_CHECK,
};

/* 0 or -errno with a sentence in why. */
int census_create(const struct kernel *k, enum census_use use, struct census **ret_census,
		  char why[160]);
void census_destroy(struct census *c);

/* Where the direct map and the array of struct page begin. Never printed. */
void census_bases(const struct census *c, uint64_t *ret_direct_map, uint64_t *ret_memory_map);

/* Find all slabs, and what is parked. 0, -EINTR when stopped, or -errno. */
int census_scan(struct census *c, const struct census_pace *pace);
/* The caches found, in no order; valid until the next scan. */
const struct census_cache *census_caches(const struct census *c, size_t *ret_cnt);
const struct census_cache *census_find(const struct census *c, const char *name);
void census_totals(const struct census *c, struct census_totals *ret_totals);

/*
 * Call `each` for every object of a cache that is neither free nor parked, with
 * its first `width` bytes (at most SS_CONTENT_BYTES). At most about `want`
 * objects, of slabs evenly spread, but those of one slab at least; 0: all. Not
 * those in KFENCE's pool. 0, -EINTR, or -errno.
 */
int census_objects(struct census *c, const struct census_cache *cache, size_t width, uint64_t want,
		   const struct census_pace *pace,
		   void (*each)(void *arg, uint64_t address, const void *bytes, size_t len),
		   void *arg);

/*
 * Call `each` for every dentry that is neither free nor parked, nor in KFENCE's
 * pool; it may call census_super() and census_look(). 0, -EINTR, or -errno.
 */
int census_dentries(struct census *c, const struct census_pace *pace,
		    void (*each)(void *arg, const struct ss_dentry *d), void *arg);

struct census_super {
	uint32_t major, minor;
	char type[32], id[32]; /* raw */
};

/* The super block at an address that a dentry gave; false when it cannot be read. */
bool census_super(struct census *c, uint64_t address, struct census_super *ret_super);
/*
 * The dentry at an address, with its name (raw, ended); false when there is none
 * any more. Needs a scan before.
 */
bool census_look(struct census *c, uint64_t address, struct ss_dentry *ret_dentry,
		 char name[SS_NAME_WHOLE]);

/*
 * What the slab pages say of objects that somebody believes to be alive: sets
 * `state` of each; SS_FREE also for parked ones. Sorts them by address. Needs no
 * scan. 0 or -errno.
 */
int census_check(struct census *c, struct ss_suspect *suspects, size_t count);

/*
 * Call `each` for each of these objects that can be read: with its first `width`
 * bytes (at most SS_CONTENT_BYTES), or as a dentry. Whether they still are what they
 * were is the caller's to know. 0 or -errno.
 */
int census_peek(struct census *c, const uint64_t *addresses, size_t count, size_t width,
		void (*each)(void *arg, uint64_t address, const void *bytes, size_t len),
		void *arg);
int census_peek_dentries(struct census *c, const uint64_t *addresses, size_t count,
			 void (*each)(void *arg, const struct ss_dentry *d), void *arg);

#endif
