// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What numbers in a recording stand for. There are no addresses in it, and the program
 * knows code by nothing else: so each function gets one that is made up, far from all
 * others, and the symbols are made so that its name is found there and nothing besides.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "interner.h"
#include "recording_private.h"

/* Above all that has none: function n begins at NAMED + n * APART. */
#define NAMED	(1ull << 48)
#define APART	(2ull * SYMBOL_REACH)
#define UNNAMED (1ull << 40)

/*
 * How many of a table there are, whose ids are to run from 1. To count without a condition
 * is one step of SQLite's machine, which nothing ends: pages of a hostile file may lead to
 * the same page again and again.
 */
#define COUNT_OF(table) "SELECT count(*) FROM " table " WHERE id > 0"

static int count_of(struct recording *rec, const char *sql, uint32_t *ret)
{
	sqlite3_int64 count = 0;
	int err = recording_db_number(rec->db, sql, 0, &count);

	if (!err && (count < 0 || count > RECORDING_IDS_MAX))
		err = -EBADMSG;
	*ret = (uint32_t)count;
	return err;
}

static void *make(uint32_t count, size_t size, int *err)
{
	void *array = *err ? NULL : calloc((size_t)count + 1, size);

	if (!*err && !array)
		*err = -ENOMEM;
	return array;
}

static int prepare(struct recording *rec, const char *sql, struct columns *ret_columns)
{
	*ret_columns = (struct columns){};
	return recording_db_prepare(rec->db, sql, &ret_columns->s);
}

/* Where the rows of a table end, and whether all were there. */
static int finish(struct columns *c, int err, uint32_t read, uint32_t expected)
{
	if (err > 0 || (!err && c->damaged)) /* there are more than were counted */
		err = -EBADMSG;
	sqlite3_finalize(c->s);
	return err ? err : read == expected ? 0 : -EBADMSG;
}

/* Image n is list[n - 1]. */
static int read_images(struct recording *rec, struct code_images *images)
{
	struct columns c;
	uint32_t count, n = 0;
	int err = count_of(rec, COUNT_OF("image"), &count);

	images->list = make(count, sizeof(*images->list), &err);
	if (!err)
		err = prepare(rec, "SELECT id, module, build_id FROM image ORDER BY id", &c);
	if (err)
		return err;
	while ((err = columns_next(&c)) > 0 && n < count) {
		struct code_image *image = &images->list[n];
		const char *module, *build_id;

		n++;
		columns_int(&c, n, n);
		module = columns_text(&c, RECORDING_TEXT_MAX, true);
		image->module = module ? strdup(module) : NULL;
		if (module && !image->module) {
			err = -ENOMEM;
			break;
		}
		images->count = n;
		build_id = columns_text(&c, BUILD_ID - 1, true);
		snprintf(image->build_id, BUILD_ID, "%s", build_id ? build_id : "");
	}
	return finish(&c, err, n, count);
}

/* Frames while they are read. */
struct code {
	struct code_images *images;
	struct interner functions, places; /* places: of functions, by name */
	uint32_t *frames_at;		   /* by number of the place: read until now */
	struct symbols_entry *entries;
	size_t entry_cnt;
};

struct function_key {
	uint64_t image, start, name_hash;
	uint64_t nth; /* of what is the same but for where it was loaded; of a place its offset */
};

/*
 * One that is nobody else's: frames of one function lie in it together, as they did. What
 * was loaded several times, at different addresses, is as many functions.
 */
static int make_address(struct code *code, uint32_t image, const char *name, uint64_t start,
			uint32_t offset, uint64_t *ret_address)
{
	struct function_key key = {image, start, interner_hash(0, name, strlen(name)), offset};
	uint32_t number;
	bool is_new;

	if (interner_number(&code->places, &key, sizeof(key), &number, &is_new))
		return -ENOMEM;
	key.nth = code->frames_at[number]++;
	if (interner_number(&code->functions, &key, sizeof(key), &number, &is_new))
		return -ENOMEM;
	if (is_new) {
		struct symbols_entry *e = &code->entries[code->entry_cnt];

		e->address = NAMED + number * APART;
		e->module = code->images->list[image - 1].module;
		e->name = strdup(name);
		if (!e->name)
			return -ENOMEM;
		code->entry_cnt++;
		code->images->starts[number] = start;
		code->images->start_cnt = number + 1;
	}
	*ret_address = NAMED + number * APART + offset;
	return 0;
}

static int read_frame(struct columns *c, struct names *n, uint32_t frame, struct code *code)
{
	bool unnamed, no_place, no_offset;
	const char *name;
	uint32_t offset;
	int64_t image, place;

	columns_int(c, frame, frame);
	image = columns_int_or_null(c, 1, code->images->count, &unnamed);
	place = columns_int_or_null(c, 0, INT64_MAX, &no_place);
	name = columns_text(c, RECORDING_TEXT_MAX, true);
	offset = (uint32_t)columns_int_or_null(c, 0, SYMBOL_REACH - 1, &no_offset);
	if (c->damaged || unnamed != !name || unnamed != no_offset)
		return -EBADMSG;
	if (!unnamed)
		return make_address(code, (uint32_t)image, name,
				    no_place ? CODE_NOWHERE : (uint64_t)place - offset, offset,
				    &n->frame_address[frame]);
	n->frame_address[frame] = UNNAMED + frame;
	return 0;
}

