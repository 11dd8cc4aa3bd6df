// SPDX-License-Identifier: GPL-2.0-or-later
/* Reclaim on demand. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "reclaim.h"

#define DROP_FILE "/proc/sys/vm/drop_caches"
/*
 * Not with 4, which mutes the line in the kernel's log: for good, until the next
 * boot (and it can only be written alone, because the kernel takes 1 to 4).
 */
#define DROP_SLAB "2\n"
/* What was used lately survives the first pass: it only loses the mark. */
#define PASSES 2
/* More than there is: the kernel stops with EAGAIN where it finds nothing more. */
#define EVERYTHING "1T"
#define WRITES_MAX 16
/* Slab, not swap. Linux commit "mm: add swappiness= arg to memory.reclaim" (in v6.11). */
#define NO_SWAP " swappiness=0"

static const struct {
	const char *name, *costs;
} kinds[] = {
	[RECLAIM_NONE] = {"none", "nothing"},
	[RECLAIM_CGROUP] = {"cgroup", "the cgroup loses its clean page cache, dentries and inodes; "
				      "they are read again when they are needed"},
	[RECLAIM_SLAB] = {"slab", "the whole machine loses its unused dentries and inodes; they "
				  "are read again when they are needed"},
};

static int write_word(int fd, const char *word)
{
	ssize_t n = write(fd, word, strlen(word));

	return n < 0 ? -errno : 0;
}

/* Nothing is reclaimed: it is asked for 0 bytes. */
static bool takes_swappiness(int cgroup)
{
	autoclose int fd = openat(cgroup, "memory.reclaim", O_WRONLY | O_CLOEXEC);

	return fd < 0 || write_word(fd, "0" NO_SWAP) != -EINVAL;
}

const char *reclaim_costs(enum reclaim_how how, int cgroup)
{
	if (how == RECLAIM_CGROUP && !takes_swappiness(cgroup))
		return "the cgroup loses its clean page cache, dentries and inodes, and is swapped "
		       "out where there is swap (before Linux 6.11); all is read again when it is "
		       "needed";
	return kinds[how].costs;
}

bool reclaim_has(int cgroup)
{
	return !faccessat(cgroup, "memory.reclaim", F_OK, 0);
}

const char *reclaim_name(enum reclaim_how how)
{
	return kinds[how].name;
}

static void drop(const char *file, const volatile sig_atomic_t *stop, struct reclaim *r)
{
	autoclose int fd = open(file, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;

	for (int i = 0; i < PASSES && !err && !*stop; i++)
		err = write_word(fd, DROP_SLAB);
	r->done = !err && !*stop;
	if (err == -EACCES || err == -EPERM)
		snprintf(r->why, sizeof(r->why), "%s: only root may write to it", file);
	else if (err == -EROFS)
		snprintf(r->why, sizeof(r->why), "%s is read-only here (a container?)", file);
	else if (err)
		snprintf(r->why, sizeof(r->why), "%s: %s", file, strerror(-err));
}

static void shrink(int cgroup, const volatile sig_atomic_t *stop, struct reclaim *r)
{
	autoclose int fd = openat(cgroup, "memory.reclaim", O_WRONLY | O_CLOEXEC);
	const char *word = EVERYTHING NO_SWAP;
	int err = fd < 0 ? -errno : 0;

	for (int i = 0; i < WRITES_MAX && !err && !*stop; i++) {
		err = write_word(fd, word);
		if (err == -EINVAL && word[strlen(EVERYTHING)]) {
			word = EVERYTHING;
			err = 0;
		}
	}
	r->done = (!err || err == -EAGAIN) && !*stop;
	if (fd < 0 && err == -ENOENT)
		snprintf(r->why, sizeof(r->why),
			 "the cgroup has no memory.reclaim: that needs Linux 5.19, and the "
			 "memory controller of cgroup v2 in it");
	else if (err == -EACCES || err == -EPERM)
		snprintf(r->why, sizeof(r->why), "memory.reclaim: only its owner may write to it");
	else if (err && err != -EAGAIN && err != -EINTR)
		snprintf(r->why, sizeof(r->why), "memory.reclaim: %s", strerror(-err));
}

void reclaim_run(enum reclaim_how how, int cgroup, const char *drop_file,
		 const volatile sig_atomic_t *stop, struct reclaim *ret_reclaim)
{
	struct reclaim r = {.how = how};
	double began = clock_s();

	if (how == RECLAIM_SLAB)
		drop(drop_file ? drop_file : DROP_FILE, stop, &r);
	else if (how == RECLAIM_CGROUP)
		shrink(cgroup, stop, &r);
	if (!r.done && !*r.why)
		snprintf(r.why, sizeof(r.why), "%s",
			 how == RECLAIM_NONE ? "not asked for" : "cut short by a signal");
	r.took_s = clock_s() - began;
	*ret_reclaim = r;
}
