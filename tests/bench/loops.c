// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loops NAME ITERATIONS: do one thing that allocates and frees slab objects over and over on the
 * last CPU, and print how many nanoseconds one iteration took, a line for each LOOP_SLICES-th of
 * them. The first 2 % of the iterations are done once more before, without being timed.
 */
#include "results.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* tmpfs forgets a missing name at once: each look-up makes and frees a dentry. */
#define MEMORY_DIR "/dev/shm"

static char file_path[] = "/tmp/slabsight-loops-XXXXXX";
static const char *missing_dir = "/tmp";

static bool do_pipe(unsigned long i)
{
	int ends[2];

	(void)i;
	return !pipe(ends) && !close(ends[0]) && !close(ends[1]);
}

static bool do_open(unsigned long i)
{
	int fd = open(file_path, O_RDONLY);

	(void)i;
	return fd >= 0 && !close(fd);
}

static bool do_socketpair(unsigned long i)
{
	char buf[32] = "";
	int ends[2];

	(void)i;
	return !socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) &&
	       write(ends[0], buf, sizeof(buf)) == sizeof(buf) &&
	       read(ends[1], buf, sizeof(buf)) == sizeof(buf) && !close(ends[0]) && !close(ends[1]);
}

static bool do_stat(unsigned long i)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "%s/missing-%d-%lu", missing_dir, getpid(), i);
	return stat(path, &st) < 0;
}

static const struct loop {
	const char *name;
	bool (*once)(unsigned long i);
} loops[] = {
	{"pipe", do_pipe},
	{"open", do_open},
	{"socketpair", do_socketpair},
	{"stat", do_stat},
};

static const struct loop *find_loop(const char *name)
{
	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++)
		if (!strcmp(loops[i].name, name))
			return &loops[i];
	return NULL;
}

/* Where the tracers' user space is least likely to run. */
static void pin_to_last_cpu(void)
{
	cpu_set_t allowed, last;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
		if (CPU_ISSET(cpu, &allowed)) {
			CPU_ZERO(&last);
			CPU_SET(cpu, &last);
			sched_setaffinity(0, sizeof(last), &last);
			return;
		}
	}
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Iterations @from to @to, negative nanoseconds if one failed. */
static double time_loop(const struct loop *loop, unsigned long from, unsigned long to)
{
	double begin = now_ns();

	for (unsigned long i = from; i < to; i++)
		if (!loop->once(i))
			return -1;
	return now_ns() - begin;
}

static int run(const struct loop *loop, unsigned long cnt)
{
	unsigned long warm = cnt / 50, slice_cnt = cnt / LOOP_SLICES;
	double slices[LOOP_SLICES], ns;
	int fd;

	if (!access(MEMORY_DIR, W_OK))
		missing_dir = MEMORY_DIR;
	fd = mkstemp(file_path);
	if (fd < 0) {
		perror("loops: cannot make a file");
		return 1;
	}
	close(fd);
	pin_to_last_cpu();
	ns = time_loop(loop, 0, warm);
	for (unsigned long i = 0, at = warm; ns >= 0 && i < LOOP_SLICES; i++, at += slice_cnt)
		slices[i] = ns = time_loop(loop, at, at + slice_cnt);
	if (ns < 0)
		perror("loops: an iteration failed");
	unlink(file_path);
	for (size_t i = 0; ns >= 0 && i < LOOP_SLICES; i++)
		printf("%.1f\n", slices[i] / (double)slice_cnt);
	return ns < 0;
}

int main(int argc, char **argv)
{
	const struct loop *loop = argc == 3 ? find_loop(argv[1]) : NULL;
	unsigned long cnt = loop ? strtoul(argv[2], NULL, 10) : 0;

	if (cnt < LOOP_SLICES) {
		fprintf(stderr, "usage: loops pipe|open|socketpair|stat ITERATIONS (%d or more)\n",
			LOOP_SLICES);
		return 2;
	}
	return run(loop, cnt);
}
