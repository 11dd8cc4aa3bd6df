// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pattern.c: what folds, and what must stay legible. The fold of any bytes is held
 * against what must be true of every fold, and no name may take long.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "pattern.h"

struct fold {
	const char *name, *pattern;
};

static void assert_folds(const struct fold *folds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(folds[i].name);
		/* Exactly as long as the name: the sanitizer sees a read past its end. */
		char *name = malloc(len ? len : 1), buf[256];

		memcpy(name, folds[i].name, len);
		pattern_fold(name, len, buf, sizeof(buf));
		free(name);
		if (strcmp(buf, folds[i].pattern))
			fail_msg("'%s' -> '%s', not '%s'", folds[i].name, buf, folds[i].pattern);
	}
}

static void pattern_folds_digits(void **state)
{
	static const struct fold folds[] = {
		{"", ""},
		{"7", "N"},
		{"0123456789", "N"},
		{".12345_dOeSnotExist_.db", ".N_dOeSnotExist_.db"},
		{"file-name-1042", "file-name-N"},
		{"x86_64", "xN_N"},
		{"libfoo.so.6", "libfoo.so.N"},
		{"libstdc++.so.6.0.30", "libstdc++.so.N.N.N"},
		{"md5sum", "mdNsum"},
		{"2024-01-31T12:00:59", "N-N-NTN:N:N"},
		{"12345678901234567890123456789012345678901234567890", "N"},
		/* Digits of other scripts are none. */
		{"\xd9\xa1\xd9\xa2", "\xd9\xa1\xd9\xa2"},
	};

	(void)state;
	assert_folds(folds, ARRAY_SIZE(folds));
}

static void pattern_folds_hex(void **state)
{
	static const struct fold folds[] = {
		{"a1b2c3", "H"},
		{"A1B2C3", "H"},
		{"1234567890abcdef1234567890abcdef", "H"},
		{"docker-0f5b8c.scope", "docker-H.scope"},
		{"0x1f", "H"},
		{"0xffff888012345678", "H"},
		{"0x123", "H"},
		{"0xDEADbeef", "H"},
		{"slab_0x7", "slab_H"},
		/* Too short; no digit; no letter; both cases; not hex. */
		{"a1b2c", "aNbNc"},
		{"facade", "facade"},
		{"123456", "N"},
		{"a1B2c3", "aNBNcN"},
		{"a1b2g3", "aNbNgN"},
		{"0x", "Nx"},
		{"0xg1", "NxgN"},
		{"00x12", "NxN"},
		/* Part of a word only: the letters before it would be lost. */
		{"slice1234", "sliceN"},
		{"range100000", "rangeN"},
		{"coffee12345", "coffeeN"},
		{"1a2b3cz", "NaNbNcz"},
		{"z1a2b3c", "zNaNbNc"},
		/* UTF-8 does not belong to a word. */
		{"\xc3\xa9"
		 "1a2b3c\xc3\xa9",
		 "\xc3\xa9H\xc3\xa9"},
	};

	(void)state;
	assert_folds(folds, ARRAY_SIZE(folds));
}

static void pattern_folds_uuids(void **state)
{
	static const struct fold folds[] = {
		{"123e4567-e89b-12d3-a456-426614174000", "U"},
		{"123E4567-E89B-12D3-A456-426614174000", "U"},
		{"12345678-1234-1234-1234-123456789012", "U"},
		{"abcdefab-abcd-abcd-abcd-abcdefabcdef", "U"},
		{"pv-123e4567-e89b-12d3-a456-426614174000.img", "pv-U.img"},
		{"123e4567-e89b-12d3-a456-426614174000-2", "U-N"},
		/* One digit too many, or too few; mixed case; a wrong separator. */
		{"123e4567-e89b-12d3-a456-4266141740001", "H-eNb-NdN-aN-N"},
		{"123e4567-e89b-12d3-a456-42661417400", "H-eNb-NdN-aN-N"},
		{"123e4567-E89B-12d3-a456-426614174000", "H-ENB-NdN-aN-N"},
		{"123e4567_e89b-12d3-a456-426614174000", "H_eNb-NdN-aN-N"},
		{"123e4567-e89b-12d3-a456-", "H-eNb-NdN-aN-"},
		{"123e4567-e89b-12d3-a456", "H-eNb-NdN-aN"},
		{"123e4567-", "H-"},
		{"123e4567", "H"},
		{"x123e4567-e89b-12d3-a456-426614174000", "xNeN-eNb-NdN-aN-N"},
	};

	(void)state;
	assert_folds(folds, ARRAY_SIZE(folds));
}

