// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_text.c: it says the numbers of the snapshot, fits a terminal, lets no
 * name do anything to it, and copes with having nothing to say.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_report.h"
#include "text.h"

static void text_report_says_the_answer_first(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_report_fill(&made);
	text = made_report_text(&made);
	assert_begins(text, "1 leak: zone_of_a_module (destroyed) at (no symbol) has lost 2 "
			    "objects, 640 B\n"
			    "\nLEAK    zone_of_a_module (destroyed) at (no symbol)\n");
	assert_has(text, "\n\nweb3  Linux 6.12.117+deb12-cloud-amd64 x86_64  traced 30.0s  ");
	/* kmalloc-192 has none. */
	assert_has(
		text,
		"\n1,404 objects (157 KiB) of 15,493 allocated are still live, in 5 caches\n"
		"coverage full: not all frees of 1 origin are seen here, so this is never called\n"
		"    leak, leaking or not; see last block\n");
	assert_has(text, "\n\nCACHE ");
	assert_has(text, "\n\nORIGINS ");
	assert_has(text, "\n\nCOVERAGE full\n");
	assert_fits(text);
}

/* Where there is no leak to begin with, most bytes are what was asked for. */
static void text_report_without_a_leak(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_report_fill(&made);
	for (uint32_t i = 0; i < SS_CACHES; i++)
		made.ledger.caches[i].state &= ~SS_CACHE_DESTROYED;
	text = made_report_text(&made);
	assert_has(text, "in 5 caches\n"
			 "most bytes: dentry at d_alloc+0x10 (48% of live bytes)\n"
			 "coverage full: not all frees ");
	assert_begins(text, "no leak found in 30.0s");
}

static void text_report_numbers_are_the_snapshots(void **state)
{
	autofree char *text = NULL;
	const struct snapshot *s;

	(void)state;
	made_report_fill(&made);
	text = made_report_text(&made);
	s = made.report.snapshot;
	for (size_t i = 0; i < s->cache_cnt; i++) {
		const struct snapshot_cache *c = &s->caches[i];
		char name[64], live[32], bytes[32], expected[64];

		snprintf(name, sizeof(name), "%s%s", c->name, c->guessed ? "?" : "");
		if (c->destroyed)
			continue;
		assert_int_equal(sscanf(made_report_row(text, name) + strlen(name), "%31s", live),
				 1);
		assert_string_equal(live, text_count(c->objects, expected));
		text_bytes(c->bytes, bytes);
		snprintf(expected, sizeof(expected), " %s ", bytes);
		assert_non_null(strstr(made_report_row(text, name), expected));
	}
	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];
		char part[160], a[TEXT_NUMBER], b[TEXT_NUMBER];

		if (!o->objects)
			continue;
		snprintf(part, sizeof(part), "%s live, %s", text_count(o->objects, a),
			 text_bytes(o->bytes, b));
		assert_has(text, part);
		snprintf(part, sizeof(part), "%s allocated, %s freed", text_count(o->allocs, a),
			 text_count(o->frees, b));
		assert_has(text, part);
	}
}

static void text_report_shows_an_origin(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_report_fill(&made);
	text = made_report_text(&made);
	assert_has(text, "kmalloc-16 at nfs_readdir_folio_array_append+0x26 [nfs]\n");
	assert_has(text, "1,000 live, 16 KiB (14 KiB requested: 9% waste); ");
	assert_has(text, "age 100ms to 10.0s");
	assert_has(text, "10,000 allocated, 9,000 freed\n    steady: none is older than");
	assert_has(text, "\n"
			 "    freed at nfs_readdir+0x142 [nfs] (about 92%), by kfree_rcu at\n"
			 "    iterate_dir+0x5c (about 6%), in bulk (about 1%), and 1 more place; "
			 "1,000\n    still live\n");
	assert_has(text, "    freed at lookup_slow+0x20 (100%); 400 still live\n");
	assert_int_equal(count_of(text, "    freed "), 2); /* of the others none was */
	assert_has(text, "90%, 900 objects");
	assert_has(text, "ls (67%), find (33%)\n");
	assert_has(text, "      nfs_readdir+0x142 [nfs]\n");
	assert_has(text, "      iterate_dir+0x5c\n");
	assert_has(text, "      (no symbol)\n");
	assert_has(text, "10%, 100 objects");
	/* Of dentries most have no stack. */
	assert_has(text, "about 75%, 300 objects");
	assert_has(text, "shares are estimates: 4 of 400 survivors have a stack\n");
	assert_has(text, "12 ghosts (freed unseen)");
	/* kmalloc-192 has no survivors, so no origin; its row has other names. */
	assert_lacks(text, "caller_4");
	assert_has(made_report_row(text, "kmalloc-192"),
		   "\n  also bio_integrity_data, biovec-max-of-many, ext4_io_end_vec, and 10 "
		   "more\n\n");
	/* Guessed: where it is named, it says so. */
	assert_has(text, "\nkmalloc-cg-2k? ");
	assert_has(text, " kmalloc-cg-2k? at caller_2+0x1\n");
	assert_has(text, "zone_of_a_module (destroyed)\n");
	assert_has(text, "    2 live, 640 B; age 20ms to 20ms, mean 20ms\n"); /* no waste */
	assert_int_equal(count_of(text, "no survivor has a stack\n"), 3);
	assert_fits(text);
}

