// SPDX-License-Identifier: GPL-2.0-or-later
/* Which snapshot of a recording a report is of. */
#include "report_source.h"

#include "json_output.h"
#include "lines.h"
#include "recording.h"

void report_source_text(FILE *out, const struct report *r)
{
	const struct report_source *s = r->source;
	char time[RECORDING_TIME];

	if (!s)
		return;
	recording_time(s->began, s->utc_offset, time);
	lines_print(out, 4, "recorded from %s for %s; this is %s%s of %s, after %s", time,
		    TIME(s->length_s), s->nr == s->count ? "the last" : "number ",
		    s->nr == s->count ? "" : COUNT(s->nr), MANY(s->count, "whole snapshot"),
		    TIME(s->at_s));
	if (s->late)
		lines_print(out, 4, "    %s left out: the machine or the disk was too slow",
			    MANY(s->late, "snapshot"));
	if (!s->ended)
		lines_print(out, 4,
			    "    the recording ends without its last snapshot: slabsight "
			    "was killed?");
}

json_t *report_source_json(const struct report *r)
{
	const struct report_source *s = r->source;
	char time[RECORDING_TIME];
	json_t *object;

	if (!s)
		return json_null();
	object = json_object();
	json_object_set_new(object, "began",
			    json_string(recording_time(s->began, s->utc_offset, time)));
	json_object_set_new(object, "at_s", json_output_seconds(s->at_s));
	json_object_set_new(object, "length_s", json_output_seconds(s->length_s));
	json_object_set_new(object, "snapshot", json_output_count(s->nr));
	json_object_set_new(object, "snapshots", json_output_count(s->count));
	json_object_set_new(object, "snapshots_late", json_output_count(s->late));
	json_object_set_new(object, "snapshots_put_off", json_output_count(s->put_off));
	json_object_set_new(object, "ended", json_boolean(s->ended));
	return object;
}
