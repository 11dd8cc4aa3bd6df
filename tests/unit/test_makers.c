// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who made objects, by name and cgroup: in a snapshot, in reports, through a recording.
 * Cgroups are directories of the test's, whose inode numbers are their ids.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroups.h"
#include "cleanup.h"
#include "export.h"
#include "made_recording.h"
#include "read_json.h"
#include "recording_db.h"
#include "report_run.h"

#define ID   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD  "docker-" ID ".scope"
#define LONG "a-slice-of-a-user-whose-name-is-long.slice/of-what-it-runs.service"

#define GONE(id) ((id) + 1000000) /* nobody's */

static struct cgroups *cgroups;

static uint64_t make_cgroup(void **state, const char *name)
{
	char below[256];
	const char *path;
	struct stat st;

	snprintf(below, sizeof(below), "cgroup/%s", name);
	path = sandbox_path(state, below);
	mkdir(sandbox_path(state, "cgroup"), 0700);
	if (mkdir(path, 0700) || stat(path, &st))
		fail_msg("cannot make %s", path);
	return st.st_ino;
}

static void name_cgroups(void **state)
{
	assert_int_equal(cgroups_create(sandbox_path(state, "cgroup"), &cgroups), 0);
	made.ledger.view.cgroups = cgroups;
}

static int teardown(void **state)
{
	int err = made_report_teardown(state);

	cgroups_destroy(cgroups);
	cgroups = NULL;
	return err;
}

#define WITH_CGROUPS(test) cmocka_unit_test_setup_teardown(test, made_report_setup, teardown)

/* An origin with one stack, and leaked objects of each of the tasks. */
static uint32_t leak(const uint32_t *tasks, const uint32_t *counts, size_t count)
{
	struct made_ledger *m = &made.ledger;
	uint32_t origin = made_origin(m, made_cache(m, "kmalloc-16", 16, 16), MADE_APPEND, 16,
				      SS_ORIGIN_KMALLOC);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_READDIR}, 2);

	for (size_t i = 0; i < count; i++)
		made_leaks(m, counts[i], origin, made_rec(m, origin, stack, tasks[i]));
	return origin;
}

#define LEAK(counts, ...)                                                                          \
	leak((const uint32_t[]){__VA_ARGS__}, counts,                                              \
	     sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))
#define COUNTS(...) ((const uint32_t[]){__VA_ARGS__})

/* What the report says after "made by", up to the stack. */
static char *made_by(void)
{
	autofree char *text = made_report_text(&made);
	char *from = strstr(text, "made by "), *to = from ? strstr(from, "\n          nfs_") : NULL;

	assert_fits(text);
	assert_true(from && to);
	from += strlen("made by ");
	return strndup(from, to - from);
}

static void assert_made_by(const char *expected)
{
	autofree char *said = made_by();

	assert_string_equal(said, expected);
}

/* One name in two cgroups is two; one in one, whose entries were made at once, is one. */
static void snapshot_has_a_task_a_cgroup(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint64_t a = make_cgroup(state, "a"), b = make_cgroup(state, "b");
	const struct snapshot_stack *st;
	struct snapshot_task all;

	name_cgroups(state);
	LEAK(COUNTS(50, 30, 40, 7), made_task_in(m, "ls", a), made_task_in(m, "ls", b),
	     made_task_in(m, "ls", b), made_task(m, "cat"));
	made_report_take(&made);
	st = &made.report.snapshot->origins[0].stacks[0];
	assert_int_equal(st->task_cnt, 3);
	assert_int_equal(st->tasks[0].objects, 70);
	assert_int_equal(st->tasks[0].cgroup, b);
	assert_string_equal(st->tasks[0].path, "/b");
	assert_int_equal(st->tasks[1].objects, 50);
	assert_string_equal(st->tasks[1].comm, "ls");
	assert_string_equal(st->tasks[1].path, "/a");
	assert_int_equal(st->tasks[2].cgroup, 0);
	assert_null(st->tasks[2].path);
	assert_true(snapshot_task_by_name(st, "ls", &all));
	assert_int_equal(all.objects, 120);
	assert_close(all.weight, 120);
	assert_false(snapshot_task_by_name(st, "l", &all));
}

