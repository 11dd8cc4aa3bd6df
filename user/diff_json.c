// SPDX-License-Identifier: GPL-2.0-or-later
/* Two reports held against each other, as one JSON document, schema 1. */
#include "diff.h"
#include "json_output.h"
#include "recording.h"
#include "report_source.h"
#include "report_suppressions.h"

static json_t *side(const char *name, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	json_t *object = json_object(), *kernel = json_object();

	json_object_set_new(kernel, "release", json_output_string(r->release));
	json_object_set_new(kernel, "machine", json_output_string(r->machine));
	json_object_set_new(kernel, "build_id", json_output_string(r->build_id));
	json_object_set_new(object, "file", json_output_string(name));
	json_object_set_new(object, "host", json_output_string(r->host));
	json_object_set_new(object, "kernel", kernel);
	json_object_set_new(object, "recording", report_source_json(r));
	json_object_set_new(object, "booked_s", json_output_seconds(s->booked_s));
	json_object_set_new(object, "grade", json_string(hooks_grade_name(r->grade)));
	json_object_set_new(object, "sample", json_real(1 / s->scale));
	json_object_set_new(object, "leaks", json_output_count(report_leaks(r)));
	json_object_set_new(object, "leaks_suppressed", json_output_count(report_suppressed(r)));
	json_object_set_new(object, "live_objects", json_output_count(s->objects));
	json_object_set_new(object, "live_bytes", json_output_count(s->bytes));
	return object;
}

static json_t *half(const struct origin_sum *h)
{
	const struct verdict *v = h->judged ? h->judged->verdict : NULL;
	json_t *object;

	if (!h->origins)
		return json_null();
	object = json_object();
	json_object_set_new(object, "call_sites", json_output_count(h->origins));
	json_object_set_new(object, "allocs", json_output_count(h->allocs));
	json_object_set_new(object, "frees", json_output_count(h->frees));
	json_object_set_new(object, "ghosts", json_output_count(h->ghosts));
	json_object_set_new(object, "live_objects", json_output_count(h->objects));
	json_object_set_new(object, "live_bytes", json_output_count(h->bytes));
	json_object_set_new(object, "objects_per_s", json_real(h->objects_per_s));
	json_object_set_new(object, "bytes_per_s", json_real(h->bytes_per_s));
	json_object_set_new(object, "verdict",
			    json_string(verdict_name(v ? v->kind : VERDICT_UNKNOWN)));
	json_object_set_new(
		object, "reason",
		json_string(v ? verdict_reason(v, (char[VERDICT_REASON]){0}) : "not judged"));
	json_object_set_new(object, "suppressed_by", json_output_string(h->suppressed_by));
	return object;
}

static json_t *row(const struct diff_row *r)
{
	json_t *object = json_object();

	json_object_set_new(object, "cache", json_output_string(r->name.cache));
	json_object_set_new(object, "cache_in_a",
			    json_output_string(r->cache_in_a ? r->cache_in_a : r->name.cache));
	json_object_set_new(object, "function", json_output_string(r->name.function));
	json_object_set_new(object, "module", json_output_string(r->name.module));
	json_object_set_new(object, "site_known", json_boolean(!r->name.beyond));
	json_object_set_new(object, "change", json_string(diff_change_name(r->change)));
	json_object_set_new(object, "counts_as", json_string(diff_fault_name(r->fault)));
	json_object_set_new(object, "made_with",
			    r->made_with == DIFF_ALONE ? json_null()
						       : json_output_count(r->made_with));
	json_object_set_new(object, "objects_change", json_integer(r->objects));
	json_object_set_new(object, "bytes_change", json_integer(r->bytes));
	json_object_set_new(object, "objects_per_s_change", json_real(r->objects_per_s));
	json_object_set_new(object, "bytes_per_s_change", json_real(r->bytes_per_s));
	json_object_set_new(object, "a", half(&r->a));
	json_object_set_new(object, "b", half(&r->b));
	return object;
}

static void add_note(void *arg, const char *note)
{
	json_array_append_new(arg, json_output_string(note));
}

static json_t *counts(const struct diff *d)
{
	json_t *object = json_object();

	for (int i = 0; i < DIFF_CHANGES; i++)
		json_object_set_new(object, diff_change_name(i), json_output_count(d->changes[i]));
	return object;
}

int diff_json(const struct diff *d, FILE *out)
{
	json_t *object, *notes, *rows;

	json_output_begin();
	object = json_output_head("diff", d->b->host, d->b->release, d->b->machine);
	notes = json_array();
	rows = json_array();
	diff_notes(d, add_note, notes);
	for (size_t i = 0; i < d->row_cnt; i++)
		json_array_append_new(rows, row(&d->rows[i]));
	json_object_set_new(object, "a", side(d->a_name, d->a));
	json_object_set_new(object, "b", side(d->b_name, d->b));
	json_object_set_new(object, "one_trace", json_boolean(d->one_trace));
	json_object_set_new(object, "compared_by",
			    json_string(d->by_rate ? "bytes_per_s" : "bytes"));
	json_object_set_new(object, "matched_by", json_string(d->by_cache ? "cache" : "function"));
	json_object_set_new(object, "growth_percent", json_real(d->growth_percent));
	json_object_set_new(object, "count_caches", json_boolean(d->count_caches));
	json_object_set_new(object, "worse", json_output_count(diff_failed(d)));
	json_object_set_new(object, "suppressions", report_suppressions_json(d->b->suppressions));
	json_object_set_new(object, "notes", notes);
	json_object_set_new(object, "changes", counts(d));
	json_object_set_new(object, "origins", rows);
	return json_output_end(object, out);
}
