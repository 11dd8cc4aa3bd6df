// SPDX-License-Identifier: GPL-2.0-or-later
/* Populations of objects that do not leak, and one that does. */
#include "populations.h"

#include <math.h>

#include "random.h"

#define TICK_S 0.004
#define MOST   4000 /* objects of a population, about */

void population_init(struct population *p, double seconds, uint64_t *random)
{
	*p = (struct population){.random = random};
	p->clock = (struct survival_clock){
		.tick_s = TICK_S,
		.booked_s = seconds,
		.settled_s = population_log_uniform(p, 0.02, 6),
	};
}

double population_length(const struct population *p)
{
	return p->clock.booked_s + p->clock.settled_s;
}

static int bin_of(double s)
{
	double ticks = floor(s / TICK_S);
	int bin = ticks > 1 ? (int)floor(log2(ticks)) : 0;

	return bin < SS_LIFE_BINS ? bin : SS_LIFE_BINS - 1;
}

void population_add(struct population *p, double birth_s, double life_s)
{
	double left = population_length(p) - birth_s;

	if (birth_s < 0 || birth_s >= p->clock.booked_s)
		return;
	p->count++;
	if (life_s <= left) {
		p->lives.died[bin_of(life_s)]++;
		return;
	}
	p->lives.alive[bin_of(left)]++;
	p->lives.born[(int)(birth_s / p->clock.booked_s * SNAPSHOT_SLICES)]++;
}

double population_uniform(struct population *p, double from, double to)
{
	return from + (to - from) * ((random_next(p->random) >> 11) * 0x1p-53);
}

double population_log_uniform(struct population *p, double from, double to)
{
	return exp(population_uniform(p, log(from), log(to)));
}

double population_exponential(struct population *p, double mean)
{
	return -mean * log(1 - population_uniform(p, 0, 1));
}

double population_normal(struct population *p)
{
	double r = sqrt(population_exponential(p, 2));

	return r * cos(population_uniform(p, 0, 2 * M_PI));
}

/* Births: as a clock ticks, at random, or many at a time at random. */
struct arrivals {
	enum { REGULAR, AT_RANDOM, IN_BATCHES } how;
	double gap_s, now_s;
	int batch, left;
};

static struct arrivals arrive(struct population *p, double rate)
{
	struct arrivals a = {.how = random_below(p->random, 3)};

	a.batch = a.how == IN_BATCHES ? 2 + random_below(p->random, 30) : 1;
	a.gap_s = a.batch / rate;
	return a;
}

static double next(struct population *p, struct arrivals *a)
{
	if (a->left > 0) {
		a->left--;
		return a->now_s;
	}
	a->now_s += a->how == REGULAR ? a->gap_s : population_exponential(p, a->gap_s);
	a->left = a->batch - 1;
	return a->now_s;
}

static double any_rate(struct population *p)
{
	return population_log_uniform(p, 20, MOST) / p->clock.booked_s;
}

static double life_of(struct population *p, enum population_kind kind, const double *shape)
{
	switch (kind) {
	case POPULATION_EXPONENTIAL:
	case POPULATION_STEP:
		return population_exponential(p, shape[0]);
	case POPULATION_LOG_NORMAL:
		return shape[0] * exp(shape[1] * population_normal(p));
	case POPULATION_PARETO:
		return shape[0] * pow(1 - population_uniform(p, 0, 1), -1 / shape[1]);
	case POPULATION_MIXED:
		return population_exponential(p, population_uniform(p, 0, 1) < shape[2] ? shape[1]
											: shape[0]);
	default:
		return shape[0];
	}
}

/* Independent lifetimes. */
static void fill_by_life(struct population *p, enum population_kind kind)
{
	const double t = p->clock.booked_s;
	double shape[3] = {}, rate = any_rate(p), at;
	struct arrivals a;

	switch (kind) {
	case POPULATION_EXPONENTIAL:
		shape[0] = population_log_uniform(p, 0.001, t);
		break;
	case POPULATION_LOG_NORMAL:
		shape[0] = population_log_uniform(p, 0.001, t / 4);
		shape[1] = population_uniform(p, 0.3, 2);
		break;
	case POPULATION_PARETO:
		shape[0] = population_log_uniform(p, 0.001, 1);
		shape[1] = population_uniform(p, 0.5, 2);
		break;
	case POPULATION_FIXED:
		shape[0] = population_log_uniform(p, 0.001, 0.9 * t);
		break;
	case POPULATION_MIXED:
		shape[0] = population_log_uniform(p, 0.001, 0.1);
		shape[1] = population_uniform(p, 0.01, 0.5) * t;
		shape[2] = population_log_uniform(p, 0.001, 0.1);
		break;
	default:
		shape[0] = population_log_uniform(p, 0.001, t / 3);
	}
	a = arrive(p, rate);
	while ((at = next(p, &a)) < t)
		population_add(p, at, life_of(p, kind, shape));
	if (kind != POPULATION_STEP)
		return;
	a = arrive(p, 9 * rate);
	a.now_s = t / 2;
	while ((at = next(p, &a)) < t)
		population_add(p, at, life_of(p, kind, shape));
}

