// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text exposition for Prometheus: valid as OpenMetrics, and, because only gauges are in
 * it, also for readers of the older format, such as node_exporter's textfile collector.
 *
 * Origins that have one name are one series. Of more than r->top the others become one
 * series for each verdict, so that sums stay what they are and no leak is lost in them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "export.h"
#include "export_rows.h"
#include "interner.h"
#include "output.h"

struct series {
	uint64_t bytes, objects, allocs, frees;
};

struct exposition {
	const struct report *r;
	struct interner labels; /* as they are printed: series n is of labels n + 1 */
	struct series *series;
	uint32_t room;
};

struct metric {
	const char *name, *unit, *help; /* unit NULL: none; else the name ends with it */
};

/* A label's value that is escaped already: of what may be in it, these break a line. */
static void print_value(FILE *out, const char *safe)
{
	for (; *safe; safe++) {
		if (*safe == '\\' || *safe == '"')
			fputc('\\', out);
		fputc(*safe, out);
	}
}

static void print_label(FILE *out, const char *name, const char *safe)
{
	fprintf(out, "%s=\"", name);
	print_value(out, safe);
	fputc('"', out);
}

/* 0 or -ENOMEM; *ret_labels is to be freed. */
static int make_labels(const struct exposition *e, const struct snapshot_origin *o, bool other,
		       char **ret_labels, size_t *ret_size)
{
	FILE *memory = open_memstream(ret_labels, ret_size);

	if (!memory)
		return -ENOMEM;
	print_label(memory, "cache",
		    other ? "(other)" : EXPORT_SAFE(e->r->snapshot->caches[o->cache].name));
	fputc(',', memory);
	print_label(memory, "call_site",
		    other ? "(other)" : export_site(e->r, o, (char[EXPORT_PLACE]){0}));
	fputc(',', memory);
	print_label(memory, "verdict", export_verdict_name(o->verdict));
	return ferror(memory) | fclose(memory) ? -ENOMEM : 0;
}

static int grow(struct exposition *e, uint32_t need)
{
	uint32_t room = e->room ? 2 * e->room : 64;
	struct series *moved;

	if (need <= e->room)
		return 0;
	moved = realloc(e->series, room * sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	e->series = moved;
	e->room = room;
	return 0;
}

static int add(struct exposition *e, const struct snapshot_origin *o, bool other)
{
	autofree char *labels = NULL;
	size_t size;
	uint32_t number;
	bool is_new;
	int err = make_labels(e, o, other, &labels, &size);

	if (!err)
		err = interner_number(&e->labels, labels, size, &number, &is_new);
	if (!err)
		err = grow(e, number);
	if (err)
		return err;
	if (is_new)
		e->series[number - 1] = (struct series){};
	e->series[number - 1].bytes += o->bytes;
	e->series[number - 1].objects += o->objects;
	e->series[number - 1].allocs += o->allocs;
	e->series[number - 1].frees += o->frees;
	return 0;
}

static void print_head(FILE *out, const struct metric *m)
{
	fprintf(out, "# TYPE slabsight_%s gauge\n", m->name);
	if (m->unit)
		fprintf(out, "# UNIT slabsight_%s %s\n", m->name, m->unit);
	fprintf(out, "# HELP slabsight_%s %s\n", m->name, m->help);
}

static void print_series(FILE *out, const struct exposition *e, const struct metric *m,
			 size_t offset)
{
	print_head(out, m);
	for (uint32_t i = 0; i < e->labels.count; i++)
		fprintf(out, "slabsight_%s{%.*s} %" PRIu64 "\n", m->name,
			(int)e->labels.things[i].size, (const char *)e->labels.things[i].key,
			*(const uint64_t *)((const char *)&e->series[i] + offset));
}

static void print_origins(FILE *out, const struct exposition *e)
{
	static const struct {
		struct metric m;
		size_t offset;
	} metrics[] = {
		{{"origin_live_bytes", "bytes",
		  "What objects take from the slab that were allocated during the trace and are "
		  "still live."},
		 offsetof(struct series, bytes)},
		{{"origin_live_objects", "objects",
		  "Objects that were allocated during the trace and are still live."},
		 offsetof(struct series, objects)},
		{{"origin_allocations", NULL, "Objects allocated during the trace."},
		 offsetof(struct series, allocs)},
		{{"origin_frees", NULL,
		  "Objects allocated during the trace and freed, where that was seen."},
		 offsetof(struct series, frees)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		print_series(out, e, &metrics[i].m, metrics[i].offset);
}

static void print_count(FILE *out, uint64_t n, struct metric m)
{
	print_head(out, &m);
	fprintf(out, "slabsight_%s %" PRIu64 "\n", m.name, n);
}

static void print_real(FILE *out, double n, struct metric m)
{
	print_head(out, &m);
	fprintf(out, "slabsight_%s %.9g\n", m.name, n);
}

static void print_coverage(FILE *out, const struct report *r)
{
	const struct metric grade = {"coverage", NULL, "1 of the grade that the trace has."};

	print_head(out, &grade);
	for (int i = COVERAGE_FULL; i <= COVERAGE_POOR; i++)
		fprintf(out, "slabsight_coverage{grade=\"%s\"} %d\n",
			hooks_grade_name((enum coverage_grade)i), (int)r->grade == i);
	print_count(out, r->snapshot->ghosts,
		    (struct metric){"ghosts", NULL,
				    "Objects whose address was handed out again although their "
				    "free was not seen."});
	print_count(out, r->snapshot->stale,
		    (struct metric){"stale_objects", "objects",
				    "Objects found free in the slab although their free was not "
				    "seen."});
	print_count(out, r->snapshot->refused,
		    (struct metric){"refused_objects", "objects",
				    "Objects that the table had no room for."});
	print_count(out, r->skipped_allocs + r->skipped_frees,
		    (struct metric){"skipped_events", NULL,
				    "Events that the kernel did not show, at most."});
	print_real(out, 1 / r->snapshot->scale,
		   (struct metric){"sample_ratio", "ratio",
				   "Share of objects that is booked; below 1 live numbers are "
				   "estimates."});
}

static void print_trace(FILE *out, const struct report *r)
{
	const struct metric info = {"trace_info", NULL, "What was traced, and by what."};

	print_head(out, &info);
	fputs("slabsight_trace_info{", out);
	print_label(out, "command", r->command);
	fputc(',', out);
	print_label(out, "kernel", EXPORT_SAFE(r->release));
	fputc(',', out);
	print_label(out, "version", SLABSIGHT_VERSION);
	fputs("} 1\n", out);
	print_real(out, r->duration_s,
		   (struct metric){"trace_duration_seconds", "seconds", "How long was traced."});
	print_count(out, report_leaks(r),
		    (struct metric){"leaks", NULL,
				    "Origins with the verdict leak that are not suppressed."});
}

static void print(FILE *out, const void *arg)
{
	const struct exposition *e = arg;

	print_trace(out, e->r);
	print_coverage(out, e->r);
	print_origins(out, e);
	fputs("# EOF\n", out);
}

int export_openmetrics(const struct report *r, FILE *out)
{
	struct exposition e = {.r = r};
	const struct snapshot *s = r->snapshot;
	int err = 0;

	for (size_t i = 0; i < s->origin_cnt && !err; i++)
		err = add(&e, &s->origins[i], r->top && e.labels.count >= r->top);
	if (!err)
		err = output_page(print, &e, out);
	interner_deinit(&e.labels);
	free(e.series);
	return err;
}
