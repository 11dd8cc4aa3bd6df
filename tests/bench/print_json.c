// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The results of the bench as JSON. A variant that was not run has the reason instead of numbers;
 * a quotient that does not exist is null.
 */
#include "print.h"
#include "variant.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

static json_t *number_json(double value)
{
	return isnan(value) ? json_null() : json_real(round(value * 1000) / 1000);
}

static json_t *variant_json(const struct results *r, enum variant_id v)
{
	json_t *loops = json_object();

	if (!results_have(r, v)) {
		json_decref(loops);
		return json_pack("{s:s, s:s}", "name", variants[v].name, "not_run", r->why_not[v]);
	}
	for (size_t loop = 0; loop < LOOPS; loop++)
		json_object_set_new(loops, loop_names[loop],
				    json_pack("{s:o, s:o, s:o}", "floor_ns",
					      number_json(results_floor(r, v, loop)), "spread_ns",
					      number_json(results_spread(r, v, loop)), "added_ns",
					      number_json(results_added(r, v, loop))));
	return json_pack("{s:s, s:o}", "name", variants[v].name, "loops", loops);
}

static json_t *ratio_json(struct ratio ratio)
{
	return json_pack("{s:o, s:b}", "ratio", number_json(ratio.value), "noisy", ratio.noisy);
}

static json_t *comparison_json(const struct results *r, const struct comparison *c)
{
	json_t *loops = json_object();

	for (size_t loop = 0; loop < LOOPS; loop++)
		json_object_set_new(loops, loop_names[loop], ratio_json(results_ratio(r, c, loop)));
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", c->name, "above",
			 variants[c->above].name, "below", variants[c->below].name, "loops", loops,
			 "geomean", ratio_json(results_geomean(r, c)));
}

static json_t *programs_json(const struct prog_list *list)
{
	json_t *progs = json_array();

	for (size_t i = 0; i < list->cnt; i++) {
		const struct prog_stat *prog = &list->progs[i];
		double ns = (double)prog->run_ns / (double)prog->runs;

		json_array_append_new(progs, json_pack("{s:s, s:I, s:o}", "name", prog->name,
						       "runs", (json_int_t)prog->runs, "ns_per_run",
						       number_json(ns)));
	}
	return json_pack("{s:o, s:o}", "ns_per_run", number_json(prog_list_ns_per_run(list)),
			 "list", progs);
}

static json_t *results_json(const struct results *r)
{
	json_t *variant_list = json_array(), *comparison_list = json_array();
	json_t *programs = json_object(), *iterations = json_object();
	struct utsname kernel;

	uname(&kernel);
	for (size_t loop = 0; loop < LOOPS; loop++)
		json_object_set_new(iterations, loop_names[loop],
				    json_integer((json_int_t)r->iterations[loop]));
	for (enum variant_id v = UNTRACED; v < VARIANTS; v++)
		if (r->wanted[v])
			json_array_append_new(variant_list, variant_json(r, v));
	for (size_t i = 0; i < COMPARISONS; i++)
		if (results_have(r, comparisons[i].above) && results_have(r, comparisons[i].below))
			json_array_append_new(comparison_list, comparison_json(r, &comparisons[i]));
	for (enum variant_id v = UNTRACED; v < VARIANTS; v++)
		if (r->counted[v].cnt)
			json_object_set_new(programs, variants[v].name,
					    programs_json(&r->counted[v]));

	return json_pack("{s:i, s:s, s:s, s:{s:s, s:s}, s:i, s:i, s:o, s:o, s:o, s:o}", "schema", 2,
			 "tool", "slabsight", "command", "bench", "kernel", "release",
			 kernel.release, "machine", kernel.machine, "cpus",
			 (int)sysconf(_SC_NPROCESSORS_ONLN), "rounds", (int)r->round_cnt,
			 "iterations", iterations, "variants", variant_list, "comparisons",
			 comparison_list, "programs", programs);
}

int print_json(const struct results *r)
{
	json_t *root = results_json(r);
	int err =
		root ? json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : -ENOMEM;

	json_decref(root);
	printf("\n");
	return err ? -EIO : 0;
}
