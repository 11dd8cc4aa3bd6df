// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabs.c over made-up trees: /sys/kernel/slab as directories and links,
 * /proc/slabinfo as a file; either may be missing or odd.
 */
#include "fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "slabs.h"
#include "stand_ins.h"

#define SLABINFO_HEAD                                                                              \
	"slabinfo - version: 2.1\n"                                                                \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : ...\n"

/* Caches of the tree: a name without a target is a directory of its own, else a link to it. */
static const char *make_sysfs(void **state)
{
	static const struct {
		const char *name, *target;
	} entries[] = {
		{":0000192", NULL},
		{":A-0000064", NULL},
		{"dentry", NULL},
		{"kmalloc-192", ":0000192"},
		{"zs_one", ":a-long-one-of-its-own-1"},
		{"skbuff_small", ":0000192"},
		{"zs_two", ":a-long-one-of-its-own-22"},
		{"cred", ":0000192"},
		{"anon_vma", ":A-0000064"},
		{"only_one", ":A-0000065"},
	};
	const char *root = sandbox_path(state, "slab");

	assert_int_equal(mkdir(root, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		char name[64];
		const char *path;

		snprintf(name, sizeof(name), "slab/%s", entries[i].name);
		path = sandbox_path(state, name);
		assert_int_equal(entries[i].target ? symlink(entries[i].target, path)
						   : mkdir(path, 0700),
				 0);
	}
	return root;
}

static const char *make_slabinfo(void **state)
{
	return sandbox_file(
		state, "slabinfo",
		SLABINFO_HEAD
		"kmalloc-192         4100   4200    192   21    1 : tunables    0    0\n"
		"dentry             36120  40000    192   21    1 : tunables    0    0\n"
		"not_in_sysfs           7     10     64   64    1 : tunables    0    0\n"
		"dma-kmalloc-8k         0      0   8192    4    8 : tunables    0    0\n");
}

static struct slabs *read_slabs(const char *slabinfo, const char *sysfs)
{
	struct slabs *s = NULL;

	assert_int_equal(slabs_create(slabinfo, sysfs, &s), 0);
	assert_non_null(s);
	return s;
}

static struct slabs *usual(void **state)
{
	return read_slabs(make_slabinfo(state), make_sysfs(state));
}

static void assert_active(const struct slabs *s, const char *cache, uint64_t objects)
{
	uint64_t n = 12345;

	assert_true(slabs_active(s, cache, &n));
	assert_int_equal(n, objects);
}

static void assert_active_unknown(const struct slabs *s, const char *cache)
{
	uint64_t n = 12345;

	assert_false(slabs_active(s, cache, &n));
	assert_int_equal(n, 12345);
}

static void slabs_count_active_objects(void **state)
{
	struct slabs *s = usual(state);

	assert_active(s, "kmalloc-192", 4100);
	assert_active(s, "dentry", 36120);
	assert_active(s, "not_in_sysfs", 7);
	assert_active(s, "dma-kmalloc-8k", 0);
	assert_active_unknown(s, "cred"); /* slabinfo names a merged cache once */
	assert_active_unknown(s, "dentr");
	assert_active_unknown(s, "slabinfo");
	assert_active_unknown(s, "#");
	assert_active_unknown(s, "");
	slabs_destroy(s);
}

static void slabs_know_other_names(void **state)
{
	struct slabs *s = usual(state);

	assert_string_equal(slabs_alias(s, "kmalloc-192", 0), "cred");
	assert_string_equal(slabs_alias(s, "kmalloc-192", 1), "skbuff_small");
	assert_null(slabs_alias(s, "kmalloc-192", 2));
	assert_string_equal(slabs_alias(s, "cred", 0), "kmalloc-192");
	assert_string_equal(slabs_alias(s, "cred", 1), "skbuff_small");
	assert_null(slabs_alias(s, "dentry", 0));
	assert_null(slabs_alias(s, "anon_vma", 0));
	assert_null(slabs_alias(s, "not_in_sysfs", 0));
	assert_null(slabs_alias(s, "absent", 0));
	assert_null(slabs_alias(s, ":0000192", 0));
	slabs_destroy(s);
}

static void slabs_match_by_any_name(void **state)
{
	struct slabs *s = usual(state);

	assert_true(slabs_match(s, "kmalloc-192", "kmalloc-192"));
	assert_true(slabs_match(s, "kmalloc-192", "kmalloc-*"));
	assert_true(slabs_match(s, "kmalloc-192", "cred"));
	assert_true(slabs_match(s, "kmalloc-192", "skb*"));
	assert_true(slabs_match(s, "kmalloc-192", "[ks]*"));
	assert_false(slabs_match(s, "kmalloc-192", "dentry"));
	assert_false(slabs_match(s, "kmalloc-192", "kmalloc"));
	assert_false(slabs_match(s, "dentry", "cred"));
	/* A cache that is not in sysfs matches by its own name still. */
	assert_true(slabs_match(s, "kmalloc-large", "kmalloc-l*"));
	assert_false(slabs_match(s, "kmalloc-large", ""));
	assert_true(slabs_match_any(s, "de*"));
	assert_true(slabs_match_any(s, "not_in_*"));
	assert_false(slabs_match_any(s, "kmalloc-3*"));
	assert_false(slabs_match_any(s, ":*"));
	slabs_destroy(s);
}

static void slabs_list_all_names_in_order(void **state)
{
	static const char *const expected[] = {
		"anon_vma",	"cred",	    "dentry",	    "dma-kmalloc-8k", "kmalloc-192",
		"not_in_sysfs", "only_one", "skbuff_small", "zs_one",	      "zs_two",
	};
	struct slabs *s = usual(state);
	const char *const *names = slabs_names(s);

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(names[i], expected[i]);
	assert_null(names[ARRAY_SIZE(expected)]);
	slabs_destroy(s);
}

static void slabs_without_sysfs(void **state)
{
	struct slabs *s = read_slabs(make_slabinfo(state), sandbox_path(state, "absent"));

	assert_active(s, "kmalloc-192", 4100);
	assert_active(s, "not_in_sysfs", 7);
	assert_null(slabs_alias(s, "kmalloc-192", 0));
	assert_true(slabs_match_any(s, "dentry"));
	assert_false(slabs_match_any(s, "cred"));
	slabs_destroy(s);
}

static void slabs_without_slabinfo(void **state)
{
	struct slabs *s = read_slabs(sandbox_path(state, "absent"), make_sysfs(state));

	assert_active_unknown(s, "kmalloc-192");
	assert_string_equal(slabs_alias(s, "kmalloc-192", 0), "cred");
	slabs_destroy(s);
}

static void slabs_with_nothing_to_read(void **state)
{
	const char *absent = sandbox_path(state, "absent");
	struct slabs *s = read_slabs(absent, absent);

	assert_active_unknown(s, "kmalloc-192");
	assert_null(slabs_alias(s, "kmalloc-192", 0));
	assert_null(slabs_names(s)[0]);
	/* Where no name is known, no glob can be called wrong. */
	assert_true(slabs_match_any(s, "anything"));
	assert_true(slabs_match(s, "kmalloc-192", "kmalloc-*"));
	assert_false(slabs_match(s, "kmalloc-192", "dentry"));
	slabs_destroy(s);
	slabs_destroy(NULL);
}

static void slabs_pass_over_garbage(void **state)
{
	static const char content[] = SLABINFO_HEAD "\n"
						    "   \n"
						    "lonely\n"
						    "word word\n"
						    "# commented 5 5 5\n"
						    "#off 5 5 5\n"
						    "good 11 12 13\n"
						    "none - 5\n"
						    "huge 18446744073709551615 1\n"
						    "cut 42";
	char line[600];
	struct slabs *s;

	/* A name longer than any cache's takes its line with it, not the next ones. */
	memset(line, 'x', 300);
	snprintf(line + 300, sizeof(line) - 300, " 5 6\nafter 3 4\n%s", content);
	s = read_slabs(sandbox_file(state, "slabinfo", line), sandbox_path(state, "absent"));
	assert_active(s, "after", 3);
	assert_active(s, "good", 11);
	assert_active(s, "huge", UINT64_MAX);
	assert_active(s, "cut", 42);
	assert_active_unknown(s, "lonely");
	assert_active_unknown(s, "word");
	assert_active_unknown(s, "none");
	assert_active_unknown(s, "slabinfo");
	assert_active_unknown(s, "#off");
	assert_string_equal(slabs_names(s)[0], "after");
	assert_string_equal(slabs_names(s)[1], "cut");
	assert_string_equal(slabs_names(s)[2], "good");
	assert_string_equal(slabs_names(s)[3], "huge");
	assert_null(slabs_names(s)[4]);
	slabs_destroy(s);
}

/* The kernel lets two caches have one name (and warns); the snapshot counts them as one. */
static void slabs_add_up_caches_of_one_name(void **state)
{
	const char *content = SLABINFO_HEAD "dentry 10 20\ndentry 5 20\n";
	struct slabs *s = read_slabs(sandbox_file(state, "slabinfo", content), make_sysfs(state));

	assert_active(s, "dentry", 15);
	slabs_destroy(s);
}

/* More names than fit without growing. */
static void slabs_hold_many_caches(void **state)
{
	enum { CACHES = 1500 };
	char content[CACHES * 32] = SLABINFO_HEAD;
	size_t used = strlen(content);
	struct slabs *s;

	for (int i = 0; i < CACHES; i++)
		used += sprintf(content + used, "cache-%d %d 9999\n", i * 7 % CACHES, i);
	s = read_slabs(sandbox_file(state, "slabinfo", content), sandbox_path(state, "absent"));
	for (int i = 0; i < CACHES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "cache-%d", i * 7 % CACHES);
		assert_active(s, name, i);
	}
	slabs_destroy(s);
}

