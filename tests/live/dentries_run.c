// SPDX-License-Identifier: GPL-2.0-or-later
/* Running slabsight dentries, and reading what it reports. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dentries_run.h"

const char *dentries_program = "./slabsight";

void wait_ms(int ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* ---- running it ---- */

pid_t start(int out, int err, const char *const args[])
{
	const char *argv[12] = {dentries_program, "dentries"};
	pid_t pid = fork();

	if (pid)
		return pid;
	for (int i = 0; args[i] && i < 8; i++)
		argv[2 + i] = args[i];
	/* Where stderr is a terminal, progress would stand in our lines. */
	dup2(err >= 0 ? err : open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	execv(dentries_program, (char **)argv);
	_exit(127);
}

int exit_code(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

FILE *run(const char *const args[], int *ret_code)
{
	FILE *f = tmpfile();

	*ret_code = f ? exit_code(start(fileno(f), -1, args)) : -1;
	if (f)
		rewind(f);
	return f;
}

json_t *report_of(const char *fs)
{
	const char *const all[] = {"--json", NULL}, *const one[] = {"--json", "--fs", fs, NULL};
	json_error_t error;
	json_t *report;
	int code;
	FILE *f = run(fs ? one : all, &code);

	report = f && !code ? json_loadf(f, 0, &error) : NULL;
	if (f)
		fclose(f);
	return report;
}

/* ---- reading a report ---- */

long long number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

bool is(const json_t *object, const char *name, const char *value)
{
	const char *s = json_string_value(json_object_get(object, name));

	return !value || (s && !strcmp(s, value));
}

const json_t *dentries(const json_t *report)
{
	return json_object_get(report, "dentries");
}

const json_t *row(const json_t *report, const char *table, const char *path, const char *pattern)
{
	const json_t *rows = json_object_get(json_object_get(dentries(report), table), "rows");
	json_t *r;
	size_t i;

	json_array_foreach (rows, i, r)
		if (is(r, "path", path) && is(r, "pattern", pattern))
			return r;
	return NULL;
}

const json_t *filesystem(const json_t *report, const char *mount)
{
	json_t *r;
	size_t i;

	json_array_foreach (json_object_get(dentries(report), "filesystems"), i, r)
		if (is(r, "mount", mount))
			return r;
	return NULL;
}
