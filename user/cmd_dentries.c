// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight dentries: what dentries there are now, by state, filesystem, directory
 * and name. Found by a census of the slab pages: nothing is hooked, nothing locked;
 * with -d births and deaths are watched for a while before.
 */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "census.h"
#include "cleanup.h"
#include "clock.h"
#include "cli.h"
#include "debuginfo_ask.h"
#include "dentries_options.h"
#include "dentries_report.h"
#include "dentry_births_report.h"
#include "dentry_place.h"
#include "dentry_watch.h"
#include "interrupt.h"
#include "progress.h"
#include "say.h"
#include "text.h"

#define ROOM_MAX  262144 /* directories, patterns, and both: that are counted at once */
#define BORN_ROOM 65536	 /* and of those that were born */
#define JSON_ROWS 1000	 /* of each table */

struct dentries_command {
	struct dentries_options options;
	struct dentries_report report;
	struct kernel kernel;
	struct census *census;
	struct dentries *dentries;
	struct dentry_paths *paths;
	struct mounts *mounts;
	struct progress progress;
	const char *doing;
	struct dentries_config flags;
	struct dentry_watch *watch;
	struct dentry_births_report births;
	struct symbols *symbols;
	struct cgroups *cgroups;   /* NULL: none here */
	struct census_super super; /* described last */
	uint64_t super_address;	   /* 0: none was */
	bool super_known;
	struct census_pace pace;
	int err; /* of what the census called */
};

static int out_of_memory(void)
{
	say("out of memory");
	return EXIT_FAILED;
}

/* Called while dentries are handed over: what has been read of them is not touched by this. */
static bool describe(void *arg, uint64_t address, struct census_super *ret_super)
{
	const struct dentries_command *c = arg;

	return census_super(c->census, address, ret_super);
}

static bool wants(void *arg, const struct census_super *super)
{
	const struct dentries_command *c = arg;
	const char *glob = c->options.fs;
	const char *point = mounts_point(c->mounts, super->major, super->minor);

	return !fnmatch(glob, super->type, 0) || !fnmatch(glob, super->id, 0) ||
	       (point && !fnmatch(glob, point, 0));
}

static bool look(void *arg, uint64_t address, struct ss_dentry *ret_dentry,
		 char name[SS_NAME_WHOLE])
{
	const struct dentries_command *c = arg;

	return census_look(c->census, address, ret_dentry, name);
}

static void take(void *arg, const struct ss_dentry *dentry)
{
	struct dentries_command *c = arg;
	int err = dentries_add(c->dentries, dentry);

	if (!err && c->watch)
		err = dentry_births_met(dentry_watch_births(c->watch), dentry);
	if (err)
		c->err = err;
}

static void show(void *arg, double done)
{
	struct dentries_command *c = arg;

	progress_share(&c->progress, c->doing, done);
}

/* What was known of paths and mounts may be over. 0 or -ENOMEM. */
static int refresh(void *arg)
{
	struct dentries_command *c = arg;

	dentry_paths_destroy(c->paths);
	c->paths = NULL;
	c->super_address = 0;
	if (!c->mounts || mounts_changed(c->mounts)) {
		mounts_destroy(c->mounts);
		c->mounts = NULL;
		if (mounts_create(NULL, &c->mounts))
			return -ENOMEM;
	}
	return dentry_paths_create(look, c, &c->paths);
}

/* Where something was born or died. */
static int place(void *arg, const struct dentries_place *where, char path[DENTRY_PATH],
		 bool *ret_in_memory)
{
	struct dentries_command *c = arg;
	enum dentry_path_state state;

	if (c->super_address != where->super) {
		memset(&c->super, 0, sizeof(c->super));
		c->super_known = census_super(c->census, where->super, &c->super);
		c->super_address = where->super;
	}
	*ret_in_memory = c->super_known && dentries_in_memory(c->super.type);
	if (c->options.fs && !(c->super_known && wants(c, &c->super)))
		return 1;
	return dentry_place(c->paths, c->mounts, c->super_known ? &c->super : NULL, where, path,
			    &state);
}

/* -1 to go on, else the exit code; so with all steps below. */
static int check_kernel(struct dentries_command *c)
{
	if (kernel_init(&c->kernel))
		return out_of_memory();
	if (c->kernel.need == KERNEL_OK)
		return -1;
	say("cannot read dentries: %s. See: slabsight doctor", c->kernel.why);
	return EXIT_NOTHING;
}

