// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_rows.c: whatever the shares of stacks and threads are, the rows of an origin add
 * up to its numbers, and each is what the report says of its stack.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "export_rows.h"
#include "made_export.h"

struct sums {
	struct export_row *of; /* by origin */
	uint64_t *stack;       /* objects, of the origin under test */
	const struct snapshot_origin *under_test;
	size_t rows;
};

static void add(const struct export_row *row, void *arg)
{
	struct sums *s = arg;
	struct export_row *sum = &s->of[row->origin - made.report.snapshot->origins];

	assert_true(row->objects || row->bytes || row->allocs || row->alloc_bytes);
	assert_true(!row->stack == !row->task);
	sum->objects += row->objects;
	sum->bytes += row->bytes;
	sum->allocs += row->allocs;
	sum->alloc_bytes += row->alloc_bytes;
	if (row->origin == s->under_test && row->stack)
		s->stack[row->stack - row->origin->stacks] += row->objects;
	s->rows++;
}

/* An origin whose stacks are known has their objects; of an estimate each part may be off by one.
 */
static void check_stacks(const struct snapshot_origin *o)
{
	autofree struct export_row *of =
		calloc(made.report.snapshot->origin_cnt, sizeof(struct export_row));
	autofree uint64_t *stack = calloc(o->stack_cnt + 1, sizeof(*stack));
	struct sums s = {.of = of, .stack = stack, .under_test = o};

	export_rows(&made.report, add, &s);
	for (size_t i = 0; i < o->stack_cnt; i++) {
		int64_t off = (int64_t)(stack[i] - o->stacks[i].objects);

		if (o->estimated)
			assert_true(llabs(off) <= 1);
		else
			assert_int_equal(off, 0);
	}
}

static size_t check_sums(void)
{
	const struct snapshot *snapshot = made.report.snapshot;
	autofree struct export_row *of = calloc(snapshot->origin_cnt + 1, sizeof(*of));
	struct sums s = {.of = of};

	export_rows(&made.report, add, &s);
	for (size_t i = 0; i < snapshot->origin_cnt; i++) {
		const struct snapshot_origin *o = &snapshot->origins[i];

		assert_int_equal(of[i].objects, o->objects);
		assert_int_equal(of[i].bytes, o->bytes);
		assert_int_equal(of[i].allocs, o->allocs);
		assert_int_equal(of[i].alloc_bytes, export_alloc_bytes(&made.report, o));
		check_stacks(o);
	}
	return s.rows;
}

static void rows_add_up(void **state)
{
	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	/* Two stacks, one with two threads; two; and four origins without any. */
	assert_int_equal(check_sums(), 3 + 2 + 4);
}

static void rows_of_a_sample_add_up(void **state)
{
	(void)state;
	made_halve(&made.ledger, 3);
	made_report_fill(&made);
	made_report_take(&made);
	assert_true(made.report.snapshot->origins[0].estimated);
	check_sums();
}

static void rows_of_nothing(void **state)
{
	(void)state;
	made_report_take(&made);
	assert_int_equal(check_sums(), 0);
}

/* Numbers of objects that no share divides evenly, through up to 12 stacks by up to 4 threads. */
static void fill_at_random(uint64_t *random)
{
	struct made_ledger *m = &made.ledger;
	uint32_t tasks[4], caches[3];

	for (int i = 0; i < 4; i++)
		tasks[i] = made_task(m, (char[]){'a' + i, '\0'});
	for (uint32_t i = 0; i < 3; i++)
		caches[i] = made_cache(m, (char[]){'A' + i, '\0'}, 24 + 40 * i, 24 + 40 * i);
	for (uint32_t i = 0; i < 12; i++) {
		uint64_t site = MADE_OTHER + 0x200 * i + 1;
		uint32_t cache = i % 3, origin;

		origin = made_origin(m, caches[cache], site, 24 + 40 * cache, 0);
		for (uint32_t j = random_below(random, 12); j; j--) {
			uint32_t stack =
				made_stack(m, (uint64_t[]){site, MADE_OTHER + 0x200 * (20 + j)}, 2);

			for (uint32_t k = random_below(random, 4); k; k--)
				made_objects(m, random_below(random, 20), origin,
					     made_rec(m, origin, stack, tasks[k]),
					     random_below(random, 6), 100, 8);
		}
		if (random_below(random, 2))
			made_objects(m, random_below(random, 100), origin, 0, 0, 50, 8);
		made_freed(m, origin, random_below(random, 1000));
	}
}

static void rows_add_up_at_random(void **state)
{
	uint64_t random = 1;

	for (int i = 0; i < 20; i++) {
		fill_at_random(&random);
		made_report_take(&made);
		check_sums();
		assert_int_equal(made_report_teardown(state), 0);
		assert_int_equal(made_report_setup(state), 0);
	}
}

static void count_leaks(const struct export_row *row, void *arg)
{
	size_t *leaks = arg;
	const struct verdict *v = export_row_verdict(row);

	*leaks += v && v->kind == VERDICT_LEAK;
}

/* A stack that gave a leak away accuses itself, and not its neighbours. */
static void rows_have_the_verdict_that_is_theirs(void **state)
{
	struct verdict leak = {.kind = VERDICT_LEAK};
	struct snapshot_origin *o;
	size_t leaks = 0;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	o = (struct snapshot_origin *)made_snapshot_origin(made.report.snapshot, MADE_APPEND);
	assert_int_equal(o->stack_cnt, 2);
	export_rows(&made.report, count_leaks, &leaks);
	assert_int_equal(leaks, 1); /* of the destroyed cache */
	o->verdict = &leak;
	export_rows(&made.report, count_leaks, &leaks);
	assert_int_equal(leaks, 1 + 4);
	leak.by_stack = true;
	leak.stack = 1;
	leaks = 0;
	export_rows(&made.report, count_leaks, &leaks);
	assert_int_equal(leaks, 1 + 1);
	assert_string_equal(export_verdict_name(NULL), "unknown");
}

static void rows_name_places(void **state)
{
	char buf[EXPORT_PLACE];

	(void)state;
	assert_string_equal(export_place(&made.report, MADE_READDIR, true, buf),
			    "nfs_readdir+0x142 [nfs]");
	assert_string_equal(export_place(&made.report, MADE_READDIR, false, buf),
			    "nfs_readdir [nfs]");
	assert_string_equal(export_place(&made.report, MADE_NOWHERE, true, buf), "(no symbol)");
	made.report.show_addresses = true;
	assert_string_equal(export_place(&made.report, MADE_NOWHERE, true, buf),
			    "(no symbol) 0xffffffffa0000000");
	assert_string_equal(
		export_site(&made.report, &(struct snapshot_origin){.site = MADE_ITERATE}, buf),
		"iterate_dir+0x5c 0xffffffff8120005c");
	assert_string_equal(export_site(&made.report, &(struct snapshot_origin){}, buf),
			    "(call sites beyond the table)");
	assert_string_equal(export_comm(NULL), "(unknown)");
	assert_string_equal(export_comm(&(struct snapshot_task){.comm = ""}), "(empty)");
}

int test_export_rows(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(rows_add_up),
		WITH_REPORT(rows_of_a_sample_add_up),
		WITH_REPORT(rows_of_nothing),
		WITH_REPORT(rows_add_up_at_random),
		WITH_REPORT(rows_have_the_verdict_that_is_theirs),
		WITH_REPORT(rows_name_places),
	};

	return cmocka_run_group_tests_name("export_rows", tests, NULL, NULL);
}
