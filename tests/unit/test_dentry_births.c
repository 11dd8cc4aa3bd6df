// SPDX-License-Identifier: GPL-2.0-or-later
/* dentry_births.c and its report as text and JSON, over made-up births. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "made_births.h"
#include "read_json.h"
#include "stand_ins.h"

#define DIR 0xffff888012340000 /* a directory that was there before */

static struct made_births m;

static const enum made_frame lookup[] = {MADE_BPF,     MADE_CACHE_ALLOC,      MADE__D_ALLOC,
					 MADE_D_ALLOC, MADE_D_ALLOC_PARALLEL, MADE_LOOKUP_SLOW,
					 MADE_FRAMES};
static const enum made_frame nfs[] = {MADE__D_ALLOC, MADE_D_ALLOC, MADE_NFS_LOOKUP, MADE_FRAMES};
static const enum made_frame pseudo[] = {MADE__D_ALLOC, MADE_D_ALLOC_PSEUDO, MADE_FPUT,
					 MADE_FRAMES};
static const enum made_frame put[] = {MADE_BPF, MADE_DPUT, MADE_FPUT, MADE_FRAMES};

static char *written(void (*write)(FILE *, const struct dentry_births_report *))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	write(f, &m.report);
	fclose(f);
	return text;
}

static void fitting_headline(FILE *out, const struct dentry_births_report *r)
{
	dentry_births_headline(out, r, true);
	fputc('\n', out);
}

static void whole_headline(FILE *out, const struct dentry_births_report *r)
{
	dentry_births_headline(out, r, false);
}

static void assert_writes(void (*write)(FILE *, const struct dentry_births_report *),
			  const char *expected)
{
	autofree char *text = written(write);

	assert_string_equal(text, expected);
}

static void assert_mentions(void (*write)(FILE *, const struct dentry_births_report *),
			    const char *words)
{
	autofree char *text = written(write);

	assert_has(text, words);
}

/* N missing names, all through the watch. */
static void make_missing(const struct ss_proc_key *proc, int32_t stack, int count)
{
	char name[64];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), ".%d_dOeSnotExist_.db", i);
		made_missing(&m.dentries, MADE_EXT4, DIR, name);
		made_born(&m, proc, stack, 40 * i / count);
	}
}

/* N names that are held, from one tick to another. */
static void make_held(const struct ss_proc_key *proc, int32_t stack, int count, uint32_t from,
		      uint32_t to, uint32_t puts, int32_t last_put)
{
	char name[64];

	for (int i = 0; i < count; i++) {
		struct ss_born *b;

		snprintf(name, sizeof(name), "file%d", i);
		made_dentry(&m.dentries, MADE_EXT4, DIR, name);
		b = made_born(&m, proc, stack, from + (to - from) * i / count);
		b->puts = puts;
		b->last_put = last_put;
	}
}

static void nss_story(void **state)
{
	struct ss_proc_key curl, other;
	json_t *json, *row;
	int32_t stack;

	made_births_init(&m, 4096);
	curl = made_births_proc(&m, 812, "curl", 77);
	other = made_births_proc(&m, 9, "sshd", 77);
	stack = made_births_stack(&m, lookup);
	make_missing(&curl, stack, 997);
	made_dentry(&m.dentries, MADE_EXT4, DIR, "there");
	made_last(&m.dentries)->count = 0;
	made_last(&m.dentries)->flags = MADE_LRU;
	made_born(&m, &other, stack, 3);
	made_born_and_died(&m, &curl, ".12_dOeSnotExist_.db", 3);
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(m.report.kind, BORN_KIND_ONE);
	assert_writes(fitting_headline,
		      "curl (pid 812) makes 100 dentries/s: /etc/pki/nssdb/.N_dOeSnotExist_.db\n");
	assert_mentions(
		dentry_births_reason,
		"made 100% of the 998 dentries that were born in 10.0s and are alive, most of "
		"them as /etc/pki/nssdb/.N_dOeSnotExist_.db; of its 997 that are alive, "
		"100.0% are negative");
	assert_mentions(dentry_births_reason, "not a leak");
	assert_mentions(dentry_births_advice, "names that do not exist");
	assert_mentions(
		dentry_births_text,
		"     1,000    100        997  100%    0%  curl (pid 812)  (cgroup not known)\n");
	assert_mentions(
		dentry_births_text,
		"     1,000    100        997  100%    0%  /etc/pki/nssdb/.N_dOeSnotExist_.db\n");
	assert_mentions(dentry_births_text, "entry points: d_alloc_parallel 998, no stack 3 (");
	/* Neither BPF nor the allocator. */
	assert_mentions(dentry_births_text, "by d_alloc_parallel\n      __d_alloc+0x12\n");
	json = dentry_births_json(&m.report);
	assert_int_equal(json_get_integer(json, "births"), 1001);
	assert_int_equal(json_get_integer(json, "living"), 998);
	assert_int_equal(json_get_integer(json, "negative"), 997);
	assert_close(json_get_real(json, "negative_per_s"), 99.7);
	row = json_array_get(json_get(json, "processes"), 0);
	assert_string_equal(json_get_string(row, "comm"), "curl");
	assert_int_equal(json_get_integer(row, "pid"), 812);
	assert_int_equal(json_get_integer(row, "births"), 1000);
	assert_int_equal(json_get_integer(row, "deaths"), 3);
	assert_true(json_is_null(json_get(row, "cgroup")));
	assert_string_equal(json_get_string(json_get(json, "verdict"), "verdict"), "cache");
	assert_string_equal(json_get_string(json_get(json, "verdict"), "pattern"),
			    ".N_dOeSnotExist_.db");
	json_decref(json);
	made_births_release(&m);
}

