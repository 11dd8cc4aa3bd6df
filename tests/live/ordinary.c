// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ordinary life, in which nothing leaks: no origin may be called a leak.
 *
 *   ordinary [-p SLABSIGHT] [-l LOAD] [-t SECONDS]
 *
 * Beside the mixed load, somebody walks the file tree, packs and unpacks it, and
 * sleeps now and then, as a machine does that has something to do. Prints a line a
 * check, and of all verdicts how many there were.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traced.h"
#include "tap.h"
#include "verdicts.h"

static const char *load_program = "./load", *seconds = "60";

/* Files come and go, names are asked for that do not exist, pipes are filled. */
static const char life[] =
	"d=$(mktemp -d) || exit 1; trap 'rm -rf \"$d\"' EXIT; trap 'exit 0' TERM\n"
	"while :; do\n"
	"  find /bin /sbin /lib /etc /usr/bin /usr/share -xdev 2>/dev/null | head -n 20000 |\n"
	"    sort >\"$d/list\"\n"
	"  head -n 200 \"$d/list\" | tar cf - -T - 2>/dev/null | gzip -1 | gunzip |\n"
	"    tar xf - -C \"$d\" 2>/dev/null\n"
	"  for i in 1 2 3 4 5 6 7 8 9; do ls \"$d/none$i\" 2>/dev/null; sleep 0.1; done\n"
	"  rm -rf \"$d\"/[!l]*\n"
	"  sleep 2\n"
	"done\n";

static pid_t spawn(const char *const argv[])
{
	pid_t pid = fork();

	if (pid)
		return pid;
	/* A group of its own, so that all of it can be ended. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static void stop(pid_t pid)
{
	kill(-pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static void refuse_leak(const json_t *origin, void *arg)
{
	char *all = json_dumps(origin, JSON_INDENT(1));

	(void)arg;
	check(false, verdicts_text(origin, "reason"), "no leak: %s at %s",
	      verdicts_text(origin, "cache"), verdicts_site(origin));
	fprintf(stderr, "%s\n", all);
	free(all);
}

static void check_verdicts(const json_t *report)
{
	struct verdicts v;

	verdicts_count(report, refuse_leak, NULL, &v);
	check(v.origin_cnt > 20, "there are fewer", "%zu origins were judged", v.origin_cnt);
	check(!v.cnt[LEAKS], "there are some",
	      "none leaks: %zu cache, %zu burst, %zu steady, %zu unknown", v.cnt[CACHES],
	      v.cnt[BURSTS], v.cnt[STEADY], v.cnt[UNKNOWN]);
}

int main(int argc, char **argv)
{
	const char *const args[] = {"--force", NULL};
	struct session s = {};
	pid_t load, living;
	json_t *report;
	int opt;

	while ((opt = getopt(argc, argv, "p:l:t:")) != -1) {
		if (opt == 'p')
			session_program = optarg;
		else if (opt == 'l')
			load_program = optarg;
		else if (opt == 't')
			seconds = optarg;
		else
			return 2;
	}
	load = spawn((const char *const[]){load_program, "-t", "100000", "-j", "1", NULL});
	living = spawn((const char *const[]){"sh", "-c", life, NULL});
	if (session_start(&s, args)) {
		check(false, s.said, "a trace of ordinary life");
	} else {
		sleep(atoi(seconds));
		report = session_end(&s);
		check(report != NULL, s.said, "a trace of ordinary life, %s s", seconds);
		if (report)
			check_verdicts(report);
		json_decref(report);
	}
	stop(living);
	stop(load);
	return 0;
}
