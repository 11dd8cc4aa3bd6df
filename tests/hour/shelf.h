/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things that are kept for a while, each for its own. */
#ifndef HOUR_SHELF_H
#define HOUR_SHELF_H

#include <stddef.h>

#define SHELF_MAX 2000

struct shelf {
	void (*let_go)(int id);
	size_t cnt;
	struct {
		int id;
		double due_s; /* of the hour's clock */
	} things[SHELF_MAX];
};

/* Keep @id for @life_s; one below 0 is nothing. A full shelf lets go of it at once. */
void shelf_put(struct shelf *s, int id, double life_s);
/* Let go of what is due. */
void shelf_clear(struct shelf *s);

#endif
