// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The answer of a report: leaks in full, with what shows whose they are; then one
 * line for every other kind of verdict. Nothing else is above it but the head.
 */
#include <string.h>

#include "cleanup.h"
#include "report_private.h"

#define LEAKS_MAX    10
#define FRAMES_MAX   8
#define NAMES_MAX    3
#define CONTENTS_MAX 2
#define LABEL	     8 /* columns before what a verdict is about */

const struct snapshot_stack *report_leaking_stack(const struct snapshot_origin *o)
{
	if (o->verdict->by_stack)
		return &o->stacks[o->verdict->stack];
	return o->stack_cnt ? &o->stacks[0] : NULL;
}

/* Strings and symbols tell whose objects they are; shapes are for --json. */
static void print_contents(FILE *out, const struct snapshot_origin *o)
{
	size_t shown = 0;

	for (size_t i = 0; i < o->content_cnt && shown < CONTENTS_MAX; i++) {
		const struct snapshot_content *c = &o->contents[i];

		if (strcmp(c->kind, "string") && strcmp(c->kind, "symbols"))
			continue;
		lines_print(out, LABEL + 2, "%*s%.0f%% hold %s", LABEL, "",
			    lines_percent(c->objects, o->looked), c->text);
		shown++;
	}
}

static void print_leak(FILE *out, const struct report *r, const struct snapshot_origin *o)
{
	const struct snapshot_stack *st = report_leaking_stack(o);

	report_print_origin_name(out, r, o, "LEAK    ");
	lines_print(out, LABEL, "%*s%s, %s; %s", LABEL, "", MANY(o->objects, "object"),
		    BYTES(o->bytes), verdict_reason(o->verdict, (char[VERDICT_REASON]){0}));
	print_contents(out, o);
	if (!st)
		return;
	lines_print(out, LABEL, "%*smade by %s", LABEL, "",
		    o->verdict->comm ? SAFE(o->verdict->comm)
				     : report_tasks(st, (char[REPORT_TASKS]){0}));
	report_print_frames(out, r, st, LABEL + 2, FRAMES_MAX);
}

static void print_leaks(FILE *out, const struct report *r)
{
	size_t shown = 0, all = report_leaks(r);

	for (size_t i = 0; i < r->snapshot->origin_cnt && shown < LEAKS_MAX; i++) {
		const struct snapshot_origin *o = &r->snapshot->origins[i];

		if (!report_is_leak(o))
			continue;
		print_leak(out, r, o);
		shown++;
	}
	if (shown < all)
		fprintf(out, "%-*sand %s: see below, or --json\n", LABEL, "LEAK",
			MANY(all - shown, "more leak"));
}

/* Origins of one verdict that have survivors. */
struct group {
	size_t origins;
	uint64_t bytes;
	uint64_t of_cache[NAMES_MAX]; /* most bytes in a cache */
	uint32_t cache[NAMES_MAX];
	size_t cache_cnt;     /* all caches */
	enum verdict_why why; /* of the origin with most bytes, and its: */
	const struct verdict *most;
	uint64_t most_bytes;
};

static bool is_of(const struct snapshot_origin *o, enum verdict_kind kind, int why)
{
	return o->objects && o->verdict && o->verdict->kind == kind &&
	       (why < 0 || o->verdict->why == (enum verdict_why)why);
}

static void add_cache(struct group *g, uint32_t cache, uint64_t bytes)
{
	size_t at = NAMES_MAX;

	g->cache_cnt++;
	while (at > 0 && bytes > g->of_cache[at - 1])
		at--;
	if (at == NAMES_MAX)
		return;
	memmove(&g->of_cache[at + 1], &g->of_cache[at],
		(NAMES_MAX - at - 1) * sizeof(*g->of_cache));
	memmove(&g->cache[at + 1], &g->cache[at], (NAMES_MAX - at - 1) * sizeof(*g->cache));
	g->of_cache[at] = bytes;
	g->cache[at] = cache;
}

