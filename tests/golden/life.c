// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is recorded for the golden tests: a minute of few things, each by a process of its own,
 * so that a recording is small and every verdict is in it. Names are hostile: what a format uses
 * as its own punctuation, what ends a script, what colours a terminal, what is not UTF-8.
 *
 *   life DIR GO
 *
 * Mounts an overlay at DIR/merged (a module's objects), waits until the file GO is there, and goes
 * on until it is killed. For test guests only.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES 400
#define PIPES 40
#define BURST 150
#define MS    1000000L

static const char *dir;

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * MS}, NULL);
}

/* Longer than what fits into a dentry, so that the name is an object of its own. */
static void file_name(char *buf, size_t size, const char *layer, int nr)
{
	snprintf(buf, size, "%s/%s/\033]0;title\a<script>alert(\"%d\")<\\x2fscript>-of-a-leak,\xff",
		 dir, layer, nr);
}

static int make_files(void)
{
	static const char *const layers[] = {"low", "lower", "merged"};
	char path[256], options[600];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, layers[i]);
		if (mkdir(path, 0755))
			return -errno;
	}
	for (int i = 0; i < FILES; i++) {
		int fd;

		file_name(path, sizeof(path), "low", i);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		if (fd < 0)
			return -errno;
		close(fd);
	}
	snprintf(path, sizeof(path), "%s/merged", dir);
	snprintf(options, sizeof(options), "lowerdir=%s/lower:%s/low", dir, dir);
	return mount("overlay", path, "overlay", MS_RDONLY, options) ? -errno : 0;
}

/* A leak: sockets, ten a second. */
static void keep_sockets(void)
{
	while (socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0)
		pause_ms(100);
}

/* A leak in a module: files of the overlay, five a second. */
static void keep_files(void)
{
	char path[256];

	for (int i = 0; i < FILES; i++) {
		file_name(path, sizeof(path), "merged", i);
		if (open(path, O_RDONLY | O_CLOEXEC) < 0)
			return;
		pause_ms(200);
	}
}

/* A cache: names that are not there, twenty a second. */
static void miss_names(void)
{
	char path[256];
	struct stat st;

	for (int i = 0;; i++) {
		snprintf(path, sizeof(path), "%s/low/.%d_dOeSnotExist_.db", dir, i);
		stat(path, &st);
		pause_ms(50);
	}
}

/* Steady: of forty pipes, the oldest makes room for a new one. */
static void turn_pipes(void)
{
	int fds[PIPES][2];

	for (unsigned int i = 0;; i++) {
		if (i >= PIPES) {
			close(fds[i % PIPES][0]);
			close(fds[i % PIPES][1]);
		}
		if (pipe2(fds[i % PIPES], O_CLOEXEC))
			return;
		pause_ms(50);
	}
}

/* A burst, held. */
static void burst(void)
{
	pause_ms(20000);
	for (int i = 0; i < BURST; i++)
		eventfd(0, EFD_CLOEXEC);
	pause();
}

static const struct {
	const char *comm; /* 15 bytes of it */
	void (*run)(void);
} people[] = {
	{"</script>\033[31m\n", keep_sockets},
	{"=cmd|' /C'!A0,\"", keep_files},
	{"php; fpm {a=\"b\"}", miss_names},
	{"\\n\xc3\xa9t\xff 100% #\t", turn_pipes},
	{"burst", burst},
};

static void start(size_t nr, const char *go)
{
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, people[nr].comm);
	while (access(go, F_OK))
		pause_ms(50);
	people[nr].run();
	pause();
	_exit(0);
}

int main(int argc, char **argv)
{
	const struct rlimit files = {4096, 4096};
	int err;

	if (argc != 3)
		return 2;
	dir = argv[1];
	setrlimit(RLIMIT_NOFILE, &files);
	err = make_files();
	if (err) {
		fprintf(stderr, "life: cannot make an overlay in %s: %s\n", dir, strerror(-err));
		return 1;
	}
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		start(i, argv[2]);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return 0;
}
