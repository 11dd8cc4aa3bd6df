// SPDX-License-Identifier: GPL-2.0-or-later
/* recorder_names.c and recording_names.c: modules that go, and come again, elsewhere or changed. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "code_images.h"
#include "made_recording.h"
#include "stand_ins.h"

#define FIRST  0xffffffffc0200000ull
#define APART  0x100000ull
#define PLACE  0x110 /* of the function, in the module */
#define OFFSET 5

static const char *root, *path;
static struct symbols *symbols;
static struct recorder *recorder;
static int loads;

static int setup(void **state)
{
	int err = made_report_setup(state);

	root = sandbox_path(state, "");
	path = made_recording_path();
	symbols = NULL;
	recorder = NULL;
	loads = 0;
	assert_int_equal(mkdir(sandbox_path(state, "proc"), 0700), 0);
	assert_int_equal(mkdir(sandbox_path(state, "sys"), 0700), 0);
	assert_int_equal(mkdir(sandbox_path(state, "sys/module"), 0700), 0);
	assert_int_equal(mkdir(sandbox_path(state, "sys/module/m"), 0700), 0);
	assert_int_equal(mkdir(sandbox_path(state, "sys/module/m/notes"), 0700), 0);
	return err;
}

static int teardown(void **state)
{
	recorder_destroy(recorder);
	symbols_destroy(symbols);
	made_recording_remove(path);
	stand_in_modules = NULL;
	return made_report_teardown(state);
}

#define WITH_MODULES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static uint64_t start_of(int load)
{
	return FIRST + load * APART;
}

static void write_build_id(void **state, uint8_t build)
{
	static const uint32_t head[] = {4, 8, 3};
	const char *name = sandbox_path(state, "sys/module/m/notes/.note.gnu.build-id");
	FILE *f = fopen(name, "we");

	assert_non_null(f);
	fwrite(head, sizeof(head), 1, f);
	fwrite("GNU", 4, 1, f);
	for (int i = 0; i < 8; i++)
		fputc(build, f);
	assert_int_equal(fclose(f), 0);
}

/* It lies somewhere else than ever before; its function is where it was in it. */
static void load(void **state, uint8_t build)
{
	const uint64_t start = start_of(loads++);
	char modules[128], names[128];

	snprintf(modules, sizeof(modules), "m 8192 0 - Live 0x%llx\n", (unsigned long long)start);
	snprintf(names, sizeof(names), "ffffffff81000000 T _text\n%llx t leaks\t[m]\n",
		 (unsigned long long)start + PLACE);
	stand_in_modules = sandbox_file(state, "proc/modules", modules);
	write_build_id(state, build);
	sandbox_file(state, "kallsyms", names);
	if (symbols)
		assert_int_equal(symbols_refresh(symbols, NULL), 0);
	else
		assert_int_equal(symbols_create(sandbox_path(state, "kallsyms"), &symbols), 0);
}

/* An object more of the module as it was loaded then, from 0. */
static uint32_t book(int as_of)
{
	struct made_ledger *m = &made.ledger;
	uint64_t site = start_of(as_of) + PLACE + OFFSET;
	uint32_t origin = made_origin(m, made_cache(m, "c", 64, 64), site, 64, 0);

	made_objects(m, 1, origin, 0, 0, 50, 64);
	return origin;
}

static void take(double at_s)
{
	const struct recorder_moment m = {.at_s = at_s};

	if (!recorder)
		assert_int_equal(recorder_create(path, &made_run, 0, root, &recorder), 0);
	made.report.duration_s = at_s;
	made_report_take(&made);
	made.report.symbols = symbols;
	assert_int_equal(recorder_take(recorder, &m, &made.report), 0);
	made.report.symbols = made.symbols;
}

static double live(void *arg, uint32_t origin)
{
	const struct ledger *l = arg;

	return (double)(l->counts[origin].allocs - l->counts[origin].frees);
}

static void count(double at_s)
{
	const struct recorder_moment m = {.at_s = at_s};
	struct ledger l = made.ledger.view;

	l.counts = made.ledger.counts;
	assert_int_equal(recorder_count(recorder, &m, &l, symbols, live, &l), 0);
}

static int64_t number(const char *sql)
{
	return made_recording_number(path, sql);
}

static struct recorded *read_all(void)
{
	recorder_destroy(recorder);
	recorder = NULL;
	return made_recording_read(path);
}

#define OF_M " FROM frame JOIN image ON image.id = image WHERE module = 'm'"

/* The places in it are those in it, wherever it lies; and what was there before, stays. */
static void module_that_comes_again(void **state)
{
	char build_id[BUILD_ID];
	struct recorded *read;
	uint32_t old;

	load(state, 0xaa);
	old = book(0);
	take(1);
	load(state, 0xaa);
	book(1);
	made.ledger.counts[old].allocs++;
	take(2);
	made.ledger.counts[old].allocs++;
	count(3);
	assert_int_equal(number("SELECT count(*) FROM image WHERE module = 'm'"), 1);
	assert_int_equal(number("SELECT count(*)" OF_M), 2);
	assert_int_equal(number("SELECT min(place)" OF_M), PLACE + OFFSET);
	assert_int_equal(number("SELECT max(place)" OF_M), PLACE + OFFSET);
	assert_int_equal(number("SELECT count(*) FROM origin"), 2);
	assert_int_equal(number("SELECT count(*) FROM counter WHERE origin = 1"), 3);
	read = read_all();
	assert_int_equal(recorded_report(read)->snapshot->origin_cnt, 2);
	code_images_build_id(recorded_report(read)->images, "m", build_id);
	assert_string_equal(build_id, "aaaaaaaaaaaaaaaa");
	recorded_destroy(read);
}