/* Where none of a name survived, in one of its cgroups, its deaths are still the name's. */
static void deaths_of_a_name_are_told_in_another_cgroup(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint64_t a = make_cgroup(state, "a"), b = make_cgroup(state, "b");
	uint32_t origin, dead = m->rec + 2, other = m->rec + 3;
	const struct snapshot_stack *st;
	struct snapshot_task all;

	name_cgroups(state);
	origin = LEAK(COUNTS(50, 50, 0, 0), made_task_in(m, "ls", a), made_task(m, "cat"),
		      made_task_in(m, "ls", b), made_task_in(m, "rm", b));
	made_freed(m, origin, 100);
	m->rec_lives[dead].life[9] = 60;
	m->rec_lives[other].life[9] = 5;
	made_report_take(&made);
	st = &made.report.snapshot->origins[0].stacks[0];
	assert_int_equal(st->task_cnt, 2);
	assert_int_equal(st->lives.died[9], 65);
	assert_true(snapshot_task_by_name(st, "ls", &all));
	assert_int_equal(all.lives.died[9], 60);
	assert_true(snapshot_task_by_name(st, "cat", &all));
	assert_int_equal(all.lives.died[9], 0);
}

/* Told once, where all have it in common; else of each; and not of the root. */
static void report_names_the_cgroup(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint64_t pod = make_cgroup(state, POD), b = make_cgroup(state, "b");

	name_cgroups(state);
	LEAK(COUNTS(90, 10), made_task_in(m, "imap", pod), made_task_in(m, "ls", pod));
	assert_made_by("imap (90%), ls (10%), all in container 0123456789ab");
	m->tasks[1].cgroup = b;
	assert_made_by("imap in container 0123456789ab (90%), ls in /b (10%)");
	m->tasks[0].cgroup = cgroups_path(cgroups, 0) ? 0 : 1; /* not known */
	assert_made_by("imap (90%), ls in /b (10%)");
	m->tasks[0].cgroup = m->tasks[1].cgroup = 0;
	assert_made_by("imap (90%), ls (10%)");
}

static void report_says_nothing_of_the_root(void **state)
{
	struct made_ledger *m = &made.ledger;
	struct stat st;

	make_cgroup(state, "a");
	assert_int_equal(stat(sandbox_path(state, "cgroup"), &st), 0);
	name_cgroups(state);
	LEAK(COUNTS(90), made_task_in(m, "imap", st.st_ino));
	assert_made_by("imap (100%)");
	assert_string_equal(made.report.snapshot->origins[0].stacks[0].tasks[0].path, "/");
}

/* Of a long path the end; a hostile one is escaped; nor is a command's own cgroup news. */
static void report_is_safe_and_short(void **state)
{
	struct made_ledger *m = &made.ledger;
	static struct run_cgroup own;
	static char *argv[] = {"true", NULL};
	const struct report_run run = {.argv = argv, .cgroup = &own};
	uint64_t evil = make_cgroup(state, "e\x1b[31m\n\xff"), deep;

	make_cgroup(state, "a-slice-of-a-user-whose-name-is-long.slice");
	deep = make_cgroup(state, LONG);
	name_cgroups(state);
	LEAK(COUNTS(90), made_task_in(m, "imap", evil));
	assert_made_by("imap (100%) in /e\\x1b[31m\\n\\xff");
	m->tasks[0].cgroup = deep;
	assert_made_by("imap (100%) in .../of-what-it-runs.service");
	snprintf(own.path, sizeof(own.path), "/sys/fs/cgroup/%s", LONG);
	made.report.run = &run;
	assert_made_by("imap (100%)");
}

/* One program leaks, in two cgroups, what another does not: both are told, and its share. */
static void report_names_the_cgroups_of_one_program(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint64_t pod = make_cgroup(state, POD), b = make_cgroup(state, "b");
	uint32_t origin, rec;

	name_cgroups(state);
	rec = m->rec + 2;
	origin = LEAK(COUNTS(300, 100, 0), made_task_in(m, "imap", pod), made_task_in(m, "imap", b),
		      made_task_in(m, "sound", b));
	/* Five a second that die after 160 s or later. */
	for (int i = 0; i < 800; i++)
		made_object(m, origin, rec, 0, 50 * i, 1);
	made_freed(m, origin, 1200);
	m->rares[origin].life[15] = m->rec_lives[rec].life[15] = 1200;
	made_report_take(&made);
	assert_string_equal(made.report.snapshot->origins[0].verdict->comm, "imap");
	assert_int_equal(made.report.snapshot->origins[0].verdict->old, 400);
	assert_made_by("imap in container 0123456789ab (25%), imap in /b\n        (8%)");
	m->tasks[1].cgroup = pod;
	assert_made_by("imap in container 0123456789ab");
}

static void coverage_says_what_has_no_name(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint64_t a = make_cgroup(state, "a");
	autofree char *named = NULL, *gone = NULL, *none = NULL;

	name_cgroups(state);
	LEAK(COUNTS(90, 10), made_task_in(m, "imap", a), made_task_in(m, "ls", a));
	named = made_report_text(&made);
	assert_lacks(named, "  cgroups");
	m->tasks[1].cgroup = GONE(a);
	gone = made_report_text(&made);
	assert_has(gone, "  cgroups  10 survivors by programs in cgroups that were gone");
	made.report.no_cgroups = "cgroup v2 is not mounted";
	none = made_report_text(&made);
	assert_has(none, "  cgroups  of programs are not told: cgroup v2 is not mounted\n");
}

