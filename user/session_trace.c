// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One trace from its beginning to its report.
 *
 * It ends by its duration or by the first SIGINT or SIGTERM; both give the same
 * report. Another one cuts short what follows before the report; one more ends the
 * process at once.
 */
#include <stdio.h>

#include "session.h"
#include "text.h"

static void announce(const struct session *s)
{
	char time[TEXT_NUMBER], until[TEXT_NUMBER + 8] = "until Ctrl-C";

	if (s->options.duration_s)
		snprintf(until, sizeof(until), "for %s", text_seconds(s->options.duration_s, time));
	session_announce(s, until);
}

int session_trace(struct session *s)
{
	int code = session_start(s);

	if (code < 0)
		code = session_book(s);
	if (code >= 0)
		return code;
	announce(s);
	session_watch(s, s->options.duration_s, -1);
	code = session_stop(s);
	if (code < 0) {
		session_settle(s);
		code = session_collect(s);
	}
	return code < 0 ? session_report(s) : code;
}
