// SPDX-License-Identifier: GPL-2.0-or-later
/* Births of dentries for a person on an 80-column terminal. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dentry_births_report.h"
#include "lines.h"

#define PATH_SAFE   (4 * (DENTRY_PATH + DENTRIES_PATTERN))
#define NAME_WIDTH  38 /* what a row leaves for a name */
#define NAME_MIN    24
#define LABEL_WIDTH 14
#define COMM_WIDTH  20
#define FRAMES_MAX  8
#define FRAME_WIDTH 72
#define STACKS_MAX  5

static const struct dentry_births_counted *input(const struct dentry_births_report *r)
{
	return dentry_births_input(r->births);
}

/* "curl (pid 812)", "curl (37 pids)". */
static void print_who(FILE *out, const struct born_who *w, bool pids)
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

/* A path and a pattern as one; escaped, to be freed. NULL: out of memory, or there is none. */
static char *joined(const struct born_name *n)
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

/* "symbol+0x12 [module]"; addresses are not for every eye. */
static void print_frame(FILE *out, const struct dentry_births_report *r, uint64_t address,
			bool offset)
{
	struct symbol s = symbols_find(r->symbols, address);

	if (!s.name) {
		fputs("(no symbol)", out);
		return;
	}
	fputs(SAFE(s.name), out);
	if (offset)
		fprintf(out, "+0x%" PRIx64, s.offset);
	if (s.module)
		fprintf(out, " [%s]", SAFE(s.module));
}

static void print_growth(FILE *out, const struct dentry_births_report *r)
{
	const struct born_site *s = r->site;

	fprintf(out, "%s: %s dentries/s pinned and growing, made at ",
		r->kind == BORN_KIND_LEAK ? "a leak" : "may be a leak",
		RATE(born_rate(r, s->stack->counts[BORN_HELD])));
	print_frame(out, r, s->stack->is->frames[s->outer], false);
}

/* shorter: 0, 1 or 2 */
static void print_headline(FILE *out, const struct dentry_births_report *r, int shorter)
{
	switch (r->kind) {
	case BORN_KIND_NONE:
		fprintf(out, "no dentry was born in %s", TIME(input(r)->seconds));
		break;
	case BORN_KIND_LEAK:
	case BORN_KIND_HELD:
		print_growth(out, r);
		break;
	case BORN_KIND_ONE:
		print_who(out, r->who, shorter < 2);
		fprintf(out, " makes %s%s/s", RATE(born_rate(r, r->who->counts[BORN_ALL])),
			shorter ? "" : " dentries");
		break;
	case BORN_KIND_MANY:
		fprintf(out, "%s dentries/s, and no program makes half of them",
			RATE(born_rate(r, r->all[BORN_ALL])));
		break;
	}
}

static char *headline(const struct dentry_births_report *r, int shorter)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	print_headline(memory, r, shorter);
	fclose(memory);
	return text;
}

/* A long name makes the rest shorter, and is shortened itself when that is not enough. */
void dentry_births_headline(FILE *out, const struct dentry_births_report *r, bool fit)
{
	autofree char *name = r->kind == BORN_KIND_ONE ? joined(&r->name) : NULL;
	const size_t wanted = name ? 2 + lines_columns(name) : 0;
	char *begin = headline(r, 0);
	size_t used = begin ? lines_columns(begin) : 0;

	for (int shorter = 1; fit && begin && shorter <= 2 && used + wanted > LINES_WIDTH;
	     shorter++) {
		free(begin);
		begin = headline(r, shorter);
		used = begin ? lines_columns(begin) : 0;
	}
	if (begin && fit)
		lines_fit(out, begin, LINES_WIDTH);
	else if (begin)
		fputs(begin, out);
	free(begin);
	if (!name || (fit && used + 2 + NAME_MIN > LINES_WIDTH))
		return;
	fputs(": ", out);
	lines_fit(out, name, fit ? LINES_WIDTH - used - 2 : SIZE_MAX / 2);
}

static double part(const uint64_t *counts, enum born_count what)
{
	return lines_percent(counts[what], counts[BORN_LIVING]);
}

/* Where the processes of a program are. */
static void print_home(FILE *out, const struct born_who *w)
{
	if (*w->container)
		fprintf(out, "container %s, ", SAFE(w->container));
	if (w->cgroup)
		fprintf(out, "cgroup %s", text_escape(w->cgroup, (char[1024]){0}, 1024));
	else
		fputs("cgroup not known", out);
}

static void reason_one(FILE *out, const struct dentry_births_report *r)
{
	const struct born_who *w = r->who;
	bool living = r->measure == BORN_LIVING;
	autofree char *name = joined(&r->name);

	print_who(out, w, true);
	fputs(", ", out);
	print_home(out, w);
	fprintf(out, ", made %.0f%% of the %s%s dentries that were born in %s%s",
		lines_percent(w->counts[r->measure], r->all[r->measure]),
		living && born_scaled(r) ? "about " : "", COUNT(r->all[r->measure]),
		TIME(input(r)->seconds), living ? " and are alive" : "");
	if (name)
		fprintf(out, ", most of them as %s", name);
	else
		fputs(", of many names in many directories", out);
	if (!w->counts[BORN_LIVING]) {
		fputs("; none of its is alive: not a leak", out);
		return;
	}
	fprintf(out, "; of its %s that are alive, %.1f%% are negative",
		COUNT(w->counts[BORN_LIVING]), part(w->counts, BORN_NEGATIVE));
	if (part(w->counts, BORN_NEGATIVE) > 50)
		fputs(", names that were looked up and do not exist", out);
	fprintf(out, ", and %.1f%% pinned", part(w->counts, BORN_HELD));
	if (!strcmp(born_kind_verdict(r), "cache"))
		fputs("; the kernel frees the others when memory runs short: not a leak", out);
}

