// SPDX-License-Identifier: GPL-2.0-or-later
/* No leaks, though objects live long: every one is freed in the end. */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "cases.h"
#include "wheel.h"

#define BURST_OBJECTS  100000
#define BURST_BEGIN_MS 10000
#define BURST_END_MS   30000
#define BURST_A_TICK   2500 /* both ways: an emulated CPU has others to serve */

#define JOB_OBJECTS 150
#define JOB_MS	    10000

ZOO_SITE(queue_20s, kmalloc(96, GFP_KERNEL))
ZOO_SITE(queue_40s, kmalloc(96, GFP_KERNEL))
ZOO_SITE(ramp, kmalloc(96, GFP_KERNEL))
ZOO_SITE(lognormal, kmalloc(128, GFP_KERNEL))
ZOO_SITE(rarely_long, kmalloc(128, GFP_KERNEL))
ZOO_SITE(burst, kmalloc(32, GFP_KERNEL))
ZOO_SITE(periodic, kmalloc(256, GFP_KERNEL))

/* A queue: every object lives as long. */
static void queue(struct zoo_case *c, struct zoo_wheel *w, unsigned int unit_cnt, u64 ms,
		  unsigned int life_ms)
{
	c->held -= zoo_wheel_turn(w, ms, kfree);
	while (unit_cnt--)
		zoo_wheel_add(w, zoo_book(c, c->alloc()), ms, life_ms);
}

static void queue_20s(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_wheel wheel;

	queue(c, &wheel, unit_cnt, ms, 20000);
}

static void queue_40s(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_wheel wheel;

	queue(c, &wheel, unit_cnt, ms, 40000);
}

/* More and more load, so more and more objects; each lives for 2 s. */
static void ramp(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_wheel wheel;

	queue(c, &wheel, min_t(u64, div_u64(unit_cnt * ms, 60000), unit_cnt), ms, 2000);
}

/* A median of 0.4 s, sigma 1.4, cut at 10 s: the 64 middles of equal parts. */
static void lognormal(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static const unsigned short life_ms[] = {
		14,   25,   34,	  43,	51,   59,   67,	  76,	84,   93,   102,  111,	 120,
		130,  140,  150,  161,	172,  184,  196,  208,	221,  235,  249,  264,	 279,
		295,  312,  330,  349,	368,  389,  411,  434,	459,  485,  513,  542,	 574,
		607,  643,  682,  724,	769,  818,  871,  930,	994,  1065, 1143, 1231,	 1331,
		1443, 1573, 1723, 1901, 2114, 2376, 2708, 3147, 3763, 4712, 6463, 10000,
	};
	static struct zoo_wheel wheel;

	c->held -= zoo_wheel_turn(&wheel, ms, kfree);
	while (unit_cnt--)
		zoo_wheel_add(&wheel, zoo_book(c, c->alloc()), ms,
			      life_ms[get_random_u32() % ARRAY_SIZE(life_ms)]);
}

/* Looks like one in a thousand lost, but that one lives for 15 s. */
static void rarely_long(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_wheel wheel;

	c->held -= zoo_wheel_turn(&wheel, ms, kfree);
	while (unit_cnt--) {
		void *object = zoo_book(c, c->alloc());

		if (c->made % 1000 == 0) {
			zoo_wheel_add(&wheel, object, ms, 15000);
			continue;
		}
		kfree(object);
		c->held--;
	}
}

/* 100,000 objects, held for a third of a minute. */
static void burst(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_waiting *held;

	for (int i = 0; i < BURST_A_TICK; i++) {
		struct zoo_waiting *object = held;

		if (ms >= BURST_END_MS && object) {
			held = object->next;
			kfree(object);
			c->held--;
		} else if (ms >= BURST_BEGIN_MS && ms < BURST_END_MS && c->made < BURST_OBJECTS) {
			object = zoo_book(c, c->alloc());
			if (!object)
				return;
			object->next = held;
			held = object;
		}
	}
}

/* A job every 10 s that makes its data anew, and then frees the old. */
static void periodic(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static void *data[JOB_OBJECTS];
	static unsigned int run_cnt;

	if (ms < 3000 + JOB_MS * (u64)run_cnt)
		return;
	run_cnt++;
	for (int i = 0; i < JOB_OBJECTS; i++) {
		void *old = data[i];

		data[i] = zoo_book(c, c->alloc());
		c->held -= !!old;
		kfree(old);
	}
}

struct zoo_case zoo_life_long[] = {
	{"queue_20s", 40, queue_20s, zoo_queue_20s},
	{"queue_40s", 20, queue_40s, zoo_queue_40s},
	{"ramp", 100, ramp, zoo_ramp},
	{"lognormal", 60, lognormal, zoo_lognormal},
	{"rarely_long", 1500, rarely_long, zoo_rarely_long},
	{"burst", 1, burst, zoo_burst},
	{"periodic", 1, periodic, zoo_periodic},
	{},
};
