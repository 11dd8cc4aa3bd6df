// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A profile of pprof, gzipped. A sample is a row of export_rows.h: stack, thread and four
 * numbers. Strings, functions and locations get their numbers as they are met.
 *
 * Addresses are offsets from the first function of the kernel or of a module, which tell
 * nothing of where the kernel lies; real ones only where the report may show them.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cgroups.h"
#include "cleanup.h"
#include "export.h"
#include "export_pprof_private.h"
#include "export_rows.h"
#include "gzip.h"
#include "lines.h"
#include "output.h"

#define LABELS_MAX 8

struct sample {
	Pprof__Sample message;
	Pprof__Label labels[LABELS_MAX];
	Pprof__Label *label_at[LABELS_MAX];
	int64_t values[KINDS];
	uint64_t locations[]; /* frames of the stack */
};

uint32_t profile_number(struct profile *p, struct interner *in, const void *key, size_t size)
{
	uint32_t n = 0;
	bool is_new;

	if (!p->err)
		p->err = interner_number(in, key, size, &n, &is_new);
	return n;
}

int64_t profile_string(struct profile *p, const char *safe)
{
	return *safe ? profile_number(p, &p->strings, safe, strlen(safe) + 1) : 0;
}

void *profile_allocate(struct profile *p, size_t count, size_t size)
{
	void *array = p->err ? NULL : calloc(count ? count : 1, size);

	if (!array && !p->err)
		p->err = -ENOMEM;
	return array;
}

void *profile_point(struct profile *p, void *first, size_t count, size_t size)
{
	void **pointers = profile_allocate(p, count, sizeof(*pointers));

	for (size_t i = 0; pointers && i < count; i++)
		pointers[i] = (char *)first + i * size;
	return pointers;
}

static void add_label(struct profile *p, struct sample *s, const char *key, const char *safe,
		      uint64_t n)
{
	Pprof__Label *label = &s->labels[s->message.n_labels];

	pprof__label__init(label);
	label->key = profile_string(p, key);
	if (safe)
		label->text = profile_string(p, safe);
	else
		label->unit = profile_string(p, "bytes");
	label->number = (int64_t)n;
	s->label_at[s->message.n_labels++] = label;
}

static void add_labels(struct profile *p, struct sample *s, const struct export_row *row)
{
	const struct snapshot_cache *c = &p->r->snapshot->caches[row->origin->cache];
	const char *suppressed = export_row_suppressed(row);
	char container[CGROUPS_CONTAINER];

	add_label(p, s, "cache", EXPORT_SAFE(c->name), 0);
	add_label(p, s, "comm", EXPORT_SAFE(export_comm(row->task)), 0);
	if (row->task && row->task->path)
		add_label(p, s, "cgroup", EXPORT_CGROUP(row->task->path), 0);
	if (row->task && row->task->path && cgroups_container(row->task->path, container))
		add_label(p, s, "container", EXPORT_SAFE(container), 0);
	add_label(p, s, "verdict", export_verdict_name(export_row_verdict(row)), 0);
	add_label(p, s, "stacks",
		  !row->stack		   ? "none"
		  : row->origin->estimated ? "estimated"
					   : "exact",
		  0);
	if (suppressed)
		add_label(p, s, "suppressed_by", EXPORT_SAFE(suppressed), 0);
	if (c->size && !c->large)
		add_label(p, s, "bytes", NULL, c->size);
}

static struct sample *new_sample(struct profile *p, size_t frames)
{
	struct sample *s = profile_allocate(p, 1, sizeof(*s) + frames * sizeof(s->locations[0]));
	struct sample **moved;

	if (!s)
		return NULL;
	if (p->sample_cnt == p->sample_room) {
		p->sample_room = p->sample_room ? 2 * p->sample_room : 64;
		moved = realloc(p->samples, p->sample_room * sizeof(*moved));
		if (!moved) {
			free(s);
			p->err = -ENOMEM;
			return NULL;
		}
		p->samples = moved;
	}
	p->samples[p->sample_cnt++] = s;
	pprof__sample__init(&s->message);
	s->message.locations = s->locations;
	s->message.n_locations = frames;
	s->message.values = s->values;
	s->message.n_values = KINDS;
	s->message.labels = s->label_at;
	return s;
}

static void add_sample(const struct export_row *row, void *arg)
{
	struct profile *p = arg;
	bool known = row->stack && row->stack->frame_cnt;
	const uint64_t *frames = known ? row->stack->frames : &row->origin->site;
	size_t count = known ? row->stack->frame_cnt : 1;
	struct sample *s = new_sample(p, count);

	if (!s)
		return;
	for (size_t i = 0; i < count; i++)
		s->locations[i] = profile_number(p, &p->addresses, &frames[i], sizeof(frames[i]));
	s->values[0] = (int64_t)row->allocs;
	s->values[1] = (int64_t)row->alloc_bytes;
	s->values[2] = (int64_t)row->objects;
	s->values[3] = (int64_t)row->bytes;
	add_labels(p, s, row);
}

