// SPDX-License-Identifier: GPL-2.0-or-later
/* diff.c: which origins are the same, what is new, gone, grown, shrunk, and what of it counts. */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "made_diff.h"
#include "stand_ins.h"

static void check(const char *function, enum diff_change change, enum diff_fault fault)
{
	const struct diff_row *r = made_diff_row(function);

	if (r->change != change || r->fault != fault)
		fail_msg("%s is '%s', '%s'", function, diff_change_name(r->change),
			 diff_fault_name(r->fault));
}

static void changes_are_told_apart(void **state)
{
	(void)state;
	made_diff_put(&made_a, "kmalloc-64", "gone", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "kmalloc-64", "same", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "kmalloc-64", "grown", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "kmalloc-64", "shrunk", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "kmalloc-64", "revived", NULL, 0, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "revived", NULL, 64, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "shrunk", NULL, 320, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "grown", NULL, 6400, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "same", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "new", NULL, 6464, VERDICT_STEADY);
	made_diff();
	check("gone", DIFF_GONE, DIFF_FINE);
	check("same", DIFF_SAME, DIFF_FINE);
	check("grown", DIFF_GROWN, DIFF_FINE);
	check("shrunk", DIFF_SHRUNK, DIFF_FINE);
	check("revived", DIFF_NEW, DIFF_FINE);
	check("new", DIFF_NEW, DIFF_FINE);
	assert_int_equal(made_difference->row_cnt, 6);
	/* The largest change first, whichever way it went. */
	assert_string_equal(made_difference->rows[0].name.function, "new");
	assert_string_equal(made_difference->rows[1].name.function, "grown");
	assert_string_equal(made_difference->rows[2].name.function, "gone");
	assert_string_equal(made_difference->rows[3].name.function, "shrunk");
	assert_int_equal(made_diff_row("gone")->bytes, -640);
	assert_int_equal(made_diff_row("gone")->objects, -10);
	assert_close(made_diff_row("grown")->bytes_per_s, 5760 / 30.0);
	assert_int_equal(made_diff_row("new")->a.origins, 0);
	assert_int_equal(made_diff_row("revived")->a.origins, 1);
	assert_int_equal(diff_failed(made_difference), 0);
}

/* At other offsets, of other addresses, by another compiler, in another release. */
static void names_are_what_matches(void **state)
{
	(void)state;
	made_diff_put(&made_a, "kmalloc-64", "seq_open", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "kmalloc-64", "ext4_find.isra.0", "ext4", 640, VERDICT_STEADY);
	made_diff_put(&made_a, "kmalloc-64", "kmemdup", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "kmalloc-64", "ext4_get", "ext4", 640, VERDICT_STEADY);
	made_diff_put(&made_a, "kmalloc-32", "two_caches", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "kmemdup_noprof", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "ext4_find.constprop.1", "ext4", 640, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "seq_open", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "ext4_get", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "kmalloc-64", "two_caches", NULL, 640, VERDICT_STEADY);
	made_diff();
	check("seq_open", DIFF_SAME, DIFF_FINE);
	check("ext4_find", DIFF_SAME, DIFF_FINE);
	assert_string_equal(made_diff_row("ext4_find")->name.module, "ext4");
	check("kmemdup", DIFF_SAME, DIFF_FINE);
	/* One in a module and one in the kernel are two, and so are those of two caches. */
	assert_int_equal(made_difference->row_cnt, 7);
	assert_int_equal(made_difference->changes[DIFF_GONE], 2);
	assert_int_equal(made_difference->changes[DIFF_NEW], 2);
	assert_int_equal(made_difference->changes[DIFF_SAME], 3);
}

