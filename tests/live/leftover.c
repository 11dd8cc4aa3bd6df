// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight run on a living kernel: a command that leaves exactly so many eventfds
 * behind, held by another process (this one) that goes on living. One repetition
 * must tell 997, and each of several exactly 7; and none when they are closed again.
 * A process that the command has started and that lives on is told, by whatever name;
 * and what others do meanwhile is left out where only the command is asked for.
 *
 * With -r also what reclaim frees: it costs the machine its caches.
 *
 * usage: leftover [-r] [-p SLABSIGHT]; as the command: leftover -l N NAME, where N is
 * a number of eventfds, -N of missing names, dN of eventfds of a daemon
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leftover.h"
#include "booked.h"
#include "tap.h"

#define BATCH	200 /* descriptors in a message: the kernel takes 253 */
#define HELD	4096
#define ARGS	24
#define WAIT_MS 20

static const char *program = "./slabsight", *self;
static char name[64]; /* of the keeper's socket */
static int held[HELD], held_cnt;
int leftover_noise;
bool leftover_blind;

static socklen_t address_of(const char *socket_name, struct sockaddr_un *a)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(a->sun_path + 1, sizeof(a->sun_path) - 1, "%s", socket_name);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(socket_name);
}

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(BATCH * sizeof(int))];
};

/* The command: make them, hand them over, and end when the keeper has them. */
static int leak(int count, const char *keeper)
{
	int s = socket(AF_UNIX, SOCK_SEQPACKET, 0), fds[BATCH];
	struct sockaddr_un a;
	socklen_t size = address_of(keeper, &a);

	prctl(PR_SET_NAME, COMM);
	if (s < 0 || connect(s, (struct sockaddr *)&a, size))
		return 9;
	while (count) {
		int n = count < BATCH ? count : BATCH;
		union control c = {};
		char byte = 0;
		struct iovec data = {&byte, 1};
		struct msghdr m = {.msg_iov = &data,
				   .msg_iovlen = 1,
				   .msg_control = &c,
				   .msg_controllen = CMSG_SPACE(n * sizeof(int))};

		for (int i = 0; i < n; i++)
			fds[i] = eventfd(0, 0);
		c.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS,
					  .cmsg_len = CMSG_LEN(n * sizeof(int))};
		memcpy(CMSG_DATA(&c.head), fds, n * sizeof(int));
		if (sendmsg(s, &m, 0) != 1 || read(s, &byte, 1) != 1)
			return 9;
		for (int i = 0; i < n; i++)
			close(fds[i]);
		count -= n;
	}
	return 0;
}

/* Another command: names that do not exist, which the kernel remembers until memory runs short. */
static int look_up(int count)
{
	char path[64];

	prctl(PR_SET_NAME, COMM);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/slabsight-%d-%d", (int)getpid(), i);
		if (!access(path, F_OK))
			return 9;
	}
	return 0;
}

/* Another one: a process of its own session and of an evil name holds them when it ends. */
static int daemonize(int count)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return 9;
	pid = fork();
	if (pid) {
		close(ready[1]);
		return pid > 0 && read(ready[0], &byte, 1) == 1 ? 0 : 9;
	}
	if (setsid() < 0 || prctl(PR_SET_NAME, HOSTILE))
		_exit(9);
	while (count--)
		if (eventfd(0, 0) < 0)
			_exit(9);
	/* Nobody is to wait for it at the other end of these. */
	for (int i = 0; i < 3; i++)
		close(i);
	alarm(300);
	if (write(ready[1], "", 1) == 1)
		pause();
	_exit(0);
}

void leftover_release(void)
{
	while (held_cnt)
		close(held[--held_cnt]);
}

/* One message of the command; false when it has no more. */
static bool take(int s, bool keep)
{
	union control c;
	char byte;
	struct iovec data = {&byte, 1};
	struct msghdr m = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c)};
	struct cmsghdr *head;
	int n;

	if (recvmsg(s, &m, MSG_CMSG_CLOEXEC) != 1)
		return false;
	head = CMSG_FIRSTHDR(&m);
	n = head ? (head->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
	if (held_cnt + n > HELD)
		return false;
	if (n)
		memcpy(held + held_cnt, CMSG_DATA(head), n * sizeof(int));
	held_cnt += n;
	for (int i = 0; i < leftover_noise && held_cnt < HELD; i++)
		held[held_cnt++] = eventfd(0, EFD_CLOEXEC);
	if (!keep)
		leftover_release();
	return write(s, &byte, 1) == 1;
}

