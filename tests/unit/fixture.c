// SPDX-License-Identifier: GPL-2.0-or-later
/* What all unit tests share: directories, captured output, checks of texts. */
#include "fixture.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATHS 64
#define WIDTH 80

int sandbox_setup(void **state)
{
	const char *parent = getenv("TMPDIR");
	char dir[256];

	snprintf(dir, sizeof(dir), "%s/slabsight-unit-XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	*state = strdup(dir);
	return *state ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int sandbox_teardown(void **state)
{
	int err = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return err;
}

const char *sandbox_path(void **state, const char *name)
{
	static char paths[PATHS][512];
	static unsigned int next;
	char *path = paths[next++ % PATHS];

	snprintf(path, sizeof(paths[0]), "%s/%s", (const char *)*state, name);
	return path;
}

const char *sandbox_file(void **state, const char *name, const char *content)
{
	const char *path = sandbox_path(state, name);
	FILE *f = fopen(path, "we");

	if (!f || fputs(content, f) == EOF || fclose(f))
		fail_msg("cannot write %s", path);
	return path;
}

void capture_begin(struct capture *c, int fd)
{
	char path[] = "/tmp/slabsight-unit-XXXXXX";

	fflush(NULL);
	c->fd = fd;
	c->saved = dup(fd);
	c->file = mkstemp(path);
	if (c->saved < 0 || c->file < 0)
		fail_msg("cannot capture descriptor %d", fd);
	unlink(path);
	dup2(c->file, fd);
}

const char *capture_end(struct capture *c)
{
	ssize_t len;

	fflush(NULL);
	dup2(c->saved, c->fd);
	len = pread(c->file, c->text, sizeof(c->text) - 1, 0);
	c->text[len < 0 ? 0 : len] = '\0';
	close(c->saved);
	close(c->file);
	return c->text;
}

void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

void assert_begins(const char *text, const char *part)
{
	if (strncmp(text, part, strlen(part)))
		fail_msg("'%s' is not at the beginning of:\n%s", part, text);
}

void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}

size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* Characters, not bytes. */
static size_t columns(const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (line[i] & 0xc0) != 0x80;
	return n;
}

void assert_fits(const char *text)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		if (columns(line, len) > WIDTH)
			fail_msg("%zu columns: %.*s", columns(line, len), (int)len, line);
		if (len && line[len - 1] == ' ')
			fail_msg("ends with a space: %.*s", (int)len, line);
		assert_int_equal(line[len], '\n');
		line += len + 1;
	}
}

void assert_near(double a, double b, const char *file, int line)
{
	if (fabs(a - b) <= 1e-9 * fmax(1, fmax(fabs(a), fabs(b))))
		return;
	print_error("%.17g is not %.17g\n", a, b);
	_fail(file, line);
}