static void origins_of_one_name_are_added_up(void **state)
{
	struct snapshot_origin *o;

	(void)state;
	made_diff_put(&made_a, "kmalloc-64", "twice", NULL, 6400, VERDICT_STEADY);
	o = made_diff_put(&made_a, "kmalloc-64", "", NULL, 640, VERDICT_LEAK);
	o->site = made_a.origins[0].site + 4;
	made_diff_put(&made_b, "kmalloc-64", "twice", NULL, 7040, VERDICT_STEADY);
	made_diff();
	assert_int_equal(made_difference->row_cnt, 1);
	check("twice", DIFF_SAME, DIFF_FINE);
	assert_int_equal(made_diff_row("twice")->a.origins, 2);
	assert_int_equal(made_diff_row("twice")->a.bytes, 7040);
	/* The leak stands for them, though it is the smaller one. */
	assert_true(made_diff_row("twice")->a.leak);
	assert_ptr_equal(made_diff_row("twice")->a.judged, o);
}

static void what_counts_as_growth(void **state)
{
	(void)state;
	made_diff_put(&made_a, "c", "was_no_leak", NULL, 64000, VERDICT_STEADY);
	made_diff_put(&made_b, "c", "was_no_leak", NULL, 640, VERDICT_LEAK);
	made_diff_put(&made_b, "c", "new_leak", NULL, 64, VERDICT_LEAK);
	made_diff_put(&made_a, "c", "leak_grown", NULL, 6400, VERDICT_LEAK);
	made_diff_put(&made_b, "c", "leak_grown", NULL, 7104, VERDICT_LEAK);
	made_diff_put(&made_a, "c", "leak_known", NULL, 6400, VERDICT_LEAK);
	made_diff_put(&made_b, "c", "leak_known", NULL, 7040, VERDICT_LEAK);
	made_diff_put(&made_b, "c", "new_small", NULL, DIFF_GROWTH_BYTES, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "new_large", NULL, DIFF_GROWTH_BYTES + 64, VERDICT_UNKNOWN);
	made_diff_put(&made_a, "c", "large", NULL, MADE_DIFF_MANY, VERDICT_STEADY);
	made_diff_put(&made_b, "c", "large", NULL, MADE_DIFF_MANY / 100 * 109, VERDICT_STEADY);
	made_diff_put(&made_a, "c", "larger", NULL, MADE_DIFF_MANY, VERDICT_STEADY);
	made_diff_put(&made_b, "c", "larger", NULL, MADE_DIFF_MANY / 100 * 111, VERDICT_STEADY);
	made_diff_put(&made_a, "c", "healed", NULL, MADE_DIFF_MANY, VERDICT_LEAK);
	made_diff_put(&made_b, "c", "unseen", NULL, MADE_DIFF_MANY, VERDICT_UNKNOWN)->ghosts = 1;
	made_diff();
	check("was_no_leak", DIFF_SHRUNK, DIFF_LEAK_NEW);
	check("new_leak", DIFF_NEW, DIFF_LEAK_NEW);
	check("leak_grown", DIFF_GROWN, DIFF_LEAK_GROWN);
	check("leak_known", DIFF_GROWN, DIFF_FINE);
	check("new_small", DIFF_NEW, DIFF_FINE);
	check("new_large", DIFF_NEW, DIFF_GREW);
	check("large", DIFF_GROWN, DIFF_FINE);
	check("larger", DIFF_GROWN, DIFF_GREW);
	check("healed", DIFF_GONE, DIFF_FINE);
	check("unseen", DIFF_NEW, DIFF_DOUBTFUL);
	assert_int_equal(diff_failed(made_difference), 5);
	made_diff_by(5);
	check("large", DIFF_GROWN, DIFF_GREW);
	check("leak_known", DIFF_GROWN, DIFF_LEAK_GROWN);
	made_diff_by(1000);
	check("larger", DIFF_GROWN, DIFF_FINE);
	check("leak_grown", DIFF_GROWN, DIFF_FINE);
	check("new_large", DIFF_NEW, DIFF_GREW);
	assert_int_equal(diff_failed(made_difference), 3);
}

/* Another origin of a name, at another offset in the function. */
static void put_beside(struct made_side *s, const char *cache, uint64_t bytes,
		       enum verdict_kind kind)
{
	uint64_t site = s->origins[s->snapshot.origin_cnt - 1].site;

	made_diff_put(s, cache, "", NULL, bytes, kind)->site = site + 4;
}

