// SPDX-License-Identifier: GPL-2.0-or-later
/* Stacks: each kept once and whole, and taken with the chance that their weight says. */
#include "ledger_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

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

/* What the record says of who ran. */
static struct ss_task task_of(const struct fixture *f, uint32_t rec)
{
	struct ss_task task;
	struct ss_rec r;
	uint32_t index;

	assert_false(bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.ss_recs), &rec, &r));
	index = ((r.key - 1) & 0xffff) - 1;
	assert_true(index < SS_TASKS);
	assert_false(bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.ss_tasks), &index, &task));
	assert_true(task.ready);
	return task;
}

/*
 * One entry for a name in a cgroup: other names, and where the kernel is asked for it
 * the cgroup, which is then not 0; worker threads are one, wherever they are.
 */
static void task_is_a_name_and_a_cgroup(void **state)
{
	const uint64_t frames[] = {0xffffffff81000001};
	char before[16];

	(void)state;
	prctl(PR_GET_NAME, before);
	for (int asked = 0; asked < 2; asked++) {
		struct fixture f = open_ledger_asking(1000, 1, asked);
		struct ss_task task;
		uint32_t one, worker;

		plant_frames(&f, frames, 1);
		prctl(PR_SET_NAME, "one");
		one = keep(&f, 20);
		task = task_of(&f, one);
		assert_string_equal(task.comm, "one");
		assert_int_equal(task.cgroup != 0, asked);
		assert_int_equal(keep(&f, 20), one);
		prctl(PR_SET_NAME, "other");
		assert_int_not_equal(keep(&f, 20), one);
		prctl(PR_SET_NAME, "kworker/1:2");
		worker = keep(&f, 20);
		assert_string_equal(task_of(&f, worker).comm, "kworker/");
		assert_int_equal(task_of(&f, worker).cgroup, 0);
		prctl(PR_SET_NAME, "kworker/u8:3-x");
		assert_int_equal(keep(&f, 20), worker);
		/* The same name elsewhere is another task. */
		if (asked) {
			uint32_t index = 0;
			struct ss_task t;

			while (bpf_map_lookup_elem(bpf_map__fd(f.skel->maps.ss_tasks), &index,
						   &t) ||
			       strcmp(t.comm, "one"))
				assert_true(++index < SS_TASKS);
			t.cgroup++;
			assert_false(bpf_map_update_elem(bpf_map__fd(f.skel->maps.ss_tasks), &index,
							 &t, BPF_ANY));
			prctl(PR_SET_NAME, "one");
			assert_int_not_equal(keep(&f, 20), one);
		}
		close_ledger(&f);
	}
	prctl(PR_SET_NAME, before);
}

/* More names than there is room for: (other), which is 0, and counted; those before stay. */
static void task_table_full(void **state)
{
	const uint64_t frames[] = {0xffffffff81000001};
	struct fixture f = open_ledger(1000, 1);
	uint32_t others = 0, stack;
	char before[16];

	(void)state;
	prctl(PR_GET_NAME, before);
	plant_frames(&f, frames, 1);
	stack_of(&f, keep(&f, 20), &stack);
	stack++;
	for (uint32_t i = 0; i < SS_TASKS + 100; i++) {
		char name[16];
		struct ss_rec r;
		uint32_t rec;

		snprintf(name, sizeof(name), "t%u", i);
		prctl(PR_SET_NAME, name);
		rec = keep(&f, 20);
		assert_int_not_equal(rec, 0);
		assert_false(bpf_map_lookup_elem(bpf_map__fd(f.skel->maps.ss_recs), &rec, &r));
		assert_int_equal((r.key - 1) >> 32, 20);
		assert_int_equal((r.key - 1) >> 16 & 0xffff, stack);
		if ((r.key - 1) & 0xffff)
			assert_string_equal(task_of(&f, rec).comm, name);
		else
			others++;
	}
	prctl(PR_SET_NAME, before);
	fetch(&f);
	assert_true(others >= 100);
	assert_int_equal(f.totals.tasks_full, others);
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

/* The record that the object at `addr` carries. */
static uint32_t rec_of(const struct fixture *f, uint64_t addr)
{
	for (uint32_t b = 0; b < f->bucket_cnt; b++)
		for (int w = 0; w < SS_WAYS; w++)
			if (f->buckets[b].word[w] && ss_word_address(f->buckets[b].word[w]) == addr)
				return ss_meta_rec(f->buckets[b].meta[w]);
	fail_msg("not in the books");
	return 0;
}

/*
 * A lifetime past one tick is counted under the origin and under the record that
 * the object carries, in the same bin; without a record under the origin alone; a
 * shorter one under neither, and no end of a ghost.
 */
static void lifetimes_by_record(void **state)
{
	struct fixture f = open_ledger(1000, 1);
	uint32_t o, rec;
	uint64_t sum = 0;

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		book(&f, address(i), site_address(1), 16, 16);
	grow_old(&f, 1100); /* the 2^10 to 2^11 - 1 of bin 10, for as long as a test may take */
	fetch(&f);
	o = origin_of(&f, site_address(1), 16);
	rec = rec_of(&f, address(0));
	assert_int_not_equal(rec, 0);
	for (uint32_t i = 0; i < 7; i++) {
		assert_int_equal(rec_of(&f, address(i)), rec);
		unbook(&f, address(i));
	}
	book(&f, address(9), site_address(1), 16, 16); /* a ghost's end */
	grow_old(&f, 0x80000);
	unbook(&f, address(8));
	/* At once, or nearly: a test of its own may be moved off its CPU between the two. */
	for (uint32_t i = 20; i < 40; i++) {
		book(&f, address(i), site_address(1), 16, 16);
		unbook(&f, address(i));
	}
	fetch(&f);
	assert_int_equal(f.rec_lives[rec].life[10], 7);
	assert_int_equal(f.rec_lives[rec].life[SS_LIFE_BINS - 1], 1);
	assert_int_equal(f.rec_lives[rec].life[0], 0);
	assert_memory_equal(&f.rec_lives[rec].life[2], &f.rares[o].life[2], 18 * sizeof(uint32_t));
	for (uint32_t i = 0; i < SS_RECS; i++)
		for (uint32_t bin = 0; bin < SS_LIFE_BINS; bin++)
			sum += f.rec_lives[i].life[bin];
	assert_in_range(sum, 8, 8 + 5);
	assert_int_equal(f.rares[o].ghosts, 1);
	assert_balanced(&f);
	close_ledger(&f);

	f = open_ledger(1000, 0);
	book(&f, address(1), site_address(1), 16, 16);
	grow_old(&f, 1100);
	unbook(&f, address(1));
	fetch(&f);
	assert_int_equal(f.rares[origin_of(&f, site_address(1), 16)].life[10], 1);
	for (uint32_t i = 0; i < SS_RECS; i++)
		assert_int_equal(f.rec_lives[i].life[10], 0);
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

int test_stacks(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stack_hash_collision),
		cmocka_unit_test(stacks_short_and_deep),
		cmocka_unit_test(stack_store_full),
		cmocka_unit_test(task_is_a_name_and_a_cgroup),
		cmocka_unit_test(task_table_full),
		cmocka_unit_test(real_stack_is_taken),
		cmocka_unit_test(distances_are_geometric),
		cmocka_unit_test(shares_after_a_halving),
		cmocka_unit_test(shares_after_a_pause),
		cmocka_unit_test(lifetimes_by_record),
	};

	return cmocka_run_group_tests_name("ledger, stacks", tests, NULL, NULL);
}
