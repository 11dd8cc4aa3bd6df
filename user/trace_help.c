// SPDX-License-Identifier: GPL-2.0-or-later
/* What --help prints for the commands that trace. */
#include <stdio.h>

#include "export.h"
#include "trace_options.h"

static const char trace_intro[] =
	"usage: slabsight trace [-d SECONDS] [options]\n"
	"\n"
	"Books every slab allocation and every free from now on, then reports what is\n"
	"still live: by cache, and by origin (cache and call site) with call stacks.\n"
	"Ctrl-C ends early with a full report; another cuts short what follows.\n"
	"\n"
	"  -d, --duration SECONDS  how long to trace; default: until Ctrl-C\n";

static const char run_intro[] =
	"usage: slabsight run [options] -- COMMAND [ARGUMENTS]\n"
	"\n"
	"Traces the whole machine while COMMAND runs, and reports what was allocated\n"
	"then and is still live after it ended and the kernel came to rest. COMMAND\n"
	"gets a cgroup (v2) of its own, which tells what it started and lives on.\n"
	"The exit code is COMMAND's, or 128 and the signal that killed it; 127: no such\n"
	"command. Ctrl-C ends COMMAND, with a report; a second one kills it.\n"
	"\n"
	"      --repeat N          run it N times (1 to 1000), and tell what every single\n"
	"                          repetition left behind\n"
	"      --warmup K          first run it K times without a look; default 1 from\n"
	"                          --repeat 3 on, else 0\n"
	"      --only-command      only allocations made in its cgroup: by COMMAND and\n"
	"                          what it starts. Misses what kernel threads (kworkers, RCU)\n"
	"                          and other processes allocate for it\n";

static const char export_intro[] =
	"usage: slabsight export --format=FORMAT [-o FILE] [-d SECONDS] [options]\n"
	"       slabsight export --format=FORMAT [-o FILE] [--at WHEN] RECORDING\n"
	"\n"
	"Traces as 'slabsight trace' does, and writes what is still live in a format that\n"
	"other tools read. Or writes what a recording holds, which needs no privilege; the\n"
	"options of a trace are not for that.\n"
	"\n"
	"      --format FORMAT     one of:\n";

static const char export_forms[] =
	"      --value NUMBER      of folded: bytes (default) or objects\n"
	"      --rows WHAT         of csv: origins (default), or stacks by thread\n";

static const char export_duration[] =
	"  -d, --duration SECONDS  how long to trace; default: until Ctrl-C\n";

static const char record_intro[] =
	"usage: slabsight record -o FILE [-d SECONDS] [options]\n"
	"\n"
	"Traces, and writes down how things stand again and again: what a trace would\n"
	"report can be had from the file later, on another machine, as of any moment.\n"
	"It costs at most 1 % of one CPU besides tracing. Ctrl-C ends it as it ends a\n"
	"trace; what was written before a crash or a full disk is kept.\n"
	"\n"
	"  -o, --output FILE       a new file, for nobody else to read: names of processes\n"
	"                          and what leaked objects hold are in it; no address is\n"
	"  -d, --duration SECONDS  how long; default: until Ctrl-C\n"
	"      --every SECONDS     between two snapshots: of counters, and as often as\n"
	"                          1 % of one CPU allows of everything; default 10\n"
	"      --max-file BYTES    do not let it grow beyond this: thin out what is old;\n"
	"                          k, M, G are thousands\n"
	"      --anonymous         leave out the name of this machine\n"
	"      --print             in the end also print what slabsight report FILE does;\n"
	"                          these choose its form and what is in it:\n";

static const char report_intro[] =
	"usage: slabsight report FILE [options]\n"
	"\n"
	"Reports what a recording holds, just as a trace does: the same text, JSON and\n"
	"verdicts. Needs no privilege, and works on any machine.\n"
	"\n";

static const char at[] =
	"      --at WHEN           %sas of the last whole snapshot by then:\n"
	"                          +90 (seconds after the beginning), 14:03, 14:03:10 or\n"
	"                          2026-11-21T14:03, by the clock of the machine that was\n"
	"                          recorded; default: the end\n";

static const char report_between[] =
	"      --from WHEN         only what happened since: allocations, frees and\n"
	"                          survivors from the last whole snapshot by then, or the\n"
	"                          beginning\n"
	"      --to WHEN           ... until then; default: the end\n";

static const char report_forms[] =
	"      --json              one JSON document instead of text, same numbers\n"
	"      --tap               TAP version 13: a failed test for each leak\n";

static const char output[] =
	"  -o, --output FILE       write the report there, for nobody else to read\n";

static const char leaks[] =
	"      --fail-on-leak      exit with 3 when there is a leak\n"
	"      --suppressions FILE leaks to pass over: leak:PATTERN lines, as for\n"
	"                          LeakSanitizer\n";

