/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own word on its caches: active objects from /proc/slabinfo, and
 * which names were merged into one cache, from /sys/kernel/slab. Either may be
 * unreadable; what is missing is just not known.
 */
#ifndef SS_SLABS_H
#define SS_SLABS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slabs;

/* Paths may be NULL for the usual places. 0 or -ENOMEM. */
int slabs_create(const char *slabinfo, const char *sysfs, struct slabs **ret_slabs);
/* What somebody else has read, in any order, each name once; strings are copied. 0 or -ENOMEM. */
struct slabs_entry {
	const char *name;
	const char *merged; /* the same for all names of one cache; NULL: not known */
	bool has_active;
	uint64_t active;
};
int slabs_create_from(const struct slabs_entry *list, size_t count, struct slabs **ret_slabs);
void slabs_destroy(struct slabs *s);
/* Active objects of a cache now; false when not known. */
bool slabs_active(const struct slabs *s, const char *cache, uint64_t *ret_objects);
/* The i-th other name of a cache, or NULL after the last. Sorted by name. */
const char *slabs_alias(const struct slabs *s, const char *cache, size_t i);
/* Does a cache go by this other name? */
bool slabs_is_alias(const struct slabs *s, const char *cache, const char *name);
/* Does the glob match the cache or one of its other names? */
bool slabs_match(const struct slabs *s, const char *cache, const char *glob);
/* Is any name known at all that the glob matches? True when no name is known. */
bool slabs_match_any(const struct slabs *s, const char *glob);
/* All known names, NULL-ended; for spelling hints. */
const char *const *slabs_names(const struct slabs *s);

#endif
