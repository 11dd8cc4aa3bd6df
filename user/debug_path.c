// SPDX-License-Identifier: GPL-2.0-or-later
/* A path loses what only the machine knows on which the kernel was built. */
#include "debug_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define SHARED_MIN 2 /* directories: "/usr" or "/" is where anything may be */

/* Back over a directory and its '/'. */
static char *step_up(char *to, const char *floor)
{
	if (to > floor)
		to--;
	while (to > floor && to[-1] != '/')
		to--;
	return to;
}

/* In place; what leads above the beginning stays. */
static void resolve(char *path)
{
	char *to = path, *floor = path;
	const char *from = path;

	if (*from == '/') {
		from++;
		floor = ++to;
	}
	while (*from) {
		size_t len = strcspn(from, "/"), skip = len + (from[len] == '/');
		bool up = len == 2 && from[0] == '.' && from[1] == '.';

		if (up && (to > floor || *path == '/')) {
			to = step_up(to, floor);
		} else if (len && !(len == 1 && *from == '.')) {
			memmove(to, from, len);
			to += len;
			if (skip > len)
				*to++ = '/';
			if (up)
				floor = to;
		}
		from += skip;
	}
	if (to > path + 1 && to[-1] == '/')
		to--;
	*to = '\0';
}

/* How much of both paths is the same directories, with the last '/'; and how many these are. */
static size_t shared(const char *path, const char *directory, int *ret_count)
{
	size_t same = 0;

	*ret_count = 0;
	for (size_t i = 0;; i++) {
		bool end = !directory[i];

		if (path[i] == '/' && (end || directory[i] == '/')) {
			*ret_count += i > 0;
			same = i + 1;
		}
		if (end || path[i] != directory[i])
			return same;
	}
}

char *debug_path(const char *path, const char *directory)
{
	char *whole = strdup(path);
	autofree char *in = directory ? strdup(directory) : NULL;
	size_t prefix;
	int count;

	if (!whole || (directory && !in)) {
		free(whole);
		return NULL;
	}
	resolve(whole);
	if (!in || !*in)
		return whole;
	resolve(in);
	prefix = shared(whole, in, &count);
	/* Below it, or beside it where that tells something. */
	if (prefix == strlen(in) + 1 || count >= SHARED_MIN)
		memmove(whole, whole + prefix, strlen(whole + prefix) + 1);
	return whole;
}
