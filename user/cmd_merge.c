// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight merge: what leaks on which of many hosts. Needs no privilege. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "interrupt.h"
#include "merge.h"
#include "output.h"
#include "progress.h"
#include "recording.h"
#include "replace.h"
#include "report_file.h"
#include "say.h"
#include "text.h"

#define HEADS 0.1 /* of the work is to look whose recordings they are */

enum { OPT_JSON = 256, OPT_TOP, OPT_SORT, OPT_FAIL, OPT_SUPPRESSIONS };

static const struct option long_options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"output", required_argument, NULL, 'o'},
	{"fail-on-leak", no_argument, NULL, OPT_FAIL},
	{"suppressions", required_argument, NULL, OPT_SUPPRESSIONS},
	{"top", required_argument, NULL, OPT_TOP},
	{"sort", required_argument, NULL, OPT_SORT},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"usage: slabsight merge RECORDING... [options]\n"
	"\n"
	"Recordings of many hosts as one report: which origins leak on which of them,\n"
	"since when, how fast, and on which kernels. Origins are matched by the names of\n"
	"cache, function and module. A host counts once, with the recording that ends\n"
	"last. A file that cannot be read is named, the others are merged, and the exit\n"
	"code is 2. Ctrl-C reports what was merged until then. Needs no privilege.\n"
	"\n"
	"  -o, --output FILE       write the report there, for nobody else to read\n"
	"      --json              one JSON document instead of text, all origins and hosts\n"
	"      --fail-on-leak      exit with 3 when anything leaks anywhere\n"
	"      --suppressions FILE leaks to pass over on all hosts: leak:PATTERN lines, as for\n"
	"                          LeakSanitizer\n"
	"      --top N             origins in text; default 10, 0: all\n"
	"      --sort KEY          hosts (default: leaks only, on the most hosts first),\n"
	"                          bytes, objects or growth: all origins\n"
	"\n"
	"examples:\n"
	"  slabsight merge *.rec\n"
	"  slabsight merge *.rec --json | jq '.origins[0].leaks[].host'\n"
	"  slabsight merge */today.rec --fail-on-leak -o leaks.txt\n";

struct merge_command {
	char *const *files;
	size_t count;
	const char *output, *suppressions_file;
	struct suppressions *suppressions; /* counts what is passed over on all hosts */
	bool json, fail;
	uint64_t top;
	unsigned int key;
	struct progress progress;
	struct merge_files *list;
	struct merge *merge;
};

