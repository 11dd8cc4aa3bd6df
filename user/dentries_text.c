// SPDX-License-Identifier: GPL-2.0-or-later
/* The report on dentries for a person on an 80-column terminal: the answer first. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dentries_report.h"
#include "debuginfo_note.h"
#include "dentry_births_report.h"
#include "lines.h"
#include "output.h"

#define NAME_WIDTH  42 /* what a row leaves for a path */
#define TYPE_WIDTH  9
#define PATH_SAFE   (4 * DENTRY_PATH)
#define LABEL_WIDTH 14

static void print_written(FILE *out, const struct dentry_births_report *r, const char *label,
			  const char *end,
			  void (*write)(FILE *, const struct dentry_births_report *))
{
	autofree char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	write(memory, r);
	fclose(memory);
	if (!text || !*text)
		return;
	if (label)
		lines_wrap(out, LABEL_WIDTH, label, "%s%s", text, end);
	else
		lines_print(out, 4, "%s%s", text, end);
}

/* Why the first line says what it does, before what there is in all. */
static void print_births(FILE *out, const struct dentry_births_report *r)
{
	print_written(out, r, NULL, ".", dentry_births_reason);
	print_written(out, r, "  to stop it", "", dentry_births_advice);
}

static void print_head(FILE *out, const struct dentries_report *r)
{
	char scanned[TEXT_NUMBER], of[LINES_ESCAPED + 8] = "";

	if (r->fs)
		snprintf(of, sizeof(of), " of %s", SAFE(r->fs));
	text_seconds(r->scan_s + r->read_s, scanned);
	if (r->births) {
		dentry_births_headline(out, r->births, true);
		fputc('\n', out);
	}
	lines_print(out, 4, "%s  Linux %s %s  dentries%s now, counted in %s", SAFE(r->host),
		    r->release, r->machine, of, scanned);
	if (r->births)
		print_births(out, r->births);
	lines_print(out, 4, "%s.", r->verdict.head);
	for (size_t i = 0; i < r->verdict.advice_cnt; i++) {
		char label[32];

		snprintf(label, sizeof(label), "  %s", r->verdict.advice[i].what);
		lines_wrap(out, LABEL_WIDTH, label, "%s", r->verdict.advice[i].how);
	}
}

static void print_state(FILE *out, const struct dentries_report *r, const char *name,
			enum dentries_count what, const char *words)
{
	char label[64];

	snprintf(label, sizeof(label), "%-*s %13s %5.1f%%  ", LABEL_WIDTH - 1, name,
		 COUNT(r->total[what]), lines_percent(r->total[what], r->total[DENTRIES_ALL]));
	lines_wrap(out, (int)strlen(label), label, "%s", words);
}

/* States that a machine hardly has are shown when it has them. */
static void print_states(FILE *out, const struct dentries_report *r)
{
	const uint64_t *n = r->total;
	const uint64_t other =
		n[DENTRIES_ALL] - n[DENTRIES_PINNED] - n[DENTRIES_UNUSED] - n[DENTRIES_DYING];
	char words[160];

	fputc('\n', out);
	print_state(out, r, "pinned", DENTRIES_PINNED,
		    "held by somebody, or a directory of others");
	if (n[DENTRIES_KEPT])
		print_state(out, r, "  files", DENTRIES_KEPT,
			    "of these: files of a filesystem in memory");
	if (n[DENTRIES_DELETED])
		print_state(out, r, "  deleted", DENTRIES_DELETED,
			    "of these: no path leads there any more");
	print_state(out, r, "unused", DENTRIES_UNUSED, "kept for the next look-up; reclaimable");
	print_state(out, r, "negative", DENTRIES_NEGATIVE, "in any state: names that do not exist");
	if (n[DENTRIES_DYING])
		print_state(out, r, "dying", DENTRIES_DYING, "on their way back to the allocator");
	if (other)
		lines_print(out, 4, "%s more are on their way from one state to another",
			    COUNT(other));
	snprintf(words, sizeof(words), "too long for the dentry: %s besides",
		 BYTES(n[DENTRIES_LONG_BYTES]));
	print_state(out, r, "long names", DENTRIES_LONG, words);
}

static void print_kernel(FILE *out, const struct dentries_report *r)
{
	double percent;

	if (!dentries_report_deviation(r, &percent))
		return;
	lines_wrap(out, LABEL_WIDTH, "kernel",
		   "says %s dentries, and that %s, pinned or not, are on its lists of unused ones, "
		   "%s of them negative (dentry-state); met %s%s: %+.2f%%",
		   COUNT(r->after.dentries), COUNT(r->after.unused), COUNT(r->after.negative),
		   r->fs ? "in all filesystems " : "", COUNT(dentries_report_met(r)), percent);
	if (fabs(percent) > 1)
		lines_wrap(out, LABEL_WIDTH, "",
			   "they came and went while they were counted: look again when it is "
			   "quieter");
}

