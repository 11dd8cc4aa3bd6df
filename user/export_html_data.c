// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the page of a report works from. A report of a busy machine has thousands of
 * origins, which a browser could hold and nobody could read: leaks come first, then
 * what holds most bytes, and what is left out is counted.
 */
#include "export_html_data.h"

#include <inttypes.h>
#include <string.h>

#include "cleanup.h"
#include "json_output.h"
#include "report_json.h"
#include "report_private.h"
#include "together.h"

struct page {
	const struct report *r;
	json_t *report;	 /* report_json()'s */
	json_t *frames;	 /* each once, and: */
	json_t *indices; /* where, by the address of the value, which is one a frame */
	json_t *more;	 /* by origin of the report */
	size_t room;	 /* bytes of JSON that are left */
	bool *kept;	 /* by origin of the snapshot */
	bool *used;	 /* by cache: of an origin that is kept */
	size_t kept_cnt, stacks_cut;
};

static size_t size_of(const json_t *value)
{
	return json_dumpb(value, NULL, 0,
			  JSON_COMPACT | JSON_REAL_PRECISION(12) | JSON_ENSURE_ASCII) +
	       1;
}

static json_t *index_of(struct page *p, json_t *frame, size_t *size)
{
	char key[20];
	json_t *index;

	snprintf(key, sizeof(key), "%p", (void *)frame);
	index = json_object_get(p->indices, key);
	if (!index) {
		index = json_output_count(json_array_size(p->frames));
		json_array_append(p->frames, frame);
		if (json_object_set_new(p->indices, key, index))
			return NULL;
		*size += size_of(frame);
	}
	return index;
}

/* Frames become indices; adds what new frames take. */
static void intern_frames(struct page *p, json_t *stack, size_t *size)
{
	json_t *indices = json_array(), *frame;
	size_t i;

	json_array_foreach (json_object_get(stack, "frames"), i, frame)
		json_array_append(indices, index_of(p, frame, size));
	json_object_set_new(stack, "frames", indices);
}

/* Of a leak that one stack gave away: which of those on the page. */
static size_t leaking_stack(const struct snapshot_origin *o)
{
	return o->verdict->stack < EXPORT_HTML_STACKS ? o->verdict->stack : EXPORT_HTML_STACKS - 1;
}

static json_t *more(const struct report *r, const struct snapshot_origin *o)
{
	json_t *object = json_object(), *born = json_array();
	char growth[REPORT_GROWTH];
	uint64_t all = 0;

	for (int i = 0; i < SNAPSHOT_SLICES; i++) {
		all += o->lives.born[i];
		json_array_append_new(born, json_output_count(o->lives.born[i]));
	}
	json_object_set(object, "born", all ? born : json_null());
	json_decref(born);
	json_object_set_new(object, "growth",
			    report_is_leak(o)
				    ? json_output_string(report_growth_short(r, o, growth))
				    : json_null());
	json_object_set_new(object, "by_stack",
			    o->verdict && o->verdict->by_stack ? json_output_count(leaking_stack(o))
							       : json_null());
	return object;
}

/*
 * The most of its stacks; where the one that gave a leak away is not among these, it takes the
 * place of the last: it may be the rarest of thousands.
 */
static size_t cut_stacks(json_t *stacks, const struct snapshot_origin *o)
{
	size_t had = json_array_size(stacks), most = EXPORT_HTML_STACKS;

	if (o->verdict && o->verdict->by_stack && o->verdict->stack >= most)
		json_array_set(stacks, leaking_stack(o), json_array_get(stacks, o->verdict->stack));
	while (json_array_size(stacks) > most)
		json_array_remove(stacks, json_array_size(stacks) - 1);
	return had - json_array_size(stacks);
}

/* Without what the page does not show; sentences tell most of it. */
static void slim(json_t *origin)
{
	static const char *const hidden[] = {"tail_s", "tail_survivors", "tail_deaths"};
	json_t *stack;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hidden); i++)
		json_object_del(json_object_get(origin, "evidence"), hidden[i]);
	json_object_del(origin, "lifetimes");
	json_array_foreach (json_object_get(origin, "stacks"), i, stack) {
		json_object_del(stack, "evidence");
		json_object_del(stack, "half_life_s_at_least");
	}
}

/* Is there room for it? Then it is made smaller, and takes that. */
static bool keep(struct page *p, size_t at)
{
	const struct snapshot_origin *o = &p->r->snapshot->origins[at];
	json_t *origin = json_array_get(json_object_get(p->report, "origins"), at), *stack;
	json_t *stacks = json_object_get(origin, "stacks"), *extra = more(p->r, o);
	size_t i, cut = cut_stacks(stacks, o), size = size_of(extra);

	json_array_foreach (stacks, i, stack)
		intern_frames(p, stack, &size);
	slim(origin);
	size += size_of(origin);
	json_object_set_new(extra, "stacks_left_out", json_output_count(cut));
	json_array_set_new(p->more, at, extra);
	if (size > p->room)
		return false;
	p->room -= size;
	p->kept[at] = true;
	p->kept_cnt++;
	p->stacks_cut += cut;
	return true;
}