static int read_all_frames(struct recording *rec, struct names *n, struct code *code)
{
	struct columns c;
	uint32_t frame = 0;
	int more = 1,
	    err = prepare(rec, "SELECT id, image, place, function, offset FROM frame ORDER BY id",
			  &c);

	while (!err && (more = columns_next(&c)) > 0 && frame++ < n->frame_cnt)
		err = read_frame(&c, n, frame, code);
	return finish(&c, err ? err : more, frame, n->frame_cnt);
}

static int read_frames(struct recording *rec, struct recorded *r, bool hidden, struct names *n)
{
	struct code_images *images = &r->images;
	struct code code = {.images = images};
	int err = count_of(rec, COUNT_OF("frame"), &n->frame_cnt);

	n->frame_address = make(n->frame_cnt, sizeof(*n->frame_address), &err);
	/* Of each may be as many twins as there are frames of it, and never more in all. */
	code.entries = make(n->frame_cnt + 1, sizeof(*code.entries), &err);
	code.frames_at = make(n->frame_cnt, sizeof(*code.frames_at), &err);
	images->first = NAMED;
	images->apart = APART;
	images->starts = make(n->frame_cnt + 1, sizeof(*images->starts), &err);
	if (!err)
		err = read_images(rec, images);
	if (!err)
		err = read_all_frames(rec, n, &code);
	if (!err && hidden && code.entry_cnt)
		err = -EBADMSG;
	/* Names are known, though none is needed: nothing is hidden. */
	if (!err && !hidden && !code.entry_cnt)
		code.entries[code.entry_cnt++] =
			(struct symbols_entry){.address = 1, .name = strdup("")};
	if (!err && !hidden && !code.entries[0].name)
		err = -ENOMEM;
	if (!err)
		err = symbols_create_from(code.entries, code.entry_cnt, &r->symbols);
	for (size_t i = 0; i < code.entry_cnt; i++)
		free((char *)code.entries[i].name);
	free(code.entries);
	interner_deinit(&code.functions);
	interner_deinit(&code.places);
	free(code.frames_at);
	return err;
}

static int read_caches(struct recording *rec, struct names *n)
{
	struct columns c;
	uint32_t i = 0;
	int err = count_of(rec, COUNT_OF("cache"), &n->cache_cnt);

	n->caches = make(n->cache_cnt, sizeof(*n->caches), &err);
	if (!err)
		err = prepare(rec, "SELECT id, name, destroyed FROM cache ORDER BY id", &c);
	if (err)
		return err;
	while ((err = columns_next(&c)) > 0 && i++ < n->cache_cnt) {
		columns_int(&c, i, i);
		snprintf(n->caches[i].name, SS_CACHE_NAME, "%s",
			 columns_text(&c, SS_CACHE_NAME - 1, false));
		n->caches[i].destroyed = columns_int(&c, 0, 1);
	}
	return finish(&c, err, i, n->cache_cnt);
}

static int read_origins(struct recording *rec, struct names *n)
{
	struct columns c;
	uint32_t i = 0;
	bool none;
	int err = count_of(rec, COUNT_OF("origin"), &n->origin_cnt);

	n->origins = make(n->origin_cnt, sizeof(*n->origins), &err);
	if (!err)
		err = prepare(rec, "SELECT id, cache, frame FROM origin ORDER BY id", &c);
	if (err)
		return err;
	while ((err = columns_next(&c)) > 0 && i++ < n->origin_cnt) {
		columns_int(&c, i, i);
		n->origins[i].cache = (uint32_t)columns_int(&c, 1, n->cache_cnt);
		n->origins[i].frame = (uint32_t)columns_int_or_null(&c, 1, n->frame_cnt, &none);
		if (none)
			n->origins[i].frame = 0;
	}
	return finish(&c, err, i, n->origin_cnt);
}

static int read_tasks(struct recording *rec, struct recorded *r, struct names *n)
{
	struct columns c;
	uint32_t i = 0;
	int err = count_of(rec, COUNT_OF("task"), &n->task_cnt);

	n->tasks = make(n->task_cnt, sizeof(*n->tasks), &err);
	if (!err)
		err = prepare(rec,
			      rec->version > 1
				      ? "SELECT id, comm, cgroup, path FROM task ORDER BY id"
				      : "SELECT id, comm, 0, NULL FROM task ORDER BY id",
			      &c);
	if (err)
		return err;
	while ((err = columns_next(&c)) > 0 && i++ < n->task_cnt) {
		struct name_task *task = &n->tasks[i];
		const char *path;

		columns_int(&c, i, i);
		task->comm = recorded_keep(r, columns_text(&c, SS_COMM - 1, false));
		task->cgroup = columns_count(&c);
		path = columns_text(&c, RECORDING_TEXT_MAX, true);
		task->path = path ? recorded_keep(r, path) : NULL;
		if (!task->comm || (path && !task->path)) {
			err = -ENOMEM;
			break;
		}
	}
	return finish(&c, err, i, n->task_cnt);
}

int names_read(struct recording *rec, struct recorded *r, bool hidden, struct names *n)
{
	int err;

	*n = (struct names){};
	err = read_frames(rec, r, hidden, n);
	if (!err)
		err = count_of(rec, COUNT_OF("stack"), &n->stack_cnt);
	n->stacks = make(n->stack_cnt, sizeof(*n->stacks), &err);
	if (!err)
		err = read_caches(rec, n);
	if (!err)
		err = read_origins(rec, n);
	return err ? err : read_tasks(rec, r, n);
}

void names_deinit(struct names *n)
{
	sqlite3_finalize(n->stack_statement);
	free(n->frame_address);
	free(n->stacks);
	free(n->caches);
	free(n->origins);
	free(n->tasks);
}
