// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ledger in the kernel against a model in C: the BPF functions run through
 * bpf_prog_test_run_opts() on made-up addresses, then every map is compared with
 * what the model says it must hold. Needs CAP_BPF and CAP_PERFMON.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ledger.h"
#include "probe.h"
#include "snapshot.h"

#include "probe.skel.h" /* needs what wire.h defines */

#define KEY(size) (SS_KMALLOC_KEYED | (uint64_t)(size) << SS_KMALLOC_KEY_SIZE_SHIFT)

struct fixture {
	struct probe_bpf *skel;
	int prog;
	int cpu_cnt;
	uint32_t bucket_cnt;
	struct ss_bucket *buckets; /* a copy, by fetch() */
	struct ss_origin *origins;
	struct ss_rare *rares;
	struct ss_count *counts;
	struct ss_totals totals;
};

/* xorshift64*: the same numbers on every machine. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545F4914F6CDD1Dull;
}

/*
 * Addresses as a cache of 192-byte objects has them, 21 a page and page after
 * page: real rows are harder on the hash than random numbers.
 */
static uint64_t address(uint64_t i)
{
	return 0xffff888100000000ull + i / 21 * 4096 + i % 21 * 192;
}

static uint64_t index_of(uint64_t addr)
{
	uint64_t offset = addr - address(0);

	return offset / 4096 * 21 + offset % 4096 / 192;
}

static uint32_t run(const struct fixture *f, const uint64_t words[PROBE_WORDS])
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = words,
		    .ctx_size_in = PROBE_WORDS * sizeof(*words));

	if (bpf_prog_test_run_opts(f->prog, &opts))
		fail_msg("test run failed");
	return opts.retval;
}

static void book(const struct fixture *f, uint64_t addr, uint64_t site, uint32_t requested,
		 uint32_t allocated)
{
	run(f, (uint64_t[PROBE_WORDS]){PROBE_ALLOC, addr, site, KEY(allocated), requested,
				       allocated});
}

static void unbook(const struct fixture *f, uint64_t addr)
{
	run(f, (uint64_t[PROBE_WORDS]){PROBE_FREE, addr});
}

static void fetch_map(const struct bpf_map *map, void *to, size_t size)
{
	size_t value = bpf_map__value_size(map);

	for (uint32_t i = 0; i < bpf_map__max_entries(map); i++)
		if (bpf_map_lookup_elem(bpf_map__fd(map), &i, (char *)to + i * size))
			fail_msg("cannot read %s (%zu)", bpf_map__name(map), value);
}

/* Copy what the kernel side holds now. */
static void fetch(struct fixture *f)
{
	struct ss_count per_cpu[f->cpu_cnt];
	uint32_t zero = 0;

	fetch_map(f->skel->maps.ss_objects, f->buckets, sizeof(*f->buckets));
	fetch_map(f->skel->maps.ss_origins, f->origins, sizeof(*f->origins));
	fetch_map(f->skel->maps.ss_rares, f->rares, sizeof(*f->rares));
	assert_false(bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.ss_totals), &zero, &f->totals));
	for (uint32_t i = 0; i < SS_ORIGINS; i++) {
		f->counts[i] = (struct ss_count){0};
		assert_false(bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.ss_counts), &i, per_cpu));
		for (int cpu = 0; cpu < f->cpu_cnt; cpu++) {
			f->counts[i].allocs += per_cpu[cpu].allocs;
			f->counts[i].frees += per_cpu[cpu].frees;
		}
	}
}

/* A ledger for `objects` objects, with the table at 125 % of them as in a trace. */
static struct fixture open_ledger(uint32_t objects, uint32_t interval)
{
	struct fixture f = {.bucket_cnt = objects * 5 / 4 / SS_WAYS};

	f.skel = probe_bpf__open();
	assert_non_null(f.skel);
	f.skel->rodata->ss_nbuckets = f.bucket_cnt;
	f.skel->rodata->ss_interval = interval;
	assert_false(bpf_map__set_max_entries(f.skel->maps.ss_objects, f.bucket_cnt));
	assert_false(bpf_map__set_max_entries(f.skel->maps.ss_spilled, f.bucket_cnt));
	assert_false(probe_bpf__load(f.skel));
	f.skel->bss->ss_control.threshold = UINT32_MAX;
	f.skel->bss->ss_control.phase = SS_BOOKING;
	f.prog = bpf_program__fd(f.skel->progs.ss_drive);
	f.cpu_cnt = libbpf_num_possible_cpus();
	f.buckets = calloc(f.bucket_cnt, sizeof(*f.buckets));
	f.origins = calloc(SS_ORIGINS, sizeof(*f.origins));
	f.rares = calloc(SS_ORIGINS, sizeof(*f.rares));
	f.counts = calloc(SS_ORIGINS, sizeof(*f.counts));
	return f;
}

