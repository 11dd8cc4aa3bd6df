// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two reports held against each other, for a person on an 80-column terminal: first whether
 * anything is worse, then what was compared, then the origins that changed.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "diff.h"
#include "lines.h"
#include "output.h"
#include "recording.h"
#include "report_source.h"
#include "report_suppressions.h"

#define FOLDED_MAX 6

#define ROW_NAME(d, row) origin_name_text(&(row)->name, (d)->by_cache, (char[ORIGIN_NAME]){0})

static const char *sign_of(double change)
{
	return change < 0 ? "-" : change > 0 ? "+" : "";
}

static uint64_t size_of(int64_t change)
{
	return change < 0 ? 0 - (uint64_t)change : (uint64_t)change;
}

static void print_half(FILE *out, char who, const struct report *r, const struct origin_sum *h)
{
	const char *about = r->snapshot->scale > 1 ? "about " : "";

	if (!h->origins)
		lines_print(out, 7, "    %c  never seen", who);
	else if (!h->objects)
		lines_print(out, 7, "    %c  nothing live: %s allocated, and freed again", who,
			    COUNT(h->allocs));
	else
		lines_print(
			out, 7, "    %c  %s%s, %s, %s%s; %s: %s", who, about,
			MANY(h->objects, "object"), h->bytes ? BYTES(h->bytes) : "bytes not known",
			RATED_BYTES(h->bytes_per_s), h->origins > 1 ? ", call sites added up" : "",
			h->judged->verdict ? verdict_name(h->judged->verdict->kind) : "not judged",
			h->judged->verdict
				? verdict_reason(h->judged->verdict, (char[VERDICT_REASON]){0})
				: "no verdict");
}

/* Those that were made together with row `at`. */
static void print_folded(FILE *out, const struct diff *d, size_t at)
{
	char line[FOLDED_MAX * (ORIGIN_NAME + TEXT_NUMBER + 8) + 64] = "";
	size_t used = 0, count = 0;

	for (size_t i = 0; i < d->row_cnt; i++) {
		if (d->rows[i].made_with != at || count++ >= FOLDED_MAX)
			continue;
		used += snprintf(line + used, sizeof(line) - used, "%s%s (%s%s)", used ? ", " : "",
				 ROW_NAME(d, &d->rows[i]), sign_of(d->rows[i].bytes),
				 BYTES(size_of(d->rows[i].bytes)));
	}
	if (count > FOLDED_MAX)
		snprintf(line + used, sizeof(line) - used, " and %zu in --json",
			 count - FOLDED_MAX);
	if (count)
		lines_print(out, 7, "    with it %zu more, made together: %s", count, line);
}

static void print_row(FILE *out, const struct diff *d, size_t at)
{
	const struct diff_row *row = &d->rows[at];
	static const char *const faults[DIFF_FAULTS] = {
		[DIFF_FINE] = "",
		[DIFF_LEAK_NEW] = "; a new leak",
		[DIFF_LEAK_GROWN] = "; a leak that has grown",
		[DIFF_GREW] = "; counts as growth",
		[DIFF_DOUBTFUL] = "; not all frees were seen",
		[DIFF_CACHE] = "; a cache, which does not count",
		[DIFF_PASSED] = "; suppressed by leak:",
	};
	bool passed = row->fault == DIFF_PASSED;
	char rate[TEXT_COUNTED + 4] = "";

	lines_print(out, 4, "%2zu. %s%s%s%s", at + 1, ROW_NAME(d, row),
		    row->cache_in_a ? " (in A: " : "", row->cache_in_a ? SAFE(row->cache_in_a) : "",
		    row->cache_in_a ? ")" : "");
	/* Of one trace, a mean until B less a mean until A: nothing ever had that rate. */
	if (!d->one_trace)
		snprintf(rate, sizeof(rate), ", %s%s", sign_of(row->bytes_per_s),
			 RATED_BYTES(fabs(row->bytes_per_s)));
	lines_print(out, 4, "    %s: %s%s, %s%s%s%s%s", diff_change_name(row->change),
		    sign_of(row->bytes), BYTES(size_of(row->bytes)), sign_of(row->objects),
		    MANY(size_of(row->objects), "object"), rate, faults[row->fault],
		    passed ? SAFE(row->b.suppressed_by) : "");
	print_half(out, 'A', d->a, &row->a);
	print_half(out, 'B', d->b, &row->b);
	print_folded(out, d, at);
}

/* What counts is shown however far down it is: it is why the exit code is what it is. */
static bool is_shown(const struct diff *d, const struct diff_row *row, size_t shown)
{
	return diff_counts(row->fault) || (row->change != DIFF_SAME && (!d->top || shown < d->top));
}

static void print_rows(FILE *out, const struct diff *d)
{
	size_t shown = 0, folded = 0, changed = 0;

	fprintf(out, "\nORIGINS that changed, by %s\n",
		d->by_rate ? "growth a second" : "change in bytes");
	for (size_t i = 0; i < d->row_cnt; i++) {
		changed += d->rows[i].change != DIFF_SAME;
		if (d->rows[i].made_with != DIFF_ALONE) {
			folded++;
		} else if (is_shown(d, &d->rows[i], shown)) {
			print_row(out, d, i);
			shown++;
		}
	}
	if (!changed)
		fprintf(out, "  none\n");
	else if (shown + folded < changed)
		fprintf(out, "  and %s: --top 0 shows all\n",
			MANY(changed - shown - folded, "more origin"));
}

