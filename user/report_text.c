// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report for a person on an 80-column terminal: first what it is about and
 * how far it can be trusted, then caches, origins with their stacks, coverage.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "output.h"
#include "report_private.h"
#include "report_run.h"
#include "report_settle.h"
#include "report_suppressions.h"

#define STACKS_MAX 3
#define FRAMES_MAX 20
#define TASKS_MAX  4
#define FREES_MAX  3
#define NAME_WIDTH 19

char *report_place(const struct report *r, uint64_t address, char buf[REPORT_PLACE])
{
	struct symbol sym = symbols_find(r->symbols, address);
	char hex[24] = "";

	if (r->show_addresses)
		snprintf(hex, sizeof(hex), " 0x%" PRIx64, address);
	if (!sym.name)
		snprintf(buf, REPORT_PLACE, "%s", r->show_addresses ? hex + 1 : "(no symbol)");
	else
		snprintf(buf, REPORT_PLACE, "%s+0x%" PRIx64 "%s%s%s%s", SAFE(sym.name), sym.offset,
			 sym.module ? " [" : "", sym.module ? SAFE(sym.module) : "",
			 sym.module ? "]" : "", hex);
	return buf;
}

static const char *about(const struct report *r)
{
	return r->snapshot->scale > 1 ? "about " : "";
}

/* The answer in one line: the origin with most live bytes, however the report is sorted. */
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

