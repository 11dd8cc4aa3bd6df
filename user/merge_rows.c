// SPDX-License-Identifier: GPL-2.0-or-later
/* What a row adds up. */
#include "merge_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void merge_row_deinit(struct merge_row *row)
{
	free(row->also);
	free(row->leaks);
	free(row->kernels);
	free(row->reason);
}

/* The one behind the last, with nothing in it yet; NULL without memory. */
static struct merge_leak *next_leak(struct merge_row *row)
{
	struct merge_leak *moved;

	if (!(row->leak_cnt & (row->leak_cnt - 1))) {
		moved = realloc(row->leaks,
				(row->leak_cnt ? 2 * row->leak_cnt : 1) * sizeof(*moved));
		if (!moved)
			return NULL;
		row->leaks = moved;
	}
	return &row->leaks[row->leak_cnt++];
}

int merge_row_add_leak(struct merge_row *row, uint32_t host, const struct report *r,
		       const struct snapshot_origin *o)
{
	struct merge_leak *l = row->leak_cnt ? &row->leaks[row->leak_cnt - 1] : NULL;
	bool or_before, is_new = !l || l->host != host;
	double since = merge_since(r, o, &or_before);

	if (is_new) {
		l = next_leak(row);
		if (!l)
			return -ENOMEM;
		*l = (struct merge_leak){.host = host, .since = since, .or_before = or_before};
	}
	if (since < l->since)
		l->since = since;
	l->or_before |= or_before;
	origin_sum_count(&l->objects, o->objects);
	origin_sum_count(&l->bytes, o->bytes);
	return 0;
}

static void add_total(struct merge_total *to, uint64_t objects, uint64_t bytes,
		      double objects_per_s, double bytes_per_s)
{
	origin_sum_count(&to->objects, objects);
	origin_sum_count(&to->bytes, bytes);
	to->objects_per_s += objects_per_s;
	to->bytes_per_s += bytes_per_s;
}

static int add_kernel(struct merge_row *row, uint32_t kernel, uint32_t seen, uint32_t leaks)
{
	struct merge_kernel *moved;

	if (kernel > row->kernel_cnt) {
		moved = realloc(row->kernels, kernel * sizeof(*moved));
		if (!moved)
			return -ENOMEM;
		memset(moved + row->kernel_cnt, 0, (kernel - row->kernel_cnt) * sizeof(*moved));
		row->kernels = moved;
		row->kernel_cnt = kernel;
	}
	row->kernels[kernel - 1].seen += seen;
	row->kernels[kernel - 1].leaks += leaks;
	return 0;
}

static int larger(double x, double y)
{
	return (y > x) - (y < x);
}

static int by_growth(const void *a, const void *b)
{
	const struct merge_leak *x = a, *y = b;
	int order = larger(x->bytes_per_s, y->bytes_per_s);

	order = order ? order : larger(x->bytes, y->bytes);
	return order ? order : larger(y->host, x->host);
}

/* The fastest of a row stands first, and is the one whose reason is told. */
static int end_leak(struct merge_row *row, const struct report *r, const struct origin_sum *sum)
{
	struct merge_leak *l = &row->leaks[row->leak_cnt - 1], first = row->leaks[0];
	char reason[VERDICT_REASON];

	if (r->snapshot->booked_s > 0) {
		l->objects_per_s = l->objects / r->snapshot->booked_s;
		l->bytes_per_s = l->bytes / r->snapshot->booked_s;
	}
	add_total(&row->leaking, l->objects, l->bytes, l->objects_per_s, l->bytes_per_s);
	row->older += l->or_before;
	if (row->reason && by_growth(l, &first) > 0)
		return 0;
	row->leaks[0] = *l;
	if (row->leak_cnt > 1)
		*l = first;
	free(row->reason);
	row->reason = strdup(verdict_reason(sum->judged->verdict, reason));
	return row->reason ? 0 : -ENOMEM;
}

int merge_row_end(struct merge_row *row, const struct merge_host *h, const struct report *r,
		  struct origin_sum *sum)
{
	const struct verdict *v = sum->judged->verdict;
	int err;

