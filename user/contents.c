// SPDX-License-Identifier: GPL-2.0-or-later
/* What leaked objects hold. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "clusters.h"
#include "contents.h"
#include "survivors.h"
#include "verdict.h"

#define ORIGINS_MAX 64	/* most bytes first */
#define SAMPLE	    256 /* objects of each */
#define KINDS_MAX   5	/* of contents, most objects first */

/* The survivors of an origin that are read: an even sample of those in its leak's tail. */
struct picked {
	struct snapshot_origin *origin;
	struct ss_suspect at[SAMPLE];
	uint64_t met; /* so many could have been chosen */
	struct clusters *clusters;
};

struct samples {
	struct picked *of;
	size_t count;
	uint8_t index[SS_ORIGINS]; /* of the ledger's origin, + 1; 0: not wanted */
};

static int choose_origins(struct snapshot *s, struct samples *w)
{
	for (size_t i = 0; i < s->origin_cnt && w->count < ORIGINS_MAX; i++) {
		struct snapshot_origin *o = &s->origins[i];
		struct picked *moved;

		if (!o->verdict || o->verdict->kind != VERDICT_LEAK)
			continue;
		moved = realloc(w->of, (w->count + 1) * sizeof(*moved));
		if (!moved)
			return -ENOMEM;
		w->of = moved;
		memset(&w->of[w->count], 0, sizeof(*w->of));
		w->of[w->count++].origin = o;
	}
	return 0;
}

/* Several origins of the ledger may be one of the snapshot. */
static void find_origins(const struct snapshot *s, const struct ledger *l, struct samples *w)
{
	for (uint32_t i = SS_ORIGIN_FIRST; i < SS_ORIGINS; i++)
		for (size_t n = 0; l->origins[i].site && n < w->count; n++)
			if (snapshot_is_origin(s, w->of[n].origin, l, i))
				w->index[i] = n + 1;
}

/* Is this the stack that gave the leak away, or does the whole origin leak? */
static bool is_of_leak(const struct snapshot *s, const struct snapshot_origin *o,
		       const struct ledger *l, uint64_t word, uint64_t meta)
{
	uint32_t rec = ss_meta_rec(meta);

	/* Those that nobody holds only lie in the cache. */
	if (o->verdict->why == VERDICT_PINNED && !addresses_has(&s->held, ss_word_address(word)))
		return false;
	if (!o->verdict->by_stack)
		return true;
	return rec && snapshot_is_stack(&o->stacks[o->verdict->stack], l, rec);
}

/* Every object has the same chance: the n-th replaces one that was chosen, with SAMPLE / n. */
static void offer(struct picked *to, uint64_t address, uint64_t key)
{
	uint64_t at = to->met++;

	if (at >= SAMPLE)
		at = ss_hash(address) % to->met;
	if (at < SAMPLE)
		to->at[at] = (struct ss_suspect){.address = address, .key = key};
}

static void choose_objects(const struct snapshot *s, const struct ledger *l, struct samples *w)
{
	for (uint32_t b = 0; b < l->bucket_cnt; b++) {
		for (int i = 0; i < SS_WAYS; i++) {
			uint64_t word = l->buckets[b].word[i], meta = l->buckets[b].meta[i];
			uint32_t origin = ss_meta_origin(meta);
			struct picked *to;

			if (!w->index[origin] || !ledger_is_live(l, b, i))
				continue;
			to = &w->of[w->index[origin] - 1];
			if ((l->jiffies - (uint32_t)meta) * l->tick_s <
				    to->origin->verdict->from_s ||
			    !is_of_leak(s, to->origin, l, word, meta))
				continue;
			offer(to, ss_word_address(word), survivors_key(l, meta));
		}
	}
}

static void add(void *arg, uint64_t address, const void *bytes, size_t len)
{
	struct picked *to = arg;

	clusters_add(to->clusters, address, bytes, len);
}

static int keep(struct picked *of)
{
	const struct cluster *const *list;
	size_t count = clusters_rank(of->clusters, &list);
	struct snapshot_origin *o = of->origin;

	if (count > KINDS_MAX)
		count = KINDS_MAX;
	o->contents = calloc(count ? count : 1, sizeof(*o->contents));
	if (!o->contents)
		return -ENOMEM;
	o->looked = clusters_count(of->clusters);
	for (size_t i = 0; i < count; i++) {
		char line[SNAPSHOT_CONTENT];

		o->contents[i].kind = clusters_kind_name(list[i]->kind);
		o->contents[i].objects = list[i]->count;
		o->contents[i].text = strdup(clusters_describe(list[i], line, sizeof(line)));
		if (!o->contents[i].text)
			return -ENOMEM;
		o->content_cnt++;
	}
	return 0;
}

/* What died meanwhile, or is somebody else's by now, is left out. */
static int read_one(struct picked *of, struct census *census, const struct snapshot *s,
		    struct symbols *symbols)
{
	size_t count = of->met < SAMPLE ? of->met : SAMPLE, alive = 0;
	uint32_t width = s->caches[of->origin->cache].object_size;
	uint64_t addresses[SAMPLE];
	int err = census_check(census, of->at, count);

	for (size_t i = 0; i < count; i++)
		if (of->at[i].state == SS_ALIVE)
			addresses[alive++] = of->at[i].address;
	if (!err)
		err = clusters_create(0, memo_symbol, symbols, &of->clusters);
	if (!err)
		err = census_peek(census, addresses, alive, width ? width : SS_CONTENT_BYTES, add,
				  of);
	if (!err)
		err = keep(of);
	clusters_destroy(of->clusters);
	return err;
}

int contents_read(struct snapshot *s, const struct ledger *l, struct census *census)
{
	autofree struct samples *w = calloc(1, sizeof(*w));
	struct symbols *symbols = NULL;
	int err = w ? choose_origins(s, w) : -ENOMEM;

	if (!err && w->count) {
		find_origins(s, l, w);
		choose_objects(s, l, w);
		/* Not those of the stacks: pointers in objects lead to data, mostly. */
		err = symbols_create_with_data(NULL, &symbols);
	}
	for (size_t i = 0; w && i < w->count && !err; i++)
		err = read_one(&w->of[i], census, s, symbols);
	symbols_destroy(symbols);
	if (w)
		free(w->of);
	return err;
}
