// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Origins of a snapshot, with their stacks, processes, contents and places of frees. Each
 * was written as a whole, in the last snapshot of the range that has a row of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "recording_private.h"

struct reading {
	struct recording *rec;
	const struct range *range;
	struct names *n;
	struct recorded *r;
	struct snapshot *s;
};

int range_prepare(struct recording *rec, const char *sql, const struct range *range,
		  struct columns *ret_columns)
{
	int err;

	*ret_columns = (struct columns){};
	err = recording_db_prepare(rec->db, sql, &ret_columns->s);
	if (!err) {
		sqlite3_bind_int64(ret_columns->s, 1, range->key);
		sqlite3_bind_int64(ret_columns->s, 2, range->snapshot);
	}
	return err;
}

/* What no ledger has more of: tasks of a stack are named, besides, as interrupts and others. */
#define STACK_TASKS_MAX (SS_TASKS + 2)

/* Room for one more in an array that doubles. */
static void *more(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return realloc(array, (count ? 2 * count : 1) * size);
}

static void read_lives(struct columns *c, struct snapshot_lives *lives)
{
	uint64_t all[2 * SS_LIFE_BINS + SNAPSHOT_SLICES];

	if (!columns_packed(c, all, 2 * SS_LIFE_BINS + SNAPSHOT_SLICES, RECORDING_LIVES_MAX)) {
		c->damaged = true;
		return;
	}
	memcpy(lives->died, all, sizeof(lives->died));
	memcpy(lives->alive, all + SS_LIFE_BINS, sizeof(lives->alive));
	memcpy(lives->born, all + 2 * SS_LIFE_BINS, sizeof(lives->born));
}

/* Few bytes may stand for all zeros of a row: a small file could fill the memory. */
static int read_repetitions(const struct reading *x, struct columns *c, uint64_t **ret)
{
	const uint32_t count = x->s->repetition_cnt;
	uint64_t *numbers = calloc(count + 1, sizeof(*numbers));

	if (!numbers)
		return -ENOMEM;
	if (columns_packed(c, numbers, count, RECORDING_LIVES_MAX)) {
		*ret = numbers;
		x->n->repetitions_read += count;
	} else {
		free(numbers);
	}
	return x->n->repetitions_read <= RECORDING_REPETITIONS_MAX ? 0 : -ENOMEM;
}

static int read_pins(struct columns *c, struct snapshot_pins **ret)
{
	uint64_t all[2 + SNAPSHOT_SLICES];

	if (!columns_packed(c, all, 2 + SNAPSHOT_SLICES, RECORDING_LIVES_MAX))
		return 0;
	if (all[1] > all[0])
		c->damaged = true;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	(*ret)->looked = all[0];
	(*ret)->pinned = all[1];
	memcpy((*ret)->born, all + 2, sizeof((*ret)->born));
	return 0;
}

/* Of which origin the row is, where that is one as it was written last; else NULL. */
static struct snapshot_origin *origin_of(const struct reading *x, struct columns *c)
{
	int64_t snapshot = columns_int(c, x->range->key, x->range->snapshot);
	uint32_t number = (uint32_t)columns_int(c, 1, x->n->origin_cnt);
	const struct name_origin *name = &x->n->origins[number];

	if (c->damaged || !name->at || name->snapshot != snapshot)
		return NULL;
	return &x->s->origins[name->at - 1];
}

/* First in which snapshot each was written, so that no row is read that does not hold. */
static int find_origins(const struct reading *x)
{
	struct columns c;
	int left, err = range_prepare(x->rec,
				      "SELECT snapshot, origin FROM origin_state WHERE snapshot "
				      "BETWEEN ?1 AND ?2 ORDER BY snapshot",
				      x->range, &c);

	while (!err && (left = columns_next(&c)) != 0) {
		int64_t snapshot = columns_int(&c, x->range->key, x->range->snapshot);
		uint32_t number = (uint32_t)columns_int(&c, 0, x->n->origin_cnt);

		if (left < 0 || c.damaged)
			err = left < 0 ? left : -EBADMSG;
		else
			x->n->origins[number].snapshot = snapshot;
	}
	sqlite3_finalize(c.s);
	return err;
}

