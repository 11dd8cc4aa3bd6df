// SPDX-License-Identifier: GPL-2.0-or-later
/* A deep snapshot: everything a report is made of, as far as it is not in the file yet. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "recorder_private.h"

static void add_lives(struct rows *rows, const struct snapshot_lives *lives)
{
	rows_packed(rows, true, lives->died, SS_LIFE_BINS);
	rows_packed(rows, false, lives->alive, SS_LIFE_BINS);
	rows_packed(rows, false, lives->born, SNAPSHOT_SLICES);
}

static void add_repetitions(struct rows *rows, const uint64_t *repetitions, uint32_t count)
{
	if (repetitions)
		rows_packed(rows, true, repetitions, count);
	else
		rows_null(rows);
}

static void add_pins(struct rows *rows, const struct snapshot_pins *pins)
{
	if (!pins) {
		rows_null(rows);
		return;
	}
	rows_packed(rows, true, &pins->looked, 1);
	rows_packed(rows, false, &pins->pinned, 1);
	rows_packed(rows, false, pins->born, SNAPSHOT_SLICES);
}

static int add_tasks(struct recorder *r, const struct snapshot_stack *st, uint32_t origin,
		     size_t stack_nr)
{
	int err = 0;

	for (size_t i = 0; i < st->task_cnt && !err; i++) {
		const struct snapshot_task *task = &st->tasks[i];
		uint32_t number = 0;

		if (task->comm)
			err = recorder_task(r, task, &number);
		rows_begin(&r->rows, RECORDING_TASK_STATE);
		rows_snapshot(&r->rows);
		rows_int(&r->rows, origin);
		rows_int(&r->rows, stack_nr);
		rows_int(&r->rows, i);
		if (number)
			rows_int(&r->rows, number);
		else
			rows_null(&r->rows);
		rows_count(&r->rows, task->objects);
		rows_real(&r->rows, task->weight);
		add_lives(&r->rows, &task->lives);
	}
	return err;
}

static int add_stacks(struct recorder *r, const struct report *report,
		      const struct snapshot_origin *o, uint32_t origin)
{
	int err = 0;

	for (size_t i = 0; i < o->stack_cnt && !err; i++) {
		const struct snapshot_stack *st = &o->stacks[i];
		uint32_t stack = 0;

		err = recorder_stack(r, report->symbols, st, &stack);
		rows_begin(&r->rows, RECORDING_STACK_STATE);
		rows_snapshot(&r->rows);
		rows_int(&r->rows, origin);
		rows_int(&r->rows, i);
		rows_int(&r->rows, stack);
		rows_count(&r->rows, st->objects);
		rows_real(&r->rows, st->share);
		rows_real(&r->rows, st->weight);
		add_lives(&r->rows, &st->lives);
		add_repetitions(&r->rows, st->repetitions, report->snapshot->repetition_cnt);
		add_pins(&r->rows, st->pins);
		if (!err)
			err = add_tasks(r, st, origin, i);
	}
	return err;
}

static int add_free_sites(struct recorder *r, const struct report *report,
			  const struct snapshot_origin *o, uint32_t origin)
{
	int err = 0;

	for (size_t i = 0; i < o->free_site_cnt && !err; i++) {
		const struct snapshot_free_site *f = &o->free_sites[i];
		uint32_t frame = 0;

		err = recorder_frame(r, report->symbols, f->site, &frame);
		rows_begin(&r->rows, RECORDING_FREE_SITE);
		rows_snapshot(&r->rows);
		rows_int(&r->rows, origin);
		rows_int(&r->rows, i);
		if (frame)
			rows_int(&r->rows, frame);
		else
			rows_null(&r->rows);
		rows_int(&r->rows, f->how);
		rows_count(&r->rows, f->frees);
		rows_real(&r->rows, f->share);
	}
	return err;
}

static void add_contents(struct recorder *r, const struct snapshot_origin *o, uint32_t origin)
{
	for (size_t i = 0; i < o->content_cnt; i++) {
		const struct snapshot_content *c = &o->contents[i];

		rows_begin(&r->rows, RECORDING_CONTENT);
		rows_snapshot(&r->rows);
		rows_int(&r->rows, origin);
		rows_int(&r->rows, i);
		rows_text(&r->rows, c->kind);
		rows_text(&r->rows, c->text);
		rows_count(&r->rows, c->objects);
	}
}

static int write_origin(struct recorder *r, const struct report *report,
			const struct snapshot_origin *o, uint32_t origin)
{
	const struct last_count now = {o->allocs, o->frees, o->objects, o->bytes};
	int err;

	rows_clear(&r->rows);
	rows_begin(&r->rows, RECORDING_ORIGIN_STATE);
	rows_snapshot(&r->rows);
	rows_int(&r->rows, origin);
	for (size_t i = 0; i < recording_origin_cnt; i++)
		rows_field(&r->rows, &recording_origin[i], o);
	add_lives(&r->rows, &o->lives);
	add_repetitions(&r->rows, o->repetitions, report->snapshot->repetition_cnt);
	add_pins(&r->rows, o->pins);
	err = add_stacks(r, report, o, origin);
	if (!err)
		err = add_free_sites(r, report, o, origin);
	add_contents(r, o, origin);
	if (!err)
		err = recorder_write_changed(r, &r->of_origin, origin);
	return err ? err : recorder_write_count(r, origin, &now);
}

/* A name of the kernel's lists, with the first of the names that are one cache. */
static int write_slab(struct recorder *r, const struct report *report, const char *name,
		      const char *merged)
{
	uint64_t before = 0, after = 0;
	uint32_t number;
	bool is_new, has_before = report->before && slabs_active(report->before, name, &before);
	bool has_after = report->after && slabs_active(report->after, name, &after);
	int err = interner_number(&r->slabs, name, strlen(name), &number, &is_new);

	rows_clear(&r->rows);
	rows_begin(&r->rows, RECORDING_SLAB);
	rows_snapshot(&r->rows);
	rows_text(&r->rows, name);
	rows_text(&r->rows, merged);
	if (has_before)
		rows_count(&r->rows, before);
	else
		rows_null(&r->rows);
	if (has_after)
		rows_count(&r->rows, after);
	else
		rows_null(&r->rows);
	return err ? err : recorder_write_changed(r, &r->of_slab, number);
}

