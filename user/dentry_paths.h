/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths of directories, built from a dentry up its chain of parents. The chain is
 * read while the kernel changes it: it may end in a dentry that is gone, be a
 * circle, or never end. What was looked up is remembered: directories share most
 * of their way.
 */
#ifndef SS_DENTRY_PATHS_H
#define SS_DENTRY_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "census_wire.h"

#define DENTRY_PATH 4096 /* PATH_MAX; the end of a longer one is kept */

enum dentry_path_state {
	DENTRY_PATH_WHOLE,
	DENTRY_PATH_DELETED, /* a directory on the way was deleted, but is still held */
	DENTRY_PATH_GONE,    /* a dentry on the way is not there any more */
	DENTRY_PATH_ENDLESS, /* a circle, or deeper than anything real */
};

struct dentry_paths;

/* `look` as census_look(). 0 or -ENOMEM. */
int dentry_paths_create(bool (*look)(void *arg, uint64_t address, struct ss_dentry *ret_dentry,
				     char name[SS_NAME_WHOLE]),
			void *arg, struct dentry_paths **ret_paths);
void dentry_paths_destroy(struct dentry_paths *p);
/*
 * The path of a directory of a super block, raw bytes, below `mount` (where the
 * filesystem is mounted; any other text that says where). What is not known at its
 * beginning is "...". A dentry that has meanwhile become one of another super block
 * is gone. 0 or -ENOMEM.
 */
int dentry_paths_build(struct dentry_paths *p, uint64_t address, uint64_t super, const char *mount,
		       char buf[DENTRY_PATH], enum dentry_path_state *ret_state);
/* "whole" and so on. */
const char *dentry_path_state_name(enum dentry_path_state state);

#endif
