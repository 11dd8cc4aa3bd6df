/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the live tests of slabsight dentries share: running it, and reading its reports. */
#ifndef SS_DENTRIES_RUN_H
#define SS_DENTRIES_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "tap.h"

extern const char *dentries_program;

void wait_ms(int ms);

/* Starts `slabsight dentries ARGS...`, its report to `out`, its talk to `err`; -1: nowhere. */
pid_t start(int out, int err, const char *const args[]);
int exit_code(pid_t pid);
/* What it prints, from the beginning; *ret_code is its exit code. */
FILE *run(const char *const args[], int *ret_code);
json_t *report_of(const char *fs);

long long number(const json_t *object, const char *name);
bool is(const json_t *object, const char *name, const char *value);
const json_t *dentries(const json_t *report);
/* The row of a table with this path and pattern (NULL: any); NULL when there is none. */
const json_t *row(const json_t *report, const char *table, const char *path, const char *pattern);
const json_t *filesystem(const json_t *report, const char *mount);

/* dentries -d, with a directory on a disk for its dentries. */
void check_births(const char *dir);

#endif
