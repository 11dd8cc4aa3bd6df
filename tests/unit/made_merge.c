// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports of many hosts that are made up, merged. */
#include "fixture.h"

#include <string.h>

#include "made_merge.h"

struct merge_file made_merge_files[MADE_MERGE_HOSTS];
struct merge_files made_merge_list;
struct merge *made_merge;

int made_merge_setup(void **state)
{
	made_merge_list = (struct merge_files){.list = made_merge_files};
	memset(made_merge_files, 0, sizeof(made_merge_files));
	made_merge = NULL;
	assert_int_equal(merge_create(&made_merge_list, &made_merge), 0);
	return made_diff_setup(state);
}

int made_merge_teardown(void **state)
{
	merge_destroy(made_merge);
	return made_diff_teardown(state);
}

void made_merge_add(struct made_side *s, const char *host)
{
	size_t i = made_merge_list.count++;

	assert_true(i < MADE_MERGE_HOSTS);
	made_merge_files[i] = (struct merge_file){
		.path = "some.rec",
		.host = (char *)host,
		.boot_id = (char *)"",
		.began = s->source.began,
		.ends = s->source.began + 30,
		.state = MERGE_READ,
		.nr = i,
		.machine = i,
	};
	made_merge_list.machines = made_merge_list.count;
	if (!s->symbols)
		made_diff_name(s, false);
	assert_int_equal(merge_add(made_merge, &made_merge_files[i], &s->report), 0);
}

void made_merge_rank(enum merge_key key)
{
	assert_int_equal(merge_rank(made_merge, key), 0);
}

const struct merge_row *made_merge_row(const char *function)
{
	for (size_t i = 0; i < made_merge->row_cnt; i++)
		if (made_merge->rows[i].name.function &&
		    !strcmp(made_merge->rows[i].name.function, function))
			return &made_merge->rows[i];
	fail_msg("no row of %s", function);
	return NULL;
}

char *made_merge_write(int (*writer)(const struct merge *, FILE *))
{
	char *whole = NULL;
	size_t size;
	FILE *f = open_memstream(&whole, &size);

	assert_non_null(f);
	assert_int_equal(writer(made_merge, f), 0);
	fclose(f);
	return whole;
}