static void print_numbers(FILE *out, const struct dentries_row *row)
{
	fprintf(out, "%11s %8s %5.0f%% %7.0f%%  ", COUNT(row->counts[DENTRIES_ALL]),
		BYTES(row->bytes),
		lines_percent(row->counts[DENTRIES_PINNED], row->counts[DENTRIES_ALL]),
		lines_percent(row->counts[DENTRIES_NEGATIVE], row->counts[DENTRIES_ALL]));
}

static void print_name(FILE *out, const struct dentries_row *row)
{
	static const char *const marks[] = {"", " (deleted)", " (gone)", " (no end)"};
	const size_t width = NAME_WIDTH - strlen(marks[row->state]);
	autofree char *safe = malloc(PATH_SAFE), *whole = NULL;
	const char *path = row->path ? row->path : "", *join = "";

	if (row->path && row->pattern && strcmp(path, "/"))
		join = row->rootless ? " " : "/";
	if (!safe || asprintf(&whole, "%s%s%s", path, join, row->pattern ? row->pattern : "") < 0) {
		whole = NULL;
		fputs("(out of memory)\n", out);
		return;
	}
	lines_fit(out, lines_name(*whole ? whole : "(no name)", safe, PATH_SAFE), width);
	fprintf(out, "%s\n", marks[row->state]);
}

static void print_filesystem(FILE *out, const struct dentries_row *row)
{
	char type[LINES_ESCAPED];

	text_escape(row->super->known ? row->super->is.type : "?", type, sizeof(type));
	lines_fit(out, type, TYPE_WIDTH);
	fprintf(out, "%*s", (int)(TYPE_WIDTH - lines_columns(type)) + 1, "");
	lines_fit(out, lines_name(row->path, (char[PATH_SAFE]){0}, PATH_SAFE),
		  NAME_WIDTH - TYPE_WIDTH - 1);
	fputc('\n', out);
}

static void print_rows(FILE *out, const struct dentries_report *r, const struct dentries_rows *rows,
		       const char *title, bool types)
{
	size_t shown = r->top && r->top < rows->count ? r->top : rows->count;
	uint64_t missing = 0;

	if (!rows->count)
		return;
	fprintf(out, "\n%11s %8s %6s %8s  %s\n", "DENTRIES", "BYTES", "PINNED", "NEGATIVE", title);
	for (size_t i = 0; i < shown; i++) {
		if (rows->at[i].undercount > missing)
			missing = rows->at[i].undercount;
		print_numbers(out, &rows->at[i]);
		if (types)
			print_filesystem(out, &rows->at[i]);
		else
			print_name(out, &rows->at[i]);
	}
	if (shown < rows->known)
		lines_print(out, 4, "  and %s%s more%s", rows->incomplete ? "at least " : "",
			    COUNT(rows->known - shown), r->top ? "; --top shows others" : "");
	if (rows->estimated)
		lines_print(out, 4, "  estimated: not every directory was looked at");
	if (missing)
		lines_print(out, 4, "  numbers may be too small by up to %s: the table was full",
			    COUNT(missing));
}

/* Do their names say more than the directories themselves? */
static bool shapes_differ(const struct dentries_report *r)
{
	size_t n = r->top ? r->top : 10;

	for (size_t i = 0; i < n && i < r->shapes.count; i++) {
		if (i >= r->directories.count ||
		    strcmp(r->shapes.at[i].path, r->directories.at[i].path))
			return true;
	}
	return false;
}

static void print(FILE *out, const void *arg)
{
	const struct dentries_report *r = arg;

	print_head(out, r);
	if (r->births)
		dentry_births_text(out, r->births);
	if (r->births)
		debuginfo_note_text(out, LABEL_WIDTH, "lines", r->births->debuginfo, r->release);
	if (r->total[DENTRIES_ALL])
		print_states(out, r);
	print_kernel(out, r);
	print_rows(out, r, &r->filesystems, "FILESYSTEM", true);
	print_rows(out, r, &r->directories, "DIRECTORY (what is directly in it)", false);
	if (shapes_differ(r))
		print_rows(out, r, &r->shapes, "DIRECTORIES of like names, together", false);
	print_rows(out, r, &r->floods, "NAMES in a directory", false);
	print_rows(out, r, &r->patterns, "NAMES anywhere", false);
	if (r->floods.count)
		lines_print(out, 4,
			    "In names: N is a number, H hexadecimal digits, U a UUID, R "
			    "random letters.");
}

int dentries_text(const struct dentries_report *r, FILE *out)
{
	return output_page(print, r, out);
}
