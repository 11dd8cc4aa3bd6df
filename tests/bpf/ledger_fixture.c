// SPDX-License-Identifier: GPL-2.0-or-later
/* The BPF functions of the ledger, run through bpf_prog_test_run_opts() on made-up addresses. */
#include "ledger_fixture.h"

#include <stdlib.h>

uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545F4914F6CDD1Dull;
}

uint64_t address(uint64_t i)
{
	return 0xffff888100000000ull + i / 21 * 4096 + i % 21 * 192;
}

uint64_t index_of(uint64_t addr)
{
	uint64_t offset = addr - address(0);

	return offset / 4096 * 21 + offset % 4096 / 192;
}

uint32_t run(const struct fixture *f, const uint64_t words[PROBE_WORDS])
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = words,
		    .ctx_size_in = PROBE_WORDS * sizeof(*words));

	if (bpf_prog_test_run_opts(f->prog, &opts))
		fail_msg("test run failed");
	return opts.retval;
}

void book(const struct fixture *f, uint64_t addr, uint64_t site, uint32_t requested,
	  uint32_t allocated)
{
	run(f,
	    (uint64_t[PROBE_WORDS]){PROBE_ALLOC, addr, site, KEY(allocated), requested, allocated});
}

void unbook_at(const struct fixture *f, uint64_t addr, enum ss_freed how, uint64_t site)
{
	run(f, (uint64_t[PROBE_WORDS]){PROBE_FREE, addr, site, how});
}

void unbook(const struct fixture *f, uint64_t addr)
{
	unbook_at(f, addr, SS_FREED_CALL, 0);
}

void grow_old(struct fixture *f, uint32_t ticks)
{
	int fd = bpf_map__fd(f->skel->maps.ss_objects);

	for (uint32_t i = 0; i < f->bucket_cnt; i++) {
		struct ss_bucket b;

		assert_false(bpf_map_lookup_elem(fd, &i, &b));
		for (int way = 0; way < SS_WAYS; way++)
			if (b.word[way])
				b.meta[way] = (b.meta[way] & ~0xffffffffull) |
					      (uint32_t)(b.meta[way] - ticks);
		assert_false(bpf_map_update_elem(fd, &i, &b, BPF_ANY));
	}
}

void fetch_map(const struct bpf_map *map, void *to, size_t size)
{
	size_t value = bpf_map__value_size(map);

	for (uint32_t i = 0; i < bpf_map__max_entries(map); i++)
		if (bpf_map_lookup_elem(bpf_map__fd(map), &i, (char *)to + i * size))
			fail_msg("cannot read %s (%zu)", bpf_map__name(map), value);
}

void fetch(struct fixture *f)
{
	struct ss_count per_cpu[f->cpu_cnt];
	uint32_t zero = 0;

	fetch_map(f->skel->maps.ss_objects, f->buckets, sizeof(*f->buckets));
	fetch_map(f->skel->maps.ss_origins, f->origins, sizeof(*f->origins));
	fetch_map(f->skel->maps.ss_rares, f->rares, sizeof(*f->rares));
	fetch_map(f->skel->maps.ss_rec_lives, f->rec_lives, sizeof(*f->rec_lives));
	assert_false(bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.ss_totals), &zero, &f->totals));
	for (uint32_t i = 0; i < SS_ORIGINS; i++) {
		f->counts[i] = (struct ss_count){0};
		assert_false(
			bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.ss_counts), &i, per_cpu));
		for (int cpu = 0; cpu < f->cpu_cnt; cpu++) {
			f->counts[i].allocs += per_cpu[cpu].allocs;
			f->counts[i].frees += per_cpu[cpu].frees;
		}
		f->counts[i].allocs += f->rares[i].stood_in;
	}
}

struct fixture open_ledger(uint32_t objects, uint32_t interval)
{
	return open_ledger_asking(objects, interval, false);
}

struct fixture open_ledger_asking(uint32_t objects, uint32_t interval, bool cgroup_ids)
{
	struct fixture f = {.bucket_cnt = objects * 5 / 4 / SS_WAYS};

	f.skel = probe_bpf__open();
	assert_non_null(f.skel);
	f.skel->rodata->ss_nbuckets = f.bucket_cnt;
	f.skel->rodata->ss_interval = interval;
	f.skel->rodata->ss_cgroup_ids = cgroup_ids;
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
	f.rec_lives = calloc(SS_RECS, sizeof(*f.rec_lives));
	f.counts = calloc(SS_ORIGINS, sizeof(*f.counts));
	return f;
}

void close_ledger(struct fixture *f)
{
	probe_bpf__destroy(f->skel);
	free(f->buckets);
	free(f->origins);
	free(f->rares);
	free(f->rec_lives);
	free(f->counts);
}

uint32_t origin_of(const struct fixture *f, uint64_t site, uint32_t size)
{
	for (uint32_t i = SS_ORIGIN_FIRST; i < SS_ORIGINS; i++)
		if (f->origins[i].site == site && f->origins[i].key == KEY(size))
			return i;
	return 0;
}

void assert_balanced(const struct fixture *f)
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

uint64_t site_address(uint32_t site)
{
	return 0xffffffff81000000ull + site * 32;
}

void stay_on_one_cpu(cpu_set_t *ret_before)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_false(sched_getaffinity(0, sizeof(*ret_before), ret_before));
	assert_false(sched_setaffinity(0, sizeof(one), &one));
}
