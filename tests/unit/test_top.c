// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * top.c against exact counts: streams of many kinds, and at every checkpoint every
 * key, there or not, is within the bounds that the header promises.
 */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "stand_ins.h"
#include "top.h"

static struct top *make_top(size_t capacity, size_t value_cnt)
{
	struct top *t = NULL;

	assert_int_equal(top_create(capacity, value_cnt, &t), 0);
	assert_non_null(t);
	return t;
}

static void add_text(struct top *t, const char *key, uint64_t weight)
{
	assert_int_equal(top_add(t, key, strlen(key), &weight), 0);
}

static void assert_entry(struct top_entry e, const char *key, uint64_t weight, uint64_t undercount)
{
	assert_int_equal(e.key_len, strlen(key));
	assert_memory_equal(e.key, key, e.key_len);
	assert_true(e.values[0] == weight);
	assert_true(e.undercount == undercount);
}

static void top_is_exact_while_all_fits(void **state)
{
	struct top *t = make_top(4, 2);
	struct top_lost lost;

	(void)state;
	assert_int_equal(top_count(t), 0);
	assert_int_equal(top_rank(t, 3, NULL), 0);
	for (int round = 0; round < 1000; round++) {
		static const char *const keys[] = {"ab", "a", "", "a\0b"};
		static const size_t lengths[] = {2, 1, 0, 3};

		for (size_t i = 0; i < 4; i++)
			assert_int_equal(top_add(t, keys[i], lengths[i], (uint64_t[]){i + 1, 7}),
					 0);
	}
	lost = top_lost(t);
	assert_int_equal(lost.floor + lost.weight + lost.entries, 0);
	assert_int_equal(top_count(t), 4);
	assert_entry(top_entry(t, 0), "ab", 1000, 0);
	assert_entry(top_entry(t, 1), "a", 2000, 0);
	assert_entry(top_entry(t, 2), "", 3000, 0);
	assert_int_equal(top_entry(t, 3).key_len, 3);
	assert_memory_equal(top_entry(t, 3).key, "a\0b", 3);
	assert_int_equal(top_entry(t, 3).values[0], 4000);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(top_entry(t, i).values[1], 7000);
	top_destroy(t);
	top_destroy(NULL);
}

/* Capacity 4: a fifth key raises the floor to the least weight, and all that is not above goes. */
static void top_drops_what_is_not_above_the_floor(void **state)
{
	struct top *t = make_top(4, 1);
	struct top_lost lost;

	(void)state;
	add_text(t, "big", 10);
	add_text(t, "one", 1);
	add_text(t, "uno", 1);
	add_text(t, "two", 2);
	add_text(t, "new", 5);
	lost = top_lost(t);
	assert_int_equal(lost.floor, 1);
	assert_int_equal(lost.weight, 2);
	assert_int_equal(lost.entries, 2);
	assert_int_equal(top_count(t), 3);
	assert_entry(top_entry(t, 0), "big", 10, 0);
	assert_entry(top_entry(t, 1), "two", 2, 0);
	assert_entry(top_entry(t, 2), "new", 5, 1);
	/* A key that is there needs no room; one that comes back starts anew. */
	add_text(t, "one", 1);
	add_text(t, "new", 1);
	assert_int_equal(top_lost(t).floor, 1);
	assert_entry(top_entry(t, 2), "new", 6, 1);
	assert_entry(top_entry(t, 3), "one", 1, 1);
	/* At most 2 of each, "two" and "one", which may have come as often. */
	add_text(t, "last", 1);
	lost = top_lost(t);
	assert_int_equal(lost.floor, 2);
	assert_int_equal(lost.weight, 5);
	assert_int_equal(lost.entries, 4);
	assert_int_equal(top_count(t), 3);
	assert_entry(top_entry(t, 2), "last", 1, 2);
	top_destroy(t);
}

