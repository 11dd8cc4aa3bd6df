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
	off_t printed;	/* bytes on its stdout, once it has ended */
};

/* Program of the session: set once. */
extern const char *session_program;

/* Start `slabsight trace --json ARGS...` and wait until it books. 0 or -errno. */
int session_start(struct session *s, const char *const args[]);
/* Start `slabsight WORDS...`; nobody reads yet what it says. 0 or -errno. */
int session_fork(struct session *s, const char *const words[]);
/* Start `slabsight WORDS...`, which goes on when this fails; then as above. */
int session_run(struct session *s, const char *const words[]);
/*
 * Let it come to its end (a silence of minutes is one, by SIGKILL) and parse what it printed; NULL
 * where that is no report. *ret_status as by waitpid().
 */
json_t *session_wait(struct session *s, int *ret_status);
/* End it as Ctrl-C would and parse its report; NULL with a reason in s->said. */
json_t *session_end(struct session *s);

#endif
