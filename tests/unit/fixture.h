/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all unit tests share: the list of groups, a directory that goes away with
 * the test, and what a call printed.
 */
#ifndef SS_FIXTURE_H
#define SS_FIXTURE_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "random.h"

/* One group a module; each returns how many of its tests failed. */
int test_addresses(void);
int test_build_id(void);
int test_census_json(void);
int test_census_report(void);
int test_census_text(void);
int test_cgroups(void);
int test_cli(void);
int test_clusters(void);
int test_clusters_list(void);
int test_collect(void);
int test_containers(void);
int test_debug_files(void);
int test_debuginfo(void);
int test_debuginfo_ask(void);
int test_dentries(void);
int test_dentries_report(void);
int test_dentries_verdict(void);
int test_dentry_births(void);
int test_dentry_paths(void);
int test_diff(void);
int test_diff_text(void);
int test_merge(void);
int test_merge_alias(void);
int test_merge_files(void);
int test_export_csv(void);
int test_export_folded(void);
int test_export_html(void);
int test_export_openmetrics(void);
int test_export_options(void);
int test_export_pprof(void);
int test_export_recorded(void);
int test_export_rows(void);
int test_governor(void);
int test_held(void);
int test_hooks(void);
int test_instance(void);
int test_interrupt(void);
int test_interval(void);
int test_interval_lives(void);
int test_interval_stacks(void);
int test_json_contract(void);
int test_kinds(void);
int test_lines(void);
int test_makers(void);
int test_meminfo(void);
int test_memo(void);
int test_mounts(void);
int test_output(void);
int test_pattern(void);
int test_progress(void);
int test_rank(void);
int test_replace(void);
int test_report_contents(void);
int test_report_coverage(void);
int test_report_json(void);
int test_report_json_document(void);
int test_report_lines(void);
int test_report_places(void);
int test_report_text(void);
int test_report_verdicts(void);
int test_report_width(void);
int test_sample(void);
int test_slabs(void);
int test_snapshot(void);
int test_snapshot_ages(void);
int test_snapshot_names(void);
int test_snapshot_random(void);
int test_snapshot_sample(void);
int test_snapshot_stacks(void);
int test_snapshot_frees(void);
int test_snapshot_stale(void);
int test_settle(void);
int test_survival(void);
int test_recording(void);
int test_recording_damage(void);
int test_recording_endless(void);
int test_recording_modules(void);
int test_recording_parts(void);
int test_recording_size(void);
int test_repetitions(void);
int test_run_cgroup(void);
int test_suppressions(void);
int test_survival_spread(void);
int test_survivors(void);
int test_symbols(void);
int test_symbols_modules(void);
int test_text(void);
int test_together(void);
int test_top(void);
int test_trace_options(void);
int test_trace_options_cgroup(void);
int test_verdict(void);
int test_verdict_all(void);
int test_verdict_rates(void);
int test_verdict_text(void);
int test_wire(void);

/* A directory of the test's own: *state is its path. */
#define SANDBOXED(test) cmocka_unit_test_setup_teardown(test, sandbox_setup, sandbox_teardown)
int sandbox_setup(void **state);
int sandbox_teardown(void **state);
/* "dir/name"; valid until 64 more were asked for. */
const char *sandbox_path(void **state, const char *name);
/* The path of a new file with this content. */
const char *sandbox_file(void **state, const char *name, const char *content);

/* What is written to a descriptor between begin and end. Nothing in between may assert. */
struct capture {
	int fd, saved, file;
	char text[8192];
};
void capture_begin(struct capture *c, int fd);
const char *capture_end(struct capture *c);

/* Is `part` somewhere in the text? */
void assert_has(const char *text, const char *part);
void assert_begins(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);
/* How often it is. */
size_t count_of(const char *text, const char *part);
/* No line is wider than a terminal of 80 columns or ends with a space; the last one ends. */
void assert_fits(const char *text);

/* Doubles that differ by rounding only. */
#define assert_close(a, b) assert_near((a), (b), __FILE__, __LINE__)
void assert_near(double a, double b, const char *file, int line);

#endif
