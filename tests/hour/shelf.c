// SPDX-License-Identifier: GPL-2.0-or-later
/* Things that are kept for a while. */
#include "shelf.h"

#include "rhythm.h"

void shelf_put(struct shelf *s, int id, double life_s)
{
	if (id < 0)
		return;
	if (s->cnt == SHELF_MAX) {
		s->let_go(id);
		return;
	}
	s->things[s->cnt].id = id;
	s->things[s->cnt++].due_s = rhythm_s() + life_s;
}

void shelf_clear(struct shelf *s)
{
	double now = rhythm_s();

	for (size_t i = 0; i < s->cnt;) {
		if (s->things[i].due_s > now) {
			i++;
			continue;
		}
		s->let_go(s->things[i].id);
		s->things[i] = s->things[--s->cnt];
	}
}