/* What the kernel said of a cache, and by which other names it goes. */
static int write_slabs(struct recorder *r, const struct report *report, const char *cache)
{
	const char *first = cache, *alias;
	int err = 0;

	for (size_t i = 0; report->after && (alias = slabs_alias(report->after, cache, i)); i++)
		if (strcmp(alias, first) < 0)
			first = alias;
	for (size_t i = 0; !err && report->after && (alias = slabs_alias(report->after, cache, i));
	     i++)
		err = write_slab(r, report, alias, first);
	return err ? err : write_slab(r, report, cache, first);
}

static int write_cache(struct recorder *r, const struct snapshot_cache *c, uint32_t cache)
{
	rows_clear(&r->rows);
	rows_begin(&r->rows, RECORDING_CACHE_STATE);
	rows_snapshot(&r->rows);
	rows_int(&r->rows, cache);
	for (size_t i = 0; i < recording_cache_cnt; i++)
		rows_field(&r->rows, &recording_cache[i], c);
	return recorder_write_changed(r, &r->of_cache, cache);
}

static int write_hooks(struct recorder *r, const struct hook *hooks)
{
	int err = 0;

	for (int i = 0; i < HOOK_COUNT && !err; i++) {
		rows_clear(&r->rows);
		rows_begin(&r->rows, RECORDING_HOOK);
		rows_snapshot(&r->rows);
		rows_text(&r->rows, hooks[i].spec->name);
		rows_text(&r->rows, hooks[i].target);
		rows_int(&r->rows, hooks[i].kind);
		rows_int(&r->rows, hooks[i].state);
		rows_int(&r->rows, hooks[i].second);
		rows_text(&r->rows, hooks[i].why);
		err = recorder_write_changed(r, &r->of_hook, i + 1);
	}
	return err;
}

static void begin_fact(struct recorder *r, const char *name)
{
	rows_clear(&r->rows);
	rows_begin(&r->rows, RECORDING_FACT);
	rows_snapshot(&r->rows);
	rows_text(&r->rows, name);
}

/* Words one behind the other, each with its NUL. */
static int write_words(struct recorder *r, char *const *argv, uint32_t number)
{
	uint64_t bytes[RECORDING_WORDS_MAX];
	size_t used = 0;

	for (size_t i = 0; argv[i]; i++)
		for (size_t j = 0; j <= strlen(argv[i]) && used < RECORDING_WORDS_MAX; j++)
			bytes[used++] = (uint8_t)argv[i][j];
	if (used == RECORDING_WORDS_MAX)
		bytes[used - 1] = 0; /* cut */
	begin_fact(r, "run.argv");
	rows_packed(&r->rows, true, &(uint64_t){used}, 1);
	rows_packed(&r->rows, false, bytes, used);
	return recorder_write_changed(r, &r->of_fact, number);
}

