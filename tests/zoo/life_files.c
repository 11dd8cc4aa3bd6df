// SPDX-License-Identifier: GPL-2.0-or-later
/* No leaks: names, files and what hangs on them. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "life.h"
#include "pace.h"
#include "stage.h"

#define LONG_NAME                                                                                  \
	"a-name-of-one-hundred-characters-which-is-far-too-long-to-be-kept-in-the-dentry-"         \
	"itself-on-any-kernel"
#define LRU_FILES  100
#define LRU_KEYS   600
#define JOB_XATTRS 150
#define JOB_S	   10
#define PAGE_BYTES 4096

/* sysfs keeps missing names as negative dentries, on every machine. */
void life_missing(struct pace *p)
{
	char path[STAGE_PATH_MAX];
	struct stat st;
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--) {
			snprintf(path, sizeof(path), "/sys/kernel/missing-%d-%lu", (int)getpid(),
				 p->count->made);
			if (stat(path, &st))
				pace_made(p, 1);
		}
	}
}

/* nftw() takes no argument for its function. */
static struct pace *walker;
static unsigned int steps_left;

static int walk_one(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)path;
	(void)st;
	(void)what;
	(void)ftw;
	if (!steps_left)
		steps_left = pace_next(walker);
	if (!steps_left)
		return 1;
	steps_left--;
	return 0;
}

void life_walk(struct pace *p)
{
	walker = p;
	while (!nftw("/proc", walk_one, 8, FTW_PHYS))
		;
}

/* Names too long for their dentries: one at least is made each time. */
void life_rename(struct pace *p)
{
	char from[STAGE_PATH_MAX], to[STAGE_PATH_MAX];
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--) {
			int fd;

			snprintf(from, sizeof(from), "%s/" LONG_NAME "-from", stage_dir());
			snprintf(to, sizeof(to), "%s/" LONG_NAME "-to", stage_dir());
			fd = open(from, O_CREAT | O_RDWR, 0600);
			if (fd < 0)
				continue;
			close(fd);
			rename(from, to);
			unlink(to);
			pace_made(p, 1);
			pace_freed(p, 1);
		}
	}
}

/* A cache of open files, for keys of which some are asked for all the time. */
void life_lru(struct pace *p)
{
	static struct {
		unsigned int key;
		unsigned long used;
		int fd;
	} slots[LRU_FILES];
	unsigned long now = 0;
	unsigned int cnt;

	for (int i = 0; i < LRU_FILES; i++)
		slots[i].fd = -1;
	while ((cnt = pace_next(p))) {
		while (cnt--) {
			double r = (double)random() / RAND_MAX;
			unsigned int key = (unsigned int)(r * r * r * LRU_KEYS);
			int at = 0;

			for (int i = 0; i < LRU_FILES; i++) {
				if (slots[i].fd >= 0 && slots[i].key == key) {
					at = i;
					break;
				}
				if (slots[i].used < slots[at].used)
					at = i;
			}
			slots[at].used = ++now;
			if (slots[at].fd >= 0 && slots[at].key == key)
				continue;
			if (slots[at].fd >= 0) {
				close(slots[at].fd);
				pace_freed(p, 1);
			}
			slots[at].key = key;
			slots[at].fd = open("/proc/self/status", O_RDONLY);
			pace_made(p, slots[at].fd >= 0);
		}
	}
}

static int with_xattrs = -1;

static int set_xattr(unsigned int i, unsigned int run)
{
	char name[32], value[100];

	snprintf(name, sizeof(name), "trusted.zoo-%u", i);
	memset(value, (int)run, sizeof(value));
	return fsetxattr(with_xattrs, name, value, sizeof(value), 0);
}

int life_prepare_xattr(void)
{
	with_xattrs = memfd_create("zoo", 0);
	return with_xattrs < 0 || set_xattr(0, 0) ? -errno : 0;
}

/* A job every 10 s that replaces all its data. */
void life_xattr(struct pace *p)
{
	for (unsigned int run = 0; pace_next(p);) {
		if (pace_age_s(p) < 3 + run * JOB_S)
			continue;
		if (run++)
			pace_freed(p, JOB_XATTRS);
		for (unsigned int i = 0; i < JOB_XATTRS; i++)
			pace_made(p, !set_xattr(i, run));
	}
}

/* A pipe grows and shrinks: an array of its buffers is replaced by one of another size. */
void life_pipe_size(struct pace *p)
{
	int ends[2];
	unsigned int cnt;

	if (pipe(ends))
		return;
	while ((cnt = pace_next(p))) {
		while (cnt--) {
			unsigned int step = p->count->made % 12;

			/* 1 page, 2, 4, ... 64, ... 2 */
			step = step < 6 ? step : 12 - step;
			if (fcntl(ends[1], F_SETPIPE_SZ, PAGE_BYTES << step) < 0)
				return;
			p->count->made++;
			p->count->held = 1;
		}
	}
}

int life_prepare_pty(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	return fd < 0 ? -errno : close(fd);
}

/* Terminals that come and go; a worker frees them. Two objects each, and each is closed at once. */
void life_pty(struct pace *p)
{
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--) {
			int fd = posix_openpt(O_RDWR | O_NOCTTY);

			if (fd < 0)
				continue;
			pace_made(p, 2);
			close(fd);
			pace_freed(p, 2);
		}
	}
}
