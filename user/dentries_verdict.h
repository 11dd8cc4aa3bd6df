/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a person is to think of the dentries of a machine: one sentence with its
 * evidence, and what can be done at what price. A pure function over the numbers
 * of one moment: whether something grows it cannot know, and does not say.
 */
#ifndef SS_DENTRIES_VERDICT_H
#define SS_DENTRIES_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "dentries.h"

enum dentries_kind {
	DENTRIES_KIND_NONE,	/* there are none */
	DENTRIES_KIND_SMALL,	/* too few to care */
	DENTRIES_KIND_NEGATIVE, /* a flood of names that do not exist */
	DENTRIES_KIND_CACHE,	/* unused, of files that exist */
	DENTRIES_KIND_FILES,	/* pinned: they are the files of filesystems in memory */
	DENTRIES_KIND_HELD,	/* pinned: somebody holds them */
	DENTRIES_KINDS,
};

struct dentries_facts {
	uint64_t counts[DENTRIES_COUNTS];
	uint64_t bytes;	       /* with long names */
	uint64_t memory_bytes; /* of the machine; 0: not known */
	uint64_t inode_bytes;  /* of all inodes; 0: not known */
	uint64_t parents;      /* directories that are pinned by what is in them */
	uint64_t stacked;      /* dentries that pin others, in a filesystem below theirs */
	const char *files_at;  /* where most of the files in memory are; NULL: nowhere */
	/* What most are called, and where that is; raw, NULL: nothing takes the half. */
	const char *pattern, *directory;
	double pattern_share; /* 0 to 1 */
};

struct dentries_advice {
	const char *what, *how;
};

struct dentries_verdict {
	enum dentries_kind kind;
	char head[2048]; /* the answer; names in it are escaped */
	const struct dentries_advice *advice;
	size_t advice_cnt;
};

void dentries_verdict(const struct dentries_facts *f, struct dentries_verdict *ret_verdict);
/* "negative" and so on. */
const char *dentries_kind_name(enum dentries_kind kind);
/* In the words of all reports: cache, or unknown. */
const char *dentries_kind_verdict(enum dentries_kind kind);

#endif
