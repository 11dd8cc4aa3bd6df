// SPDX-License-Identifier: GPL-2.0-or-later
/* A cgroup for a command. */
#include "run_cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

#define PROCS  "cgroup.procs"
#define PREFIX "slabsight-run-"
/* Others of the same number: of another pid namespace, or left by one that was killed. */
#define NAMES_MAX 100
/* Who forks while it is moved leaves a child behind; who dies leaves a moment later. */
#define ROUNDS	 100
#define ROUND_US 2000

void run_cgroup_init(struct run_cgroup *c)
{
	*c = (struct run_cgroup){.fd = -1, .parent = -1};
}

/* The directory of a descriptor; "" where that is not known. */
static void path_of(int fd, char path[PATH_MAX])
{
	char link[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, PATH_MAX - 1);
	path[len < 0 ? 0 : len] = '\0';
}

/* Calls back with each directory in this one, which it need not be: 0, or -errno. */
static int each_below(int cgroup, int (*call)(int below, const char *name, void *data), void *data)
{
	int fd = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir)
		return -errno;
	while ((d = readdir(dir)) && !err) {
		autoclose int below = -1;

		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") ||
		    (d->d_type != DT_DIR && d->d_type != DT_UNKNOWN))
			continue;
		below = openat(dirfd(dir), d->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			err = call(below, d->d_name, data);
	}
	closedir(dir);
	return err;
}

/*
 * What cannot be read need not be gone: a /proc that is mounted with hidepid hides processes
 * of other users. Any other error than this one means that there is a process.
 */
static bool is_gone(pid_t pid)
{
	return kill(pid, 0) && errno == ESRCH;
}

/*
 * What a slabsight that was killed could not remove. Whoever is at work holds a lock on his
 * directory, also in another pid namespace; and what somebody is in cannot be removed.
 */
static int remove_leftover(int below, const char *name, void *parent)
{
	int pid;

	if (sscanf(name, PREFIX "%d", &pid) == 1 && is_gone(pid) &&
	    !flock(below, LOCK_EX | LOCK_NB))
		unlinkat(*(int *)parent, name, AT_REMOVEDIR);
	return 0;
}

static int make(struct run_cgroup *c)
{
	int err = -EEXIST;

	for (int i = 1; i <= NAMES_MAX && err == -EEXIST; i++) {
		int n = snprintf(c->name, sizeof(c->name), PREFIX "%d", (int)getpid());

		if (i > 1)
			snprintf(c->name + n, sizeof(c->name) - n, "-%d", i);
		err = mkdirat(c->parent, c->name, 0755) ? -errno : 0;
	}
	return err;
}

/* A process changes its place only if we may write there and where both places meet. */
static int check(const struct run_cgroup *c)
{
	char type[32] = "";
	autoclose int fd = openat(c->fd, "cgroup.type", O_RDONLY | O_CLOEXEC);

	if (faccessat(c->fd, PROCS, W_OK, AT_EACCESS) ||
	    faccessat(c->parent, PROCS, W_OK, AT_EACCESS))
		return -errno;
	/* Below a threaded cgroup there is none that whole processes may enter. */
	if (fd >= 0 && read(fd, type, sizeof(type) - 1) > 0 && strcmp(type, "domain\n"))
		return -EOPNOTSUPP;
	return 0;
}

static void explain(struct run_cgroup *c, const char *what, int err)
{
	char path[PATH_MAX] = "", safe[80];

	if (c->parent >= 0)
		path_of(c->parent, path);
	snprintf(c->why, sizeof(c->why), "cannot %s one in %s: %s", what,
		 *path ? text_escape(path, safe, sizeof(safe)) : "its parent",
		 err == -EOPNOTSUPP ? "it is threaded" : strerror(-err));
}

static void forget(struct run_cgroup *c)
{
	cleanup_close(&c->fd);
	cleanup_close(&c->parent);
	c->fd = c->parent = -1;
	*c->path = '\0';
}

void run_cgroup_create(int parent, struct run_cgroup *ret_cgroup)
{
	struct run_cgroup *c = ret_cgroup;
	int err;

	run_cgroup_init(c);
	c->parent = parent < 0 ? -1 : parent;
	if (parent < 0) {
		snprintf(c->why, sizeof(c->why), "%s",
			 parent == -EXDEV ? "ours is outside of this cgroup namespace"
			 : parent == -ENOENT || parent == -ENOTSUP
				 ? "cgroup v2 is not mounted here, or not with ours in it"
				 : strerror(-parent));
		return;
	}
	each_below(c->parent, remove_leftover, &c->parent);
	err = make(c);
	if (err) {
		explain(c, "make", err);
		forget(c);
		return;
	}
	c->fd = openat(c->parent, c->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = c->fd < 0 ? -errno : check(c);
	if (!err)
		flock(c->fd, LOCK_EX | LOCK_NB);
	if (err) {
		explain(c, "use", err);
		unlinkat(c->parent, c->name, AT_REMOVEDIR);
		forget(c);
		return;
	}
	path_of(c->fd, c->path);
}

static int move(int cgroup, pid_t pid)
{
	autoclose int fd = openat(cgroup, PROCS, O_WRONLY | O_CLOEXEC);
	char number[16];
	int n = snprintf(number, sizeof(number), "%d", (int)pid);

	return fd < 0 || write(fd, number, n) != n ? -errno : 0;
}

int run_cgroup_enter(const struct run_cgroup *c, pid_t pid)
{
	return c->fd < 0 ? -ENOENT : move(c->fd, pid);
}

/* Calls back for each process in the cgroup itself: 0 or -errno. One may come twice. */
static int each_process(int cgroup, void (*call)(pid_t pid, void *data), void *data)
{
	int fd = openat(cgroup, PROCS, O_RDONLY | O_CLOEXEC), pid;
	autofile FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f)
		return -errno;
	while (fscanf(f, "%d", &pid) == 1)
		call(pid, data);
	return ferror(f) ? -errno : 0;
}

