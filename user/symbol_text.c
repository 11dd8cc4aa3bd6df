// SPDX-License-Identifier: GPL-2.0-or-later
/* Names from the kernel are escaped: a module may call itself anything. */
#include "symbol_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"
#include "json_output.h"

#define TOLD   2 /* in text, */
#define LISTED 8 /* and in JSON, of what an address may be */

static size_t print(char *buf, size_t size, const struct symbol *sym, bool offset,
		    const char *nameless)
{
	char at[24] = "";

	if (!sym->name)
		return snprintf(buf, size, "%s", nameless);
	if (offset)
		snprintf(at, sizeof(at), "+0x%" PRIx64, sym->offset);
	return snprintf(buf, size, "%s%s%s%s%s", SAFE(sym->name), at, sym->module ? " [" : "",
			sym->module ? SAFE(sym->module) : "", sym->module ? "]" : "");
}

char *symbol_text(const struct symbols *s, uint64_t address, bool offset, char buf[SYMBOL_TEXT])
{
	struct symbol list[TOLD];
	size_t count = symbols_may_be(s, address, list, TOLD), used = 0;

	if (!count)
		snprintf(buf, SYMBOL_TEXT, "(no symbol)");
	for (size_t i = 0; i < count && i < TOLD; i++) {
		if (i)
			used += snprintf(buf + used, SYMBOL_TEXT - used, " or ");
		used += print(buf + used, SYMBOL_TEXT - used, &list[i], offset,
			      count > 1 ? "code that is gone" : "(no symbol)");
	}
	if (count > TOLD)
		snprintf(buf + used, SYMBOL_TEXT - used, " or %s", MANY(count - TOLD, "other"));
	return buf;
}

static void set(json_t *object, const struct symbol *sym)
{
	json_object_set_new(object, "symbol", json_output_string(sym->name));
	json_object_set_new(object, "offset",
			    sym->name ? json_output_count(sym->offset) : json_null());
	json_object_set_new(object, "module", json_output_string(sym->module));
}

void symbol_json(json_t *object, const struct symbols *s, uint64_t address)
{
	const struct symbol sym = symbols_find(s, address);
	struct symbol list[LISTED];
	size_t count = sym.several ? symbols_may_be(s, address, list, LISTED) : 0;
	json_t *maybe = count ? json_array() : NULL;

	set(object, &sym);
	for (size_t i = 0; i < count && i < LISTED; i++) {
		json_t *one = json_object();

		set(one, &list[i]);
		json_array_append_new(maybe, one);
	}
	if (count)
		json_object_set_new(object, "maybe", maybe);
}
