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

#include "cleanup.h"
#include "export.h"
#include "export_rows.h"
#include "gzip.h"
#include "interner.h"
#include "lines.h"
#include "output.h"
#include "pprof.pb-c.h"

#define KINDS	     4
#define LABELS_MAX   6
#define COMMENTS_MAX 8
#define KERNEL	     "[kernel.kallsyms]" /* as perf calls it */

struct sample {
	Pprof__Sample message;
	Pprof__Label labels[LABELS_MAX];
	Pprof__Label *label_at[LABELS_MAX];
	int64_t values[KINDS];
	uint64_t locations[]; /* frames of the stack */
};

struct place {
	Pprof__Location message;
	Pprof__Line line, *line_at;
};

/* Numbers begin at 1: so do ids. String 0 is the empty one. */
struct profile {
	const struct report *r;
	int err; /* of the first thing that failed: all else is passed over */
	struct interner strings, functions, modules, addresses;
	struct sample **samples;
	size_t sample_cnt, sample_room;
	struct place *locations;
	Pprof__Function *function_of; /* functions.count */
	Pprof__Mapping *mapping_of;   /* modules.count */
	Pprof__Kind kinds[KINDS], *kind_at[KINDS];
	int64_t comments[COMMENTS_MAX];
	Pprof__Profile message;
};

struct function_key {
	int64_t name, file;
};

static uint32_t number(struct profile *p, struct interner *in, const void *key, size_t size)
{
	uint32_t n = 0;
	bool is_new;

	if (!p->err)
		p->err = interner_number(in, key, size, &n, &is_new);
	return n;
}

/* Index of a string that is safe to print. */
static int64_t string(struct profile *p, const char *safe)
{
	return *safe ? number(p, &p->strings, safe, strlen(safe) + 1) : 0;
}

static void *allocate(struct profile *p, size_t count, size_t size)
{
	void *array = p->err ? NULL : calloc(count ? count : 1, size);

	if (!array && !p->err)
		p->err = -ENOMEM;
	return array;
}

/* For arrays of pointers, which is how protobuf-c takes repeated messages. */
static void *point(struct profile *p, void *first, size_t count, size_t size)
{
	void **pointers = allocate(p, count, sizeof(*pointers));

	for (size_t i = 0; pointers && i < count; i++)
		pointers[i] = (char *)first + i * size;
	return pointers;
}

static void add_label(struct profile *p, struct sample *s, const char *key, const char *safe,
		      uint64_t n)
{
	Pprof__Label *label = &s->labels[s->message.n_labels];

	pprof__label__init(label);
	label->key = string(p, key);
	if (safe)
		label->text = string(p, safe);
	else
		label->unit = string(p, "bytes");
	label->number = (int64_t)n;
	s->label_at[s->message.n_labels++] = label;
}

static void add_labels(struct profile *p, struct sample *s, const struct export_row *row)
{
	const struct snapshot_cache *c = &p->r->snapshot->caches[row->origin->cache];
	const char *suppressed = export_row_suppressed(row);

	add_label(p, s, "cache", EXPORT_SAFE(c->name), 0);
	add_label(p, s, "comm", EXPORT_SAFE(export_comm(row->task)), 0);
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
	struct sample *s = allocate(p, 1, sizeof(*s) + frames * sizeof(s->locations[0]));
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
		s->locations[i] = number(p, &p->addresses, &frames[i], sizeof(frames[i]));
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
		p->kinds[i].name = string(p, kinds[i][0]);
		p->kinds[i].unit = string(p, kinds[i][1]);
		p->kind_at[i] = &p->kinds[i];
	}
	p->message.kinds = p->kind_at;
	p->message.n_kinds = KINDS;
	p->message.default_kind = p->kinds[3].name;
}

/* Functions of one name in two modules are two. */
static uint64_t function_of(struct profile *p, uint64_t address, const struct symbol *sym)
{
	char file[EXPORT_NAME + 2] = "";
	struct function_key key;

	if (sym->module)
		snprintf(file, sizeof(file), "[%s]", EXPORT_SAFE(sym->module));
	key.name = string(p, sym->name ? EXPORT_SAFE(sym->name)
			     : address ? "(no symbol)"
				       : "(call sites beyond the table)");
	key.file = string(p, sym->name ? sym->module ? file : KERNEL : "");
	return number(p, &p->functions, &key, sizeof(key));
}

