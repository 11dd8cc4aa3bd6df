// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's own totals. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "meminfo.h"

void meminfo_read(const char *path, struct meminfo *ret)
{
	autofile FILE *f = fopen(path ? path : "/proc/meminfo", "re");
	const struct {
		const char *name;
		uint64_t *to;
	} wanted[] = {
		{"MemTotal:", &ret->total},
		{"Slab:", &ret->slab},
		{"SReclaimable:", &ret->reclaimable},
		{"SUnreclaim:", &ret->unreclaimable},
	};
	char line[256], name[64];
	uint64_t kib;

	*ret = (struct meminfo){0};
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %" SCNu64 " kB", name, &kib) != 2)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
			if (!strcmp(name, wanted[i].name))
				*wanted[i].to = kib << 10;
	}
}

void meminfo_dentries(const char *path, struct dentry_state *ret)
{
	autofile FILE *f = fopen(path ? path : "/proc/sys/fs/dentry-state", "re");
	uint64_t n[5];

	*ret = (struct dentry_state){0};
	if (f && fscanf(f, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &n[0], &n[1],
			&n[2], &n[3], &n[4]) == 5)
		*ret = (struct dentry_state){n[0], n[1], n[4]};
}