/* -1 to go on, else the exit code; so with all steps below. */
static int parse_one(struct merge_command *c, int option)
{
	static const char *const keys[] = {"hosts", "bytes", "objects", "growth", NULL};

	switch (option) {
	case OPT_JSON:
		c->json = true;
		return -1;
	case 'o':
		c->output = optarg;
		return *optarg ? -1 : cli_bad("output", optarg, "a file");
	case OPT_FAIL:
		c->fail = true;
		return -1;
	case OPT_SUPPRESSIONS:
		c->suppressions_file = optarg;
		return *optarg ? -1 : cli_bad("suppressions", optarg, "a file");
	case OPT_TOP:
		return cli_count("top", optarg, 0, 100000, &c->top);
	case OPT_SORT:
		return cli_word("sort", optarg, keys, &c->key);
	case 'h':
		fputs(help, stdout);
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
}

static int parse(struct merge_command *c, int argc, char **argv)
{
	int option, code = -1;

	optind = 0;
	while (code < 0 && (option = cli_option(argc, argv, ":o:h", long_options)) != -1)
		code = parse_one(c, option);
	if (code >= 0)
		return code;
	c->files = argv + optind;
	c->count = argc - optind;
	if (c->count)
		return -1;
	say("which recordings? slabsight merge RECORDING...");
	return EXIT_USAGE;
}

static int fail(int err, const char *what)
{
	say("cannot %s: %s", what, strerror(-err));
	return EXIT_FAILED;
}

/* Before the work, which may be long. */
static int check_output(const struct merge_command *c)
{
	char safe[128];
	int err;

	if (!c->output)
		return -1;
	text_escape(c->output, safe, sizeof(safe));
	for (size_t i = 0; i < c->count; i++)
		if (output_is(c->output, c->files[i])) {
			say("'%s' is one of the recordings: choose another file for the report",
			    safe);
			return EXIT_USAGE;
		}
	err = replace_applies(c->output) ? replace_check(c->output) : 0;
	if (!err)
		return -1;
	say("cannot write to '%s': %s", safe, strerror(-err));
	return EXIT_FAILED;
}

static bool look(void *arg, size_t n)
{
	struct merge_command *c = arg;

	progress_share(&c->progress, "reading recordings", HEADS * n / c->count);
	return !*interrupt_flag();
}

static int broken(struct merge_file *file, const char *why)
{
	char text[RECORDING_WHY + 160], safe[128];

	snprintf(text, sizeof(text), "'%s': %s", text_escape(file->path, safe, sizeof(safe)), why);
	return merge_file_fail(file, text);
}

/* 0 also where the file is no good: *ret_read tells. */
static int add(struct merge_command *c, struct merge_file *file, bool *ret_read)
{
	struct recording *rec = NULL;
	struct recorded *recorded = NULL;
	char why[RECORDING_WHY];
	struct report *r;
	int err;

	*ret_read = false;
	if (recording_open(file->path, &rec, why))
		return merge_file_fail(file, why);
	err = recording_at(rec, INFINITY, &recorded, why);
	recording_close(rec);
	if (err)
		return broken(file, why);
	r = recorded_report(recorded);
	if (c->suppressions)
		suppressions_apply(c->suppressions, r->snapshot, r->symbols);
	err = merge_add(c->merge, file, r);
	recorded_destroy(recorded);
	file->state = MERGE_READ;
	*ret_read = !err;
	return err;
}

/* One after the other; of a host the latest that can be read. */
static int add_all(struct merge_command *c)
{
	struct merge_files *f = c->list;
	size_t done = SIZE_MAX; /* the host that was read last */
	int err = 0;

	for (size_t i = 0; i < f->count && !err; i++) {
		struct merge_file *file = &f->list[i];
		bool read;

		if (file->state == MERGE_UNREADABLE || file->machine == done)
			continue;
		if (*interrupt_flag()) {
			c->merge->interrupted = true;
			break;
		}
		progress_share(&c->progress, "reading recordings",
			       HEADS + (1 - HEADS) * i / f->count);
		err = add(c, file, &read);
		if (read)
			done = file->machine;
	}
	return err;
}

static int print_report(FILE *out, const void *arg)
{
	const struct merge_command *c = arg;

	return c->json ? merge_json(c->merge, out) : merge_text(c->merge, out);
}

static int write_report(const struct merge_command *c)
{
	FILE *out;
	int err;

	if (!c->output)
		return print_report(stdout, c);
	if (replace_applies(c->output))
		return replace_write(c->output, print_report, c);
	out = fopen(c->output, "we"); /* a pipe, a device */
	if (!out)
		return -errno;
	err = print_report(out, c);
	if (fclose(out) && !err)
		err = -errno;
	return err;
}

static void say_broken(const struct merge_command *c)
{
	for (size_t i = 0; i < c->list->count; i++)
		if (c->list->list[i].state == MERGE_UNREADABLE)
			say("%s", c->list->list[i].why);
}

static int report(struct merge_command *c)
{
	size_t unreadable = merge_files_in(c->list, MERGE_UNREADABLE);
	int err;

	say_broken(c);
	if (!c->merge->host_cnt && *interrupt_flag()) {
		say("interrupted before the first recording was merged; no report");
		return EXIT_FAILED;
	}
	if (!c->merge->host_cnt) {
		if (c->count > 1)
			say("none of the recordings could be read; no report");
		return EXIT_USAGE;
	}
	c->merge->suppressions = c->suppressions;
	c->merge->top = c->top;
	err = merge_rank(c->merge, c->key);
	if (!err)
		err = write_report(c);
	if (err)
		return fail(err, "write the report");
	if (c->fail && merge_leaks(c->merge))
		return EXIT_LEAK;
	return unreadable ? EXIT_USAGE : c->merge->interrupted ? EXIT_FAILED : EXIT_DONE;
}

int cmd_merge(int argc, char **argv)
{
	struct merge_command c = {.top = 10};
	int err, code = parse(&c, argc, argv);

	if (code < 0)
		code = check_output(&c);
	if (code < 0)
		code = report_file_suppressions(c.suppressions_file, &c.suppressions);
	if (code >= 0)
		return code;
	progress_init(&c.progress, 0);
	interrupt_watch();
	err = merge_files_create(c.files, c.count, look, &c, &c.list);
	if (!err)
		err = merge_create(c.list, &c.merge);
	if (!err)
		err = add_all(&c);
	progress_end(&c.progress);
	code = err ? fail(err, "merge the recordings") : report(&c);
	merge_destroy(c.merge);
	merge_files_destroy(c.list);
	suppressions_destroy(c.suppressions);
	return code;
}
