// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * settle.c and reclaim.c: when there is something to wait for, what cuts it short,
 * and what is said when a privilege or a file is missing.
 */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "reclaim.h"
#include "settle.h"

static volatile sig_atomic_t stop;

static void make_hooks(struct hook hooks[HOOK_COUNT], enum hook_state rcu)
{
	for (int i = 0; i < HOOK_COUNT; i++)
		hooks[i] = (struct hook){
			.spec = &hook_specs[i],
			.state = hook_specs[i].twins == SS_TWINS_RCU ? rcu : HOOK_ATTACHED,
		};
}

static void settle_waits_only_for_what_is_unseen(void **state)
{
	static const struct {
		enum hook_state rcu;
		bool sheaves, patient;
		double asked_s, wait_s;
		bool lets_rcu_finish, batches, awaited;
	} cases[] = {
		{HOOK_ATTACHED, false, true, -1, 0, true, false, false},
		{HOOK_MISSING, false, true, -1, 5, true, true, true},
		{HOOK_ABSENT, false, true, -1, 5, true, true, true},
		{HOOK_MISSING, false, false, -1, 0, true, true, false}, /* trace */
		{HOOK_MISSING, true, true, -1, 0, true, false, false},	/* 7.x */
		/* What was asked for is done. */
		{HOOK_MISSING, false, true, 0, 0, false, true, false},
		{HOOK_MISSING, false, true, 2, 2, true, true, false},
		{HOOK_MISSING, false, false, 5, 5, true, true, true},
		{HOOK_ATTACHED, false, false, 0.5, 0.5, true, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct hook hooks[HOOK_COUNT];
		struct settle_plan plan;

		make_hooks(hooks, cases[i].rcu);
		plan = settle_plan(hooks, cases[i].sheaves, cases[i].asked_s, cases[i].patient);
		assert_close(plan.wait_s, cases[i].wait_s);
		assert_int_equal(plan.rcu, cases[i].lets_rcu_finish);
		assert_int_equal(plan.asked, cases[i].asked_s >= 0);
		assert_int_equal(plan.batches, cases[i].batches);
		assert_int_equal(plan.batches_awaited, cases[i].awaited);
	}
}

static void settle_knows_sheaves_by_their_capacity(void **state)
{
	const char *root = sandbox_path(state, ".");

	assert_int_equal(mkdir(sandbox_path(state, "kmalloc-64"), 0700), 0);
	assert_false(settle_sheaves(root));
	sandbox_file(state, "kmalloc-64/sheaf_capacity", "0\n");
	assert_false(settle_sheaves(root));
	sandbox_file(state, "kmalloc-64/sheaf_capacity", "60\n");
	assert_true(settle_sheaves(root));
	sandbox_file(state, "kmalloc-64/sheaf_capacity", "what?\n");
	assert_false(settle_sheaves(root));
	assert_false(settle_sheaves("/nonexistent"));
}

static void settle_uses_the_barrier_where_there_is_one(void **state)
{
	const char *file = sandbox_file(state, "do_rcu_barrier", "");
	struct settle_plan plan = {.rcu = true};
	struct settle s;
	char text[16] = "";
	int fd;

	stop = 0;
	settle_run(&plan, file, &stop, &s);
	assert_true(s.barrier);
	assert_false(s.cut_short);
	assert_string_equal(settle_how(&s), "rcu_barrier");
	fd = open(file, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 2);
	assert_string_equal(text, "1\n");
	close(fd);
	for (size_t i = 0; i < 2; i++) {
		settle_run(&plan, i ? "/dev/full" : "/nonexistent/file", &stop, &s);
		assert_false(s.barrier);
		assert_string_equal(settle_how(&s), "grace_periods");
		assert_true(s.waited_s > 0.1 && s.waited_s < 60);
	}
	plan = (struct settle_plan){.asked = true};
	settle_run(&plan, file, &stop, &s);
	assert_string_equal(settle_how(&s), "none");
	assert_close(s.waited_s, 0);
}

static void on_alarm(int signal)
{
	(void)signal;
	stop = 1;
}

static void settle_can_be_cut_short(void **state)
{
	const struct itimerval soon = {.it_value = {.tv_usec = 50000}};
	struct settle_plan plan = {.rcu = true, .wait_s = 600};
	const char *file = sandbox_file(state, "do_rcu_barrier", "");
	struct settle s;

	stop = 0;
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &soon, NULL);
	settle_run(&plan, file, &stop, &s);
	signal(SIGALRM, SIG_DFL);
	assert_true(s.cut_short);
	assert_true(s.barrier); /* cheap, so it is done once all the same */
	assert_true(s.waited_s >= 0.05 && s.waited_s < 60);
	/* Not when all had been waited for. */
	plan.wait_s = 0.01;
	stop = 0;
	settle_run(&plan, file, &stop, &s);
	assert_false(s.cut_short);
}

