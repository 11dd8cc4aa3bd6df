/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reclaim on demand: make the kernel give back what it keeps only until memory
 * runs short, to tell that from what nobody can free. It costs the machine what
 * had been kept: never unless asked for.
 */
#ifndef SS_RECLAIM_H
#define SS_RECLAIM_H

#include <signal.h>
#include <stdbool.h>

enum reclaim_how {
	RECLAIM_NONE,
	RECLAIM_CGROUP, /* memory.reclaim of a cgroup: what is charged to it */
	RECLAIM_SLAB,	/* drop_caches: unused dentries, inodes and the like, everywhere */
};

struct reclaim {
	enum reclaim_how how;
	bool done;
	const char *whose; /* cgroup, in words; NULL: of --cgroup, or not of one */
	char why[160];	   /* it was not done */
	double took_s;
};

/* What it is about to cost, one sentence for a person. `cgroup` as below. */
const char *reclaim_costs(enum reclaim_how how, int cgroup);
const char *reclaim_name(enum reclaim_how how);
/* Has the cgroup a memory.reclaim, by the look of it? */
bool reclaim_has(int cgroup);
/*
 * cgroup: descriptor of the directory, for RECLAIM_CGROUP. drop_file: NULL for the
 * kernel's own. *stop not 0 ends it early; what is missing is in why.
 */
void reclaim_run(enum reclaim_how how, int cgroup, const char *drop_file,
		 const volatile sig_atomic_t *stop, struct reclaim *ret_reclaim);

#endif
