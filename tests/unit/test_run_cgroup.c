// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run_cgroup.c over directories that look like cgroups, and how a report tells who
 * lives on.
 */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "made_report.h"
#include "report_run.h"
#include "run_cgroup.h"

#define HOSTILE "e\033[31m\nv\"\\\xff"

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void make_dir(void **state, const char *name)
{
	assert_int_equal(mkdir(sandbox_path(state, name), 0700), 0);
}

/* sandbox/parent/own, as if it had been made. */
static void fake(void **state, struct run_cgroup *c)
{
	run_cgroup_init(c);
	make_dir(state, "parent");
	make_dir(state, "parent/own");
	c->parent = open_dir(sandbox_path(state, "parent"));
	c->fd = open_dir(sandbox_path(state, "parent/own"));
	snprintf(c->name, sizeof(c->name), "own");
}

static void run_cgroup_says_why_there_is_none(void **state)
{
	static const struct {
		int parent;
		const char *why;
	} cases[] = {{-ENOENT, "not mounted"},
		     {-ENOTSUP, "not mounted"},
		     {-EXDEV, "cgroup namespace"},
		     {-EACCES, "Permission denied"}};
	struct run_cgroup c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		run_cgroup_create(cases[i].parent, &c);
		assert_true(c.fd < 0);
		assert_string_equal(c.path, "");
		assert_has(c.why, cases[i].why);
		assert_int_equal(run_cgroup_enter(&c, getpid()), -ENOENT);
		assert_int_equal(run_cgroup_ask(&c, NULL), -ENOENT);
		assert_false(c.asked);
		run_cgroup_deinit(&c);
		assert_false(c.left);
	}
}

