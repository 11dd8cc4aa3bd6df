// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report as one JSON document, schema 1: fields may be added, never renamed.
 * Strings from the kernel that are not UTF-8 are escaped as in the text report.
 */
#include <inttypes.h>
#include <math.h>

#include "cleanup.h"
#include "json_output.h"
#include "report.h"
#include "text.h"

/* Milliseconds are enough, and keep the document readable. */
static json_t *seconds(double s)
{
	return json_real(round(s * 1000) / 1000);
}

static json_t *text(const char *s)
{
	json_t *as_is = json_string(s);
	char safe[256];

	return as_is ? as_is : json_string(text_escape(s, safe, sizeof(safe)));
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *place(const struct report *r, uint64_t address, bool frame)
{
	struct symbol sym = symbols_find(r->symbols, address);
	json_t *o = json_object();

	json_object_set_new(o, "symbol", sym.name ? text(sym.name) : json_null());
	json_object_set_new(o, "offset", sym.name ? number(sym.offset) : json_null());
	json_object_set_new(o, "module", sym.module ? text(sym.module) : json_null());
	if (frame) {
		json_object_set_new(o, "file", json_null());
		json_object_set_new(o, "line", json_null());
	}
	if (r->show_addresses) {
		char hex[20];

		snprintf(hex, sizeof(hex), "0x%" PRIx64, address);
		json_object_set_new(o, "address", json_string(hex));
	}
	return o;
}

static json_t *stack(const struct report *r, const struct snapshot_origin *o,
		     const struct snapshot_stack *st)
{
	json_t *object = json_object(), *frames = json_array(), *tasks = json_array();

	for (uint32_t i = 0; i < st->frame_cnt; i++)
		json_array_append_new(frames, place(r, st->frames[i], true));
	for (size_t i = 0; i < st->task_cnt; i++) {
		json_t *task = json_object();

		json_object_set_new(task, "comm", text(st->tasks[i].comm));
		json_object_set_new(task, "objects", number(st->tasks[i].objects));
		json_array_append_new(tasks, task);
	}
	json_object_set_new(object, "share", json_real(st->share));
	json_object_set_new(object, "estimated", json_boolean(o->estimated));
	json_object_set_new(object, "objects", number(st->objects));
	json_object_set_new(object, "frames", frames);
	json_object_set_new(object, "tasks", tasks);
	return object;
}

/* Frees by age: "ticks" is the lower bound of a bin, the next bin's its upper. */
static json_t *lifetimes(const struct snapshot_origin *o)
{
	json_t *array = json_array();

	for (int i = 0; i < SS_LIFE_BINS; i++) {
		json_t *bin;

		if (!o->life[i])
			continue;
		bin = json_object();
		json_object_set_new(bin, "ticks", number(1ull << i));
		json_object_set_new(bin, "frees", number(o->life[i]));
		json_array_append_new(array, bin);
	}
	return array;
}

static json_t *origin(const struct report *r, const struct snapshot_origin *o)
{
	json_t *object = json_object(), *age = json_object(), *stacks = json_array();

	json_object_set_new(age, "min", seconds(o->age_min_s));
	json_object_set_new(age, "mean", seconds(o->age_mean_s));
	json_object_set_new(age, "max", seconds(o->age_max_s));
	for (size_t i = 0; i < o->stack_cnt; i++)
		json_array_append_new(stacks, stack(r, o, &o->stacks[i]));
	json_object_set_new(object, "cache", text(r->snapshot->caches[o->cache].name));
	json_object_set_new(object, "call_site", place(r, o->site, false));
	json_object_set_new(object, "allocs", number(o->allocs));
	json_object_set_new(object, "frees", number(o->frees));
	json_object_set_new(object, "ghosts", number(o->ghosts));
	json_object_set_new(object, "refused", number(o->refused));
	json_object_set_new(object, "stale", number(o->stale));
	json_object_set_new(object, "live_objects", number(o->objects));
	json_object_set_new(object, "live_bytes", number(o->bytes));
	json_object_set_new(object, "requested_bytes", number(o->requested_bytes));
	json_object_set_new(object, "age_s", age);
	json_object_set_new(object, "lifetimes", lifetimes(o));
	json_object_set_new(object, "verdict", json_string("unknown"));
	json_object_set_new(object, "reason", json_string(REPORT_NO_VERDICT));
	json_object_set_new(object, "half_life_s_at_least", json_null());
	json_object_set_new(object, "stacks", stacks);
	return object;
}

static json_t *cache(const struct report *r, const struct snapshot_cache *c)
{
	json_t *object = json_object(), *aliases = json_array();
	const char *alias;
	int64_t delta;

	for (size_t i = 0; r->after && (alias = slabs_alias(r->after, c->name, i)); i++)
		json_array_append_new(aliases, text(alias));
	json_object_set_new(object, "name", text(c->name));
	json_object_set_new(object, "aliases", aliases);
	json_object_set_new(object, "object_size", number(c->object_size));
	json_object_set_new(object, "size", number(c->size));
	json_object_set_new(object, "reclaimable", json_boolean(c->flags & r->reclaimable_bit));
	json_object_set_new(object, "guessed", json_boolean(c->guessed));
	json_object_set_new(object, "destroyed", json_boolean(c->destroyed));
	json_object_set_new(object, "allocs", number(c->allocs));
	json_object_set_new(object, "frees", number(c->frees));
	json_object_set_new(object, "ghosts", number(c->ghosts));
	json_object_set_new(object, "refused", number(c->refused));
	json_object_set_new(object, "stale", number(c->stale));
	json_object_set_new(object, "live_objects", number(c->objects));
	json_object_set_new(object, "live_bytes", number(c->bytes));
	json_object_set_new(object, "requested_bytes", number(c->requested_bytes));
	json_object_set_new(object, "oldest_s", seconds(c->oldest_s));
	json_object_set_new(object, "slabinfo_delta_objects",
			    report_slabinfo_delta(r, c->name, &delta) ? json_integer(delta)
								      : json_null());
	return object;
}

static json_t *hook(const struct hook *h)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_string(h->spec->name));
	json_object_set_new(object, "target", h->target ? json_string(h->target) : json_null());
	json_object_set_new(object, "kind", json_string(hooks_kind_name(h->kind)));
	json_object_set_new(object, "copies", json_string(hooks_how(h, (char[24]){0})));
	json_object_set_new(object, "attached", json_boolean(h->state == HOOK_ATTACHED));
	json_object_set_new(object, "covers", json_string(h->spec->covers));
	if (h->state == HOOK_MISSING) {
		json_object_set_new(object, "why", json_string(h->why));
		json_object_set_new(object, "hides", json_string(h->spec->hides));
	}
	return object;
}

