/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an interrupt enters the kernel. What is below on a stack was at something
 * else, and so was the task: neither has to do with what the interrupt allocates.
 */
#ifndef SS_INTERRUPTS_H
#define SS_INTERRUPTS_H

#include "addresses.h"
#include "symbols.h"

/* Is this such a function? Exceptions are not meant: a fault is the task's own. */
bool interrupts_enter(const char *symbol);
/* Where they all are: [start, end) after [start, end), lowest first. 0 or -ENOMEM. */
int interrupts_read(const struct symbols *symbols, struct addresses *ret_ranges);
/* Is the address in one of these? */
bool interrupts_has(const struct addresses *ranges, uint64_t address);

#endif
