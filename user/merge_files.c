// SPDX-License-Identifier: GPL-2.0-or-later
/* Which of many recordings stand for which host. */
#include "merge_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "lines.h"

#define NONE SIZE_MAX

/* Recordings of one boot: neighbours in the list. */
struct boot {
	size_t first, count;
	const char *name; /* "": none of them has any */
	double began, ends;
	size_t machine; /* among those of its name, and then of all */
};

int merge_file_fail(struct merge_file *file, const char *why)
{
	char *copy = strdup(why);

	if (!copy)
		return -ENOMEM;
	free(file->why);
	file->why = copy;
	file->state = MERGE_UNREADABLE;
	return 0;
}

/* 0 also where the file is no good. */
static int look(struct merge_file *f)
{
	const struct recording_run *run;
	struct recording *rec;
	char why[RECORDING_WHY];
	double length_s;
	int err = recording_open(f->path, &rec, why);

	if (err)
		return merge_file_fail(f, why);
	run = recording_run(rec);
	err = recording_length(rec, &length_s);
	if (err) {
		snprintf(why, sizeof(why), "'%s': damaged, or it has no snapshot", SAFE(f->path));
		recording_close(rec);
		return merge_file_fail(f, why);
	}
	f->host = strdup(run->host);
	f->boot_id = strdup(run->boot_id);
	f->began = run->began;
	f->ends = run->began + length_s;
	f->utc_offset = run->utc_offset;
	recording_close(rec);
	return f->host && f->boot_id ? 0 : -ENOMEM;
}

static bool has_name(const struct merge_file *f)
{
	return *f->host && strcmp(f->host, "(anonymous)");
}

static bool is_read(const struct merge_file *f)
{
	return f->state != MERGE_UNREADABLE;
}

static int by_number(size_t x, size_t y)
{
	return x < y ? -1 : x > y;
}

/* Who is unreadable last; by boot, of one the latest first. */
static int by_boot(const void *a, const void *b)
{
	const struct merge_file *x = a, *y = b;
	int order = is_read(y) - is_read(x);

	if (order || !is_read(x))
		return order ? order : by_number(x->nr, y->nr);
	order = strcmp(x->boot_id, y->boot_id);
	if (!order && x->ends != y->ends)
		order = x->ends > y->ends ? -1 : 1;
	return order ? order : by_number(x->nr, y->nr);
}

/* Hosts as they were given; of one the latest first. */
static int by_machine(const void *a, const void *b)
{
	const struct merge_file *x = a, *y = b;
	int order = by_number(x->machine, y->machine);

	if (!order && x->ends != y->ends)
		order = x->ends > y->ends ? -1 : 1;
	return order ? order : by_number(x->nr, y->nr);
}

static bool one_boot(const struct merge_file *x, const struct merge_file *y)
{
	return *x->boot_id && !strcmp(x->boot_id, y->boot_id);
}

static size_t find_boots(const struct merge_files *f, struct boot *boots)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count && is_read(&f->list[i]); i++) {
		const struct merge_file *file = &f->list[i];
		struct boot *b = &boots[count];

		if (i && one_boot(file - 1, file)) {
			b--;
			b->began = file->began < b->began ? file->began : b->began;
			b->ends = file->ends > b->ends ? file->ends : b->ends;
			b->count++;
		} else {
			*b = (struct boot){.first = i,
					   .count = 1,
					   .name = "",
					   .began = file->began,
					   .ends = file->ends};
			count++;
		}
		if (!*b->name && has_name(file))
			b->name = file->host;
	}
	return count;
}

/* Of one name the earliest first: see divide(). */
static int by_name(const void *a, const void *b)
{
	const struct boot *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (!order && x->began != y->began)
		order = x->began < y->began ? -1 : 1;
	return order ? order : by_number(x->first, y->first);
}

/*
 * Boots of one name, by their beginning: each is of the first host that was not recorded at that
 * time. In this order there are no more hosts than were recorded at once.
 */
static size_t divide(struct boot *boots, size_t count, bool *busy)
{
	size_t machines = 0;

	for (size_t i = 0; i < count; i++) {
		memset(busy, 0, count * sizeof(*busy));
		for (size_t j = 0; j < i; j++)
			if (boots[i].began < boots[j].ends && boots[j].began < boots[i].ends)
				busy[boots[j].machine] = true;
		for (boots[i].machine = 0; busy[boots[i].machine];)
			boots[i].machine++;
		if (boots[i].machine == machines)
			machines++;
	}
	return machines;
}

