// SPDX-License-Identifier: GPL-2.0-or-later
/* No leaks: descriptors, memory and processes. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"
#include "pace.h"
#include "waiting.h"

#define POOL_PIPES    300
#define MEMFD_LIFE_S  20
#define ITEM_KEPT_IN  200
#define ITEM_LIFE_S   15
#define MQUEUE_LIFE_S 2
#define RAMP_S	      60
#define BURST_AREAS   20000
#define BURST_BEGIN_S 10
#define BURST_END_S   30
#define PIECES	      16
#define PAGE_BYTES    4096

/* Fills in 15 s, then stays. */
void life_pool(struct pace *p)
{
	unsigned int cnt;
	int ends[2];

	while ((cnt = pace_next(p)))
		while (cnt-- && p->count->made < POOL_PIPES)
			if (!pipe(ends))
				pace_made(p, 1);
}

/* Each lives for 20 s. */
void life_memfd(struct pace *p)
{
	static struct waiting waiting;
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		waiting_close(&waiting, p);
		while (cnt--)
			waiting_add(&waiting, p, memfd_create("zoo", 0), MEMFD_LIFE_S);
	}
}

static int epoll = -1, watched = -1;

int life_prepare_item(void)
{
	epoll = epoll_create1(0);
	watched = eventfd(0, 0);
	return epoll < 0 || watched < 0 ? -errno : 0;
}

/* Items come and go, freed by RCU; one in 200 stays for 15 s, so some are held all the time. */
void life_item(struct pace *p)
{
	static struct {
		int fd;
		double end_s;
	} kept[WAITING_MAX];
	unsigned int first = 0, last = 0, cnt;
	struct epoll_event event = {0};

	while ((cnt = pace_next(p))) {
		for (; first != last && kept[first].end_s < pace_age_s(p);
		     first = (first + 1) % WAITING_MAX) {
			epoll_ctl(epoll, EPOLL_CTL_DEL, kept[first].fd, &event);
			close(kept[first].fd);
			pace_freed(p, 1);
		}
		while (cnt--) {
			int fd = dup(watched);

			if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) {
				close(fd);
				continue;
			}
			pace_made(p, 1);
			if (p->count->made % ITEM_KEPT_IN == 0) {
				kept[last].fd = fd;
				kept[last].end_s = pace_age_s(p) + ITEM_LIFE_S;
				last = (last + 1) % WAITING_MAX;
				continue;
			}
			epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
			close(fd);
			pace_freed(p, 1);
		}
	}
}

static int make_mqueue(void)
{
	static unsigned int i;
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 8};
	char name[32];
	mqd_t queue;

	snprintf(name, sizeof(name), "/zoo-%d-%u", (int)getpid(), i++);
	queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
	if (queue != (mqd_t)-1)
		mq_unlink(name);
	return queue;
}

int life_prepare_mqueue(void)
{
	int queue = make_mqueue();

	return queue < 0 ? -errno : close(queue);
}

/* More and more of them; each lives for 2 s. */
void life_mqueue(struct pace *p)
{
	static struct waiting waiting;
	double due = 0;
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		waiting_close(&waiting, p);
		for (due += cnt * pace_age_s(p) / RAMP_S; due >= 1; due--)
			waiting_add(&waiting, p, make_mqueue(), MQUEUE_LIFE_S);
	}
}

/* Many areas of memory, held for a third of a minute. Neighbours differ, or they would be one. */
void life_burst(struct pace *p)
{
	const size_t bytes = (size_t)BURST_AREAS * PAGE_BYTES;
	char *area = NULL;

	while (pace_next(p)) {
		double age_s = pace_age_s(p);

		if (!area && age_s >= BURST_BEGIN_S && age_s < BURST_END_S) {
			area = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (area == MAP_FAILED)
				return;
			for (size_t at = 0; at < bytes; at += 2 * (size_t)PAGE_BYTES)
				if (!mprotect(area + at, PAGE_BYTES, PROT_READ))
					pace_made(p, 2);
		} else if (area && age_s >= BURST_END_S) {
			munmap(area, bytes);
			area = NULL;
			pace_freed(p, (unsigned int)p->count->held);
		}
	}
}

/* Pieces of other protection split the mapping: maple nodes come and go. */
void life_mmap(struct pace *p)
{
	const size_t bytes = (size_t)2 * PIECES * PAGE_BYTES;
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--) {
			char *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			if (area == MAP_FAILED)
				continue;
			for (size_t at = 0; at < bytes; at += (size_t)2 * PAGE_BYTES)
				mprotect(area + at, PAGE_BYTES, PROT_READ);
			munmap(area, bytes);
			pace_made(p, PIECES);
			pace_freed(p, PIECES);
		}
	}
}

void life_fork(struct pace *p)
{
	unsigned int cnt;

	while ((cnt = pace_next(p))) {
		while (cnt--) {
			pid_t pid = fork();

			if (!pid)
				_exit(0);
			if (pid < 0)
				continue;
			pace_made(p, 1);
			waitpid(pid, NULL, 0);
			pace_freed(p, 1);
		}
	}
}
