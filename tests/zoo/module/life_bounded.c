// SPDX-License-Identifier: GPL-2.0-or-later
/* No leaks, though many objects are never freed in a minute: their number is bounded. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "cases.h"

#define POOL_OBJECTS 1000
#define SAW_OBJECTS  400
#define LRU_OBJECTS  300
#define LRU_KEYS     2000

struct entry {
	struct list_head list;
	unsigned int key;
};

ZOO_SITE(pool, kmalloc(128, GFP_KERNEL))
ZOO_SITE(sawtooth, kmalloc(64, GFP_KERNEL))
ZOO_SITE(lru, kmalloc(192, GFP_KERNEL))

/* Fills in 15 s, then stays. */
static void pool(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	while (unit_cnt-- && c->made < POOL_OBJECTS)
		zoo_book(c, c->alloc());
}

/* Fills in 5 s, then the older half is freed, and again. */
static void sawtooth(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static LIST_HEAD(oldest_first);

	while (unit_cnt--) {
		struct entry *object = zoo_book(c, c->alloc());

		if (object)
			list_add_tail(&object->list, &oldest_first);
		while (c->held >= SAW_OBJECTS) {
			for (int i = 0; i < SAW_OBJECTS / 2; i++) {
				object = list_first_entry(&oldest_first, struct entry, list);
				list_del(&object->list);
				kfree(object);
				c->held--;
			}
		}
	}
}

/* A cache of what was asked for last. Some keys are asked for so often that they always stay. */
static void lru(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	static struct entry *by_key[LRU_KEYS];
	static LIST_HEAD(oldest_first);

	while (unit_cnt--) {
		unsigned int a = get_random_u32() % LRU_KEYS, b = get_random_u32() % LRU_KEYS;
		unsigned int key = a * b / LRU_KEYS * (get_random_u32() % LRU_KEYS) / LRU_KEYS;
		struct entry *entry = by_key[key];

		if (entry) {
			list_move_tail(&entry->list, &oldest_first);
			continue;
		}
		if (c->held == LRU_OBJECTS) {
			entry = list_first_entry(&oldest_first, struct entry, list);
			list_del(&entry->list);
			by_key[entry->key] = NULL;
			kfree(entry);
			c->held--;
		}
		entry = zoo_book(c, c->alloc());
		if (!entry)
			return;
		entry->key = key;
		by_key[key] = entry;
		list_add_tail(&entry->list, &oldest_first);
	}
}

struct zoo_case zoo_life_bounded[] = {
	{"pool", 70, pool, zoo_pool},
	{"sawtooth", 80, sawtooth, zoo_sawtooth},
	{"lru", 100, lru, zoo_lru},
	{},
};
