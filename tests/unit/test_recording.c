// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recordings of several snapshots: each is found again as it was, only what changed is
 * written, and no address gets into the file. That a report is the same when it was
 * recorded, every test that makes one checks: made_recording.h.
 */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "made_recorder.h"
#include "made_recording.h"

#define SITES 40

static void recording_has_every_snapshot(void **state)
{
	const char *path = made_recording_path();
	struct recorder *r = made_recorder_create(path, 0);
	char *said[100] = {}, why[RECORDING_WHY];
	struct recorded *read = NULL;
	struct recording *rec;
	uint32_t origins[SITES];
	uint64_t seed = 9;

	(void)state;
	made_recorder_sites(origins, SITES);
	/* More than a key has under it, so that some are read from the one and some from the next.
	 */
	for (int i = 0; i < 100; i++) {
		for (int n = 0; n < 5; n++)
			made_freed(&made.ledger, origins[random_below(&seed, SITES)], 7);
		if (i == 50)
			made.hooks[2].state = HOOK_MISSING;
		if (i == 50)
			snprintf(made.hooks[2].why, sizeof(made.hooks[2].why), "gone");
		made_recorder_take(r, 10 * (i + 1));
		said[i] = made_recording_written(&made.report, report_json);
	}
	recorder_destroy(r);
	rec = made_recording_open(path);
	assert_null(recording_run(rec)->ended);
	assert_string_equal(recording_run(rec)->boot_id, made_run.boot_id);
	for (int i = 0; i < 100; i++) {
		autofree char *again = NULL;

		/* As of then, or a little later. */
		assert_int_equal(recording_at(rec, 10 * (i + 1) + i % 9, &read, why), 0);
		assert_close(recorded_report(read)->source->at_s, 10 * (i + 1));
		assert_int_equal(recorded_report(read)->source->nr, i + 1);
		recorded_report(read)->source = NULL;
		again = made_recording_written(recorded_report(read), report_json);
		assert_string_equal(said[i], again);
		recorded_destroy(read);
		free(said[i]);
	}
	assert_int_equal(recording_at(rec, 9.9, &read, why), -ENOENT);
	assert_has(why, "so early");
	recording_close(rec);
	made_recording_remove(path);
}

static void recording_has_only_what_changed(void **state)
{
	const char *path = made_recording_path();
	struct recorder *r = made_recorder_create(path, 0);
	uint32_t origins[SITES];

	(void)state;
	made_recorder_sites(origins, SITES);
	made_recorder_take(r, 10);
	made_freed(&made.ledger, origins[3], 1);
	made_freed(&made.ledger, origins[4], 1);
	made_recorder_take(r, 20);
	made_freed(&made.ledger, origins[4], 1);
	made_recorder_count(r, 30);
	made_recorder_count(r, 40);
	recorder_destroy(r);
	assert_int_equal(made_recording_number(path, "SELECT count(*) FROM origin"), SITES);
	assert_int_equal(
		made_recording_number(path, "SELECT count(*) FROM origin_state WHERE snapshot = 1"),
		SITES);
	assert_int_equal(
		made_recording_number(path, "SELECT count(*) FROM origin_state WHERE snapshot = 2"),
		2);
	assert_int_equal(
		made_recording_number(path, "SELECT count(*) FROM stack_state WHERE snapshot = 2"),
		2);
	assert_int_equal(made_recording_number(path, "SELECT count(*) FROM hook"), HOOK_COUNT);
	assert_int_equal(
		made_recording_number(path, "SELECT count(*) FROM fact WHERE name = 'report.host'"),
		1);
	assert_int_equal(
		made_recording_number(path, "SELECT count(*) FROM counter WHERE snapshot = 1"),
		SITES);
	assert_int_equal(
		made_recording_number(path, "SELECT count(*) FROM counter WHERE snapshot = 2"), 2);
	assert_int_equal(
		made_recording_number(path, "SELECT count(*) FROM counter WHERE snapshot = 3"), 1);
	assert_int_equal(
		made_recording_number(path, "SELECT count(*) FROM counter WHERE snapshot = 4"), 0);
	assert_int_equal(made_recording_number(path, "SELECT count(*) FROM snapshot WHERE deep"),
			 2);
	made_recording_remove(path);
}