static void close_ledger(struct fixture *f)
{
	probe_bpf__destroy(f->skel);
	free(f->buckets);
	free(f->origins);
	free(f->rares);
	free(f->counts);
}

/* The ledger's origin of (site, size), 0 when there is none. */
static uint32_t origin_of(const struct fixture *f, uint64_t site, uint32_t size)
{
	for (uint32_t i = SS_ORIGIN_FIRST; i < SS_ORIGINS; i++)
		if (f->origins[i].site == site && f->origins[i].key == KEY(size))
			return i;
	return 0;
}

/* allocs = frees + live + ghosts + refused + thinned + retold, in every origin. */
static void assert_balanced(const struct fixture *f)
{
	uint64_t *live = calloc(SS_ORIGINS, sizeof(*live));

	for (uint32_t b = 0; b < f->bucket_cnt; b++)
		for (int i = 0; i < SS_WAYS; i++)
			if (f->buckets[b].word[i])
				live[ss_meta_origin(f->buckets[b].meta[i])]++;
	for (uint32_t i = SS_ORIGIN_OTHER; i < SS_ORIGINS; i++) {
		const struct ss_rare *r = &f->rares[i];

		assert_int_equal(f->counts[i].allocs, f->counts[i].frees + live[i] + r->ghosts +
							      r->refused + r->thinned + r->retold);
	}
	free(live);
}

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

static uint64_t site_address(uint32_t site)
{
	return 0xffffffff81000000ull + site * 32;
}

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

/* The promised number of objects fits: no halving, nothing refused, every one found again. */
static void table_filled_to_the_promise(void **state)
{
	const uint32_t n = 100000;
	struct fixture f = open_ledger(n, 0);
	uint32_t o;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		book(&f, address(i), site_address(1), 16, 16);
	fetch(&f);
	o = origin_of(&f, site_address(1), 16);
	assert_int_equal(f.totals.halvings, 0);
	assert_int_equal(f.rares[o].refused, 0);
	assert_int_equal(f.counts[o].allocs, n);
	for (uint32_t i = 0; i < n; i++)
		unbook(&f, address(i));
	fetch(&f);
	assert_int_equal(f.counts[o].frees, n);
	assert_int_equal(f.counts[SS_ORIGIN_NONE].frees, 0);
	assert_balanced(&f);
	close_ledger(&f);
}

/* Ten times too many objects: the sample halves, and what is left is exactly the sample. */
static void table_full_halves_the_sample(void **state)
{
	const uint32_t room = 4000, n = 40000;
	struct fixture f = open_ledger(room, 0);
	uint32_t threshold, o, sampled = 0, live = 0;
	double scale, sigma;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		book(&f, address(i), site_address(1), 16, 16);
	fetch(&f);
	threshold = f.skel->bss->ss_control.threshold;
	o = origin_of(&f, site_address(1), 16);
	assert_in_range(f.totals.halvings, 3, 5);
	assert_int_equal(threshold, UINT32_MAX >> f.totals.halvings);
	assert_int_equal(f.counts[o].allocs, n);
	for (uint32_t i = 0; i < n; i++)
		sampled += ss_sample_hash(ss_hash(address(i))) <= threshold;
	for (uint32_t b = 0; b < f.bucket_cnt; b++)
		for (int w = 0; w < SS_WAYS; w++)
			live += f.buckets[b].word[w] &&
				ss_sample_hash(ss_hash(ss_word_address(f.buckets[b].word[w]))) <=
					threshold;
	assert_int_equal(live + f.rares[o].refused, sampled);
	assert_int_equal(f.rares[o].refused, 0);
	scale = 4294967296.0 / ((double)threshold + 1);
	sigma = scale * __builtin_sqrt((double)n / scale * (1 - 1 / scale));
	assert_true(__builtin_fabs(live * scale - n) < 5 * sigma);

	/* Frees of what is out of the sample are no unknown frees; the rest leaves nothing. */
	for (uint32_t i = 0; i < n; i++)
		unbook(&f, address(i));
	fetch(&f);
	assert_int_equal(f.counts[o].frees, sampled);
	assert_int_equal(f.counts[SS_ORIGIN_NONE].frees, 0);
	close_ledger(&f);
}

