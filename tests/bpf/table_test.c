// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of objects when it is full, raced for, or met by odd events. */
#include "ledger_fixture.h"

#include <pthread.h>
#include <stdlib.h>

/* The promised number of objects fits: no halving, nothing refused, every one found again. */
static void table_filled_to_the_promise(void **state)
{
	const uint32_t n = 100000;
	struct fixture f = open_ledger(n, 0);
	uint32_t o;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		book(&f, address(i), site_address(1), 16, 16);
	fetch(&f);
	o = origin_of(&f, site_address(1), 16);
	assert_int_equal(f.totals.halvings, 0);
	assert_int_equal(f.rares[o].refused, 0);
	assert_int_equal(f.counts[o].allocs, n);
	for (uint32_t i = 0; i < n; i++)
		unbook(&f, address(i));
	fetch(&f);
	assert_int_equal(f.counts[o].frees, n);
	assert_int_equal(f.counts[SS_ORIGIN_NONE].frees, 0);
	assert_balanced(&f);
	close_ledger(&f);
}

/* Ten times too many objects: the sample halves, and what is left is exactly the sample. */
static void table_full_halves_the_sample(void **state)
{
	const uint32_t room = 4000, n = 40000;
	struct fixture f = open_ledger(room, 0);
	uint32_t threshold, o, sampled = 0, live = 0;
	double scale, sigma;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		book(&f, address(i), site_address(1), 16, 16);
	fetch(&f);
	threshold = f.skel->bss->ss_control.threshold;
	o = origin_of(&f, site_address(1), 16);
	assert_in_range(f.totals.halvings, 3, 5);
	assert_int_equal(threshold, UINT32_MAX >> f.totals.halvings);
	assert_int_equal(f.counts[o].allocs, n);
	for (uint32_t i = 0; i < n; i++)
		sampled += ss_sample_hash(address(i)) <= threshold;
	for (uint32_t b = 0; b < f.bucket_cnt; b++)
		for (int w = 0; w < SS_WAYS; w++)
			live += f.buckets[b].word[w] &&
				ss_sample_hash(ss_word_address(f.buckets[b].word[w])) <= threshold;
	assert_int_equal(live + f.rares[o].refused, sampled);
	assert_int_equal(f.rares[o].refused, 0);
	scale = 4294967296.0 / ((double)threshold + 1);
	sigma = scale * __builtin_sqrt((double)n / scale * (1 - 1 / scale));
	assert_true(__builtin_fabs(live * scale - n) < 5 * sigma);

	/* Frees of what is out of the sample are no unknown frees; the rest leaves nothing. */
	for (uint32_t i = 0; i < n; i++)
		unbook(&f, address(i));
	fetch(&f);
	assert_int_equal(f.counts[o].frees, sampled);
	assert_int_equal(f.counts[SS_ORIGIN_NONE].frees, 0);
	close_ledger(&f);
}

static void double_event_of_large_kmalloc(void **state)
{
	struct fixture f = open_ledger(1000, 0);
	uint32_t inner, outer, small;

	(void)state;
	book(&f, address(1), site_address(1), 20000, 32768);
	book(&f, address(1), site_address(2), 20000, 32768);
	book(&f, address(2), site_address(3), 100, 128);
	book(&f, address(2), site_address(3), 100, 128);
	fetch(&f);
	inner = origin_of(&f, site_address(1), 32768);
	outer = origin_of(&f, site_address(2), 32768);
	small = origin_of(&f, site_address(3), 128);
	assert_int_equal(f.rares[inner].retold, 1);
	assert_int_equal(f.rares[inner].ghosts, 0);
	assert_int_equal(f.counts[outer].allocs, 1);
	assert_int_equal(f.rares[small].ghosts, 1);
	assert_int_equal(f.rares[small].retold, 0);
	assert_balanced(&f);
	close_ledger(&f);
}

static void free_by(const struct fixture *f, uint32_t copy, uint64_t addr)
{
	run(f, (uint64_t[PROBE_WORDS]){copy, addr});
}

