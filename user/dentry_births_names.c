// SPDX-License-Identifier: GPL-2.0-or-later
/* The names of births, by some of what they are: directory, pattern, or both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dentry_births_private.h"
#include "dentry_place.h"

#define ROLL_ROOM 65536

struct name_key {
	struct born_program program;
	const char *path, *pattern;
	size_t path_len, pattern_len;
};

static struct name_key read_key(const struct top_entry *e)
{
	struct name_key key;

	memcpy(&key.program, e->key, sizeof(key.program));
	key.path = (const char *)e->key + sizeof(key.program);
	key.path_len = strlen(key.path);
	key.pattern = key.path + key.path_len + 1;
	key.pattern_len = e->key_len - sizeof(key.program) - key.path_len - 1;
	return key;
}

void born_filter_programs(struct dentry_births_report *r)
{
	const struct top *names = dentry_births_names(r->births);

	for (size_t i = 0; i < r->programs.count; i++)
		memset(r->programs.at[i].counts, 0, sizeof(r->programs.at[i].counts));
	for (size_t i = 0; i < top_count(names); i++) {
		const struct top_entry e = top_entry(names, i);
		struct born_who key = {.program = read_key(&e).program}, *w;

		w = bsearch(&key, r->programs.at, r->programs.count, sizeof(key), born_by_program);
		for (int n = 0; w && n < BORN_COUNTS; n++)
			w->counts[n] += e.values[n];
	}
}

int born_roll(const struct dentry_births_report *r, const struct born_program *only, int what,
	      enum born_count weight, struct top **ret_table)
{
	const struct top *names = dentry_births_names(r->births);
	int err = top_create(ROLL_ROOM, BORN_COUNTS + 1, ret_table);

	for (size_t i = 0; i < top_count(names) && !err; i++) {
		const struct top_entry e = top_entry(names, i);
		const struct name_key name = read_key(&e);
		uint64_t values[BORN_COUNTS + 1];
		char key[DENTRY_PATH + DENTRIES_PATTERN];
		size_t len = 0;

		if (only && memcmp(only, &name.program, sizeof(*only)))
			continue;
		if (what & BORN_BY_FOLD)
			dentry_place_fold(name.path, key);
		else if (what & BORN_BY_PATH)
			memcpy(key, name.path, name.path_len + 1);
		if (what & BORN_BY_PATH)
			len = strlen(key) + 1;
		if (what & BORN_BY_PATTERN) {
			memcpy(key + len, name.pattern, name.pattern_len);
			len += name.pattern_len;
		}
		memcpy(values + 1, e.values, sizeof(values) - sizeof(values[0]));
		values[0] = values[1 + weight];
		err = top_add(*ret_table, key, len, values);
		if (err)
			top_destroy(*ret_table);
	}
	return err;
}

int born_read_name(const struct top_entry *e, int what, struct born_name *ret_name)
{
	const char *key = e->key;
	size_t skip = what & BORN_BY_PATH ? strlen(key) + 1 : 0;

	*ret_name = (struct born_name){.undercount = e->undercount};
	memcpy(ret_name->counts, e->values + 1, sizeof(ret_name->counts));
	if (what & BORN_BY_PATH)
		ret_name->path = strdup(key);
	if (what & BORN_BY_PATTERN)
		ret_name->pattern = strndup(key + skip, e->key_len - skip);
	return (what & BORN_BY_PATH && !ret_name->path) ||
			       (what & BORN_BY_PATTERN && !ret_name->pattern)
		       ? -ENOMEM
		       : 0;
}

static int read_names(const struct top *table, int what, size_t rows_max, struct born_names *names)
{
	size_t count = top_count(table) < rows_max ? top_count(table) : rows_max;
	autofree struct top_entry *entries = calloc(count + 1, sizeof(*entries));
	int err = 0;

	names->at = calloc(count + 1, sizeof(*names->at));
	if (!entries || !names->at)
		return -ENOMEM;
	names->known = top_count(table);
	names->incomplete |= top_lost(table).entries != 0;
	count = top_rank(table, count, entries);
	while (names->count < count && !err) {
		err = born_read_name(&entries[names->count], what, &names->at[names->count]);
		names->count++;
	}
	return err;
}

int born_add_names(struct dentry_births_report *r, int what, size_t rows_max,
		   struct born_names *names)
{
	struct top *table;
	int err = born_roll(r, NULL, what, BORN_ALL, &table);

	if (err)
		return err;
	names->incomplete = top_lost(dentry_births_names(r->births)).entries;
	err = read_names(table, what, rows_max, names);
	top_destroy(table);
	return err;
}

void born_names_deinit(struct born_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		free(names->at[i].path);
		free(names->at[i].pattern);
	}
	free(names->at);
	*names = (struct born_names){0};
}
