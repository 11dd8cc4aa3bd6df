// SPDX-License-Identifier: GPL-2.0-or-later
/* Who, what and where, as all texts of births print it. */
#include "dentry_births_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "lines.h"
#include "symbol_text.h"

#define PATH_SAFE  (4 * (DENTRY_PATH + DENTRIES_PATTERN))
#define COMM_WIDTH 20

void born_print_who(FILE *out, const struct born_who *w, bool pids)
{
	char safe[4 * sizeof(w->comm) + 4];

	lines_fit(out, lines_name(*w->comm ? w->comm : "(no name)", safe, sizeof(safe)),
		  COMM_WIDTH);
	if (!pids)
		return;
	if (w->pid)
		fprintf(out, " (pid %" PRIu32 ")", w->pid);
	else
		fprintf(out, " (%s pids)", w->pids ? COUNT(w->pids) : "many");
}

char *born_joined(const struct born_name *n)
{
	autofree char *whole = NULL;
	const char *path = n->path ? n->path : "", *join = "";
	char *safe;

	if (!n->path && !n->pattern)
		return NULL;
	if (n->path && n->pattern && strcmp(path, "/"))
		join = *path == '(' && !strchr(path, '/') ? " " : "/";
	if (asprintf(&whole, "%s%s%s", path, join, n->pattern ? n->pattern : "") < 0) {
		whole = NULL;
		return NULL;
	}
	safe = malloc(PATH_SAFE);
	return safe ? lines_name(*whole ? whole : "(no name)", safe, PATH_SAFE) : NULL;
}

/* Without a name nothing: addresses are not for every eye. */
void born_print_frame(FILE *out, const struct dentry_births_report *r, uint64_t address,
		      bool offset)
{
	fputs(symbol_text(r->symbols, address, offset, (char[SYMBOL_TEXT]){0}), out);
}

double born_percent(const uint64_t counts[BORN_COUNTS], enum born_count what)
{
	return lines_percent(counts[what], counts[BORN_LIVING]);
}
