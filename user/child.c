// SPDX-License-Identifier: GPL-2.0-or-later
/* A command that is run. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "interrupt.h"

/* What libbpf and the loader may raise. */
static const int kinds[] = {RLIMIT_NOFILE, RLIMIT_MEMLOCK};
static struct rlimit limits[ARRAY_SIZE(kinds)];
static bool remembered;

void child_remember_limits(void)
{
	remembered = true;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		remembered &= !getrlimit(kinds[i], &limits[i]);
}

/*
 * In the child. Only async-signal-safe calls, as everywhere between fork and exec. Signals wait
 * until it is let go: then they are the command's, and not before.
 */
static void become(char *const *argv, int go, int failed, const sigset_t *mask)
{
	char byte;
	int err;

	interrupt_restore();
	signal(SIGPIPE, SIG_DFL); /* main() ignores these */
	signal(SIGXFSZ, SIG_DFL);
	for (size_t i = 0; remembered && i < ARRAY_SIZE(kinds); i++)
		setrlimit(kinds[i], &limits[i]);
	/* Nothing to read: whoever was to let it go has died. */
	if (read(go, &byte, 1) != 1)
		_exit(127);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	err = errno;
	if (write(failed, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

int child_fork(char *const *argv, struct child *ret_child)
{
	struct child c = {.fd = -1};
	int go[2], failed[2], err;
	sigset_t all, mask;

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(failed, O_CLOEXEC)) {
		err = -errno;
		close(go[0]);
		close(go[1]);
		return err;
	}
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	c.pid = fork();
	if (!c.pid) {
		close(go[1]);
		close(failed[0]);
		become(argv, go[0], failed[1], &mask);
	}
	err = c.pid < 0 ? -errno : 0;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(go[0]);
	close(failed[1]);
	c.go = go[1];
	c.failed = failed[0];
	if (!err) {
		c.fd = (int)syscall(SYS_pidfd_open, c.pid, 0);
		err = c.fd < 0 ? -errno : 0;
	}
	*ret_child = c;
	if (c.pid > 0)
		interrupt_kills(c.pid);
	if (err)
		child_reap(ret_child); /* is not let go, and so ends */
	return err;
}

int child_release(struct child *c)
{
	int err = 0;
	ssize_t n;

	if (write(c->go, "", 1) != 1)
		return -errno;
	do
		n = read(c->failed, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return n == sizeof(err) ? -err : 0;
}

int child_reap(struct child *c)
{
	siginfo_t ended;
	int status = 0;

	close(c->go);
	close(c->failed);
	/* It keeps its number until it is reaped: nobody else is killed. */
	while (c->pid > 0 && waitid(P_PID, c->pid, &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	interrupt_kills(0);
	while (c->pid > 0 && waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (c->fd >= 0)
		close(c->fd);
	*c = (struct child){.pid = -1, .fd = -1, .go = -1, .failed = -1};
	return status;
}

int child_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int child_exec_code(int err)
{
	return err == -ENOENT ? 127 : 126;
}
