// SPDX-License-Identifier: GPL-2.0-or-later
/* What --help prints for the commands that trace. */
#include <stdio.h>

#include "trace_options.h"

static const char trace_intro[] =
	"usage: slabsight trace [-d SECONDS] [options]\n"
	"\n"
	"Books every slab allocation and every free from now on, then reports what is\n"
	"still live: by cache, and by origin (cache and call site) with call stacks.\n"
	"Ctrl-C ends early with a full report; another cuts short what follows.\n"
	"\n"
	"  -d, --duration SECONDS  how long to trace; default: until Ctrl-C\n";

static const char common[] =
	"      --json              one JSON document instead of text, same numbers\n"
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
	"what to show:\n"
	"      --top N             rows of caches and origins in text; default 10, 0: all\n"
	"      --sort KEY          bytes (default), objects, allocs or age\n"
	"      --show-addresses    print kernel addresses; they help attackers\n"
	"\n"
	"examples:\n";

static const char trace_examples[] =
	"  sudo slabsight trace -d 30\n"
	"  sudo slabsight trace -d 60 --cache 'kmalloc-*' --max-size 64 --stacks=all\n"
	"  sudo slabsight trace -d 10 --json | jq '.origins[:3]'\n";

static const char last[] = "\n"
			   "Needs CAP_BPF and CAP_PERFMON, and CAP_SYSLOG to name call sites.\n";

void trace_help(void)
{
	fputs(trace_intro, stdout);
	printf(common, "", "the one of --cgroup");
	fputs(trace_examples, stdout);
	fputs(last, stdout);
}
