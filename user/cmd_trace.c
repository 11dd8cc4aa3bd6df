// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight trace: book for a while, then report what is still live. */
#include "cli.h"
#include "session.h"

int cmd_trace(int argc, char **argv)
{
	struct session s;
	int code;

	session_init(&s, "trace");
	code = trace_options_parse(argc, argv, &s.options);
	if (code >= 0)
		return code;
	code = session_trace(&s);
	session_deinit(&s);
	return code;
}
