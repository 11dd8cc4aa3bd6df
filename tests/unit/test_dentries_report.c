// SPDX-License-Identifier: GPL-2.0-or-later
/* dentries_report.c with its text and JSON, over a made-up machine. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_dentries.h"
#include "dentries_report.h"
#include "read_json.h"
#include "stand_ins.h"

static struct made_dentries m;

static int setup(void **state)
{
	memset(&m, 0, sizeof(m));
	return sandbox_setup(state);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, sandbox_teardown)

/* A root filesystem, /dev/shm, and an overlay that is not mounted here. */
static const char mountinfo[] = "27 1 254:0 / / rw - ext4 /dev/vda rw\n"
				"28 27 0:30 / /dev/shm rw - tmpfs tmpfs rw\n";

static uint64_t root, etc, shm;

/* 997 missing names in /etc, 10 files in /dev/shm, a socket, and processes in like directories. */
static void make_machine(void)
{
	char name[64];

	root = made_dentry(&m, MADE_EXT4, 0, "/");
	etc = made_dentry(&m, MADE_EXT4, root, "etc");
	shm = made_dentry(&m, MADE_TMPFS, 0, "/");
	for (int i = 0; i < 997; i++) {
		snprintf(name, sizeof(name), ".%d_dOeSnotExist_.db", i);
		made_missing(&m, MADE_EXT4, etc, name);
	}
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "segment%c", 'a' + i);
		made_dentry(&m, MADE_TMPFS, shm, name);
	}
	for (int i = 0; i < 50; i++) {
		uint64_t process;

		snprintf(name, sizeof(name), "%d", i);
		process = made_dentry(&m, MADE_OVERLAY, 0x7777, name);
		made_missing(&m, MADE_OVERLAY, process, "status");
	}
	made_dentry(&m, MADE_SOCKFS, 0, "");
}

struct made_report {
	struct dentries_report report;
	struct dentries_config config;
	struct dentries *dentries;
	struct dentry_paths *paths;
	struct mounts *mounts;
};

static void build(struct made_report *r, void **state, size_t room, size_t rows)
{
	*r = (struct made_report){
		.config = made_config(&m, room),
		.report =
			{
				.command = "dentries",
				.host = "web3",
				.release = "6.12.117+deb12-cloud-amd64",
				.machine = "x86_64",
				.scan_s = 0.25,
				.read_s = 1.5,
				.memory_bytes = 16ull << 30,
				.object_size = 192,
				.before = {1120, 1040, 1040},
				.after = {1120, 1047, 1046},
				.top = 10,
			},
	};
	r->dentries = made_dentries_count(&m, &r->config);
	assert_int_equal(dentry_paths_create(made_look, &m, &r->paths), 0);
	assert_int_equal(mounts_create(sandbox_file(state, "mountinfo", mountinfo), &r->mounts), 0);
	assert_int_equal(dentries_report_build(&r->report, r->dentries, r->paths, r->mounts, rows),
			 0);
}

static void release(struct made_report *r)
{
	dentries_report_deinit(&r->report);
	mounts_destroy(r->mounts);
	dentry_paths_destroy(r->paths);
	dentries_destroy(r->dentries);
}

