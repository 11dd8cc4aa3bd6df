// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * power [NUMBER] - what the verdicts are worth: of NUMBER made-up populations a kind that
 * do not leak, how many are called leaks, and of those that leak, how many are found.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "populations.h"
#include "populations_hard.h"
#include "verdict.h"

static struct verdict judge(const struct population *p)
{
	struct verdict v;

	verdict_judge(&p->lives, &p->clock, 0, 0, &v);
	return v;
}

static double any_length(uint64_t *random)
{
	struct population p = {.random = random};

	return population_log_uniform(&p, 20, 600);
}

static void print_false_alarms(const char *title, int count, int kinds,
			       void (*fill)(struct population *, int), const char *(*name)(int))
{
	int all = 0;

	printf("%-14s %8s", title, "tried");
	for (int v = 0; v < VERDICT_KINDS; v++)
		printf(" %8s", verdict_name(v));
	printf("  leak, of 1,000\n");
	for (int kind = 0; kind < kinds; kind++) {
		uint64_t random = 1000 + kind;
		int found[VERDICT_KINDS] = {};

		for (int i = 0; i < count; i++) {
			struct population p;

			population_init(&p, any_length(&random), &random);
			fill(&p, kind);
			found[judge(&p).kind]++;
		}
		printf("%-14s %8d", name(kind), count);
		for (int v = 0; v < VERDICT_KINDS; v++)
			printf(" %8d", found[v]);
		printf("  %14.2f\n", 1000.0 * found[VERDICT_LEAK] / count);
		all += found[VERDICT_LEAK];
	}
	printf("%-14s %8d %8s %8d %35s %14.2f\n\n", "all", count * kinds, "", all, "",
	       1000.0 * all / count / kinds);
}

static void fill_usual(struct population *p, int kind)
{
	population_fill(p, kind);
}

static const char *name_usual(int kind)
{
	return population_name(kind);
}

static void fill_hard(struct population *p, int kind)
{
	hard_fill(p, kind);
}

static const char *name_hard(int kind)
{
	return hard_name(kind);
}

static const double lengths[] = {20, 30, 60, 120, 300};

static void print_head(const char *first, const char *second)
{
	printf("%-14s %8s", first, second);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		printf(" %5.0f s", lengths[i]);
	printf("\n");
}

/* Objects that are freed live for 0.1 s on average. */
static void print_power(void)
{
	static const double shares[] = {1, 0.1, 0.01, 0.001}, rates[] = {0.1, 1, 10, 100, 1000};

	printf("%% of leaks found, by the share that leaks and the length of the trace\n");
	print_head("leaks 1 of", "allocs/s");
	for (size_t s = 0; s < ARRAY_SIZE(shares); s++) {
		for (size_t r = 0; r < ARRAY_SIZE(rates); r++) {
			uint64_t random = 2000 + 10 * s + r;

			printf("%14.0f %8g", 1 / shares[s], rates[r]);
			for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
				int found = 0,
				    count = fmax(20, fmin(1000, 3e6 / rates[r] / lengths[l]));

				for (int i = 0; i < count; i++) {
					struct population p;

					population_init(&p, lengths[l], &random);
					population_leak(&p, rates[r], 0.1, shares[s]);
					found += judge(&p).kind == VERDICT_LEAK;
				}
				printf(" %7.0f", 100.0 * found / count);
			}
			printf("\n");
		}
	}
	printf("\n");
}

/* How many are found, and what most of the others are called. */
static void print_hard_leaks(void)
{
	printf("%% of leaks found that are hard to find; else: unknown, steady, burst\n");
	print_head("leak", "");
	for (int kind = 0; kind < LEAK_KINDS; kind++) {
		uint64_t random = 3000 + kind;

		printf("%-14s %8s", hard_leak_name(kind), "");
		for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
			int found[VERDICT_KINDS] = {}, count = 300, most = 0;

			for (int i = 0; i < count; i++) {
				struct population p;

				population_init(&p, lengths[l], &random);
				hard_leak(&p, kind);
				found[judge(&p).kind]++;
			}
			for (int v = 0; v < VERDICT_KINDS; v++)
				if (v != VERDICT_LEAK && found[v] > found[most])
					most = v;
			printf(" %5.0f %c", 100.0 * found[VERDICT_LEAK] / count,
			       found[most] ? verdict_name(most)[0] : ' ');
		}
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 10000;

	if (count < 1) {
		fprintf(stderr, "usage: power [NUMBER]\n");
		return 2;
	}
	print_false_alarms("no leak", count, POPULATION_KINDS, fill_usual, name_usual);
	print_false_alarms("hard, no leak", count, HARD_KINDS, fill_hard, name_hard);
	print_power();
	print_hard_leaks();
	return 0;
}
