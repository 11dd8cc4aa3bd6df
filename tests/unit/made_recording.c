// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports that are recorded and read again. */
#include "fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "made_recording.h"
#include "recording_db.h"
#include "report_run.h"

const struct recording_run made_run = {
	.slabsight = "0.0.0",
	.host = "web3",
	.release = "6.12.117+deb12-cloud-amd64",
	.machine = "x86_64",
	.build_id = "0123456789abcdef",
	.btf = "fedcba9876543210",
	.boot_id = "6b29fc40-ca47-1067-b31d-00dd010662da",
	.began = 1763744530,
	.utc_offset = 3600,
	.every_s = 10,
};

const char *made_recording_path(void)
{
	static char paths[8][64];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/slabsight-unit-%d-%u.rec",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (int)getpid(), next);
	return path;
}

void made_recording_remove(const char *path)
{
	static const char *const beside[] = {"", "-wal", "-shm", "-journal"};
	char name[128];

	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		snprintf(name, sizeof(name), "%s%s", path, beside[i]);
		unlink(name);
	}
}

void made_recording_write(const char *path, const struct report *r)
{
	const struct recorder_moment moment = {.at_s = r->duration_s};
	struct report_source source;
	struct recorder *recorder = NULL;

	assert_int_equal(recorder_create(path, &made_run, 0, "/nonexistent", &recorder), 0);
	assert_int_equal(recorder_take(recorder, &moment, r), 0);
	assert_int_equal(recorder_end(recorder, "test", &source), 0);
	recorder_destroy(recorder);
}

/* Contents, pins, repetitions: what made_report_fill() has none of. */
static void add_rarities(struct snapshot *s)
{
	struct snapshot_origin *o = &s->origins[0];

	s->repetition_cnt = 3;
	o->repetitions = calloc(3, sizeof(*o->repetitions));
	o->contents = calloc(1, sizeof(*o->contents));
	o->pins = calloc(1, sizeof(*o->pins));
	assert_true(o->repetitions && o->contents && o->pins);
	o->repetitions[1] = 5;
	o->contents[0] = (struct snapshot_content){"string", strdup("\"file-name-1\""), 3};
	o->content_cnt = 1;
	o->looked = 4;
	*o->pins = (struct snapshot_pins){.looked = 9, .pinned = 4, .born = {[7] = 4}};
}

const char *made_recording_of_everything(void)
{
	static char *const argv[] = {"ls", "-l", NULL};
	static const struct report_run run = {.argv = argv, .wanted = 3, .counted = 3};
	static const struct settle settle = {.plan = {.rcu = true}, .waited_s = 0.2};
	static const struct reclaim reclaim = {.how = RECLAIM_SLAB, .why = "no \033 way"};
	const char *path = made_recording_path();

	made_report_fill(&made);
	made_report_take(&made);
	add_rarities(made.report.snapshot);
	made.report.run = &run;
	made.report.settle = &settle;
	made.report.reclaim = &reclaim;
	made_recording_write(path, &made.report);
	return path;
}

int64_t made_recording_number(const char *path, const char *sql)
{
	sqlite3_int64 n = -1;
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	if (recording_db_number(db, sql, 0, &n))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
	return n;
}

struct recording *made_recording_open(const char *path)
{
	struct recording *rec = NULL;
	char why[RECORDING_WHY] = "";

	if (recording_open(path, &rec, why))
		fail_msg("%s", why);
	return rec;
}

struct recorded *made_recording_read(const char *path)
{
	struct recording *rec = made_recording_open(path);
	struct recorded *read = NULL;
	char why[RECORDING_WHY] = "";

	if (recording_at(rec, INFINITY, &read, why))
		fail_msg("%s", why);
	recording_close(rec);
	return read;
}

char *made_recording_written(const struct report *r, report_writer writer)
{
	char *whole = NULL;
	size_t size;
	FILE *f = open_memstream(&whole, &size);

	assert_non_null(f);
	assert_int_equal(writer(r, f), 0);
	fclose(f);
	return whole;
}

/* Other verdicts for a while: the array, and who points into it. */
struct kept_verdicts {
	struct verdict *all;
	const struct verdict **of;
};

static void swap_verdicts(struct snapshot *s, struct kept_verdicts *k)
{
	struct verdict *all = s->verdicts;
	size_t n = 0;

	s->verdicts = k->all;
	k->all = all;
	for (size_t i = 0; i < s->origin_cnt; i++) {
		struct snapshot_origin *o = &s->origins[i];
		const struct verdict *was = o->verdict;

		o->verdict = k->of[n];
		k->of[n++] = was;
		for (size_t j = 0; j < o->stack_cnt; j++) {
			was = o->stacks[j].verdict;
			o->stacks[j].verdict = k->of[n];
			k->of[n++] = was;
		}
	}
}

void made_recording_check(const struct report *report, report_writer writer)
{
	const char *path = made_recording_path();
	autofree char *expected = NULL, *found = NULL;
	struct snapshot *s = report->snapshot;
	struct kept_verdicts kept = {};
	struct recorded *read;
	struct report r = *report;
	size_t count = 1;

	for (size_t i = 0; i < s->origin_cnt; i++)
		count += 1 + s->origins[i].stack_cnt;
	kept.of = calloc(count, sizeof(*kept.of));
	assert_non_null(kept.of);
	swap_verdicts(s, &kept);
	assert_int_equal(verdict_all(s, r.reclaimable_bit, r.symbols), 0);
	made_recording_write(path, &r);
	read = made_recording_read(path);
	made_recording_remove(path);
	/* What is not recorded, but asked for by who reads it. */
	recorded_report(read)->top = r.top;
	recorded_report(read)->suppressions = r.suppressions;
	r.source = recorded_report(read)->source;
	r.show_addresses = false;
	r.debuginfo = NULL;
	if (r.suppressions)
		suppressions_apply((struct suppressions *)r.suppressions,
				   recorded_report(read)->snapshot, recorded_report(read)->symbols);
	expected = made_recording_written(&r, writer);
	found = made_recording_written(recorded_report(read), writer);
	swap_verdicts(s, &kept);
	free(kept.all);
	free(kept.of);
	recorded_destroy(read);
	assert_string_equal(expected, found);
}
