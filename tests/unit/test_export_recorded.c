// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is exported of a recording is what was exported when it was made, byte for byte;
 * and its page has how origins grew, as the counters have it.
 */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cleanup.h"
#include "export_growth.h"
#include "made_export.h"
#include "made_recording.h"
#include "pprof.pb-c.h"
#include "stand_ins.h"

#define UNZIPPED_MAX (1 << 22)

static void check_texts(void)
{
	static const export_writer writers[] = {export_folded, export_folded_objects,
						export_csv,    export_csv_stacks,
						report_json,   export_openmetrics};

	for (size_t i = 0; i < ARRAY_SIZE(writers); i++)
		made_recording_check(&made.report, writers[i]);
}

static void recorded_report_exports_the_same(void **state)
{
	(void)state;
	made_report_take(&made);
	check_texts(); /* of nothing */
	made_report_fill(&made);
	made_report_take(&made);
	assert_true(made_export_live() > 3);
	check_texts();
	made.report.top = 2;
	check_texts();
}

static void recorded_names_export_the_same(void **state)
{
	made_hostile_fill(&made, state);
	check_texts();
	made_hostile_end(&made);
}

static Pprof__Profile *unpack(const struct report *r)
{
	autofree char *zipped = NULL;
	autofree uint8_t *bytes = malloc(UNZIPPED_MAX);
	size_t size;
	FILE *f = open_memstream(&zipped, &size);
	z_stream z = {.avail_out = UNZIPPED_MAX, .next_out = bytes};
	Pprof__Profile *p;

	assert_int_equal(export_pprof(r, f), 0);
	assert_int_equal(fclose(f), 0);
	z.next_in = (uint8_t *)zipped;
	z.avail_in = size;
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	p = pprof__profile__unpack(NULL, z.total_out, bytes);
	inflateEnd(&z);
	assert_non_null(p);
	return p;
}

/* What a recording has not: where functions are. The last string says so, in a comment. */
static uint8_t *without_addresses(Pprof__Profile *p, const char *comment, size_t *ret_size)
{
	uint8_t *bytes;

	assert_has(p->strings[p->comments[p->n_comments - 1]], comment);
	*p->strings[p->comments[p->n_comments - 1]] = '\0';
	for (size_t i = 0; i < p->n_locations; i++)
		p->locations[i]->address = 0;
	for (size_t i = 0; i < p->n_mappings; i++)
		p->mappings[i]->limit = 0;
	bytes = malloc(UNZIPPED_MAX);
	assert_true(pprof__profile__get_packed_size(p) <= UNZIPPED_MAX);
	*ret_size = pprof__profile__pack(p, bytes);
	pprof__profile__free_unpacked(p, NULL);
	return bytes;
}

/* Times and the kernel's build ID are among what is the same. */
static void recorded_profile_is_the_same_but_for_addresses(void **state)
{
	const char *path = made_recording_path();
	autofree uint8_t *expected = NULL, *found = NULL;
	size_t size, found_size;
	struct recorded *read;
	Pprof__Profile *p;

	(void)state;
	made_report_fill(&made);
	made.report.build_id = "4a5a9b0affb66c437abcd455d2738af879985fa9";
	made.report.began = 1763744530.125;
	made_report_take(&made);
	made_recording_write(path, &made.report);
	read = made_recording_read(path);
	made_recording_remove(path);
	p = unpack(recorded_report(read));
	assert_string_equal(p->strings[p->mappings[0]->build_id], made.report.build_id);
	assert_true(p->began_ns == llround(made.report.began * 1e9));
	found = without_addresses(p, "addresses: made up", &found_size);
	expected = without_addresses(unpack(&made.report), "addresses: from the first", &size);
	assert_int_equal(size, found_size);
	assert_memory_equal(expected, found, size);
	recorded_destroy(read);
}

#define SITES 100

/* Origins of which each has one object more than the one before, and a leak of few bytes. */
static void fill_sites(uint32_t *origins)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "kmalloc-64", 64, 64);

	for (uint32_t i = 0; i < SITES; i++) {
		origins[i] = made_origin(m, cache, MADE_OTHER + 0x200 * i + 5, 64, 0);
		made_objects(m, i + 1, origins[i], 0, 0, 3, 64);
	}
	made_leaks(m, 90, made_origin(m, made_cache(m, "kmalloc-8", 8, 8), MADE_APPEND, 8, 0), 0);
}

