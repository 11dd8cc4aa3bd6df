/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files with debug info of one build of the kernel or a module. Only the build-id tells
 * them: a file of another build would name wrong lines, and nobody would know.
 */
#ifndef SS_DEBUG_FILES_H
#define SS_DEBUG_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "debug_tree.h"

#define DEBUG_PATH 4096

struct debug_places {
	const char *root;	   /* what stands before all absolute paths; NULL: nothing */
	const char *dir;	   /* --debug-dir, which comes first; NULL: none */
	const char *release;	   /* of the kernel, as in the paths of distributions */
	struct debug_trees *trees; /* of directories that were walked, for the next image */
};

/* What was found besides. */
struct debug_search {
	char path[DEBUG_PATH];	   /* of the file */
	char refused[DEBUG_PATH];  /* the first that is of another build; "": none was */
	char stripped[DEBUG_PATH]; /* the first of this build that has no debug info */
	bool cut_short;		   /* there were too many files in a directory */
};

/*
 * A descriptor of the file for a module (NULL: the kernel), or -ENOENT; both fill in
 * *ret_search. build_id in hexadecimal.
 */
int debug_files_find(const struct debug_places *places, const char *module, const char *build_id,
		     struct debug_search *ret_search);
/* The same of one file. */
int debug_files_open(const char *path, const char *build_id, struct debug_search *search);

#endif
