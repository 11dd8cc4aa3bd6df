// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report as one JSON document, schema 1: fields may be added, never renamed.
 * Strings from the kernel that are not UTF-8 are escaped as in the text report.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "cgroups.h"
#include "cleanup.h"
#include "debuginfo_note.h"
#include "frame_lines.h"
#include "json_output.h"
#include "report.h"
#include "report_json.h"
#include "report_run.h"
#include "report_settle.h"
#include "report_source.h"
#include "report_suppressions.h"
#include "symbol_text.h"
#include "together.h"

static json_t *place(const struct report *r, uint64_t address, bool frame)
{
	json_t *o = json_object();

	symbol_json(o, r->symbols, address);
	if (frame)
		frame_lines_json(o, r->debuginfo, address);
	if (r->show_addresses && address) {
		char hex[20];

		snprintf(hex, sizeof(hex), "0x%" PRIx64, address);
		json_object_set_new(o, "address", json_string(hex));
	}
	return o;
}

/*
 * Frames by address: a document has each of them once, however many stacks it is
 * in. A trace has up to SS_FRAMES addresses, 2 million frames; of a recording that
 * has more, the others are there as often as they are met.
 */
#define FRAME_BITS 18
#define FRAMES	   (1u << FRAME_BITS)
#define FRAMES_MAX (FRAMES / 2)
_Static_assert(FRAMES_MAX > SS_FRAMES, "a trace's have room");

struct frames {
	struct {
		uint64_t address;
		json_t *object; /* NULL: this place is free */
	} of[FRAMES];
	uint32_t count;
};

/* A reference of the caller's own. */
static json_t *frame(struct frames *f, const struct report *r, uint64_t address)
{
	uint32_t at = address * SS_HASH >> (64 - FRAME_BITS);

	while (f->of[at].object && f->of[at].address != address)
		at = (at + 1) % FRAMES;
	if (!f->of[at].object && f->count == FRAMES_MAX)
		return place(r, address, true);
	if (!f->of[at].object) {
		f->of[at].address = address;
		f->of[at].object = place(r, address, true);
		f->count++;
	}
	return json_incref(f->of[at].object);
}

static void frames_destroy(struct frames *f)
{
	for (uint32_t i = 0; i < FRAMES; i++)
		json_decref(f->of[i].object);
	free(f);
}

static json_t *number_or_null(double number, bool known)
{
	return known && isfinite(number) ? json_real(number) : json_null();
}

/* What a verdict rests on, of an origin or of a stack. */
static void set_verdict(json_t *object, const struct verdict *v)
{
	static const struct verdict none = {.share = NAN};
	json_t *evidence = json_object();

	if (!v)
		v = &none;
	json_object_set_new(object, "verdict", json_string(verdict_name(v->kind)));
	json_object_set_new(object, "reason",
			    json_string(v == &none ? "not judged"
						   : verdict_reason(v, (char[VERDICT_REASON]){0})));
	json_object_set_new(object, "half_life_s_at_least",
			    number_or_null(v->half_life_s, verdict_has_half_life(v)));
	json_object_set_new(evidence, "never_freed_share", number_or_null(v->share, true));
	json_object_set_new(evidence, "tail_s", json_output_seconds(v->from_s));
	json_object_set_new(evidence, "tail_survivors", json_output_count(v->old));
	json_object_set_new(evidence, "tail_deaths", json_real(v->died));
	json_object_set_new(evidence, "growth_per_s", json_real(v->per_s));
	json_object_set_new(evidence, "trace_s_wanted", number_or_null(v->trace_s, v->trace_s > 0));
	json_object_set_new(evidence, "comm", json_output_string(v->comm));
	json_object_set_new(object, "evidence", evidence);
}

