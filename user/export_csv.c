// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Comma-separated values (RFC 4180): a row an origin, or a row a stack and thread. Lines
 * end with CR LF; text that needs it is in quotes, and a quote in it is doubled.
 *
 * A spreadsheet takes text that begins with = + - or @ for a formula and runs it: such a
 * name, which any user can give a thread, gets an apostrophe before it.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cgroups.h"
#include "cleanup.h"
#include "export.h"
#include "export_rows.h"
#include "output.h"

struct csv {
	const struct report *r;
	FILE *out;
	bool any; /* in this row */
};

static void separate(struct csv *c)
{
	if (c->any)
		fputc(',', c->out);
	c->any = true;
}

static void end_row(struct csv *c)
{
	fputs("\r\n", c->out);
	c->any = false;
}

static bool is_formula(const char *safe)
{
	return *safe && strchr("=+-@", *safe);
}

static void print_doubled(FILE *out, const char *safe)
{
	for (; *safe; safe++) {
		if (*safe == '"')
			fputc('"', out);
		fputc(*safe, out);
	}
}

/* Text that is escaped already; "": not known. */
static void print_text(struct csv *c, const char *safe)
{
	const char *quote = strpbrk(safe, ",\"\r\n") ? "\"" : "";

	separate(c);
	fprintf(c->out, "%s%s", quote, is_formula(safe) ? "'" : "");
	print_doubled(c->out, safe);
	fputs(quote, c->out);
}

static void print_name(struct csv *c, const char *raw)
{
	print_text(c, raw ? EXPORT_SAFE(raw) : "");
}

static void print_count(struct csv *c, uint64_t n)
{
	separate(c);
	fprintf(c->out, "%" PRIu64, n);
}

static void print_seconds(struct csv *c, double s)
{
	separate(c);
	fprintf(c->out, "%.3f", s);
}

static void print_bool(struct csv *c, bool yes)
{
	print_text(c, yes ? "true" : "false");
}

static void print_header(struct csv *c, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_text(c, names[i]);
	end_row(c);
}

/* Which cache and which call site: the columns that both kinds of rows begin with. */
static void print_origin_name(struct csv *c, const struct snapshot_origin *o)
{
	struct symbol sym = symbols_find(c->r->symbols, o->site);

	print_name(c, c->r->snapshot->caches[o->cache].name);
	print_text(c, export_site(c->r, o, (char[EXPORT_PLACE]){0}));
	print_name(c, sym.name ? sym.module : NULL);
}

static void print_origin(struct csv *c, const struct snapshot_origin *o)
{
	const struct snapshot_cache *cache = &c->r->snapshot->caches[o->cache];
	const uint64_t counts[] = {
		o->allocs,  o->frees,	o->ghosts, o->stale,
		o->refused, o->objects, o->bytes,  o->requested_bytes,
	};

	print_origin_name(c, o);
	print_count(c, cache->object_size);
	print_bool(c, kinds_is_marked(cache, c->r->reclaimable_bit));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		print_count(c, counts[i]);
	print_seconds(c, o->age_min_s);
	print_seconds(c, o->age_mean_s);
	print_seconds(c, o->age_max_s);
	print_text(c, export_verdict_name(o->verdict));
	print_text(c, o->verdict ? verdict_reason(o->verdict, (char[VERDICT_REASON]){0})
				 : "not judged");
	print_name(c, o->suppressed_by);
	end_row(c);
}

static void print_origins(FILE *out, const void *arg)
{
	static const char *const header[] = {
		"cache",	"call_site",  "module",		 "object_size",	  "reclaimable",
		"allocs",	"frees",      "ghosts",		 "stale",	  "refused",
		"live_objects", "live_bytes", "requested_bytes", "age_min_s",	  "age_mean_s",
		"age_max_s",	"verdict",    "reason",		 "suppressed_by",
	};
	struct csv c = {.r = arg, .out = out};

	print_header(&c, header, ARRAY_SIZE(header));
	for (size_t i = 0; i < c.r->snapshot->origin_cnt; i++)
		print_origin(&c, &c.r->snapshot->origins[i]);
}

/* Innermost first, as in a report, always in quotes; "": no stack is known. */
static void print_frames(struct csv *c, const struct snapshot_stack *st)
{
	separate(c);
	fputc('"', c->out);
	for (uint32_t i = 0; st && i < st->frame_cnt; i++) {
		const char *place =
			export_place(c->r, st->frames[i], true, (char[EXPORT_PLACE]){0});

		fputs(i ? "; " : is_formula(place) ? "'" : "", c->out);
		print_doubled(c->out, place);
	}
	fputc('"', c->out);
}

static void print_row(const struct export_row *row, void *arg)
{
	const char *path = row->task ? row->task->path : NULL;
	char container[CGROUPS_CONTAINER];
	struct csv *c = arg;

	if (!row->objects)
		return;
	print_origin_name(c, row->origin);
	print_name(c, row->task ? row->task->comm : NULL);
	print_count(c, row->objects);
	print_count(c, row->bytes);
	print_bool(c, row->stack && row->origin->estimated);
	print_text(c, export_verdict_name(export_row_verdict(row)));
	print_name(c, export_row_suppressed(row));
	print_frames(c, row->stack);
	print_text(c, path ? EXPORT_CGROUP(path) : "");
	print_name(c, path && cgroups_container(path, container) ? container : NULL);
	end_row(c);
}

static void print_stacks(FILE *out, const void *arg)
{
	static const char *const header[] = {
		"cache",     "call_site", "module",	   "comm",   "live_objects", "live_bytes",
		"estimated", "verdict",	  "suppressed_by", "frames", "cgroup",	     "container",
	};
	struct csv c = {.r = arg, .out = out};

	print_header(&c, header, ARRAY_SIZE(header));
	export_rows(c.r, print_row, &c);
}

int export_csv(const struct report *r, FILE *out)
{
	return output_page(print_origins, r, out);
}

int export_csv_stacks(const struct report *r, FILE *out)
{
	return output_page(print_stacks, r, out);
}
