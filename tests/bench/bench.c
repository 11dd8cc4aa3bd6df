// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench [--rounds N] [--only NAME[,NAME...]] [--json]: what does tracing cost, and what do the
 * others cost?
 *
 * Four loops of system calls that live on slab objects are timed untraced, under empty programs,
 * under slabsight and under its peers. In each round every variant has its turn, starting with
 * another one each time, so that whatever slows the machine for a while hits all of them. The
 * environment can set the iterations: BENCH_PIPE, BENCH_OPEN, BENCH_SOCKETPAIR, BENCH_STAT.
 * A peer that is missing is reported; that slabsight does not run is a failure.
 */
#include "print.h"
#include "progs.h"
#include "results.h"
#include "variant.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define ROUNDS_DEFAULT 7
#define TRACEFS	       "/sys/kernel/tracing"

struct options {
	unsigned int rounds;
	bool json;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* Enough to run 0.2 to 0.5 s untraced on a machine of the 2020s. */
static void choose_iterations(struct results *r)
{
	static const struct {
		const char *variable;
		unsigned long cnt;
	} defaults[LOOPS] = {
		{"BENCH_PIPE", 100000},
		{"BENCH_OPEN", 200000},
		{"BENCH_SOCKETPAIR", 30000},
		{"BENCH_STAT", 100000},
	};

	for (size_t loop = 0; loop < LOOPS; loop++) {
		const char *text = getenv(defaults[loop].variable);
		unsigned long cnt = text ? strtoul(text, NULL, 10) : 0;

		r->iterations[loop] = cnt >= LOOP_SLICES ? cnt : defaults[loop].cnt;
	}
}

/* Run one loop; ns per iteration of its slices, false if it failed. */
static bool run_loop(const struct results *r, size_t loop, double ret_ns[LOOP_SLICES])
{
	char command[128];
	size_t cnt = 0;
	FILE *output;

	snprintf(command, sizeof(command), "exec build/tests/loops %s %lu", loop_names[loop],
		 r->iterations[loop]);
	output = popen(command, "re");
	if (!output)
		return false;
	while (cnt < LOOP_SLICES && fscanf(output, "%lf", &ret_ns[cnt]) == 1)
		cnt++;
	return !pclose(output) && cnt == LOOP_SLICES;
}

/* All loops under variant @v, which is stopped after. Numbers go to round r->round_cnt. */
static void run_variant(struct results *r, enum variant_id v)
{
	char *why = r->why_not[v];
	struct running running;

	if (variant_start(&variants[v], &running, why, sizeof(r->why_not[v])))
		return;
	for (size_t loop = 0; loop < LOOPS && !interrupted; loop++)
		if (!run_loop(r, loop, r->ns[v][loop][r->round_cnt]) && !interrupted)
			snprintf(why, sizeof(r->why_not[v]), "the loop '%s' failed",
				 loop_names[loop]);
	variant_stop(&running);
}

static void run_round(struct results *r, unsigned int rounds)
{
	fprintf(stderr, "round %u of %u:", r->round_cnt + 1, rounds);
	for (unsigned int i = 0; i < VARIANTS && !interrupted; i++) {
		enum variant_id v = (r->round_cnt + i) % VARIANTS;

		if (!r->wanted[v] || r->why_not[v][0])
			continue;
		fprintf(stderr, " %s", variants[v].name);
		run_variant(r, v);
	}
	fprintf(stderr, "\n");
	if (!interrupted)
		r->round_cnt++;
}

/* One more pass under @v, which is not timed: the kernel's own figures of its programs. */
static void count_programs(struct results *r, enum variant_id v, const char *prefix)
{
	struct running running;
	char why[160];
	int stats;

	if (!results_have(r, v) || interrupted)
		return;
	stats = progs_count_begin();
	if (stats < 0) {
		fprintf(stderr, "bench: no BPF statistics: %s\n", strerror(-stats));
		return;
	}
	if (!variant_start(&variants[v], &running, why, sizeof(why))) {
		double ns[LOOP_SLICES];

		for (size_t loop = 0; loop < LOOPS && !interrupted; loop++)
			run_loop(r, loop, ns);
		progs_read(prefix, &r->counted[v]);
		variant_stop(&running);
	}
	close(stats);
}

/* bpftrace and perf want tracefs: give it to them in a mount namespace that ends with us. */
static void provide_tracefs(void)
{
	if (!access(TRACEFS "/events", F_OK))
		return;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		fprintf(stderr, "bench: cannot mount %s: %s\n", TRACEFS, strerror(errno));
}

/* The repository's root, which every path starts from, is two above the folder we are in. */
static int go_to_root(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[len < 0 ? 0 : len] = 0;
	for (int i = 0; i < 3; i++) {
		char *slash = strrchr(path, '/');

		if (!slash)
			return -ENOENT;
		*slash = 0;
	}
	return chdir(path) ? -errno : 0;
}

/* Want only the variants named in @list, and always the untraced one. */
static bool choose_variants(struct results *r, char *list)
{
	char *rest = NULL;

	memset(r->wanted, false, sizeof(r->wanted));
	r->wanted[UNTRACED] = true;
	for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		enum variant_id v = UNTRACED;

		while (v < VARIANTS && strcmp(variants[v].name, name))
			v++;
		if (v == VARIANTS) {
			fprintf(stderr, "bench: there is no variant '%s'\n", name);
			return false;
		}
		r->wanted[v] = true;
	}
	return true;
}

static int usage(void)
{
	fprintf(stderr, "usage: bench [--rounds N] [--only NAME[,NAME...]] [--json]\nNAME:");
	for (enum variant_id v = UNTRACED; v < VARIANTS; v++)
		fprintf(stderr, " %s", variants[v].name);
	fprintf(stderr, "\n");
	return 2;
}

static bool parse_options(int argc, char **argv, struct results *r, struct options *opts)
{
	static const struct option known[] = {
		{"rounds", required_argument, NULL, 'r'},
		{"only", required_argument, NULL, 'o'},
		{"json", no_argument, NULL, 'j'},
		{0},
	};
	int opt;

	memset(r->wanted, true, sizeof(r->wanted));
	while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (opt == 'r')
			opts->rounds = (unsigned int)strtoul(optarg, NULL, 10);
		else if (opt == 'j')
			opts->json = true;
		else if (opt != 'o' || !choose_variants(r, optarg))
			return false;
	}
	return optind == argc && opts->rounds && opts->rounds <= ROUNDS_MAX;
}

int main(int argc, char **argv)
{
	struct options opts = {.rounds = ROUNDS_DEFAULT};
	struct sigaction on_signal = {.sa_handler = on_interrupt};
	static struct results results;

	if (!parse_options(argc, argv, &results, &opts))
		return usage();
	if (go_to_root()) {
		fprintf(stderr, "bench: cannot go to the root of the repository\n");
		return 1;
	}
	sigaction(SIGINT, &on_signal, NULL);
	sigaction(SIGTERM, &on_signal, NULL);
	provide_tracefs();
	choose_iterations(&results);
	while (results.round_cnt < opts.rounds && !interrupted)
		run_round(&results, opts.rounds);
	count_programs(&results, EMPTY, "empty_");
	count_programs(&results, SLABSIGHT, "ss_");

	if (!results_have(&results, UNTRACED)) {
		fprintf(stderr, "bench: nothing was measured%s%s\n", interrupted ? "" : ": ",
			results.why_not[UNTRACED]);
		return 1;
	}
	if (!opts.json)
		print_text(&results);
	else if (print_json(&results))
		return 1;
	return results.why_not[SLABSIGHT][0] || results.why_not[SLABSIGHT_ALL][0];
}
