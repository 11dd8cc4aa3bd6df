/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births of dentries, made up: what a watch and the census after it would hand over. */
#ifndef SS_MADE_BIRTHS_H
#define SS_MADE_BIRTHS_H

#include "dentry_births_report.h"
#include "made_dentries.h"

enum { MADE_PROCS = 64, MADE_STACKS = 16, MADE_SITES = 0x100 };

/* Frames; symbols are those of made_births_kallsyms. */
extern const char made_births_kallsyms[];
enum made_frame {
	MADE_BPF,
	MADE_CACHE_ALLOC,
	MADE__D_ALLOC,
	MADE_D_ALLOC,
	MADE_D_ALLOC_PARALLEL,
	MADE_D_ALLOC_PSEUDO,
	MADE_LOOKUP_SLOW,
	MADE_NFS_LOOKUP, /* in a module */
	MADE_DPUT,
	MADE_FPUT,
	MADE_FRAMES,
};
uint64_t made_frame(enum made_frame frame);

struct made_births {
	struct made_dentries dentries;
	struct births_proc procs[MADE_PROCS];
	struct births_living living[MADE_DENTRIES];
	struct births_stack stacks[MADE_STACKS];
	struct dentry_births_counted in;
	/* Of directories; paths are "/dir" and, below 0x1000, "(no directory: pipefs)". */
	const char *path; /* of all others; NULL: "/etc/pki/nssdb" */
	int place_result;
	bool in_memory;

	struct dentries_config flags;
	struct dentry_births *births;
	struct symbols *symbols;
	struct dentry_births_report report;
};

/* With 10 seconds, 40 ticks and a scale of 1. */
void made_births_init(struct made_births *m, size_t room);
void made_births_release(struct made_births *m);
/* A process; its births are counted by made_born(). */
struct ss_proc_key made_births_proc(struct made_births *m, uint32_t pid, const char *comm,
				    uint64_t cgroup);
/* Its number; frames end with MADE_FRAMES. */
int32_t made_births_stack(struct made_births *m, const enum made_frame *frames);
/* The last dentry was born by a process at a stack (negative: none was taken) in a tick. */
struct ss_born *made_born(struct made_births *m, const struct ss_proc_key *proc, int32_t stack,
			  uint32_t tick);
/* One that died; so many, if `weight` is above 1. */
void made_born_and_died(struct made_births *m, const struct ss_proc_key *proc, const char *name,
			uint32_t weight);
/* All of it added up, and reported with at most `rows` a table. */
void made_births_report(struct made_births *m, void **state, struct cgroups *cgroups, size_t rows);

#endif
