// SPDX-License-Identifier: GPL-2.0-or-later
/* A run of slabsight beside the test. */
#include "traced.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* An emulated CPU is slow at loading programs, and may have others to serve. */
#define START_TIMEOUT_MS 180000
#define ARGS_MAX	 16

const char *session_program = "./slabsight";

static int temporary_file(void)
{
	FILE *f = tmpfile();
	int fd = f ? dup(fileno(f)) : -1;

	if (f)
		fclose(f);
	return fd;
}

static void become_slabsight(const struct session *s, int talk, const char *const args[])
{
	const char *argv[ARGS_MAX + 4] = {session_program, "trace", "--json"};

	for (int i = 0; args[i] && i < ARGS_MAX; i++)
		argv[3 + i] = args[i];
	dup2(s->report, STDOUT_FILENO);
	dup2(talk, STDERR_FILENO);
	execv(session_program, (char **)argv);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", session_program, strerror(errno));
	_exit(127);
}

/* Read what it says until `until` appears or it says no more. */
static int listen_for(struct session *s, const char *until)
{
	size_t used = 0;

	while (used + 1 < sizeof(s->said)) {
		struct pollfd p = {.fd = s->talk, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, START_TIMEOUT_MS) <= 0)
			return -ETIMEDOUT;
		n = read(s->talk, s->said + used, sizeof(s->said) - 1 - used);
		if (n <= 0)
			return -EPIPE;
		used += n;
		s->said[used] = '\0';
		if (strstr(s->said, until))
			return 0;
	}
	return -EOVERFLOW;
}

int session_start(struct session *s, const char *const args[])
{
	int talk[2], err;

	*s = (struct session){.pid = -1, .talk = -1, .report = temporary_file()};
	if (s->report < 0 || pipe(talk))
		return -errno;
	s->pid = fork();
	if (!s->pid)
		become_slabsight(s, talk[1], args);
	close(talk[1]);
	s->talk = talk[0];
	err = s->pid < 0 ? -errno : listen_for(s, "tracing");
	if (err) {
		session_end(s);
		return err;
	}
	return 0;
}

json_t *session_end(struct session *s)
{
	json_error_t error;
	json_t *report;
	int status = -1;

	if (s->pid > 0) {
		kill(s->pid, SIGINT);
		listen_for(s, "\a"); /* never said: drains until it ends */
		waitpid(s->pid, &status, 0);
	}
	close(s->talk);
	lseek(s->report, 0, SEEK_SET);
	report = status ? NULL : json_loadfd(s->report, 0, &error);
	if (!report && !status)
		snprintf(s->said, sizeof(s->said), "no JSON: %s", error.text);
	close(s->report);
	return report;
}
