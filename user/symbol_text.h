/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A place in the code, for a reader: its name, or what it may be. */
#ifndef SS_SYMBOL_TEXT_H
#define SS_SYMBOL_TEXT_H

#include <jansson.h>

#include "lines.h"
#include "symbols.h"

#define SYMBOL_TEXT (4 * LINES_ESCAPED + 128)

/*
 * "symbol+0x12 [module]", without the offset where none is wanted; "(no symbol)"; or, where other
 * code came in its place, "lo_open+0x10 [loop] or ovl_read+0xf44 [overlay]".
 */
char *symbol_text(const struct symbols *s, uint64_t address, bool offset, char buf[SYMBOL_TEXT]);
/*
 * Sets symbol, offset and module; all null where it is not known, and maybe[] of the same three
 * where it is one of several.
 */
void symbol_json(json_t *object, const struct symbols *s, uint64_t address);

#endif
