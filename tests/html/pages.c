// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the pages that a browser is to be shown (page.mjs), and of each report the
 * JSON: pages OUT_DIR. Reports are made up, as in the unit tests.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "export_html.h"
#include "made_report.h"

static const char *out_dir;

static FILE *create(const char *name, const char *type)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.%s", out_dir, name, type);
	f = fopen(path, "we");
	assert_non_null(f);
	return f;
}

static void write_page(const char *name, const struct export_growth *growth)
{
	FILE *html = create(name, "html"), *json = create(name, "json");

	assert_int_equal(export_html_recorded(&made.report, growth, html), 0);
	assert_int_equal(report_json(&made.report, json), 0);
	assert_int_equal(fclose(html), 0);
	assert_int_equal(fclose(json), 0);
}

/* A leak that two programs made, by two ways into it. */
static void fill_leak(struct made_ledger *m)
{
	uint32_t cache = made_cache(m, "kmalloc-192", 192, 192);
	uint32_t origin = made_origin(m, cache, MADE_OTHER + 1, 192, SS_ORIGIN_KMALLOC);
	uint32_t first =
		made_stack(m, (uint64_t[]){MADE_OTHER + 1, MADE_OTHER + 0x200, MADE_ITERATE}, 3);
	uint32_t second = made_stack(m, (uint64_t[]){MADE_OTHER + 1, MADE_OTHER + 0x400}, 2);

	made_leaks(m, 300, origin, made_rec(m, origin, first, made_task(m, "ls")));
	made_leaks(m, 100, origin, made_rec(m, origin, first, made_task(m, "find")));
	made_leaks(m, 97, origin, made_rec(m, origin, second, made_task(m, "rm")));
	made_freed(m, origin, 500);
	made_free_site(m, origin, SS_FREED_CALL, MADE_READDIR, 500, 0);
}

/* What all its objects hold but two, and what these do. */
static void fill_contents(struct snapshot *s, const char *cache)
{
	struct snapshot_origin *o = s->origins;

	while (strcmp(s->caches[o->cache].name, cache))
		assert_true(++o < s->origins + s->origin_cnt);
	o->contents = calloc(2, sizeof(*o->contents));
	assert_non_null(o->contents);
	o->contents[0] =
		(struct snapshot_content){"symbols", strdup("+0x28 points at udp_prot"), 254};
	o->contents[1] = (struct snapshot_content){"symbols", strdup("+0x68 points at net"), 2};
	o->content_cnt = 2;
	o->looked = 256;
}

static void page_of_a_leak(void **state)
{
	(void)state;
	made_report_fill(&made);
	fill_leak(&made.ledger);
	made_report_take(&made);
	fill_contents(made.report.snapshot, "kmalloc-192");
	/* The other is of a cache that was destroyed. */
	assert_int_equal(report_leaks(&made.report), 2);
	write_page("leak", NULL);
}

static void page_without_a_leak(void **state)
{
	struct made_ledger *m = &made.ledger;
	uint32_t origin = made_origin(m, made_cache(m, "filp", 192, 192), MADE_ITERATE, 192, 0);

	(void)state;
	made_objects(m, 5, origin, 0, 0, 3, 192);
	made_freed(m, origin, 9000);
	m->rares[origin].life[3] = 9000;
	made_report_take(&made);
	assert_int_equal(report_leaks(&made.report), 0);
	write_page("none", NULL);
}

/* Of what an attacker names: caches of modules, threads, files, cgroups. */
#define SCRIPT "<script>pwned=1</script>"
#define IMAGE  "\"><img/src=x/onerror=pwned=1>"
#define ENDING "</script><script>pwned=1//"
#define NOTE   "<!--<script>"

static void hostile_symbols(void **state)
{
	symbols_destroy(made.symbols);
	assert_int_equal(symbols_create(sandbox_file(state, "hostile",
						     "ffffffff81200000 T " SCRIPT "\n"
						     "ffffffff81300000 T " IMAGE "\n"
						     "ffffffff81400000 t " NOTE "\t[" IMAGE "]\n"),
					&made.symbols),
			 0);
	made.report.symbols = made.symbols;
}