static int prepare(struct dentries_command *c)
{
	char why[160] = "";
	int err = census_create(&c->kernel, CENSUS_ALL, &c->census, why);

	if (err) {
		say("%s", why);
		return err == -EOPNOTSUPP ? EXIT_NOTHING : EXIT_FAILED;
	}
	if (refresh(c))
		return out_of_memory();
	c->flags = (struct dentries_config){
		.lru = c->kernel.dentry_lru,
		.killed = c->kernel.dentry_killed,
		.cursor = c->kernel.dentry_cursor,
		.persistent = c->kernel.dentry_persistent,
		.name_header = c->kernel.name_header,
		.describe = describe,
		.wants = c->options.fs ? wants : NULL,
		.arg = c,
	};
	c->pace = (struct census_pace){
		.share = c->options.share, .stop = interrupt_flag(), .show = show, .arg = c};
	return -1;
}

/* Each filesystem has a cache of its own for them, with that word in its name. */
static uint64_t inode_bytes(const struct census *census)
{
	uint64_t sum = 0;
	size_t count;
	const struct census_cache *caches = census_caches(census, &count);

	for (size_t i = 0; i < count; i++)
		if (strstr(caches[i].name, "inode"))
			sum += caches[i].slab_bytes;
	return sum;
}

/* Between scan and reading, because then it is known how many there will be. */
static int make_room(struct dentries_command *c)
{
	const struct census_cache *cache = census_find(c->census, "dentry");
	const uint64_t live = cache ? cache->live : 0;

	if (!cache)
		return -ENOENT;
	c->flags.room = live < ROOM_MAX ? live + 1 : ROOM_MAX;
	c->report.object_size = cache->size;
	c->report.inode_bytes = inode_bytes(c->census);
	return dentries_create(&c->flags, &c->dentries);
}

static int complain(int err, const char *what)
{
	if (err == -EINTR) {
		say("interrupted before all dentries were read: nothing to report");
		return EXIT_INTERRUPTED;
	}
	if (err == -ENOENT)
		say("found no dentry in this kernel's slab pages: please report it");
	else
		say("cannot %s: %s", what, strerror(-err));
	return EXIT_FAILED;
}

static int scan(struct dentries_command *c)
{
	double began = clock_s(), found;
	int err;

	progress_init(&c->progress, 0);
	c->doing = "finding slabs";
	err = census_scan(c->census, &c->pace);
	found = clock_s();
	c->report.scan_s = found - began;
	if (err) {
		progress_end(&c->progress);
		return complain(err, "scan the slab pages");
	}
	c->doing = "reading dentries";
	meminfo_dentries(NULL, &c->report.before);
	err = make_room(c);
	if (!err)
		err = census_dentries(c->census, &c->pace, take, c);
	meminfo_dentries(NULL, &c->report.after);
	c->report.read_s = clock_s() - found;
	progress_end(&c->progress);
	if (!err)
		err = c->err ? c->err : dentries_end(c->dentries);
	if (!err && c->watch)
		err = dentry_births_end(dentry_watch_births(c->watch));
	return err ? complain(err, "read the dentries") : -1;
}

static int prepare_watch(struct dentries_command *c, uint64_t key)
{
	const struct dentry_watch_config config = {
		.kernel = &c->kernel,
		.key = key,
		.seconds = c->options.seconds,
		.refs = c->options.refs,
		.births =
			{
				.dentries = &c->flags,
				.room = BORN_ROOM,
				.place = place,
				.arg = c,
			},
		.cgroups = c->cgroups,
		.stop = interrupt_flag(),
		.refresh = refresh,
		.show = show,
		.arg = c,
	};
	char why[160] = "";
	int err = dentry_watch_create(&config, &c->watch, why);

	if (!err)
		return -1;
	say("%s", why);
	return err == -EOPNOTSUPP ? EXIT_NOTHING : EXIT_FAILED;
}

