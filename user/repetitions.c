// SPDX-License-Identifier: GPL-2.0-or-later
/* Survivors by repetition. */
#include "repetitions.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Of a stack record: how many, and how many they stand for. */
struct weighed {
	uint32_t count;
	float weight;
};

struct repetitions {
	const struct ledger_span *spans;
	uint32_t count;
	uint32_t *origins;    /* SS_ORIGINS rows; memory is touched where there are survivors */
	struct weighed *recs; /* SS_RECS rows */
};

int repetitions_create(const struct ledger *l, struct repetitions **ret_repetitions)
{
	struct repetitions *r;

	*ret_repetitions = NULL;
	if (!l->span_cnt)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	*r = (struct repetitions){
		.spans = l->spans,
		.count = l->span_cnt,
		.origins = calloc((size_t)SS_ORIGINS * l->span_cnt, sizeof(*r->origins)),
		.recs = calloc((size_t)SS_RECS * l->span_cnt, sizeof(*r->recs)),
	};
	*ret_repetitions = r;
	if (r->origins && r->recs)
		return 0;
	repetitions_destroy(r);
	*ret_repetitions = NULL;
	return -ENOMEM;
}

void repetitions_destroy(struct repetitions *r)
{
	if (!r)
		return;
	free(r->origins);
	free(r->recs);
	free(r);
}

/* The last that began before it; count when it was born in none. Jiffies wrap: take differences. */
static uint32_t find(const struct repetitions *r, uint32_t birth)
{
	uint32_t low = 0, high = r->count, first = r->spans[0].begin, since = birth - first;

	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;

		if (r->spans[middle].begin - first <= since)
			low = middle;
		else
			high = middle;
	}
	return birth - r->spans[low].begin <= r->spans[low].end - r->spans[low].begin ? low
										      : r->count;
}

void repetitions_count(struct repetitions *r, uint64_t meta)
{
	uint32_t rec = ss_meta_rec(meta), at = r ? find(r, (uint32_t)meta) : 0;

	if (!r || at == r->count)
		return;
	r->origins[(size_t)ss_meta_origin(meta) * r->count + at]++;
	if (!rec)
		return;
	r->recs[(size_t)rec * r->count + at].count++;
	r->recs[(size_t)rec * r->count + at].weight += (float)(1u << 2 * ss_meta_class(meta));
}

static bool make(const struct repetitions *r, uint64_t **numbers)
{
	if (!*numbers)
		*numbers = calloc(r->count, sizeof(**numbers));
	return *numbers;
}

int repetitions_fill_origin(const struct repetitions *r, uint32_t origin, double scale,
			    struct snapshot_origin *to)
{
	if (!r)
		return 0;
	if (!make(r, &to->repetitions))
		return -ENOMEM;
	for (uint32_t i = 0; i < r->count; i++)
		to->repetitions[i] +=
			(uint64_t)llround(r->origins[(size_t)origin * r->count + i] * scale);
	return 0;
}

void repetitions_least(const struct snapshot *s, struct snapshot_origin *o)
{
	for (uint32_t i = 0; o->repetitions && i < s->repetition_cnt; i++)
		if (!i || o->repetitions[i] < o->per_run)
			o->per_run = o->repetitions[i];
}

int repetitions_fill_stack(const struct repetitions *r, uint32_t rec, bool weighted,
			   struct snapshot_stack *to)
{
	if (!r)
		return 0;
	if (!make(r, &to->repetitions))
		return -ENOMEM;
	for (uint32_t i = 0; i < r->count; i++) {
		const struct weighed *from = &r->recs[(size_t)rec * r->count + i];

		to->repetitions[i] = weighted ? (uint64_t)from->weight : from->count;
	}
	return 0;
}

void repetitions_merge(const struct repetitions *r, uint64_t **to, uint64_t **from)
{
	for (uint32_t i = 0; r && i < r->count; i++)
		(*to)[i] += (*from)[i];
	free(*from);
	*from = NULL;
}

void repetitions_scale(const struct repetitions *r, uint64_t *numbers, double total,
		       uint64_t objects)
{
	for (uint32_t i = 0; r && i < r->count; i++)
		numbers[i] = (uint64_t)llround(numbers[i] / total * (double)objects);
}
