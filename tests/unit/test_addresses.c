// SPDX-License-Identifier: GPL-2.0-or-later
/* addresses.c: sets of addresses, and suspects sorted by a radix sort of our own. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "census_wire.h"
#include "stand_ins.h"

#define DIRECT 0xffff888000000000ull

static void add(struct addresses *a, uint64_t address)
{
	assert_int_equal(addresses_add(a, &address, 1), 0);
}

static void addresses_of_an_empty_set(void **state)
{
	struct addresses a = {};

	(void)state;
	assert_int_equal(addresses_add(&a, NULL, 0), 0);
	addresses_sort(&a);
	assert_int_equal(a.count, 0);
	assert_false(addresses_has(&a, 0));
	assert_false(addresses_had(&a, 0));
	addresses_deinit(&a);
	/* A set can be used again. */
	add(&a, 8);
	addresses_sort(&a);
	assert_true(addresses_has(&a, 8));
	addresses_clear(&a);
	assert_false(addresses_has(&a, 8));
	assert_false(addresses_had(&a, 8));
	addresses_deinit(&a);
}

static void addresses_are_kept_once_and_in_order(void **state)
{
	static const uint64_t some[] = {DIRECT + 64, 0,	     UINT64_MAX,  DIRECT,
					DIRECT + 64, DIRECT, DIRECT + 64, 1};
	static const uint64_t sorted[] = {0, 1, DIRECT, DIRECT + 64, UINT64_MAX};
	struct addresses a = {};

	(void)state;
	assert_int_equal(addresses_add(&a, some, 3), 0);
	assert_int_equal(addresses_add(&a, some + 3, 5), 0);
	assert_int_equal(a.count, 8);
	assert_true(addresses_had(&a, 1));
	assert_false(addresses_had(&a, 2));
	addresses_sort(&a);
	assert_int_equal(a.count, 5);
	assert_memory_equal(a.at, sorted, sizeof(sorted));
	addresses_sort(&a);
	assert_int_equal(a.count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_true(addresses_has(&a, sorted[i]));
	assert_false(addresses_has(&a, 2));
	assert_false(addresses_has(&a, DIRECT + 63));
	assert_false(addresses_has(&a, UINT64_MAX - 1));
	addresses_deinit(&a);
}

/* Against a set that needs no order: one bit for each address there may be. */
static void addresses_are_a_set_at_random(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 50; round++) {
		uint32_t range = 1 + random_below(&seed, 3000), count = random_below(&seed, 4000);
		bool in[3000] = {};
		size_t distinct = 0;
		struct addresses a = {};

		for (uint32_t i = 0; i < count; i++) {
			uint32_t n = random_below(&seed, range);

			distinct += !in[n];
			in[n] = true;
			add(&a, DIRECT + 8ull * n);
		}
		addresses_sort(&a);
		assert_int_equal(a.count, distinct);
		for (uint32_t n = 0; n < range; n++)
			assert_int_equal(addresses_has(&a, DIRECT + 8ull * n), in[n]);
		addresses_deinit(&a);
	}
}

static void addresses_survive_a_lack_of_memory(void **state)
{
	struct addresses a = {};
	uint64_t many[64];

	(void)state;
	for (size_t i = 0; i < 64; i++)
		many[i] = i;
	memory_fails_after(0);
	assert_int_equal(addresses_add(&a, many, 1), -ENOMEM);
	assert_true(memory_failed());
	assert_int_equal(a.count, 0);
	add(&a, 7);
	memory_fails_after(0);
	assert_int_equal(addresses_add(&a, many, 64), -ENOMEM);
	assert_true(memory_failed());
	/* What was there still is. */
	addresses_sort(&a);
	assert_int_equal(a.count, 1);
	assert_true(addresses_has(&a, 7));
	addresses_deinit(&a);
}

static int by_address_and_index(const void *a, const void *b)
{
	const struct ss_suspect *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* Suspects with everything set, numbered in the order they come in. */
static struct ss_suspect suspect(uint64_t address, uint32_t index)
{
	return (struct ss_suspect){address, ~address, index % 4, index};
}

/* The sort is stable: equal addresses stay in the order of their index, as qsort() puts them. */
static void check_sort(struct ss_suspect *s, size_t count)
{
	struct ss_suspect *other = malloc((count + 1) * sizeof(*s));

	memcpy(other, s, count * sizeof(*s));
	qsort(other, count, sizeof(*s), by_address_and_index);
	assert_int_equal(addresses_sort_suspects(s, count), 0);
	assert_memory_equal(s, other, count * sizeof(*s));
	free(other);
}

static void suspects_are_sorted_whatever_they_are(void **state)
{
	static const uint64_t cases[][5] = {
		{0},
		{8},
		{UINT64_MAX},
		{UINT64_MAX & ~7ull, 0},
		{8, 8, 8, 8, 8},
		{16, 8},
		{DIRECT, DIRECT + (1ull << 46), DIRECT + 8, DIRECT, 0},
		/* Neighbours of what a digit holds. */
		{DIRECT + (2048 << 3), DIRECT + (2047 << 3), DIRECT, DIRECT + (2049 << 3)},
		{1ull << 63, 1ull << 62, 1ull << 3, 0, (1ull << 63) + 8},
	};
	static const size_t counts[] = {1, 1, 1, 2, 5, 2, 5, 4, 5};

	(void)state;
	assert_int_equal(addresses_sort_suspects(NULL, 0), 0);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct ss_suspect s[5];

		for (size_t j = 0; j < counts[i]; j++)
			s[j] = suspect(cases[i][j], j);
		check_sort(s, counts[i]);
	}
}

static void suspects_are_sorted_at_random(void **state)
{
	uint64_t seed = 17;

	(void)state;
	for (int round = 0; round < 200; round++) {
		uint32_t count = random_below(&seed, 3000);
		/* From one byte's worth of addresses to the whole space. */
		uint32_t bits = 3 + random_below(&seed, 62);
		uint64_t base = random_below(&seed, 2) ? DIRECT : random_next(&seed);
		struct ss_suspect *s = malloc((count + 1) * sizeof(*s));

		for (uint32_t i = 0; i < count; i++) {
			uint64_t offset = random_next(&seed) >> (64 - bits);

			s[i] = suspect((base + offset) & ~7ull, i);
		}
		check_sort(s, count);
		free(s);
	}
}

static void suspects_stay_when_memory_is_short(void **state)
{
	struct ss_suspect s[] = {suspect(24, 0), suspect(8, 1), suspect(16, 2)};

	(void)state;
	memory_fails_after(0);
	assert_int_equal(addresses_sort_suspects(s, 3), -ENOMEM);
	assert_true(memory_failed());
	assert_int_equal(s[0].address, 24);
	assert_int_equal(s[2].index, 2);
}

int test_addresses(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_an_empty_set),
		cmocka_unit_test(addresses_are_kept_once_and_in_order),
		cmocka_unit_test(addresses_are_a_set_at_random),
		cmocka_unit_test(addresses_survive_a_lack_of_memory),
		cmocka_unit_test(suspects_are_sorted_whatever_they_are),
		cmocka_unit_test(suspects_are_sorted_at_random),
		cmocka_unit_test(suspects_stay_when_memory_is_short),
	};

	return cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
