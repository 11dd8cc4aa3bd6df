// SPDX-License-Identifier: GPL-2.0-or-later
/* sample.c: what bytes are taken for, and that nothing behind a sample is. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "sample.h"

#define HERE UINT64_C(0xffff888012345600)

/* A copy exactly as long as the bytes: the sanitizer sees a read past its end. */
static struct sample load(const void *bytes, size_t len)
{
	char *exact = malloc(len ? len : 1);
	struct sample s;

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	memset(&s, '#', sizeof(s));
	sample_load(&s, HERE, exact, len);
	free(exact);
	return s;
}

static void sample_is_cut_and_padded(void **state)
{
	char bytes[SAMPLE_BYTES + 40];
	struct sample s;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	s = load(bytes, sizeof(bytes));
	assert_int_equal(s.len, SAMPLE_BYTES);
	assert_int_equal(s.full, sizeof(bytes));
	assert_int_equal(sample_string(&s, 0, 3, false), SAMPLE_BYTES);
	assert_int_equal(sample_string(&s, 0, 3, true), 0);
	/* A pointer behind what is looked at is into the object still. */
	assert_true(sample_points_into(&s, HERE));
	assert_true(sample_points_into(&s, HERE + sizeof(bytes) - 1));
	assert_false(sample_points_into(&s, HERE + sizeof(bytes)));
	assert_false(sample_points_into(&s, HERE - 1));
	s.address = 0;
	assert_false(sample_points_into(&s, 0));
	assert_false(sample_points_into(&s, 1));
	s = load(bytes, 5);
	for (size_t i = 5; i < sizeof(s.bytes); i++)
		assert_int_equal(s.bytes[i], 0);
	s = load("", 0);
	assert_int_equal(s.len, 0);
	assert_int_equal(sample_string(&s, 0, 1, false), 0);
}

static void sample_fill_is_of_known_bytes(void **state)
{
	static const unsigned char fills[] = {0, 0x6b, 0x5a, 0xa5, 0xaa, 0xbb, 0xcc};
	unsigned char bytes[64];

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		bool known = memchr(fills, byte, sizeof(fills));
		uint8_t fill = 0x77;
		struct sample s;

		memset(bytes, byte, sizeof(bytes));
		for (size_t len = 1; len <= sizeof(bytes); len += 21) {
			s = load(bytes, len);
			fill = 0x77;
			assert_int_equal(sample_fill(&s, &fill), known);
			assert_int_equal(fill, known ? byte : 0x77);
		}
		/* The end mark; of zeros it is none. */
		bytes[63] = 0xa5;
		s = load(bytes, sizeof(bytes));
		assert_int_equal(sample_fill(&s, &fill), known && byte);
		bytes[63] = 0x11;
		s = load(bytes, sizeof(bytes));
		assert_false(sample_fill(&s, &fill));
		bytes[63] = (unsigned char)byte;
		bytes[30] = 0x11;
		s = load(bytes, sizeof(bytes));
		assert_int_equal(sample_fill(&s, &fill), false);
	}
	assert_false(sample_fill(&(struct sample){.len = 0}, bytes));
}

