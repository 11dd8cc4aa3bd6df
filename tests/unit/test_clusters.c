// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clusters.c and clusters_text.c: made-up objects of every kind, alone and mixed, and
 * objects of random bytes. All that was added is counted, whatever it was.
 */
#include "fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "clusters.h"
#include "stand_ins.h"

#define HERE UINT64_C(0xffff888012345600)
#define HEAP UINT64_C(0xffff888000000000)
#define FN   UINT64_C(0xffffffff81000000)
#define OPS  UINT64_C(0xffffffff82000000)

/* Functions fn_N, 16 bytes each; ops_N with offsets; one with a hostile name. */
static bool resolve(void *arg, uint64_t value, char buf[MEMO_NAME])
{
	(void)arg;
	if (value == OPS - 8)
		snprintf(buf, MEMO_NAME, "evil\x1b[2J");
	else if (value >= OPS && value < OPS + 0x1000)
		snprintf(buf, MEMO_NAME, "ops_%" PRIu64 "+0x%" PRIx64, (value - OPS) / 256,
			 (value - OPS) % 256);
	else if (value >= FN && value < FN + 0x100000)
		snprintf(buf, MEMO_NAME, "fn_%" PRIu64, (value - FN) / 16);
	else
		return false;
	return true;
}

static struct clusters *make(size_t max)
{
	struct clusters *c = NULL;

	assert_int_equal(clusters_create(max, resolve, NULL, &c), 0);
	assert_non_null(c);
	return c;
}

static void add_bytes(struct clusters *c, const void *bytes, size_t len)
{
	assert_int_equal(clusters_add(c, HERE, bytes, len), 0);
}

static void add_text(struct clusters *c, const char *text)
{
	char bytes[64];

	/* What an allocation had in it before is behind the NUL. */
	memset(bytes, 0xe7, sizeof(bytes));
	strcpy(bytes, text);
	add_bytes(c, bytes, sizeof(bytes));
}

static const struct cluster *ranked(struct clusters *c, size_t i)
{
	const struct cluster *const *list;

	assert_true(clusters_rank(c, &list) > i);
	return list[i];
}

static void assert_ranked(struct clusters *c, size_t i, uint64_t count, const char *description)
{
	const struct cluster *cluster = ranked(c, i);
	char buf[1024];

	assert_string_equal(clusters_describe(cluster, buf, sizeof(buf)), description);
	assert_int_equal(cluster->count, count);
}

/* No cluster but these, and nothing lost. */
static void assert_total(struct clusters *c, size_t count, uint64_t objects)
{
	const struct cluster *const *list;
	uint64_t sum = 0;

	assert_int_equal(clusters_rank(c, &list), count);
	for (size_t i = 0; i < count; i++)
		sum += list[i]->count;
	assert_int_equal(sum, objects);
	assert_int_equal(clusters_count(c), objects);
}

static void clusters_of_strings(void **state)
{
	struct clusters *c = make(0);
	char text[64];

	(void)state;
	for (int i = 1042; i < 1142; i++) {
		snprintf(text, sizeof(text), "file-name-%d", i);
		add_text(c, text);
		add_text(c, text);
	}
	for (int i = 0; i < 7; i++)
		add_text(c, "README.md");
	add_text(c, "a1b2c3d4");
	assert_ranked(c, 0, 200,
		      "strings like \"file-name-N\" (\"file-name-1042\", \"file-name-1043\", "
		      "\"file-name-1044\")");
	assert_int_equal(ranked(c, 0)->example_cnt, CLUSTER_EXAMPLES);
	assert_string_equal(ranked(c, 0)->examples[4], "file-name-1046");
	assert_ranked(c, 1, 7, "string \"README.md\"");
	assert_ranked(c, 2, 1, "strings like \"H\" (\"a1b2c3d4\")");
	assert_int_equal(ranked(c, 2)->kind, CLUSTER_STRING);
	assert_total(c, 3, 208);
	clusters_destroy(c);
	clusters_destroy(NULL);
}

