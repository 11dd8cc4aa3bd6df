// SPDX-License-Identifier: GPL-2.0-or-later
/* The census as one JSON document, schema 1: fields may be added, never renamed. */
#include "census_report.h"
#include "cleanup.h"
#include "json_output.h"
#include "lines.h"

static void set_counts(json_t *object, const char *const *names, const uint64_t *counts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		json_object_set_new(object, names[i], json_output_count(counts[i]));
}

static json_t *aliases(const struct census_report *r, const char *cache)
{
	json_t *array = json_array();
	const char *alias;

	for (size_t i = 0; (alias = slabs_alias(r->slabs, cache, i)); i++)
		json_array_append_new(array, json_output_string(alias));
	return array;
}

static json_t *cache(const struct census_report *r, const struct census_cache *c)
{
	static const char *const parks[] = {"cpu", "sheaf", "rcu_sheaf", "barn"};
	static const char *const names[] = {
		"object_size", "slab_size",    "live_objects", "live_bytes", "slab_bytes",
		"slabs",       "room_objects", "unused_bytes", "guarded",
	};
	const uint64_t counts[] = {
		c->object_size, c->size,  c->live, c->live * c->size,
		c->slab_bytes,	c->slabs, c->room, census_report_unused(c),
		c->guarded,
	};
	json_t *object = json_object(), *parked = json_object();
	uint64_t active;

	_Static_assert(ARRAY_SIZE(parks) == SS_PARKS, "a name for each way to park");
	json_object_set_new(object, "name", json_output_string(c->name));
	json_object_set_new(object, "aliases", aliases(r, c->name));
	set_counts(object, names, counts, ARRAY_SIZE(names));
	set_counts(parked, parks, c->parked, SS_PARKS);
	json_object_set_new(object, "parked", parked);
	json_object_set_new(object, "reclaimable", json_boolean(c->flags & r->reclaimable_bit));
	json_object_set_new(object, "slabinfo_active_objects",
			    slabs_active(r->slabs, c->name, &active) ? json_output_count(active)
								     : json_null());
	return object;
}

static json_t *cluster(const struct census_contents *t, const struct cluster *k)
{
	json_t *object = json_object(), *examples = json_array();
	char line[1024];

	json_object_set_new(object, "objects", json_output_count(k->count));
	json_object_set_new(object, "share", json_real((double)k->count / t->sampled));
	json_object_set_new(object, "kind", json_string(clusters_kind_name(k->kind)));
	json_object_set_new(object, "description",
			    json_output_string(clusters_describe(k, line, sizeof(line))));
	for (size_t i = 0; i < k->example_cnt; i++)
		json_array_append_new(examples, json_output_string(k->examples[i]));
	json_object_set_new(object, "examples", examples);
	return object;
}

static json_t *contents(const struct census_contents *t)
{
	json_t *object = json_object(), *array = json_array();

	for (size_t i = 0; i < t->cluster_cnt; i++)
		json_array_append_new(array, cluster(t, t->clusters[i]));
	json_object_set_new(object, "cache", json_output_string(t->cache->name));
	json_object_set_new(object, "live_objects", json_output_count(t->cache->live));
	json_object_set_new(object, "sampled_objects", json_output_count(t->sampled));
	json_object_set_new(object, "chosen", json_boolean(t->chosen));
	json_object_set_new(object, "clusters", array);
	return object;
}

static json_t *kernel_totals(const struct census_report *r)
{
	static const char *const names[] = {
		"slab_bytes", "reclaimable_bytes", "unreclaimable_bytes", "slabinfo_active_objects",
		"nr_dentry",  "nr_dentry_unused",  "nr_dentry_negative",
	};
	const uint64_t counts[] = {
		r->meminfo.slab,	  r->meminfo.reclaimable,   r->meminfo.unreclaimable,
		r->slabinfo_active,	  r->dentry_state.dentries, r->dentry_state.unused,
		r->dentry_state.negative,
	};
	json_t *object = json_object();

	set_counts(object, names, counts, ARRAY_SIZE(names));
	return object;
}

static json_t *census(const struct census_report *r)
{
	static const char *const names[] = {
		"pages",     "live_objects",   "live_bytes", "slab_bytes", "parked_objects",
		"odd_slabs", "overflow_slabs", "torn_lists", "gone_slabs", "parked_lost",
	};
	const uint64_t counts[] = {
		r->totals.pages,       r->objects,     r->live_bytes,
		r->slab_bytes,	       r->parked,      r->totals.odd,
		r->totals.overflow,    r->totals.torn, r->totals.gone,
		r->totals.parked_lost,
	};
	json_t *object = json_object(), *caches = json_array();
	double explained = census_report_explained(r);

	for (size_t i = 0; i < r->cache_cnt; i++)
		json_array_append_new(caches, cache(r, &r->caches[i]));
	json_object_set_new(object, "took_s", json_output_seconds(r->totals.took_s));
	set_counts(object, names, counts, ARRAY_SIZE(names));
	json_object_set_new(object, "large_bytes",
			    r->totals.marks_large ? json_output_count(r->totals.large_bytes)
						  : json_null());
	json_object_set_new(object, "large_objects",
			    r->totals.marks_large ? json_output_count(r->totals.larges)
						  : json_null());
	json_object_set_new(object, "kernel", kernel_totals(r));
	json_object_set_new(object, "explained_share",
			    explained ? json_real(explained / 100) : json_null());
	json_object_set_new(object, "caches", caches);
	json_object_set_new(object, "contents", r->contents ? contents(r->contents) : json_null());
	return object;
}

int census_json(const struct census_report *r, FILE *out)
{
	json_t *document;

	json_output_begin();
	document = json_output_head("census", r->host, r->release, r->machine);
	json_object_set_new(document, "census", census(r));
	return json_output_end(document, out);
}
