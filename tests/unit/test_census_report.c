// SPDX-License-Identifier: GPL-2.0-or-later
/* census_report.c: totals of all caches, and which rows are shown in which order. */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "made_census.h"
#include "stand_ins.h"

/* The names of the rows, a space behind each. */
static const char *rows(void)
{
	static char text[1000];
	const struct census_report *r = &census_made.report;

	text[0] = '\0';
	for (size_t i = 0; i < r->cache_cnt; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ",
			 r->caches[i].name);
	return text;
}

static void census_adds_up(void **state)
{
	const struct census_report *r = &census_made.report;

	(void)state;
	made_census_fill();
	/* What is shown makes no difference. */
	for (int all = 0; all < 2; all++) {
		made_census_take(all ? NULL : "kmalloc-64", CENSUS_BY_BYTES);
		assert_int_equal(r->cache_all, 4);
		assert_int_equal(r->cache_cnt, all ? 4 : 1);
		assert_int_equal(r->objects, 26060);
		assert_int_equal(r->live_bytes, 20000 * 192 + 6000 * 64 + 60 * 192);
		assert_int_equal(r->slab_bytes, 1400 * 4096);
		assert_int_equal(r->parked, 750);
		assert_int_equal(r->dentries, 20000);
		assert_int_equal(r->slabinfo_active, 20670); /* "gone" is not here any more */
	}
}

static void census_of_no_cache(void **state)
{
	const struct census_report *r = &census_made.report;

	(void)state;
	made_census_take(NULL, CENSUS_BY_NAME);
	assert_int_equal(r->cache_cnt, 0);
	assert_int_equal(r->objects, 0);
	assert_non_null(r->caches);
}

static void census_sorts_by_each_key(void **state)
{
	(void)state;
	made_census_cache("b", 64, 10, 600);  /* 40960 bytes, 2560 unused */
	made_census_cache("a", 64, 10, 100);  /* 40960 bytes, 34560 unused */
	made_census_cache("d", 2048, 30, 50); /* 122880 bytes, 20480 unused */
	made_census_cache("c", 8, 1, 0);      /* 4096 bytes, 4096 unused */
	made_census_cache("B", 64, 10, 600);
	made_census_take(NULL, CENSUS_BY_BYTES);
	assert_string_equal(rows(), "d B a b c ");
	made_census_take(NULL, CENSUS_BY_OBJECTS);
	assert_string_equal(rows(), "B b a d c ");
	made_census_take(NULL, CENSUS_BY_UNUSED);
	assert_string_equal(rows(), "a d c B b ");
	made_census_take(NULL, CENSUS_BY_NAME);
	assert_string_equal(rows(), "B a b c d ");
}

static void census_compares_all_64_bits(void **state)
{
	(void)state;
	made_census_cache("small", 64, 1, 1);
	made_census_cache("huge", 64, 1ull << 40, 1ull << 33);
	made_census_cache("half", 64, 1ull << 39, 1ull << 32);
	made_census_take(NULL, CENSUS_BY_BYTES);
	assert_string_equal(rows(), "huge half small ");
	made_census_take(NULL, CENSUS_BY_OBJECTS);
	assert_string_equal(rows(), "huge half small ");
	made_census_take(NULL, CENSUS_BY_UNUSED);
	assert_string_equal(rows(), "huge half small ");
}

static void census_finds_caches_by_glob_and_alias(void **state)
{
	static const struct {
		const char *glob, *rows;
	} cases[] = {
		{"kmalloc-*", "kmalloc-192 kmalloc-64 "},
		{"another_name_7", "kmalloc-192 "},
		{"*name*", "kmalloc-192 "},
		{"dentry", "dentry "},
		{"dent", ""},
		{"[de]*", "dentry empty "},
		{"*", "dentry kmalloc-192 kmalloc-64 empty "},
	};

	(void)state;
	made_census_fill();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		made_census_take(cases[i].glob, CENSUS_BY_BYTES);
		assert_string_equal(rows(), cases[i].rows);
	}
}

/* Whatever it is called: its name is no glob, and another one may have it, too. */
static void census_of_one_cache_has_its_row_only(void **state)
{
	const struct census_cache *one;

	(void)state;
	made_census_fill();
	made_census_cache("a*[b", 64, 5, 20);
	one = made_census_cache("a*[b", 64, 3, 10);
	made_census_cache("aab", 64, 1, 20);
	made_census_contents(one, 1, 10);
	made_census_take(NULL, CENSUS_BY_BYTES);
	assert_string_equal(rows(), "a*[b ");
	assert_int_equal(census_made.report.caches[0].live, 10);
	assert_int_equal(census_made.report.cache_all, 7);
	/* A name that is an alias of a larger cache. */
	clusters_destroy(census_made.clusters);
	made_census_contents(made_census_cache("another_name_7", 64, 3, 10), 1, 10);
	made_census_take("*", CENSUS_BY_BYTES);
	assert_string_equal(rows(), "another_name_7 ");
}

static void census_explains_the_kernels_total(void **state)
{
	struct census_report *r = &census_made.report;

	(void)state;
	made_census_fill();
	made_census_take(NULL, CENSUS_BY_BYTES);
	r->meminfo.slab = 2 * (1400 * 4096 + (1 << 20));
	assert_close(census_report_explained(r), 50);
	r->totals.large_bytes = 0;
	r->meminfo.slab = 1400 * 4096;
	assert_close(census_report_explained(r), 100);
	r->meminfo.slab = 0;
	assert_close(census_report_explained(r), 0);
}

/* Counted at different moments, a cache may have more objects than its slabs have room for. */
static void census_unused_is_never_below_nothing(void **state)
{
	struct census_cache *c = made_census_cache("a", 64, 1, 64);

	(void)state;
	assert_int_equal(census_report_unused(c), 0);
	c->live = 65;
	assert_int_equal(census_report_unused(c), 0);
	c->live = UINT32_MAX;
	assert_int_equal(census_report_unused(c), 0);
	c->live = 0;
	assert_int_equal(census_report_unused(c), 4096);
	c->live = 63;
	assert_int_equal(census_report_unused(c), 64);
	for (int p = 0; p < SS_PARKS; p++)
		c->parked[p] = 1ull << 32;
	assert_true(census_report_parked(c) == 4ull << 32);
}

static void census_report_without_memory(void **state)
{
	struct census_report r = census_made.report;

	(void)state;
	made_census_fill();
	memory_fails_after(0);
	assert_int_equal(census_report_init(&r, census_made.caches, 4, NULL, CENSUS_BY_BYTES),
			 -ENOMEM);
	assert_true(memory_failed());
	census_report_deinit(&r);
}

int test_census_report(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CENSUS(census_adds_up),
		WITH_CENSUS(census_of_no_cache),
		WITH_CENSUS(census_sorts_by_each_key),
		WITH_CENSUS(census_compares_all_64_bits),
		WITH_CENSUS(census_finds_caches_by_glob_and_alias),
		WITH_CENSUS(census_of_one_cache_has_its_row_only),
		WITH_CENSUS(census_explains_the_kernels_total),
		WITH_CENSUS(census_unused_is_never_below_nothing),
		WITH_CENSUS(census_report_without_memory),
	};

	return cmocka_run_group_tests_name("census_report", tests, NULL, NULL);
}
