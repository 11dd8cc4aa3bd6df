/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all dentries of the kernel add up to: in all, by super block, directory,
 * name pattern, and by both of the last two. Fed one by one, in bounded memory
 * however many there are; knows nothing of BPF.
 *
 * A dentry is in one of four states, told without asking what kernel it is:
 *
 *   dying   its count is negative, or it is marked as killed: waits for RCU
 *   pinned  its count is above 0: somebody holds it, or it is the parent of others
 *   unused  it lies on an LRU list: kept in case its name is asked for again
 *   other   none of these: on its way from one to another
 *
 * It is negative when it has no inode: its name does not exist.
 */
#ifndef SS_DENTRIES_H
#define SS_DENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "census.h"
#include "top.h"

/* What is counted, of the whole and of each of its parts. */
enum dentries_count {
	DENTRIES_ALL,
	DENTRIES_PINNED,
	DENTRIES_UNUSED,
	DENTRIES_DYING,
	DENTRIES_NEGATIVE,	  /* in any state */
	DENTRIES_UNUSED_NEGATIVE, /* what the kernel counts as nr_negative */
	DENTRIES_LISTED,	  /* on an LRU list, pinned or not: nr_unused */
	DENTRIES_KEPT,		  /* pinned on purpose: the files of a filesystem in memory */
	DENTRIES_DELETED,	  /* pinned, though no look-up finds them any more */
	DENTRIES_LONG,		  /* with a name too long to be kept in the dentry */
	DENTRIES_LONG_BYTES,	  /* what such names take from the slab */
	DENTRIES_COUNTS,
};

#define DENTRIES_PATTERN (SS_NAME_SHORT + 4) /* bytes of a pattern at most, and its end */

struct dentries_config {
	uint32_t lru, killed, cursor, persistent; /* flag bits; persistent may be 0 */
	uint32_t name_header;			  /* bytes before a long name in its object */
	size_t room; /* directories, and patterns, that are counted at once */
	/* The super block at an address; asked once for each. */
	bool (*describe)(void *arg, uint64_t address, struct census_super *ret_super);
	/* Are the dentries of this one wanted? NULL: all are. */
	bool (*wants)(void *arg, const struct census_super *super);
	void *arg;
};

struct dentries_super {
	uint64_t address;
	bool wanted, known; /* known: could be described */
	bool in_memory;	    /* its dentries are its files */
	bool stacked;	    /* its dentries hold those of filesystems below it */
	struct census_super is;
	uint64_t counts[DENTRIES_COUNTS];
};

/* Keys of the tables; a pattern stands behind the place in the key of a flood. */
struct dentries_place {
	uint64_t super;
	uint64_t parent; /* 0: the root of a tree, or what has no directory, such as a pipe */
};

struct dentries;

/* 0 or -ENOMEM. */
int dentries_create(const struct dentries_config *config, struct dentries **ret_dentries);
void dentries_destroy(struct dentries *d);
/* 0 or -ENOMEM. */
int dentries_add(struct dentries *d, const struct ss_dentry *dentry);
/* After the last one: what is still held back is counted. 0 or -ENOMEM. */
int dentries_end(struct dentries *d);

/* Of all that were wanted: DENTRIES_COUNTS of them. */
const uint64_t *dentries_total(const struct dentries *d);
/* All that were met, wanted or not, each with its counts. */
const struct dentries_super *dentries_supers(const struct dentries *d, size_t *ret_cnt);
const struct dentries_super *dentries_super(const struct dentries *d, uint64_t address);
/* By struct dentries_place; by pattern; by both. Values are DENTRIES_COUNTS. */
const struct top *dentries_directories(const struct dentries *d);
const struct top *dentries_patterns(const struct dentries *d);
const struct top *dentries_floods(const struct dentries *d);

/*
 * Filesystems whose files are nothing but pinned dentries and inodes: they go when
 * they are deleted, or the filesystem is unmounted.
 */
bool dentries_in_memory(const char *type);
/* Adds the states of one dentry to counts; of the others in it none changes. */
void dentries_state(const struct dentries_config *config, bool in_memory,
		    const struct ss_dentry *in, uint64_t counts[DENTRIES_COUNTS]);
/*
 * The pattern of a name of which the first `have` bytes (at most SS_NAME_SHORT) are
 * there; "..." at its end where it goes on behind them. Returns its length.
 */
size_t dentries_fold(const char *name, size_t have, size_t whole, char pattern[DENTRIES_PATTERN]);

/* What kmalloc() gives for so many bytes. */
uint32_t dentries_kmalloc_size(uint32_t bytes);

#endif
