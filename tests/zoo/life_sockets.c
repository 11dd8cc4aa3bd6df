// SPDX-License-Identifier: GPL-2.0-or-later
/* No leaks: sockets and what passes through them. All of it stays on 127.0.0.1. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "life.h"
#include "loopback.h"
#include "pace.h"
#include "waiting.h"

#define RAW_LIFE_S  40
#define SAW_TEETH   120
#define FULL_OPTION 1 /* IPOPT_NOOP */

int life_prepare_raw(void)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);

	return fd < 0 ? -errno : close(fd);
}

/* Each is closed after 40 s. */
void life_raw(struct pace *p)
{
	static struct waiting waiting;
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		waiting_close(&waiting, p);
		while (cnt--)
			waiting_add(&waiting, p, socket(AF_INET, SOCK_RAW, IPPROTO_ICMP),
				    RAW_LIFE_S);
	}
}

void life_lognormal(struct pace *p)
{
	static struct waiting waiting;
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		waiting_close(&waiting, p);
		while (cnt--)
			waiting_add(&waiting, p, socket(AF_INET, SOCK_DGRAM, 0),
				    waiting_lognormal_s());
	}
}

static struct sockaddr_in here;
static int talker = -1;

/* A socket that talks to itself. */
int life_prepare_loopback(void)
{
	talker = loopback_socket(SOCK_DGRAM, &here);
	if (talker < 0)
		return talker;
	return connect(talker, (struct sockaddr *)&here, sizeof(here)) ? -errno : 0;
}

static void say(struct pace *p)
{
	char text[100] = "slabsight";

	if (send(talker, text, sizeof(text), MSG_DONTWAIT) > 0)
		pace_made(p, 1);
}

static void hear(struct pace *p)
{
	char text[100];

	if (recv(talker, text, sizeof(text), MSG_DONTWAIT) > 0)
		pace_freed(p, 1);
}

void life_udp(struct pace *p)
{
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--) {
			say(p);
			hear(p);
		}
	}
}

/* Nobody hears until the queue is long; then the older half is heard. */
void life_sawtooth(struct pace *p)
{
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--)
			say(p);
		if (p->count->held >= SAW_TEETH)
			for (int i = 0; i < SAW_TEETH / 2; i++)
				hear(p);
	}
}

/* What is closed first stays in TIME_WAIT for a minute, with its bind bucket. */
void life_tcp(struct pace *p)
{
	struct sockaddr_in addr;
	int listener = loopback_socket(SOCK_STREAM, &addr);
	unsigned int cnt;

	if (listener < 0 || listen(listener, 8))
		return;
	while ((cnt = pace_next(p))) {
		while (cnt--) {
			int near = socket(AF_INET, SOCK_STREAM, 0), far = -1;

			if (near >= 0 && !connect(near, (struct sockaddr *)&addr, sizeof(addr)))
				far = accept(listener, NULL, NULL);
			if (near >= 0)
				close(near);
			if (far < 0)
				continue;
			close(far);
			pace_made(p, 1);
		}
	}
}

/* Options that are replaced again and again: the old ones are freed by kfree_rcu. */
void life_options(struct pace *p)
{
	const char options[8] = {FULL_OPTION, FULL_OPTION, FULL_OPTION, FULL_OPTION};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--) {
			if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, options, 4))
				continue;
			p->count->made++;
			p->count->held = 1;
		}
	}
}