static void page_of_hostile_names(void **state)
{
	static const char *const names[] = {SCRIPT,
					    IMAGE,
					    ENDING,
					    NOTE,
					    "@REPORT@",
					    "&lt;b&gt;",
					    "a\xe2\x80\xa8"
					    "b\xe2\x80\xae"
					    "c\x1b[2J\x7f"};
	static char script[] = SCRIPT, image[] = IMAGE;
	static const char *const comms[] = {"<b>x</b>", "\"><img src=x>", "</script>", "<!--"};
	static struct snapshot_content content = {.kind = "string", .text = script, .objects = 1};
	struct made_ledger *m = &made.ledger;

	hostile_symbols(state);
	made.report.host = IMAGE;
	made.report.release = SCRIPT;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint32_t origin = made_origin(m, made_cache(m, names[i], 64, 64),
					      i % 2 ? MADE_ALLOC : MADE_ITERATE, 64, 0);
		uint32_t stack =
			made_stack(m, (uint64_t[]){MADE_ALLOC, MADE_LOOKUP, MADE_ITERATE}, 3);

		made_leaks(m, 100, origin,
			   made_rec(m, origin, stack, made_task(m, comms[i % ARRAY_SIZE(comms)])));
		made_free_site(m, origin, SS_FREED_CALL, MADE_LOOKUP, 7, 0);
		made_freed(m, origin, 7);
	}
	made.hooks[0].state = HOOK_MISSING;
	made.hooks[0].target = image;
	snprintf(made.hooks[0].why, sizeof(made.hooks[0].why), "%s", ENDING);
	made_report_take(&made);
	made.report.snapshot->origins[0].contents = &content;
	made.report.snapshot->origins[0].content_cnt = 1;
	made.report.snapshot->origins[0].looked = 1;
	write_page("hostile", NULL);
	made.report.snapshot->origins[0].contents = NULL;
	made.report.snapshot->origins[0].content_cnt = 0;
}

#define HUGE_ORIGINS 8000u
#define HUGE_BUCKETS 4096u

/* Two stacks of 10 frames an origin; one in 100 is small, and a leak. */
static void fill_huge(struct made_ledger *m)
{
	uint32_t caches[200], tasks[100], stacks[4000];
	uint64_t frames[10];
	char name[32];

	for (uint32_t i = 0; i < ARRAY_SIZE(caches); i++) {
		snprintf(name, sizeof(name), "cache_%u", i);
		caches[i] = made_cache(m, name, 64 + 8 * i, 64 + 8 * i);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(tasks); i++) {
		snprintf(name, sizeof(name), "worker-%u", i);
		tasks[i] = made_task(m, name);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		for (uint32_t j = 0; j < ARRAY_SIZE(frames); j++)
			frames[j] = MADE_OTHER + 0x200 * ((i * (j + 1) + j) % 1000) + j;
		stacks[i] = made_stack(m, frames, ARRAY_SIZE(frames));
	}
	for (uint32_t i = 0; i < HUGE_ORIGINS; i++) {
		uint32_t cache = caches[i % ARRAY_SIZE(caches)];
		uint32_t origin = made_origin(m, cache, MADE_OTHER + i, 64 + 8 * (i % 200), 0);

		for (uint32_t j = 0; j < 2; j++) {
			uint32_t rec = made_rec(m, origin, stacks[(2 * i + j) % ARRAY_SIZE(stacks)],
						tasks[i % ARRAY_SIZE(tasks)]);

			if (i % 100)
				made_object(m, origin, rec, 0, 10 + i, 64);
			else
				made_leaks(m, 60, origin, rec);
		}
	}
}

static void page_of_a_huge_report(void **state)
{
	struct made_ledger *m = &made.ledger;

	(void)state;
	free(m->buckets);
	m->buckets = calloc(HUGE_BUCKETS, sizeof(*m->buckets));
	m->view.buckets = m->buckets;
	m->view.bucket_cnt = HUGE_BUCKETS;
	fill_huge(m);
	made_report_take(&made);
	assert_int_equal(made.report.snapshot->origin_cnt, HUGE_ORIGINS);
	assert_int_equal(report_leaks(&made.report), HUGE_ORIGINS / 100);
	write_page("huge", NULL);
}

#define POINTS 1000

/* A leak that was recorded for an hour, and something that went up and down. */
static void page_of_a_recording(void **state)
{
	static struct export_point points[2][POINTS];
	struct export_series series[2] = {{.points = points[0], .point_cnt = POINTS},
					  {.points = points[1], .point_cnt = POINTS}};
	const struct export_growth growth = {.length_s = 3600, .series = series, .series_cnt = 2};
	const struct snapshot *s;

	(void)state;
	made_report_fill(&made);
	fill_leak(&made.ledger);
	made_report_take(&made);
	s = made.report.snapshot;
	for (size_t i = 0; i < s->origin_cnt; i++)
		if (!strcmp(s->caches[s->origins[i].cache].name, "dentry"))
			series[1].origin = i;
		else if (s->origins[i].site == MADE_OTHER + 1)
			series[0].origin = i;
	for (size_t i = 0; i < POINTS; i++) {
		points[0][i] = (struct export_point){3.5 * i, 497 * i / (POINTS - 1),
						     497 * i / (POINTS - 1) * 192};
		points[1][i] = (struct export_point){3.5 * i, 400 * (i % 100) / 99,
						     400 * (i % 100) / 99 * 192};
	}
	write_page("recorded", &growth);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(page_of_a_leak),	    WITH_REPORT(page_without_a_leak),
		WITH_REPORT(page_of_hostile_names), WITH_REPORT(page_of_a_huge_report),
		WITH_REPORT(page_of_a_recording),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: pages OUT_DIR\n");
		return 2;
	}
	out_dir = argv[1];
	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
