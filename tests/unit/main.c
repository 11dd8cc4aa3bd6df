// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The unit tests: every module of user/ that needs no kernel, one group each.
 * An argument names the tests to run ("snapshot*"). Fails if any test failed.
 */
#include <stdio.h>

#include "cleanup.h"
#include "fixture.h"

int main(int argc, char **argv)
{
	int (*const groups[])(void) = {
		test_text,
		test_wire,
		test_symbols,
		test_symbols_modules,
		test_slabs,
		test_snapshot,
		test_snapshot_stacks,
		test_snapshot_frees,
		test_snapshot_ages,
		test_snapshot_names,
		test_snapshot_sample,
		test_snapshot_random,
		test_survival,
		test_verdict_text,
		test_kinds,
		test_verdict,
		test_verdict_all,
		test_verdict_rates,
		test_report_verdicts,
		test_report_contents,
		test_together,
		test_containers,
		test_clusters_list,
		test_report_coverage,
		test_survival_spread,
		test_rank,
		test_governor,
		test_hooks,
		test_json_contract,
		test_report_json,
		test_report_json_document,
		test_export_html,
		test_report_places,
		test_report_text,
		test_recording,
		test_recording_size,
		test_recording_damage,
		test_recording_endless,
		test_recording_modules,
		test_recording_parts,
		test_diff,
		test_diff_text,
		test_merge,
		test_merge_alias,
		test_merge_files,
		test_interrupt,
		test_interval,
		test_interval_lives,
		test_interval_stacks,
		test_report_width,
		test_debuginfo,
		test_debuginfo_ask,
		test_debug_files,
		test_report_lines,
		test_output,
		test_cli,
		test_trace_options,
		test_trace_options_cgroup,
		test_instance,
		test_collect,
		test_progress,
		test_pattern,
		test_mounts,
		test_cgroups,
		test_top,
		test_sample,
		test_memo,
		test_clusters,
		test_dentries,
		test_dentry_paths,
		test_dentry_births,
		test_dentries_verdict,
		test_dentries_report,
		test_addresses,
		test_survivors,
		test_held,
		test_snapshot_stale,
		test_settle,
		test_repetitions,
		test_run_cgroup,
		test_suppressions,
		test_meminfo,
		test_lines,
		test_makers,
		test_census_report,
		test_census_text,
		test_census_json,
		test_export_options,
		test_export_rows,
		test_export_pprof,
		test_export_recorded,
		test_export_folded,
		test_export_csv,
		test_export_openmetrics,
		test_replace,
		test_build_id,
	};
	int failed = 0;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		failed += groups[i]() != 0;
	if (failed)
		fprintf(stderr, "%d of %zu groups failed\n", failed, ARRAY_SIZE(groups));
	return failed != 0;
}
