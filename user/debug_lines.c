// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A compiler writes what it inlined as a tree: in a function there are the functions
 * inlined into it, each with the place of its call, and in these those inlined into
 * them. The line table has the line of the innermost one; the lines of the others are
 * the places of calls.
 */
#include "debug_lines.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "debug_path.h"

#define NESTED_MAX 256 /* scopes: blocks as well */
#define NAMESPACES 16

/* Functions around an address, outermost first. */
struct chain {
	Dwarf_Die functions[DEBUG_LINES_MAX];
	int count;
};

/* The unit around an address; clang writes no list of them. */
static Dwarf_Die *find_unit(Dwfl_Module *module, uint64_t address, Dwarf_Addr *ret_bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, ret_bias);

	if (unit)
		return unit;
	while ((unit = dwfl_module_nextcu(module, unit, ret_bias)))
		if (dwarf_haspc(unit, address - *ret_bias) > 0)
			return unit;
	return NULL;
}

static bool is_function(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

static bool is_scope(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return true;
	default:
		return false;
	}
}

/* The scope directly in another one that has the address; of Rust, namespaces lie between. */
static bool step_in(Dwarf_Die *scope, Dwarf_Addr pc, int namespaces, Dwarf_Die *ret_inner)
{
	Dwarf_Die child;

	for (int more = dwarf_child(scope, &child); !more; more = dwarf_siblingof(&child, &child)) {
		if (is_scope(&child) && dwarf_haspc(&child, pc) > 0) {
			*ret_inner = child;
			return true;
		}
		if (namespaces && dwarf_tag(&child) == DW_TAG_namespace &&
		    step_in(&child, pc, namespaces - 1, ret_inner))
			return true;
	}
	return false;
}

static void find_chain(Dwarf_Die *unit, Dwarf_Addr pc, struct chain *ret_chain)
{
	Dwarf_Die scope = *unit, inner;

	ret_chain->count = 0;
	for (int i = 0; i < NESTED_MAX && step_in(&scope, pc, NAMESPACES, &inner); i++) {
		if (is_function(&inner) && ret_chain->count < DEBUG_LINES_MAX)
			ret_chain->functions[ret_chain->count++] = inner;
		scope = inner;
	}
}

/* 0 or -ENOMEM. */
static int keep_path(const char *path, Dwarf_Die *unit, struct interner *texts,
		     const char **ret_path)
{
	Dwarf_Attribute attribute;
	const char *directory = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
	autofree char *relative = path ? debug_path(path, directory) : NULL;
	uint32_t number;
	bool is_new;

	*ret_path = NULL;
	if (!path)
		return 0;
	if (!relative || interner_number(texts, relative, strlen(relative) + 1, &number, &is_new))
		return -ENOMEM;
	*ret_path = texts->things[number - 1].key;
	return 0;
}

static int line_at(Dwarf_Die *unit, Dwarf_Addr pc, struct interner *texts,
		   struct debug_line *ret_line)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, pc);
	int number = 0;

	if (line && !dwarf_lineno(line, &number) && number > 0)
		ret_line->line = (uint32_t)number;
	return keep_path(line ? dwarf_linesrc(line, NULL, NULL) : NULL, unit, texts,
			 &ret_line->file);
}

/* Where an inlined function was called. */
static int line_of_call(Dwarf_Die *unit, Dwarf_Die *inlined, struct interner *texts,
			struct debug_line *ret_line)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file, line;
	const char *path = NULL;
	Dwarf_Files *files;
	size_t count;

	if (!dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) &&
	    line <= INT32_MAX)
		ret_line->line = (uint32_t)line;
	if (!dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) &&
	    !dwarf_getsrcfiles(unit, &files, &count) && file < count)
		path = dwarf_filesrc(files, file, NULL, NULL);
	return keep_path(path, unit, texts, &ret_line->file);
}

int debug_lines_find(Dwfl_Module *module, uint64_t address, struct interner *texts,
		     struct debug_line ret_lines[DEBUG_LINES_MAX])
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = find_unit(module, address, &bias);
	struct debug_line *line = ret_lines;
	struct chain chain;
	int err;

	if (!unit)
		return 0;
	find_chain(unit, address - bias, &chain);
	*line = (struct debug_line){};
	err = line_at(unit, address - bias, texts, line);
	for (int i = chain.count - 1; i >= 0 && !err; i--) {
		Dwarf_Die *function = &chain.functions[i];

		line->function = dwarf_diename(function);
		if (!i || dwarf_tag(function) != DW_TAG_inlined_subroutine)
			break;
		*++line = (struct debug_line){};
		err = line_of_call(unit, function, texts, line);
	}
	if (err)
		return err;
	return ret_lines->file || line > ret_lines ? (int)(line - ret_lines) + 1 : 0;
}
