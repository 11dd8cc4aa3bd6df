// SPDX-License-Identifier: GPL-2.0-or-later
/* interval_stacks.c and interval_index.c: what there is of an origin, held against what it was. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "interval.h"
#include "made_ledger.h"

#define STACKS 3000

static struct snapshot_lives lives_of(uint64_t deaths)
{
	return (struct snapshot_lives){
		.died = {[3] = deaths}, .alive = {[4] = 1}, .born = {[63] = 1}};
}

/* Frames 2n and 2n + 1, by a task of its own. */
static void fill_stack(uint64_t *frames, char (*comms)[SS_COMM], size_t n, uint64_t deaths,
		       struct snapshot_stack *st)
{
	frames[2 * n] = 2 * n;
	frames[2 * n + 1] = 2 * n + 1;
	snprintf(comms[n], SS_COMM, "task%zu", n);
	*st = (struct snapshot_stack){.frames = frames + 2 * n,
				      .frame_cnt = 2,
				      .weight = 1,
				      .lives = lives_of(deaths),
				      .tasks = calloc(1, sizeof(*st->tasks)),
				      .task_cnt = 1};
	assert_non_null(st->tasks);
	st->tasks[0] =
		(struct snapshot_task){.comm = comms[n], .weight = 1, .lives = lives_of(deaths)};
}

/* The interval from 400 to 800 s, of one origin: in @after, as it was then, is what is left of it.
 */
static void make_interval(struct snapshot_origin *before, struct snapshot_origin *after)
{
	struct snapshot_cache caches[2] = {{.name = "c"}, {.name = "c"}};
	struct snapshot a = {.caches = caches,
			     .cache_cnt = 1,
			     .origins = before,
			     .origin_cnt = 1,
			     .scale = 1,
			     .booked_s = 400,
			     .tick_s = MADE_TICK_S};
	struct snapshot b = a;
	const struct interval_growth growth = {};
	uint64_t unsure;

	b.caches = caches + 1;
	b.origins = after;
	b.booked_s = 800;
	assert_int_equal(interval_make(&a, &growth, &b, &unsure), 0);
	assert_int_equal(b.origin_cnt, 1);
}

/* Each of many stacks and tasks is held against what it was, wherever in the file it was. */
static void many_stacks_find_themselves(void **state)
{
	autofree struct snapshot_stack *stacks = calloc(2 * STACKS, sizeof(*stacks));
	autofree uint64_t *frames = calloc(2 * STACKS, sizeof(*frames));
	autofree char(*comms)[SS_COMM] = calloc(STACKS, SS_COMM);
	struct snapshot_origin before = {.site = 1, .stacks = stacks, .stack_cnt = STACKS - 1};
	struct snapshot_origin after = {.site = 1,
					.allocs = STACKS,
					.booked = STACKS,
					.objects = STACKS,
					.lives = {.alive = {[4] = STACKS}, .born = {[63] = STACKS}},
					.stacks = stacks + STACKS,
					.stack_cnt = STACKS};

	(void)state;
	assert_true(stacks && frames && comms);
	for (size_t i = 0; i < STACKS; i++) {
		fill_stack(frames, comms, i, i + 1, &stacks[i]);
		fill_stack(frames, comms, i, i + 6, &stacks[2 * STACKS - 1 - i]);
	}
	make_interval(&before, &after);
	assert_int_equal(after.stack_cnt, STACKS);
	for (size_t i = 0; i < STACKS; i++) {
		const struct snapshot_stack *st = &after.stacks[i];
		const bool is_new = st->frames[0] / 2 == STACKS - 1;

		assert_int_equal(st->objects, 1);
		assert_int_equal(st->task_cnt, 1);
		assert_int_equal(st->lives.died[3], is_new ? STACKS + 5 : 5);
		assert_int_equal(st->tasks[0].lives.died[3], is_new ? STACKS + 5 : 5);
	}
	for (size_t i = 0; i < 2 * STACKS; i++)
		free(stacks[i].tasks);
}

#define SITES 30000

/* So do the places of frees, of which a file may have as many: each is looked for once. */
static void many_free_sites_find_themselves(void **state)
{
	autofree struct snapshot_free_site *sites = calloc(2 * SITES, sizeof(*sites));
	struct snapshot_origin before = {
		.site = 1, .frees = 1, .free_sites = sites, .free_site_cnt = SITES};
	struct snapshot_origin after = {.site = 1,
					.frees = 1 + 3 * SITES,
					.free_sites = sites + SITES,
					.free_site_cnt = SITES};

	(void)state;
	assert_non_null(sites);
	/* At each place by two ways; every third had no more frees. */
	for (size_t i = 0; i < SITES; i++) {
		const enum ss_freed how = i % 2 ? SS_FREED_RCU : SS_FREED_CALL;

		sites[i] = (struct snapshot_free_site){i / 2, how, i + 7, 0};
		sites[2 * SITES - 1 - i] =
			(struct snapshot_free_site){i / 2, how, i + 7 + i % 3, 0};
	}
	make_interval(&before, &after);
	assert_int_equal(after.free_site_cnt, SITES / 3 * 2);
	for (size_t i = 0; i < after.free_site_cnt; i++) {
		const struct snapshot_free_site *f = &after.free_sites[i];

		assert_int_equal(f->frees, (2 * f->site + (f->how == SS_FREED_RCU)) % 3);
		assert_close(f->share, (double)f->frees / SITES);
	}
}

int test_interval_stacks(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_stacks_find_themselves),
		cmocka_unit_test(many_free_sites_find_themselves),
	};

	return cmocka_run_group_tests_name("interval_stacks", tests, NULL, NULL);
}
