/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the text report share. */
#ifndef SS_REPORT_PRIVATE_H
#define SS_REPORT_PRIVATE_H

#include "lines.h"
#include "report.h"
#include "symbol_text.h"

#define REPORT_PLACE (SYMBOL_TEXT + 24)

/* An address as symbol_text() tells it. */
char *report_place(const struct report *r, uint64_t address, char buf[REPORT_PLACE]);
#define PLACE(r, address) report_place((r), (address), (char[REPORT_PLACE]){0})

#define REPORT_NAME (LINES_ESCAPED + REPORT_PLACE + 64)
/* "kmalloc-192 at f+0x12": with a mark where the name is a guess, and the place of the call. */
char *report_origin_name(const struct report *r, const struct snapshot_origin *o,
			 char buf[REPORT_NAME]);
void report_print_origin_name(FILE *out, const struct report *r, const struct snapshot_origin *o,
			      const char *before);
/* The stack that shows a leak best: the one that gave it away, or that of most objects; or NULL. */
const struct snapshot_stack *report_leaking_stack(const struct snapshot_origin *o);
/*
 * Do 1 % of the objects that were read hold it, or more? What fewer hold is chance, such as a
 * pointer that happens to have a name, and left to JSON.
 */
bool report_is_common(const struct snapshot_origin *o, const struct snapshot_content *c);
/*
 * Who made the objects of a stack, most first, and in which cgroup where that says
 * something: "ls (93%), bash (7%), all in container 0123456789ab". comm: only of that
 * name, without its share; NULL: all.
 */
#define REPORT_TASKS (4 * (2 * LINES_ESCAPED + 32) + 32)
char *report_tasks(const struct report *r, const struct snapshot_stack *st, const char *comm,
		   char buf[REPORT_TASKS]);
/*
 * The thread that made more than half of the survivors whose stack is known, and that a trace of
 * its own can be told from others by: --comm can name it, and it has not made all that is live.
 * NULL: there is none. Raw, and safe to print.
 */
const char *report_maker(const struct snapshot *s, const struct snapshot_origin *o);
/* Who has no cgroup, or none with a name. */
void report_print_cgroups(FILE *out, const struct report *r);
/* Frames, one a line, indented by so many columns. */
void report_print_frames(FILE *out, const struct report *r, const struct snapshot_stack *st,
			 int indent, uint32_t most);
/* "about " where numbers are of a sample, else "". */
const char *report_about(const struct report *r);
/* Of a command that was repeated, the repetitions that a rate is divided by; else 0. */
double report_runs(const struct report *r);
#define REPORT_GROWTH 128
/* Of a leak: "32/s", "20 a repetition", "2 objects". */
char *report_growth_short(const struct report *r, const struct snapshot_origin *o,
			  char buf[REPORT_GROWTH]);
/* How many rows of these --top lets through, and a line about the rest. */
size_t report_rows(const struct report *r, size_t have);
void report_print_rest(FILE *out, size_t shown, size_t have, const char *what);

/* The blocks. The answer, in a line. Verdicts: leaks in full, of all others a line a kind. */
void report_print_answer(FILE *out, const struct report *r);
void report_print_verdicts(FILE *out, const struct report *r);
void report_print_origins(FILE *out, const struct report *r);
/* The grade, and what that means for the answer. */
void report_print_grade(FILE *out, const struct report *r);
void report_print_coverage(FILE *out, const struct report *r);

#endif
