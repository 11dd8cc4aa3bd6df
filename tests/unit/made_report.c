// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything that a report is made of, made up. */
#include "fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "made_recording.h"
#include "made_report.h"

struct made_report made;

static const char *make_kallsyms(void **sandbox)
{
	static char content[100000];
	int used = snprintf(content, sizeof(content),
			    "ffffffff81200000 T iterate_dir\n"
			    "ffffffff81300000 T d_alloc\n"
			    "ffffffff81400000 t lookup_slow\n"
			    "ffffffffc0200100 t nfs_readdir_folio_array_append\t[nfs]\n"
			    "ffffffffc0200200 t nfs_readdir\t[nfs]\n");

	for (int i = 0; i < 1000; i++)
		used += snprintf(content + used, sizeof(content) - used, "%llx t caller_%d\n",
				 MADE_OTHER + 0x200 * i, i);
	return sandbox_file(sandbox, "kallsyms", content);
}

/* kmalloc-192 with more other names than a line holds. */
static const char *make_sysfs(void **sandbox)
{
	static const char *const aliases[] = {
		"kmalloc-192",
		"skbuff_small_head",
		"bio_integrity_data",
		"ext4_io_end_vec",
		"fsnotify_mark_connector",
		"nf_conntrack_expect",
		"request_sock_subflow_v4",
		"xfrm_dst_cache",
		"biovec-max-of-many",
		"rpc_inode_cache_x",
		"secpath_cache",
		"uid_cache_by_user",
		"vm_area_struct_n",
		"zswap_entry_one",
	};
	const char *root = sandbox_path(sandbox, "slab");

	assert_int_equal(mkdir(root, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		char name[64];

		snprintf(name, sizeof(name), "slab/%s", aliases[i]);
		assert_int_equal(symlink(":0000192", sandbox_path(sandbox, name)), 0);
	}
	return root;
}

static void init(struct made_report *r, void **sandbox)
{
	const char *sysfs = make_sysfs(sandbox);

	memset(r, 0, sizeof(*r));
	made_init(&r->ledger);
	assert_int_equal(symbols_create(make_kallsyms(sandbox), &r->symbols), 0);
	assert_int_equal(slabs_create(sandbox_file(sandbox, "before",
						   "dentry 1000 1\nkmalloc-16 50 1\n"
						   "kmalloc-192 70 1\n"),
				      sysfs, &r->before),
			 0);
	assert_int_equal(slabs_create(sandbox_file(sandbox, "after",
						   "dentry 1400 1\nkmalloc-16 20 1\n"
						   "kmalloc-192 70 1\nnew_cache 5 1\n"),
				      sysfs, &r->after),
			 0);
	for (int i = 0; i < HOOK_COUNT; i++)
		r->hooks[i] = (struct hook){
			.spec = &hook_specs[i],
			.target = hook_specs[i].targets[0],
			.kind = hook_specs[i].kind,
			.state = HOOK_ATTACHED,
			.second = hook_specs[i].is_free && hook_specs[i].programs[1] ? SECOND_SAME
										     : SECOND_NONE,
		};
	r->report = (struct report){
		.command = "trace",
		.host = "web3",
		.release = "6.12.117+deb12-cloud-amd64",
		.machine = "x86_64",
		.duration_s = 30,
		.symbols = r->symbols,
		.before = r->before,
		.after = r->after,
		.hooks = r->hooks,
		.grade = COVERAGE_FULL,
		.recursion_misses = 17,
		.skipped_allocs = 6,
		.skipped_frees = 4,
		.map_bytes = 22 << 20,
		.start_s = 0.25,
		.reclaimable_bit = 0x20000,
	};
}

int made_report_setup(void **state)
{
	if (sandbox_setup(state))
		return -1;
	init(&made, state);
	return 0;
}

int made_report_teardown(void **state)
{
	snapshot_destroy(made.report.snapshot);
	slabs_destroy(made.before);
	slabs_destroy(made.after);
	symbols_destroy(made.symbols);
	made_deinit(&made.ledger);
	return sandbox_teardown(state);
}

void made_report_take(struct made_report *r)
{
	snapshot_destroy(r->report.snapshot);
	r->report.snapshot = NULL;
	assert_int_equal(snapshot_create(&r->ledger.view, true, &r->report.snapshot), 0);
	/* As a trace does. */
	r->report.snapshot->reclaim_all = r->report.snapshot->reclaim_tried;
	assert_int_equal(
		verdict_all(r->report.snapshot, r->report.reclaimable_bit, r->report.symbols), 0);
}

static void fill_names(struct made_ledger *m)
{
	uint32_t cache = made_cache(m, "kmalloc-16", 16, 16);
	uint32_t origin = made_origin(m, cache, MADE_APPEND, 16, SS_ORIGIN_KMALLOC);
	uint32_t first = made_stack(
		m, (uint64_t[]){MADE_APPEND, MADE_READDIR, MADE_ITERATE, MADE_NOWHERE}, 4);
	uint32_t second = made_stack(m, (uint64_t[]){MADE_APPEND, MADE_OTHER + 1}, 2);
	uint32_t ls = made_task(m, "ls"), find = made_task(m, "find");

	made_objects(m, 600, origin, made_rec(m, origin, first, ls), 0, 2500, 15);
	made_objects(m, 300, origin, made_rec(m, origin, first, find), 0, 250, 14);
	made_objects(m, 100, origin, made_rec(m, origin, second, ls), 0, 25, 13);
	made_freed(m, origin, 9000);
	m->rares[origin].life[3] = 7000;
	m->rares[origin].life[9] = 60;
	made_free_site(m, origin, SS_FREED_CALL, MADE_READDIR, 88, 128);
	made_free_site(m, origin, SS_FREED_RCU, MADE_ITERATE, 540, 0);
	made_free_site(m, origin, SS_FREED_BULK, 0, 90, 0);
	made_free_site(m, origin, SS_FREED_UNKNOWN, 0, 90, 0);
}

static void fill_dentries(struct made_ledger *m)
{
	uint32_t cache = made_cache(m, "dentry", 192, 184);
	uint32_t origin = made_origin(m, cache, MADE_ALLOC, 192, 0);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_ALLOC, MADE_LOOKUP}, 2);
	uint32_t other = made_stack(m, (uint64_t[]){MADE_ALLOC, MADE_OTHER + 0x201}, 2);
	uint32_t task = made_task(m, "updatedb");

	m->caches[cache].flags = 0x20400;
	made_objects(m, 3, origin, made_rec(m, origin, stack, task), 4, 700, 1);
	made_objects(m, 1, origin, made_rec(m, origin, other, 0), 4, 700, 1);
	made_objects(m, 396, origin, 0, 0, 20, 1);
	made_freed(m, origin, 5000);
	made_free_site(m, origin, SS_FREED_CALL, MADE_LOOKUP, 5000, 0);
	m->rares[origin].ghosts = 12;
	m->counts[origin].allocs += 12;
}