static int read_origin(const struct reading *x, struct columns *c)
{
	struct snapshot_origin *o = origin_of(x, c);
	int err = 0;

	if (!o)
		return c->damaged ? -EBADMSG : 0;
	if (o->repetitions || o->pins) /* a row that is there twice */
		return -EBADMSG;
	for (size_t i = 0; i < recording_origin_cnt && !err; i++)
		err = columns_field(c, &recording_origin[i], o, x->r);
	read_lives(c, &o->lives);
	if (!err)
		err = read_repetitions(x, c, &o->repetitions);
	return err ? err : read_pins(c, &o->pins);
}

static int read_stack(const struct reading *x, struct columns *c)
{
	struct snapshot_origin *o = origin_of(x, c);
	struct snapshot_stack *st;
	uint32_t stack;
	int err;

	if (!o)
		return c->damaged ? -EBADMSG : 0;
	if (x->n->stacks_used++ == SS_RECS)
		return -EBADMSG;
	columns_int(c, (int64_t)o->stack_cnt, (int64_t)o->stack_cnt);
	st = more(o->stacks, o->stack_cnt, sizeof(*st));
	if (!st)
		return -ENOMEM;
	o->stacks = st;
	st += o->stack_cnt++;
	*st = (struct snapshot_stack){};
	stack = (uint32_t)columns_int(c, 0, x->n->stack_cnt);
	st->objects = columns_count(c);
	st->share = columns_real(c, 1.000001);
	st->weight = columns_real(c, 1e18);
	read_lives(c, &st->lives);
	err = read_repetitions(x, c, &st->repetitions);
	if (!err)
		err = read_pins(c, &st->pins);
	if (!err && !c->damaged && stack)
		return names_stack(x->rec, x->n, x->s, stack, st);
	return err ? err : -EBADMSG;
}

static int read_task(const struct reading *x, struct columns *c)
{
	struct snapshot_origin *o = origin_of(x, c);
	struct snapshot_stack *st;
	struct snapshot_task *task;
	uint32_t name;
	int64_t nr;
	bool none;

	if (!o)
		return c->damaged ? -EBADMSG : 0;
	nr = columns_int(c, 0, (int64_t)o->stack_cnt - 1);
	if (c->damaged)
		return -EBADMSG;
	st = &o->stacks[nr];
	/* Each is held against all others of its stack. */
	if (st->task_cnt == STACK_TASKS_MAX || x->n->tasks_used++ == SS_RECS)
		return -EBADMSG;
	columns_int(c, (int64_t)st->task_cnt, (int64_t)st->task_cnt);
	task = more(st->tasks, st->task_cnt, sizeof(*task));
	if (!task)
		return -ENOMEM;
	st->tasks = task;
	task += st->task_cnt++;
	*task = (struct snapshot_task){};
	name = (uint32_t)columns_int_or_null(c, 1, x->n->task_cnt, &none);
	if (!none && !c->damaged) {
		task->comm = x->n->tasks[name].comm;
		task->cgroup = x->n->tasks[name].cgroup;
		task->path = x->n->tasks[name].path;
	}
	task->objects = columns_count(c);
	task->weight = columns_real(c, 1e18);
	read_lives(c, &task->lives);
	return 0;
}

static int read_content(const struct reading *x, struct columns *c)
{
	struct snapshot_origin *o = origin_of(x, c);
	struct snapshot_content *content;

	if (!o)
		return c->damaged ? -EBADMSG : 0;
	columns_int(c, (int64_t)o->content_cnt, (int64_t)o->content_cnt);
	content = more(o->contents, o->content_cnt, sizeof(*content));
	if (!content)
		return -ENOMEM;
	o->contents = content;
	content += o->content_cnt;
	content->kind = recorded_keep(x->r, columns_safe(c, SNAPSHOT_CONTENT, false));
	content->text = strdup(columns_safe(c, 4 * SNAPSHOT_CONTENT, false));
	content->objects = columns_count(c);
	o->content_cnt += content->text != NULL;
	return content->kind && content->text ? 0 : -ENOMEM;
}

