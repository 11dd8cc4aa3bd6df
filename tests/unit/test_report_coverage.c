// SPDX-License-Identifier: GPL-2.0-or-later
/* The last block of a text report: how far it can be trusted, and what was counted aside. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"

/* What is told of the trace itself. */
static void text_report_tells_what_it_counted_aside(void **state)
{
	static const char *const lines[] = {
		"  books    15,493 allocations = 14,077 frees + 1,404 live + 12 ghosts + 0 stale\n"
		"           + 0 refused\n",
		"  check    survivors were not held against the slab pages (not asked for): what\n",
		"           balanced in all 6 origins\n",
		"  ghosts   12, 0.08% of allocations: ",
		" 12 of them in dentry. ",
		"  aside    41 frees of objects that are not in the books ",
		"  aside    2 allocations by slabsight itself",
		"  aside    3 allocations left out by --comm, --cgroup or --only-command\n",
		"  aside    4 frees at most not seen, because all of the programs",
		"  aside    6 allocations not booked",
		"  aside    5 allocations booked without call site and size",
		"  aside    7 origins whose cache found no room",
		"  aside    3 stacks due but not kept\n",
		"  aside    13 stacks that the kernel could not give\n",
		"  aside    11 stacks for which there was no room: ",
		"  aside    17 stacks without a process name",
		"  aside    19 objects in bulk calls too long to follow\n",
		"  aside    23 bulk frees whose list could not be read\n",
		"  aside    29 bulk allocations not followed",
		"  aside    1 cache destroyed while traced\n",
		"  aside    2 slots caught while being written\n",
		"  cost     22 MiB of maps in the kernel; started in 250ms, snapshot in 0ms\n",
	};
	autofree char *text = NULL, *quiet = NULL;

	(void)state;
	made.report.skipped_frees = made.report.skipped_allocs = 0;
	quiet = made_report_text(&made);
	assert_lacks(quiet, "aside");
	assert_lacks(quiet, "  ghosts ");
	made.report.skipped_frees = 4;
	made.report.skipped_allocs = 6;
	made_report_fill(&made);
	made_in_flight(&made.ledger);
	made_in_flight(&made.ledger);
	text = made_report_text(&made);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_has(text, lines[i]);
	assert_lacks(text, "about 1,");
	assert_lacks(text, "table filled");
}

/* A second copy is advised where there is none. */
static void text_report_advises_a_second_copy(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made.report.skipped_frees = 4;
	made.hooks[0].second = SECOND_NONE;
	text = made_report_text(&made);
	assert_has(text, "  aside    4 frees perhaps not seen, because the kernel does not run a");
	assert_has(text, "--twice sees\n           them\n");
}

/* Events that programs were skipped for cost the full grade when they are many. */
static void text_report_tells_when_much_was_skipped(void **state)
{
	autofree char *few = NULL, *many = NULL;
	struct report *r = &made.report;

	(void)state;
	made_report_fill(&made);
	r->grade = COVERAGE_FULL;
	r->skipped_frees = 20;
	r->skipped_allocs = 9;
	few = made_report_text(&made);
	assert_lacks(few, "  skipped ");
	r->skipped_allocs = 10; /* 30 of 29,641 */
	many = made_report_text(&made);
	assert_has(many, "  skipped  up to 0.10% of all events, ");
	assert_fits(many);
}

static void reports_grade_what_was_missed(void **state)
{
	struct snapshot s = {.allocs = 49000, .frees = 40000, .frees_unknown = 10970};
	struct report r = {.snapshot = &s, .grade = COVERAGE_FULL, .skipped_frees = 100};

	(void)state;
	assert_int_equal(report_grade(&r), COVERAGE_FULL);
	r.skipped_allocs = 1;
	assert_true(report_skipped(&r) > REPORT_SKIPPED_MAX);
	assert_int_equal(report_grade(&r), COVERAGE_PARTIAL);
	r.grade = COVERAGE_POOR;
	assert_int_equal(report_grade(&r), COVERAGE_POOR);
	r = (struct report){.snapshot = &s, .grade = COVERAGE_FULL};
	s.ghosts = 1;
	assert_int_equal(report_grade(&r), COVERAGE_PARTIAL);
}

/* In words, what the grade means for the answer. */
static void text_report_tells_what_the_grade_means(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "a", 64, 64), origin[2];
	autofree char *full = NULL, *unhooked = NULL, *stale = NULL, *ghosts = NULL, *poor = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		origin[i] = made_origin(m, cache, MADE_OTHER + 0x200 * i, 64, 0);
		made_object(m, origin[i], 0, 0, 1, 1);
	}
	full = made_report_text(&made);
	assert_has(full, "\ncoverage full: every way into the slab and out of it was watched\n\n");
	made.report.grade = COVERAGE_PARTIAL;
	unhooked = made_report_text(&made);
	assert_has(unhooked, "\ncoverage partial: not every way into the slab and out of it was "
			     "watched; no free\n    is known to be missed; see last block\n");
	made_report_take(&made);
	made.report.snapshot->stale = 3;
	stale = made_report_write(&made, report_text);
	assert_has(stale, "\ncoverage partial: not every way into the slab and out of it was "
			  "watched; what\n    was freed unseen was found, and is not counted; ");
	for (int i = 0; i < 2; i++) {
		m->rares[origin[i]].ghosts = 500000;
		m->counts[origin[i]].allocs += 500000;
	}
	ghosts = made_report_text(&made);
	assert_has(ghosts, "\ncoverage partial: not all frees of 2 origins are seen here, so these "
			   "are never\n    called leak, leaking or not; see last block\n");
	made.report.grade = COVERAGE_POOR;
	poor = made_report_text(&made);
	assert_has(poor, "\ncoverage poor: not even the kernel's own slab events could all be "
			 "watched, so\n    trust no number and no verdict; see last block\n");
}

