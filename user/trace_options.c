// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of everything that traces. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "export.h"
#include "say.h"
#include "text.h"
#include "trace_options.h"

#define DURATION_MAX_S 3888000.0 /* 45 days: ages are 32 bits of jiffies */
#define OBJECTS_MIN    1000
#define OBJECTS_MAX    200000000
#define REPEAT_MAX     1000
#define EVERY_MIN_S    1
#define EVERY_MAX_S    86400.0
#define FILE_MIN       1000000
#define WARM_FROM      3 /* repetitions: the first of many is unlike the others */

enum {
	OPT_JSON = 256,
	OPT_CACHE,
	OPT_MIN_SIZE,
	OPT_MAX_SIZE,
	OPT_COMM,
	OPT_CGROUP,
	OPT_TOP,
	OPT_SORT,
	OPT_STACKS,
	OPT_OBJECTS,
	OPT_SHOW_ADDRESSES,
	OPT_FORCE,
	OPT_TWICE,
	OPT_SETTLE,
	OPT_RECLAIM,
	OPT_REPEAT,
	OPT_WARMUP,
	OPT_ONLY_COMMAND,
	OPT_TAP,
	OPT_FAIL_ON_LEAK,
	OPT_SUPPRESSIONS,
	OPT_FORMAT,
	OPT_VALUE,
	OPT_ROWS,
	OPT_EVERY,
	OPT_MAX_FILE,
	OPT_ANONYMOUS,
	OPT_PRINT,
	OPT_AT,
	OPT_FROM,
	OPT_TO,
	OPT_DEBUG_DIR,
	OPT_NO_LINES,
};

/* clang-format off */
#define FORM_OPTIONS \
	{"json", no_argument, NULL, OPT_JSON}, \
	{"tap", no_argument, NULL, OPT_TAP}
#define REPORT_OPTIONS \
	{"output", required_argument, NULL, 'o'}, \
	{"fail-on-leak", no_argument, NULL, OPT_FAIL_ON_LEAK}, \
	{"suppressions", required_argument, NULL, OPT_SUPPRESSIONS}, \
	{"top", required_argument, NULL, OPT_TOP}, \
	{"sort", required_argument, NULL, OPT_SORT}, \
	{"debug-dir", required_argument, NULL, OPT_DEBUG_DIR}, \
	{"no-lines", no_argument, NULL, OPT_NO_LINES}, \
	{"help", no_argument, NULL, 'h'}
/* Of a new origin, until the governor knows it: a stack costs 20 bookings. */
#define STACK_INTERVAL 1024
#define TRACE_OPTIONS \
	{"cache", required_argument, NULL, OPT_CACHE}, \
	{"min-size", required_argument, NULL, OPT_MIN_SIZE}, \
	{"max-size", required_argument, NULL, OPT_MAX_SIZE}, \
	{"comm", required_argument, NULL, OPT_COMM}, \
	{"cgroup", required_argument, NULL, OPT_CGROUP}, \
	{"stacks", required_argument, NULL, OPT_STACKS}, \
	{"objects", required_argument, NULL, OPT_OBJECTS}, \
	{"force", no_argument, NULL, OPT_FORCE}, \
	{"twice", no_argument, NULL, OPT_TWICE}, \
	{"settle", required_argument, NULL, OPT_SETTLE}, \
	{"reclaim", required_argument, NULL, OPT_RECLAIM}
#define DURATION_OPTION {"duration", required_argument, NULL, 'd'}
#define AT_OPTION {"at", required_argument, NULL, OPT_AT}
#define ADDRESS_OPTION {"show-addresses", no_argument, NULL, OPT_SHOW_ADDRESSES}
#define END {NULL, 0, NULL, 0}
/* clang-format on */

static const struct option trace_long[] = {
	DURATION_OPTION, FORM_OPTIONS, REPORT_OPTIONS, TRACE_OPTIONS, ADDRESS_OPTION, END,
};

static const struct option run_long[] = {
	{"repeat", required_argument, NULL, OPT_REPEAT},
	{"warmup", required_argument, NULL, OPT_WARMUP},
	{"only-command", no_argument, NULL, OPT_ONLY_COMMAND},
	FORM_OPTIONS,
	REPORT_OPTIONS,
	TRACE_OPTIONS,
	ADDRESS_OPTION,
	END,
};

