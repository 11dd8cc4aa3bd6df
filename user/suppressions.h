/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaks that are known and to be passed over, in LeakSanitizer's syntax: a line
 * each, leak:PATTERN, blank lines, and comments that begin with #. A pattern is
 * looked for in the names of functions and modules of a stack: anywhere, where it
 * does not begin with ^ or end with $, and * stands for anything.
 */
#ifndef SS_SUPPRESSIONS_H
#define SS_SUPPRESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot.h"
#include "symbols.h"

struct suppression {
	char *pattern;
	size_t line;
	uint64_t objects, bytes; /* that were passed over */
};

struct suppressions {
	const char *path;
	struct suppression *list; /* in the order of the file */
	size_t count;
};

/* 0 or -errno, with a sentence in why: -EINVAL for what is no suppression, with its line. */
int suppressions_read(const char *path, struct suppressions **ret_suppressions, char why[320]);
void suppressions_destroy(struct suppressions *s);
/* Nothing was passed over yet. */
void suppressions_forget(struct suppressions *s);
bool suppressions_match(const char *pattern, const char *name);
/*
 * Mark the stacks in which a name of any frame matches, and the origins whose call
 * site matches or whose stacks all do; count what they hold. The first pattern that
 * matches is the one.
 */
void suppressions_apply(struct suppressions *s, struct snapshot *snapshot,
			const struct symbols *symbols);

#endif
