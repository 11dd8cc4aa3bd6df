// SPDX-License-Identifier: GPL-2.0-or-later
/* Many hosts as one JSON document, schema 1. */
#include "json_output.h"
#include "lines.h"
#include "merge.h"
#include "recording.h"
#include "report_suppressions.h"

static json_t *moment(const struct merge_file *file, double since_1970)
{
	char time[RECORDING_TIME];

	return json_string(recording_time(since_1970, file->utc_offset, time));
}

static json_t *host(const struct merge *m, const struct merge_host *h)
{
	json_t *object = json_object();

	json_object_set_new(object, "host", json_output_string(h->name));
	json_object_set_new(object, "file", json_output_string(h->file->path));
	json_object_set_new(object, "release", json_output_string(merge_release(m, h->kernel)));
	json_object_set_new(object, "began", moment(h->file, h->file->began));
	json_object_set_new(object, "at_s", json_output_seconds(h->at_s));
	json_object_set_new(object, "booked_s", json_output_seconds(h->booked_s));
	json_object_set_new(object, "ended", json_boolean(h->ended));
	json_object_set_new(object, "grade", json_string(hooks_grade_name(h->grade)));
	json_object_set_new(object, "sample", json_real(1 / h->scale));
	json_object_set_new(object, "ghosts", json_output_count(h->ghosts));
	json_object_set_new(object, "refused", json_output_count(h->refused));
	json_object_set_new(object, "leaks", json_output_count(h->leaks));
	json_object_set_new(object, "leaks_suppressed", json_output_count(h->passed));
	json_object_set_new(object, "live_objects", json_output_count(h->objects));
	json_object_set_new(object, "live_bytes", json_output_count(h->bytes));
	return object;
}

/* What was not merged, and why. */
static json_t *files(const struct merge *m)
{
	json_t *object = json_object(), *broken = json_array(), *left = json_array();

	for (size_t i = 0; i < m->files->count; i++) {
		const struct merge_file *f = &m->files->list[i];
		json_t *one;

		if (f->state == MERGE_WAITING)
			json_array_append_new(left, json_output_string(f->path));
		if (f->state != MERGE_UNREADABLE)
			continue;
		one = json_object();
		json_object_set_new(one, "file", json_output_string(f->path));
		json_object_set_new(one, "error", json_output_string(f->why));
		json_array_append_new(broken, one);
	}
	json_object_set_new(object, "given", json_output_count(m->files->count));
	json_object_set_new(object, "read", json_output_count(m->host_cnt));
	json_object_set_new(object, "unreadable", broken);
	json_object_set_new(object, "left_out", left);
	return object;
}

static json_t *total(const struct merge_total *t)
{
	json_t *object = json_object();

	json_object_set_new(object, "live_objects", json_output_count(t->objects));
	json_object_set_new(object, "live_bytes", json_output_count(t->bytes));
	json_object_set_new(object, "objects_per_s", json_real(t->objects_per_s));
	json_object_set_new(object, "bytes_per_s", json_real(t->bytes_per_s));
	return object;
}

static json_t *leak(const struct merge *m, const struct merge_leak *l)
{
	const struct merge_host *h = &m->hosts[l->host];
	json_t *object = json_object();

	json_object_set_new(object, "host", json_output_string(h->name));
	json_object_set_new(object, "live_objects", json_output_count(l->objects));
	json_object_set_new(object, "live_bytes", json_output_count(l->bytes));
	json_object_set_new(object, "objects_per_s", json_real(l->objects_per_s));
	json_object_set_new(object, "bytes_per_s", json_real(l->bytes_per_s));
	json_object_set_new(object, "since", moment(h->file, l->since));
	json_object_set_new(object, "since_s", json_output_seconds(l->since));
	json_object_set_new(object, "or_before", json_boolean(l->or_before));
	return object;
}

