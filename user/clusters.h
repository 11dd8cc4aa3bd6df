/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What are the objects of a cache? Samples of their contents, sorted into clusters
 * whose informative bytes agree. The first of these that an object has counts:
 *
 *   fill     nothing could be read; or all zero; or all of one poison of slub_debug
 *   string   it begins with 3 printable characters or more, up to a NUL or to the end
 *            of the sample: strings of one pattern (pattern.h) are one cluster
 *   symbols  aligned words that the caller's resolver has names for: up to 4 of them,
 *            with their offsets; two pointers are the same when their names are
 *   shape    of each of the first 8 words, what kind of thing it is
 *
 * Memory is bounded: objects that would be one cluster too many are counted with the
 * rest of their kind. All strings are raw bytes of the kernel's.
 */
#ifndef SS_CLUSTERS_H
#define SS_CLUSTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memo.h"
#include "sample.h"

#define CLUSTERS_MAX	 4096
#define CLUSTER_SYMBOLS	 4
#define CLUSTER_WORDS	 8
#define CLUSTER_EXAMPLES 5

enum cluster_kind {
	CLUSTER_UNREAD, /* samples of 0 bytes */
	CLUSTER_ZERO,
	CLUSTER_POISON,
	CLUSTER_STRING,
	CLUSTER_SYMBOL,
	CLUSTER_SHAPE,
	CLUSTER_KINDS,
};

struct cluster_word {
	enum sample_word_kind kind;
	/* Of numbers and self pointers: in the first object, and is it the same in all? */
	uint64_t value;
	bool same;
};

struct cluster_symbol {
	uint32_t offset;
	const char *name;
};

struct cluster {
	enum cluster_kind kind;
	bool rest; /* objects of this kind that found no room; nothing below but examples */
	uint64_t count;
	uint8_t poison;
	const char *pattern;
	char *examples[CLUSTER_EXAMPLES]; /* of strings: the first distinct ones */
	size_t example_cnt;
	struct cluster_symbol symbols[CLUSTER_SYMBOLS];
	size_t symbol_cnt;
	struct cluster_word words[CLUSTER_WORDS];
	size_t word_cnt;
	/* Of symbols and shapes: a string of 4 characters or more behind the first word. */
	char *inner; /* NULL: none */
	uint32_t inner_offset;
};

struct clusters;

/*
 * max: at most so many clusters of strings, symbols and shapes, besides the rests;
 * 0: CLUSTERS_MAX. resolve: whether "+0x10" behind a symbol makes a difference is its
 * to decide, by leaving it out; "+0x0" is not shown. 0 or -ENOMEM.
 */
int clusters_create(size_t max, memo_resolve resolve, void *arg, struct clusters **ret_clusters);
void clusters_destroy(struct clusters *c);
/*
 * Add the first `len` bytes of an object at `address` (0: not known), of which
 * SAMPLE_BYTES are looked at. 0, or -ENOMEM: it is counted, if need be with the rest
 * of its kind.
 */
int clusters_add(struct clusters *c, uint64_t address, const void *bytes, size_t len);
/* Objects added, and how many of them are in the rests. */
uint64_t clusters_count(const struct clusters *c);
uint64_t clusters_rest(const struct clusters *c);
/* All clusters, most objects first; returns how many. The list is valid until the next call. */
size_t clusters_rank(struct clusters *c, const struct cluster *const **ret_list);
/* "string", "symbols", "shape", "zero", "poison" or "unread". */
const char *clusters_kind_name(enum cluster_kind kind);
/*
 * One line for a terminal, escaped, cut between characters where it does not fit:
 * `first word is shmem_ops, +0x40 points at foo_fn`
 * `strings like "file-name-N" ("file-name-1042", "file-name-1043")`
 * `shape: +0x0 empty list, +0x10 2 pointers, +0x20 number 3`
 */
char *clusters_describe(const struct cluster *c, char *buf, size_t size);

#endif