/* What is reclaimable when memory is short is more after more has happened. */
static void a_cache_that_warms_up_does_not_count(void **state)
{
	struct snapshot_origin *o;

	(void)state;
	made_diff_put(&made_b, "c", "warmed", NULL, MADE_DIFF_MANY, VERDICT_CACHE);
	made_diff_put(&made_a, "c", "judged_now", NULL, MADE_DIFF_MANY, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "judged_now", NULL, 2 * MADE_DIFF_MANY, VERDICT_CACHE);
	made_diff_put(&made_b, "c", "little", NULL, 6400, VERDICT_CACHE);
	/* Which nobody reclaims. */
	made_diff_put(&made_b, "c", "pool", NULL, MADE_DIFF_MANY, VERDICT_STEADY);
	made_diff_put(&made_b, "c", "burst", NULL, MADE_DIFF_MANY, VERDICT_BURST);
	made_diff_put(&made_a, "c", "was_cache", NULL, MADE_DIFF_MANY, VERDICT_CACHE);
	made_diff_put(&made_b, "c", "was_cache", NULL, 2 * MADE_DIFF_MANY, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "pinned", NULL, 640, VERDICT_LEAK);
	o = made_diff_put(&made_b, "c", "unseen", NULL, MADE_DIFF_MANY, VERDICT_CACHE);
	o->ghosts = 1;
	made_diff();
	check("warmed", DIFF_NEW, DIFF_CACHE);
	check("judged_now", DIFF_GROWN, DIFF_CACHE);
	check("little", DIFF_NEW, DIFF_FINE);
	check("pool", DIFF_NEW, DIFF_GREW);
	check("burst", DIFF_NEW, DIFF_GREW);
	check("was_cache", DIFF_GROWN, DIFF_GREW);
	check("pinned", DIFF_NEW, DIFF_LEAK_NEW);
	check("unseen", DIFF_NEW, DIFF_DOUBTFUL);
	assert_int_equal(diff_failed(made_difference), 4);
	made_diff_counts_caches = true;
	made_diff();
	check("warmed", DIFF_NEW, DIFF_GREW);
	check("judged_now", DIFF_GROWN, DIFF_GREW);
	check("little", DIFF_NEW, DIFF_FINE);
	check("unseen", DIFF_NEW, DIFF_DOUBTFUL);
	assert_int_equal(diff_failed(made_difference), 6);
	/* Twice the time: as fast is as much. */
	made_diff_counts_caches = false;
	made_b.snapshot.booked_s = 60;
	made_diff();
	check("judged_now", DIFF_UNCLEAR, DIFF_FINE);
	check("warmed", DIFF_NEW, DIFF_CACHE);
}

static void what_is_no_cache_counts_beside_one(void **state)
{
	(void)state;
	made_diff_put(&made_b, "c", "beside", NULL, 4 * MADE_DIFF_MANY, VERDICT_CACHE);
	put_beside(&made_b, "c", MADE_DIFF_MANY, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "hardly", NULL, 4 * MADE_DIFF_MANY, VERDICT_CACHE);
	put_beside(&made_b, "c", 640, VERDICT_UNKNOWN);
	made_diff_put(&made_a, "c", "as_before", NULL, MADE_DIFF_MANY, VERDICT_STEADY);
	made_diff_put(&made_b, "c", "as_before", NULL, 4 * MADE_DIFF_MANY, VERDICT_CACHE);
	put_beside(&made_b, "c", MADE_DIFF_MANY, VERDICT_STEADY);
	/* The half of it, and the other half too little to count: the larger one says what it is.
	 */
	made_diff_put(&made_b, "c", "halves", NULL, 51200, VERDICT_CACHE);
	put_beside(&made_b, "c", 57600, VERDICT_UNKNOWN);
	made_diff();
	check("beside", DIFF_NEW, DIFF_GREW);
	check("hardly", DIFF_NEW, DIFF_CACHE);
	check("as_before", DIFF_GROWN, DIFF_CACHE);
	check("halves", DIFF_NEW, DIFF_GREW);
	assert_int_equal(made_diff_row("beside")->b.cache_bytes, 4 * MADE_DIFF_MANY);
}

