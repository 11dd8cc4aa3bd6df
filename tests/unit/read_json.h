/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON reports, read back: a member that is missing or of another type fails the test. */
#ifndef SS_READ_JSON_H
#define SS_READ_JSON_H

#include <jansson.h>

/* The JSON report of `made`, parsed, to be released; the text itself too where it is wanted. */
json_t *json_read_report(char **ret_whole);
/* The same of `census_made`. */
json_t *json_read_census(char **ret_whole);

/* Members. */
json_t *json_get(const json_t *object, const char *name);
json_int_t json_get_integer(const json_t *object, const char *name);
double json_get_real(const json_t *object, const char *name);
const char *json_get_string(const json_t *object, const char *name);

#endif
