// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages that wait for whom they are meant for; timers, keys and locks that are kept a while. */
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "life.h"
#include "rhythm.h"
#include "shelf.h"

#define MESSAGES_PER_S 4
#define FETCH_EVERY_S  40 /* on average; what waits then is fetched at once */
#define TIMERS_PER_S   0.6
#define KEY_S	       240 /* then the kernel collects it */

struct message {
	long type;
	char text[48];
};

static void fetch_all(int queue, mqd_t mq)
{
	struct message message;
	char text[64];

	while (msgrcv(queue, &message, sizeof(message.text), 0, IPC_NOWAIT) >= 0)
		;
	while (mq != (mqd_t)-1 && mq_receive(mq, text, sizeof(text), NULL) >= 0)
		;
}

void act_queues(const struct life *life)
{
	struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = 64};
	struct message message = {.type = 1};
	int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	mqd_t mq = mq_open("/slabsight-hour", O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attr);
	double fetch_s = 0;

	(void)life;
	mq_unlink("/slabsight-hour");
	for (;;) {
		unsigned int cnt = chance_poisson(MESSAGES_PER_S * rhythm_mood());

		while (cnt--) {
			msgsnd(queue, &message, 1 + (size_t)(chance() * 47), IPC_NOWAIT);
			if (mq != (mqd_t)-1)
				mq_send(mq, "text", 5, cnt % 3);
		}
		rhythm_sleep(1);
		if (rhythm_s() < fetch_s)
			continue;
		fetch_all(queue, mq);
		fetch_s = rhythm_s() + chance_exponential(FETCH_EVERY_S);
		/* Whoever would read them is stopped at the end: queues outlive processes. */
	}
}

static void delete_timer(int id)
{
	syscall(SYS_timer_delete, id);
}

static void close_fd(int id)
{
	close(id);
}

static int make_timer(void)
{
	struct sigevent no_signal = {.sigev_notify = SIGEV_NONE};
	struct itimerspec in = {.it_value.tv_sec = 30};
	int id;

	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &no_signal, &id))
		return -1;
	syscall(SYS_timer_settime, id, 0, &in, NULL);
	return id;
}

static void add_key(unsigned int nr)
{
	char name[32];
	long key;

	snprintf(name, sizeof(name), "slabsight-hour-%u", nr);
	key = syscall(SYS_add_key, "user", name, "payload", 7, KEY_SPEC_PROCESS_KEYRING);
	if (key >= 0)
		syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, key, KEY_S);
}

static int lock_byte(const struct life *life, unsigned int nr)
{
	struct flock lock = {.l_type = F_WRLCK, .l_start = 2 * (nr % 4096), .l_len = 1};
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/locked", life->memory);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		fcntl(fd, F_OFD_SETLK, &lock);
	return fd;
}

void act_timers(const struct life *life)
{
	static struct shelf timers = {.let_go = delete_timer}, fds = {.let_go = close_fd};
	unsigned int nr = 0;

	for (;;) {
		unsigned int cnt = chance_poisson(TIMERS_PER_S * rhythm_mood());

		for (; cnt--; nr++) {
			shelf_put(&timers, make_timer(), chance_lognormal(20, 1.3));
			shelf_put(&fds, timerfd_create(CLOCK_MONOTONIC, 0),
				  chance_lognormal(10, 1.5));
			shelf_put(&fds, eventfd(0, 0), chance_lognormal(30, 1.2));
			shelf_put(&fds, lock_byte(life, nr), chance_lognormal(15, 1.5));
			if (nr % 8 == 0)
				add_key(nr);
		}
		rhythm_sleep(1);
		shelf_clear(&timers);
		shelf_clear(&fds);
	}
}
