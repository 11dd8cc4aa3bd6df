// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two caches, one of names and one of addresses without any: the latter (pointers to
 * other objects) are many and must not drive out the former.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memo.h"
#include "sample.h"
#include "symbols.h"

#define NAMED_SLOTS    2048 /* a power of two, as the next */
#define NAMELESS_SLOTS 16384
#define PROBES	       4

struct named {
	uint64_t value; /* 0: empty */
	char name[MEMO_NAME];
};

struct memo {
	memo_resolve resolve;
	void *arg;
	struct named *named;
	uint64_t *nameless;
	size_t next_probe;
};

bool memo_symbol(void *symbols, uint64_t value, char buf[MEMO_NAME])
{
	struct symbol sym = symbols_find(symbols, value);

	if (!sym.name)
		return false;
	snprintf(buf, MEMO_NAME, "%s+0x%" PRIx64 "%s%s%s", sym.name, sym.offset,
		 sym.module ? " [" : "", sym.module ? sym.module : "", sym.module ? "]" : "");
	return true;
}

int memo_create(memo_resolve resolve, void *arg, struct memo **ret_memo)
{
	struct memo *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->resolve = resolve;
	m->arg = arg;
	m->named = calloc(NAMED_SLOTS, sizeof(*m->named));
	m->nameless = calloc(NAMELESS_SLOTS, sizeof(*m->nameless));
	if (!m->named || !m->nameless) {
		memo_destroy(m);
		return -ENOMEM;
	}
	*ret_memo = m;
	return 0;
}

void memo_destroy(struct memo *m)
{
	if (!m)
		return;
	free(m->named);
	free(m->nameless);
	free(m);
}

static size_t spread(uint64_t value)
{
	return (size_t)((value * 0x9E3779B97F4A7C15ull) >> 40);
}

/* The slot of a value in a cache, or one that it may have: an empty one, else in turn. */
static size_t probe(struct memo *m, const void *cache, size_t entry_size, size_t slots,
		    uint64_t value, bool *ret_there)
{
	size_t at, first = spread(value);

	for (size_t i = 0; i < PROBES; i++) {
		uint64_t there;

		at = (first + i) & (slots - 1);
		memcpy(&there, (const char *)cache + at * entry_size, sizeof(there));
		*ret_there = there == value;
		if (there == value || !there)
			return at;
	}
	return (first + m->next_probe++ % PROBES) & (slots - 1);
}

const char *memo_name(struct memo *m, uint64_t value)
{
	struct named new = {.value = value};
	size_t named, nameless;
	bool there;

	if (!sample_is_kernel_pointer(value))
		return NULL;
	named = probe(m, m->named, sizeof(*m->named), NAMED_SLOTS, value, &there);
	if (there)
		return m->named[named].name;
	nameless = probe(m, m->nameless, sizeof(*m->nameless), NAMELESS_SLOTS, value, &there);
	if (there)
		return NULL;
	if (!m->resolve(m->arg, value, new.name) || !new.name[0]) {
		m->nameless[nameless] = value;
		return NULL;
	}
	new.name[sizeof(new.name) - 1] = '\0';
	m->named[named] = new;
	return m->named[named].name;
}
