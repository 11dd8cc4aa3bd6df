// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leaks that need no kernel code: a process that takes and takes and never gives back. To the
 * kernel's memory that is a leak until the process ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "pace.h"
#include "stage.h"
#include "waiting.h"

#define MESSAGE_LOST_IN 1000
#define NETLINK_LOST_IN 20
#define STEP_OBJECTS	40
#define STEP_S		8 /* 11 of them in the trace; a verdict wants survivors of 8 times */
#define LATE_S		20
#define WATCHED_FILES	1500

/* Keep whatever @make_one returns; a negative number is nothing. */
static void keep_each(struct pace *p, int (*make_one)(void))
{
	unsigned int cnt;

	while ((cnt = pace_next(p)))
		while (cnt--)
			if (make_one() >= 0)
				pace_made(p, 1);
}

/* ---- one in a thousand at a busy site ---- */

static int queue = -1;

static int prepare_message(void)
{
	queue = msgget(IPC_PRIVATE, 0600);
	return queue < 0 ? -errno : 0;
}

static void run_message(struct pace *p)
{
	struct {
		long type;
		char text[16];
	} message = {0};
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--) {
			message.type = 1 + (p->count->made % MESSAGE_LOST_IN == 0);
			if (msgsnd(queue, &message, sizeof(message.text), IPC_NOWAIT))
				continue;
			pace_made(p, 1);
			if (msgrcv(queue, &message, sizeof(message.text), 1, IPC_NOWAIT) >= 0)
				pace_freed(p, 1);
		}
	}
	msgctl(queue, IPC_RMID, NULL);
}

/* ---- one a second ---- */

static int make_eventfd(void)
{
	return eventfd(0, 0);
}

static void run_eventfd(struct pace *p)
{
	keep_each(p, make_eventfd);
}

/* ---- healthy first ---- */

static void run_timerfd(struct pace *p)
{
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--) {
			int fd = timerfd_create(CLOCK_MONOTONIC, 0);

			if (fd < 0)
				continue;
			pace_made(p, 1);
			if (pace_age_s(p) > LATE_S)
				continue;
			close(fd);
			pace_freed(p, 1);
		}
	}
}

/* ---- in steps ---- */

static void run_signalfd(struct pace *p)
{
	sigset_t none;

	sigemptyset(&none);
	for (unsigned int step = 0; pace_next(p);) {
		if (pace_age_s(p) < 4 + step * STEP_S)
			continue;
		step++;
		for (int i = 0; i < STEP_OBJECTS; i++)
			if (signalfd(-1, &none, 0) >= 0)
				pace_made(p, 1);
	}
}

/* ---- with pauses ---- */

static void run_epoll(struct pace *p)
{
	unsigned int cnt;

	while ((cnt = pace_next(p)))
		while ((unsigned int)pace_age_s(p) % 15 < 10 && cnt--)
			if (epoll_create1(0) >= 0)
				pace_made(p, 1);
}

/* ---- steadily ---- */

static int make_unix(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static void run_unix(struct pace *p)
{
	keep_each(p, make_unix);
}

static int make_file(void)
{
	return open("/dev/null", O_RDONLY);
}

static void run_file(struct pace *p)
{
	keep_each(p, make_file);
}

static int make_timer(void)
{
	struct sigevent none = {.sigev_notify = SIGEV_NONE};
	timer_t timer;

	return timer_create(CLOCK_MONOTONIC, &none, &timer);
}

static void run_timer(struct pace *p)
{
	keep_each(p, make_timer);
}

static int locked_file = -1;

static int prepare_lock(void)
{
	locked_file = stage_open("locked");
	return locked_file < 0 ? -errno : 0;
}

static int make_lock(void)
{
	static off_t at;
	struct flock lock = {.l_type = F_WRLCK, .l_start = at, .l_len = 1};

	at += 2; /* neighbours would be joined */
	return fcntl(locked_file, F_SETLK, &lock);
}

static void run_lock(struct pace *p)
{
	keep_each(p, make_lock);
}

static int watcher = -1;

static int prepare_watch(void)
{
	char name[32];

	watcher = inotify_init1(0);
	for (int i = 0; watcher >= 0 && i < WATCHED_FILES; i++) {
		snprintf(name, sizeof(name), "watched-%d", i);
		close(stage_open(name));
	}
	return watcher < 0 ? -errno : 0;
}

static int make_watch(void)
{
	static int i;
	char path[STAGE_PATH_MAX];

	snprintf(path, sizeof(path), "%s/watched-%d", stage_dir(), i++);
	return inotify_add_watch(watcher, path, IN_MODIFY);
}

static void run_watch(struct pace *p)
{
	keep_each(p, make_watch);
}

static int make_key(void)
{
	static unsigned int i;
	char name[32];

	snprintf(name, sizeof(name), "zoo-%u", i++);
	return (int)syscall(SYS_add_key, "user", name, "payload", 7, KEY_SPEC_PROCESS_KEYRING);
}

static int prepare_key(void)
{
	return make_key() < 0 ? -errno : 0;
}

static void run_key(struct pace *p)
{
	keep_each(p, make_key);
}

/* ---- one in twenty, the others live for some time ---- */

static void run_netlink(struct pace *p)
{
	static struct waiting waiting;
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		waiting_close(&waiting, p);
		while (cnt--) {
			int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

			waiting_add(&waiting, p, fd,
				    random() % NETLINK_LOST_IN ? waiting_lognormal_s() : 1e6);
		}
	}
}

