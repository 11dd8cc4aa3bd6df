// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * together.c: which leaks are one, by who made them, the way into the kernel, and when; and what
 * the reports make of it.
 */
#include "fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"
#include "read_json.h"
#include "together.h"

/* Functions of a table of symbols of their own, 0x100 bytes each. */
#define FUNCTION(n) (0xffffffff81000000ull + 0x100 * (n))
enum { FILP, BLOB, INIT_FILE, OPENAT, EVENTFD, IOCTL, DO_SYSCALL, ENTRY, KTHREAD, FORK, FUNCTIONS };

static const char *make_symbols(void **sandbox)
{
	static const char *const names[FUNCTIONS] = {
		"alloc_empty_file",
		"security_file_alloc",
		"init_file",
		"__x64_sys_openat",
		"__x64_sys_eventfd2",
		"__x64_sys_ioctl",
		"do_syscall_64",
		"entry_SYSCALL_64_after_hwframe",
		"kthread",
		"ret_from_fork",
	};
	char content[1024];
	size_t used = 0;

	for (size_t i = 0; i < FUNCTIONS; i++)
		used += snprintf(content + used, sizeof(content) - used, "%llx T %s\n", FUNCTION(i),
				 names[i]);
	return sandbox_file(sandbox, "functions", content);
}

static uint32_t add_origin(const char *cache, uint32_t size, int function)
{
	struct made_ledger *m = &made.ledger;

	return made_origin(m, made_cache(m, cache, size, size), FUNCTION(function) + 8, size, 0);
}

/* `n` objects of an origin, made by `comm` through these functions, the innermost first. */
static void leak(uint32_t n, uint32_t origin, const char *comm, const int *functions,
		 uint32_t count)
{
	struct made_ledger *m = &made.ledger;
	uint64_t frames[8];

	for (uint32_t i = 0; i < count; i++)
		frames[i] = FUNCTION(functions[i]) + 8 * (1 + i);
	made_leaks(m, n, origin,
		   made_rec(m, origin, made_stack(m, frames, count), made_task(m, comm)));
}

