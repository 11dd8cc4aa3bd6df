/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files below directories that may have debug info, by their names: kernels and modules. A
 * directory is walked once, whoever asks how often.
 */
#ifndef SS_DEBUG_TREE_H
#define SS_DEBUG_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct debug_tree {
	struct debug_tree *next;
	char *dir;
	struct debug_tree_file {
		char *path;
		const char *name; /* in path */
	} * files;		  /* in the order of the walk */
	size_t count, room;
	bool cut_short; /* there were too many, or memory was short */
};

/* All zeros: none was walked. */
struct debug_trees {
	struct debug_tree *first;
};

/* Of a directory: empty where there is none. NULL without memory. Stays until deinit. */
const struct debug_tree *debug_trees_get(struct debug_trees *trees, const char *dir);
void debug_trees_deinit(struct debug_trees *trees);

#endif
