// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The results of the bench as a table of 80 columns: what was measured, what tracing adds, how
 * the additions compare, and what a run of each of slabsight's programs costs.
 */
#include "print.h"
#include "variant.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LABEL_WIDTH 20
#define CELL_WIDTH  12

static void print_heading(const char *title, const char *last)
{
	printf("\n%-*s", LABEL_WIDTH, title);
	for (size_t loop = 0; loop < LOOPS; loop++)
		printf("%*s", CELL_WIDTH, loop_names[loop]);
	printf("%*s\n", *last ? CELL_WIDTH : 0, last);
}

/* A whole number with commas, right-justified in a cell. */
static void print_whole(double value)
{
	char digits[32], cell[48];
	size_t len, out = 0;

	snprintf(digits, sizeof(digits), "%.0f", fabs(value));
	len = strlen(digits);
	if (value <= -0.5)
		cell[out++] = '-';
	for (size_t i = 0; i < len; i++) {
		cell[out++] = digits[i];
		if ((len - i - 1) % 3 == 0 && i + 1 < len)
			cell[out++] = ',';
	}
	cell[out] = 0;
	printf("%*s", CELL_WIDTH, cell);
}

static void print_ratio(struct ratio ratio)
{
	char cell[32] = "-";

	if (!isnan(ratio.value))
		snprintf(cell, sizeof(cell), "%s%.2f", ratio.noisy ? "~" : "", ratio.value);
	printf("%*s", CELL_WIDTH, cell);
}

static void print_times(const struct results *r, const char *title, enum variant_id first,
			double (*number)(const struct results *, enum variant_id, size_t))
{
	print_heading(title, "");
	for (enum variant_id v = first; v < VARIANTS; v++) {
		if (!r->wanted[v])
			continue;
		printf("%-*s", LABEL_WIDTH, variants[v].label);
		if (!results_have(r, v))
			printf("  not run: %.*s", 80 - LABEL_WIDTH - 11, r->why_not[v]);
		for (size_t loop = 0; results_have(r, v) && loop < LOOPS; loop++)
			print_whole(number(r, v, loop));
		printf("\n");
	}
}

static void print_comparisons(const struct results *r)
{
	bool any = false, any_noisy = false;

	for (size_t i = 0; i < COMPARISONS; i++) {
		const struct comparison *c = &comparisons[i];
		struct ratio mean = results_geomean(r, c);

		if (!results_have(r, c->above) || !results_have(r, c->below))
			continue;
		if (!any)
			print_heading("added / added", "geo. mean");
		any = true;
		printf("%-*s", LABEL_WIDTH, c->name);
		for (size_t loop = 0; loop < LOOPS; loop++)
			print_ratio(results_ratio(r, c, loop));
		print_ratio(mean);
		printf("\n");
		any_noisy |= mean.noisy;
	}
	if (any_noisy)
		printf("~: divided by less than 2 %% of the untraced time, so mostly noise\n");
}

static void print_average(const struct results *r, enum variant_id v)
{
	double ns = prog_list_ns_per_run(&r->counted[v]);

	if (!isnan(ns))
		printf("%-*s%28.1f\n", LABEL_WIDTH, variants[v].label, ns);
}

static void print_programs(const struct results *r)
{
	const struct prog_list *list = &r->counted[SLABSIGHT];

	if (!list->cnt)
		return;
	printf("\n%-*s%16s%12s\n", LABEL_WIDTH, "BPF program", "runs", "ns/run");
	for (size_t i = 0; i < list->cnt; i++)
		printf("%-*s%16llu%12.1f\n", LABEL_WIDTH, list->progs[i].name, list->progs[i].runs,
		       (double)list->progs[i].run_ns / (double)list->progs[i].runs);
	print_average(r, SLABSIGHT);
	print_average(r, EMPTY);
}

void print_text(const struct results *r)
{
	struct utsname kernel;

	uname(&kernel);
	printf("Linux %s, %ld CPUs, %u rounds, ns per iteration\n", kernel.release,
	       sysconf(_SC_NPROCESSORS_ONLN), r->round_cnt);
	print_times(r, "fastest tenth", UNTRACED, results_floor);
	printf("%-*s", LABEL_WIDTH, "untraced, +/-");
	for (size_t loop = 0; loop < LOOPS; loop++)
		print_whole(results_spread(r, UNTRACED, loop));
	printf("\n");
	print_times(r, "added by tracing", EMPTY, results_added);
	print_comparisons(r);
	print_programs(r);
}