static json_t *maker(const struct snapshot_task *t)
{
	char container[CGROUPS_CONTAINER];
	json_t *object = json_object();

	json_object_set_new(object, "comm", json_output_string(t->comm));
	json_object_set_new(object, "cgroup_id",
			    t->cgroup ? json_output_count(t->cgroup) : json_null());
	json_object_set_new(object, "cgroup", json_output_string(t->path));
	json_object_set_new(object, "container",
			    json_output_string(t->path && cgroups_container(t->path, container)
						       ? container
						       : NULL));
	json_object_set_new(object, "objects", json_output_count(t->objects));
	return object;
}

static json_t *stack(const struct report *r, struct frames *known, const struct snapshot_origin *o,
		     const struct snapshot_stack *st)
{
	json_t *object = json_object(), *frames = json_array(), *tasks = json_array();

	for (uint32_t i = 0; i < st->frame_cnt; i++)
		json_array_append_new(frames, frame(known, r, st->frames[i]));
	for (size_t i = 0; i < st->task_cnt; i++)
		json_array_append_new(tasks, maker(&st->tasks[i]));
	json_object_set_new(object, "share", json_real(st->share));
	json_object_set_new(object, "estimated", json_boolean(o->estimated));
	json_object_set_new(object, "objects", json_output_count(st->objects));
	json_object_set_new(object, "repetitions", report_repetitions_json(r, st->repetitions));
	json_object_set_new(object, "suppressed_by",
			    st->suppressed_by ? json_output_string(st->suppressed_by)
					      : json_null());
	json_object_set_new(object, "frames", frames);
	json_object_set_new(object, "tasks", tasks);
	set_verdict(object, st->verdict);
	return object;
}

/*
 * Frees by age, in ticks of tick_s: "ticks" is the lower bound of a bin; the upper is twice that,
 * or 2 for the first.
 */
static json_t *lifetimes(const struct snapshot_origin *o)
{
	json_t *array = json_array();

	for (int i = 0; i < SS_LIFE_BINS; i++) {
		json_t *bin;

		if (!o->lives.died[i])
			continue;
		bin = json_object();
		json_object_set_new(bin, "ticks", json_output_count(i ? 1ull << i : 0));
		json_object_set_new(bin, "frees", json_output_count(o->lives.died[i]));
		json_array_append_new(array, bin);
	}
	return array;
}

static json_t *contents(const struct snapshot_origin *o)
{
	json_t *array = json_array();

	for (size_t i = 0; i < o->content_cnt; i++) {
		json_t *content = json_object();

		json_object_set_new(content, "kind", json_string(o->contents[i].kind));
		json_object_set_new(content, "text", json_output_string(o->contents[i].text));
		json_object_set_new(content, "objects", json_output_count(o->contents[i].objects));
		json_object_set_new(content, "sampled", json_output_count(o->looked));
		json_array_append_new(array, content);
	}
	return array;
}

static json_t *free_sites(const struct report *r, const struct snapshot_origin *o)
{
	static const char *const how[] = {
		[SS_FREED_CALL] = "call",
		[SS_FREED_RCU] = "kfree_rcu",
		[SS_FREED_BULK] = "bulk",
		[SS_FREED_UNKNOWN] = "unknown",
	};
	json_t *array = json_array();

	for (size_t i = 0; i < o->free_site_cnt; i++) {
		const struct snapshot_free_site *f = &o->free_sites[i];
		json_t *site = place(r, f->site, false);

		json_object_set_new(site, "how", json_string(how[f->how]));
		json_object_set_new(site, "frees", json_output_count(f->frees));
		json_object_set_new(site, "share", json_real(f->share));
		json_object_set_new(site, "estimated", json_boolean(o->frees_drawn));
		json_array_append_new(array, site);
	}
	return array;
}

