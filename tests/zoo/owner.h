/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose objects are these: which cases have made what a stack or an origin of the report holds. */
#ifndef ZOO_OWNER_H
#define ZOO_OWNER_H

#include <jansson.h>

#include "stage.h"

struct owners {
	double of_case[STAGE_CASES]; /* objects, estimated where stacks are sampled */
	double others;
	double all;
};

/*
 * Add those of a stack, what the verdict on a stack is about, or those of an origin: with all its
 * stacks, unless a case has it alone.
 */
void owners_add_stack(struct owners *o, const struct stage *s, const json_t *stack);
void owners_add_judged(struct owners *o, const struct stage *s, const json_t *stack);
void owners_add_origin(struct owners *o, const struct stage *s, const json_t *report,
		       const json_t *origin);

/* The share of all that cases of this kind have, 0 to 1. */
double owners_share(const struct owners *o, const struct stage *s, enum zoo_kind kind);

/* Is it booked where the case says, the stack's frames aside? */
bool owner_site_matches(const struct zoo_case *zoo, const json_t *report, const json_t *origin);

#endif