static void double_event_of_large_kmalloc(void **state)
{
	struct fixture f = open_ledger(1000, 0);
	uint32_t inner, outer, small;

	(void)state;
	book(&f, address(1), site_address(1), 20000, 32768);
	book(&f, address(1), site_address(2), 20000, 32768);
	book(&f, address(2), site_address(3), 100, 128);
	book(&f, address(2), site_address(3), 100, 128);
	fetch(&f);
	inner = origin_of(&f, site_address(1), 32768);
	outer = origin_of(&f, site_address(2), 32768);
	small = origin_of(&f, site_address(3), 128);
	assert_int_equal(f.rares[inner].retold, 1);
	assert_int_equal(f.rares[inner].ghosts, 0);
	assert_int_equal(f.counts[outer].allocs, 1);
	assert_int_equal(f.rares[small].ghosts, 1);
	assert_int_equal(f.rares[small].retold, 0);
	assert_balanced(&f);
	close_ledger(&f);
}

/* More call sites than entries: nothing is lost, the rest is booked together and counted. */
static void origin_table_full(void **state)
{
	const uint32_t n = SS_ORIGINS + 2000;
	struct fixture f = open_ledger(2 * n, 0);
	uint64_t allocs = 0;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		book(&f, address(i), site_address(i), 16, 16);
	fetch(&f);
	for (uint32_t i = SS_ORIGIN_OTHER; i < SS_ORIGINS; i++)
		allocs += f.counts[i].allocs;
	assert_int_equal(allocs, n);
	assert_true(f.totals.origins_full >= 2000);
	assert_int_equal(f.counts[SS_ORIGIN_OTHER + SS_FROM_KMALLOC].allocs,
			 f.totals.origins_full);
	assert_balanced(&f);
	close_ledger(&f);
}

static void free_by(const struct fixture *f, uint32_t copy, uint64_t addr)
{
	run(f, (uint64_t[PROBE_WORDS]){copy, addr});
}

static void assert_frees(struct fixture *f, uint64_t frees, uint64_t unknown)
{
	fetch(f);
	assert_int_equal(f->counts[origin_of(f, site_address(1), 16)].frees, frees);
	assert_int_equal(f->counts[SS_ORIGIN_NONE].frees, unknown);
}

/* Two copies of a free program: each free is booked once, whichever of them sees it. */
static void second_copy_does_what_the_first_missed(void **state)
{
	struct fixture f = open_ledger(1000, 0);
	cpu_set_t before, one;

	(void)state;
	/* What the first copy did is noted per CPU. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_false(sched_getaffinity(0, sizeof(before), &before));
	assert_false(sched_setaffinity(0, sizeof(one), &one));

	book(&f, address(1), site_address(1), 16, 16);
	free_by(&f, PROBE_FREE_FIRST, address(1));
	free_by(&f, PROBE_FREE_SECOND, address(1));
	assert_frees(&f, 1, 0);
	/* The first was skipped: it was busy with another address, or with nothing new. */
	book(&f, address(1), site_address(1), 16, 16);
	free_by(&f, PROBE_FREE_SECOND, address(1));
	assert_frees(&f, 2, 0);
	book(&f, address(2), site_address(1), 16, 16);
	free_by(&f, PROBE_FREE_FIRST, address(3));
	free_by(&f, PROBE_FREE_SECOND, address(2));
	assert_frees(&f, 3, 1);
	/* No objects. */
	free_by(&f, PROBE_FREE_FIRST, 0);
	free_by(&f, PROBE_FREE_FIRST, SS_ZERO_SIZE_PTR);
	assert_frees(&f, 3, 1);
	assert_balanced(&f);
	assert_false(sched_setaffinity(0, sizeof(before), &before));
	close_ledger(&f);
}

/* Address of a made-up cache: not canonical, so that nothing is read from it. */
#define CACHE(i) (0x8000000000000000ull + (uint64_t)(i) * 256)

static void book_in(const struct fixture *f, uint64_t addr, uint64_t site, uint64_t cache)
{
	run(f, (uint64_t[PROBE_WORDS]){PROBE_ALLOC, addr, site, cache});
}

