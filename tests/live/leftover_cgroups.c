// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cgroup that a command of slabsight run has: it tells what lives on, what others
 * did meanwhile, and has its memory reclaimed; and where there is none, all is as
 * without.
 */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "booked.h"
#include "leftover.h"
#include "tap.h"

static char mounted[] = "/tmp/slabsight-cgroup-XXXXXX"; /* by us, if is_mounted */
static bool is_mounted;

/* Where cgroup v2 is mounted, first: false when it is not. */
static bool cgroup_mount(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool found = false;

	while (mounts && !found && (m = getmntent(mounts))) {
		found = !strcmp(m->mnt_type, "cgroup2");
		if (found)
			snprintf(path, size, "%s", m->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

bool leftover_unmount_cgroups(void)
{
	char path[256];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return false;
	while (cgroup_mount(path, sizeof(path)))
		if (umount2(path, MNT_DETACH))
			return false;
	return true;
}

/* "0::PATH" of a process; "" if it has none. */
static char *cgroup_of(pid_t pid, char *line, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, size, f) && strncmp(line, "0::", 3))
		;
	if (!f || strncmp(line, "0::", 3))
		*line = '\0';
	if (f)
		fclose(f);
	return line;
}

/* What slabsight made of it in JSON: the bytes of the name that are not to be printed, escaped. */
static bool is_hostile(const json_t *process)
{
	const char *comm = json_string_value(json_object_get(process, "comm"));

	return comm && !strchr(comm, '\033') && !strchr(comm, '\n') && strstr(comm, "\\xff");
}

/* Are all makers of an origin in the cgroup of this directory, and is there any? */
static bool made_in(const json_t *origin, const char *directory)
{
	size_t i, j, count = 0;
	json_t *stack, *task;

	json_array_foreach (json_object_get(origin, "stacks"), i, stack) {
		json_array_foreach (json_object_get(stack, "tasks"), j, task) {
			const char *path = json_string_value(json_object_get(task, "cgroup"));
			size_t len = path ? strlen(path) : 0, whole = strlen(directory);

			if (len < 2 || len > whole || strcmp(directory + whole - len, path))
				return false;
			count++;
		}
	}
	return count;
}

static void living(int listener)
{
	char why[160], theirs[256] = "", ours[256] = "-";
	int code;
	json_t *report = leftover_run(listener, WORDS("--comm", HOSTILE), "d97", true, &code);
	const json_t *told = json_object_get(report, "run"),
		     *process = json_array_get(json_object_get(told, "living"), 0);
	const char *path = json_string_value(json_object_get(told, "cgroup"));
	pid_t pid = number(process, "pid");

	snprintf(why, sizeof(why), "exit %d, %d processes", code,
		 (int)number(told, "living_count"));
	check(!code && number(told, "living_count") == 1 && is_hostile(process), why,
	      "a process of the command lives on, and is told by its evil name");
	snprintf(why, sizeof(why), "%d live", (int)number(eventfds(report), "live_objects"));
	check(number(eventfds(report), "live_objects") == 97, why, "... with what it holds");
	check(path && made_in(eventfds(report), path), path ? path : "no cgroup",
	      "... which is told of what was made in it");
	if (pid > 1)
		cgroup_of(pid, theirs, sizeof(theirs));
	cgroup_of(getpid(), ours, sizeof(ours));
	snprintf(why, sizeof(why), "%.60s, and not %.60s", theirs, ours);
	check(path && access(path, F_OK) && !strcmp(ours, theirs), why,
	      "... the cgroup is gone, and the process back in ours");
	if (*theirs && strstr(theirs, "0::"))
		kill(pid, SIGKILL);
	json_decref(report);
}

/* The keeper makes some itself, under the same name, while the command runs: 5 messages. */
static void others(int listener)
{
	char why[64], before[16];
	int code;

	prctl(PR_GET_NAME, before);
	prctl(PR_SET_NAME, COMM);
	leftover_noise = 7;
	for (int only = 0; only < 2; only++) {
		json_t *report = leftover_run(listener, only ? WORDS("--only-command") : WORDS(),
					      "997", true, &code);
		int live = number(eventfds(report), "live_objects");

		snprintf(why, sizeof(why), "exit %d, %d live", code, live);
		check(!code && live == (only ? 997 : 997 + 5 * leftover_noise), why,
		      only ? "--only-command: not those" : "those of others are reported, too");
		json_decref(report);
		leftover_release();
	}
	leftover_noise = 0;
	prctl(PR_SET_NAME, before);
}

/* Nor does it fail where there is no cgroup v2. */
static void without_cgroups(int listener)
{
	char why[96];
	int code;
	json_t *report, *told;

	leftover_blind = true;
	report = leftover_run(listener, WORDS(), "7", true, &code);
	told = json_object_get(report, "run");
	snprintf(why, sizeof(why), "exit %d, %d live", code,
		 (int)number(eventfds(report), "live_objects"));
	check(!code && number(eventfds(report), "live_objects") == 7, why,
	      "without cgroup v2: the same");
	check(json_is_null(json_object_get(told, "cgroup")) &&
		      json_is_string(json_object_get(told, "cgroup_why")) &&
		      json_is_null(json_object_get(told, "living")),
	      "not told", "... and the report tells that nothing is known of who lives on");
	json_decref(report);
	leftover_release();
	report = leftover_run(listener, WORDS("--only-command"), "7", true, &code);
	snprintf(why, sizeof(why), "exit %d", code);
	check(code == 2 && !report, why, "... --only-command is an error there");
	json_decref(report);
	leftover_release();
	leftover_blind = false;
}

/* Mounts one of our own where nobody has. */
static bool has_cgroups(void)
{
	char path[256];

	if (cgroup_mount(path, sizeof(path)))
		return true;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(mounted))
		return false;
	is_mounted = !mount("none", mounted, "cgroup2", 0, NULL);
	if (!is_mounted)
		rmdir(mounted);
	return is_mounted;
}

