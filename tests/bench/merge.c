// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * merge [-p SLABSIGHT] [-n HOSTS] [-o ORIGINS] [-s SNAPSHOTS] [-k DIRECTORY]: how long
 * `slabsight merge` takes for a site. Each host has a recording of its own, made up, of as
 * many origins, with a stack of 12 frames each and two functions an origin, as a trace of a
 * minute had; one of them leaks on every tenth. Seconds of wall time, of which the first
 * run also has what reading the files for the first time costs, and of one CPU. -k keeps the
 * recordings.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "made_ledger.h"
#include "random.h"
#include "recorder.h"
#include "report.h"

#define DEPTH	 12
#define SITE(i)	 (0xffffffff81000000ull + 4096 * (i))
#define LENGTH_S (MADE_BOOKED * MADE_TICK_S)
#define RUNS	 5
#define LEAK	 0 /* the origin that leaks */
#define LEAKED	 600

static int origins = 2000, snapshots = 4;
static struct hook hooks[HOOK_COUNT];
static struct symbols *symbols;
static struct slabs *slabs;

static void fill(struct made_ledger *m, int host)
{
	uint64_t seed = host + 1;
	uint32_t caches[50], task;

	made_init(m);
	task = made_task(m, "worker");
	for (uint32_t i = 0; i < 50; i++) {
		char name[32];

		snprintf(name, sizeof(name), "cache-%u", i);
		caches[i] = made_cache(m, name, 64 + 8 * i, 64 + 8 * i);
	}
	for (int i = 0; i < origins; i++)
		made_origin(m, caches[i % 50], SITE(i) + 16, 64 + 8 * (i % 50), 0);
	for (int i = 0; i < origins && m->slot < MADE_BUCKETS * SS_WAYS - LEAKED; i++) {
		uint32_t origin = SS_ORIGIN_FIRST + i;
		uint64_t frames[DEPTH] = {SITE(i) + 16};

		for (uint32_t f = 1; f < DEPTH; f++)
			frames[f] = SITE(random_below(&seed, 2 * origins)) + 16;
		made_object(m, origin, made_rec(m, origin, made_stack(m, frames, DEPTH), task), 0,
			    1000 + random_below(&seed, 1000), 40);
		made_freed(m, origin, random_below(&seed, 1000));
	}
	if (host % 10 == 0)
		made_leaks(m, LEAKED, SS_ORIGIN_FIRST + LEAK, 0);
}

static int record(int host)
{
	struct made_ledger *m = calloc(1, sizeof(*m));
	char name[32], path[48], boot[48];
	struct recording_run run = {.slabsight = "bench",
				    .host = name,
				    .release = host % 10 ? "6.12.3" : "6.12.9",
				    .machine = "x86_64",
				    .build_id = "",
				    .btf = "",
				    .boot_id = boot,
				    .began = 1793678400,
				    .every_s = 1};
	struct report_source source;
	struct recorder *r = NULL;
	int err;

	snprintf(name, sizeof(name), "web%d", host);
	snprintf(path, sizeof(path), "%s.rec", name);
	snprintf(boot, sizeof(boot), "boot-of-%d", host);
	if (!m)
		return -1;
	fill(m, host);
	err = recorder_create(path, &run, 0, NULL, &r);
	for (int i = 1; i <= snapshots && !err; i++) {
		const struct recorder_moment at = {.at_s = LENGTH_S * i / snapshots};
		struct report report = {
			.command = "record",
			.host = name,
			.release = run.release,
			.machine = run.machine,
			.began = run.began,
			.duration_s = at.at_s,
			.symbols = symbols,
			.before = slabs,
			.after = slabs,
			.hooks = hooks,
		};

		for (int n = 0; n < origins / 10; n++)
			made_freed(m, SS_ORIGIN_FIRST + (n * 7 + i) % origins, 3);
		err = snapshot_create(&m->view, false, &report.snapshot);
		if (!err) {
			report.snapshot->checked = true;
			err = recorder_take(r, &at, &report);
		}
		snapshot_destroy(report.snapshot);
	}
	if (!err)
		err = recorder_end(r, "end", &source);
	recorder_destroy(r);
	made_deinit(m);
	free(m);
	return err;
}

static int make_symbols(void)
{
	struct symbols_entry *list = calloc(2 * origins, sizeof(*list));
	int err = list ? 0 : -1;

	for (int i = 0; i < 2 * origins && !err; i++) {
		char name[32];

		snprintf(name, sizeof(name), "function_%d", i);
		list[i] = (struct symbols_entry){SITE(i), strdup(name), NULL};
	}
	if (!err)
		err = symbols_create_from(list, 2 * origins, &symbols);
	for (int i = 0; list && i < 2 * origins; i++)
		free((char *)list[i].name);
	free(list);
	return err;
}

/* What all children have used until now. */
static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Seconds of one run; below 0: it failed. */
static double run(const char *program, char **argv)
{
	double before = clock_s();
	int status;
	pid_t pid = fork();

	if (!pid) {
		int fd = open("/dev/null", O_WRONLY);

		dup2(fd, STDOUT_FILENO);
		execv(program, argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return -1;
	return clock_s() - before;
}

int main(int argc, char **argv)
{
	char temporary[] = "/var/tmp/slabsight-bench-XXXXXX", *program, **words;
	const char *name = "build/slabsight", *keep = NULL;
	int option, hosts = 200, err = 0;
	struct rusage usage;
	struct stat st = {};

	while ((option = getopt(argc, argv, "p:n:o:s:k:")) != -1) {
		if (option == 'p')
			name = optarg;
		else if (option == 'n')
			hosts = atoi(optarg);
		else if (option == 'o')
			origins = atoi(optarg);
		else if (option == 's')
			snapshots = atoi(optarg);
		else if (option == 'k')
			keep = optarg;
		else
			return 2;
	}
	program = realpath(name, NULL);
	if (!program || hosts < 1 || origins < 1 || origins > (int)(SS_ORIGINS - SS_ORIGIN_FIRST))
		return 2;
	if (keep ? mkdir(keep, 0700) || chdir(keep) : !mkdtemp(temporary) || chdir(temporary))
		return 1;
	words = calloc(hosts + 3, sizeof(*words));
	for (int i = 0; i < HOOK_COUNT; i++)
		hooks[i] = (struct hook){.spec = &hook_specs[i],
					 .state = HOOK_ATTACHED,
					 .target = hook_specs[i].targets[0]};
	if (!words || make_symbols() || slabs_create(NULL, NULL, &slabs))
		return 1;
	words[0] = program;
	words[1] = "merge";
	for (int i = 0; i < hosts && !err; i++) {
		err = record(i);
		if (asprintf(&words[2 + i], "web%d.rec", i) < 0)
			return 1;
	}
	stat("web0.rec", &st);
	printf("%d hosts of %d origins, %d whole snapshots each: %.1f MB a host\n", hosts, origins,
	       snapshots, st.st_size / 1e6);
	for (int i = 0; i < RUNS && !err; i++) {
		double before = cpu_s(), s = run(program, words);

		err = s < 0;
		printf("  %6.2f s, %.2f s of CPU\n", s, cpu_s() - before);
	}
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("  %6.1f MB at most\n", usage.ru_maxrss / 1e3);
	for (int i = 0; i < hosts && !keep; i++)
		unlink(words[2 + i]);
	if (!keep)
		rmdir(temporary);
	return err != 0;
}
