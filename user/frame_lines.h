/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame of a stack with its line, and the functions inlined there, in text and in JSON. */
#ifndef SS_FRAME_LINES_H
#define SS_FRAME_LINES_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "debuginfo.h"

/*
 * Lines indented by so many columns: inlined functions, then `place`, which is safe to print, of
 * a return address. debuginfo NULL: the place alone.
 */
void frame_lines_text(FILE *out, int indent, const char *place, struct debuginfo *debuginfo,
		      uint64_t address);
/* "file", "line" and "inlined" of a frame; null and an empty array where they are not known. */
void frame_lines_json(json_t *frame, struct debuginfo *debuginfo, uint64_t address);

#endif