static void note(struct merge_files *f, const struct boot *boots, size_t count, size_t machines)
{
	for (size_t i = 0; i < count; i++) {
		bool others = false;

		for (size_t j = 0; j < count && !others; j++)
			others = j != i && boots[j].machine == boots[i].machine;
		for (size_t n = 0; n < boots[i].count; n++) {
			struct merge_file *file = &f->list[boots[i].first + n];

			file->machine = f->machines + boots[i].machine;
			file->namesake = machines > 1;
			file->other_boot = others;
		}
	}
}

/* Numbers of hosts in the order in which they were given. */
static int number(struct merge_files *f)
{
	autofree size_t *first = malloc((f->count + 1) * sizeof(*first));
	autofree size_t *of = malloc((f->count + 1) * sizeof(*of));
	size_t next = 0;

	if (!first || !of)
		return -ENOMEM;
	/* The first file of each, by the number of the file. */
	for (size_t i = 0; i < f->machines; i++)
		first[i] = NONE;
	for (size_t i = 0; i < f->count; i++)
		of[i] = NONE;
	for (size_t i = 0; i < f->count; i++)
		if (is_read(&f->list[i]) && f->list[i].nr < first[f->list[i].machine])
			first[f->list[i].machine] = f->list[i].nr;
	for (size_t i = 0; i < f->machines; i++)
		of[first[i]] = i;
	for (size_t i = 0; i < f->count; i++)
		if (of[i] != NONE)
			first[of[i]] = next++;
	for (size_t i = 0; i < f->count; i++)
		f->list[i].machine = is_read(&f->list[i]) ? first[f->list[i].machine] : f->machines;
	return 0;
}

static int group(struct merge_files *f)
{
	autofree struct boot *boots = calloc(f->count + 1, sizeof(*boots));
	autofree bool *busy = calloc(f->count + 1, sizeof(*busy));
	size_t count, end;
	int err;

	if (!boots || !busy)
		return -ENOMEM;
	qsort(f->list, f->count, sizeof(*f->list), by_boot);
	count = find_boots(f, boots);
	qsort(boots, count, sizeof(*boots), by_name);
	for (size_t i = 0; i < count; i = end) {
		size_t machines;

		for (end = i + 1; end < count && *boots[i].name; end++)
			if (strcmp(boots[i].name, boots[end].name))
				break;
		machines = divide(boots + i, end - i, busy);
		note(f, boots + i, end - i, machines);
		f->machines += machines;
	}
	err = number(f);
	if (!err)
		qsort(f->list, f->count, sizeof(*f->list), by_machine);
	return err;
}

int merge_files_create(char *const *paths, size_t count, bool (*step)(void *arg, size_t n),
		       void *arg, struct merge_files **ret_files)
{
	struct merge_files *f = calloc(1, sizeof(*f));
	int err = f ? 0 : -ENOMEM;

	if (!err) {
		f->list = calloc(count + 1, sizeof(*f->list));
		err = f->list ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < count && !err; i++) {
		struct merge_file *file = &f->list[i];

		if (!step(arg, i)) {
			f->cut_short = true;
			break;
		}
		*file = (struct merge_file){.path = paths[i], .nr = i};
		f->count++;
		err = look(file);
	}
	if (!err)
		err = group(f);
	if (err)
		merge_files_destroy(f);
	else
		*ret_files = f;
	return err;
}

void merge_files_destroy(struct merge_files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++) {
		free(f->list[i].host);
		free(f->list[i].boot_id);
		free(f->list[i].why);
	}
	free(f->list);
	free(f);
}

char *merge_file_name(const struct merge_file *f)
{
	char *name;

	if (!has_name(f))
		return strdup(f->path);
	if (!f->namesake)
		return strdup(f->host);
	return asprintf(&name, "%s (%s)", f->host, f->path) < 0 ? NULL : name;
}

size_t merge_files_in(const struct merge_files *f, enum merge_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++)
		count += f->list[i].state == state;
	return count;
}
