// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clusters.c and clusters_text.c: the list of clusters and their descriptions, of many kinds, of
 * random bytes, without memory. All that was added is counted, whatever it was.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "made_clusters.h"
#include "stand_ins.h"

static void clusters_count_the_rest(void **state)
{
	enum { MAX = 20 };
	struct clusters *c = made_clusters(MAX);
	char text[32];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "name-%c%c", 'a' + i / 10, 'a' + i % 10);
		for (int j = 0; j <= i % 3; j++)
			made_clusters_add_text(c, text);
	}
	for (uint64_t i = 0; i < 7; i++) {
		made_clusters_add(c, &(uint64_t){FN + 16 * i}, 8);
		made_clusters_add(c, (uint64_t[]){i + 1, HEAP}, 16);
		made_clusters_add(c, (uint64_t[]){i + 1, HEAP}, 8);
	}
	assert_ranked(c, 0, 199 - 39,
		      "strings of other patterns (\"name-ca\", \"name-cb\", \"name-cc\")");
	assert_true(made_clusters_ranked(c, 0)->rest);
	assert_ranked(c, 1, 14, "other shapes");
	assert_ranked(c, 2, 7, "other symbols");
	assert_false(made_clusters_ranked(c, 3)->rest);
	assert_int_equal(clusters_rest(c), 160 + 14 + 7);
	assert_total(c, MAX + 3, 199 + 21);
	clusters_destroy(c);
}

/* Equal counts keep one order, whichever came first. */
static void clusters_rank_the_same_every_time(void **state)
{
	static const char *const names[] = {"delta", "alpha", "gamma", "beta"};
	static const char *const order[] = {"alpha", "beta", "delta", "gamma"};

	(void)state;
	for (size_t first = 0; first < ARRAY_SIZE(names); first++) {
		struct clusters *c = made_clusters(0);

		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			made_clusters_add_text(c, names[(first + i) % ARRAY_SIZE(names)]);
		made_clusters_add(c, &(uint64_t){HEAP}, 8);
		for (size_t i = 0; i < ARRAY_SIZE(order); i++)
			assert_string_equal(made_clusters_ranked(c, i)->pattern, order[i]);
		assert_int_equal(made_clusters_ranked(c, 4)->kind, CLUSTER_SHAPE);
		clusters_destroy(c);
	}
}

/* Nothing of the kernel's reaches a terminal as it is, and no buffer is too small. */
static void clusters_describe_any_bytes(void **state)
{
	static const uint64_t some[] = {0, 1, HERE, HERE + 8, HEAP, OPS, FN + 16, OPS - 8};
	struct clusters *c = made_clusters(300);
	const struct cluster *const *list;
	uint64_t seed = 37;
	size_t count;

	(void)state;
	for (int round = 0; round < 30000; round++) {
		union {
			uint64_t words[40];
			char bytes[320];
		} object;
		size_t len = random_below(&seed, sizeof(object) + 1);
		uint32_t kind = random_below(&seed, 3);

		for (size_t i = 0; i < ARRAY_SIZE(object.words); i++)
			object.words[i] = random_below(&seed, 4)
						  ? some[random_below(&seed, ARRAY_SIZE(some))]
						  : random_next(&seed);
		for (size_t i = 0; kind && i < sizeof(object); i++)
			if (kind == 1 || random_below(&seed, 3))
				object.bytes[i] = "ab\xc3\xa9\n9\\\"%s-"[random_below(&seed, 11)];
		if (kind == 1)
			object.bytes[random_below(&seed, sizeof(object))] = '\0';
		assert_int_equal(clusters_add(c, HERE, &object, len), 0);
	}
	count = clusters_rank(c, &list);
	assert_true(count > 300);
	assert_total(c, count, 30000);
	for (size_t i = 0; i < count; i++) {
		char whole[2048], buf[256];
		size_t len = strlen(clusters_describe(list[i], whole, sizeof(whole)));

		assert_true(len > 0 && len + 1 < sizeof(whole));
		for (size_t j = 0; j < len; j++)
			assert_true((unsigned char)whole[j] >= 0x20 && whole[j] != 0x7f);
		for (size_t size = 0; size < 100; size++) {
			memset(buf, '#', sizeof(buf));
			assert_ptr_equal(clusters_describe(list[i], buf, size), buf);
			assert_int_equal(buf[size], '#');
			if (!size)
				continue;
			/* A beginning of the whole, short by a part of one character at most. */
			assert_memory_equal(buf, whole, strlen(buf));
			assert_true(strlen(buf) + 4 >= size || strlen(buf) == len);
		}
	}
	clusters_destroy(c);
}

static void clusters_describe_long_strings_shortly(void **state)
{
	struct clusters *c = made_clusters(0);
	char bytes[64], buf[256];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes + 43, "\xe2\x82\xac\xe2\x82\xac", 6);
	made_clusters_add(c, bytes, sizeof(bytes));
	clusters_describe(made_clusters_ranked(c, 0), buf, sizeof(buf));
	/* 45 bytes would end inside of the first character. */
	assert_string_equal(buf, "string \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\"");
	clusters_destroy(c);
}

static void clusters_survive_without_memory(void **state)
{
	int err = -ENOMEM, failures = 0;
	struct clusters *c = NULL;
	char text[] = "name-a";

	(void)state;
	for (long n = 0; err; n++) {
		memory_fails_after(n);
		err = clusters_create(0, made_clusters_name, NULL, &c);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, c ? 0 : -ENOMEM);
		failures += err != 0;
	}
	assert_int_equal(failures, 6);
	/* No room for a cluster: with the rest, and the next one of it has a cluster. */
	memory_fails_after(0);
	err = clusters_add(c, 0, text, sizeof(text));
	assert_true(memory_failed());
	assert_int_equal(err, -ENOMEM);
	assert_int_equal(clusters_rest(c), 1);
	/* No room for an example: the cluster counts without. */
	memory_fails_after(1);
	assert_int_equal(clusters_add(c, 0, text, sizeof(text)), 0);
	assert_true(memory_failed());
	assert_int_equal(clusters_rest(c), 1);
	assert_ranked(c, 0, 1, "strings like \"name-a\"");
	assert_ranked(c, 1, 1, "strings of other patterns (\"name-a\")");
	assert_total(c, 2, 2);
	clusters_destroy(c);
}

int test_clusters_list(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clusters_count_the_rest),
		cmocka_unit_test(clusters_rank_the_same_every_time),
		cmocka_unit_test(clusters_describe_any_bytes),
		cmocka_unit_test(clusters_describe_long_strings_shortly),
		cmocka_unit_test(clusters_survive_without_memory),
	};

	return cmocka_run_group_tests_name("clusters, list", tests, NULL, NULL);
}
