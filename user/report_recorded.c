// SPDX-License-Identifier: GPL-2.0-or-later
/* A report is read from a file. */
#include "report_recorded.h"

#include <math.h>
#include <stdio.h>

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

static int read_at(const struct trace_options *o, struct recording *rec,
		   struct recorded **ret_recorded)
{
	char safe[128], why[RECORDING_WHY];
	double at_s = INFINITY, length_s;

	if (o->at && !report_when(o->at, recording_run(rec), &at_s))
		return cli_bad("at", o->at, "a time such as +90, 14:03 or 2026-11-21T14:03:10");
	if (!recording_at(rec, at_s, ret_recorded, why))
		return -1;
	if (!o->at || recording_length(rec, &length_s))
		return report_recorded_fail(o, why);
	say("'%s' at %s: %s; it goes from +0 to +%.0f",
	    text_escape(o->recording, safe, sizeof(safe)), o->at, why, length_s);
	return EXIT_USAGE;
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
	int code = report_file_suppressions(o, &suppressions);

	if (code < 0)
		code = report_file_open(o, &out);
	if (code < 0) {
		r->suppressions = suppressions;
		code = report_file_finish(o, r, suppressions, &out);
	}
	suppressions_destroy(suppressions);
	return code;
}
