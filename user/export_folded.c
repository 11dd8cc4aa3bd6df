// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Folded stacks: "thread;outermost;...;innermost;cache 4096", as flame graphs are made
 * of. Readers cut a line at ';' and at its last space, so neither may be in a name.
 */
#include <inttypes.h>

#include "debuginfo.h"
#include "export.h"
#include "export_rows.h"
#include "output.h"

struct folded {
	const struct report *r;
	FILE *out;
	bool objects;
};

/* What is escaped already, as a part of a line. */
static void print_part(FILE *out, const char *safe)
{
	for (; *safe; safe++)
		if (*safe == ' ' || *safe == ';')
			fprintf(out, "\\x%02x", *safe);
		else
			fputc(*safe, out);
}

/* "function" or "function_[module]", as perf has it. */
static void print_function(const struct folded *f, uint64_t address)
{
	struct symbol sym = symbols_find(f->r->symbols, address);

	if (sym.name)
		print_part(f->out, EXPORT_SAFE(sym.name));
	else
		fputs("(no_symbol)", f->out);
	if (sym.name && sym.module) {
		fputs("_[", f->out);
		print_part(f->out, EXPORT_SAFE(sym.module));
		fputc(']', f->out);
	}
	if (f->r->show_addresses)
		fprintf(f->out, "_0x%" PRIx64, address);
	fputc(';', f->out);
}

/* With what was inlined there, marked "_[i]", as stackcollapse-perf.pl does. */
static void print_frame(const struct folded *f, uint64_t address)
{
	const struct debug_line *lines;
	size_t inlined = debuginfo_find(f->r->debuginfo, address, &lines);

	print_function(f, address);
	for (inlined -= inlined > 0; inlined; inlined--) {
		const char *name = lines[inlined - 1].function;

		print_part(f->out, name ? EXPORT_SAFE(name) : "(no_name)");
		fputs("_[i];", f->out);
	}
}

static void print_row(const struct export_row *row, void *arg)
{
	const struct folded *f = arg;
	uint64_t value = f->objects ? row->objects : row->bytes;
	uint32_t frames = row->stack ? row->stack->frame_cnt : 0;

	if (!value)
		return;
	print_part(f->out, EXPORT_SAFE(export_comm(row->task)));
	fputc(';', f->out);
	for (uint32_t i = frames; i; i--)
		print_frame(f, row->stack->frames[i - 1]);
	if (!frames)
		fputs("(no_stack);", f->out);
	if (!frames && row->origin->site)
		print_frame(f, row->origin->site);
	print_part(f->out, EXPORT_SAFE(f->r->snapshot->caches[row->origin->cache].name));
	fprintf(f->out, " %" PRIu64 "\n", value);
}

static void print_bytes(FILE *out, const void *arg)
{
	struct folded f = {.r = arg, .out = out};

	export_rows(f.r, print_row, &f);
}

static void print_objects(FILE *out, const void *arg)
{
	struct folded f = {.r = arg, .out = out, .objects = true};

	export_rows(f.r, print_row, &f);
}

int export_folded(const struct report *r, FILE *out)
{
	return output_page(print_bytes, r, out);
}

int export_folded_objects(const struct report *r, FILE *out)
{
	return output_page(print_objects, r, out);
}
