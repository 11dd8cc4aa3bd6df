// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What two reports do not have in common, in sentences: where one did not look, that it
 * shows nothing proves nothing.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "diff.h"
#include "lines.h"
#include "report_run.h"
#include "report_source.h"

struct notes {
	const struct diff *d;
	void (*take)(void *arg, const char *note);
	void *arg;
};

static void __attribute__((format(printf, 2, 3)))
note(const struct notes *n, const char *format, ...)
{
	char text[DIFF_NOTE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n->take(n->arg, text);
}

/* Names of hooks that one lacks, though its kernel has the function, and the other has no lack of.
 */
static bool lacks(const struct report *r, const struct report *other, bool is_free, char buf[256])
{
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < HOOK_COUNT && used < 256; i++)
		if (r->hooks[i].spec->is_free == is_free && r->hooks[i].state == HOOK_MISSING &&
		    other->hooks[i].state != HOOK_MISSING)
			used += snprintf(buf + used, 256 - used, "%s%s", used ? ", " : "",
					 r->hooks[i].spec->name);
	return used > 0;
}

static void note_hooks(const struct notes *n, const struct report *r, const struct report *other,
		       char who, char whom)
{
	char list[256];

	if (lacks(r, other, true, list))
		note(n,
		     "%c did not see frees by %s, %c missed none there: what is live in %c only "
		     "may "
		     "have been freed unseen",
		     who, list, whom, who);
	if (lacks(r, other, false, list))
		note(n,
		     "%c did not see what %s allocates, %c did: that it is not in %c proves "
		     "nothing",
		     who, list, whom, who);
}

static void note_grades(const struct notes *n)
{
	const struct report *a = n->d->a, *b = n->d->b;

	if (a->grade != b->grade)
		note(n,
		     "coverage differs: %s in A, %s in B; where it is not full, some of what is "
		     "live may be free already",
		     hooks_grade_name(a->grade), hooks_grade_name(b->grade));
	note_hooks(n, a, b, 'A', 'B');
	note_hooks(n, b, a, 'B', 'A');
	if (a->snapshot->checked != b->snapshot->checked)
		note(n,
		     "survivors of %c only were held against the slab pages: of %c, some may be "
		     "free already",
		     a->snapshot->checked ? 'A' : 'B', a->snapshot->checked ? 'B' : 'A');
	if (a->snapshot->pins_looked != b->snapshot->pins_looked)
		note(n,
		     "in %c nobody looked which dentries are held: a leak of these is one in %c "
		     "only",
		     a->snapshot->pins_looked ? 'B' : 'A', a->snapshot->pins_looked ? 'A' : 'B');
}

static bool has_names(const struct report *r)
{
	return !symbols_hidden(r->symbols);
}

static void note_names(const struct notes *n)
{
	const struct report *a = n->d->a, *b = n->d->b;
	const char *x = a->build_id ? a->build_id : "", *y = b->build_id ? b->build_id : "";

	if (n->d->by_cache)
		note(n, "%s no names of functions: compared by cache alone",
		     !has_names(a) && !has_names(b) ? "there are"
		     : has_names(a)		    ? "B has"
						    : "A has");
	if (strcmp(a->release, b->release) || (*x && *y && strcmp(x, y)))
		note(n, "two kernels: where one inlines other functions, or takes an object from a "
			"cache of another name and size, an origin is gone here and new there");
}

static const char *what_was_traced(const struct report *r)
{
	return !r->run ? "the machine, until the time was up" : "a command";
}

static void note_options(const struct notes *n)
{
	const struct report *a = n->d->a, *b = n->d->b;
	const struct snapshot *x = a->snapshot, *y = b->snapshot;

	if (!a->run != !b->run)
		note(n, "A traced %s, B %s", what_was_traced(a), what_was_traced(b));
	else if (x->repetition_cnt != y->repetition_cnt)
		note(n, "the command was repeated %s in A, %s in B",
		     MANY(x->repetition_cnt, "time"), MANY(y->repetition_cnt, "time"));
	if (!x->totals.filtered != !y->totals.filtered)
		note(n,
		     "%c left out allocations (--comm, --cgroup, --only-command), %c none: that "
		     "something is not in %c proves nothing",
		     x->totals.filtered ? 'A' : 'B', x->totals.filtered ? 'B' : 'A',
		     x->totals.filtered ? 'A' : 'B');
	if (x->reclaim_tried != y->reclaim_tried)
		note(n, "memory was reclaimed before the last look of %c only",
		     x->reclaim_tried ? 'A' : 'B');
}

static void note_books(const struct notes *n, const struct report *r, char who)
{
	const struct snapshot *s = r->snapshot;

	if (s->scale > 1)
		note(n, "%c booked 1 object in %.0f: its numbers are estimates", who, s->scale);
	if (s->refused)
		note(n, "%c: %s found no room in the table, and %s not in it", who,
		     MANY(s->refused, "object"), s->refused == 1 ? "is" : "are");
	if (s->totals.origins_full)
		note(n, "%c: call sites and bytes of %s are not known: its table was full", who,
		     MANY(s->totals.origins_full, "allocation"));
	if (!n->d->one_trace && s->booked_s + s->settled_s < VERDICT_YOUNG_S &&
	    s->repetition_cnt < 3)
		note(n, "%c is too short to call anything a leak: that takes %d s", who,
		     VERDICT_YOUNG_S);
	if (r->source && !r->source->ended)
		note(n, "%c ends without its last snapshot: slabsight was killed, or is recording",
		     who);
	if (r->grade == COVERAGE_POOR)
		note(n, "coverage of %c is poor: trust no number of it", who);
}

void diff_notes(const struct diff *d, void (*take)(void *arg, const char *note), void *arg)
{
	const struct notes n = {.d = d, .take = take, .arg = arg};

	note_grades(&n);
	note_names(&n);
	note_options(&n);
	note_books(&n, d->a, 'A');
	note_books(&n, d->b, 'B');
	if (d->faults[DIFF_DOUBTFUL])
		note(&n, "%s grew as well, and %s not counted: not all frees of %s were seen in B",
		     MANY(d->faults[DIFF_DOUBTFUL], "origin"),
		     d->faults[DIFF_DOUBTFUL] == 1 ? "is" : "are",
		     d->faults[DIFF_DOUBTFUL] == 1 ? "it" : "them");
	if (d->by_rate && d->changes[DIFF_UNCLEAR])
		note(&n,
		     "of %s bytes and bytes/s went opposite ways, or not both: that may be by the "
		     "lengths alone, and is called unclear",
		     MANY(d->changes[DIFF_UNCLEAR], "origin"));
}
