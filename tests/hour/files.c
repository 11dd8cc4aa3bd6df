// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that come and go, a log, and a cache that fills up. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "life.h"
#include "rhythm.h"
#include "shelf.h"

#define MAIL_PER_S    0.6
#define SESSION_PER_S 0.3
#define LINES_PER_S   3
#define ROTATE_S      1200
#define CACHED	      600 /* files, then the cache is full */
#define CACHE_EVERY_S 3.5

static char spool[PATH_MAX];

static void path_of(int id, char path[PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s/%d", spool, id) >= PATH_MAX)
		path[0] = '\0';
}

static int make_file(int id)
{
	static const char text[20000];
	char path[PATH_MAX];
	int fd;

	path_of(id, path);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, 500 + (size_t)chance_between(0, 19000)) < 0)
		id = -1;
	close(fd);
	return id;
}

static void remove_file(int id)
{
	char path[PATH_MAX];

	path_of(id, path);
	unlink(path);
}

/* Make @per_s files a second in @dir/@name, and remove each when its time has come. */
static void keep_spool(const char *dir, const char *name, double per_s, double median_s)
{
	static struct shelf files = {.let_go = remove_file};

	snprintf(spool, sizeof(spool), "%s/%s", dir, name);
	mkdir(spool, 0700);
	for (int id = 0;;) {
		unsigned int cnt = chance_poisson(per_s * rhythm_mood());

		while (cnt--)
			shelf_put(&files, make_file(id++), chance_lognormal(median_s, 1.4));
		rhythm_sleep(1);
		shelf_clear(&files);
	}
}

void act_spool(const struct life *life)
{
	keep_spool(life->disk, "spool", MAIL_PER_S, 40);
}

void act_sessions(const struct life *life)
{
	keep_spool(life->memory, "sessions", SESSION_PER_S, 90);
}

static void rotate(const struct life *life)
{
	life_shell(life->disk, "rm -f log.3.gz; mv log.2.gz log.3.gz; mv log.1.gz log.2.gz\n"
			       "mv log log.1 && gzip log.1");
}

void act_log(const struct life *life)
{
	static const char line[] = "the quick brown fox jumps over the lazy dog, again and again\n";
	double rotated_s = rhythm_s();
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/log", life->disk);
	for (;;) {
		int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);

		while (rhythm_s() - rotated_s < ROTATE_S) {
			unsigned int cnt = chance_poisson(LINES_PER_S * rhythm_mood());

			while (cnt-- && write(fd, line, sizeof(line) - 1) > 0)
				;
			rhythm_sleep(1);
		}
		close(fd);
		rotate(life);
		rotated_s = rhythm_s();
	}
}

/* It watches what it has in its cache. */
void act_indexer(const struct life *life)
{
	int watcher = inotify_init1(IN_CLOEXEC);
	char path[PATH_MAX];

	snprintf(spool, sizeof(spool), "%s/cache", life->disk);
	mkdir(spool, 0700);
	for (int id = 0; id < CACHED; id++) {
		make_file(id);
		path_of(id, path);
		inotify_add_watch(watcher, path, IN_MODIFY | IN_DELETE_SELF);
		rhythm_sleep(chance_exponential(CACHE_EVERY_S));
	}
	for (;;)
		rhythm_sleep(3600);
}
