// SPDX-License-Identifier: GPL-2.0-or-later
/* A report goes where the options say. */
#include "report_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "debuginfo_ask.h"
#include "export_html.h"
#include "output.h"
#include "replace.h"
#include "say.h"
#include "text.h"

int report_file_suppressions(const char *path, struct suppressions **ret_suppressions)
{
	char why[320];
	int err;

	if (!path)
		return -1;
	err = suppressions_read(path, ret_suppressions, why);
	if (err)
		say("%s", why);
	return !err ? -1 : err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
}

/* 0 or -errno. */
static int open_file(const struct trace_options *o, FILE **ret_out)
{
	FILE *out;
	int fd, err;

	if (o->replaces)
		return replace_check(o->output);
	/* For nobody else: names of threads are in it. What is there is kept until the report is.
	 */
	fd = open(o->output, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return -errno;
	out = fdopen(fd, "w");
	if (out) {
		*ret_out = out;
		return 0;
	}
	err = -errno;
	close(fd);
	return err;
}

int report_file_open(const struct trace_options *o, FILE **ret_out)
{
	char safe[128];
	int err;

	if (!o->output)
		return -1;
	text_escape(o->output, safe, sizeof(safe));
	if (o->recording && output_is(o->output, o->recording)) {
		say("'%s' is the recording itself: choose another file for the report", safe);
		return EXIT_USAGE;
	}
	err = open_file(o, ret_out);
	if (!err)
		return -1;
	say("cannot write to '%s': %s", safe, strerror(-err));
	return EXIT_FAILED;
}

struct printed {
	const struct trace_options *options;
	const struct report *report;
};

static int print_report(FILE *out, const void *arg)
{
	const struct printed *p = arg;
	const struct trace_options *o = p->options;

	if (o->growth)
		return export_html_recorded(p->report, o->growth, out);
	if (o->write)
		return o->write(p->report, out);
	return o->json	? report_json(p->report, out)
	       : o->tap ? report_tap(p->report, out)
			: report_text(p->report, out);
}

static int write_report(const struct trace_options *o, const struct report *r, FILE **out)
{
	const struct printed printed = {o, r};
	int err;

	if (o->replaces)
		return replace_write(o->output, print_report, &printed);
	if (*out == stdout)
		return print_report(stdout, &printed);
	err = output_replace(print_report, &printed, *out);
	if (fclose(*out) && !err)
		err = -errno;
	*out = stdout;
	return err;
}

int report_file_finish(const struct trace_options *o, struct report *r,
		       struct suppressions *suppressions, FILE **out)
{
	int err = snapshot_rank(r->snapshot, o->sort);
	struct debuginfo_ask ask = {};

	r->top = o->top;
	if (suppressions)
		suppressions_apply(suppressions, r->snapshot, r->symbols);
	r->suppressions = suppressions;
	if (!o->no_lines)
		r->debuginfo =
			debuginfo_ask_begin(&ask, o->debug_dir, r->release, r->symbols, r->images);
	if (!err && (o->of != TRACE_RECORD || o->print))
		err = write_report(o, r, out);
	r->debuginfo = NULL;
	debuginfo_ask_end(&ask);
	if (!err)
		return o->fail_on_leak && report_leaks(r) ? EXIT_LEAK : EXIT_DONE;
	say("cannot write the report: %s", strerror(-err));
	return EXIT_FAILED;
}
