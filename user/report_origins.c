// SPDX-License-Identifier: GPL-2.0-or-later
/* Origins of what is live, each with its stacks and who is behind them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "frame_lines.h"
#include "report_private.h"
#include "report_run.h"
#include "report_settle.h"
#include "report_suppressions.h"

#define STACKS_MAX 3
#define FRAMES_MAX 20
#define FREES_MAX  3

void report_print_frames(FILE *out, const struct report *r, const struct snapshot_stack *st,
			 int indent, uint32_t most)
{
	if (symbols_hidden(r->symbols) && !r->show_addresses) {
		fprintf(out, "%*s%s without a name\n", indent, "", MANY(st->frame_cnt, "frame"));
		return;
	}
	for (uint32_t i = 0; i < st->frame_cnt && i < most; i++)
		frame_lines_text(out, indent, PLACE(r, st->frames[i]), r->debuginfo, st->frames[i]);
	if (st->frame_cnt > most)
		fprintf(out, "%*s... %s in --json\n", indent, "",
			MANY(st->frame_cnt - most, "more frame"));
}

static void print_stack(FILE *out, const struct report *r, const struct snapshot_origin *o,
			const struct snapshot_stack *st)
{
	lines_print(out, 8, "    %s%.*f%%, %s  by %s", o->estimated ? "about " : "",
		    st->share < 0.0995 ? 1 : 0, st->share * 100, MANY(st->objects, "object"),
		    report_tasks(r, st, NULL, (char[REPORT_TASKS]){0}));
	report_print_frames(out, r, st, 6, FRAMES_MAX);
}

static void print_stacks(FILE *out, const struct report *r, const struct snapshot_origin *o)
{
	for (size_t i = 0; i < o->stack_cnt && i < STACKS_MAX; i++)
		print_stack(out, r, o, &o->stacks[i]);
	if (o->stack_cnt > STACKS_MAX)
		fprintf(out, "    and %s: --json has all\n",
			MANY(o->stack_cnt - STACKS_MAX, "more stack"));
	if (o->stack_cnt && o->estimated)
		fprintf(out, "    shares are estimates: %s of %s have a stack\n",
			COUNT(o->booked - o->stackless), MANY(o->booked, "survivor"));
	else if (!o->stack_cnt)
		fprintf(out, "    no survivor has a stack\n");
}

char *report_origin_name(const struct report *r, const struct snapshot_origin *o,
			 char buf[REPORT_NAME])
{
	const struct snapshot_cache *c = &r->snapshot->caches[o->cache];

	snprintf(buf, REPORT_NAME, "%s%s%s at %s", SAFE(c->name), c->guessed ? "?" : "",
		 c->destroyed ? " (destroyed)" : "",
		 o->site ? PLACE(r, o->site) : "(call sites beyond the table)");
	return buf;
}

void report_print_origin_name(FILE *out, const struct report *r, const struct snapshot_origin *o,
			      const char *before)
{
	lines_print(out, strlen(before), "%s%s", before,
		    report_origin_name(r, o, (char[REPORT_NAME]){0}));
}

/* The commonest places where an origin's objects were freed; how many were not yet is the point. */
static void print_frees(FILE *out, const struct report *r, const struct snapshot_origin *o)
{
	static const char *const how[] = {
		[SS_FREED_CALL] = "",
		[SS_FREED_RCU] = "by kfree_rcu ",
		[SS_FREED_BULK] = "in bulk ",
		[SS_FREED_UNKNOWN] = "at a place not known ",
	};
	char line[FREES_MAX * (REPORT_PLACE + 64) + 64] = "", *end = line + sizeof(line),
						    *at = line;

	for (size_t i = 0; i < o->free_site_cnt && i < FREES_MAX; i++) {
		const struct snapshot_free_site *f = &o->free_sites[i];

		at += snprintf(at, end - at, "%s%s%s%s%s(%s%s)", i ? ", " : "", how[f->how],
			       f->site ? "at " : "", f->site ? PLACE(r, f->site) : "",
			       f->site ? " " : "", o->frees_drawn ? "about " : "",
			       SHARE(100 * f->share));
	}
	if (o->free_site_cnt > FREES_MAX)
		snprintf(at, end - at, ", and %s",
			 MANY(o->free_site_cnt - FREES_MAX, "more place"));
	if (o->free_site_cnt)
		lines_print(out, 4, "    freed %s; %s%s still live", line, report_about(r),
			    COUNT(o->objects));
}

static void print_origin(FILE *out, const struct report *r, const struct snapshot_origin *o,
			 size_t rank)
{
	char waste[80] = "", ghosts[80] = "", stale[80] = "", refused[48] = "", number[24];

	snprintf(number, sizeof(number), "%2zu. ", rank);
	report_print_origin_name(out, r, o, number);
	if (o->bytes > o->requested_bytes)
		snprintf(waste, sizeof(waste), " (%s requested: %.0f%% waste)",
			 BYTES(o->requested_bytes),
			 lines_percent(o->bytes - o->requested_bytes, o->bytes));
	lines_print(out, 4, "    %s%s live, %s%s; age %s to %s, mean %s", report_about(r),
		    COUNT(o->objects), o->site ? BYTES(o->bytes) : "bytes not known", waste,
		    TIME(o->age_min_s), TIME(o->age_max_s), TIME(o->age_mean_s));
	if (o->ghosts)
		snprintf(ghosts, sizeof(ghosts), ", %s (freed unseen)", MANY(o->ghosts, "ghost"));
	if (o->stale)
		snprintf(stale, sizeof(stale), ", %s stale (freed unseen)", COUNT(o->stale));
	if (o->refused)
		snprintf(refused, sizeof(refused), ", %s refused", COUNT(o->refused));
	lines_print(out, 4, "    %s allocated, %s freed%s%s%s", COUNT(o->allocs), COUNT(o->frees),
		    ghosts, stale, refused);
	report_repetitions_text(out, r, o);
	report_reclaimed_text(out, r, o);
	if (o->verdict)
		lines_print(out, 4, "    %s: %s", verdict_name(o->verdict->kind),
			    verdict_reason(o->verdict, (char[VERDICT_REASON]){0}));
	print_frees(out, r, o);
	report_suppressed_text(out, o);
	print_stacks(out, r, o);
}

static size_t listed_origins(const struct report *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->snapshot->origin_cnt; i++)
		count += report_run_lists(r, &r->snapshot->origins[i]);
	return count;
}

void report_print_origins(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	size_t live = listed_origins(r), most = report_rows(r, live), shown = 0;

	fputc('\n', out);
	fprintf(out, "ORIGINS of what %s\n",
		s->repetition_cnt > 1 ? "every repetition left" : "is live");
	for (size_t i = 0; i < s->origin_cnt && shown < most; i++)
		if (report_run_lists(r, &s->origins[i]))
			print_origin(out, r, &s->origins[i], ++shown);
	report_print_rest(out, shown, live, "more origin");
	if (!live)
		fprintf(out, "  none: %s\n",
			s->objects  ? "what is live was left by some repetitions, or between them"
			: s->allocs ? "everything allocated since the start was freed again"
				    : "nothing was allocated, or nothing of what is traced");
}
