// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports of many hosts added up, origin by origin. */
#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "merge_alias.h"
#include "merge_rows.h"
#include "report_source.h"

int merge_create(const struct merge_files *files, struct merge **ret_merge)
{
	struct merge *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->files = files;
	*ret_merge = m;
	return 0;
}

void merge_destroy(struct merge *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->host_cnt; i++)
		free(m->hosts[i].name);
	for (size_t i = 0; i < m->row_cnt; i++)
		merge_row_deinit(&m->rows[i]);
	merge_alias_deinit(&m->aliases);
	interner_deinit(&m->names);
	interner_deinit(&m->releases);
	free(m->hosts);
	free(m->rows);
	free(m->of_kernel);
	free(m->sums);
	free(m);
}

/* Room for `count` in an array, of which what is new is zero. 0 or -ENOMEM. */
static int make_room(void *array, size_t room, size_t wanted, size_t size)
{
	void **at = array, *moved = realloc(*at, wanted * size);

	if (!moved)
		return -ENOMEM;
	memset((char *)moved + room * size, 0, (wanted - room) * size);
	*at = moved;
	return 0;
}

static int number_release(struct merge *m, const char *release, uint32_t *ret_kernel)
{
	bool is_new;
	int err = interner_number(&m->releases, release, strlen(release) + 1, ret_kernel, &is_new);

	if (!err && is_new)
		err = make_room(&m->of_kernel, *ret_kernel - (*ret_kernel > 1 ? 0 : 1),
				*ret_kernel + 1, sizeof(*m->of_kernel));
	if (!err)
		m->of_kernel[*ret_kernel]++;
	return err;
}

static int add_host(struct merge *m, const struct merge_file *file, const struct report *r,
		    struct merge_host **ret_host)
{
	const struct snapshot *s = r->snapshot;
	struct merge_host *h;
	int err = 0;

	if (m->host_cnt == m->host_room) {
		size_t room = 2 * m->host_room + 16;

		err = make_room(&m->hosts, m->host_room, room, sizeof(*m->hosts));
		if (err)
			return err;
		m->host_room = room;
	}
	h = &m->hosts[m->host_cnt++];
	*h = (struct merge_host){
		.name = merge_file_name(file),
		.file = file,
		.at_s = r->source->at_s,
		.booked_s = s->booked_s,
		.scale = s->scale,
		.grade = r->grade,
		.ghosts = s->ghosts,
		.refused = s->refused,
		.lost = s->totals.origins_full,
		.filtered = s->totals.filtered,
		.objects = s->objects,
		.bytes = s->bytes,
		.named = !symbols_hidden(r->symbols),
		.checked = s->checked,
		.is_short = s->booked_s + s->settled_s < VERDICT_YOUNG_S && s->repetition_cnt < 3,
		.ended = r->source->ended,
	};
	*ret_host = h;
	return h->name ? number_release(m, r->release, &h->kernel) : -ENOMEM;
}

/* The row of a name, by number from 1; with room for the sums of this report. */
static int find_row(struct merge *m, const struct report *r, const struct snapshot_origin *o,
		    uint32_t *ret_number)
{
	char key[ORIGIN_NAME_KEY];
	size_t size = origin_name_key(r, o, false, key);
	bool is_new;
	int err = size ? interner_number(&m->names, key, size, ret_number, &is_new) : -ENAMETOOLONG;

	if (err || !is_new)
		return err;
	if (m->row_cnt == m->row_room) {
		size_t was = m->row_room, room = 2 * was + 1024;

		err = make_room(&m->rows, was, room, sizeof(*m->rows));
		if (!err)
			err = make_room(&m->sums, was, room, sizeof(*m->sums));
		if (err)
			return err;
		m->row_room = room;
	}
	origin_name_of(m->names.things[*ret_number - 1].key, &m->rows[m->row_cnt++].name);
	return 0;
}

int merge_add(struct merge *m, const struct merge_file *file, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	autofree uint32_t *rows = calloc(s->origin_cnt + 1, sizeof(*rows));
	size_t count = 0;
	struct merge_host *h;
	int err = rows ? add_host(m, file, r, &h) : -ENOMEM;

	if (!err)
		err = merge_alias_add(&m->aliases, h->kernel, r);
	for (size_t i = 0; i < s->origin_cnt && !err; i++) {
		const struct snapshot_origin *o = &s->origins[i];
		uint32_t number;

		err = find_row(m, r, o, &number);
		if (err)
			break;
		if (!m->sums[number - 1].origins)
			rows[count++] = number;
		origin_sum_add(&m->sums[number - 1], o);
		if (report_is_leak(o))
			err = merge_row_add_leak(&m->rows[number - 1], m->host_cnt - 1, r, o);
	}
	for (size_t i = 0; i < count && !err; i++) {
		struct origin_sum *sum = &m->sums[rows[i] - 1];

		h->leaks += sum->leak;
		h->passed += sum->passed_leak && !sum->leak;
		err = merge_row_end(&m->rows[rows[i] - 1], h, r, sum);
		*sum = (struct origin_sum){};
	}
	return err;
}

static int by_key(const void *a, const void *b, void *key)
{
	return merge_row_compare(a, b, *(const enum merge_key *)key);
}

int merge_rank(struct merge *m, enum merge_key key)
{
	int err = merge_alias_join(m);

	if (err)
		return err;
	m->key = key;
	for (size_t i = 0; i < m->row_cnt; i++)
		merge_row_rank(&m->rows[i]);
	if (m->row_cnt)
		qsort_r(m->rows, m->row_cnt, sizeof(*m->rows), by_key, &key);
	return 0;
}

size_t merge_leaks(const struct merge *m)
{
	size_t count = 0;

	for (size_t i = 0; i < m->row_cnt; i++)
		count += m->rows[i].leak_cnt > 0;
	return count;
}

size_t merge_suppressed(const struct merge *m)
{
	size_t count = 0;

	for (size_t i = 0; i < m->row_cnt; i++)
		count += m->rows[i].passed > 0;
	return count;
}

size_t merge_leaky_hosts(const struct merge *m)
{
	size_t count = 0;

	for (size_t i = 0; i < m->host_cnt; i++)
		count += m->hosts[i].leaks > 0;
	return count;
}

const char *merge_release(const struct merge *m, uint32_t kernel)
{
	return m->releases.things[kernel - 1].key;
}

struct merge_kernel merge_kernel(const struct merge_row *row, uint32_t kernel)
{
	return kernel <= row->kernel_cnt ? row->kernels[kernel - 1] : (struct merge_kernel){};
}
