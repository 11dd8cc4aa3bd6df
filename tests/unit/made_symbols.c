// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of a made-up kernel. */
#include "made_symbols.h"

#include "fixture.h"

struct symbols *made_symbols(void **state, const char *content)
{
	struct symbols *s = NULL;

	assert_int_equal(symbols_create(sandbox_file(state, "kallsyms", content), &s), 0);
	assert_non_null(s);
	return s;
}

void assert_symbol(const struct symbols *s, uint64_t address, const char *name, uint64_t offset,
		   const char *module)
{
	struct symbol sym = symbols_find(s, address);

	assert_non_null(sym.name);
	assert_string_equal(sym.name, name);
	assert_int_equal(sym.offset, offset);
	if (module) {
		assert_non_null(sym.module);
		assert_string_equal(sym.module, module);
	} else {
		assert_null(sym.module);
	}
}

void assert_nameless(const struct symbols *s, uint64_t address)
{
	struct symbol sym = symbols_find(s, address);

	assert_null(sym.name);
	assert_null(sym.module);
}
