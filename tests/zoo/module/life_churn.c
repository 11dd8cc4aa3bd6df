// SPDX-License-Identifier: GPL-2.0-or-later
/* No leaks: frees that fire no kmem event, and buffers that grow without one. */
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "cases.h"

#define BULK	  16
#define GROWN_MAX 4096

struct by_rcu {
	struct rcu_head rcu;
	char payload[80];
};

static struct kmem_cache *bulk;

ZOO_SITE(by_rcu, kmalloc(sizeof(struct by_rcu), GFP_KERNEL))

static void by_rcu(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	while (unit_cnt--) {
		struct by_rcu *object = zoo_by_rcu();

		c->made += !!object;
		if (object)
			kfree_rcu(object, rcu);
	}
}

static ZOO_OWN int zoo_in_bulk(void **objects)
{
	int cnt = kmem_cache_alloc_bulk(bulk, GFP_KERNEL, BULK, objects);

	OPTIMIZER_HIDE_VAR(cnt);
	return cnt;
}

/* Each batch lives until the next is made. */
static void in_bulk(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static void *held[BULK];
	static int held_cnt;

	while (unit_cnt--) {
		if (held_cnt)
			kmem_cache_free_bulk(bulk, held_cnt, held);
		held_cnt = zoo_in_bulk(held);
		c->made += held_cnt;
		c->held = held_cnt;
	}
}

static ZOO_OWN void *zoo_growing(void *buffer, size_t size)
{
	void *p = krealloc(buffer, size, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	return p;
}

/* A buffer that grows by 16 bytes, mostly in place, is freed, and grows again. */
static void growing(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static size_t size;
	static void *buffer;

	while (unit_cnt--) {
		void *grown;

		if (size >= GROWN_MAX) {
			kfree(buffer);
			buffer = NULL;
			size = 0;
		}
		size += 16;
		grown = zoo_growing(buffer, size);
		if (!grown)
			return;
		c->made += grown != buffer;
		c->held = 1;
		buffer = grown;
	}
}

struct zoo_case zoo_life_churn[] = {
	{"by_rcu", 150, by_rcu, zoo_by_rcu},
	{"in_bulk", 5, in_bulk},
	{"growing", 150, growing},
	{},
};

/* A cache with a constructor is not merged. */
static void construct(void *object)
{
}

int zoo_life_churn_init(void)
{
	bulk = kmem_cache_create("zoo_bulk_churn", 152, 0, 0, construct);
	return bulk ? 0 : -ENOMEM;
}