static void top_ranks_by_weight_then_bytes(void **state)
{
	static const char *const order[] = {"z", "b", "B", "", "a", "a\x01", "a\xff", "aa"};
	static const uint64_t weights[] = {UINT64_MAX, 9, 9, 3, 3, 3, 3, 3};
	/* In the order of bytes 'B' comes before 'b', and "aa" between \x01 and \xff. */
	static const size_t rank[] = {0, 2, 1, 3, 4, 5, 7, 6};
	static const size_t came[] = {5, 3, 7, 1, 0, 6, 2, 4};
	struct top *t = make_top(8, 1);

	(void)state;
	for (size_t i = 0; i < 8; i++)
		add_text(t, order[came[i]], weights[came[i]]);
	for (size_t n = 0; n <= 10; n++) {
		struct top_entry e[11];

		memset(e, '#', sizeof(e));
		assert_int_equal(top_rank(t, n, e), n < 8 ? n : 8);
		for (size_t i = 0; i < n && i < 8; i++)
			assert_entry(e[i], order[rank[i]], weights[rank[i]], 0);
		for (size_t i = n < 8 ? n : 8; i < 11; i++)
			assert_int_equal(((char *)&e[i])[0], '#');
	}
	top_destroy(t);
}

/* What a stream is made of: which key comes next, and with what weight. */
struct stream {
	const char *name;
	uint32_t keys;
	uint32_t (*key)(uint64_t *seed, uint32_t keys, uint32_t i);
	uint64_t (*weight)(uint64_t *seed);
};

static uint32_t key_uniform(uint64_t *seed, uint32_t keys, uint32_t i)
{
	(void)i;
	return random_below(seed, keys);
}

/* Key k about as often as 1 / (k + 1). */
static uint32_t key_skewed(uint64_t *seed, uint32_t keys, uint32_t i)
{
	(void)i;
	return (uint32_t)pow(keys, random_below(seed, 1 << 30) / (double)(1 << 30)) - 1;
}

/* Every key once, over and over: the worst there is. */
static uint32_t key_in_turn(uint64_t *seed, uint32_t keys, uint32_t i)
{
	(void)seed;
	return i % keys;
}

/* One key for a while, never again; and one that is seldom but always there. */
static uint32_t key_in_bursts(uint64_t *seed, uint32_t keys, uint32_t i)
{
	return random_below(seed, 50) ? 1 + i / 97 % (keys - 1) : 0;
}

static uint64_t weight_one(uint64_t *seed)
{
	(void)seed;
	return 1;
}

static uint64_t weight_any(uint64_t *seed)
{
	return random_next(seed) >> (24 + random_below(seed, 40));
}

static size_t make_key(uint32_t key, char buf[80])
{
	/* Keys of all lengths, zeros inside, the beginning of others. */
	memset(buf, 0, 80);
	memcpy(buf, &key, sizeof(key));
	return sizeof(key) + key % 70;
}

struct model {
	uint64_t *weights, *seconds, total;
};

static void assert_in_bounds(const struct top *t, const struct model *m, const struct stream *s,
			     size_t capacity)
{
	struct top_lost lost = top_lost(t);
	autofree bool *there = calloc(s->keys, sizeof(*there));
	uint64_t sum = lost.weight;

	assert_non_null(there);
	assert_true(top_count(t) <= capacity);
	for (size_t i = 0; i < top_count(t); i++) {
		struct top_entry e = top_entry(t, i);
		char expected[80];
		uint32_t key;

		memcpy(&key, e.key, sizeof(key));
		assert_true(key < s->keys && !there[key]);
		there[key] = true;
		assert_int_equal(e.key_len, make_key(key, expected));
		assert_memory_equal(e.key, expected, e.key_len);
		assert_true(e.values[0] <= m->weights[key]);
		assert_true(m->weights[key] <= e.values[0] + e.undercount);
		assert_true(e.undercount <= lost.floor);
		assert_true(e.values[1] <= m->seconds[key]);
		if (!e.undercount)
			assert_true(e.values[1] == m->seconds[key]);
		sum += e.values[0];
	}
	for (uint32_t key = 0; key < s->keys; key++)
		if (!there[key] && m->weights[key] > lost.floor)
			fail_msg("%s: key %u of weight %lu is not there, floor %lu", s->name, key,
				 m->weights[key], lost.floor);
	assert_true(sum == m->total);
	/* floor <= 4/3 W / capacity, in whole numbers. */
	assert_true((unsigned __int128)lost.floor * 3 * capacity <=
		    (unsigned __int128)4 * m->total);
}

