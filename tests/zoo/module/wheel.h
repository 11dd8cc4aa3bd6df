/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects that are to be freed after a while, up to 100 s. */
#ifndef ZOO_MODULE_WHEEL_H
#define ZOO_MODULE_WHEEL_H

#include <linux/types.h>

#include "cases.h"

#define ZOO_WHEEL_SLOTS 2000

/* What an object begins with while it waits. */
struct zoo_waiting {
	struct zoo_waiting *next;
};

struct zoo_wheel {
	u64 slot; /* the first that has not been emptied */
	struct zoo_waiting *waiting[ZOO_WHEEL_SLOTS];
};

/* Free @object, which has room for a struct zoo_waiting, @life_ms after @ms. NULL is no object. */
void zoo_wheel_add(struct zoo_wheel *w, void *object, u64 ms, unsigned int life_ms);

/* Free by @free_one what is due at @ms. How many those were. */
unsigned int zoo_wheel_turn(struct zoo_wheel *w, u64 ms, void (*free_one)(const void *object));

#endif
