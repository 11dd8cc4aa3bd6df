/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dentries of a machine as a report has them: rows with paths and patterns,
 * the kernel's own counters, and the verdict. Text and JSON are written from it.
 */
#ifndef SS_DENTRIES_REPORT_H
#define SS_DENTRIES_REPORT_H

#include <stdio.h>

#include "dentries.h"
#include "dentries_verdict.h"
#include "dentry_paths.h"
#include "meminfo.h"
#include "mounts.h"

struct dentry_births_report;

struct dentries_row {
	char *path;    /* raw; of a filesystem its mount point, or "(ext4 sda1)"; NULL: none */
	char *pattern; /* raw; NULL: none */
	bool rootless; /* not in a directory: path only says so */
	enum dentry_path_state state;
	const struct dentries_super *super; /* NULL: of several */
	uint64_t counts[DENTRIES_COUNTS];
	uint64_t bytes;
	uint64_t undercount; /* so many may be missing, at most */
};

struct dentries_rows {
	struct dentries_row *at; /* most first */
	size_t count, room;
	size_t known;	 /* how many there were to choose from */
	bool incomplete; /* the table was full: small ones are missing */
	bool estimated;	 /* from a sample of them */
};

struct dentries_report {
	/* The caller's: */
	const char *command, *host, *release, *machine;
	const char *fs; /* of which alone it is; NULL: of all */
	double scan_s, read_s;
	uint64_t memory_bytes;
	uint64_t inode_bytes;			   /* of all slabs of inodes; 0: not known */
	uint32_t object_size;			   /* what a dentry takes from the slab */
	struct dentry_state before, after;	   /* the reading of the dentries; 0: not known */
	size_t top;				   /* rows in the text; 0: all */
	const struct dentry_births_report *births; /* NULL: nobody watched */

	/* dentries_report_build()'s: */
	uint64_t total[DENTRIES_COUNTS];
	uint64_t bytes;
	uint64_t met[DENTRIES_COUNTS]; /* in all filesystems */
	struct dentries_rows filesystems, directories, shapes, floods, patterns;
	struct dentries_verdict verdict;
};

/*
 * Fills in all but the caller's part, with at most rows_max rows a table. `shapes`
 * are directories whose paths differ only in what is generated: /proc/N/task. Valid
 * as long as the dentries. 0 or -ENOMEM, and then there is nothing to be released.
 */
int dentries_report_build(struct dentries_report *r, const struct dentries *d,
			  struct dentry_paths *paths, const struct mounts *mounts, size_t rows_max);
void dentries_report_deinit(struct dentries_report *r);
/* Dentries as the kernel counts them: without those that wait for RCU. */
uint64_t dentries_report_met(const struct dentries_report *r);
/* By how much the census differs from the kernel's counter, in percent of it; false: not known. */
bool dentries_report_deviation(const struct dentries_report *r, double *ret_percent);

/* 0 or -errno. */
int dentries_text(const struct dentries_report *r, FILE *out);
int dentries_json(const struct dentries_report *r, FILE *out);

#endif
