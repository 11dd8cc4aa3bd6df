/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File, line and inlined functions of places in the kernel's code, where there is debug
 * info of the very build that ran: by build-id, so on any machine.
 *
 * Nothing is looked for before the first place is asked for, and every place is looked
 * up once.
 */
#ifndef SS_DEBUGINFO_H
#define SS_DEBUGINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code_images.h"
#include "debug_files.h"
#include "debug_lines.h"
#include "debuginfod.h"
#include "symbols.h"

struct debuginfo;

struct debuginfo_config {
	struct debug_places places;	  /* without trees */
	const struct symbols *symbols;	  /* of the addresses that will be asked for */
	const struct code_images *images; /* NULL: what is loaded here and now */
	bool servers;			  /* ask those that the user has named */
	/* All or none: before a server is asked for a module (NULL: the kernel), while, and after.
	 */
	void (*asking)(void *arg, const char *module);
	debuginfod_progress progress;
	void (*answered)(void *arg);
	void *arg;
};

/* Lives no longer than what the configuration points to. 0 or -ENOMEM. */
int debuginfo_create(const struct debuginfo_config *config, struct debuginfo **ret_debuginfo);
void debuginfo_destroy(struct debuginfo *d);

/*
 * The lines of a return address: of the call before it, innermost function first; each but the
 * last was inlined into the next, and the last belongs to the symbol of the address. Returns how
 * many there are; 0: not known, or d is NULL. They live as long as *d.
 */
size_t debuginfo_find(struct debuginfo *d, uint64_t address, const struct debug_line **ret_lines);

/* How it went with an image that was asked for. */
struct debuginfo_image {
	const char *module;   /* NULL: the kernel */
	const char *build_id; /* "": not known */
	const char *path;     /* of the debug info; NULL: there is none */
	const char *why;      /* there is none; raw: it has paths in it */
	size_t places, found; /* that were asked for, and that have a line */
	size_t twins;	      /* places in one of several functions of one name */
};

/* The n-th of them, from 0; false: there are no more. Modules that have no file are not among them.
 */
bool debuginfo_image(const struct debuginfo *d, size_t n, struct debuginfo_image *ret_image);

#endif
