// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples of objects to clusters: each object is made a key, the bytes that its
 * cluster has in common, and keys are counted in an open-addressed table that never
 * shrinks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clusters.h"
#include "memo.h"
#include "pattern.h"
#include "sample.h"

#define FILLS	     8 /* clusters at most of the kinds before strings, which always have room */
#define STRING_CHARS 3
#define INNER_CHARS  4

struct key {
	size_t len;
	char bytes[1 + SAMPLE_BYTES + CLUSTER_SYMBOLS * (2 + MEMO_NAME)];
};

struct node {
	struct cluster cluster; /* first: rank() gets from here to the key */
	uint64_t hash;
	size_t key_len;
	char key[];
};

struct clusters {
	struct memo *memo;
	size_t max, count, mask; /* count: of those that max is for */
	struct node **slots;
	const struct cluster **order; /* as ranked: room for all, and for the rests */
	struct cluster rests[CLUSTER_KINDS];
	uint64_t objects;
};

int clusters_create(size_t max, memo_resolve resolve, void *arg, struct clusters **ret_clusters)
{
	struct clusters *c = calloc(1, sizeof(*c));
	size_t slots = 4;

	if (!c)
		return -ENOMEM;
	c->max = max ? max : CLUSTERS_MAX;
	while (slots / 2 < c->max + FILLS)
		slots *= 2;
	c->mask = slots - 1;
	c->slots = calloc(slots, sizeof(*c->slots));
	c->order = calloc(c->max + FILLS + CLUSTER_KINDS, sizeof(*c->order));
	if (!c->slots || !c->order || memo_create(resolve, arg, &c->memo)) {
		clusters_destroy(c);
		return -ENOMEM;
	}
	for (int kind = 0; kind < CLUSTER_KINDS; kind++)
		c->rests[kind] = (struct cluster){.kind = kind, .rest = true};
	*ret_clusters = c;
	return 0;
}

static void free_strings(struct cluster *c)
{
	for (size_t i = 0; i < c->example_cnt; i++)
		free(c->examples[i]);
	free(c->inner);
}

void clusters_destroy(struct clusters *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->slots && i <= c->mask; i++) {
		if (!c->slots[i])
			continue;
		free_strings(&c->slots[i]->cluster);
		free(c->slots[i]);
	}
	for (int kind = 0; kind < CLUSTER_KINDS; kind++)
		free_strings(&c->rests[kind]);
	free(c->slots);
	free(c->order);
	memo_destroy(c->memo);
	free(c);
}

/* How many words of an object are of its shape; the last may be a part, with zeros. */
static size_t shape_words(const struct sample *s)
{
	size_t words = (s->len + SAMPLE_WORD - 1) / SAMPLE_WORD;

	return words < CLUSTER_WORDS ? words : CLUSTER_WORDS;
}

static void append(struct key *k, const void *bytes, size_t len)
{
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
}

static void begin(struct key *k, enum cluster_kind kind)
{
	k->len = 0;
	append(k, &(char){(char)kind}, 1);
}

static bool is_filled(const struct sample *s, struct key *k)
{
	uint8_t fill;

	if (!sample_fill(s, &fill))
		return false;
	begin(k, fill ? CLUSTER_POISON : CLUSTER_ZERO);
	append(k, &fill, sizeof(fill));
	return true;
}

static bool is_string(const struct sample *s, struct key *k)
{
	size_t len = sample_string(s, 0, STRING_CHARS, false);
	char pattern[SAMPLE_BYTES + 1];

	if (!len)
		return false;
	pattern_fold(s->bytes, len, pattern, sizeof(pattern));
	begin(k, CLUSTER_STRING);
	append(k, pattern, strlen(pattern) + 1);
	return true;
}

static bool has_symbols(struct clusters *c, const struct sample *s, struct key *k)
{
	size_t symbols = 0;

	begin(k, CLUSTER_SYMBOL);
	for (size_t i = 0; i < s->len / SAMPLE_WORD && symbols < CLUSTER_SYMBOLS; i++) {
		const char *name =
			sample_points_into(s, s->words[i]) ? NULL : memo_name(c->memo, s->words[i]);

		if (!name)
			continue;
		append(k, &(uint16_t){(uint16_t)(i * SAMPLE_WORD)}, sizeof(uint16_t));
		append(k, name, strlen(name) + 1);
		symbols++;
	}
	return symbols > 0;
}

static void make_key(struct clusters *c, const struct sample *s, struct key *ret_key)
{
	if (!s->len) {
		begin(ret_key, CLUSTER_UNREAD);
		return;
	}
	if (is_filled(s, ret_key) || is_string(s, ret_key) || has_symbols(c, s, ret_key))
		return;
	begin(ret_key, CLUSTER_SHAPE);
	for (size_t i = 0; i < shape_words(s); i++)
		append(ret_key, &(char){(char)sample_word(s, i).kind}, 1);
}

static bool has_value(struct sample_word w)
{
	return w.kind == SAMPLE_NUMBER || w.kind == SAMPLE_SELF;
}

