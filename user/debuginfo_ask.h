/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug info for commands: where options say, and, while a server is asked, with talk
 * about it, and Ctrl-C that goes on without.
 */
#ifndef SS_DEBUGINFO_ASK_H
#define SS_DEBUGINFO_ASK_H

#include "debuginfo.h"
#include "progress.h"

struct debuginfo_ask {
	const char *module; /* that is asked for; NULL: the kernel */
	double since_s, said_s;
	struct progress progress;
	struct debuginfo *debuginfo;
};

/*
 * The debug info to be used in a report, in *ask, which has to stay and is to be released by
 * debuginfo_ask_end(); NULL without memory. What follows can do no more than who started the
 * program may. dir NULL: only where it is by custom.
 */
struct debuginfo *debuginfo_ask_begin(struct debuginfo_ask *ask, const char *dir,
				      const char *release, const struct symbols *symbols,
				      const struct code_images *images);
void debuginfo_ask_end(struct debuginfo_ask *ask);

#endif
