// SPDX-License-Identifier: GPL-2.0-or-later
/* report_json.c, read back with a JSON parser: the numbers are the snapshot's. */
#include "fixture.h"

#include <jansson.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"
#include "read_json.h"
#include "report_json.h"

static void check_coverage_numbers(const json_t *coverage, const struct snapshot *s)
{
	assert_string_equal(json_get_string(coverage, "grade"), "full");
	assert_int_equal(json_array_size(json_get(coverage, "hooks")), HOOK_COUNT);
	assert_int_equal(json_array_size(json_get(coverage, "missing")), 0);
	assert_int_equal(json_get_integer(coverage, "allocs"), s->allocs);
	assert_int_equal(json_get_integer(coverage, "frees"), s->frees);
	assert_int_equal(json_get_integer(coverage, "frees_unknown"), 41);
	assert_int_equal(json_get_integer(coverage, "ghosts"), 12);
	assert_int_equal(json_get_integer(coverage, "refused"), 0);
	assert_int_equal(json_get_integer(coverage, "unbalanced_origins"), 0);
	assert_int_equal(json_get_integer(coverage, "recursion_misses"), 17);
	assert_int_equal(json_get_integer(coverage, "skipped_allocs"), 6);
	assert_int_equal(json_get_integer(coverage, "skipped_frees"), 4);
	assert_int_equal(json_get_integer(coverage, "stack_failures"), 3);
	assert_int_equal(json_get_integer(coverage, "own_allocs"), 2);
	assert_int_equal(json_get_integer(coverage, "filtered_allocs"), 3);
	assert_int_equal(json_get_integer(coverage, "origins_full"), 5);
	assert_int_equal(json_get_integer(coverage, "caches_full"), 7);
	assert_int_equal(json_get_integer(coverage, "stacks_full"), 11);
	assert_int_equal(json_get_integer(coverage, "stacks_failed"), 13);
	assert_int_equal(json_get_integer(coverage, "tasks_full"), 17);
	assert_int_equal(json_get_integer(coverage, "bulk_long"), 19);
	assert_int_equal(json_get_integer(coverage, "bulk_unread"), 23);
	assert_int_equal(json_get_integer(coverage, "calls_full"), 29);
	assert_int_equal(json_get_integer(coverage, "free_sites_full"), 31);
	assert_int_equal(json_get_integer(coverage, "caches_destroyed"), 1);
	assert_close(json_get_real(coverage, "sample"), 1);
	assert_true(json_is_true(json_get(coverage, "symbols")));
}

static void check_cache_numbers(const json_t *cache, const struct snapshot_cache *c)
{
	bool dentry = !strcmp(c->name, "dentry");
	const json_t *delta = json_get(cache, "slabinfo_delta_objects");

	assert_string_equal(json_get_string(cache, "name"), c->name);
	assert_int_equal(json_get_integer(cache, "object_size"), c->object_size);
	assert_int_equal(json_is_true(json_get(cache, "reclaimable")), dentry);
	assert_int_equal(json_is_true(json_get(cache, "guessed")),
			 !strcmp(c->name, "kmalloc-cg-2k"));
	assert_int_equal(json_is_true(json_get(cache, "destroyed")), !strncmp(c->name, "zone", 4));
	assert_int_equal(json_get_integer(cache, "allocs"), c->allocs);
	assert_int_equal(json_get_integer(cache, "frees"), c->frees);
	assert_int_equal(json_get_integer(cache, "ghosts"), dentry ? 12 : 0);
	assert_int_equal(json_get_integer(cache, "live_objects"), c->objects);
	assert_int_equal(json_get_integer(cache, "live_bytes"), c->bytes);
	assert_int_equal(json_get_integer(cache, "requested_bytes"), c->requested_bytes);
	if (dentry)
		assert_int_equal(json_integer_value(delta), 400);
	else if (!strcmp(c->name, "kmalloc-16"))
		assert_int_equal(json_integer_value(delta), -30);
	else if (!strcmp(c->name, "kmalloc-192"))
		assert_true(json_is_integer(delta) && !json_integer_value(delta));
	else
		assert_true(json_is_null(delta));
	assert_int_equal(json_array_size(json_get(cache, "aliases")),
			 strcmp(c->name, "kmalloc-192") ? 0 : 13);
}