void made_report_fill(struct made_report *r)
{
	struct made_ledger *m = &r->ledger;
	uint32_t guessed = made_guessed_cache(m, 2048, SS_KMALLOC_ACCOUNT);
	uint32_t gone = made_cache(m, "zone_of_a_module", 320, 320), origin;

	fill_names(m);
	fill_dentries(m);
	made_object(m, made_origin(m, guessed, MADE_OTHER + 0x401, 2048, SS_ORIGIN_KMALLOC), 0, 0,
		    1, 1500);
	m->caches[gone].state |= SS_CACHE_DESTROYED;
	made_objects(m, 2, made_origin(m, gone, MADE_NOWHERE, 320, 0), 0, 0, 5, 1);
	origin = made_origin(m, SS_CACHE_LARGE_INDEX, MADE_OTHER + 0x601, 65536,
			     SS_ORIGIN_KMALLOC | SS_ORIGIN_LARGE);
	made_object(m, origin, 0, 0, 2, 40000);
	origin = made_origin(m, made_cache(m, "kmalloc-192", 192, 192), MADE_OTHER + 0x801, 192,
			     SS_ORIGIN_KMALLOC);
	made_freed(m, origin, 77);
	m->counts[SS_ORIGIN_NONE].frees = 41;
	m->rares[origin].stackless = 3;
	*m->totals = (struct ss_totals){
		.own = 2,
		.filtered = 3,
		.origins_full = 5,
		.caches_full = 7,
		.stacks_full = 11,
		.stacks_failed = 13,
		.tasks_full = 17,
		.bulk_long = 19,
		.bulk_unread = 23,
		.destroyed = 1,
		.calls_full = 29,
		.sites_full = 31,
	};
}

char *made_report_write(const struct made_report *r, report_writer writer)
{
	char *whole = NULL;
	size_t size;
	FILE *f = open_memstream(&whole, &size);

	assert_non_null(f);
	assert_int_equal(writer(&r->report, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(strlen(whole), size);
	made_recording_check(&r->report, writer);
	return whole;
}

char *made_report_text(struct made_report *r)
{
	made_report_take(r);
	return made_report_write(r, report_text);
}

static void check_error(const struct made_report *r, report_writer writer, FILE *f, int expected)
{
	assert_non_null(f);
	assert_int_equal(writer(&r->report, f), expected);
}

void made_report_check_errors(const struct made_report *r, report_writer writer)
{
	FILE *closed = fopen("/dev/null", "we"), *full = fopen("/dev/full", "we");
	FILE *readonly = fopen("/dev/null", "re");

	check_error(r, writer, full, -ENOSPC);
	check_error(r, writer, readonly, -EBADF);
	close(fileno(closed));
	check_error(r, writer, closed, -EBADF);
	fclose(full);
	fclose(readonly);
	fclose(closed);
}

const char *made_report_row(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, word, len) && line[len] == ' ')
			return line;
	}
	fail_msg("no row of %s", word);
	return NULL;
}

static void check_secret(uint64_t address, const char *written)
{
	static const char *const formats[] = {"%" PRIx64, "%" PRIX64, "%" PRIu64, "%" PRId64};
	char as_text[32];

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		snprintf(as_text, sizeof(as_text), formats[i], address);
		if (strstr(written, as_text))
			fail_msg("%s is in the report", as_text);
	}
}

void made_report_check_secrets(const struct made_report *r, const char *written)
{
	const struct made_ledger *m = &r->ledger;

	for (uint32_t i = SS_ORIGIN_FIRST; i < m->origin; i++)
		check_secret(m->origins[i].site, written);
	for (uint32_t i = SS_CACHE_FIRST; i < m->cache; i++)
		if (!(m->caches[i].state & SS_CACHE_GUESSED))
			check_secret(m->caches[i].key, written);
	for (uint32_t i = 0; i < m->frame; i++)
		check_secret(m->frames[i], written);
	for (uint32_t i = 0; i < m->slot; i += 97)
		check_secret(ss_word_address(m->buckets[i / SS_WAYS].word[i % SS_WAYS]), written);
	/* Nothing else that looks like the kernel's half of the address space. */
	assert_null(strstr(written, "ffff8"));
	assert_null(strstr(written, "ffffff"));
}
