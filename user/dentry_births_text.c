// SPDX-License-Identifier: GPL-2.0-or-later
/* Births of dentries for a person on an 80-column terminal: the tables. */
#include <string.h>

#include "cleanup.h"
#include "dentry_births_print.h"
#include "frame_lines.h"
#include "lines.h"

#define NAME_WIDTH  38 /* what a row leaves for a name */
#define LABEL_WIDTH 14
#define FRAMES_MAX  8
#define FRAME_WIDTH 72
#define STACKS_MAX  5

static void print_count(FILE *out, const struct dentry_births_report *r, const char *name,
			uint64_t n, const char *words)
{
	char label[64];

	snprintf(label, sizeof(label), "%-*s %13s %6s/s  ", LABEL_WIDTH - 1, name, COUNT(n),
		 RATE(born_rate(r, n)));
	lines_wrap(out, (int)strlen(label), label, "%s", words);
}

static void print_counts(FILE *out, const struct dentry_births_report *r)
{
	const struct births_totals *t = &dentry_births_input(r->births)->totals;
	const uint64_t *n = dentry_births_living(r->births);

	fputc('\n', out);
	print_count(out, r, "births", t->births, "made from now on, whatever became of them");
	print_count(out, r, "deaths", t->deaths, "also of dentries that had been there before");
	print_count(out, r, "  living", n[BORN_LIVING],
		    born_scaled(r) ? "of the births, still there: estimated from a sample"
				   : "of the births, still there");
	print_count(out, r, "  negative", n[BORN_NEGATIVE],
		    "of these, look-ups of names that do not exist; of those that died it cannot "
		    "be told");
	print_count(out, r, "  pinned", n[BORN_HELD],
		    "of these, held by somebody: not as parents, nor as files in memory");
	if (t->refs)
		print_count(out, r, "puts", t->puts, "dput() of dentries born meanwhile");
}

static void print_title(FILE *out, const char *title)
{
	fprintf(out, "\n%10s %6s %10s %5s %5s  %s\n", "BIRTHS", "/S", "LIVING", "NEG", "PIN",
		title);
}

static void print_numbers(FILE *out, const struct dentry_births_report *r, const uint64_t *n)
{
	fprintf(out, "%10s %6s %10s %4.0f%% %4.0f%%  ", COUNT(n[BORN_ALL]),
		RATE(born_rate(r, n[BORN_ALL])), COUNT(n[BORN_LIVING]),
		born_percent(n, BORN_NEGATIVE), born_percent(n, BORN_HELD));
}

static size_t shown(const struct dentry_births_report *r, size_t count)
{
	return r->top && r->top < count ? r->top : count;
}

static void print_more(FILE *out, const struct dentry_births_report *r, size_t at, size_t known,
		       bool incomplete)
{
	if (at < known)
		lines_print(out, 4, "  and %s%s more%s", incomplete ? "at least " : "",
			    COUNT(known - at), r->top ? "; --top shows others" : "");
}

/* Where it runs on a line of its own where the two do not fit into one. */
static void print_program(FILE *out, const struct born_who *w)
{
	char path[4 * LINES_ESCAPED], container[4 * CGROUPS_CONTAINER];
	autofree char *who = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&who, &size);

	if (!memory)
		return;
	born_print_who(memory, w, true);
	fclose(memory);
	lines_name(w->cgroup ? w->cgroup : "(cgroup not known)", path, sizeof(path));
	fputs(who ? who : "", out);
	if (!*w->container && who && lines_columns(who) + 2 + lines_columns(path) <= NAME_WIDTH) {
		fprintf(out, "  %s\n", path);
		return;
	}
	fprintf(out, "\n%*s", 12, "");
	if (*w->container) {
		fputs("container ", out);
		lines_fit(out, lines_name(w->container, container, sizeof(container)), 16);
		fputs("  ", out);
	}
	lines_fit(out, path, *w->container ? 40 : LINES_WIDTH - 12);
	fputc('\n', out);
}

static void print_programs(FILE *out, const struct dentry_births_report *r)
{
	const size_t count = shown(r, r->programs.count);

	if (!count)
		return;
	print_title(out, "PROGRAM, and its cgroup");
	for (size_t i = 0; i < count; i++) {
		const struct born_who *w = &r->programs.at[i];

		if (!w->counts[BORN_ALL])
			continue;
		print_numbers(out, r, w->counts);
		print_program(out, w);
	}
	print_more(out, r, count, r->programs.count, false);
	if (r->filtered)
		lines_print(out, 4, "  only of these filesystems: estimated from names");
}

static void print_names(FILE *out, const struct dentry_births_report *r,
			const struct born_names *names, const char *title)
{
	const size_t count = shown(r, names->count);
	uint64_t missing = 0;

	if (!count)
		return;
	print_title(out, title);
	for (size_t i = 0; i < count; i++) {
		autofree char *name = born_joined(&names->at[i]);

		if (names->at[i].undercount > missing)
			missing = names->at[i].undercount;
		print_numbers(out, r, names->at[i].counts);
		lines_fit(out, name ? name : "(out of memory)", NAME_WIDTH);
		fputc('\n', out);
	}
	print_more(out, r, count, names->known, names->incomplete);
	if (missing)
		lines_print(out, 4, "  numbers may be too small by up to %s: the table was full",
			    COUNT(missing));
}