static int read_free_site(const struct reading *x, struct columns *c)
{
	struct snapshot_origin *o = origin_of(x, c);
	struct snapshot_free_site *f;
	uint32_t frame;
	bool none;

	if (!o)
		return c->damaged ? -EBADMSG : 0;
	columns_int(c, (int64_t)o->free_site_cnt, (int64_t)o->free_site_cnt);
	if (x->n->free_sites_used == x->n->free_site_cnt)
		return -EBADMSG;
	f = &x->s->free_site_store[x->n->free_sites_used++];
	/* In order of origins: those of one lie together. */
	if (!o->free_site_cnt++)
		o->free_sites = f;
	frame = (uint32_t)columns_int_or_null(c, 1, x->n->frame_cnt, &none);
	f->site = c->damaged || none ? 0 : x->n->frame_address[frame];
	f->how = (enum ss_freed)columns_int(c, SS_FREED_CALL, SS_FREED_UNKNOWN);
	f->frees = columns_count(c);
	f->share = columns_real(c, 1.000001);
	return 0;
}

static int read_table(const struct reading *x, const char *sql,
		      int (*read)(const struct reading *x, struct columns *c))
{
	struct columns c;
	int left, err = range_prepare(x->rec, sql, x->range, &c);

	while (!err && (left = columns_next(&c)) != 0) {
		err = left < 0 ? left : read(x, &c);
		if (!err && c.damaged)
			err = -EBADMSG;
	}
	sqlite3_finalize(c.s);
	return err;
}

static int make_free_sites(const struct reading *x)
{
	struct columns c;
	int err = range_prepare(x->rec,
				"SELECT count(*) FROM free_site WHERE snapshot BETWEEN ?1 AND ?2",
				x->range, &c);

	if (!err && columns_next(&c) > 0)
		x->n->free_site_cnt = (uint32_t)columns_int(&c, 0, RECORDING_IDS_MAX);
	sqlite3_finalize(c.s);
	x->s->free_site_store = calloc(x->n->free_site_cnt + 1, sizeof(*x->s->free_site_store));
	return err ? err : x->s->free_site_store ? 0 : -ENOMEM;
}

/* Every origin in the list of the snapshot must have been met. */
static int check_all(const struct reading *x)
{
	for (uint32_t i = 1; i <= x->n->origin_cnt; i++)
		if (x->n->origins[i].at && !x->n->origins[i].snapshot)
			return -EBADMSG;
	return 0;
}

#define ROWS_OF(table, order)                                                                      \
	"SELECT * FROM " table " WHERE snapshot BETWEEN ?1 AND ?2 ORDER BY snapshot, " order

int recording_read_origins(struct recording *rec, const struct range *range, struct names *n,
			   struct recorded *r, struct snapshot *s)
{
	const struct reading x = {rec, range, n, r, s};
	int err = find_origins(&x);

	s->frame_store = malloc(SS_FRAMES * sizeof(*s->frame_store));
	if (!s->frame_store)
		err = -ENOMEM;
	if (!err)
		err = check_all(&x);
	if (!err)
		err = make_free_sites(&x);
	if (!err)
		err = read_table(&x, ROWS_OF("origin_state", "origin"), read_origin);
	if (!err)
		err = read_table(&x, ROWS_OF("stack_state", "origin, nr"), read_stack);
	if (!err)
		err = read_table(&x, ROWS_OF("task_state", "origin, stack_nr, nr"), read_task);
	if (!err)
		err = read_table(&x, ROWS_OF("content", "origin, nr"), read_content);
	return err ? err : read_table(&x, ROWS_OF("free_site", "origin, nr"), read_free_site);
}
