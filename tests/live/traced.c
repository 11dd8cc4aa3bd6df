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
#define WORDS_MAX	 20

const char *session_program = "./slabsight";

static int temporary_file(void)
{
	FILE *f = tmpfile();
	int fd = f ? dup(fileno(f)) : -1;

	if (f)
		fclose(f);
	return fd;
}

static void become_slabsight(const struct session *s, int talk, const char *const words[])
{
	const char *argv[WORDS_MAX + 2] = {session_program};

	for (int i = 0; words[i] && i < WORDS_MAX; i++)
		argv[1 + i] = words[i];
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

int session_fork(struct session *s, const char *const words[])
{
	int talk[2];

	*s = (struct session){.pid = -1, .talk = -1, .report = temporary_file()};
	if (s->report < 0 || pipe(talk))
		return -errno;
	s->pid = fork();
	if (!s->pid)
		become_slabsight(s, talk[1], words);
	close(talk[1]);
	s->talk = talk[0];
	return s->pid < 0 ? -errno : 0;
}

int session_run(struct session *s, const char *const words[])
{
	int err = session_fork(s, words);

	return err ? err : listen_for(s, "tracing");
}

int session_start(struct session *s, const char *const args[])
{
	const char *words[WORDS_MAX + 1] = {"trace", "--json"};
	int err;

	for (int i = 0; args[i] && 2 + i < WORDS_MAX; i++)
		words[2 + i] = args[i];
	err = session_run(s, words);
	if (err)
		session_end(s);
	return err;
}

json_t *session_wait(struct session *s, int *ret_status)
{
	json_error_t error;
	json_t *report;

	*ret_status = -1;
	if (s->pid > 0) {
		/* Never said: drains until it ends. */
		if (listen_for(s, "\a") == -ETIMEDOUT)
			kill(s->pid, SIGKILL);
		waitpid(s->pid, ret_status, 0);
	}
	close(s->talk);
	s->printed = lseek(s->report, 0, SEEK_END);
	lseek(s->report, 0, SEEK_SET);
	report = json_loadfd(s->report, 0, &error);
	if (!report && !*ret_status)
		snprintf(s->said, sizeof(s->said), "no JSON: %s", error.text);
	close(s->report);
	return report;
}

json_t *session_end(struct session *s)
{
	int status;
	json_t *report;

	if (s->pid > 0)
		kill(s->pid, SIGINT);
	report = session_wait(s, &status);
	if (!status)
		return report;
	json_decref(report);
	return NULL;
}
