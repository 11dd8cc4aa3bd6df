// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * survivors.c: what the slab pages are asked about the objects in the books, and
 * that only what is still in its slot is retired.
 */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake_census.h"
#include "made_ledger.h"
#include "stand_ins.h"
#include "survivors.h"

static size_t asked;

static int by_address(const void *a, const void *b)
{
	const struct ss_suspect *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* By index: alive, page gone, free, unread, alive, ... ; a second look changes nothing. */
static int answer(struct ss_suspect *suspects, size_t count)
{
	asked = count > asked ? count : asked;
	for (size_t i = 0; i < count; i++)
		suspects[i].state = suspects[i].index % 4;
	qsort(suspects, count, sizeof(*suspects), by_address);
	return 0;
}

static int refuse(struct ss_suspect *suspects, size_t count)
{
	(void)suspects;
	(void)count;
	return -EIO;
}

static uint64_t slot_address(const struct made_ledger *m, uint32_t slot)
{
	return ss_word_address(m->buckets[slot / SS_WAYS].word[slot % SS_WAYS]);
}

static const struct ss_suspect *suspect_of(const struct survivors *s, uint32_t slot)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->suspects[i].index == slot)
			return &s->suspects[i];
	fail_msg("slot %u is not suspected", slot);
	return NULL;
}

static bool is_stale(const struct ledger *l, uint32_t slot)
{
	return l->stale[slot / 8] >> slot % 8 & 1;
}

static void survivors_ask_for_the_right_cache(void **state)
{
	struct made_ledger *m = *state;
	uint32_t known = made_cache(m, "dentry", 192, 192);
	uint32_t guessed = made_guessed_cache(m, 64, 0), gone = made_cache(m, "gone", 64, 64);
	uint32_t half = made_cache(m, "half", 64, 64);
	const uint32_t caches[] = {
		known, SS_CACHE_LARGE_INDEX, SS_CACHE_OTHER_INDEX, 0, guessed, gone, half,
	};
	const uint64_t keys[] = {
		m->caches[known].key, SS_LARGE,	    SS_ANY_CACHE, SS_ANY_CACHE,
		SS_ANY_CACHE,	      SS_ANY_CACHE, SS_ANY_CACHE,
	};
	struct survivors s;

	m->caches[gone].state |= SS_CACHE_DESTROYED;
	m->caches[half].state = 0; /* its name and size are being written */
	for (size_t i = 0; i < sizeof(caches) / sizeof(caches[0]); i++)
		made_object(m, made_origin(m, caches[i], MADE_SITE(i), 64, 0), 0, 0, 1, 1);
	fake_census_check = answer;
	asked = 0;
	assert_int_equal(survivors_check(&s, &m->view, NULL), 0);
	assert_int_equal(s.count, 7);
	for (uint32_t i = 0; i < 7; i++) {
		assert_true(suspect_of(&s, i)->key == keys[i]);
		assert_true(suspect_of(&s, i)->address == slot_address(m, i));
	}
	survivors_deinit(&s);
}

/* An index beyond the table, as a word torn between two objects may have it. */
static void survivors_of_a_hostile_ledger(void **state)
{
	struct made_ledger *m = *state;
	uint32_t origin = made_origin(m, made_cache(m, "a", 64, 64), MADE_SITE(1), 64, 0);
	struct survivors s;

	m->origins[origin].cache = UINT16_MAX;
	made_object(m, origin, 0, 0, 1, 1);
	m->buckets[0].meta[0] = UINT64_MAX;
	m->buckets[MADE_BUCKETS - 1].word[SS_WAYS - 1] = UINT64_MAX;
	m->buckets[MADE_BUCKETS - 1].meta[SS_WAYS - 1] = UINT64_MAX;
	fake_census_check = answer;
	asked = 0;
	assert_int_equal(survivors_check(&s, &m->view, NULL), 0);
	assert_int_equal(s.count, 2);
	assert_int_equal(suspect_of(&s, MADE_BUCKETS * SS_WAYS - 1)->key, SS_ANY_CACHE);
	survivors_mark(&s, &m->view);
	survivors_deinit(&s);
}

static void survivors_in_flight_are_no_suspects(void **state)
{
	struct made_ledger *m = *state;
	uint32_t origin = made_origin(m, made_cache(m, "a", 64, 64), MADE_SITE(1), 64, 0);
	struct survivors s;

	made_in_flight(m);
	made_object(m, origin, 0, 0, 1, 1);
	made_in_flight(m);
	fake_census_check = answer;
	asked = 0;
	assert_int_equal(survivors_check(&s, &m->view, NULL), 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.suspects[0].index, 1);
	survivors_deinit(&s);
}

static void survivors_marks_what_is_free_and_still_there(void **state)
{
	struct made_ledger *m = *state;
	uint32_t origin = made_origin(m, made_cache(m, "a", 64, 64), MADE_SITE(1), 64, 0);
	struct survivors s;

	made_objects(m, 40, origin, 0, 0, 1, 1);
	fake_census_check = answer;
	asked = 0;
	assert_int_equal(survivors_check(&s, &m->view, NULL), 0);
	assert_int_equal(asked, 40);
	/* 1: freed meanwhile; 2: and its slot filled again, which settling forbids. */
	m->buckets[0].word[1] = 0;
	m->buckets[0].word[2] = m->buckets[0].word[3];
	survivors_mark(&s, &m->view);
	assert_ptr_equal(m->view.stale, s.stale);
	for (uint32_t i = 0; i < 40; i++) {
		bool dead = i % 4 == SS_FREE || i % 4 == SS_PAGE_GONE;

		assert_int_equal(is_stale(&m->view, i), dead && i != 1 && i != 2);
	}
	for (uint32_t i = 40; i < MADE_BUCKETS * SS_WAYS; i++)
		assert_false(is_stale(&m->view, i));
	m->view.stale = NULL;
	survivors_deinit(&s);
	assert_null(s.suspects);
}

static void survivors_of_empty_books(void **state)
{
	struct made_ledger *m = *state;
	struct survivors s;

	fake_census_check = answer;
	asked = 0;
	assert_int_equal(survivors_check(&s, &m->view, NULL), 0);
	assert_int_equal(s.count, 0);
	survivors_mark(&s, &m->view);
	/* No suspects is not the same as no check. */
	assert_non_null(m->view.stale);
	survivors_deinit(&s);
}

static void survivors_hands_errors_on(void **state)
{
	struct made_ledger *m = *state;
	struct survivors s;

	fake_census_check = refuse;
	assert_int_equal(survivors_check(&s, &m->view, NULL), -EIO);
	survivors_deinit(&s);
	for (long n = 0; n < 2; n++) {
		memory_fails_after(n);
		assert_int_equal(survivors_check(&s, &m->view, NULL), -ENOMEM);
		assert_true(memory_failed());
		survivors_deinit(&s);
	}
}

int test_survivors(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(survivors_ask_for_the_right_cache),
		WITH_LEDGER(survivors_of_a_hostile_ledger),
		WITH_LEDGER(survivors_in_flight_are_no_suspects),
		WITH_LEDGER(survivors_marks_what_is_free_and_still_there),
		WITH_LEDGER(survivors_of_empty_books),
		WITH_LEDGER(survivors_hands_errors_on),
	};

	return cmocka_run_group_tests_name("survivors", tests, NULL, NULL);
}