	origin_sum_rate(sum, r);
	row->seen++;
	if (sum->passed_leak && !sum->leak)
		row->passed++;
	else
		row->verdicts[v ? v->kind : VERDICT_UNKNOWN]++;
	row->ghosts += sum->ghosts > 0;
	add_total(&row->all, sum->objects, sum->bytes, sum->objects_per_s, sum->bytes_per_s);
	if (!sum->leak)
		add_total(&row->quiet, sum->objects, sum->bytes, sum->objects_per_s,
			  sum->bytes_per_s);
	err = add_kernel(row, h->kernel, 1, sum->leak);
	return err || !sum->leak ? err : end_leak(row, r, sum);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int join_names(struct merge_row *to, const struct merge_row *from)
{
	const char **moved =
		realloc(to->also, (to->also_cnt + 1 + from->also_cnt) * sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	to->also = moved;
	moved[to->also_cnt++] = from->name.cache;
	for (size_t i = 0; i < from->also_cnt; i++)
		moved[to->also_cnt++] = from->also[i];
	qsort(moved, to->also_cnt, sizeof(*moved), by_text);
	return 0;
}

/* The fastest of either stands first, and only of that the reason is kept. */
static int join_leaks(struct merge_row *to, struct merge_row *from)
{
	bool first = from->leak_cnt && (!to->leak_cnt || by_growth(from->leaks, to->leaks) < 0);

	for (size_t i = 0; i < from->leak_cnt; i++) {
		struct merge_leak *l = next_leak(to);

		if (!l)
			return -ENOMEM;
		*l = from->leaks[i];
		if (!i && first && to->leak_cnt > 1) {
			*l = to->leaks[0];
			to->leaks[0] = from->leaks[0];
		}
	}
	if (first) {
		free(to->reason);
		to->reason = from->reason;
		from->reason = NULL;
	}
	to->older += from->older;
	return 0;
}

static void join_total(struct merge_total *to, const struct merge_total *from)
{
	add_total(to, from->objects, from->bytes, from->objects_per_s, from->bytes_per_s);
}

int merge_row_join(struct merge_row *to, struct merge_row *from)
{
	int err = join_names(to, from);

	if (!err)
		err = join_leaks(to, from);
	for (uint32_t k = 1; k <= from->kernel_cnt && !err; k++)
		err = add_kernel(to, k, from->kernels[k - 1].seen, from->kernels[k - 1].leaks);
	to->seen += from->seen;
	to->passed += from->passed;
	to->ghosts += from->ghosts;
	for (int i = 0; i < VERDICT_KINDS; i++)
		to->verdicts[i] += from->verdicts[i];
	join_total(&to->all, &from->all);
	join_total(&to->quiet, &from->quiet);
	join_total(&to->leaking, &from->leaking);
	merge_row_deinit(from);
	*from = (struct merge_row){.name = from->name};
	return err;
}

void merge_row_rank(struct merge_row *row)
{
	if (row->leak_cnt)
		qsort(row->leaks, row->leak_cnt, sizeof(*row->leaks), by_growth);
	for (size_t n = 1; n < row->leak_cnt; n++)
		if (row->leaks[n].since < row->leaks[row->earliest].since)
			row->earliest = n;
}

int merge_row_compare(const struct merge_row *x, const struct merge_row *y, enum merge_key key)
{
	int order = 0;

	switch (key) {
	case MERGE_BY_BYTES:
		order = larger(x->all.bytes, y->all.bytes);
		break;
	case MERGE_BY_OBJECTS:
		order = larger(x->all.objects, y->all.objects);
		break;
	case MERGE_BY_GROWTH:
		order = larger(x->all.bytes_per_s, y->all.bytes_per_s);
		break;
	case MERGE_BY_HOSTS:
		break;
	}
	order = order ? order : larger(x->leak_cnt, y->leak_cnt);
	order = order ? order : larger(x->leaking.bytes_per_s, y->leaking.bytes_per_s);
	order = order ? order : larger(x->all.bytes, y->all.bytes);
	return order ? order : origin_name_compare(&x->name, &y->name);
}