static void sample_strings(void **state)
{
	static const struct {
		const char *bytes;
		size_t len, min_chars, any, ended;
	} cases[] = {
		{"abc\0\xff\xff", 6, 3, 3, 3},
		{"abc", 3, 3, 3, 0},
		{"ab\0c", 4, 3, 0, 0},
		{"ab\0c", 4, 2, 2, 2},
		{"\0abc", 4, 1, 0, 0},
		{"a\tb\nc\n\0", 7, 3, 6, 6},
		/* Tabs and line feeds make no string. */
		{"a\n\n\n\0", 5, 3, 0, 0},
		{"abc\x01", 4, 3, 0, 0},
		{"abc\x7f", 4, 3, 0, 0},
		{"abc\xff", 4, 3, 0, 0},
		/* Characters, not bytes. */
		{"\xc3\xa4\xc3\xb6\0", 5, 3, 0, 0},
		{"\xc3\xa4\xc3\xb6\xc3\xbc\0", 7, 3, 6, 6},
		{"a\xf0\x9f\x90\xa7\0", 6, 2, 5, 5},
		/* The sample ends inside of a character. */
		{"abc\xc3", 4, 3, 3, 0},
		{"abc\xf0\x9f\x90", 6, 3, 3, 0},
		{"abc\xf0\x9f\x90\xff", 7, 3, 0, 0},
		{"abc\x9f", 4, 3, 0, 0},
		{"abc\xc3z", 5, 3, 0, 0},
		/* Nobody sees this one, or it reorders the line. */
		{"abc\xe2\x80\xae\0", 7, 3, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sample s = load(cases[i].bytes, cases[i].len);

		assert_int_equal(sample_string(&s, 0, cases[i].min_chars, false), cases[i].any);
		assert_int_equal(sample_string(&s, 0, cases[i].min_chars, true), cases[i].ended);
	}
}

static void sample_words(void **state)
{
	static const struct {
		uint64_t word;
		enum sample_word_kind kind;
		uint64_t value;
	} cases[] = {
		{0, SAMPLE_ZERO, 0},
		{1, SAMPLE_NUMBER, 1},
		{4095, SAMPLE_NUMBER, 4095},
		{4096, SAMPLE_OTHER, 4096},
		{0x0000000200000001, SAMPLE_OTHER, 0x0000000200000001},
		{HERE, SAMPLE_SELF, 0},
		{HERE + 8, SAMPLE_SELF, 8},
		{HERE - 1, SAMPLE_POINTER, HERE - 1},
		{HERE + 8 * 16, SAMPLE_POINTER, HERE + 8 * 16}, /* one behind these 16 */
		{0xffffffff81000000, SAMPLE_POINTER, 0xffffffff81000000},
		/* Five-level page tables: 57 bits. */
		{0xff11000000000000, SAMPLE_POINTER, 0xff11000000000000},
		{0xfeff000000000000, SAMPLE_OTHER, 0xfeff000000000000},
		{0x00007fffffffffff, SAMPLE_OTHER, 0x00007fffffffffff},
		{(uint64_t)-1, SAMPLE_OTHER, (uint64_t)-1},
		{(uint64_t)-4095, SAMPLE_OTHER, (uint64_t)-4095},
		{(uint64_t)-4096, SAMPLE_POINTER, (uint64_t)-4096},
	};
	uint64_t words[16];
	struct sample s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		words[i] = cases[i].word;
	s = load(words, sizeof(words));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(sample_word(&s, i).kind, cases[i].kind);
		assert_true(sample_word(&s, i).value == cases[i].value);
	}
}

static void sample_words_of_text(void **state)
{
	static const enum sample_word_kind kinds[] = {
		SAMPLE_TEXT,		     /* "abcd" */
		SAMPLE_OTHER,		     /* "abc" */
		SAMPLE_TEXT,		     /* "abcdefgh" */
		SAMPLE_TEXT,		     /* "ij": the end of it */
		SAMPLE_OTHER,		     /* "ij": of nothing */
		SAMPLE_OTHER,		     /* "abcd\0e" */
		SAMPLE_OTHER,		     /* "abcdefg\x01" */
		SAMPLE_TEXT,		     /* "abcdefgh" */
		SAMPLE_ZERO,  SAMPLE_NUMBER, /* "5" */
		SAMPLE_TEXT,		     /* "abcdefgh" */
		SAMPLE_TEXT,		     /* "5" */
		SAMPLE_TEXT,		     /* "abcdef", and the sample ends */
	};
	static const char bytes[] = "abcd\0\0\0\0"
				    "abc\0\0\0\0\0"
				    "abcdefgh"
				    "ij\0\0\0\0\0\0"
				    "ij\0\0\0\0\0\0"
				    "abcd\0e\0\0"
				    "abcdefg\x01"
				    "abcdefgh"
				    "\0\0\0\0\0\0\0\0"
				    "5\0\0\0\0\0\0\0"
				    "abcdefgh"
				    "5\0\0\0\0\0\0\0"
				    "abcdef";
	struct sample s = load(bytes, sizeof(bytes) - 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		assert_int_equal(sample_word(&s, i).kind, kinds[i]);
}

int test_sample(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_is_cut_and_padded),
		cmocka_unit_test(sample_fill_is_of_known_bytes),
		cmocka_unit_test(sample_strings),
		cmocka_unit_test(sample_words),
		cmocka_unit_test(sample_words_of_text),
	};

	return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