static void run_stream(const struct stream *s, size_t capacity, uint32_t items)
{
	struct model m = {calloc(s->keys, 8), calloc(s->keys, 8), 0};
	struct top *t = make_top(capacity, 2);
	uint64_t seed = 17;
	size_t came = 0;

	assert_non_null(m.weights);
	assert_non_null(m.seconds);
	for (uint32_t i = 0; i < items; i++) {
		uint32_t key = s->key(&seed, s->keys, i);
		uint64_t values[] = {s->weight(&seed), key + 1};
		char bytes[80];
		size_t len = make_key(key, bytes);

		assert_int_equal(top_add(t, bytes, len, values), 0);
		m.weights[key] += values[0];
		m.seconds[key] += values[1];
		m.total += values[0];
		if (i % (items / 10) == 0 || i + 1 == items)
			assert_in_bounds(t, &m, s, capacity);
	}
	for (uint32_t key = 0; key < s->keys; key++)
		came += m.seconds[key] > 0;
	assert_true((came > capacity) == (top_lost(t).entries > 0));
	top_destroy(t);
	free(m.weights);
	free(m.seconds);
}

static void top_keeps_its_bounds(void **state)
{
	static const struct stream streams[] = {
		{"few", 60, key_uniform, weight_one},
		{"uniform", 5000, key_uniform, weight_one},
		{"skewed", 20000, key_skewed, weight_one},
		{"in turn", 3000, key_in_turn, weight_one},
		{"bursts", 2000, key_in_bursts, weight_one},
		{"uniform, any weight", 5000, key_uniform, weight_any},
		{"skewed, any weight", 20000, key_skewed, weight_any},
		{"in turn, any weight", 3000, key_in_turn, weight_any},
		{"bursts, any weight", 2000, key_in_bursts, weight_any},
	};
	static const size_t capacities[] = {1, 2, 3, 5, 64, 1000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++)
		for (size_t j = 0; j < ARRAY_SIZE(capacities); j++)
			if (i || capacities[j] < 1000)
				run_stream(&streams[i], capacities[j],
					   capacities[j] < 5 ? 2000 : 40000);
	run_stream(&streams[0], 60, 40000);
}

/* What it is for: the heavy keys of a skewed stream, in their order, nearly exact. */
static void top_finds_the_heavy_keys(void **state)
{
	enum { ITEMS = 400000, CAPACITY = 1000 };
	struct top *t = make_top(CAPACITY, 1);
	struct top_entry best[10];
	uint64_t seed = 19;

	(void)state;
	for (uint32_t i = 0; i < ITEMS; i++) {
		/* Half are keys that never come again. */
		uint64_t key = i % 2 ? key_skewed(&seed, 1 << 20, i) : 1ull << 32 | i;

		assert_int_equal(top_add(t, &key, sizeof(key), (uint64_t[]){1}), 0);
	}
	assert_int_equal(top_rank(t, 10, best), 10);
	for (uint64_t i = 0; i < 10; i++)
		assert_memory_equal(best[i].key, &i, sizeof(i));
	assert_in_range(top_lost(t).floor, 1, ITEMS * 4 / 3 / CAPACITY);
	/* They came early, and were never dropped. */
	assert_int_equal(best[0].undercount, 0);
	top_destroy(t);
}

static void top_of_nothing_but_zeros(void **state)
{
	struct top *t = make_top(16, 1);

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(top_add(t, &i, sizeof(i), (uint64_t[]){0}), 0);
		assert_in_range(top_count(t), 1, 16);
	}
	assert_int_equal(top_lost(t).floor, 0);
	assert_int_equal(top_lost(t).weight, 0);
	assert_int_equal(top_lost(t).entries, 1000 - top_count(t));
	top_destroy(t);
}

