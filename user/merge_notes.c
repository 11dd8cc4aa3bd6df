// SPDX-License-Identifier: GPL-2.0-or-later
/* What the recordings of some hosts cannot tell, and which those are, in sentences. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "merge.h"

#define LISTED 5

struct notes {
	const struct merge *m;
	void (*take)(void *arg, const char *note);
	void *arg;
};

static void __attribute__((format(printf, 2, 3)))
note(const struct notes *n, const char *format, ...)
{
	char text[MERGE_NOTE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n->take(n->arg, text);
}

static bool is_partial(const struct merge_host *h)
{
	return h->grade == COVERAGE_PARTIAL;
}

static bool is_poor(const struct merge_host *h)
{
	return h->grade == COVERAGE_POOR;
}

static bool has_ghosts(const struct merge_host *h)
{
	return h->ghosts;
}

static bool is_sampled(const struct merge_host *h)
{
	return h->scale > 1;
}

static bool was_full(const struct merge_host *h)
{
	return h->refused || h->lost;
}

static bool is_short(const struct merge_host *h)
{
	return h->is_short;
}

static bool has_no_names(const struct merge_host *h)
{
	return !h->named;
}

static bool is_unchecked(const struct merge_host *h)
{
	return !h->checked;
}

static bool is_filtered(const struct merge_host *h)
{
	return h->filtered;
}

static bool is_killed(const struct merge_host *h)
{
	return !h->ended;
}

static const struct {
	bool (*applies)(const struct merge_host *h);
	const char *what;
} kinds[] = {
	{is_poor, "coverage is poor: trust no number of them"},
	{is_partial, "coverage is partial: what is live may have been freed unseen, and what does "
		     "not leak there may not have been looked at"},
	{has_ghosts, "frees were missed (ghosts): an origin that they belong to is not called a "
		     "leak there"},
	{is_sampled, "the table was full, and a sample was booked from then on: numbers are "
		     "estimates"},
	{was_full, "a table was full: some objects, or call sites, are not in the numbers"},
	{is_short, "the trace was too short to call anything a leak"},
	{has_no_names, "there are no names of functions: origins are known by their caches, and "
		       "match no others"},
	{is_unchecked, "survivors were not held against the slab pages: some may be free already"},
	{is_filtered, "allocations were left out (--comm, --cgroup): that something does not leak "
		      "there proves nothing"},
	{is_killed, "the recording ends without its last snapshot: it was cut short, or goes on"},
};

static void note_kind(const struct notes *n, size_t kind)
{
	size_t count = 0, used = 0;
	char names[MERGE_NOTE / 2] = "";

	for (size_t i = 0; i < n->m->host_cnt; i++) {
		char name[64];

		if (!kinds[kind].applies(&n->m->hosts[i]) || count++ >= LISTED)
			continue;
		text_escape(n->m->hosts[i].name, name, sizeof(name));
		used += snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
				 name);
	}
	if (!count)
		return;
	if (count > LISTED)
		snprintf(names + used, sizeof(names) - used, ", and %s more",
			 COUNT(count - LISTED));
	note(n, "on %s (%s) %s", MANY(count, "host"), names, kinds[kind].what);
}

/* What was not read, because a later one of its host was. */
static void note_files(const struct notes *n)
{
	const struct merge_files *f = n->m->files;
	size_t older = 0, boots = 0, namesakes = 0;

	for (size_t i = 0; i < f->count; i++) {
		bool read = f->list[i].state == MERGE_READ;

		older += f->list[i].state == MERGE_WAITING && i &&
			 f->list[i - 1].machine == f->list[i].machine;
		boots += read && f->list[i].other_boot;
		namesakes += read && f->list[i].namesake;
	}
	if (older && !n->m->interrupted)
		note(n, "%s of hosts that have a later one %s left out: a host counts once",
		     MANY(older, "recording"), older > 1 ? "are" : "is");
	if (boots)
		note(n, "%s recorded in several boots: the last is what counts",
		     boots > 1 ? "hosts were" : "a host was");
	if (namesakes)
		note(n,
		     "%s have their name in common with another that was recorded at the same "
		     "time: each counts, and the file is behind its name",
		     MANY(namesakes, "host"));
}

void merge_notes(const struct merge *m, void (*take)(void *arg, const char *note), void *arg)
{
	const struct notes n = {.m = m, .take = take, .arg = arg};
	size_t broken = merge_files_in(m->files, MERGE_UNREADABLE);

	if (m->interrupted)
		note(&n, "interrupted: %zu of %s were read; the others are not in it", m->host_cnt,
		     MANY(m->files->machines, "host"));
	if (broken)
		note(&n, "%zu of %s could not be read, and %s not in it", broken,
		     MANY(m->files->count, "file"), broken > 1 ? "are" : "is");
	note_files(&n);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		note_kind(&n, i);
}