static void print_frame(FILE *out, const struct dentry_births_report *r, uint64_t address)
{
	autofree char *text = NULL, *fitted = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	born_print_frame(memory, r, address, true);
	fclose(memory);
	memory = text ? open_memstream(&fitted, &size) : NULL;
	if (!memory)
		return;
	lines_fit(memory, text, FRAME_WIDTH);
	fclose(memory);
	frame_lines_text(out, 6, fitted ? fitted : "", r->debuginfo, address);
}

static void print_frames(FILE *out, const struct dentry_births_report *r, const uint64_t *frames,
			 size_t first, size_t count)
{
	for (size_t i = first; i < count && i < first + FRAMES_MAX && frames[i]; i++)
		print_frame(out, r, frames[i]);
	if (count > first + FRAMES_MAX && frames[first + FRAMES_MAX])
		fprintf(out, "      ... more in --json\n");
}

static void print_site(FILE *out, const struct dentry_births_report *r, const struct born_site *s)
{
	print_numbers(out, r, s->stack->counts);
	fprintf(out, "by %s\n",
		s->entry < BORN_ELSEWHERE ? born_entry_name(s->entry) : "something else");
	if (symbols_hidden(r->symbols))
		fputs("      frames without a name\n", out);
	else
		print_frames(out, r, s->stack->is->frames, s->first, s->frame_cnt);
	if (!dentry_births_input(r->births)->totals.refs || !s->stack->counts[BORN_HELD])
		return;
	fprintf(out, "      of those pinned, never put: %.0f%%%s\n",
		lines_percent(s->stack->never_put, s->stack->counts[BORN_HELD]),
		s->last_put ? "; last put of most others:" : "");
	if (s->last_put && !symbols_hidden(r->symbols))
		print_frames(out, r, s->last_put->frames, s->put_first, SS_BORN_FRAMES);
}

static void print_entries(FILE *out, const struct dentry_births_report *r)
{
	static const char *const words[BORN_ENTRIES] = {
		[BORN_ELSEWHERE] = "by something else",
		[BORN_STACKLESS] = "no stack",
	};
	autofree char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	const char *comma = "";

	if (!memory)
		return;
	for (int i = 0; i < BORN_ENTRIES; i++) {
		if (!r->entries[i])
			continue;
		fprintf(memory, "%s%s %s", comma, words[i] ? words[i] : born_entry_name(i),
			COUNT(r->entries[i]));
		comma = ", ";
	}
	fclose(memory);
	if (text && *text)
		lines_print(out, 4, "entry points: %s%s", text,
			    r->stacks_estimated ? " (estimated: not every birth's stack was taken)"
						: "");
}

static void print_sites(FILE *out, const struct dentry_births_report *r)
{
	const size_t most = r->top && r->top < STACKS_MAX ? r->top : STACKS_MAX;
	const size_t count = r->top && r->site_cnt > most ? most : r->site_cnt;

	if (!count)
		return;
	print_title(out, "CALL STACK");
	if (r->site && r->site >= r->sites + count)
		print_site(out, r, r->site);
	for (size_t i = 0; i < count; i++)
		print_site(out, r, &r->sites[i]);
	if (count < r->site_cnt)
		lines_print(out, 4, "  and %s more; --top 0 and --json have all",
			    COUNT(r->site_cnt - count));
}

static void print_loss(FILE *out, uint64_t n, const char *words)
{
	if (n)
		lines_wrap(out, LABEL_WIDTH, "", "%s %s", COUNT(n), words);
}

static void print_coverage(FILE *out, const struct dentry_births_report *r)
{
	const struct births_totals *t = &dentry_births_input(r->births)->totals;

	lines_wrap(out, LABEL_WIDTH, "coverage", "%s births by slabsight itself are left out",
		   COUNT(t->own));
	if (t->scale > 1)
		lines_wrap(out, LABEL_WIDTH, "",
			   "one in %.0f of the living is remembered: what is said of them is an "
			   "estimate",
			   t->scale);
	print_loss(out, t->procs_full, "births by processes beyond the table: known by program");
	print_loss(out, t->progs_full, "births by programs beyond the table: nobody's");
	print_loss(out, t->born_full, "births were not remembered: no room");
	print_loss(out, t->stacks_failed, "stacks could not be taken");
	print_loss(out, t->obituaries_lost, "deaths without a name: too many at once");
	print_loss(out, t->ghosts, "died unseen");
	print_loss(out, t->skipped_births, "births were not seen: in the middle of another");
	print_loss(out, t->skipped_deaths, "deaths at most were not seen");
}

void dentry_births_text(FILE *out, const struct dentry_births_report *r)
{
	print_counts(out, r);
	print_programs(out, r);
	print_names(out, r, &r->floods, "NAMES in a directory, as they are born");
	print_names(out, r, &r->directories, "DIRECTORY in which they are born");
	if (r->shapes.known < r->directories.known)
		print_names(out, r, &r->shapes, "DIRECTORIES of like names, together");
	print_names(out, r, &r->patterns, "NAMES anywhere, as they are born");
	print_sites(out, r);
	print_entries(out, r);
	fputc('\n', out);
	print_coverage(out, r);
}
