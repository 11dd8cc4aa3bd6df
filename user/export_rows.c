// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dividing numbers without losing any: each part is the difference of two rounded sums,
 * so that the parts add up exactly and none is off by more than one.
 */
#include "export_rows.h"

#include <inttypes.h>
#include <math.h>

static uint64_t scaled(uint64_t total, double part, double whole)
{
	return whole > 0 ? (uint64_t)llroundl((long double)total * part / whole) : 0;
}

static double weight(const struct snapshot_origin *o, const struct snapshot_task *task)
{
	return o->estimated ? task->weight : task->objects;
}

static double weigh(const struct snapshot_origin *o)
{
	double whole = 0;

	for (size_t i = 0; i < o->stack_cnt; i++)
		for (size_t j = 0; j < o->stacks[i].task_cnt; j++)
			whole += weight(o, &o->stacks[i].tasks[j]);
	return whole;
}

uint64_t export_alloc_bytes(const struct report *r, const struct snapshot_origin *o)
{
	/* One size in one cache. Of large kmalloc there are several: as survivors have it. */
	if (o->objects)
		return (uint64_t)llroundl((long double)o->allocs * o->bytes / o->objects);
	return o->allocs * r->snapshot->caches[o->cache].size;
}

static void emit(const struct export_row *row,
		 void (*each)(const struct export_row *row, void *arg), void *arg)
{
	if (row->objects || row->bytes || row->allocs || row->alloc_bytes)
		each(row, arg);
}

/* The sums of all rows up to one. Bytes go with objects, so that a row has whole objects. */
static struct export_row sum_upto(const struct export_row *all, double upto, double whole)
{
	struct export_row sum = {
		.objects = scaled(all->objects, upto, whole),
		.allocs = scaled(all->allocs, upto, whole),
	};

	sum.bytes = scaled(all->bytes, sum.objects, all->objects);
	sum.alloc_bytes = scaled(all->alloc_bytes, sum.allocs, all->allocs);
	return sum;
}

static void origin_rows(const struct report *r, const struct snapshot_origin *o,
			void (*each)(const struct export_row *row, void *arg), void *arg)
{
	const struct export_row all = {
		.origin = o,
		.objects = o->objects,
		.bytes = o->bytes,
		.allocs = o->allocs,
		.alloc_bytes = export_alloc_bytes(r, o),
	};
	double whole = weigh(o), upto = 0;
	struct export_row before = {};

	if (whole <= 0)
		emit(&all, each, arg);
	for (size_t i = 0; whole > 0 && i < o->stack_cnt; i++) {
		const struct snapshot_stack *st = &o->stacks[i];

		for (size_t j = 0; j < st->task_cnt; j++) {
			struct export_row sum, row;

			upto += weight(o, &st->tasks[j]);
			sum = sum_upto(&all, upto, whole);
			row = (struct export_row){
				.origin = o,
				.stack = st,
				.task = &st->tasks[j],
				.objects = sum.objects - before.objects,
				.bytes = sum.bytes - before.bytes,
				.allocs = sum.allocs - before.allocs,
				.alloc_bytes = sum.alloc_bytes - before.alloc_bytes,
			};
			emit(&row, each, arg);
			before = sum;
		}
	}
}

void export_rows(const struct report *r, void (*each)(const struct export_row *row, void *arg),
		 void *arg)
{
	for (size_t i = 0; i < r->snapshot->origin_cnt; i++)
		origin_rows(r, &r->snapshot->origins[i], each, arg);
}

const struct verdict *export_row_verdict(const struct export_row *row)
{
	const struct verdict *v = row->origin->verdict;

	if (v && v->by_stack && row->stack && row->stack != &row->origin->stacks[v->stack])
		return row->stack->verdict;
	return v;
}

const char *export_row_suppressed(const struct export_row *row)
{
	if (row->origin->suppressed_by)
		return row->origin->suppressed_by;
	return row->stack ? row->stack->suppressed_by : NULL;
}

const char *export_verdict_name(const struct verdict *v)
{
	return verdict_name(v ? v->kind : VERDICT_UNKNOWN);
}

char *export_place(const struct report *r, uint64_t address, bool offset, char buf[EXPORT_PLACE])
{
	struct symbol sym = symbols_find(r->symbols, address);
	int used =
		snprintf(buf, EXPORT_PLACE, "%s", sym.name ? EXPORT_SAFE(sym.name) : "(no symbol)");

	if (sym.name && offset)
		used += snprintf(buf + used, EXPORT_PLACE - used, "+0x%" PRIx64, sym.offset);
	if (sym.name && sym.module)
		used += snprintf(buf + used, EXPORT_PLACE - used, " [%s]", EXPORT_SAFE(sym.module));
	if (r->show_addresses)
		snprintf(buf + used, EXPORT_PLACE - used, " 0x%" PRIx64, address);
	return buf;
}

char *export_site(const struct report *r, const struct snapshot_origin *o, char buf[EXPORT_PLACE])
{
	if (o->site)
		return export_place(r, o->site, true, buf);
	snprintf(buf, EXPORT_PLACE, "(call sites beyond the table)");
	return buf;
}

const char *export_comm(const struct snapshot_task *task)
{
	if (!task || !task->comm)
		return "(unknown)";
	return *task->comm ? task->comm : "(empty)";
}