/* A program that is run again and again, in a container. */
static void many_processes_are_one_program(void **state)
{
	static const char scope[] =
		"docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope";
	struct cgroups *cgroups;
	char root[256], path[512];
	struct stat st;
	json_t *json, *row;

	snprintf(root, sizeof(root), "%s", sandbox_path(state, "cgroup"));
	snprintf(path, sizeof(path), "%s/%s", root, scope);
	assert_int_equal(mkdir(root, 0700), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(cgroups_create(root, &cgroups), 0);
	made_births_init(&m, 4096);
	for (int i = 0; i < 37; i++) {
		struct ss_proc_key curl = made_births_proc(&m, 1000 + i, "curl", st.st_ino);

		make_missing(&curl, -1, 20);
	}
	made_births_report(&m, state, cgroups, 100);
	assert_writes(fitting_headline,
		      "curl (37 pids) makes 74 dentries/s: /etc/pki/nssdb/.N_dOeSnotExist_.db\n");
	assert_mentions(dentry_births_reason, ", container 0123456789ab, cgroup /docker-012345");
	assert_mentions(dentry_births_advice, "memory.high of its cgroup /docker-0123");
	assert_mentions(dentry_births_text,
			"curl (37 pids)\n            container 0123456789ab  /");
	assert_mentions(dentry_births_text, "entry points: no stack 740");
	json = dentry_births_json(&m.report);
	assert_int_equal(json_array_size(json_get(json, "processes")), 37);
	row = json_array_get(json_get(json, "programs"), 0);
	assert_int_equal(json_get_integer(row, "pids"), 37);
	assert_true(json_is_null(json_get(row, "pid")));
	assert_string_equal(json_get_string(row, "container"), "0123456789ab");
	assert_memory_equal(json_get_string(row, "cgroup"), "/docker-0123", 12);
	json_decref(json);
	made_births_release(&m);
	cgroups_destroy(cgroups);
}

static void make_leak(uint32_t puts, bool refs, uint32_t from, uint32_t to,
		      const enum made_frame *frames)
{
	struct ss_proc_key ls;
	int32_t stack, last;

	made_births_init(&m, 4096);
	ls = made_births_proc(&m, 5, "ls", 1);
	stack = made_births_stack(&m, frames);
	last = made_births_stack(&m, put);
	m.in.totals.refs = refs;
	make_held(&ls, stack, 120, from, to, puts, last);
}

static void pinned_and_growing(void **state)
{
	json_t *json;

	make_leak(0, true, 0, 40, nfs);
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(m.report.kind, BORN_KIND_LEAK);
	assert_writes(fitting_headline,
		      "a leak: 12 dentries/s pinned and growing, made at nfs_lookup [nfs]\n");
	assert_mentions(dentry_births_reason, "no reference to them was ever dropped");
	json = dentry_births_json(&m.report);
	assert_string_equal(json_get_string(json_get(json, "verdict"), "verdict"), "leak");
	assert_int_equal(
		json_get_integer(json_get(json_get(json, "verdict"), "stack"), "never_put"), 120);
	json_decref(json);
	made_births_release(&m);
	/* Without counting puts nobody can say so. */
	make_leak(0, false, 0, 40, nfs);
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(m.report.kind, BORN_KIND_HELD);
	assert_writes(
		fitting_headline,
		"may be a leak: 12 dentries/s pinned and growing, made at nfs_lookup [nfs]\n");
	assert_mentions(dentry_births_reason, "trace longer, or with --refs");
	made_births_release(&m);
	/* References were dropped, and one is left. */
	make_leak(2, true, 0, 40, nfs);
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(m.report.kind, BORN_KIND_HELD);
	assert_mentions(dentry_births_reason, "last put at __fput+0x12");
	assert_mentions(dentry_births_text,
			"never put: 0%; last put of most others:\n      dput+0x12");
	made_births_release(&m);
	/* Open sockets have never been put either. */
	make_leak(0, true, 0, 40, pseudo);
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(m.report.kind, BORN_KIND_HELD);
	assert_mentions(dentry_births_reason, "socket or pipe while it is open");
	made_births_release(&m);
}

static void pinned_and_not_growing(void **state)
{
	/* All at once; too few; for too short a time; files in memory. */
	make_leak(0, true, 10, 20, nfs);
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(m.report.kind, BORN_KIND_ONE);
	assert_string_equal(born_kind_verdict(&m.report), "unknown");
	assert_mentions(dentry_births_reason, "and 100.0% pinned");
	made_births_release(&m);
	make_leak(0, true, 0, 40, nfs);
	m.in.seconds = 1.5;
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(m.report.kind, BORN_KIND_ONE);
	made_births_release(&m);
	make_leak(0, true, 0, 40, nfs);
	m.in_memory = true;
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(m.report.kind, BORN_KIND_ONE);
	assert_int_equal(dentry_births_living(m.births)[BORN_HELD], 0);
	made_births_release(&m);
}

/* A directory is pinned by what lies in it, also by what had been there before. */
static void parents_are_not_held(void **state)
{
	struct ss_proc_key tar;
	uint64_t dir = 0;

	made_births_init(&m, 4096);
	tar = made_births_proc(&m, 5, "tar", 1);
	for (int i = 0; i < 50; i++) {
		dir = made_dentry(&m.dentries, MADE_EXT4, DIR, "dir");
		made_born(&m, &tar, -1, i % 40);
		made_missing(&m.dentries, MADE_EXT4, dir, "missing");
	}
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(dentry_births_living(m.births)[BORN_LIVING], 50);
	assert_int_equal(dentry_births_living(m.births)[BORN_HELD], 0);
	made_births_release(&m);
}

static void nothing_was_born(void **state)
{
	autofree char *text = NULL;
	json_t *json;

	made_births_init(&m, 16);
	made_births_report(&m, state, NULL, 100);
	assert_writes(fitting_headline, "no dentry was born in 10.0s\n");
	text = written(dentry_births_text);
	assert_fits(text);
	assert_lacks(text, "PROGRAM");
	json = dentry_births_json(&m.report);
	assert_int_equal(json_get_integer(json, "births"), 0);
	assert_true(json_is_null(json_get(json_get(json, "verdict"), "advice")));
	json_decref(json);
	made_births_release(&m);
}

static void numbers_of_a_sample_say_so(void **state)
{
	struct ss_proc_key cc;
	json_t *json;

	made_births_init(&m, 4096);
	m.in.totals.scale = 4;
	m.in.totals.procs_full = 3;
	m.in.totals.progs_full = 2;
	m.in.totals.born_full = 5;
	m.in.totals.stacks_failed = 6;
	m.in.totals.obituaries_lost = 7;
	m.in.totals.ghosts = 8;
	m.in.totals.skipped_births = 9;
	m.in.totals.skipped_deaths = 10;
	m.in.totals.own = 11;
	cc = made_births_proc(&m, 5, "cc", 1);
	make_missing(&cc, made_births_stack(&m, lookup), 100);
	/* Capped at the births, which are exact. */
	m.procs[0].living = m.procs[0].births = 397;
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(dentry_births_living(m.births)[BORN_LIVING], 400);
	assert_mentions(dentry_births_reason, "of the about 397 dentries");
	assert_mentions(dentry_births_reason, "of its 397 that are alive, 100.0% are negative");
	assert_mentions(dentry_births_text, "of the births, still there: estimated");
	assert_mentions(dentry_births_text, "one in 4 of the living is remembered");
	assert_mentions(dentry_births_text, "8 died unseen");
	assert_mentions(dentry_births_text, "11 births by slabsight itself");
	assert_mentions(dentry_births_text,
			"entry points: d_alloc_parallel 100, no stack 300 (estimated");
	json = dentry_births_json(&m.report);
	assert_true(json_is_true(json_get(json, "living_estimated")));
	assert_int_equal(json_get_integer(json_get(json, "coverage"), "procs_full"), 3);
	assert_int_equal(json_get_integer(json_get(json, "coverage"), "skipped_deaths"), 10);
	assert_close(json_get_real(json_get(json, "coverage"), "scale"), 4);
	json_decref(json);
	made_births_release(&m);
}

static void tables_that_overflow_say_so(void **state)
{
	struct ss_proc_key cc;
	char name[64];

	made_births_init(&m, 16);
	cc = made_births_proc(&m, 5, "cc", 1);
	for (int i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "%c%c%c", 'g' + i % 20, 'g' + i / 20, 'z');
		made_missing(&m.dentries, MADE_EXT4, DIR, name);
		made_born(&m, &cc, -1, 0);
	}
	m.report.top = 3;
	made_births_report(&m, state, NULL, 100);
	assert_true(m.report.patterns.incomplete);
	assert_mentions(dentry_births_text, "at least ");
	/* Most of them are in one directory all the same. */
	assert_int_equal(m.report.kind, BORN_KIND_ONE);
	assert_string_equal(m.report.name.path, "/etc/pki/nssdb");
	assert_null(m.report.name.pattern);
	made_births_release(&m);
}