/* A string to the end of the object, at which nothing may be read. */
static void clusters_of_strings_without_end(void **state)
{
	struct clusters *c = make(0);
	char *bytes = malloc(300);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', 300);
	memcpy(bytes, "12345678", 8);
	for (size_t len = 8; len <= 300; len += 4) {
		char *exact = malloc(len);

		assert_non_null(exact);
		memcpy(exact, bytes, len);
		add_bytes(c, exact, len);
		free(exact);
	}
	/* From 256 on they all are the same. */
	assert_int_equal(ranked(c, 0)->count, 12);
	assert_int_equal(strlen(ranked(c, 0)->examples[0]), SAMPLE_BYTES);
	free(bytes);
	clusters_destroy(c);
}

static void clusters_of_fills(void **state)
{
	struct clusters *c = make(1);
	unsigned char bytes[96];

	(void)state;
	/* These have room even where strings have none left. */
	add_text(c, "first");
	add_text(c, "second");
	for (int i = 0; i < 9; i++)
		add_bytes(c, memset(bytes, 0, sizeof(bytes)), 8 + 8 * i);
	memset(bytes, 'k', sizeof(bytes));
	for (int i = 0; i < 6; i++)
		add_bytes(c, bytes, 64);
	bytes[63] = 0xa5;
	add_bytes(c, bytes, 64);
	for (int i = 0; i < 5; i++)
		add_bytes(c, memset(bytes, 'Z', sizeof(bytes)), 32);
	for (int i = 0; i < 4; i++)
		add_bytes(c, memset(bytes, 0xcc, sizeof(bytes)), 32);
	for (int i = 0; i < 3; i++)
		assert_int_equal(clusters_add(c, HERE, NULL, 0), 0);
	assert_ranked(c, 0, 9, "all zero");
	assert_ranked(c, 1, 7, "filled with 0x6b: free, poisoned");
	assert_ranked(c, 2, 5, "filled with 0x5a: poisoned, never written");
	assert_ranked(c, 3, 4, "filled with 0xcc: poisoned");
	assert_ranked(c, 4, 3, "could not be read");
	assert_ranked(c, 5, 1, "string \"first\"");
	assert_ranked(c, 6, 1, "strings of other patterns (\"second\")");
	assert_total(c, 7, 30);
	assert_int_equal(clusters_rest(c), 1);
	clusters_destroy(c);
}

static void clusters_of_symbols(void **state)
{
	struct clusters *c = make(0);
	uint64_t words[16] = {OPS, 1, HEAP, HERE, 0, 0, 0, 0, FN + 16 * 7};
	uint64_t seed = 29;

	(void)state;
	for (int i = 0; i < 10; i++) {
		/* What has no name does not matter. */
		words[1] = random_next(&seed) >> 1;
		words[2] = HEAP + random_below(&seed, 1 << 30);
		add_bytes(c, words, sizeof(words));
	}
	words[0] = OPS + 256 + 8;
	for (int i = 0; i < 5; i++)
		add_bytes(c, words, sizeof(words));
	words[0] = OPS + 256 + 16;
	add_bytes(c, words, sizeof(words));
	add_bytes(c, words, sizeof(words));
	words[0] = OPS - 8;
	add_bytes(c, words, 8);
	assert_ranked(c, 0, 10, "first word is ops_0, +0x40 points at fn_7");
	assert_ranked(c, 1, 5, "first word is ops_1+0x8, +0x40 points at fn_7");
	assert_ranked(c, 2, 2, "first word is ops_1+0x10, +0x40 points at fn_7");
	assert_ranked(c, 3, 1, "first word is evil\\x1b[2J");
	assert_int_equal(ranked(c, 0)->kind, CLUSTER_SYMBOL);
	assert_int_equal(ranked(c, 0)->symbols[1].offset, 0x40);
	assert_string_equal(ranked(c, 0)->symbols[1].name, "fn_7");
	assert_total(c, 4, 18);
	clusters_destroy(c);
}

