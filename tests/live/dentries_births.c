// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight dentries -d on a living kernel: who makes dentries while it watches, and
 * what becomes of them, to the number. First of all the story of NSS, whose every
 * call of a program asks for files that do not exist, with names of its own.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dentries_run.h"

#define UNITS	997
#define PER_NAP 5
#define NAP_MS	12 /* so 2.4 seconds in all */
#define SECONDS "5"
#define HOLD_S	8.0 /* files are opened for so long: a stall of a second is no gap */

struct watch {
	pid_t pid;
	FILE *out;
	char talk[1024]; /* what it said before it watched */
	int listen;	 /* it talks on, and is not read: closed, that would be the end of it */
	bool watches;
};

/* Starts it and waits until it watches, or is over. */
static struct watch watch_begin(const char *const args[])
{
	struct watch w = {.out = tmpfile()};
	size_t used = 0;
	int fds[2];
	ssize_t n;

	if (!w.out || pipe2(fds, O_CLOEXEC))
		exit(1);
	w.pid = start(fileno(w.out), fds[1], args);
	close(fds[1]);
	while (!w.watches && used < sizeof(w.talk) - 1 &&
	       (n = read(fds[0], w.talk + used, sizeof(w.talk) - 1 - used)) > 0) {
		used += n;
		w.talk[used] = '\0';
		w.watches = strstr(w.talk, "watching births") && strchr(w.talk, '\n');
	}
	wait_ms(100);
	w.listen = fds[0];
	return w;
}

static int watch_end(struct watch *w)
{
	int code = exit_code(w->pid);

	close(w->listen);
	rewind(w->out);
	return code;
}

/* A process of this name that does something in a directory; its id. */
static pid_t spawn(const char *comm, void (*does)(const char *dir), const char *dir)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_NAME, comm);
	does(dir);
	_exit(0);
}

static void nap(int i)
{
	if (i % PER_NAP == PER_NAP - 1)
		wait_ms(NAP_MS);
}

static void ask_for_missing(const char *dir)
{
	char path[256];
	struct stat st;

	for (int i = 0; i < UNITS; i++) {
		snprintf(path, sizeof(path), "%s/.%d_dOeSnotExist_.db", dir, i);
		stat(path, &st);
		nap(i);
	}
}

/* They go with their directory. */
static void make_and_remove(const char *dir)
{
	if (!mkdir(dir, 0700))
		ask_for_missing(dir);
	rmdir(dir);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* As evenly as the machine lets it: a growth in fits is not called one. */
static void open_and_hold(const char *dir)
{
	struct rlimit limit = {.rlim_cur = 2 * UNITS, .rlim_max = 2 * UNITS};
	const double start = now_s();
	char path[256];

	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < UNITS; i++) {
		snprintf(path, sizeof(path), "%s/held%d", dir, i);
		if (open(path, O_RDWR | O_CREAT, 0600) < 0)
			_exit(1);
		while (now_s() < start + HOLD_S * i / UNITS)
			wait_ms(NAP_MS);
	}
	raise(SIGSTOP);
}

static const json_t *births(const json_t *report)
{
	return json_object_get(dentries(report), "births");
}

static const json_t *process(const json_t *report, const char *comm, pid_t pid)
{
	json_t *r;
	size_t i;

	json_array_foreach (json_object_get(births(report), "processes"), i, r)
		if (is(r, "comm", comm) && number(r, "pid") == pid)
			return r;
	return NULL;
}

static const json_t *born_name(const json_t *report, const char *path, const char *pattern)
{
	const json_t *rows =
		json_object_get(json_object_get(births(report), "names_in_directories"), "rows");
	json_t *r;
	size_t i;

	json_array_foreach (rows, i, r)
		if (is(r, "path", path) && is(r, "pattern", pattern))
			return r;
	return NULL;
}

static json_t *read_report(struct watch *w)
{
	json_error_t error;
	int code = watch_end(w);
	json_t *report = code ? NULL : json_loadf(w->out, 0, &error);

	check(report != NULL, w->talk, "dentries -d reports as JSON");
	fclose(w->out);
	return report;
}

/*
 * Births that no program saw, because it was running already on that CPU: on 7.x
 * tracepoint programs can be preempted. So many may be missing, and no more.
 */
static long long skipped(const json_t *report)
{
	return number(json_object_get(births(report), "coverage"), "skipped_births");
}

static bool is_about(long long n, long long expected, long long missing)
{
	return n <= expected && n >= expected - (expected ? missing : 0);
}

static void check_who(const json_t *report, const json_t *r, const char *what, long long all,
		      long long living, long long negative, long long pinned)
{
	char why[160];

	snprintf(why, sizeof(why), "%lld, living %lld, negative %lld, pinned %lld",
		 number(r, "births"), number(r, "living"), number(r, "negative"),
		 number(r, "pinned"));
	check(is_about(number(r, "births"), all, skipped(report)) &&
		      is_about(number(r, "living"), living, skipped(report)) &&
		      is_about(number(r, "negative"), negative, skipped(report)) &&
		      is_about(number(r, "pinned"), pinned, skipped(report)),
	      why, "%s: %lld births, %lld living, %lld negative, %lld pinned", what, all, living,
	      negative, pinned);
}

/* Deaths of which a skipped birth or death is known are fewer. */
static void check_gone(const json_t *report, const json_t *r)
{
	long long least = UNITS - skipped(report) -
			  number(json_object_get(births(report), "coverage"), "skipped_deaths");
	char why[160];

	snprintf(why, sizeof(why), "%lld of %lld died, of all %lld, at least %lld have to",
		 number(r, "deaths"), number(r, "births"), number(births(report), "deaths"), least);
	check(number(r, "births") >= UNITS - skipped(report) && number(r, "deaths") >= least &&
		      number(births(report), "deaths") >= least,
	      why, "names that go with their directory: %d deaths", UNITS);
}