/* Of filesystems that are not wanted nothing is counted by name. */
static void filter_leaves_out(void **state)
{
	struct ss_proc_key cc;

	made_births_init(&m, 16);
	cc = made_births_proc(&m, 5, "cc", 1);
	make_missing(&cc, -1, 10);
	m.place_result = 1;
	m.report.filtered = true;
	made_births_report(&m, state, NULL, 100);
	assert_int_equal(m.report.kind, BORN_KIND_NONE);
	assert_int_equal(m.report.floods.count, 0);
	made_births_release(&m);
}

static void any_bytes(uint64_t *seed, char *to, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		to[i] = random_below(seed, 3)
				? "\xc3\xa4/\n\033 \\aZ9\x01\xff"[random_below(seed, 12)]
				: (char)(1 + random_below(seed, 255));
	to[len] = '\0';
}

static void any_name_is_printed_safely(void **state)
{
	uint64_t seed = 5;

	for (int round = 0; round < 20; round++) {
		autofree char *text = NULL, *line = NULL;
		char path[600], comm[17], name[200];
		struct ss_proc_key proc;
		json_t *json;

		made_births_init(&m, 256);
		for (int i = 0; i < 5; i++) {
			any_bytes(&seed, comm, random_below(&seed, 17));
			proc = made_births_proc(&m, 4194304 - i, comm, 1);
			any_bytes(&seed, path, 1 + random_below(&seed, 599));
			m.path = path;
			any_bytes(&seed, name, 1 + random_below(&seed, 150));
			for (int n = 0; n < 40 * (i == 0) + 5; n++) {
				made_missing(&m.dentries, MADE_EXT4, DIR, name);
				made_born(&m, &proc, -1, n);
			}
			made_born_and_died(&m, &proc, name, 1);
		}
		made_births_report(&m, state, NULL, 100);
		text = written(dentry_births_text);
		line = written(fitting_headline);
		assert_fits(text);
		assert_fits(line);
		for (const char *s = text; *s; s++)
			assert_true(*s == '\n' || ((unsigned char)*s >= ' ' && *s != 0x7f));
		free(line);
		line = written(whole_headline);
		assert_null(strchr(line, '\n'));
		assert_null(strchr(line, '\033'));
		json = dentry_births_json(&m.report);
		assert_non_null(json);
		json_decref(json);
		made_births_release(&m);
	}
}

