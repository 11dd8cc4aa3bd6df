// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A daemon. A worker takes a pipe from its pool for every connection, and makes one where the pool
 * is empty: the pools grow whenever more connections than ever are open, ever more seldom. A new
 * worker is started where those there are have a lot to do, up to WORKERS.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "life.h"
#include "rhythm.h"

#define WORKERS	    6
#define EACH	    8 /* connections of a worker before there is another */
#define CONNECTIONS 1024

struct worker {
	int epoll, listener;
	int pool_cnt;
	int pool[CONNECTIONS][2];    /* pipes that are free */
	int pipe_of[CONNECTIONS][2]; /* of a connection, by its descriptor */
	unsigned int served;
	int *open_cnt; /* of all workers */
	const char *dir;
};

static void close_connection(struct worker *w, int fd)
{
	w->pool[w->pool_cnt][0] = w->pipe_of[fd][0];
	w->pool[w->pool_cnt++][1] = w->pipe_of[fd][1];
	__atomic_sub_fetch(w->open_cnt, 1, __ATOMIC_RELAXED);
	close(fd);
}

static void accept_connection(struct worker *w)
{
	int fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0)
		return;
	if (fd >= CONNECTIONS || (!w->pool_cnt && pipe(w->pool[0]))) {
		close(fd);
		return;
	}
	if (w->pool_cnt)
		w->pool_cnt--;
	w->pipe_of[fd][0] = w->pool[w->pool_cnt][0];
	w->pipe_of[fd][1] = w->pool[w->pool_cnt][1];
	__atomic_add_fetch(w->open_cnt, 1, __ATOMIC_RELAXED);
	epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* What was asked goes through the pipe and back; some answers are read from a file. */
static void serve(struct worker *w, int fd)
{
	const int *ends = w->pipe_of[fd];
	ssize_t n = splice(fd, NULL, ends[1], NULL, 4096, SPLICE_F_NONBLOCK);
	char text[4096];

	if (n <= 0 && errno != EAGAIN) {
		close_connection(w, fd);
		return;
	}
	if (n > 0)
		n = splice(ends[0], NULL, fd, NULL, (size_t)n, 0);
	if (++w->served % 4 == 0) {
		int file = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int log = openat(file, "log", O_RDONLY | O_CLOEXEC);

		n = read(log, text, sizeof(text));
		close(log);
		close(file);
	}
}

static void work(const struct life *life, int *open_cnt)
{
	static struct worker w;
	struct epoll_event events[16], event = {.events = EPOLLIN | EPOLLEXCLUSIVE};

	w = (struct worker){.epoll = epoll_create1(EPOLL_CLOEXEC),
			    .listener = life->listener,
			    .open_cnt = open_cnt,
			    .dir = life->disk};
	event.data.fd = w.listener;
	epoll_ctl(w.epoll, EPOLL_CTL_ADD, w.listener, &event);
	for (;;) {
		int n = epoll_wait(w.epoll, events, 16, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == w.listener)
				accept_connection(&w);
			else
				serve(&w, events[i].data.fd);
		}
	}
}

void act_server(const struct life *life)
{
	int *open_cnt =
		mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	fcntl(life->listener, F_SETFL, O_NONBLOCK);
	for (int workers = 0; open_cnt != MAP_FAILED;) {
		if (workers < WORKERS && *open_cnt >= workers * EACH && !fork()) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			work(life, open_cnt);
		}
		if (workers < WORKERS && *open_cnt >= workers * EACH)
			workers++;
		rhythm_sleep(5);
	}
}
