// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starting and stopping what traces while the loops run.
 *
 * Its output goes to a file in memory that is read until the line comes which says that it traces:
 * unlike a pipe this never blocks the writer, and the last line is at hand as the reason when it
 * ends instead. Processes are ended by their number, and by the kernel should the bench die.
 */
#include "variant.h"

#include <errno.h>
#include <fcntl.h>
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

#define READY_TIMEOUT_MS 30000
#define STOP_TIMEOUT_MS	 60000
#define POLL_MS		 10

/* After the line that says so: the first ticks of whatever else it set going. */
#define CALM_MS 100

/* As much of the output is looked at. */
#define OUTPUT_BYTES 16384

#define KMEM_EVENTS "kmem:kmalloc,kmem:kmem_cache_alloc,kmem:kfree,kmem:kmem_cache_free"

const struct variant variants[VARIANTS] = {
	[UNTRACED] = {"untraced", "untraced", NULL, {NULL}},
	[EMPTY] = {"empty",
		   "4 empty programs",
		   "ready",
		   {"build/tests/attach", "build/tests/empty.bpf.o", "--single"}},
	[EMPTY_TWICE] = {"empty-twice",
			 "6 empty programs",
			 "ready",
			 {"build/tests/attach", "build/tests/empty.bpf.o"}},
	[SLABSIGHT] = {"slabsight",
		       "slabsight",
		       "tracing",
		       {"build/slabsight", "trace", "-d", "600", "--force"}},
	[SLABSIGHT_TWICE] = {"twice",
			     "slabsight --twice",
			     "tracing",
			     {"build/slabsight", "trace", "-d", "600", "--force", "--twice"}},
	[SLABSIGHT_ALL] = {"all-stacks",
			   "slabsight all stacks",
			   "tracing",
			   {"build/slabsight", "trace", "-d", "600", "--force", "--stacks=all"}},
	[BPFTRACE] = {"bpftrace",
		      "bpftrace",
		      "ready",
		      {"bpftrace", "-B", "line", "tests/bench/peer.bt"}},
	/* Delayed by a millisecond, it tells when its events are enabled. No disk is measured. */
	[PERF] = {"perf",
		  "perf record",
		  "Events enabled",
		  {"perf", "record", "-D", "1", "-e", KMEM_EVENTS, "-a", "-g", "-o", "/dev/null"}},
};

static void sleep_ms(unsigned int ms)
{
	struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&time, NULL);
}

/* In the child: stdout and stderr to @output, default signals, @v's program. */
static void execute(const struct variant *v, int output, pid_t parent)
{
	char *argv[VARIANT_ARGS];
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	setenv("BPFTRACE_MAP_KEYS_MAX", "1048576", 1);
	memcpy(argv, v->argv, sizeof(argv));
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "cannot run '%s': %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* The end of what was printed so far, as a string. */
static void read_output(int output, char *ret_text, size_t size)
{
	off_t end = lseek(output, 0, SEEK_END);
	off_t from = end >= (off_t)size ? end - (off_t)size + 1 : 0;
	ssize_t len = pread(output, ret_text, size - 1, from);

	ret_text[len < 0 ? 0 : len] = 0;
}

static bool has_line(const char *text, const char *start)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, start, strlen(start)))
			return true;
	}
	return false;
}

/* The last line that is not empty. */
static void last_line(int output, char *ret_line, size_t size)
{
	char text[OUTPUT_BYTES], *rest = NULL;

	read_output(output, text, sizeof(text));
	snprintf(ret_line, size, "it ended without a word");
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		snprintf(ret_line, size, "%s", line);
}

/* 0 once the line that says so came, -ECHILD when it ended before, -ETIMEDOUT. */
static int wait_until_ready(const struct variant *v, const struct running *running)
{
	char text[OUTPUT_BYTES];

	for (unsigned int ms = 0; ms < READY_TIMEOUT_MS; ms += POLL_MS) {
		siginfo_t info = {0};

		read_output(running->output, text, sizeof(text));
		if (has_line(text, v->ready))
			return 0;
		if (waitid(P_PID, (id_t)running->pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
		    info.si_pid)
			return -ECHILD;
		sleep_ms(POLL_MS);
	}
	return -ETIMEDOUT;
}

int variant_start(const struct variant *v, struct running *ret_running, char *ret_why, size_t size)
{
	struct running running = {0};
	pid_t parent = getpid();
	int err;

	*ret_running = running;
	if (!v->argv[0])
		return 0;
	running.output = memfd_create("bench-output", MFD_CLOEXEC);
	if (running.output >= 0)
		running.pid = fork();
	if (running.output < 0 || running.pid < 0) {
		err = -errno;
		snprintf(ret_why, size, "cannot start a process: %s", strerror(-err));
		return err;
	}
	if (!running.pid)
		execute(v, running.output, parent);

	err = wait_until_ready(v, &running);
	if (err == -ETIMEDOUT)
		snprintf(ret_why, size, "not ready after %d s", READY_TIMEOUT_MS / 1000);
	else if (err)
		last_line(running.output, ret_why, size);
	if (err) {
		variant_stop(&running);
		return err;
	}
	sleep_ms(CALM_MS);
	*ret_running = running;
	return 0;
}

static bool wait_until_gone(pid_t pid, unsigned int timeout_ms)
{
	for (unsigned int ms = 0; ms < timeout_ms; ms += POLL_MS) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return true;
		sleep_ms(POLL_MS);
	}
	return false;
}

void variant_stop(struct running *running)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGKILL};

	for (size_t i = 0; running->pid && i < sizeof(signals) / sizeof(signals[0]); i++) {
		kill(running->pid, signals[i]);
		if (wait_until_gone(running->pid, STOP_TIMEOUT_MS))
			running->pid = 0;
	}
	if (running->output)
		close(running->output);
	*running = (struct running){0};
}