static void json_numbers_are_the_snapshots(void **state)
{
	const struct snapshot *s;
	json_t *root;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	s = made.report.snapshot;
	root = json_read_report(NULL);
	assert_string_equal(json_get_string(json_get(root, "kernel"), "release"),
			    made.report.release);
	assert_string_equal(json_get_string(json_get(root, "kernel"), "machine"), "x86_64");
	assert_close(json_get_real(root, "duration_s"), 30);
	check_coverage_numbers(json_get(root, "coverage"), s);
	assert_int_equal(json_get_integer(json_get(root, "cost"), "map_bytes"), 22 << 20);
	assert_close(json_get_real(json_get(root, "cost"), "start_s"), 0.25);
	assert_close(json_get_real(json_get(root, "cost"), "snapshot_s"), 0);
	assert_int_equal(json_array_size(json_get(root, "caches")), s->cache_cnt);
	for (size_t i = 0; i < s->cache_cnt; i++)
		check_cache_numbers(json_array_get(json_get(root, "caches"), i), &s->caches[i]);
	assert_int_equal(json_array_size(json_get(root, "origins")), s->origin_cnt);
	for (size_t i = 0; i < s->origin_cnt; i++) {
		const json_t *origin = json_array_get(json_get(root, "origins"), i);
		const struct snapshot_origin *o = &s->origins[i];

		assert_string_equal(json_get_string(origin, "cache"), s->caches[o->cache].name);
		assert_int_equal(json_get_integer(origin, "allocs"), o->allocs);
		assert_int_equal(json_get_integer(origin, "frees"), o->frees);
		assert_int_equal(json_get_integer(origin, "ghosts"), o->ghosts);
		assert_int_equal(json_get_integer(origin, "live_objects"), o->objects);
		assert_int_equal(json_get_integer(origin, "live_bytes"), o->bytes);
		assert_int_equal(json_get_integer(origin, "requested_bytes"), o->requested_bytes);
		assert_int_equal(json_array_size(json_get(origin, "stacks")), o->stack_cnt);
	}
	json_decref(root);
}

/* The first origin whose call site has this name. */
static json_t *origin_of(const json_t *root, const char *symbol)
{
	size_t i;
	json_t *value;

	json_array_foreach (json_get(root, "origins"), i, value) {
		const json_t *name = json_get(json_get(value, "call_site"), "symbol");

		if (json_is_string(name) && !strcmp(json_string_value(name), symbol))
			return value;
	}
	fail_msg("no origin at %s", symbol);
	return NULL;
}

static void check_place(const json_t *place, const char *symbol, json_int_t offset,
			const char *module)
{
	assert_string_equal(json_get_string(place, "symbol"), symbol);
	assert_int_equal(json_get_integer(place, "offset"), offset);
	if (module)
		assert_string_equal(json_get_string(place, "module"), module);
	else
		assert_true(json_is_null(json_get(place, "module")));
}

static void check_free_sites(const json_t *sites)
{
	static const struct {
		const char *how;
		uint64_t frees;
	} expected[] = {{"call", 8280}, {"kfree_rcu", 540}, {"bulk", 90}, {"unknown", 90}};

	assert_int_equal(json_array_size(sites), ARRAY_SIZE(expected));
	check_place(json_array_get(sites, 0), "nfs_readdir", 0x142, "nfs");
	check_place(json_array_get(sites, 1), "iterate_dir", 0x5c, NULL);
	assert_true(json_is_null(json_get(json_array_get(sites, 2), "symbol")));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const json_t *site = json_array_get(sites, i);

		assert_string_equal(json_get_string(site, "how"), expected[i].how);
		assert_int_equal(json_get_integer(site, "frees"), expected[i].frees);
		assert_close(json_get_real(site, "share"), expected[i].frees / 9000.0);
		assert_true(json_is_true(json_get(site, "estimated")));
	}
}

