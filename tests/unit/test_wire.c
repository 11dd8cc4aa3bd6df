// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arithmetic of wire.h that both sides of the ledger rely on: what a word
 * keeps of an address and a size, where an object may lie, and that the sample
 * does not depend on the bucket.
 */
#include "fixture.h"

#include "cleanup.h"
#include "wire.h"

/* As the ledger does on booking. */
static uint64_t word_of(uint64_t address, uint64_t code)
{
	return address << SS_WORD_SHIFT | code;
}

/* Any 8-byte aligned address of the kernel's half, with 4 or 5 levels of page tables. */
static uint64_t random_address(uint64_t *seed)
{
	uint64_t low = random_next(seed);

	return (random_below(seed, 2) ? 0xffff800000000000ull | (low & 0x00007ffffffffff8ull)
				      : 0xff00000000000000ull | (low & 0x00fffffffffffff8ull));
}

static void wire_word_keeps_address_and_code(void **state)
{
	static const uint64_t edges[] = {
		0xff00000000000000ull, 0xff11000000000000ull, 0xffff800000000000ull,
		0xffff888000000008ull, 0xffffea0000000000ull, 0xffffffff81000000ull,
		0xfffffffffffffff8ull,
	};
	uint64_t seed = 2;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t address = i < (int)ARRAY_SIZE(edges) ? edges[i] : random_address(&seed);
		uint64_t code = i & 1 ? SS_WASTE_MASK : random_below(&seed, SS_WASTE_MASK + 1);
		uint64_t word = word_of(address, code);

		assert_true(word != 0);
		assert_true(ss_word_address(word) == address);
		assert_true((word & SS_WASTE_MASK) == code);
	}
}

static void wire_waste_is_exact_for_small_objects(void **state)
{
	(void)state;
	for (uint64_t requested = 1; requested <= 1024; requested++) {
		uint64_t code = ss_waste_code(requested, 0);

		assert_true(code <= SS_WASTE_MASK);
		assert_true(ss_waste_bytes(word_of(0xffff888000001000ull, code), 0) == requested);
	}
	/* More than was allocated cannot be requested; a wrong event does not spill into the
	 * address. */
	assert_int_equal(ss_waste_code(1025, 0), SS_WASTE_MASK);
	assert_int_equal(ss_waste_code(UINT64_MAX, 0), SS_WASTE_MASK);
	assert_int_equal(ss_waste_code(0, 0), 0);
}

/* Of a size class above 1024, the unit is less than a thousandth. */
static void wire_waste_is_close_for_large_objects(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (uint32_t order = 11; order <= 31; order++) {
		uint64_t allocated = 1ull << order;
		uint32_t shift = order - SS_WASTE_BITS; /* the least that fits the code */

		assert_true((allocated - 1) >> shift <= SS_WASTE_MASK);
		for (int i = 0; i < 2000; i++) {
			uint64_t requested = i == 0   ? allocated
					     : i == 1 ? allocated / 2 + 1
						      : 1 + random_below(&seed, allocated - 1);
			uint64_t code = ss_waste_code(requested, shift), bytes;

			assert_true(code <= SS_WASTE_MASK);
			bytes = ss_waste_bytes(word_of(0xffff888000001000ull, code), shift);
			assert_true(bytes >= requested && bytes <= allocated);
			assert_true((bytes - requested) * 1000 < allocated);
		}
	}
}

static void wire_meta_fields_do_not_touch(void **state)
{
	uint64_t seed = 4;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		uint64_t birth = random_next(&seed) & UINT32_MAX;
		uint64_t origin = i & 1 ? SS_ORIGINS - 1 : random_below(&seed, SS_ORIGINS);
		uint64_t rec = i & 2 ? SS_RECS - 1 : random_below(&seed, SS_RECS);
		uint64_t class = i & 4 ? SS_CLASSES - 1 : random_below(&seed, SS_CLASSES);
		uint64_t meta = birth | origin << SS_META_ORIGIN_SHIFT | rec << SS_META_REC_SHIFT |
				class << SS_META_CLASS_SHIFT;

		assert_int_equal((uint32_t)meta, birth);
		assert_int_equal(ss_meta_origin(meta), origin);
		assert_int_equal(ss_meta_rec(meta), rec);
		assert_int_equal(ss_meta_class(meta), class);
	}
}

