// SPDX-License-Identifier: GPL-2.0-or-later
/* Suppressions, as reported. */
#include "report_suppressions.h"

#include "json_output.h"
#include "lines.h"

void report_suppressions_text(FILE *out, const struct suppressions *s)
{
	size_t used = 0;

	if (!s)
		return;
	fprintf(out, "\nSUPPRESSED by %s\n", SAFE(s->path));
	for (size_t i = 0; i < s->count; i++) {
		const struct suppression *x = &s->list[i];

		if (!x->objects)
			continue;
		used++;
		lines_print(out, 4, "  %11s %8s  line %zu: leak:%s", COUNT(x->objects),
			    BYTES(x->bytes), x->line, SAFE(x->pattern));
	}
	if (used < s->count)
		fprintf(out, "  %s matched nothing\n", MANY(s->count - used, "pattern"));
	else if (!s->count)
		fprintf(out, "  nothing: there is no pattern in it\n");
}

void report_suppressed_text(FILE *out, const struct snapshot_origin *o)
{
	size_t passed = 0;

	for (size_t i = 0; i < o->stack_cnt; i++)
		passed += o->stacks[i].suppressed_by != NULL;
	if (o->suppressed_by)
		lines_print(out, 4, "    suppressed by leak:%s", SAFE(o->suppressed_by));
	else if (passed)
		lines_print(out, 4, "    %s of %s suppressed", COUNT(passed),
			    MANY(o->stack_cnt, "stack"));
}

json_t *report_suppressions_json(const struct suppressions *s)
{
	json_t *object, *list;

	if (!s)
		return json_null();
	object = json_object();
	list = json_array();
	for (size_t i = 0; i < s->count; i++) {
		json_t *x = json_object();

		json_object_set_new(x, "pattern", json_output_string(s->list[i].pattern));
		json_object_set_new(x, "line", json_output_count(s->list[i].line));
		json_object_set_new(x, "objects", json_output_count(s->list[i].objects));
		json_object_set_new(x, "bytes", json_output_count(s->list[i].bytes));
		json_array_append_new(list, x);
	}
	json_object_set_new(object, "file", json_output_string(s->path));
	json_object_set_new(object, "patterns", list);
	return object;
}
