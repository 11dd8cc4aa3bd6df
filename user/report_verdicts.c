// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdicts of a report: leaks in full, with what shows whose they are, those made
 * together once; then one line for every other kind of verdict.
 */
#include <string.h>

#include "cleanup.h"
#include "report_private.h"
#include "together.h"

#define LEAKS_MAX    10
#define FRAMES_MAX   8
#define NAMES_MAX    3
#define CONTENTS_MAX 2
#define FOLDED_MAX   6
#define LABEL	     8	/* columns before what a verdict is about */
#define MAKER_MIN    50 /* survivors; of fewer no trace of a minute tells more */

const struct snapshot_stack *report_leaking_stack(const struct snapshot_origin *o)
{
	if (o->verdict->by_stack)
		return &o->stacks[o->verdict->stack];
	return o->stack_cnt ? &o->stacks[0] : NULL;
}

bool report_is_common(const struct snapshot_origin *o, const struct snapshot_content *c)
{
	return lines_percent(c->objects, o->looked) >= 1;
}

/* Strings and symbols tell whose objects they are; shapes are for --json. */
static void print_contents(FILE *out, const struct snapshot_origin *o)
{
	size_t shown = 0;

	for (size_t i = 0; i < o->content_cnt && shown < CONTENTS_MAX; i++) {
		const struct snapshot_content *c = &o->contents[i];

		if ((strcmp(c->kind, "string") && strcmp(c->kind, "symbols")) ||
		    !report_is_common(o, c))
			continue;
		lines_print(out, LABEL + 2, "%*s%.0f%% hold %s", LABEL, "",
			    lines_percent(c->objects, o->looked), c->text);
		shown++;
	}
}

/* A string says most of all: those of leaks that are told in one line are not lost. */
static bool print_string(FILE *out, const struct report *r, const struct snapshot_origin *o)
{
	for (size_t i = 0; i < o->content_cnt; i++) {
		const struct snapshot_content *c = &o->contents[i];

		if (strcmp(c->kind, "string") || !report_is_common(o, c))
			continue;
		lines_print(out, LABEL + 2, "%*s%.0f%% of %s hold %s", LABEL, "",
			    lines_percent(c->objects, o->looked),
			    report_origin_name(r, o, (char[REPORT_NAME]){0}), c->text);
		return true;
	}
	return false;
}

/* Those that were made together with the leak `at`. */
static void print_folded(FILE *out, const struct report *r, size_t at)
{
	char line[FOLDED_MAX * (REPORT_NAME + REPORT_GROWTH) + 64] = "";
	const struct snapshot *s = r->snapshot;
	size_t used = 0, count = 0, strings = 0;

	for (size_t i = 0; i < s->origin_cnt; i++) {
		if (r->made_with[i] != at || count++ >= FOLDED_MAX)
			continue;
		used += snprintf(line + used, sizeof(line) - used, "%s%s (%s)", used ? ", " : "",
				 report_origin_name(r, &s->origins[i], (char[REPORT_NAME]){0}),
				 report_growth_short(r, &s->origins[i], (char[REPORT_GROWTH]){0}));
	}
	if (count > FOLDED_MAX)
		snprintf(line + used, sizeof(line) - used, " and %zu in --json",
			 count - FOLDED_MAX);
	if (!count)
		return;
	lines_print(out, LABEL + 2, "%*swith it %zu more, made together: %s", LABEL, "", count,
		    line);
	for (size_t i = 0; i < s->origin_cnt && strings < CONTENTS_MAX; i++)
		if (r->made_with[i] == at)
			strings += print_string(out, r, &s->origins[i]);
}

/* "about 57% of them "; "" where it is all of them. */
static char *share_of(const struct snapshot_origin *o, const struct snapshot_stack *st,
		      char buf[48])
{
	double percent = 100 * st->share;
	struct snapshot_task task;

	if (o->verdict->comm && snapshot_task_by_name(st, o->verdict->comm, &task))
		percent = lines_percent(percent * task.weight, 100 * st->weight);
	*buf = '\0';
	if (percent < 99.95)
		snprintf(buf, 48, "%s%s of them ", o->estimated ? "about " : "", SHARE(percent));
	return buf;
}