static const char common[] =
	"\n"
	"before the last look:\n"
	"      --settle SECONDS    wait, then let RCU finish; 0: do neither; default: let\n"
	"                          RCU finish%s\n"
	"      --reclaim HOW       make the kernel give back what it merely keeps: none\n"
	"                          (default); cgroup: of %s; slab: all\n"
	"                          unused dentries and inodes, on the whole machine\n"
	"\n"
	"what to trace:\n"
	"      --cache GLOB        only caches whose name or alias matches ('kmalloc-*')\n"
	"      --min-size BYTES    only objects of at least this size\n"
	"      --max-size BYTES    only objects of at most this size\n"
	"      --comm NAME         only allocations made by threads of this name\n"
	"      --cgroup PATH       only allocations made under this cgroup (v2)\n"
	"\n"
	"how:\n"
	"      --stacks HOW        sampled (default): densest where survivors grow;\n"
	"                          all: every one, 10 to 20 times the cost; none\n"
	"      --objects N         live objects the table holds before it samples;\n"
	"                          k, M, G are thousands; default 1M, about 20 MB\n"
	"      --twice             hook free events twice even where that is dear (no\n"
	"                          fentry): skips no free, at up to 1.6 times the cost\n"
	"      --force             although another slabsight is tracing\n"
	"\n"
	"what to show:\n";

static const char rows[] =
	"      --top N             %s\n"
	"      --sort KEY          bytes (default), objects, allocs or age\n"
	"      --debug-dir DIR     look there first for the debug info of the kernel and\n"
	"                          its modules, for file:line and inlined functions\n"
	"      --no-lines          do not look for any, nor ask DEBUGINFOD_URLS\n";

static const char addresses[] =
	"      --show-addresses    print kernel addresses; they help attackers\n";

static const char no_addresses[] = "      --show-addresses    says that a recording has none\n";

static const char trace_examples[] =
	"  sudo slabsight trace -d 30\n"
	"  sudo slabsight trace -d 60 --cache 'kmalloc-*' --max-size 64 --stacks=all\n"
	"  sudo slabsight trace -d 10 --json | jq '.origins[:3]'\n";

static const char run_examples[] =
	"  sudo slabsight run -- modprobe -r nfs\n"
	"  sudo slabsight run --repeat 20 -- ./mount-and-unmount.sh\n"
	"  sudo slabsight run --fail-on-leak --tap -o leaks.tap -- make check\n";

static const char export_examples[] =
	"  sudo slabsight export --format=pprof -o slab.pb.gz -d 30\n"
	"  sudo slabsight export --format=folded -d 30 | flamegraph.pl > slab.svg\n"
	"  sudo slabsight export --format=csv --rows=stacks -d 30 -o slab.csv\n"
	"  slabsight export --format=html -o web3.html web3.rec\n";

static const char record_examples[] =
	"  sudo slabsight record -d 3600 -o web3.rec\n"
	"  sudo slabsight record --every 60 --max-file 500M -o /var/tmp/days.rec\n"
	"  sudo slabsight record -d 60 -o 1.rec --print --top 3\n";

static const char report_examples[] =
	"  slabsight report web3.rec\n"
	"  slabsight report web3.rec --at 14:03 --top 3\n"
	"  slabsight report web3.rec --from 04:00 --to 05:00\n"
	"  slabsight report web3.rec --json | jq '.origins[] | select(.verdict == \"leak\")'\n";

static const char last[] = "\n"
			   "%s CAP_BPF and CAP_PERFMON, and CAP_SYSLOG to name call sites.\n";

static void print_intro(enum trace_command of)
{
	static const char *const intro[] = {trace_intro, run_intro, export_intro, record_intro,
					    report_intro};

	fputs(intro[of], stdout);
	for (unsigned int i = 0; of == TRACE_EXPORT && export_names[i]; i++)
		printf("          %-13s   %s\n", export_names[i], export_format(i)->summary);
	fputs(of == TRACE_EXPORT ? export_forms : "", stdout);
	if (of == TRACE_EXPORT || of == TRACE_REPORT)
		printf(at, of == TRACE_EXPORT ? "of a recording: " : "");
	fputs(of == TRACE_REPORT ? report_between : "", stdout);
	fputs(of == TRACE_EXPORT ? export_duration : report_forms, stdout);
	fputs(of == TRACE_RECORD ? "" : output, stdout);
	fputs(leaks, stdout);
}

void trace_help(enum trace_command of)
{
	static const char *const examples[] = {trace_examples, run_examples, export_examples,
					       record_examples, report_examples};
	bool run = of == TRACE_RUN;

	print_intro(of);
	if (of != TRACE_REPORT)
		printf(common, run ? ", and wait 5 s where kfree_rcu is not seen" : "",
		       run ? "COMMAND's cgroup" : "the one of --cgroup");
	printf(rows, of == TRACE_EXPORT ? "origins in openmetrics; default 100, 0: all"
					: "rows of caches and origins in text; default 10, 0: all");
	fputs(of == TRACE_REPORT ? no_addresses : of == TRACE_RECORD ? "" : addresses, stdout);
	printf("\nexamples:\n%s", examples[of]);
	if (of != TRACE_REPORT)
		printf(last, of == TRACE_EXPORT ? "To trace, it needs" : "Needs");
}