static char *written(const struct dentries_report *r,
		     int (*write)(const struct dentries_report *, FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(write(r, f), 0);
	fclose(f);
	return text;
}

static const struct dentries_row *find(const struct dentries_rows *rows, const char *path,
				       const char *pattern)
{
	for (size_t i = 0; i < rows->count; i++)
		if ((!path || !strcmp(rows->at[i].path, path)) &&
		    (!pattern || !strcmp(rows->at[i].pattern, pattern)))
			return &rows->at[i];
	fail_msg("no row %s %s", path ? path : "", pattern ? pattern : "");
	return NULL;
}

static uint64_t all(const struct dentries_row *row)
{
	return row->counts[DENTRIES_ALL];
}

static void report_has_paths_and_patterns(void **state)
{
	const struct dentries_report *r;
	struct made_report made_;
	double percent;

	make_machine();
	build(&made_, state, 4096, 100);
	r = &made_.report;
	assert_int_equal(r->total[DENTRIES_ALL], m.count);
	assert_int_equal(r->bytes, 192 * m.count);
	assert_int_equal(all(find(&r->filesystems, "/", NULL)), 999);
	assert_int_equal(all(find(&r->filesystems, "/dev/shm", NULL)), 11);
	assert_int_equal(all(find(&r->filesystems, "(overlay)", NULL)), 100);
	assert_int_equal(all(find(&r->filesystems, "(sockfs)", NULL)), 1);
	assert_int_equal(all(find(&r->directories, "/etc", NULL)), 997);
	assert_int_equal(all(find(&r->directories, "/dev/shm", NULL)), 10);
	assert_int_equal(all(find(&r->directories, "(no directory: sockfs)", NULL)), 1);
	assert_int_equal(find(&r->directories, "(overlay)/...", NULL)->state, DENTRY_PATH_GONE);
	/* Fifty directories of one child each. */
	assert_int_equal(all(find(&r->shapes, "(overlay)/.../N", NULL)), 50);
	assert_int_equal(all(find(&r->shapes, "/etc", NULL)), 997);
	assert_int_equal(all(find(&r->floods, "/etc", ".N_dOeSnotExist_.db")), 997);
	assert_int_equal(all(find(&r->patterns, NULL, "status")), 50);
	assert_ptr_equal(find(&r->directories, "/etc", NULL), r->directories.at);
	assert_int_equal(r->directories.known, 4 + 50 + 3);
	assert_false(r->directories.incomplete);
	assert_false(r->shapes.estimated);
	assert_int_equal(r->verdict.kind, DENTRIES_KIND_SMALL);
	assert_has(r->verdict.head, "called .N_dOeSnotExist_.db in /etc");
	assert_true(dentries_report_deviation(r, &percent));
	assert_close(percent, 100 * (m.count - 1120.0) / 1120);
	release(&made_);
}

/* More directories than are looked at: counts are scaled up. */
static void report_estimates_shapes_of_many_directories(void **state)
{
	struct made_report made_;
	const struct dentries_row *row;
	char name[64];

	make_machine();
	for (int i = 0; i < 2900; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		made_missing(&m, MADE_OVERLAY, 0x10000 + i % 2899, name);
	}
	build(&made_, state, 4096, 5);
	assert_int_equal(made_.report.directories.count, 5);
	assert_int_equal(made_.report.directories.known, 2899 + 57);
	row = find(&made_.report.shapes, "(overlay)/...", NULL);
	assert_int_equal(all(row), 2950);
	assert_false(made_.report.shapes.estimated);
	release(&made_);
	/* Tables that are too small for what there is. */
	build(&made_, state, 64, 5);
	assert_true(made_.report.directories.incomplete);
	assert_int_equal(all(find(&made_.report.directories, "/etc", NULL)), 997);
	release(&made_);
}

static void text_begins_with_the_answer(void **state)
{
	autofree char *text = NULL;
	struct made_report r;

	make_machine();
	build(&r, state, 4096, 100);
	text = written(&r.report, dentries_text);
	assert_fits(text);
	assert_memory_equal(text, "web3  Linux 6.12.117+deb12-cloud-amd64 x86_64  dentries now, ",
			    61);
	assert_has(text, "\nnothing remarkable: ");
	assert_has(text, "\npinned ");
	assert_has(text, "  files                  11   1.0%  of these: files of");
	assert_has(text, " 997  187 KiB     0%     100%  /etc\n");
	assert_has(text, " 997  187 KiB     0%     100%  /etc/.N_dOeSnotExist_.db\n");
	assert_has(text, "   1    192 B   100%       0%  (no directory: ext4) /\n");
	assert_has(text, "  50  9.4 KiB     0%     100%  (overlay)/.../N\n");
	assert_lacks(text, "dying");
	assert_has(text, "ext4      /\n");
	release(&r);
	free(text);
	/* A flood on a machine of 4 MB. */
	build(&r, state, 4096, 100);
	dentries_report_deinit(&r.report);
	memset(r.report.met, 0, sizeof(r.report.met));
	r.report.memory_bytes = 4 << 20;
	r.report.fs = "e\033xt4";
	assert_int_equal(dentries_report_build(&r.report, r.dentries, r.paths, r.mounts, 100), 0);
	text = written(&r.report, dentries_text);
	assert_fits(text);
	assert_has(text, "\nnot a leak: ");
	assert_has(text, "\n  free now    echo 2 > /proc/sys/vm/drop_caches");
	assert_has(text, "dentries of e\\x1bxt4 now");
	release(&r);
}

static void any_name(uint64_t *seed, char *to, uint32_t most)
{
	uint32_t len = 1 + random_below(seed, most);

	for (uint32_t i = 0; i < len; i++)
		to[i] = random_below(seed, 3)
				? "\xc3\xa4/\n\033 \\aZ9\x01\xff"[random_below(seed, 12)]
				: (char)(1 + random_below(seed, 255));
	to[len] = '\0';
}

/* Names of any bytes, deep and long paths: nothing reaches the terminal, nothing is too wide. */
static void text_prints_any_name_safely(void **state)
{
	uint64_t seed = 11;

	for (int round = 0; round < 20; round++) {
		autofree char *text = NULL;
		struct made_report r;
		uint64_t at;

		memset(&m, 0, sizeof(m));
		at = made_dentry(&m, MADE_EXT4, 0, "/");
		for (int i = 0; i < 300; i++) {
			char name[SS_NAME_WHOLE];

			any_name(&seed, name, 1u << random_below(&seed, 8));
			if (random_below(&seed, 4))
				made_missing(&m, MADE_EXT4, at, name);
			else
				at = made_dentry(&m, MADE_EXT4, at, name);
			made_last(&m)->unhashed = !random_below(&seed, 50);
		}
		build(&r, state, 4096, 100);
		r.report.top = 0;
		text = written(&r.report, dentries_text);
		assert_fits(text);
		for (const char *c = text; *c; c++)
			assert_true(*c == '\n' || (unsigned char)*c >= ' ');
		free(text);
		text = written(&r.report, dentries_json);
		for (const char *c = text; *c; c++)
			assert_true(*c == '\n' || (*c >= ' ' && (unsigned char)*c <= 0x7f));
		release(&r);
	}
}

static void json_has_the_same_numbers(void **state)
{
	autofree char *text = NULL;
	struct made_report r;
	json_error_t error;
	json_t *document, *d, *row;

	make_machine();
	build(&r, state, 4096, 100);
	text = written(&r.report, dentries_json);
	document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(document);
	assert_int_equal(json_get_integer(document, "schema"), 1);
	assert_string_equal(json_get_string(document, "tool"), "slabsight");
	assert_string_equal(json_get_string(document, "command"), "dentries");
	assert_string_equal(json_get_string(json_get(document, "kernel"), "machine"), "x86_64");
	assert_close(json_get_real(document, "duration_s"), 1.75);
	d = json_get(document, "dentries");
	assert_int_equal(json_get_integer(json_get(d, "total"), "dentries"), m.count);
	assert_int_equal(json_get_integer(json_get(d, "total"), "unused_negative"), 1047);
	assert_int_equal(json_get_integer(json_get(d, "total"), "files_in_memory"), 11);
	assert_string_equal(json_get_string(json_get(d, "verdict"), "kind"), "small");
	assert_int_equal(json_get_integer(json_get(json_get(d, "dentry_state"), "met"), "dentries"),
			 m.count);
	row = json_array_get(json_get(d, "filesystems"), 0);
	assert_string_equal(json_get_string(row, "type"), "ext4");
	assert_string_equal(json_get_string(row, "mount"), "/");
	assert_int_equal(json_get_integer(row, "major"), 254);
	assert_int_equal(json_get_integer(row, "negative"), 997);
	assert_true(json_is_null(json_get(json_array_get(json_get(d, "filesystems"), 1), "mount")));
	row = json_array_get(json_get(json_get(d, "names_in_directories"), "rows"), 0);
	assert_string_equal(json_get_string(row, "path"), "/etc");
	assert_string_equal(json_get_string(row, "path_state"), "whole");
	assert_string_equal(json_get_string(row, "pattern"), ".N_dOeSnotExist_.db");
	assert_int_equal(json_get_integer(row, "unused"), 997);
	assert_int_equal(json_get_integer(row, "bytes"), 997 * 192);
	assert_int_equal(json_array_size(json_get(json_get(d, "directories"), "rows")), 57);
	json_decref(document);
	release(&r);
}

static void report_of_nothing(void **state)
{
	autofree char *text = NULL;
	struct made_report r;
	double percent;

	build(&r, state, 16, 100);
	r.report.before = r.report.after = (struct dentry_state){0};
	assert_false(dentries_report_deviation(&r.report, &percent));
	text = written(&r.report, dentries_text);
	assert_fits(text);
	assert_has(text, "there are none.");
	free(text);
	text = written(&r.report, dentries_json);
	assert_has(text, "\"deviation_percent\": null");
	release(&r);
}

static void report_survives_lack_of_memory(void **state)
{
	struct made_report r;
	int failures = 0;

	make_machine();
	build(&r, state, 4096, 100);
	dentries_report_deinit(&r.report);
	for (long n = 0;; n += n < 40 ? 1 : 23) {
		int err;

		memory_fails_after(n);
		err = dentries_report_build(&r.report, r.dentries, r.paths, r.mounts, 100);
		if (!memory_failed()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_not_equal(err, 0);
		failures++;
	}
	assert_true(failures > 40);
	release(&r);
}

int test_dentries_report(void)
{
	const struct CMUnitTest tests[] = {
		TEST(report_has_paths_and_patterns),
		TEST(report_estimates_shapes_of_many_directories),
		TEST(text_begins_with_the_answer),
		TEST(text_prints_any_name_safely),
		TEST(json_has_the_same_numbers),
		TEST(report_of_nothing),
		TEST(report_survives_lack_of_memory),
	};

	return cmocka_run_group_tests_name("dentries_report", tests, NULL, NULL);
}