/* The processes that live on: how many are listed, and of each its id and its name. */
static int write_living(struct recorder *r, const struct run_cgroup *c, uint32_t number)
{
	uint64_t count = c->living_cnt < RUN_CGROUP_LISTED ? c->living_cnt : RUN_CGROUP_LISTED;

	begin_fact(r, "cgroup.living");
	rows_packed(&r->rows, true, &count, 1);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t pid = (uint64_t)c->living[i].pid, comm[SS_COMM] = {0};

		for (int n = 0; n < SS_COMM - 1; n++)
			comm[n] = (uint8_t)c->living[i].comm[n];
		rows_packed(&r->rows, false, &pid, 1);
		rows_packed(&r->rows, false, comm, SS_COMM);
	}
	return recorder_write_changed(r, &r->of_fact, number);
}

static void gather(const struct report *report, struct recording_facts *f)
{
	f->report = *report;
	f->snapshot = *report->snapshot;
	f->settled = report->settle != NULL;
	f->reclaimed = report->reclaim != NULL;
	f->ran = report->run != NULL;
	if (report->settle)
		f->settle = *report->settle;
	if (report->reclaim)
		f->reclaim = *report->reclaim;
	if (report->run)
		f->run = *report->run;
	f->has_cgroup = report->run && report->run->cgroup;
	if (f->has_cgroup)
		f->cgroup = *report->run->cgroup;
	if (!f->cgroup.asked) /* nothing is known of them */
		f->cgroup.living_cnt = 0;
	f->how = f->reclaim.how;
	f->grade = report->grade;
	f->before = report->before != NULL;
	f->after = report->after != NULL;
	f->hidden = symbols_hidden(report->symbols);
}

static int write_facts(struct recorder *r, const struct report *report)
{
	struct recording_facts f = {};
	int err = 0;

	gather(report, &f);
	for (size_t i = 0; i < recording_facts_cnt && !err; i++) {
		begin_fact(r, recording_facts[i].name);
		rows_field(&r->rows, &recording_facts[i], &f);
		err = recorder_write_changed(r, &r->of_fact, i + 1);
	}
	if (!err && report->run)
		err = write_words(r, report->run->argv, recording_facts_cnt + 1);
	if (!err && f.has_cgroup)
		err = write_living(r, &f.cgroup, recording_facts_cnt + 2);
	return err;
}

static int write_all(struct recorder *r, const struct report *report)
{
	const struct snapshot *s = report->snapshot;
	autofree uint32_t *caches = calloc(s->cache_cnt + 1, sizeof(*caches));
	autofree uint64_t *order = calloc(s->cache_cnt + s->origin_cnt + 1, sizeof(*order));
	uint64_t *origins = order + s->cache_cnt;
	int err = caches && order ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->cache_cnt && !err; i++) {
		const struct snapshot_cache *c = &s->caches[i];

		err = recorder_cache(r, c->name, c->destroyed, &caches[i]);
		order[i] = caches[i];
		if (!err)
			err = write_cache(r, c, caches[i]);
		if (!err)
			err = write_slabs(r, report, c->name);
	}
	for (size_t i = 0; i < s->origin_cnt && !err; i++) {
		const struct snapshot_origin *o = &s->origins[i];
		uint32_t frame, origin;

		err = recorder_frame(r, report->symbols, o->site, &frame);
		if (!err)
			err = recorder_origin(r, caches[o->cache], frame, &origin);
		if (err)
			break;
		origins[i] = origin;
		err = write_origin(r, report, o, origin);
	}
	if (!err)
		err = write_hooks(r, report->hooks);
	if (!err)
		err = write_facts(r, report);
	if (err)
		return err;
	/* Which there are, and in which order. */
	rows_clear(&r->rows);
	rows_begin(&r->rows, RECORDING_SNAPSHOT);
	rows_packed(&r->rows, true, &(uint64_t){s->cache_cnt}, 1);
	rows_packed(&r->rows, false, order, s->cache_cnt);
	rows_packed(&r->rows, true, &(uint64_t){s->origin_cnt}, 1);
	rows_packed(&r->rows, false, origins, s->origin_cnt);
	return r->rows.failed ? -ENOMEM : 0;
}

int recorder_take(struct recorder *r, const struct recorder_moment *m, const struct report *report)
{
	int err = recorder_begin(r);

	if (err)
		return err;
	r->key = r->deep_cnt++ % RECORDING_KEYS == 0;
	r->version = symbols_version(report->symbols);
	err = write_all(r, report);
	r->err = err;
	return recorder_commit(r, m, report->snapshot);
}
