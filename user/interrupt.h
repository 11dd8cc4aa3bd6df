/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ctrl-C: the first SIGINT or SIGTERM asks the command to come to an end, with a
 * report where there is something to report; a second one ends the process.
 */
#ifndef SS_INTERRUPT_H
#define SS_INTERRUPT_H

#include <signal.h>

void interrupt_watch(void);
/* Not 0 once the first came. */
const volatile sig_atomic_t *interrupt_flag(void);

#endif