/* B is twice as long: twice as much of what leaks, and as much of what is steady, is no change. */
static void lengths_that_differ(void **state)
{
	(void)state;
	made_b.snapshot.booked_s = 60;
	made_diff_put(&made_a, "c", "same_leak", NULL, MADE_DIFF_MANY, VERDICT_LEAK);
	made_diff_put(&made_b, "c", "same_leak", NULL, 2 * MADE_DIFF_MANY, VERDICT_LEAK);
	made_diff_put(&made_a, "c", "faster_leak", NULL, MADE_DIFF_MANY, VERDICT_LEAK);
	made_diff_put(&made_b, "c", "faster_leak", NULL, 3 * MADE_DIFF_MANY, VERDICT_LEAK);
	made_diff_put(&made_a, "c", "steady", NULL, MADE_DIFF_MANY, VERDICT_STEADY);
	made_diff_put(&made_b, "c", "steady", NULL, MADE_DIFF_MANY, VERDICT_STEADY);
	made_diff_put(&made_a, "c", "grows", NULL, MADE_DIFF_MANY, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "grows", NULL, 2 * MADE_DIFF_MANY, VERDICT_UNKNOWN);
	made_diff_put(&made_a, "c", "both_up", NULL, MADE_DIFF_MANY, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "both_up", NULL, 5 * MADE_DIFF_MANY, VERDICT_UNKNOWN);
	made_diff_put(&made_a, "c", "both_down", NULL, MADE_DIFF_MANY, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "both_down", NULL, MADE_DIFF_MANY / 2, VERDICT_UNKNOWN);
	/* Its bytes a second grew by 5 %. */
	made_diff_put(&made_a, "c", "barely", NULL, MADE_DIFF_MANY, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "barely", NULL, MADE_DIFF_MANY / 100 * 210, VERDICT_UNKNOWN);
	made_diff();
	assert_true(made_difference->by_rate);
	check("same_leak", DIFF_SAME, DIFF_FINE);
	check("faster_leak", DIFF_GROWN, DIFF_LEAK_GROWN);
	check("steady", DIFF_UNCLEAR, DIFF_FINE);
	check("grows", DIFF_UNCLEAR, DIFF_FINE);
	check("both_up", DIFF_GROWN, DIFF_GREW);
	check("both_down", DIFF_SHRUNK, DIFF_FINE);
	assert_string_equal(made_difference->rows[0].name.function, "both_up");
	/* By bytes the leak would be next. */
	assert_string_equal(made_difference->rows[1].name.function, "both_down");
	assert_close(made_difference->rows[0].bytes_per_s,
		     5 * MADE_DIFF_MANY / 60.0 - MADE_DIFF_MANY / 30.0);
	check("barely", DIFF_GROWN, DIFF_FINE);
	/* The other way round: what is steady has a higher rate in the shorter trace. */
	made_a.snapshot.booked_s = 60;
	made_b.snapshot.booked_s = 30;
	made_diff();
	check("steady", DIFF_UNCLEAR, DIFF_FINE);
	/* A leak goes by its rate alone: more bytes in ten times as long are fewer a second. */
	made_b.snapshot.booked_s = 600;
	made_diff();
	check("faster_leak", DIFF_SHRUNK, DIFF_FINE);
	/* 10 % is as long; and nothing has a rate where nothing was booked. */
	made_b.snapshot.booked_s = 54.6;
	made_diff();
	assert_false(made_difference->by_rate);
	check("steady", DIFF_SAME, DIFF_FINE);
	made_a.snapshot.booked_s = 0;
	made_diff();
	assert_false(made_difference->by_rate);
	assert_close(made_diff_row("steady")->a.bytes_per_s, 0);
	/* Two moments of one trace compare by bytes: there, growth is growth. */
	made_a.snapshot.booked_s = 10;
	made_b.source.began = made_a.source.began;
	made_diff();
	assert_true(made_difference->one_trace);
	check("grows", DIFF_GROWN, DIFF_GREW);
}

