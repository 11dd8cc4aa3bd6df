// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * record [-o ORIGINS] [-s SECONDS] [-p PERCENT]: what it costs to write a recording, of a
 * made-up ledger in which a share of the origins changes each second. Counters are
 * written each second of made-up time, and everything as often as `slabsight record`
 * would. CPU time is this process's own, and includes taking the snapshots, which scan the
 * table of objects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "made_ledger.h"
#include "random.h"
#include "record_pace.h"
#include "recorder.h"
#include "report.h"

#define DEPTH	12
#define BUCKETS 156250
#define SITE(i) (0xffffffff81000000ull + 64 * (i))

struct bench {
	struct made_ledger ledger;
	struct ss_bucket *buckets;
	struct symbols *symbols;
	struct slabs *slabs;
	struct hook hooks[HOOK_COUNT];
	struct recorder *recorder;
	struct record_pace pace;
	uint32_t origins;
	uint64_t seed;
	double counting_s, counts, deep_s, deeps;
};

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void fill(struct bench *b)
{
	struct made_ledger *m = &b->ledger;
	uint32_t caches[50], task;

	made_init(m);
	task = made_task(m, "worker");
	for (uint32_t i = 0; i < 50; i++) {
		char name[32];

		snprintf(name, sizeof(name), "cache-%u", i);
		caches[i] = made_cache(m, name, 64 + 8 * i, 64 + 8 * i);
	}
	for (uint32_t i = 0; i < b->origins; i++)
		made_origin(m, caches[i % 50], SITE(i), 64 + 8 * (i % 50), 0);
	/* As many stacks as a ledger holds: one for each, and a second for some. */
	for (uint32_t i = 0; m->stack < SS_STACKS && m->slot < MADE_BUCKETS * SS_WAYS; i++) {
		uint32_t origin = SS_ORIGIN_FIRST + i % b->origins;
		uint64_t frames[DEPTH] = {SITE(i % b->origins)};

		for (uint32_t f = 1; f < DEPTH; f++)
			frames[f] = SITE(random_below(&b->seed, 20000));
		made_object(m, origin, made_rec(m, origin, made_stack(m, frames, DEPTH), task), 0,
			    500 + i, 40);
	}
	/* A table for a million objects: taking a snapshot is to scan all of it. */
	b->buckets = calloc(BUCKETS, sizeof(*b->buckets));
	if (!b->buckets)
		abort();
	memcpy(b->buckets, m->buckets, MADE_BUCKETS * sizeof(*b->buckets));
	m->view.buckets = b->buckets;
	m->view.bucket_cnt = BUCKETS;
}

static void change(struct bench *b, uint32_t changing)
{
	for (uint32_t i = 0; i < changing; i++)
		made_freed(&b->ledger, SS_ORIGIN_FIRST + random_below(&b->seed, b->origins), 10);
	b->ledger.view.jiffies += 250;
	b->ledger.view.settled += 250;
}

static double live(void *arg, uint32_t origin)
{
	const struct ledger *l = arg;

	return (double)(l->counts[origin].allocs - l->counts[origin].frees);
}

static int take(struct bench *b, const struct recorder_moment *m)
{
	struct report report = {
		.command = "record",
		.host = "bench",
		.release = "6.12",
		.machine = "x86_64",
		.duration_s = m->at_s,
		.symbols = b->symbols,
		.before = b->slabs,
		.after = b->slabs,
		.hooks = b->hooks,
	};
	int err = snapshot_create(&b->ledger.view, false, &report.snapshot);

	if (!err)
		err = recorder_take(b->recorder, m, &report);
	snapshot_destroy(report.snapshot);
	return err;
}

/* One made-up second; as cmd_record.c does it. */
static int second(struct bench *b, double now)
{
	const double before = cpu_s();
	struct recorder_moment m;
	double cost;
	bool deep;
	int err;

	if (!record_pace_due(&b->pace, now))
		return 0;
	deep = record_pace_deep(&b->pace, now);
	m = (struct recorder_moment){now, b->pace.late, b->pace.put_off};
	if (deep)
		err = take(b, &m);
	else
		err = recorder_count(b->recorder, &m, &b->ledger.view, b->symbols, live,
				     &b->ledger.view);
	cost = cpu_s() - before;
	record_pace_taken(&b->pace, deep, cost);
	*(deep ? &b->deep_s : &b->counting_s) += cost;
	*(deep ? &b->deeps : &b->counts) += 1;
	return err;
}

static void print(const struct bench *b, int seconds, const char *path)
{
	struct stat st = {};

	stat(path, &st);
	printf("%u origins, %d s at one snapshot a second\n", b->origins, seconds);
	printf("  counters %7.2f ms each, of %.0f\n", 1e3 * b->counting_s / b->counts, b->counts);
	printf("  whole    %7.2f ms each, of %.0f\n", 1e3 * b->deep_s / b->deeps, b->deeps);
	printf("  in all   %7.2f %% of one CPU, %.1f MB in the file\n",
	       100 * (b->counting_s + b->deep_s) / seconds, st.st_size / 1e6);
}

int main(int argc, char **argv)
{
	static struct bench b = {.origins = 5000, .seed = 1};
	const struct recording_run run = {.slabsight = "bench",
					  .host = "",
					  .release = "",
					  .machine = "",
					  .build_id = "",
					  .btf = "",
					  .boot_id = "",
					  .every_s = 1};
	char path[] = "/var/tmp/slabsight-bench-XXXXXX";
	int option, seconds = 600, percent = 10, err = 0;

	while ((option = getopt(argc, argv, "o:s:p:")) != -1) {
		if (option == 'o')
			b.origins = atoi(optarg);
		else if (option == 's')
			seconds = atoi(optarg);
		else if (option == 'p')
			percent = atoi(optarg);
		else
			return 2;
	}
	if (b.origins < 1 || b.origins > SS_ORIGINS - SS_ORIGIN_FIRST || !mkdtemp(path))
		return 2;
	if (chdir(path))
		return 1;
	for (int i = 0; i < HOOK_COUNT; i++)
		b.hooks[i] = (struct hook){.spec = &hook_specs[i]};
	fill(&b);
	if (symbols_create(NULL, &b.symbols) || slabs_create(NULL, NULL, &b.slabs) ||
	    recorder_create("r", &run, 0, NULL, &b.recorder))
		return 1;
	record_pace_init(&b.pace, 1);
	for (int now = 1; now <= seconds && !err; now++) {
		change(&b, b.origins * percent / 100);
		err = second(&b, now);
	}
	recorder_destroy(b.recorder);
	if (err)
		fprintf(stderr, "record: %s\n", strerror(-err));
	else
		print(&b, seconds, "r");
	unlink("r");
	rmdir(path);
	made_deinit(&b.ledger);
	free(b.buckets);
	symbols_destroy(b.symbols);
	slabs_destroy(b.slabs);
	return err != 0;
}
