// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of kernels and modules, remembered. */
#include "debug_tree.h"

#include <fts.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 500000 /* of a directory: somebody may say --debug-dir=/ */
#define FILES_MAX   200000 /* of these; some 20 MiB */

static bool ends_in(const char *name, const char *end)
{
	size_t size = strlen(name), end_size = strlen(end);

	return size >= end_size && !strcmp(name + size - end_size, end);
}

static bool is_candidate(const char *name)
{
	return !strncmp(name, "vmlinux", strlen("vmlinux")) || ends_in(name, ".ko") ||
	       ends_in(name, ".ko.debug");
}

/* false: no more. */
static bool keep(struct debug_tree *t, const FTSENT *entry)
{
	struct debug_tree_file *file;

	if (t->count == FILES_MAX)
		return false;
	if (t->count == t->room) {
		size_t room = 2 * t->room + 64;

		file = realloc(t->files, room * sizeof(*file));
		if (!file)
			return false;
		t->files = file;
		t->room = room;
	}
	file = &t->files[t->count];
	file->path = strdup(entry->fts_path);
	if (!file->path)
		return false;
	file->name = file->path + strlen(file->path) - entry->fts_namelen;
	t->count++;
	return true;
}

static void walk(struct debug_tree *t)
{
	char *const roots[] = {t->dir, NULL};
	FTS *files = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV | FTS_NOSTAT, NULL);
	uint32_t count = 0;
	FTSENT *entry;

	while (files && !t->cut_short && (entry = fts_read(files))) {
		bool is_file = entry->fts_info == FTS_F || entry->fts_info == FTS_NSOK;

		t->cut_short = count++ == ENTRIES_MAX ||
			       (is_file && is_candidate(entry->fts_name) && !keep(t, entry));
	}
	if (files)
		fts_close(files);
}

const struct debug_tree *debug_trees_get(struct debug_trees *trees, const char *dir)
{
	struct debug_tree *t;

	for (t = trees->first; t; t = t->next)
		if (!strcmp(t->dir, dir))
			return t;
	t = calloc(1, sizeof(*t));
	if (t)
		t->dir = strdup(dir);
	if (!t || !t->dir) {
		free(t);
		return NULL;
	}
	walk(t);
	t->next = trees->first;
	trees->first = t;
	return t;
}

void debug_trees_deinit(struct debug_trees *trees)
{
	struct debug_tree *t = trees->first, *next;

	for (; t; t = next) {
		next = t->next;
		for (size_t i = 0; i < t->count; i++)
			free(t->files[i].path);
		free(t->files);
		free(t->dir);
		free(t);
	}
	trees->first = NULL;
}