/* Serve whoever connects until slabsight has ended; its exit code, or -1. */
static int serve(int listener, pid_t pid, bool keep)
{
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		struct pollfd p = {.fd = listener, .events = POLLIN};
		int s;

		if (poll(&p, 1, WAIT_MS) != 1)
			continue;
		s = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		while (take(s, keep))
			;
		close(s);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int listen_here(void)
{
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	socklen_t size;

	snprintf(name, sizeof(name), "slabsight-test-%d", (int)getpid());
	size = address_of(name, &a);
	return s < 0 || bind(s, (struct sockaddr *)&a, size) || listen(s, 16) ? -1 : s;
}

json_t *leftover_run(int listener, const char *const options[], const char *count, bool keep,
		     int *ret_code)
{
	const char *argv[ARGS] = {program, "run", "--json", "--comm", COMM};
	FILE *out = tmpfile();
	json_error_t error;
	json_t *report;
	int argc = 5;
	pid_t pid;

	for (int i = 0; options[i]; i++)
		argv[argc++] = options[i];
	argv[argc++] = "--";
	argv[argc++] = self;
	argv[argc++] = "-l";
	argv[argc++] = count;
	argv[argc++] = name;
	pid = fork();
	if (!pid) {
		dup2(fileno(out), STDOUT_FILENO);
		if (leftover_blind && !leftover_unmount_cgroups())
			_exit(99);
		execv(program, (char **)argv);
		_exit(127);
	}
	*ret_code = serve(listener, pid, keep);
	rewind(out);
	report = json_loadf(out, 0, &error);
	fclose(out);
	return report;
}

/* Live objects of a cache whose name begins like this. */
static json_int_t live_in(const json_t *report, const char *cache)
{
	const json_t *c;
	size_t i;

	json_array_foreach (json_object_get(report, "caches"), i, c)
		if (!strcmp(json_string_value(json_object_get(c, "name")), cache))
			return number(c, "live_objects");
	return -1;
}

static void check_numbers(const json_t *numbers, size_t count, json_int_t each, const char *what)
{
	char *is = json_dumps(numbers, JSON_COMPACT);
	bool right = json_array_size(numbers) == count;

	for (size_t i = 0; right && i < count; i++)
		right = json_integer_value(json_array_get(numbers, i)) == each;
	check(right, is ? is : "null", "%s: %zu times %d", what, count, (int)each);
	free(is);
}

static void one_run(int listener)
{
	char why[64];
	int code;
	json_t *report = leftover_run(listener, WORDS(), "997", true, &code);
	const json_t *origin = eventfds(report);

	snprintf(why, sizeof(why), "exit %d, %d live of %d", code,
		 (int)number(origin, "live_objects"), (int)number(origin, "allocs"));
	check(!code && number(origin, "live_objects") == 997 && number(origin, "allocs") == 997,
	      why, "a command that leaves 997 eventfds: 997 are reported");
	check_numbers(json_object_get(origin, "repetitions"), 1, 997, "... in its one repetition");
	/* A file each; on some kernels some more that the dynamic linker's files leave parked. */
	snprintf(why, sizeof(why), "%d", (int)live_in(report, "filp"));
	check(live_in(report, "filp") == 997, why, "... and as many files");
	json_decref(report);
	leftover_release();
}

static void repetitions(int listener)
{
	char why[96];
	int code;
	json_t *report = leftover_run(listener, WORDS("--repeat", "5"), "7", true, &code);
	const json_t *origin = eventfds(report), *told = json_object_get(report, "run");
	const json_t *stacks = json_object_get(origin, "stacks");

	snprintf(why, sizeof(why), "exit %d, %d held, per_run %d, %d live", code, held_cnt,
		 (int)number(origin, "per_run"), (int)number(origin, "live_objects"));
	check(!code && held_cnt == 42 && number(origin, "per_run") == 7 &&
		      number(origin, "live_objects") == 35,
	      why, "7 in each of 5 repetitions, after a warm-up that is not counted");
	check_numbers(json_object_get(origin, "repetitions"), 5, 7, "... each");
	check_numbers(json_object_get(json_array_get(stacks, 0), "repetitions"), 5, 7,
		      "... of its only stack, too");
	check(number(told, "repetitions") == 5 && number(told, "warmups") == 1 &&
		      !number(told, "failed"),
	      "other numbers", "... and the report tells how it was run");
	json_decref(report);
	leftover_release();
}

/* What RCU still has when the command ends must be gone from the books: its files. */
static void nothing_left(int listener)
{
	char why[64];
	int code;
	json_t *report = leftover_run(listener, WORDS("--repeat", "3", "--warmup", "0"), "997",
				      false, &code);
	const json_t *origin = eventfds(report);

	snprintf(why, sizeof(why), "exit %d, %d allocated, %d live", code,
		 (int)number(origin, "allocs"), (int)number(origin, "live_objects"));
	check(!code && number(origin, "allocs") == 3 * 997 && !number(origin, "live_objects"), why,
	      "three times 997 that are closed again: none is reported");
	snprintf(why, sizeof(why), "%d", (int)live_in(report, "filp"));
	check(!live_in(report, "filp"), why, "... nor a file");
	check(!json_is_true(json_object_get(
		      json_object_get(json_object_get(report, "coverage"), "settle"), "cut_short")),
	      "cut short", "... and it has settled");
	json_decref(report);
}

/* As part of a test: a leak fails it, unless it is known. */
static void exit_codes(int listener)
{
	char file[] = "/tmp/slabsight-run-XXXXXX", why[64];
	int fd = mkstemp(file), code;
	json_t *report =
		leftover_run(listener, WORDS("--repeat", "5", "--fail-on-leak"), "7", true, &code);

	snprintf(why, sizeof(why), "exit %d", code);
	check(code == 3, why, "--fail-on-leak: exit code 3 where every repetition leaves some");
	json_decref(report);
	leftover_release();
	dprintf(fd, "# held on purpose\nleak:eventfd*\n");
	close(fd);
	report = leftover_run(listener,
			      WORDS("--repeat", "5", "--fail-on-leak", "--suppressions", file), "7",
			      true, &code);
	snprintf(why, sizeof(why), "exit %d", code);
	check(!code, why, "... and 0 where that is suppressed");
	check(number(eventfds(report), "live_objects") == 35 &&
		      json_is_string(json_object_get(eventfds(report), "suppressed_by")),
	      "not marked", "... which the report tells, with the same numbers");
	json_decref(report);
	leftover_release();
	unlink(file);
}

const json_t *leftover_dentries(const json_t *report)
{
	const json_t *origin, *most = NULL;
	size_t i;

	json_array_foreach (json_object_get(report, "origins"), i, origin)
		if (!strcmp(json_string_value(json_object_get(origin, "cache")), "dentry") &&
		    number(origin, "allocs") >= number(most, "allocs"))
			most = origin;
	return most;
}

static void reclaimed(int listener)
{
	char why[96];

	for (int slab = 0; slab < 2; slab++) {
		int code;
		json_t *report =
			leftover_run(listener, WORDS(slab ? "--reclaim=slab" : "--reclaim=none"),
				     "-1997", true, &code);
		const json_t *origin = leftover_dentries(report);

		snprintf(why, sizeof(why), "exit %d, %d allocated, %d live, %d reclaimed", code,
			 (int)number(origin, "allocs"), (int)number(origin, "live_objects"),
			 (int)number(origin, "reclaimed"));
		check(!code && number(origin, "allocs") >= 1997 &&
			      number(origin, slab ? "reclaimed" : "live_objects") >= 1997 &&
			      number(origin, slab ? "live_objects" : "reclaimed") < 50,
		      why, "1,997 negative dentries %s",
		      slab ? "are freed by --reclaim=slab" : "are kept by the kernel");
		check(json_is_null(json_object_get(origin, "reclaimed")) == !slab, why,
		      "... and what was reclaimed is %s", slab ? "told" : "null");
		json_decref(report);
	}
}

int main(int argc, char **argv)
{
	bool may_reclaim = false;
	struct rlimit files = {HELD + 64, HELD + 64};
	int listener, option;

	self = argv[0];
	if (argc == 4 && !strcmp(argv[1], "-l"))
		return *argv[2] == 'd'	   ? daemonize(atoi(argv[2] + 1))
		       : atoi(argv[2]) > 0 ? leak(atoi(argv[2]), argv[3])
					   : look_up(-atoi(argv[2]));
	while ((option = getopt(argc, argv, "p:r")) != -1) {
		if (option == 'p')
			program = optarg;
		may_reclaim |= option == 'r';
	}
	listener = listen_here();
	if (listener < 0 || setrlimit(RLIMIT_NOFILE, &files)) {
		check(false, strerror(errno), "a keeper for the command's files");
		return 0;
	}
	one_run(listener);
	repetitions(listener);
	nothing_left(listener);
	exit_codes(listener);
	leftover_in_cgroups(listener, may_reclaim);
	if (may_reclaim)
		reclaimed(listener);
	return 0;
}
