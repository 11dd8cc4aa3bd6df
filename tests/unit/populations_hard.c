// SPDX-License-Identifier: GPL-2.0-or-later
/* Populations that are chosen to deceive: those that do not leak. */
#include "populations_hard.h"

#include <math.h>
#include <stdbool.h>

#include "random.h"

#define MOST 4000

static double any_rate(struct population *p)
{
	return population_log_uniform(p, 20, MOST) / p->clock.booked_s;
}

static void fill_long_tail(struct population *p)
{
	const double t = p->clock.booked_s, median = population_log_uniform(p, 0.01, t / 4);
	const double sigma = population_uniform(p, 1.5, 2.5);
	int count = population_log_uniform(p, 20, 300);

	while (count--)
		population_add(p, population_uniform(p, 0, t),
			       median * exp(sigma * population_normal(p)));
}

/* Births at a rate that varies between 0 and twice the mean. */
static void fill_daytime(struct population *p)
{
	const double t = p->clock.booked_s, life = population_log_uniform(p, 0.01, t / 3);
	const double period = population_log_uniform(p, t / 4, 8 * t), rate = any_rate(p);
	const double phase = population_uniform(p, 0, 2 * M_PI),
		     depth = population_uniform(p, 0.5, 1);
	double at = 0;

	while ((at += population_exponential(p, 0.5 / rate)) < t)
		if (population_uniform(p, 0, 2) < 1 + depth * sin(2 * M_PI * at / period + phase))
			population_add(p, at, population_exponential(p, life));
}

static void fill_two_queues(struct population *p)
{
	const double t = p->clock.booked_s, share = population_log_uniform(p, 0.01, 0.5);
	const double fast = population_log_uniform(p, 0.001, 0.05) * t;
	const double slow = population_uniform(p, 0.1, 0.7) * t, rate = any_rate(p);
	double at = 0;

	while ((at += population_exponential(p, 1 / rate)) < t)
		population_add(p, at, population_uniform(p, 0, 1) < share ? slow : fast);
}

/* Freed at every multiple of `period` that comes at least `age` after the birth. */
static void fill_freed_every(struct population *p, double period, double age, double first)
{
	const double t = p->clock.booked_s, rate = any_rate(p);
	double at = 0;

	while ((at += population_exponential(p, 1 / rate)) < t)
		population_add(p, at, first + ceil((at + age - first) / period) * period - at);
}

static void fill_on_off(struct population *p)
{
	const double t = p->clock.booked_s, life = population_log_uniform(p, 0.01, t / 3);
	const double on = population_log_uniform(p, 0.01, 0.1) * t;
	const double off = population_uniform(p, 1, 10) * on, rate = 4 * any_rate(p);

	for (double at = population_exponential(p, off); at < t;
	     at += population_exponential(p, off))
		for (double end = at + population_exponential(p, on); at < end;
		     at += population_exponential(p, 1 / rate))
			population_add(p, at, population_exponential(p, life));
}

static void fill_full_late(struct population *p)
{
	const double t = p->clock.booked_s, rate = any_rate(p);
	const int room = rate * t * population_uniform(p, 0.7, 0.95);
	double birth[2 * MOST], at = 0;
	int count = 0;

	while ((at += population_exponential(p, 1 / rate)) < t && count < 2 * MOST) {
		if (count >= room)
			population_add(p, birth[count - room], at - birth[count - room]);
		birth[count++] = at;
	}
	for (int i = count > room ? count - room : 0; i < count; i++)
		population_add(p, birth[i], POPULATION_FOREVER);
}

static void fill_newest_last(struct population *p)
{
	const double t = p->clock.booked_s, rate = 2 * any_rate(p);
	double birth[4 * MOST], at = 0;
	int count = 0;

	while ((at += population_exponential(p, 1 / rate)) < t)
		if (!count || (random_below(p->random, 2) && count < 4 * MOST)) {
			birth[count++] = at;
		} else {
			count--;
			population_add(p, birth[count], at - birth[count]);
		}
	while (count--)
		population_add(p, birth[count], POPULATION_FOREVER);
}

/* Use grows evenly; whenever room is exhausted, twice as much is made at once. */
static void fill_doubling(struct population *p, bool regrown)
{
	const double t = p->clock.booked_s;
	double at = population_log_uniform(p, 0.001, 0.3) * t;
	double room = population_log_uniform(p, 1, 20);

	for (; at < t && room < 4 * MOST; at *= 2, room *= 2)
		for (int i = 0; i < room; i++)
			population_add(p, at, regrown ? at : POPULATION_FOREVER);
}

static void fill_slow(struct population *p)
{
	const double t = p->clock.booked_s, each = population_uniform(p, 0.25, 0.5) * t;
	int keys = population_log_uniform(p, 20, MOST);

	while (keys--)
		population_add(p, population_exponential(p, each), POPULATION_FOREVER);
}

/* Births as t^power, or with power 0 as log t since long ago. */
static void fill_distinct(struct population *p, double power)
{
	const double t = p->clock.booked_s, began = population_log_uniform(p, 0.01, 1) * t;
	int count = population_log_uniform(p, 20, MOST);

	while (count--) {
		double u = population_uniform(p, 0, 1);

		population_add(p,
			       power > 0 ? t * pow(u, 1 / power)
					 : began * (exp(u * log1p(t / began)) - 1),
			       POPULATION_FOREVER);
	}
}

static void fill_for_long(struct population *p)
{
	const double t = p->clock.booked_s, life = population_uniform(p, 1, 4) * t;
	const double rate = any_rate(p);
	double at = 0;

	while ((at += population_exponential(p, 1 / rate)) < t)
		population_add(p, at, population_exponential(p, life));
}

void hard_fill(struct population *p, enum hard_kind kind)
{
	const double t = p->clock.booked_s;
	double period;

	switch (kind) {
	case HARD_LONG_TAIL:
		fill_long_tail(p);
		break;
	case HARD_DAYTIME:
		fill_daytime(p);
		break;
	case HARD_TWO_QUEUES:
		fill_two_queues(p);
		break;
	case HARD_BATCH_FREE:
		fill_freed_every(p, 5, 0, population_uniform(p, 0, 5));
		break;
	case HARD_ARENA:
		period = population_uniform(p, 0.3, 0.7) * t;
		fill_freed_every(p, period, 0, population_uniform(p, 0, 1) * period);
		break;
	case HARD_ON_OFF:
		fill_on_off(p);
		break;
	case HARD_AGEING:
		fill_freed_every(p, fmin(5, t / 10), t / 2, 0);
		break;
	case HARD_FULL_LATE:
		fill_full_late(p);
		break;
	case HARD_NEWEST_LAST:
		fill_newest_last(p);
		break;
	case HARD_TWICE:
		fill_doubling(p, false);
		break;
	case HARD_REGROWN:
		fill_doubling(p, true);
		break;
	case HARD_SLOW_FILL:
		fill_slow(p);
		break;
	case HARD_ROOT:
		fill_distinct(p, 0.5);
		break;
	case HARD_LOGARITHM:
		fill_distinct(p, 0);
		break;
	case HARD_HEAPS:
		fill_distinct(p, population_uniform(p, 0.6, 0.9));
		break;
	default:
		fill_for_long(p);
	}
}

const char *hard_name(enum hard_kind kind)
{
	static const char *const names[] = {
		"long tail", "daytime",	  "two queues", "batch free", "arena",	 "on and off",
		"ageing",    "full late", "newest",	"twice",      "regrown", "slow fill",
		"root",	     "logarithm", "heaps",	"for long",
	};

	return names[kind];
}
