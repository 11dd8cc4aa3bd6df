// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a recording (libFuzzer): they are refused with a reason, or reports come
 * out, and no byte of either does anything to a terminal. The file lies in TMPDIR, under
 * a name that is the same for all inputs.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"
#include "fuzz.h"
#include "recording.h"

#define GROWTHS 3

static char path[256];
static int file = -1;

static void must(bool it, const char *what)
{
	if (it)
		return;
	fprintf(stderr, "recording: %s\n", what);
	abort();
}

static void open_file(void)
{
	const char *dir = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/slabsight-fuzz-%d", dir ? dir : "/tmp", (int)getpid());
	file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(file >= 0, "TMPDIR is not there, or nothing can be written in it");
}

static ssize_t look_at(void *unused, const char *bytes, size_t size)
{
	(void)unused;
	for (size_t i = 0; i < size; i++)
		must(bytes[i] == '\n' || (uint8_t)bytes[i] >= ' ', "a control character");
	return (ssize_t)size;
}

static void check_why(int err, const char *why)
{
	must((err != 0) == (why[0] != '\0'), "an error and no reason, or a reason and no error");
	look_at(NULL, why, strlen(why));
	must(!strchr(why, '\n'), "a reason of two lines");
}

static void write_reports(const struct report *report)
{
	int (*const writers[])(const struct report *, FILE *) = {report_text, report_json,
								 report_tap};

	for (size_t i = 0; i < ARRAY_SIZE(writers); i++) {
		FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){.write = look_at});

		must(f != NULL, "no memory");
		must(!writers[i](report, f), "a report that cannot be written");
		fclose(f);
	}
}

static void read_growth(struct recording *rec, const struct recorded *r, const struct snapshot *s)
{
	for (size_t i = 0; i < s->origin_cnt && i < GROWTHS; i++) {
		struct recording_point *points = NULL;
		size_t count = 0;

		if (!recording_growth(rec, r, &s->origins[i], &points, &count))
			must(!count || points, "points that are not there");
		free(points);
	}
}

/* From so many seconds, or negative: as of the other moment. */
static void read_at(struct recording *rec, double from_s, double at_s)
{
	char why[RECORDING_WHY] = "";
	struct recorded *r = NULL;
	int err = from_s < 0 ? recording_at(rec, at_s, &r, why)
			     : recording_between(rec, from_s, at_s, &r, why);

	check_why(err, why);
	must(!err == (r != NULL), "an error and a report, or neither");
	if (err)
		return;
	write_reports(recorded_report(r));
	read_growth(rec, r, recorded_report(r)->snapshot);
	recorded_destroy(r);
}

static void read_run(const struct recording_run *run)
{
	char time[RECORDING_TIME];

	recording_time(run->began, run->utc_offset, time);
	look_at(NULL, time, strlen(time));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[RECORDING_WHY] = "";
	struct recording *rec = NULL;
	double length_s = 0;
	int err;

	if (file < 0)
		open_file();
	must(!ftruncate(file, 0) && pwrite(file, data, size, 0) == (ssize_t)size, "TMPDIR is full");
	err = recording_open(path, &rec, why);
	check_why(err, why);
	if (err)
		return 0;
	read_run(recording_run(rec));
	read_at(rec, -1, INFINITY);
	if (!recording_length(rec, &length_s)) {
		read_at(rec, -1, length_s / 2);
		read_at(rec, length_s / 3, INFINITY);
	}
	recording_close(rec);
	return 0;
}
