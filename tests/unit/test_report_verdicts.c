// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verdicts in reports: the block of text that is the answer, leaks in full and all others by
 * group (report_verdicts.c), and the same in JSON.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"
#include "read_json.h"

/* The answer and the verdicts: all above the line that names the machine. */
static char *write_block(void)
{
	autofree char *text = NULL;
	const char *end;

	text = made_report_text(&made);
	assert_fits(text);
	end = strstr(text, "\n\nweb3  Linux ");
	assert_non_null(end);
	return strndup(text, end + 1 - text);
}

static void report_shows_a_leak(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "kmalloc-16", 16, 16);
	uint32_t origin = made_origin(m, cache, MADE_APPEND, 16, SS_ORIGIN_KMALLOC);
	uint32_t first = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_READDIR, MADE_ITERATE}, 3);
	uint32_t second = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_OTHER + 1}, 2);
	autofree char *block = NULL;

	(void)state;
	made_leaks(m, 300, origin, made_rec(m, origin, first, made_task(m, "ls")));
	made_leaks(m, 100, origin, made_rec(m, origin, first, made_task(m, "find")));
	made_leaks(m, 100, origin, made_rec(m, origin, second, made_task(m, "rm")));
	made_freed(m, origin, 500);
	block = write_block();
	assert_string_equal(
		block,
		"1 leak: kmalloc-16 at nfs_readdir_folio_array_append+0x26 [nfs] grows 1.3\n"
		"    objects/s, 20 B/s\n\n"
		"LEAK    kmalloc-16 at nfs_readdir_folio_array_append+0x26 [nfs]\n"
		"        500 objects, 7.8 KiB; 500 of every 1,000 allocations outlive everything:\n"
		"        of 500 older than 8ms none died; half-life at least 6h26m (95%); +1.3/s;\n"
		"        not reclaimable\n"
		"        80% of them made by ls (75%), find (25%)\n"
		"          nfs_readdir_folio_array_append+0x26 [nfs]\n"
		"          nfs_readdir+0x142 [nfs]\n"
		"          iterate_dir+0x5c\n");
}

static void report_shows_the_stack_that_gave_it_away(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "kmalloc-64", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_APPEND, 64, SS_ORIGIN_KMALLOC);
	uint32_t healthy = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_READDIR}, 2);
	uint32_t error = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_OTHER + 1}, 2);
	uint32_t rec = made_rec(m, origin, healthy, made_task(m, "ls"));
	autofree char *block = NULL;

	(void)state;
	/* Five a second that die after 160 s or later: more of them are alive. */
	for (int i = 0; i < 800; i++)
		made_object(m, origin, rec, 0, 50 * i, 64);
	made_freed(m, origin, 1200);
	m->rares[origin].life[15] = 1200;
	m->rec_lives[rec].life[15] = 1200;
	made_leaks(m, 400, origin, made_rec(m, origin, error, made_task(m, "mount")));
	block = write_block();
	assert_string_equal(
		block,
		"1 leak: kmalloc-64 at nfs_readdir_folio_array_append+0x26 [nfs] grows 1\n"
		"    object/s, 64 B/s\n\n"
		"LEAK    kmalloc-64 at nfs_readdir_folio_array_append+0x26 [nfs]\n"
		"        1,200 objects, 75 KiB; those of one stack outlive everything: of 400\n"
		"        none died; half-life at least 5h09m (95%); +1/s; not reclaimable\n"
		"        33% of them made by mount (100%)\n"
		"          nfs_readdir_folio_array_append+0x26 [nfs]\n"
		"          caller_0+0x1\n");
}

static void report_shows_so_many_leaks(void **state)
{
	struct made_ledger *m = &made.ledger;
	autofree char *block = NULL;
	size_t shown = 0;

	(void)state;
	for (int i = 0; i < 12; i++) {
		char name[32];
		uint32_t cache, origin;

		snprintf(name, sizeof(name), "leaky-%d", i);
		cache = made_cache(m, name, 64 + i, 64 + i);
		origin = made_origin(m, cache, MADE_OTHER + 0x200 * i, 64 + i, 0);
		made_leaks(m, 100, origin, 0);
	}
	block = write_block();
	assert_begins(block, "12 leaks, most bytes: leaky-11 at caller_11+0x0 grows ");
	for (const char *at = block; (at = strstr(at, "LEAK    leaky-")); at++)
		shown++;
	assert_int_equal(shown, 10);
	/* Those of most bytes. */
	assert_has(block, "LEAK    leaky-11 at caller_11+0x0\n        100 objects, 7.3 KiB; ");
	assert_has(block, "LEAK    leaky-2 at caller_2+0x0\n");
	assert_lacks(block, "leaky-1 at");
	assert_has(block, "\nLEAK    and 2 more leaks: see below, or --json\n");
	/* No stack was taken, and none is shown. */
	assert_lacks(block, "made by");
}

