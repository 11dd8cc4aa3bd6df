// SPDX-License-Identifier: GPL-2.0-or-later
/* The census while processes, CPUs and caches come and go, and with KFENCE at work. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census_test.h"

#define CPU1	"/sys/devices/system/cpu/cpu1/online"
#define OVERLAY "/lib/modules/overlay.ko"
#define MEET_S	60 /* until a census comes while the module's cache is there, on a slow machine */

/* A child that does something over and over until it is killed. */
static pid_t again_and_again(void (*what)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		what();
}

static void toggle_cpu(void)
{
	static bool online = true;
	int fd = open(CPU1, O_WRONLY | O_CLOEXEC);

	online = !online;
	if (fd >= 0 && write(fd, online ? "1" : "0", 1) != 1)
		online = true;
	close(fd);
	sleep_ms(300);
}

/* What the child that does it tells of the module, in memory that it shares. */
static struct news {
	int mounts;
	int error; /* of the last that could not be loaded or mounted */
} * news;

/* A module's cache, with objects in it, comes and goes. */
static void toggle_module(void)
{
	int fd = open(OVERLAY, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		news->error = errno;
	close(fd);
	mkdir("/tmp/ovl", 0700);
	mkdir("/tmp/ovl/at", 0700);
	if (!mount("overlay", "/tmp/ovl/at", "overlay", MS_RDONLY, "lowerdir=/bin:/lib")) {
		DIR *dir = opendir("/tmp/ovl/at");
		struct dirent *entry;

		news->mounts++;
		while (dir && (entry = readdir(dir)))
			fstatat(dirfd(dir), entry->d_name, &st, 0);
		if (dir)
			closedir(dir);
		sleep_ms(100);
		umount2("/tmp/ovl/at", 0);
	} else {
		news->error = errno;
	}
	syscall(SYS_delete_module, "overlay", O_NONBLOCK);
	sleep_ms(50);
}

static pid_t start_load(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl(load_program, load_program, "-t", "3600", "-w", "fork,stat,mmap,rename",
		      NULL);
		_exit(127);
	}
	return pid;
}

static void stop(pid_t pid, int signal)
{
	if (pid <= 0)
		return;
	kill(pid, signal);
	waitpid(pid, NULL, 0);
}

struct storm {
	int done, failed, crowded, unlikely, modules;
	double longest_s, least, most;
	char worst[128];
};

static void one_round(struct storm *s)
{
	const struct census_cache *caches, *dentry;
	double began = clock_s(), took, share;
	struct census_totals totals;
	uint64_t dentries = 0, before = slab_now();
	size_t count;
	int err = census_scan(census, &full_speed);

	share = explained(before, slab_now(), &totals);
	dentry = census_find(census, "dentry");
	if (!err && dentry)
		err = census_objects(census, dentry, 64, 0, &full_speed, count_object, &dentries);
	took = clock_s() - began;
	s->done++;
	s->failed += err != 0;
	if (took > s->longest_s)
		s->longest_s = took;
	caches = census_caches(census, &count);
	for (size_t i = 0; i < count; i++) {
		if (caches[i].live > caches[i].room + caches[i].guarded) {
			s->crowded++;
			snprintf(s->worst, sizeof(s->worst), "%s: %" PRIu64 " in room for %" PRIu64,
				 caches[i].name, caches[i].live, caches[i].room);
		}
		s->modules += !strcmp(caches[i].name, "ovl_inode");
	}
	if (share < s->least)
		s->least = share;
	if (share > s->most)
		s->most = share;
	/* What is read of the dentries is what was counted, but for what has changed meanwhile. */
	if (dentry &&
	    llabs((long long)(dentries - dentry->live)) > (long long)(dentry->live / 5 + 2000)) {
		s->unlikely++;
		snprintf(s->worst, sizeof(s->worst),
			 "%" PRIu64 " dentries read, %" PRIu64 " counted", dentries, dentry->live);
	}
}

void check_storm(void)
{
	const double until = clock_s() + MEET_S;
	struct storm s = {.least = 1000};
	struct census_totals totals;
	pid_t load, cpu = -1, module = -1;

	news = mmap(NULL, sizeof(*news), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (news == MAP_FAILED) {
		check(false, "", "storm: out of memory");
		return;
	}
	load = start_load();
	if (guest && !access(CPU1, W_OK))
		cpu = again_and_again(toggle_cpu);
	if (guest && !access(OVERLAY, R_OK))
		module = again_and_again(toggle_module);
	sleep_ms(500);
	while (s.done < rounds || (module > 0 && !s.modules && clock_s() < until))
		one_round(&s);
	stop(cpu, SIGKILL);
	stop(module, SIGKILL);
	stop(load, SIGTERM);
	if (cpu > 0) {
		int fd = open(CPU1, O_WRONLY | O_CLOEXEC);

		if (write(fd, "1", 1) != 1)
			perror(CPU1);
		close(fd);
	}
	census_totals(census, &totals);
	check(!s.failed, "", "storm: %d of %d censuses failed%s%s", s.failed, s.done,
	      cpu > 0 ? ", a CPU came and went" : "", module > 0 ? ", a module too" : "");
	check(s.longest_s < stall_s, "", "storm: none takes longer than %.0f s: %.2f s", stall_s,
	      s.longest_s);
	check(!s.crowded, "", "storm: no cache has more objects than room%s%s",
	      *s.worst ? ": " : "", s.worst);
	check(!s.unlikely, "", "storm: as many dentries are read as were counted");
	if (totals.marks_large)
		check(s.least >= 90 && s.most <= 110, "",
		      "storm: %.1f to %.1f %% of Slab explained", s.least, s.most);
	else
		check(s.least >= 30 && s.most <= 110, "",
		      "storm: %.1f to %.1f %% of Slab explained; large kmalloc is not marked here",
		      s.least, s.most);
	if (module > 0)
		check(s.modules > 0, "",
		      "storm: the module's cache was met %d times, mounted %d%s%s", s.modules,
		      news->mounts, news->error ? ", once: " : "",
		      news->error ? strerror(news->error) : "");
	else
		skip(guest ? "no module with a cache here" : "only in a guest",
		     "storm: CPUs and modules that come and go");
}

static long long kfence_allocated(void)
{
	FILE *f = fopen("/sys/kernel/debug/kfence/stats", "re");
	long long n = -1;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "currently allocated: %lld", &n);
	if (f)
		fclose(f);
	return n;
}

void check_guarded(void)
{
	const struct census_cache *caches;
	long long truth = kfence_allocated(), guarded = 0;
	pid_t load;
	size_t count;

	if (truth < 0) {
		skip("it is not at work here", "KFENCE");
		return;
	}
	load = start_load();
	sleep(5);
	stop(load, SIGTERM);
	for (int i = 0; i < ATTEMPTS; i++) {
		sleep(1);
		scan();
		truth = kfence_allocated();
		guarded = 0;
		caches = census_caches(census, &count);
		for (size_t j = 0; j < count; j++)
			guarded += caches[j].guarded;
		if (guarded == truth)
			break;
	}
	check(guarded > 0 && llabs(guarded - truth) <= 5, "",
	      "KFENCE: %lld guarded objects, %lld by its own count", guarded, truth);
	check_totals();
}
