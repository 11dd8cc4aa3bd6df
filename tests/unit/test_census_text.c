// SPDX-License-Identifier: GPL-2.0-or-later
/* census_text.c: the numbers, on 80 columns, whatever caches are called and objects hold. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_census.h"
#include "stand_ins.h"

static char *write_text(void)
{
	made_census_take(NULL, CENSUS_BY_BYTES);
	return made_census_write(census_text);
}

static void census_text_says_what_there_is(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_census_fill();
	text = write_text();
	assert_has(text, "web3  Linux 6.12.117+deb12-cloud-amd64 x86_64  census of 2,061,009 pages "
			 "in 84ms\n"
			 "26,060 live objects (4.0 MiB) in 5.5 MiB of slabs, of 4 caches\n"
			 "most: dentry, 20,000 live objects in 3.9 MiB, 71% of all slab, "
			 "reclaimable\n");
	assert_has(text,
		   "\nCACHE                      LIVE    BYTES    SLABS UNUSED  PARKED  SHARE  "
		   "KIND\n"
		   "dentry                   20,000  3.7 MiB  3.9 MiB     6%     750  71.4%  recl\n"
		   "kmalloc-192                  60   11 KiB  1.2 MiB    99%       0  21.4%");
	assert_has(text, "\n  also another_name_0, another_name_1, another_name_10, and 10 more\n");
	assert_has(text, "\nempty                         0      0 B      0 B     0%       0   "
			 "0.0%");
	assert_has(text,
		   "\nTRUST: a sample of what moves, taken without a lock\n"
		   "  meminfo  Slab 10 MiB (SReclaimable 8.0 MiB, SUnreclaim 2.0 MiB): 64.7 % of "
		   "it\n           explained\n"
		   "  large    1.0 MiB of kmalloc above two pages, in 12 objects\n"
		   "  slabinfo 20,670 objects active there, free ones of slabs that a CPU holds\n"
		   "           among them; live and parked here: 26,810 (+29.70 %)\n"
		   "  dentries 20,010 by dentry-state; live here: 20,000 (-0.05 %)\n"
		   "  parked   750 objects are free");
	assert_lacks(text, "aside");
	assert_lacks(text, "CONTENTS");
	assert_fits(text);
}

static void census_text_keeps_to_the_rows_asked_for(void **state)
{
	autofree char *one = NULL, *two = NULL, *all = NULL;

	(void)state;
	made_census_fill();
	census_made.report.top = 3;
	one = write_text();
	assert_lacks(one, "\nempty ");
	assert_has(one, "\n  and 1 more cache: --top 0 shows all\n");
	census_made.report.top = 2;
	two = write_text();
	assert_has(two, "\n  and 2 more caches: --top 0 shows all\n");
	census_made.report.top = 0;
	all = write_text();
	assert_has(all, "\nempty ");
	assert_lacks(all, "--top");
}

static void census_text_where_nothing_is_known(void **state)
{
	struct census_report *r = &census_made.report;
	autofree char *text = NULL;

	r->meminfo = (struct meminfo){0};
	r->dentry_state = (struct dentry_state){0};
	r->totals = (struct census_totals){0};
	slabs_destroy(census_made.slabs);
	assert_int_equal(slabs_create(sandbox_path(state, "absent"), sandbox_path(state, "absent"),
				      &census_made.slabs),
			 0);
	r->slabs = census_made.slabs;
	text = write_text();
	assert_has(text, "\n0 live objects (0 B) in 0 B of slabs, of 0 caches\n");
	assert_lacks(text, "most:");
	assert_lacks(text, "meminfo");
	assert_lacks(text, "slabinfo");
	assert_lacks(text, "dentries");
	assert_lacks(text, "nan");
	assert_lacks(text, "inf");
	assert_has(text, "this kernel does not mark");
	assert_fits(text);
}

static void census_text_counts_one_of_each(void **state)
{
	struct census_cache *c = made_census_cache("lonely", 64, 1, 1);
	autofree char *text = NULL;

	(void)state;
	c->parked[0] = 1;
	census_made.report.totals.larges = 1;
	made_census_contents(c, 1, 1);
	text = write_text();
	assert_has(text, "\n1 live object (64 B) in 4.0 KiB of slabs, of 1 cache\n"
			 "most: lonely, 1 live object in 4.0 KiB, 100% of all slab\n");
	assert_has(text, "\nCONTENTS of all 1 live object of lonely\n");
	assert_has(text, " two pages, in 1 object\n");
	assert_has(text, "  parked   1 object is free, but kept");
	assert_fits(text);
}

/* Four columns for each byte: longer than a line, and cut. */
static void census_text_cuts_names_full_of_escapes(void **state)
{
	struct census_cache *c = made_census_cache("", 64, 1, 1);
	autofree char *text = NULL;

	(void)state;
	memset(c->name, 1, sizeof(c->name) - 1);
	made_census_contents(c, 1, 1);
	text = write_text();
	assert_has(text, "\n\\x01\\x01\\x01");
	assert_fits(text);
}

