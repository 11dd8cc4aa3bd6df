/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A test's ledger: the probe program with its maps, what is done to it, a copy to look at. */
#ifndef LEDGER_FIXTURE_H
#define LEDGER_FIXTURE_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "ledger.h"
#include "probe.h"

#include "probe.skel.h" /* needs what wire.h defines */

#define KEY(size) (SS_KMALLOC_KEYED | (uint64_t)(size) << SS_KMALLOC_KEY_SIZE_SHIFT)

struct fixture {
	struct probe_bpf *skel;
	int prog;
	int cpu_cnt;
	uint32_t bucket_cnt;
	struct ss_bucket *buckets; /* a copy, by fetch() */
	struct ss_origin *origins;
	struct ss_rare *rares;
	struct ss_rec_life *rec_lives;
	struct ss_count *counts;
	struct ss_totals totals;
};

/* xorshift64*: the same numbers on every machine. */
uint64_t next_random(uint64_t *state);
/*
 * Addresses as a cache of 192-byte objects has them, 21 a page and page after
 * page: real rows are harder on the hash than random numbers.
 */
uint64_t address(uint64_t i);
uint64_t index_of(uint64_t addr);
uint32_t run(const struct fixture *f, const uint64_t words[PROBE_WORDS]);
void book(const struct fixture *f, uint64_t addr, uint64_t site, uint32_t requested,
	  uint32_t allocated);
void unbook(const struct fixture *f, uint64_t addr);
/* The same, by a free of which hook and call site are told. */
void unbook_at(const struct fixture *f, uint64_t addr, enum ss_freed how, uint64_t site);
/* Make every object in the table this many ticks older. */
void grow_old(struct fixture *f, uint32_t ticks);
void fetch_map(const struct bpf_map *map, void *to, size_t size);
/* Copy what the kernel side holds now. */
void fetch(struct fixture *f);
/* A ledger for `objects` objects, with the table at 125 % of them as in a trace. */
struct fixture open_ledger(uint32_t objects, uint32_t interval);
/* And which notes in which cgroup a task is. */
struct fixture open_ledger_asking(uint32_t objects, uint32_t interval, bool cgroup_ids);
void close_ledger(struct fixture *f);
/* The ledger's origin of (site, size), 0 when there is none. */
uint32_t origin_of(const struct fixture *f, uint64_t site, uint32_t size);
/* allocs = frees + live + ghosts + refused + thinned + retold, in every origin. */
void assert_balanced(const struct fixture *f);
uint64_t site_address(uint32_t site);

/* Frees are numbered per CPU, and copies of a program leave their notes per CPU. */
void stay_on_one_cpu(cpu_set_t *ret_before);

/* The groups of tests, one a file; each returns how many failed. */
int test_model(void);
int test_table(void);
int test_origins(void);
int test_frees(void);
int test_stacks(void);

#endif
