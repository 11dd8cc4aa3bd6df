// SPDX-License-Identifier: GPL-2.0-or-later
/* Text for a terminal of 80 columns. */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "lines.h"

/* Words of `text` from `column` on, wrapped, with the following lines indented. */
static void flow(FILE *out, int column, int indent, const char *text)
{
	bool first = true;

	while (*text) {
		int gap = (int)strspn(text, " "), len = (int)strcspn(text + gap, " ");

		text += gap;
		if (!first && column + gap + len > LINES_WIDTH) {
			column = fprintf(out, "\n%*s", indent, "") - 1;
			gap = 0;
		}
		column += fprintf(out, "%*s%.*s", gap, "", len, text);
		text += len;
		first = false;
	}
	fputc('\n', out);
}

static void vflow(FILE *out, int column, int indent, const char *format, va_list args)
{
	autofree char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	flow(out, column, indent, text ? text : "(out of memory)");
}

void lines_print(FILE *out, int indent, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vflow(out, 0, indent, format, args);
	va_end(args);
}

void lines_wrap(FILE *out, int indent, const char *label, const char *format, ...)
{
	int column = fprintf(out, "%-*s", indent, label);
	va_list args;

	va_start(args, format);
	vflow(out, column, indent, format, args);
	va_end(args);
}

double lines_percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}
