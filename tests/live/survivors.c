// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The survivor check against the truth: all objects of the kernel are listed
 * before and after a trace of the mixed load. What is there after and was not
 * before must be in the books, and what the books call alive must be there.
 *
 *   survivors [-l LOAD] [-t SECONDS]
 *
 * Works on the modules themselves, because only they know addresses. Prints a
 * line a check.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census.h"
#include "hooks.h"
#include "survivors.h"
#include "tracer.h"

#define TOLERATED	10   /* objects of a cache */
#define TOLERATED_SHARE 0.01 /* of its survivors, if that is more */
#define RCU_SECONDS	7

struct object {
	uint64_t address, key;
};

struct list {
	struct object *at;
	size_t count, room;
	uint64_t key; /* of what is being listed */
};

static const char *load_program = "./load", *load_seconds = "5";

static void die(const char *what, const char *why)
{
	printf("not ok - survivors: %s: %s\n", what, why);
	exit(1);
}

static void list_add(struct list *l, uint64_t address, uint64_t key)
{
	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 1 << 16;
		l->at = realloc(l->at, l->room * sizeof(*l->at));
		if (!l->at)
			die("list", "out of memory");
	}
	l->at[l->count++] = (struct object){address, key};
}

static void on_object(void *arg, uint64_t address, const void *bytes, size_t len)
{
	struct list *l = arg;

	(void)bytes;
	(void)len;
	list_add(l, address, l->key);
}

static int by_address(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static bool has(const struct list *l, const struct object *o)
{
	const struct object *at =
		l->count ? bsearch(o, l->at, l->count, sizeof(*o), by_address) : NULL;

	return at && at->key == o->key;
}

/* Every object of the kernel now. */
static struct list list_all(struct census *c)
{
	const struct census_pace pace = {.share = 1};
	const struct census_cache *caches;
	struct list l = {};
	size_t count;

	if (census_scan(c, &pace))
		die("scan", "failed");
	caches = census_caches(c, &count);
	for (size_t i = 0; i < count; i++) {
		l.key = caches[i].key;
		if (census_objects(c, &caches[i], 8, 0, &pace, on_object, &l))
			die("objects", caches[i].name);
	}
	qsort(l.at, l.count, sizeof(*l.at), by_address);
	return l;
}

/* What the books call alive; before the check, or after it. */
static struct list list_booked(const struct ledger *l)
{
	struct list list = {};

	for (uint32_t slot = 0; slot < l->bucket_cnt * SS_WAYS; slot++) {
		uint64_t word = l->buckets[slot / SS_WAYS].word[slot % SS_WAYS];
		uint64_t meta = l->buckets[slot / SS_WAYS].meta[slot % SS_WAYS];
		uint32_t cache = l->origins[ss_meta_origin(meta)].cache & (SS_CACHES - 1);

		if (word && meta && cache >= SS_CACHE_FIRST &&
		    !(l->stale && l->stale[slot / 8] & 1u << slot % 8))
			list_add(&list, ss_word_address(word), l->caches[cache].key);
	}
	qsort(list.at, list.count, sizeof(*list.at), by_address);
	return list;
}

static void run_load(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl(load_program, "load", "-t", load_seconds, "-j", "2", NULL);
		_exit(127);
	}
	if (pid < 0)
		die("fork", strerror(errno));
	waitpid(pid, NULL, 0);
	/* kfree_rcu() keeps objects for up to 5 seconds; the books call them freed at once. */
	sleep(RCU_SECONDS);
}

static struct tracer *start(const struct kernel *k, const struct census *census, struct hook *hooks)
{
	struct tracer_config config = {.objects = 1000000, .max_size = UINT32_MAX, .cgroup_fd = -1};
	struct symbols *symbols;
	struct tracer *t;
	char why[160] = "";

	if (symbols_create(NULL, &symbols))
		die("symbols", "out of memory");
	census_bases(census, &config.direct_map, &config.memory_map);
	hooks_plan(k, false, hooks);
	if (tracer_create(&config, k, symbols, hooks, &t, why))
		die("trace", why);
	return t;
}

struct count {
	uint64_t survivors, stale, absent, missed;
};

