// SPDX-License-Identifier: GPL-2.0-or-later
/* A snapshot of a recording, as the report that it was made of. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "interner.h"
#include "recording_private.h"
#include "recording_source.h"
#include "verdict.h"

const char *recorded_keep(struct recorded *r, const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy;

	/* A row that is met again and again, by pages that lead to one page. */
	if (size > r->text_left) {
		r->text_over = true;
		return NULL;
	}
	r->text_left -= size;
	copy = strdup(text);
	if (copy && r->text_cnt == r->text_room) {
		size_t room = r->text_room ? 2 * r->text_room : 64;
		char **moved = realloc(r->texts, room * sizeof(*moved));

		if (!moved) {
			free(copy);
			return NULL;
		}
		r->texts = moved;
		r->text_room = room;
	}
	if (copy)
		r->texts[r->text_cnt++] = copy;
	return copy;
}

struct report *recorded_report(struct recorded *r)
{
	return &r->report;
}

void recorded_destroy(struct recorded *r)
{
	if (!r)
		return;
	snapshot_destroy(r->report.snapshot);
	symbols_destroy(r->symbols);
	code_images_deinit(&r->images);
	slabs_destroy(r->before);
	slabs_destroy(r->after);
	for (size_t i = 0; i < r->text_cnt; i++)
		free(r->texts[i]);
	free(r->texts);
	free(r->argv);
	free(r->living);
	free(r->frame_address);
	free(r);
}

/* Names of functions and events are printed: they must be those that are known. */
static bool find_target(struct hook *h, const char *target)
{
	h->target = NULL;
	for (size_t i = 0; target && i < ARRAY_SIZE(h->spec->targets); i++)
		if (h->spec->targets[i] && !strcmp(target, h->spec->targets[i]))
			h->target = h->spec->targets[i];
	return !target == !h->target && (h->target || h->state == HOOK_ABSENT);
}

static bool read_hook(struct columns *c, struct recorded *r)
{
	const char *name = columns_text(c, 64, false), *target;

	for (int i = 0; i < HOOK_COUNT; i++) {
		struct hook *h = &r->hooks[i];

		if (strcmp(name, hook_specs[i].name))
			continue;
		h->spec = &hook_specs[i];
		h->kind = (enum hook_kind)columns_int(c, HOOK_RAW_TP, HOOK_KRETPROBE);
		h->state = (enum hook_state)columns_int(c, HOOK_ABSENT, HOOK_ATTACHED);
		h->second = (enum hook_second)columns_int(c, SECOND_NONE, SECOND_BOTH);
		snprintf(h->why, sizeof(h->why), "%s", columns_safe(c, sizeof(h->why) - 1, false));
		target = columns_text(c, 64, true);
		return !c->damaged && find_target(h, target);
	}
	return false;
}

static int read_hooks(struct recording *rec, const struct range *range, struct recorded *r)
{
	struct columns c;
	int left, err = range_prepare(rec,
				      "SELECT name, kind, state, second, why, target FROM hook "
				      "WHERE snapshot BETWEEN ?1 AND ?2 ORDER BY snapshot",
				      range, &c);

	while (!err && (left = columns_next(&c)) != 0)
		err = left < 0 ? left : read_hook(&c, r) ? 0 : -EBADMSG;
	sqlite3_finalize(c.s);
	for (int i = 0; i < HOOK_COUNT && !err; i++)
		err = r->hooks[i].spec ? 0 : -EBADMSG;
	return err;
}

/* Which caches and origins there are, in their order: into at of the names, and *s. */
static int read_order(struct recording *rec, const struct range *range, struct names *n,
		      struct snapshot *s)
{
	struct columns c;
	struct unpacked caches = {}, origins = {};
	uint64_t cache_cnt = 0, origin_cnt = 0, number;
	int err =
		range_prepare(rec, "SELECT caches, origins FROM snapshot WHERE id = ?2", range, &c);