static void recording_tells_how_an_origin_grew(void **state)
{
	const char *path = made_recording_path();
	struct recorder *r = made_recorder_create(path, 0);
	struct recording_point *points = NULL;
	struct recorded *read = NULL;
	const struct snapshot *s;
	char why[RECORDING_WHY];
	struct recording *rec;
	uint32_t origins[SITES];
	size_t cnt, found = 0;

	(void)state;
	made_recorder_sites(origins, SITES);
	for (int i = 1; i <= 9; i++) {
		made_freed(&made.ledger, origins[7], 100);
		made.ledger.counts[origins[7]].allocs += i > 5;
		if (i == 5)
			made_recorder_take(r, i);
		else
			made_recorder_count(r, i);
	}
	recorder_destroy(r);
	rec = made_recording_open(path);
	assert_int_equal(recording_at(rec, INFINITY, &read, why), 0);
	s = recorded_report(read)->snapshot;
	for (size_t i = 0; i < s->origin_cnt; i++) {
		assert_int_equal(recording_growth(rec, read, &s->origins[i], &points, &cnt), 0);
		if (s->origins[i].frees) {
			found++;
			assert_int_equal(cnt, 9);
		} else {
			assert_int_equal(cnt, 1);
		}
		for (size_t n = 0; cnt > 1 && n < cnt; n++) {
			assert_close(points[n].at_s, n + 1);
			assert_int_equal(points[n].frees, 100 * (n + 1));
			assert_int_equal(points[n].objects, n < 5 ? 1 : n - 3);
			assert_int_equal(points[n].bytes, 64 * points[n].objects);
			assert_int_equal(points[n].allocs, points[n].frees + points[n].objects);
		}
		free(points);
	}
	assert_int_equal(found, 1);
	recorded_destroy(read);
	recording_close(rec);
	made_recording_remove(path);
}

/* Not as a number of any width, in any order of bytes, and in no text. */
static void recording_has_no_addresses(void **state)
{
	const char *path = made_recording_path();
	static uint8_t bytes[1 << 21];
	size_t size;
	FILE *f;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	made_recording_write(path, &made.report);
	f = fopen(path, "re");
	assert_non_null(f);
	size = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	made_recording_remove(path);
	assert_true(size > 8192 && size < sizeof(bytes));
	for (size_t i = 0; i + 8 <= size; i++) {
		uint64_t little, big;

		memcpy(&little, bytes + i, sizeof(little));
		big = __builtin_bswap64(little);
		/* The halves of the kernel's addresses, but for -1 of a run of ones. */
		if ((little >> 47 == 0x1ffff && ~little) || (big >> 47 == 0x1ffff && ~big))
			fail_msg("an address at %zu: %llx", i, (unsigned long long)little);
		assert_false(!memcmp(bytes + i, "ffff8", 5) || !memcmp(bytes + i, "ffffff", 6));
	}
}

