// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaks by plain kmalloc that differ in their pace, and in what the healthy rest does meanwhile. */
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "cases.h"
#include "wheel.h"

#define BUSY_LOST_IN  1000
#define ERROR_LOST_IN 20
#define MIXED_LOST_IN 10

ZOO_SITE(steady_leak, kmalloc(96, GFP_KERNEL))
ZOO_SITE(slow_leak, kmalloc(64, GFP_KERNEL))
ZOO_SITE(busy_leak, kmalloc(128, GFP_KERNEL))
ZOO_SITE(error_alloc, kmalloc(192, GFP_KERNEL)) /* the healthy path and the other one meet here */
ZOO_SITE(error_ok, zoo_error_alloc())
ZOO_SITE(error_lost, zoo_error_alloc())
ZOO_SITE(late_leak, kmalloc(96, GFP_KERNEL))
ZOO_SITE(pausing_leak, kmalloc(96, GFP_KERNEL))
ZOO_SITE(stepwise_leak, kmalloc(256, GFP_KERNEL))
ZOO_SITE(mixed_leak, kmalloc(96, GFP_KERNEL))

/* All but one in a thousand are freed at once. */
static void busy_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	while (unit_cnt--) {
		void *object = zoo_book(c, zoo_busy_leak());

		if (c->made % BUSY_LOST_IN == 0)
			continue;
		kfree(object);
		c->held--;
	}
}

static void error_path(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_wheel wheel;

	c->held -= zoo_wheel_turn(&wheel, ms, kfree);
	while (unit_cnt--) {
		if (get_random_u32() % ERROR_LOST_IN)
			zoo_wheel_add(&wheel, zoo_book(c, zoo_error_ok()), ms, 100);
		else
			zoo_book(c, zoo_error_lost());
	}
}

/* Healthy for 20 s, then none is freed. */
static void late_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_wheel wheel;

	c->held -= zoo_wheel_turn(&wheel, ms, kfree);
	while (unit_cnt--) {
		void *object = zoo_book(c, zoo_late_leak());

		if (ms < 20000)
			zoo_wheel_add(&wheel, object, ms, 200);
	}
}

/* Its load comes for 10 s and pauses for 5. */
static void pausing_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	u32 in_cycle;

	div_u64_rem(ms, 15000, &in_cycle);
	while (in_cycle < 10000 && unit_cnt--)
		zoo_book(c, zoo_pausing_leak());
}

/* A job every 8 s that leaves all its objects behind. */
static void stepwise_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static unsigned int run_cnt;

	if (ms < 4000 + 8000 * (u64)run_cnt)
		return;
	run_cnt++;
	for (int i = 0; i < 40; i++)
		zoo_book(c, zoo_stepwise_leak());
}

/* One in ten is lost among others that live for up to 5 s. */
static void mixed_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_wheel wheel;

	c->held -= zoo_wheel_turn(&wheel, ms, kfree);
	while (unit_cnt--) {
		void *object = zoo_book(c, zoo_mixed_leak());

		if (get_random_u32() % MIXED_LOST_IN)
			zoo_wheel_add(&wheel, object, ms, get_random_u32() % 5000);
	}
}

struct zoo_case zoo_leak_tempo[] = {
	{"steady_leak", 20, zoo_tick_lose, zoo_steady_leak},
	{"slow_leak", 1, zoo_tick_lose, zoo_slow_leak},
	{"busy_leak", 2000, busy_leak},
	{"error_alloc", 100, error_path},
	{"late_leak", 20, late_leak},
	{"pausing_leak", 20, pausing_leak},
	{"stepwise_leak", 1, stepwise_leak},
	{"mixed_leak", 50, mixed_leak},
	{},
};
