/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the cases of the adversity test share: the command that is run, and reading reports. */
#ifndef ADVERSITY_H
#define ADVERSITY_H

#include <jansson.h>
#include <stdbool.h>

#include "booked.h"
#include "traced.h"

#define LEFT	  97 /* eventfds that the command leaves behind; prime */
#define LEFT_COMM "ss-left"
#define NAP_S	  8

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- as the command of slabsight run ---- */

/* Leaves eventfds in the socket `fd`, then sleeps for NAP_S or eats memory until it is killed. */
int adversity_command(int fd, const char *what);

/* ---- reading a report ---- */

double real(const json_t *object, const char *key);
/* Books balance by the numbers of each origin, and the sums of all. */
void check_books(const json_t *report, const char *when);

/* Seconds of the clock that nobody sets. */
double true_s(void);
void wait_until(double s);

/* What fd 3 of the command is to be: one end for it, the other keeps what is put in. */
struct keeper {
	int command, ours;
	char fd[12]; /* the former in digits */
};
bool keeper_init(struct keeper *k);
void keeper_deinit(struct keeper *k);

/* A file that says "old" where slabsight is to put its report. */
struct old_report {
	char path[32];
};
bool old_report_init(struct old_report *o);
/* Removes it. True if it still said "old", or is a whole report: *ret_report, else NULL. */
bool old_report_deinit(struct old_report *o, json_t **ret_report);

/* Ended with exit code 1 and words about memory. */
bool is_refused(const struct session *s, int status);

/* ---- the cases ---- */

extern const char *adversity_self;

void clock_steps(void);	     /* sets the clock */
void out_of_memory(void);    /* of the whole machine */
void killed_by_cgroup(void); /* slabsight itself */
void little_in_cgroup(void); /* for slabsight, from its start */
void no_more_memory(void);   /* for slabsight, when the report is due */

#endif
