/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of slabsight dentries. */
#ifndef SS_DENTRIES_OPTIONS_H
#define SS_DENTRIES_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct dentries_options {
	const char *fs; /* of which alone; NULL: of all */
	size_t top;	/* rows of each table; 0: all */
	double seconds; /* to watch; 0: not at all */
	bool refs;
	double share;	       /* of one CPU */
	const char *debug_dir; /* NULL: none */
	bool no_lines;
	bool json;
};

/*
 * Reads argv, of which the first is the command; prints help or a complaint. Returns
 * -1 to go on, or the exit code; then nothing is set.
 */
int dentries_options_parse(int argc, char **argv, struct dentries_options *ret_options);

#endif
