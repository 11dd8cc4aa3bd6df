// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hooks.c's decisions on kernels that do not exist: what they have and what they
 * refuse is said by fakes of kernel.c's questions.
 */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "hooks.h"

/* The kernel of the test. Names that it lacks, and what trials return. */
static struct {
	const char *absent[8];
	int fentry, kprobe;
	int fentry_tries, kprobe_tries;
	bool events_preempt;
} fake;

static bool has(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fake.absent) && fake.absent[i]; i++)
		if (!strcmp(fake.absent[i], name))
			return false;
	return true;
}

bool kernel_has_event(const struct kernel *k, const char *name)
{
	(void)k;
	return has(name);
}

bool kernel_has_function(const struct kernel *k, const char *name)
{
	(void)k;
	return has(name);
}

int kernel_try_fentry(const struct kernel *k, const char *function)
{
	(void)k;
	assert_true(has(function)); /* a trial on what is not there says nothing */
	fake.fentry_tries++;
	return fake.fentry;
}

int kernel_try_kprobe(const char *function)
{
	assert_true(has(function));
	fake.kprobe_tries++;
	return fake.kprobe;
}

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	return 0;
}

static void plan(bool twice, struct hook hooks[HOOK_COUNT])
{
	const struct kernel k = {.need = KERNEL_OK, .events_preempt = fake.events_preempt};

	hooks_plan(&k, twice, hooks);
	for (int i = 0; i < HOOK_COUNT; i++) {
		const struct hook *h = &hooks[i];

		assert_ptr_equal(h->spec, &hook_specs[i]);
		/* A reason for what is missing, whole; none for the rest. */
		assert_int_equal(h->why[0] != '\0', h->state == HOOK_MISSING);
		assert_true(strlen(h->why) < sizeof(h->why) - 1);
		if (h->state == HOOK_ABSENT)
			assert_null(h->target);
		if (h->state == HOOK_PLANNED)
			assert_non_null(h->target);
		assert_int_not_equal(h->state, HOOK_ATTACHED);
	}
}

static const struct hook *named(const struct hook hooks[HOOK_COUNT], const char *name)
{
	for (int i = 0; i < HOOK_COUNT; i++)
		if (!strcmp(hooks[i].spec->name, name))
			return &hooks[i];
	fail_msg("no hook %s", name);
	return NULL;
}

/* Where programs on events are not preempted: of frees, which may be skipped all the same. */
static bool has_second(const struct hook *h)
{
	return h->spec->is_free && h->spec->programs[1];
}