static void top_sums_stop_at_the_largest_number(void **state)
{
	struct top *t = make_top(2, 2);

	(void)state;
	for (uint32_t i = 0; i < 50; i++)
		for (int again = 0; again < 3; again++)
			assert_int_equal(top_add(t, &i, sizeof(i),
						 (uint64_t[]){UINT64_MAX - 1, UINT64_MAX / 2}),
					 0);
	for (size_t i = 0; i < top_count(t); i++) {
		assert_true(top_entry(t, i).values[0] == UINT64_MAX);
		assert_true(top_entry(t, i).values[1] == UINT64_MAX);
	}
	assert_true(top_lost(t).weight == UINT64_MAX);
	assert_true(top_lost(t).floor == UINT64_MAX);
	top_destroy(t);
}

static void top_holds_long_keys(void **state)
{
	enum { LONGEST = 70000 };
	struct top *t = make_top(8, 1);
	char *key = malloc(LONGEST);
	struct top_entry best;

	(void)state;
	assert_non_null(key);
	memset(key, 'k', LONGEST);
	for (size_t len = 1; len <= LONGEST; len = len * 3 + 1) {
		assert_int_equal(top_add(t, key, len, (uint64_t[]){len}), 0);
		assert_int_equal(top_rank(t, 1, &best), 1);
		assert_int_equal(best.key_len, len);
		assert_memory_equal(best.key, key, len);
	}
	/* They differ in the last byte only, behind all that is hashed at a time. */
	for (int i = 0; i < 8; i++) {
		key[999] = (char)i;
		assert_int_equal(top_add(t, key, 1000, (uint64_t[]){1 << 20}), 0);
		assert_int_equal(top_add(t, key, 1000, (uint64_t[]){1 << 20}), 0);
	}
	assert_int_equal(top_count(t), 8);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(top_entry(t, i).values[0], 1 << 21);
	free(key);
	top_destroy(t);
}

static void top_refuses_what_cannot_be(void **state)
{
	struct top *t = NULL;

	(void)state;
	assert_int_equal(top_create(0, 1, &t), -EINVAL);
	assert_int_equal(top_create(1, 0, &t), -EINVAL);
	assert_int_equal(top_create(SIZE_MAX, 1, &t), -EINVAL);
	assert_int_equal(top_create((1ul << 30) + 1, 1, &t), -EINVAL);
	assert_int_equal(top_create(1, SIZE_MAX, &t), -EINVAL);
	assert_null(t);
	t = make_top(1, 1);
	assert_int_equal(top_add(t, "", 1ul << 32, (uint64_t[]){1}), -EINVAL);
	assert_int_equal(top_count(t), 0);
	top_destroy(t);
}

static void top_survives_without_memory(void **state)
{
	struct top *t = NULL;
	int err = -ENOMEM, failures = 0;
	char key[3000] = "";

	(void)state;
	for (long n = 0; err; n++) {
		memory_fails_after(n);
		err = top_create(4, 2, &t);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, t ? 0 : -ENOMEM);
		failures += err != 0;
	}
	assert_int_equal(failures, 4);
	/* Full, and the next key does not fit: nothing is dropped for one that cannot come. */
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(top_add(t, &i, sizeof(i), (uint64_t[]){1, 1}), 0);
	memory_fails_after(0);
	assert_int_equal(top_add(t, key, sizeof(key), (uint64_t[]){1, 1}), -ENOMEM);
	assert_true(memory_failed());
	assert_int_equal(top_count(t), 4);
	assert_int_equal(top_lost(t).entries, 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(top_entry(t, i).values[1], 1);
	assert_int_equal(top_add(t, key, sizeof(key), (uint64_t[]){1, 1}), 0);
	assert_int_equal(top_entry(t, top_count(t) - 1).key_len, sizeof(key));
	top_destroy(t);
}

int test_top(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(top_is_exact_while_all_fits),
		cmocka_unit_test(top_drops_what_is_not_above_the_floor),
		cmocka_unit_test(top_ranks_by_weight_then_bytes),
		cmocka_unit_test(top_keeps_its_bounds),
		cmocka_unit_test(top_finds_the_heavy_keys),
		cmocka_unit_test(top_of_nothing_but_zeros),
		cmocka_unit_test(top_sums_stop_at_the_largest_number),
		cmocka_unit_test(top_holds_long_keys),
		cmocka_unit_test(top_refuses_what_cannot_be),
		cmocka_unit_test(top_survives_without_memory),
	};

	return cmocka_run_group_tests_name("top", tests, NULL, NULL);
}
