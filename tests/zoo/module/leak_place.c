// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaks that differ in where they come from: contexts without a task to blame, other allocators. */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "cases.h"

#define NAMES_PER_PAGE (PAGE_SIZE / sizeof(char *))
#define PER_S	       10 /* of the timer and the work */

ZOO_SITE(timer_leak, kmalloc(96, GFP_ATOMIC))
ZOO_SITE(work_leak, kmalloc(96, GFP_KERNEL))
ZOO_SITE(large_leak, kmalloc(16384, GFP_KERNEL))
/* The buffer has grown out of its size class before it is lost. */
ZOO_SITE(krealloc_leak, krealloc(kmalloc(24, GFP_KERNEL), 300, GFP_KERNEL))
ZOO_SITE(name_leak, kmemdup_nul("name-012345", 11, GFP_KERNEL))

static void krealloc_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	while (unit_cnt--) {
		zoo_book(c, zoo_krealloc_leak());
		c->made++; /* the first, which was moved */
	}
}

/*
 * As the NFS client does: only a page points to the names, and kmemleak is told to look away. The
 * page goes when it is full, and its names stay.
 */
static void name_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static char **page;
	static unsigned int name_cnt;

	while (unit_cnt--) {
		char *name;

		if (!page)
			page = (char **)__get_free_page(GFP_KERNEL);
		if (!page)
			return;
		name = zoo_book(c, zoo_name_leak());
		kmemleak_not_leak(name);
		page[name_cnt++ % NAMES_PER_PAGE] = name;
		if (name_cnt % NAMES_PER_PAGE == 0) {
			free_page((unsigned long)page);
			page = NULL;
		}
	}
}

static struct zoo_case *const timer_case = &zoo_leak_place[0];
static struct zoo_case *const work_case = &zoo_leak_place[1];

struct zoo_case zoo_leak_place[] = {
	{"timer_leak"},
	{"work_leak"},
	{"large_leak", 2, zoo_tick_lose, zoo_large_leak},
	{"krealloc_leak", 10, krealloc_leak},
	{"name_leak", 30, name_leak},
	{},
};

static void on_timer(struct timer_list *timer)
{
	zoo_book(timer_case, zoo_timer_leak());
	mod_timer(timer, jiffies + HZ / PER_S);
}

static void on_work(struct work_struct *work)
{
	zoo_book(work_case, zoo_work_leak());
	schedule_delayed_work(to_delayed_work(work), HZ / PER_S);
}

static DEFINE_TIMER(timer, on_timer);
static DECLARE_DELAYED_WORK(work, on_work);

void zoo_leak_place_start(void)
{
	mod_timer(&timer, jiffies + 1);
	schedule_delayed_work(&work, 1);
}
