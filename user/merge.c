// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports of many hosts added up, origin by origin. */
#include "merge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
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
	for (size_t i = 0; i < m->row_cnt; i++) {
		free(m->rows[i].leaks);
		free(m->rows[i].kernels);
		free(m->rows[i].reason);
	}
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

static int add_leak(struct merge_row *row, uint32_t host, const struct report *r,
		    const struct snapshot_origin *o)
{
	struct merge_leak *l = row->leak_cnt ? &row->leaks[row->leak_cnt - 1] : NULL, *moved;
	bool or_before, is_new = !l || l->host != host;
	double since = merge_since(r, o, &or_before);

	if (is_new) {
		if (!(row->leak_cnt & (row->leak_cnt - 1))) {
			size_t room = row->leak_cnt ? 2 * row->leak_cnt : 1;

			moved = realloc(row->leaks, room * sizeof(*moved));
			if (!moved)
				return -ENOMEM;
			row->leaks = moved;
		}
		l = &row->leaks[row->leak_cnt++];
		*l = (struct merge_leak){.host = host, .since = since, .or_before = or_before};
	}
	if (since < l->since)
		l->since = since;
	l->or_before |= or_before;
	origin_sum_count(&l->objects, o->objects);
	origin_sum_count(&l->bytes, o->bytes);
	return 0;
}

static void add_total(struct merge_total *to, uint64_t objects, uint64_t bytes,
		      double objects_per_s, double bytes_per_s)
{
	origin_sum_count(&to->objects, objects);
	origin_sum_count(&to->bytes, bytes);
	to->objects_per_s += objects_per_s;
	to->bytes_per_s += bytes_per_s;
}

static int add_kernel(struct merge_row *row, uint32_t kernel, bool leaks)
{
	int err = 0;

	if (kernel > row->kernel_cnt) {
		err = make_room(&row->kernels, row->kernel_cnt, kernel, sizeof(*row->kernels));
		if (err)
			return err;
		row->kernel_cnt = kernel;
	}
	row->kernels[kernel - 1].seen++;
	row->kernels[kernel - 1].leaks += leaks;
	return 0;
}

static int larger(double x, double y)
{
	return (y > x) - (y < x);
}

static int by_growth(const void *a, const void *b)
{
	const struct merge_leak *x = a, *y = b;
	int order = larger(x->bytes_per_s, y->bytes_per_s);

	order = order ? order : larger(x->bytes, y->bytes);
	return order ? order : larger(y->host, x->host);
}

/* The fastest of a row stands first, and is the one whose reason is told. */
static int end_leak(struct merge_row *row, const struct report *r, const struct origin_sum *sum)
{
	struct merge_leak *l = &row->leaks[row->leak_cnt - 1], first = row->leaks[0];
	char reason[VERDICT_REASON];

	if (r->snapshot->booked_s > 0) {
		l->objects_per_s = l->objects / r->snapshot->booked_s;
		l->bytes_per_s = l->bytes / r->snapshot->booked_s;
	}
	add_total(&row->leaking, l->objects, l->bytes, l->objects_per_s, l->bytes_per_s);
	row->older += l->or_before;
	if (row->reason && by_growth(l, &first) > 0)
		return 0;
	row->leaks[0] = *l;
	if (row->leak_cnt > 1)
		*l = first;
	free(row->reason);
	row->reason = strdup(verdict_reason(sum->judged->verdict, reason));
	return row->reason ? 0 : -ENOMEM;
}

static int end_row(struct merge_row *row, const struct merge_host *h, const struct report *r,
		   struct origin_sum *sum)
{
	const struct verdict *v = sum->judged->verdict;
	int err;

	origin_sum_rate(sum, r);
	row->seen++;
	row->verdicts[sum->leak			     ? VERDICT_LEAK
		      : v && v->kind != VERDICT_LEAK ? v->kind
						     : VERDICT_UNKNOWN]++;
	row->ghosts += sum->ghosts > 0;
	add_total(&row->all, sum->objects, sum->bytes, sum->objects_per_s, sum->bytes_per_s);
	if (!sum->leak)
		add_total(&row->quiet, sum->objects, sum->bytes, sum->objects_per_s,
			  sum->bytes_per_s);
	err = add_kernel(row, h->kernel, sum->leak);
	return err || !sum->leak ? err : end_leak(row, r, sum);
}

int merge_add(struct merge *m, const struct merge_file *file, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	autofree uint32_t *rows = calloc(s->origin_cnt + 1, sizeof(*rows));
	size_t count = 0;
	struct merge_host *h;
	int err = rows ? add_host(m, file, r, &h) : -ENOMEM;

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
			err = add_leak(&m->rows[number - 1], m->host_cnt - 1, r, o);
	}
	for (size_t i = 0; i < count && !err; i++) {
		struct origin_sum *sum = &m->sums[rows[i] - 1];

		h->leaks += sum->leak;
		err = end_row(&m->rows[rows[i] - 1], h, r, sum);
		*sum = (struct origin_sum){};
	}
	return err;
}

/* What is asked for, and then what is left of this: hosts, growth, bytes, name. */
static int by_key(const void *a, const void *b, void *key)
{
	const struct merge_row *x = a, *y = b;
	int order = 0;

	switch (*(const enum merge_key *)key) {
	case MERGE_BY_BYTES:
		order = larger(x->all.bytes, y->all.bytes);
		break;
	case MERGE_BY_OBJECTS:
		order = larger(x->all.objects, y->all.objects);
		break;
	case MERGE_BY_GROWTH:
		order = larger(x->all.bytes_per_s, y->all.bytes_per_s);
		break;
	case MERGE_BY_HOSTS:
		break;
	}
	order = order ? order : larger(x->leak_cnt, y->leak_cnt);
	order = order ? order : larger(x->leaking.bytes_per_s, y->leaking.bytes_per_s);
	order = order ? order : larger(x->all.bytes, y->all.bytes);
	return order ? order : origin_name_compare(&x->name, &y->name);
}

void merge_rank(struct merge *m, enum merge_key key)
{
	m->key = key;
	for (size_t i = 0; i < m->row_cnt; i++) {
		struct merge_row *row = &m->rows[i];

		if (row->leak_cnt)
			qsort(row->leaks, row->leak_cnt, sizeof(*row->leaks), by_growth);
		for (size_t n = 1; n < row->leak_cnt; n++)
			if (row->leaks[n].since < row->leaks[row->earliest].since)
				row->earliest = n;
	}
	qsort_r(m->rows, m->row_cnt, sizeof(*m->rows), by_key, &key);
}

size_t merge_leaks(const struct merge *m)
{
	size_t count = 0;

	for (size_t i = 0; i < m->row_cnt; i++)
		count += m->rows[i].leak_cnt > 0;
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
