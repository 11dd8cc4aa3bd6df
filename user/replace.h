/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that somebody may read at any time: the new content takes its place at once. */
#ifndef SS_REPLACE_H
#define SS_REPLACE_H

#include <stdbool.h>
#include <stdio.h>

/* Is there nothing of this name yet, or an ordinary file? Pipes and devices stay what they are. */
bool replace_applies(const char *path);
/* Could replace_write() make its file beside it? 0 or -errno; leaves nothing behind. */
int replace_check(const char *path);
/*
 * What print(out, arg) prints becomes the file: written beside it, under a name that
 * begins with a dot and has no suffix of ours, and renamed. Owner and mode stay; a new file
 * is for its owner only. Where it fails (print returns -errno) what was there stays. 0 or
 * -errno.
 */
int replace_write(const char *path, int (*print)(FILE *out, const void *arg), const void *arg);

#endif