/* What a key says, into its cluster; names stay in the key. */
static void decode(struct node *n, const struct sample *s)
{
	struct cluster *c = &n->cluster;
	const char *at = n->key + 1, *end = n->key + n->key_len;

	c->kind = (enum cluster_kind)n->key[0];
	switch (c->kind) {
	case CLUSTER_POISON:
		c->poison = (uint8_t)*at;
		break;
	case CLUSTER_STRING:
		c->pattern = at;
		break;
	case CLUSTER_SYMBOL:
		for (; at < end; at += strlen(at) + 1) {
			uint16_t offset;

			memcpy(&offset, at, sizeof(offset));
			at += sizeof(offset);
			c->symbols[c->symbol_cnt++] = (struct cluster_symbol){offset, at};
		}
		break;
	case CLUSTER_SHAPE:
		for (; c->word_cnt < shape_words(s); c->word_cnt++) {
			struct sample_word w = sample_word(s, c->word_cnt);

			c->words[c->word_cnt].kind = w.kind;
			c->words[c->word_cnt].same = has_value(w);
			/* Other values may be addresses, and are nobody's business. */
			if (has_value(w))
				c->words[c->word_cnt].value = w.value;
		}
		break;
	default:
		break;
	}
}

/* FNV-1a. Made-up collisions cost a walk over at most `max` hashes, not more. */
static uint64_t hash_key(const struct key *k)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < k->len; i++)
		h = (h ^ (unsigned char)k->bytes[i]) * 0x100000001b3ull;
	return h ^ h >> 32;
}

/* The cluster of a key; the rest of its kind when there is no room, or -ENOMEM as well. */
static int find_cluster(struct clusters *c, const struct key *k, const struct sample *s,
			struct cluster **ret_cluster)
{
	uint64_t hash = hash_key(k);
	size_t at = hash & c->mask;
	bool limited = k->bytes[0] >= CLUSTER_STRING;
	struct node *n;

	for (; (n = c->slots[at]); at = (at + 1) & c->mask) {
		if (n->hash != hash || n->key_len != k->len || memcmp(n->key, k->bytes, k->len))
			continue;
		*ret_cluster = &n->cluster;
		return 0;
	}
	*ret_cluster = &c->rests[(int)k->bytes[0]];
	if (limited && c->count == c->max)
		return 0;
	n = calloc(1, sizeof(*n) + k->len);
	if (!n)
		return -ENOMEM;
	n->hash = hash;
	n->key_len = k->len;
	memcpy(n->key, k->bytes, k->len);
	decode(n, s);
	c->slots[at] = n;
	c->count += limited;
	*ret_cluster = &n->cluster;
	return 0;
}

/* A copy that nobody misses when there is no memory for it. */
static char *copy(const struct sample *s, size_t at, size_t len)
{
	char *text = malloc(len + 1);

	if (text) {
		memcpy(text, s->bytes + at, len);
		text[len] = '\0';
	}
	return text;
}

static void keep_example(struct cluster *c, const struct sample *s)
{
	size_t len = sample_string(s, 0, STRING_CHARS, false);
	char *text;

	if (c->example_cnt == CLUSTER_EXAMPLES)
		return;
	for (size_t i = 0; i < c->example_cnt; i++)
		if (strlen(c->examples[i]) == len && !memcmp(c->examples[i], s->bytes, len))
			return;
	text = copy(s, 0, len);
	if (text)
		c->examples[c->example_cnt++] = text;
}

static void keep_inner(struct cluster *c, const struct sample *s)
{
	for (size_t at = SAMPLE_WORD; !c->inner && at < s->len; at += SAMPLE_WORD) {
		size_t len = sample_string(s, at, INNER_CHARS, true);

		if (!len)
			continue;
		c->inner = copy(s, at, len);
		c->inner_offset = (uint32_t)at;
		return;
	}
}

int clusters_add(struct clusters *c, uint64_t address, const void *bytes, size_t len)
{
	struct cluster *cluster;
	struct sample s;
	struct key k;
	int err;

	sample_load(&s, address, bytes, len);
	make_key(c, &s, &k);
	err = find_cluster(c, &k, &s, &cluster);
	cluster->count++;
	c->objects++;
	if (cluster->kind == CLUSTER_STRING)
		keep_example(cluster, &s);
	if (cluster->rest)
		return err;
	for (size_t i = 0; i < cluster->word_cnt; i++)
		cluster->words[i].same &= sample_word(&s, i).value == cluster->words[i].value;
	if (cluster->kind == CLUSTER_SYMBOL || cluster->kind == CLUSTER_SHAPE)
		keep_inner(cluster, &s);
	return err;
}

uint64_t clusters_count(const struct clusters *c)
{
	return c->objects;
}

uint64_t clusters_rest(const struct clusters *c)
{
	uint64_t rest = 0;

	for (int kind = 0; kind < CLUSTER_KINDS; kind++)
		rest += c->rests[kind].count;
	return rest;
}

/* Most objects first; of equals in the order of their keys, which no run changes. */
static int by_count(const void *a, const void *b)
{
	const struct cluster *x = *(const struct cluster *const *)a;
	const struct cluster *y = *(const struct cluster *const *)b;
	const struct node *m = (const struct node *)x, *n = (const struct node *)y;
	int order;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->rest != y->rest)
		return x->rest ? 1 : -1;
	if (x->rest)
		return 0;
	order = memcmp(m->key, n->key, m->key_len < n->key_len ? m->key_len : n->key_len);
	return order ? order : m->key_len < n->key_len ? -1 : m->key_len > n->key_len;
}

size_t clusters_rank(struct clusters *c, const struct cluster *const **ret_list)
{
	size_t count = 0;

	for (size_t i = 0; i <= c->mask; i++)
		if (c->slots[i])
			c->order[count++] = &c->slots[i]->cluster;
	for (int kind = 0; kind < CLUSTER_KINDS; kind++)
		if (c->rests[kind].count)
			c->order[count++] = &c->rests[kind];
	qsort(c->order, count, sizeof(*c->order), by_count);
	*ret_list = c->order;
	return count;
}