/* How many of the buckets that an address may lie in are different ones. */
static uint32_t different_probes(uint64_t address, uint32_t nbuckets)
{
	uint32_t seen[SS_PROBES], n = 0;

	for (uint32_t k = 0; k < SS_PROBES; k++) {
		uint32_t at = ss_probe(address, k, nbuckets), i = 0;

		assert_true(at < nbuckets);
		while (i < n && seen[i] != at)
			i++;
		if (i == n)
			seen[n++] = at;
	}
	return n;
}

static void wire_probes_are_different_buckets(void **state)
{
	/* From the smallest table to --objects 200M. */
	static const struct {
		uint32_t nbuckets;
		double all_different; /* share of addresses, at least */
	} cases[] = {
		{16, 0},      {17, 0},	       {150, 0.7},	  {1500, 0.95},
		{4096, 0.99}, {156250, 0.999}, {1u << 20, 0.999}, {31250000, 0.9999},
	};
	uint64_t seed = 5;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const int tries = 20000;
		uint64_t sum = 0;
		int all = 0;

		for (int j = 0; j < tries; j++) {
			uint64_t address = random_address(&seed);
			uint32_t n = different_probes(address, cases[i].nbuckets);

			assert_int_equal(ss_probe(address, 0, cases[i].nbuckets),
					 ss_home(address, cases[i].nbuckets));
			all += n == SS_PROBES;
			sum += n;
		}
		assert_true(all >= cases[i].all_different * tries);
		/* Even in the smallest table an object has several places to go. */
		assert_true(sum >= 8ull * tries);
	}
}

/*
 * Buckets fill evenly, and which addresses are in the sample has nothing to do
 * with where they live: for runs of objects as slabs hold them, each group of
 * buckets keeps its share of a halved sample. Bounds are six standard deviations
 * of random placement.
 */
static void sample_is_fair(uint64_t base, uint64_t stride, uint32_t halvings)
{
	enum { GROUPS = 32, OBJECTS = 1 << 17 };
	const uint32_t nbuckets = 156250, threshold = UINT32_MAX >> halvings;
	const double share = 1.0 / (1u << halvings), per_group = (double)OBJECTS / GROUPS;
	const double spread = 6 * 6 * per_group; /* of the squares */
	const double together =
		stride < 4096 ? 4096.0 / stride : 1; /* a page's objects are neighbours */
	uint32_t objects[GROUPS] = {}, sampled[GROUPS] = {};

	for (uint64_t i = 0; i < OBJECTS; i++) {
		uint64_t address = base + i * stride;
		uint32_t group = (uint64_t)ss_home(address, nbuckets) * GROUPS / nbuckets;

		objects[group]++;
		sampled[group] += ss_sample_hash(address) <= threshold;
	}
	for (int i = 0; i < GROUPS; i++) {
		double over = objects[i] - per_group, kept = sampled[i] - objects[i] * share;

		if (over * over > spread * together || kept * kept > spread * share)
			fail_msg("stride %llu, %u halvings: group %d has %u objects, %u sampled",
				 (unsigned long long)stride, halvings, i, objects[i], sampled[i]);
	}
}

static void wire_sample_is_independent_of_the_bucket(void **state)
{
	static const uint64_t strides[] = {8, 16, 32, 64, 96, 192, 256, 1024, 4096, 8192, 2 << 20};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(strides); i++) {
		for (uint32_t halvings = 1; halvings <= 6; halvings++) {
			sample_is_fair(0xffff888104c00000ull, strides[i], halvings);
			sample_is_fair(0xff11000123450000ull, strides[i], halvings);
		}
	}
}

/*
 * Objects fill the buckets no more unevenly than chance would, or a table
 * overflows long before it holds what was promised. Slabs of a cache lie here
 * and there; their objects in rows.
 */
