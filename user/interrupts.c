// SPDX-License-Identifier: GPL-2.0-or-later
/* Where an interrupt enters the kernel. */
#include "interrupts.h"

#include <string.h>

/* arch/x86/include/asm/idtentry.h: what DECLARE_IDTENTRY_SYSVEC and _IRQ make. */
bool interrupts_enter(const char *symbol)
{
	return !strncmp(symbol, "asm_sysvec_", 11) || !strcmp(symbol, "asm_common_interrupt");
}

int interrupts_read(const struct symbols *symbols, struct addresses *ret_ranges)
{
	addresses_clear(ret_ranges);
	return symbols_ranges(symbols, interrupts_enter, ret_ranges);
}

bool interrupts_has(const struct addresses *ranges, uint64_t address)
{
	if (!ranges->count || address < ranges->at[0] || address >= ranges->at[ranges->count - 1])
		return false;
	for (size_t i = 0; i < ranges->count; i += 2)
		if (address >= ranges->at[i] && address < ranges->at[i + 1])
			return true;
	return false;
}