static void pattern_folds_random_suffixes(void **state)
{
	static const struct fold folds[] = {
		{"tmp.aB3dE9", "tmp.R"},
		{"tmp.zL0aPq7RwX", "tmp.R"},
		{"sess_QwErTy", "sess_R"},
		{"sess-abCDef.lock", "sess-R.lock"},
		{".xY1zzz.swp", ".R.swp"},
		{"a.GOUTPUTq.b", "a.R.b"},
		{"systemd-private-0123456789abcdef0123456789abcdef-systemd-logind.service-mYzcNf",
		 "systemd-private-H-systemd-logind.service-R"},
		/* Not after a separator; not before one; too short; too long. */
		{"aB3dE9", "aBNdEN"},
		{"tmp aB3dE9", "tmp aBNdEN"},
		{"tmp.aB3dE9-x", "tmp.aBNdEN-x"},
		{"tmp.aB3dE9~", "tmp.aBNdEN~"},
		{"tmp.aB3dE", "tmp.aBNdE"},
		{"tmp.aB3dE9fG1hJ", "tmp.aBNdENfGNhJ"},
		/* One case only. */
		{"tmp.ab3de9z", "tmp.abNdeNz"},
		{"tmp.AB3DE9Z", "tmp.ABNDENZ"},
		{"tmp.abcdef", "tmp.abcdef"},
	};

	(void)state;
	assert_folds(folds, ARRAY_SIZE(folds));
}

