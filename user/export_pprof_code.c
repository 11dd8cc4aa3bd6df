// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The code that a profile is of. A location is an address, with a line for each function there: the
 * innermost first, which was inlined into the next, and so on. Without debug info it is one line,
 * that of the symbol, and has no number.
 */
#include <stdlib.h>
#include <string.h>

#include "debuginfo.h"
#include "export_pprof_private.h"
#include "export_rows.h"

#define KERNEL "[kernel.kallsyms]" /* as perf calls it */

struct function_key {
	int64_t name, file;
};

/* Functions of one name in two modules are two. */
static uint64_t function_of(struct profile *p, uint64_t address, const struct symbol *sym,
			    const struct debug_line *line)
{
	char module[EXPORT_NAME + 2] = "";
	const char *name = line && line->function ? line->function : sym->name, *file = KERNEL;
	struct function_key key;

	if (sym->module) {
		snprintf(module, sizeof(module), "[%s]", EXPORT_SAFE(sym->module));
		file = module;
	}
	key.name = profile_string(p, name      ? EXPORT_SAFE(name)
				     : address ? "(no symbol)"
					       : "(call sites beyond the table)");
	key.file = profile_string(p, line && line->file ? EXPORT_SAFE(line->file)
				     : sym->name	? file
							: "");
	return profile_number(p, &p->functions, &key, sizeof(key));
}

/* Numbers of modules; the kernel is the module without a name. */
static uint64_t module_of(struct profile *p, const struct symbol *sym)
{
	const char *name = sym->module ? sym->module : "";

	return sym->name ? profile_number(p, &p->modules, name, strlen(name) + 1) : 0;
}

/* A line for each function at an address; the last is what the symbol names. */
static void fill_lines(struct profile *p, uint64_t address, const struct symbol *sym,
		       struct place *l)
{
	const struct debug_line *known;
	size_t count = debuginfo_find(p->r->debuginfo, address, &known), lines = count ? count : 1;

	l->lines = profile_allocate(p, lines, sizeof(*l->lines));
	l->line_at = profile_point(p, l->lines, lines, sizeof(*l->lines));
	for (size_t i = 0; l->line_at && i < lines; i++) {
		struct debug_line line = count ? known[i] : (struct debug_line){};

		if (i + 1 == lines)
			line.function = sym->name;
		else if (!line.function)
			line.function = "(no name)";
		pprof__line__init(&l->lines[i]);
		l->lines[i].function = function_of(p, address, sym, &line);
		l->lines[i].number = line.line;
	}
	l->message.lines = l->line_at;
	l->message.n_lines = l->line_at ? lines : 0;
}

static void fill_locations(struct profile *p)
{
	p->locations = profile_allocate(p, p->addresses.count, sizeof(*p->locations));
	for (uint32_t i = 0; p->locations && i < p->addresses.count; i++) {
		uint64_t address = *(const uint64_t *)p->addresses.things[i].key;
		struct symbol sym = symbols_find(p->r->symbols, address);
		struct place *l = &p->locations[i];

		pprof__location__init(&l->message);
		l->message.id = i + 1;
		l->message.mapping = module_of(p, &sym);
		l->message.address = sym.name || p->r->show_addresses ? address : 0;
		fill_lines(p, address, &sym, l);
	}
	p->message.n_locations = p->addresses.count;
	p->message.locations =
		profile_point(p, p->locations, p->addresses.count, sizeof(*p->locations));
}

static void fill_functions(struct profile *p)
{
	p->function_of = profile_allocate(p, p->functions.count, sizeof(*p->function_of));
	for (uint32_t i = 0; p->function_of && i < p->functions.count; i++) {
		const struct function_key *key = p->functions.things[i].key;
		Pprof__Function *f = &p->function_of[i];

		pprof__function__init(f);
		f->id = i + 1;
		f->name = f->system_name = key->name;
		f->file = key->file;
	}
	p->message.n_functions = p->functions.count;
	p->message.functions =
		profile_point(p, p->function_of, p->functions.count, sizeof(*p->function_of));
}

/* From its first function to the last address that is used; addresses count from where it begins.
 */
static void set_range(struct profile *p, Pprof__Mapping *m, const char *module)
{
	uint64_t base = symbols_base(p->r->symbols, *module ? module : NULL);

	m->start = p->r->show_addresses ? base : 0;
	m->limit = m->start + 1;
	for (uint32_t i = 0; i < p->addresses.count; i++) {
		Pprof__Location *l = &p->locations[i].message;

		if (l->mapping != m->id)
			continue;
		l->address -= base - m->start;
		if (l->address >= m->limit)
			m->limit = l->address + 1;
	}
}

/* Has any location in a module a line? */
static bool has_lines(const struct profile *p, const char *module)
{
	struct debuginfo_image image;

	for (size_t i = 0; p->r->debuginfo && debuginfo_image(p->r->debuginfo, i, &image); i++)
		if (!strcmp(image.module ? image.module : "", module))
			return image.found > 0;
	return false;
}

static void fill_mappings(struct profile *p)
{
	p->mapping_of = profile_allocate(p, p->modules.count, sizeof(*p->mapping_of));
	for (uint32_t i = 0; p->mapping_of && i < p->modules.count; i++) {
		const char *module = p->modules.things[i].key;
		Pprof__Mapping *m = &p->mapping_of[i];
		char file[EXPORT_NAME + 2];

		snprintf(file, sizeof(file), "[%s]", EXPORT_SAFE(module));
		pprof__mapping__init(m);
		m->id = i + 1;
		m->file = profile_string(p, *module ? file : KERNEL);
		if (!*module && p->r->build_id)
			m->build_id = profile_string(p, p->r->build_id);
		m->has_functions = true;
		m->has_files = m->has_lines = m->has_inlined = has_lines(p, module);
		set_range(p, m, module);
	}
	p->message.n_mappings = p->modules.count;
	p->message.mappings =
		profile_point(p, p->mapping_of, p->modules.count, sizeof(*p->mapping_of));
}

void profile_fill_code(struct profile *p)
{
	fill_locations(p);
	fill_functions(p);
	if (!p->err)
		fill_mappings(p);
}

void profile_free_code(struct profile *p)
{
	for (uint32_t i = 0; p->locations && i < p->addresses.count; i++) {
		free(p->locations[i].lines);
		free(p->locations[i].line_at);
	}
	free(p->locations);
	free(p->function_of);
	free(p->mapping_of);
	free(p->message.locations);
	free(p->message.functions);
	free(p->message.mappings);
}
