/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Births of dentries as a report has them: rows with names, paths and frames, and
 * the verdict. Text and JSON are written from it.
 */
#ifndef SS_DENTRY_BIRTHS_REPORT_H
#define SS_DENTRY_BIRTHS_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "cgroups.h"
#include "dentry_births.h"
#include "symbols.h"

struct debuginfo;

/* Where a dentry comes into the world. */
enum born_entry {
	BORN_D_ALLOC,
	BORN_D_ALLOC_PARALLEL,
	BORN_D_ALLOC_ANON,
	BORN_D_ALLOC_PSEUDO,
	BORN_D_ALLOC_CURSOR,
	BORN_ELSEWHERE, /* by a function that calls none of these, or that has no name */
	BORN_STACKLESS,
	BORN_ENTRIES,
};

/* A process, or all of one name and cgroup. */
struct born_who {
	struct born_program program;
	char comm[17];
	const char *cgroup;		   /* raw; NULL: not known */
	char container[CGROUPS_CONTAINER]; /* "": none */
	uint32_t pid;			   /* 0: several */
	uint64_t pids;			   /* that are known */
	uint64_t counts[BORN_COUNTS];
};

struct born_whos {
	struct born_who *at; /* most births first */
	size_t count;
};

struct born_name {
	char *path, *pattern; /* raw; NULL: any */
	uint64_t counts[BORN_COUNTS];
	uint64_t undercount;
};

struct born_names {
	struct born_name *at; /* most births first */
	size_t count, known;
	bool incomplete;
};

struct born_site {
	const struct born_stack *stack;
	size_t first; /* frame: the innermost function of dentries */
	size_t outer; /* frame: who called these */
	size_t frame_cnt;
	enum born_entry entry;
	bool growing;			     /* held, and born all through the watch */
	bool never_put;			     /* nearly all of them */
	const struct births_stack *last_put; /* NULL: not known */
	size_t put_first;		     /* frame of it: dput() */
};

enum born_kind {
	BORN_KIND_NONE,
	BORN_KIND_LEAK, /* pinned, growing, never put */
	BORN_KIND_HELD, /* pinned and growing */
	BORN_KIND_ONE,	/* one program makes most */
	BORN_KIND_MANY,
};

struct dentry_births_report {
	/* The caller's: */
	bool filtered;		     /* names are those of some filesystems only */
	size_t top;		     /* rows in the text; 0: all */
	struct debuginfo *debuginfo; /* remembers what it was asked; NULL: none is wanted */

	/* dentry_births_report_build()'s: */
	const struct dentry_births *births;
	const struct symbols *symbols;
	struct born_whos processes, programs;
	struct born_names directories, shapes, patterns, floods; /* as in dentries_report.h */
	struct born_site *sites;				 /* most births first */
	size_t site_cnt;
	uint64_t entries[BORN_ENTRIES];
	uint64_t all[BORN_COUNTS]; /* what the shares of programs are of */
	bool stacks_estimated;

	enum born_kind kind;
	enum born_count measure;      /* by which one program makes most: BORN_LIVING or BORN_ALL */
	const struct born_who *who;   /* that makes most; NULL: none makes the half */
	struct born_name name;	      /* what most of its are: path and pattern, or one, or none */
	const struct born_site *site; /* that grows */
};

/*
 * Fills in all but the caller's part; valid as long as the births, the symbols and
 * the cgroups (NULL: none are known). 0 or -ENOMEM, then nothing is to be released.
 */
int dentry_births_report_build(struct dentry_births_report *r, const struct dentry_births *b,
			       const struct symbols *symbols, struct cgroups *cgroups,
			       size_t rows_max);
void dentry_births_report_deinit(struct dentry_births_report *r);
/* "d_alloc" and so on; "none" and so on. */
const char *born_entry_name(enum born_entry entry);
const char *born_kind_name(enum born_kind kind);
/* In the words of all reports: leak, cache, or unknown. */
const char *born_kind_verdict(const struct dentry_births_report *r);
double born_rate(const struct dentry_births_report *r, uint64_t count);
/* Is the number of living ones, and of what they are, one of a sample? */
bool born_scaled(const struct dentry_births_report *r);

/* The answer; at most 80 columns if `fit`. */
void dentry_births_headline(FILE *out, const struct dentry_births_report *r, bool fit);
/* Why, in plain words, without a full stop. */
void dentry_births_reason(FILE *out, const struct dentry_births_report *r);
/* What could be done about it; nothing when there is nothing to do. */
void dentry_births_advice(FILE *out, const struct dentry_births_report *r);
/* The tables. */
void dentry_births_text(FILE *out, const struct dentry_births_report *r);
json_t *dentry_births_json(const struct dentry_births_report *r);

#endif
