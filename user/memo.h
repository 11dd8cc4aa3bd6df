/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of kernel addresses, asked for once each, or nearly: the same few pointers
 * are in all objects of a cache. Of fixed size: what does not fit is asked for again.
 */
#ifndef SS_MEMO_H
#define SS_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#define MEMO_NAME 96

struct memo;

/*
 * The name of what an address points at, of text or data: "symbol+0x10" into buf, or
 * false.
 */
typedef bool (*memo_resolve)(void *arg, uint64_t value, char buf[MEMO_NAME]);

/* Such a one: of a struct symbols, with data. */
bool memo_symbol(void *symbols, uint64_t value, char buf[MEMO_NAME]);

/* 0 or -ENOMEM. */
int memo_create(memo_resolve resolve, void *arg, struct memo **ret_memo);
void memo_destroy(struct memo *m);
/* NULL: no name, or no address of the kernel's at all. Valid until the next call. */
const char *memo_name(struct memo *m, uint64_t value);

#endif
