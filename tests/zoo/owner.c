// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whose objects are these. A function of the module on the stack tells, the innermost first: below
 * it may stand the work that an interrupt interrupted. Else the task's name tells.
 */
#include "owner.h"

#include <stdio.h>
#include <string.h>

#include "hold.h"

#define COMM_BYTES 15

void zoo_label(const struct zoo_case *zoo, char ret_label[ZOO_LABEL_MAX])
{
	snprintf(ret_label, ZOO_LABEL_MAX, "%s%s", zoo->run ? ZOO_COMM : "zoo_", zoo->name);
}

static bool symbol_is(const char *symbols, const char *symbol)
{
	const struct hold_kind kind = {.call_site = symbols};

	return hold_site_matches(&kind, symbol);
}

static const char *text(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

/* The case that a function of the module tells, or -1. */
static int case_of_place(const struct stage *s, const json_t *place)
{
	if (strcmp(text(place, "module"), ZOO_MODULE))
		return -1;
	for (unsigned int i = 0; i < s->cnt; i++) {
		const struct zoo_case *zoo = s->cases[i].zoo;

		if (!zoo->run &&
		    symbol_is(zoo->frame ? zoo->frame : zoo->site, text(place, "symbol")))
			return (int)i;
	}
	return -1;
}

static int case_of_comm(const struct stage *s, const char *comm)
{
	const size_t len = strlen(ZOO_COMM);

	if (strncmp(comm, ZOO_COMM, len))
		return -1;
	for (unsigned int i = 0; i < s->cnt; i++)
		if (s->cases[i].zoo->run &&
		    !strncmp(s->cases[i].zoo->name, comm + len, COMM_BYTES - len))
			return (int)i;
	return -1;
}

static void add(struct owners *o, int case_index, double objects)
{
	if (case_index < 0)
		o->others += objects;
	else
		o->of_case[case_index] += objects;
	o->all += objects;
}

/* What the verdict on a stack is about: all of it, or what one program made. */
void owners_add_judged(struct owners *o, const struct stage *s, const json_t *stack)
{
	const json_t *comm = json_object_get(json_object_get(stack, "evidence"), "comm"), *task;
	size_t i;

	if (!json_is_string(comm)) {
		owners_add_stack(o, s, stack);
		return;
	}
	json_array_foreach (json_object_get(stack, "tasks"), i, task)
		if (json_equal(json_object_get(task, "comm"), comm))
			add(o, case_of_comm(s, json_string_value(comm)),
			    json_number_value(json_object_get(task, "objects")));
}

void owners_add_stack(struct owners *o, const struct stage *s, const json_t *stack)
{
	double left = json_number_value(json_object_get(stack, "objects"));
	const json_t *frame, *task;
	size_t i;

	json_array_foreach (json_object_get(stack, "frames"), i, frame) {
		int index = case_of_place(s, frame);

		if (index >= 0) {
			add(o, index, left);
			return;
		}
	}
	json_array_foreach (json_object_get(stack, "tasks"), i, task) {
		double objects = json_number_value(json_object_get(task, "objects"));

		add(o, case_of_comm(s, text(task, "comm")), objects);
		left -= objects;
	}
	if (left > 0)
		add(o, -1, left);
}

double owners_share(const struct owners *o, const struct stage *s, enum zoo_kind kind)
{
	double objects = 0;

	for (unsigned int i = 0; i < s->cnt; i++)
		if (s->cases[i].zoo->kind == kind)
			objects += o->of_case[i];
	return o->all > 0 ? objects / o->all : 0;
}

static bool cache_matches(const struct zoo_case *zoo, const json_t *report, const char *name)
{
	const struct hold_kind kind = {.cache_glob = zoo->cache};
	const json_t *cache, *alias;
	size_t i, j;

	if (!zoo->cache || hold_cache_matches(&kind, name))
		return true;
	json_array_foreach (json_object_get(report, "caches"), i, cache) {
		if (strcmp(text(cache, "name"), name))
			continue;
		json_array_foreach (json_object_get(cache, "aliases"), j, alias)
			if (hold_cache_matches(&kind, json_string_value(alias)))
				return true;
	}
	return false;
}

bool owner_site_matches(const struct zoo_case *zoo, const json_t *report, const json_t *origin)
{
	return symbol_is(zoo->site, text(json_object_get(origin, "call_site"), "symbol")) &&
	       cache_matches(zoo, report, text(origin, "cache"));
}

/* The case that has the origin alone, or -1. */
static int case_of_origin(const struct stage *s, const json_t *report, const json_t *origin)
{
	for (unsigned int i = 0; i < s->cnt; i++) {
		const struct zoo_case *zoo = s->cases[i].zoo;

		if (zoo->books == ZOO_ALONE && !zoo->frame &&
		    owner_site_matches(zoo, report, origin))
			return (int)i;
	}
	return -1;
}

void owners_add_origin(struct owners *o, const struct stage *s, const json_t *report,
		       const json_t *origin)
{
	const json_t *stacks = json_object_get(origin, "stacks"), *stack;
	int index = case_of_origin(s, report, origin);
	size_t i;

	if (index >= 0 || !json_array_size(stacks)) {
		add(o, index, json_number_value(json_object_get(origin, "live_objects")));
		return;
	}
	json_array_foreach (stacks, i, stack)
		owners_add_stack(o, s, stack);
}
