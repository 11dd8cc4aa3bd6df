// SPDX-License-Identifier: GPL-2.0-or-later
/* What slabsight run runs in the adversity test. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adversity.h"

#define CHUNK	 (8 << 20)
#define ROOM_KIB (48 << 10) /* that is left for slab memory */
#define SOCKETS	 60000

/* In flight they are held by the socket, whose other end outlives us. */
static bool leave_behind(int fd)
{
	int fds[LEFT];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(fds))];
	} c = {.head = {.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(fds))}};
	struct iovec data = {"", 1};
	struct msghdr m = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c)};

	for (int i = 0; i < LEFT; i++)
		fds[i] = eventfd(0, 0);
	memcpy(CMSG_DATA(&c.head), fds, sizeof(fds));
	if (sendmsg(fd, &m, 0) != 1)
		return false;
	for (int i = 0; i < LEFT; i++)
		close(fds[i]);
	return true;
}

static long available_kib(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	long kib = 0;

	while (f && fgets(line, sizeof(line), f) && sscanf(line, "MemAvailable: %ld", &kib) != 1)
		;
	if (f)
		fclose(f);
	return kib;
}

static bool take_pages(void)
{
	return mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		    -1, 0) != MAP_FAILED;
}

/* First pages, which is fast, then objects that die with us; in the end the kernel kills us. */
static int eat(void)
{
	struct rlimit files = {SOCKETS + 64, SOCKETS + 64};
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1000", 4) != 4 || setrlimit(RLIMIT_NOFILE, &files))
		return 9;
	while (available_kib() > ROOM_KIB && take_pages())
		;
	for (int i = 0; i < SOCKETS; i++)
		if (socket(AF_UNIX, SOCK_DGRAM, 0) < 0)
			break;
	while (take_pages())
		;
	return 9;
}

int adversity_command(int fd, const char *what)
{
	prctl(PR_SET_NAME, LEFT_COMM);
	if (!leave_behind(fd))
		return 9;
	if (!strcmp(what, "eat"))
		return eat();
	wait_until(true_s() + NAP_S);
	return 0;
}
