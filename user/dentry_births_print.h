/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words and the tables of births share; for no other file. Names are printed escaped. */
#ifndef SS_DENTRY_BIRTHS_PRINT_H
#define SS_DENTRY_BIRTHS_PRINT_H

#include "dentry_births_report.h"

/* "curl (pid 812)", "curl (37 pids)". */
void born_print_who(FILE *out, const struct born_who *w, bool pids);
/* A path and a pattern as one; escaped, to be freed. NULL: out of memory, or there is none. */
char *born_joined(const struct born_name *n);
/* "symbol+0x12 [module]". */
void born_print_frame(FILE *out, const struct dentry_births_report *r, uint64_t address,
		      bool offset);
/* Of those alive. */
double born_percent(const uint64_t counts[BORN_COUNTS], enum born_count what);

#endif
