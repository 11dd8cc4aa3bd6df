// SPDX-License-Identifier: GPL-2.0-or-later
/* kinds.c: every cache and function it knows, and what only looks like one of them. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "kinds.h"

#define RECLAIMABLE 0x20000

/* Functions of 256 bytes each, one after the other. */
static const char *const functions[] = {
	"alloc_inode",
	"inode_init_always",
	"inode_init_always_gfp",
	"security_inode_alloc",
	"ext4_inode_attach_jinode",
	"get_inode_acl",
	"get_acl",
	"__get_acl",
	"nfs_access_add_cache",
	"__d_alloc",
	/* Not parts from here on. */
	"alloc_inode_sb",
	"ext4_alloc_inode",
	"alloc_inod",
	"_alloc_inode",
	"d_alloc",
	"__d_alloc_parallel",
	"get_acl_default",
	"kmem_cache_alloc",
};
#define PARTS	    10
#define FUNCTION(i) (0xffffffff81000000ull + 0x100 * (i) + 0x42)

static void with_symbols(void **state, const char *suffix, struct symbols **ret_symbols)
{
	char content[4096];
	int used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		used += snprintf(content + used, sizeof(content) - used, "%llx t %s%s\n",
				 FUNCTION(i) & ~0xffull, functions[i], suffix);
	assert_int_equal(symbols_create(sandbox_file(state, "kallsyms", content), ret_symbols), 0);
}

static struct kind find(const char *cache, uint32_t flags, const struct symbols *symbols,
			const uint64_t *frames, size_t frame_cnt)
{
	struct snapshot_cache c = {.flags = flags};

	snprintf(c.name, sizeof(c.name), "%s", cache);
	return kinds_find(&c, RECLAIMABLE, symbols, frames, frame_cnt);
}

static void assert_kind(const char *cache, uint32_t flags, enum kind_is is)
{
	struct kind kind = find(cache, flags, NULL, NULL, 0);

	if (kind.is != is)
		fail_msg("%s, flags %x: kind %d", cache, flags, kind.is);
	assert_true((is == KIND_PLAIN) == !kind.what);
	assert_true((is == KIND_TIMED) == (kind.live_s > 0));
}

/* What belongs to a kernel thread may be an idle worker's, whichever side of its making it is on.
 */
static void kinds_of_workers(void **state)
{
	static const uint64_t asked[] = {0xffffffff81000042, 0xffffffff81000142,
					 0xffffffff81000242},
			      made[] = {0xffffffff81000342, 0xffffffff81000442, 0xffffffff81000242},
			      worked[] = {0xffffffff81000542, 0xffffffff81000242};
	struct symbols *symbols;
	struct kind kind;

	assert_int_equal(symbols_create(sandbox_file(state, "kallsyms",
						     "ffffffff81000000 t kthread_create_on_node\n"
						     "ffffffff81000100 t create_worker\n"
						     "ffffffff81000200 t worker_thread\n"
						     "ffffffff81000300 t copy_process\n"
						     "ffffffff81000400 t kthreadd\n"
						     "ffffffff81000500 t process_one_work\n"
						     "ffffffff81000600 t end\n"),
					&symbols),
			 0);
	kind = find("kmalloc-16", 0, symbols, asked, 3);
	assert_int_equal(kind.is, KIND_TIMED);
	assert_true(kind.live_s == 300);
	kind = find("kmalloc-192", 0, symbols, made, 3);
	assert_int_equal(kind.is, KIND_TIMED);
	assert_true(kind.live_s == 300);
	/* What a worker works is another matter. */
	assert_int_equal(find("kmalloc-192", 0, symbols, worked, 2).is, KIND_PLAIN);
	symbols_destroy(symbols);
}

static void kinds_by_flags(void **state)
{
	(void)state;
	assert_kind("kmalloc-64", 0, KIND_PLAIN);
	assert_kind("dentry", RECLAIMABLE | 0x400, KIND_RECLAIMABLE);
	assert_kind("dentry", 0x400, KIND_PLAIN);
	assert_kind("ext4_inode_cache", RECLAIMABLE, KIND_RECLAIMABLE);
	/* Where the cache is guessed, its name is what was asked for. */
	assert_kind("kmalloc-rcl-96", 0, KIND_RECLAIMABLE);
	assert_kind("kmalloc-rc", 0, KIND_PLAIN);
	assert_kind("kmalloc-cg-96", 0, KIND_PLAIN);
	/* The inodes of sockets have the flag, and go with their socket only. */
	assert_kind("sock_inode_cache", RECLAIMABLE, KIND_PLAIN);
	assert_kind("sock_inode_cache2", RECLAIMABLE, KIND_RECLAIMABLE);
}

