// SPDX-License-Identifier: GPL-2.0-or-later
/* A census made up. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "made_census.h"

struct made_census census_made;

/* kmalloc-192 with more other names than a line holds. */
static const char *make_sysfs(void **sandbox)
{
	const char *root = sandbox_path(sandbox, "slab");

	assert_int_equal(mkdir(root, 0700), 0);
	assert_int_equal(symlink(":0000192", sandbox_path(sandbox, "slab/kmalloc-192")), 0);
	for (int i = 0; i < 13; i++) {
		char name[64];

		snprintf(name, sizeof(name), "slab/another_name_%d", i);
		assert_int_equal(symlink(":0000192", sandbox_path(sandbox, name)), 0);
	}
	return root;
}

int made_census_setup(void **state)
{
	struct made_census *m = &census_made;

	if (sandbox_setup(state))
		return -1;
	memset(m, 0, sizeof(*m));
	assert_int_equal(slabs_create(sandbox_file(state, "slabinfo",
						   "dentry 20600 1\nkmalloc-192 70 1\n"
						   "gone 5 1\n"),
				      make_sysfs(state), &m->slabs),
			 0);
	m->report = (struct census_report){
		.host = "web3",
		.release = "6.12.117+deb12-cloud-amd64",
		.machine = "x86_64",
		.totals = {.pages = 2061009,
			   .took_s = 0.084,
			   .marks_large = true,
			   .larges = 12,
			   .large_bytes = 1 << 20},
		.meminfo = {.slab = 10 << 20, .reclaimable = 8 << 20, .unreclaimable = 2 << 20},
		.dentry_state = {20010, 15000, 700},
		.slabs = m->slabs,
		.reclaimable_bit = MADE_RECLAIMABLE,
		.top = 20,
	};
	return 0;
}

int made_census_teardown(void **state)
{
	census_report_deinit(&census_made.report);
	clusters_destroy(census_made.clusters);
	slabs_destroy(census_made.slabs);
	return sandbox_teardown(state);
}

struct census_cache *made_census_cache(const char *name, uint32_t size, uint64_t slabs,
				       uint64_t live)
{
	struct census_cache *c = &census_made.caches[census_made.cache_cnt];

	assert_true(census_made.cache_cnt < MADE_CENSUS_CACHES);
	*c = (struct census_cache){
		.key = 0xffff888100000000ull + 512 * census_made.cache_cnt++,
		.random = 0x1122334455667788ull,
		.size = size,
		.object_size = size - size / 16,
		.slabs = slabs,
		.slab_bytes = slabs * 4096,
		.room = slabs * (4096 / size),
		.live = live,
	};
	snprintf(c->name, sizeof(c->name), "%s", name);
	return c;
}

void made_census_fill(void)
{
	struct census_cache *c = made_census_cache("dentry", 192, 1000, 20000);

	c->flags = 0x400 | MADE_RECLAIMABLE;
	c->guarded = 3;
	for (int p = 0; p < SS_PARKS; p++)
		c->parked[p] = 50u << p; /* 750 in all */
	made_census_cache("kmalloc-64", 64, 100, 6000);
	made_census_cache("kmalloc-192", 192, 300, 60);
	made_census_cache("empty", 4096, 0, 0);
}

static bool no_symbol(void *arg, uint64_t value, char buf[MEMO_NAME])
{
	(void)arg;
	(void)value;
	(void)buf;
	return false;
}

void made_census_contents(const struct census_cache *cache, int kinds, int n)
{
	struct made_census *m = &census_made;

	assert_int_equal(clusters_create(0, no_symbol, NULL, &m->clusters), 0);
	for (int kind = 0; kind < kinds; kind++) {
		char text[64] = "";

		/* Letters: numbers would be folded into one pattern. */
		snprintf(text, sizeof(text), "what %c%c holds", 'a' + kind / 26, 'a' + kind % 26);
		for (int i = 0; i < n; i++)
			clusters_add(m->clusters, 0, text, sizeof(text));
	}
	m->contents = (struct census_contents){.cache = cache, .sampled = (uint64_t)kinds * n};
	m->contents.cluster_cnt = clusters_rank(m->clusters, &m->contents.clusters);
	m->report.contents = &m->contents;
}

void made_census_take(const char *glob, enum census_key key)
{
	struct made_census *m = &census_made;

	census_report_deinit(&m->report);
	m->report.objects = m->report.live_bytes = m->report.slab_bytes = 0;
	m->report.parked = m->report.dentries = m->report.slabinfo_active = 0;
	assert_int_equal(census_report_init(&m->report, m->caches, m->cache_cnt, glob, key), 0);
}

char *made_census_write(census_writer writer)
{
	char *whole = NULL;
	size_t size;
	FILE *f = open_memstream(&whole, &size);

	assert_non_null(f);
	assert_int_equal(writer(&census_made.report, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(strlen(whole), size);
	/* Neither an address nor what hides free lists is anybody's business. */
	assert_lacks(whole, "ffff8881");
	assert_lacks(whole, "1122334455667788");
	assert_lacks(whole, "1234605616436508552");
	return whole;
}

void made_census_check_errors(census_writer writer)
{
	FILE *full = fopen("/dev/full", "we"), *readonly = fopen("/dev/null", "re");

	assert_int_equal(writer(&census_made.report, full), -ENOSPC);
	assert_int_equal(writer(&census_made.report, readonly), -EBADF);
	fclose(full);
	fclose(readonly);
}