static void reason_growth(FILE *out, const struct dentry_births_report *r)
{
	const struct born_site *s = r->site;
	const uint64_t *n = s->stack->counts;

	fprintf(out,
		"of %s%s dentries born at this stack that are alive, %.1f%% are pinned, and "
		"they were born all through the watch",
		born_scaled(r) || r->stacks_estimated ? "about " : "", COUNT(n[BORN_LIVING]),
		lines_percent(n[BORN_HELD], n[BORN_LIVING]));
	if (r->who) {
		fputs("; most by ", out);
		print_who(out, r->who, true);
		fputs(", ", out);
		print_home(out, r->who);
	}
	if (!input(r)->totals.refs) {
		fputs("; whoever made them may hold them for good reason, such as open files: "
		      "trace longer, or with --refs, which tells whether a reference to them was "
		      "ever dropped",
		      out);
	} else if (s->never_put && r->kind == BORN_KIND_LEAK) {
		fputs("; no reference to them was ever dropped", out);
	} else if (s->never_put) {
		fputs("; no reference to them was ever dropped, but neither is that of a socket or "
		      "pipe while it is open: trace longer",
		      out);
	} else if (s->last_put) {
		fputs("; last put at ", out);
		print_frame(out, r,
			    s->last_put->frames[s->put_first + 1 < SS_BORN_FRAMES ? s->put_first + 1
										  : s->put_first],
			    true);
		fputs(": held since then, perhaps as open files; trace longer", out);
	}
}

static void reason_many(FILE *out, const struct dentry_births_report *r)
{
	fprintf(out, "%s dentries were born in %s, most by ", COUNT(r->all[BORN_ALL]),
		TIME(input(r)->seconds));
	print_who(out, &r->programs.at[0], true);
	fprintf(out, ", %.0f%%",
		lines_percent(r->programs.at[0].counts[BORN_ALL], r->all[BORN_ALL]));
	fprintf(out, "; %s%s are alive, %.1f%% of these negative, %.1f%% pinned",
		born_scaled(r) ? "about " : "", COUNT(r->all[BORN_LIVING]),
		part(r->all, BORN_NEGATIVE), part(r->all, BORN_HELD));
}

void dentry_births_reason(FILE *out, const struct dentry_births_report *r)
{
	switch (r->kind) {
	case BORN_KIND_NONE:
		fputs("nothing was looked up that was not known already", out);
		break;
	case BORN_KIND_LEAK:
	case BORN_KIND_HELD:
		reason_growth(out, r);
		break;
	case BORN_KIND_ONE:
		reason_one(out, r);
		break;
	case BORN_KIND_MANY:
		reason_many(out, r);
		break;
	}
}

void dentry_births_advice(FILE *out, const struct dentry_births_report *r)
{
	const struct born_who *w = r->who;

	if (r->kind != BORN_KIND_ONE || part(w->counts, BORN_NEGATIVE) <= 50)
		return;
	fputs("let it stop asking for names that do not exist", out);
	if (w->cgroup && strcmp(w->cgroup, "/"))
		fprintf(out,
			", or set memory.high of its cgroup %s: dentries are charged to it. Price: "
			"above the limit its processes do the freeing, and are slowed",
			text_escape(w->cgroup, (char[1024]){0}, 1024));
	else if (w->cgroup)
		fputs(", or run it in a cgroup with memory.high set: dentries are charged to it. "
		      "Price: above the limit its processes do the freeing, and are slowed",
		      out);
}

/* ---- tables ---- */

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
	const struct births_totals *t = &input(r)->totals;
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
		RATE(born_rate(r, n[BORN_ALL])), COUNT(n[BORN_LIVING]), part(n, BORN_NEGATIVE),
		part(n, BORN_HELD));
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
	print_who(memory, w, true);
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
		autofree char *name = joined(&names->at[i]);

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

static void print_frames(FILE *out, const struct dentry_births_report *r, const uint64_t *frames,
			 size_t first, size_t count)
{
	for (size_t i = first; i < count && i < first + FRAMES_MAX && frames[i]; i++) {
		autofree char *text = NULL;
		size_t size = 0;
		FILE *memory = open_memstream(&text, &size);

		if (!memory)
			return;
		print_frame(memory, r, frames[i], true);
		fclose(memory);
		fputs("      ", out);
		lines_fit(out, text ? text : "", FRAME_WIDTH);
		fputc('\n', out);
	}
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
	if (!input(r)->totals.refs || !s->stack->counts[BORN_HELD])
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
	const struct births_totals *t = &input(r)->totals;

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