/* A cache that comes back at the address of a destroyed one has books of its own. */
static void destroyed_cache_comes_again(void **state)
{
	const uint32_t n = 200;
	struct fixture f = open_ledger(1000, 0);
	struct ss_cache *caches = calloc(SS_CACHES, sizeof(*caches));
	uint32_t destroyed = 0, ready = 0, origins = 0;

	(void)state;
	/* Enough caches for some to begin their search at the entries that have no key. */
	for (uint32_t i = 0; i < n; i++) {
		book_in(&f, address(2 * i), site_address(1), CACHE(i));
		run(&f, (uint64_t[PROBE_WORDS]){PROBE_DESTROY, 0, 0, CACHE(i)});
		book_in(&f, address(2 * i + 1), site_address(1), CACHE(i));
	}
	fetch(&f);
	fetch_map(f.skel->maps.ss_caches, caches, sizeof(*caches));
	assert_int_equal(f.totals.destroyed, n);
	for (uint32_t i = SS_CACHE_FIRST; i < SS_CACHES; i++) {
		destroyed += !!(caches[i].state & SS_CACHE_DESTROYED);
		ready += caches[i].state == SS_CACHE_READY;
	}
	assert_int_equal(destroyed, n);
	assert_int_equal(ready, n);
	for (uint32_t i = SS_ORIGIN_FIRST; i < SS_ORIGINS; i++) {
		const struct ss_cache *c = &caches[f.origins[i].cache];

		if (!f.counts[i].allocs)
			continue;
		origins++;
		assert_int_equal(f.counts[i].allocs, 1);
		assert_int_equal(f.origins[i].key == SS_KEY_DESTROYED,
				 !!(c->state & SS_CACHE_DESTROYED));
	}
	assert_int_equal(origins, 2 * n);
	assert_balanced(&f);
	free(caches);
	close_ledger(&f);
}

static void nothing_moves_when_closed(void **state)
{
	struct fixture f = open_ledger(1000, 0);

	(void)state;
	book(&f, address(1), site_address(1), 16, 16);
	f.skel->bss->ss_control.phase = SS_CLOSED;
	unbook(&f, address(1));
	fetch(&f);
	assert_int_equal(f.counts[origin_of(&f, site_address(1), 16)].frees, 0);
	assert_balanced(&f);
	close_ledger(&f);
}

struct worker {
	const struct fixture *f;
	uint64_t first;
	uint64_t site;
};

static void *churn(void *arg)
{
	const struct worker *w = arg;
	uint64_t random = w->first + 1;

	for (int round = 0; round < 20; round++) {
		for (uint64_t i = 0; i < 4000; i++)
			book(w->f, address(w->first + i), w->site, 32, 32);
		for (uint64_t i = 0; i < 4000; i++)
			if (next_random(&random) % 8 || round == 19)
				unbook(w->f, address(w->first + i));
	}
	return NULL;
}

/* Four threads in one small, nearly full table and one shared origin: still nothing is lost. */
static void many_cpus_at_once(void **state)
{
	struct fixture f = open_ledger(17000, 0);
	struct worker workers[4];
	pthread_t threads[4];
	uint32_t o, slots = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		/* Two share a call site. */
		workers[i] = (struct worker){&f, i * 10000ull, site_address(i / 2)};
		assert_false(pthread_create(&threads[i], NULL, churn, &workers[i]));
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	fetch(&f);
	for (uint32_t b = 0; b < f.bucket_cnt; b++)
		for (int w = 0; w < SS_WAYS; w++)
			slots += f.buckets[b].word[w] != 0;
	assert_int_equal(slots, 0);
	for (int site = 0; site < 2; site++) {
		uint64_t allocs = 0;

		/* A race for a new origin may have made two of it. */
		for (o = SS_ORIGIN_FIRST; o < SS_ORIGINS; o++)
			if (f.origins[o].site == site_address(site))
				allocs += f.counts[o].allocs;
		assert_int_equal(allocs, 2 * 20 * 4000);
	}
	assert_balanced(&f);
	close_ledger(&f);
}

/*
 * Four threads in a table with room for a quarter of their objects: the slots of
 * those that leave the sample are taken over while others are freed. No free is
 * lost, or the address would come as a ghost, and no object, or its free would be
 * unknown.
 */
