// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/self/mountinfo as an array, sorted by filesystem, the best mount point of
 * each first. Lines look like this (man 5 proc_pid_mountinfo); there may be any
 * number of optional fields before the "-", and the source may be empty:
 *
 *   36 35 98:0 /root /mnt\0402 rw,noatime shared:1 master:2 - ext3 /dev/sda1 rw,errors=continue
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "mounts.h"
#include "text.h"

struct mount {
	uint32_t major, minor;
	bool whole;  /* from the root of the filesystem on */
	char *point; /* the other two lie behind it */
	const char *type, *source;
};

struct mounts {
	struct mount *mounts;
	size_t count, room;
	FILE *file; /* kept open: it tells when something changes; NULL: it cannot be read */
};

static int by_preference(const struct mount *x, const struct mount *y)
{
	size_t x_len = strlen(x->point), y_len = strlen(y->point);

	if (x->whole != y->whole)
		return x->whole ? -1 : 1;
	if (x_len != y_len)
		return x_len < y_len ? -1 : 1;
	return strcmp(x->point, y->point);
}

static int by_device(const void *a, const void *b)
{
	const struct mount *x = a, *y = b;

	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	if (x->minor != y->minor)
		return x->minor < y->minor ? -1 : 1;
	return by_preference(x, y);
}

static bool is_octal(const char *s, size_t digits)
{
	return strspn(s, "01234567") >= digits;
}

/* The kernel writes white space and backslashes as \ooo; in place, a NUL stays as it is written. */
static char *unescape(char *field)
{
	char *to = field;

	for (const char *from = field; *from; to++) {
		int byte =
			from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && is_octal(from + 1, 3)
				? (from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0')
				: 0;

		*to = byte ? (char)byte : *from;
		from += byte ? 4 : 1;
	}
	*to = '\0';
	return field;
}

static bool parse_device(char *field, struct mount *ret_mount)
{
	const char *major = strsep(&field, ":");
	uint64_t numbers[2];

	if (!field || text_number(major, 0, UINT32_MAX, false, &numbers[0]) ||
	    text_number(field, 0, UINT32_MAX, false, &numbers[1]))
		return false;
	ret_mount->major = numbers[0];
	ret_mount->minor = numbers[1];
	return true;
}

/* Splits a line; what is found lies in the line. */
static bool parse(char *line, struct mount *ret_mount)
{
	enum { ID, PARENT, DEVICE, ROOT, POINT, OPTIONS, FIELDS };
	char *field[FIELDS], *type, *source, *more;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		field[i] = strsep(&line, " ");
		if (!field[i])
			return false;
	}
	do {
		more = strsep(&line, " ");
	} while (more && strcmp(more, "-"));
	type = strsep(&line, " ");
	source = strsep(&line, " ");
	if (!source || !*type || field[ROOT][0] != '/' || field[POINT][0] != '/' ||
	    !parse_device(field[DEVICE], ret_mount))
		return false;
	ret_mount->whole = !strcmp(field[ROOT], "/");
	ret_mount->point = unescape(field[POINT]);
	ret_mount->type = unescape(type);
	ret_mount->source = unescape(source);
	return true;
}

static int append(struct mounts *m, const struct mount *parsed)
{
	size_t point = strlen(parsed->point) + 1, type = strlen(parsed->type) + 1,
	       source = strlen(parsed->source) + 1;
	struct mount *new;

	if (m->count == m->room) {
		size_t room = m->room ? 2 * m->room : 64;
		struct mount *moved = realloc(m->mounts, room * sizeof(*moved));

		if (!moved)
			return -ENOMEM;
		m->mounts = moved;
		m->room = room;
	}
	new = &m->mounts[m->count];
	*new = *parsed;
	new->point = malloc(point + type + source);
	if (!new->point)
		return -ENOMEM;
	memcpy(new->point, parsed->point, point);
	new->type = memcpy(new->point + point, parsed->type, type);
	new->source = memcpy(new->point + point + type, parsed->source, source);
	m->count++;
	return 0;
}

int mounts_create(const char *path, struct mounts **ret_mounts)
{
	struct mounts *m = calloc(1, sizeof(*m));
	autofree char *line = NULL;
	size_t size = 0;

	if (!m)
		return -ENOMEM;
	m->file = fopen(path ? path : "/proc/self/mountinfo", "re");
	while (m->file && getline(&line, &size, m->file) > 0) {
		struct mount parsed;

		if (parse(line, &parsed) && append(m, &parsed)) {
			mounts_destroy(m);
			return -ENOMEM;
		}
	}
	if (m->count)
		qsort(m->mounts, m->count, sizeof(*m->mounts), by_device);
	*ret_mounts = m;
	return 0;
}

void mounts_destroy(struct mounts *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->count; i++)
		free(m->mounts[i].point);
	free(m->mounts);
	if (m->file)
		fclose(m->file);
	free(m);
}

/* man 5 proc_pid_mounts: it is marked as having a priority event. */
bool mounts_changed(const struct mounts *m)
{
	struct pollfd p = {.events = POLLPRI};

	if (!m->file)
		return false;
	p.fd = fileno(m->file);
	return poll(&p, 1, 0) > 0 && p.revents & (POLLPRI | POLLERR);
}

/* The best mount of a filesystem, or NULL. */
static const struct mount *find(const struct mounts *m, uint32_t major, uint32_t minor)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct mount *at = &m->mounts[middle];

		if (at->major < major || (at->major == major && at->minor < minor))
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->count && m->mounts[low].major == major && m->mounts[low].minor == minor
		       ? &m->mounts[low]
		       : NULL;
}

const char *mounts_point(const struct mounts *m, uint32_t major, uint32_t minor)
{
	const struct mount *found = find(m, major, minor);

	return found && found->whole ? found->point : NULL;
}

const char *mounts_type(const struct mounts *m, uint32_t major, uint32_t minor)
{
	const struct mount *found = find(m, major, minor);

	return found ? found->type : NULL;
}

const char *mounts_source(const struct mounts *m, uint32_t major, uint32_t minor)
{
	const struct mount *found = find(m, major, minor);

	return found ? found->source : NULL;
}

const char *mounts_point_of_type(const struct mounts *m, const char *type)
{
	const struct mount *best = NULL;

	for (size_t i = 0; i < m->count; i++)
		if (!strcmp(m->mounts[i].type, type) &&
		    (!best || by_preference(&m->mounts[i], best) < 0))
			best = &m->mounts[i];
	return best ? best->point : NULL;
}
