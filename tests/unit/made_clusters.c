// SPDX-License-Identifier: GPL-2.0-or-later
/* Clusters of made-up objects. */
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "made_clusters.h"

bool made_clusters_name(void *arg, uint64_t value, char buf[MEMO_NAME])
{
	(void)arg;
	if (value == OPS - 8)
		snprintf(buf, MEMO_NAME, "evil\x1b[2J");
	else if (value >= OPS && value < OPS + 0x1000)
		snprintf(buf, MEMO_NAME, "ops_%" PRIu64 "+0x%" PRIx64, (value - OPS) / 256,
			 (value - OPS) % 256);
	else if (value >= FN && value < FN + 0x100000)
		snprintf(buf, MEMO_NAME, "fn_%" PRIu64, (value - FN) / 16);
	else
		return false;
	return true;
}

struct clusters *made_clusters(size_t max)
{
	struct clusters *c = NULL;

	assert_int_equal(clusters_create(max, made_clusters_name, NULL, &c), 0);
	assert_non_null(c);
	return c;
}

void made_clusters_add(struct clusters *c, const void *bytes, size_t len)
{
	assert_int_equal(clusters_add(c, HERE, bytes, len), 0);
}

void made_clusters_add_text(struct clusters *c, const char *text)
{
	char bytes[64];

	/* What an allocation had in it before is behind the NUL. */
	memset(bytes, 0xe7, sizeof(bytes));
	strcpy(bytes, text);
	made_clusters_add(c, bytes, sizeof(bytes));
}

const struct cluster *made_clusters_ranked(struct clusters *c, size_t i)
{
	const struct cluster *const *list;

	assert_true(clusters_rank(c, &list) > i);
	return list[i];
}

void assert_ranked(struct clusters *c, size_t i, uint64_t count, const char *description)
{
	const struct cluster *cluster = made_clusters_ranked(c, i);
	char buf[1024];

	assert_string_equal(clusters_describe(cluster, buf, sizeof(buf)), description);
	assert_int_equal(cluster->count, count);
}

void assert_total(struct clusters *c, size_t count, uint64_t objects)
{
	const struct cluster *const *list;
	uint64_t sum = 0;

	assert_int_equal(clusters_rank(c, &list), count);
	for (size_t i = 0; i < count; i++)
		sum += list[i]->count;
	assert_int_equal(sum, objects);
	assert_int_equal(clusters_count(c), objects);
}