static void without_names(void **state)
{
	(void)state;
	made_diff_put(&made_a, "c", "", NULL, 640, VERDICT_UNKNOWN);
	made_diff_put(&made_a, "c", NULL, NULL, 640, VERDICT_UNKNOWN);
	made_diff_put(&made_a, "c", "known", NULL, 640, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", NULL, NULL, 1280, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "", NULL, 640, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "e", "known", NULL, 1280, VERDICT_UNKNOWN);
	made_diff();
	assert_int_equal(made_difference->row_cnt, 4);
	assert_int_equal(made_difference->changes[DIFF_SAME], 1);
	assert_int_equal(made_difference->changes[DIFF_GROWN], 1);
	/* With names in one of them only, the caches are all that both have. */
	made_diff_name(&made_b, true);
	made_diff();
	assert_true(made_difference->by_cache);
	assert_int_equal(made_difference->row_cnt, 2);
	assert_string_equal(made_difference->rows[0].name.cache, "e");
	assert_int_equal(made_difference->rows[1].bytes, 0);
	assert_null(made_difference->rows[0].name.function);
}

static void sums_do_not_wrap(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		made_diff_put(&made_a, "c", "", NULL, 1ull << 62, VERDICT_UNKNOWN);
	made_diff_put(&made_b, "c", "", NULL, 64, VERDICT_UNKNOWN);
	made_diff();
	assert_int_equal(made_difference->row_cnt, 1);
	assert_int_equal(made_difference->rows[0].a.bytes, INT64_MAX);
	assert_int_equal(made_difference->rows[0].bytes, 64 - INT64_MAX);
	assert_int_equal(made_difference->rows[0].change, DIFF_SHRUNK);
}

static void out_of_memory(void **state)
{
	int failures = 0;

	(void)state;
	made_diff_put(&made_a, "c", "f", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "c", "g", NULL, 640, VERDICT_STEADY);
	made_diff();
	for (int n = 0; n < 100 && (!n || failures == n); n++) {
		struct diff *one = NULL;
		int err;

		memory_fails_after(n);
		err = diff_create(&made_a.report, &made_b.report, 10, false, &one);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, one ? 0 : -ENOMEM);
		failures += err != 0;
		diff_destroy(one);
	}
	assert_true(failures >= 5);
}

/* What A merged with others, B did not. */
static void merged_caches_match_by_their_names(void **state)
{
	static const struct slabs_entry known[] = {
		{.name = "signal_cache", .merged = ":1152"}, {.name = "UDP", .merged = ":1152"},
		{.name = "first", .merged = ":64"},	     {.name = "second", .merged = ":64"},
		{.name = "third", .merged = ":64"},	     {.name = "other", .merged = ":32"}};
	struct slabs *slabs;

	(void)state;
	assert_int_equal(slabs_create_from(known, 6, &slabs), 0);
	made_a.report.after = slabs;
	made_diff_put(&made_a, "signal_cache", "sk_prot_alloc", NULL, 640, VERDICT_LEAK);
	made_diff_put(&made_a, "signal_cache", "copy_process", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "first", "two_in_b", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_a, "first", "is_there", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "UDP", "sk_prot_alloc", NULL, 704, VERDICT_LEAK);
	made_diff_put(&made_b, "signal_cache", "copy_process", NULL, 640, VERDICT_STEADY);
	/* Which of two it is, nobody knows; and one that both have by name is not taken away. */
	made_diff_put(&made_b, "second", "two_in_b", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "third", "two_in_b", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "first", "is_there", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "second", "is_there", NULL, 640, VERDICT_STEADY);
	made_diff_put(&made_b, "other", "two_in_b", NULL, 640, VERDICT_STEADY);
	made_diff();
	check("sk_prot_alloc", DIFF_GROWN, DIFF_FINE);
	assert_string_equal(made_diff_row("sk_prot_alloc")->name.cache, "UDP");
	assert_string_equal(made_diff_row("sk_prot_alloc")->cache_in_a, "signal_cache");
	assert_null(made_diff_row("copy_process")->cache_in_a);
	assert_int_equal(made_difference->row_cnt, 8);
	assert_int_equal(made_difference->changes[DIFF_SAME], 2);
	assert_int_equal(made_difference->changes[DIFF_GONE], 1);
	assert_int_equal(made_difference->changes[DIFF_NEW], 4);
	made_a.report.after = NULL;
	slabs_destroy(slabs);
}