/* A case in three lines. */
// clang-format off
const struct zoo_case zoo_leak_cases[] = {
	{"message", ZOO_LEAK, "1 of 1,000 messages is never received",
	 "kmalloc*|msg_msg*", "load_msg|alloc_msg", NULL, ZOO_ALONE,
	 prepare_message, run_message, 1200, true, NULL},
	{"eventfd", ZOO_LEAK, "an eventfd a second is never closed",
	 "kmalloc*", "do_eventfd|__do_sys_eventfd2", NULL, ZOO_ALONE,
	 NULL, run_eventfd, 1, false, NULL},
	{"timerfd", ZOO_LEAK, "timerfds are never closed, from 20 s on",
	 "kmalloc*", "__do_sys_timerfd_create|__x64_sys_timerfd_create", NULL, ZOO_ALONE,
	 NULL, run_timerfd, 10, false, NULL},
	{"signalfd", ZOO_LEAK, "40 signalfds every 8 s are never closed",
	 "kmalloc*", "do_signalfd4", NULL, ZOO_ALONE,
	 NULL, run_signalfd, 2, false, NULL},
	{"epoll", ZOO_LEAK, "epoll instances are never closed; 10 s, then a pause of 5",
	 "kmalloc*", "ep_alloc|do_epoll_create", NULL, ZOO_ALONE,
	 NULL, run_epoll, 15, false, NULL},
	{"unix", ZOO_LEAK, "unix sockets are never closed",
	 "UNIX*", "sk_prot_alloc|sk_alloc", NULL, ZOO_SHARED,
	 NULL, run_unix, 5, false, NULL},
	{"file", ZOO_LEAK, "files are never closed, where everybody opens files",
	 "filp", "alloc_empty_file|__alloc_file", NULL, ZOO_SHARED,
	 NULL, run_file, 10, false, NULL},
	{"timer", ZOO_LEAK, "POSIX timers are never deleted",
	 "posix_timers_cache", "alloc_posix_timer|do_timer_create", NULL, ZOO_ALONE,
	 NULL, run_timer, 10, false, NULL},
	{"lock", ZOO_LEAK, "record locks are never released, each with helpers that are",
	 "file_lock*", "locks_alloc_lock|posix_lock_inode", NULL, ZOO_SHARED,
	 prepare_lock, run_lock, 10, false, NULL},
	{"watch", ZOO_LEAK, "inotify watches are never removed",
	 NULL, "inotify_new_watch|inotify_update_watch|__do_sys_inotify_add_watch|"
	 "__x64_sys_inotify_add_watch", NULL, ZOO_ALONE,
	 prepare_watch, run_watch, 10, true, NULL},
	{"key", ZOO_LEAK, "keys are never revoked",
	 "key_jar", "key_alloc", NULL, ZOO_SHARED,
	 prepare_key, run_key, 5, false, NULL},
	{"netlink", ZOO_LEAK, "1 of 20 netlink sockets is never closed, the others after some time",
	 "kmalloc*", "sk_prot_alloc|sk_alloc", NULL, ZOO_SHARED,
	 NULL, run_netlink, 30, true, NULL},
	{.name = NULL},
};
// clang-format on
