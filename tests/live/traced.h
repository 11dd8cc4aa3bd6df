/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of slabsight beside the test: started, waited for until it books, ended, read. */
#ifndef SESSION_H
#define SESSION_H

#include <jansson.h>
#include <sys/types.h>

struct session {
	pid_t pid;
	int talk;	/* its stderr */
	int report;	/* a file that gets its stdout */
	char said[512]; /* the last thing it said, for messages */
};

/* Program of the session: set once. */
extern const char *session_program;

/* Start `slabsight trace --json ARGS...` and wait until it books. 0 or -errno. */
int session_start(struct session *s, const char *const args[]);
/* End it as Ctrl-C would and parse its report; NULL with a reason in s->said. */
json_t *session_end(struct session *s);

#endif
