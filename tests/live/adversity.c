// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight when things go wrong around it: it gives a correct report, or says
 * that it has none; never half of one, and never wrong numbers.
 *
 * Everywhere: it is stopped for a while, and gets no more memory. With -g, which
 * is for guests: the clock is set, the machine runs out of memory, slabsight and
 * the command that it runs are killed for that.
 *
 *   adversity [-g] [-p SLABSIGHT]; as the command: adversity -c FD WHAT
 */
#include "adversity.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

#define STOPPED_S	5
#define CHURNED		20000 /* in that time */
#define CHUNKS		20
#define UNREAD_S	2
#define UNREAD_WITHIN_S 60 /* it starts */
#define COMM		"ss-adversity"

const char *adversity_self;

double true_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

void wait_until(double s)
{
	double left;

	while ((left = s - true_s()) > 0)
		usleep(left > 0.5 ? 500000 : left * 1e6 + 1);
}

bool keeper_init(struct keeper *k)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		return false;
	k->command = ends[0];
	k->ours = ends[1];
	snprintf(k->fd, sizeof(k->fd), "%d", k->command);
	return true;
}

void keeper_deinit(struct keeper *k)
{
	close(k->command);
	close(k->ours);
}

double real(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

void check_books(const json_t *report, const char *when)
{
	const json_t *coverage = json_object_get(report, "coverage"), *origin;
	long long allocs = 0, live = 0, unbalanced = 0;
	char why[200];
	size_t i;

	json_array_foreach (json_object_get(report, "origins"), i, origin) {
		unbalanced += number(origin, "allocs") !=
			      number(origin, "frees") + number(origin, "live_objects") +
				      number(origin, "ghosts") + number(origin, "stale") +
				      number(origin, "refused");
		allocs += number(origin, "allocs");
		live += number(origin, "live_objects");
	}
	snprintf(why, sizeof(why), "%lld of %zu origins unbalanced; %lld of %lld allocs, %lld live",
		 unbalanced, i, allocs, number(coverage, "allocs"), live);
	check(i && !unbalanced && !number(coverage, "unbalanced_origins") &&
		      !number(coverage, "refused") && allocs == number(coverage, "allocs"),
	      why, "%s: the books balance", when);
}

static bool churn(double began)
{
	for (int i = 0; i < CHUNKS; i++) {
		for (int j = 0; j < CHURNED / CHUNKS; j++) {
			int fd = eventfd(0, 0);

			if (fd < 0)
				return false;
			close(fd);
		}
		wait_until(began + (i + 1.0) * STOPPED_S / CHUNKS);
	}
	return true;
}

/* The kernel goes on booking while nobody looks after the books. */
static void stopped(void)
{
	struct session s;
	double began = true_s(), seen, asked, ended;
	json_t *report;
	const json_t *origin;
	int held[LEFT];
	char why[700];
	bool made;

	if (session_start(&s, WORDS("--force", "--twice", "--comm", COMM))) {
		check(false, s.said, "slabsight starts");
		return;
	}
	seen = true_s();
	kill(s.pid, SIGSTOP);
	for (int i = 0; i < LEFT; i++)
		held[i] = eventfd(0, 0);
	made = churn(true_s());
	kill(s.pid, SIGCONT);
	wait_until(true_s() + 1);
	asked = true_s();
	report = session_end(&s);
	ended = true_s();
	origin = eventfds(report);
	snprintf(why, sizeof(why), "%lld allocated, %lld freed, %lld live, %lld ghosts; %s",
		 number(origin, "allocs"), number(origin, "frees"), number(origin, "live_objects"),
		 number(origin, "ghosts"), s.said);
	check(made && number(origin, "allocs") == CHURNED + LEFT &&
		      number(origin, "frees") == CHURNED && number(origin, "live_objects") == LEFT,
	      why, "stopped for %d s under load: what happened meanwhile is in the books",
	      STOPPED_S);
	snprintf(why, sizeof(why), "%.3f s of %.3f to %.3f", real(report, "duration_s"),
		 asked - seen, ended - began);
	check(real(report, "duration_s") > STOPPED_S &&
		      real(report, "duration_s") > asked - seen - 1 &&
		      real(report, "duration_s") < ended - began,
	      why, "... which it knows took so long");
	check_books(report, "stopped");
	json_decref(report);
	for (int i = 0; i < LEFT; i++)
		close(held[i]);
}

/* Nothing more goes into the pipe of its stderr; the bytes that are in it. */
static int fill(const struct session *s)
{
	char path[32];
	int fd, size;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->talk);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	size = fcntl(fd, F_SETPIPE_SZ, 4096);
	for (int i = 0; i < size; i++)
		if (write(fd, "", 1) != 1)
			break;
	close(fd);
	return size;
}

/* It waits until somebody reads its stderr. */
static bool is_blocked(pid_t pid)
{
	char path[32], line[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		*line = '\0';
	fclose(f);
	return !strncmp(line, "1 0x2 ", 6); /* write() */
}

/* It books already when it says so, which may take long. */
static void unread(void)
{
	struct session s;
	double began = true_s(), blocked, asked, ended, duration;
	const json_t *age;
	json_t *report;
	char junk[4096], why[200];
	int held[LEFT];

	if (session_fork(&s, WORDS("trace", "--json", "--force", "--comm", COMM)) ||
	    fill(&s) <= 0) {
		check(false, "no process", "slabsight starts");
		return;
	}
	while (!is_blocked(s.pid) && true_s() < began + UNREAD_WITHIN_S)
		usleep(10000);
	blocked = true_s();
	for (int i = 0; i < LEFT; i++)
		held[i] = eventfd(0, 0);
	wait_until(blocked + UNREAD_S);
	asked = true_s();
	if (read(s.talk, junk, sizeof(junk)) < 0)
		kill(s.pid, SIGKILL);
	report = session_end(&s);
	ended = true_s();
	duration = real(report, "duration_s");
	age = json_object_get(eventfds(report), "age_s");
	snprintf(why, sizeof(why), "%.3f s of %.3f to %.3f, %lld live, %.3f s old", duration,
		 asked - blocked, ended - began, number(eventfds(report), "live_objects"),
		 real(age, "max"));
	check(duration >= UNREAD_S && duration < ended - began &&
		      number(eventfds(report), "live_objects") == LEFT &&
		      real(age, "max") > UNREAD_S - 0.1,
	      why, "stderr unread for %d s: they belong to the trace's duration", UNREAD_S);
	json_decref(report);
	for (int i = 0; i < LEFT; i++)
		close(held[i]);
}

int main(int argc, char **argv)
{
	bool guest = false;
	int option;

	adversity_self = argv[0];
	if (argc == 4 && !strcmp(argv[1], "-c"))
		return adversity_command(atoi(argv[2]), argv[3]);
	while ((option = getopt(argc, argv, "gp:")) != -1) {
		if (option == '?')
			return 2;
		if (option == 'p')
			session_program = optarg;
		guest |= option == 'g';
	}
	prctl(PR_SET_NAME, COMM);
	signal(SIGPIPE, SIG_IGN);
	if (guest) {
		clock_steps();
		out_of_memory();
		little_in_cgroup();
		killed_by_cgroup();
	}
	/* In a guest at once after slabsight was killed. */
	stopped();
	/* The same everywhere, and many starts. */
	if (!guest) {
		unread();
		no_more_memory();
	}
	return 0;
}
