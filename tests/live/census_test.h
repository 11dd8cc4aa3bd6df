/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the census's live test share. */
#ifndef CENSUS_TEST_H
#define CENSUS_TEST_H

#include "census.h"
#include "clock.h"
#include "hold.h"
#include "tap.h"

#define UNITS	 997 /* prime: no power of two or page full of objects looks like it */
#define ATTEMPTS 5   /* of what others may disturb */

/* From the command line; see census.c. */
extern const char *program, *load_program;
extern int rounds;
extern bool guest;
extern double stall_s;

extern struct census *census;
extern const struct census_pace full_speed;

void sleep_ms(long ms);
/* A scan at full speed; ends the test when it fails. */
void scan(void);
void check_totals(void);
/* For census_objects(): counts them in a uint64_t. */
void count_object(void *arg, uint64_t address, const void *bytes, size_t len);
uint64_t slab_now(void);
/* Percent of Slab that the last scan explains, given Slab before and after it. */
double explained(uint64_t slab_before, uint64_t slab_after, struct census_totals *ret_totals);

/* census_command.c */
void check_contents(void);
void check_sample(void);
void check_pace(void);
void check_interrupt(void);
/* census_storm.c */
void check_storm(void);
void check_guarded(void);

#endif
