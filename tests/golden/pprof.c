// SPDX-License-Identifier: GPL-2.0-or-later
/* A profile as text: go tool pprof -raw says it in other words with every version of Go. */
#include "golden.h"

#include <inttypes.h>
#include <stdio.h>
#include <zlib.h>

#include "pprof.pb-c.h"

#define UNZIPPED_MAX (1 << 22)

static uint8_t bytes[UNZIPPED_MAX];

static const char *text(const Pprof__Profile *p, int64_t index)
{
	return index >= 0 && (size_t)index < p->n_strings ? p->strings[index] : "(no such string)";
}

static void print_head(const Pprof__Profile *p)
{
	for (size_t i = 0; i < p->n_comments; i++)
		printf("comment %s\n", text(p, p->comments[i]));
	printf("began %" PRId64 " duration %" PRId64 "\n", p->began_ns, p->duration_ns);
	for (size_t i = 0; i < p->n_kinds; i++)
		printf("kind %s %s\n", text(p, p->kinds[i]->name), text(p, p->kinds[i]->unit));
	printf("default %s\n", text(p, p->default_kind));
	for (size_t i = 0; i < p->n_mappings; i++) {
		const Pprof__Mapping *m = p->mappings[i];

		printf("mapping %" PRIu64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %s %s%s\n", m->id,
		       m->start, m->limit, m->file_offset, text(p, m->file), text(p, m->build_id),
		       m->has_functions ? " functions" : "");
	}
}

/* function@mapping:address, of each function that is inlined there. */
static void print_location(const Pprof__Profile *p, uint64_t id)
{
	const Pprof__Location *l = id && id <= p->n_locations ? p->locations[id - 1] : NULL;

	if (!l) {
		printf("(no such location)");
		return;
	}
	for (size_t i = 0; i < l->n_lines; i++) {
		const uint64_t function = l->lines[i]->function;
		const Pprof__Function *f =
			function && function <= p->n_functions ? p->functions[function - 1] : NULL;

		printf("%s%s", i ? "|" : "", f ? text(p, f->name) : "(no such function)");
		if (f && f->file)
			printf(" %s:%" PRId64, text(p, f->file), l->lines[i]->number);
	}
	printf("@%" PRIu64 ":%" PRIx64, l->mapping, l->address);
}

static void print_label(const Pprof__Profile *p, const Pprof__Label *l)
{
	printf(" [%s=", text(p, l->key));
	if (l->text)
		printf("%s]", text(p, l->text));
	else
		printf("%" PRId64 " %s]", l->number, text(p, l->unit));
}

static void print_sample(const Pprof__Profile *p, const Pprof__Sample *s)
{
	for (size_t i = 0; i < s->n_values; i++)
		printf("%s%" PRId64, i ? " " : "", s->values[i]);
	for (size_t i = 0; i < s->n_labels; i++)
		print_label(p, s->labels[i]);
	for (size_t i = 0; i < s->n_locations; i++) {
		printf("\n  ");
		print_location(p, s->locations[i]);
	}
	printf("\n");
}

int golden_pprof(const char *path)
{
	gzFile f = gzopen(path, "re");
	int size = f ? gzread(f, bytes, sizeof(bytes)) : -1;
	Pprof__Profile *p = NULL;

	if (f)
		gzclose(f);
	if (size > 0)
		p = pprof__profile__unpack(NULL, size, bytes);
	if (!p) {
		fprintf(stderr, "golden: %s: no profile\n", path);
		return 1;
	}
	print_head(p);
	for (size_t i = 0; i < p->n_samples; i++)
		print_sample(p, p->samples[i]);
	pprof__profile__free_unpacked(p, NULL);
	return 0;
}
