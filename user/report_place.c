// SPDX-License-Identifier: GPL-2.0-or-later
/* Places in the code as a report tells them, and how many of them may be one of several. */
#include <inttypes.h>

#include "interner.h"
#include "report_private.h"

char *report_place(const struct report *r, uint64_t address, char buf[REPORT_PLACE])
{
	const struct symbol sym = symbols_find(r->symbols, address);
	char text[SYMBOL_TEXT];
	const bool named = sym.name || sym.several;

	if (named || !r->show_addresses)
		symbol_text(r->symbols, address, true, text);
	if (!r->show_addresses)
		snprintf(buf, REPORT_PLACE, "%s", text);
	else
		snprintf(buf, REPORT_PLACE, "%s%s0x%" PRIx64, named ? text : "", named ? " " : "",
			 address);
	return buf;
}

/* Each address once; without memory as often as it is met. */
static uint64_t count(struct interner *met, const struct symbols *symbols, const uint64_t *at,
		      size_t address_cnt)
{
	uint64_t several = 0;
	uint32_t number;
	bool is_new = true;

	for (size_t i = 0; i < address_cnt; i++) {
		if (!symbols_find(symbols, at[i]).several)
			continue;
		if (interner_number(met, &at[i], sizeof(at[i]), &number, &is_new))
			is_new = true;
		several += is_new;
	}
	return several;
}

uint64_t report_ambiguous(const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	struct interner met = {};
	uint64_t several = 0;

	for (size_t i = 0; i < s->origin_cnt && symbols_overlaps(r->symbols); i++) {
		const struct snapshot_origin *o = &s->origins[i];

		several += count(&met, r->symbols, &o->site, 1);
		for (size_t n = 0; n < o->stack_cnt; n++)
			several += count(&met, r->symbols, o->stacks[n].frames,
					 o->stacks[n].frame_cnt);
		for (size_t n = 0; n < o->free_site_cnt; n++)
			several += count(&met, r->symbols, &o->free_sites[n].site, 1);
	}
	interner_deinit(&met);
	return several;
}
