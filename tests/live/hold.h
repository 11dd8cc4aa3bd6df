/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known kernel objects, made and held by system calls: the fixture of the exactness tests.
 *
 * One unit of a kind is exactly one object allocated at one call site of the kernel in one cache,
 * so N units held must be reported as N survivors there, and as 0 once they are released. No
 * module is needed: the same fixture serves every kernel.
 *
 * Every descriptor is an open file and mostly a dentry as well: hold one kind at a time where the
 * count of file, missing-name or long-name is to be exact. key and key-payload make the same thing.
 *
 * The order: hold_prepare (before the trace begins), hold_make, look, hold_release, wait
 * hold_settle_ms, look again. After its release a hold can be prepared anew.
 */
#ifndef HOLD_H
#define HOLD_H

#include <stdbool.h>
#include <stddef.h>

struct hold;

/* How a released unit goes back to the allocator, which is what a tracer has to see. */
enum hold_free {
	HOLD_FREE_NOW,	  /* kfree or kmem_cache_free, before the releasing call returns */
	HOLD_FREE_LATER,  /* the same two, later: from an RCU callback or a worker */
	HOLD_FREE_UNSEEN, /* kfree_rcu on some kernel: its batches fire no kmem event */
};

struct hold_kind {
	const char *name;
	const char *what;	/* one unit, in words */
	const char *call_site;	/* symbols, '|' between them, without .isra.0 and the like */
	const char *cache_glob; /* patterns of the cache's name, '|' between them */
	enum hold_free how_freed;
	unsigned int ids_per_unit; /* descriptors or identifiers that a unit needs */
	int (*prepare)(struct hold *h);
	int (*make_one)(struct hold *h, unsigned int i);
	void (*release)(struct hold *h);
};

struct hold {
	const struct hold_kind *kind;
	unsigned int unit_max; /* units that hold_prepare made room for */
	unsigned int unit_cnt; /* units held */
	int *ids;
	size_t id_cnt;
	int base;	   /* descriptor or key that the units hang on, -1: none */
	char dir[128];	   /* directory that the units are in, "": none */
	char mounted[128]; /* file system mounted for them, "": none */
};

/* The kinds, ended by one without a name. */
extern const struct hold_kind hold_kinds[];

/* The kind called @name, NULL if there is none. */
const struct hold_kind *hold_kind_find(const char *name);

/*
 * Get ready for @n units of @kind: raise the limits, make what the units hang on, and make and
 * release one unit, so that whatever the kernel allocates only once is there already.
 * 0, or a negative errno after which there is nothing to release.
 */
int hold_prepare(struct hold *h, const struct hold_kind *kind, unsigned int n);

/* Make @n more units. 0, or a negative errno after which everything was released. */
int hold_make(struct hold *h, unsigned int n);

/* Release the units and what they hang on. Harmless when nothing is held. */
void hold_release(struct hold *h);

/* The last object of @kind is back at the allocator this long after the release. */
unsigned int hold_settle_ms(const struct hold_kind *kind);

/* Is @symbol, whatever its .isra.0-like suffix, a call site of @kind? */
bool hold_site_matches(const struct hold_kind *kind, const char *symbol);

/*
 * Does the name of @cache match a pattern of @kind? The kernel merges caches of like objects under
 * the name of the first one: ask for each alias as well.
 */
bool hold_cache_matches(const struct hold_kind *kind, const char *cache);

#endif