static void fill_groups(struct made_ledger *m)
{
	static const struct {
		const char *name;
		uint32_t size, flags;
	} cached[] = {{"dentry", 192, 0x20000},
		      {"ext4_inode_cache", 1024, 0x20000},
		      {"buffer_head", 104, 0x20000},
		      {"radix_tree_node", 576, 0x20000}};
	uint32_t origin, cache, site = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cached); i++) {
		cache = made_cache(m, cached[i].name, cached[i].size, cached[i].size);
		m->caches[cache].flags = cached[i].flags;
		/* Two origins of each are one name in the list. */
		for (int n = 0; n < 2; n++) {
			origin = made_origin(m, cache, MADE_OTHER + 0x200 * site++, cached[i].size,
					     0);
			made_leaks(m, 100, origin, 0);
		}
	}
	cache = made_cache(m, "kmalloc-1k", 1024, 1024);
	origin = made_origin(m, cache, MADE_OTHER + 0x200 * site++, 1024, SS_ORIGIN_KMALLOC);
	made_objects(m, 200, origin, 0, 0, 50000, 1000);
	cache = made_cache(m, "sighand_cache", 2048, 2048);
	origin = made_origin(m, cache, MADE_OTHER + 0x200 * site++, 2048, 0);
	made_objects(m, 10, origin, 0, 0, 100, 1);
	made_freed(m, origin, 100);
	cache = made_cache(m, "filp", 256, 256);
	origin = made_origin(m, cache, MADE_OTHER + 0x200 * site++, 256, 0);
	made_objects(m, 3, origin, 0, 0, 10, 1);
	cache = made_cache(m, "vm_area_struct", 200, 200);
	origin = made_origin(m, cache, MADE_OTHER + 0x200 * site++, 200, 0);
	made_leaks(m, 100, origin, 0);
	m->rares[origin].ghosts = 1;
	m->counts[origin].allocs++;
	cache = made_cache(m, "tw_sock_TCP", 256, 256);
	origin = made_origin(m, cache, MADE_OTHER + 0x200 * site++, 256, 0);
	m->view.began = m->view.settled - 25000; /* 100 s */
	made_leaks(m, 100, origin, 0);
	/* Nothing left: in no group. */
	cache = made_cache(m, "skbuff_head_cache", 256, 256);
	origin = made_origin(m, cache, MADE_OTHER + 0x200 * site++, 256, 0);
	made_freed(m, origin, 5000);
}

static void report_groups_what_is_no_leak(void **state)
{
	autofree char *block = NULL;

	(void)state;
	fill_groups(&made.ledger);
	block = write_block();
	assert_string_equal(
		block,
		"no leak found in 30.0s; of 3 of 13 origins (45 KiB) that is unknown\n\n"
		"cache   8 origins, 370 KiB: ext4_inode_cache (200 KiB), radix_tree_node (112\n"
		"        KiB), dentry (38 KiB) and 1 more cache: reclaimable\n"
		"burst   1 origin, 200 KiB: kmalloc-1k (200 KiB): born at once, and held\n"
		"steady  1 origin, 20 KiB: sighand_cache (20 KiB): in balance, or not growing\n"
		"unknown 1 origin, 25 KiB: tw_sock_TCP (25 KiB): sockets in TIME_WAIT live for\n"
		"        1m00s by design: trace 10m to tell\n"
		"unknown 1 origin, 20 KiB: vm_area_struct (20 KiB): ghosts: not all frees of\n"
		"        these are seen on this kernel\n"
		"unknown 1 origin, 768 B: filp (768 B): too young: trace 10m to tell\n");
}

/* Sockets that a program keeps, at a place where others make and free them, some of it unseen. */
static uint32_t fill_ghosts(struct made_ledger *m, const char *keeper, uint64_t freed)
{
	uint32_t cache = made_cache(m, "TCP", 2304, 2304);
	uint32_t origin = made_origin(m, cache, MADE_APPEND, 2304, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_READDIR}, 2);

	made_leaks(m, 40, origin, made_rec(m, origin, stack, made_task(m, "load")));
	made_leaks(m, 60, origin, made_rec(m, origin, stack, made_task(m, keeper)));
	made_freed(m, origin, freed);
	m->rares[origin].ghosts = 1;
	m->counts[origin].allocs++;
	return origin;
}

#define WAY_OUT " may tell\n"