static void slabs_survive_without_memory(void **state)
{
	const char *slabinfo = make_slabinfo(state), *sysfs = make_sysfs(state);
	int err = -ENOMEM, failures = 0;

	for (long n = 0; err; n++) {
		struct slabs *s = NULL;

		memory_fails_after(n);
		err = slabs_create(slabinfo, sysfs, &s);
		assert_int_equal(memory_failed(), err != 0);
		assert_int_equal(err, s ? 0 : -ENOMEM);
		failures += err != 0;
		slabs_destroy(s);
	}
	assert_true(failures >= 15);
}

int test_slabs(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(slabs_count_active_objects),
		SANDBOXED(slabs_know_other_names),
		SANDBOXED(slabs_match_by_any_name),
		SANDBOXED(slabs_list_all_names_in_order),
		SANDBOXED(slabs_without_sysfs),
		SANDBOXED(slabs_without_slabinfo),
		SANDBOXED(slabs_with_nothing_to_read),
		SANDBOXED(slabs_pass_over_garbage),
		SANDBOXED(slabs_add_up_caches_of_one_name),
		SANDBOXED(slabs_hold_many_caches),
		SANDBOXED(slabs_survive_without_memory),
	};

	return cmocka_run_group_tests_name("slabs", tests, NULL, NULL);
}
