// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stand-ins for functions of the C library; the Makefile names each of them in a
 * --wrap option. Only calls from slabsight's own objects come here.
 */
#include "stand_ins.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>

const char *stand_in_modules, *stand_in_kallsyms;
uint64_t stand_in_load;
bool stand_in_loads;
const char *stand_in_mountinfo;
int (*stand_in_open_by_id)(uint64_t id, int flags);
const char *stand_in_cgroup;
const char *stand_in_socket_suffix;
long stand_in_socket_uid = -1;
bool stand_in_secure;

static long successes_left = -1;
static bool failed;

void memory_fails_after(long successes)
{
	successes_left = successes;
	failed = false;
}

bool memory_failed(void)
{
	successes_left = -1;
	return failed;
}

static bool fails_now(void)
{
	if (successes_left < 0)
		return false;
	failed |= !successes_left;
	return !successes_left--;
}

/* What --wrap makes of the names; no header can declare them. */
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
int __real_open_by_handle_at(int mount, struct file_handle *handle, int flags);
int __wrap_open_by_handle_at(int mount, struct file_handle *handle, int flags);
int __real_fstatfs(int fd, struct statfs *buf);
int __wrap_fstatfs(int fd, struct statfs *buf);
int __real_stat(const char *path, struct stat *buf);
int __wrap_stat(const char *path, struct stat *buf);
int __real_bind(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size);
int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
unsigned long __real_getauxval(unsigned long type);
unsigned long __wrap_getauxval(unsigned long type);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__real_strdup(const char *s);
char *__wrap_strdup(const char *s);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (stand_in_modules && !strcmp(path, "/proc/modules"))
		path = stand_in_modules;
	if (stand_in_kallsyms && !strcmp(path, "/proc/kallsyms"))
		path = stand_in_kallsyms;
	if (stand_in_mountinfo && !strcmp(path, "/proc/self/mountinfo"))
		path = stand_in_mountinfo;
	return __real_fopen(path, mode);
}

int __wrap_open_by_handle_at(int mount, struct file_handle *handle, int flags)
{
	uint64_t id;
	int fd;

	if (!stand_in_open_by_id)
		return __real_open_by_handle_at(mount, handle, flags);
	/* FILEID_KERNFS, as the kernel wants it. */
	if (handle->handle_type != 0xfe || handle->handle_bytes != sizeof(id)) {
		errno = ESTALE;
		return -1;
	}
	memcpy(&id, handle->f_handle, sizeof(id));
	fd = stand_in_open_by_id(id, flags);
	if (fd < 0)
		errno = -fd;
	return fd < 0 ? -1 : fd;
}

int __wrap_fstatfs(int fd, struct statfs *buf)
{
	int err = __real_fstatfs(fd, buf);
	struct stat opened, wanted;

	if (stand_in_cgroup && !fstat(fd, &opened) && !stat(stand_in_cgroup, &wanted))
		buf->f_type = opened.st_ino == wanted.st_ino ? CGROUP2_SUPER_MAGIC : 0;
	return err;
}

int __wrap_stat(const char *path, struct stat *buf)
{
	if (strncmp(path, "/sys/module/", strlen("/sys/module/")) != 0)
		return __real_stat(path, buf);
	if (!stand_in_load) {
		errno = ENOENT;
		return -1;
	}
	stand_in_load += stand_in_loads;
	*buf = (struct stat){.st_ino = stand_in_load};
	return 0;
}

/* The same abstract name with the suffix behind it. */
static socklen_t rename_socket(const struct sockaddr *from, socklen_t size, struct sockaddr_un *to)
{
	size_t len = stand_in_socket_suffix ? strlen(stand_in_socket_suffix) : 0;

	memset(to, 0, sizeof(*to));
	memcpy(to, from, size);
	if (len)
		memcpy((char *)to + size, stand_in_socket_suffix, len);
	return size + len;
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	struct sockaddr_un name;

	size = rename_socket(address, size, &name);
	return __real_bind(fd, (struct sockaddr *)&name, size);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	struct sockaddr_un name;

	size = rename_socket(address, size, &name);
	return __real_connect(fd, (struct sockaddr *)&name, size);
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	int err = __real_getsockopt(fd, level, name, value, size);

	if (name == SO_PEERCRED && stand_in_socket_uid >= 0)
		((struct ucred *)value)->uid = stand_in_socket_uid;
	return err;
}

unsigned long __wrap_getauxval(unsigned long type)
{
	return type == AT_SECURE && stand_in_secure ? 1 : __real_getauxval(type);
}

void *__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails_now() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *s)
{
	return fails_now() ? NULL : __real_strdup(s);
}
