// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight report: what a recording holds, as a trace reports it. Needs no privilege. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "recording.h"
#include "report_file.h"
#include "report_when.h"
#include "say.h"
#include "text.h"
#include "trace_options.h"

static int read_it(const struct trace_options *o, struct recorded **ret_recorded)
{
	char safe[128], why[RECORDING_WHY];
	struct recording *rec;
	double at_s = INFINITY, length_s;
	int code = -1, err = recording_open(o->recording, &rec, why);

	if (err) {
		say("%s", why);
		return EXIT_USAGE;
	}
	if (o->at && !report_when(o->at, recording_run(rec), &at_s)) {
		code = cli_bad("at", o->at, "a time such as +90, 14:03 or 2026-11-21T14:03:10");
	} else if (recording_at(rec, at_s, ret_recorded, why)) {
		text_escape(o->recording, safe, sizeof(safe));
		if (o->at && !recording_length(rec, &length_s))
			say("'%s' at %s: %s; it goes from +0 to +%.0f", safe, o->at, why, length_s);
		else
			say("'%s': %s", safe, why);
		code = EXIT_USAGE;
	}
	recording_close(rec);
	return code;
}

static int show(const struct trace_options *o, struct report *r)
{
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

int cmd_report(int argc, char **argv)
{
	struct recorded *recorded = NULL;
	struct trace_options options;
	int code = trace_options_parse(argc, argv, &options);

	if (code < 0)
		code = read_it(&options, &recorded);
	if (code >= 0)
		return code;
	if (options.show_addresses)
		say("a recording has no addresses; going on without");
	code = show(&options, recorded_report(recorded));
	recorded_destroy(recorded);
	return code;
}