struct asked {
	struct run_cgroup *c;
	const char *proc; /* NULL: names cannot be looked up */
};

/*
 * Where it is of another pid namespace than ours, the same numbers are other processes there.
 * "self" is a link to the number that we have there, and leads nowhere where we have none.
 */
static bool is_of_others(const char *proc)
{
	char path[PATH_MAX], link[16];
	ssize_t len;

	snprintf(path, sizeof(path), "%s/self", proc);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return true;
	link[len] = '\0';
	return atol(link) != getpid();
}

/* False: it cannot be read. Control bytes are part of a name, also a line's end, but for the last.
 */
static bool read_comm(const char *proc, pid_t pid, char comm[SS_COMM])
{
	char path[PATH_MAX], text[SS_COMM + 1];
	autoclose int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%d/comm", proc, (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (n <= 0)
		return false;
	n -= text[n - 1] == '\n';
	n = n < SS_COMM ? n : SS_COMM - 1;
	memcpy(comm, text, n);
	comm[n] = '\0';
	return true;
}

static void note(pid_t pid, void *data)
{
	struct asked *a = data;
	struct run_cgroup *c = a->c;
	size_t listed = c->living_cnt < RUN_CGROUP_LISTED ? c->living_cnt : RUN_CGROUP_LISTED;
	struct run_living l = {.pid = pid};

	for (size_t i = 0; i < listed; i++)
		if (pid && c->living[i].pid == pid)
			return;
	/* 0: in a pid namespace that we do not see. */
	if (pid && !(a->proc && read_comm(a->proc, pid, l.comm)) && is_gone(pid))
		return;
	if (listed < RUN_CGROUP_LISTED)
		c->living[listed] = l;
	c->living_cnt++;
}

static int ask_below(int cgroup, const char *name, void *data)
{
	int err = each_process(cgroup, note, data);

	(void)name;
	/* A threaded one, whose processes its parent has; one that is gone meanwhile. */
	if (err && err != -EOPNOTSUPP && err != -ENODEV && err != -ENOENT)
		return err;
	return each_below(cgroup, ask_below, data);
}

int run_cgroup_ask(struct run_cgroup *c, const char *proc)
{
	struct asked a = {c, proc ? proc : "/proc"};
	int err;

	if (is_of_others(a.proc))
		a.proc = NULL;
	c->asked = false;
	c->living_cnt = 0;
	if (c->fd < 0)
		return -ENOENT;
	if (!c->living)
		c->living = calloc(RUN_CGROUP_LISTED, sizeof(*c->living));
	err = c->living ? each_process(c->fd, note, &a) : -ENOMEM;
	if (!err)
		err = each_below(c->fd, ask_below, &a);
	c->asked = !err;
	return err;
}

bool run_cgroup_has_comm(const struct run_cgroup *c, const char *comm)
{
	for (size_t i = 0; i < c->living_cnt && i < RUN_CGROUP_LISTED; i++)
		if (!strcmp(c->living[i].comm, comm))
			return true;
	return false;
}

uint64_t run_cgroup_unnamed(const struct run_cgroup *c)
{
	uint64_t count = 0;

	for (size_t i = 0; i < c->living_cnt && i < RUN_CGROUP_LISTED; i++)
		count += !*c->living[i].comm;
	return count;
}

static int is_one(int below, const char *name, void *data)
{
	(void)name;
	(void)below;
	(void)data;
	return -EBUSY;
}

static void move_back(pid_t pid, void *data)
{
	struct run_cgroup *c = data;

	/* 0 would be ourselves. */
	if (pid > 0)
		move(c->parent, pid);
}

void run_cgroup_remove(struct run_cgroup *c)
{
	bool has_below = false;
	int err = -EBUSY;

	if (c->fd < 0)
		return;
	for (int i = 0; i < ROUNDS && err == -EBUSY && !has_below; i++) {
		err = unlinkat(c->parent, c->name, AT_REMOVEDIR) ? -errno : 0;
		if (err == -ENOENT)
			err = 0;
		if (!err)
			break;
		has_below = each_below(c->fd, is_one, NULL) == -EBUSY;
		if (!has_below)
			each_process(c->fd, move_back, c);
		if (i)
			usleep(ROUND_US);
	}
	c->left = err;
	if (has_below)
		snprintf(c->left_why, sizeof(c->left_why), "there are cgroups in it");
	else if (err)
		snprintf(c->left_why, sizeof(c->left_why), "%s",
			 err == -EBUSY ? "its processes cannot be moved" : strerror(-err));
	cleanup_close(&c->fd);
	cleanup_close(&c->parent);
	c->fd = c->parent = -1;
}

void run_cgroup_deinit(struct run_cgroup *c)
{
	run_cgroup_remove(c);
	free(c->living);
	c->living = NULL;
	c->living_cnt = 0;
}
