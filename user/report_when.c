// SPDX-License-Identifier: GPL-2.0-or-later
/* A moment in a recording. */
#include "report_when.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400.0

static bool since_beginning(const char *when, double *ret_s)
{
	char *end;

	*ret_s = strtod(when + 1, &end);
	return when[1] >= '0' && when[1] <= '9' && !*end && *ret_s >= 0 && *ret_s < 1e12;
}

/* With seconds or without; nothing may follow. */
static bool parse(const char *when, const char *const formats[], struct tm *tm)
{
	for (; *formats; formats++) {
		const char *end;

		memset(tm, 0, sizeof(*tm));
		end = strptime(when, *formats, tm);
		if (end && !*end)
			return true;
	}
	return false;
}

bool report_when(const char *when, const struct recording_run *run, double *ret_s)
{
	static const char *const days[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
					   "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", NULL};
	static const char *const times[] = {"%H:%M:%S", "%H:%M", NULL};
	const double began = run->began + run->utc_offset;
	struct tm tm;

	if (*when == '+')
		return since_beginning(when, ret_s);
	if (parse(when, days, &tm)) {
		*ret_s = timegm(&tm) - began;
		return true;
	}
	if (!parse(when, times, &tm))
		return false;
	*ret_s = tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec - fmod(began, DAY_S);
	/* Within the minute in which it began: the beginning. */
	if (*ret_s < 0 && *ret_s > -60)
		*ret_s = 0;
	if (*ret_s < 0)
		*ret_s += DAY_S;
	return true;
}
