// SPDX-License-Identifier: GPL-2.0-or-later
/* Which snapshot of a recording a report is of. */
#include "report_source.h"

#include "json_output.h"
#include "lines.h"
#include "recording.h"

bool report_is_interval(const struct report *r)
{
	return r->source && r->source->from_nr;
}

/* What the numbers are of, before anything else is said about them. */
static void print_between(FILE *out, const struct report *r)
{
	const struct report_source *s = r->source;
	char began[RECORDING_TIME], from[RECORDING_TIME], to[RECORDING_TIME];

	recording_time(s->began, s->utc_offset, began);
	recording_time(s->began + s->from_s, s->utc_offset, from);
	recording_time(s->began + s->at_s, s->utc_offset, to);
	lines_print(out, 4,
		    "between %s and %s, %s: whole snapshots %s and %s of %s of what was recorded "
		    "from %s for %s",
		    from, to, TIME(s->at_s - s->from_s), COUNT(s->from_nr), COUNT(s->nr),
		    COUNT(s->count), began, TIME(s->length_s));
	lines_print(out, 4,
		    "    live is what was born in between%s%s; freed what died then, whenever it "
		    "was born",
		    s->unsure ? ", to within " : "", s->unsure ? MANY(s->unsure, "object") : "");
	if (r->snapshot->ghosts || r->snapshot->refused || r->snapshot->stale)
		lines_print(out, 4, "    ghosts, refused and stale are all there were until then");
}

void report_source_text(FILE *out, const struct report *r)
{
	const struct report_source *s = r->source;
	char time[RECORDING_TIME];

	if (!s)
		return;
	recording_time(s->began, s->utc_offset, time);
	if (report_is_interval(r))
		print_between(out, r);
	else
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
	json_object_set_new(object, "from_s",
			    s->from_nr ? json_output_seconds(s->from_s) : json_null());
	json_object_set_new(object, "from_snapshot",
			    s->from_nr ? json_output_count(s->from_nr) : json_null());
	json_object_set_new(object, "unsure_objects", json_output_count(s->unsure));
	json_object_set_new(object, "snapshots_late", json_output_count(s->late));
	json_object_set_new(object, "snapshots_put_off", json_output_count(s->put_off));
	json_object_set_new(object, "ended", json_boolean(s->ended));
	return object;
}