static void many_cpus_in_a_full_table(void **state)
{
	struct fixture f = open_ledger(4000, 0);
	struct worker workers[4];
	pthread_t threads[4];
	uint64_t allocs = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		workers[i] = (struct worker){&f, i * 10000ull, site_address(i)};
		assert_false(pthread_create(&threads[i], NULL, churn, &workers[i]));
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	fetch(&f);
	assert_true(f.totals.halvings >= 2);
	for (uint32_t b = 0; b < f.bucket_cnt; b++) {
		for (int w = 0; w < SS_WAYS; w++) {
			uint64_t word = f.buckets[b].word[w];

			assert_true(word != SS_WORD_LEAVING);
			assert_true(!word || ss_sample_hash(ss_hash(ss_word_address(word))) >
						     f.skel->bss->ss_control.threshold);
		}
	}
	for (uint32_t i = SS_ORIGIN_FIRST; i < SS_ORIGINS; i++) {
		allocs += f.counts[i].allocs;
		/* What was not freed in one round comes as a ghost in the next. */
		assert_true(f.rares[i].ghosts <= f.counts[i].allocs / 8);
	}
	assert_int_equal(allocs, 4 * 20 * 4000);
	assert_int_equal(f.counts[SS_ORIGIN_NONE].frees, 0);
	close_ledger(&f);
}

/* Put frames into the scratch buffers of all CPUs, as if a program had just read them. */
static void plant_frames(const struct fixture *f, const uint64_t *frames, uint32_t n)
{
	struct scratch {
		uint32_t busy, start, depth, pad;
		uint64_t ip[SS_DEPTH + 1];
	} *all = calloc(f->cpu_cnt, sizeof(*all));
	uint32_t source = SS_FROM_KMALLOC;

	assert_int_equal(bpf_map__value_size(f->skel->maps.ss_scratches), sizeof(*all));
	for (int cpu = 0; cpu < f->cpu_cnt; cpu++) {
		all[cpu].start = 2;
		all[cpu].depth = 2 + n;
		memcpy(&all[cpu].ip[2], frames, n * sizeof(*frames));
	}
	assert_false(bpf_map_update_elem(bpf_map__fd(f->skel->maps.ss_scratches), &source, all,
					 BPF_ANY));
	free(all);
}

static uint32_t keep(const struct fixture *f, uint32_t origin)
{
	return run(f, (uint64_t[PROBE_WORDS]){PROBE_KEEP, 0, 0, origin});
}

static struct ss_stack stack_of(const struct fixture *f, uint32_t rec, uint32_t *ret_index)
{
	struct ss_rec r;
	struct ss_stack stack;

	assert_false(bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.ss_recs), &rec, &r));
	*ret_index = ((r.key - 1) >> 16 & 0xffff) - 1;
	assert_false(bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.ss_stacks), ret_index, &stack));
	return stack;
}

/* A stack whose hash another stack has already: both are kept, each with its own frames. */
static void stack_hash_collision(void **state)
{
	const uint64_t ours[] = {0xffffffff81000001, 0xffffffff81000002, 0xffffffff81000003};
	struct fixture f = open_ledger(1000, 1);
	uint32_t rec, again, index, first;
	struct ss_stack stack;

	(void)state;
	plant_frames(&f, ours, 3);
	rec = keep(&f, 20);
	assert_int_not_equal(rec, 0);
	assert_int_equal(keep(&f, 20), rec);
	assert_int_not_equal(keep(&f, 21), rec);
	stack = stack_of(&f, rec, &index);
	assert_int_equal(stack.count, 3);

	/* Make the stored stack another one, under the same hash. */
	first = stack.first + 1;
	assert_false(bpf_map_update_elem(bpf_map__fd(f.skel->maps.ss_frames), &first,
					 &(uint64_t){0xffffffff8100dead}, BPF_ANY));
	again = keep(&f, 20);
	assert_int_not_equal(again, 0);
	assert_int_not_equal(again, rec);
	stack = stack_of(&f, again, &first);
	assert_int_not_equal(first, index);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t at = stack.first + i;
		uint64_t frame;

		assert_false(bpf_map_lookup_elem(bpf_map__fd(f.skel->maps.ss_frames), &at, &frame));
		assert_int_equal(frame, ours[i]);
	}
	close_ledger(&f);
}

