// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What has a name has a number in the file: code, stacks, caches, origins, processes.
 * No address gets there: a place in the code is told by its function, and by how far
 * it is from where the kernel or the module begins.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "recorder_private.h"
#include "recording_images.h"

static int write_name(struct recorder *r)
{
	return rows_insert(&r->name_rows, r->insert, r->snapshot);
}

static void begin(struct recorder *r, enum recording_table table, uint32_t number)
{
	rows_clear(&r->name_rows);
	rows_begin(&r->name_rows, table);
	rows_int(&r->name_rows, number);
}

/* A build of a module, or of the kernel (NULL). */
static int number_image(struct recorder *r, const char *module, const char *build_id,
			uint32_t *ret_image)
{
	char key[RECORDING_TEXT_MAX + BUILD_ID];
	int len = snprintf(key, sizeof(key), "%s%c%s", module ? module : "", '\0', build_id);
	bool is_new;
	int err = len < (int)sizeof(key) ? interner_number(&r->images, key, len, ret_image, &is_new)
					 : -ENAMETOOLONG;

	if (err || !is_new)
		return err;
	begin(r, RECORDING_IMAGE, *ret_image);
	rows_text(&r->name_rows, module);
	rows_text(&r->name_rows, build_id);
	return write_name(r);
}

/* Where it is now, if that is another place or build than the last; gone, it was where it was. */
static int find_load(struct recorder *r, const struct symbols *symbols, const char *module,
		     struct known_module *known)
{
	const struct load *last = known->load_cnt ? &known->loads[known->load_cnt - 1] : NULL;
	char build_id[BUILD_ID];
	struct load now = {}, *moved;
	int err;

	images_range(r->root, module, symbols, &now.start, &now.end);
	if (last && !now.start)
		return 0;
	images_build_id(r->root, module, build_id);
	err = number_image(r, module, build_id, &now.image);
	if (err || (last && last->start == now.start && last->image == now.image))
		return err;
	moved = realloc(known->loads, (known->load_cnt + 1) * sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	known->loads = moved;
	moved[known->load_cnt++] = now;
	return 0;
}

static int find_module(struct recorder *r, const struct symbols *symbols, const char *module,
		       struct known_module **ret_module)
{
	uint32_t number;
	bool is_new;
	int err = interner_number(&r->modules, module ? module : "", module ? strlen(module) : 0,
				  &number, &is_new);
	struct known_module *known;