static void text_report_shows_slabinfos_change(void **state)
{
	static const struct {
		const char *cache, *delta;
	} cases[] = {{"dentry", "+400"},
		     {"kmalloc-16", "-30"},
		     {"kmalloc-192", "+0"},
		     {"kmalloc-large", "-"}};
	autofree char *text = NULL;

	(void)state;
	made_report_fill(&made);
	text = made_report_text(&made);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *row = made_report_row(text, cases[i].cache);
		const char *end = row + strcspn(row, "\n"), *last = end;

		while (last[-1] != ' ')
			last--;
		assert_int_equal(end - last, strlen(cases[i].delta));
		assert_memory_equal(last, cases[i].delta, end - last);
	}
}

static void text_report_keeps_to_the_rows_asked_for(void **state)
{
	autofree char *two = NULL, *all = NULL;

	(void)state;
	made_report_fill(&made);
	made.report.top = 2;
	two = made_report_text(&made);
	assert_int_equal(count_of(two, " allocated, "), 2);
	assert_has(two, "and 4 more caches: --top 0 shows all\n");
	assert_has(two, "and 3 more origins: --top 0 shows all\n");
	made.report.top = 0;
	all = made_report_text(&made);
	assert_int_equal(count_of(all, " allocated, "), 5);
	assert_lacks(all, "--top");
}

static void text_report_tells_what_an_origin_lost(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_report_fill(&made);
	made.ledger.rares[SS_ORIGIN_FIRST].refused = 5;
	made.ledger.counts[SS_ORIGIN_FIRST].allocs += 5;
	text = made_report_text(&made);
	assert_has(text, "10,005 allocated, 9,000 freed, 5 refused\n");
	assert_has(text, "\n    5 objects found no room in the table: --objects makes it\n");
}

/* Stacks and frames beyond what a screen holds are told, not shown. */
static void text_report_cuts_what_is_too_much(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "a", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_ALLOC, 64, 0);
	autofree char *text = NULL;
	uint64_t frames[50];

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(frames); i++)
		frames[i] = MADE_OTHER + 0x200 * i;
	for (uint32_t n = 0; n < 5; n++) {
		uint32_t stack = made_stack(m, frames, ARRAY_SIZE(frames) - n);

		for (uint32_t task = 0; task < 6; task++) {
			char comm[16];

			snprintf(comm, sizeof(comm), "t%u", task);
			made_objects(m, 60 - 10 * n - task, origin,
				     made_rec(m, origin, stack, made_task(m, comm)), 0, 1, 1);
		}
	}
	text = made_report_text(&made);
	assert_int_equal(count_of(text, " and 2 others\n"), 3);
	assert_int_equal(count_of(text, "\n      caller_"), 3 * 20);
	assert_has(text, "      ... 30 more frames in --json\n");
	assert_has(text, "      ... 28 more frames in --json\n");
	assert_lacks(text, "27 more frames");
	assert_has(text, "and 2 more stacks: --json has all\n");
	assert_fits(text);
}

static void text_report_of_empty_books(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made.report.before = made.report.after = NULL;
	made.report.duration_s = 0;
	text = made_report_text(&made);
	assert_has(text, "0 objects (0 B) of 0 allocated are still live, in 0 caches");
	assert_has(text, "none: nothing was allocated, or nothing of what is traced");
	assert_has(text, "balanced in all 0 origins");
	assert_lacks(text, "most bytes");
	assert_fits(text);
}