static json_t *origin(const struct report *r, struct frames *known, size_t at)
{
	const struct snapshot_origin *o = &r->snapshot->origins[at];
	json_t *object = json_object(), *age = json_object(), *stacks = json_array();

	json_object_set_new(age, "min", json_output_seconds(o->age_min_s));
	json_object_set_new(age, "mean", json_output_seconds(o->age_mean_s));
	json_object_set_new(age, "max", json_output_seconds(o->age_max_s));
	for (size_t i = 0; i < o->stack_cnt; i++)
		json_array_append_new(stacks, stack(r, known, o, &o->stacks[i]));
	json_object_set_new(object, "cache",
			    json_output_string(r->snapshot->caches[o->cache].name));
	json_object_set_new(object, "call_site", place(r, o->site, false));
	json_object_set_new(object, "allocs", json_output_count(o->allocs));
	json_object_set_new(object, "frees", json_output_count(o->frees));
	json_object_set_new(object, "ghosts", json_output_count(o->ghosts));
	json_object_set_new(object, "refused", json_output_count(o->refused));
	json_object_set_new(object, "stale", json_output_count(o->stale));
	json_object_set_new(object, "repetitions", report_repetitions_json(r, o->repetitions));
	json_object_set_new(object, "per_run",
			    o->repetitions ? json_output_count(o->per_run) : json_null());
	json_object_set_new(object, "reclaimed",
			    r->snapshot->reclaim_tried ? json_output_count(o->reclaimed)
						       : json_null());
	json_object_set_new(object, "live_objects", json_output_count(o->objects));
	json_object_set_new(object, "live_bytes", json_output_count(o->bytes));
	json_object_set_new(object, "requested_bytes", json_output_count(o->requested_bytes));
	json_object_set_new(object, "age_s", age);
	json_object_set_new(object, "size_known", json_boolean(o->site != 0));
	json_object_set_new(object, "lifetimes", lifetimes(o));
	set_verdict(object, o->verdict);
	json_object_set_new(object, "suppressed_by",
			    o->suppressed_by ? json_output_string(o->suppressed_by) : json_null());
	json_object_set_new(object, "made_with",
			    r->made_with[at] == TOGETHER_ALONE
				    ? json_null()
				    : json_output_count(r->made_with[at]));
	json_object_set_new(object, "contents", contents(o));
	json_object_set_new(object, "free_sites", free_sites(r, o));
	json_object_set_new(object, "stacks", stacks);
	return object;
}

