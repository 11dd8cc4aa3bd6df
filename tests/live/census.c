// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The census against what is known of this kernel, native or in a VM: objects
 * that we hold ourselves, the kernel's own counts, strings that we put there;
 * and under a storm of processes, CPUs and caches that come and go.
 *
 *   census [-p SLABSIGHT] [-l LOAD] [-n ROUNDS] [-s STALL_SECONDS] [-g] [-m]
 *
 * -g: only the checks for a kernel with KFENCE at work. -m: the machine is a guest
 * of the test, whose CPUs and modules may come and go. Prints a line a check.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "census_test.h"
#include "meminfo.h"
#include "slabs.h"

/* Others go on working: so many objects of a cache may come and go between two scans. */
#define NOISE 20

const char *program = "./slabsight", *load_program = "./load";
int rounds = 100;
bool guest;
double stall_s = 5;
struct census *census;
const struct census_pace full_speed = {.share = 1};

void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

void scan(void)
{
	int err = census_scan(census, &full_speed);

	if (!err)
		return;
	check(false, strerror(-err), "a scan");
	exit(1);
}

void count_object(void *arg, uint64_t address, const void *bytes, size_t len)
{
	(void)address;
	(void)bytes;
	(void)len;
	++*(uint64_t *)arg;
}

static uint64_t live_of(const char *name)
{
	const struct census_cache *c = census_find(census, name);

	return c ? c->live : 0;
}

uint64_t slab_now(void)
{
	struct meminfo meminfo;

	meminfo_read(NULL, &meminfo);
	return meminfo.slab;
}

/* In percent of what Slab was, which was between these two during the scan. */
double explained(uint64_t slab_before, uint64_t slab_after, struct census_totals *ret_totals)
{
	uint64_t low = slab_before < slab_after ? slab_before : slab_after;
	uint64_t high = slab_before < slab_after ? slab_after : slab_before;
	const struct census_cache *caches;
	uint64_t bytes;
	size_t count;

	census_totals(census, ret_totals);
	bytes = ret_totals->large_bytes;
	caches = census_caches(census, &count);
	for (size_t i = 0; i < count; i++)
		bytes += caches[i].slab_bytes;
	if (bytes >= low && bytes <= high)
		return 100;
	return 100.0 * bytes / (bytes < low ? low : high);
}

void check_totals(void)
{
	double share = 0, off = 100;
	struct dentry_state state;
	struct census_totals totals;
	uint64_t dentries = 0;

	/* The best of some: nobody holds still for us. */
	for (int i = 0; i < ATTEMPTS && off > 0.5; i++) {
		scan();
		meminfo_dentries(NULL, &state);
		dentries = live_of("dentry");
		off = 100.0 * llabs((long long)(dentries - state.dentries)) / state.dentries;
		/* Being made, or waiting to be freed: a few at any time. */
		if (llabs((long long)(dentries - state.dentries)) <= 10)
			break;
	}
	check(off <= 0.5 || llabs((long long)(dentries - state.dentries)) <= 10, "",
	      "%" PRIu64 " dentries, %" PRIu64 " by dentry-state: %.2f %% off", dentries,
	      state.dentries, off);
	for (int i = 0; i < ATTEMPTS && (share < 99 || share > 101); i++) {
		uint64_t before = slab_now();

		scan();
		share = explained(before, slab_now(), &totals);
	}
	if (totals.marks_large)
		check(share >= 99 && share <= 101, "", "%.2f %% of Slab explained", share);
	else
		check(share >= 50 && share <= 101, "",
		      "%.2f %% of Slab explained; large kmalloc is not marked here", share);
	check(!totals.odd && !totals.overflow && !totals.parked_lost, "",
	      "no slab and nothing parked left out: %" PRIu64 " odd, %" PRIu64 " overflow, %" PRIu64
	      " lost",
	      totals.odd, totals.overflow, totals.parked_lost);
}

/* ---- objects that we hold ---- */

static bool is_of(const struct slabs *slabs, const struct hold_kind *kind, const char *cache)
{
	const char *alias;

	if (hold_cache_matches(kind, cache))
		return true;
	for (size_t i = 0; (alias = slabs_alias(slabs, cache, i)); i++)
		if (hold_cache_matches(kind, alias))
			return true;
	return false;
}

/* Live objects now of each cache; of large kmalloc at last. */
struct counts {
	struct {
		uint64_t key, live;
		char name[48];
	} of[SS_SLAB_CACHES + 1];
	size_t count;
};

static void take(struct counts *n)
{
	const struct census_cache *caches;
	struct census_totals totals;

	scan();
	caches = census_caches(census, &n->count);
	for (size_t i = 0; i < n->count; i++) {
		n->of[i].key = caches[i].key;
		n->of[i].live = caches[i].live;
		memcpy(n->of[i].name, caches[i].name, sizeof(n->of[i].name));
	}
	census_totals(census, &totals);
	n->of[n->count].key = 1;
	n->of[n->count].live = totals.larges;
	strcpy(n->of[n->count++].name, "kmalloc-large");
}