static void census_text_tells_its_doubts(void **state)
{
	struct census_totals *t = &census_made.report.totals;
	autofree char *text = NULL;

	(void)state;
	made_census_fill();
	t->odd = 11;
	t->overflow = 12;
	t->torn = 13;
	t->gone = 14;
	t->parked_lost = 1500;
	text = write_text();
	assert_has(text, "\n  aside    11 slabs left out: what they name is no cache\n");
	assert_has(text, "\n  aside    12 slabs left out: more caches than");
	assert_has(text, "\n  aside    13 lists of free objects changed");
	assert_has(text, "\n  aside    14 slabs were given back");
	assert_has(text, "\n  aside    1,500 parked objects not kept");
	assert_fits(text);
}

static void census_text_shows_contents(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_census_fill();
	/* 3 kinds, 100 each, for 20,000 objects. */
	made_census_contents(&census_made.caches[0], 3, 100);
	census_made.contents.chosen = true;
	text = write_text();
	assert_has(text, "\nCONTENTS of dentry, from 300 of its 20,000 live objects, of slabs "
			 "evenly "
			 "chosen:\n    numbers are estimates\n"
			 " 33.3%     6,667  string \"what aa holds\"\n");
	assert_has(text, "\"what ac holds\"\n");
	assert_lacks(text, "more kind");
	assert_lacks(text, "none:");
	assert_fits(text);
	free(text);
	/* All were to be read, and not all could be. */
	census_made.contents.chosen = false;
	text = write_text();
	assert_has(text, "\nCONTENTS of dentry, from 300 of its 20,000 live objects: the others "
			 "were gone");
}

static void census_text_shows_contents_of_one_kind(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_census_fill();
	made_census_contents(&census_made.caches[2], 1, 60);
	text = write_text();
	assert_has(text, "\nCONTENTS of all 60 live objects of kmalloc-192\n"
			 "100.0%        60  string \"what aa holds\"\n");
	assert_fits(text);
}

static void census_text_shows_no_contents(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_census_fill();
	made_census_contents(&census_made.caches[3], 0, 0);
	text = write_text();
	assert_has(text, "\nCONTENTS of all 0 live objects of empty\n"
			 "  none: the cache has no live object\n");
	assert_lacks(text, "nan");
	assert_fits(text);
}

static void census_text_tells_an_empty_choice_from_an_empty_cache(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_census_fill();
	made_census_contents(&census_made.caches[2], 0, 0);
	census_made.contents.chosen = true;
	text = write_text();
	assert_has(text, "\nCONTENTS of kmalloc-192, from 0 of its 60 live objects");
	assert_has(text, "\n  none was found in the slabs chosen: --sample 0 reads all\n");
	assert_lacks(text, "no live object\n");
	assert_fits(text);
}

static void census_text_cuts_contents(void **state)
{
	autofree char *text = NULL, *one = NULL;

	(void)state;
	made_census_fill();
	made_census_contents(&census_made.caches[0], 30, 10);
	text = write_text();
	assert_has(text, "\n  and 10 more kinds: --top 0 shows all\n");
	census_made.report.top = 29;
	one = write_text();
	assert_has(one, "\n  and 1 more kind: --top 0 shows all\n");
}