static void json_and_tap_have_cgroups(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint64_t pod = make_cgroup(state, POD);
	autofree char *tap = NULL;
	json_t *root, *task;

	name_cgroups(state);
	LEAK(COUNTS(90, 10, 5), made_task_in(m, "imap", pod), made_task_in(m, "ls", GONE(pod)),
	     made_task(m, "imap"));
	made_report_take(&made);
	root = json_read_report(NULL);
	task = json_array_get(
		json_get(json_array_get(
				 json_get(json_array_get(json_get(root, "origins"), 0), "stacks"),
				 0),
			 "tasks"),
		0);
	assert_string_equal(json_get_string(task, "comm"), "imap");
	assert_int_equal(json_get_integer(task, "cgroup_id"), pod);
	assert_string_equal(json_get_string(task, "cgroup"), "/" POD);
	assert_string_equal(json_get_string(task, "container"), "0123456789ab");
	json_decref(root);
	tap = made_report_write(&made, report_tap);
	assert_has(tap, "    tasks:\n      - \"imap\"\n      - \"ls\"\n    cgroups:\n"
			"      - \"/" POD "\"\n    stack:\n");
}

/* All that is printed of cgroups is printed of a recording, too, with the cgroups gone. */
static void recording_keeps_cgroups(void **state)
{
	static const report_writer writers[] = {report_text,	   report_json,	 report_tap,
						export_csv_stacks, export_pprof, export_folded};
	struct made_ledger *m = &made.ledger;
	uint64_t pod = make_cgroup(state, POD), evil = make_cgroup(state, "e\x1b\n\xff");

	name_cgroups(state);
	LEAK(COUNTS(90, 10, 5, 4), made_task_in(m, "imap", pod), made_task_in(m, "imap", evil),
	     made_task_in(m, "imap", GONE(pod)), made_task_in(m, "ls", pod));
	made_report_take(&made);
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++)
		made_recording_check(&made.report, writers[i]);
	made.report.no_cgroups = "cgroup v2 is not mounted";
	made_recording_check(&made.report, report_text);
}

/* A file as slabsight wrote it before it knew cgroups. */
static void recording_of_schema_1_is_read(void **state)
{
	static const char downgrade[] =
		"BEGIN; CREATE TABLE t AS SELECT id, comm FROM task; DROP TABLE task; "
		"CREATE TABLE task(id INTEGER PRIMARY KEY, comm TEXT); "
		"INSERT INTO task SELECT * FROM t; DROP TABLE t; "
		"DELETE FROM fact WHERE name = 'report.no_cgroups' OR name LIKE 'run.unstarted%'; "
		"PRAGMA user_version = 1; "
		"COMMIT";
	struct made_ledger *m = &made.ledger;
	const char *path = made_recording_path();
	const struct snapshot_stack *st;
	struct recorded *read;
	sqlite3 *db;

	make_cgroup(state, "a");
	name_cgroups(state);
	LEAK(COUNTS(90, 10), made_task_in(m, "imap", 1234), made_task(m, "ls"));
	made_report_take(&made);
	made_recording_write(path, &made.report);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(recording_db_run(db, downgrade), 0);
	sqlite3_close(db);
	read = made_recording_read(path);
	st = &recorded_report(read)->snapshot->origins[0].stacks[0];
	assert_int_equal(st->task_cnt, 2);
	assert_string_equal(st->tasks[0].comm, "imap");
	assert_int_equal(st->tasks[0].cgroup, 0);
	assert_null(st->tasks[0].path);
	recorded_destroy(read);
	made_recording_remove(path);
}

int test_makers(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CGROUPS(snapshot_has_a_task_a_cgroup),
		WITH_CGROUPS(deaths_of_a_name_are_told_in_another_cgroup),
		WITH_CGROUPS(report_names_the_cgroup),
		WITH_CGROUPS(report_says_nothing_of_the_root),
		WITH_CGROUPS(report_is_safe_and_short),
		WITH_CGROUPS(report_names_the_cgroups_of_one_program),
		WITH_CGROUPS(coverage_says_what_has_no_name),
		WITH_CGROUPS(json_and_tap_have_cgroups),
		WITH_CGROUPS(recording_keeps_cgroups),
		WITH_CGROUPS(recording_of_schema_1_is_read),
	};

	return cmocka_run_group_tests_name("makers", tests, NULL, NULL);
}
