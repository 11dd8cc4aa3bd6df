// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaks that are worse than before, and are one: told together. */
#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "diff.h"
#include "together.h"

/* Where its call site is the only one of its name, a row is about one origin of B. */
static const struct snapshot_origin *leak_of(const struct diff_row *row)
{
	bool worse = row->fault == DIFF_LEAK_NEW || row->fault == DIFF_LEAK_GROWN;

	return worse && row->b.origins == 1 ? row->b.judged : NULL;
}

int diff_fold(struct diff *d)
{
	const struct snapshot *s = d->b->snapshot;
	autofree size_t *made_with = together_find(s, d->b->symbols, report_is_leak);
	autofree size_t *row_of = calloc(s->origin_cnt + 1, sizeof(*row_of));

	if (!made_with || !row_of)
		return -ENOMEM;
	for (size_t i = 0; i < s->origin_cnt; i++)
		row_of[i] = DIFF_ALONE;
	for (size_t i = 0; i < d->row_cnt; i++)
		if (leak_of(&d->rows[i]))
			row_of[leak_of(&d->rows[i]) - s->origins] = i;
	for (size_t i = 0; i < d->row_cnt; i++) {
		const struct snapshot_origin *o = leak_of(&d->rows[i]);
		size_t with = o ? made_with[o - s->origins] : TOGETHER_ALONE;
		size_t row = with == TOGETHER_ALONE ? DIFF_ALONE : row_of[with];

		if (row != DIFF_ALONE && d->rows[row].fault != d->rows[i].fault)
			row = DIFF_ALONE;
		d->rows[i].made_with = row;
	}
	return 0;
}