static void print_leak(FILE *out, const struct report *r, size_t at)
{
	const struct snapshot_origin *o = &r->snapshot->origins[at];
	const struct snapshot_stack *st = report_leaking_stack(o);

	report_print_origin_name(out, r, o, "LEAK    ");
	lines_print(out, LABEL, "%*s%s, %s; %s", LABEL, "", MANY(o->objects, "object"),
		    BYTES(o->bytes), verdict_reason(o->verdict, (char[VERDICT_REASON]){0}));
	print_contents(out, o);
	print_folded(out, r, at);
	if (!st)
		return;
	lines_print(out, LABEL, "%*s%smade by %s", LABEL, "", share_of(o, st, (char[48]){0}),
		    report_tasks(r, st, o->verdict->comm, (char[REPORT_TASKS]){0}));
	report_print_frames(out, r, st, LABEL + 2, FRAMES_MAX);
}

static size_t folded(const struct report *r, size_t at)
{
	size_t count = 0;

	for (size_t i = 0; i < r->snapshot->origin_cnt; i++)
		count += r->made_with[i] == at;
	return count;
}

static void print_leaks(FILE *out, const struct report *r)
{
	size_t shown = 0, told = 0, all = report_leaks(r);

	for (size_t i = 0; i < r->snapshot->origin_cnt && shown < LEAKS_MAX; i++) {
		if (!report_is_leak(&r->snapshot->origins[i]) || r->made_with[i] != TOGETHER_ALONE)
			continue;
		print_leak(out, r, i);
		told += 1 + folded(r, i);
		shown++;
	}
	if (told < all)
		fprintf(out, "%-*sand %s: see below, or --json\n", LABEL, "LEAK",
			MANY(all - told, "more leak"));
}

/* Origins of one verdict that have survivors. */
struct group {
	size_t origins;
	uint64_t bytes;
	uint64_t of_cache[NAMES_MAX]; /* most bytes in a cache */
	uint32_t cache[NAMES_MAX];
	size_t cache_cnt; /* all caches */
	struct verdict_group verdicts;
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
		verdict_group_add(&g.verdicts, o->verdict);
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

static void print_group(FILE *out, const struct snapshot *s, const struct group *g,
			const char *name)
{
	char list[NAMES_MAX * (LINES_ESCAPED + 16) + 48];

	lines_print(out, LABEL, "%-*s%s, %s: %s: %s", LABEL, name, MANY(g->origins, "origin"),
		    BYTES(g->bytes), names(s, g, list, sizeof(list)),
		    verdict_group_reason(&g->verdicts, (char[VERDICT_REASON]){0}));
}

static void print_kind(FILE *out, const struct snapshot *s, enum verdict_kind kind)
{
	struct group g = group_of(s, kind, -1);

	if (g.origins)
		print_group(out, s, &g, verdict_name(kind));
}

/*
 * Where nearly every free is seen, and ghosts come from others that use the place, a trace of
 * the one who made what is left has none of theirs.
 */
static void print_way_out(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;

	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];
		const char *maker;

		if (!is_of(o, VERDICT_UNKNOWN, VERDICT_GHOSTS) || o->objects < MAKER_MIN ||
		    (o->ghosts + o->stale) * 100 > o->frees)
			continue;
		maker = report_maker(s, o);
		if (!maker)
			continue;
		lines_print(out, LABEL, "%*s%s: most by %s, and trace --comm %s may tell", LABEL,
			    "", report_origin_name(r, o, (char[REPORT_NAME]){0}), maker, maker);
		return;
	}
}

/* Those that cannot be told, by the reason, most bytes first. */
static void print_unknown(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	struct group groups[VERDICT_WHYS] = {};

	for (int why = VERDICT_GHOSTS; why < VERDICT_WHYS; why++)
		groups[why] = group_of(s, VERDICT_UNKNOWN, why);
	for (;;) {
		struct group *best = NULL;

		for (int why = VERDICT_GHOSTS; why < VERDICT_WHYS; why++)
			if (groups[why].origins && (!best || groups[why].bytes > best->bytes))
				best = &groups[why];
		if (!best)
			return;
		print_group(out, s, best, verdict_name(VERDICT_UNKNOWN));
		if (best == &groups[VERDICT_GHOSTS])
			print_way_out(out, r);
		best->origins = 0;
	}
}

void report_print_verdicts(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;

	if (!s->verdicts || !s->objects)
		return;
	fputc('\n', out);
	print_leaks(out, r);
	print_kind(out, s, VERDICT_CACHE);
	print_kind(out, s, VERDICT_BURST);
	print_kind(out, s, VERDICT_STEADY);
	print_unknown(out, r);
}
