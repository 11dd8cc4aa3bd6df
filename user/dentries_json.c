// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report on dentries as one JSON document, schema 1: its own part is the
 * member "dentries". Names that are not UTF-8 are escaped as in the text report.
 */

#include "dentries_report.h"
#include "dentry_births_report.h"
#include "json_output.h"

static void set_counts(json_t *object, const uint64_t *n, uint64_t bytes)
{
	static const char *const names[DENTRIES_COUNTS] = {
		[DENTRIES_ALL] = "dentries",
		[DENTRIES_PINNED] = "pinned",
		[DENTRIES_UNUSED] = "unused",
		[DENTRIES_DYING] = "dying",
		[DENTRIES_NEGATIVE] = "negative",
		[DENTRIES_UNUSED_NEGATIVE] = "unused_negative",
		[DENTRIES_LISTED] = "on_lru",
		[DENTRIES_KEPT] = "files_in_memory",
		[DENTRIES_DELETED] = "deleted",
		[DENTRIES_LONG] = "long_names",
		[DENTRIES_LONG_BYTES] = "long_name_bytes",
	};

	for (int i = 0; i < DENTRIES_COUNTS; i++)
		json_object_set_new(object, names[i], json_output_count(n[i]));
	json_object_set_new(object, "bytes", json_output_count(bytes));
}

static json_t *state(const struct dentry_state *s)
{
	json_t *object;

	if (!s->dentries)
		return json_null();
	object = json_object();
	json_object_set_new(object, "dentries", json_output_count(s->dentries));
	json_object_set_new(object, "unused", json_output_count(s->unused));
	json_object_set_new(object, "negative", json_output_count(s->negative));
	return object;
}

static json_t *kernel_counters(const struct dentries_report *r)
{
	json_t *object = json_object(), *met = json_object();
	double percent;
	bool known = dentries_report_deviation(r, &percent);

	json_object_set_new(met, "dentries", json_output_count(dentries_report_met(r)));
	json_object_set_new(met, "unused", json_output_count(r->met[DENTRIES_LISTED]));
	json_object_set_new(met, "negative", json_output_count(r->met[DENTRIES_UNUSED_NEGATIVE]));
	json_object_set_new(object, "before", state(&r->before));
	json_object_set_new(object, "after", state(&r->after));
	json_object_set_new(object, "met", met);
	json_object_set_new(object, "deviation_percent", known ? json_real(percent) : json_null());
	return object;
}

static json_t *verdict(const struct dentries_verdict *v)
{
	json_t *object = json_object(), *advice = json_array();

	for (size_t i = 0; i < v->advice_cnt; i++) {
		json_t *one = json_object();

		json_object_set_new(one, "what", json_string(v->advice[i].what));
		json_object_set_new(one, "how", json_string(v->advice[i].how));
		json_array_append_new(advice, one);
	}
	json_object_set_new(object, "verdict", json_string(dentries_kind_verdict(v->kind)));
	json_object_set_new(object, "kind", json_string(dentries_kind_name(v->kind)));
	json_object_set_new(object, "reason", json_output_string(v->head));
	json_object_set_new(object, "advice", advice);
	return object;
}

static json_t *filesystem(const struct dentries_row *row)
{
	const struct dentries_super *s = row->super;
	json_t *object = json_object();

	json_object_set_new(object, "type",
			    s->known ? json_output_string(s->is.type) : json_null());
	json_object_set_new(object, "id", s->known ? json_output_string(s->is.id) : json_null());
	json_object_set_new(object, "major", json_output_count(s->is.major));
	json_object_set_new(object, "minor", json_output_count(s->is.minor));
	json_object_set_new(object, "mount",
			    row->path[0] == '/' ? json_output_string(row->path) : json_null());
	set_counts(object, row->counts, row->bytes);
	return object;
}

static json_t *row_object(const struct dentries_row *row)
{
	json_t *object = json_object();

	if (row->path) {
		json_object_set_new(object, "path", json_output_string(row->path));
		json_object_set_new(object, "path_state",
				    json_string(dentry_path_state_name(row->state)));
	}
	if (row->pattern)
		json_object_set_new(object, "pattern", json_output_string(row->pattern));
	if (row->super && row->super->known)
		json_object_set_new(object, "type", json_output_string(row->super->is.type));
	set_counts(object, row->counts, row->bytes);
	json_object_set_new(object, "undercount", json_output_count(row->undercount));
	return object;
}

static json_t *table(const struct dentries_rows *rows)
{
	json_t *object = json_object(), *array = json_array();

	for (size_t i = 0; i < rows->count; i++)
		json_array_append_new(array, row_object(&rows->at[i]));
	json_object_set_new(object, "known", json_output_count(rows->known));
	json_object_set_new(object, "incomplete", json_boolean(rows->incomplete));
	json_object_set_new(object, "estimated", json_boolean(rows->estimated));
	json_object_set_new(object, "rows", array);
	return object;
}

static json_t *dentries(const struct dentries_report *r)
{
	json_t *object = json_object(), *total = json_object(), *filesystems = json_array();

	set_counts(total, r->total, r->bytes);
	for (size_t i = 0; i < r->filesystems.count; i++)
		json_array_append_new(filesystems, filesystem(&r->filesystems.at[i]));
	json_object_set_new(object, "filter_fs", json_output_string(r->fs));
	json_object_set_new(object, "total", total);
	json_object_set_new(object, "memory_bytes",
			    r->memory_bytes ? json_output_count(r->memory_bytes) : json_null());
	json_object_set_new(object, "inode_bytes",
			    r->inode_bytes ? json_output_count(r->inode_bytes) : json_null());
	json_object_set_new(object, "object_size", json_output_count(r->object_size));
	json_object_set_new(object, "verdict", verdict(&r->verdict));
	json_object_set_new(object, "dentry_state", kernel_counters(r));
	json_object_set_new(object, "filesystems", filesystems);
	json_object_set_new(object, "directories", table(&r->directories));
	json_object_set_new(object, "directory_patterns", table(&r->shapes));
	json_object_set_new(object, "names_in_directories", table(&r->floods));
	json_object_set_new(object, "names", table(&r->patterns));
	json_object_set_new(object, "births",
			    r->births ? dentry_births_json(r->births) : json_null());
	return object;
}

int dentries_json(const struct dentries_report *r, FILE *out)
{
	json_t *object, *cost;

	json_output_begin();
	object = json_output_head(r->command, r->host, r->release, r->machine);
	cost = json_object();
	json_object_set_new(cost, "scan_s", json_output_seconds(r->scan_s));
	json_object_set_new(cost, "read_s", json_output_seconds(r->read_s));
	json_object_set_new(object, "duration_s", json_output_seconds(r->scan_s + r->read_s));
	json_object_set_new(object, "cost", cost);
	json_object_set_new(object, "dentries", dentries(r));
	return json_output_end(object, out);
}
