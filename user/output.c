// SPDX-License-Identifier: GPL-2.0-or-later
/* A report goes out whole. Not through stdio, which drops what a write left over. */
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
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

int output_page(void (*print)(FILE *out, const void *arg), const void *arg, FILE *out)
{
	autofree char *whole = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&whole, &size);

	if (!memory)
		return -ENOMEM;
	print(memory, arg);
	if (ferror(memory) | fclose(memory))
		return -ENOMEM;
	return output_write(whole, size, out);
}

/* Pipes and devices have nothing to be kept. */
static int empty(int fd)
{
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && ftruncate(fd, 0))
		return -errno;
	return 0;
}

int output_replace(int (*print)(FILE *out, const void *arg), const void *arg, FILE *out)
{
	autofree char *whole = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&whole, &size);
	int err;

	if (!memory)
		return -ENOMEM;
	err = print(memory, arg);
	if ((ferror(memory) | fclose(memory)) && !err)
		err = -ENOMEM;
	if (!err)
		err = empty(fileno(out));
	if (err)
		return err;
	err = output_write(whole, size, out);
	if (err)
		empty(fileno(out)); /* half of it could be taken for the whole */
	return err;
}

bool output_is(const char *output, const char *input)
{
	struct stat a, b;

	return !stat(output, &a) && !stat(input, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}