static void recording_is_for_its_owner(void **state)
{
	const char *path = made_recording_path();
	struct recorder *r = made_recorder_create(path, 0), *other = NULL;
	struct stat st;
	char beside[128];

	(void)state;
	umask(0);
	made_report_fill(&made);
	made_recorder_take(r, 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(beside, sizeof(beside), "%s-wal", path);
	assert_int_equal(stat(beside, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* What is there is not written over. */
	assert_int_equal(recorder_create(path, &made_run, 0, NULL, &other), -EEXIST);
	recorder_destroy(r);
	assert_int_equal(stat(beside, &st), -1);
	assert_int_equal(recorder_create("/nonexistent/x", &made_run, 0, NULL, &other), -ENOENT);
	made_recording_remove(path);
}

/* As kill -9 leaves it: the log is still beside it, and has what was committed. */
static void recording_that_was_not_ended(void **state)
{
	const char *path = made_recording_path(), *copy = made_recording_path();
	struct recorder *r = made_recorder_create(path, 0);
	autofree char *text = NULL;
	char command[512], why[RECORDING_WHY];
	struct recorded *read = NULL;
	struct recording *rec;

	(void)state;
	made_report_fill(&made);
	made_recorder_take(r, 1);
	made_recorder_take(r, 2);
	snprintf(command, sizeof(command), "cp %s %s && cp %s-wal %s-wal", path, copy, path, copy);
	assert_int_equal(system(command), 0);
	recorder_destroy(r);
	rec = made_recording_open(copy);
	assert_int_equal(recording_at(rec, INFINITY, &read, why), 0);
	assert_int_equal(recorded_report(read)->source->count, 2);
	assert_false(recorded_report(read)->source->ended);
	text = made_recording_written(recorded_report(read), report_text);
	assert_has(text, "the recording ends without its last snapshot");
	assert_fits(text);
	recorded_destroy(read);
	recording_close(rec);
	made_recording_remove(path);
	made_recording_remove(copy);
}

/* While somebody reads it the log stays beside it, and that is told. */
static void recording_that_is_read_while_it_ends(void **state)
{
	const char *path = made_recording_path();
	struct recorder *r = made_recorder_create(path, 0);
	struct report_source source;
	struct recording *rec;
	struct stat st;
	char beside[128];

	(void)state;
	snprintf(beside, sizeof(beside), "%s-wal", path);
	made_report_fill(&made);
	made_recorder_take(r, 1);
	rec = made_recording_open(path);
	made_recorder_take(r, 2);
	assert_int_equal(recorder_end(r, "duration", &source), 0);
	assert_false(recorder_make_whole(r));
	assert_int_equal(stat(beside, &st), 0);
	recording_close(rec);
	recorder_destroy(r);
	/* They were gone in the end. */
	assert_int_equal(stat(beside, &st), -1);
	recorded_destroy(made_recording_read(path));
	made_recording_remove(path);
}

static void recording_tells_what_was_left_out(void **state)
{
	const struct recorder_moment late = {.at_s = 5, .late = 3, .put_off = 2};
	const char *path = made_recording_path();
	struct recorder *r = made_recorder_create(path, 0);
	struct report_source source;
	struct recorded *read;
	autofree char *text = NULL;

	(void)state;
	made_report_fill(&made);
	made_recorder_take(r, 1);
	assert_int_equal(recorder_take(r, &late, &made.report), 0);
	assert_int_equal(recorder_end(r, "duration", &source), 0);
	assert_true(recorder_make_whole(r));
	recorder_destroy(r);
	assert_int_equal(source.late, 3);
	assert_int_equal(source.put_off, 2);
	assert_true(source.ended);
	read = made_recording_read(path);
	assert_memory_equal(recorded_report(read)->source, &source, sizeof(source));
	text = made_recording_written(recorded_report(read), report_text);
	assert_has(text, "recorded from 2025-11-21 18:02:10 +0100 for 5.0s; this is the last of 2 "
			 "whole\n    snapshots, after 5.0s\n    3 snapshots left out: ");
	assert_fits(text);
	recorded_destroy(read);
	made_recording_remove(path);
}

int test_recording(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(recording_has_every_snapshot),
		WITH_REPORT(recording_has_only_what_changed),
		WITH_REPORT(recording_tells_how_an_origin_grew),
		WITH_REPORT(recording_has_no_addresses),
		WITH_REPORT(recording_is_for_its_owner),
		WITH_REPORT(recording_that_was_not_ended),
		WITH_REPORT(recording_that_is_read_while_it_ends),
		WITH_REPORT(recording_tells_what_was_left_out),
	};

	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
