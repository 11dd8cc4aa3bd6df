/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF side of a trace: configure, load, attach, book, close the books. With
 * collect.c the only module that knows libbpf's objects. Everything is held by
 * file descriptors of this process: when it dies, the kernel detaches all.
 */
#ifndef SS_TRACER_H
#define SS_TRACER_H

#include <stdbool.h>
#include <stdint.h>

#include "hooks.h"
#include "kernel.h"
#include "ledger.h"
#include "symbols.h"

struct tracer;

struct tracer_config {
	uint64_t objects;	     /* live objects that the table must hold without sampling */
	uint32_t stack_interval;     /* of a new origin: 1 every stack, 0 none */
	uint32_t min_size, max_size; /* bytes of an object, inclusive */
	const char *comm;	     /* only this process name; NULL: all */
	int cgroup_fd;		     /* only tasks under this cgroup directory; -1: all */
	bool cgroup_ids;	     /* note whose cgroup it was: see kernel_try_cgroup_id() */
	/* See census_bases(); 0: not known, and then kmalloc's caches may have to be guessed. */
	uint64_t direct_map, memory_map;
};

/*
 * Load and attach everything planned; hooks[] gets the outcome. Frees are
 * attached before allocations, and nothing is booked yet. 0 or -errno, with a
 * sentence in why.
 */
int tracer_create(const struct tracer_config *config, const struct kernel *k,
		  const struct symbols *symbols, struct hook hooks[HOOK_COUNT],
		  struct tracer **ret_tracer, char why[160]);
void tracer_destroy(struct tracer *t);

/*
 * Are the programs at function entry really called? Somebody may switch function
 * tracing off at any time, and then they stay attached and see nothing. True
 * when there are none.
 */
bool tracer_entries_alive(const struct tracer *t, const struct hook hooks[HOOK_COUNT]);
/* Start booking. */
void tracer_book(struct tracer *t);
/* Book no more allocations, only frees; waits until no program that saw it open is running. */
void tracer_settle(struct tracer *t);
/* Stop everything, and wait until no program that saw it open is still running. */
void tracer_close_books(struct tracer *t);

/* The kernel's clocks now. 0 or -errno. */
int tracer_clock(struct tracer *t, struct ss_clock *ret_clock);
/*
 * The live memory of the ledger, except the per-CPU counts: ledger->counts is
 * NULL and jiffies and tick_s are 0. Valid until tracer_destroy().
 */
void tracer_view(const struct tracer *t, struct ledger *ret_ledger);
/* Sum the per-CPU counts of the origins in use into counts[SS_ORIGINS]. 0 or -errno. */
int tracer_counts(const struct tracer *t, struct ss_count *counts);
/* Change how an origin is traced from now on. */
void tracer_set_interval(struct tracer *t, uint32_t origin, uint32_t interval);
void tracer_skip(struct tracer *t, uint32_t origin);
/* Bytes of all maps: entries times size, times CPUs where each has its own. */
uint64_t tracer_memory(const struct tracer *t);
/*
 * Events for which the kernel skipped a program because it was running on that
 * CPU already. A skipped free is lost only where no second copy saw it.
 */
struct tracer_misses {
	uint64_t all;
	uint64_t allocs; /* not booked */
	uint64_t frees;	 /* perhaps not seen, at most: as many survivors may be free */
};

void tracer_misses(const struct tracer *t, const struct hook hooks[HOOK_COUNT],
		   struct tracer_misses *ret_misses);

#endif
