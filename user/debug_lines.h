/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an address in a file with debug info to lines of source, through inlined functions. */
#ifndef SS_DEBUG_LINES_H
#define SS_DEBUG_LINES_H

#include <elfutils/libdwfl.h>
#include <stdint.h>

#include "interner.h"

#define DEBUG_LINES_MAX 64 /* functions inlined into each other */

/* Raw strings: what is in a file of debug info is anything. */
struct debug_line {
	const char *function; /* NULL: not known, or not told by debug info */
	const char *file;     /* from the top of the source tree; NULL: not known */
	uint32_t line;	      /* 0: not known */
};

/*
 * The line at an address of the module: innermost first, each but the last one a function that
 * was inlined at the next one's line. Returns how many, 0 where nothing is known, or -ENOMEM.
 * Paths are kept in `texts`, and live as long; names of functions as long as the module.
 */
int debug_lines_find(Dwfl_Module *module, uint64_t address, struct interner *texts,
		     struct debug_line ret_lines[DEBUG_LINES_MAX]);

#endif
