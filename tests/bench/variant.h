/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting and stopping what traces while the loops run. */
#ifndef VARIANT_H
#define VARIANT_H

#include "results.h"

#include <stddef.h>
#include <sys/types.h>

#define VARIANT_ARGS 16

struct variant {
	const char *name;  /* for --only and JSON */
	const char *label; /* in the table */
	/* A line of its output starts with this once it traces. */
	const char *ready;
	/* What to run, paths from the repository's root; argv[0] NULL: nothing. */
	const char *argv[VARIANT_ARGS];
};

extern const struct variant variants[VARIANTS];

struct running {
	pid_t pid;  /* 0: nothing had to be started */
	int output; /* all that it printed */
};

/*
 * Start @v and wait until it traces. 0, or a negative errno with the reason in @ret_why (@size
 * bytes), after which nothing runs.
 */
int variant_start(const struct variant *v, struct running *ret_running, char *ret_why, size_t size);

/* End it: SIGINT, which all of them take for the end of tracing; harsher if it does not obey. */
void variant_stop(struct running *running);

#endif
