// SPDX-License-Identifier: GPL-2.0-or-later
/* How far a report can be trusted: what was hooked, what was not seen, and how the books stand. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "debuginfo_note.h"
#include "report_private.h"
#include "report_settle.h"
#include "report_source.h"

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

/* In an interval, who was freed may have been born before: these do not add up. */
static void print_counts(const struct report *r, char *line, size_t size)
{
	const struct snapshot *s = r->snapshot;
	const bool whole = !report_is_interval(r);
	const char *sum = whole ? " =" : ",", *plus = whole ? " +" : ",";
	const char *note =
		whole ? ""
		      : ": these need not add up, since frees are also of what was there "
			"before";

	snprintf(line, size, "%s%s %s%s %s live%s %s%s %s stale%s %s refused%s",
		 MANY(s->allocs, "allocation"), sum, MANY(s->frees, "free"), plus,
		 COUNT(s->objects), plus, MANY(s->ghosts, "ghost"), plus, COUNT(s->stale), plus,
		 COUNT(s->refused), note);
}

static void print_balance(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	const bool is_interval = report_is_interval(r);
	char line[512];

	/* That was found of the whole recording until then, whose origins are not these. */
	if (s->unbalanced && is_interval)
		snprintf(line, sizeof(line),
			 "NOT balanced in %s of all that was recorded until then: please report it",
			 MANY(s->unbalanced, "origin"));
	else if (s->unbalanced)
		snprintf(line, sizeof(line), "NOT balanced in %s of %s: please report it",
			 COUNT(s->unbalanced), MANY(s->origin_cnt, "origin"));
	else if (is_interval)
		return;
	else
		snprintf(line, sizeof(line), "balanced in all %s", MANY(s->origin_cnt, "origin"));
	lines_wrap(out, 11, "", "%s", line);
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
		print_counts(r, line, sizeof(line));
	lines_wrap(out, 11, "  books", "%s", line);
	print_balance(out, r);
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
	else if (report_is_interval(r))
		snprintf(share, sizeof(share), " since the recording began");
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
	else if (s->stale && worst)
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

/* Is there a free event with one program, which --twice would give a second? */
static bool twice_helps(const struct report *r)
{
	for (size_t i = 0; i < HOOK_COUNT; i++)
		if (r->hooks[i].spec->entry && hooks_skips(&r->hooks[i]))
			return true;
	return false;
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
		{t->filtered, "allocation", "left out by --comm, --cgroup or --only-command"},
		{r->skipped_frees, "free",
		 twice_helps(r)
			 ? "perhaps not seen, because the kernel does not run a program inside "
			   "itself: as many survivors may be free already; --twice sees them"
			 : "at most not seen, because all of the programs that look at each were "
			   "running already: as many survivors may be free already"},
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
		{t->tasks_full, "stack", "without a process name and cgroup: table full"},
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

static size_t origins_with_ghosts(const struct snapshot *s)
{
	size_t count = 0;

	for (size_t i = 0; i < s->origin_cnt; i++)
		count += s->origins[i].ghosts > 0;
	return count;
}

void report_print_grade(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	const char *grade = hooks_grade_name(r->grade);
	size_t origins = origins_with_ghosts(s);

	if (r->grade == COVERAGE_POOR)
		lines_print(out, 4,
			    "coverage poor: not even the kernel's own slab events could all be "
			    "watched, so trust no number and no verdict; see last block");
	else if (origins)
		lines_print(out, 4,
			    "coverage %s: not all frees of %s are seen here, so %s never called "
			    "leak, leaking or not; see last block",
			    grade, MANY(origins, "origin"), origins == 1 ? "this is" : "these are");
	else if (r->grade == COVERAGE_FULL)
		lines_print(out, 4,
			    "coverage full: every way into the slab and out of it was watched");
	else
		lines_print(
			out, 4,
			"coverage %s: not every way into the slab and out of it was watched; %s; "
			"see last block",
			grade,
			s->stale ? "what was freed unseen was found, and is not counted"
				 : "no free is known to be missed");
	if (s->refused)
		lines_print(out, 4, "    %s found no room in the table: --objects makes it",
			    MANY(s->refused, "object"));
	if (s->scale > 1)
		lines_print(out, 4, "    1 object in %.0f is booked, and numbers are scaled up",
			    s->scale);
}

static void print_ambiguous(FILE *out, const struct report *r)
{
	const uint64_t places = report_ambiguous(r);

	if (places)
		lines_wrap(
			out, 11, "  names",
			"of %s it cannot be told which code that is: what was there was unloaded, "
			"and other code loaded since. Both are named, with an \"or\"",
			MANY(places, "place"));
}

void report_print_coverage(FILE *out, const struct report *r)
{
	fprintf(out, "\nCOVERAGE %s\n", hooks_grade_name(r->grade));
	print_hooks(out, r);
	print_books(out, r);
	report_settle_text(out, r);
	print_ghosts(out, r);
	print_check(out, r);
	print_pins(out, r);
	report_print_cgroups(out, r);
	print_skipped(out, r);
	print_aside(out, r);
	if (symbols_hidden(r->symbols))
		lines_wrap(
			out, 11, "  names",
			"the kernel hides symbol addresses: CAP_SYSLOG (or root) is needed to name "
			"call sites");
	print_ambiguous(out, r);
	debuginfo_note_text(out, 11, "  lines", r->debuginfo, r->release);
}
