// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holding known kernel objects (see hold.h): limits raised and the first unit made in advance, so
 * that nothing but the units is allocated while they are made; all or nothing on failure.
 */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* What other holds and the rest of the process need beside the units of one hold. */
#define LIMIT_BASE 32768

unsigned int hold_settle_ms(const struct hold_kind *kind)
{
	static const unsigned int ms[] = {
		[HOLD_FREE_NOW] = 100,
		[HOLD_FREE_LATER] = 2000,
		[HOLD_FREE_UNSEEN] = 7000,
	};

	return ms[kind->how_freed];
}

const struct hold_kind *hold_kind_find(const char *name)
{
	for (const struct hold_kind *kind = hold_kinds; kind->name; kind++)
		if (!strcmp(kind->name, name))
			return kind;
	return NULL;
}

/* Soft limits to the hard ones; higher only if we may. */
static void raise_limit(int what, rlim_t wanted)
{
	struct rlimit lim;

	if (getrlimit(what, &lim) || lim.rlim_cur >= wanted)
		return;
	if (lim.rlim_max < wanted && lim.rlim_max != RLIM_INFINITY) {
		struct rlimit higher = {wanted, wanted};

		if (!setrlimit(what, &higher))
			return;
	}
	lim.rlim_cur = lim.rlim_max;
	setrlimit(what, &lim);
}

/* Let the descriptor table grow now, not in the middle of the units. */
static void grow_descriptor_table(size_t cnt)
{
	int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	int highest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, lowest + (int)cnt);

	if (highest >= 0)
		close(highest);
	if (lowest >= 0)
		close(lowest);
}

static int set_up(struct hold *h, const struct hold_kind *kind, unsigned int n)
{
	int err;

	memset(h, 0, sizeof(*h));
	h->kind = kind;
	h->base = -1;
	h->unit_max = n;
	h->ids = calloc((size_t)n * kind->ids_per_unit + 1, sizeof(*h->ids));
	if (!h->ids)
		return -ENOMEM;
	err = kind->prepare ? kind->prepare(h) : 0;
	if (err)
		hold_release(h);
	return err;
}

int hold_prepare(struct hold *h, const struct hold_kind *kind, unsigned int n)
{
	size_t id_cnt = (size_t)n * kind->ids_per_unit;
	int err;

	raise_limit(RLIMIT_NOFILE, id_cnt + LIMIT_BASE);
	raise_limit(RLIMIT_SIGPENDING, id_cnt + LIMIT_BASE);
	grow_descriptor_table(id_cnt);

	err = set_up(h, kind, 1);
	if (err)
		return err;
	err = hold_make(h, 1);
	if (err)
		return err;
	hold_release(h);
	return set_up(h, kind, n);
}

int hold_make(struct hold *h, unsigned int n)
{
	int err = 0;

	if (n > h->unit_max - h->unit_cnt)
		err = -ENOSPC;
	while (!err && n--) {
		err = h->kind->make_one(h, h->unit_cnt);
		if (!err)
			h->unit_cnt++;
	}
	if (err)
		hold_release(h);
	return err;
}

void hold_release(struct hold *h)
{
	if (!h->ids)
		return;
	h->kind->release(h);
	free(h->ids);
	h->ids = NULL;
	h->unit_cnt = h->unit_max = 0;
}

/* Call @matches with each of the words that '|' separates in @list until one does. */
static bool any_word(const char *list, const char *name,
		     bool (*matches)(const char *, const char *))
{
	char word[64];

	for (;;) {
		size_t len = strcspn(list, "|");

		if (len < sizeof(word)) {
			memcpy(word, list, len);
			word[len] = 0;
			if (matches(word, name))
				return true;
		}
		if (!list[len])
			return false;
		list += len + 1;
	}
}

static bool symbol_matches(const char *word, const char *symbol)
{
	size_t len = strlen(word);

	return !strncmp(word, symbol, len) && (!symbol[len] || symbol[len] == '.');
}

static bool glob_matches(const char *word, const char *cache)
{
	return !fnmatch(word, cache, 0);
}

bool hold_site_matches(const struct hold_kind *kind, const char *symbol)
{
	return any_word(kind->call_site, symbol, symbol_matches);
}

bool hold_cache_matches(const struct hold_kind *kind, const char *cache)
{
	return any_word(kind->cache_glob, cache, glob_matches);
}
