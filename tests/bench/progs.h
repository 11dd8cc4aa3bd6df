/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel counts about BPF programs, once it is asked to: runs and time. */
#ifndef PROGS_H
#define PROGS_H

#include "results.h"

/* Let the kernel count from now on. A descriptor to be closed to end it, or a negative errno. */
int progs_count_begin(void);

/* The programs whose name starts with @prefix and that ran, busiest first. */
void progs_read(const char *prefix, struct prog_list *ret_list);

#endif
