/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own totals: /proc/meminfo and dentry-state. 0 where one is not to be had. */
#ifndef SS_MEMINFO_H
#define SS_MEMINFO_H

#include <stdint.h>

struct meminfo { /* bytes */
	uint64_t total, slab, reclaimable, unreclaimable;
};

/* path NULL: /proc/meminfo. */
void meminfo_read(const char *path, struct meminfo *ret);

struct dentry_state {
	uint64_t dentries, unused, negative;
};

/* path NULL: /proc/sys/fs/dentry-state. Before Linux 5.0 it knew of no negative ones. */
void meminfo_dentries(const char *path, struct dentry_state *ret);

#endif