/* Numbers of modules; the kernel is the module without a name. */
static uint64_t module_of(struct profile *p, const struct symbol *sym)
{
	const char *name = sym->module ? sym->module : "";

	return sym->name ? number(p, &p->modules, name, strlen(name) + 1) : 0;
}

static void fill_locations(struct profile *p)
{
	p->locations = allocate(p, p->addresses.count, sizeof(*p->locations));
	for (uint32_t i = 0; p->locations && i < p->addresses.count; i++) {
		uint64_t address = *(const uint64_t *)p->addresses.things[i].key;
		struct symbol sym = symbols_find(p->r->symbols, address);
		struct place *l = &p->locations[i];

		pprof__location__init(&l->message);
		pprof__line__init(&l->line);
		l->message.id = i + 1;
		l->message.mapping = module_of(p, &sym);
		l->message.address = sym.name || p->r->show_addresses ? address : 0;
		l->line.function = function_of(p, address, &sym);
		l->line_at = &l->line;
		l->message.lines = &l->line_at;
		l->message.n_lines = 1;
	}
	p->message.n_locations = p->addresses.count;
	p->message.locations = point(p, p->locations, p->addresses.count, sizeof(*p->locations));
}

static void fill_functions(struct profile *p)
{
	p->function_of = allocate(p, p->functions.count, sizeof(*p->function_of));
	for (uint32_t i = 0; p->function_of && i < p->functions.count; i++) {
		const struct function_key *key = p->functions.things[i].key;
		Pprof__Function *f = &p->function_of[i];

		pprof__function__init(f);
		f->id = i + 1;
		f->name = f->system_name = key->name;
		f->file = key->file;
	}
	p->message.n_functions = p->functions.count;
	p->message.functions =
		point(p, p->function_of, p->functions.count, sizeof(*p->function_of));
}

/* From its first function to the last address that is used; addresses count from where it begins.
 */
static void set_range(struct profile *p, Pprof__Mapping *m, const char *module)
{
	uint64_t base = symbols_base(p->r->symbols, *module ? module : NULL);

	m->start = p->r->show_addresses ? base : 0;
	m->limit = m->start + 1;
	for (uint32_t i = 0; i < p->addresses.count; i++) {
		Pprof__Location *l = &p->locations[i].message;

		if (l->mapping != m->id)
			continue;
		l->address -= base - m->start;
		if (l->address >= m->limit)
			m->limit = l->address + 1;
	}
}

static void fill_mappings(struct profile *p)
{
	p->mapping_of = allocate(p, p->modules.count, sizeof(*p->mapping_of));
	for (uint32_t i = 0; p->mapping_of && i < p->modules.count; i++) {
		const char *module = p->modules.things[i].key;
		Pprof__Mapping *m = &p->mapping_of[i];
		char file[EXPORT_NAME + 2];

		snprintf(file, sizeof(file), "[%s]", EXPORT_SAFE(module));
		pprof__mapping__init(m);
		m->id = i + 1;
		m->file = string(p, *module ? file : KERNEL);
		if (!*module && p->r->build_id)
			m->build_id = string(p, p->r->build_id);
		m->has_functions = true;
		set_range(p, m, module);
	}
	p->message.n_mappings = p->modules.count;
	p->message.mappings = point(p, p->mapping_of, p->modules.count, sizeof(*p->mapping_of));
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
	p->comments[p->message.n_comments++] = string(p, text);
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
	char **strings = allocate(p, p->strings.count + 1, sizeof(*strings));

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
	number(p, &p->modules, "", 1); /* the kernel comes first */
	export_rows(p->r, add_sample, p);
	fill_locations(p);
	fill_functions(p);
	if (!p->err)
		fill_mappings(p);
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
	free(p->locations);
	free(p->function_of);
	free(p->mapping_of);
	free(p->message.locations);
	free(p->message.functions);
	free(p->message.mappings);
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