/* Where two builds were loaded, lines of one would be wrong for the other. */
static void module_that_was_built_again(void **state)
{
	char build_id[BUILD_ID];
	struct recorded *read;

	load(state, 0xaa);
	book(0);
	take(1);
	load(state, 0xbb);
	book(1);
	take(2);
	assert_int_equal(number("SELECT count(*) FROM image WHERE module = 'm'"), 2);
	assert_int_equal(number("SELECT count(DISTINCT image)" OF_M), 2);
	assert_int_equal(number("SELECT max(place)" OF_M), PLACE + OFFSET);
	read = read_all();
	code_images_build_id(recorded_report(read)->images, "m", build_id);
	assert_string_equal(build_id, "");
	recorded_destroy(read);
}

/* When it is gone, what it has left is where it was. */
static void module_that_is_gone(void **state)
{
	uint32_t old;

	load(state, 0xaa);
	old = book(0);
	take(1);
	stand_in_modules = sandbox_file(state, "proc/modules", "other 1 0 - Live 0x1\n");
	assert_int_equal(symbols_refresh(symbols, NULL), 0);
	made.ledger.counts[old].allocs++;
	take(2);
	assert_int_equal(number("SELECT count(*) FROM image WHERE module = 'm'"), 1);
	assert_int_equal(number("SELECT count(*)" OF_M), 1);
	assert_int_equal(number("SELECT count(*) FROM origin"), 1);
	recorded_destroy(read_all());
}

/* Another lies where it was. */
static void load_over(void **state)
{
	char modules[128], names[128];

	snprintf(modules, sizeof(modules), "n 8192 0 - Live 0x%llx\n",
		 (unsigned long long)start_of(0));
	snprintf(names, sizeof(names), "ffffffff81000000 T _text\n%llx t other\t[n]\n",
		 (unsigned long long)start_of(0) + PLACE);
	stand_in_modules = sandbox_file(state, "proc/modules", modules);
	sandbox_file(state, "kallsyms", names);
	assert_int_equal(symbols_refresh(symbols, NULL), 0);
}

/*
 * Which of the two a place is in is not known. It stays the same origin, without a name: as a new
 * one, what it had before would be what came since.
 */
static void module_that_lies_over_another(void **state)
{
	char why[RECORDING_WHY];
	struct recorded *read;
	struct recording *rec;
	uint32_t old;

	load(state, 0xaa);
	old = book(0);
	take(1);
	assert_int_equal(number("SELECT count(*)" OF_M), 1);
	load_over(state);
	made.ledger.view.settled = made.ledger.view.jiffies += 100;
	made.ledger.counts[old].allocs++;
	take(2);
	made.ledger.counts[old].allocs++;
	count(3);
	assert_int_equal(number("SELECT count(*) FROM origin"), 1);
	assert_int_equal(number("SELECT count(*) FROM frame WHERE function IS NOT NULL OR image IS "
				"NOT NULL OR place IS NOT NULL OR offset IS NOT NULL"),
			 0);
	assert_int_equal(number("SELECT count(*) FROM counter WHERE origin = 1"), 3);
	read = read_all();
	assert_int_equal(recorded_report(read)->snapshot->origin_cnt, 1);
	assert_null(symbols_find(recorded_report(read)->symbols,
				 recorded_report(read)->snapshot->origins[0].site)
			    .name);
	recorded_destroy(read);
	assert_int_equal(recording_open(path, &rec, why), 0);
	assert_int_equal(recording_between(rec, 1, 2, &read, why), 0);
	assert_int_equal(recorded_report(read)->snapshot->origins[0].allocs, 1);
	recorded_destroy(read);
	recording_close(rec);
}

/* As often as a test of days may load it. */
static void module_that_comes_again_and_again(void **state)
{
	struct recorded *read;
	struct report *r;

	for (int i = 0; i < 100; i++) {
		load(state, 0xaa);
		book(i);
		take(i + 1);
	}
	read = read_all();
	r = recorded_report(read);
	assert_int_equal(r->snapshot->origin_cnt, 100);
	for (size_t i = 0; i < 100; i++) {
		const uint64_t site = r->snapshot->origins[i].site;
		const struct symbol sym = symbols_find(r->symbols, site);

		assert_string_equal(sym.name, "leaks");
		assert_string_equal(sym.module, "m");
		assert_int_equal(sym.offset, OFFSET);
		assert_int_equal(code_images_place(r->images, 0, site, OFFSET), PLACE + OFFSET);
	}
	recorded_destroy(read);
}

int test_recording_modules(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MODULES(module_that_comes_again),
		WITH_MODULES(module_that_was_built_again),
		WITH_MODULES(module_that_is_gone),
		WITH_MODULES(module_that_lies_over_another),
		WITH_MODULES(module_that_comes_again_and_again),
	};

	return cmocka_run_group_tests_name("recording, modules", tests, NULL, NULL);
}
