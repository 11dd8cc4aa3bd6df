// SPDX-License-Identifier: GPL-2.0-or-later
/* A line a check. */
#include <stdarg.h>
#include <stdio.h>

#include "tap.h"

static void say(const char *result, const char *why, const char *format, va_list args)
{
	printf("%s - ", result);
	vprintf(format, args);
	printf("%s%s\n", *why ? ": " : "", why);
	fflush(stdout);
}

void check(bool ok, const char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(ok ? "ok" : "not ok", ok ? "" : why, format, args);
	va_end(args);
}

void skip(const char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("skip", why, format, args);
	va_end(args);
}
