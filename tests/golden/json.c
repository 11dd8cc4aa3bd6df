// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON in lines, and the data in a page: what is around it, its programs, is not ours. */
#include "golden.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE 100 /* what is not longer stands in one */

static const char begin[] = "<script type=\"application/json\" id=\"data\">";

/* As a browser looks for it: to the first end of a script. */
static char *find_data(char *page)
{
	char *data = strstr(page, begin), *end;

	if (!data)
		return NULL;
	data += strlen(begin);
	end = strcasestr(data, "</script");
	if (end)
		*end = '\0';
	return end ? data : NULL;
}

static void print_value(const json_t *value, const char *after);

static void print_members(const json_t *value, size_t left)
{
	const char *name;
	json_t *member;
	size_t i;

	json_array_foreach (value, i, member)
		print_value(member, --left ? "," : "");
	json_object_foreach ((json_t *)value, name, member) {
		printf("%s: ", name);
		print_value(member, --left ? "," : "");
	}
}

/* As many lines as it takes, so that a difference is easily seen. */
static void print_value(const json_t *value, const char *after)
{
	const char *ends = json_is_object(value) ? "{}" : "[]";
	char *line = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));

	if (!line) {
		printf("(out of memory)\n");
	} else if (strlen(line) <= LINE || !(json_is_object(value) || json_is_array(value))) {
		printf("%s%s\n", line, after);
	} else {
		printf("%c\n", ends[0]);
		print_members(value, json_array_size(value) + json_object_size(value));
		printf("%c%s\n", ends[1], after);
	}
	free(line);
}

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t length = 0;
	char *text = NULL;

	if (f && getdelim(&text, &length, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	if (f)
		fclose(f);
	return text;
}

/* `text` has to be JSON, and is printed; NULL: there is none. */
static int print(const char *path, const char *text)
{
	json_error_t error = {.text = "no data in it"};
	json_t *root = text ? json_loads(text, JSON_REJECT_DUPLICATES, &error) : NULL;

	if (!root) {
		fprintf(stderr, "golden: %s: %s\n", path, error.text);
		return 1;
	}
	print_value(root, "");
	json_decref(root);
	return 0;
}

int golden_json(const char *path)
{
	char *text = read_all(path);
	int failed = print(path, text);

	free(text);
	return failed;
}

int golden_page(const char *path)
{
	char *page = read_all(path);
	int failed = print(path, page ? find_data(page) : NULL);

	free(page);
	return failed;
}
