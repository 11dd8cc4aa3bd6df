// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library is opened when it is needed, and not linked: it brings libcurl and all of
 * its friends, which who has no servers should not have to load.
 */
#include "debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define LIBRARY "libdebuginfod.so.1"

/* As in elfutils/debuginfod.h, which comes with a package of its own. */
typedef struct debuginfod_client client;
typedef int (*progress_function)(client *c, long done, long whole);

struct debuginfod {
	void *library;
	client *client;
	client *(*begin)(void);
	void (*end)(client *c);
	int (*find)(client *c, const unsigned char *id, int length, char **ret_path);
	void (*set_progress)(client *c, progress_function progress);
	void (*set_data)(client *c, void *data);
	void *(*get_data)(client *c);
	debuginfod_progress progress;
	void *arg;
	bool stopped; /* by the user */
	char why[128];
	bool given_up;
};

/* The library calls back with its client, and of it one gets no further but through the library. */
static void *(*data_of)(client *c);

static int on_progress(client *c, long done, long whole)
{
	struct debuginfod *d = data_of(c);

	d->stopped = d->stopped || (d->progress && !d->progress(d->arg, done, whole));
	return d->stopped;
}

bool debuginfod_wanted(void)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	return urls && urls[strspn(urls, " ")];
}

static bool give_up(struct debuginfod *d, const char *why)
{
	d->given_up = true;
	snprintf(d->why, sizeof(d->why), "%s", why);
	return false;
}

static bool load(struct debuginfod *d)
{
	const struct {
		const char *name;
		void *to;
	} functions[] = {
		{"debuginfod_begin", &d->begin},
		{"debuginfod_end", &d->end},
		{"debuginfod_find_debuginfo", &d->find},
		{"debuginfod_set_progressfn", &d->set_progress},
		{"debuginfod_set_user_data", &d->set_data},
		{"debuginfod_get_user_data", &d->get_data},
	};

	d->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!d->library)
		return give_up(d, "DEBUGINFOD_URLS is set, but " LIBRARY " is not installed");
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *function = dlsym(d->library, functions[i].name);

		if (!function)
			return give_up(d, LIBRARY " is too old");
		memcpy(functions[i].to, &function, sizeof(function));
	}
	d->client = d->begin();
	if (!d->client)
		return give_up(d, LIBRARY " cannot be used");
	data_of = d->get_data;
	d->set_data(d->client, d);
	d->set_progress(d->client, on_progress);
	return true;
}

struct debuginfod *debuginfod_create(debuginfod_progress progress, void *arg)
{
	struct debuginfod *d = debuginfod_wanted() ? calloc(1, sizeof(*d)) : NULL;

	if (!d)
		return NULL;
	d->progress = progress;
	d->arg = arg;
	return d;
}

void debuginfod_destroy(struct debuginfod *d)
{
	if (!d)
		return;
	if (d->client)
		d->end(d->client);
	/* The library stays: it may have threads, and things to do at exit. */
	free(d);
}

char *debuginfod_fetch(struct debuginfod *d, const char *build_id, const char **ret_why)
{
	char *path = NULL;
	int fd;

	*ret_why = d->why;
	if (d->given_up || (!d->client && !load(d)))
		return NULL;
	/* Length 0: it is in hexadecimal. */
	fd = d->find(d->client, (const unsigned char *)build_id, 0, &path);
	if (fd >= 0) {
		close(fd);
		return path;
	}
	/* The library says the same of what was interrupted. */
	if (fd == -ENOENT && !d->stopped) {
		*ret_why = "debuginfod has none";
		return NULL;
	}
	if (d->stopped)
		snprintf(d->why, sizeof(d->why), "asking debuginfod was interrupted");
	else
		snprintf(d->why, sizeof(d->why), "debuginfod: %s", strerror(-fd));
	d->given_up = true;
	return NULL;
}
