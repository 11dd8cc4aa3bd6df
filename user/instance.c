// SPDX-License-Identifier: GPL-2.0-or-later
/* One trace at a time. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "instance.h"

#define NAME "\0slabsight.trace"

int instance_claim(pid_t *ret_other)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + sizeof(NAME) - 1;
	struct ucred owner = {};
	socklen_t owner_size = sizeof(owner);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	if (fd < 0)
		return -errno;
	memcpy(address.sun_path, NAME, sizeof(NAME) - 1);
	/* Room for many callers, because nobody answers them. */
	if (!bind(fd, (struct sockaddr *)&address, size) && !listen(fd, SOMAXCONN))
		return fd;
	err = -errno;
	if (err == -EADDRINUSE && !connect(fd, (struct sockaddr *)&address, size) &&
	    !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &owner_size)) {
		*ret_other = owner.pid;
		err = owner.uid == 0 || owner.uid == geteuid() ? -EBUSY : -EPERM;
	} else if (err == -EADDRINUSE) {
		/* Takes no calls, or its queue of callers is full: not one of us. */
		err = -EPERM;
	}
	close(fd);
	return err;
}
