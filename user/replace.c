// SPDX-License-Identifier: GPL-2.0-or-later
/* A temporary file in the same directory, which is then renamed. */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "output.h"

#define LINKS_MAX 40 /* as the kernel has it */

bool replace_applies(const char *path)
{
	struct stat st;

	return stat(path, &st) ? errno == ENOENT : S_ISREG(st.st_mode);
}

/* Where a symbolic link leads, be something there or not; NULL with errno. To be freed. */
static char *follow(const char *path)
{
	const char *slash = strrchr(path, '/');
	char link[PATH_MAX], *target;
	ssize_t len = readlink(path, link, sizeof(link) - 1);

	if (len < 0)
		return NULL;
	link[len] = '\0';
	if (*link == '/' || !slash)
		return strdup(link);
	return asprintf(&target, "%.*s%s", (int)(slash + 1 - path), path, link) < 0 ? NULL : target;
}

/*
 * What a symbolic link stands for, also where nothing is there yet: the link stays. To be
 * freed; NULL with errno.
 */
static char *find_target(const char *path)
{
	char *target = realpath(path, NULL), *next;

	if (target || errno != ENOENT)
		return target;
	target = strdup(path);
	for (int i = 0; target && i < LINKS_MAX; i++) {
		next = follow(target);
		if (!next && (errno == EINVAL || errno == ENOENT)) /* no link */
			return target;
		free(target);
		target = next;
	}
	if (target)
		errno = ELOOP;
	free(target);
	return NULL;
}

/* "dir/.name.XXXXXX" of "dir/name", opened; its descriptor or -errno. */
static int make_beside(const char *target, char **ret_name)
{
	const char *slash = strrchr(target, '/'), *name = slash ? slash + 1 : target;
	int fd;

	if (asprintf(ret_name, "%.*s.%s.XXXXXX", (int)(name - target), target, name) < 0) {
		*ret_name = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(*ret_name, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int replace_check(const char *path)
{
	autofree char *target = find_target(path), *name = NULL;
	int fd;

	if (!target)
		return -errno;
	fd = make_beside(target, &name);
	if (fd < 0)
		return fd;
	close(fd);
	unlink(name);
	return 0;
}

/* The reader of the old one is to be able to read the new one. */
static int keep_mode(const char *target, int fd)
{
	struct stat st;

	if (stat(target, &st))
		return errno == ENOENT ? 0 : -errno;
	/* Somebody else's file, and we may not give files away: then it is ours from now on. */
	if (fchown(fd, st.st_uid, st.st_gid) && errno != EPERM)
		return -errno;
	return fchmod(fd, st.st_mode & 0777) ? -errno : 0;
}

static int fill(const char *target, int fd, int (*print)(FILE *out, const void *arg),
		const void *arg)
{
	FILE *out = fdopen(fd, "w");
	int err;

	if (!out) {
		err = -errno;
		close(fd);
		return err;
	}
	err = output_replace(print, arg, out);
	if (!err)
		err = keep_mode(target, fd);
	/* Without it, a machine that crashes now may come back with an empty file. */
	if (!err && fsync(fd))
		err = -errno;
	if (fclose(out) && !err)
		err = -errno;
	return err;
}

int replace_write(const char *path, int (*print)(FILE *out, const void *arg), const void *arg)
{
	autofree char *target = find_target(path), *name = NULL;
	int err;

	if (!target)
		return -errno;
	err = make_beside(target, &name);
	if (err < 0)
		return err;
	err = fill(target, err, print, arg);
	if (!err && rename(name, target))
		err = -errno;
	if (err)
		unlink(name);
	return err;
}