static const struct option export_long[] = {
	DURATION_OPTION,
	AT_OPTION,
	{"format", required_argument, NULL, OPT_FORMAT},
	{"value", required_argument, NULL, OPT_VALUE},
	{"rows", required_argument, NULL, OPT_ROWS},
	REPORT_OPTIONS,
	TRACE_OPTIONS,
	ADDRESS_OPTION,
	END,
};

static const struct option record_long[] = {
	DURATION_OPTION,
	{"every", required_argument, NULL, OPT_EVERY},
	{"max-file", required_argument, NULL, OPT_MAX_FILE},
	{"anonymous", no_argument, NULL, OPT_ANONYMOUS},
	{"print", no_argument, NULL, OPT_PRINT},
	FORM_OPTIONS,
	REPORT_OPTIONS,
	TRACE_OPTIONS,
	END,
};

static const struct option report_long[] = {
	AT_OPTION,
	{"from", required_argument, NULL, OPT_FROM},
	{"to", required_argument, NULL, OPT_TO},
	FORM_OPTIONS,
	REPORT_OPTIONS,
	ADDRESS_OPTION,
	END,
};

/* What to trace, and how: too late for what was recorded. */
static const struct option tracing_long[] = {DURATION_OPTION, TRACE_OPTIONS, END};

/* By enum trace_command. "+": the options of the command that is run are its own. */
static const struct {
	const char *name, *letters;
	const struct option *options;
} commands[] = {
	[TRACE_TRACE] = {"trace", ":d:o:h", trace_long},
	[TRACE_RUN] = {"run", "+:o:h", run_long},
	[TRACE_EXPORT] = {"export", ":d:o:h", export_long},
	[TRACE_RECORD] = {"record", ":d:o:h", record_long},
	[TRACE_REPORT] = {"report", ":o:h", report_long},
};

static int parse_word(const char *option, const char *value, const char *const *words, int *ret)
{
	unsigned int word = 0;
	int code = cli_word(option, value, words, &word);

	*ret = (int)word;
	return code;
}

/* What only an export takes. */
static int parse_export(int c, struct trace_options *o)
{
	static const char *const values[] = {"bytes", "objects", NULL};
	static const char *const rows[] = {"origins", "stacks", NULL};

	return c == OPT_FORMAT	? parse_word("format", optarg, export_names, &o->format)
	       : c == OPT_VALUE ? parse_word("value", optarg, values, &o->value)
				: parse_word("rows", optarg, rows, &o->rows);
}

static int parse_sort(const char *value, struct trace_options *o)
{
	static const char *const words[] = {"bytes", "objects", "allocs", "age", NULL};
	unsigned int key = 0;
	int code = cli_word("sort", value, words, &key);

	o->sort = (enum snapshot_key)key;
	return code;
}

static int parse_stacks(const char *value, struct trace_options *o)
{
	static const char *const words[] = {"sampled", "all", "none", NULL};
	static const uint32_t interval[] = {STACK_INTERVAL, 1, 0};
	unsigned int how = 0;
	int code = cli_word("stacks", value, words, &how);

	o->stack_interval = interval[how];
	o->adapt_stacks = !how;
	return code;
}

static int parse_settle(const char *value, struct trace_options *o)
{
	char *end;

	o->settle_s = strtod(value, &end);
	if (end != value && !*end && o->settle_s >= 0 && o->settle_s <= SETTLE_MAX_S)
		return -1;
	return cli_bad("settle", value, "a number of seconds, 0 for none (1 day at most)");
}

static int parse_reclaim(const char *value, struct trace_options *o)
{
	static const char *const words[] = {"none", "cgroup", "slab", NULL};
	unsigned int how = 0;
	int code = cli_word("reclaim", value, words, &how);

	o->reclaim = (enum reclaim_how)how;
	return code;
}

static int parse_comm(const char *value, struct trace_options *o)
{
	if (!*value || strlen(value) >= SS_COMM)
		return cli_bad("comm", value, "a process name of 1 to 15 bytes");
	o->comm = value;
	return -1;
}