static void pattern_leaves_ordinary_names_alone(void **state)
{
	static const char *const names[] = {
		"README.md",
		".bashrc",
		"Makefile.inc",
		"foo.HashMap.java",
		"org-QuickTime",
		"com.JavaScript",
		"vmlinux-Release.gz",
		"foo.iPhone",
		"a_Mixed.txt",
		"libfoo-dev.so",
		"nssdb_dOeSnotExist_.db",
		"decade",
		"Foo.bar",
		"\xc3\xa4\xc3\xb6\xc3\xbc.TxtFile",
		"a b\n\x01\xff.z",
	};
	static const struct fold legible[] = {
		{"foo-Base64.py", "foo-BaseN.py"},
		{"foo-Python3", "foo-PythonN"},
		{"foo-Python34", "foo-PythonN"},
		/* A digit inside or two letters of upper case are not read. */
		{"foo-Py3thon", "foo-R"},
		{"foo-PYthon", "foo-R"},
		{"foo-MyClass", "foo-R"},
		{"foo-PythoN", "foo-R"},
		{"foo-PythOn", "foo-R"},
		{"foo-PytHon", "foo-PytHon"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_folds(&(struct fold){names[i], names[i]}, 1);
	assert_folds(legible, ARRAY_SIZE(legible));
}

static void pattern_ends_where_the_name_ends(void **state)
{
	char buf[64];

	(void)state;
	/* What lies behind the length does not count: not as digits, not as a word's end. */
	assert_string_equal(pattern_fold("abc123xyz", 4, buf, sizeof(buf)), "abcN");
	assert_string_equal(pattern_fold("1a2b3cz", 6, buf, sizeof(buf)), "H");
	assert_string_equal(pattern_fold("t.aB3dE9z", 8, buf, sizeof(buf)), "t.R");
	assert_string_equal(
		pattern_fold("123e4567-e89b-12d3-a456-426614174000", 23, buf, sizeof(buf)),
		"H-eNb-NdN-aN");
	assert_string_equal(pattern_fold("x", 0, buf, sizeof(buf)), "");
	/* No name has a NUL inside. */
	assert_string_equal(pattern_fold("12\0zz", 5, buf, sizeof(buf)), "N");
	assert_string_equal(pattern_fold("t.aB3dE9\0z", 10, buf, sizeof(buf)), "t.R");
}

static void pattern_fits_any_buffer(void **state)
{
	static const char name[] = "p-123e4567-e89b-12d3-a456-426614174000.12ab34_x86.aB3dE9";
	static const char whole[] = "p-U.H_xN.R";

	(void)state;
	for (size_t size = 0; size < 16; size++) {
		char buf[17], expected[17];

		memset(buf, '#', sizeof(buf));
		memset(expected, '#', sizeof(expected));
		if (size)
			snprintf(expected, size, "%s", whole);
		assert_ptr_equal(pattern_fold(name, strlen(name), buf, size), buf);
		if (size)
			assert_string_equal(buf, expected);
		for (size_t i = size; i < sizeof(buf); i++)
			assert_int_equal(buf[i], '#');
	}
}

/* Any bytes: no digit is left, nothing grows, other bytes stay, the number does not matter. */
static void pattern_holds_for_all_bytes(void **state)
{
	static const char some[] = "0123456789abcdefABCDEFxzXZ.-_\xc3\xa9\xff\n";
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 50000; round++) {
		char name[40], buf[41], other[41];
		size_t len = random_below(&seed, sizeof(name) + 1), odd = 0, odd_left = 0;

		for (size_t i = 0; i < len; i++) {
			name[i] = random_below(&seed, 4)
					  ? some[random_below(&seed, sizeof(some) - 1)]
					  : (char)(1 + random_below(&seed, 255));
			odd += name[i] == '.' || name[i] == '_' || (name[i] & 0x80);
		}
		pattern_fold(name, len, buf, sizeof(buf));
		assert_true(strlen(buf) <= len);
		for (const char *c = buf; *c; c++) {
			assert_false(*c >= '0' && *c <= '9');
			odd_left += *c == '.' || *c == '_' || (*c & 0x80);
		}
		assert_int_equal(odd_left, odd);
		/* Another digit in place of each: the same pattern. */
		for (size_t i = 0; i < len; i++)
			if (name[i] >= '1' && name[i] <= '9')
				name[i] = (char)('1' + random_below(&seed, 9));
		assert_string_equal(pattern_fold(name, len, other, sizeof(other)), buf);
	}
}

/* What mkstemp() makes: nearly all of it folds. */
static void pattern_folds_nearly_all_temporary_names(void **state)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	enum { NAMES = 20000 };
	uint64_t seed = 5;
	int folded = 0;

	(void)state;
	for (int i = 0; i < NAMES; i++) {
		char name[] = "tmp.XXXXXX", buf[16];

		for (int j = 4; j < 10; j++)
			name[j] = letters[random_below(&seed, sizeof(letters) - 1)];
		folded += !strcmp(pattern_fold(name, 10, buf, sizeof(buf)), "tmp.R");
	}
	/* By the rules 88 %: 8 % are of one case, 4 % can be read. */
	assert_in_range(folded, NAMES * 87 / 100, NAMES * 90 / 100);
}

/* Twice the name, twice the time: no bytes make it look at them again and again. */
static void pattern_takes_linear_time(void **state)
{
	static const char *const bad[] = {"12345678-", "1a2b3c4d-1234-", "aB3dE9.", "0x", "1a",
					  "-"};
	enum { LEN = 1 << 21 };
	char *name = malloc(LEN), *buf = malloc(LEN + 1);

	(void)state;
	assert_non_null(name);
	assert_non_null(buf);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		clock_t began = clock();

		for (size_t j = 0; j < LEN; j++)
			name[j] = bad[i][j % strlen(bad[i])];
		pattern_fold(name, LEN, buf, LEN + 1);
		/* Measured: 0.05 s with sanitizers; quadratic, it would be hours. */
		assert_true(clock() - began < 5 * CLOCKS_PER_SEC);
	}
	free(name);
	free(buf);
}

int test_pattern(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pattern_folds_digits),
		cmocka_unit_test(pattern_folds_hex),
		cmocka_unit_test(pattern_folds_uuids),
		cmocka_unit_test(pattern_folds_random_suffixes),
		cmocka_unit_test(pattern_leaves_ordinary_names_alone),
		cmocka_unit_test(pattern_ends_where_the_name_ends),
		cmocka_unit_test(pattern_fits_any_buffer),
		cmocka_unit_test(pattern_holds_for_all_bytes),
		cmocka_unit_test(pattern_folds_nearly_all_temporary_names),
		cmocka_unit_test(pattern_takes_linear_time),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
