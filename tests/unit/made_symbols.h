/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of a made-up kernel: from the text of its kallsyms, and what an address is called. */
#ifndef MADE_SYMBOLS_H
#define MADE_SYMBOLS_H

#include "symbols.h"

#define BASE 0xffffffff81000000ull
#define MOD  0xffffffffc0200000ull

struct symbols *made_symbols(void **state, const char *content);
/* The address is in this function; module NULL: of the kernel. */
void assert_symbol(const struct symbols *s, uint64_t address, const char *name, uint64_t offset,
		   const char *module);
void assert_nameless(const struct symbols *s, uint64_t address);

#endif
