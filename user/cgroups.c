// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cgroup ids to paths: a tree of what is known, filled by file handles or, where
 * these are not to be had, by walking. Ids that nothing was found for are known too
 * (without a path): an id comes from the past, what is not there now will not be.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <search.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cgroups.h"
#include "cleanup.h"
#include "mounts.h"

/*
 * Linux commit 33c5ac917519 "kernfs: implement custom exportfs ops and fid type" (in v5.5): a
 * handle of this type is the id alone.
 */
#define FILEID_KERNFS 0xfe

struct known {
	uint64_t id;
	char *path; /* NULL: gone */
};

struct cgroups {
	int root;
	dev_t device;
	bool handles;
	char prefix[PATH_MAX]; /* the root as /proc/self/fd shows it, no '/' at its end */
	void *known;	       /* tsearch() of struct known */
};

static int by_id(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void free_known(void *node)
{
	struct known *k = node;

	free(k->path);
	free(k);
}

static const struct known *find(const struct cgroups *c, uint64_t id)
{
	struct known **found = tfind(&(struct known){.id = id}, &c->known, by_id);

	return found ? *found : NULL;
}

/* NULL: no memory. What is known already stays, so that nobody's pointer dangles. */
static const struct known *remember(struct cgroups *c, uint64_t id, const char *path)
{
	const struct known *before = find(c, id);
	struct known *k = before ? NULL : calloc(1, sizeof(*k));

	if (before)
		return before;
	if (k) {
		k->id = id;
		k->path = path ? strdup(path) : NULL;
		if ((!path || k->path) && tsearch(k, &c->known, by_id))
			return k;
		free_known(k);
	}
	return NULL;
}

/* Where a descriptor leads, as long as that fits; 0 or -errno. */
static int path_of(int fd, char path[PATH_MAX])
{
	char link[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, PATH_MAX);
	if (len < 0 || len == PATH_MAX)
		return len < 0 ? -errno : -ENAMETOOLONG;
	path[len] = '\0';
	return 0;
}

static bool is_cgroup(const struct cgroups *c, const struct stat *st, uint64_t id)
{
	return st->st_dev == c->device && st->st_ino == id;
}

/* 0, or -ESTALE: it is gone; anything else: the kernel would not say, or not in our terms. */
static int path_by_handle(const struct cgroups *c, uint64_t id, char path[PATH_MAX])
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} h = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};
	size_t prefix = strlen(c->prefix);
	autoclose int fd = -1;
	char full[PATH_MAX];
	struct stat st;
	int err;

	memcpy(h.room + offsetof(struct file_handle, f_handle), &id, sizeof(id));
	fd = open_by_handle_at(c->root, &h.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = path_of(fd, full);
	if (err)
		return err;
	if (strncmp(full, c->prefix, prefix) || full[prefix] != '/')
		return -EXDEV;
	/* Removed meanwhile, its path ends with " (deleted)"; but any name may. */
	if (fstatat(c->root, full + prefix + 1, &st, AT_SYMLINK_NOFOLLOW) || !is_cgroup(c, &st, id))
		return -ESTALE;
	strcpy(path, full + prefix);
	return 0;
}

/* Remember all below a directory, whose descriptor is closed; `path` has room to grow. */
static void walk(struct cgroups *c, int fd, char path[PATH_MAX], size_t len)
{
	DIR *dir = fdopendir(fd);
	struct dirent *d;

	if (!dir)
		close(fd);
	while (dir && (d = readdir(dir))) {
		size_t name = strlen(d->d_name);
		struct stat st;
		int below;

		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") ||
		    (d->d_type != DT_DIR && d->d_type != DT_UNKNOWN) || len + name + 2 > PATH_MAX)
			continue;
		below = openat(dirfd(dir), d->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below < 0)
			continue;
		if (fstat(below, &st) || st.st_dev != c->device) {
			close(below);
			continue;
		}
		path[len] = '/';
		strcpy(path + len + 1, d->d_name);
		remember(c, st.st_ino, path);
		walk(c, below, path, len + 1 + name);
	}
	if (dir)
		closedir(dir);
}

