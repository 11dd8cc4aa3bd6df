// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight report: what a recording holds, as a trace reports it. Needs no privilege. */
#include <stddef.h>

#include "cli.h"
#include "report_recorded.h"

int cmd_report(int argc, char **argv)
{
	struct recording *rec = NULL;
	struct recorded *recorded = NULL;
	struct trace_options options;
	int code = trace_options_parse(argc, argv, &options);

	if (code < 0)
		code = report_recorded_read(&options, &rec, &recorded);
	recording_close(rec);
	if (code < 0)
		code = report_recorded_write(&options, recorded);
	recorded_destroy(recorded);
	return code;
}