/* Of an origin that is kept: where it is on the page. */
static size_t index_in(const struct page *p, size_t origin)
{
	size_t at = 0;

	for (size_t i = 0; i < origin; i++)
		at += p->kept[i];
	return at;
}

/* Leaks, then the others, as they are sorted: by bytes. The first that does not fit is the end. */
static void choose(struct page *p)
{
	const struct snapshot *s = p->r->snapshot;

	for (size_t i = 0; i < s->origin_cnt; i++)
		json_array_append_new(p->more, json_null());
	for (int leaks = 1; leaks >= 0; leaks--)
		for (size_t i = 0; i < s->origin_cnt; i++)
			if (report_is_leak(&s->origins[i]) == leaks && !keep(p, i))
				return;
}

/* An array without the elements that are not kept. */
static void strip(json_t *array, const bool *kept)
{
	for (size_t i = json_array_size(array); i-- > 0;)
		if (!kept[i])
			json_array_remove(array, i);
}

/* Indices of the snapshot's origins become those of the page's. */
static void renumber(struct page *p)
{
	const struct snapshot *s = p->r->snapshot;
	json_t *origins = json_object_get(p->report, "origins");

	for (size_t i = 0; i < s->origin_cnt; i++) {
		size_t with = p->r->made_with[i];

		if (with != TOGETHER_ALONE)
			json_object_set_new(json_array_get(origins, i), "made_with",
					    p->kept[with] ? json_output_count(index_in(p, with))
							  : json_null());
	}
}

/* Without origins that did not fit, and caches that only those are of: of these, how many. */
static size_t strip_all(struct page *p)
{
	const struct snapshot *s = p->r->snapshot;
	size_t cut = 0;

	if (p->kept_cnt == s->origin_cnt)
		return 0;
	for (size_t i = 0; i < s->origin_cnt; i++)
		p->used[s->origins[i].cache] |= p->kept[i];
	for (size_t i = 0; i < s->cache_cnt; i++)
		cut += !p->used[i];
	renumber(p);
	strip(json_object_get(p->report, "caches"), p->used);
	strip(json_object_get(p->report, "origins"), p->kept);
	strip(p->more, p->kept);
	return cut;
}

struct sum {
	uint64_t origins, objects, bytes;
};

static void set_sum(json_t *object, const char *name, const struct sum *sum)
{
	json_t *o = json_object();

	json_object_set_new(o, "origins", json_output_count(sum->origins));
	json_object_set_new(o, "objects", json_output_count(sum->objects));
	json_object_set_new(o, "bytes", json_output_count(sum->bytes));
	json_object_set_new(object, name, o);
}

/* Of origins with survivors, by what the report calls them. */
static json_t *sums(const struct report *r)
{
	struct sum of[VERDICT_KINDS + 1] = {}; /* the last: suppressed */
	json_t *object = json_object();

	for (size_t i = 0; i < r->snapshot->origin_cnt; i++) {
		const struct snapshot_origin *o = &r->snapshot->origins[i];
		enum verdict_kind kind = o->verdict ? o->verdict->kind : VERDICT_UNKNOWN;
		struct sum *sum = &of[kind];

		if (!o->objects)
			continue;
		if (kind == VERDICT_LEAK && !report_is_leak(o))
			sum = &of[VERDICT_KINDS];
		sum->origins++;
		sum->objects += o->objects;
		sum->bytes += o->bytes;
	}
	for (int kind = 0; kind < VERDICT_KINDS; kind++)
		set_sum(object, verdict_name(kind), &of[kind]);
	set_sum(object, "suppressed", &of[VERDICT_KINDS]);
	return object;
}

static json_t *total(const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	json_t *object = json_object();
	uint64_t stacks = 0;

	for (size_t i = 0; i < s->origin_cnt; i++)
		stacks += s->origins[i].stack_cnt;
	json_object_set_new(object, "objects", json_output_count(s->objects));
	json_object_set_new(object, "bytes", json_output_count(s->bytes));
	json_object_set_new(object, "origins", json_output_count(s->origin_cnt));
	json_object_set_new(object, "stacks", json_output_count(stacks));
	json_object_set_new(object, "caches", json_output_count(s->cache_cnt));
	json_object_set_new(object, "verdicts", sums(r));
	return object;
}

