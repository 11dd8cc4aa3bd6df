// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * collect.c with a fake tracer behind it: the length of a tick from two clock
 * readings, and the order in which the books are closed and read.
 */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "collect.h"
#include "fake_census.h"
#include "made_ledger.h"
#include "stand_ins.h"

/* The tracer of the test: a made-up ledger, and what was asked for, a letter each. */
static struct {
	struct made_ledger ledger;
	struct ss_clock clock;
	int clock_err, counts_err, check_err;
	char calls[32];
	struct ss_suspect suspects[16];
	size_t suspect_cnt;
} fake;

static void called(char letter)
{
	size_t len = strlen(fake.calls);

	assert_true(len + 1 < sizeof(fake.calls));
	fake.calls[len] = letter;
	fake.calls[len + 1] = '\0';
}

int tracer_clock(struct tracer *t, struct ss_clock *ret_clock)
{
	(void)t;
	called('t');
	*ret_clock = fake.clock;
	return fake.clock_err;
}

void tracer_close_books(struct tracer *t)
{
	(void)t;
	called('C');
}

void tracer_view(const struct tracer *t, struct ledger *ret_ledger)
{
	(void)t;
	called('v');
	*ret_ledger = fake.ledger.view;
	ret_ledger->counts = NULL;
	ret_ledger->jiffies = 0;
	ret_ledger->tick_s = 0;
}

int tracer_counts(const struct tracer *t, struct ss_count *counts)
{
	(void)t;
	called('c');
	memcpy(counts, fake.ledger.counts, SS_ORIGINS * sizeof(*counts));
	return fake.counts_err;
}

/* The second, third and fourth object are free; the third one's free is booked meanwhile. */
static int check(struct ss_suspect *suspects, size_t count)
{
	bool again = strchr(fake.calls, 'k');

	called('k');
	/* The rest of that cache, after a grace period: one more has turned up on a list. */
	if (again) {
		assert_int_equal(count, 2);
		assert_true(suspects[1].address == fake.suspects[4].address);
		suspects[1].state = SS_FREE;
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		fake.suspects[i] = suspects[i];
		suspects[i].state = i == 1 || i == 2 ? SS_FREE : i == 3 ? SS_PAGE_GONE : SS_ALIVE;
	}
	fake.suspect_cnt = count;
	if (count > 2)
		fake.ledger.buckets[suspects[2].index / SS_WAYS].word[suspects[2].index % SS_WAYS] =
			0;
	return fake.check_err;
}

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake_census_check = check;
	made_init(&fake.ledger);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	made_deinit(&fake.ledger);
	return 0;
}

static double tick_s(uint64_t ticks, double seconds)
{
	/* As from a kernel that has been up for a while. */
	struct ss_clock began = {.jiffies = 4294937296ull, .boot_ns = 86400000000000ull};
	struct ss_clock now = {.jiffies = began.jiffies + ticks,
			       .boot_ns = began.boot_ns + (uint64_t)(seconds * 1e9)};

	return collect_tick_s(&began, &now);
}

static void collect_knows_the_usual_ticks(void **state)
{
	static const double hz[] = {100, 250, 300, 1000, 1024};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hz); i++) {
		for (double s = 0.5; s < 3888000; s *= 3) {
			/* Either reading may be anywhere within its tick. */
			for (int off = -1; off <= 1; off++)
				assert_close(tick_s((uint64_t)(hz[i] * s) + off, s), 1 / hz[i]);
		}
	}
}

static void collect_guesses_a_tick_when_it_must(void **state)
{
	(void)state;
	assert_close(tick_s(0, 0), 0.004);
	assert_close(tick_s(9, 0.009), 0.004);
	assert_close(tick_s(100, 0), 0.004); /* a clock that stood still */
	assert_close(tick_s(10, 0.1), 0.01);
	/* An odd rate is taken for the nearest. */
	assert_close(tick_s(1150, 10), 0.01);
	assert_close(tick_s(2050, 10), 0.004);
}

/* Booked for 40 s, until the clock of the test. */
static struct collect_trace a_trace(void)
{
	return (struct collect_trace){
		.began = {.jiffies = MADE_JIFFIES - 10000, .boot_ns = 5},
		.settled = {.jiffies = MADE_JIFFIES, .boot_ns = 10000000005ull},
	};
}

static void collect_closes_the_books_before_it_reads_them(void **state)
{
	const struct collect_trace trace = a_trace();
	uint32_t cache = made_cache(&fake.ledger, "dentry", 192, 192);
	uint32_t origin = made_origin(&fake.ledger, cache, 0xffffffff81000000ull, 192, 0);
	struct snapshot *s = NULL;

	(void)state;
	made_object(&fake.ledger, origin, 0, 0, 3000, 1);
	made_object(&fake.ledger, origin, 0, 0, -3, 1); /* after the clock, before the end */
	made_freed(&fake.ledger, origin, 5);
	fake.ledger.counts[origin].frees++; /* one too many, so the check must say so */
	fake.clock = (struct ss_clock){.jiffies = MADE_JIFFIES, .boot_ns = 10000000005ull};
	assert_int_equal(collect_final(NULL, &trace, NULL, &s), 0);
	assert_string_equal(fake.calls, "Cvtc");
	assert_int_equal(s->objects, 2);
	assert_int_equal(s->unbalanced, 1);
	assert_close(s->caches[0].oldest_s, 3);
	assert_close(s->origins[0].age_min_s, 0);
	assert_true(s->took_s > 0 && s->took_s < 60);
	snapshot_destroy(s);
}