/* All that there are; of a row only those on which it was seen, or it would be rows by releases. */
static json_t *releases(const struct merge *m)
{
	json_t *array = json_array();

	for (uint32_t k = 1; k <= m->releases.count; k++) {
		json_t *object = json_object();

		json_object_set_new(object, "release", json_output_string(merge_release(m, k)));
		json_object_set_new(object, "hosts", json_output_count(m->of_kernel[k]));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *kernels(const struct merge *m, const struct merge_row *row)
{
	json_t *array = json_array();

	for (uint32_t k = 1; k <= m->releases.count; k++) {
		struct merge_kernel of = merge_kernel(row, k);
		json_t *object;

		if (!of.seen)
			continue;
		object = json_object();
		json_object_set_new(object, "release", json_output_string(merge_release(m, k)));
		json_object_set_new(object, "hosts", json_output_count(m->of_kernel[k]));
		json_object_set_new(object, "seen", json_output_count(of.seen));
		json_object_set_new(object, "leaks", json_output_count(of.leaks));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *row(const struct merge *m, const struct merge_row *r)
{
	json_t *object = json_object(), *verdicts = json_object(), *leaks = json_array();
	json_t *also = json_array();

	for (size_t i = 0; i < r->also_cnt; i++)
		json_array_append_new(also, json_output_string(r->also[i]));
	for (int kind = 0; kind < VERDICT_KINDS; kind++)
		json_object_set_new(verdicts, verdict_name(kind),
				    json_output_count(r->verdicts[kind]));
	for (size_t i = 0; i < r->leak_cnt; i++)
		json_array_append_new(leaks, leak(m, &r->leaks[i]));
	json_object_set_new(object, "cache", json_output_string(r->name.cache));
	json_object_set_new(object, "cache_elsewhere", also);
	json_object_set_new(object, "function", json_output_string(r->name.function));
	json_object_set_new(object, "module", json_output_string(r->name.module));
	json_object_set_new(object, "site_known", json_boolean(!r->name.beyond));
	json_object_set_new(object, "seen", json_output_count(r->seen));
	json_object_set_new(object, "verdicts", verdicts);
	json_object_set_new(object, "suppressed_on", json_output_count(r->passed));
	json_object_set_new(object, "ghosts_on", json_output_count(r->ghosts));
	json_object_set_new(object, "all", total(&r->all));
	json_object_set_new(object, "leaking", total(&r->leaking));
	if (r->leak_cnt) {
		const struct merge_leak *first = &r->leaks[r->earliest];

		json_object_set_new(object, "since",
				    moment(m->hosts[first->host].file, first->since));
		json_object_set_new(object, "or_before", json_boolean(first->or_before));
	} else {
		json_object_set_new(object, "since", json_null());
		json_object_set_new(object, "or_before", json_false());
	}
	json_object_set_new(object, "older_than_recording", json_output_count(r->older));
	json_object_set_new(object, "reason", json_output_string(r->reason));
	json_object_set_new(object, "kernels", kernels(m, r));
	json_object_set_new(object, "leaks", leaks);
	return object;
}

static void add_note(void *arg, const char *note)
{
	json_array_append_new(arg, json_output_string(note));
}

int merge_json(const struct merge *m, FILE *out)
{
	json_t *object, *hosts, *notes, *rows;

	json_output_begin();
	object = json_output_head("merge", NULL, NULL, NULL);
	hosts = json_array();
	notes = json_array();
	rows = json_array();
	merge_notes(m, add_note, notes);
	for (size_t i = 0; i < m->host_cnt; i++)
		json_array_append_new(hosts, host(m, &m->hosts[i]));
	for (size_t i = 0; i < m->row_cnt; i++)
		json_array_append_new(rows, row(m, &m->rows[i]));
	json_object_set_new(object, "interrupted", json_boolean(m->interrupted));
	json_object_set_new(object, "files", files(m));
	json_object_set_new(object, "leaks", json_output_count(merge_leaks(m)));
	json_object_set_new(object, "hosts_with_leaks", json_output_count(merge_leaky_hosts(m)));
	json_object_set_new(object, "leaks_suppressed", json_output_count(merge_suppressed(m)));
	json_object_set_new(object, "suppressions", report_suppressions_json(m->suppressions));
	json_object_set_new(object, "notes", notes);
	json_object_set_new(object, "kernels", releases(m));
	json_object_set_new(object, "hosts", hosts);
	json_object_set_new(object, "origins", rows);
	return json_output_end(object, out);
}
