// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/slabinfo and /sys/kernel/slab. In sysfs a cache that may be merged is a
 * directory with a made-up name such as :0000192, and every name it goes by is a
 * link to it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "slabs.h"

struct name {
	char *name;
	char *target; /* sysfs directory it stands for; NULL: not in sysfs */
	uint64_t active;
	bool has_active;
	size_t first, end, at; /* names of its directory, and itself, in by_target */
};

struct slabs {
	struct name *names; /* sorted by name */
	size_t count, room;
	const char **list;
	struct name **by_target; /* those that are in sysfs, of one directory together */
};

static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct name *find(const struct slabs *s, const char *name)
{
	struct name key = {.name = (char *)name};

	return s->count ? bsearch(&key, s->names, s->count, sizeof(key), by_name) : NULL;
}

static void sort(struct slabs *s)
{
	if (s->count)
		qsort(s->names, s->count, sizeof(*s->names), by_name);
}

static struct name *append(struct slabs *s, const char *name)
{
	struct name *n;

	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 256;
		struct name *moved = realloc(s->names, room * sizeof(*moved));

		if (!moved)
			return NULL;
		s->names = moved;
		s->room = room;
	}
	n = &s->names[s->count];
	*n = (struct name){.name = strdup(name)};
	if (!n->name)
		return NULL;
	s->count++;
	return n;
}

static int read_sysfs(struct slabs *s, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	int err = 0;

	if (!dir)
		return 0;
	while (!err && (d = readdir(dir))) {
		char link[256];
		struct name *n;
		ssize_t len;

		if (d->d_name[0] == '.' || d->d_name[0] == ':')
			continue;
		len = readlinkat(dirfd(dir), d->d_name, link, sizeof(link) - 1);
		if (len >= 0)
			link[len] = '\0';
		n = append(s, d->d_name);
		if (n)
			n->target = strdup(len < 0 ? d->d_name : link);
		err = n && n->target ? 0 : -ENOMEM;
	}
	closedir(dir);
	sort(s);
	return err;
}

static int read_slabinfo(struct slabs *s, const char *path)
{
	autofile FILE *f = fopen(path, "re");
	autofree char *line = NULL;
	size_t size = 0, in_sysfs = s->count;

	while (f && getline(&line, &size, f) > 0) {
		struct name *n;
		uint64_t active;
		char name[128];

		if (line[0] == '#' || sscanf(line, "%127s %" SCNu64, name, &active) != 2)
			continue;
		n = in_sysfs ? bsearch(&(struct name){.name = name}, s->names, in_sysfs, sizeof(*n),
				       by_name)
			     : NULL;
		if (!n)
			n = append(s, name);
		if (!n)
			return -ENOMEM;
		n->active += active; /* two caches may share a name */
		n->has_active = true;
	}
	sort(s);
	return 0;
}

static int by_target(const void *a, const void *b)
{
	const struct name *x = *(struct name *const *)a, *y = *(struct name *const *)b;
	int order = strcmp(x->target, y->target);

	return order ? order : strcmp(x->name, y->name);
}

static void group(struct slabs *s)
{
	struct name **all = s->by_target;
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->names[i].target)
			all[count++] = &s->names[i];
	if (count)
		qsort(all, count, sizeof(struct name *), by_target);
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count; end++)
			if (strcmp(all[first]->target, all[end]->target))
				break;
		for (size_t i = first; i < end; i++) {
			all[i]->first = first;
			all[i]->end = end;
			all[i]->at = i;
		}
	}
}

/* Nothing more will be added; or destroys it, where something could not be. */
static int finish(struct slabs *s, int err, struct slabs **ret_slabs)
{
	if (!err) {
		s->list = calloc(s->count + 1, sizeof(*s->list));
		s->by_target = calloc(s->count + 1, sizeof(struct name *));
		err = s->list && s->by_target ? 0 : -ENOMEM;
	}
	if (err) {
		slabs_destroy(s);
		return err;
	}
	for (size_t i = 0; i < s->count; i++)
		s->list[i] = s->names[i].name;
	group(s);
	*ret_slabs = s;
	return 0;
}

int slabs_create(const char *slabinfo, const char *sysfs, struct slabs **ret_slabs)
{
	struct slabs *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = read_sysfs(s, sysfs ? sysfs : "/sys/kernel/slab");
	if (!err)
		err = read_slabinfo(s, slabinfo ? slabinfo : "/proc/slabinfo");
	return finish(s, err, ret_slabs);
}

int slabs_create_from(const struct slabs_entry *list, size_t count, struct slabs **ret_slabs)
{
	struct slabs *s = calloc(1, sizeof(*s));
	int err = s ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !err; i++) {
		struct name *n = append(s, list[i].name);

		if (n && list[i].merged)
			n->target = strdup(list[i].merged);
		if (!n || (list[i].merged && !n->target)) {
			err = -ENOMEM;
			break;
		}
		n->has_active = list[i].has_active;
		n->active = list[i].active;
	}
	if (!s)
		return err;
	sort(s);
	return finish(s, err, ret_slabs);
}

void slabs_destroy(struct slabs *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++) {
		free(s->names[i].name);
		free(s->names[i].target);
	}
	free(s->names);
	free(s->list);
	free(s->by_target);
	free(s);
}

bool slabs_active(const struct slabs *s, const char *cache, uint64_t *ret_objects)
{
	const struct name *n = find(s, cache);

	if (!n || !n->has_active)
		return false;
	*ret_objects = n->active;
	return true;
}

const char *slabs_alias(const struct slabs *s, const char *cache, size_t i)
{
	const struct name *self = find(s, cache);

	if (!self || !self->target)
		return NULL;
	i += self->first;
	i += i >= self->at; /* but itself */
	return i < self->end ? s->by_target[i]->name : NULL;
}

bool slabs_is_alias(const struct slabs *s, const char *cache, const char *name)
{
	const struct name *self = find(s, cache), *other = find(s, name);

	return self && other && self != other && self->target && other->target &&
	       !strcmp(self->target, other->target);
}

bool slabs_match(const struct slabs *s, const char *cache, const char *glob)
{
	const char *alias;

	if (!fnmatch(glob, cache, 0))
		return true;
	for (size_t i = 0; (alias = slabs_alias(s, cache, i)); i++)
		if (!fnmatch(glob, alias, 0))
			return true;
	return false;
}

bool slabs_match_any(const struct slabs *s, const char *glob)
{
	for (size_t i = 0; i < s->count; i++)
		if (!fnmatch(glob, s->names[i].name, 0))
			return true;
	return !s->count;
}

const char *const *slabs_names(const struct slabs *s)
{
	return s->list;
}
