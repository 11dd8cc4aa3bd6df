// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report for a person on an 80-column terminal: first the answer, with the leaks that
 * it is about, then where that was and how far it can be trusted, then the evidence:
 * caches, origins with their stacks, coverage.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "output.h"
#include "report_private.h"
#include "report_run.h"
#include "report_settle.h"
#include "report_source.h"
#include "report_suppressions.h"
#include "together.h"

#define NAME_WIDTH 19

const char *report_about(const struct report *r)
{
	return r->snapshot->scale > 1 ? "about " : "";
}

/* Where nothing leaks: the origin with most live bytes, however the report is sorted. */
static void print_biggest(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	const struct snapshot_origin *most = NULL;

	for (size_t i = 0; i < s->origin_cnt; i++)
		if (s->origins[i].bytes > (most ? most->bytes : 0))
			most = &s->origins[i];
	if (most)
		lines_print(out, 4, "most bytes: %s at %s (%.0f%% of live bytes)",
			    SAFE(s->caches[most->cache].name), PLACE(r, most->site),
			    lines_percent(most->bytes, s->bytes));
}

/* Events are counted by the repetition where there are several: time is not what they take. */
static char *say_rate(const struct report *r, char buf[TEXT_NUMBER + 32])
{
	double runs = report_runs(r);

	snprintf(buf, TEXT_NUMBER + 32, "%s events%s",
		 RATE(runs ? report_rate(r) * r->duration_s / runs : report_rate(r)),
		 runs ? "/run" : "/s");
	return buf;
}

static void print_head(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	size_t caches = 0;

	for (size_t i = 0; i < s->cache_cnt; i++)
		caches += s->caches[i].objects > 0;
	fputc('\n', out);
	lines_print(out, 4, "%s  Linux %s %s  traced %s  %s", SAFE(r->host), r->release, r->machine,
		    TIME(r->duration_s), say_rate(r, (char[TEXT_NUMBER + 32]){0}));
	report_source_text(out, r);
	report_run_text(out, r);
	lines_print(out, 4, "%s%s (%s) of %s allocated %s still live, in %s", report_about(r),
		    MANY(s->objects, "object"), BYTES(s->bytes), COUNT(s->allocs),
		    s->objects == 1 ? "is" : "are", MANY(caches, "cache"));
	if (!report_leaks(r))
		print_biggest(out, r);
	report_print_grade(out, r);
}

static void print_aliases(FILE *out, const struct report *r, const char *cache)
{
	const char *alias;
	size_t shown = 0, count = 0;
	int column = 0;

	if (!r->after)
		return;
	while (slabs_alias(r->after, cache, count))
		count++;
	if (!count)
		return;
	column = fprintf(out, "  also");
	for (; (alias = slabs_alias(r->after, cache, shown)); shown++) {
		const char *safe = SAFE(alias);

		/* There must be room left for ", and 999 more". */
		if (column + (int)strlen(safe) + 2 + 14 > LINES_WIDTH)
			break;
		column += fprintf(out, "%s %s", shown ? "," : "", safe);
	}
	if (shown < count)
		fprintf(out, ", and %zu more", count - shown);
	fputc('\n', out);
}

static void print_cache(FILE *out, const struct report *r, const struct snapshot_cache *c)
{
	double d = report_runs(r) ? report_runs(r) : r->duration_s > 0 ? r->duration_s : 1;
	char name[LINES_ESCAPED], delta[TEXT_NUMBER] = "-";
	int64_t n;

	snprintf(name, sizeof(name), "%s%s%s", SAFE(c->name), c->guessed ? "?" : "",
		 c->destroyed ? " (destroyed)" : "");
	if (report_slabinfo_delta(r, c->name, &n))
		snprintf(delta, sizeof(delta), "%+" PRId64, n);
	if (strlen(name) > NAME_WIDTH)
		fprintf(out, "%s\n%-*s", name, NAME_WIDTH, "");
	else
		fprintf(out, "%-*s", NAME_WIDTH, name);
	fprintf(out, " %11s %8s %5s %7s %6s %7s %9s\n", COUNT(c->objects),
		c->bytes || !c->objects ? BYTES(c->bytes) : "?", RATE(c->objects / d),
		RATE(c->allocs / d), RATE(c->frees / d), c->objects ? TIME(c->oldest_s) : "-",
		delta);
	print_aliases(out, r, c->name);
}

size_t report_rows(const struct report *r, size_t have)
{
	return r->top && r->top < have ? r->top : have;
}

void report_print_rest(FILE *out, size_t shown, size_t have, const char *what)
{
	if (shown < have)
		fprintf(out, "  and %s: --top 0 shows all\n", MANY(have - shown, what));
}

static void print_caches(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	size_t shown = report_rows(r, s->cache_cnt);
	bool runs = report_runs(r) > 0;

	fprintf(out, "\n%-*s %11s %8s %5s %7s %6s %7s %9s\n", NAME_WIDTH, "CACHE", "LIVE", "BYTES",
		runs ? "+/RUN" : "+/S", runs ? "ALLOC/R" : "ALLOC/S", runs ? "FREE/R" : "FREE/S",
		"OLDEST", "SLABINFO");
	for (size_t i = 0; i < shown; i++)
		print_cache(out, r, &s->caches[i]);
	report_print_rest(out, shown, s->cache_cnt, "more cache");
}

static void print(FILE *out, const void *arg)
{
	const struct report *r = arg;

	report_print_answer(out, r);
	report_print_verdicts(out, r);
	print_head(out, r);
	print_caches(out, r);
	report_print_origins(out, r);
	report_suppressions_text(out, r->suppressions);
	report_print_coverage(out, r);
}

int report_text(const struct report *r, FILE *out)
{
	autofree size_t *made_with = together_find(r->snapshot, r->symbols, report_is_leak);
	struct report own = *r;

	if (!made_with)
		return -ENOMEM;
	own.made_with = made_with;
	return output_page(print, &own, out);
}