static void text_report_where_nothing_is_left(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t origin = made_origin(m, made_cache(m, "a", 64, 64), MADE_ALLOC, 64, 0);
	autofree char *none = NULL, *one = NULL;

	(void)state;
	made_freed(m, origin, 5);
	none = made_report_text(&made);
	assert_has(none, "0 objects (0 B) of 5 allocated are still live, in 0 caches\n");
	assert_has(none, "none: everything allocated since the start was freed again\n");
	made_object(m, origin, 0, 0, 1, 1);
	one = made_report_text(&made);
	assert_has(one, "1 object (64 B) of 6 allocated is still live, in 1 cache\n");
	assert_lacks(one, "none: ");
}

static void text_report_without_slabs(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made.report.before = made.report.after = NULL;
	made_report_fill(&made);
	text = made_report_text(&made);
	assert_lacks(text, "also ");
	assert_fits(text);
}

static void text_report_of_a_sample(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_halve(&made.ledger, 1);
	made_report_fill(&made);
	made.ledger.totals->halvings = 2;
	text = made_report_text(&made);
	assert_has(text, "  aside    2 times the table of objects filled");
	/* A share of all allocations would be too small. */
	assert_has(text, "  ghosts   12 in the sample: ");
	assert_has(text, "\nabout 2,808 objects");
	assert_has(text, "\n    1 object in 2 is booked, and numbers are scaled up\n");
	assert_begins(text,
		      "1 leak: zone_of_a_module (destroyed) at (no symbol) has lost about 4 ");
	assert_has(text, "about 2,000 live");
	assert_has(text, "1 object in 2 is booked");
	assert_has(text, "scaled up from 1,404.");
	assert_fits(text);
}

/* What was booked while the table of origins was full has neither call site nor size. */
static void text_report_beyond_the_origins(void **state)
{
	autofree char *text = NULL;

	(void)state;
	made_object(&made.ledger, SS_ORIGIN_OTHER, 0, 0, 1, 1);
	made.ledger.counts[SS_ORIGIN_OTHER].allocs = 1;
	text = made_report_text(&made);
	assert_has(text, " 1. (other caches) at (call sites beyond the table)\n");
	assert_has(text, "    1 live, bytes not known; age ");
	assert_has(made_report_row(text, "(other"), "           1        ? ");
}

static void text_report_where_symbols_are_hidden(void **state)
{
	struct symbols *none;
	autofree char *text = NULL;

	assert_int_equal(
		symbols_create(sandbox_file(state, "hidden", "0000000000000000 T a\n"), &none), 0);
	made.report.symbols = none;
	made_report_fill(&made);
	text = made_report_text(&made);
	assert_has(text, "kmalloc-16 at (no symbol)\n");
	/* Not a line a frame. */
	assert_has(text, "      4 frames without a name\n");
	assert_lacks(text, "      (no symbol)\n");
	assert_has(text, "CAP_SYSLOG");
	made_report_check_secrets(&made, text);
	assert_fits(text);
	symbols_destroy(none);
}

static void text_report_shows_addresses_on_demand(void **state)
{
	autofree char *without = NULL, *with = NULL;

	(void)state;
	made_report_fill(&made);
	without = made_report_text(&made);
	made_report_check_secrets(&made, without);
	made.report.show_addresses = true;
	with = made_report_text(&made);
	assert_has(with, "      iterate_dir+0x5c 0xffffffff8120005c\n");
	assert_has(with, "      0xffffffffa0000000\n");
}

/* A process may call itself what it likes; a module may name a cache so. */
static void text_report_disarms_names(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "\x1b]0;owned\a\xe2\x80\xaetxt", 64, 64);
	uint32_t origin = made_origin(m, cache, MADE_ALLOC, 64, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_ALLOC}, 1);
	autofree char *text = NULL;

	(void)state;
	made_object(m, origin, made_rec(m, origin, stack, made_task(m, "a\nb\x1b[31m\xff")), 0, 1,
		    1);
	made.report.host = "h\x1b[2J";
	text = made_report_text(&made);
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || ((unsigned char)*c >= 0x20 && *c < 0x7f));
	assert_has(text, "\\x1b]0;owned\\x07\\xe2\\x80\\xaetxt at d_alloc+0x10\n");
	assert_has(text, "a\\nb\\x1b[31m\\xff (100%)\n");
	assert_has(text, "h\\x1b[2J");
}

