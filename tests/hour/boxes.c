// SPDX-License-Identifier: GPL-2.0-or-later
/* Containers, and a module that comes and goes. */
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"
#include "load_kinds.h"
#include "rhythm.h"

#define BOXES	    3
#define MODULE_S    1140 /* it is there for the first minute of these */
#define CGROUP_ROOT "/sys/fs/cgroup"

static void run_kind(const char *name, const struct load_worker *w, unsigned int n)
{
	for (size_t i = 0; i < LOAD_KINDS; i++)
		if (!strcmp(load_kinds[i].name, name))
			load_kinds[i].run_once(w, n);
}

static void raise_loopback(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
}

/* Where there is no such cgroup, it lives without. */
static void join(const char *cgroup)
{
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	n = write(fd, "0", 1);
	(void)n;
	close(fd);
}

/* A file system and a network of its own; some traffic now and then. */
static void live_in_box(const char *cgroup, const char *dir, double life_s)
{
	const double until = rhythm_s() + life_s;
	struct load_worker w = {.nr = 1, .dir = dir};

	join(cgroup);
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS))
		_exit(1);
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount("box", dir, "tmpfs", 0, NULL);
	raise_loopback();
	for (unsigned int n = 0; rhythm_s() < until; n++) {
		run_kind("udp", &w, n);
		run_kind("tcp", &w, n);
		if (n < 40) /* two files of three stay until the box is gone */
			run_kind("rename", &w, n);
		rhythm_sleep(chance_exponential(5));
	}
	_exit(0);
}

/* One box after the other. */
static void run_boxes(const struct life *life, int which)
{
	char cgroup[64], dir[256];

	snprintf(cgroup, sizeof(cgroup), CGROUP_ROOT "/slabsight-hour-%d", which);
	snprintf(dir, sizeof(dir), "%s/box-%d", life->memory, which);
	mkdir(dir, 0700);
	for (;;) {
		double life_s = chance_between(60, 420);
		pid_t pid;

		mkdir(cgroup, 0755);
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			live_in_box(cgroup, dir, life_s);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
		rmdir(cgroup);
		rhythm_sleep(chance_exponential(60));
	}
}

void act_boxes(const struct life *life)
{
	for (int i = 0; i < BOXES; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		chance_seed(life->seed * 100000 + (unsigned int)i);
		run_boxes(life, i);
	}
	for (;;)
		rhythm_sleep(3600);
}

void act_module(const struct life *life)
{
	char name[64];
	const char *slash = life->module ? strrchr(life->module, '/') : NULL;

	if (!slash)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(slash + 1, "."), slash + 1);
	for (double next = 60;; next += MODULE_S) {
		int fd = open(life->module, O_RDONLY | O_CLOEXEC);

		syscall(SYS_finit_module, fd, "", 0);
		close(fd);
		rhythm_sleep_until(next);
		syscall(SYS_delete_module, name, O_NONBLOCK);
		rhythm_sleep_until(next + MODULE_S - 60);
	}
}
