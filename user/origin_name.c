// SPDX-License-Identifier: GPL-2.0-or-later
/* Origins by name, over several reports. */
#include "origin_name.h"

#include <stdio.h>
#include <string.h>

/* What a name is without that which differs between kernels that were built from one source. */
static size_t bare_length(const char *function)
{
	static const char wrapped[] = "_noprof"; /* Linux 6.10: what counts allocations by site */
	const char *dot = function[0] ? strchr(function + 1, '.') : NULL;
	size_t len = dot ? (size_t)(dot - function) : strlen(function);
	size_t cut = sizeof(wrapped) - 1;

	return len > cut && !memcmp(function + len - cut, wrapped, cut) ? len - cut : len;
}

/* How a key tells what is behind the name of the cache. */
enum { SITE_BEYOND = 'b', SITE_UNKNOWN = 'u', SITE_KERNEL = 'k', SITE_MODULE = 'm' };

/* cache NUL site function NUL module NUL. */
size_t origin_name_key(const struct report *r, const struct snapshot_origin *o, bool by_cache,
		       char key[ORIGIN_NAME_KEY])
{
	const char *cache = r->snapshot->caches[o->cache].name;
	size_t size = strlen(cache) + 1, function, module;
	struct symbol sym = {};

	if (o->site && !by_cache)
		sym = symbols_find(r->symbols, o->site);
	function = sym.name ? bare_length(sym.name) : 0;
	module = sym.module ? strlen(sym.module) : 0;
	if (size + function + module + 3 > ORIGIN_NAME_KEY)
		return 0;
	memcpy(key, cache, size);
	key[size++] = !o->site && !by_cache ? SITE_BEYOND
		      : !sym.name	    ? SITE_UNKNOWN
		      : sym.module	    ? SITE_MODULE
					    : SITE_KERNEL;
	if (function)
		memcpy(key + size, sym.name, function);
	size += function;
	key[size++] = '\0';
	if (module)
		memcpy(key + size, sym.module, module);
	size += module;
	key[size++] = '\0';
	return size;
}

void origin_name_of(const char *key, struct origin_name *ret_name)
{
	const char *site = key + strlen(key) + 1;

	*ret_name = (struct origin_name){.cache = key, .beyond = *site == SITE_BEYOND};
	if (*site == SITE_KERNEL || *site == SITE_MODULE)
		ret_name->function = site + 1;
	if (*site == SITE_MODULE)
		ret_name->module = site + strlen(site) + 1;
}

static int compare(const char *x, const char *y)
{
	return strcmp(x ? x : "", y ? y : "");
}

int origin_name_compare_site(const struct origin_name *x, const struct origin_name *y)
{
	int order = compare(x->function, y->function);

	return order ? order : compare(x->module, y->module);
}

int origin_name_compare(const struct origin_name *x, const struct origin_name *y)
{
	int order = strcmp(x->cache, y->cache);

	if (!order)
		order = origin_name_compare_site(x, y);
	return order ? order : x->beyond - y->beyond;
}

char *origin_name_text(const struct origin_name *n, bool by_cache, char buf[ORIGIN_NAME])
{
	if (by_cache)
		snprintf(buf, ORIGIN_NAME, "%s", SAFE(n->cache));
	else
		snprintf(buf, ORIGIN_NAME, "%s at %s%s%s%s", SAFE(n->cache),
			 n->function ? SAFE(n->function)
			 : n->beyond ? "(call sites beyond the table)"
				     : "(no symbol)",
			 n->module ? " [" : "", n->module ? SAFE(n->module) : "",
			 n->module ? "]" : "");
	return buf;
}

void origin_sum_count(uint64_t *sum, uint64_t n)
{
	*sum = n > INT64_MAX - *sum ? INT64_MAX : *sum + n;
}

/* A leak stands for all origins of its name, else the one with most bytes. */
static bool says_more(const struct snapshot_origin *o, const struct origin_sum *sum)
{
	if (!sum->judged || report_is_leak(o) != sum->leak)
		return !sum->judged || report_is_leak(o);
	return o->bytes > sum->judged->bytes;
}

void origin_sum_add(struct origin_sum *sum, const struct snapshot_origin *o)
{
	if (says_more(o, sum)) {
		sum->judged = o;
		sum->leak = report_is_leak(o);
	}
	sum->passed_leak |= o->verdict && o->verdict->kind == VERDICT_LEAK && !report_is_leak(o);
	if (o->objects) {
		if (!sum->living || !report_suppressor(o))
			sum->suppressed_by = report_suppressor(o);
		sum->living++;
	}
	sum->origins++;
	origin_sum_count(&sum->allocs, o->allocs);
	origin_sum_count(&sum->frees, o->frees);
	origin_sum_count(&sum->ghosts, o->ghosts);
	origin_sum_count(&sum->objects, o->objects);
	origin_sum_count(&sum->bytes, o->bytes);
	if (o->verdict && o->verdict->kind == VERDICT_CACHE)
		origin_sum_count(&sum->cache_bytes, o->bytes);
}

static double per_s(const struct report *r, uint64_t n)
{
	return r->snapshot->booked_s > 0 ? n / r->snapshot->booked_s : 0;
}

void origin_sum_rate(struct origin_sum *sum, const struct report *r)
{
	sum->objects_per_s = per_s(r, sum->objects);
	sum->bytes_per_s = per_s(r, sum->bytes);
}
