// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of a recording. */
#include "recording_schema.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"

/* clang-format off */
#define FACT(name, type) {#name, offsetof(struct recording_facts, name), RECORDING_##type, 1}
#define FACT_SINCE(name, type, version) \
	{#name, offsetof(struct recording_facts, name), RECORDING_##type, version}
const struct recording_field recording_facts[] = {
	FACT(report.command, SAFE), FACT(report.host, TEXT), FACT(report.release, SAFE),
	FACT(report.machine, SAFE), FACT(report.build_id, SAFE), FACT(report.began, REAL), FACT(report.duration_s, REAL), FACT(grade, U32),
	FACT(report.recursion_misses, U64), FACT(report.skipped_allocs, U64),
	FACT(report.skipped_frees, U64), FACT(report.unchecked, TEXT), FACT(report.map_bytes, U64),
	FACT(report.start_s, REAL), FACT(report.reclaimable_bit, U32), FACT(before, BOOL),
	FACT(after, BOOL), FACT(hidden, BOOL),

	FACT(snapshot.repetition_cnt, U32), FACT(snapshot.allocs, U64), FACT(snapshot.frees, U64),
	FACT(snapshot.frees_unknown, U64), FACT(snapshot.ghosts, U64), FACT(snapshot.refused, U64),
	FACT(snapshot.thinned, U64), FACT(snapshot.retold, U64), FACT(snapshot.stale, U64),
	FACT(snapshot.reclaimed, U64), FACT(snapshot.reclaim_tried, BOOL),
	FACT(snapshot.checked, BOOL), FACT(snapshot.check_s, REAL), FACT(snapshot.unread, U64),
	FACT(snapshot.pins_looked, BOOL), FACT(snapshot.check_err, I32),
	FACT(snapshot.objects, U64), FACT(snapshot.bytes, U64), FACT(snapshot.booked, U64),
	FACT(snapshot.in_flight, U64), FACT(snapshot.unbalanced, U64),
	FACT(snapshot.stackless, U64), FACT(snapshot.scale, REAL), FACT(snapshot.began, U32),
	FACT(snapshot.settled, U32), FACT(snapshot.jiffies, U32), FACT(snapshot.tick_s, REAL),
	FACT(snapshot.booked_s, REAL), FACT(snapshot.settled_s, REAL),
	FACT(snapshot.took_s, REAL),

	FACT(snapshot.totals.own, U64), FACT(snapshot.totals.filtered, U64),
	FACT(snapshot.totals.origins_full, U64), FACT(snapshot.totals.caches_full, U64),
	FACT(snapshot.totals.stacks_full, U64), FACT(snapshot.totals.stacks_failed, U64),
	FACT(snapshot.totals.tasks_full, U64), FACT(snapshot.totals.halvings, U64),
	FACT(snapshot.totals.bulk_long, U64), FACT(snapshot.totals.bulk_unread, U64),
	FACT(snapshot.totals.destroyed, U64), FACT(snapshot.totals.calls_full, U64),
	FACT(snapshot.totals.sites_full, U64),

	FACT(settled, BOOL), FACT(settle.plan.rcu, BOOL), FACT(settle.plan.brief, BOOL),
	FACT(settle.plan.asked, BOOL), FACT(settle.plan.batches, BOOL),
	FACT(settle.plan.batches_awaited, BOOL), FACT(settle.plan.wait_s, REAL),
	FACT(settle.barrier, BOOL), FACT(settle.cut_short, BOOL), FACT(settle.waited_s, REAL),

	FACT(reclaimed, BOOL), FACT(how, U32), FACT(reclaim.done, BOOL), FACT(reclaim.why, CHARS),
	FACT(reclaim.took_s, REAL), FACT(reclaim.whose, SAFE),

	FACT(ran, BOOL), FACT(run.wanted, U32), FACT(run.counted, U32), FACT(run.warmups, U32),
	FACT(run.failed, U32), FACT(run.exit_code, I32), FACT(run.killed_by, I32),
	FACT(run.interrupted, BOOL), FACT(run.only_command, BOOL), FACT(has_cgroup, BOOL),
	FACT(cgroup.why, SAFE_CHARS), FACT(cgroup.path, PATH), FACT(cgroup.living_cnt, U64),
	FACT(cgroup.asked, BOOL), FACT(cgroup.left, BOOL), FACT(cgroup.left_why, SAFE_CHARS),

	FACT_SINCE(report.no_cgroups, TEXT, 2),

	FACT_SINCE(run.unstarted, U32, 3), FACT_SINCE(run.unstarted_why, SAFE_CHARS, 3),
};
const size_t recording_facts_cnt = ARRAY_SIZE(recording_facts);

#define CACHE(name, type) {#name, offsetof(struct snapshot_cache, name), RECORDING_##type, 1}
const struct recording_field recording_cache[] = {
	CACHE(size, U32), CACHE(object_size, U32), CACHE(flags, U32), CACHE(guessed, BOOL),
	CACHE(large, BOOL), CACHE(allocs, U64), CACHE(frees, U64), CACHE(ghosts, U64),
	CACHE(refused, U64), CACHE(stale, U64), CACHE(objects, U64), CACHE(bytes, U64),
	CACHE(requested_bytes, U64), CACHE(oldest_s, REAL),
};
const size_t recording_cache_cnt = ARRAY_SIZE(recording_cache);

#define ORIGIN(name, type) {#name, offsetof(struct snapshot_origin, name), RECORDING_##type, 1}
const struct recording_field recording_origin[] = {
	ORIGIN(allocs, U64), ORIGIN(frees, U64), ORIGIN(ghosts, U64), ORIGIN(refused, U64),
	ORIGIN(stale, U64), ORIGIN(reclaimed, U64), ORIGIN(booked, U64), ORIGIN(objects, U64),
	ORIGIN(bytes, U64), ORIGIN(requested_bytes, U64), ORIGIN(stackless, U64),
	ORIGIN(age_min_s, REAL), ORIGIN(age_mean_s, REAL), ORIGIN(age_max_s, REAL),
	ORIGIN(per_run, U64), ORIGIN(estimated, BOOL), ORIGIN(looked, U64),
	ORIGIN(frees_drawn, BOOL),
};
const size_t recording_origin_cnt = ARRAY_SIZE(recording_origin);

/* Columns before and after those that are the fields of a struct; and the key of a row. */
static const struct {
	const char *name, *first;
	const struct recording_field *fields;
	const size_t *field_cnt;
	const char *last, *key; /* NULL: it has a rowid */
	bool lasts;
} tables[] = {
	[RECORDING_RUN] = {.name = "run",
		.first = "id INTEGER PRIMARY KEY, slabsight TEXT, host TEXT, release TEXT, "
		"machine TEXT, build_id TEXT, btf TEXT, boot_id TEXT, began REAL, "
		"utc_offset INTEGER, every REAL, ended TEXT"},
	[RECORDING_SNAPSHOT] = {.name = "snapshot",
		.first = "id INTEGER PRIMARY KEY, at REAL, deep INTEGER, key INTEGER, "
		"late INTEGER, put_off INTEGER, caches BLOB, origins BLOB"},
	[RECORDING_IMAGE] = {.name = "image",
		.first = "id INTEGER PRIMARY KEY, module TEXT, build_id TEXT"},
	[RECORDING_FRAME] = {.name = "frame",
		.first = "id INTEGER PRIMARY KEY, image INTEGER, place INTEGER, function TEXT, "
		"offset INTEGER"},
	[RECORDING_STACK] = {.name = "stack", .first = "id INTEGER PRIMARY KEY, frames BLOB"},
	[RECORDING_CACHE] = {.name = "cache",
		.first = "id INTEGER PRIMARY KEY, name TEXT, destroyed INTEGER"},
	[RECORDING_ORIGIN] = {.name = "origin",
		.first = "id INTEGER PRIMARY KEY, cache INTEGER, frame INTEGER"},
	[RECORDING_TASK] = {.name = "task",
		.first = "id INTEGER PRIMARY KEY, comm TEXT, cgroup INTEGER, path TEXT"},
	[RECORDING_COUNTER] = {.name = "counter",
		.first = "snapshot INTEGER, origin INTEGER, allocs INTEGER, frees INTEGER, "
		"objects INTEGER, bytes INTEGER", .key = "origin", .lasts = true},
	[RECORDING_HOOK] = {.name = "hook",
		.first = "snapshot INTEGER, name TEXT, target TEXT, kind INTEGER, state INTEGER, "
		"second INTEGER, why TEXT", .key = "name", .lasts = true},
	[RECORDING_FACT] = {.name = "fact",
		.first = "snapshot INTEGER, name TEXT, value", .key = "name", .lasts = true},
	[RECORDING_SLAB] = {.name = "slab",
		.first = "snapshot INTEGER, name TEXT, merged TEXT, before INTEGER, after INTEGER",
		.key = "name", .lasts = true},
	[RECORDING_CACHE_STATE] = {.name = "cache_state",
		.first = "snapshot INTEGER, cache INTEGER", .fields = recording_cache,
		.field_cnt = &recording_cache_cnt, .key = "cache", .lasts = true},
	[RECORDING_ORIGIN_STATE] = {.name = "origin_state",
		.first = "snapshot INTEGER, origin INTEGER", .fields = recording_origin,
		.field_cnt = &recording_origin_cnt,
		.last = ", lives BLOB, repetitions BLOB, pins BLOB", .key = "origin",
		.lasts = true},
	[RECORDING_STACK_STATE] = {.name = "stack_state",
		.first = "snapshot INTEGER, origin INTEGER, nr INTEGER, stack INTEGER, "
		"objects INTEGER, share REAL, weight REAL, lives BLOB, repetitions BLOB, "
		"pins BLOB",
		.key = "origin, nr"},
	[RECORDING_TASK_STATE] = {.name = "task_state",
		.first = "snapshot INTEGER, origin INTEGER, stack_nr INTEGER, nr INTEGER, "
		"task INTEGER, objects INTEGER, weight REAL, lives BLOB", .key = "origin, stack_nr, nr"},
	[RECORDING_CONTENT] = {.name = "content",
		.first = "snapshot INTEGER, origin INTEGER, nr INTEGER, kind TEXT, text TEXT, "
		"objects INTEGER", .key = "origin, nr"},
	[RECORDING_FREE_SITE] = {.name = "free_site",
		.first = "snapshot INTEGER, origin INTEGER, nr INTEGER, frame INTEGER, how INTEGER, "
		"frees INTEGER, share REAL", .key = "origin, nr"},
};
/* clang-format on */
_Static_assert(sizeof(((struct reclaim *)0)->why) == RECORDING_CHARS_MAX &&
		       RUN_CGROUP_WHY == RECORDING_CHARS_MAX &&
		       REPORT_RUN_WHY == RECORDING_CHARS_MAX && PATH_MAX <= RECORDING_TEXT_MAX,
	       "reasons have the size that is read");
_Static_assert(ARRAY_SIZE(tables) == RECORDING_TABLES, "every table is described");

/* Tables that have other columns now: how they were up to a version, oldest first. */
static const struct {
	enum recording_table table;
	uint32_t upto;
	const char *columns;
} were[] = {
	{RECORDING_TASK, 1, "id INTEGER PRIMARY KEY, comm TEXT"},
};

static const char *first_columns(enum recording_table table, uint32_t version)
{
	for (size_t i = 0; i < ARRAY_SIZE(were); i++)
		if (were[i].table == table && version <= were[i].upto)
			return were[i].columns;
	return tables[table].first;
}

const char *recording_table_name(enum recording_table table)
{
	return tables[table].name;
}

bool recording_table_lasts(enum recording_table table)
{
	return tables[table].lasts;
}

static size_t field_cnt(enum recording_table table)
{
	return tables[table].fields ? *tables[table].field_cnt : 0;
}

char *recording_create_sql(enum recording_table table, uint32_t version, char buf[RECORDING_SQL])
{
	const struct recording_field *f = tables[table].fields;
	size_t used = snprintf(buf, RECORDING_SQL, "CREATE TABLE %s(%s", tables[table].name,
			       first_columns(table, version));

	for (size_t i = 0; i < field_cnt(table); i++)
		used += snprintf(buf + used, RECORDING_SQL - used, ", %s %s", f[i].name,
				 f[i].type == RECORDING_REAL ? "REAL" : "INTEGER");
	used += snprintf(buf + used, RECORDING_SQL - used, "%s",
			 tables[table].last ? tables[table].last : "");
	if (tables[table].key)
		snprintf(buf + used, RECORDING_SQL - used,
			 ", PRIMARY KEY (snapshot, %s)) WITHOUT ROWID", tables[table].key);
	else
		snprintf(buf + used, RECORDING_SQL - used, ")");
	return buf;
}

static size_t commas(const char *columns)
{
	size_t count = 0;

	for (; columns && *columns; columns++)
		count += *columns == ',';
	return count;
}

char *recording_insert_sql(enum recording_table table, char buf[RECORDING_SQL])
{
	size_t columns =
		1 + commas(tables[table].first) + field_cnt(table) + commas(tables[table].last);
	size_t used = snprintf(buf, RECORDING_SQL, "INSERT INTO %s VALUES (", tables[table].name);

	for (size_t i = 0; i < columns; i++)
		used += snprintf(buf + used, RECORDING_SQL - used, "%s?", i ? ", " : "");
	snprintf(buf + used, RECORDING_SQL - used, ")");
	return buf;
}
