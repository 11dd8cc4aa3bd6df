// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * output.c: everything arrives, in order, also through a pipe that is full and
 * does not block; and where it cannot, the error says why.
 */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "output.h"

#define SIZE (1 << 20) /* more than a pipe holds */

static char *numbered(void)
{
	char *text = malloc(SIZE + 1);

	for (int i = 0; i < SIZE; i += 8)
		sprintf(text + i, "%07x\n", i / 8);
	return text;
}

static void output_to_a_file_comes_after_what_was_printed(void **state)
{
	const char *path = sandbox_path(state, "out");
	FILE *out = fopen(path, "we");
	char line[64];

	fprintf(out, "first ");
	assert_int_equal(output_write("second\n", 7, out), 0);
	fprintf(out, "third\n");
	fclose(out);
	out = fopen(path, "re");
	assert_non_null(fgets(line, sizeof(line), out));
	assert_string_equal(line, "first second\n");
	assert_non_null(fgets(line, sizeof(line), out));
	assert_string_equal(line, "third\n");
	fclose(out);
}

static void output_to_memory(void **state)
{
	autofree char *text = numbered(), *whole = NULL;
	size_t size;
	FILE *out = open_memstream(&whole, &size);

	(void)state;
	assert_int_equal(output_write(text, SIZE, out), 0);
	assert_int_equal(output_write("", 0, out), 0);
	fclose(out);
	assert_int_equal(size, SIZE);
	assert_memory_equal(whole, text, SIZE);
}

/* Reads slowly, and exits with 0 if it was all there. */
static pid_t slow_reader(int from, int unused, const char *expected)
{
	pid_t child = fork();
	char buffer[7001];
	size_t got = 0;
	ssize_t n;

	if (child)
		return child;
	close(unused);
	while ((n = read(from, buffer, sizeof(buffer))) > 0) {
		if (got + n > SIZE || memcmp(expected + got, buffer, n))
			_exit(1);
		got += n;
		usleep(500);
	}
	_exit(got != SIZE);
}

static void output_waits_for_a_slow_reader(void **state)
{
	autofree char *text = numbered();
	int ends[2], status = -1;
	pid_t reader;
	FILE *out;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	reader = slow_reader(ends[0], ends[1], text);
	assert_true(reader > 0);
	close(ends[0]);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	out = fdopen(ends[1], "w");
	assert_int_equal(output_write(text, SIZE, out), 0);
	fclose(out);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
}

static void output_to_where_it_cannot_go(void **state)
{
	FILE *full = fopen("/dev/full", "we"), *readonly = fopen("/dev/null", "re");
	FILE *closed = fopen("/dev/null", "we");

	(void)state;
	assert_int_equal(output_write("text\n", 5, full), -ENOSPC);
	assert_int_equal(output_write("text\n", 5, readonly), -EBADF);
	/* What was printed before is not written either. */
	fprintf(full, "before\n");
	assert_int_equal(output_write("text\n", 5, full), -ENOSPC);
	close(fileno(closed));
	assert_int_equal(output_write("text\n", 5, closed), -EBADF);
	fclose(full);
	fclose(readonly);
	fclose(closed);
}

/* With SIGPIPE ignored, as main() does. */
static void output_to_nobody(void **state)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	int ends[2];
	FILE *out;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	out = fdopen(ends[1], "w");
	assert_int_equal(output_write("text\n", 5, out), -EPIPE);
	fclose(out);
	signal(SIGPIPE, before);
}

static int print_text(FILE *out, const void *text)
{
	return fputs(text, out) < 0 ? -EIO : 0;
}

/* Half of it, and then it fails as a report does when memory runs out. */
static int print_half(FILE *out, const void *text)
{
	fprintf(out, "%.3s", (const char *)text);
	return -ENOMEM;
}

static void assert_holds(const char *path, const char *expected)
{
	autofile FILE *in = fopen(path, "re");
	char text[64];
	size_t size;

	assert_non_null(in);
	size = fread(text, 1, sizeof(text) - 1, in);
	text[size] = '\0';
	assert_string_equal(text, expected);
}

/* Opened as session.c does: what is there stays until it is replaced. */
static FILE *open_kept(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fdopen(fd, "w");
}

static void output_replaces_all_of_a_file_or_nothing(void **state)
{
	const char *path = sandbox_path(state, "report");
	FILE *out = open_kept(path);

	assert_int_equal(output_replace(print_text, "the first report\n", out), 0);
	fclose(out);
	assert_holds(path, "the first report\n");
	out = open_kept(path);
	assert_int_equal(output_replace(print_half, "the second\n", out), -ENOMEM);
	fclose(out);
	assert_holds(path, "the first report\n");
	out = open_kept(path);
	assert_int_equal(output_replace(print_text, "the third\n", out), 0);
	fclose(out);
	assert_holds(path, "the third\n");
}

static void output_replaces_nothing_on_a_device(void **state)
{
	FILE *full = fopen("/dev/full", "we"), *null = fopen("/dev/null", "we");

	(void)state;
	assert_int_equal(output_replace(print_text, "text\n", full), -ENOSPC);
	assert_int_equal(output_replace(print_text, "text\n", null), 0);
	fclose(full);
	fclose(null);
}

/* What does not fit is not there by half. */
static void output_to_a_file_at_its_limit(void **state)
{
	const char *path = sandbox_path(state, "limited");
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	FILE *out = open_kept(path);
	struct rlimit was, few;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	few = was;
	few.rlim_cur = 4;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	assert_int_equal(output_replace(print_text, "too long\n", out), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	fclose(out);
	signal(SIGXFSZ, before);
	assert_holds(path, "");
}

/* By another name, or a link, it is still the same. */
static void output_over_what_is_read(void **state)
{
	const char *path = sandbox_file(state, "a.rec", "days of it");
	const char *link_path = sandbox_path(state, "link"), *hard = sandbox_path(state, "hard");
	const char *other = sandbox_file(state, "b.rec", "days of it");

	assert_true(output_is(path, path));
	assert_int_equal(symlink("a.rec", link_path), 0);
	assert_true(output_is(link_path, path));
	assert_int_equal(link(path, hard), 0);
	assert_true(output_is(hard, path));
	assert_false(output_is(other, path));
	assert_false(output_is(sandbox_path(state, "none"), path));
	assert_false(output_is(path, sandbox_path(state, "none")));
	assert_false(output_is("/dev/null", path));
}

int test_output(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(output_to_a_file_comes_after_what_was_printed),
		cmocka_unit_test(output_to_memory),
		cmocka_unit_test(output_waits_for_a_slow_reader),
		cmocka_unit_test(output_to_where_it_cannot_go),
		cmocka_unit_test(output_to_nobody),
		SANDBOXED(output_replaces_all_of_a_file_or_nothing),
		cmocka_unit_test(output_replaces_nothing_on_a_device),
		SANDBOXED(output_to_a_file_at_its_limit),
		SANDBOXED(output_over_what_is_read),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