/* At 1, 2, ... 9 s; one origin frees an object each time. */
static void record(const char *path, struct made_ledger *m, uint32_t origin)
{
	struct recorder *r = NULL;

	assert_int_equal(recorder_create(path, &made_run, 0, "/nonexistent", &r), 0);
	for (int i = 1; i <= 9; i++) {
		const struct recorder_moment moment = {.at_s = i};

		made_freed(m, origin, 1);
		made.report.duration_s = i;
		made_report_take(&made);
		assert_int_equal(recorder_take(r, &moment, &made.report), 0);
		m->counts[origin].allocs++;
	}
	recorder_destroy(r);
}

static const struct snapshot_origin *origin_of(struct recorded *read,
					       const struct export_series *series)
{
	return &recorded_report(read)->snapshot->origins[series->origin];
}

static void check_growth(struct recorded *read, const struct export_growth *g, size_t points)
{
	const struct snapshot_origin *o = origin_of(read, &g->series[0]);
	size_t changed = 0;

	assert_close(g->length_s, (double)points);
	assert_int_equal(g->series_cnt, EXPORT_HTML_SERIES);
	assert_int_equal(g->left_out, SITES + 1 - EXPORT_HTML_SERIES);
	assert_true(report_is_leak(o));
	for (size_t i = 0; i < g->series_cnt; i++) {
		const struct export_series *s = &g->series[i];

		o = origin_of(read, s);
		assert_true(i < 2 || o->objects + 1 == origin_of(read, s - 1)->objects ||
			    o->frees || origin_of(read, s - 1)->frees);
		changed += s->point_cnt > 1;
		assert_int_equal(s->point_cnt, o->frees && points > 1 ? points : 1);
		assert_close(s->points[0].at_s, 1);
		/* What is live at the end is what the report has. */
		assert_int_equal(s->points[s->point_cnt - 1].objects, o->objects);
		assert_int_equal(s->points[s->point_cnt - 1].bytes, o->bytes);
	}
	assert_int_equal(changed, points > 1);
}

static struct recorded *read_at(struct recording *rec, double at_s)
{
	struct recorded *read = NULL;
	char why[RECORDING_WHY];

	assert_int_equal(recording_at(rec, at_s, &read, why), 0);
	assert_int_equal(snapshot_rank(recorded_report(read)->snapshot, SNAPSHOT_BY_BYTES), 0);
	return read;
}

static void recorded_page_has_growth_to_its_moment(void **state)
{
	const char *path = made_recording_path();
	char why[RECORDING_WHY];
	uint32_t origins[SITES];
	struct recording *rec;

	(void)state;
	fill_sites(origins);
	record(path, &made.ledger, origins[SITES - 1]);
	assert_int_equal(recording_open(path, &rec, why), 0);
	for (int at_s = 1; at_s <= 9; at_s++) {
		struct recorded *read = read_at(rec, at_s);
		struct export_growth *growth = NULL;

		assert_int_equal(export_growth_create(rec, read, &growth), 0);
		check_growth(read, growth, at_s);
		export_growth_destroy(growth);
		recorded_destroy(read);
	}
	recording_close(rec);
	made_recording_remove(path);
}

static void recorded_growth_is_whole_or_not_there(void **state)
{
	const char *path = made_recording_path();
	char why[RECORDING_WHY];
	int err = -ENOMEM, failures = 0;
	uint32_t origins[SITES];
	struct recorded *read;
	struct recording *rec;

	(void)state;
	fill_sites(origins);
	record(path, &made.ledger, origins[0]);
	assert_int_equal(recording_open(path, &rec, why), 0);
	read = read_at(rec, INFINITY);
	for (long n = 0; err; n++) {
		struct export_growth *growth = NULL;

		memory_fails_after(n);
		err = export_growth_create(rec, read, &growth);
		assert_int_equal(memory_failed(), err != 0);
		assert_true(!err || err == -ENOMEM);
		assert_int_equal(!growth, err != 0);
		failures += err != 0;
		export_growth_destroy(growth);
	}
	assert_true(failures > EXPORT_HTML_SERIES);
	recorded_destroy(read);
	recording_close(rec);
	made_recording_remove(path);
}

int test_export_recorded(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(recorded_report_exports_the_same),
		WITH_REPORT(recorded_names_export_the_same),
		WITH_REPORT(recorded_profile_is_the_same_but_for_addresses),
		WITH_REPORT(recorded_page_has_growth_to_its_moment),
		WITH_REPORT(recorded_growth_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("export_recorded", tests, NULL, NULL);
}
