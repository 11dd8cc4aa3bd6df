// SPDX-License-Identifier: GPL-2.0-or-later
#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int loopback_socket(int type, struct sockaddr_in *ret_addr)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(*ret_addr);
	int fd = socket(AF_INET, type, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(fd, (struct sockaddr *)ret_addr, &len)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}
