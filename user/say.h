/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talk goes to stderr, one line at a time, as `slabsight: what 'which': why;
 * what to do`. Only commands talk; the modules under them return errors.
 */
#ifndef SS_SAY_H
#define SS_SAY_H

/* Exit codes of every command. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_LEAK = 3,
	EXIT_NOTHING = 4, /* nothing can be traced here */
	EXIT_INTERRUPTED = 130,
};

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
