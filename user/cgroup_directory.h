/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories of cgroup v2, as options and /proc name them. */
#ifndef SS_CGROUP_DIRECTORY_H
#define SS_CGROUP_DIRECTORY_H

/*
 * A descriptor of the cgroup directory meant by `path` (absolute, or under the
 * cgroup v2 mount), or -errno: -ENOTSUP when it is not cgroup v2.
 */
int cgroup_directory_open(const char *path);
/* The same of the cgroup that this process is in; -EXDEV where it cannot be seen from here. */
int cgroup_directory_open_own(void);

#endif
