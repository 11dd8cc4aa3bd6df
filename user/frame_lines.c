// SPDX-License-Identifier: GPL-2.0-or-later
/* Innermost first, as stacks are printed: what was inlined stands above where it was. */
#include "frame_lines.h"

#include <inttypes.h>

#include "json_output.h"
#include "lines.h"

static void print_line(FILE *out, int indent, const char *place, const struct debug_line *l,
		       bool inlined)
{
	char number[16] = "";

	if (l->line)
		snprintf(number, sizeof(number), ":%" PRIu32, l->line);
	lines_print(out, indent + 2, "%*s%s%s%s%s%s%s", indent, "", place, l->file ? " (" : "",
		    l->file ? SAFE(l->file) : "", l->file ? number : "", l->file ? ")" : "",
		    inlined ? " [inlined]" : "");
}

void frame_lines_text(FILE *out, int indent, const char *place, struct debuginfo *debuginfo,
		      uint64_t address)
{
	const struct debug_line *lines;
	size_t count = debuginfo_find(debuginfo, address, &lines);

	for (size_t i = 0; i + 1 < count; i++)
		print_line(out, indent, lines[i].function ? SAFE(lines[i].function) : "(no name)",
			   &lines[i], true);
	if (count)
		print_line(out, indent, place, &lines[count - 1], false);
	else
		fprintf(out, "%*s%s\n", indent, "", place);
}

static void set_line(json_t *object, const struct debug_line *l)
{
	json_object_set_new(object, "file", l->file ? json_output_string(l->file) : json_null());
	json_object_set_new(object, "line", l->line ? json_integer(l->line) : json_null());
}

void frame_lines_json(json_t *frame, struct debuginfo *debuginfo, uint64_t address)
{
	static const struct debug_line none;
	const struct debug_line *lines;
	size_t count = debuginfo_find(debuginfo, address, &lines);
	json_t *inlined = json_array();

	for (size_t i = 0; i + 1 < count; i++) {
		json_t *object = json_object();

		json_object_set_new(object, "symbol",
				    lines[i].function ? json_output_string(lines[i].function)
						      : json_null());
		set_line(object, &lines[i]);
		json_array_append_new(inlined, object);
	}
	set_line(frame, count ? &lines[count - 1] : &none);
	json_object_set_new(frame, "inlined", inlined);
}
