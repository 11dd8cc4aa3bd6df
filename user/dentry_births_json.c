// SPDX-License-Identifier: GPL-2.0-or-later
/* Births of dentries as the member "births" of a report on dentries. */
#include <math.h>

#include "cleanup.h"
#include "dentry_births_report.h"
#include "debuginfo_note.h"
#include "frame_lines.h"
#include "json_output.h"
#include "symbol_text.h"

static json_t *per_second(const struct dentry_births_report *r, uint64_t n)
{
	return json_real(round(1000 * born_rate(r, n)) / 1000);
}

static void set_counts(json_t *object, const struct dentry_births_report *r, const uint64_t *n)
{
	json_object_set_new(object, "births", json_output_count(n[BORN_ALL]));
	json_object_set_new(object, "births_per_s", per_second(r, n[BORN_ALL]));
	json_object_set_new(object, "living", json_output_count(n[BORN_LIVING]));
	json_object_set_new(object, "deaths", json_output_count(n[BORN_DEAD]));
	json_object_set_new(object, "negative", json_output_count(n[BORN_NEGATIVE]));
	json_object_set_new(object, "pinned", json_output_count(n[BORN_HELD]));
}

static json_t *who(const struct dentry_births_report *r, const struct born_who *w)
{
	json_t *object = json_object();

	json_object_set_new(object, "comm", json_output_string(w->comm));
	json_object_set_new(object, "pid", w->pid ? json_output_count(w->pid) : json_null());
	json_object_set_new(object, "pids", json_output_count(w->pids));
	json_object_set_new(object, "cgroup_id", json_output_count(w->program.cgroup));
	json_object_set_new(object, "cgroup", json_output_string(w->cgroup));
	json_object_set_new(object, "container",
			    *w->container ? json_output_string(w->container) : json_null());
	set_counts(object, r, w->counts);
	return object;
}

static json_t *whos(const struct dentry_births_report *r, const struct born_whos *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].counts[BORN_ALL])
			json_array_append_new(array, who(r, &list->at[i]));
	return array;
}

static json_t *names(const struct dentry_births_report *r, const struct born_names *list)
{
	json_t *object = json_object(), *array = json_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct born_name *n = &list->at[i];
		json_t *row = json_object();

		if (n->path)
			json_object_set_new(row, "path", json_output_string(n->path));
		if (n->pattern)
			json_object_set_new(row, "pattern", json_output_string(n->pattern));
		set_counts(row, r, n->counts);
		json_object_set_new(row, "undercount", json_output_count(n->undercount));
		json_array_append_new(array, row);
	}
	json_object_set_new(object, "known", json_output_count(list->known));
	json_object_set_new(object, "incomplete", json_boolean(list->incomplete));
	json_object_set_new(object, "rows", array);
	return object;
}

static json_t *frames(const struct dentry_births_report *r, const uint64_t *at, size_t first)
{
	json_t *array = json_array();

	for (size_t i = first; i < SS_BORN_FRAMES && at[i]; i++) {
		json_t *frame = json_object();

		symbol_json(frame, r->symbols, at[i]);
		frame_lines_json(frame, r->debuginfo, at[i]);
		json_array_append_new(array, frame);
	}
	return array;
}

static json_t *site(const struct dentry_births_report *r, const struct born_site *s)
{
	bool refs = dentry_births_input(r->births)->totals.refs;
	json_t *object = json_object();

	set_counts(object, r, s->stack->counts);
	json_object_set_new(object, "estimated", json_boolean(r->stacks_estimated));
	json_object_set_new(object, "entry_point", json_string(born_entry_name(s->entry)));
	json_object_set_new(object, "growing", json_boolean(s->growing));
	json_object_set_new(object, "never_put",
			    refs ? json_output_count(s->stack->never_put) : json_null());
	json_object_set_new(object, "frames", frames(r, s->stack->is->frames, s->first));
	json_object_set_new(object, "last_put",
			    s->last_put ? frames(r, s->last_put->frames, s->put_first)
					: json_null());
	return object;
}

static json_t *sites(const struct dentry_births_report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->site_cnt; i++)
		json_array_append_new(array, site(r, &r->sites[i]));
	return array;
}

static json_t *entries(const struct dentry_births_report *r)
{
	json_t *object = json_object();

	for (int i = 0; i < BORN_ENTRIES; i++)
		json_object_set_new(object, born_entry_name(i), json_output_count(r->entries[i]));
	json_object_set_new(object, "estimated", json_boolean(r->stacks_estimated));
	return object;
}

