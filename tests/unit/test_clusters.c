// SPDX-License-Identifier: GPL-2.0-or-later
/* clusters.c: made-up objects of every kind, alone and mixed: what is alike is one cluster. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_clusters.h"

static void clusters_of_strings(void **state)
{
	struct clusters *c = made_clusters(0);
	char text[64];

	(void)state;
	for (int i = 1042; i < 1142; i++) {
		snprintf(text, sizeof(text), "file-name-%d", i);
		made_clusters_add_text(c, text);
		made_clusters_add_text(c, text);
	}
	for (int i = 0; i < 7; i++)
		made_clusters_add_text(c, "README.md");
	made_clusters_add_text(c, "a1b2c3d4");
	assert_ranked(c, 0, 200,
		      "strings like \"file-name-N\" (\"file-name-1042\", \"file-name-1043\", "
		      "\"file-name-1044\")");
	assert_int_equal(made_clusters_ranked(c, 0)->example_cnt, CLUSTER_EXAMPLES);
	assert_string_equal(made_clusters_ranked(c, 0)->examples[4], "file-name-1046");
	assert_ranked(c, 1, 7, "string \"README.md\"");
	assert_ranked(c, 2, 1, "strings like \"H\" (\"a1b2c3d4\")");
	assert_int_equal(made_clusters_ranked(c, 2)->kind, CLUSTER_STRING);
	assert_total(c, 3, 208);
	clusters_destroy(c);
	clusters_destroy(NULL);
}

/* A string to the end of the object, at which nothing may be read. */
static void clusters_of_strings_without_end(void **state)
{
	struct clusters *c = made_clusters(0);
	char *bytes = malloc(300);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', 300);
	memcpy(bytes, "12345678", 8);
	for (size_t len = 8; len <= 300; len += 4) {
		char *exact = malloc(len);

		assert_non_null(exact);
		memcpy(exact, bytes, len);
		made_clusters_add(c, exact, len);
		free(exact);
	}
	/* From 256 on they all are the same. */
	assert_int_equal(made_clusters_ranked(c, 0)->count, 12);
	assert_int_equal(strlen(made_clusters_ranked(c, 0)->examples[0]), SAMPLE_BYTES);
	free(bytes);
	clusters_destroy(c);
}

static void clusters_of_fills(void **state)
{
	struct clusters *c = made_clusters(1);
	unsigned char bytes[96];

	(void)state;
	/* These have room even where strings have none left. */
	made_clusters_add_text(c, "first");
	made_clusters_add_text(c, "second");
	for (int i = 0; i < 9; i++)
		made_clusters_add(c, memset(bytes, 0, sizeof(bytes)), 8 + 8 * i);
	memset(bytes, 'k', sizeof(bytes));
	for (int i = 0; i < 6; i++)
		made_clusters_add(c, bytes, 64);
	bytes[63] = 0xa5;
	made_clusters_add(c, bytes, 64);
	for (int i = 0; i < 5; i++)
		made_clusters_add(c, memset(bytes, 'Z', sizeof(bytes)), 32);
	for (int i = 0; i < 4; i++)
		made_clusters_add(c, memset(bytes, 0xcc, sizeof(bytes)), 32);
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
	struct clusters *c = made_clusters(0);
	uint64_t words[16] = {OPS, 1, HEAP, HERE, 0, 0, 0, 0, FN + 16 * 7};
	uint64_t seed = 29;

	(void)state;
	for (int i = 0; i < 10; i++) {
		/* What has no name does not matter. */
		words[1] = random_next(&seed) >> 1;
		words[2] = HEAP + random_below(&seed, 1 << 30);
		made_clusters_add(c, words, sizeof(words));
	}
	words[0] = OPS + 256 + 8;
	for (int i = 0; i < 5; i++)
		made_clusters_add(c, words, sizeof(words));
	words[0] = OPS + 256 + 16;
	made_clusters_add(c, words, sizeof(words));
	made_clusters_add(c, words, sizeof(words));
	words[0] = OPS - 8;
	made_clusters_add(c, words, 8);
	assert_ranked(c, 0, 10, "first word is ops_0, +0x40 points at fn_7");
	assert_ranked(c, 1, 5, "first word is ops_1+0x8, +0x40 points at fn_7");
	assert_ranked(c, 2, 2, "first word is ops_1+0x10, +0x40 points at fn_7");
	assert_ranked(c, 3, 1, "first word is evil\\x1b[2J");
	assert_int_equal(made_clusters_ranked(c, 0)->kind, CLUSTER_SYMBOL);
	assert_int_equal(made_clusters_ranked(c, 0)->symbols[1].offset, 0x40);
	assert_string_equal(made_clusters_ranked(c, 0)->symbols[1].name, "fn_7");
	assert_total(c, 4, 18);
	clusters_destroy(c);
}