static void assert_frees(struct fixture *f, uint64_t frees, uint64_t unknown)
{
	fetch(f);
	assert_int_equal(f->counts[origin_of(f, site_address(1), 16)].frees, frees);
	assert_int_equal(f->counts[SS_ORIGIN_NONE].frees, unknown);
}

/* Two copies of a free program: each free is booked once, whichever of them sees it. */
static void second_copy_does_what_the_first_missed(void **state)
{
	struct fixture f = open_ledger(1000, 0);
	cpu_set_t before;

	(void)state;
	stay_on_one_cpu(&before);
	book(&f, address(1), site_address(1), 16, 16);
	free_by(&f, PROBE_FREE_FIRST, address(1));
	free_by(&f, PROBE_FREE_SECOND, address(1));
	assert_frees(&f, 1, 0);
	/* The first was skipped: it was busy with another address, or with nothing new. */
	book(&f, address(1), site_address(1), 16, 16);
	free_by(&f, PROBE_FREE_SECOND, address(1));
	assert_frees(&f, 2, 0);
	book(&f, address(2), site_address(1), 16, 16);
	free_by(&f, PROBE_FREE_FIRST, address(3));
	free_by(&f, PROBE_FREE_SECOND, address(2));
	assert_frees(&f, 3, 1);
	/* No objects. */
	free_by(&f, PROBE_FREE_FIRST, 0);
	free_by(&f, PROBE_FREE_FIRST, SS_ZERO_SIZE_PTR);
	assert_frees(&f, 3, 1);
	assert_balanced(&f);
	assert_false(sched_setaffinity(0, sizeof(before), &before));
	close_ledger(&f);
}

/* A third: what both others were skipped for, and nothing else. */
static void third_copy_does_what_two_missed(void **state)
{
	struct fixture f = open_ledger(1000, 0);
	cpu_set_t before;

	(void)state;
	stay_on_one_cpu(&before);
	book(&f, address(1), site_address(1), 16, 16);
	book(&f, address(2), site_address(1), 16, 16);
	free_by(&f, PROBE_FREE_FIRST, address(1));
	free_by(&f, PROBE_FREE_SECOND, address(1));
	/* The second has seen that the first did it, and says so: here by an object not looked for.
	 */
	free_by(&f, PROBE_FREE_THIRD, address(2));
	assert_frees(&f, 1, 0);
	/* The second was skipped, the first not. */
	free_by(&f, PROBE_FREE_FIRST, address(3));
	free_by(&f, PROBE_FREE_THIRD, address(3));
	assert_frees(&f, 1, 1);
	/* Both were, by tasks that were preempted in them. */
	free_by(&f, PROBE_FREE_FIRST, address(4));
	free_by(&f, PROBE_FREE_THIRD, address(2));
	assert_frees(&f, 2, 2);
	/* The first was, and both others have work: it counts once. */
	book(&f, address(5), site_address(1), 16, 16);
	free_by(&f, PROBE_FREE_SECOND, address(5));
	free_by(&f, PROBE_FREE_THIRD, address(5));
	assert_frees(&f, 3, 2);
	assert_balanced(&f);
	assert_false(sched_setaffinity(0, sizeof(before), &before));
	close_ledger(&f);
}

static void book_second(const struct fixture *f, uint64_t addr, uint64_t site)
{
	run(f, (uint64_t[PROBE_WORDS]){PROBE_ALLOC_SECOND, addr, site, KEY(16), 16, 16});
}

static void assert_again(struct fixture *f, uint32_t site, uint64_t allocs, uint32_t retold,
			 uint32_t ghosts)
{
	uint32_t origin;

	fetch(f);
	origin = origin_of(f, site_address(site), 16);
	assert_int_equal(f->counts[origin].allocs, allocs);
	assert_int_equal(f->rares[origin].retold, retold);
	assert_int_equal(f->rares[origin].ghosts, ghosts);
	assert_balanced(f);
}