	if (!err &&
	    (columns_next(&c) <= 0 || !columns_blob(&c, &caches) || !columns_blob(&c, &origins) ||
	     !packed_read(&caches, &cache_cnt, 1, SS_CACHES) ||
	     !packed_read(&origins, &origin_cnt, 1, SS_ORIGINS)))
		err = -EBADMSG;
	if (!err) {
		s->caches = calloc(cache_cnt + 1, sizeof(*s->caches));
		s->origins = calloc(origin_cnt + 1, sizeof(*s->origins));
		err = s->caches && s->origins ? 0 : -ENOMEM;
	}
	for (uint64_t i = 0; i < cache_cnt && !err; i++) {
		if (!packed_read(&caches, &number, 1, n->cache_cnt) || !number ||
		    n->caches[number].at)
			err = -EBADMSG;
		else
			n->caches[number].at = ++s->cache_cnt;
	}
	for (uint64_t i = 0; i < origin_cnt && !err; i++) {
		const struct name_origin *o;

		if (!packed_read(&origins, &number, 1, n->origin_cnt) || !number ||
		    n->origins[number].at || !n->caches[n->origins[number].cache].at) {
			err = -EBADMSG;
			break;
		}
		o = &n->origins[number];
		n->origins[number].at = s->origin_cnt + 1;
		s->origins[s->origin_cnt++] = (struct snapshot_origin){
			.cache = n->caches[o->cache].at - 1,
			.site = n->frame_address[o->frame],
		};
	}
	if (!err && (caches.left || origins.left))
		err = -EBADMSG;
	sqlite3_finalize(c.s);
	return err;
}

static int read_caches(struct recording *rec, const struct range *range, const struct names *n,
		       struct recorded *r, struct snapshot *s)
{
	autofree bool *seen = calloc(n->cache_cnt + 1, sizeof(*seen));
	struct columns c;
	int left, err = range_prepare(rec,
				      "SELECT * FROM cache_state WHERE snapshot BETWEEN ?1 AND ?2 "
				      "ORDER BY snapshot",
				      range, &c);

	if (!seen)
		err = -ENOMEM;
	while (!err && (left = columns_next(&c)) > 0) {
		uint32_t number, at;

		columns_int(&c, range->key, range->snapshot);
		number = (uint32_t)columns_int(&c, 0, n->cache_cnt);
		at = n->caches[number].at;
		seen[number] = true;
		for (size_t i = 0; at && i < recording_cache_cnt && !err; i++)
			err = columns_field(&c, &recording_cache[i], &s->caches[at - 1], r);
	}
	if (!err && (left < 0 || c.damaged))
		err = left < 0 ? left : -EBADMSG;
	for (uint32_t i = 1; i <= n->cache_cnt && !err; i++) {
		const struct name_cache *name = &n->caches[i];

		if (!name->at)
			continue;
		err = seen[i] ? 0 : -EBADMSG;
		memcpy(s->caches[name->at - 1].name, name->name, SS_CACHE_NAME);
		s->caches[name->at - 1].destroyed = name->destroyed;
	}
	sqlite3_finalize(c.s);
	return err;
}

/* Rows of slabs, the last of each name. */
struct slab_list {
	struct interner names;
	struct slabs_entry *before, *after;
	size_t count, room;
};

static int read_slab(struct columns *c, struct recorded *r, struct slab_list *list)
{
	const char *name = columns_text(c, RECORDING_TEXT_MAX, false), *merged;
	struct slabs_entry *before, *after;
	uint32_t number;
	bool is_new, none;

	if (interner_number(&list->names, name, strlen(name), &number, &is_new))
		return -ENOMEM;
	/* Each may be a name of each cache. */
	if (number > RECORDING_SLABS_MAX)
		return -EBADMSG;
	if (number >= list->room) {
		list->room = 2 * number;
		before = realloc(list->before, list->room * sizeof(*before));
		list->before = before ? before : list->before;
		after = realloc(list->after, list->room * sizeof(*after));
		list->after = after ? after : list->after;
		if (!before || !after)
			return -ENOMEM;
	}
	list->count = list->names.count;
	before = &list->before[number - 1];
	after = &list->after[number - 1];
	before->name = after->name = recorded_keep(r, name);
	merged = columns_text(c, RECORDING_TEXT_MAX, false);
	before->merged = after->merged = recorded_keep(r, merged);
	before->active = (uint64_t)columns_int_or_null(c, 0, (int64_t)RECORDING_COUNT_MAX, &none);
	before->has_active = !none;
	after->active = (uint64_t)columns_int_or_null(c, 0, (int64_t)RECORDING_COUNT_MAX, &none);
	after->has_active = !none;
	return before->name && before->merged ? 0 : -ENOMEM;
}