/* What was freed between two readings of the counts was reclaimed. */
static void collect_tells_what_was_reclaimed(void **state)
{
	struct collect_trace trace = a_trace();
	uint32_t cache = made_cache(&fake.ledger, "dentry", 192, 192);
	uint32_t origin = made_origin(&fake.ledger, cache, MADE_SITE(1), 192, 0);
	autofree struct ss_count *before = calloc(SS_ORIGINS, sizeof(*before));
	struct snapshot *s = NULL;

	(void)state;
	assert_non_null(before);
	made_objects(&fake.ledger, 10, origin, 0, 0, 10, 1);
	made_freed(&fake.ledger, origin, 5);
	memcpy(before, fake.ledger.counts, SS_ORIGINS * sizeof(*before));
	made_freed(&fake.ledger, origin, 110);
	fake.clock = trace.settled;
	assert_int_equal(collect_final(NULL, &trace, NULL, &s), 0);
	assert_false(s->reclaim_tried);
	assert_int_equal(s->origins[0].reclaimed, 0);
	snapshot_destroy(s);
	trace.unreclaimed = before;
	assert_int_equal(collect_final(NULL, &trace, NULL, &s), 0);
	assert_true(s->reclaim_tried);
	assert_int_equal(s->origins[0].reclaimed, 110);
	assert_int_equal(s->reclaimed, 110);
	assert_int_equal(s->objects, 10);
	snapshot_destroy(s);
}

#define A_CENSUS ((struct census *)&fake)

static void collect_retires_what_the_check_finds_free(void **state)
{
	const struct collect_trace trace = a_trace();
	uint32_t cache = made_cache(&fake.ledger, "maple_node", 256, 256);
	uint32_t origin = made_origin(&fake.ledger, cache, MADE_SITE(1), 256, 0);
	struct snapshot *s = NULL;

	(void)state;
	fake.ledger.caches[cache].key = 0xffff888000001000ull;
	made_objects(&fake.ledger, 5, origin, 0, 0, 10, 256);
	fake.clock = (struct ss_clock){.jiffies = MADE_JIFFIES, .boot_ns = 10000000005ull};
	assert_int_equal(collect_final(NULL, &trace, A_CENSUS, &s), 0);
	assert_string_equal(fake.calls, "vkkCvtc");
	assert_int_equal(fake.suspect_cnt, 5);
	assert_true(fake.suspects[0].key == 0xffff888000001000ull);
	assert_true(s->checked);
	assert_true(s->check_s > 0);
	assert_int_equal(s->objects, 1);
	assert_int_equal(s->stale, 3);
	assert_int_equal(s->origins[0].stale, 3);
	assert_int_equal(s->caches[0].stale, 3);
	/* The free that was booked meanwhile is in no counter of this made-up ledger. */
	assert_int_equal(s->unbalanced, 1);
	snapshot_destroy(s);
}

/* A check that fails must not cost the report: nothing is stale then, and it says why. */
static void collect_reports_although_the_check_fails(void **state)
{
	const struct collect_trace trace = a_trace();
	uint32_t cache = made_cache(&fake.ledger, "maple_node", 256, 256);
	uint32_t origin = made_origin(&fake.ledger, cache, MADE_SITE(1), 256, 0);
	struct snapshot *s = NULL;

	(void)state;
	made_objects(&fake.ledger, 2, origin, 0, 0, 10, 256);
	fake.clock = (struct ss_clock){.jiffies = MADE_JIFFIES, .boot_ns = 10000000005ull};
	fake.check_err = -EIO;
	assert_int_equal(collect_final(NULL, &trace, A_CENSUS, &s), 0);
	assert_string_equal(fake.calls, "vkCvtc");
	assert_int_equal(s->check_err, -EIO);
	assert_false(s->checked);
	assert_int_equal(s->objects, 2);
	assert_int_equal(s->stale, 0);
	assert_int_equal(s->unbalanced, 0);
	snapshot_destroy(s);
	/* No memory to suspect anybody with: the second allocation. */
	fake.check_err = 0;
	fake.calls[0] = '\0';
	memory_fails_after(1);
	assert_int_equal(collect_final(NULL, &trace, A_CENSUS, &s), 0);
	assert_true(memory_failed());
	assert_int_equal(s->check_err, -ENOMEM);
	assert_false(s->checked);
	assert_int_equal(s->objects, 2);
	snapshot_destroy(s);
}

static void collect_hands_errors_on(void **state)
{
	const struct collect_trace trace = {};
	struct snapshot *s = NULL;

	(void)state;
	fake.clock_err = -EINVAL;
	assert_int_equal(collect_final(NULL, &trace, NULL, &s), -EINVAL);
	assert_string_equal(fake.calls, "Cvt");
	fake.clock_err = 0;
	fake.counts_err = -EFAULT;
	assert_int_equal(collect_final(NULL, &trace, NULL, &s), -EFAULT);
	fake.counts_err = 0;
	memory_fails_after(0);
	assert_int_equal(collect_final(NULL, &trace, NULL, &s), -ENOMEM);
	assert_true(memory_failed());
	assert_null(s);
}

#define WITH_TRACER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int test_collect(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(collect_knows_the_usual_ticks),
		cmocka_unit_test(collect_guesses_a_tick_when_it_must),
		WITH_TRACER(collect_closes_the_books_before_it_reads_them),
		WITH_TRACER(collect_tells_what_was_reclaimed),
		WITH_TRACER(collect_retires_what_the_check_finds_free),
		WITH_TRACER(collect_reports_although_the_check_fails),
		WITH_TRACER(collect_hands_errors_on),
	};

	return cmocka_run_group_tests_name("collect", tests, NULL, NULL);
}