static int run_watch(struct dentries_command *c)
{
	char time[TEXT_NUMBER];
	int err;

	say("watching births of dentries for %s; Ctrl-C ends early with a report",
	    text_seconds(c->options.seconds, time));
	progress_init(&c->progress, 0);
	c->doing = "watching";
	err = dentry_watch_run(c->watch);
	progress_end(&c->progress);
	symbols_refresh(c->symbols, NULL);
	if (!err)
		err = refresh(c);
	/* It has done its work; a second one ends the process. */
	interrupt_heed();
	if (*interrupt_flag())
		c->pace.stop = NULL;
	return err ? complain(err, "watch births") : -1;
}

/* The scan before is for the address of their cache. */
static int watch(struct dentries_command *c)
{
	const struct census_cache *cache;
	int err, code;

	if (!c->options.seconds)
		return -1;
	progress_init(&c->progress, 0);
	c->doing = "finding slabs";
	err = census_scan(c->census, &c->pace);
	progress_end(&c->progress);
	cache = err ? NULL : census_find(c->census, "dentry");
	if (!cache)
		return complain(err ? err : -ENOENT, "scan the slab pages");
	/* Without cgroup v2 there are just no names. */
	if (symbols_create(NULL, &c->symbols) || cgroups_create(NULL, &c->cgroups) == -ENOMEM)
		return out_of_memory();
	code = prepare_watch(c, cache->key);
	return code < 0 ? run_watch(c) : code;
}

static int check_filter(struct dentries_command *c)
{
	char safe[96];

	if (!c->options.fs || dentries_total(c->dentries)[DENTRIES_ALL])
		return -1;
	say("no filesystem with dentries has the type, name or mount point '%s'; "
	    "'slabsight dentries --top 0' shows all",
	    text_escape(c->options.fs, safe, sizeof(safe)));
	return EXIT_USAGE;
}

static int print(struct dentries_command *c)
{
	struct dentries_report *r = &c->report;
	size_t rows = r->top ? r->top : ROOM_MAX;
	struct meminfo memory;
	char host[65] = "";
	double began = clock_s();
	struct debuginfo_ask ask = {};
	int err;

	gethostname(host, sizeof(host) - 1);
	r->command = "dentries";
	r->host = host;
	r->release = c->kernel.name.release;
	r->machine = c->kernel.name.machine;
	meminfo_read(NULL, &memory);
	r->memory_bytes = memory.total;
	if (c->options.json && rows < JSON_ROWS)
		rows = JSON_ROWS;
	err = dentries_report_build(r, c->dentries, c->paths, c->mounts, rows);
	if (!err && c->watch) {
		c->births.top = r->top;
		c->births.filtered = r->fs;
		err = dentry_births_report_build(&c->births, dentry_watch_births(c->watch),
						 c->symbols, c->cgroups, rows);
		r->births = &c->births;
	}
	r->read_s += clock_s() - began;
	if (!c->options.no_lines && c->watch)
		c->births.debuginfo = debuginfo_ask_begin(&ask, c->options.debug_dir, r->release,
							  c->symbols, NULL);
	if (!err)
		err = c->options.json ? dentries_json(r, stdout) : dentries_text(r, stdout);
	c->births.debuginfo = NULL;
	debuginfo_ask_end(&ask);
	if (!err)
		return EXIT_DONE;
	say("cannot write the report: %s", strerror(-err));
	return EXIT_FAILED;
}

static int run(struct dentries_command *c)
{
	int (*const steps[])(struct dentries_command *) = {
		check_kernel, prepare, watch, scan, check_filter, print,
	};
	int code = -1;

	interrupt_watch();
	for (size_t i = 0; i < ARRAY_SIZE(steps) && code < 0; i++)
		code = steps[i](c);
	return code;
}

int cmd_dentries(int argc, char **argv)
{
	struct dentries_command c = {0};
	int code = dentries_options_parse(argc, argv, &c.options);

	if (code >= 0)
		return code;
	c.report.fs = c.options.fs;
	c.report.top = c.options.top;
	code = run(&c);
	dentry_births_report_deinit(&c.births);
	dentries_report_deinit(&c.report);
	dentry_watch_destroy(c.watch);
	symbols_destroy(c.symbols);
	cgroups_destroy(c.cgroups);
	dentry_paths_destroy(c.paths);
	dentries_destroy(c.dentries);
	mounts_destroy(c.mounts);
	census_destroy(c.census);
	kernel_deinit(&c.kernel);
	return code;
}
