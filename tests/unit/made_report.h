/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that a report is made of, made up: a ledger, symbols, the kernel's
 * own counts, hooks. Starts with empty books and everything attached.
 */
#ifndef SS_MADE_REPORT_H
#define SS_MADE_REPORT_H

#include "made_ledger.h"
#include "report.h"

/* Addresses that have names; see made_report.c. */
#define MADE_APPEND  0xffffffffc0200126ull /* nfs_readdir_folio_array_append+0x26 [nfs] */
#define MADE_READDIR 0xffffffffc0200342ull /* nfs_readdir+0x142 [nfs] */
#define MADE_ITERATE 0xffffffff8120005cull /* iterate_dir+0x5c */
#define MADE_ALLOC   0xffffffff81300010ull /* d_alloc+0x10 */
#define MADE_LOOKUP  0xffffffff81400020ull /* lookup_slow+0x20 */
#define MADE_OTHER   0xffffffff81500000ull /* to + 0x200 * 999: caller_N */
#define MADE_NOWHERE 0xffffffffa0000000ull /* no name */

struct made_report {
	struct made_ledger ledger;
	struct hook hooks[HOOK_COUNT];
	struct symbols *symbols;
	struct slabs *before, *after;
	struct report report; /* .snapshot after made_report_take() */
};

/* The report of the running test, and how that test begins and ends; *state is a sandbox. */
extern struct made_report made;

#define WITH_REPORT(test)                                                                          \
	cmocka_unit_test_setup_teardown(test, made_report_setup, made_report_teardown)
int made_report_setup(void **state);
int made_report_teardown(void **state);

/* Take the snapshot of the ledger as it is now, and judge it. */
void made_report_take(struct made_report *r);
/*
 * Books with a bit of everything: kmalloc-16 through two stacks, one of them
 * with two tasks; dentries with estimated stacks; a guessed and a destroyed
 * cache; large kmalloc; ghosts; an origin without survivors.
 */
void made_report_fill(struct made_report *r);

/* How reports are written; see report.h. */
typedef int (*report_writer)(const struct report *, FILE *);
/* The whole report, to be freed. */
char *made_report_write(const struct made_report *r, report_writer writer);
/* Streams that take nothing: the error comes back negative, and nothing crashes. */
void made_report_check_errors(const struct made_report *r, report_writer writer);
/* Taken, and written as text. */
char *made_report_text(struct made_report *r);
/* The line of a text report that begins with this word and says more; fails when there is none. */
const char *made_report_row(const char *text, const char *word);
/* No address of the ledger, in any base, is in what was written. */
void made_report_check_secrets(const struct made_report *r, const char *written);

#endif
