// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first line of a report: is there a leak, what grows fastest, and by how much; or
 * that there is none, and of how much that is not known.
 */
#include <string.h>

#include "report_private.h"
#include "together.h"

double report_runs(const struct report *r)
{
	uint32_t counted = r->snapshot->repetition_cnt;

	return counted > 1 ? counted : 0;
}

/* In what a leak's growth is told. */
enum unit { EACH_SECOND, EACH_REPETITION, SO_FAR };

static enum unit unit_of(const struct report *r, const struct snapshot_origin *o)
{
	if (o->verdict->why == VERDICT_ORPHANS)
		return SO_FAR;
	if (o->verdict->why == VERDICT_EACH_RUN || (report_runs(r) && o->verdict->per_run))
		return EACH_REPETITION;
	return report_runs(r) || !(o->verdict->per_s > 0) ? SO_FAR : EACH_SECOND;
}

static double objects_in(const struct snapshot_origin *o, enum unit unit)
{
	switch (unit) {
	case EACH_SECOND:
		return o->verdict->per_s;
	case EACH_REPETITION:
		return o->verdict->per_run;
	default:
		return o->bytes ? together_bytes(o) * o->objects / o->bytes : o->objects;
	}
}

static double bytes_in(const struct snapshot_origin *o, enum unit unit)
{
	return o->objects ? objects_in(o, unit) * o->bytes / o->objects : 0;
}

/* Below a tenth a second, by the hour. */
static bool is_slow(double per_s)
{
	return per_s < 0.095;
}

static double in_time(double per_s, bool slow)
{
	return slow ? per_s * 3600 : per_s;
}

char *report_growth_short(const struct report *r, const struct snapshot_origin *o,
			  char buf[REPORT_GROWTH])
{
	enum unit unit = unit_of(r, o);
	bool slow = is_slow(o->verdict->per_s);

	if (unit == EACH_SECOND)
		snprintf(buf, REPORT_GROWTH, "%s%s/%s", report_about(r),
			 RATE(in_time(o->verdict->per_s, slow)), slow ? "h" : "s");
	else if (unit == EACH_REPETITION)
		snprintf(buf, REPORT_GROWTH, "%s a repetition", COUNT(o->verdict->per_run));
	else
		snprintf(buf, REPORT_GROWTH, "%s%s", report_about(r),
			 MANY(objects_in(o, SO_FAR), "object"));
	return buf;
}

/* "1 object", "1.2 k objects" */
static char *objects_rate(double rate, char buf[TEXT_COUNTED])
{
	char number[TEXT_NUMBER];

	text_rate(rate, number);
	snprintf(buf, TEXT_COUNTED, "%s object%s", number, strcmp(number, "1") ? "s" : "");
	return buf;
}

/* "grows 212 objects/s, 53 KiB/s" */
static char *growth(const struct report *r, const struct snapshot_origin *o,
		    char buf[REPORT_GROWTH])
{
	enum unit unit = unit_of(r, o);
	bool slow = is_slow(o->verdict->per_s);
	double bytes = bytes_in(o, unit);

	if (unit == EACH_SECOND)
		snprintf(buf, REPORT_GROWTH, "grows %s%s/%s, %s/%s", report_about(r),
			 objects_rate(in_time(o->verdict->per_s, slow), (char[TEXT_COUNTED]){0}),
			 slow ? "h" : "s", BYTES(in_time(bytes, slow)), slow ? "h" : "s");
	else if (unit == EACH_REPETITION)
		snprintf(buf, REPORT_GROWTH, "leaves %s or more, %s, each repetition",
			 MANY(o->verdict->per_run, "object"), BYTES(bytes));
	else
		snprintf(buf, REPORT_GROWTH, "has lost %s%s, %s", report_about(r),
			 MANY(objects_in(o, unit), "object"), BYTES(bytes));
	return buf;
}

