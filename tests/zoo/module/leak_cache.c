// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaks from caches of our own: merged with another, in bulk, and a cache that is destroyed. */
#include <linux/printk.h>
#include <linux/slab.h>

#include "cases.h"
#include "wheel.h"

#define MERGED_SIZE 424
#define BULK	    8
#define DOOM_MS	    40000

static struct kmem_cache *first, *alias, *bulk, *doomed;

ZOO_SITE(alias_leak, kmem_cache_alloc(alias, GFP_KERNEL))
ZOO_SITE(alias_healthy, kmem_cache_alloc(first, GFP_KERNEL)) /* another owner in the same cache */
ZOO_SITE(doomed_leak, kmem_cache_alloc(doomed, GFP_KERNEL))

static void free_first(const void *object)
{
	kmem_cache_free(first, (void *)object);
}

static void alias_healthy(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_wheel wheel;

	c->held -= zoo_wheel_turn(&wheel, ms, free_first);
	while (unit_cnt--)
		zoo_wheel_add(&wheel, zoo_book(c, zoo_alias_healthy()), ms, 1000);
}

static ZOO_OWN int zoo_bulk_leak(void **objects)
{
	int cnt = kmem_cache_alloc_bulk(bulk, GFP_KERNEL, BULK, objects);

	OPTIMIZER_HIDE_VAR(cnt);
	return cnt;
}

static void bulk_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	void *objects[BULK];

	while (unit_cnt--) {
		int cnt = zoo_bulk_leak(objects);

		c->made += cnt;
		c->held += cnt;
	}
}

static void free_doomed(const void *object)
{
	kmem_cache_free(doomed, (void *)object);
}

/*
 * Half of the objects live for a second. After 40 s the cache is destroyed with the other half in
 * it, and the kernel complains; the lines around that tell vm.sh that it should.
 */
static void doomed_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct zoo_wheel wheel;

	if (!doomed)
		return;
	c->held -= zoo_wheel_turn(&wheel, ms, free_doomed);
	if (ms > DOOM_MS) {
		pr_warn("slabsight: VM-COMPLAINTS-EXPECTED\n");
		kmem_cache_destroy(doomed);
		pr_warn("slabsight: VM-COMPLAINTS-OVER\n");
		doomed = NULL;
		return;
	}
	while (unit_cnt--) {
		void *object = zoo_book(c, zoo_doomed_leak());

		if (c->made % 2)
			zoo_wheel_add(&wheel, object, ms, 1000);
	}
}

struct zoo_case zoo_leak_cache[] = {
	{"alias_leak", 10, zoo_tick_lose, zoo_alias_leak},
	{"alias_healthy", 50, alias_healthy},
	{"bulk_leak", 2, bulk_leak},
	{"doomed_leak", 20, doomed_leak},
	{},
};

/* A cache with a constructor is not merged. */
static void construct(void *object)
{
}

int zoo_leak_cache_init(void)
{
	first = kmem_cache_create("zoo_first", MERGED_SIZE, 0, 0, NULL);
	alias = kmem_cache_create("zoo_alias", MERGED_SIZE, 0, 0, NULL);
	bulk = kmem_cache_create("zoo_bulk", 136, 0, 0, construct);
	doomed = kmem_cache_create("zoo_doomed", 600, 0, 0, construct);
	return first && alias && bulk && doomed ? 0 : -ENOMEM;
}