/*
 * The second copy of an allocation's program books what the first did not; what the
 * first did, it finds where the task was preempted between the two.
 */
static void second_copy_of_an_allocation(void **state)
{
	struct fixture f = open_ledger(1000, 0);

	(void)state;
	book_second(&f, address(1), site_address(1));
	assert_again(&f, 1, 1, 0, 0);
	assert_int_equal(f.rares[origin_of(&f, site_address(1), 16)].stood_in, 1);
	unbook(&f, address(1));
	assert_again(&f, 1, 1, 0, 0);
	assert_int_equal(f.counts[origin_of(&f, site_address(1), 16)].frees, 1);

	book(&f, address(1), site_address(1), 16, 16);
	book_second(&f, address(1), site_address(1));
	assert_again(&f, 1, 3, 1, 0);
	assert_int_equal(f.totals.again, 1);
	unbook(&f, address(1));
	assert_again(&f, 1, 3, 1, 0);
	assert_int_equal(f.counts[origin_of(&f, site_address(1), 16)].frees, 2);

	/* What is older, or of another origin, was freed unseen. */
	book(&f, address(1), site_address(1), 16, 16);
	grow_old(&f, 2000);
	book_second(&f, address(1), site_address(1));
	assert_again(&f, 1, 5, 1, 1);
	book_second(&f, address(1), site_address(2));
	assert_again(&f, 1, 5, 1, 2);
	assert_again(&f, 2, 1, 0, 0);
	/* And the first copy never tells twice. */
	book(&f, address(1), site_address(2), 16, 16);
	assert_again(&f, 2, 2, 0, 1);
	assert_int_equal(f.totals.again, 1);
	close_ledger(&f);
}

static void event(const struct fixture *f, uint64_t addr)
{
	const uint64_t words[PROBE_WORDS] = {
		[PROBE_OP] = PROBE_EVENT, [PROBE_ADDR] = addr,	  [PROBE_SITE] = site_address(1),
		[PROBE_KEY] = KEY(16),	  [PROBE_REQUESTED] = 16, [PROBE_ALLOCATED] = 16,
	};

	run(f, words);
}

/*
 * While the books settle nothing new is booked, and an address that is handed
 * out again proves that its record is dead: at home, and where it had to spill.
 */
static void settling_ends_what_is_born_again(void **state)
{
	const uint32_t n = 4000;
	struct fixture f = open_ledger(n, 0);
	uint32_t o, spilled;

	(void)state;
	f.skel->bss->ss_control.phase = SS_BOOKING;
	for (uint32_t i = 0; i < n; i++)
		event(&f, address(i));
	f.skel->bss->ss_control.phase = SS_SETTLING;
	spilled = f.skel->bss->ss_control.spills;
	assert_true(spilled);
	for (uint32_t i = 0; i < n; i += 2)
		event(&f, address(i));
	event(&f, address(n)); /* never booked */
	for (uint32_t i = 1; i < n; i += 4)
		unbook(&f, address(i));
	fetch(&f);
	o = origin_of(&f, site_address(1), 16);
	assert_int_equal(f.counts[o].allocs, n);
	assert_int_equal(f.rares[o].ghosts, n / 2);
	assert_int_equal(f.counts[o].frees, n / 4);
	assert_balanced(&f);
	f.skel->bss->ss_control.phase = SS_CLOSED;
	for (uint32_t i = 0; i < n; i++)
		event(&f, address(i));
	fetch(&f);
	assert_int_equal(f.rares[o].ghosts, n / 2);
	assert_int_equal(f.counts[o].allocs, n);
	close_ledger(&f);
}

static void nothing_moves_when_closed(void **state)
{
	struct fixture f = open_ledger(1000, 0);

	(void)state;
	book(&f, address(1), site_address(1), 16, 16);
	f.skel->bss->ss_control.phase = SS_CLOSED;
	unbook(&f, address(1));
	fetch(&f);
	assert_int_equal(f.counts[origin_of(&f, site_address(1), 16)].frees, 0);
	assert_balanced(&f);
	close_ledger(&f);
}