static void numbers(const char *dir)
{
	const char *const args[] = {"-d", SECONDS, "--json", "--top", "0", NULL};
	char asked[128], removed[128], why[80];
	struct watch w;
	pid_t fake, gone;
	json_t *report;
	const json_t *entries;

	snprintf(asked, sizeof(asked), "%s/asked", dir);
	snprintf(removed, sizeof(removed), "%s/removed", dir);
	mkdir(asked, 0700);
	w = watch_begin(args);
	fake = spawn("nssfake", ask_for_missing, asked);
	gone = spawn("nssgone", make_and_remove, removed);
	waitpid(fake, NULL, 0);
	waitpid(gone, NULL, 0);
	report = read_report(&w);
	check_who(report, process(report, "nssfake", fake), "a program that asks for missing names",
		  UNITS, UNITS, UNITS, 0);
	check_who(report, born_name(report, asked, ".N_dOeSnotExist_.db"),
		  "their directory and pattern", UNITS, UNITS, UNITS, 0);
	check_gone(report, process(report, "nssgone", gone));
	entries = json_object_get(births(report), "entry_points");
	snprintf(why, sizeof(why), "%lld", number(entries, "d_alloc_parallel"));
	check(number(entries, "d_alloc_parallel") >= (long long)(0.9 * 2 * UNITS), why,
	      "they are born by d_alloc_parallel");
	snprintf(why, sizeof(why), "%lld", skipped(report));
	check(skipped(report) <= number(births(report), "births") / 100 &&
		      number(json_object_get(births(report), "coverage"), "born_full") == 0,
	      why, "at most 1%% of births were skipped");
	json_decref(report);
}

/* Others may make more dentries on this machine: only of this filesystem. */
static void first_line(const char *dir)
{
	const char *const args[] = {"-d", SECONDS, "--fs", dir, NULL};
	char story[128], wanted[160], line[256] = "";
	struct watch w;
	bool clean = true;
	pid_t fake;
	int code;

	snprintf(story, sizeof(story), "%s/nss", dir);
	mkdir(story, 0700);
	w = watch_begin(args);
	fake = spawn("nssfake", ask_for_missing, story);
	waitpid(fake, NULL, 0);
	code = watch_end(&w);
	snprintf(wanted, sizeof(wanted), "/s: %s/.N_dOeSnotExist_.db\n", story);
	if (!fgets(line, sizeof(line), w.out))
		line[0] = '\0';
	check(!code && !strncmp(line, "nssfake", 7) && strstr(line, wanted), line,
	      "the first line names program, directory and pattern");
	while (fgets(line, sizeof(line), w.out))
		clean &= !strchr(line, '\033') && strlen(line) <= 81;
	check(clean, "it does not", "the text fits 80 columns");
	fclose(w.out);
}

static void references(const char *dir)
{
	const char *const args[] = {"-d", "300", "--refs", "--fs", dir, "--json", NULL};
	char held[128], why[160];
	json_t *report, *site;
	struct watch w;
	const json_t *verdict;
	pid_t pid;

	snprintf(held, sizeof(held), "%s/held", dir);
	mkdir(held, 0700);
	w = watch_begin(args);
	if (!w.watches) {
		int code = watch_end(&w);

		check(code == 4 && strstr(w.talk, "leave out --refs"), w.talk,
		      "--refs is refused where function entry cannot be hooked: exit code %d",
		      code);
		skip("this kernel does not allow fentry on dput", "puts of dentries");
		fclose(w.out);
		return;
	}
	pid = spawn("nssheld", open_and_hold, held);
	/* All through the watch: it ends when the last one is open. */
	waitpid(pid, NULL, WUNTRACED);
	kill(w.pid, SIGINT);
	report = read_report(&w);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_who(report, process(report, "nssheld", pid), "a program that holds files open", UNITS,
		  UNITS, 0, UNITS);
	check(number(births(report), "puts") >= UNITS, "they are not", "puts are counted");
	verdict = json_object_get(births(report), "verdict");
	site = json_object_get(verdict, "stack");
	snprintf(why, sizeof(why), "kind %s, never put %lld",
		 json_string_value(json_object_get(verdict, "kind")), number(site, "never_put"));
	check(is(verdict, "kind", "held") && is(verdict, "verdict", "unknown"), why,
	      "files that are held may be a leak, and are not called one");
	check(json_array_size(json_object_get(site, "last_put")) > 0, why,
	      "there is a stack of their last put");
	json_decref(report);
}

static void ended_early(const char *dir)
{
	const char *const args[] = {"-d", "300", "--fs", dir, "--json", NULL};
	struct watch w = watch_begin(args);
	json_t *report;
	double s;

	wait_ms(1000);
	kill(w.pid, SIGINT);
	report = read_report(&w);
	s = json_number_value(json_object_get(births(report), "duration_s"));
	check(s > 0.5 && s < 60, "it does not", "Ctrl-C ends the watch with a report: %.1f s", s);
	json_decref(report);
}

static void usage(void)
{
	const char *const refs[] = {"--refs", NULL}, *const zero[] = {"-d", "0", NULL};
	int one, two;
	FILE *f = run(refs, &one), *g = run(zero, &two);

	check(one == 2 && two == 2, "it is not", "--refs without -d, and -d 0, are usage errors");
	fclose(f);
	fclose(g);
}

void check_births(const char *dir)
{
	numbers(dir);
	first_line(dir);
	references(dir);
	ended_early(dir);
	usage();
}
