// SPDX-License-Identifier: GPL-2.0-or-later
/* A command and its repetitions, as reported. */
#include "report_run.h"

#include <string.h>

#include "json_output.h"
#include "lines.h"

#define SHOWN 12 /* repetitions in a line of text */

bool report_run_lists(const struct report *r, const struct snapshot_origin *o)
{
	return o->objects && (r->snapshot->repetition_cnt < 2 || o->per_run);
}

/* The words of the command, as far as there is room. */
static char *command(char *const *argv, char *buf, size_t size)
{
	static const char dots[] = "...";
	size_t used = 0;

	for (size_t i = 0; argv[i] && used < size; i++)
		used += snprintf(buf + used, size - used, "%s%s", i ? " " : "", SAFE(argv[i]));
	if (used < size)
		return buf;
	used = size - sizeof(dots);
	while (used && (buf[used] & 0xc0) == 0x80) /* not within a character */
		used--;
	memcpy(buf + used, dots, sizeof(dots));
	return buf;
}

void report_run_text(FILE *out, const struct report *r)
{
	const struct report_run *run = r->run;
	char words[LINES_ESCAPED], times[128] = "", warm[64] = "";

	if (!run)
		return;
	if (run->wanted > 1)
		snprintf(times, sizeof(times), ", %s%s%s", MANY(run->counted, "repetition"),
			 run->counted < run->wanted ? " of " : "",
			 run->counted < run->wanted ? COUNT(run->wanted) : "");
	if (run->warmups)
		snprintf(warm, sizeof(warm), " after %s", MANY(run->warmups, "warm-up"));
	lines_print(out, 4, "ran %s%s%s%s%s", command(run->argv, words, sizeof(words)), times, warm,
		    run->interrupted ? ", interrupted" : "", run->failed ? "" : ": exit code 0");
	if (run->failed && run->wanted + run->warmups > 1)
		lines_print(out, 4, "    %s with an error, the first with exit code %d",
			    MANY(run->failed, "run"), run->exit_code);
	else if (run->failed)
		lines_print(out, 4, "    exit code %d", run->exit_code);
	if (run->wanted > 1 && run->counted < run->wanted)
		lines_print(out, 4,
			    "    what the interrupted repetition left is live, and in none of "
			    "them");
}

void report_repetitions_text(FILE *out, const struct report *r, const struct snapshot_origin *o)
{
	uint32_t count = r->snapshot->repetition_cnt;
	char line[SHOWN * (TEXT_NUMBER + 1) + 32];
	size_t used = 0;

	if (count < 2 || !o->repetitions)
		return;
	for (uint32_t i = 0; i < count && i < SHOWN; i++)
		used += snprintf(line + used, sizeof(line) - used, " %s", COUNT(o->repetitions[i]));
	lines_print(out, 4, "    left by each repetition: at least %s (%s%s)", COUNT(o->per_run),
		    line + 1, count > SHOWN ? " ..." : "");
}

json_t *report_run_json(const struct report *r)
{
	const struct report_run *run = r->run;
	json_t *object, *words = json_array();

	if (!run) {
		json_decref(words);
		return json_null();
	}
	object = json_object();
	for (size_t i = 0; run->argv[i]; i++)
		json_array_append_new(words, json_output_string(run->argv[i]));
	json_object_set_new(object, "argv", words);
	json_object_set_new(object, "exit_code", json_integer(run->exit_code));
	json_object_set_new(object, "failed", json_output_count(run->failed));
	json_object_set_new(object, "repetitions", json_output_count(run->counted));
	json_object_set_new(object, "repetitions_wanted", json_output_count(run->wanted));
	json_object_set_new(object, "warmups", json_output_count(run->warmups));
	json_object_set_new(object, "interrupted", json_boolean(run->interrupted));
	return object;
}

json_t *report_repetitions_json(const struct report *r, const uint64_t *repetitions)
{
	json_t *array;

	if (!repetitions)
		return json_null();
	array = json_array();
	for (uint32_t i = 0; i < r->snapshot->repetition_cnt; i++)
		json_array_append_new(array, json_output_count(repetitions[i]));
	return array;
}