static json_t *written(const struct dentry_births_report *r,
		       void (*write)(FILE *, const struct dentry_births_report *))
{
	autofree char *s = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&s, &size);

	if (!memory)
		return json_null();
	write(memory, r);
	fclose(memory);
	return s && *s ? json_output_string(s) : json_null();
}

static void headline(FILE *out, const struct dentry_births_report *r)
{
	dentry_births_headline(out, r, false);
}

static json_t *verdict(const struct dentry_births_report *r)
{
	json_t *object = json_object();

	json_object_set_new(object, "verdict", json_string(born_kind_verdict(r)));
	json_object_set_new(object, "kind", json_string(born_kind_name(r->kind)));
	json_object_set_new(object, "headline", written(r, headline));
	json_object_set_new(object, "reason", written(r, dentry_births_reason));
	json_object_set_new(object, "advice", written(r, dentry_births_advice));
	json_object_set_new(object, "program", r->who ? who(r, r->who) : json_null());
	json_object_set_new(object, "path", json_output_string(r->name.path));
	json_object_set_new(object, "pattern", json_output_string(r->name.pattern));
	json_object_set_new(object, "stack", r->site ? site(r, r->site) : json_null());
	return object;
}

static json_t *coverage(const struct births_totals *t)
{
	json_t *object = json_object();

	json_object_set_new(object, "own", json_output_count(t->own));
	json_object_set_new(object, "procs_full", json_output_count(t->procs_full));
	json_object_set_new(object, "progs_full", json_output_count(t->progs_full));
	json_object_set_new(object, "born_full", json_output_count(t->born_full));
	json_object_set_new(object, "stacks_failed", json_output_count(t->stacks_failed));
	json_object_set_new(object, "obituaries_lost", json_output_count(t->obituaries_lost));
	json_object_set_new(object, "ghosts", json_output_count(t->ghosts));
	json_object_set_new(object, "skipped_births", json_output_count(t->skipped_births));
	json_object_set_new(object, "skipped_deaths", json_output_count(t->skipped_deaths));
	json_object_set_new(object, "scale", json_real(t->scale));
	json_object_set_new(object, "refs", json_boolean(t->refs));
	return object;
}

json_t *dentry_births_json(const struct dentry_births_report *r)
{
	const struct dentry_births_counted *in = dentry_births_input(r->births);
	const uint64_t *living = dentry_births_living(r->births);
	const struct births_totals *t = &in->totals;
	json_t *object = json_object();

	json_object_set_new(object, "duration_s", json_output_seconds(in->seconds));
	json_object_set_new(object, "births", json_output_count(t->births));
	json_object_set_new(object, "births_per_s", per_second(r, t->births));
	json_object_set_new(object, "deaths", json_output_count(t->deaths));
	json_object_set_new(object, "deaths_per_s", per_second(r, t->deaths));
	json_object_set_new(object, "living", json_output_count(living[BORN_LIVING]));
	json_object_set_new(object, "living_estimated", json_boolean(born_scaled(r)));
	json_object_set_new(object, "negative", json_output_count(living[BORN_NEGATIVE]));
	json_object_set_new(object, "negative_per_s", per_second(r, living[BORN_NEGATIVE]));
	json_object_set_new(object, "pinned", json_output_count(living[BORN_HELD]));
	json_object_set_new(object, "puts", t->refs ? json_output_count(t->puts) : json_null());
	json_object_set_new(object, "verdict", verdict(r));
	json_object_set_new(object, "processes", whos(r, &r->processes));
	json_object_set_new(object, "programs", whos(r, &r->programs));
	json_object_set_new(object, "programs_filtered", json_boolean(r->filtered));
	json_object_set_new(object, "names_in_directories", names(r, &r->floods));
	json_object_set_new(object, "directories", names(r, &r->directories));
	json_object_set_new(object, "directory_patterns", names(r, &r->shapes));
	json_object_set_new(object, "names", names(r, &r->patterns));
	json_object_set_new(object, "entry_points", entries(r));
	json_object_set_new(object, "stacks", sites(r));
	json_object_set_new(object, "debug_info", debuginfo_note_json(r->debuginfo));
	json_object_set_new(object, "coverage", coverage(t));
	return object;
}
