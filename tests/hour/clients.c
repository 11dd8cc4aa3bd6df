// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections to the server: half are over within seconds, some last for minutes. */
#include <sys/socket.h>
#include <unistd.h>

#include "life.h"
#include "rhythm.h"
#include "shelf.h"

#define TICK_S	 0.5
#define PER_S	 1.2
#define MEDIAN_S 4
#define SIGMA	 1.5
#define CHATTY	 0.06 /* in a tick */
#define ABORTED	 0.2

static int call(const struct life *life)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0)
		connect(fd, (const struct sockaddr *)&life->server, sizeof(life->server));
	return fd;
}

static void talk(int fd)
{
	char text[2000] = "GET /";

	while (read(fd, text, sizeof(text)) > 0)
		;
	if (write(fd, text, 100 + (size_t)(chance() * 1800)) < 0)
		return;
}

static void hang_up(int fd)
{
	struct linger reset = {.l_onoff = chance() < ABORTED};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

void act_clients(const struct life *life)
{
	static struct shelf connections = {.let_go = hang_up};

	for (;;) {
		unsigned int cnt = chance_poisson(PER_S * TICK_S * rhythm_mood());

		while (cnt--) {
			int fd = call(life);

			talk(fd);
			shelf_put(&connections, fd, chance_lognormal(MEDIAN_S, SIGMA));
		}
		for (size_t i = 0; i < connections.cnt; i++)
			if (chance() < CHATTY)
				talk(connections.things[i].id);
		rhythm_sleep(TICK_S);
		shelf_clear(&connections);
	}
}
