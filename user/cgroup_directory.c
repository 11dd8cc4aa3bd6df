// SPDX-License-Identifier: GPL-2.0-or-later
/* The directory of a cgroup, by the path that somebody wrote or that of this process. */
#include "cgroup_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "mounts.h"

static int open_cgroup(const char *path)
{
	struct statfs fs;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC) {
		close(fd);
		return -ENOTSUP;
	}
	return fd;
}

/* The same below where cgroup v2 is mounted; -ENOENT where it is not. */
static int open_below_mount(const char *path)
{
	char full[2 * PATH_MAX]; /* cut off, it is still longer than what can be opened */
	struct mounts *mounts = NULL;
	const char *root;
	int fd = mounts_create(NULL, &mounts);

	if (fd)
		return fd;
	root = mounts_point_of_type(mounts, "cgroup2");
	fd = -ENOENT;
	if (root) {
		snprintf(full, sizeof(full), "%s/%s", root, path);
		fd = open_cgroup(full);
	}
	mounts_destroy(mounts);
	return fd;
}

int cgroup_directory_open(const char *path)
{
	int fd = open_cgroup(path), below = fd < 0 ? open_below_mount(path) : fd;

	return below >= 0 || below == -ENOMEM ? below : fd;
}

int cgroup_directory_open_own(void)
{
	char line[4352];
	autofile FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::/..", 6))
			return -EXDEV;
		/* The hierarchy of cgroup v2 is number 0, and has no controllers here. */
		if (!strncmp(line, "0::/", 4))
			return cgroup_directory_open(line[4] ? line + 4 : "/");
	}
	return -ENOENT;
}