/* A row of a machine with a terabyte of slab. */
static void census_text_holds_large_numbers(void **state)
{
	struct census_cache *c = made_census_cache("dentry", 192, 256ull << 20, 5000000000ull);
	autofree char *text = NULL;

	(void)state;
	c->flags = MADE_RECLAIMABLE;
	c->parked[0] = 999999;
	census_made.report.totals.pages = 999999999999ull;
	census_made.report.totals.took_s = 3600;
	text = write_text();
	assert_has(text, "\ndentry              5,000,000,000  894 GiB  1.0 TiB    13% 999,999 "
			 "100.0%  recl\n");
	assert_fits(text);
}

/* A module may name a cache as it likes, and an object may hold anything. */
static void census_text_disarms_names(void **state)
{
	const struct census_cache *c =
		made_census_cache("\x1b]0;owned\a\xe2\x80\xaetxt", 64, 10, 5);
	autofree char *text = NULL;

	(void)state;
	census_made.report.host = "h\x1b[2J\n";
	assert_int_equal(clusters_create(0, NULL, NULL, &census_made.clusters), 0);
	clusters_add(census_made.clusters, 0, "abc\x1b[31mdef\xff", 13);
	clusters_add(census_made.clusters, 0, "%s%n%d", 7);
	clusters_add(census_made.clusters, 0, "a \xe2\x80\xae b", 8);
	census_made.contents = (struct census_contents){.cache = c, .sampled = 3};
	census_made.contents.cluster_cnt =
		clusters_rank(census_made.clusters, &census_made.contents.clusters);
	census_made.report.contents = &census_made.contents;
	text = write_text();
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
	assert_lacks(text, "\xe2\x80\xae");
	assert_has(text, "\\x1b]0;owned\\x07\\xe2\\x80\\xaetxt");
	assert_has(text, "\"%s%n%d\"");
	assert_has(text, "h\\x1b[2J\\n");
	assert_fits(text);
}

static void census_text_holds_long_names(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_census_cache("nineteen_characters", 64, 10, 5);
	made_census_cache("twenty_characters_20", 64, 10, 5);
	made_census_cache("a_name_as_long_as_we_keep_of_any_cache_47_bytes", 64, 11, 5);
	text = write_text();
	assert_has(text, "\nnineteen_characters           5    320 B   40 KiB ");
	assert_has(text, "\ntwenty_characters_20\n                              5    320 B ");
	assert_has(text, "\na_name_as_long_as_we_keep_of_any_cache_47_bytes\n"
			 "                              5    320 B   44 KiB ");
	assert_fits(text);
}

static void census_text_is_whole_or_not_there(void **state)
{
	int err = -ENOMEM, failures = 0;

	(void)state;
	made_census_fill();
	made_census_contents(&census_made.caches[0], 30, 10);
	made_census_take(NULL, CENSUS_BY_BYTES);
	made_census_check_errors(census_text);
	for (long n = 0; err; n++) {
		autofree char *whole = NULL;
		size_t size;
		FILE *f = open_memstream(&whole, &size);

		memory_fails_after(n);
		err = census_text(&census_made.report, f);
		if (!memory_failed())
			assert_int_equal(err, 0);
		assert_true(!err || err == -ENOMEM);
		failures += err != 0;
		fclose(f);
		assert_int_equal(size > 0, err == 0);
	}
	(void)failures; /* open_memstream() allocates behind our back */
}

int test_census_text(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CENSUS(census_text_says_what_there_is),
		WITH_CENSUS(census_text_keeps_to_the_rows_asked_for),
		WITH_CENSUS(census_text_where_nothing_is_known),
		WITH_CENSUS(census_text_counts_one_of_each),
		WITH_CENSUS(census_text_cuts_names_full_of_escapes),
		WITH_CENSUS(census_text_tells_its_doubts),
		WITH_CENSUS(census_text_shows_contents),
		WITH_CENSUS(census_text_shows_contents_of_one_kind),
		WITH_CENSUS(census_text_shows_no_contents),
		WITH_CENSUS(census_text_tells_an_empty_choice_from_an_empty_cache),
		WITH_CENSUS(census_text_cuts_contents),
		WITH_CENSUS(census_text_holds_large_numbers),
		WITH_CENSUS(census_text_disarms_names),
		WITH_CENSUS(census_text_holds_long_names),
		WITH_CENSUS(census_text_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("census_text", tests, NULL, NULL);
}