static void print_head(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	size_t caches = 0;

	for (size_t i = 0; i < s->cache_cnt; i++)
		caches += s->caches[i].objects > 0;
	lines_print(out, 4, "%s  Linux %s %s  traced %s  %s events/s", SAFE(r->host), r->release,
		    r->machine, TIME(r->duration_s), RATE(report_rate(r)));
	lines_print(out, 4, "%s%s (%s) of %s allocated %s still live, in %s", about(r),
		    MANY(s->objects, "object"), BYTES(s->bytes), COUNT(s->allocs),
		    s->objects == 1 ? "is" : "are", MANY(caches, "cache"));
	report_run_text(out, r);
	if (!report_leaks(r))
		print_biggest(out, r);
	lines_print(out, 4, "coverage %s: %s, %s refused%s", hooks_grade_name(r->grade),
		    MANY(s->ghosts, "ghost"), COUNT(s->refused),
		    r->grade == COVERAGE_FULL ? "" : "; what is not seen here: last block");
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
	double d = r->duration_s > 0 ? r->duration_s : 1;
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

static size_t rows(const struct report *r, size_t have)
{
	return r->top && r->top < have ? r->top : have;
}

static void print_rest(FILE *out, size_t shown, size_t have, const char *what)
{
	if (shown < have)
		fprintf(out, "  and %s: --top 0 shows all\n", MANY(have - shown, what));
}

static void print_caches(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	size_t shown = rows(r, s->cache_cnt);

	fprintf(out, "\n%-*s %11s %8s %5s %7s %6s %7s %9s\n", NAME_WIDTH, "CACHE", "LIVE", "BYTES",
		"+/S", "ALLOC/S", "FREE/S", "OLDEST", "SLABINFO");
	for (size_t i = 0; i < shown; i++)
		print_cache(out, r, &s->caches[i]);
	print_rest(out, shown, s->cache_cnt, "more cache");
}

char *report_tasks(const struct snapshot_stack *st, char buf[REPORT_TASKS])
{
	size_t used = 0;

	for (size_t i = 0; i < st->task_cnt && i < TASKS_MAX && used < REPORT_TASKS; i++)
		used += snprintf(buf + used, REPORT_TASKS - used, "%s%s (%.0f%%)", i ? ", " : "",
				 SAFE(st->tasks[i].comm),
				 lines_percent(st->tasks[i].weight, st->weight));
	if (st->task_cnt > TASKS_MAX && used < REPORT_TASKS)
		snprintf(buf + used, REPORT_TASKS - used, " and %s",
			 MANY(st->task_cnt - TASKS_MAX, "other"));
	return buf;
}

void report_print_frames(FILE *out, const struct report *r, const struct snapshot_stack *st,
			 int indent, uint32_t most)
{
	if (symbols_hidden(r->symbols) && !r->show_addresses) {
		fprintf(out, "%*s%s without a name\n", indent, "", MANY(st->frame_cnt, "frame"));
		return;
	}
	for (uint32_t i = 0; i < st->frame_cnt && i < most; i++)
		fprintf(out, "%*s%s\n", indent, "", PLACE(r, st->frames[i]));
	if (st->frame_cnt > most)
		fprintf(out, "%*s... %s in --json\n", indent, "",
			MANY(st->frame_cnt - most, "more frame"));
}

static void print_stack(FILE *out, const struct report *r, const struct snapshot_origin *o,
			const struct snapshot_stack *st)
{
	lines_print(out, 8, "    %s%.*f%%, %s  by %s", o->estimated ? "about " : "",
		    st->share < 0.0995 ? 1 : 0, st->share * 100, MANY(st->objects, "object"),
		    report_tasks(st, (char[REPORT_TASKS]){0}));
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

void report_print_origin_name(FILE *out, const struct report *r, const struct snapshot_origin *o,
			      const char *before)
{
	const struct snapshot_cache *c = &r->snapshot->caches[o->cache];

	lines_print(out, strlen(before), "%s%s%s%s at %s", before, SAFE(c->name),
		    c->guessed ? "?" : "", c->destroyed ? " (destroyed)" : "",
		    o->site ? PLACE(r, o->site) : "(call sites beyond the table)");
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

		at += snprintf(at, end - at, "%s%s%s%s%s(%s%.0f%%)", i ? ", " : "", how[f->how],
			       f->site ? "at " : "", f->site ? PLACE(r, f->site) : "",
			       f->site ? " " : "", o->frees_drawn ? "about " : "", 100 * f->share);
	}
	if (o->free_site_cnt > FREES_MAX)
		snprintf(at, end - at, ", and %s",
			 MANY(o->free_site_cnt - FREES_MAX, "more place"));
	if (o->free_site_cnt)
		lines_print(out, 4, "    freed %s; %s%s still live", line, about(r),
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
	lines_print(out, 4, "    %s%s live, %s%s; age %s to %s, mean %s", about(r),
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

static void print_origins(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	size_t live = listed_origins(r), most = rows(r, live), shown = 0;

	fputc('\n', out);
	fprintf(out, "ORIGINS of what %s\n",
		s->repetition_cnt > 1 ? "every repetition left" : "is live");
	for (size_t i = 0; i < s->origin_cnt && shown < most; i++)
		if (report_run_lists(r, &s->origins[i]))
			print_origin(out, r, &s->origins[i], ++shown);
	print_rest(out, shown, live, "more origin");
	if (!live)
		fprintf(out, "  none: %s\n",
			s->objects  ? "what is live was left by some repetitions, or between them"
			: s->allocs ? "everything allocated since the start was freed again"
				    : "nothing was allocated, or nothing of what is traced");
}

static void print_hooks(FILE *out, const struct report *r)
{
	char line[1024] = "";
	size_t used = 0;

	for (int i = 0; i < HOOK_COUNT; i++) {
		const struct hook *h = &r->hooks[i];

		if (h->state == HOOK_ATTACHED)
			used += snprintf(line + used, sizeof(line) - used, "%s%s (%s)",
					 used ? ", " : "", h->target, hooks_how(h, (char[24]){0}));
	}
	lines_wrap(out, 11, "  hooked", "%s", used ? line : "nothing");
	for (int i = 0; i < HOOK_COUNT; i++) {
		const struct hook *h = &r->hooks[i];

		if (h->state == HOOK_ABSENT || !h->why[0])
			continue;
		snprintf(line, sizeof(line), "%s: %s. Hides: %s.", h->spec->name, h->why,
			 h->state == HOOK_MISSING ? h->spec->hides : HOOKS_SKIPPED);
		lines_wrap(out, 11, "  unseen", "%s", line);
	}
}

static void print_books(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	char line[512];

	if (s->scale > 1)
		snprintf(line, sizeof(line),
			 "the table filled: 1 object in %.0f is booked, and numbers of objects and "
			 "frees are scaled up from %s. --objects makes room",
			 s->scale, COUNT(s->booked));
	else
		snprintf(line, sizeof(line), "%s = %s + %s live + %s + %s stale + %s refused",
			 MANY(s->allocs, "allocation"), MANY(s->frees, "free"), COUNT(s->objects),
			 MANY(s->ghosts, "ghost"), COUNT(s->stale), COUNT(s->refused));
	lines_wrap(out, 11, "  books", "%s", line);
	if (s->unbalanced)
		snprintf(line, sizeof(line), "NOT balanced in %s of %s: please report it",
			 COUNT(s->unbalanced), MANY(s->origin_cnt, "origin"));
	else
		snprintf(line, sizeof(line), "balanced in all %s", MANY(s->origin_cnt, "origin"));
	lines_wrap(out, 11, "", "%s", line);
}

static void print_ghosts(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	const struct snapshot_cache *worst = NULL;
	char line[512], share[48] = "";

	for (size_t i = 0; i < s->cache_cnt; i++)
		if (!worst || s->caches[i].ghosts > worst->ghosts)
			worst = &s->caches[i];
	if (!s->ghosts || !worst)
		return;
	/* Of a sample, there is no telling how many allocations it was of at each moment. */
	if (s->scale > 1)
		snprintf(share, sizeof(share), " in the sample");
	else
		snprintf(share, sizeof(share), ", %.2f%% of allocations",
			 lines_percent(s->ghosts, s->allocs));
	snprintf(line, sizeof(line),
		 "%s%s: the address was handed out again before a free was seen. %s of them in %s. "
		 "Survivors of origins with ghosts may be free already",
		 COUNT(s->ghosts), share, COUNT(worst->ghosts), SAFE(worst->name));
	lines_wrap(out, 11, "  ghosts", "%s", line);
}

static void print_check(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	const struct snapshot_cache *worst = NULL;
	char line[512];

	for (size_t i = 0; i < s->cache_cnt; i++)
		if (!worst || s->caches[i].stale > worst->stale)
			worst = &s->caches[i];
	if (!s->checked)
		snprintf(line, sizeof(line),
			 "survivors were not held against the slab pages (%s): what was freed "
			 "unseen still counts as live",
			 r->unchecked ? SAFE(r->unchecked) : "not asked for");
	else if (s->stale)
		snprintf(line, sizeof(line),
			 "survivors held against the slab pages in %s: %s were free, %s of them in "
			 "%s, and are not counted as live",
			 TIME(s->check_s), COUNT(s->stale), COUNT(worst->stale), SAFE(worst->name));
	else
		snprintf(line, sizeof(line),
			 "survivors held against the slab pages in %s: all of them are there",
			 TIME(s->check_s));
	lines_wrap(out, 11, "  check", "%s", line);
}

static void print_pins(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	uint64_t dentries = 0;

	for (size_t i = 0; i < s->cache_cnt; i++)
		if (!strcmp(s->caches[i].name, "dentry"))
			dentries += s->caches[i].objects;
	if (dentries && !s->pins_looked)
		lines_wrap(out, 11, "  held", "%s",
			   "nobody looked which dentries are held: a leak of references to them "
			   "looks like the cache that they are in");
}

static void print_skipped(FILE *out, const struct report *r)
{
	char line[256];

	if (report_skipped(r) <= REPORT_SKIPPED_MAX)
		return;
	snprintf(line, sizeof(line),
		 "up to %.2f%% of all events, because their program was running already (see "
		 "below). Above %.1f%%, coverage is not full",
		 100 * report_skipped(r), 100 * REPORT_SKIPPED_MAX);
	lines_wrap(out, 11, "  skipped", "%s", line);
}

/* What was counted aside, with what to do about it; silent about zeros. */
static void print_aside(FILE *out, const struct report *r)
{
	const struct ss_totals *t = &r->snapshot->totals;
	const struct {
		uint64_t n;
		const char *noun, *text;
	} asides[] = {
		{r->snapshot->frees_unknown, "free",
		 "of objects that are not in the books (born before the trace, or left out)"},
		{t->own, "allocation", "by slabsight itself, left out"},
		{t->filtered, "allocation", "left out by --comm or --cgroup"},
		{r->skipped_frees, "free",
		 "perhaps not seen, because the kernel does not run a program inside itself: as "
		 "many survivors may be free already; --twice sees them"},
		{r->skipped_allocs, "allocation",
		 "not booked, because the program was running already"},
		{t->origins_full, "allocation",
		 "booked without call site and size: the origin table is full; narrow with --comm, "
		 "--cgroup or sizes"},
		{t->caches_full, "origin", "whose cache found no room in the table"},
		{t->halvings, "time", "the table of objects filled and the sample was halved"},
		{r->snapshot->stackless, "stack", "due but not kept"},
		{t->stacks_failed, "stack", "that the kernel could not give"},
		{t->stacks_full, "stack",
		 "for which there was no room: narrow with --comm, --cgroup or sizes"},
		{t->tasks_full, "stack", "without a process name: table full"},
		{t->bulk_long, "object", "in bulk calls too long to follow"},
		{t->calls_full, "bulk allocation", "not followed: too many at once"},
		{t->bulk_unread, "bulk free", "whose list could not be read"},
		{t->sites_full, "free",
		 "whose call site found no room, and is in no share: narrow with --comm, --cgroup "
		 "or sizes"},
		{t->destroyed, "cache", "destroyed while traced"},
		{r->snapshot->in_flight, "slot", "caught while being written"},
		{r->snapshot->unread, "survivor", "that could not be looked at, and count as live"},
	};
	char line[512];

	for (size_t i = 0; i < ARRAY_SIZE(asides); i++) {
		if (!asides[i].n)
			continue;
		snprintf(line, sizeof(line), "%s %s", MANY(asides[i].n, asides[i].noun),
			 asides[i].text);
		lines_wrap(out, 11, "  aside", "%s", line);
	}
	snprintf(line, sizeof(line), "%s of maps in the kernel; started in %s, snapshot in %s",
		 BYTES(r->map_bytes), TIME(r->start_s), TIME(r->snapshot->took_s));
	lines_wrap(out, 11, "  cost", "%s", line);
}

static void print_coverage(FILE *out, const struct report *r)
{
	fprintf(out, "\nCOVERAGE %s\n", hooks_grade_name(r->grade));
	print_hooks(out, r);
	print_books(out, r);
	report_settle_text(out, r);
	print_ghosts(out, r);
	print_check(out, r);
	print_pins(out, r);
	print_skipped(out, r);
	print_aside(out, r);
	if (symbols_hidden(r->symbols))
		lines_wrap(
			out, 11, "  names",
			"the kernel hides symbol addresses: CAP_SYSLOG (or root) is needed to name "
			"call sites");
}

static void print(FILE *out, const void *arg)
{
	const struct report *r = arg;

	print_head(out, r);
	report_print_verdicts(out, r);
	print_caches(out, r);
	print_origins(out, r);
	report_suppressions_text(out, r);
	print_coverage(out, r);
}

int report_text(const struct report *r, FILE *out)
{
	return output_page(print, r, out);
}
