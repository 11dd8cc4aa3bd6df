// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_pprof.c, unzipped and unpacked again: what refers to something refers to what is there,
 * the numbers are the snapshot's, and no name or address is in it that should not be.
 */
#include "fixture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "export_rows.h"
#include "made_export.h"

#define KERNEL 0xffffffff81200000ull /* the first functions of made_report.c */
#define NFS    0xffffffffc0200100ull

static const char *text(const Pprof__Profile *p, int64_t index)
{
	assert_true(index >= 0 && (size_t)index < p->n_strings);
	return p->strings[index];
}

static void check_sample(const Pprof__Profile *p, const Pprof__Sample *s)
{
	assert_int_equal(s->n_values, p->n_kinds);
	assert_true(s->n_locations > 0);
	for (size_t i = 0; i < s->n_locations; i++)
		assert_true(s->locations[i] && s->locations[i] <= p->n_locations);
	for (size_t i = 0; i < s->n_labels; i++) {
		const Pprof__Label *l = s->labels[i];

		assert_true(*text(p, l->key));
		assert_true(!l->text || !l->number);
		text(p, l->text);
		text(p, l->unit);
	}
}

/* Ids are 1, 2, 3..., each string is there once, and every reference leads to something. */
static void check_whole(const Pprof__Profile *p)
{
	assert_string_equal(p->strings[0], "");
	for (size_t i = 0; i < p->n_strings; i++) {
		for (const char *c = p->strings[i]; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(p->strings[i], p->strings[j]);
	}
	for (size_t i = 0; i < p->n_functions; i++) {
		assert_int_equal(p->functions[i]->id, i + 1);
		assert_true(*text(p, p->functions[i]->name));
		text(p, p->functions[i]->file);
	}
	for (size_t i = 0; i < p->n_mappings; i++) {
		assert_int_equal(p->mappings[i]->id, i + 1);
		assert_true(*text(p, p->mappings[i]->file));
		text(p, p->mappings[i]->build_id);
	}
	for (size_t i = 0; i < p->n_locations; i++) {
		const Pprof__Location *l = p->locations[i];

		assert_int_equal(l->id, i + 1);
		assert_int_equal(l->n_lines, 1);
		assert_true(l->lines[0]->function && l->lines[0]->function <= p->n_functions);
		assert_true(l->mapping <= p->n_mappings);
		if (l->mapping)
			assert_in_range(l->address, p->mappings[l->mapping - 1]->start,
					p->mappings[l->mapping - 1]->limit - 1);
	}
	for (size_t i = 0; i < p->n_samples; i++)
		check_sample(p, p->samples[i]);
}

/* NULL: it has no such label. */
static const Pprof__Label *label(const Pprof__Profile *p, const Pprof__Sample *s, const char *key)
{
	for (size_t i = 0; i < s->n_labels; i++)
		if (!strcmp(text(p, s->labels[i]->key), key))
			return s->labels[i];
	return NULL;
}

static const char *label_text(const Pprof__Profile *p, const Pprof__Sample *s, const char *key)
{
	const Pprof__Label *l = label(p, s, key);

	assert_non_null(l);
	return text(p, l->text);
}

static const char *function(const Pprof__Profile *p, const Pprof__Sample *s, size_t frame)
{
	const Pprof__Location *l = p->locations[s->locations[frame] - 1];

	assert_true(frame < s->n_locations);
	return text(p, p->functions[l->lines[0]->function - 1]->name);
}

static bool has_comment(const Pprof__Profile *p, const char *part)
{
	for (size_t i = 0; i < p->n_comments; i++)
		if (strstr(text(p, p->comments[i]), part))
			return true;
	return false;
}

/* Of all samples with this leaf and cache. */
static void check_origin(const Pprof__Profile *p, const struct snapshot_origin *o)
{
	const char *cache = made.report.snapshot->caches[o->cache].name;
	struct symbol sym = symbols_find(made.symbols, o->site);
	int64_t sum[4] = {};

	for (size_t i = 0; i < p->n_samples; i++) {
		const Pprof__Sample *s = p->samples[i];

		if (strcmp(label_text(p, s, "cache"), cache) ||
		    strcmp(function(p, s, 0), sym.name ? sym.name : "(no symbol)"))
			continue;
		assert_string_equal(label_text(p, s, "verdict"), verdict_name(o->verdict->kind));
		for (int j = 0; j < 4; j++)
			sum[j] += s->values[j];
	}
	assert_int_equal(sum[0], o->allocs);
	assert_int_equal(sum[1], export_alloc_bytes(&made.report, o));
	assert_int_equal(sum[2], o->objects);
	assert_int_equal(sum[3], o->bytes);
}

static void pprof_has_the_snapshots_numbers(void **state)
{
	static const char *const kinds[][2] = {{"alloc_objects", "count"},
					       {"alloc_space", "bytes"},
					       {"inuse_objects", "count"},
					       {"inuse_space", "bytes"}};
	Pprof__Profile *p;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	made.report.began = 1795283696.25;
	p = made_export_profile();
	check_whole(p);
	assert_int_equal(p->n_kinds, 4);
	for (int i = 0; i < 4; i++) {
		assert_string_equal(text(p, p->kinds[i]->name), kinds[i][0]);
		assert_string_equal(text(p, p->kinds[i]->unit), kinds[i][1]);
	}
	assert_string_equal(text(p, p->default_kind), "inuse_space");
	assert_int_equal(p->duration_ns, 30000000000);
	assert_in_range(p->began_ns, 1795283696249999000, 1795283696250001000); /* of a double */
	assert_int_equal(p->n_samples, 3 + 2 + 4);
	for (size_t i = 0; i < made.report.snapshot->origin_cnt; i++)
		check_origin(p, &made.report.snapshot->origins[i]);
	pprof__profile__free_unpacked(p, NULL);
}

/* The sample of this thread. */
static const Pprof__Sample *sample_of(const Pprof__Profile *p, const char *comm)
{
	for (size_t i = 0; i < p->n_samples; i++)
		if (!strcmp(label_text(p, p->samples[i], "comm"), comm))
			return p->samples[i];
	fail_msg("no sample of %s", comm);
	return NULL;
}

static void pprof_shows_a_stack_whole(void **state)
{
	static const char *const names[] = {"nfs_readdir_folio_array_append", "nfs_readdir",
					    "iterate_dir", "(no symbol)"};
	static const uint64_t addresses[] = {MADE_APPEND - NFS, MADE_READDIR - NFS,
					     MADE_ITERATE - KERNEL, 0};
	static const uint64_t mappings[] = {2, 2, 1, 0};
	const Pprof__Location *l;
	const Pprof__Sample *s;
	Pprof__Profile *p;

	(void)state;
	made.report.build_id = "4a5a9b0a";
	made_report_fill(&made);
	made_report_take(&made);
	p = made_export_profile();
	s = sample_of(p, "find");
	assert_int_equal(s->values[2], 300);
	assert_int_equal(s->values[3], 4800);
	assert_int_equal(s->values[0], 3000); /* of 10,000, as 300 are of 1,000 */
	assert_int_equal(s->n_locations, 4);
	for (int i = 0; i < 4; i++) {
		l = p->locations[s->locations[i] - 1];
		assert_string_equal(function(p, s, i), names[i]);
		assert_int_equal(l->address, addresses[i]);
		assert_int_equal(l->mapping, mappings[i]);
	}
	assert_string_equal(label_text(p, s, "stacks"), "exact");
	assert_int_equal(label(p, s, "bytes")->number, 16);
	assert_string_equal(text(p, label(p, s, "bytes")->unit), "bytes");
	assert_null(label(p, s, "suppressed_by"));
	assert_string_equal(label_text(p, sample_of(p, "updatedb"), "stacks"), "estimated");
	assert_string_equal(label_text(p, sample_of(p, "(unknown)"), "stacks"), "none");
	assert_int_equal(p->n_mappings, 2);
	assert_string_equal(text(p, p->mappings[0]->file), "[kernel.kallsyms]");
	assert_string_equal(text(p, p->mappings[0]->build_id), "4a5a9b0a");
	assert_string_equal(text(p, p->mappings[1]->file), "[nfs]");
	assert_int_equal(p->mappings[1]->build_id, 0);
	assert_true(p->mappings[0]->has_functions);
	pprof__profile__free_unpacked(p, NULL);
}

static void pprof_tells_what_is_an_estimate(void **state)
{
	Pprof__Profile *p;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	p = made_export_profile();
	assert_true(has_comment(p, "coverage full: 12 ghosts"));
	assert_true(has_comment(p, "estimates for 1 of 5 origins"));
	assert_true(has_comment(p, "alloc: counted by origin"));
	assert_true(has_comment(p, "on web3, Linux 6.12.117"));
	assert_false(has_comment(p, "is booked"));
	pprof__profile__free_unpacked(p, NULL);
}

static void pprof_of_a_sample(void **state)
{
	Pprof__Profile *p;

	(void)state;
	made_halve(&made.ledger, 3);
	made_report_fill(&made);
	made_report_take(&made);
	p = made_export_profile();
	check_whole(p);
	assert_true(has_comment(p, "1 object in 8 is booked"));
	for (size_t i = 0; i < made.report.snapshot->origin_cnt; i++)
		check_origin(p, &made.report.snapshot->origins[i]);
	pprof__profile__free_unpacked(p, NULL);
}

static void check_addresses(const Pprof__Profile *p, bool shown)
{
	for (size_t i = 0; i < p->n_locations; i++)
		assert_int_equal(p->locations[i]->address >> 63, shown);
	for (size_t i = 0; i < p->n_mappings; i++) {
		assert_int_equal(p->mappings[i]->start >> 63, shown);
		assert_int_equal(p->mappings[i]->limit >> 63, shown);
	}
	for (size_t i = 0; i < p->n_strings; i++)
		made_report_check_secrets(&made, p->strings[i]);
}

static void pprof_keeps_addresses_secret(void **state)
{
	struct symbols *none;
	Pprof__Profile *p;

	made_report_fill(&made);
	made_report_take(&made);
	p = made_export_profile();
	check_addresses(p, false);
	pprof__profile__free_unpacked(p, NULL);
	/* Nor when there is nothing else to call them by. */
	assert_int_equal(
		symbols_create(sandbox_file(state, "hidden", "0000000000000000 T a\n"), &none), 0);
	made.report.symbols = none;
	p = made_export_profile();
	check_whole(p);
	check_addresses(p, false);
	pprof__profile__free_unpacked(p, NULL);
	symbols_destroy(none);
}

static void pprof_shows_addresses_on_demand(void **state)
{
	Pprof__Profile *p;

	(void)state;
	made.report.show_addresses = true;
	made_report_fill(&made);
	made_report_take(&made);
	p = made_export_profile();
	check_whole(p);
	check_addresses(p, true);
	assert_int_equal(p->mappings[0]->start, KERNEL);
	assert_int_equal(p->mappings[1]->start, NFS);
	pprof__profile__free_unpacked(p, NULL);
}

static void pprof_holds_any_name(void **state)
{
	Pprof__Profile *p;

	made_hostile_fill(&made, state);
	p = made_export_profile();
	check_whole(p);
	assert_int_equal(p->n_samples, MADE_HOSTILE);
	for (size_t i = 0; i < p->n_samples; i++) {
		const Pprof__Sample *s = p->samples[i];
		const char *name = made_hostile[s->values[2] - 1];

		assert_string_equal(label_text(p, s, "comm"), EXPORT_SAFE(name));
		assert_string_equal(label_text(p, s, "cache"), EXPORT_SAFE(name));
		assert_int_equal(s->n_locations, 2);
		assert_int_equal(s->values[0], 3 * s->values[2]);
	}
	pprof__profile__free_unpacked(p, NULL);
	made_hostile_end(&made);
}

/* One name, two functions: in the kernel and in a module. */
static void pprof_tells_functions_of_one_name_apart(void **state)
{
	struct made_ledger *m = &made.ledger;
	const uint64_t sites[] = {0xffffffff81500001ull, 0xffffffffc0300001ull};
	uint32_t cache = made_cache(m, "kmalloc-8", 8, 8);
	struct symbols *two, *own = made.symbols;
	Pprof__Profile *p;

	assert_int_equal(symbols_create(sandbox_file(state, "two",
						     "ffffffff81500000 t init\n"
						     "ffffffffc0300000 t init\t[a]\n"),
					&two),
			 0);
	made.report.symbols = two;
	for (int i = 0; i < 2; i++)
		made_object(m, made_origin(m, cache, sites[i], 8, 0), 0, 0, 1, 8);
	made_report_take(&made);
	p = made_export_profile();
	check_whole(p);
	assert_int_equal(p->n_functions, 2);
	assert_string_equal(text(p, p->functions[0]->name), text(p, p->functions[1]->name));
	assert_true(p->functions[0]->file != p->functions[1]->file);
	pprof__profile__free_unpacked(p, NULL);
	made.report.symbols = own;
	symbols_destroy(two);
}

static void pprof_is_whole_or_not_there(void **state)
{
	Pprof__Profile *p;

	(void)state;
	made_report_take(&made);
	p = made_export_profile();
	check_whole(p);
	assert_int_equal(p->n_samples, 0);
	pprof__profile__free_unpacked(p, NULL);
	made_report_fill(&made);
	made_report_take(&made);
	made_export_check_failures(export_pprof);
	made_export_check_same(export_pprof);
}

int test_export_pprof(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(pprof_has_the_snapshots_numbers),
		WITH_REPORT(pprof_shows_a_stack_whole),
		WITH_REPORT(pprof_tells_what_is_an_estimate),
		WITH_REPORT(pprof_of_a_sample),
		WITH_REPORT(pprof_keeps_addresses_secret),
		WITH_REPORT(pprof_shows_addresses_on_demand),
		WITH_REPORT(pprof_holds_any_name),
		WITH_REPORT(pprof_tells_functions_of_one_name_apart),
		WITH_REPORT(pprof_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("export_pprof", tests, NULL, NULL);
}
