// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight census: what is in the slabs now, whoever put it there and whenever. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "census_report.h"
#include "cli.h"
#include "interrupt.h"
#include "progress.h"
#include "say.h"
#include "symbols.h"
#include "text.h"

#define SAMPLE_DEFAULT 20000
#define SAMPLE_MAX     100000000

enum {
	OPT_JSON = 256,
	OPT_CACHE,
	OPT_TOP,
	OPT_SORT,
	OPT_SAMPLE,
	OPT_PACE,
};

static const struct option long_options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"cache", required_argument, NULL, OPT_CACHE},
	{"top", required_argument, NULL, OPT_TOP},
	{"sort", required_argument, NULL, OPT_SORT},
	{"sample", required_argument, NULL, OPT_SAMPLE},
	{"pace", required_argument, NULL, OPT_PACE},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"usage: slabsight census [options]\n"
	"       slabsight census CACHE [options]\n"
	"\n"
	"Counts the slab objects that exist now, also those that were made before any\n"
	"tool was there: by cache, with what their slabs take. With CACHE (a name or an\n"
	"alias) also shows what the objects of that cache hold: the commonest contents,\n"
	"with pointers into the kernel named and strings shown as strings. That is how\n"
	"to find the owner of a leak that has already happened.\n"
	"\n"
	"Reads the slab pages themselves, without a lock: a sample of what moves.\n"
	"\n"
	"      --json          one JSON document instead of text, same numbers\n"
	"      --cache GLOB    only caches whose name or alias matches ('kmalloc-*')\n"
	"      --top N         rows in text; default 20, 0: all\n"
	"      --sort KEY      bytes (default, of slabs), objects, unused or name\n"
	"      --sample N      objects of CACHE to read, evenly chosen; default 20k, 0: all\n"
	"      --pace SHARE    at most this share of one CPU (0.2 or 20%); default 1\n"
	"\n"
	"examples:\n"
	"  sudo slabsight census\n"
	"  sudo slabsight census kmalloc-32\n"
	"  sudo slabsight census --json | jq '.census.caches[:3]'\n"
	"\n"
	"Needs CAP_BPF and CAP_PERFMON, and CAP_SYSLOG to name what pointers lead to.\n";

struct job {
	bool json;
	const char *glob, *operand;
	uint64_t top, sample;
	double pace;
	enum census_key sort;

	struct kernel kernel;
	struct census *census;
	struct slabs *slabs;
	struct symbols *symbols;
	struct clusters *clusters;
	struct census_contents contents;
	struct census_report report;
};

static int parse_sort(const char *value, enum census_key *ret)
{
	static const char *const words[] = {"bytes", "objects", "unused", "name", NULL};
	unsigned int key = 0;
	int code = cli_word("sort", value, words, &key);

	*ret = (enum census_key)key;
	return code;
}