static uint64_t live_in(const struct counts *n, uint64_t key)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->of[i].key == key)
			return n->of[i].live;
	return 0; /* a cache without slabs is in no census */
}

/* Of the caches that may be this kind's, how much the one nearest to `wanted` rose. */
static long long rise(const struct slabs *slabs, const struct hold_kind *kind,
		      const struct counts *from, const struct counts *to, long long wanted,
		      const char **ret_name)
{
	/* The one that has the objects. */
	const struct counts *held = wanted > 0 ? to : from;
	long long best = INT32_MIN;

	for (size_t i = 0; i < held->count; i++) {
		uint64_t key = held->of[i].key;
		long long n = (long long)live_in(to, key) - (long long)live_in(from, key);

		if (is_of(slabs, kind, held->of[i].name) &&
		    llabs(n - wanted) < llabs(best - wanted)) {
			best = n;
			*ret_name = held->of[i].name;
		}
	}
	return best;
}

/* What a hold and its release made of a cache. */
struct change {
	long long up, down;
	const char *name;
};

static bool is_expected(long long n)
{
	return llabs(n - UNITS) <= NOISE;
}

/*
 * Where objects of another cache that go with ours (a file's dentry) need new slabs, the kernel
 * has a vector for each of these (alloc_slab_obj_exts()), which may be of our size: as many more
 * when all is held as less when it is released.
 */
static bool has_vectors(const struct change *n)
{
	return !strncmp(n->name, "kmalloc-", 8) && llabs(n->up - n->down) <= NOISE &&
	       n->up > UNITS && n->up <= UNITS + UNITS / 8;
}

static bool is_as_held(const struct change *n)
{
	return (is_expected(n->up) && is_expected(n->down)) || has_vectors(n);
}

/* 0 or -errno: it cannot be made here. */
static int hold_once(const struct slabs *slabs, const struct hold_kind *kind, struct change *ret)
{
	static struct counts before, held, after;
	const char *ignored;
	struct hold h;
	double limit;
	int err = hold_prepare(&h, kind, UNITS);

	if (err)
		return err;
	sleep_ms(100);
	take(&before);
	err = hold_make(&h, UNITS);
	if (err)
		return err;
	take(&held);
	ret->up = rise(slabs, kind, &before, &held, UNITS, &ret->name);
	hold_release(&h);
	limit = clock_s() + hold_settle_ms(kind) / 1000.0 + 3;
	do {
		sleep_ms(200);
		take(&after);
		ret->down = -rise(slabs, kind, &held, &after, -UNITS, &ignored);
	} while (!is_expected(ret->down) && !has_vectors(ret) && clock_s() < limit);
	return 0;
}

static void check_kind(const struct hold_kind *kind)
{
	struct change n = {.name = "no cache"};
	struct slabs *slabs;
	int err = 0;

	if (slabs_create(NULL, NULL, &slabs))
		exit(1);
	/* Again where others made or freed more objects of this cache meanwhile. */
	for (int i = 0; i < ATTEMPTS && !err && !is_as_held(&n); i++)
		err = hold_once(slabs, kind, &n);
	if (err) {
		skip(strerror(-err), "%s: cannot be made", kind->name);
	} else {
		check(is_expected(n.up) || is_as_held(&n), "", "%s: %d held, %s has %lld more",
		      kind->name, UNITS, n.name, n.up);
		check(is_expected(n.down) || is_as_held(&n), "", "%s: released, it has %lld less",
		      kind->name, n.down);
	}
	slabs_destroy(slabs);
}

static void check_holds(void)
{
	struct census_totals totals;

	scan();
	census_totals(census, &totals);
	for (const struct hold_kind *kind = hold_kinds; kind->name; kind++) {
		if (!strcmp(kind->name, "large-payload") && !totals.marks_large)
			skip("this kernel does not mark large kmalloc", "%s", kind->name);
		else
			check_kind(kind);
	}
}

int main(int argc, char **argv)
{
	bool guarded = false;
	struct kernel kernel;
	char why[160] = "";
	int c;

	while ((c = getopt(argc, argv, "p:l:n:s:gm")) != -1) {
		if (c == 'p')
			program = optarg;
		else if (c == 'l')
			load_program = optarg;
		else if (c == 'n')
			rounds = atoi(optarg);
		else if (c == 's')
			stall_s = atof(optarg);
		else if (c == 'g')
			guarded = true;
		else if (c == 'm')
			guest = true;
		else
			return 2;
	}
	if (kernel_init(&kernel) || kernel.need != KERNEL_OK) {
		skip(kernel.why, "census");
		return 0;
	}
	if (census_create(&kernel, CENSUS_ALL, &census, why)) {
		check(false, "", "a census can be taken: %s", why);
		return 0;
	}
	if (guarded) {
		check_guarded();
		return 0;
	}
	check_totals();
	check_contents();
	check_sample();
	check_pace();
	check_interrupt();
	check_holds();
	check_storm();
	check_totals();
	census_destroy(census);
	return 0;
}
