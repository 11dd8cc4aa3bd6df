// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cases' processes and the module. A process prepares, tells how that went, and waits until a
 * pipe is closed: one pipe for the early ones, one for the others. Counts are in shared memory, and
 * the module's in /proc.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pace.h"

#define DESCRIPTORS	40000
#define END_TIMEOUT_S	20
#define MODULE_COUNTERS "/proc/" ZOO_MODULE

static char dir[STAGE_PATH_MAX];
static int gates[2][2]; /* of the others, of the early ones */

const char *stage_dir(void)
{
	return dir;
}

int stage_open(const char *name)
{
	char path[2 * STAGE_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, O_CREAT | O_RDWR, 0600);
}

void stage_add(struct stage *s, const struct zoo_case *list)
{
	for (; list->name && s->cnt < STAGE_CASES; list++)
		s->cases[s->cnt++].zoo = list;
}

static void raise_limits(void)
{
	const struct rlimit many = {DESCRIPTORS, DESCRIPTORS},
			    unlimited = {RLIM_INFINITY, RLIM_INFINITY};

	setrlimit(RLIMIT_NOFILE, &many);
	setrlimit(RLIMIT_SIGPENDING, &unlimited);
	setrlimit(RLIMIT_MSGQUEUE, &unlimited);
}

/* The process of a case; says on @ready how its preparation went. */
static void play(const struct zoo_case *zoo, struct zoo_count *count, int ready)
{
	struct pace pace;
	char comm[16];
	int err;

	snprintf(comm, sizeof(comm), ZOO_COMM "%s", zoo->name);
	prctl(PR_SET_NAME, comm);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	raise_limits();
	srandom((unsigned int)getpid());
	err = zoo->prepare ? zoo->prepare() : 0;
	if (write(ready, &err, sizeof(err)) != sizeof(err) || err)
		_exit(1);
	close(ready);
	close(gates[0][1]);
	close(gates[1][1]);
	/* Until the other end is closed. */
	if (read(gates[zoo->early][0], &err, 1))
		_exit(1);
	pace_begin(&pace, zoo->per_s, count);
	zoo->run(&pace);
	_exit(0);
}

/* 0, or what the case's preparation said. */
static int start(struct stage_case *c)
{
	int ready[2], err = -ECHILD;

	if (pipe(ready))
		return -errno;
	c->pid = fork();
	if (!c->pid) {
		close(ready[0]);
		play(c->zoo, c->now, ready[1]);
	}
	close(ready[1]);
	if (c->pid < 0 || read(ready[0], &err, sizeof(err)) != sizeof(err))
		err = -ECHILD;
	close(ready[0]);
	return err;
}

int stage_prepare(struct stage *s)
{
	const char *tmp = getenv("TMPDIR");
	struct zoo_count *counts = mmap(NULL, STAGE_CASES * sizeof(*counts), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	snprintf(dir, sizeof(dir), "%s/slabsight-zoo-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (counts == MAP_FAILED || !mkdtemp(dir) || pipe2(gates[0], O_CLOEXEC) ||
	    pipe2(gates[1], O_CLOEXEC))
		return -errno;
	for (unsigned int i = 0; i < s->cnt; i++) {
		s->cases[i].now = &counts[i];
		if (s->cases[i].zoo->run)
			s->cases[i].err = start(&s->cases[i]);
	}
	return 0;
}

void stage_begin(struct stage *s, bool early)
{
	(void)s;
	close(gates[early][1]);
}

int stage_load(const char *module)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

static void count_module(struct stage *s, bool end)
{
	FILE *f = fopen(MODULE_COUNTERS, "re");
	struct zoo_count n;
	char name[64];

	while (f && fscanf(f, "%63s %lu %lu", name, &n.made, &n.held) == 3) {
		for (unsigned int i = 0; i < s->cnt; i++) {
			const struct zoo_case *zoo = s->cases[i].zoo;

			/* Two cases may tell one function's callers apart. */
			if (!zoo->run &&
			    (!strcmp(zoo->name, name) || !strcmp(zoo->site + strlen("zoo_"), name)))
				*(end ? &s->cases[i].ended : &s->cases[i].begun) = n;
		}
	}
	if (f)
		fclose(f);
}

void stage_count(struct stage *s, bool end)
{
	count_module(s, end);
	for (unsigned int i = 0; i < s->cnt; i++)
		if (s->cases[i].zoo->run)
			*(end ? &s->cases[i].ended : &s->cases[i].begun) = *s->cases[i].now;
}

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st;
	(void)what;
	(void)ftw;
	return remove(path);
}

/* Wait for one process; with a signal that nobody can ignore when it takes too long. */
static void reap(int pid, double deadline_s)
{
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (pace_clock_s() > deadline_s)
			kill(pid, SIGKILL);
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
}

void stage_end(struct stage *s)
{
	double deadline_s = pace_clock_s() + END_TIMEOUT_S;

	for (unsigned int i = 0; i < s->cnt; i++)
		if (s->cases[i].pid > 0)
			kill(s->cases[i].pid, SIGTERM);
	for (unsigned int i = 0; i < s->cnt; i++)
		if (s->cases[i].pid > 0)
			reap(s->cases[i].pid, deadline_s);
	if (dir[0])
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