static void walk_all(struct cgroups *c)
{
	int fd = openat(c->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[PATH_MAX];

	if (fd >= 0)
		walk(c, fd, path, 0);
}

static int open_root(struct cgroups *c, const char *root)
{
	struct statfs fs;
	struct stat st;

	c->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->root < 0 || fstat(c->root, &st))
		return -errno;
	c->device = st.st_dev;
	c->handles = !fstatfs(c->root, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC &&
		     !path_of(c->root, c->prefix);
	if (!strcmp(c->prefix, "/"))
		c->prefix[0] = '\0';
	return remember(c, st.st_ino, "/") ? 0 : -ENOMEM;
}

int cgroups_create(const char *root, struct cgroups **ret_cgroups)
{
	struct cgroups *c = calloc(1, sizeof(*c));
	struct mounts *mounts = NULL;
	int err = 0;

	if (!c)
		return -ENOMEM;
	c->root = -1;
	if (!root) {
		err = mounts_create(NULL, &mounts);
		root = err ? NULL : mounts_point_of_type(mounts, "cgroup2");
	}
	if (!err)
		err = root ? open_root(c, root) : -ENOENT;
	mounts_destroy(mounts);
	if (err) {
		cgroups_destroy(c);
		return err;
	}
	*ret_cgroups = c;
	return 0;
}

void cgroups_destroy(struct cgroups *c)
{
	if (!c)
		return;
	tdestroy(c->known, free_known);
	cleanup_close(&c->root);
	free(c);
}

void cgroups_learn(struct cgroups *c, const uint64_t *ids, size_t count)
{
	bool walked = false;

	for (size_t i = 0; i < count; i++) {
		char path[PATH_MAX];
		int err;

		if (find(c, ids[i]))
			continue;
		err = c->handles ? path_by_handle(c, ids[i], path) : -EOPNOTSUPP;
		/* They all are from before the walk: what it does not find is gone. */
		if (err && err != -ESTALE && !walked) {
			walk_all(c);
			walked = true;
		}
		remember(c, ids[i], err ? NULL : path);
	}
}

const char *cgroups_path(struct cgroups *c, uint64_t id)
{
	const struct known *k = find(c, id);

	if (!k) {
		cgroups_learn(c, &id, 1);
		k = find(c, id);
	}
	return k ? k->path : NULL;
}

/* A component of a path: not NUL-terminated. */
struct part {
	const char *s;
	size_t len;
};

static bool starts(struct part p, const char *with)
{
	return p.len >= strlen(with) && !memcmp(p.s, with, strlen(with));
}

static bool ends(struct part p, const char *with)
{
	size_t len = strlen(with);

	return p.len >= len && !memcmp(p.s + p.len - len, with, len);
}

static bool equals(struct part p, const char *with)
{
	return p.len == strlen(with) && starts(p, with);
}

/* Between a prefix and a suffix, and not empty. */
static bool between(struct part p, const char *prefix, const char *suffix, struct part *ret_name)
{
	size_t around = strlen(prefix) + strlen(suffix);

	if (p.len <= around || !starts(p, prefix) || !ends(p, suffix))
		return false;
	*ret_name = (struct part){p.s + strlen(prefix), p.len - around};
	return true;
}

static bool is_id(struct part p, size_t min)
{
	if (p.len < min || p.len > 64)
		return false;
	for (size_t i = 0; i < p.len; i++)
		if (!strchr("0123456789abcdef", p.s[i]))
			return false;
	return true;
}

/* "docker-ID.scope", "kubepods-burstable-podUID.slice:cri-containerd:ID" */
static bool find_prefixed_id(struct part p, struct part *ret_id)
{
	static const char *const runtimes[] = {"docker", "cri-containerd", "crio", "libpod",
					       "libpod-payload"};
	struct part id, head;

	if (ends(p, ".scope"))
		p.len -= strlen(".scope");
	head = p;
	while (head.len && head.s[head.len - 1] != '-' && head.s[head.len - 1] != ':')
		head.len--;
	id = (struct part){p.s + head.len, p.len - head.len};
	if (!head.len || !is_id(id, 12))
		return false;
	head.len--;
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++) {
		size_t before = head.len - strlen(runtimes[i]);

		if (!ends(head, runtimes[i]) || (before && head.s[before - 1] != ':'))
			continue;
		*ret_id = id;
		return true;
	}
	return false;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* systemd writes bytes that are not to be in the name of a unit as \xHH. */
static void copy_unescaped(struct part p, char ret_name[CGROUPS_CONTAINER])
{
	size_t out = 0;

	for (size_t i = 0; i < p.len && out + 1 < CGROUPS_CONTAINER; i++) {
		int high = -1, low = -1;

		if (i + 4 <= p.len && p.s[i] == '\\' && p.s[i + 1] == 'x') {
			high = hex_digit(p.s[i + 2]);
			low = hex_digit(p.s[i + 3]);
		}
		if (high < 0 || low < 0 || !(high | low)) {
			ret_name[out++] = p.s[i];
			continue;
		}
		ret_name[out++] = (char)(high << 4 | low);
		i += 3;
	}
	ret_name[out] = '\0';
}

bool cgroups_container(const char *path, char ret_id[CGROUPS_CONTAINER])
{
	struct part parent = {"", 0}, id = {NULL, 0}, name = {NULL, 0};
	bool in_kubepods = false;

	while (*path) {
		struct part p = {path, strcspn(path, "/")};
		struct part found;

		if ((in_kubepods || equals(parent, "docker")) && is_id(p, 64)) {
			id = p;
			name.s = NULL;
		} else if (find_prefixed_id(p, &found)) {
			id = found;
			name.s = NULL;
		} else if (between(p, "lxc.payload.", "", &found) ||
			   (equals(parent, "machine.slice") &&
			    (between(p, "machine-", ".scope", &found) ||
			     between(p, "systemd-nspawn@", ".service", &found)))) {
			name = found;
			id.s = NULL;
		}
		in_kubepods |= starts(p, "kubepods");
		if (p.len)
			parent = p;
		path += p.len;
		path += strspn(path, "/");
	}
	if (id.s)
		snprintf(ret_id, CGROUPS_CONTAINER, "%.12s", id.s);
	else if (name.s)
		copy_unescaped(name, ret_id);
	return id.s || name.s;
}
