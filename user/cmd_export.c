// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight export: trace as `slabsight trace` does, or read what was recorded, and write
 * what other tools read.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "export.h"
#include "export_growth.h"
#include "replace.h"
#include "report_recorded.h"
#include "say.h"
#include "session.h"

/* -1 to go on; else the exit code, after a complaint. */
static int check(const struct trace_options *o)
{
	const struct export_format *format;
	const char *name;

	if (o->format < 0) {
		say("which format? --format=pprof, for one. See: slabsight export --help");
		return EXIT_USAGE;
	}
	format = export_format(o->format);
	name = export_names[o->format];
	if (format->built && !format->built()) {
		say("this slabsight was built without --format=%s, for want of npm; where its "
		    "source is, 'make html' makes it",
		    name);
		return EXIT_FAILED;
	}
	if (o->value >= 0 && format->choice != EXPORT_VALUE) {
		say("--value is for --format=%s", export_chooser(EXPORT_VALUE));
		return EXIT_USAGE;
	}
	if (o->rows >= 0 && format->choice != EXPORT_ROWS) {
		say("--rows is for --format=%s", export_chooser(EXPORT_ROWS));
		return EXIT_USAGE;
	}
	if (format->binary && !o->output && isatty(STDOUT_FILENO)) {
		say("%s is not for a terminal: use -o FILE, or > FILE", name);
		return EXIT_USAGE;
	}
	return -1;
}

static void choose(struct trace_options *o)
{
	const struct export_format *format = export_format(o->format);

	o->write = format->write[o->value > 0 || o->rows > 0];
	o->replaces = format->replaced && o->output && replace_applies(o->output);
}

/* Points of a page say which origin they are of by its place: ranked as it will be written. */
static int read_growth(const struct trace_options *o, struct recording *rec,
		       struct recorded *recorded, struct export_growth **ret_growth)
{
	int err = snapshot_rank(recorded_report(recorded)->snapshot, o->sort);

	if (!err)
		err = export_growth_create(rec, recorded, ret_growth);
	if (!err)
		return -1;
	if (err == -EBADMSG || err == -ETIMEDOUT)
		return report_recorded_fail(o, "damaged: its counters cannot be read");
	say("cannot read how origins grew: %s", strerror(-err));
	return EXIT_FAILED;
}

static int export_recorded(struct trace_options *o)
{
	struct export_growth *growth = NULL;
	struct recorded *recorded;
	struct recording *rec;
	int code = report_recorded_read(o, &rec, &recorded);

	if (code < 0 && export_format(o->format)->grows)
		code = read_growth(o, rec, recorded, &growth);
	recording_close(rec);
	o->growth = growth;
	if (code < 0)
		code = report_recorded_write(o, recorded);
	export_growth_destroy(growth);
	recorded_destroy(recorded);
	return code;
}

int cmd_export(int argc, char **argv)
{
	struct session s;
	int code;

	session_init(&s, "trace");
	code = trace_options_parse(argc, argv, &s.options);
	if (code < 0)
		code = check(&s.options);
	if (code >= 0)
		return code;
	choose(&s.options);
	code = s.options.recording ? export_recorded(&s.options) : session_trace(&s);
	session_deinit(&s);
	return code;
}
