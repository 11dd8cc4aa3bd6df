/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ctrl-C: the first SIGINT or SIGTERM asks the command to come to an end, with a
 * report where there is something to report; a second one ends the process. The same
 * signal within a tenth of a second is no second one.
 */
#ifndef SS_INTERRUPT_H
#define SS_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

void interrupt_watch(void);
/* Not 0 once the first came. */
const volatile sig_atomic_t *interrupt_flag(void);
/*
 * For the next part of a command, which a signal may end as well: the next one
 * counts as the first again. Returns whether one had come.
 */
bool interrupt_again(void);
/*
 * What came has had its effect: what it was to end has ended. A second one still ends the
 * process, until the next part that a signal may end, which begins with the other: one that
 * came since, and that nothing was ended for, stays and counts there.
 */
void interrupt_heed(void);
void interrupt_next(void);
/*
 * Which signal came last; 0: none. `ret_typed`: the terminal sent it, and so to
 * all in the foreground, not only to us.
 */
int interrupt_last(bool *ret_typed);
/* A signal that ends the process kills this one first; 0: none. */
void interrupt_kills(pid_t pid);
/* ... and that removes this empty directory then; name NULL: none. Both have to stay. */
void interrupt_removes(int parent, const char *name);
/* In a child, before it becomes another program: as if interrupt_watch() had not been called. */
void interrupt_restore(void);

#endif
