/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the hour takes place. */
#ifndef HOUR_PLACE_H
#define HOUR_PLACE_H

#include <stdbool.h>

#include "life.h"

#define PLACE_PATH 64

struct place {
	char root[PLACE_PATH], disk[PLACE_PATH], memory[PLACE_PATH];
	bool mounted;
};

/*
 * Make the directories, the disk's of @image, an ext4 file system, unless that is NULL, and
 * listen; all of it is noted in @life. 0 or -errno.
 */
int place_settle(struct place *p, const char *image, struct life *life);
/* Remove the directories and all that is in them. */
void place_leave(const struct place *p);

#endif
