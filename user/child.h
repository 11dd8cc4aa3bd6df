/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command that is run: forked first, so that everything can be made ready for
 * it, and let go when it is. It gets everything as we got it ourselves: limits,
 * signals, standard files; nothing of ours stays open in it. While it runs, a
 * signal that ends us kills it.
 */
#ifndef SS_CHILD_H
#define SS_CHILD_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

struct child {
	pid_t pid;
	int fd; /* can be read once it has ended */
	int go, failed;
};

/* Before anything raises our own: limits that a command is to have. */
void child_remember_limits(void);
/* 0 or -errno. argv[0] is looked up in PATH, by child_release(). Released by child_reap(). */
int child_fork(char *const *argv, struct child *ret_child);
/* 0, or -errno when it could not be executed; it is to be reaped then, too. */
int child_release(struct child *c);
/* Wait until it ends; its status as from waitpid(). */
int child_reap(struct child *c);
/* What a shell makes of the status: the exit code, or 128 and the signal. */
int child_exit_code(int status);
/* What a shell exits with when a command cannot be executed: 127 there is none, 126 it cannot. */
int child_exec_code(int err);

#endif
