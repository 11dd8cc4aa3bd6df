/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where lines came from; and where there are none, why, and how to get them. Once in a report. */
#ifndef SS_DEBUGINFO_NOTE_H
#define SS_DEBUGINFO_NOTE_H

#include <jansson.h>
#include <stdio.h>

#include "debuginfo.h"

/* Nothing where nothing is missing. `release` is that of the kernel, `label` and `indent` as for
 * lines_wrap(). */
void debuginfo_note_text(FILE *out, int indent, const char *label, const struct debuginfo *d,
			 const char *release);
/* An array of images; null where none was wanted. */
json_t *debuginfo_note_json(const struct debuginfo *d);

#endif
