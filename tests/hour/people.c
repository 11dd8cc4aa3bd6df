// SPDX-License-Identifier: GPL-2.0-or-later
/* Somebody who logs in, types a command now and then, and logs out. */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"
#include "rhythm.h"

static const char *const commands[] = {
	"ls -l /bin | tail -n 20",
	"cat /proc/meminfo",
	"ps | tail -n 5",
	"echo \"$$ was here\" >>notes; tail -n 5 notes",
	"grep -r root /etc | head -n 5",
	"sleep 20 &",
	"find . -type f | head -n 50",
	"ls nowhere; stat nothing",
	"df; free",
	"for i in 1 2 3 4; do echo $i >draft.$i; done; rm draft.*",
	"d=$(mktemp -d); cp notes $d/; mv $d/notes $d/kept; rm -r $d",
	"wc -l notes && sort notes | uniq -c | tail -n 3",
};

/* As by ssh: a connection that is there as long as the session. */
static int connect_to_server(const struct life *life)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&life->server, sizeof(life->server))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Read what the terminal shows, for so long. */
static void look(int terminal, double s)
{
	const double until = rhythm_s() + s;
	char text[4096];

	for (;;) {
		struct pollfd p = {.fd = terminal, .events = POLLIN};
		double left = until - rhythm_s();

		if (left <= 0)
			return;
		if (poll(&p, 1, (int)(left * 1000) + 1) > 0 &&
		    read(terminal, text, sizeof(text)) <= 0) {
			rhythm_sleep_until(until); /* the shell is gone */
			return;
		}
	}
}

static void type(int terminal, const char *text)
{
	if (write(terminal, text, strlen(text)) < 0)
		return;
	if (write(terminal, "\n", 1) < 0)
		return;
}

static void session(const struct life *life, double s)
{
	const double until = rhythm_s() + s;
	int terminal = -1, connection = connect_to_server(life);
	pid_t shell = forkpty(&terminal, NULL, NULL, NULL);

	if (!shell) {
		if (chdir(life->disk))
			_exit(127);
		execlp("sh", "sh", NULL);
		_exit(127);
	}
	while (shell > 0 && rhythm_s() < until) {
		type(terminal, commands[(int)(chance() * (sizeof(commands) / sizeof(*commands)))]);
		look(terminal, 5 + chance_exponential(25));
		if (connection >= 0 && write(connection, "key", 3) < 0)
			break;
	}
	if (shell > 0) {
		type(terminal, "exit");
		look(terminal, 2);
		close(terminal);
		waitpid(shell, NULL, 0);
	}
	if (connection >= 0)
		close(connection);
}

void act_person(const struct life *life)
{
	rhythm_sleep(chance_between(0, 400));
	for (;;) {
		session(life, chance_between(600, 1800));
		rhythm_sleep(chance_exponential(300));
		while (rhythm_mood() < 0.5)
			rhythm_sleep(chance_exponential(60));
	}
}