static void fill_pool(struct population *p)
{
	const double t = p->clock.booked_s, full = population_uniform(p, 0.01, 0.8) * t;
	struct arrivals a = arrive(p, population_log_uniform(p, 20, MOST) / full);
	double at, life = population_log_uniform(p, 0.001, t / 10);

	while ((at = next(p, &a)) < full)
		population_add(p, at, POPULATION_FOREVER);
	if (random_below(p->random, 2))
		return;
	a = arrive(p, any_rate(p));
	while ((at = next(p, &a)) < t)
		population_add(p, at, population_exponential(p, life));
}

static void fill_burst(struct population *p)
{
	const double t = p->clock.booked_s, begin = population_uniform(p, 0, t);
	const double width = population_log_uniform(p, 0.001, t / 10);
	const double end = begin + width + population_uniform(p, 0.05, 0.6) * t;
	int count = population_log_uniform(p, 50, MOST);

	for (int i = 0; i < count; i++) {
		double at = begin + population_uniform(p, 0, width);

		population_add(p, at, end - at);
	}
}

/* Objects that are alive, in the order of their births. */
struct held {
	double birth[2 * MOST];
	int count;
};

static void release(struct population *p, struct held *h, int at, double now)
{
	population_add(p, h->birth[at], now - h->birth[at]);
	for (int i = at; i + 1 < h->count; i++)
		h->birth[i] = h->birth[i + 1];
	h->count--;
}

static void keep(struct held *h, double now)
{
	if (h->count < 2 * MOST)
		h->birth[h->count++] = now;
}

static void end(struct population *p, struct held *h)
{
	for (int i = 0; i < h->count; i++)
		population_add(p, h->birth[i], POPULATION_FOREVER);
}

static void fill_sawtooth(struct population *p)
{
	const double t = p->clock.booked_s, period = population_uniform(p, 0.02, 0.25) * t;
	struct held h = {};
	struct arrivals a = arrive(p, population_log_uniform(p, 20, MOST / 4) / period);
	double at, turn = period;
	int which = random_below(p->random, 3);

	while ((at = next(p, &a)) < t) {
		if (at > turn) {
			for (int n = h.count / 2; n > 0; n--)
				release(p, &h,
					which == 0   ? 0
					: which == 1 ? h.count - 1
						     : (int)random_below(p->random, h.count),
					turn);
			turn += period;
			/* What it fills up to is its bound. */
		}
		keep(&h, at);
	}
	end(p, &h);
}

static void fill_replaced(struct population *p)
{
	const double t = p->clock.booked_s, period = population_uniform(p, 0.01, 0.25) * t;
	int count = population_log_uniform(p, 1, MOST * period / t);

	for (double at = population_uniform(p, 0, period); at < t; at += period)
		for (int i = 0; i < count; i++)
			population_add(p, at, period);
}

static void fill_lru(struct population *p)
{
	const double t = p->clock.booked_s, rate = any_rate(p);
	/* Full after half of the trace at the latest. */
	const int room = 1 + random_below(p->random, 1 + (uint32_t)(rate * t / 2));
	struct arrivals a = arrive(p, rate);
	struct held h = {};
	bool oldest = random_below(p->random, 2);
	double at;

	while ((at = next(p, &a)) < t) {
		if (h.count >= room)
			release(p, &h, oldest ? 0 : (int)random_below(p->random, h.count), at);
		keep(&h, at);
	}
	end(p, &h);
}

static void fill_saturating(struct population *p)
{
	static bool met[MOST];
	const double t = p->clock.booked_s;
	const int keys = population_log_uniform(p, 20, MOST);
	/* Each is asked for once in a sixth of the trace, on average: few are new after a third. */
	struct arrivals a = arrive(p, keys / (t / 6));
	double at;

	for (int i = 0; i < keys; i++)
		met[i] = false;
	while ((at = next(p, &a)) < t) {
		uint32_t key = random_below(p->random, keys);

		if (!met[key])
			population_add(p, at, POPULATION_FOREVER);
		met[key] = true;
	}
}

static void fill_few(struct population *p)
{
	int count = 1 + random_below(p->random, 12);

	for (int i = 0; i < count; i++)
		population_add(p, population_uniform(p, 0, p->clock.booked_s), POPULATION_FOREVER);
}

void population_fill(struct population *p, enum population_kind kind)
{
	switch (kind) {
	case POPULATION_POOL:
		fill_pool(p);
		break;
	case POPULATION_BURST:
		fill_burst(p);
		break;
	case POPULATION_SAWTOOTH:
		fill_sawtooth(p);
		break;
	case POPULATION_REPLACED:
		fill_replaced(p);
		break;
	case POPULATION_LRU:
		fill_lru(p);
		break;
	case POPULATION_SATURATING:
		fill_saturating(p);
		break;
	case POPULATION_FEW:
		fill_few(p);
		break;
	default:
		fill_by_life(p, kind);
	}
}

const char *population_name(enum population_kind kind)
{
	static const char *const names[] = {
		"exponential", "log-normal", "pareto", "fixed",	     "mixed", "pool", "burst",
		"sawtooth",    "replaced",   "lru",    "saturating", "few",   "step",
	};

	return names[kind];
}

void population_leak(struct population *p, double rate, double life_s, double share)
{
	double at = 0;

	while ((at += population_exponential(p, 1 / rate)) < p->clock.booked_s)
		population_add(p, at,
			       population_uniform(p, 0, 1) < share
				       ? POPULATION_FOREVER
				       : population_exponential(p, life_s));
}