static json_t *cache(const struct report *r, const struct snapshot_cache *c)
{
	json_t *object = json_object(), *aliases = json_array();
	const char *alias;
	int64_t delta;

	for (size_t i = 0; r->after && (alias = slabs_alias(r->after, c->name, i)); i++)
		json_array_append_new(aliases, json_output_string(alias));
	json_object_set_new(object, "name", json_output_string(c->name));
	json_object_set_new(object, "aliases", aliases);
	json_object_set_new(object, "object_size", json_output_count(c->object_size));
	json_object_set_new(object, "size", json_output_count(c->size));
	json_object_set_new(object, "reclaimable",
			    json_boolean(kinds_is_marked(c, r->reclaimable_bit)));
	json_object_set_new(object, "guessed", json_boolean(c->guessed));
	json_object_set_new(object, "destroyed", json_boolean(c->destroyed));
	json_object_set_new(object, "allocs", json_output_count(c->allocs));
	json_object_set_new(object, "frees", json_output_count(c->frees));
	json_object_set_new(object, "ghosts", json_output_count(c->ghosts));
	json_object_set_new(object, "refused", json_output_count(c->refused));
	json_object_set_new(object, "stale", json_output_count(c->stale));
	json_object_set_new(object, "live_objects", json_output_count(c->objects));
	json_object_set_new(object, "live_bytes", json_output_count(c->bytes));
	json_object_set_new(object, "requested_bytes", json_output_count(c->requested_bytes));
	json_object_set_new(object, "oldest_s", json_output_seconds(c->oldest_s));
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
	if (h->why[0]) {
		json_object_set_new(object, "why", json_string(h->why));
		json_object_set_new(
			object, "hides",
			json_string(h->state == HOOK_MISSING ? h->spec->hides : HOOKS_SKIPPED));
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
		{"survivors_unread", s->unread},
		{"thinned", s->thinned},
		{"retold", s->retold},
		{"in_flight", s->in_flight},
		{"unbalanced_origins", s->unbalanced},
		{"recursion_misses", r->recursion_misses},
		{"skipped_allocs", r->skipped_allocs},
		{"skipped_frees", r->skipped_frees},
		{"halvings", t->halvings},
		{"stack_failures", s->stackless},
		{"stacks_failed", t->stacks_failed},
		{"stacks_full", t->stacks_full},
		{"tasks_full", t->tasks_full},
		{"origins_full", t->origins_full},
		{"caches_full", t->caches_full},
		{"bulk_long", t->bulk_long},
		{"bulk_unread", t->bulk_unread},
		{"calls_full", t->calls_full},
		{"free_sites_full", t->sites_full},
		{"caches_destroyed", t->destroyed},
		{"own_allocs", t->own},
		{"filtered_allocs", t->filtered},
		{"places_ambiguous", report_ambiguous(r)},
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
		json_object_set_new(object, counters[i].name, json_output_count(counters[i].n));
	json_object_set_new(object, "sample", json_real(1 / s->scale));
	json_object_set_new(object, "survivors_checked", json_boolean(s->checked));
	json_object_set_new(object, "no_cgroups", json_output_string(r->no_cgroups));
	json_object_set_new(object, "pins_looked", json_boolean(s->pins_looked));
	json_object_set_new(object, "settle", report_settle_json(r));
	json_object_set_new(object, "reclaim", report_reclaim_json(r));
	json_object_set_new(object, "symbols", json_boolean(!symbols_hidden(r->symbols)));
	return object;
}

static json_t *cost(const struct report *r)
{
	json_t *object = json_object();

	json_object_set_new(object, "map_bytes", json_output_count(r->map_bytes));
	json_object_set_new(object, "start_s", json_output_seconds(r->start_s));
	json_object_set_new(object, "snapshot_s", json_real(r->snapshot->took_s));
	json_object_set_new(object, "check_s", json_real(r->snapshot->check_s));
	return object;
}

static json_t *document(const struct report *r, struct frames *known)
{
	json_t *object = json_output_head(r->command, r->host, r->release, r->machine);
	json_t *caches = json_array(), *origins = json_array();

	for (size_t i = 0; i < r->snapshot->cache_cnt; i++)
		json_array_append_new(caches, cache(r, &r->snapshot->caches[i]));
	for (size_t i = 0; i < r->snapshot->origin_cnt; i++)
		json_array_append_new(origins, origin(r, known, i));
	json_object_set_new(object, "duration_s", json_output_seconds(r->duration_s));
	json_object_set_new(object, "recording", report_source_json(r));
	json_object_set_new(object, "run", report_run_json(r));
	json_object_set_new(object, "suppressions", report_suppressions_json(r->suppressions));
	json_object_set_new(object, "tick_s", json_real(r->snapshot->tick_s));
	json_object_set_new(object, "events_per_s", json_output_seconds(report_rate(r)));
	json_object_set_new(object, "coverage", coverage(r));
	json_object_set_new(object, "debug_info", debuginfo_note_json(r->debuginfo));
	json_object_set_new(object, "cost", cost(r));
	json_object_set_new(object, "caches", caches);
	json_object_set_new(object, "origins", origins);
	return object;
}

json_t *report_json_document(const struct report *r)
{
	autofree size_t *made_with = together_find(r->snapshot, r->symbols, report_is_leak);
	struct frames *known = calloc(1, sizeof(*known));
	struct report own = *r;
	json_t *whole;

	if (!known || !made_with) {
		free(known);
		return NULL;
	}
	own.made_with = made_with;
	whole = document(&own, known);
	frames_destroy(known);
	return whole;
}

int report_json(const struct report *r, FILE *out)
{
	json_t *whole;

	json_output_begin();
	whole = report_json_document(r);
	return whole ? json_output_end(whole, out) : -ENOMEM;
}