static void fill_kinds(struct profile *p)
{
	static const char *const kinds[KINDS][2] = {
		{"alloc_objects", "count"},
		{"alloc_space", "bytes"},
		{"inuse_objects", "count"},
		{"inuse_space", "bytes"},
	};

	for (int i = 0; i < KINDS; i++) {
		pprof__kind__init(&p->kinds[i]);
		p->kinds[i].name = profile_string(p, kinds[i][0]);
		p->kinds[i].unit = profile_string(p, kinds[i][1]);
		p->kind_at[i] = &p->kinds[i];
	}
	p->message.kinds = p->kind_at;
	p->message.n_kinds = KINDS;
	p->message.default_kind = p->kinds[3].name;
}

static void comment(struct profile *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void comment(struct profile *p, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	p->comments[p->message.n_comments++] = profile_string(p, text);
}

static void comment_estimates(struct profile *p)
{
	const struct snapshot *s = p->r->snapshot;
	uint64_t estimated = 0, live = 0, unsized = 0;

	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];

		live += o->objects > 0;
		estimated += o->stack_cnt && o->estimated;
		unsized += export_alloc_bytes(p->r, o) ? 0 : o->allocs;
	}
	if (s->scale > 1)
		comment(p, "inuse: estimates: 1 object in %.0f is booked", s->scale);
	if (estimated)
		comment(p,
			"stacks and threads: estimates for %" PRIu64 " of %" PRIu64
			" origins; sums of an origin (cache and call site) are not",
			estimated, live);
	comment(p, "alloc: counted by origin, and divided among its stacks and threads as its "
		   "survivors are");
	if (unsized)
		comment(p, "alloc_space: without %" PRIu64 " allocations of unknown size", unsized);
}

static void fill_comments(struct profile *p)
{
	const struct report *r = p->r;
	const struct snapshot *s = r->snapshot;

	comment(p, "slabsight %s %s on %s, Linux %s %s", SLABSIGHT_VERSION, r->command,
		SAFE(r->host), SAFE(r->release), r->machine);
	comment(p,
		"coverage %s: %" PRIu64 " ghosts, %" PRIu64 " stale, %" PRIu64 " refused, %" PRIu64
		" events skipped",
		hooks_grade_name(r->grade), s->ghosts, s->stale, s->refused,
		r->skipped_allocs + r->skipped_frees);
	comment_estimates(p);
	comment(p, r->source ? "addresses: made up, a range for each function: a recording has none"
		   : r->show_addresses
			   ? "addresses: those of the running kernel"
			   : "addresses: from the first function of the kernel or module");
	p->message.comments = p->comments;
}

/* Last: all strings are known. */
static void fill_strings(struct profile *p)
{
	char **strings = profile_allocate(p, p->strings.count + 1, sizeof(*strings));

	if (!strings)
		return;
	strings[0] = "";
	for (uint32_t i = 0; i < p->strings.count; i++)
		strings[i + 1] = p->strings.things[i].key;
	p->message.strings = strings;
	p->message.n_strings = p->strings.count + 1;
}

static void fill(struct profile *p)
{
	pprof__profile__init(&p->message);
	fill_kinds(p);
	profile_number(p, &p->modules, "", 1); /* the kernel comes first */
	export_rows(p->r, add_sample, p);
	profile_fill_code(p);
	fill_comments(p);
	p->message.n_samples = p->sample_cnt;
	p->message.samples = (Pprof__Sample **)p->samples; /* begins with its message */
	p->message.began_ns = llround(p->r->began * 1e9);
	p->message.duration_ns = llround(p->r->duration_s * 1e9);
	fill_strings(p);
}

static void deinit(struct profile *p)
{
	for (size_t i = 0; i < p->sample_cnt; i++)
		free(p->samples[i]);
	free(p->samples);
	profile_free_code(p);
	free(p->message.strings);
	interner_deinit(&p->strings);
	interner_deinit(&p->functions);
	interner_deinit(&p->modules);
	interner_deinit(&p->addresses);
}

static int write_profile(const Pprof__Profile *message, FILE *out)
{
	size_t size = pprof__profile__get_packed_size(message), zipped_size;
	autofree uint8_t *packed = malloc(size ? size : 1), *zipped = NULL;
	int err;

	if (!packed)
		return -ENOMEM;
	pprof__profile__pack(message, packed);
	err = gzip_pack(packed, size, &zipped, &zipped_size);
	return err ? err : output_write((const char *)zipped, zipped_size, out);
}

int export_pprof(const struct report *r, FILE *out)
{
	struct profile p = {.r = r};
	int err;

	fill(&p);
	err = p.err ? p.err : write_profile(&p.message, out);
	deinit(&p);
	return err;
}
