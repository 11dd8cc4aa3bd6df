// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight_zoo: kernel code that leaks, and kernel code that only looks like it. For test guests
 * and nothing else: it cannot be unloaded, and what it leaks stays leaked.
 *
 * All begins when it is loaded. /proc/slabsight_zoo tells what each case has done: name, objects
 * made, objects held.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "cases.h"

static struct zoo_case *const lists[] = {
	zoo_leak_tempo, zoo_leak_place, zoo_leak_cache,	  zoo_leak_reference,
	zoo_life_long,	zoo_life_churn, zoo_life_bounded,
};

/* As many units as the clock says; a second in arrears is forgiven, for the CPU is slow then. */
static int run_case(void *arg)
{
	struct zoo_case *c = arg;
	unsigned long began = jiffies;
	u64 done = 0;

	while (!kthread_should_stop()) {
		u64 ms = jiffies_to_msecs(jiffies - began);
		u64 due = div_u64(ms * c->per_s, 1000);

		c->tick(c, min_t(u64, due - done, max(c->per_s, 1u)), ms);
		done = due;
		msleep(ZOO_TICK_MS);
	}
	return 0;
}

void zoo_tick_lose(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	while (unit_cnt--)
		zoo_book(c, c->alloc());
}

static int start_list(struct zoo_case *list)
{
	for (struct zoo_case *c = list; c->name; c++) {
		struct task_struct *task;

		if (!c->tick)
			continue;
		task = kthread_run(run_case, c, "zoo/%s", c->name);
		if (IS_ERR(task))
			return PTR_ERR(task);
	}
	return 0;
}

static int show(struct seq_file *seq, void *unused)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (struct zoo_case *c = lists[i]; c->name; c++)
			seq_printf(seq, "%s %lu %lu\n", c->name, c->made, c->held);
	return 0;
}

static int __init zoo_init(void)
{
	int err = zoo_leak_cache_init();

	if (!err)
		err = zoo_leak_reference_init();
	if (!err)
		err = zoo_life_churn_init();
	if (!err && !proc_create_single("slabsight_zoo", 0444, NULL, show))
		err = -ENOMEM;
	for (size_t i = 0; !err && i < ARRAY_SIZE(lists); i++)
		err = start_list(lists[i]);
	if (!err)
		zoo_leak_place_start();
	/* Whatever has begun cannot be ended: stay, and let the tests find what is missing. */
	if (err)
		pr_err("slabsight_zoo: %d\n", err);
	return 0;
}

module_init(zoo_init);
MODULE_DESCRIPTION("slab leaks and what looks like them, for tests");
MODULE_LICENSE("GPL");
