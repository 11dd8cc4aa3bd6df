// SPDX-License-Identifier: GPL-2.0-or-later
/* What births amount to, in words: the headline, its reason, and what could be done. */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dentry_births_print.h"
#include "lines.h"

#define NAME_MIN 24

static void print_growth(FILE *out, const struct dentry_births_report *r)
{
	const struct born_site *s = r->site;

	fprintf(out, "%s: %s dentries/s pinned and growing, made at ",
		r->kind == BORN_KIND_LEAK ? "a leak" : "may be a leak",
		RATE(born_rate(r, s->stack->counts[BORN_HELD])));
	born_print_frame(out, r, s->stack->is->frames[s->outer], false);
}

/* shorter: 0, 1 or 2 */
static void print_headline(FILE *out, const struct dentry_births_report *r, int shorter)
{
	switch (r->kind) {
	case BORN_KIND_NONE:
		fprintf(out, "no dentry was born in %s",
			TIME(dentry_births_input(r->births)->seconds));
		break;
	case BORN_KIND_LEAK:
	case BORN_KIND_HELD:
		print_growth(out, r);
		break;
	case BORN_KIND_ONE:
		born_print_who(out, r->who, shorter < 2);
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
	autofree char *name = r->kind == BORN_KIND_ONE ? born_joined(&r->name) : NULL;
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
	autofree char *name = born_joined(&r->name);

	born_print_who(out, w, true);
	fputs(", ", out);
	print_home(out, w);
	fprintf(out, ", made %.0f%% of the %s%s dentries that were born in %s%s",
		lines_percent(w->counts[r->measure], r->all[r->measure]),
		living && born_scaled(r) ? "about " : "", COUNT(r->all[r->measure]),
		TIME(dentry_births_input(r->births)->seconds), living ? " and are alive" : "");
	if (name)
		fprintf(out, ", most of them as %s", name);
	else
		fputs(", of many names in many directories", out);
	if (!w->counts[BORN_LIVING]) {
		fputs("; none of its is alive: not a leak", out);
		return;
	}
	fprintf(out, "; of its %s that are alive, %.1f%% are negative",
		COUNT(w->counts[BORN_LIVING]), born_percent(w->counts, BORN_NEGATIVE));
	if (born_percent(w->counts, BORN_NEGATIVE) > 50)
		fputs(", names that were looked up and do not exist", out);
	fprintf(out, ", and %.1f%% pinned", born_percent(w->counts, BORN_HELD));
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
		born_print_who(out, r->who, true);
		fputs(", ", out);
		print_home(out, r->who);
	}
	if (!dentry_births_input(r->births)->totals.refs) {
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
		born_print_frame(
			out, r,
			s->last_put->frames[s->put_first + 1 < SS_BORN_FRAMES ? s->put_first + 1
									      : s->put_first],
			true);
		fputs(": held since then, perhaps as open files; trace longer", out);
	}
}

static void reason_many(FILE *out, const struct dentry_births_report *r)
{
	fprintf(out, "%s dentries were born in %s, most by ", COUNT(r->all[BORN_ALL]),
		TIME(dentry_births_input(r->births)->seconds));
	born_print_who(out, &r->programs.at[0], true);
	fprintf(out, ", %.0f%%",
		lines_percent(r->programs.at[0].counts[BORN_ALL], r->all[BORN_ALL]));
	fprintf(out, "; %s%s are alive, %.1f%% of these negative, %.1f%% pinned",
		born_scaled(r) ? "about " : "", COUNT(r->all[BORN_LIVING]),
		born_percent(r->all, BORN_NEGATIVE), born_percent(r->all, BORN_HELD));
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

	if (r->kind != BORN_KIND_ONE || born_percent(w->counts, BORN_NEGATIVE) <= 50)
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