static void text_report_tells_when_it_cannot_be_written(void **state)
{
	(void)state;
	made_report_take(&made);
	made_report_check_errors(&made, report_text);
	made_report_fill(&made);
	made_report_take(&made);
	made_report_check_errors(&made, report_text);
}

static void text_tells_how_it_settled(void **state)
{
	static const struct {
		struct settle settle;
		const char *line;
	} cases[] = {
		{{.plan = {.rcu = true}, .barrier = true, .waited_s = 0.06},
		 "  settle   let RCU finish (rcu_barrier): 60ms in all\n"},
		{{.plan = {.rcu = true, .batches = true}, .waited_s = 0.2},
		 "  settle   let RCU finish (grace periods: no rcu_barrier here): 200ms in all.\n"
		 "           What kfree_rcu collected in the last 5 s may count as live: --settle\n"
		 "           5 waits for it\n"},
		{{.plan = {.rcu = true, .batches = true, .batches_awaited = true, .wait_s = 5},
		  .barrier = true,
		  .waited_s = 5.1},
		 "  settle   waited for what kfree_rcu had collected, 5.0s, then let RCU finish\n"
		 "           (rcu_barrier): 5.1s in all\n"},
		{{.plan = {.rcu = true, .asked = true, .wait_s = 9},
		  .cut_short = true,
		  .waited_s = 1},
		 "  settle   cut short by a signal, after 1.0s of 9.0s: what was about to be "
		 "freed\n"
		 "           may count as live\n"},
		{{.plan = {.asked = true}},
		 "  settle   none (--settle 0): what was about to be freed counts as live\n"},
	};

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autofree char *text = NULL;

		made.report.settle = &cases[i].settle;
		text = made_report_write(&made, report_text);
		if (!strstr(text, cases[i].line))
			fail_msg("no such line: %s", cases[i].line);
	}
}

static void text_tells_what_was_reclaimed(void **state)
{
	struct reclaim reclaim = {.how = RECLAIM_SLAB, .done = true, .took_s = 1.5};
	autofree struct ss_count *before = NULL;
	autofree char *text = NULL, *failed = NULL;

	(void)state;
	made_report_fill(&made);
	before = calloc(SS_ORIGINS, sizeof(*before));
	assert_non_null(before);
	memcpy(before, made.ledger.counts, SS_ORIGINS * sizeof(*before));
	for (uint32_t i = SS_ORIGIN_FIRST; i < made.ledger.origin; i++)
		before[i].frees -= before[i].frees >= 5000 ? 600 : 0;
	made.ledger.view.unreclaimed = before;
	made_report_take(&made);
	made.report.reclaim = &reclaim;
	text = made_report_write(&made, report_text);
	assert_non_null(strstr(text, "    600 of 1,000 freed by reclaim\n"));
	assert_non_null(strstr(text, "\n  reclaim  slab in 1.5s: 1,200 of "));
	reclaim = (struct reclaim){.how = RECLAIM_CGROUP, .why = "not \033 today"};
	failed = made_report_write(&made, report_text);
	assert_non_null(strstr(failed, "\n  reclaim  cgroup failed: not \\x1b today\n"));
}

int test_report_text(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(text_report_says_the_answer_first),
		WITH_REPORT(text_report_without_a_leak),
		WITH_REPORT(text_report_numbers_are_the_snapshots),
		WITH_REPORT(text_report_shows_an_origin),
		WITH_REPORT(text_report_shows_slabinfos_change),
		WITH_REPORT(text_report_keeps_to_the_rows_asked_for),
		WITH_REPORT(text_report_tells_what_an_origin_lost),
		WITH_REPORT(text_report_cuts_what_is_too_much),
		WITH_REPORT(text_report_of_empty_books),
		WITH_REPORT(text_report_where_nothing_is_left),
		WITH_REPORT(text_report_without_slabs),
		WITH_REPORT(text_report_of_a_sample),
		WITH_REPORT(text_report_beyond_the_origins),
		WITH_REPORT(text_report_where_symbols_are_hidden),
		WITH_REPORT(text_report_shows_addresses_on_demand),
		WITH_REPORT(text_report_disarms_names),
		WITH_REPORT(text_report_tells_when_it_cannot_be_written),
		WITH_REPORT(text_tells_how_it_settled),
		WITH_REPORT(text_tells_what_was_reclaimed),
	};

	return cmocka_run_group_tests_name("report_text", tests, NULL, NULL);
}
