/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where dentries are, as a report names it: mount point and path in one. */
#ifndef SS_DENTRY_PLACE_H
#define SS_DENTRY_PLACE_H

#include "dentries.h"
#include "dentry_paths.h"
#include "mounts.h"

/* The mount point of a filesystem, else "(ext4 sda1)"; super NULL: "(gone)". */
void dentry_place_mount(const struct mounts *mounts, const struct census_super *super, char *buf,
			size_t size);
/*
 * The path of a directory, or what is said instead of it where there is none; super
 * NULL: not known. 0 or -ENOMEM.
 */
int dentry_place(struct dentry_paths *paths, const struct mounts *mounts,
		 const struct census_super *super, const struct dentries_place *place,
		 char buf[DENTRY_PATH], enum dentry_path_state *ret_state);
/* The pattern of a path: each name in it folded by itself. */
void dentry_place_fold(const char *path, char buf[DENTRY_PATH]);

#endif