	if (!err && is_new) {
		known = realloc(r->module_of, (number + 1) * sizeof(*known));
		if (!known)
			return -ENOMEM;
		memset(&known[number], 0, sizeof(*known));
		r->module_of = known;
		r->module_cnt = number + 1;
	}
	if (err)
		return err;
	known = &r->module_of[number];
	if (known->version != r->version)
		err = find_load(r, symbols, module, known);
	known->version = r->version;
	*ret_module = known;
	return err;
}

/* Of which image an address is, and how far from its beginning; 0: not known. */
static int find_place(struct recorder *r, const struct symbols *symbols, const char *module,
		      uint64_t address, uint32_t *ret_image, uint64_t *ret_place)
{
	struct known_module *known;
	int err = find_module(r, symbols, module, &known);

	if (err)
		return err;
	*ret_image = known->loads[0].image;
	for (uint32_t i = known->load_cnt; i--;) {
		const struct load *l = &known->loads[i];

		if (!l->start || address < l->start || address >= l->end)
			continue;
		*ret_image = l->image;
		*ret_place = address - l->start;
		break;
	}
	return 0;
}

/*
 * What makes a frame one. The address, too, which stays here: a module that comes again
 * elsewhere has other origins.
 */
struct frame_key {
	uint64_t address, place, offset, name_hash;
	uint32_t image, named;
};

/*
 * Other code lies now where a recorded frame was, and which of the two is meant from now on is
 * not known: it has no name any more, also in what was recorded before. As another frame it would
 * make other origins and stacks, whose objects seem to be new.
 */
static int unname(struct recorder *r, uint32_t frame)
{
	char sql[160];

	sqlite3_snprintf(sizeof(sql), sql,
			 "UPDATE frame SET image = NULL, place = NULL, function = NULL, "
			 "offset = NULL WHERE id = %u",
			 frame);
	return recording_db_run(r->db, sql);
}

static int resolve(struct recorder *r, const struct symbols *symbols, uint64_t address,
		   uint32_t *ret_frame)
{
	struct symbol sym = symbols_find(symbols, address);
	struct frame_key key;
	bool is_new;
	int err;

	if (sym.several && *ret_frame)
		return unname(r, *ret_frame);
	memset(&key, 0, sizeof(key));
	key.address = address;
	if (sym.name) {
		err = find_place(r, symbols, sym.module, address, &key.image, &key.place);
		if (err)
			return err;
		key.named = 1;
		key.offset = sym.offset;
		key.name_hash = interner_hash(0, sym.name, strlen(sym.name));
	}
	err = interner_number(&r->frames, &key, sizeof(key), ret_frame, &is_new);
	if (err || !is_new)
		return err;
	begin(r, RECORDING_FRAME, *ret_frame);
	if (sym.name) {
		rows_int(&r->name_rows, key.image);
		if (key.place)
			rows_count(&r->name_rows, key.place);
		else
			rows_null(&r->name_rows);
		rows_text(&r->name_rows, sym.name);
		rows_count(&r->name_rows, sym.offset);
	} else {
		for (int i = 0; i < 4; i++)
			rows_null(&r->name_rows);
	}
	return write_name(r);
}

int recorder_frame(struct recorder *r, const struct symbols *symbols, uint64_t address,
		   uint32_t *ret_frame)
{
	uint32_t number;
	bool is_new;
	int err;

	*ret_frame = 0;
	if (!address)
		return 0;
	err = interner_number(&r->addresses, &address, sizeof(address), &number, &is_new);
	if (err)
		return err;
	if (number >= r->frame_room) {
		uint32_t room = 2 * number;
		struct known_frame *moved = realloc(r->frame_of, room * sizeof(*moved));

		if (!moved)
			return -ENOMEM;
		memset(moved + r->frame_room, 0, (room - r->frame_room) * sizeof(*moved));
		r->frame_of = moved;
		r->frame_room = room;
	}
	if (r->frame_of[number].version != r->version) {
		err = resolve(r, symbols, address, &r->frame_of[number].frame);
		r->frame_of[number].version = r->version;
	}
	*ret_frame = r->frame_of[number].frame;
	return err;
}

int recorder_stack(struct recorder *r, const struct symbols *symbols,
		   const struct snapshot_stack *st, uint32_t *ret_stack)
{
	uint64_t frames[RECORDING_DEPTH_MAX];
	uint32_t count = st->frame_cnt < RECORDING_DEPTH_MAX ? st->frame_cnt : RECORDING_DEPTH_MAX;
	bool is_new;
	int err = 0;

	for (uint32_t i = 0; i < count && !err; i++) {
		uint32_t frame;

		err = recorder_frame(r, symbols, st->frames[i], &frame);
		frames[i] = frame;
	}
	if (!err)
		err = interner_number(&r->stacks, frames, count * sizeof(*frames), ret_stack,
				      &is_new);
	if (err || !is_new)
		return err;
	begin(r, RECORDING_STACK, *ret_stack);
	rows_packed(&r->name_rows, true, &(uint64_t){count}, 1);
	rows_packed(&r->name_rows, false, frames, count);
	return write_name(r);
}

int recorder_cache(struct recorder *r, const char *name, bool destroyed, uint32_t *ret_cache)
{
	char key[1 + SS_CACHE_NAME];
	size_t len = strnlen(name, SS_CACHE_NAME - 1);
	bool is_new;
	int err;

	key[0] = destroyed ? 'd' : 'c';
	memcpy(key + 1, name, len);
	key[1 + len] = '\0';
	err = interner_number(&r->caches, key, 1 + len, ret_cache, &is_new);
	if (err || !is_new)
		return err;
	begin(r, RECORDING_CACHE, *ret_cache);
	rows_text(&r->name_rows, key + 1);
	rows_int(&r->name_rows, destroyed);
	return write_name(r);
}

int recorder_origin(struct recorder *r, uint32_t cache, uint32_t frame, uint32_t *ret_origin)
{
	const uint32_t key[] = {cache, frame};
	bool is_new;
	int err = interner_number(&r->origins, key, sizeof(key), ret_origin, &is_new);

	if (err || !is_new)
		return err;
	begin(r, RECORDING_ORIGIN, *ret_origin);
	rows_int(&r->name_rows, cache);
	if (frame)
		rows_int(&r->name_rows, frame);
	else
		rows_null(&r->name_rows);
	return write_name(r);
}

int recorder_task(struct recorder *r, const struct snapshot_task *task, uint32_t *ret_task)
{
	struct {
		uint64_t cgroup;
		char comm[SS_COMM];
	} key;
	bool is_new;
	int err;

	memset(&key, 0, sizeof(key));
	key.cgroup = task->cgroup;
	strncpy(key.comm, task->comm, SS_COMM - 1);
	err = interner_number(&r->tasks, &key, sizeof(key), ret_task, &is_new);
	if (err || !is_new)
		return err;
	begin(r, RECORDING_TASK, *ret_task);
	rows_text(&r->name_rows, key.comm);
	rows_count(&r->name_rows, key.cgroup);
	rows_text(&r->name_rows, task->path);
	return write_name(r);
}
