/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's dentries, made up: what a census would hand over, and look-ups in it. */
#ifndef SS_MADE_DENTRIES_H
#define SS_MADE_DENTRIES_H

#include "dentries.h"

#define MADE_DENTRIES 4096

/* Super blocks: ext4 (254:0), tmpfs (0:30), overlay (0:44), sockfs (0:9); others are not there. */
enum { MADE_EXT4 = 0x1000, MADE_TMPFS = 0x2000, MADE_OVERLAY = 0x3000, MADE_SOCKFS = 0x4000 };

/* Bits unlike those of any kernel. */
enum { MADE_LRU = 1 << 3, MADE_KILLED = 1 << 5, MADE_CURSOR = 1 << 7, MADE_PERSISTENT = 1 << 9 };

struct made_dentries {
	struct ss_dentry all[MADE_DENTRIES];
	char names[MADE_DENTRIES][SS_NAME_WHOLE];
	size_t count;
	size_t looks; /* look-ups so far */
};

/* Its address. parent 0: itself. Used, positive, hashed; to be changed in all[count - 1]. */
uint64_t made_dentry(struct made_dentries *m, uint64_t super, uint64_t parent, const char *name);
/* The same, unused and negative. */
uint64_t made_missing(struct made_dentries *m, uint64_t super, uint64_t parent, const char *name);
struct ss_dentry *made_last(struct made_dentries *m);
/* As census_look() and census_super(); arg is the made_dentries. */
bool made_look(void *arg, uint64_t address, struct ss_dentry *ret_dentry, char name[SS_NAME_WHOLE]);
bool made_describe(void *arg, uint64_t address, struct census_super *ret_super);
/* A configuration with these, and room for so many directories and patterns. */
struct dentries_config made_config(struct made_dentries *m, size_t room);
/* All of them added up; to be destroyed. */
struct dentries *made_dentries_count(struct made_dentries *m, const struct dentries_config *config);

#endif
