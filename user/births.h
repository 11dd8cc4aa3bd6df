/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Births and deaths of dentries while one watches: by process, with the stacks
 * of some, and what those that died were called. Those that live are known by
 * their addresses, to be found again in a census. Knows libbpf's objects, as the
 * tracer and the census do.
 */
#ifndef SS_BIRTHS_H
#define SS_BIRTHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"

#include "births_wire.h"

struct births;

struct births_proc {
	struct ss_proc_key key;
	uint64_t births; /* exact */
	uint64_t living; /* of them; an estimate when only some are remembered */
};

/* A dentry born since the start that has not died. */
struct births_living {
	uint64_t address;
	struct ss_born born;
};

struct births_stack {
	int32_t id;			 /* as in struct ss_born */
	uint64_t frames[SS_BORN_FRAMES]; /* the allocator's caller first; ended by 0 or the end */
	uint64_t births;		 /* an estimate */
};

struct births_totals {
	uint64_t births, deaths;  /* deaths also of dentries born before the start */
	uint64_t own;		  /* births by slabsight: left out of all */
	uint64_t procs_full;	  /* births by processes beyond the table: tgid 0 */
	uint64_t progs_full;	  /* of them, those by nobody in the lists */
	uint64_t born_full;	  /* births not remembered: no room */
	uint64_t stacks_failed;	  /* due and not to be had */
	uint64_t obituaries_lost; /* deaths whose name is not known: too many at once */
	uint64_t ghosts;	  /* died unseen: their address was born again */
	uint64_t skipped_births;  /* the program was running already */
	uint64_t skipped_deaths;  /* by both copies, at most */
	uint64_t puts;
	double scale; /* dentries that a remembered one stands for; 1: all are */
	bool refs;    /* dput() was hooked */
};

/*
 * key: address of the cache of dentries. refs: count dput() calls too; needs
 * fentry. 0 or -errno with a sentence in why.
 */
int births_create(const struct kernel *k, uint64_t key, bool refs, struct births **ret_births,
		  char why[160]);
void births_destroy(struct births *b);
void births_start(struct births *b);
/*
 * Several times a second while it runs, `seconds` after the last time: takes in what
 * died, and sets how many stacks are taken from now on. Calls died(arg, ...) for
 * some deaths; each stands for `weight` of them. 0 or -errno.
 */
int births_step(struct births *b, double seconds,
		void (*died)(void *arg, const struct ss_obituary *o), void *arg);
/* Count no more births; deaths still end what is remembered. */
void births_stop(struct births *b);
/* The processes so far, while it runs: their births. 0 or -errno. */
int births_peek(struct births *b);
/*
 * What was counted; after births_stop(). The lists are in no order, but for the
 * living, which are sorted by address, and stacks, and valid until births_destroy(). 0 or -errno.
 */
int births_read(struct births *b);
const struct births_proc *births_procs(const struct births *b, size_t *ret_cnt);
const struct births_living *births_living(const struct births *b, size_t *ret_cnt);
/* The one at an address, or NULL. */
const struct births_living *births_find(const struct births *b, uint64_t address);
/* By their numbers. */
const struct births_stack *births_stacks(const struct births *b, size_t *ret_cnt);
void births_totals(const struct births *b, struct births_totals *ret_totals);

#endif
