// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was there before, by its bytes: a file may have as many rows of one origin as it
 * likes, and each is looked for.
 */
#include <errno.h>
#include <stdlib.h>

#include "interval_private.h"

int interval_index_init(struct interval_index *x, size_t room)
{
	*x = (struct interval_index){};
	x->rows = room ? calloc(room, sizeof(*x->rows)) : NULL;
	return room && !x->rows ? -ENOMEM : 0;
}

void interval_index_deinit(struct interval_index *x)
{
	interner_deinit(&x->keys);
	free(x->rows);
}

int interval_index_add(struct interval_index *x, const void *key, size_t size, size_t row)
{
	uint32_t number;
	bool is_new;
	int err = interner_number(&x->keys, key, size, &number, &is_new);

	if (err || !is_new)
		return err;
	x->rows[number - 1] = row;
	x->known = number;
	return 1;
}

int interval_index_find(struct interval_index *x, const void *key, size_t size, size_t *ret_row)
{
	uint32_t number;
	bool is_new;
	int err;

	if (!x->known)
		return 0;
	err = interner_number(&x->keys, key, size, &number, &is_new);
	if (err || number > x->known)
		return err;
	*ret_row = x->rows[number - 1];
	return 1;
}
