// SPDX-License-Identifier: GPL-2.0-or-later
/* A command and its repetitions, as reported. */
#include "report_run.h"

#include <string.h>

#include "json_output.h"
#include "lines.h"

#define SHOWN 12 /* repetitions in a line of text */
#define NAMES 6	 /* of processes that live on */

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

/* What they are called, each name once. */
static char *names(const struct run_cgroup *c, char *buf, size_t size)
{
	size_t used = 0,
	       listed = c->living_cnt < RUN_CGROUP_LISTED ? c->living_cnt : RUN_CGROUP_LISTED;
	uint32_t shown = 0;

	*buf = '\0';
	for (size_t i = 0; i < listed && used < size; i++) {
		const char *comm = c->living[i].comm;
		size_t first = 0;

		while (strcmp(c->living[first].comm, comm))
			first++;
		if (first < i)
			continue;
		if (shown == NAMES) {
			snprintf(buf + used, size - used, ", ...");
			break;
		}
		used += snprintf(buf + used, size - used, "%s%s", shown++ ? ", " : "",
				 *comm ? SAFE(comm) : "?");
	}
	return buf;
}

/* Were all survivors whose maker is known made by threads of these names, and is any known? */
static bool made_by_living(const struct run_cgroup *c, const struct snapshot_origin *o)
{
	bool any = false;

	for (size_t i = 0; i < o->stack_cnt; i++) {
		const struct snapshot_stack *s = &o->stacks[i];

		for (size_t j = 0; s->objects && j < s->task_cnt; j++) {
			const struct snapshot_task *t = &s->tasks[j];

			if (!t->objects || !t->comm)
				continue;
			if (!run_cgroup_has_comm(c, t->comm))
				return false;
			any = true;
		}
	}
	return any;
}

/* Whoever has no name here may have made any leak. */
static void print_unnamed(FILE *out, const struct run_cgroup *c)
{
	uint64_t unnamed = run_cgroup_unnamed(c);

	if (!unnamed)
		return;
	lines_print(out, 4,
		    "    of %s%s the name cannot be read (hidden in /proc, or in another pid "
		    "namespace): any leak below may be what %s",
		    c->living_cnt > RUN_CGROUP_LISTED ? "at least " : "", COUNT(unnamed),
		    unnamed == 1 ? "it holds" : "they hold");
}

static void print_living(FILE *out, const struct report *r, const struct run_cgroup *c)
{
	char list[NAMES * (4 * SS_COMM + 2) + 8];
	bool one = c->living_cnt == 1;
	uint64_t theirs = 0;

	if (!c->living_cnt)
		return;
	lines_print(out, 4, "    %s %s on (%s): what %s hold%s is not left behind",
		    COUNT(c->living_cnt),
		    one ? "process that it started lives" : "processes that it started live",
		    names(c, list, sizeof(list)), one ? "it" : "they", one ? "s" : "");
	print_unnamed(out, c);
	for (size_t i = 0; i < r->snapshot->origin_cnt; i++)
		theirs += report_is_leak(&r->snapshot->origins[i]) &&
			  made_by_living(c, &r->snapshot->origins[i]);
	if (theirs)
		lines_print(out, 4,
			    "    %s below %s made by threads of such a name only, and may be what "
			    "%s",
			    MANY(theirs, "leak"), theirs == 1 ? "was" : "were",
			    one ? "it holds" : "they hold");
	if (c->left)
		lines_print(out, 4, "    still in the cgroup %s: %s", SAFE(c->path), c->left_why);
}

static void print_cgroup(FILE *out, const struct report *r)
{
	const struct report_run *run = r->run;
	const struct run_cgroup *c = run->cgroup;

	if (!c)
		return;
	if (*c->why)
		lines_print(out, 4,
			    "    without a cgroup of its own (%s): what it started may live on, "
			    "and hold what is listed here",
			    c->why);
	else if (!c->asked)
		lines_print(out, 4, "    whether what it started lives on is not known");
	else
		print_living(out, r, c);
	if (run->only_command)
		lines_print(out, 4,
			    "    only what its own processes allocated is traced, not what kernel "
			    "threads did for it");
}

void report_run_text(FILE *out, const struct report *r)
{
	const struct report_run *run = r->run;
	char words[LINES_ESCAPED], times[128] = "", warm[64] = "", killed[64] = "";

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
	if (run->killed_by)
		snprintf(killed, sizeof(killed), ": killed by signal %d (%s)", run->killed_by,
			 strsignal(run->killed_by));
	if (run->failed && run->wanted + run->warmups > 1)
		lines_print(out, 4, "    %s with an error, the first with exit code %d%s",
			    MANY(run->failed, "run"), run->exit_code, killed);
	else if (run->failed)
		lines_print(out, 4, "    exit code %d%s", run->exit_code, killed);
	if (run->unstarted)
		lines_print(out, 4,
			    "    repetition %s could not be started (%s): what was allocated while "
			    "that was tried is live, and in none of them",
			    COUNT(run->unstarted), run->unstarted_why);
	else if (run->wanted > 1 && run->counted < run->wanted)
		lines_print(out, 4,
			    "    what the interrupted repetition left is live, and in none of "
			    "them");
	print_cgroup(out, r);
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

/* Null: there is none. */
static json_t *unstarted_json(const struct report_run *run)
{
	json_t *object;

	if (!run->unstarted)
		return json_null();
	object = json_object();
	json_object_set_new(object, "repetition", json_output_count(run->unstarted));
	json_object_set_new(object, "why", json_output_string(run->unstarted_why));
	return object;
}

/* Null: not known. */
static json_t *living_json(const struct run_cgroup *c)
{
	json_t *array;

	if (!c || !c->asked)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < c->living_cnt && i < RUN_CGROUP_LISTED; i++) {
		json_t *object = json_object();

		json_object_set_new(object, "pid", json_integer(c->living[i].pid));
		json_object_set_new(object, "comm", json_output_string(c->living[i].comm));
		json_array_append_new(array, object);
	}
	return array;
}

static void add_cgroup(json_t *object, const struct report_run *run)
{
	const struct run_cgroup *c = run->cgroup;

	json_object_set_new(object, "only_command", json_boolean(run->only_command));
	json_object_set_new(object, "cgroup", json_output_string(c && *c->path ? c->path : NULL));
	json_object_set_new(object, "cgroup_why", json_output_string(c && *c->why ? c->why : NULL));
	json_object_set_new(object, "cgroup_left", json_boolean(c && c->left));
	json_object_set_new(object, "living", living_json(c));
	json_object_set_new(object, "living_count",
			    c && c->asked ? json_output_count(c->living_cnt) : json_null());
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
	json_object_set_new(object, "killed_by",
			    run->killed_by ? json_integer(run->killed_by) : json_null());
	json_object_set_new(object, "failed", json_output_count(run->failed));
	json_object_set_new(object, "repetitions", json_output_count(run->counted));
	json_object_set_new(object, "repetitions_wanted", json_output_count(run->wanted));
	json_object_set_new(object, "warmups", json_output_count(run->warmups));
	json_object_set_new(object, "interrupted", json_boolean(run->interrupted));
	json_object_set_new(object, "unstarted", unstarted_json(run));
	add_cgroup(object, run);
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
