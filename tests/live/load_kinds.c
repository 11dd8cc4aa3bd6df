// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kinds of load: each makes the kernel allocate and free in a way that a slab tracer has to
 * get right, and leaves nothing behind but files in the worker's directory. Network traffic stays
 * on 127.0.0.1.
 */
#include "load_kinds.h"
#include "loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAYLOAD_BYTES 100
#define LONG_NAME                                                                                  \
	"a-name-of-one-hundred-characters-which-is-far-too-long-to-be-kept-in-the-dentry-"         \
	"itself-on-any-kernel"

/* Send one payload from @from to @to, which are connected. */
static int pass_payload(int from, int to)
{
	char out[PAYLOAD_BYTES] = "slabsight", in[PAYLOAD_BYTES];

	if (write(from, out, sizeof(out)) < 0 || read(to, in, sizeof(in)) < 0)
		return -errno;
	return 0;
}

static int pass_and_close(int from, int to)
{
	int err = pass_payload(from, to);

	close(from);
	close(to);
	return err;
}

static int load_pipe(const struct load_worker *w, unsigned int n)
{
	int ends[2];

	(void)w;
	(void)n;
	if (pipe(ends))
		return -errno;
	return pass_and_close(ends[1], ends[0]);
}

static int load_unix(const struct load_worker *w, unsigned int n)
{
	int ends[2];

	(void)w;
	if (socketpair(AF_UNIX, n % 2 ? SOCK_STREAM : SOCK_DGRAM, 0, ends))
		return -errno;
	return pass_and_close(ends[0], ends[1]);
}

static int load_udp(const struct load_worker *w, unsigned int n)
{
	struct sockaddr_in addr;
	int fd = loopback_socket(SOCK_DGRAM, &addr);
	int err = 0;

	(void)w;
	(void)n;
	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err = -errno;
	for (int i = 0; !err && i < 4; i++)
		err = pass_payload(fd, fd);
	close(fd);
	return err;
}

/* Only one connection in eight is closed in peace: each of those is in TIME_WAIT for a minute. */
static int load_tcp(const struct load_worker *w, unsigned int n)
{
	struct linger reset = {.l_onoff = n % 8 != 0, .l_linger = 0};
	struct sockaddr_in addr;
	int listener = loopback_socket(SOCK_STREAM, &addr);
	int near = -1, far = -1, err = 0;

	(void)w;
	if (listener < 0)
		return listener;
	near = socket(AF_INET, SOCK_STREAM, 0);
	if (near < 0 || listen(listener, 4) ||
	    connect(near, (struct sockaddr *)&addr, sizeof(addr)) ||
	    (far = accept(listener, NULL, NULL)) < 0 ||
	    setsockopt(near, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		err = -errno;
	else
		err = pass_payload(near, far);
	if (near >= 0)
		close(near);
	if (far >= 0)
		close(far);
	close(listener);
	return err;
}

/* Create, rename, look up and (two times of three) remove files with names beyond the dentry. */
static int load_rename(const struct load_worker *w, unsigned int n)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct stat st;

	for (unsigned int i = 0; i < 8; i++) {
		int fd;

		snprintf(from, sizeof(from), "%s/%s-%u-%u", w->dir, LONG_NAME, w->nr, i);
		snprintf(to, sizeof(to), "%s/%s-%u-%u-new", w->dir, LONG_NAME, w->nr, i);
		fd = open(from, O_CREAT | O_RDWR, 0600);
		if (fd < 0)
			return -errno;
		close(fd);
		if (rename(from, to))
			return -errno;
		stat(from, &st);
		if (n % 3)
			unlink(to);
	}
	return 0;
}

static int load_stat(const struct load_worker *w, unsigned int n)
{
	char path[PATH_MAX];
	struct stat st;

	for (unsigned int i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), "%s/missing-%u-%u-%u", w->dir, w->nr, n, i);
		if (!stat(path, &st) || errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* Pieces of other protection split the mapping: maple nodes and vm_area_structs come and go. */
static int load_mmap(const struct load_worker *w, unsigned int n)
{
	const size_t bytes = 1 << 20, step = 1 << 16;
	char *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err = 0;

	(void)w;
	(void)n;
	if (area == MAP_FAILED)
		return -errno;
	for (size_t at = 0; at < bytes; at += step) {
		if (mprotect(area + at, 4096, PROT_READ))
			err = -errno;
		area[at + step / 2] = 1;
	}
	munmap(area, bytes);
	return err;
}

static int load_fork(const struct load_worker *w, unsigned int n)
{
	pid_t child = fork();
	int status;

	(void)w;
	(void)n;
	if (child < 0)
		return -errno;
	if (!child) {
		execl("/proc/self/exe", "load", LOAD_NOP_ARGUMENT, (char *)NULL);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status ? -ENOEXEC : 0;
}

/* Fill the mapped rings with NOPs and let the kernel run them. */
static int submit_nops(int fd, const struct io_uring_params *p, char *ring,
		       struct io_uring_sqe *sqes)
{
	unsigned int *array = (unsigned int *)(ring + p->sq_off.array);
	unsigned int *tail = (unsigned int *)(ring + p->sq_off.tail);

	for (unsigned int i = 0; i < p->sq_entries; i++) {
		sqes[i] = (struct io_uring_sqe){.opcode = IORING_OP_NOP, .fd = -1};
		array[i] = i;
	}
	__atomic_store_n(tail, p->sq_entries, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, fd, p->sq_entries, 0, 0, NULL, 0) < 0 ? -errno : 0;
}

static int map_and_submit(int fd, const struct io_uring_params *p)
{
	size_t ring_bytes = p->sq_off.array + p->sq_entries * sizeof(unsigned int);
	size_t sqe_bytes = p->sq_entries * sizeof(struct io_uring_sqe);
	const int prot = PROT_READ | PROT_WRITE;
	void *ring = mmap(NULL, ring_bytes, prot, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	void *sqes = mmap(NULL, sqe_bytes, prot, MAP_SHARED, fd, IORING_OFF_SQES);
	int err = -ENOMEM;

	if (ring != MAP_FAILED && sqes != MAP_FAILED)
		err = submit_nops(fd, p, ring, sqes);
	if (ring != MAP_FAILED)
		munmap(ring, ring_bytes);
	if (sqes != MAP_FAILED)
		munmap(sqes, sqe_bytes);
	return err;
}

static int load_io_uring(const struct load_worker *w, unsigned int n)
{
	struct io_uring_params params = {0};
	int fd = (int)syscall(SYS_io_uring_setup, 64, &params);
	int err;

	(void)w;
	(void)n;
	if (fd < 0)
		return -errno;
	err = map_and_submit(fd, &params);
	close(fd);
	return err;
}

const struct load_kind load_kinds[] = {
	{"rename", load_rename}, {"mmap", load_mmap}, {"unix", load_unix},
	{"udp", load_udp},	 {"tcp", load_tcp},   {"fork", load_fork},
	{"pipe", load_pipe},	 {"stat", load_stat}, {"io_uring", load_io_uring},
};

_Static_assert(sizeof(load_kinds) / sizeof(load_kinds[0]) == LOAD_KINDS, "LOAD_KINDS is wrong");
