// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON reports, read back: a member that is missing or of another type fails the test. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "made_census.h"
#include "made_report.h"
#include "read_json.h"

/* Parses what was printed, and hands it on or frees it; fails on what is not JSON. */
static json_t *parse(char *whole, char **ret_whole)
{
	json_error_t error;
	json_t *root = json_loads(whole, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		fail_msg("line %d: %s", error.line, error.text);
	assert_int_equal(whole[strlen(whole) - 1], '\n');
	if (ret_whole)
		*ret_whole = whole;
	else
		free(whole);
	return root;
}

json_t *json_read_report(char **ret_whole)
{
	return parse(made_report_write(&made, report_json), ret_whole);
}

json_t *json_read_census(char **ret_whole)
{
	return parse(made_census_write(census_json), ret_whole);
}

/* Member `name`, which must be there. */
json_t *json_get(const json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	if (!value)
		fail_msg("no field '%s'", name);
	return value;
}

json_int_t json_get_integer(const json_t *object, const char *name)
{
	assert_true(json_is_integer(json_get(object, name)));
	return json_integer_value(json_get(object, name));
}

double json_get_real(const json_t *object, const char *name)
{
	assert_true(json_is_number(json_get(object, name)));
	return json_number_value(json_get(object, name));
}

const char *json_get_string(const json_t *object, const char *name)
{
	assert_true(json_is_string(json_get(object, name)));
	return json_string_value(json_get(object, name));
}