/* A word into a file of the cgroup tree. */
static bool tell(const char *file, const char *word)
{
	char root[256], path[320];
	bool done = false;
	int fd;

	if (!cgroup_mount(root, sizeof(root)))
		return false;
	snprintf(path, sizeof(path), "%s/%s", root, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		done = write(fd, word, strlen(word)) == (ssize_t)strlen(word);
		close(fd);
	}
	return done;
}

/* Into a cgroup of the test's own, below which nothing gets a controller; and out again. */
static bool move_below(bool below)
{
	char root[256], path[320];
	bool done;

	if (!cgroup_mount(root, sizeof(root)))
		return false;
	snprintf(path, sizeof(path), "%s/slabsight-test", root);
	if (!below) {
		done = tell("cgroup.procs", "0");
		return !rmdir(path) && done;
	}
	return !mkdir(path, 0700) && tell("slabsight-test/cgroup.procs", "0");
}

/* How many were reclaimed of the command's 1,997, and from whom. */
static void reclaim(int listener, const char *whose, const char *what)
{
	char why[160];
	int code;
	json_t *report = leftover_run(listener, WORDS("--reclaim=cgroup"), "-1997", true, &code),
	       *told = json_object_get(json_object_get(report, "coverage"), "reclaim");
	const char *is = json_string_value(json_object_get(told, "whose"));
	int reclaimed = number(leftover_dentries(report), "reclaimed");
	bool done = json_is_true(json_object_get(told, "done"));

	snprintf(why, sizeof(why), "exit %d, %d reclaimed, %.99s", code, reclaimed, is ? is : "?");
	check(!code && done == !!whose && (reclaimed >= 1997) == done && !is == !whose &&
		      (!is || !strncmp(is, whose, strlen(whose))),
	      why, "--reclaim=cgroup %s", what);
	json_decref(report);
}

/* Of the command's cgroup, which has memory.reclaim where its parent lets it. */
static void reclaimed_in_cgroup(int listener)
{
	if (!tell("cgroup.subtree_control", "+memory")) {
		skip(strerror(errno), "--reclaim=cgroup: no memory controller to hand down");
		return;
	}
	reclaim(listener, "the command's own", "frees 1,997 of the command's own");
	if (move_below(true))
		reclaim(listener, "slabsight's", "... and of ours, where its own cannot");
	else
		skip(strerror(errno), "--reclaim=cgroup: below a cgroup with processes");
	move_below(false);
	tell("cgroup.subtree_control", "-memory");
	reclaim(listener, NULL, "... but not of the whole machine");
}

void leftover_in_cgroups(int listener, bool may_reclaim)
{
	if (!has_cgroups()) {
		skip(strerror(errno), "a cgroup of the command's own");
		return;
	}
	living(listener);
	others(listener);
	without_cgroups(listener);
	if (may_reclaim)
		reclaimed_in_cgroup(listener);
	if (is_mounted) {
		umount(mounted);
		rmdir(mounted);
	}
}