static int read_slabs(struct recording *rec, const struct range *range, struct recorded *r,
		      const struct recording_facts *f)
{
	struct slab_list list = {};
	struct columns c;
	int left, err = range_prepare(rec,
				      "SELECT name, merged, before, after FROM slab WHERE snapshot "
				      "BETWEEN ?1 AND ?2 ORDER BY snapshot",
				      range, &c);

	while (!err && (left = columns_next(&c)) != 0)
		err = left < 0 ? left : read_slab(&c, r, &list);
	if (!err && c.damaged)
		err = -EBADMSG;
	sqlite3_finalize(c.s);
	if (!err && f->before)
		err = slabs_create_from(list.before, list.count, &r->before);
	if (!err && f->after)
		err = slabs_create_from(list.after, list.count, &r->after);
	interner_deinit(&list.names);
	free(list.before);
	free(list.after);
	r->report.before = r->before;
	r->report.after = r->after;
	return err;
}

static int read_all(struct recording *rec, const struct range *range, struct recorded *r)
{
	struct recording_facts f = {};
	struct snapshot *s = calloc(1, sizeof(*s));
	struct names n = {};
	int err = s ? 0 : -ENOMEM;

	r->report.snapshot = s;
	if (!err)
		err = recording_read_facts(rec, range, r, &f);
	if (!err) {
		recording_take_facts(&f, r, s);
		err = names_read(rec, r, f.hidden, &n);
		r->report.symbols = r->symbols;
		r->report.images = &r->images;
	}
	if (!err)
		err = read_hooks(rec, range, r);
	if (!err)
		err = read_slabs(rec, range, r, &f);
	if (!err)
		err = read_order(rec, range, &n, s);
	if (!err)
		err = read_caches(rec, range, &n, r, s);
	if (!err)
		err = recording_read_origins(rec, range, &n, r, s);
	if (!err)
		err = verdict_all(s, r->report.reclaimable_bit, r->symbols);
	r->frame_address = n.frame_address;
	r->frame_cnt = n.frame_cnt;
	n.frame_address = NULL;
	names_deinit(&n);
	return err;
}

static int find(struct recording *rec, double at_s, struct range *ret_range)
{
	int err = recording_source_find(rec->db, at_s, &ret_range->snapshot);

	return err ? err
		   : recording_db_number(rec->db,
					 "SELECT id FROM snapshot WHERE key AND id <= ? "
					 "ORDER BY id DESC LIMIT 1",
					 ret_range->snapshot, &ret_range->key);
}

int recording_at(struct recording *rec, double at_s, struct recorded **ret_recorded,
		 char why[RECORDING_WHY])
{
	struct recorded *r = calloc(1, sizeof(*r));
	struct range range;
	int err;

	recording_begin_call(rec);
	if (r)
		r->text_left = rec->bytes;
	err = r ? find(rec, at_s, &range) : -ENOMEM;
	if (!err)
		err = recording_source(rec->db, range.snapshot, &rec->run, &r->source);
	if (!err)
		err = read_all(rec, &range, r);
	if (!err) {
		r->report.source = &r->source;
		*ret_recorded = r;
		return 0;
	}
	if (r && r->text_over)
		err = -EBADMSG;
	recorded_destroy(r);
	snprintf(why, RECORDING_WHY, "%s",
		 err == -ENOENT	     ? "it has no whole snapshot so early"
		 : err == -EBADMSG   ? "damaged: something in it is not as a recording has it"
		 : err == -ETIMEDOUT ? "damaged: it takes longer to read than any recording does"
				     : strerror(-err));
	return err;
}

int recording_length(struct recording *rec, double *ret_s)
{
	struct columns c = {};
	int err;

	recording_begin_call(rec);
	err = recording_db_prepare(rec->db, "SELECT max(at) FROM snapshot", &c.s);
	if (!err)
		err = columns_next(&c);
	if (err > 0)
		*ret_s = columns_real(&c, RECORDING_SECONDS_MAX);
	sqlite3_finalize(c.s);
	return err < 0 ? err : !err || c.damaged ? -EBADMSG : 0;
}
