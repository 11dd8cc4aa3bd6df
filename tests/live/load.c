// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mixed load: everything that made a slab tracer err so far, round and round, until the time
 * is up or SIGTERM comes. load [-t SECONDS] [-j WORKERS] [-w WHAT[,WHAT...]]
 *
 * Each worker process goes through the kinds of load in turn; one go is a "loop". Nothing is left
 * behind: children are reaped, files removed, traffic stays on 127.0.0.1. The last line on stdout
 * says how many loops of each kind were done. A kind that this kernel refuses is skipped, which
 * is said once.
 */
#include "load_kinds.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS_MAX 64

static volatile sig_atomic_t stopped;

static void on_stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* What the workers and their parent share. */
struct tally {
	bool wanted[LOAD_KINDS];
	bool refused[LOAD_KINDS]; /* by this kernel: do not try again */
	unsigned long loops[LOAD_KINDS];
};

static bool is_refusal(int err)
{
	return err == -ENOSYS || err == -EPERM || err == -EACCES || err == -EAFNOSUPPORT;
}

static void run_one(struct tally *tally, size_t i, const struct load_worker *w, unsigned int n)
{
	int err = load_kinds[i].run_once(w, n);

	if (!err)
		__atomic_add_fetch(&tally->loops[i], 1, __ATOMIC_RELAXED);
	else if (is_refusal(err) &&
		 !__atomic_exchange_n(&tally->refused[i], true, __ATOMIC_RELAXED))
		fprintf(stderr, "load: %s is skipped: %s\n", load_kinds[i].name, strerror(-err));
}

static void work(struct tally *tally, const struct load_worker *w)
{
	for (unsigned int n = 0; !stopped; n++)
		for (size_t i = 0; i < LOAD_KINDS && !stopped; i++)
			if (tally->wanted[i] &&
			    !__atomic_load_n(&tally->refused[i], __ATOMIC_RELAXED))
				run_one(tally, i, w, n);
}

static pid_t start_worker(struct tally *tally, const struct load_worker *w)
{
	pid_t parent = getpid(), child = fork();
	sigset_t none;

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (getppid() == parent)
		work(tally, w);
	_exit(0);
}

/* Wait until @seconds have passed or a signal of @stop_signals came. */
static double wait_for_end(const sigset_t *stop_signals, double seconds)
{
	struct timespec begin, now, left;

	left.tv_sec = (time_t)seconds;
	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	sigtimedwait(stop_signals, NULL, &left);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9;
}

static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* From here on SIGTERM and SIGINT wait for sigtimedwait; workers unblock them. */
static void catch_stop_signals(sigset_t *ret_signals)
{
	struct sigaction on_signal = {.sa_handler = on_stop};

	sigemptyset(ret_signals);
	sigaddset(ret_signals, SIGTERM);
	sigaddset(ret_signals, SIGINT);
	sigprocmask(SIG_BLOCK, ret_signals, NULL);
	sigaction(SIGTERM, &on_signal, NULL);
	sigaction(SIGINT, &on_signal, NULL);
}

/* Let @wanted workers load the machine for @seconds. The number that ran. */
static unsigned int run_workers(struct tally *tally, const char *dir, unsigned int wanted,
				double seconds, double *ret_took_s)
{
	pid_t pids[WORKERS_MAX];
	unsigned int cnt = 0;
	sigset_t stop_signals;

	catch_stop_signals(&stop_signals);
	while (cnt < wanted) {
		struct load_worker w = {.nr = cnt, .dir = dir};

		pids[cnt] = start_worker(tally, &w);
		if (pids[cnt] < 0)
			break;
		cnt++;
	}
	if (cnt)
		*ret_took_s = wait_for_end(&stop_signals, seconds);
	for (unsigned int i = 0; i < cnt; i++)
		kill(pids[i], SIGTERM);
	for (unsigned int i = 0; i < cnt; i++)
		waitpid(pids[i], NULL, 0);
	return cnt;
}

static int run(struct tally *tally, unsigned int worker_cnt, double seconds)
{
	const char *tmp = getenv("TMPDIR");
	unsigned int ran;
	double took_s;
	char dir[256];

	snprintf(dir, sizeof(dir), "%s/slabsight-load-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		fprintf(stderr, "load: cannot make '%s': %s\n", dir, strerror(errno));
		return 1;
	}
	ran = run_workers(tally, dir, worker_cnt, seconds, &took_s);
	remove_tree(dir);
	if (!ran) {
		fprintf(stderr, "load: cannot start a worker\n");
		return 1;
	}
	printf("load: %.1f s, %u workers, loops:", took_s, ran);
	for (size_t i = 0; i < LOAD_KINDS; i++)
		if (tally->wanted[i])
			printf(" %s %lu", load_kinds[i].name, tally->loops[i]);
	printf("\n");
	return 0;
}

/* Want only the loads named in @list. False if one does not exist. */
static bool choose(struct tally *tally, char *list)
{
	char *rest = NULL;

	memset(tally->wanted, false, sizeof(tally->wanted));

	for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		size_t i = 0;

		while (i < LOAD_KINDS && strcmp(load_kinds[i].name, name))
			i++;
		if (i == LOAD_KINDS) {
			fprintf(stderr, "load: '%s' is no kind of load\n", name);
			return false;
		}
		tally->wanted[i] = true;
	}
	return true;
}

static int usage(void)
{
	fprintf(stderr, "usage: load [-t SECONDS] [-j WORKERS] [-w WHAT[,WHAT...]]\nWHAT:");
	for (size_t i = 0; i < LOAD_KINDS; i++)
		fprintf(stderr, " %s", load_kinds[i].name);
	fprintf(stderr, "\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct tally *tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long cpu_cnt = sysconf(_SC_NPROCESSORS_ONLN);
	long worker_cnt = cpu_cnt < WORKERS_MAX ? cpu_cnt : WORKERS_MAX;
	char *what = NULL;
	double seconds = 10;
	int opt;

	if (argc == 2 && !strcmp(argv[1], LOAD_NOP_ARGUMENT))
		return 0;
	if (tally == MAP_FAILED)
		return 1;
	memset(tally->wanted, true, sizeof(tally->wanted));
	while ((opt = getopt(argc, argv, "t:j:w:")) != -1) {
		if (opt == 't')
			seconds = strtod(optarg, NULL);
		else if (opt == 'j')
			worker_cnt = strtol(optarg, NULL, 10);
		else if (opt == 'w')
			what = optarg;
		else
			return usage();
	}
	if (optind < argc || !(seconds > 0) || worker_cnt < 1 || worker_cnt > WORKERS_MAX)
		return usage();
	if (what && !choose(tally, what))
		return usage();
	return run(tally, (unsigned int)worker_cnt, seconds);
}