/* The first of a fault is that which changed most. */
static const struct diff_row *most(const struct diff *d, enum diff_fault fault)
{
	for (size_t i = 0; i < d->row_cnt; i++)
		if (d->rows[i].fault == fault && d->rows[i].made_with == DIFF_ALONE)
			return &d->rows[i];
	return NULL;
}

/* " in 3 groups", of those that were made together. */
static char *groups(const struct diff *d, enum diff_fault fault, char buf[48])
{
	size_t folded = 0;

	for (size_t i = 0; i < d->row_cnt; i++)
		folded += d->rows[i].fault == fault && d->rows[i].made_with != DIFF_ALONE;
	*buf = '\0';
	if (folded && d->faults[fault] == folded + 1)
		snprintf(buf, 48, " made together");
	else if (folded)
		snprintf(buf, 48, " in %zu groups", d->faults[fault] - folded);
	return buf;
}

static void print_fault(FILE *out, const struct diff *d, enum diff_fault fault, const char *noun,
			const char *what)
{
	const struct diff_row *row = most(d, fault);

	char before[2 * TEXT_NUMBER + 16] = "nothing";

	if (!row)
		return;
	if (row->a.objects)
		snprintf(before, sizeof(before), "%s, %s", BYTES(row->a.bytes),
			 RATED_BYTES(row->a.bytes_per_s));
	lines_print(out, 4, "%s%s%s%s: %s now has %s, %s; it had %s", MANY(d->faults[fault], noun),
		    groups(d, fault, (char[48]){0}), what,
		    d->faults[fault] > 1 ? ", most of all" : "", ROW_NAME(d, row),
		    BYTES(row->b.bytes), RATED_BYTES(row->b.bytes_per_s), before);
}

static void print_answer(FILE *out, const struct diff *d)
{
	char grown[64], cache[128];

	snprintf(grown, sizeof(grown), " grew by more than %g%% and %s", d->growth_percent,
		 BYTES(DIFF_GROWTH_BYTES));
	snprintf(cache, sizeof(cache), " of verdict cache%s, and %s not count", grown,
		 d->faults[DIFF_CACHE] == 1 ? "does" : "do");
	print_fault(out, d, DIFF_LEAK_NEW, "new leak", "");
	print_fault(out, d, DIFF_LEAK_GROWN, "leak",
		    d->faults[DIFF_LEAK_GROWN] == 1 ? " has grown" : " have grown");
	print_fault(out, d, DIFF_GREW, "origin", grown);
	if (!diff_failed(d))
		lines_print(out, 4, "nothing is worse: no new leak, and no origin%s%s",
			    d->faults[DIFF_CACHE] ? " but of verdict cache" : "", grown);
	print_fault(out, d, DIFF_CACHE, "origin", cache);
	if (d->faults[DIFF_PASSED])
		lines_print(out, 4, "%s that would count %s suppressed: see below",
			    MANY(d->faults[DIFF_PASSED], "origin"),
			    d->faults[DIFF_PASSED] == 1 ? "is" : "are");
	fprintf(out, "%zu new, %zu gone, %zu grown, %zu shrunk", d->changes[DIFF_NEW],
		d->changes[DIFF_GONE], d->changes[DIFF_GROWN], d->changes[DIFF_SHRUNK]);
	if (d->changes[DIFF_UNCLEAR])
		fprintf(out, ", %zu unclear", d->changes[DIFF_UNCLEAR]);
	fprintf(out, ", %zu the same\n", d->changes[DIFF_SAME]);
}

static void print_side(FILE *out, char who, const char *name, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	char time[RECORDING_TIME], when[RECORDING_TIME + 64] = "", passed[64] = "";

	if (r->source)
		snprintf(when, sizeof(when), ", after %s of what began %s", TIME(r->source->at_s),
			 recording_time(r->source->began, r->source->utc_offset, time));
	lines_print(out, 3, "%c  %s: %s, Linux %s %s%s", who, SAFE(name ? name : ""),
		    *r->host ? SAFE(r->host) : "(no name)", SAFE(r->release), SAFE(r->machine),
		    when);
	if (report_suppressed(r))
		snprintf(passed, sizeof(passed), ", and %s suppressed",
			 COUNT(report_suppressed(r)));
	lines_print(out, 3, "   booked for %s; coverage %s; %s%s; %s%s (%s) live",
		    TIME(s->booked_s), hooks_grade_name(r->grade), MANY(report_leaks(r), "leak"),
		    passed, s->scale > 1 ? "about " : "", MANY(s->objects, "object"),
		    BYTES(s->bytes));
}

static void print_note(void *arg, const char *note)
{
	lines_print(arg, 4, "!  %s", note);
}

static void print_head(FILE *out, const struct diff *d)
{
	double a = d->a->snapshot->booked_s, b = d->b->snapshot->booked_s;

	fputc('\n', out);
	print_side(out, 'A', d->a_name, d->a);
	print_side(out, 'B', d->b_name, d->b);
	if (d->one_trace)
		lines_print(out, 4, "compared by bytes: these are moments of one trace");
	else if (d->by_rate)
		lines_print(out, 4,
			    "compared by bytes/s, because %s and %s differ by more than 10%%: what "
			    "is no "
			    "leak has grown only when its bytes did, too",
			    TIME(a), TIME(b));
	else
		lines_print(out, 4, "compared by bytes: both booked for about as long");
	diff_notes(d, print_note, out);
}

static void print(FILE *out, const void *arg)
{
	const struct diff *d = arg;

	print_answer(out, d);
	print_head(out, d);
	print_rows(out, d);
	report_suppressions_text(out, d->b->suppressions);
}

int diff_text(const struct diff *d, FILE *out)
{
	return output_page(print, d, out);
}
