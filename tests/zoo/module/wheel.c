// SPDX-License-Identifier: GPL-2.0-or-later
/* Objects that are to be freed after a while: a list for each tick to come, linked in themselves.
 */
#include <linux/math64.h>
#include <linux/minmax.h>

#include "wheel.h"

static u64 slot_at(u64 ms)
{
	return div_u64(ms, ZOO_TICK_MS);
}

void zoo_wheel_add(struct zoo_wheel *w, void *object, u64 ms, unsigned int life_ms)
{
	struct zoo_waiting *new = object, **list;
	u64 slot = max(slot_at(ms + life_ms), w->slot);
	u32 i;

	div_u64_rem(slot, ZOO_WHEEL_SLOTS, &i);
	if (!object)
		return;
	list = &w->waiting[i];
	new->next = *list;
	*list = new;
}

unsigned int zoo_wheel_turn(struct zoo_wheel *w, u64 ms, void (*free_one)(const void *object))
{
	u64 now = slot_at(ms);
	unsigned int cnt = 0;

	for (; w->slot <= now; w->slot++) {
		struct zoo_waiting *object, *next;
		u32 i;

		div_u64_rem(w->slot, ZOO_WHEEL_SLOTS, &i);
		for (object = w->waiting[i]; object; object = next) {
			next = object->next;
			free_one(object);
			cnt++;
		}
		w->waiting[i] = NULL;
	}
	return cnt;
}