static void clusters_of_many_symbols(void **state)
{
	struct clusters *c = make(0);
	uint64_t words[32] = {0};

	(void)state;
	for (uint64_t i = 0; i < 20; i++) {
		/* The first four decide; the rest is of no interest. */
		words[1] = words[2] = words[4] = words[30] = FN;
		words[31] = FN + i * 16;
		add_bytes(c, words, sizeof(words));
	}
	assert_ranked(c, 0, 20,
		      "+0x8 points at fn_0, +0x10 points at fn_0, +0x20 points at fn_0, "
		      "+0xf0 points at fn_0");
	/* Both at the end and cut there: half a word has no name. */
	memset(words, 0, sizeof(words));
	words[0] = 77;
	words[31] = FN;
	add_bytes(c, words, sizeof(words));
	add_bytes(c, words, sizeof(words) - 1);
	assert_ranked(c, 1, 1, "+0xf8 points at fn_0");
	assert_int_equal(ranked(c, 2)->kind, CLUSTER_SHAPE);
	assert_total(c, 3, 22);
	clusters_destroy(c);
}

static void clusters_of_shapes(void **state)
{
	struct clusters *c = make(0);
	uint64_t seed = 31;

	(void)state;
	for (uint64_t i = 0; i < 50; i++) {
		uint64_t at = HERE + i * 128;
		uint64_t words[16] = {at, at, 3, 5 + i % 9, 0, 0, HEAP + i * 64, 0x123456789 + i};

		words[8] = random_next(&seed) >> 1;
		assert_int_equal(clusters_add(c, at, words, sizeof(words)), 0);
	}
	assert_ranked(c, 0, 50,
		      "shape: +0x0 empty list, +0x10 number 3, +0x18 small number, "
		      "+0x20 2 zero words, +0x30 pointer, +0x38 other word");
	for (size_t i = 0; i < ranked(c, 0)->word_cnt; i++)
		/* No address is kept. */
		assert_true(ranked(c, 0)->words[i].value < 4096);
	assert_total(c, 1, 50);
	clusters_destroy(c);
}