static void json_shows_an_origin_whole(void **state)
{
	json_t *root, *origin, *stack, *frames, *task, *life;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	root = json_read_report(NULL);
	origin = origin_of(root, "nfs_readdir_folio_array_append");
	check_place(json_get(origin, "call_site"), "nfs_readdir_folio_array_append", 0x26, "nfs");
	assert_int_equal(json_get_integer(origin, "live_objects"), 1000);
	assert_int_equal(json_get_integer(origin, "live_bytes"), 16000);
	assert_int_equal(json_get_integer(origin, "requested_bytes"),
			 600 * 15 + 300 * 14 + 100 * 13);
	assert_int_equal(json_get_integer(origin, "allocs"), 10000);
	assert_close(json_get_real(json_get(origin, "age_s"), "min"), 0.1);
	assert_close(json_get_real(json_get(origin, "age_s"), "mean"), 6.31);
	assert_close(json_get_real(json_get(origin, "age_s"), "max"), 10);

	assert_int_equal(json_array_size(json_get(origin, "stacks")), 2);
	stack = json_array_get(json_get(origin, "stacks"), 0);
	assert_close(json_get_real(stack, "share"), 0.9);
	assert_int_equal(json_get_integer(stack, "objects"), 900);
	assert_true(json_is_false(json_get(stack, "estimated")));
	frames = json_get(stack, "frames");
	assert_int_equal(json_array_size(frames), 4);
	check_place(json_array_get(frames, 0), "nfs_readdir_folio_array_append", 0x26, "nfs");
	check_place(json_array_get(frames, 1), "nfs_readdir", 0x142, "nfs");
	check_place(json_array_get(frames, 2), "iterate_dir", 0x5c, NULL);
	assert_true(json_is_null(json_get(json_array_get(frames, 3), "symbol")));
	assert_true(json_is_null(json_get(json_array_get(frames, 3), "offset")));
	task = json_array_get(json_get(stack, "tasks"), 0);
	assert_string_equal(json_get_string(task, "comm"), "ls");
	assert_int_equal(json_get_integer(task, "objects"), 600);

	check_free_sites(json_get(origin, "free_sites"));

	/* Ages of the freed, in ticks. */
	life = json_get(origin, "lifetimes");
	assert_int_equal(json_array_size(life), 3);
	assert_int_equal(json_get_integer(json_array_get(life, 0), "ticks"), 0);
	assert_int_equal(json_get_integer(json_array_get(life, 0), "frees"), 9000 - 7000 - 60);
	assert_int_equal(json_get_integer(json_array_get(life, 1), "ticks"), 8);
	assert_int_equal(json_get_integer(json_array_get(life, 1), "frees"), 7000);
	assert_int_equal(json_get_integer(json_array_get(life, 2), "ticks"), 512);
	assert_int_equal(json_get_integer(json_array_get(life, 2), "frees"), 60);
	assert_close(json_get_real(root, "tick_s"), MADE_TICK_S);
	assert_true(json_is_true(json_get(origin, "size_known")));

	stack = json_array_get(json_get(origin_of(root, "d_alloc"), "stacks"), 0);
	assert_close(json_get_real(stack, "share"), 0.75);
	assert_int_equal(json_get_integer(stack, "objects"), 300);
	assert_true(json_is_true(json_get(stack, "estimated")));
	json_decref(root);
}