static void reclaim_says_what_is_missing(void **state)
{
	const char *file = sandbox_file(state, "drop_caches", "");
	int fd = open(sandbox_path(state, "."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct reclaim r;
	char text[16] = "";

	stop = 0;
	reclaim_run(RECLAIM_SLAB, -1, file, &stop, &r);
	assert_true(r.done);
	assert_string_equal(r.why, "");
	reclaim_run(RECLAIM_SLAB, -1, "/nonexistent/drop", &stop, &r);
	assert_false(r.done);
	assert_string_equal(r.why, "/nonexistent/drop: No such file or directory");
	reclaim_run(RECLAIM_SLAB, -1, "/dev/full", &stop, &r);
	assert_string_equal(r.why, "/dev/full: No space left on device");
	reclaim_run(RECLAIM_CGROUP, fd, NULL, &stop, &r);
	assert_false(r.done);
	assert_non_null(strstr(r.why, "no memory.reclaim"));
	/* A file takes every write: so often, and no more. */
	sandbox_file(state, "memory.reclaim", "");
	reclaim_run(RECLAIM_CGROUP, fd, NULL, &stop, &r);
	assert_true(r.done);
	close(fd);
	fd = open(sandbox_path(state, "memory.reclaim"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, 4), 4);
	assert_string_equal(text, "1T s");
	close(fd);
	stop = 1;
	reclaim_run(RECLAIM_SLAB, -1, file, &stop, &r);
	assert_false(r.done);
	assert_string_equal(r.why, "cut short by a signal");
}

/* A kernel that takes no swappiness= swaps, too, and that is said before it is done. */
static void reclaim_says_what_it_costs(void **state)
{
	int fd = open(sandbox_path(state, "."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *file = sandbox_file(state, "memory.reclaim", "");
	char text[32] = "";
	int reclaim;

	assert_null(strstr(reclaim_costs(RECLAIM_CGROUP, fd), "swapped"));
	reclaim = open(file, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(reclaim, text, sizeof(text) - 1), 14);
	assert_string_equal(text, "0 swappiness=0"); /* asks, and reclaims nothing */
	close(reclaim);
	/* What takes numbers only, as memory.reclaim did. */
	assert_int_equal(unlink(file), 0);
	assert_int_equal(symlink("/proc/self/oom_score_adj", file), 0);
	assert_non_null(strstr(reclaim_costs(RECLAIM_CGROUP, fd), "is swapped out"));
	assert_null(strstr(reclaim_costs(RECLAIM_SLAB, fd), "swapped"));
	close(fd);
}

int test_settle(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settle_waits_only_for_what_is_unseen),
		SANDBOXED(settle_knows_sheaves_by_their_capacity),
		SANDBOXED(settle_uses_the_barrier_where_there_is_one),
		SANDBOXED(settle_can_be_cut_short),
		SANDBOXED(reclaim_says_what_is_missing),
		SANDBOXED(reclaim_says_what_it_costs),
	};

	return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
