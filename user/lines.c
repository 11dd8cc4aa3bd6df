// SPDX-License-Identifier: GPL-2.0-or-later
/* Text for a terminal of 80 columns. */
#include <math.h>
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

char *lines_share(double percent, char buf[LINES_SHARE])
{
	/* Of weights that were added up, the last digits are not meant. */
	if (percent > 1e-6 && percent <= 0.5)
		snprintf(buf, LINES_SHARE, "<1%%");
	else if (percent >= 99.5 && percent < 100 - 1e-6)
		snprintf(buf, LINES_SHARE, ">99%%");
	else
		snprintf(buf, LINES_SHARE, "%.0f%%", fmin(fmax(percent, 0), 100));
	return buf;
}

/* Moves over `columns` characters of UTF-8. */
static const char *skip(const char *s, size_t columns)
{
	while (*s && columns--) {
		s++;
		while ((*s & 0xc0) == 0x80)
			s++;
	}
	return s;
}

size_t lines_columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

void lines_fit(FILE *out, const char *safe, size_t width)
{
	size_t have = lines_columns(safe), head = (width - 3) / 3;

	if (have <= width)
		fputs(safe, out);
	else
		fprintf(out, "%.*s...%s", (int)(skip(safe, head) - safe), safe,
			skip(safe, have - (width - 3 - head)));
}

char *lines_name(const char *name, char *buf, size_t size)
{
	size_t len = strlen(text_escape(name, buf, size - 4));

	if (len && buf[len - 1] == ' ')
		strcpy(buf + len - 1, "\\x20");
	return buf;
}