static void clusters_of_many_symbols(void **state)
{
	struct clusters *c = made_clusters(0);
	uint64_t words[32] = {0};

	(void)state;
	for (uint64_t i = 0; i < 20; i++) {
		/* The first four decide; the rest is of no interest. */
		words[1] = words[2] = words[4] = words[30] = FN;
		words[31] = FN + i * 16;
		made_clusters_add(c, words, sizeof(words));
	}
	assert_ranked(c, 0, 20,
		      "+0x8 points at fn_0, +0x10 points at fn_0, +0x20 points at fn_0, "
		      "+0xf0 points at fn_0");
	/* Both at the end and cut there: half a word has no name. */
	memset(words, 0, sizeof(words));
	words[0] = 77;
	words[31] = FN;
	made_clusters_add(c, words, sizeof(words));
	made_clusters_add(c, words, sizeof(words) - 1);
	assert_ranked(c, 1, 1, "+0xf8 points at fn_0");
	assert_int_equal(made_clusters_ranked(c, 2)->kind, CLUSTER_SHAPE);
	assert_total(c, 3, 22);
	clusters_destroy(c);
}

static void clusters_of_shapes(void **state)
{
	struct clusters *c = made_clusters(0);
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
	for (size_t i = 0; i < made_clusters_ranked(c, 0)->word_cnt; i++)
		/* No address is kept. */
		assert_true(made_clusters_ranked(c, 0)->words[i].value < 4096);
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
		struct clusters *c = made_clusters(0);

		made_clusters_add(c, cases[i].words, cases[i].len);
		assert_ranked(c, 0, 1, cases[i].description);
		clusters_destroy(c);
	}
}

static void clusters_merge_what_varies(void **state)
{
	struct clusters *c = made_clusters(0);

	(void)state;
	for (uint64_t i = 0; i < 4; i++) {
		uint64_t words[] = {1 + i, 1 + i, 9, HERE + 8 * (i % 2), HERE + 32};

		made_clusters_add(c, words, sizeof(words));
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
	struct clusters *c = made_clusters(0);
	char bytes[64] = {0};

	(void)state;
	memcpy(bytes, &(uint64_t){OPS}, 8);
	/* Too short, not aligned, without an end: none of them. */
	strcpy(bytes + 16, "abc");
	strcpy(bytes + 25, "unaligned");
	memcpy(bytes + 56, "endless!", 8);
	made_clusters_add(c, bytes, sizeof(bytes));
	assert_ranked(c, 0, 1, "first word is ops_0");
	assert_null(made_clusters_ranked(c, 0)->inner);
	memset(bytes + 8, 0, 56);
	strcpy(bytes + 40, "swapper/\n\x1b");
	made_clusters_add(c, bytes, sizeof(bytes));
	assert_null(made_clusters_ranked(c, 0)->inner);
	strcpy(bytes + 40, "swapper/\n1");
	made_clusters_add(c, bytes, sizeof(bytes));
	strcpy(bytes + 40, "later");
	made_clusters_add(c, bytes, sizeof(bytes));
	assert_ranked(c, 0, 4, "first word is ops_0, +0x28 reads \"swapper/\\n1\"");
	assert_int_equal(made_clusters_ranked(c, 0)->inner_offset, 0x28);
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 1;
	strcpy(bytes + 8, "a long name");
	made_clusters_add(c, bytes, 24);
	assert_ranked(c, 1, 1, "shape: +0x0 number 1, +0x8 text, +0x8 reads \"a long name\"");
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
	};

	return cmocka_run_group_tests_name("clusters", tests, NULL, NULL);
}