static void json_tells_what_is_not_hooked(void **state)
{
	const json_t *coverage, *value;
	json_t *root;

	(void)state;
	made.hooks[2].state = HOOK_MISSING;
	snprintf(made.hooks[2].why, sizeof(made.hooks[2].why), "fentry refused");
	made.hooks[3].kind = HOOK_KPROBE;
	made.hooks[4].state = HOOK_ABSENT;
	made.hooks[4].target = NULL;
	made.report.grade = hooks_grade(made.hooks);
	made_report_take(&made);
	root = json_read_report(NULL);
	coverage = json_get(root, "coverage");
	assert_string_equal(json_get_string(coverage, "grade"), "partial");
	assert_int_equal(json_array_size(json_get(coverage, "missing")), 1);
	assert_string_equal(json_string_value(json_array_get(json_get(coverage, "missing"), 0)),
			    "kvfree_call_rcu");
	/* A function that the kernel lacks is no hook of it. */
	assert_int_equal(json_array_size(json_get(coverage, "hooks")), HOOK_COUNT - 1);
	value = json_array_get(json_get(coverage, "hooks"), 0);
	assert_true(json_is_true(json_get(value, "attached")));
	assert_string_equal(json_get_string(value, "kind"), "raw_tp");
	assert_string_equal(json_get_string(value, "target"), "kfree");
	assert_string_equal(json_get_string(value, "copies"), "raw_tp x2");
	value = json_array_get(json_get(coverage, "hooks"), 2);
	assert_true(json_is_false(json_get(value, "attached")));
	assert_string_equal(json_get_string(value, "why"), "fentry refused");
	assert_string_equal(json_get_string(json_array_get(json_get(coverage, "hooks"), 3), "kind"),
			    "kprobe");
	json_decref(root);
}

static void json_of_empty_books(void **state)
{
	json_t *root;

	(void)state;
	made.report.before = made.report.after = NULL;
	made.report.duration_s = 0;
	made_report_take(&made);
	root = json_read_report(NULL);
	assert_int_equal(json_array_size(json_get(root, "caches")), 0);
	assert_int_equal(json_array_size(json_get(root, "origins")), 0);
	assert_close(json_get_real(root, "events_per_s"), 0);
	json_decref(root);
}

static void json_without_slabs(void **state)
{
	json_t *root, *value;
	size_t i;

	(void)state;
	made.report.before = made.report.after = NULL;
	made_report_fill(&made);
	made_report_take(&made);
	root = json_read_report(NULL);
	json_array_foreach (json_get(root, "caches"), i, value) {
		assert_int_equal(json_array_size(json_get(value, "aliases")), 0);
		assert_true(json_is_null(json_get(value, "slabinfo_delta_objects")));
	}
	json_decref(root);
}

static void json_of_a_sample(void **state)
{
	json_t *root;

	(void)state;
	made_halve(&made.ledger, 3);
	made_report_fill(&made);
	made.ledger.totals->halvings = 3;
	made_report_take(&made);
	root = json_read_report(NULL);
	assert_close(json_get_real(json_get(root, "coverage"), "sample"), 0.125);
	assert_int_equal(json_get_integer(json_get(root, "coverage"), "halvings"), 3);
	assert_int_equal(
		json_get_integer(origin_of(root, "nfs_readdir_folio_array_append"), "live_objects"),
		8000);
	json_decref(root);
}

static void json_shows_addresses_on_demand(void **state)
{
	json_t *root, *origin, *stack;

	(void)state;
	made.report.show_addresses = true;
	made_report_fill(&made);
	made_report_take(&made);
	root = json_read_report(NULL);
	origin = origin_of(root, "nfs_readdir_folio_array_append");
	assert_string_equal(json_get_string(json_get(origin, "call_site"), "address"),
			    "0xffffffffc0200126");
	stack = json_array_get(json_get(origin, "stacks"), 0);
	assert_string_equal(
		json_get_string(json_array_get(json_get(stack, "frames"), 3), "address"),
		"0xffffffffa0000000");
	json_decref(root);
}