/* The number of a process that was. */
static pid_t gone(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

/* What a run that was killed could not remove goes; what somebody has or is in stays. */
static void run_cgroup_removes_what_others_left(void **state)
{
	char left[48], taken[64], full[64], inner[80], odd[64];
	struct run_cgroup c;
	pid_t pid = gone();
	struct stat st;
	int fd;

	make_dir(state, "parent");
	snprintf(left, sizeof(left), "parent/slabsight-run-%d", (int)pid);
	snprintf(taken, sizeof(taken), "%s-2", left);
	snprintf(full, sizeof(full), "%s-3", left);
	snprintf(inner, sizeof(inner), "%s/somebody", full);
	snprintf(odd, sizeof(odd), "parent/slabsight-runs-%d", (int)pid);
	make_dir(state, left);
	make_dir(state, taken);
	make_dir(state, full);
	make_dir(state, inner);
	make_dir(state, odd);
	fd = open_dir(sandbox_path(state, taken));
	assert_false(flock(fd, LOCK_EX));
	run_cgroup_create(open_dir(sandbox_path(state, "parent")), &c);
	assert_int_equal(stat(sandbox_path(state, left), &st), -1);
	assert_int_equal(stat(sandbox_path(state, taken), &st), 0);
	assert_int_equal(stat(sandbox_path(state, full), &st), 0);
	assert_int_equal(stat(sandbox_path(state, odd), &st), 0);
	run_cgroup_deinit(&c);
	close(fd);
}

/* Nothing can be put into what is no cgroup: it is removed again, and another's stays. */
static void run_cgroup_leaves_nothing_where_it_cannot_be_used(void **state)
{
	char others[64], second[80];
	struct run_cgroup c;
	struct stat st;

	make_dir(state, "parent");
	snprintf(others, sizeof(others), "parent/slabsight-run-%d", (int)getpid());
	snprintf(second, sizeof(second), "%s-2", others);
	make_dir(state, others);
	run_cgroup_create(open_dir(sandbox_path(state, "parent")), &c);
	assert_true(c.fd < 0);
	assert_has(c.why, "cannot use one in ");
	assert_has(c.why, "No such file");
	assert_int_equal(stat(sandbox_path(state, others), &st), 0);
	assert_int_equal(stat(sandbox_path(state, second), &st), -1);
	run_cgroup_deinit(&c);
}

static void put_procs(void **state, const char *format, ...)
{
	char procs[128];
	va_list args;

	va_start(args, format);
	vsnprintf(procs, sizeof(procs), format, args);
	va_end(args);
	sandbox_file(state, "parent/own/cgroup.procs", procs);
}

/* Whom we are there. */
static void link_self(void **state, pid_t self)
{
	char link[16];

	snprintf(link, sizeof(link), "%d", (int)self);
	assert_int_equal(symlink(link, sandbox_path(state, "proc/self")), 0);
}

static void fake_proc(void **state, pid_t self)
{
	make_dir(state, "proc");
	link_self(state, self);
}

static void run_cgroup_lists_who_is_in_it_and_below(void **state)
{
	const char *proc = sandbox_path(state, "proc");
	struct run_cgroup c;

	fake(state, &c);
	fake_proc(state, getpid());
	make_dir(state, "proc/11");
	make_dir(state, "proc/12");
	make_dir(state, "proc/14");
	sandbox_file(state, "proc/11/comm", HOSTILE "\n");
	sandbox_file(state, "proc/12/comm", "ends in a line\n\n");
	sandbox_file(state, "proc/14/comm", "longer than a name can be\n");
	assert_int_equal(run_cgroup_ask(&c, proc), -ENOENT); /* not a word of who is in it */
	assert_false(c.asked);
	put_procs(state, "11\n12\n11\n%d\n", (int)gone());
	make_dir(state, "parent/own/below");
	make_dir(state, "parent/own/gone");
	sandbox_file(state, "parent/own/below/cgroup.procs", "14\n0\n");
	assert_int_equal(run_cgroup_ask(&c, proc), 0);
	assert_true(c.asked);
	assert_int_equal(c.living_cnt, 4);
	assert_int_equal(c.living[0].pid, 11);
	assert_string_equal(c.living[0].comm, HOSTILE);
	assert_string_equal(c.living[1].comm, "ends in a line\n");
	assert_string_equal(c.living[2].comm, "longer than a n");
	assert_int_equal(c.living[3].pid, 0);
	assert_string_equal(c.living[3].comm, "");
	assert_true(run_cgroup_has_comm(&c, HOSTILE));
	assert_false(run_cgroup_has_comm(&c, "e"));
	/* Asked again, not added up. */
	assert_int_equal(run_cgroup_ask(&c, proc), 0);
	assert_int_equal(c.living_cnt, 4);
	run_cgroup_deinit(&c);
	assert_true(c.left); /* these files do not go by themselves */
}

/* As with hidepid: no directory, though this very process lives; or one that says nothing. */
static void whom_proc_hides_lives(void **state)
{
	const char *proc = sandbox_path(state, "proc");
	char name[64];
	struct run_cgroup c;

	fake(state, &c);
	fake_proc(state, getpid());
	put_procs(state, "%d\n%d\n%d\n", (int)getpid(), (int)gone(), (int)getppid());
	snprintf(name, sizeof(name), "proc/%d", (int)getppid());
	make_dir(state, name);
	assert_int_equal(run_cgroup_ask(&c, proc), 0);
	assert_int_equal(c.living_cnt, 2);
	assert_int_equal(c.living[0].pid, getpid());
	assert_string_equal(c.living[0].comm, "");
	assert_int_equal(c.living[1].pid, getppid());
	assert_int_equal(run_cgroup_unnamed(&c), 2);
	/* Nor is there anything to look at all. */
	assert_int_equal(run_cgroup_ask(&c, sandbox_path(state, "none")), 0);
	assert_int_equal(c.living_cnt, 2);
	run_cgroup_deinit(&c);
}

/* By the numbers of another namespace it would have the names of others. */
static void proc_of_another_namespace_has_no_names(void **state)
{
	char comm[64];
	struct run_cgroup c;

	fake(state, &c);
	put_procs(state, "%d\n", (int)getpid());
	fake_proc(state, 1000000000);
	snprintf(comm, sizeof(comm), "proc/%d", (int)getpid());
	make_dir(state, comm);
	snprintf(comm, sizeof(comm), "proc/%d/comm", (int)getpid());
	sandbox_file(state, comm, "other\n");
	assert_int_equal(run_cgroup_ask(&c, sandbox_path(state, "proc")), 0);
	assert_int_equal(c.living_cnt, 1);
	assert_string_equal(c.living[0].comm, "");
	/* Nor has it where we are nobody there. */
	assert_int_equal(unlink(sandbox_path(state, "proc/self")), 0);
	assert_int_equal(run_cgroup_ask(&c, sandbox_path(state, "proc")), 0);
	assert_int_equal(c.living_cnt, 1);
	assert_string_equal(c.living[0].comm, "");
	link_self(state, getpid());
	assert_int_equal(run_cgroup_ask(&c, sandbox_path(state, "proc")), 0);
	assert_string_equal(c.living[0].comm, "other");
	assert_int_equal(run_cgroup_unnamed(&c), 0);
	run_cgroup_deinit(&c);
}

static void run_cgroup_counts_more_than_it_lists(void **state)
{
	char procs[8192] = "", name[64];
	struct run_cgroup c;
	size_t used = 0;

	fake(state, &c);
	fake_proc(state, getpid());
	for (int i = 1; i <= RUN_CGROUP_LISTED + 9; i++) {
		snprintf(name, sizeof(name), "proc/%d", i);
		make_dir(state, name);
		snprintf(name, sizeof(name), "proc/%d/comm", i);
		sandbox_file(state, name, "x\n");
		used += snprintf(procs + used, sizeof(procs) - used, "%d\n", i);
	}
	sandbox_file(state, "parent/own/cgroup.procs", procs);
	assert_int_equal(run_cgroup_ask(&c, sandbox_path(state, "proc")), 0);
	assert_int_equal(c.living_cnt, RUN_CGROUP_LISTED + 9);
	assert_false(run_cgroup_has_comm(&c, "y"));
	run_cgroup_deinit(&c);
}

static void run_cgroup_is_removed(void **state)
{
	struct run_cgroup c;
	struct stat st;

	fake(state, &c);
	run_cgroup_remove(&c);
	assert_false(c.left);
	assert_true(c.fd < 0 && c.parent < 0);
	assert_int_equal(stat(sandbox_path(state, "parent/own"), &st), -1);
	run_cgroup_remove(&c); /* once is enough */
	assert_false(c.left);
	run_cgroup_deinit(&c);
}

static char *const argv[] = {"sh", NULL};

/* Two leaks: one of "evil" and of "worse", the other of somebody else, too. */
static void fill(struct ledger_span spans[3])
{
	struct made_ledger *m = &made.ledger;
	const uint64_t frames[] = {MADE_APPEND, MADE_READDIR};
	uint32_t cache = made_cache(m, "kmalloc-64", 64, 64);
	uint32_t stack = made_stack(m, frames, 2);
	uint32_t tasks[] = {made_task(m, HOSTILE), made_task(m, "worse"), made_task(m, "other")};

	for (uint32_t i = 0; i < 3; i++)
		spans[i] = (struct ledger_span){m->view.jiffies - 15 * (3 - i),
						m->view.jiffies - 15 * (3 - i) + 10};
	m->view.spans = spans;
	m->view.span_cnt = 3;
	for (uint32_t o = 0; o < 2; o++) {
		uint32_t origin = made_origin(m, cache, o ? MADE_APPEND : MADE_READDIR, 64,
					      SS_ORIGIN_KMALLOC);

		for (uint32_t t = 0; t < 2 + o; t++) {
			uint32_t rec = made_rec(m, origin, stack, tasks[t]);

			for (uint32_t i = 0; i < 3; i++)
				made_objects(m, 5, origin, rec, 0, 15 * (3 - i) - 1, 8);
		}
	}
	made_report_take(&made);
}

static void run_text_tells_who_lives_on(void **state)
{
	struct run_living two[] = {{41, HOSTILE}, {42, "worse"}, {43, "worse"}};
	struct run_cgroup c = {.fd = -1, .parent = -1, .living = two, .asked = true};
	struct report_run run = {.argv = argv, .wanted = 3, .counted = 3, .cgroup = &c};
	autofree char *none = NULL, *one = NULL, *text = NULL, *left = NULL, *hidden = NULL;
	struct ledger_span spans[3];

	(void)state;
	fill(spans);
	made.report.run = &run;
	none = made_report_write(&made, report_text);
	assert_lacks(none, "on (");
	assert_lacks(none, "cgroup");
	c.living_cnt = 1;
	one = made_report_write(&made, report_text);
	assert_has(one,
		   "\n    1 process that it started lives on (e\\x1b[31m\\nv\"\\\\\\xff): what "
		   "it holds is\n");
	assert_lacks(one, "by threads of such a name"); /* "worse" is not known to live */
	c.living_cnt = 3;
	text = made_report_write(&made, report_text);
	assert_has(text, "\n    3 processes that it started live on (e\\x1b[31m\\nv\"\\\\\\xff, "
			 "worse): what");
	assert_has(text, "\n    1 leak below was made by threads of such a name only");
	assert_lacks(text, "cannot be read");
	*two[2].comm = '\0';
	hidden = made_report_write(&made, report_text);
	assert_has(hidden, "worse, ?): what");
	assert_has(hidden,
		   "\n    of 1 the name cannot be read (hidden in /proc, or in another pid");
	assert_fits(hidden);
	c.left = true;
	strcpy(c.path, "/cgroup/\033");
	strcpy(c.left_why, "there are cgroups in it");
	left = made_report_write(&made, report_text);
	assert_has(left, "\n    still in the cgroup /cgroup/\\x1b: there are cgroups in it\n");
	assert_fits(left);
}

static void run_text_tells_what_is_not_known(void **state)
{
	struct run_cgroup c = {.fd = -1, .parent = -1, .why = "cgroup v2 is not mounted here"};
	struct report_run run = {.argv = argv, .wanted = 1, .counted = 1, .cgroup = &c};
	autofree char *none = NULL, *unasked = NULL;

	(void)state;
	made_report_take(&made);
	made.report.run = &run;
	none = made_report_write(&made, report_text);
	assert_has(none, "\n    without a cgroup of its own (cgroup v2 is not mounted here)");
	*c.why = '\0';
	run.only_command = true;
	unasked = made_report_write(&made, report_text);
	assert_has(unasked, "\n    whether what it started lives on is not known\n");
	assert_has(unasked, "\n    only what its own processes allocated is traced");
	assert_fits(unasked);
}

static json_t *told(const struct report_run *run)
{
	autofree char *text = NULL;
	json_t *report, *object;

	made.report.run = run;
	text = made_report_write(&made, report_json);
	report = json_loads(text, 0, NULL);
	assert_non_null(report);
	object = json_incref(json_object_get(report, "run"));
	json_decref(report);
	return object;
}

static void run_json_lists_who_lives_on(void **state)
{
	struct run_living one[] = {{41, HOSTILE}};
	struct run_cgroup c = {.fd = -1, .living = one, .living_cnt = 1, .asked = true};
	struct report_run run = {.argv = argv, .wanted = 1, .counted = 1, .only_command = true};
	json_t *object, *living;

	(void)state;
	made_report_take(&made);
	object = told(&run);
	assert_true(json_is_null(json_object_get(object, "cgroup")));
	assert_true(json_is_null(json_object_get(object, "living")));
	assert_true(json_is_null(json_object_get(object, "living_count")));
	json_decref(object);
	run.cgroup = &c;
	strcpy(c.path, "/sys/fs/cgroup/own");
	object = told(&run);
	living = json_object_get(object, "living");
	assert_int_equal(json_array_size(living), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(living, 0), "pid")), 41);
	assert_string_equal(json_string_value(json_object_get(json_array_get(living, 0), "comm")),
			    "e\\x1b[31m\\nv\"\\\\\\xff");
	assert_int_equal(json_integer_value(json_object_get(object, "living_count")), 1);
	assert_true(json_is_true(json_object_get(object, "only_command")));
	assert_true(json_is_null(json_object_get(object, "cgroup_why")));
	assert_string_equal(json_string_value(json_object_get(object, "cgroup")),
			    "/sys/fs/cgroup/own");
	json_decref(object);
}

int test_run_cgroup(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(run_cgroup_says_why_there_is_none),
		SANDBOXED(run_cgroup_leaves_nothing_where_it_cannot_be_used),
		SANDBOXED(run_cgroup_removes_what_others_left),
		SANDBOXED(run_cgroup_lists_who_is_in_it_and_below),
		SANDBOXED(whom_proc_hides_lives),
		SANDBOXED(proc_of_another_namespace_has_no_names),
		SANDBOXED(run_cgroup_counts_more_than_it_lists),
		SANDBOXED(run_cgroup_is_removed),
		WITH_REPORT(run_text_tells_who_lives_on),
		WITH_REPORT(run_text_tells_what_is_not_known),
		WITH_REPORT(run_json_lists_who_lives_on),
	};

	return cmocka_run_group_tests_name("run_cgroup", tests, NULL, NULL);
}