/* "stacks" are of the origins that are here. */
static json_t *left_out(const struct page *p, size_t caches)
{
	const struct snapshot *s = p->r->snapshot;
	struct sum all = {}, leaks = {};
	json_t *object = json_object();

	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];

		if (p->kept[i])
			continue;
		all.origins++;
		all.objects += o->objects;
		all.bytes += o->bytes;
		leaks.origins += report_is_leak(o);
		leaks.objects += report_is_leak(o) ? o->objects : 0;
		leaks.bytes += report_is_leak(o) ? o->bytes : 0;
	}
	set_sum(object, "origins", &all);
	set_sum(object, "leaks", &leaks);
	json_object_set_new(object, "stacks", json_output_count(p->stacks_cut));
	json_object_set_new(object, "caches", json_output_count(caches));
	return object;
}

/* Of more points than a page has room for, every nth and the last. */
static json_t *points(const struct export_series *series, size_t *cut)
{
	size_t step = (series->point_cnt + EXPORT_HTML_POINTS - 1) / EXPORT_HTML_POINTS;
	json_t *array = json_array();

	for (size_t i = 0; i < series->point_cnt; i++) {
		const struct export_point *p = &series->points[i];

		if (i % step && i + 1 < series->point_cnt) {
			++*cut;
			continue;
		}
		json_array_append_new(array, json_pack("[ooo]", json_output_seconds(p->at_s),
						       json_output_count(p->objects),
						       json_output_count(p->bytes)));
	}
	return array;
}

static json_t *one_series(const struct page *p, const struct export_series *series, size_t *cut)
{
	json_t *object = json_object();

	json_object_set_new(object, "origin", json_output_count(index_in(p, series->origin)));
	json_object_set_new(object, "points", points(series, cut));
	return object;
}

/* Leaks first, as everywhere; what is left out goes into `missing`. */
static json_t *growth_of(const struct page *p, const struct export_growth *growth, json_t *missing)
{
	json_t *object = json_object(), *series = json_array();
	size_t cut = 0;

	for (int leaks = 1; growth && leaks >= 0; leaks--)
		for (size_t i = 0; i < growth->series_cnt; i++) {
			const struct export_series *one = &growth->series[i];

			if (p->kept[one->origin] && json_array_size(series) < EXPORT_HTML_SERIES &&
			    report_is_leak(&p->r->snapshot->origins[one->origin]) == leaks)
				json_array_append_new(series, one_series(p, one, &cut));
		}
	json_object_set_new(missing, "series",
			    json_output_count(growth ? growth->left_out + growth->series_cnt -
							       json_array_size(series)
						     : 0));
	json_object_set_new(missing, "points", json_output_count(cut));
	json_object_set_new(object, "length_s", json_output_seconds(growth ? growth->length_s : 0));
	json_object_set_new(object, "series", series);
	if (growth)
		return object;
	json_decref(object);
	return json_null();
}

/* Lines of the text report, as one; NULL: no memory. */
static json_t *lines(const struct report *r, void (*print)(FILE *out, const struct report *r))
{
	autofree char *text = NULL;
	size_t size, used = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	print(f, r);
	if (fclose(f))
		return NULL;
	for (const char *p = text; *p; p++) {
		bool space = *p == ' ' || *p == '\n';

		if (!space || (used && text[used - 1] != ' '))
			text[used++] = space ? ' ' : *p;
	}
	while (used && text[used - 1] == ' ')
		used--;
	text[used] = '\0';
	return json_output_string(text);
}

static json_t *whole(struct page *p, const struct export_growth *growth)
{
	const struct snapshot *s = p->r->snapshot;
	json_t *object = json_object(), *missing;

	if (json_object_set_new(object, "answer", lines(p->r, report_print_answer)) ||
	    json_object_set_new(object, "trust", lines(p->r, report_print_grade))) {
		json_decref(object);
		return NULL;
	}

	choose(p);
	missing = left_out(p, strip_all(p));
	json_object_set(object, "report", p->report);
	json_object_set(object, "frames", p->frames);
	json_object_set(object, "more", p->more);
	json_object_set_new(object, "booked_s", json_output_seconds(s->booked_s));
	json_object_set_new(object, "total", total(p->r));
	json_object_set_new(object, "growth", growth_of(p, growth, missing));
	json_object_set_new(object, "left_out", missing);
	return object;
}

json_t *export_html_data(const struct report *r, const struct export_growth *growth)
{
	const struct snapshot *s = r->snapshot;
	autofree size_t *made_with = together_find(s, r->symbols, report_is_leak);
	autofree bool *kept = calloc(s->origin_cnt + 1, sizeof(*kept));
	autofree bool *used = calloc(s->cache_cnt + 1, sizeof(*used));
	struct report own = *r;
	struct page p = {
		.r = &own,
		.report = made_with && kept && used ? report_json_document(r) : NULL,
		.frames = json_array(),
		.indices = json_object(),
		.more = json_array(),
		.room = EXPORT_HTML_ORIGINS_BYTES,
		.kept = kept,
		.used = used,
	};
	json_t *data = NULL;

	own.made_with = made_with;
	if (p.report)
		data = whole(&p, growth);
	json_decref(p.report);
	json_decref(p.frames);
	json_decref(p.indices);
	json_decref(p.more);
	return data;
}