#define LEAK(n, origin, comm, ...)                                                                 \
	leak((n), (origin), (comm), (const int[]){__VA_ARGS__},                                    \
	     sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static void take(void **state)
{
	symbols_destroy(made.symbols);
	assert_int_equal(symbols_create(make_symbols(state), &made.symbols), 0);
	made.report.symbols = made.symbols;
	made_report_take(&made);
	assert_int_equal(report_leaks(&made.report), made.report.snapshot->origin_cnt);
}

/* Both origins are leaks; are they one? The same whichever is asked first. */
static bool are_together(void **state)
{
	const struct snapshot_origin *o;
	bool is;

	take(state);
	assert_int_equal(made.report.snapshot->origin_cnt, 2);
	o = made.report.snapshot->origins;
	is = together_made(&o[0], &o[1], made.symbols);
	assert_int_equal(together_made(&o[1], &o[0], made.symbols), is);
	return is;
}

static void a_file_and_its_blob_are_together(void **state)
{
	LEAK(400, add_origin("filp", 192, FILP), "httpd", FILP, OPENAT, DO_SYSCALL, ENTRY);
	LEAK(400, add_origin("lsm_file_cache", 24, BLOB), "httpd", BLOB, INIT_FILE, FILP, OPENAT,
	     DO_SYSCALL, ENTRY);
	assert_true(are_together(state));
}

/* A few that others make, or that somebody else freed, do not part them. */
static void a_few_others_do_not_part_them(void **state)
{
	uint32_t filp = add_origin("filp", 192, FILP);

	LEAK(400, filp, "httpd", FILP, OPENAT, DO_SYSCALL, ENTRY);
	LEAK(8, filp, "cron", FILP, OPENAT, DO_SYSCALL, ENTRY);
	LEAK(396, add_origin("lsm_file_cache", 24, BLOB), "httpd", BLOB, FILP, OPENAT, DO_SYSCALL,
	     ENTRY);
	assert_true(are_together(state));
}

/* Two ways, by which both are made in the same shares; and where only one of the ways is. */
static void two_ways_may_be_shared(void **state)
{
	uint32_t filp = add_origin("filp", 192, FILP);
	uint32_t blob = add_origin("lsm_file_cache", 24, BLOB);

	LEAK(240, filp, "httpd", FILP, OPENAT, DO_SYSCALL, ENTRY);
	LEAK(160, filp, "httpd", FILP, EVENTFD, DO_SYSCALL, ENTRY);
	LEAK(240, blob, "httpd", BLOB, FILP, OPENAT, DO_SYSCALL, ENTRY);
	LEAK(160, blob, "httpd", BLOB, FILP, EVENTFD, DO_SYSCALL, ENTRY);
	assert_true(are_together(state));
}

static void one_of_two_ways_is_not_enough(void **state)
{
	uint32_t filp = add_origin("filp", 192, FILP);

	LEAK(240, filp, "httpd", FILP, OPENAT, DO_SYSCALL, ENTRY);
	LEAK(160, filp, "httpd", FILP, EVENTFD, DO_SYSCALL, ENTRY);
	LEAK(400, add_origin("lsm_file_cache", 24, BLOB), "httpd", BLOB, OPENAT, DO_SYSCALL, ENTRY);
	assert_false(are_together(state));
}

static void system_calls_part_leaks_of_one_program(void **state)
{
	LEAK(400, add_origin("filp", 192, FILP), "httpd", FILP, OPENAT, DO_SYSCALL, ENTRY);
	LEAK(400, add_origin("lsm_file_cache", 24, BLOB), "httpd", BLOB, EVENTFD, DO_SYSCALL,
	     ENTRY);
	assert_false(are_together(state));
}

static void programs_part_leaks(void **state)
{
	LEAK(400, add_origin("filp", 192, FILP), "httpd", FILP, OPENAT, DO_SYSCALL, ENTRY);
	LEAK(400, add_origin("lsm_file_cache", 24, BLOB), "sshd", BLOB, FILP, OPENAT, DO_SYSCALL,
	     ENTRY);
	assert_false(are_together(state));
}

/* The same program and system call, but one grows faster and faster. */
static void births_part_leaks(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t blob = add_origin("lsm_file_cache", 24, BLOB);
	uint32_t rec = made_rec(m, blob,
				made_stack(m,
					   (uint64_t[]){FUNCTION(BLOB) + 8, FUNCTION(IOCTL) + 8,
							FUNCTION(DO_SYSCALL) + 8},
					   3),
				made_task(m, "httpd"));

	LEAK(400, add_origin("filp", 192, FILP), "httpd", FILP, IOCTL, DO_SYSCALL);
	for (int i = 0; i < 400; i++)
		made_object(m, blob, rec, 0,
			    MADE_BOOKED - (int64_t)(MADE_BOOKED * sqrt((i + 0.5) / 400)), 1);
	assert_false(are_together(state));
}

/* By chance leaks of the same rate differ from slice to slice; made together, they do not. */
static void chance_parts_leaks_of_one_rate(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t origins[2] = {add_origin("filp", 192, FILP),
			       add_origin("lsm_file_cache", 24, BLOB)};
	uint64_t seed = 5;

	for (int n = 0; n < 2; n++) {
		uint32_t stack = made_stack(
			m, (uint64_t[]){FUNCTION(n) + 8, FUNCTION(IOCTL) + 8, FUNCTION(ENTRY)}, 3);
		uint32_t rec = made_rec(m, origins[n], stack, made_task(m, "httpd"));

		for (int i = 0; i < 1000; i++)
			made_object(m, origins[n], rec, 0, random_below(&seed, MADE_BOOKED), 1);
	}
	assert_false(are_together(state));
}

/* Kernel threads have much in common, and no system call: what they do tells them apart. */
static void common_functions_tell_nothing(void **state)
{
	LEAK(400, add_origin("filp", 192, FILP), "kworker/", FILP, KTHREAD, FORK);
	LEAK(400, add_origin("lsm_file_cache", 24, BLOB), "kworker/", BLOB, KTHREAD, FORK);
	assert_false(are_together(state));
}

/* What is not known makes nothing one. */
static void what_is_not_known_is_not_together(void **state)
{
	struct symbols *none;
	const struct snapshot_origin *o;

	LEAK(400, add_origin("filp", 192, FILP), "httpd", FILP, OPENAT, ENTRY);
	LEAK(400, add_origin("lsm_file_cache", 24, BLOB), "httpd", BLOB, OPENAT, ENTRY);
	made_leaks(&made.ledger, 400, add_origin("no_stacks", 64, INIT_FILE), 0);
	take(state);
	assert_int_equal(
		symbols_create(sandbox_file(state, "hidden", "0000000000000000 T a\n"), &none), 0);
	o = made.report.snapshot->origins;
	assert_true(together_made(&o[0], &o[2], made.symbols));
	assert_false(together_made(&o[0], &o[2], none));
	assert_false(together_made(&o[0], &o[1], made.symbols)); /* no stacks */
	assert_false(together_made(&o[1], &o[1], made.symbols));
	symbols_destroy(none);
}

static bool any(const struct snapshot_origin *o)
{
	return o != NULL;
}

static bool but_files(const struct snapshot_origin *o)
{
	return o->bytes != 400 * 192;
}

static void fill_files(void)
{
	LEAK(400, add_origin("lsm_file_cache", 24, BLOB), "httpd", BLOB, FILP, OPENAT, ENTRY);
	LEAK(400, add_origin("filp", 192, FILP), "httpd", FILP, OPENAT, ENTRY);
	LEAK(400, add_origin("eventfd_ctx", 64, EVENTFD), "httpd", EVENTFD, ENTRY);
	LEAK(400, add_origin("kmalloc-8", 8, INIT_FILE), "httpd", INIT_FILE, FILP, OPENAT, ENTRY);
}

/* Under that of most bytes, in whatever order they are listed; if that is one of them. */
static void leaks_are_found_under_the_largest(void **state)
{
	autofree size_t *with = NULL, *without = NULL, *sorted = NULL;
	struct snapshot *s;

	fill_files();
	take(state);
	s = made.report.snapshot;
	with = together_find(s, made.symbols, any);
	/* filp, eventfd_ctx, lsm_file_cache, kmalloc-8 */
	assert_true(with[0] == TOGETHER_ALONE && with[1] == TOGETHER_ALONE);
	assert_int_equal(with[2], 0);
	assert_int_equal(with[3], 0);
	without = together_find(s, made.symbols, but_files);
	assert_true(without[0] == TOGETHER_ALONE && without[2] == TOGETHER_ALONE);
	assert_int_equal(without[3], 2);
	s->origins[3].allocs = 1000000;
	assert_int_equal(snapshot_rank(s, SNAPSHOT_BY_ALLOCS), 0);
	sorted = together_find(s, made.symbols, any);
	assert_string_equal(s->caches[s->origins[0].cache].name, "kmalloc-8");
	assert_string_equal(s->caches[s->origins[sorted[0]].cache].name, "filp");
}

static void text_tells_them_in_one_line(void **state)
{
	autofree char *text = NULL;

	fill_files();
	take(state);
	text = made_report_write(&made, report_text);
	assert_fits(text);
	assert_begins(text, "4 leaks in 2 groups, most bytes: filp at alloc_empty_file+0x8 grows 1 "
			    "object/s,\n    192 B/s; all of them 288 B/s\n"
			    "\nLEAK    filp at alloc_empty_file+0x8\n");
	assert_has(text,
		   "\n        with it 2 more, made together: lsm_file_cache at "
		   "security_file_alloc+0x8\n          (1/s), kmalloc-8 at init_file+0x8 (1/s)\n"
		   "        made by httpd (100%)\n");
	assert_has(text, "\nLEAK    eventfd_ctx at __x64_sys_eventfd2+0x8\n");
	assert_lacks(text, "LEAK    lsm_file_cache");
	assert_lacks(text, "more leak");
}

/* Those that are told in one line: the first string, whoever has it. */
static void text_tells_strings_of_any_of_them(void **state)
{
	struct snapshot_content *c = calloc(1, sizeof(*c));
	struct snapshot *s;
	autofree char *text = NULL;

	fill_files();
	LEAK(400, add_origin("kmalloc-4", 4, KTHREAD), "httpd", KTHREAD, FILP, OPENAT, ENTRY);
	take(state);
	s = made.report.snapshot;
	assert_non_null(c);
	*c = (struct snapshot_content){"string", strdup("\"/etc/passwd\""), 10};
	assert_string_equal(s->caches[s->origins[4].cache].name, "kmalloc-4");
	s->origins[4].contents = c;
	s->origins[4].content_cnt = 1;
	s->origins[4].looked = 10;
	text = made_report_write(&made, report_text);
	assert_has(text, "with it 3 more, made together: ");
	assert_has(text, "\n        100% of kmalloc-4 at kthread+0x8 hold \"/etc/passwd\"\n");
}

static void json_tells_with_what_they_were_made(void **state)
{
	const json_t *origins;
	json_t *root;

	fill_files();
	take(state);
	root = json_read_report(NULL);
	origins = json_get(root, "origins");
	assert_true(json_is_null(json_get(json_array_get(origins, 0), "made_with")));
	assert_true(json_is_null(json_get(json_array_get(origins, 1), "made_with")));
	assert_int_equal(json_get_integer(json_array_get(origins, 2), "made_with"), 0);
	assert_int_equal(json_get_integer(json_array_get(origins, 3), "made_with"), 0);
	json_decref(root);
}

int test_together(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(a_file_and_its_blob_are_together),
		WITH_REPORT(a_few_others_do_not_part_them),
		WITH_REPORT(two_ways_may_be_shared),
		WITH_REPORT(one_of_two_ways_is_not_enough),
		WITH_REPORT(system_calls_part_leaks_of_one_program),
		WITH_REPORT(programs_part_leaks),
		WITH_REPORT(births_part_leaks),
		WITH_REPORT(chance_parts_leaks_of_one_rate),
		WITH_REPORT(common_functions_tell_nothing),
		WITH_REPORT(what_is_not_known_is_not_together),
		WITH_REPORT(leaks_are_found_under_the_largest),
		WITH_REPORT(text_tells_them_in_one_line),
		WITH_REPORT(text_tells_strings_of_any_of_them),
		WITH_REPORT(json_tells_with_what_they_were_made),
	};

	return cmocka_run_group_tests_name("together", tests, NULL, NULL);
}
