// SPDX-License-Identifier: GPL-2.0-or-later
/* merge_files.c: which recordings stand for which host. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_recording.h"
#include "merge_files.h"

#define MOST 6

static char *paths[MOST];
static size_t path_cnt, steps_max;
static struct merge_files *files;

static int setup(void **state)
{
	files = NULL;
	path_cnt = 0;
	steps_max = SIZE_MAX;
	return made_report_setup(state);
}

static int teardown(void **state)
{
	for (size_t i = 0; i < path_cnt; i++)
		made_recording_remove(paths[i]);
	merge_files_destroy(files);
	return made_report_teardown(state);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* A recording of a host and boot, that began at some time and took so long. */
static void put(const char *host, const char *boot, double began, double length_s)
{
	const struct recorder_moment moment = {.at_s = length_s};
	struct recording_run run = made_run;
	struct report_source source;
	struct recorder *recorder = NULL;

	if (!made.report.snapshot)
		made_report_take(&made);
	run.host = host;
	run.boot_id = boot;
	run.began = began;
	paths[path_cnt] = (char *)made_recording_path();
	assert_int_equal(recorder_create(paths[path_cnt++], &run, 0, "/nonexistent", &recorder), 0);
	assert_int_equal(recorder_take(recorder, &moment, &made.report), 0);
	assert_int_equal(recorder_end(recorder, "test", &source), 0);
	recorder_destroy(recorder);
}

static bool step(void *arg, size_t n)
{
	(void)arg;
	return n < steps_max;
}

static void look(void)
{
	assert_int_equal(merge_files_create(paths, path_cnt, step, NULL, &files), 0);
}

/* Which of the paths the i-th of the list is. */
static void assert_file(size_t i, size_t nr, size_t machine)
{
	assert_int_equal(files->list[i].nr, nr);
	assert_ptr_equal(files->list[i].path, paths[nr]);
	assert_int_equal(files->list[i].machine, machine);
}

static void assert_called(size_t i, const char *expected)
{
	autofree char *name = merge_file_name(&files->list[i]);

	assert_string_equal(name, expected);
}

static void hosts_as_they_were_given(void **state)
{
	(void)state;
	put("web2", "boot-c", 1000, 10);
	put("web1", "boot-b", 1000, 10);
	put("db", "boot-a", 5000, 10);
	look();
	assert_int_equal(files->machines, 3);
	for (size_t i = 0; i < 3; i++)
		assert_file(i, i, i);
	assert_called(1, "web1");
	assert_false(files->list[1].other_boot || files->list[1].namesake);
}

static void one_boot_is_one_host(void **state)
{
	(void)state;
	put("web1", "boot-a", 1000, 10);
	put("web2", "boot-b", 1000, 10);
	put("web1", "boot-a", 1005, 100);
	put("web1", "boot-a", 900, 10);
	look();
	assert_int_equal(files->machines, 2);
	/* The one that ends last is first of its host. */
	assert_file(0, 2, 0);
	assert_file(1, 0, 0);
	assert_file(2, 3, 0);
	assert_file(3, 1, 1);
	assert_called(0, "web1");
	assert_false(files->list[0].other_boot);
}

static void a_host_is_booted_again(void **state)
{
	(void)state;
	put("web1", "boot-a", 1000, 10);
	put("web1", "boot-b", 2000, 10);
	look();
	assert_int_equal(files->machines, 1);
	assert_file(0, 1, 0);
	assert_true(files->list[0].other_boot);
	assert_called(0, "web1");
}

/* Two at a time are not one. */
static void namesakes(void **state)
{
	char expected[128];

	(void)state;
	put("localhost", "boot-a", 1000, 10);
	put("localhost", "boot-b", 1005, 10);
	put("localhost", "boot-c", 3000, 10);
	look();
	assert_int_equal(files->machines, 2);
	assert_file(0, 2, 0);
	assert_file(1, 0, 0);
	assert_file(2, 1, 1);
	assert_true(files->list[0].namesake && files->list[2].namesake);
	assert_true(files->list[0].other_boot && !files->list[2].other_boot);
	snprintf(expected, sizeof(expected), "localhost (%s)", paths[1]);
	assert_called(2, expected);
}

/* As many hosts as were recorded at once, whatever numbers their boots drew. */
static void boots_in_disorder(void **state)
{
	(void)state;
	put("localhost", "boot-a", 1000, 10);
	put("localhost", "boot-c", 1005, 15);
	put("localhost", "boot-d", 1015, 15);
	put("localhost", "boot-b", 1025, 15);
	look();
	assert_int_equal(files->machines, 2);
	assert_file(0, 2, 0);
	assert_file(1, 0, 0);
	assert_file(2, 3, 1);
	assert_file(3, 1, 1);
}

static void who_has_no_name(void **state)
{
	(void)state;
	put("(anonymous)", "boot-a", 1000, 10);
	put("(anonymous)", "boot-b", 2000, 10);
	put("(anonymous)", "boot-a", 3000, 10);
	put("(anonymous)", "", 1000, 10);
	put("(anonymous)", "", 2000, 10);
	/* And who is called otherwise, sometimes. */
	put("web1", "boot-b", 1500, 10);
	look();
	assert_int_equal(files->machines, 4);
	assert_file(0, 2, 0);
	assert_called(0, paths[2]);
	assert_false(files->list[0].namesake || files->list[0].other_boot);
	assert_file(2, 1, 1);
	assert_file(3, 5, 1);
	assert_called(2, paths[1]);
	assert_called(3, "web1");
}

static void what_is_no_recording(void **state)
{
	(void)state;
	put("web1", "boot-a", 1000, 10);
	paths[path_cnt++] = (char *)"/nonexistent/\033[31m";
	paths[path_cnt++] = (char *)"/proc/self/status";
	put("web2", "boot-b", 1000, 10);
	look();
	assert_int_equal(files->count, 4);
	assert_int_equal(files->machines, 2);
	assert_file(0, 0, 0);
	assert_file(1, 3, 1);
	assert_int_equal(merge_files_in(files, MERGE_UNREADABLE), 2);
	assert_int_equal(files->list[2].nr, 1);
	assert_string_equal(files->list[2].why,
			    "'/nonexistent/\\x1b[31m': No such file or directory");
	assert_has(files->list[3].why, "not a recording");
	path_cnt = 1; /* the others are not ours to remove */
	made_recording_remove(paths[3]);
}

static void interrupted(void **state)
{
	(void)state;
	put("web1", "boot-a", 1000, 10);
	put("web2", "boot-b", 1000, 10);
	steps_max = 1;
	look();
	assert_true(files->cut_short);
	assert_int_equal(files->count, 1);
	assert_file(0, 0, 0);
}

int test_merge_files(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(hosts_as_they_were_given), WITH_FILES(one_boot_is_one_host),
		WITH_FILES(a_host_is_booted_again),   WITH_FILES(namesakes),
		WITH_FILES(boots_in_disorder),	      WITH_FILES(who_has_no_name),
		WITH_FILES(what_is_no_recording),     WITH_FILES(interrupted),
	};

	return cmocka_run_group_tests_name("merge_files", tests, NULL, NULL);
}