static json_t *coverage(const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	const struct ss_totals *t = &s->totals;
	const struct {
		const char *name;
		uint64_t n;
	} counters[] = {
		{"allocs", s->allocs},
		{"frees", s->frees},
		{"frees_unknown", s->frees_unknown},
		{"ghosts", s->ghosts},
		{"refused", s->refused},
		{"stale", s->stale},
		{"thinned", s->thinned},
		{"retold", s->retold},
		{"in_flight", s->in_flight},
		{"unbalanced_origins", s->unbalanced},
		{"recursion_misses", r->recursion_misses},
		{"skipped_allocs", r->skipped_allocs},
		{"skipped_frees", r->skipped_frees},
		{"stack_failures", s->stackless},
		{"stacks_full", t->stacks_full},
		{"tasks_full", t->tasks_full},
		{"origins_full", t->origins_full},
		{"caches_full", t->caches_full},
		{"bulk_long", t->bulk_long},
		{"bulk_unread", t->bulk_unread},
		{"calls_full", t->calls_full},
		{"caches_destroyed", t->destroyed},
		{"own_allocs", t->own},
		{"filtered_allocs", t->filtered},
	};
	json_t *object = json_object(), *hooks = json_array(), *missing = json_array();

	for (int i = 0; i < HOOK_COUNT; i++) {
		if (r->hooks[i].state == HOOK_ABSENT)
			continue;
		json_array_append_new(hooks, hook(&r->hooks[i]));
		if (r->hooks[i].state == HOOK_MISSING)
			json_array_append_new(missing, json_string(r->hooks[i].spec->name));
	}
	json_object_set_new(object, "grade", json_string(hooks_grade_name(r->grade)));
	json_object_set_new(object, "hooks", hooks);
	json_object_set_new(object, "missing", missing);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		json_object_set_new(object, counters[i].name, number(counters[i].n));
	json_object_set_new(object, "sample", json_real(1 / s->scale));
	json_object_set_new(object, "survivors_checked", json_boolean(s->checked));
	json_object_set_new(object, "symbols", json_boolean(!symbols_hidden(r->symbols)));
	return object;
}

static json_t *cost(const struct report *r)
{
	json_t *object = json_object();

	json_object_set_new(object, "map_bytes", number(r->map_bytes));
	json_object_set_new(object, "start_s", seconds(r->start_s));
	json_object_set_new(object, "snapshot_s", json_real(r->snapshot->took_s));
	json_object_set_new(object, "check_s", json_real(r->snapshot->check_s));
	return object;
}

static json_t *document(const struct report *r)
{
	json_t *object = json_object(), *kernel = json_object(), *caches = json_array();
	json_t *origins = json_array();

	json_object_set_new(kernel, "release", text(r->release));
	json_object_set_new(kernel, "machine", text(r->machine));
	for (size_t i = 0; i < r->snapshot->cache_cnt; i++)
		json_array_append_new(caches, cache(r, &r->snapshot->caches[i]));
	for (size_t i = 0; i < r->snapshot->origin_cnt; i++)
		json_array_append_new(origins, origin(r, &r->snapshot->origins[i]));
	json_object_set_new(object, "schema", json_integer(1));
	json_object_set_new(object, "tool", json_string("slabsight"));
	json_object_set_new(object, "command", json_string(r->command));
	json_object_set_new(object, "host", text(r->host));
	json_object_set_new(object, "kernel", kernel);
	json_object_set_new(object, "duration_s", seconds(r->duration_s));
	json_object_set_new(object, "events_per_s", seconds(report_rate(r)));
	json_object_set_new(object, "coverage", coverage(r));
	json_object_set_new(object, "cost", cost(r));
	json_object_set_new(object, "caches", caches);
	json_object_set_new(object, "origins", origins);
	return object;
}

int report_json(const struct report *r, FILE *out)
{
	json_output_begin();
	return json_output_end(document(r), out);
}