/* A stack of one frame and one as deep as they get are kept whole, each as its own. */
static void stacks_short_and_deep(void **state)
{
	struct fixture f = open_ledger(1000, 1);
	uint64_t frames[SS_DEPTH - 2];
	uint32_t one, deep, index;

	(void)state;
	for (uint32_t i = 0; i < SS_DEPTH - 2; i++)
		frames[i] = 0xffffffff81000000 + i;
	plant_frames(&f, frames, 1);
	one = keep(&f, 20);
	assert_int_equal(stack_of(&f, one, &index).count, 1);
	plant_frames(&f, frames, SS_DEPTH - 2);
	deep = keep(&f, 20);
	assert_int_not_equal(deep, one);
	assert_int_equal(stack_of(&f, deep, &index).count, SS_DEPTH - 2);
	plant_frames(&f, frames, 1);
	assert_int_equal(keep(&f, 20), one);
	close_ledger(&f);
}

/* More stacks than the store holds: record 0, counted, and the old ones stay as they are. */
static void stack_store_full(void **state)
{
	struct fixture f = open_ledger(1000, 1);
	uint32_t failed = 0;

	(void)state;
	for (uint64_t i = 0; i < SS_STACKS + 1000; i++) {
		const uint64_t frames[] = {0xffffffff81000000 + i, 0xffffffff82000000 + i};

		plant_frames(&f, frames, 2);
		failed += !keep(&f, 20);
	}
	fetch(&f);
	assert_true(failed >= 1000);
	assert_int_equal(f.totals.stacks_full, failed);
	close_ledger(&f);
}

/* With every stack wanted, an object's record leads to frames that begin as the program ran. */
static void real_stack_is_taken(void **state)
{
	struct fixture f = open_ledger(1000, 1);
	uint32_t recs = 0, index;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		book(&f, address(i), site_address(1), 16, 16);
	fetch(&f);
	for (uint32_t b = 0; b < f.bucket_cnt; b++) {
		for (int w = 0; w < SS_WAYS; w++) {
			uint64_t meta = f.buckets[b].meta[w];

			if (!f.buckets[b].word[w])
				continue;
			assert_int_not_equal(ss_meta_rec(meta), 0);
			assert_int_equal(ss_meta_class(meta), 0);
			assert_true(stack_of(&f, ss_meta_rec(meta), &index).count > 2);
			recs++;
		}
	}
	assert_int_equal(recs, 100);
	close_ledger(&f);
}

/* The distances between stacks are geometric: each allocation has the chance 1 / 4^class. */
static void distances_are_geometric(void **state)
{
	const uint32_t n = 20000;
	struct fixture f = open_ledger(1000, 1);

	(void)state;
	for (uint32_t class = 0; class < SS_CLASSES; class ++) {
		double interval = 1u << 2 * class, sum = 0, zeros = 0, far = 0;
		double mean = interval - 1, sigma = __builtin_sqrt(interval * mean / n);
		double some = 1 - 1 / interval, tail = 1;

		for (uint32_t i = 0; i < interval; i++)
			tail *= some;
		for (uint32_t i = 0; i < n; i++) {
			uint32_t skip = run(&f, (uint64_t[PROBE_WORDS]){PROBE_SKIP, 0, 0, class});

			sum += skip;
			zeros += skip == 0;
			far += skip >= interval;
		}
		assert_true(__builtin_fabs(sum / n - mean) <= 5 * sigma);
		sigma = __builtin_sqrt(n * some / interval);
		assert_true(__builtin_fabs(zeros - n / interval) <= 5 * sigma);
		sigma = __builtin_sqrt(n * tail * (1 - tail));
		assert_true(__builtin_fabs(far - n * tail) <= 5 * sigma);
	}
	close_ledger(&f);
}

/* The only origin of the test, as if it had been met long ago and its interval were set. */
static uint32_t old_origin(struct fixture *f, uint32_t interval)
{
	const uint64_t old = 1000000;
	struct ss_count per_cpu[f->cpu_cnt];
	uint32_t o;

	book(f, address(0), site_address(1), 16, 16);
	unbook(f, address(0));
	fetch(f);
	o = origin_of(f, site_address(1), 16);
	for (int cpu = 0; cpu < f->cpu_cnt; cpu++)
		per_cpu[cpu] = (struct ss_count){.allocs = old, .frees = old};
	f->origins[o].interval = interval;
	assert_false(
		bpf_map_update_elem(bpf_map__fd(f->skel->maps.ss_counts), &o, per_cpu, BPF_ANY));
	assert_false(bpf_map_update_elem(bpf_map__fd(f->skel->maps.ss_origins), &o, &f->origins[o],
					 BPF_ANY));
	return o;
}

