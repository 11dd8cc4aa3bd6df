// SPDX-License-Identifier: GPL-2.0-or-later
/* The directory of a cgroup, by the path that somebody wrote or that of this process. */
#include "cgroup_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"

/* Where cgroup v2 is mounted, into buf; false when it is not. */
static bool cgroup_mount(char *buf, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool found = false;

	while (mounts && !found && (m = getmntent(mounts))) {
		found = !strcmp(m->mnt_type, "cgroup2");
		if (found)
			snprintf(buf, size, "%s", m->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

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

int cgroup_directory_open(const char *path)
{
	char root[256], full[4352];
	int fd = open_cgroup(path), under;

	if (fd >= 0 || !cgroup_mount(root, sizeof(root)))
		return fd;
	snprintf(full, sizeof(full), "%s/%s", root, path);
	under = open_cgroup(full);
	return under >= 0 ? under : fd;
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
