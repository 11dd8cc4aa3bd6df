/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of many recordings stand for which host. A host counts once:
 *
 *   Recordings of one boot, by its id, are of one host, whatever it was called.
 *   Boots of one name are of one host, where no two were recorded at the same time; where
 *   they were, they are of as many hosts of that name.
 *   Who has no name (--anonymous) is known by its boot alone, and named after the file.
 *
 * Of a host the recording that ends last is read, and when that is damaged, the one before.
 */
#ifndef SS_MERGE_FILES_H
#define SS_MERGE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recording.h"

enum merge_state {
	MERGE_WAITING, /* not read: a later one of its host was, or there was an interruption */
	MERGE_READ,
	MERGE_UNREADABLE, /* why */
};

struct merge_file {
	const char *path;     /* raw */
	char *host, *boot_id; /* raw; "": not known */
	double began, ends;   /* seconds since 1970 */
	int64_t utc_offset;
	enum merge_state state;
	char *why;	 /* safe to print */
	size_t nr;	 /* in the order they were given, from 0 */
	size_t machine;	 /* which host, from 0 */
	bool namesake;	 /* there is another host of its name */
	bool other_boot; /* there is a recording of another boot of the host */
};

struct merge_files {
	struct merge_file *list; /* of one host together, the latest first */
	size_t count;
	size_t machines;
	bool cut_short; /* interrupted before all of them were looked at */
};

/*
 * Look at all of them. Calls step(arg, n) before each, which returns false to go no further.
 * What cannot be read is no error. 0 or -ENOMEM.
 */
int merge_files_create(char *const *paths, size_t count, bool (*step)(void *arg, size_t n),
		       void *arg, struct merge_files **ret_files);
void merge_files_destroy(struct merge_files *f);
/* Cannot be read after all. 0 or -ENOMEM. */
int merge_file_fail(struct merge_file *file, const char *why);
/* What its host is called: to be freed; NULL without memory. */
char *merge_file_name(const struct merge_file *file);
size_t merge_files_in(const struct merge_files *f, enum merge_state state);

#endif
