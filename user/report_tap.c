// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report for a test harness: TAP version 13. A failed test for each leak, with
 * what is known of it as YAML; one that passed where there is none. Names are
 * escaped as in text, and then for TAP, to which # begins a directive.
 */
#include <inttypes.h>
#include <string.h>

#include "output.h"
#include "report_private.h"
#include "report_run.h"

#define QUOTED (2 * REPORT_PLACE)

/* With a backslash before each of these characters. */
static char *quote(const char *from, const char *special, char *buf, size_t size)
{
	size_t used = 0;

	for (; *from && used + 2 < size; from++) {
		if (strchr(special, *from))
			buf[used++] = '\\';
		buf[used++] = *from;
	}
	buf[used] = '\0';
	return buf;
}

#define FOR_TAP(s)  quote((s), "\\#", (char[QUOTED]){0}, QUOTED)
#define FOR_YAML(s) quote((s), "\\\"", (char[QUOTED]){0}, QUOTED)

static void print_number(FILE *out, const char *key, uint64_t n)
{
	fprintf(out, "    %s: %" PRIu64 "\n", key, n);
}

/* Not one of those before it, and known. */
static bool is_first(const char *s, const struct snapshot_stack *st, size_t task, bool path)
{
	for (size_t i = 0; s && i < task; i++) {
		const char *before = path ? st->tasks[i].path : st->tasks[i].comm;

		if (before && !strcmp(before, s))
			return false;
	}
	return s;
}

static void print_makers(FILE *out, const struct snapshot_stack *st)
{
	const char *key = "    cgroups:\n";

	fputs("    tasks:\n", out);
	for (size_t i = 0; i < st->task_cnt; i++)
		if (is_first(st->tasks[i].comm, st, i, false))
			fprintf(out, "      - \"%s\"\n", FOR_YAML(SAFE(st->tasks[i].comm)));
	for (size_t i = 0; i < st->task_cnt; i++) {
		if (!is_first(st->tasks[i].path, st, i, true))
			continue;
		fprintf(out, "%s      - \"%s\"\n", key, FOR_YAML(SAFE(st->tasks[i].path)));
		key = "";
	}
}

/* No shares are shown: what hardly any object holds would look like what all of them do. */
static void print_contents(FILE *out, const struct snapshot_origin *o)
{
	const char *key = "    contents:\n";

	for (size_t i = 0; i < o->content_cnt; i++) {
		if (!report_is_common(o, &o->contents[i]))
			continue;
		fprintf(out, "%s      - \"%s\"\n", key, FOR_YAML(o->contents[i].text));
		key = "";
	}
}

static void print_data(FILE *out, const struct report *r, const struct snapshot_origin *o)
{
	const struct snapshot_stack *st = report_leaking_stack(o);

	fprintf(out, "  ---\n  message: \"%s\"\n  severity: fail\n  data:\n",
		FOR_YAML(verdict_reason(o->verdict, (char[VERDICT_REASON]){0})));
	fprintf(out, "    cache: \"%s\"\n    call_site: \"%s\"\n",
		FOR_YAML(SAFE(r->snapshot->caches[o->cache].name)), FOR_YAML(PLACE(r, o->site)));
	print_number(out, "live_objects", o->objects);
	print_number(out, "live_bytes", o->bytes);
	print_number(out, "allocs", o->allocs);
	print_number(out, "frees", o->frees);
	print_number(out, "ghosts", o->ghosts);
	if (r->snapshot->reclaim_tried)
		print_number(out, "reclaimed", o->reclaimed);
	if (o->repetitions)
		print_number(out, "per_run", o->per_run);
	if (verdict_has_half_life(o->verdict))
		fprintf(out, "    half_life_s_at_least: %.3f\n", o->verdict->half_life_s);
	print_contents(out, o);
	if (!st)
		return;
	fprintf(out, "    share: %.4f\n    estimated: %s\n", st->share,
		o->estimated ? "true" : "false");
	print_makers(out, st);
	fprintf(out, "    stack:\n");
	for (uint32_t i = 0; i < st->frame_cnt; i++)
		fprintf(out, "      - \"%s\"\n", FOR_YAML(PLACE(r, st->frames[i])));
}

static void print_leak(FILE *out, const struct report *r, const struct snapshot_origin *o, size_t n)
{
	char what[128];

	if (o->repetitions && r->snapshot->repetition_cnt > 1)
		snprintf(what, sizeof(what), "%s, at least %s a repetition",
			 MANY(o->objects, "object"), COUNT(o->per_run));
	else
		snprintf(what, sizeof(what), "%s of %s allocated", MANY(o->objects, "object"),
			 COUNT(o->allocs));
	fprintf(out, "not ok %zu - leak: %s at %s: %s, %s\n", n,
		FOR_TAP(SAFE(r->snapshot->caches[o->cache].name)), FOR_TAP(PLACE(r, o->site)), what,
		BYTES(o->bytes));
	print_data(out, r, o);
	fprintf(out, "  ...\n");
}

static void print(FILE *out, const void *arg)
{
	const struct report *r = arg;
	size_t leaks = report_leaks(r), n = 0;

	fprintf(out, "TAP version 13\n1..%zu\n", leaks ? leaks : 1);
	for (size_t i = 0; i < r->snapshot->origin_cnt; i++)
		if (report_is_leak(&r->snapshot->origins[i]))
			print_leak(out, r, &r->snapshot->origins[i], ++n);
	if (report_suppressed(r))
		fprintf(out, "# %s suppressed\n", MANY(report_suppressed(r), "leak"));
	if (r->run && r->run->unstarted)
		fprintf(out, "# repetition %s could not be started: %s\n", COUNT(r->run->unstarted),
			r->run->unstarted_why);
	if (!leaks)
		fprintf(out, "ok 1 - no leak in %s of %s (coverage %s)\n",
			MANY(r->snapshot->objects, "live object"), COUNT(r->snapshot->allocs),
			hooks_grade_name(r->grade));
}

int report_tap(const struct report *r, FILE *out)
{
	return output_page(print, r, out);
}