struct worker {
	const struct fixture *f;
	uint64_t first;
	uint64_t site;
};

static void *churn(void *arg)
{
	const struct worker *w = arg;
	uint64_t random = w->first + 1;

	for (int round = 0; round < 20; round++) {
		for (uint64_t i = 0; i < 4000; i++)
			book(w->f, address(w->first + i), w->site, 32, 32);
		for (uint64_t i = 0; i < 4000; i++)
			if (next_random(&random) % 8 || round == 19)
				unbook(w->f, address(w->first + i));
	}
	return NULL;
}

/* Four threads in one small, nearly full table and one shared origin: still nothing is lost. */
static void many_cpus_at_once(void **state)
{
	struct fixture f = open_ledger(17000, 0);
	struct worker workers[4];
	pthread_t threads[4];
	uint32_t o, slots = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		/* Two share a call site. */
		workers[i] = (struct worker){&f, i * 10000ull, site_address(i / 2)};
		assert_false(pthread_create(&threads[i], NULL, churn, &workers[i]));
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	fetch(&f);
	for (uint32_t b = 0; b < f.bucket_cnt; b++)
		for (int w = 0; w < SS_WAYS; w++)
			slots += f.buckets[b].word[w] != 0;
	assert_int_equal(slots, 0);
	for (int site = 0; site < 2; site++) {
		uint64_t allocs = 0;

		/* A race for a new origin may have made two of it. */
		for (o = SS_ORIGIN_FIRST; o < SS_ORIGINS; o++)
			if (f.origins[o].site == site_address(site))
				allocs += f.counts[o].allocs;
		assert_int_equal(allocs, 2 * 20 * 4000);
	}
	assert_balanced(&f);
	close_ledger(&f);
}

/*
 * Four threads in a table with room for a quarter of their objects: the slots of
 * those that leave the sample are taken over while others are freed. No free is
 * lost, or the address would come as a ghost, and no object, or its free would be
 * unknown.
 */
static void many_cpus_in_a_full_table(void **state)
{
	struct fixture f = open_ledger(4000, 0);
	struct worker workers[4];
	pthread_t threads[4];
	uint64_t allocs = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		workers[i] = (struct worker){&f, i * 10000ull, site_address(i)};
		assert_false(pthread_create(&threads[i], NULL, churn, &workers[i]));
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	fetch(&f);
	assert_true(f.totals.halvings >= 2);
	for (uint32_t b = 0; b < f.bucket_cnt; b++) {
		for (int w = 0; w < SS_WAYS; w++) {
			uint64_t word = f.buckets[b].word[w];

			assert_true(word != SS_WORD_LEAVING);
			assert_true(!word || ss_sample_hash(ss_word_address(word)) >
						     f.skel->bss->ss_control.threshold);
		}
	}
	for (uint32_t i = SS_ORIGIN_FIRST; i < SS_ORIGINS; i++) {
		allocs += f.counts[i].allocs;
		/* What was not freed in one round comes as a ghost in the next. */
		assert_true(f.rares[i].ghosts <= f.counts[i].allocs / 8);
	}
	assert_int_equal(allocs, 4 * 20 * 4000);
	assert_int_equal(f.counts[SS_ORIGIN_NONE].frees, 0);
	close_ledger(&f);
}

int test_table(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_filled_to_the_promise),
		cmocka_unit_test(table_full_halves_the_sample),
		cmocka_unit_test(double_event_of_large_kmalloc),
		cmocka_unit_test(second_copy_does_what_the_first_missed),
		cmocka_unit_test(third_copy_does_what_two_missed),
		cmocka_unit_test(second_copy_of_an_allocation),
		cmocka_unit_test(settling_ends_what_is_born_again),
		cmocka_unit_test(nothing_moves_when_closed),
		cmocka_unit_test(many_cpus_at_once),
		cmocka_unit_test(many_cpus_in_a_full_table),
	};

	return cmocka_run_group_tests_name("ledger, table", tests, NULL, NULL);
}
