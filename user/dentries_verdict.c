// SPDX-License-Identifier: GPL-2.0-or-later
/* What a person is to think of the dentries of a machine. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "dentries_verdict.h"
#include "lines.h"

#define SMALL_SHARE 0.02 /* of memory */

/* Nothing of this is done by us: each costs something that only its owner can weigh. */
static const struct dentries_advice reclaimable[] = {
	{"free now",
	 "echo 2 > /proc/sys/vm/drop_caches frees all unused dentries and inodes. Price: every "
	 "file "
	 "is looked up on its disk again, and with many millions the writer is busy for a long "
	 "time"},
	{"of a group",
	 "echo 1G > /sys/fs/cgroup/GROUP/memory.reclaim makes one cgroup give back so much. Price: "
	 "it gives page cache (and swaps, where there is swap) before and beside dentries"},
	{"to cap", "memory.high of the cgroup whose processes make them: dentries are charged to "
		   "it. Price: above the limit these processes do the freeing, and are slowed"},
	{"keep fewer",
	 "sysctl vm.vfs_cache_pressure=200 (100 is normal) lets reclaim prefer dentries and inodes "
	 "to page cache. Price: more look-ups go to disk. It is no limit: as long as memory is "
	 "free, nothing is freed"},
	{"who", "slabsight dentries -d 30 names the processes that make them"},
};

static const struct dentries_advice files[] = {
	{"free", "delete the files, or unmount the filesystem: no reclaim frees a dentry that is "
		 "itself the file"},
	{"who", "slabsight dentries -d 30 names the processes that make them"},
};

static const struct dentries_advice held[] = {
	{"is it a leak", "look again after a while: a leak's number of pinned dentries only grows"},
	{"who", "slabsight dentries -d 60 shows call stack and process of those that "
		"are made and stay"},
};

static enum dentries_kind kind_of(const struct dentries_facts *f)
{
	const uint64_t *n = f->counts;

	if (!n[DENTRIES_ALL])
		return DENTRIES_KIND_NONE;
	if (f->memory_bytes && f->bytes < SMALL_SHARE * f->memory_bytes)
		return DENTRIES_KIND_SMALL;
	if (n[DENTRIES_PINNED] > n[DENTRIES_ALL] - n[DENTRIES_PINNED])
		return 2 * n[DENTRIES_KEPT] > n[DENTRIES_PINNED] ? DENTRIES_KIND_FILES
								 : DENTRIES_KIND_HELD;
	return 2 * n[DENTRIES_NEGATIVE] > n[DENTRIES_ALL] ? DENTRIES_KIND_NEGATIVE
							  : DENTRIES_KIND_CACHE;
}

struct sentence {
	char *to;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct sentence *s, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(s->to + s->used, s->size - s->used, format, args);
	va_end(args);
	if (n > 0)
		s->used += (size_t)n < s->size - s->used ? (size_t)n : s->size - s->used - 1;
}

/* "14.1 GiB in 71,000,000 dentries (88.1% of memory)" and what most of them are called. */
static void add_size(struct sentence *s, const struct dentries_facts *f)
{
	add(s, "%s in %s dentr%s", BYTES(f->bytes), COUNT(f->counts[DENTRIES_ALL]),
	    f->counts[DENTRIES_ALL] == 1 ? "y" : "ies");
	if (f->memory_bytes)
		add(s, " (%.1f%% of memory)", lines_percent(f->bytes, f->memory_bytes));
	if (!f->pattern)
		return;
	add(s, ", %.1f%% of them called %s", 100 * f->pattern_share,
	    *f->pattern ? SAFE(f->pattern) : "nothing");
	if (f->directory)
		add(s, " in %s", text_escape(f->directory, (char[1024]){0}, 1024));
}

static double part(const struct dentries_facts *f, enum dentries_count what)
{
	return lines_percent(f->counts[what], f->counts[DENTRIES_ALL]);
}

static void add_held(struct sentence *s, const struct dentries_facts *f)
{
	add(s, "held: ");
	add_size(s, f);
	add(s,
	    ": %.1f%% are pinned, by open or mapped files, working directories, mounts, or what "
	    "lies below them, which pins %s directories; memory pressure does not free them.",
	    part(f, DENTRIES_PINNED), COUNT(f->parents));
	if (f->stacked)
		add(s,
		    " %s dentries of stacked filesystems pin those in the filesystems below: "
		    "these go when the upper ones are freed.",
		    COUNT(f->stacked));
	add(s, " One look cannot tell a leak");
}

static void say(struct sentence *s, enum dentries_kind kind, const struct dentries_facts *f)
{
	switch (kind) {
	case DENTRIES_KIND_NONE:
		add(s, "there are none");
		break;
	case DENTRIES_KIND_SMALL:
		add(s, "nothing remarkable: ");
		add_size(s, f);
		add(s, "; %.1f%% are unused and reclaimable, %.1f%% pinned; %.1f%% are negative",
		    part(f, DENTRIES_UNUSED), part(f, DENTRIES_PINNED), part(f, DENTRIES_NEGATIVE));
		break;
	case DENTRIES_KIND_NEGATIVE:
		add(s, "not a leak: ");
		add_size(s, f);
		add(s,
		    ": %.1f%% are unused and negative, names that were looked up and do not exist. "
		    "The kernel frees them when memory runs short",
		    part(f, DENTRIES_UNUSED_NEGATIVE));
		break;
	case DENTRIES_KIND_CACHE:
		add(s, "not a leak: ");
		add_size(s, f);
		add(s,
		    ": %.1f%% are unused (%.1f%% negative), kept in case their names are asked for "
		    "again. The kernel frees them, and the inodes they hold",
		    part(f, DENTRIES_UNUSED), part(f, DENTRIES_NEGATIVE));
		if (f->inode_bytes)
			add(s, " (%s in all)", BYTES(f->inode_bytes));
		add(s, ", when memory runs short");
		break;
	case DENTRIES_KIND_FILES:
		add(s, "files: ");
		add_size(s, f);
		add(s,
		    ": %.1f%% are themselves the files of filesystems that live in memory%s%s. "
		    "They stay until these are deleted",
		    part(f, DENTRIES_KEPT), f->files_at ? ", most of them in " : "",
		    f->files_at ? SAFE(f->files_at) : "");
		break;
	case DENTRIES_KIND_HELD:
		add_held(s, f);
		break;
	case DENTRIES_KINDS:
		break;
	}
}

void dentries_verdict(const struct dentries_facts *f, struct dentries_verdict *v)
{
	struct sentence s = {.to = v->head, .size = sizeof(v->head)};

	*v = (struct dentries_verdict){.kind = kind_of(f)};
	say(&s, v->kind, f);
	switch (v->kind) {
	case DENTRIES_KIND_NEGATIVE:
	case DENTRIES_KIND_CACHE:
		v->advice = reclaimable;
		v->advice_cnt = ARRAY_SIZE(reclaimable);
		break;
	case DENTRIES_KIND_FILES:
		v->advice = files;
		v->advice_cnt = ARRAY_SIZE(files);
		break;
	case DENTRIES_KIND_HELD:
		v->advice = held;
		v->advice_cnt = ARRAY_SIZE(held);
		break;
	default:
		break;
	}
}

const char *dentries_kind_name(enum dentries_kind kind)
{
	static const char *const names[] = {"none", "small", "negative", "cache", "files", "held"};

	return names[kind];
}

const char *dentries_kind_verdict(enum dentries_kind kind)
{
	return kind == DENTRIES_KIND_NEGATIVE || kind == DENTRIES_KIND_CACHE ? "cache" : "unknown";
}
