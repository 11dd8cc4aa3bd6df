// SPDX-License-Identifier: GPL-2.0-or-later
/* What is asked of slabsight dentries. */
#include "dentries_options.h"

#include <stdio.h>

#include "cli.h"
#include "say.h"

#define SECONDS_MAX (45 * 86400.0)

enum { OPT_JSON = 256, OPT_TOP, OPT_FS, OPT_PACE, OPT_REFS, OPT_DEBUG_DIR, OPT_NO_LINES };

static const struct option long_options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"top", required_argument, NULL, OPT_TOP},
	{"fs", required_argument, NULL, OPT_FS},
	{"pace", required_argument, NULL, OPT_PACE},
	{"duration", required_argument, NULL, 'd'},
	{"refs", no_argument, NULL, OPT_REFS},
	{"debug-dir", required_argument, NULL, OPT_DEBUG_DIR},
	{"no-lines", no_argument, NULL, OPT_NO_LINES},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"usage: slabsight dentries [options]\n"
	"\n"
	"Counts every dentry that exists now, whoever made it and whenever: pinned,\n"
	"unused or negative; by filesystem, by directory and by name, with what is\n"
	"generated in names folded, so that a flood of them is one line. The first\n"
	"lines say whether it is anything to worry about, and what could be done.\n"
	"\n"
	"  -d, --duration SECONDS  before that, watch births and deaths for so long: who\n"
	"                          makes them, where, by which call stacks; Ctrl-C ends\n"
	"                          the watch early, and reports\n"
	"      --refs              with -d: count dput() of those born meanwhile, and\n"
	"                          tell which were never put; needs fentry\n"
	"      --fs GLOB           only filesystems of this type ('ext4'), name ('sda*')\n"
	"                          or mount point ('/home')\n"
	"      --top N             rows of each table; default 10, 0: all\n"
	"      --json              one JSON document instead of text, same numbers\n"
	"      --debug-dir DIR     with -d: look there first for the debug info of the\n"
	"                          kernel and its modules, for file:line in stacks\n"
	"      --no-lines          do not look for any, nor ask DEBUGINFOD_URLS\n"
	"      --pace SHARE        at most this share of one CPU (0.2 or 20%); default 1\n"
	"\n"
	"examples:\n"
	"  sudo slabsight dentries\n"
	"  sudo slabsight dentries -d 30\n"
	"  sudo slabsight dentries --fs overlay --top 30\n"
	"  sudo slabsight dentries --json | jq '.dentries.verdict.reason'\n"
	"\n"
	"Changes nothing: it only reads kernel memory. Needs CAP_BPF and CAP_PERFMON.\n";

/* -1 to go on, else the exit code. */
/* -1 to go on, else the exit code; so with all steps below. */
static int parse_one(struct dentries_options *o, int option)
{
	uint64_t n = 0;
	int code;

	switch (option) {
	case OPT_JSON:
		o->json = true;
		return -1;
	case OPT_TOP:
		code = cli_count("top", optarg, 0, 100000, &n);
		o->top = n;
		return code;
	case OPT_FS:
		o->fs = optarg;
		return *optarg ? -1 : cli_bad("fs", optarg, "a type or mount point");
	case 'd':
		return cli_seconds("duration", optarg, SECONDS_MAX, &o->seconds);
	case OPT_REFS:
		o->refs = true;
		return -1;
	case OPT_DEBUG_DIR:
		return cli_directory("debug-dir", optarg, &o->debug_dir);
	case OPT_NO_LINES:
		o->no_lines = true;
		return -1;
	case OPT_PACE:
		return cli_share("pace", optarg, &o->share);
	case 'h':
		fputs(help, stdout);
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
}

int dentries_options_parse(int argc, char **argv, struct dentries_options *ret_options)
{
	struct dentries_options o = {.top = 10, .share = 1};
	int option, code = -1;

	optind = 0;
	while (code < 0 && (option = cli_option(argc, argv, ":d:h", long_options)) != -1)
		code = parse_one(&o, option);
	if (code < 0 && cli_no_more(argc, argv))
		return EXIT_USAGE;
	if (code < 0 && o.refs && !o.seconds) {
		say("option '--refs' needs a watch: -d SECONDS");
		return EXIT_USAGE;
	}
	if (code < 0)
		*ret_options = o;
	return code;
}