static int parse_every(const char *value, struct trace_options *o)
{
	int code = cli_seconds("every", value, EVERY_MAX_S, &o->every_s);

	return code >= 0 || o->every_s >= EVERY_MIN_S
		       ? code
		       : cli_bad("every", value, "a number of seconds from 1 to 86400");
}

static int parse_moment(int c, struct trace_options *o)
{
	const char **when = c == OPT_AT ? &o->at : c == OPT_FROM ? &o->from : &o->to;

	*when = optarg;
	if (*optarg)
		return -1;
	return cli_bad(c == OPT_AT ? "at" : c == OPT_FROM ? "from" : "to", optarg, "a time");
}

static int parse_one(int c, struct trace_options *o)
{
	switch (c) {
	case 'd':
		return cli_seconds("duration", optarg, DURATION_MAX_S, &o->duration_s);
	case OPT_JSON:
		o->json = true;
		return -1;
	case 'o':
		o->output = optarg;
		return *optarg ? -1 : cli_bad("output", optarg, "a file");
	case OPT_TAP:
		o->tap = true;
		return -1;
	case OPT_FAIL_ON_LEAK:
		o->fail_on_leak = true;
		return -1;
	case OPT_SUPPRESSIONS:
		o->suppressions = optarg;
		return *optarg ? -1 : cli_bad("suppressions", optarg, "a file");
	case OPT_EVERY:
		return parse_every(optarg, o);
	case OPT_MAX_FILE:
		return cli_count("max-file", optarg, FILE_MIN, UINT64_MAX >> 1, &o->max_file);
	case OPT_ANONYMOUS:
		o->anonymous = true;
		return -1;
	case OPT_PRINT:
		o->print = true;
		return -1;
	case OPT_AT:
	case OPT_FROM:
	case OPT_TO:
		return parse_moment(c, o);
	case OPT_REPEAT:
		return cli_count("repeat", optarg, 1, REPEAT_MAX, &o->repeat);
	case OPT_WARMUP:
		return cli_count("warmup", optarg, 0, REPEAT_MAX, &o->warmup);
	case OPT_ONLY_COMMAND:
		o->only_command = true;
		return -1;
	case OPT_CACHE:
		o->cache = optarg;
		return *optarg ? -1 : cli_bad("cache", optarg, "a glob");
	case OPT_MIN_SIZE:
		return cli_count("min-size", optarg, 0, UINT32_MAX, &o->min_size);
	case OPT_MAX_SIZE:
		return cli_count("max-size", optarg, 1, UINT32_MAX, &o->max_size);
	case OPT_COMM:
		return parse_comm(optarg, o);
	case OPT_CGROUP:
		o->cgroup = optarg;
		return *optarg ? -1 : cli_bad("cgroup", optarg, "a cgroup");
	case OPT_TOP:
		return cli_count("top", optarg, 0, 100000, &o->top);
	case OPT_SORT:
		return parse_sort(optarg, o);
	case OPT_STACKS:
		return parse_stacks(optarg, o);
	case OPT_OBJECTS:
		return cli_count("objects", optarg, OBJECTS_MIN, OBJECTS_MAX, &o->objects);
	case OPT_DEBUG_DIR:
		return cli_directory("debug-dir", optarg, &o->debug_dir);
	case OPT_NO_LINES:
		o->no_lines = true;
		return -1;
	case OPT_SHOW_ADDRESSES:
		o->show_addresses = true;
		return -1;
	case OPT_FORCE:
		o->force = true;
		return -1;
	case OPT_TWICE:
		o->twice = true;
		return -1;
	case OPT_SETTLE:
		return parse_settle(optarg, o);
	case OPT_RECLAIM:
		return parse_reclaim(optarg, o);
	case OPT_FORMAT:
	case OPT_VALUE:
	case OPT_ROWS:
		return parse_export(c, o);
	case 'h':
		trace_help(o->of);
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
}

/* The name of an option of a trace; NULL: it is none. */
static const char *name_tracing(int c)
{
	const struct option *option = tracing_long;

	while (option->name && option->val != c)
		option++;
	return option->name;
}

/* The file of a recording is its -o, or what remains for a report; an export may do without. */
static int parse_recording(int argc, char **argv, struct trace_options *o)
{
	if (o->of == TRACE_RECORD) {
		o->recording = o->output;
		o->output = NULL;
	} else if (optind < argc) {
		o->recording = argv[optind++];
	}
	if (cli_no_more(argc, argv))
		return EXIT_USAGE;
	if (o->recording || o->of == TRACE_EXPORT)
		return -1;
	if (o->of == TRACE_RECORD)
		say("record into which file? slabsight record -o FILE");
	else
		say("report which recording? slabsight report FILE");
	return EXIT_USAGE;
}

/* What remains is the command; none may remain for a trace. */
static int parse_rest(int argc, char **argv, struct trace_options *o)
{
	if (o->of == TRACE_RECORD || o->of == TRACE_REPORT || o->of == TRACE_EXPORT)
		return parse_recording(argc, argv, o);
	if (o->of != TRACE_RUN)
		return cli_no_more(argc, argv) ? EXIT_USAGE : -1;
	if (optind >= argc) {
		say("no command to run. See: slabsight run --help");
		return EXIT_USAGE;
	}
	o->command = argv + optind;
	if (o->warmup == UINT64_MAX)
		o->warmup = o->repeat >= WARM_FROM;
	return -1;
}

static int check_export(const struct trace_options *o)
{
	char safe[128];

	if (o->at && !o->recording) {
		say("--at is for a recording: slabsight export --format=FORMAT --at WHEN FILE");
		return EXIT_USAGE;
	}
	if (o->tracing && o->recording) {
		say("--%s is for a trace, and '%s' is what was recorded: leave out one of them",
		    o->tracing, text_escape(o->recording, safe, sizeof(safe)));
		return EXIT_USAGE;
	}
	return -1;
}

static int check(const struct trace_options *o)
{
	if (o->of == TRACE_EXPORT && check_export(o) >= 0)
		return EXIT_USAGE;
	if (o->min_size > o->max_size) {
		say("--min-size %" PRIu64 " is above --max-size %" PRIu64 ": nothing is left",
		    o->min_size, o->max_size);
		return EXIT_USAGE;
	}
	if (o->tap && o->json) {
		say("--tap and --json: one of them");
		return EXIT_USAGE;
	}
	if (o->at && (o->from || o->to)) {
		say("--at is one moment, --from and --to are two: which?");
		return EXIT_USAGE;
	}
	if (o->only_command && o->cgroup) {
		say("--only-command and --cgroup: one of them");
		return EXIT_USAGE;
	}
	if (o->of == TRACE_RECORD && (o->tap || o->json) && !o->print) {
		say("--json and --tap are forms of the report: add --print, or use slabsight "
		    "report");
		return EXIT_USAGE;
	}
	if (o->reclaim == RECLAIM_CGROUP && !o->cgroup && o->of != TRACE_RUN) {
		say("--reclaim=cgroup needs --cgroup: which one?");
		return EXIT_USAGE;
	}
	return -1;
}

int trace_options_parse(int argc, char **argv, struct trace_options *o)
{
	enum trace_command of = TRACE_TRACE;
	int c, code = -1;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name))
			of = (enum trace_command)i;
	*o = (struct trace_options){
		.of = of,
		.every_s = 10,
		.max_size = UINT32_MAX,
		.objects = 1000000,
		.stack_interval = STACK_INTERVAL,
		.adapt_stacks = true,
		.top = of == TRACE_EXPORT ? 100 : 10,
		.format = -1,
		.value = -1,
		.rows = -1,
		.settle_s = -1,
		.repeat = 1,
		.warmup = UINT64_MAX,
	};
	optind = 0;
	while (code < 0 &&
	       (c = cli_option(argc, argv, commands[of].letters, commands[of].options)) != -1) {
		code = parse_one(c, o);
		if (!o->tracing)
			o->tracing = name_tracing(c);
	}
	if (code < 0)
		code = parse_rest(argc, argv, o);
	return code < 0 ? check(o) : code;
}
