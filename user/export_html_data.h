/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the page of a report works from: the report's JSON, cut to what a page can hold. */
#ifndef SS_EXPORT_HTML_DATA_H
#define SS_EXPORT_HTML_DATA_H

#include <jansson.h>

#include "export_html.h"

/*
 * Between json_output_begin() and json_output_text(). An object:
 *   report    report_json()'s document, less the origins, stacks and caches that did not
 *             fit, and what the page does not show: "lifetimes", and "evidence" of stacks;
 *             "frames" of a stack are indices into
 *   frames    its frames, each once
 *   more      of each origin in report.origins: "born", survivors by the slice of the
 *             trace they were born in (of what is in the books; null: none),
 *             "by_stack", the stack that gave a leak away, or null, "growth" of a leak
 *             in words, or null, and "stacks_left_out"
 *   booked_s  how long the trace booked: what the slices are of
 *   answer    whether there is a leak, as the text report says it first
 *   trust     the grade of coverage, and what that means for the answer
 *   total     objects, bytes, origins, stacks and caches, and by verdict, of all of the
 *             report; "suppressed" are leaks that were passed over
 *   left_out  origins, leaks, stacks, caches, series and points that are not here
 *   growth    length_s and series: of origins[origin], points as [s, objects, bytes]; or null
 * NULL: out of memory.
 */
json_t *export_html_data(const struct report *r, const struct export_growth *growth);

#endif