static void hooks_table_is_sound(void **state)
{
	const char *programs[3 * HOOK_COUNT];
	int program_cnt = 0;

	(void)state;
	for (int i = 0; i < HOOK_COUNT; i++) {
		const struct hook_spec *spec = &hook_specs[i];
		size_t suffix = spec->kind == HOOK_RAW_TP ? 0 : strlen("_k");

		assert_true(spec->name && spec->targets[0] && spec->programs[0]);
		assert_true(spec->covers && spec->hides);
		/* What is required must be there without fentry or kprobes. */
		assert_true(!spec->required || spec->kind == HOOK_RAW_TP);
		assert_int_not_equal(spec->kind, HOOK_KPROBE);
		/* An event's copy at the function's entry is of a free, and on the function of the
		 * event's name. */
		assert_true(!spec->entry || (spec->is_free && spec->kind == HOOK_RAW_TP));
		/* bpftool shows 15 characters, and the tracer looks programs up by them. */
		for (int p = 0; p < 2 && spec->programs[p]; p++) {
			assert_true(strlen(spec->programs[p]) + suffix <= 15);
			programs[program_cnt++] = spec->programs[p];
		}
		if (spec->entry) {
			assert_true(strlen(spec->entry) <= 15);
			programs[program_cnt++] = spec->entry;
		}
		for (int j = 0; j < i; j++)
			assert_string_not_equal(spec->name, hook_specs[j].name);
	}
	for (int i = 0; i < program_cnt; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(programs[i], programs[j]);
}

/* Frees are attached before allocations; and a skipped one is no skipped allocation. */
static void hooks_know_frees_from_allocations(void **state)
{
	static const char *const frees[] = {"kfree",	       "kmem_cache_free",
					    "kvfree_call_rcu", "kmem_cache_free_bulk",
					    "kfree_nolock",    "kmem_cache_destroy"};
	size_t found = 0;

	(void)state;
	for (int i = 0; i < HOOK_COUNT; i++) {
		bool is_free = false;

		for (size_t j = 0; j < ARRAY_SIZE(frees); j++)
			is_free |= !strcmp(hook_specs[i].name, frees[j]);
		assert_int_equal(hook_specs[i].is_free, is_free);
		found += is_free;
	}
	assert_int_equal(found, ARRAY_SIZE(frees));
}

static void hooks_where_everything_is_allowed(void **state)
{
	struct hook hooks[HOOK_COUNT];

	(void)state;
	plan(false, hooks);
	for (int i = 0; i < HOOK_COUNT; i++) {
		assert_int_equal(hooks[i].state, HOOK_PLANNED);
		assert_int_equal(hooks[i].kind, hooks[i].spec->kind);
		assert_string_equal(hooks[i].target, hooks[i].spec->targets[0]);
		assert_int_equal(hooks[i].second, hooks[i].spec->entry	  ? SECOND_ENTRY
						  : has_second(&hooks[i]) ? SECOND_SAME
									  : SECOND_NONE);
	}
	assert_int_equal(fake.kprobe_tries, 0);
	assert_int_equal(hooks_grade(hooks), COVERAGE_FULL);
}

/* There, what a preempted program is skipped for is many events, and each has a copy more. */
static void hooks_where_events_can_be_preempted(void **state)
{
	struct hook hooks[HOOK_COUNT];

	(void)state;
	fake.events_preempt = true;
	plan(false, hooks);
	for (int i = 0; i < HOOK_COUNT; i++) {
		assert_int_equal(hooks[i].second, hooks[i].spec->entry	       ? SECOND_BOTH
						  : hooks[i].spec->programs[1] ? SECOND_SAME
									       : SECOND_NONE);
		hooks[i].state = HOOK_ATTACHED;
	}
	assert_int_equal(hooks_grade(hooks), COVERAGE_FULL);

	/* Entries that are not called leave two on the event. */
	hooks_lose_entries(hooks, "not called");
	assert_int_equal(named(hooks, "kfree")->second, SECOND_SAME);
	assert_false(hooks_skips(named(hooks, "kfree")));
	assert_int_equal(named(hooks, "kmalloc")->second, SECOND_SAME);

	/* An allocation that is skipped is counted, and hides no free. */
	plan(false, hooks);
	hooks_lose_second((struct hook *)named(hooks, "kmalloc"), "no room");
	assert_false(hooks_skips(named(hooks, "kmalloc")));

	fake.fentry = -EPERM;
	fake.kprobe = -EOPNOTSUPP;
	plan(false, hooks);
	assert_int_equal(named(hooks, "kfree")->second, SECOND_NONE);
	assert_int_equal(named(hooks, "kmalloc")->second, SECOND_SAME);
}

static void hooks_fall_back_to_kprobes(void **state)
{
	static const enum hook_kind fall_back[] = {
		[HOOK_RAW_TP] = HOOK_RAW_TP,
		[HOOK_FENTRY] = HOOK_KPROBE,
		[HOOK_FEXIT] = HOOK_KRETPROBE,
	};
	struct hook hooks[HOOK_COUNT];

	(void)state;
	fake.fentry = -EPERM;
	plan(false, hooks);
	for (int i = 0; i < HOOK_COUNT; i++) {
		const struct hook *h = &hooks[i];

		assert_int_equal(h->state, HOOK_PLANNED);
		assert_int_equal(h->kind, fall_back[h->spec->kind]);
		assert_int_equal(h->second, has_second(h) && h->kind != HOOK_KPROBE ? SECOND_SAME
										    : SECOND_NONE);
		/* kprobes skip together: there is no second copy that would see it. */
		assert_int_equal(hooks_skips(h), h->kind == HOOK_KPROBE && h->spec->programs[1]);
	}
	assert_int_equal(hooks_grade(hooks), COVERAGE_PARTIAL);
}

static void hooks_where_only_events_are_allowed(void **state)
{
	struct hook hooks[HOOK_COUNT];

	(void)state;
	fake.fentry = -EPERM;
	fake.kprobe = -EOPNOTSUPP;
	/* A second program on an event is dear: only where it was asked for. */
	for (int twice = 0; twice < 2; twice++) {
		plan(twice, hooks);
		for (int i = 0; i < HOOK_COUNT; i++) {
			const struct hook *h = &hooks[i];

			assert_int_equal(h->state, h->spec->kind == HOOK_RAW_TP ? HOOK_PLANNED
										: HOOK_MISSING);
			if (h->spec->kind == HOOK_FENTRY)
				assert_string_equal(h->why, "fentry refused by the kernel (EPERM); "
							    "no kprobes in this kernel");
			if (h->spec->kind == HOOK_FEXIT)
				assert_string_equal(h->why, "fexit refused by the kernel (EPERM); "
							    "no kprobes in this kernel");
			if (h->spec->entry)
				assert_int_equal(h->second, twice ? SECOND_SAME : SECOND_NONE);
		}
		assert_int_equal(hooks_grade(hooks), COVERAGE_PARTIAL);
	}
}

static void hooks_give_the_kernels_reasons(void **state)
{
	static const struct {
		int fentry, kprobe;
		const char *why;
	} cases[] = {
		{-EPERM, -EPERM, "fentry and kprobe refused by the kernel (EPERM)"},
		{-ENOENT, -ENOENT, "fentry and kprobe function not found"},
		{-ENODEV, -ENODEV, "fentry and kprobe switched off (kernel.ftrace_enabled=0)"},
		{-EINVAL, -EACCES, "fentry Invalid argument; Permission denied"},
	};
	struct hook hooks[HOOK_COUNT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fake.fentry = cases[i].fentry;
		fake.kprobe = cases[i].kprobe;
		plan(false, hooks);
		assert_string_equal(named(hooks, "kmem_cache_free_bulk")->why, cases[i].why);
	}
	assert_string_equal(named(hooks, "kmem_cache_alloc_bulk")->why,
			    "fexit Invalid argument; Permission denied");
}

/* What a kernel does not have, nothing can be freed or allocated through. */
static void hooks_absent_functions_hide_nothing(void **state)
{
	struct hook hooks[HOOK_COUNT];

	(void)state;
	memcpy(fake.absent,
	       (const char *[]){"kfree_nolock", "__kmalloc_nolock_noprof", "_kmalloc_nolock_noprof",
				"kmalloc_nolock_noprof"},
	       4 * sizeof(*fake.absent));
	plan(false, hooks);
	assert_int_equal(named(hooks, "kfree_nolock")->state, HOOK_ABSENT);
	assert_int_equal(named(hooks, "kmalloc_nolock")->state, HOOK_ABSENT);
	assert_int_equal(named(hooks, "kvfree_call_rcu")->state, HOOK_PLANNED);
	assert_int_equal(hooks_grade(hooks), COVERAGE_FULL);
}

static void hooks_take_the_first_target_that_exists(void **state)
{
	struct hook hooks[HOOK_COUNT];

	(void)state;
	memcpy(fake.absent,
	       (const char *[]){"kmem_cache_alloc_bulk_noprof", "__kmalloc_nolock_noprof"},
	       2 * sizeof(*fake.absent));
	plan(false, hooks);
	assert_string_equal(named(hooks, "kmem_cache_alloc_bulk")->target, "kmem_cache_alloc_bulk");
	assert_string_equal(named(hooks, "kmalloc_nolock")->target, "_kmalloc_nolock_noprof");
}

static void hooks_cannot_do_without_the_events(void **state)
{
	static const char *const required[] = {"kfree", "kmem_cache_free", "kmalloc",
					       "kmem_cache_alloc"};
	struct hook hooks[HOOK_COUNT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		fake.absent[0] = required[i];
		plan(false, hooks);
		assert_int_equal(named(hooks, required[i])->state, HOOK_MISSING);
		assert_int_equal(hooks_grade(hooks), COVERAGE_POOR);
	}
}

/* A kernel that cannot be traced at all is not asked anything more. */
static void hooks_of_a_kernel_that_forbids_all(void **state)
{
	struct hook hooks[HOOK_COUNT];
	const struct kernel k = {.need = KERNEL_LOCKDOWN};

	(void)state;
	fake.absent[0] = "kfree";
	fake.absent[1] = "kfree_nolock";
	hooks_plan(&k, false, hooks);
	for (int i = 0; i < HOOK_COUNT; i++)
		assert_int_equal(hooks[i].state, strcmp(hooks[i].spec->name, "kfree_nolock")
							 ? HOOK_MISSING
							 : HOOK_ABSENT);
	assert_int_equal(fake.fentry_tries + fake.kprobe_tries, 0);
	assert_int_equal(hooks_grade(hooks), COVERAGE_POOR);
}

/* What was planned and would not attach counts as what could not be planned. */
static void hooks_grade_what_is_attached(void **state)
{
	struct hook hooks[HOOK_COUNT];

	(void)state;
	plan(false, hooks);
	for (int i = 0; i < HOOK_COUNT; i++)
		hooks[i].state = HOOK_ATTACHED;
	assert_int_equal(hooks_grade(hooks), COVERAGE_FULL);
	for (int i = 0; i < HOOK_COUNT; i++) {
		hooks[i].state = HOOK_MISSING;
		assert_int_equal(hooks_grade(hooks),
				 hooks[i].spec->required ? COVERAGE_POOR : COVERAGE_PARTIAL);
		hooks[i].state = HOOK_ATTACHED;
	}
	/* One copy of a free misses frees in interrupts of itself. */
	for (int i = 0; i < HOOK_COUNT; i++) {
		struct hook before = hooks[i];

		hooks_lose_second(&hooks[i], "no room");
		assert_int_equal(hooks[i].second, SECOND_NONE);
		assert_string_equal(hooks[i].why, "its second copy would not attach: no room");
		assert_int_equal(hooks_grade(hooks),
				 has_second(&before) ? COVERAGE_PARTIAL : COVERAGE_FULL);
		hooks[i] = before;
	}
	assert_string_equal(hooks_grade_name(COVERAGE_FULL), "full");
	assert_string_equal(hooks_grade_name(COVERAGE_PARTIAL), "partial");
	assert_string_equal(hooks_grade_name(COVERAGE_POOR), "poor");
}

/* What function tracing carried is not seen any more, once that is switched off for all. */
static void hooks_that_are_not_called_are_missing(void **state)
{
	struct hook hooks[HOOK_COUNT], before[HOOK_COUNT];

	(void)state;
	plan(false, hooks);
	for (int i = 0; i < HOOK_COUNT; i++)
		hooks[i].state = HOOK_ATTACHED;
	hooks[2].state = HOOK_ABSENT;
	hooks[3].kind = HOOK_KPROBE;
	memcpy(before, hooks, sizeof(before));
	hooks_lose_entries(hooks, "not called");
	for (int i = 0; i < HOOK_COUNT; i++) {
		const struct hook *h = &hooks[i];
		bool lost = h->kind == HOOK_FENTRY || h->kind == HOOK_FEXIT;

		if (h->spec->entry) /* of a free event one copy is left */
			assert_int_equal(h->second, SECOND_NONE);
		else
			assert_int_equal(h->second, before[i].second);
		assert_int_equal(h->kind, before[i].kind);
		if (i == 2)
			assert_int_equal(h->state, HOOK_ABSENT);
		else
			assert_int_equal(h->state, lost ? HOOK_MISSING : HOOK_ATTACHED);
		assert_string_equal(h->why, h->state == HOOK_MISSING ? "not called" : "");
	}
	assert_int_equal(hooks_grade(hooks), COVERAGE_PARTIAL);
}

static void assert_program(const struct hook *h, int copy, const char *name, enum hook_kind kind)
{
	enum hook_kind found = HOOK_FEXIT;
	char buf[16];

	assert_string_equal(hooks_program(h, copy, buf, &found), name);
	assert_int_equal(found, kind);
}

static void hooks_name_their_programs(void **state)
{
	struct hook hooks[HOOK_COUNT];
	enum hook_kind kind;
	char buf[24];

	(void)state;
	plan(false, hooks);
	assert_program(named(hooks, "kvfree_call_rcu"), 0, "ss_rcu", HOOK_FENTRY);
	assert_program(named(hooks, "kvfree_call_rcu"), 1, "ss_rcu_2", HOOK_FENTRY);
	assert_program(named(hooks, "kfree"), 0, "ss_kfree", HOOK_RAW_TP);
	assert_program(named(hooks, "kfree"), 1, "ss_kfree_f", HOOK_FENTRY);
	assert_program(named(hooks, "kmalloc"), 0, "ss_kmalloc", HOOK_RAW_TP);
	assert_null(hooks_program(named(hooks, "kmalloc"), 1, buf, &kind));
	assert_null(hooks_program(named(hooks, "kfree"), 2, buf, &kind));
	assert_string_equal(hooks_how(named(hooks, "kfree"), buf), "raw_tp + fentry");
	assert_string_equal(hooks_how(named(hooks, "kvfree_call_rcu"), buf), "fentry x2");
	assert_string_equal(hooks_how(named(hooks, "kmem_cache_alloc_bulk"), buf), "fexit");

	fake.events_preempt = true;
	plan(false, hooks);
	assert_program(named(hooks, "kmalloc"), 1, "ss_kmalloc_2", HOOK_RAW_TP);
	assert_null(hooks_program(named(hooks, "kmalloc"), 2, buf, &kind));
	assert_program(named(hooks, "kfree"), 0, "ss_kfree", HOOK_RAW_TP);
	assert_program(named(hooks, "kfree"), 1, "ss_kfree_f", HOOK_FENTRY);
	assert_program(named(hooks, "kfree"), 2, "ss_kfree_2", HOOK_RAW_TP);
	assert_null(hooks_program(named(hooks, "kfree"), 3, buf, &kind));
	assert_string_equal(hooks_how(named(hooks, "kfree"), buf), "raw_tp x2 + fentry");
	assert_string_equal(hooks_how(named(hooks, "kmalloc"), buf), "raw_tp x2");
	fake.events_preempt = false;

	fake.fentry = -EPERM;
	plan(false, hooks);
	assert_program(named(hooks, "kvfree_call_rcu"), 0, "ss_rcu_k", HOOK_KPROBE);
	assert_null(hooks_program(named(hooks, "kvfree_call_rcu"), 1, buf, &kind));
	assert_program(named(hooks, "kfree"), 1, "ss_kfree_2", HOOK_RAW_TP);
	assert_string_equal(hooks_how(named(hooks, "kfree"), buf), "raw_tp x2");
	/* In place of an fexit a pair: what was called, and what it returned. */
	assert_program(named(hooks, "kmem_cache_alloc_bulk"), 0, "ss_bulk_alloc_k", HOOK_KPROBE);
	assert_program(named(hooks, "kmem_cache_alloc_bulk"), 1, "ss_bulk_alloc_r", HOOK_KRETPROBE);
	assert_string_equal(hooks_how(named(hooks, "kmem_cache_alloc_bulk"), buf), "kretprobe");

	fake.kprobe = -EOPNOTSUPP;
	plan(false, hooks);
	assert_null(hooks_program(named(hooks, "kfree"), 1, buf, &kind));
	assert_string_equal(hooks_how(named(hooks, "kfree"), buf), "raw_tp");
	assert_string_equal(hooks_kind_name(HOOK_KPROBE), "kprobe");
}

#define WITH_KERNEL(test) cmocka_unit_test_setup(test, setup)

int test_hooks(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KERNEL(hooks_table_is_sound),
		WITH_KERNEL(hooks_know_frees_from_allocations),
		WITH_KERNEL(hooks_where_events_can_be_preempted),
		WITH_KERNEL(hooks_where_everything_is_allowed),
		WITH_KERNEL(hooks_fall_back_to_kprobes),
		WITH_KERNEL(hooks_where_only_events_are_allowed),
		WITH_KERNEL(hooks_give_the_kernels_reasons),
		WITH_KERNEL(hooks_absent_functions_hide_nothing),
		WITH_KERNEL(hooks_take_the_first_target_that_exists),
		WITH_KERNEL(hooks_cannot_do_without_the_events),
		WITH_KERNEL(hooks_of_a_kernel_that_forbids_all),
		WITH_KERNEL(hooks_grade_what_is_attached),
		WITH_KERNEL(hooks_that_are_not_called_are_missing),
		WITH_KERNEL(hooks_name_their_programs),
	};

	return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