static void rows_spread(uint32_t size, uint32_t pages, uint64_t *seed)
{
	enum { BUCKETS = 156250, SLABS = 20000 };
	static uint32_t objects[BUCKETS];
	uint32_t per_slab = pages * 4096 / size;
	double mean = (double)SLABS * per_slab / BUCKETS, variance = 0;

	for (uint32_t i = 0; i < BUCKETS; i++)
		objects[i] = 0;
	for (uint32_t i = 0; i < SLABS; i++) {
		/* Mostly the next ones, as after boot; the rest anywhere in 64 GiB. */
		uint64_t slab = i % 4 ? i * pages : random_below(seed, 16u << 20);

		for (uint32_t j = 0; j < per_slab; j++) {
			uint64_t address = 0xffff888100000000ull + slab * 4096 + j * size;

			objects[ss_home(address, BUCKETS)]++;
		}
	}
	for (uint32_t i = 0; i < BUCKETS; i++)
		variance += (objects[i] - mean) * (objects[i] - mean) / BUCKETS;
	if (variance > 1.1 * mean)
		fail_msg("size %u: variance %.3f, mean %.3f", size, variance, mean);
}

static void wire_rows_of_objects_spread_like_chance(void **state)
{
	static const struct {
		uint32_t size, pages;
	} rows[] = {{16, 1},  {32, 1},	{64, 1},  {96, 1},   {128, 1}, {192, 1}, {192, 2},
		    {256, 1}, {256, 4}, {512, 4}, {1024, 8}, {600, 4}, {720, 4}, {1096, 8}};
	uint64_t seed = 9;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows_spread(rows[i].size, rows[i].pages, &seed);
}

/* Origin, kind and call site of a free fit one word, and come out again. */
static void wire_free_key_keeps_its_parts(void **state)
{
	static const uint64_t sites[] = {0xffffffff80000000ull, 0xffffffff81234567ull,
					 0xffffffffc0200126ull, 0xffffffffffffffffull};
	static const uint32_t origins[] = {0, 1, SS_ORIGIN_FIRST, SS_ORIGINS - 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sites) * ARRAY_SIZE(origins) * 4; i++) {
		uint64_t site = sites[i % 4], key;
		uint32_t origin = origins[i / 4 % 4], how = i / 16;

		key = ss_free_key(origin, how, site);
		assert_int_equal(ss_free_key_origin(key), origin);
		assert_int_equal(ss_free_key_how(key), how);
		assert_true(ss_free_key_site(key) == site);
	}
}

/* What is not the kernel's code is no call site; the kind is known all the same, but for a call. */
static void wire_free_key_of_no_site(void **state)
{
	static const uint64_t nowhere[] = {0, 1, 0x7fffffffffffull, 0xffff888100000000ull,
					   0xffffffff7fffffffull};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
		uint64_t call = ss_free_key(9, SS_FREED_CALL, nowhere[i]);
		uint64_t rcu = ss_free_key(9, SS_FREED_RCU, nowhere[i]);

		assert_int_equal(ss_free_key_site(call), 0);
		assert_int_equal(ss_free_key_how(call), SS_FREED_UNKNOWN);
		assert_int_equal(ss_free_key_site(rcu), 0);
		assert_int_equal(ss_free_key_how(rcu), SS_FREED_RCU);
	}
}

/* Of every row of frees the same share is drawn, whatever rhythm the sites have in it. */
static void wire_draws_evenly_in_every_rhythm(void **state)
{
	(void)state;
	for (uint64_t period = 1; period <= 130; period++) {
		for (uint64_t phase = 0; phase < period; phase++) {
			const uint64_t n = 64000;
			uint64_t drawn = 0;

			for (uint64_t i = 0; i < n; i++)
				drawn += ss_free_is_drawn(phase + i * period);
			assert_in_range(drawn, 0.93 * n / SS_FREES_DRAWN,
					1.07 * n / SS_FREES_DRAWN);
		}
	}
}

int test_wire(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wire_word_keeps_address_and_code),
		cmocka_unit_test(wire_waste_is_exact_for_small_objects),
		cmocka_unit_test(wire_waste_is_close_for_large_objects),
		cmocka_unit_test(wire_meta_fields_do_not_touch),
		cmocka_unit_test(wire_probes_are_different_buckets),
		cmocka_unit_test(wire_sample_is_independent_of_the_bucket),
		cmocka_unit_test(wire_rows_of_objects_spread_like_chance),
		cmocka_unit_test(wire_free_key_keeps_its_parts),
		cmocka_unit_test(wire_free_key_of_no_site),
		cmocka_unit_test(wire_draws_evenly_in_every_rhythm),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
