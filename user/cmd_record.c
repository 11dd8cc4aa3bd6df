// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight record: a trace that is written down while it runs, to be looked at later,
 * elsewhere. It ends as a trace does; its last snapshot is what that would report.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli.h"
#include "interrupt.h"
#include "interrupts.h"
#include "record_pace.h"
#include "recorder.h"
#include "recording_images.h"
#include "say.h"
#include "session.h"
#include "text.h"

#ifndef SLABSIGHT_VERSION
#define SLABSIGHT_VERSION "unknown"
#endif

struct record {
	struct session s;
	struct recorder *recorder;
	struct record_pace pace;
	struct report_source source;
	int err; /* of the file, which nothing can be written to any more */
};

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Since booking began, by the ledger's clock. */
static double now_s(const struct record *r)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9 - r->s.began.boot_ns / 1e9;
}

static struct recorder_moment moment(const struct record *r, double at_s)
{
	return (struct recorder_moment){at_s, r->pace.late, r->pace.put_off};
}

/* The first line of a file, or "". */
static void read_line(const char *path, char *buf, size_t size)
{
	autofile FILE *f = fopen(path, "re");

	if (!f || !fgets(buf, (int)size, f))
		*buf = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

/* Of the kernel's types: two kernels with the same have the same structs. */
static void hash_btf(char buf[20])
{
	autofile FILE *f = fopen("/sys/kernel/btf/vmlinux", "re");
	uint64_t hash = 0xcbf29ce484222325ull;
	uint8_t block[65536];
	size_t n;

	*buf = '\0';
	while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
		for (size_t i = 0; i < n; i++)
			hash = (hash ^ block[i]) * 0x100000001b3ull;
	if (f)
		snprintf(buf, 20, "%016llx", (unsigned long long)hash);
}

/* Before anything else: to learn only then that it cannot be written would be late. */
static int create_file(struct record *r)
{
	const char *path = r->s.options.recording;
	char build_id[BUILD_ID], btf[20], boot_id[64], safe[128];
	struct recording_run run = {.slabsight = SLABSIGHT_VERSION,
				    .host = session_host(&r->s),
				    .every_s = r->s.options.every_s,
				    .build_id = build_id,
				    .btf = btf,
				    .boot_id = boot_id};
	struct utsname name;
	struct tm tm;
	time_t now = time(NULL);
	int err;

	uname(&name);
	run.release = name.release;
	run.machine = name.machine;
	run.began = (double)now;
	run.utc_offset = localtime_r(&now, &tm) ? tm.tm_gmtoff : 0;
	images_build_id(NULL, NULL, build_id);
	hash_btf(btf);
	read_line("/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id));
	err = recorder_create(path, &run, r->s.options.max_file, NULL, &r->recorder);
	if (!err)
		return -1;
	text_escape(path, safe, sizeof(safe));
	if (err == -EEXIST) {
		say("'%s' exists: choose another name, or remove it", safe);
		return EXIT_USAGE;
	}
	say("cannot write to '%s': %s", safe, strerror(-err));
	return EXIT_FAILED;
}

static double live(void *governor, uint32_t origin)
{
	return governor_live(governor, origin);
}

/* All of a report but what only the end of a trace can tell. */
static int take_deep(struct record *r, double at_s)
{
	const struct recorder_moment m = moment(r, at_s);
	struct snapshot *snapshot = NULL;
	struct slabs *slabs = NULL;
	struct report report;
	int err = session_snapshot(&r->s, &snapshot);

	if (!err)
		err = slabs_create(NULL, NULL, &slabs);
	if (!err) {
		session_fill_report(&r->s, &report);
		report.snapshot = snapshot;
		report.after = slabs;
		report.duration_s = at_s;
		report.settle = NULL;
		report.reclaim = NULL;
		report.unchecked = "only those of the last snapshot of a recording are";
		report.grade = report_grade(&report);
		err = recorder_take(r->recorder, &m, &report);
	}
	slabs_destroy(slabs);
	snapshot_destroy(snapshot);
	return err;
}

/* At every look at the ledger; false: it cannot go on. */
static bool each(struct session *s, const struct ledger *l)
{
	struct record *r = (struct record *)s;
	double at_s = now_s(r), before;
	struct recorder_moment m;
	bool deep;

	if (!record_pace_due(&r->pace, at_s))
		return true;
	before = cpu_s();
	deep = record_pace_deep(&r->pace, at_s);
	m = moment(r, at_s);
	if (deep)
		r->err = take_deep(r, at_s);
	else
		r->err = recorder_count(r->recorder, &m, l, s->symbols, live, s->governor);
	record_pace_taken(&r->pace, deep, cpu_s() - before);
	return !r->err;
}

/* Who copies the file alone would lose what is in the log. */
static void tell_of_log(const struct record *r)
{
	char safe[128];

	if (!recorder_make_whole(r->recorder))
		say("a part of it is in '%s-wal', which belongs to it: somebody is reading it, or "
		    "no room is left",
		    text_escape(r->s.options.recording, safe, sizeof(safe)));
}

static int complain(const struct record *r)
{
	char safe[128], count[TEXT_COUNTED];
	/* The file says the same of both. */
	const char *limit =
		r->err == -ENOSPC && r->s.options.max_file ? ", or within --max-file" : "";
	uint64_t bytes, snapshots = 0;

	recorder_size(r->recorder, &bytes, &snapshots);
	text_escape(r->s.options.recording, safe, sizeof(safe));
	if (snapshots)
		say("cannot write to '%s': %s%s; what is recorded until now is kept (%s), and "
		    "nothing more is traced",
		    safe, strerror(-r->err), limit, text_counted(snapshots, "snapshot", count));
	else
		say("cannot write to '%s': %s%s; nothing is recorded", safe, strerror(-r->err),
		    limit);
	if (snapshots)
		tell_of_log(r);
	return EXIT_FAILED;
}

static int write_last(struct record *r)
{
	const struct recorder_moment m = moment(r, now_s(r));
	struct report report;

	session_fill_report(&r->s, &report);
	r->err = recorder_take(r->recorder, &m, &report);
	if (!r->err)
		r->err = recorder_end(r->recorder, r->s.interrupted ? "signal" : "duration",
				      &r->source);
	return r->err ? complain(r) : -1;
}

static void tell(const struct record *r)
{
	char safe[128], size[TEXT_NUMBER], time[TEXT_NUMBER], count[TEXT_COUNTED];
	uint64_t bytes = 0, snapshots = 0;

	recorder_size(r->recorder, &bytes, &snapshots);
	text_escape(r->s.options.recording, safe, sizeof(safe));
	say("recorded %s in '%s': %s, %s. Next: slabsight report %s",
	    text_seconds(r->source.length_s, time), safe, text_bytes(bytes, size),
	    text_counted(snapshots, "snapshot", count), safe);
	tell_of_log(r);
}

static int record(struct record *r)
{
	struct session *s = &r->s;
	char time[TEXT_NUMBER], until[TEXT_NUMBER + 8] = "until Ctrl-C";
	int code = session_start(s);

	if (code < 0)
		code = session_book(s);
	if (code >= 0)
		return code;
	if (s->options.duration_s)
		snprintf(until, sizeof(until), "for %s", text_seconds(s->options.duration_s, time));
	session_announce(s, until);
	record_pace_init(&r->pace, s->options.every_s);
	s->each = each;
	session_watch(s, s->options.duration_s, -1);
	if (r->err)
		return complain(r);
	s->interrupted = *interrupt_flag();
	code = session_stop(s);
	if (code < 0) {
		session_settle(s);
		code = session_collect(s);
	}
	if (code < 0)
		code = write_last(r);
	if (code >= 0)
		return code;
	tell(r);
	s->source = &r->source;
	return session_report(s);
}

int cmd_record(int argc, char **argv)
{
	struct record *r = calloc(1, sizeof(*r));
	uint64_t bytes, snapshots = 1;
	bool nothing;
	int code;

	if (!r) {
		say("out of memory");
		return EXIT_FAILED;
	}
	session_init(&r->s, "record");
	code = trace_options_parse(argc, argv, &r->s.options);
	if (code < 0)
		code = create_file(r);
	if (r->recorder) {
		code = record(r);
		/* Nothing was traced: nothing is to be found there. */
		nothing = !recorder_size(r->recorder, &bytes, &snapshots) && !snapshots;
		recorder_destroy(r->recorder);
		if (nothing)
			recorder_remove(r->s.options.recording);
	}
	session_deinit(&r->s);
	free(r);
	return code;
}