static void text_report_tells_when_books_do_not_balance(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_report_fill(&made);
	made.ledger.counts[SS_ORIGIN_FIRST].allocs++;
	text = made_report_text(&made);
	assert_has(text, "NOT balanced in 1 of 6 origins");
}

static void text_report_tells_what_is_not_hooked(void **state)
{
	autofree char *text = NULL;

	(void)state;
	for (int i = 0; i < HOOK_COUNT; i++) {
		if (made.hooks[i].spec->kind == HOOK_RAW_TP)
			continue;
		made.hooks[i].state = HOOK_MISSING;
		snprintf(made.hooks[i].why, sizeof(made.hooks[i].why),
			 "fentry refused by the kernel (EPERM); no kprobes in this kernel");
	}
	made.report.grade = hooks_grade(made.hooks);
	made_report_fill(&made);
	text = made_report_text(&made);
	assert_has(text, "coverage partial: ");
	assert_int_equal(count_of(text, "  unseen "), 6);
	assert_has(text,
		   "  hooked   kfree (raw_tp x2), kmem_cache_free (raw_tp x2), kmalloc (raw_tp),\n"
		   "           kmem_cache_alloc (raw_tp)\n");
	assert_has(text, "  unseen   kvfree_call_rcu: fentry refused by the kernel (EPERM); no");
	assert_fits(text);
}

/* Slots of the table that a check found free: the first `count`. */
static void retire(uint32_t count)
{
	static uint8_t stale[MADE_BUCKETS * SS_WAYS / 8];

	memset(stale, 0, sizeof(stale));
	for (uint32_t i = 0; i < count; i++)
		stale[i / 8] |= 1u << i % 8;
	made.ledger.view.stale = stale;
}

static void text_report_tells_of_the_survivor_check(void **state)
{
	autofree char *unchecked = NULL, *unasked = NULL, *clean = NULL, *stale = NULL;

	(void)state;
	made_report_fill(&made);
	made.report.unchecked = "the census knows x86-64 only, this is \x1b[2J";
	unchecked = made_report_text(&made);
	assert_has(unchecked, "  check    survivors were not held against the slab pages (the "
			      "census knows\n           x86-64 only, this is \\x1b[2J): what was "
			      "freed unseen still counts as\n           live\n");
	made.report.unchecked = NULL;
	assert_has(unchecked, "  held     nobody looked which dentries are held: ");
	unasked = made_report_text(&made);
	assert_has(unasked, "(not asked for)");
	retire(0);
	made_report_take(&made);
	made.report.snapshot->check_s = 0.025;
	made.report.snapshot->pins_looked = true;
	clean = made_report_write(&made, report_text);
	assert_lacks(clean, "  held ");
	assert_has(clean, "  check    survivors held against the slab pages in 25ms: all of them "
			  "are there\n");
	assert_has(clean, " + 1,404 live + 12 ghosts + 0 stale\n");
	retire(1100); /* 1,000 of kmalloc-16, 100 of dentry */
	made_report_take(&made);
	made.report.snapshot->check_s = 0.025;
	stale = made_report_write(&made, report_text);
	assert_has(stale, "  check    survivors held against the slab pages in 25ms: 1,100 were "
			  "free, 1,000\n           of them in kmalloc-16, and are not counted as "
			  "live\n");
	assert_has(stale, " = 14,077 frees + 304 live + 12 ghosts + 1,100\n           stale + 0 "
			  "refused\n           balanced in all 6 origins\n");
	assert_fits(stale);
	made.ledger.view.stale = NULL;
}

/* A recording may say so. */
static void text_report_of_stale_objects_without_a_cache(void **state)
{
	autofree char *text = NULL;

	(void)state;
	retire(0);
	made_report_take(&made);
	made.report.snapshot->stale = 5;
	text = made_report_write(&made, report_text);
	assert_has(text, "  check    survivors held against the slab pages in ");
	made.ledger.view.stale = NULL;
}

int test_report_coverage(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(text_report_tells_what_it_counted_aside),
		WITH_REPORT(text_report_advises_a_second_copy),
		WITH_REPORT(text_report_tells_when_much_was_skipped),
		cmocka_unit_test(reports_grade_what_was_missed),
		WITH_REPORT(text_report_tells_what_the_grade_means),
		WITH_REPORT(text_report_tells_when_books_do_not_balance),
		WITH_REPORT(text_report_tells_what_is_not_hooked),
		WITH_REPORT(text_report_tells_of_the_survivor_check),
		WITH_REPORT(text_report_of_stale_objects_without_a_cache),
	};

	return cmocka_run_group_tests_name("report_text, coverage", tests, NULL, NULL);
}
