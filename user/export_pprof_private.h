/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile while it is made: what its files share. */
#ifndef SS_EXPORT_PPROF_PRIVATE_H
#define SS_EXPORT_PPROF_PRIVATE_H

#include "interner.h"
#include "pprof.pb-c.h"
#include "report.h"

#define KINDS	     4
#define COMMENTS_MAX 8

struct place {
	Pprof__Location message;
	Pprof__Line *lines, **line_at; /* message.n_lines */
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

/* The number of a thing; 0 after a failure. */
uint32_t profile_number(struct profile *p, struct interner *in, const void *key, size_t size);
/* The index of a string that is safe to print. */
int64_t profile_string(struct profile *p, const char *safe);
/* All zero, to be freed; NULL after a failure. */
void *profile_allocate(struct profile *p, size_t count, size_t size);
/* An array of pointers to each of an array, which is how protobuf-c takes repeated messages. */
void *profile_point(struct profile *p, void *first, size_t count, size_t size);

/* From addresses, and modules of which the kernel is the first: locations, functions, mappings. */
void profile_fill_code(struct profile *p);
void profile_free_code(struct profile *p);

#endif