/* Let the origin look as if it had been idle, so that a stack is overdue. */
static void make_idle(const struct fixture *f, uint32_t origin)
{
	struct ss_count per_cpu[f->cpu_cnt];
	int fd = bpf_map__fd(f->skel->maps.ss_counts);

	assert_false(bpf_map_lookup_elem(fd, &origin, per_cpu));
	for (int cpu = 0; cpu < f->cpu_cnt; cpu++)
		per_cpu[cpu].stack_tick -= 10000;
	assert_false(bpf_map_update_elem(fd, &origin, per_cpu, BPF_ANY));
}

struct weights {
	double objects, weight;	    /* of all in the sample */
	double first, first_weight; /* of every fourth: those at address(4 i) */
	double square;		    /* sum of squared weights: the variance of `weight`, nearly */
};

static struct weights weigh(const struct fixture *f)
{
	struct weights w = {};

	for (uint32_t b = 0; b < f->bucket_cnt; b++) {
		for (int i = 0; i < SS_WAYS; i++) {
			uint64_t word = f->buckets[b].word[i], meta = f->buckets[b].meta[i];
			double one = ss_meta_rec(meta) ? 1u << 2 * ss_meta_class(meta) : 0;

			if (!word)
				continue;
			w.objects++;
			w.weight += one;
			w.square += one * one;
			if (index_of(ss_word_address(word)) % 4)
				continue;
			w.first++;
			w.first_weight += one;
		}
	}
	return w;
}

/* Weights of stacks stand for all objects, and for a quarter of them that is like no other. */
static void assert_unbiased(const struct weights *w)
{
	double sigma = __builtin_sqrt(w->square);

	assert_true(sigma < 0.15 * w->objects);
	assert_true(__builtin_fabs(w->weight - w->objects) < 5 * sigma);
	assert_true(__builtin_fabs(w->first_weight - w->first) < 5 * sigma / 2);
}

/* With half of the addresses in the books, stacks are drawn among those and stand for those. */
static void shares_after_a_halving(void **state)
{
	const uint32_t n = 200000;
	struct fixture f = open_ledger(n, 256);
	struct weights w;

	(void)state;
	f.skel->bss->ss_control.threshold = UINT32_MAX >> 1;
	old_origin(&f, 16);
	for (uint32_t i = 0; i < n; i++)
		book(&f, address(i), site_address(1), 16, 16);
	fetch(&f);
	w = weigh(&f);
	assert_true(w.objects > 0.4 * n && w.objects < 0.6 * n);
	assert_unbiased(&w);
	close_ledger(&f);
}

/* Storms of 32 after a pause: the first has its stack, and the others as many as they should. */
static void shares_after_a_pause(void **state)
{
	const uint32_t n = 200000;
	struct fixture f = open_ledger(n, 256);
	struct weights w;
	uint32_t o;

	(void)state;
	o = old_origin(&f, 64);
	for (uint32_t i = 0; i < n; i++) {
		if (i % 32 == 0)
			make_idle(&f, o);
		book(&f, address(i), site_address(1), 16, 16);
	}
	fetch(&f);
	w = weigh(&f);
	assert_int_equal(w.objects, n);
	assert_unbiased(&w);
	close_ledger(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(million_operations),
		cmocka_unit_test(table_filled_to_the_promise),
		cmocka_unit_test(table_full_halves_the_sample),
		cmocka_unit_test(double_event_of_large_kmalloc),
		cmocka_unit_test(origin_table_full),
		cmocka_unit_test(second_copy_does_what_the_first_missed),
		cmocka_unit_test(destroyed_cache_comes_again),
		cmocka_unit_test(nothing_moves_when_closed),
		cmocka_unit_test(many_cpus_at_once),
		cmocka_unit_test(many_cpus_in_a_full_table),
		cmocka_unit_test(stack_hash_collision),
		cmocka_unit_test(stacks_short_and_deep),
		cmocka_unit_test(stack_store_full),
		cmocka_unit_test(real_stack_is_taken),
		cmocka_unit_test(distances_are_geometric),
		cmocka_unit_test(shares_after_a_halving),
		cmocka_unit_test(shares_after_a_pause),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