static void births_survive_lack_of_memory(void **state)
{
	struct ss_proc_key curl;
	int failures = 0;

	made_births_init(&m, 4096);
	curl = made_births_proc(&m, 812, "curl", 77);
	make_missing(&curl, made_births_stack(&m, lookup), 50);
	made_births_report(&m, state, NULL, 100);
	dentry_births_report_deinit(&m.report);
	for (long n = 0;; n++) {
		int err;

		memory_fails_after(n);
		err = dentry_births_report_build(&m.report, m.births, m.symbols, NULL, 100);
		if (!memory_failed()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_not_equal(err, 0);
		failures++;
	}
	assert_true(failures > 20);
	made_births_release(&m);
}

int test_dentry_births(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(nss_story),
		SANDBOXED(many_processes_are_one_program),
		SANDBOXED(pinned_and_growing),
		SANDBOXED(pinned_and_not_growing),
		SANDBOXED(parents_are_not_held),
		SANDBOXED(nothing_was_born),
		SANDBOXED(numbers_of_a_sample_say_so),
		SANDBOXED(tables_that_overflow_say_so),
		SANDBOXED(filter_leaves_out),
		SANDBOXED(any_name_is_printed_safely),
		SANDBOXED(births_survive_lack_of_memory),
	};

	return cmocka_run_group_tests_name("dentry_births", tests, NULL, NULL);
}