/* Lists made in this order: booking lasts from before `before` until after `booked`. */
struct lists {
	struct list before, late, booked, after, survivors;
};

/*
 * Others go on working meanwhile. What is there late in the trace and after it,
 * and was not when it began, was born in between: it must be in the books, or
 * have been there and have made room for another object since.
 */
static bool is_missed(const struct lists *l, const struct object *o)
{
	return has(&l->late, o) && !has(&l->before, o) && !has(&l->survivors, o) &&
	       !has(&l->booked, o);
}

static void compare(struct census *c, const struct lists *l, const struct ledger *ledger,
		    bool all_hooked)
{
	const struct census_cache *caches;
	size_t cache_cnt, shown = 0;
	struct count all = {};

	caches = census_caches(c, &cache_cnt);
	for (size_t i = 0; i < cache_cnt; i++) {
		struct count n = {};
		uint64_t bad, allowed;

		for (size_t j = 0; j < l->survivors.count; j++) {
			if (l->survivors.at[j].key != caches[i].key)
				continue;
			n.survivors++;
			n.absent += !has(&l->after, &l->survivors.at[j]);
		}
		for (size_t j = 0; j < l->after.count; j++)
			n.missed += l->after.at[j].key == caches[i].key &&
				    is_missed(l, &l->after.at[j]);
		allowed = n.survivors * TOLERATED_SHARE;
		if (allowed < TOLERATED)
			allowed = TOLERATED;
		if (n.missed > allowed && !all_hooked) {
			printf("skip - %llu objects of %s were born unseen: coverage is partial "
			       "here\n",
			       (unsigned long long)n.missed, caches[i].name);
			n.missed = 0;
		}
		bad = n.absent > n.missed ? n.absent : n.missed;
		all.survivors += n.survivors;
		all.absent += n.absent;
		all.missed += n.missed;
		if (!n.survivors && !n.missed)
			continue;
		shown++;
		printf("%s - survivors of %s: %llu in the books, %llu of them not there, %llu "
		       "there and not in the books\n",
		       bad <= allowed ? "ok" : "not ok", caches[i].name,
		       (unsigned long long)n.survivors, (unsigned long long)n.absent,
		       (unsigned long long)n.missed);
	}
	for (uint32_t i = 0; i < ledger->bucket_cnt * SS_WAYS; i++)
		all.stale += ledger->stale[i / 8] >> i % 8 & 1;
	printf("%s - survivors: %llu in %zu caches, %llu not there, %llu not in the books, after "
	       "%llu stale ones were retired\n",
	       shown ? "ok" : "not ok", (unsigned long long)all.survivors, shown,
	       (unsigned long long)all.absent, (unsigned long long)all.missed,
	       (unsigned long long)all.stale);
}

int main(int argc, char **argv)
{
	struct lists lists;
	struct hook hooks[HOOK_COUNT];
	struct survivors check = {};
	struct ledger ledger;
	struct census *census;
	struct kernel kernel;
	struct tracer *t;
	char why[160] = "";
	int c;

	while ((c = getopt(argc, argv, "l:t:")) != -1) {
		if (c == 'l')
			load_program = optarg;
		else if (c == 't')
			load_seconds = optarg;
		else
			return 2;
	}
	if (kernel_init(&kernel) || kernel.need != KERNEL_OK) {
		printf("skip - survivors: %s\n", kernel.why);
		return 0;
	}
	if (census_create(&kernel, CENSUS_ALL, &census, why))
		die("census", why);
	t = start(&kernel, census, hooks);
	tracer_book(t);
	lists.before = list_all(census);
	run_load();
	lists.late = list_all(census);
	tracer_view(t, &ledger);
	lists.booked = list_booked(&ledger);
	tracer_settle(t);
	if (survivors_check(&check, &ledger, census))
		die("check", "failed");
	lists.after = list_all(census);
	tracer_close_books(t);
	tracer_view(t, &ledger);
	survivors_mark(&check, &ledger);
	lists.survivors = list_booked(&ledger);
	compare(census, &lists, &ledger, hooks_grade(hooks) == COVERAGE_FULL);
	return 0;
}
