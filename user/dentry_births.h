/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the births and deaths of dentries add up to: by process, by directory and
 * name, by call stack. Fed in the order of a watch: what dies meanwhile, then what
 * was counted and still lives, then every dentry of a census. Bounded memory;
 * knows nothing of BPF.
 *
 * Births are counted exactly by process. What became of those that live the census
 * says; of those that died, what they were called, but no more whether they had
 * been negative.
 */
#ifndef SS_DENTRY_BIRTHS_H
#define SS_DENTRY_BIRTHS_H

#include "births.h"
#include "dentries.h"
#include "dentry_paths.h"

enum born_count {
	BORN_ALL, /* living and dead */
	BORN_LIVING,
	BORN_DEAD,
	BORN_NEGATIVE, /* of the living; and so below */
	BORN_HELD,     /* pinned, and not as the parent of others or a file in memory */
	BORN_COUNTS,
};

#define BORN_QUARTERS 4 /* of the watch, by which those that are held were born */

struct dentry_births_config {
	const struct dentries_config *dentries; /* its flag bits */
	size_t room;				/* directories and patterns counted at once */
	/*
	 * The path of a directory, and whether its filesystem is one in memory. 0; 1:
	 * that filesystem is not wanted; -ENOMEM.
	 */
	int (*place)(void *arg, const struct dentries_place *place, char path[DENTRY_PATH],
		     bool *ret_in_memory);
	void *arg;
};

/* As struct births has it, whose lists stay where they are. */
struct dentry_births_counted {
	const struct births_proc *procs;
	const struct births_living *living; /* by address */
	const struct births_stack *stacks;  /* by number */
	size_t proc_cnt, living_cnt, stack_cnt;
	struct births_totals totals;
	double seconds;
	uint32_t ticks; /* steps of the watch */
};

struct born_proc {
	const struct births_proc *is;
	uint64_t counts[BORN_COUNTS];
};

struct born_stack {
	const struct births_stack *is;
	uint64_t counts[BORN_COUNTS]; /* estimates, unless every birth had its stack taken */
	uint64_t never_put;	      /* of those that are held */
	uint64_t quarters[BORN_QUARTERS];
	int32_t last_put; /* stack of the last puts of most that are held; -1: none */
	uint64_t last_put_lead;
};

struct dentry_births;

/* 0 or -ENOMEM; so with all below. */
int dentry_births_create(const struct dentry_births_config *config,
			 struct dentry_births **ret_births);
void dentry_births_destroy(struct dentry_births *b);
/* While it is watched. */
int dentry_births_died(struct dentry_births *b, const struct ss_obituary *o);
/* When it is over. */
int dentry_births_counted(struct dentry_births *b, const struct dentry_births_counted *counted);
/* Every dentry of a census after that. */
int dentry_births_met(struct dentry_births *b, const struct ss_dentry *dentry);
/* After the last of them. */
int dentry_births_end(struct dentry_births *b);

const struct dentry_births_counted *dentry_births_input(const struct dentry_births *b);
/* One for each of the counted, in their order. */
const struct born_proc *dentry_births_procs(const struct dentry_births *b);
const struct born_stack *dentry_births_stacks(const struct dentry_births *b);
/* The one of that number, or NULL. */
const struct born_stack *dentry_births_stack(const struct dentry_births *b, int32_t id);
/*
 * By program, directory and pattern; values are BORN_COUNTS. Keys are a struct
 * born_program, the path, a NUL, the pattern.
 */
struct born_program {
	uint64_t cgroup;
	char comm[16];
};
const struct top *dentry_births_names(const struct dentry_births *b);
/* Of all living: what the census met of them. */
const uint64_t *dentry_births_living(const struct dentry_births *b);

#endif
