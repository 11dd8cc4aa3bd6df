// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report on dentries as one JSON document, schema 1: its own part is the
 * member "dentries". Names that are not UTF-8 are escaped as in the text report.
 */
#include <math.h>

#include "cleanup.h"
#include "dentries_report.h"
#include "dentry_births_report.h"
#include "json_output.h"
#include "text.h"

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *seconds(double s)
{
	return json_real(round(s * 1000) / 1000);
}

static json_t *text(const char *s)
{
	json_t *as_is = s ? json_string(s) : json_null();
	char safe[4 * DENTRY_PATH];

	return as_is ? as_is : json_string(text_escape(s, safe, sizeof(safe)));
}

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
		json_object_set_new(object, names[i], number(n[i]));
	json_object_set_new(object, "bytes", number(bytes));
}

static json_t *state(const struct dentry_state *s)
{
	json_t *object;

	if (!s->dentries)
		return json_null();
	object = json_object();
	json_object_set_new(object, "dentries", number(s->dentries));
	json_object_set_new(object, "unused", number(s->unused));
	json_object_set_new(object, "negative", number(s->negative));
	return object;
}

static json_t *kernel_counters(const struct dentries_report *r)
{
	json_t *object = json_object(), *met = json_object();
	double percent;
	bool known = dentries_report_deviation(r, &percent);

	json_object_set_new(met, "dentries", number(dentries_report_met(r)));
	json_object_set_new(met, "unused", number(r->met[DENTRIES_LISTED]));
	json_object_set_new(met, "negative", number(r->met[DENTRIES_UNUSED_NEGATIVE]));
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
	json_object_set_new(object, "reason", text(v->head));
	json_object_set_new(object, "advice", advice);
	return object;
}

static json_t *filesystem(const struct dentries_row *row)
{
	const struct dentries_super *s = row->super;
	json_t *object = json_object();

	json_object_set_new(object, "type", s->known ? text(s->is.type) : json_null());
	json_object_set_new(object, "id", s->known ? text(s->is.id) : json_null());
	json_object_set_new(object, "major", number(s->is.major));
	json_object_set_new(object, "minor", number(s->is.minor));
	json_object_set_new(object, "mount", row->path[0] == '/' ? text(row->path) : json_null());
	set_counts(object, row->counts, row->bytes);
	return object;
}

static json_t *row_object(const struct dentries_row *row)
{
	json_t *object = json_object();

	if (row->path) {
		json_object_set_new(object, "path", text(row->path));
		json_object_set_new(object, "path_state",
				    json_string(dentry_path_state_name(row->state)));
	}
	if (row->pattern)
		json_object_set_new(object, "pattern", text(row->pattern));
	if (row->super && row->super->known)
		json_object_set_new(object, "type", text(row->super->is.type));
	set_counts(object, row->counts, row->bytes);
	json_object_set_new(object, "undercount", number(row->undercount));
	return object;
}

static json_t *table(const struct dentries_rows *rows)
{
	json_t *object = json_object(), *array = json_array();

	for (size_t i = 0; i < rows->count; i++)
		json_array_append_new(array, row_object(&rows->at[i]));
	json_object_set_new(object, "known", number(rows->known));
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
	json_object_set_new(object, "filter_fs", text(r->fs));
	json_object_set_new(object, "total", total);
	json_object_set_new(object, "memory_bytes",
			    r->memory_bytes ? number(r->memory_bytes) : json_null());
	json_object_set_new(object, "inode_bytes",
			    r->inode_bytes ? number(r->inode_bytes) : json_null());
	json_object_set_new(object, "object_size", number(r->object_size));
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
	json_t *object, *kernel, *cost;

	json_output_begin();
	object = json_object();
	kernel = json_object();
	cost = json_object();
	json_object_set_new(kernel, "release", text(r->release));
	json_object_set_new(kernel, "machine", text(r->machine));
	json_object_set_new(cost, "scan_s", seconds(r->scan_s));
	json_object_set_new(cost, "read_s", seconds(r->read_s));
	json_object_set_new(object, "schema", json_integer(1));
	json_object_set_new(object, "tool", json_string("slabsight"));
	json_object_set_new(object, "command", json_string(r->command));
	json_object_set_new(object, "host", text(r->host));
	json_object_set_new(object, "kernel", kernel);
	json_object_set_new(object, "duration_s", seconds(r->scan_s + r->read_s));
	json_object_set_new(object, "cost", cost);
	json_object_set_new(object, "dentries", dentries(r));
	return json_output_end(object, out);
}
