// SPDX-License-Identifier: GPL-2.0-or-later
/* A report goes out whole. Not through stdio, which drops what a write left over. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "output.h"

int output_write(const char *text, size_t size, FILE *out)
{
	int fd = fileno(out);

	if (fd < 0) /* memory */
		return fwrite(text, 1, size, out) == size && !fflush(out) ? 0 : -ENOMEM;
	if (fflush(out))
		return -errno;
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EAGAIN)
			poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		text += n;
		size -= n;
	}
	return 0;
}