static void report_of_ghosts_says_whose_trace_would_tell(void **state)
{
	autofree char *block = NULL;

	(void)state;
	fill_ghosts(&made.ledger, "python3", 5000);
	block = write_block();
	assert_has(block,
		   "unknown 1 origin, 225 KiB: TCP (225 KiB): ghosts: not all frees of these are\n"
		   "        seen on this kernel\n"
		   "        TCP at nfs_readdir_folio_array_append+0x26 [nfs]: most by python3, "
		   "and\n        trace --comm python3" WAY_OUT);
}

static void assert_no_way_out(const char *comm, uint64_t frees)
{
	autofree char *block = NULL;

	fill_ghosts(&made.ledger, comm, frees);
	block = write_block();
	assert_has(block, "ghosts: not all frees");
	assert_lacks(block, WAY_OUT);
}

/* A trace of them alone would not see what most deaths are, either. */
static void report_of_ghosts_only_has_no_way_out(void **state)
{
	(void)state;
	assert_no_way_out("python3", 99);
}

/* Neither what a shell would take apart, nor an interrupt, can be asked for. */
static void report_of_ghosts_names_only_what_can_be_typed(void **state)
{
	(void)state;
	assert_no_way_out("$(reboot)", 5000);
}

/* That it is --comm already. */
static void report_of_ghosts_of_one_program_has_no_way_out(void **state)
{
	(void)state;
	assert_no_way_out("load", 5000);
}

static void report_of_nothing_to_judge(void **state)
{
	autofree char *block = NULL, *text = NULL;

	(void)state;
	block = write_block();
	assert_string_equal(block, "no leak found in 30.0s\n");
	/* Of a snapshot that nobody judged that is said, and nothing else. */
	free(made.report.snapshot->verdicts);
	made.report.snapshot->verdicts = NULL;
	text = made_report_write(&made, report_text);
	assert_begins(text, "no verdict: what is live was not judged\n\nweb3 ");
}

/* Names that obey nobody, and as long as they can be. */
static void report_of_leaks_with_hostile_names(void **state)
{
	struct made_ledger *m = &made.ledger;
	autofree char *block = NULL;

	(void)state;
	for (int i = 0; i < 6; i++) {
		char name[SS_CACHE_NAME];
		uint32_t cache, origin, stack;

		memset(name, i % 2 ? 'x' : '\x1b', sizeof(name));
		name[0] = 'a' + i;
		name[i % 2 ? sizeof(name) - 1 : 12] = '\0';
		cache = made_cache(m, name, 64, 64);
		origin = made_origin(m, cache, MADE_NOWHERE, 64, 0);
		stack = made_stack(m, (uint64_t[]){MADE_NOWHERE, MADE_APPEND}, 2);
		for (int n = 0; n < 6; n++) {
			char comm[] = "0\n\x9b\xff\\abcdefghij";

			comm[0] += n;
			made_leaks(m, 60, origin, made_rec(m, origin, stack, made_task(m, comm)));
		}
		if (i > 2)
			m->caches[cache].flags = 0x20000;
	}
	block = write_block();
	for (const char *c = block; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
	assert_has(block, "LEAK    a\\x1b\\x1b");
	assert_has(block, "0\\n\\x9b\\xff\\\\abcdefghij (17%), 1");
	assert_has(block, " and 2\n        others\n");
	assert_has(block, "cache   3 origins, ");
}

/* The origin of a cache. */
static const json_t *origin_of(const json_t *root, const char *cache)
{
	size_t i;
	json_t *value;

	json_array_foreach (json_get(root, "origins"), i, value)
		if (!strcmp(json_get_string(value, "cache"), cache))
			return value;
	fail_msg("no origin of %s", cache);
	return NULL;
}

static void json_has_the_same_verdicts(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "kmalloc-16", 16, 16);
	uint32_t origin = made_origin(m, cache, MADE_APPEND, 16, SS_ORIGIN_KMALLOC);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_READDIR}, 2);
	const json_t *value, *evidence, *of_stack;
	json_t *root;

	(void)state;
	fill_groups(m);
	made_leaks(m, 100, origin, made_rec(m, origin, stack, made_task(m, "ls")));
	made_freed(m, origin, 300);
	made_report_take(&made);
	root = json_read_report(NULL);
	value = origin_of(root, "kmalloc-16");
	assert_string_equal(json_get_string(value, "verdict"), "leak");
	assert_has(json_get_string(value, "reason"), "250 of every 1,000 allocations outlive ");
	assert_true(json_get_real(value, "half_life_s_at_least") > 300);
	evidence = json_get(value, "evidence");
	assert_close(json_get_real(evidence, "never_freed_share"), 0.25);
	assert_close(json_get_real(evidence, "tail_s"), 2 * MADE_TICK_S);
	assert_int_equal(json_get_integer(evidence, "tail_survivors"), 100);
	assert_close(json_get_real(evidence, "tail_deaths"), 0);
	assert_in_range((int)(json_get_real(evidence, "growth_per_s") * 100), 99, 101);
	assert_true(json_is_null(json_get(evidence, "trace_s_wanted")));
	assert_true(json_is_null(json_get(evidence, "comm")));
	/* Its stack leaks as well; what share of all it is nobody knows. */
	of_stack = json_array_get(json_get(value, "stacks"), 0);
	assert_string_equal(json_get_string(of_stack, "verdict"), "leak");
	assert_has(json_get_string(of_stack, "reason"), "those of one stack outlive everything");
	assert_true(json_get_real(of_stack, "half_life_s_at_least") > 300);
	evidence = json_get(of_stack, "evidence");
	assert_true(json_is_null(json_get(evidence, "never_freed_share")));
	assert_int_equal(json_get_integer(evidence, "tail_survivors"), 100);

	value = origin_of(root, "dentry");
	assert_string_equal(json_get_string(value, "verdict"), "cache");
	assert_true(json_is_null(json_get(value, "half_life_s_at_least")));
	value = origin_of(root, "tw_sock_TCP");
	assert_string_equal(json_get_string(value, "verdict"), "unknown");
	evidence = json_get(value, "evidence");
	assert_close(json_get_real(evidence, "trace_s_wanted"), 360);
	assert_string_equal(json_get_string(origin_of(root, "kmalloc-1k"), "verdict"), "burst");
	value = origin_of(root, "skbuff_head_cache");
	assert_string_equal(json_get_string(value, "verdict"), "steady");
	assert_string_equal(json_get_string(value, "reason"), "all were freed");
	json_decref(root);
}

