// SPDX-License-Identifier: GPL-2.0-or-later
/* A program with a process for each thing that is open in it: at most TABS, for minutes. */
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"
#include "rhythm.h"

#define TABS	     12
#define OPEN_EVERY_S 25 /* in busy minutes */
#define AREAS	     24
#define AREA_BYTES   (1 << 16)

/* A piece of another protection is an area of its own. */
static char *map_area(void)
{
	char *area =
		mmap(NULL, AREA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		return NULL;
	mprotect(area + AREA_BYTES / 2, 4096, PROT_READ);
	area[0] = 1;
	return area;
}

/* What is held goes with the process. */
static void live_as_tab(double life_s)
{
	const double until = rhythm_s() + life_s;
	int fds[] = {memfd_create("tab", 0), eventfd(0, 0), timerfd_create(CLOCK_MONOTONIC, 0)};
	int sockets[2], ends[2], epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	char *areas[AREAS], byte = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) || pipe(ends) || ftruncate(fds[0], 4096))
		_exit(1);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &event);
	epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[0], &event);
	for (int i = 0; i < AREAS; i++)
		areas[i] = map_area();
	while (rhythm_s() < until) {
		int i = (int)(chance() * AREAS);

		if (areas[i])
			munmap(areas[i], AREA_BYTES);
		areas[i] = map_area();
		if (write(sockets[1], &byte, 1) < 0 || read(sockets[0], &byte, 1) < 0)
			break;
		rhythm_sleep(chance_exponential(4));
	}
	_exit(0);
}

void act_tabs(const struct life *life)
{
	unsigned int nr = 0;

	for (int open_cnt = 0;;) {
		while (open_cnt && waitpid(-1, NULL, WNOHANG) > 0)
			open_cnt--;
		if (open_cnt < TABS) {
			double life_s = chance_lognormal(150, 0.9);
			pid_t pid = fork();

			nr++;
			if (!pid) {
				prctl(PR_SET_PDEATHSIG, SIGTERM);
				chance_seed(life->seed * 1000000 + nr);
				live_as_tab(life_s);
			}
			open_cnt += pid > 0;
		}
		rhythm_sleep(chance_exponential(OPEN_EVERY_S) / rhythm_mood());
	}
}