static void clusters_of_other_shapes(void **state)
{
	static const struct {
		uint64_t words[8];
		size_t len;
		const char *description;
	} cases[] = {
		{{HERE + 8, HERE + 16, HERE},
		 24,
		 "shape: +0x0 pointer to its own +0x8, +0x8 pointer to its own +0x10, "
		 "+0x10 pointer to its own +0x0"},
		{{0, HERE + 8}, 16, "shape: +0x0 zero word, +0x8 pointer to its own +0x8"},
		{{HEAP, HEAP, 1ull << 40}, 20, "shape: +0x0 2 pointers, +0x10 zero word"},
		{{0x7fff0001}, 4, "shape: +0x0 other word"},
		{{9}, 1, "shape: +0x0 number 9"},
		{{9, 9, 8}, 24, "shape: +0x0 number 9, +0x8 number 9, +0x10 number 8"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct clusters *c = make(0);

		add_bytes(c, cases[i].words, cases[i].len);
		assert_ranked(c, 0, 1, cases[i].description);
		clusters_destroy(c);
	}
}

static void clusters_merge_what_varies(void **state)
{
	struct clusters *c = make(0);

	(void)state;
	for (uint64_t i = 0; i < 4; i++) {
		uint64_t words[] = {1 + i, 1 + i, 9, HERE + 8 * (i % 2), HERE + 32};

		add_bytes(c, words, sizeof(words));
	}
	assert_ranked(c, 0, 4,
		      "shape: +0x0 2 small numbers, +0x10 number 9, +0x18 pointer into itself, "
		      "+0x20 pointer to its own +0x20");
	/* Where the address is not known, a pointer is a pointer. */
	assert_int_equal(clusters_add(c, 0, &(uint64_t){HERE}, 8), 0);
	assert_ranked(c, 1, 1, "shape: +0x0 pointer");
	/* An object that has a name itself still points at itself. */
	assert_int_equal(clusters_add(c, OPS, (uint64_t[]){OPS, OPS}, 16), 0);
	assert_ranked(c, 2, 1, "shape: +0x0 empty list");
	assert_total(c, 3, 6);
	clusters_destroy(c);
}

static void clusters_show_inner_strings(void **state)
{
	struct clusters *c = make(0);
	char bytes[64] = {0};

	(void)state;
	memcpy(bytes, &(uint64_t){OPS}, 8);
	/* Too short, not aligned, without an end: none of them. */
	strcpy(bytes + 16, "abc");
	strcpy(bytes + 25, "unaligned");
	memcpy(bytes + 56, "endless!", 8);
	add_bytes(c, bytes, sizeof(bytes));
	assert_ranked(c, 0, 1, "first word is ops_0");
	assert_null(ranked(c, 0)->inner);
	memset(bytes + 8, 0, 56);
	strcpy(bytes + 40, "swapper/\n\x1b");
	add_bytes(c, bytes, sizeof(bytes));
	assert_null(ranked(c, 0)->inner);
	strcpy(bytes + 40, "swapper/\n1");
	add_bytes(c, bytes, sizeof(bytes));
	strcpy(bytes + 40, "later");
	add_bytes(c, bytes, sizeof(bytes));
	assert_ranked(c, 0, 4, "first word is ops_0, +0x28 reads \"swapper/\\n1\"");
	assert_int_equal(ranked(c, 0)->inner_offset, 0x28);
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 1;
	strcpy(bytes + 8, "a long name");
	add_bytes(c, bytes, 24);
	assert_ranked(c, 1, 1, "shape: +0x0 number 1, +0x8 text, +0x8 reads \"a long name\"");
	clusters_destroy(c);
}

static void clusters_count_the_rest(void **state)
{
	enum { MAX = 20 };
	struct clusters *c = make(MAX);
	char text[32];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "name-%c%c", 'a' + i / 10, 'a' + i % 10);
		for (int j = 0; j <= i % 3; j++)
			add_text(c, text);
	}
	for (uint64_t i = 0; i < 7; i++) {
		add_bytes(c, &(uint64_t){FN + 16 * i}, 8);
		add_bytes(c, (uint64_t[]){i + 1, HEAP}, 16);
		add_bytes(c, (uint64_t[]){i + 1, HEAP}, 8);
	}
	assert_ranked(c, 0, 199 - 39,
		      "strings of other patterns (\"name-ca\", \"name-cb\", \"name-cc\")");
	assert_true(ranked(c, 0)->rest);
	assert_ranked(c, 1, 14, "other shapes");
	assert_ranked(c, 2, 7, "other symbols");
	assert_false(ranked(c, 3)->rest);
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
		struct clusters *c = make(0);

		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			add_text(c, names[(first + i) % ARRAY_SIZE(names)]);
		add_bytes(c, &(uint64_t){HEAP}, 8);
		for (size_t i = 0; i < ARRAY_SIZE(order); i++)
			assert_string_equal(ranked(c, i)->pattern, order[i]);
		assert_int_equal(ranked(c, 4)->kind, CLUSTER_SHAPE);
		clusters_destroy(c);
	}
}

/* Nothing of the kernel's reaches a terminal as it is, and no buffer is too small. */
static void clusters_describe_any_bytes(void **state)
{
	static const uint64_t some[] = {0, 1, HERE, HERE + 8, HEAP, OPS, FN + 16, OPS - 8};
	struct clusters *c = make(300);
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
	struct clusters *c = make(0);
	char bytes[64], buf[256];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes + 43, "\xe2\x82\xac\xe2\x82\xac", 6);
	add_bytes(c, bytes, sizeof(bytes));
	clusters_describe(ranked(c, 0), buf, sizeof(buf));
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
		err = clusters_create(0, resolve, NULL, &c);
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

int test_clusters(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clusters_of_strings),
		cmocka_unit_test(clusters_of_strings_without_end),
		cmocka_unit_test(clusters_of_fills),
		cmocka_unit_test(clusters_of_symbols),
		cmocka_unit_test(clusters_of_many_symbols),
		cmocka_unit_test(clusters_of_shapes),
		cmocka_unit_test(clusters_of_other_shapes),
		cmocka_unit_test(clusters_merge_what_varies),
		cmocka_unit_test(clusters_show_inner_strings),
		cmocka_unit_test(clusters_count_the_rest),
		cmocka_unit_test(clusters_rank_the_same_every_time),
		cmocka_unit_test(clusters_describe_any_bytes),
		cmocka_unit_test(clusters_describe_long_strings_shortly),
		cmocka_unit_test(clusters_survive_without_memory),
	};

	return cmocka_run_group_tests_name("clusters", tests, NULL, NULL);
}