static void json_tells_of_the_survivor_check(void **state)
{
	static uint8_t stale[MADE_BUCKETS * SS_WAYS / 8] = {0xff, 0x03}; /* ten of kmalloc-16 */
	const json_t *coverage, *value;
	json_t *root;
	size_t i;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	root = json_read_report(NULL);
	coverage = json_get(root, "coverage");
	assert_true(json_is_false(json_get(coverage, "survivors_checked")));
	assert_int_equal(json_get_integer(coverage, "stale"), 0);
	json_decref(root);
	made.ledger.view.stale = stale;
	made_report_take(&made);
	made.ledger.view.stale = NULL;
	made.report.snapshot->check_s = 0.25;
	root = json_read_report(NULL);
	coverage = json_get(root, "coverage");
	assert_true(json_is_true(json_get(coverage, "survivors_checked")));
	assert_int_equal(json_get_integer(coverage, "stale"), 10);
	assert_int_equal(json_get_integer(coverage, "unbalanced_origins"), 0);
	assert_close(json_get_real(json_get(root, "cost"), "check_s"), 0.25);
	json_array_foreach (json_get(root, "caches"), i, value) {
		bool small = !strcmp(json_get_string(value, "name"), "kmalloc-16");

		assert_int_equal(json_get_integer(value, "stale"), small ? 10 : 0);
		if (small)
			assert_int_equal(json_get_integer(value, "live_objects"), 990);
	}
	json_array_foreach (json_get(root, "origins"), i, value)
		assert_int_equal(json_get_integer(value, "stale"),
				 strcmp(json_get_string(value, "cache"), "kmalloc-16") ? 0 : 10);
	json_decref(root);
}

/* As many as no trace has, and a recording may: all of them are there, and it ends. */
static void json_of_frames_without_end(void **state)
{
	const uint32_t count = 300000;
	autofree uint64_t *frames = calloc(count, sizeof(*frames));
	struct snapshot_stack stack = {.frames = frames, .frame_cnt = count, .share = 1};
	struct snapshot_origin *o, own;
	const json_t *written;
	json_t *root;

	(void)state;
	assert_non_null(frames);
	for (uint32_t i = 0; i < count; i++)
		frames[i] = MADE_NOWHERE + 16 * i;
	made_report_fill(&made);
	made_report_take(&made);
	made.report.show_addresses = true;
	o = &made.report.snapshot->origins[0];
	own = *o;
	o->stacks = &stack;
	o->stack_cnt = 1;
	root = report_json_document(&made.report);
	*o = own;
	written = json_array_get(json_get(root, "origins"), 0);
	written = json_get(json_array_get(json_get(written, "stacks"), 0), "frames");
	assert_int_equal(json_array_size(written), count);
	for (uint32_t i = 0; i < count; i++) {
		char address[24];

		snprintf(address, sizeof(address), "0x%llx", MADE_NOWHERE + 16 * i);
		assert_string_equal(json_get_string(json_array_get(written, i), "address"),
				    address);
	}
	json_decref(root);
}

/* It is what the kernel was asked for, where there is no cache to ask. */
static void json_of_a_guessed_cache_that_is_reclaimable(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "kmalloc-rcl-96", 96, 96);
	json_t *root;

	(void)state;
	made_object(m, made_origin(m, cache, MADE_ALLOC, 96, 0), 0, 0, 1, 1);
	made_report_take(&made);
	assert_int_equal(made.report.snapshot->caches[0].flags, 0);
	root = json_read_report(NULL);
	assert_true(
		json_is_true(json_get(json_array_get(json_get(root, "caches"), 0), "reclaimable")));
	json_decref(root);
}

int test_report_json(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(json_numbers_are_the_snapshots),
		WITH_REPORT(json_shows_an_origin_whole),
		WITH_REPORT(json_tells_what_is_not_hooked),
		WITH_REPORT(json_of_empty_books),
		WITH_REPORT(json_without_slabs),
		WITH_REPORT(json_of_a_sample),
		WITH_REPORT(json_shows_addresses_on_demand),
		WITH_REPORT(json_tells_of_the_survivor_check),
		WITH_REPORT(json_of_frames_without_end),
		WITH_REPORT(json_of_a_guessed_cache_that_is_reclaimable),
	};

	return cmocka_run_group_tests_name("report_json", tests, NULL, NULL);
}
