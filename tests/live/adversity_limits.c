// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight gets no more memory when its report is due, or when it is to be written. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adversity.h"
#include "tap.h"

#define OLD   "the old report\n"
#define TRIES 8

bool old_report_init(struct old_report *o)
{
	int fd;

	snprintf(o->path, sizeof(o->path), "/tmp/slabsight-old-XXXXXX");
	fd = mkstemp(o->path);
	if (fd < 0 || write(fd, OLD, strlen(OLD)) != (ssize_t)strlen(OLD))
		return false;
	return !close(fd);
}

bool old_report_deinit(struct old_report *o, json_t **ret_report)
{
	char text[sizeof(OLD)] = "";
	FILE *f = fopen(o->path, "re");
	json_error_t error;
	size_t n = f ? fread(text, 1, sizeof(text), f) : 0;

	*ret_report = NULL;
	if (f) {
		rewind(f);
		*ret_report = json_loadf(f, 0, &error);
		fclose(f);
	}
	unlink(o->path);
	return *ret_report || (n == strlen(OLD) && !memcmp(text, OLD, n));
}

bool is_refused(const struct session *s, int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == 1 && strstr(s->said, "memory");
}

/* Of its address space; 0 when it has ended. */
static unsigned long size_of(pid_t pid)
{
	unsigned long pages = 0;
	char path[32];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static bool limit_now(pid_t pid, long extra_kib)
{
	unsigned long size = size_of(pid);
	const struct rlimit limit = {size + extra_kib * 1024, size + extra_kib * 1024};

	return size && !prlimit(pid, RLIMIT_AS, &limit, NULL);
}

static int count_tables(pid_t pid)
{
	char path[32], line[512];
	int count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		count += strstr(line, "bpf-map") != NULL;
	if (f)
		fclose(f);
	return count;
}

/* The tables are gone: nothing follows but to write what they had, without what is given back. */
static void limit_late(pid_t pid)
{
	const int tables = count_tables(pid);
	unsigned long least = ULONG_MAX, size;

	while (count_tables(pid) > tables / 2) /* the census has some, too */
		;
	while ((size = size_of(pid))) {
		if (size < least)
			limit_now(pid, 0);
		least = size < least ? size : least;
	}
}

/* `kib` more than it has when the trace ends, or, with -1, nothing more for the writing. */
static json_t *without_memory(long kib, struct session *s)
{
	struct old_report old;
	json_t *printed, *whole;
	bool limited, kept;
	char why[700];
	int status;

	if (!old_report_init(&old) ||
	    session_run(s, WORDS("trace", "--json", "--force", "-o", old.path)))
		check(false, s->said, "slabsight starts");
	limited = kib < 0 || limit_now(s->pid, kib);
	kill(s->pid, SIGINT);
	if (kib < 0)
		limit_late(s->pid);
	printed = session_wait(s, &status);
	kept = old_report_deinit(&old, &whole);
	snprintf(why, sizeof(why), "status %x, %d bytes on stdout, %s: %s", status, (int)s->printed,
		 whole	? "a report"
		 : kept ? "the old one"
			: "neither a report nor the old one",
		 s->said);
	check(limited && kept && !s->printed && (whole ? !status : is_refused(s, status)), why,
	      "no more than %ld KiB for the %s: %s", kib < 0 ? 0 : kib,
	      kib < 0 ? "writing" : "report",
	      whole ? "enough" : "it says so, and the old one stays");
	if (whole)
		check_books(whole, "little memory");
	json_decref(printed);
	return whole;
}

void no_more_memory(void)
{
	static const long steps[] = {0, 4096, 8192, 12288, 16384, 18432, 20480, 65536};
	const int step_cnt = sizeof(steps) / sizeof(steps[0]);
	struct session s;
	bool caught = false; /* it may be too fast for us */
	int reported = 0;
	char why[64];

	for (int i = 0; i < step_cnt; i++) {
		json_t *report = without_memory(steps[i], &s);

		reported += report != NULL;
		json_decref(report);
	}
	snprintf(why, sizeof(why), "%d of %d", reported, step_cnt);
	check(reported && reported < step_cnt, why, "some limits let it report, and some do not");
	/* Or the C library would keep what collecting needed, and that is enough for writing. */
	setenv("MALLOC_MMAP_THRESHOLD_", "65536", true);
	setenv("MALLOC_TRIM_THRESHOLD_", "65536", true);
	for (int i = 0; i < TRIES && !caught; i++) {
		json_t *report = without_memory(-1, &s);

		caught = !report && strstr(s.said, "cannot write the report");
		json_decref(report);
	}
	if (caught)
		check(true, "", "the report is made, and cannot be written");
	else
		skip("never caught in time", "the report is made, and cannot be written");
}
