/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the live tests print: a line a check, which scripts/test.sh counts. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

/* "ok - ..." or "not ok - ...", and then ": WHY" unless that is "". */
void check(bool ok, const char *why, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "skip - ...: WHY" */
void skip(const char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