static void json_of_what_nobody_judged(void **state)
{
	const json_t *value;
	json_t *root;

	(void)state;
	made_object(
		&made.ledger,
		made_origin(&made.ledger, made_cache(&made.ledger, "a", 64, 64), MADE_ALLOC, 64, 0),
		0, 0, 1, 1);
	made_report_take(&made);
	made.report.snapshot->origins[0].verdict = NULL;
	root = json_read_report(NULL);
	value = origin_of(root, "a");
	assert_string_equal(json_get_string(value, "verdict"), "unknown");
	assert_string_equal(json_get_string(value, "reason"), "not judged");
	json_decref(root);
}

/* Of a leak that a reclaim did not free, both forms have the half-life that it rests on. */
static void report_of_what_reclaim_left(void **state)
{
	struct made_ledger *m = &made.ledger;
	const struct reclaim reclaim = {.how = RECLAIM_SLAB, .done = true};
	uint32_t cache = made_cache(m, "dentry", 192, 192);
	uint32_t origin = made_origin(m, cache, MADE_ALLOC, 192, 0);
	autofree struct ss_count *before = calloc(SS_ORIGINS, sizeof(*before));
	autofree char *block = NULL;
	const json_t *dentries;
	json_t *root;

	(void)state;
	assert_non_null(before);
	m->caches[cache].flags = 0x20000;
	made_leaks(m, 400, origin, 0);
	block = write_block();
	assert_begins(block, "no leak found in ");
	free(block);
	m->view.unreclaimed = before;
	made.report.reclaim = &reclaim;
	block = write_block();
	assert_has(block, "\n        400 objects, 75 KiB; no allocation is ever freed: of 400 none "
			  "died;\n        half-life at least ");
	root = json_read_report(NULL);
	dentries = origin_of(root, "dentry");
	assert_string_equal(json_get_string(dentries, "verdict"), "leak");
	assert_true(json_get_real(dentries, "half_life_s_at_least") > 1000);
	json_decref(root);
	m->view.unreclaimed = NULL;
}

int test_report_verdicts(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(report_shows_a_leak),
		WITH_REPORT(report_shows_the_stack_that_gave_it_away),
		WITH_REPORT(report_shows_so_many_leaks),
		WITH_REPORT(report_groups_what_is_no_leak),
		WITH_REPORT(report_of_ghosts_says_whose_trace_would_tell),
		WITH_REPORT(report_of_ghosts_only_has_no_way_out),
		WITH_REPORT(report_of_ghosts_names_only_what_can_be_typed),
		WITH_REPORT(report_of_ghosts_of_one_program_has_no_way_out),
		WITH_REPORT(report_of_nothing_to_judge),
		WITH_REPORT(report_of_leaks_with_hostile_names),
		WITH_REPORT(json_has_the_same_verdicts),
		WITH_REPORT(json_of_what_nobody_judged),
		WITH_REPORT(report_of_what_reclaim_left),
	};

	return cmocka_run_group_tests_name("report_verdicts", tests, NULL, NULL);
}