static struct group group_of(const struct snapshot *s, enum verdict_kind kind, int why)
{
	uint64_t bytes[SS_CACHES] = {}; /* by cache, of which a snapshot has no more */
	bool met[SS_CACHES] = {};
	struct group g = {};

	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];

		if (!is_of(o, kind, why))
			continue;
		if (!g.most || o->bytes > g.most_bytes) {
			g.most = o->verdict;
			g.most_bytes = o->bytes;
		}
		g.origins++;
		g.bytes += o->bytes;
		bytes[o->cache] += o->bytes;
		met[o->cache] = true;
	}
	for (uint32_t c = 0; c < s->cache_cnt; c++)
		if (met[c])
			add_cache(&g, c, bytes[c]);
	return g;
}

/* "dentry (6.2 MiB), inode_cache (1.1 MiB) and 3 more" */
static char *names(const struct snapshot *s, const struct group *g, char *buf, size_t size)
{
	size_t used = 0, shown = 0;

	for (; shown < NAMES_MAX && shown < g->cache_cnt && used < size; shown++)
		used += snprintf(buf + used, size - used, "%s%s (%s)", shown ? ", " : "",
				 SAFE(s->caches[g->cache[shown]].name), BYTES(g->of_cache[shown]));
	if (shown < g->cache_cnt && used < size)
		snprintf(buf + used, size - used, " and %s",
			 MANY(g->cache_cnt - shown, "more cache"));
	return buf;
}

static void print_kind(FILE *out, const struct snapshot *s, enum verdict_kind kind)
{
	char list[NAMES_MAX * (LINES_ESCAPED + 16) + 48];
	struct group g = group_of(s, kind, -1);

	if (g.origins)
		lines_print(out, LABEL, "%-*s%s, %s: %s: %s", LABEL, verdict_name(kind),
			    MANY(g.origins, "origin"), BYTES(g.bytes),
			    names(s, &g, list, sizeof(list)),
			    kind == VERDICT_CACHE   ? "reclaimable"
			    : kind == VERDICT_BURST ? "born at once, and held"
						    : "in balance, or not growing");
}

/* Those that cannot be told, by the reason, most bytes first. */
static void print_unknown(FILE *out, const struct snapshot *s)
{
	struct group groups[VERDICT_WHYS] = {};
	char list[NAMES_MAX * (LINES_ESCAPED + 16) + 48];

	for (int why = VERDICT_GHOSTS; why < VERDICT_WHYS; why++)
		groups[why] = group_of(s, VERDICT_UNKNOWN, why);
	for (;;) {
		struct group *best = NULL;

		for (int why = VERDICT_GHOSTS; why < VERDICT_WHYS; why++)
			if (groups[why].origins && (!best || groups[why].bytes > best->bytes))
				best = &groups[why];
		if (!best)
			return;
		lines_print(out, LABEL, "%-*s%s, %s: %s: %s", LABEL, "unknown",
			    MANY(best->origins, "origin"), BYTES(best->bytes),
			    names(s, best, list, sizeof(list)),
			    verdict_reason(best->most, (char[VERDICT_REASON]){0}));
		best->origins = 0;
	}
}

void report_print_verdicts(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;

	if (!s->verdicts)
		return;
	fputc('\n', out);
	if (report_leaks(r))
		print_leaks(out, r);
	else
		fprintf(out, "no leak found%s\n",
			s->booked_s + s->settled_s < VERDICT_YOUNG_S && s->repetition_cnt < 3
				? ": so short a trace accuses nobody; 60 s find most"
				: "");
	if (report_suppressed(r))
		fprintf(out, "%s suppressed: see below\n", MANY(report_suppressed(r), "leak"));
	print_kind(out, s, VERDICT_CACHE);
	print_kind(out, s, VERDICT_BURST);
	print_kind(out, s, VERDICT_STEADY);
	print_unknown(out, s);
}