static void kinds_by_timer(void **state)
{
	static const struct {
		const char *cache;
		double live_s;
	} timed[] = {{"tw_sock_TCP", 60},
		     {"tw_sock_TCPv6", 60},
		     {"request_sock_TCP", 63},
		     {"inet_peer_cache", 600},
		     {"nf_conntrack", 432000}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(timed); i++) {
		assert_kind(timed[i].cache, 0, KIND_TIMED);
		/* Whatever reclaim can free need not wait for a timer. */
		assert_kind(timed[i].cache, RECLAIMABLE, KIND_RECLAIMABLE);
		assert_close(find(timed[i].cache, 0, NULL, NULL, 0).live_s, timed[i].live_s);
	}
	assert_kind("TCP", 0, KIND_PLAIN);
	assert_kind("tw_sock", 0, KIND_PLAIN);
	assert_kind("", 0, KIND_PLAIN);
}

/* Nothing can reclaim what has no cache any more, and no timer will run for it. */
static void kinds_of_destroyed_caches(void **state)
{
	struct snapshot_cache c = {.name = "dentry", .flags = RECLAIMABLE, .destroyed = true};

	(void)state;
	assert_int_equal(kinds_find(&c, RECLAIMABLE, NULL, NULL, 0).is, KIND_PLAIN);
	strcpy(c.name, "tw_sock_TCP");
	assert_int_equal(kinds_find(&c, RECLAIMABLE, NULL, NULL, 0).is, KIND_PLAIN);
}

static void check_parts(const struct symbols *symbols)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		/* Wherever on the stack it stands. */
		for (size_t at = 0; at < 3; at++) {
			uint64_t frames[] = {FUNCTION(ARRAY_SIZE(functions) - 1), 0x1234,
					     FUNCTION(ARRAY_SIZE(functions) - 2)};
			struct kind kind;

			frames[at] = FUNCTION(i);
			kind = find("kmalloc-96", 0, symbols, frames, 3);
			if ((kind.is == KIND_PART) != (i < PARTS))
				fail_msg("%s: kind %d", functions[i], kind.is);
			if (i < PARTS)
				assert_string_equal(kind.what,
						    i == PARTS - 1 ? "dentries" : "inodes");
		}
	}
}

static void kinds_by_stack(void **state)
{
	/* Below an object that has a name, and one of many. */
	static const uint64_t frames[] = {FUNCTION(16), FUNCTION(0)};
	struct symbols *symbols;

	with_symbols(state, "", &symbols);
	check_parts(symbols);
	assert_int_equal(find("kmalloc-96", 0, symbols, frames, 2).is, KIND_PART);
	assert_int_equal(find("kmalloc-96", 0, symbols, frames, 1).is, KIND_PLAIN);
	assert_int_equal(find("kmalloc-96", 0, symbols, NULL, 0).is, KIND_PLAIN);
	/* What the cache says comes first. */
	assert_int_equal(find("dentry", RECLAIMABLE, symbols, frames, 2).is, KIND_RECLAIMABLE);
	assert_int_equal(find("tw_sock_TCP", 0, symbols, frames, 2).is, KIND_TIMED);
	assert_int_equal(find("sock_inode_cache", RECLAIMABLE, symbols, frames, 2).is, KIND_PLAIN);
	symbols_destroy(symbols);
}

/* The compiler's clones of a function are it. */
static void kinds_by_stack_of_clones(void **state)
{
	static const char *const suffixes[] = {".isra.0", ".constprop.0", ".cold", ".llvm.123"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		struct symbols *symbols;

		with_symbols(state, suffixes[i], &symbols);
		check_parts(symbols);
		symbols_destroy(symbols);
	}
}

static void kinds_where_symbols_are_hidden(void **state)
{
	static const uint64_t frames[] = {FUNCTION(0)};
	struct symbols *none;

	assert_int_equal(
		symbols_create(sandbox_file(state, "hidden", "0000000000000000 T alloc_inode\n"),
			       &none),
		0);
	assert_int_equal(find("kmalloc-96", 0, none, frames, 1).is, KIND_PLAIN);
	assert_int_equal(find("kmalloc-96", 0, NULL, frames, 1).is, KIND_PLAIN);
	assert_int_equal(find("dentry", RECLAIMABLE, none, frames, 1).is, KIND_RECLAIMABLE);
	symbols_destroy(none);
}

int test_kinds(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_by_flags),
		cmocka_unit_test(kinds_by_timer),
		cmocka_unit_test(kinds_of_destroyed_caches),
		SANDBOXED(kinds_of_workers),
		SANDBOXED(kinds_by_stack),
		SANDBOXED(kinds_by_stack_of_clones),
		SANDBOXED(kinds_where_symbols_are_hidden),
	};

	return cmocka_run_group_tests_name("kinds", tests, NULL, NULL);
}