/* Of all leaks together, in one unit; where they differ, in the one that all have. */
static char *total(const struct report *r, char buf[REPORT_GROWTH])
{
	const struct snapshot *s = r->snapshot;
	bool differ = false, any = false, slow;
	enum unit unit = SO_FAR;
	double bytes = 0;

	for (size_t i = 0; i < s->origin_cnt; i++) {
		if (!report_is_leak(&s->origins[i]))
			continue;
		differ |= any && unit_of(r, &s->origins[i]) != unit;
		unit = unit_of(r, &s->origins[i]);
		any = true;
	}
	unit = differ ? SO_FAR : unit;
	for (size_t i = 0; i < s->origin_cnt; i++)
		if (report_is_leak(&s->origins[i]))
			bytes += bytes_in(&s->origins[i], unit);
	slow = unit == EACH_SECOND && bytes < 1;
	snprintf(buf, REPORT_GROWTH, "%s%s%s", report_about(r), BYTES(in_time(bytes, slow)),
		 unit != EACH_SECOND ? ""
		 : slow		     ? "/h"
				     : "/s");
	return buf;
}

static void print_leaks(FILE *out, const struct report *r, size_t leaks)
{
	const struct snapshot *s = r->snapshot;
	const struct snapshot_origin *most = NULL;
	char grouped[64] = "", all[REPORT_GROWTH + 32] = "";
	size_t groups = 0;

	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];

		if (!report_is_leak(o) || r->made_with[i] != TOGETHER_ALONE)
			continue;
		groups++;
		if (!most || together_bytes(o) > together_bytes(most))
			most = o;
	}
	if (leaks > 1 && groups == 1)
		snprintf(grouped, sizeof(grouped), ", made together");
	else if (groups > 1)
		snprintf(grouped, sizeof(grouped), "%s%s, most bytes", groups < leaks ? " in " : "",
			 groups < leaks ? MANY(groups, "group") : "");
	if (leaks > 1)
		snprintf(all, sizeof(all), "; all of them %s", total(r, (char[REPORT_GROWTH]){0}));
	lines_print(out, 4, "%s%s: %s %s%s", MANY(leaks, "leak"), grouped,
		    report_origin_name(r, most, (char[REPORT_NAME]){0}),
		    growth(r, most, (char[REPORT_GROWTH]){0}), all);
}

/* How many survivors nobody can tell anything of: an answer without them would be too good. */
static char *unknown(const struct report *r, char buf[160])
{
	const struct snapshot *s = r->snapshot;
	size_t origins = 0, of = 0;
	uint64_t bytes = 0;

	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];

		of += o->objects > 0;
		if (!o->objects || (o->verdict && o->verdict->kind != VERDICT_UNKNOWN))
			continue;
		origins++;
		bytes += o->bytes;
	}
	buf[0] = '\0';
	if (origins)
		snprintf(buf, 160, "; of %s of %s (%s) that is unknown", COUNT(origins),
			 MANY(of, "origin"), BYTES(bytes));
	return buf;
}

static void print_none(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	const char *advice = "";
	char where[TEXT_COUNTED];

	if (s->booked_s + s->settled_s < VERDICT_YOUNG_S && s->repetition_cnt < 3)
		advice = r->run ? ": so short a run accuses nobody; --repeat 5 tells"
				: ": so short a trace accuses nobody; 60 s find most";
	if (report_runs(r))
		snprintf(where, sizeof(where), "%s", MANY(s->repetition_cnt, "repetition"));
	else
		snprintf(where, sizeof(where), "%s", TIME(r->duration_s));
	lines_print(out, 4, "no leak found in %s%s%s", where, advice, unknown(r, (char[160]){0}));
}

void report_print_answer(FILE *out, const struct report *r)
{
	size_t leaks = report_leaks(r);

	if (!r->snapshot->verdicts)
		fprintf(out, "no verdict: what is live was not judged\n");
	else if (leaks)
		print_leaks(out, r, leaks);
	else
		print_none(out, r);
	if (r->snapshot->verdicts && report_suppressed(r))
		fprintf(out, "%s suppressed: see below\n", MANY(report_suppressed(r), "leak"));
}
