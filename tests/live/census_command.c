// SPDX-License-Identifier: GPL-2.0-or-later
/* The census as a command and as a module: what it says of contents, how it keeps to its limits. */
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census_test.h"

struct ran {
	int status;
	double wall_s, cpu_s;
	char said[512];
	json_t *report; /* NULL: stdout was no JSON */
	size_t out_size;
};

/* Run the program; after `interrupt_ms`, if it is not 0, a SIGINT comes. */
static struct ran run(const char *const args[], long interrupt_ms)
{
	FILE *out = tmpfile(), *err = tmpfile();
	struct ran ran = {.status = -1};
	struct rusage usage;
	double began = clock_s();
	pid_t pid = fork();
	struct stat st;

	if (!pid) {
		const char *argv[16] = {program, "census"};

		for (int i = 0; args[i]; i++)
			argv[i + 2] = args[i];
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		execv(program, (char **)argv);
		_exit(127);
	}
	if (interrupt_ms) {
		sleep_ms(interrupt_ms);
		kill(pid, SIGINT);
	}
	wait4(pid, &ran.status, 0, &usage);
	ran.status = WIFEXITED(ran.status) ? WEXITSTATUS(ran.status) : -WTERMSIG(ran.status);
	ran.wall_s = clock_s() - began;
	ran.cpu_s = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
		    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	rewind(out);
	rewind(err);
	ran.said[fread(ran.said, 1, sizeof(ran.said) - 1, err)] = '\0';
	fstat(fileno(out), &st);
	ran.out_size = st.st_size;
	ran.report = json_loadf(out, 0, NULL);
	fclose(out);
	fclose(err);
	return ran;
}

/* The description of a key is an object of its own: "slabsight-0" to "slabsight-996". */
void check_contents(void)
{
	const struct hold_kind *kind = hold_kind_find("key");
	long long objects = 0, kinds = 0, sampled = 0;
	struct hold h;
	struct ran ran;
	json_t *contents, *cluster;
	size_t i;

	if (hold_prepare(&h, kind, UNITS) || hold_make(&h, UNITS)) {
		skip("no keys here", "contents");
		return;
	}
	ran = run((const char *[]){"kmalloc-16", "--sample", "0", "--json", NULL}, 0);
	hold_release(&h);
	contents = json_object_get(json_object_get(ran.report, "census"), "contents");
	json_array_foreach (json_object_get(contents, "clusters"), i, cluster) {
		const char *text = json_string_value(json_object_get(cluster, "description"));

		if (text && strstr(text, "\"slabsight-")) {
			objects += json_integer_value(json_object_get(cluster, "objects"));
			kinds++;
		}
	}
	sampled = json_integer_value(json_object_get(contents, "sampled_objects"));
	check(!ran.status && objects == UNITS && kinds == 1, "",
	      "contents: %d keys' names are %lld strings of %lld kind%s, of %lld objects of "
	      "kmalloc-16%s%s",
	      UNITS, objects, kinds, kinds == 1 ? "" : "s", sampled, *ran.said ? ": " : "",
	      ran.said);
	json_decref(ran.report);
}

/* Fewer than a slab has: they are of one slab, and not none. */
static void check_one_slab(void)
{
	const struct census_cache *cache;
	uint64_t n = 0;
	int err;

	scan();
	cache = census_find(census, "dentry");
	err = census_objects(census, cache, 8, 1, &full_speed, count_object, &n);
	check(!err && n && n <= cache->room / cache->slabs, "",
	      "a sample of 1 of %" PRIu64 " dentries has those of a slab: %" PRIu64, cache->live,
	      n);
}

/* As many as were asked for, but for the objects of a slab, and those that move. */
void check_sample(void)
{
	const struct census_cache *cache;

	for (int i = 1; i <= 5; i++) {
		uint64_t want, n = 0;

		scan();
		cache = census_find(census, "dentry");
		want = cache->live * (i == 5 ? 1 : i) / (i == 5 ? 50 : 5);
		if (census_objects(census, cache, 8, want, &full_speed, count_object, &n))
			want = 0;
		check(want && llabs((long long)(n - want)) <= (long long)(want / 10 + 100), "",
		      "a sample of %" PRIu64 " of %" PRIu64 " dentries has %" PRIu64, want,
		      cache->live, n);
	}
	check_one_slab();
}

void check_pace(void)
{
	struct census_pace slow = {.share = 0.1};
	struct rusage from, to;
	double began, wall, cpu;
	int err;

	getrusage(RUSAGE_SELF, &from);
	began = clock_s();
	err = census_scan(census, &slow);
	wall = clock_s() - began;
	getrusage(RUSAGE_SELF, &to);
	cpu = to.ru_utime.tv_sec - from.ru_utime.tv_sec + to.ru_stime.tv_sec -
	      from.ru_stime.tv_sec +
	      (to.ru_utime.tv_usec - from.ru_utime.tv_usec + to.ru_stime.tv_usec -
	       from.ru_stime.tv_usec) /
		      1e6;
	/* That there are pauses. How exact they are is a matter of the machine: an emulated CPU is
	 * interrupted in the middle of a slice. */
	check(!err && cpu <= wall / 3, "", "a pace of 10 %%: %.3f s of CPU in %.2f s, %.1f %%", cpu,
	      wall, 100 * cpu / wall);
}

void check_interrupt(void)
{
	/* Programs are loaded first, and no signal interrupts that: seconds where CPUs are
	 * emulated. */
	const double limit_s = stall_s > 5 ? 12 : 5;
	struct ran ran = {};

	/* At different moments of work and pause, which at this pace lasts for seconds. */
	for (int ms = 1000; ms < 1500; ms += 50) {
		json_decref(ran.report);
		ran = run((const char *[]){"--pace", "0.1%", "--json", NULL}, ms);
		if (ran.wall_s > limit_s || ran.status != 130 || ran.out_size)
			break;
	}
	check(ran.status == 130 && !ran.out_size && ran.wall_s < limit_s &&
		      strstr(ran.said, "interrupted before"),
	      "", "Ctrl-C during a census: exit %d, %zu bytes of report, after %.1f s: %s",
	      ran.status, ran.out_size, ran.wall_s,
	      *ran.said ? strtok(ran.said, "\n") : "(nothing)");
	json_decref(ran.report);
}
