// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all dentries of the kernel add up to.
 *
 * Dentries that were made one after another lie in the same slabs, so the next
 * one is mostly of the same directory and pattern: counts are held back until
 * that changes. A flood costs one look into the tables a slab that way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dentries.h"
#include "pattern.h"

struct dentries {
	struct dentries_config config;
	struct top *directories, *patterns, *floods;
	struct dentries_super *supers;
	size_t super_cnt, super_room;
	size_t last; /* super block of the dentry before */
	uint64_t total[DENTRIES_COUNTS];

	/* Held back. */
	uint64_t counts[DENTRIES_COUNTS];
	struct {
		struct dentries_place place;
		char pattern[DENTRIES_PATTERN];
	} key;
	size_t pattern_len;
};

/* Linux 7.x marks each dentry of theirs (DCACHE_PERSISTENT), before that only the type tells. */
bool dentries_in_memory(const char *type)
{
	static const char *const types[] = {
		"tmpfs",   "ramfs",	 "rootfs", "devtmpfs",	  "hugetlbfs",	"configfs",
		"debugfs", "tracefs",	 "devpts", "securityfs",  "selinuxfs",	"smackfs",
		"bpf",	   "mqueue",	 "pstore", "efivarfs",	  "functionfs", "fusectl",
		"nfsd",	   "rpc_pipefs", "binder", "binfmt_misc", "spufs",	"apparmorfs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}

static bool is_stacked(const char *type)
{
	return !strcmp(type, "overlay") || !strcmp(type, "ecryptfs") || !strcmp(type, "aufs");
}

int dentries_create(const struct dentries_config *config, struct dentries **ret_dentries)
{
	struct dentries *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->config = *config;
	if (top_create(config->room, DENTRIES_COUNTS, &d->directories) ||
	    top_create(config->room, DENTRIES_COUNTS, &d->patterns) ||
	    top_create(config->room, DENTRIES_COUNTS, &d->floods)) {
		dentries_destroy(d);
		return -ENOMEM;
	}
	*ret_dentries = d;
	return 0;
}

void dentries_destroy(struct dentries *d)
{
	if (!d)
		return;
	top_destroy(d->directories);
	top_destroy(d->patterns);
	top_destroy(d->floods);
	free(d->supers);
	free(d);
}

uint32_t dentries_kmalloc_size(uint32_t bytes)
{
	uint32_t size = 8;

	while (size < bytes)
		size *= 2;
	/* The two that are no power of two. */
	if (bytes > 64 && bytes <= 96)
		return 96;
	if (bytes > 128 && bytes <= 192)
		return 192;
	return size;
}

static struct dentries_super *find_super(struct dentries *d, uint64_t address)
{
	struct dentries_super *s;

	if (d->last < d->super_cnt && d->supers[d->last].address == address)
		return &d->supers[d->last];
	for (size_t i = 0; i < d->super_cnt; i++) {
		if (d->supers[i].address == address) {
			d->last = i;
			return &d->supers[i];
		}
	}
	if (d->super_cnt == d->super_room) {
		size_t room = d->super_room ? 2 * d->super_room : 64;

		s = realloc(d->supers, room * sizeof(*s));
		if (!s)
			return NULL;
		d->supers = s;
		d->super_room = room;
	}
	d->last = d->super_cnt;
	s = &d->supers[d->super_cnt++];
	*s = (struct dentries_super){.address = address};
	s->known = d->config.describe(d->config.arg, address, &s->is);
	s->wanted = !d->config.wants || d->config.wants(d->config.arg, &s->is);
	s->in_memory = dentries_in_memory(s->is.type);
	s->stacked = is_stacked(s->is.type);
	return s;
}

void dentries_state(const struct dentries_config *config, bool in_memory,
		    const struct ss_dentry *in, uint64_t counts[DENTRIES_COUNTS])
{
	/* A position in an open directory is a dentry without an inode too, but no name. */
	bool negative = in->negative && !(in->flags & config->cursor);

	counts[DENTRIES_NEGATIVE] += negative;
	/* What is taken from the list to be pinned stays on it until reclaim comes by. */
	counts[DENTRIES_LISTED] += (in->flags & config->lru) != 0;
	if (in->count < 0 || in->flags & config->killed) {
		counts[DENTRIES_DYING]++;
	} else if (in->count > 0) {
		counts[DENTRIES_PINNED]++;
		if (in_memory || in->flags & config->persistent)
			counts[DENTRIES_KEPT]++;
		else if (in->unhashed && in->parent != in->address && !negative)
			counts[DENTRIES_DELETED]++;
	} else if (in->flags & config->lru) {
		counts[DENTRIES_UNUSED]++;
		counts[DENTRIES_UNUSED_NEGATIVE] += negative;
	}
}

static void count(const struct dentries *d, const struct dentries_super *s,
		  const struct ss_dentry *in, uint64_t *counts)
{
	counts[DENTRIES_ALL]++;
	dentries_state(&d->config, s->in_memory, in, counts);
	if (in->external) {
		counts[DENTRIES_LONG]++;
		counts[DENTRIES_LONG_BYTES] +=
			dentries_kmalloc_size(d->config.name_header + in->name_len + 1);
	}
}

size_t dentries_fold(const char *name, size_t have, size_t whole, char pattern[DENTRIES_PATTERN])
{
	size_t len = whole < have ? whole : have;

	pattern_fold(name, len, pattern, SS_NAME_SHORT + 1);
	len = strlen(pattern);
	if (whole > have) {
		memcpy(pattern + len, "...", 4);
		len += 3;
	}
	return len;
}

static int flush(struct dentries *d)
{
	const size_t place = sizeof(d->key.place);
	int err;

	if (!d->counts[DENTRIES_ALL])
		return 0;
	err = top_add(d->directories, &d->key.place, place, d->counts);
	if (!err)
		err = top_add(d->patterns, d->key.pattern, d->pattern_len, d->counts);
	if (!err)
		err = top_add(d->floods, &d->key, place + d->pattern_len, d->counts);
	memset(d->counts, 0, sizeof(d->counts));
	return err;
}

int dentries_add(struct dentries *d, const struct ss_dentry *in)
{
	struct dentries_super *s = find_super(d, in->super);
	const struct dentries_place place = {
		.super = in->super,
		.parent = in->parent == in->address ? 0 : in->parent,
	};
	char pattern[DENTRIES_PATTERN];
	size_t len;
	int err = 0;

	if (!s)
		return -ENOMEM;
	count(d, s, in, s->counts);
	if (!s->wanted)
		return 0;
	len = dentries_fold(in->name, SS_NAME_SHORT, in->name_len, pattern);
	if (len != d->pattern_len || memcmp(&place, &d->key.place, sizeof(place)) ||
	    memcmp(pattern, d->key.pattern, len)) {
		err = flush(d);
		d->key.place = place;
		memcpy(d->key.pattern, pattern, len);
		d->pattern_len = len;
	}
	count(d, s, in, d->counts);
	count(d, s, in, d->total);
	return err;
}

int dentries_end(struct dentries *d)
{
	return flush(d);
}

const uint64_t *dentries_total(const struct dentries *d)
{
	return d->total;
}

const struct dentries_super *dentries_supers(const struct dentries *d, size_t *ret_cnt)
{
	*ret_cnt = d->super_cnt;
	return d->supers;
}

const struct dentries_super *dentries_super(const struct dentries *d, uint64_t address)
{
	for (size_t i = 0; i < d->super_cnt; i++)
		if (d->supers[i].address == address)
			return &d->supers[i];
	return NULL;
}

const struct top *dentries_directories(const struct dentries *d)
{
	return d->directories;
}

const struct top *dentries_patterns(const struct dentries *d)
{
	return d->patterns;
}

const struct top *dentries_floods(const struct dentries *d)
{
	return d->floods;
}