static int parse_one(int c, struct job *j)
{
	switch (c) {
	case OPT_JSON:
		j->json = true;
		return -1;
	case OPT_CACHE:
		j->glob = optarg;
		return *optarg ? -1 : cli_bad("cache", optarg, "a glob");
	case OPT_TOP:
		return cli_count("top", optarg, 0, 100000, &j->top);
	case OPT_SORT:
		return parse_sort(optarg, &j->sort);
	case OPT_SAMPLE:
		return cli_count("sample", optarg, 0, SAMPLE_MAX, &j->sample);
	case OPT_PACE:
		return cli_share("pace", optarg, &j->pace);
	case 'h':
		fputs(help, stdout);
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
}

static int parse(int argc, char **argv, struct job *j)
{
	int c, code = -1;

	optind = 0;
	while (code < 0 && (c = cli_option(argc, argv, ":h", long_options)) != -1)
		code = parse_one(c, j);
	if (code >= 0)
		return code;
	if (optind < argc)
		j->operand = argv[optind++];
	return cli_no_more(argc, argv) ? EXIT_USAGE : -1;
}

static int out_of_memory(void)
{
	say("out of memory");
	return EXIT_FAILED;
}

/* No cache is called so: say what might have been meant. */
static int no_such_cache(const struct job *j, const char *name)
{
	char safe[96];
	const char *near = text_nearest(name, slabs_names(j->slabs));

	text_escape(name, safe, sizeof(safe));
	if (name == j->operand && strpbrk(name, "*?["))
		say("no cache is called '%s'; for a pattern use: slabsight census --cache '%s'",
		    safe, safe);
	else if (near)
		say("no cache matches '%s'; did you mean '%s'? All are listed by: slabsight "
		    "census --top 0",
		    safe, near);
	else
		say("no cache matches '%s'; all are listed by: slabsight census --top 0", safe);
	return EXIT_USAGE;
}

/* -1 to go on, else the exit code; so with all steps below. */
static int open_census(struct job *j)
{
	char why[160] = "";
	int err;

	if (kernel_init(&j->kernel) || slabs_create(NULL, NULL, &j->slabs))
		return out_of_memory();
	if (j->glob && !slabs_match_any(j->slabs, j->glob))
		return no_such_cache(j, j->glob);
	if (j->kernel.need != KERNEL_OK) {
		say("cannot take a census: %s. See: slabsight doctor", j->kernel.why);
		return EXIT_NOTHING;
	}
	err = census_create(&j->kernel, CENSUS_ALL, &j->census, why);
	if (!err)
		return -1;
	say("cannot take a census: %s", why);
	return err == -EOPNOTSUPP ? EXIT_NOTHING : EXIT_FAILED;
}

static int complain(int err)
{
	if (err == -EINTR) {
		say("interrupted before the census was complete; no report");
		return EXIT_INTERRUPTED;
	}
	say("cannot take the census: %s", strerror(-err));
	return EXIT_FAILED;
}

static int scan(struct job *j, const struct census_pace *pace)
{
	int err = census_scan(j->census, pace);

	meminfo_read(NULL, &j->report.meminfo);
	meminfo_dentries(NULL, &j->report.dentry_state);
	slabs_destroy(j->slabs);
	j->slabs = NULL;
	if (err)
		return complain(err);
	return slabs_create(NULL, NULL, &j->slabs) ? out_of_memory() : -1;
}

/* By name, else by an alias; of several that share a name, the largest. */
static const struct census_cache *find(const struct job *j, const char *name)
{
	const struct census_cache *best = NULL, *all;
	size_t count;

	all = census_caches(j->census, &count);
	for (int alias = 0; alias < 2 && !best; alias++)
		for (size_t i = 0; i < count; i++)
			if ((alias ? slabs_is_alias(j->slabs, all[i].name, name)
				   : !strcmp(all[i].name, name)) &&
			    (!best || all[i].slab_bytes > best->slab_bytes))
				best = &all[i];
	return best;
}

static void add(void *arg, uint64_t address, const void *bytes, size_t len)
{
	struct job *j = arg;

	/* Without memory for a cluster of its own it is counted with the rest of its kind. */
	clusters_add(j->clusters, address, bytes, len);
	j->contents.sampled++;
}

static int read_contents(struct job *j, const struct census_pace *pace)
{
	int err;

	if (!j->operand)
		return -1;
	j->contents.cache = find(j, j->operand);
	if (!j->contents.cache)
		return no_such_cache(j, j->operand);
	if (symbols_create_with_data(NULL, &j->symbols) ||
	    clusters_create(0, memo_symbol, j->symbols, &j->clusters))
		return out_of_memory();
	if (symbols_hidden(j->symbols))
		say("pointers will have no names: /proc/kallsyms shows no addresses; needs "
		    "CAP_SYSLOG (or root), and kernel.kptr_restrict below 2");
	err = census_objects(j->census, j->contents.cache, SS_CONTENT_BYTES, j->sample, pace, add,
			     j);
	j->contents.cluster_cnt = clusters_rank(j->clusters, &j->contents.clusters);
	j->contents.chosen = j->sample && j->sample < j->contents.cache->live;
	j->report.contents = &j->contents;
	return err ? complain(err) : -1;
}

static int print(struct job *j)
{
	char host[65] = "";
	struct census_report *r = &j->report;
	const struct census_cache *all;
	size_t count;
	int err;

	gethostname(host, sizeof(host) - 1);
	r->host = host;
	r->release = j->kernel.name.release;
	r->machine = j->kernel.name.machine;
	r->slabs = j->slabs;
	r->reclaimable_bit = j->kernel.reclaimable_bit;
	r->top = j->top;
	all = census_caches(j->census, &count);
	census_totals(j->census, &r->totals);
	err = census_report_init(r, all, count, j->glob, j->sort);
	if (!err)
		err = j->json ? census_json(r, stdout) : census_text(r, stdout);
	census_report_deinit(r);
	if (!err)
		return EXIT_DONE;
	say("cannot write the report: %s", strerror(-err));
	return EXIT_FAILED;
}

static void deinit(struct job *j)
{
	clusters_destroy(j->clusters);
	symbols_destroy(j->symbols);
	slabs_destroy(j->slabs);
	census_destroy(j->census);
	kernel_deinit(&j->kernel);
}

static void show(void *arg, double done)
{
	progress_share(arg, "reading slab pages", done);
}

int cmd_census(int argc, char **argv)
{
	struct job j = {.top = 20, .sample = SAMPLE_DEFAULT, .pace = 1};
	struct progress progress;
	struct census_pace pace = {.stop = interrupt_flag(), .show = show, .arg = &progress};
	int code = parse(argc, argv, &j);

	if (code >= 0)
		return code;
	pace.share = j.pace;
	progress_init(&progress, 0);
	interrupt_watch();
	code = open_census(&j);
	if (code < 0)
		code = scan(&j, &pace);
	if (code < 0)
		code = read_contents(&j, &pace);
	progress_end(&progress);
	if (code < 0)
		code = print(&j);
	deinit(&j);
	return code;
}
