// SPDX-License-Identifier: GPL-2.0-or-later
/* A million random operations against a model in C, then every map against the model. */
#include "ledger_fixture.h"

#include <stdlib.h>

/* The model: what is live, by index of address(); origins by index of site. */
#define SITES	 61
#define POOL	 120000
#define LIVE_MAX 100000

struct model {
	uint16_t site[POOL]; /* site + 1 of a live object, 0: free */
	uint16_t requested[POOL];
	uint32_t live[LIVE_MAX], live_cnt; /* indices, in no order */
	uint64_t allocs[SITES], frees[SITES], ghosts[SITES], unknown;
};

/* Sizes differ by site, up to where the size code is exact and beyond. */
static uint32_t site_size(uint32_t site)
{
	static const uint32_t sizes[] = {8, 16, 96, 192, 1024, 2048, 8192};

	return sizes[site % 7];
}

static void model_alloc(struct fixture *f, struct model *m, uint64_t *random, uint32_t i)
{
	uint32_t site = next_random(random) % SITES;

	if (m->site[i])
		m->ghosts[m->site[i] - 1]++;
	else
		m->live[m->live_cnt++] = i;
	m->site[i] = site + 1;
	m->requested[i] = 1 + next_random(random) % site_size(site);
	m->allocs[site]++;
	book(f, address(i), site_address(site), m->requested[i], site_size(site));
}

static void model_free(struct fixture *f, struct model *m, uint32_t at)
{
	uint32_t i = m->live[at];

	m->live[at] = m->live[--m->live_cnt];
	m->frees[m->site[i] - 1]++;
	m->site[i] = 0;
	unbook(f, address(i));
}

static void model_step(struct fixture *f, struct model *m, uint64_t *random)
{
	uint64_t dice = next_random(random) % 1000;
	uint32_t i = next_random(random) % POOL;

	if (dice < 5) { /* a free that nobody saw: the address comes again */
		if (m->live_cnt)
			model_alloc(f, m, random, m->live[i % m->live_cnt]);
	} else if (dice < 10) {
		if (!m->site[i]) {
			m->unknown++;
			unbook(f, address(i));
		}
	} else if (m->live_cnt < LIVE_MAX && (dice < 520 || !m->live_cnt)) {
		if (!m->site[i])
			model_alloc(f, m, random, i);
	} else {
		model_free(f, m, i % m->live_cnt);
	}
}

static void compare_objects(const struct fixture *f, const struct model *m)
{
	uint8_t *seen = calloc(POOL, 1);
	uint32_t found = 0;

	for (uint32_t b = 0; b < f->bucket_cnt; b++) {
		for (int w = 0; w < SS_WAYS; w++) {
			uint64_t word = f->buckets[b].word[w], meta = f->buckets[b].meta[w];
			const struct ss_origin *o = &f->origins[ss_meta_origin(meta)];
			uint64_t i;

			if (!word)
				continue;
			i = index_of(ss_word_address(word));
			assert_true(i < POOL);
			assert_int_equal(ss_word_address(word), address(i));
			assert_true(m->site[i]);
			assert_false(seen[i]);
			assert_int_equal(o->site, site_address(m->site[i] - 1));
			assert_true(ss_waste_bytes(word, o->waste_shift) >= m->requested[i]);
			assert_true(ss_waste_bytes(word, o->waste_shift) - m->requested[i] <
				    1u << o->waste_shift);
			seen[i] = 1;
			found++;
		}
	}
	assert_int_equal(found, m->live_cnt);
	free(seen);
}

static void compare_counts(const struct fixture *f, const struct model *m)
{
	for (uint32_t site = 0; site < SITES; site++) {
		uint32_t o = origin_of(f, site_address(site), site_size(site));

		assert_int_not_equal(o, 0);
		assert_int_equal(f->counts[o].allocs, m->allocs[site]);
		assert_int_equal(f->counts[o].frees, m->frees[site]);
		assert_int_equal(f->rares[o].ghosts + f->rares[o].retold, m->ghosts[site]);
	}
	assert_int_equal(f->counts[SS_ORIGIN_NONE].frees, m->unknown);
	assert_int_equal(f->totals.halvings, 0);
	assert_int_equal(f->totals.origins_full, 0);
}

static void million_operations(void **state)
{
	struct fixture f = open_ledger(LIVE_MAX, 0);
	struct model *m = calloc(1, sizeof(*m));
	uint64_t random = 0x9E3779B97F4A7C15ull;

	(void)state;
	for (int i = 0; i < 1000000; i++)
		model_step(&f, m, &random);
	fetch(&f);
	/* Without these the comparison would prove little. */
	assert_true(m->live_cnt > 5000 && m->unknown > 1000);
	compare_objects(&f, m);
	compare_counts(&f, m);
	assert_balanced(&f);
	free(m);
	close_ledger(&f);
}

int test_model(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(million_operations),
	};

	return cmocka_run_group_tests_name("ledger, model", tests, NULL, NULL);
}
