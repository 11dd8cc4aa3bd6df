// SPDX-License-Identifier: GPL-2.0-or-later
/* A report is read from a file. */
#include "report_recorded.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "report_file.h"
#include "report_when.h"
#include "say.h"
#include "text.h"

int report_recorded_fail(const struct trace_options *o, const char *why)
{
	char safe[128];

	say("'%s': %s", text_escape(o->recording, safe, sizeof(safe)), why);
	return EXIT_USAGE;
}

/* A moment of the recording, where one was said. Only --at may be beyond its end. */
static int read_moment(const struct trace_options *o, struct recording *rec, const char *option,
		       const char *when, double *ret_s)
{
	char safe[128], moment[64];
	double length_s;

	if (!when)
		return -1;
	if (!report_when(when, recording_run(rec), ret_s))
		return cli_bad(option, when, "a time such as +90, 14:03 or 2026-11-21T14:03:10");
	if (!strcmp(option, "at"))
		return -1;
	if (recording_length(rec, &length_s))
		return report_recorded_fail(o, "damaged: it does not tell how long it is");
	/* Fractions of its last second are its last second. */
	if (*ret_s >= 0 && *ret_s <= ceil(length_s))
		return -1;
	say("'%s', --%s %s: it goes from +0 to +%.0f",
	    text_escape(o->recording, safe, sizeof(safe)), option,
	    text_escape(when, moment, sizeof(moment)), length_s);
	return EXIT_USAGE;
}

static int read_snapshot(const struct trace_options *o, struct recording *rec, const char *option,
			 const char *when, double at_s, struct recorded **ret_recorded)
{
	char safe[128], moment[64], why[RECORDING_WHY];
	double length_s;

	if (!recording_at(rec, at_s, ret_recorded, why))
		return -1;
	if (!when || recording_length(rec, &length_s))
		return report_recorded_fail(o, why);
	say("'%s', --%s %s: %s; it goes from +0 to +%.0f",
	    text_escape(o->recording, safe, sizeof(safe)), option,
	    text_escape(when, moment, sizeof(moment)), why, length_s);
	return EXIT_USAGE;
}

/* What happened from one moment to another. */
static int read_between(const struct trace_options *o, struct recording *rec, double from_s,
			double to_s, struct recorded **ret_recorded)
{
	char why[RECORDING_WHY];

	if (from_s >= to_s) {
		say("--from is not before --to: +%.0f and +%.0f of the recording", from_s, to_s);
		return EXIT_USAGE;
	}
	return recording_between(rec, from_s, to_s, ret_recorded, why)
		       ? report_recorded_fail(o, why)
		       : -1;
}

static int read_at(const struct trace_options *o, struct recording *rec,
		   struct recorded **ret_recorded)
{
	const char *to = o->at ? o->at : o->to, *option = o->at ? "at" : "to";
	double from_s = 0, to_s = INFINITY;
	int code = read_moment(o, rec, "from", o->from, &from_s);

	if (code < 0)
		code = read_moment(o, rec, option, to, &to_s);
	if (code >= 0)
		return code;
	return o->from ? read_between(o, rec, from_s, to_s, ret_recorded)
		       : read_snapshot(o, rec, option, to, to_s, ret_recorded);
}

int report_recorded_read(const struct trace_options *o, struct recording **ret_recording,
			 struct recorded **ret_recorded)
{
	char why[RECORDING_WHY];
	int code;

	*ret_recording = NULL;
	*ret_recorded = NULL;
	if (recording_open(o->recording, ret_recording, why)) {
		say("%s", why);
		return EXIT_USAGE;
	}
	code = read_at(o, *ret_recording, ret_recorded);
	if (code < 0 && o->show_addresses)
		say("a recording has no addresses; going on without");
	return code;
}

int report_recorded_write(const struct trace_options *o, struct recorded *recorded)
{
	struct report *r = recorded_report(recorded);
	struct suppressions *suppressions = NULL;
	FILE *out = stdout;
	int code = report_file_suppressions(o->suppressions, &suppressions);

	if (code < 0)
		code = report_file_open(o, &out);
	if (code < 0) {
		r->suppressions = suppressions;
		code = report_file_finish(o, r, suppressions, &out);
	}
	suppressions_destroy(suppressions);
	return code;
}
