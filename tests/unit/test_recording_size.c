// SPDX-License-Identifier: GPL-2.0-or-later
/* How large a recording gets: what is old is thinned out, and what does not fit at all is said. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "made_recorder.h"
#include "made_recording.h"

#define MOST_BYTES 1500000

/* Ten times what fits: the file stays small, and goes back to the beginning. */
static void recording_stays_as_small_as_it_may(void **state)
{
	const char *path = made_recording_path();
	struct recorder *r = made_recorder_create(path, MOST_BYTES);
	uint64_t bytes, snapshots, written = 0, seed = 4;
	uint32_t origins[200];
	struct recording *rec;
	struct recorded *read = NULL;
	char why[RECORDING_WHY];
	char *said = NULL;

	(void)state;
	made_recorder_sites(origins, 200);
	for (int i = 1; i <= 700; i++) {
		for (int n = 0; n < 60; n++)
			made_freed(&made.ledger, origins[random_below(&seed, 200)], 3);
		if (i % 3)
			made_recorder_count(r, i);
		else
			made_recorder_take(r, i);
		assert_int_equal(recorder_size(r, &bytes, &snapshots), 0);
		assert_true(bytes <= MOST_BYTES);
		written++;
	}
	assert_true(snapshots < written / 2);
	made_recorder_take(r, 701);
	said = made_recording_written(&made.report, report_json);
	recorder_destroy(r);
	/* Older ones are further apart. */
	assert_true(made_recording_number(path, "SELECT count(*) FROM snapshot WHERE at <= 350") *
			    2 <
		    made_recording_number(path, "SELECT count(*) FROM snapshot WHERE at > 350"));
	assert_true(made_recording_number(
			    path, "SELECT count(*) FROM snapshot WHERE at <= 350 AND deep") > 2);
	rec = made_recording_open(path);
	/* All that are left can be read, and the books of each balance. */
	for (double at = 701; at > 0;) {
		const struct snapshot *s;

		if (recording_at(rec, at, &read, why) == -ENOENT)
			break;
		assert_non_null(read);
		s = recorded_report(read)->snapshot;
		assert_int_equal(s->origin_cnt, 200);
		for (size_t i = 0; i < s->origin_cnt; i++) {
			assert_int_equal(s->origins[i].allocs,
					 s->origins[i].frees + s->origins[i].objects);
			assert_int_equal(s->origins[i].stack_cnt, 1);
			written += s->origins[i].frees;
		}
		/* Those sums are of one moment: the totals were written beside them. */
		at = recorded_report(read)->source->at_s - 0.5;
		if (at > 700) {
			autofree char *again = NULL;

			recorded_report(read)->source = NULL;
			again = made_recording_written(recorded_report(read), report_json);
			assert_string_equal(said, again);
		}
		for (size_t i = 0, sum = 0; i < s->origin_cnt; i++) {
			sum += s->origins[i].frees;
			if (i + 1 == s->origin_cnt)
				assert_int_equal(sum, s->frees);
		}
		recorded_destroy(read);
		read = NULL;
	}
	recording_close(rec);
	free(said);
	made_recording_remove(path);
}

/* Each whole snapshot is a good part of what the file may have: there is room for the next. */
static void recording_of_large_snapshots(void **state)
{
	const char *path = made_recording_path();
	struct recorder *r = made_recorder_create(path, MOST_BYTES);
	uint64_t bytes, snapshots;
	uint32_t origins[2000];

	(void)state;
	made_recorder_sites(origins, ARRAY_SIZE(origins));
	for (int i = 1; i <= 80; i++) {
		for (size_t n = 0; n < ARRAY_SIZE(origins); n++)
			made_freed(&made.ledger, origins[n], 3);
		made_recorder_take(r, i);
		assert_int_equal(recorder_size(r, &bytes, &snapshots), 0);
		assert_true(bytes <= MOST_BYTES);
	}
	assert_true(snapshots >= 3);
	recorder_destroy(r);
	recorded_destroy(made_recording_read(path));
	made_recording_remove(path);
}

/* What cannot be kept within its size is an error, once, and the file can be read. */
static void recording_that_is_full(void **state)
{
	const char *path = made_recording_path();
	struct recorder *r = made_recorder_create(path, 200000);
	const struct recorder_moment m = {.at_s = 2};
	uint32_t origins[1000];
	struct recorded *read;

	(void)state;
	made_report_fill(&made);
	made_recorder_take(r, 1);
	made_recorder_sites(origins, 900);
	made_report_take(&made);
	assert_int_equal(recorder_take(r, &m, &made.report), -ENOSPC);
	assert_int_equal(recorder_take(r, &m, &made.report), -ENOSPC);
	recorder_destroy(r);
	read = made_recording_read(path);
	assert_close(recorded_report(read)->source->at_s, 1);
	assert_int_equal(recorded_report(read)->snapshot->origin_cnt, 6);
	recorded_destroy(read);
	made_recording_remove(path);
}

int test_recording_size(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(recording_stays_as_small_as_it_may),
		WITH_REPORT(recording_of_large_snapshots),
		WITH_REPORT(recording_that_is_full),
	};

	return cmocka_run_group_tests_name("recording, size", tests, NULL, NULL);
}
