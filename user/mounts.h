/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which mount points belong to a filesystem: /proc/self/mountinfo, read once.
 * Seen from this process's mount namespace, where a filesystem may have no mount
 * point at all. A file that cannot be read and a line that makes no sense are no
 * errors: what they would say is just not known.
 *
 * All strings are raw bytes, unescaped, and live as long as the mounts.
 */
#ifndef SS_MOUNTS_H
#define SS_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct mounts;

/* path NULL: /proc/self/mountinfo. 0 or -ENOMEM. */
int mounts_create(const char *path, struct mounts **ret_mounts);
void mounts_destroy(struct mounts *m);
/* Was anything mounted or unmounted since they were read, or since the last question? */
bool mounts_changed(const struct mounts *m);
/*
 * Where all of a filesystem is mounted, from its root on: the shortest such path, of
 * equals the first by bytes. NULL when it is nowhere, or when only parts of it are
 * (bind mounts, btrfs subvolumes): a path in them is not one in the filesystem.
 */
const char *mounts_point(const struct mounts *m, uint32_t major, uint32_t minor);
/* "ext4"; NULL when not mounted here, as a whole or in part. */
const char *mounts_type(const struct mounts *m, uint32_t major, uint32_t minor);
/* "/dev/sda1", "server:/export", and anything else that was said to mount(8); NULL as above. */
const char *mounts_source(const struct mounts *m, uint32_t major, uint32_t minor);
/* A mount point of any filesystem of this type, by the same preferences, else one of a part. */
const char *mounts_point_of_type(const struct mounts *m, const char *type);

#endif