static void pass_over(struct snapshot_origin *o)
{
	o->suppressed_by = "known";
}

static void what_is_suppressed_is_never_worse(void **state)
{
	struct snapshot_origin *o;

	(void)state;
	made_diff_put(&made_a, "kmalloc-64", "old_leak", NULL, 640, VERDICT_LEAK);
	made_diff_put(&made_a, "kmalloc-64", "same_leak", NULL, 640, VERDICT_LEAK);
	pass_over(made_diff_put(&made_b, "kmalloc-64", "new_leak", NULL, 640, VERDICT_LEAK));
	pass_over(made_diff_put(&made_b, "kmalloc-64", "old_leak", NULL, 6400, VERDICT_LEAK));
	pass_over(made_diff_put(&made_b, "kmalloc-64", "same_leak", NULL, 640, VERDICT_LEAK));
	pass_over(made_diff_put(&made_b, "kmalloc-64", "much", NULL, MADE_DIFF_MANY,
				VERDICT_UNKNOWN));
	o = made_diff_put(&made_b, "kmalloc-64", "unseen", NULL, MADE_DIFF_MANY, VERDICT_UNKNOWN);
	o->ghosts = 1;
	pass_over(o);
	made_diff();
	check("new_leak", DIFF_NEW, DIFF_PASSED);
	check("old_leak", DIFF_GROWN, DIFF_PASSED);
	check("same_leak", DIFF_SAME, DIFF_FINE);
	check("much", DIFF_NEW, DIFF_PASSED);
	check("unseen", DIFF_NEW, DIFF_DOUBTFUL);
	assert_int_equal(diff_failed(made_difference), 0);
	assert_string_equal(made_diff_row("much")->b.suppressed_by, "known");
}

/* Of a name with two call sites, or of a leak that one stack gave away. */
static void what_is_suppressed_in_part_counts(void **state)
{
	struct snapshot_stack stacks[2] = {{.suppressed_by = NULL}, {.suppressed_by = "known"}};
	struct snapshot_origin *o;

	(void)state;
	pass_over(made_diff_put(&made_b, "kmalloc-64", "two", NULL, 640, VERDICT_LEAK));
	made_diff_put(&made_b, "kmalloc-64", "two", NULL, MADE_DIFF_MANY, VERDICT_UNKNOWN);
	pass_over(made_diff_put(&made_b, "kmalloc-64", "two", NULL, 64, VERDICT_LEAK));
	o = made_diff_put(&made_b, "kmalloc-64", "stack", NULL, 640, VERDICT_LEAK);
	o->stacks = stacks;
	o->stack_cnt = 2;
	((struct verdict *)o->verdict)->by_stack = true;
	((struct verdict *)o->verdict)->stack = 1;
	made_diff();
	check("two", DIFF_NEW, DIFF_GREW);
	check("stack", DIFF_NEW, DIFF_PASSED);
	((struct verdict *)o->verdict)->stack = 0;
	made_diff();
	check("stack", DIFF_NEW, DIFF_LEAK_NEW);
	/* What A passes over is a leak there, and one that has not grown here is none that is new.
	 */
	pass_over(made_diff_put(&made_a, "kmalloc-64", "stack", NULL, 640, VERDICT_LEAK));
	made_diff_name(&made_a, false);
	made_diff();
	check("stack", DIFF_SAME, DIFF_FINE);
}

int test_diff(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DIFF(merged_caches_match_by_their_names),
		WITH_DIFF(what_is_suppressed_is_never_worse),
		WITH_DIFF(what_is_suppressed_in_part_counts),
		WITH_DIFF(changes_are_told_apart),
		WITH_DIFF(names_are_what_matches),
		WITH_DIFF(origins_of_one_name_are_added_up),
		WITH_DIFF(what_counts_as_growth),
		WITH_DIFF(a_cache_that_warms_up_does_not_count),
		WITH_DIFF(what_is_no_cache_counts_beside_one),
		WITH_DIFF(lengths_that_differ),
		WITH_DIFF(without_names),
		WITH_DIFF(sums_do_not_wrap),
		WITH_DIFF(out_of_memory),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
