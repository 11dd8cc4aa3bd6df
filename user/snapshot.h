/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot: a plain copy of the ledger at one moment, sorted out by cache,
 * origin, stack and task. Knows nothing of BPF; everything that reports works
 * from it.
 *
 * Numbers called `objects` or `bytes` are estimates for the whole machine: what
 * is in the books times the scale, which is 1 until the object table first
 * filled, and then they are exact.
 */
#ifndef SS_SNAPSHOT_H
#define SS_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addresses.h"
#include "ledger.h"

struct verdict; /* verdict.h */

/*
 * How long objects lived: lifetimes of those that died and ages of those that did
 * not, in bins of ticks (wire.h), and births of those alive. Of what is in the
 * books, unscaled.
 */
#define SNAPSHOT_SLICES 64
struct snapshot_lives {
	uint64_t died[SS_LIFE_BINS];
	uint64_t alive[SS_LIFE_BINS];
	uint64_t born[SNAPSHOT_SLICES]; /* of those alive, in equal slices of snapshot.booked_s */
};

/* Of dentries that survived: how many are held by somebody, and when those were born. */
struct snapshot_pins {
	uint64_t looked, pinned;
	uint64_t born[SNAPSHOT_SLICES];
};

/* A place where objects of an origin were freed. */
struct snapshot_free_site {
	uint64_t site; /* call site; 0: not known */
	enum ss_freed how;
	uint64_t frees; /* of what is in the books, unscaled */
	double share;	/* of the origin's frees whose site was counted */
};

/* All threads of one name in one cgroup. */
struct snapshot_task {
	/* raw, up to SS_COMM - 1 bytes; "(interrupt)": of no task; NULL: not known */
	const char *comm;
	uint64_t cgroup;  /* id; 0: not known, or of no task */
	const char *path; /* of the cgroup, raw, see cgroups_path(); NULL: not known */
	uint64_t objects;
	double weight;
	/*
	 * As of the stack. A name's deaths in a cgroup where none of it survived are told of
	 * another of its cgroups.
	 */
	struct snapshot_lives lives;
};

/* Survivors of one origin that share a stack. */
struct snapshot_stack {
	const uint64_t *frames; /* first is the call site; of an interrupt, only its own */
	uint32_t frame_cnt;
	uint64_t objects;
	double share; /* of the origin's survivors */
	double weight;
	/*
	 * Of the objects whose stack is known, unweighted. died[0] is 0: deaths within two
	 * ticks are not counted by stack.
	 */
	struct snapshot_lives lives;
	const char *suppressed_by;   /* pattern; NULL: none, see suppressions.h */
	uint64_t *repetitions;	     /* as of the origin; of an estimate where it is one */
	struct snapshot_task *tasks; /* most objects first */
	size_t task_cnt;
	struct snapshot_pins *pins;    /* NULL: not dentries, or not looked at */
	const struct verdict *verdict; /* NULL: not judged; one of snapshot.verdicts */
};

/* A kind of contents that sampled survivors have, in words: see clusters_describe(). */
#define SNAPSHOT_CONTENT 256
struct snapshot_content {
	const char *kind;
	char *text;	  /* safe to print */
	uint64_t objects; /* of those looked at */
};

struct snapshot_origin {
	uint32_t cache;		  /* index into the snapshot's caches */
	uint64_t site;		  /* call site; 0: objects booked while the origin table was full */
	uint64_t allocs;	  /* always exact */
	uint64_t frees;		  /* allocs minus all else when only a sample is booked */
	uint64_t ghosts, refused; /* as counted; of the sample, when only a sample is booked */
	uint64_t stale;		  /* were in the books, and free: see survivors.h */
	uint64_t reclaimed;	  /* of the frees: while memory was reclaimed */
	uint64_t booked;	  /* live and in the books */
	uint64_t objects, bytes, requested_bytes;
	uint64_t stackless; /* of the booked ones: no stack was taken */
	double age_min_s, age_mean_s, age_max_s;
	struct snapshot_lives lives;
	/*
	 * Survivors by the repetition of a command that they were born in,
	 * snapshot.repetition_cnt of them, and the least of these; NULL: no command.
	 */
	uint64_t *repetitions, per_run;
	const char *suppressed_by;     /* pattern; NULL: none, see suppressions.h */
	struct snapshot_stack *stacks; /* most objects first */
	size_t stack_cnt;
	bool estimated;			   /* not every survivor's stack is known */
	struct snapshot_content *contents; /* of a leak: most objects first */
	size_t content_cnt;
	uint64_t looked; /* survivors whose contents were read */
	struct snapshot_pins *pins;
	const struct verdict *verdict;
	struct snapshot_free_site *free_sites; /* most frees first */
	size_t free_site_cnt;
	bool frees_drawn; /* not every free's site was counted: frees and shares are estimates */
};

struct snapshot_cache {
	char name[SS_CACHE_NAME];
	uint32_t size, object_size, flags;
	bool guessed, destroyed, large;
	uint64_t allocs, frees, ghosts, refused, stale;
	uint64_t objects, bytes, requested_bytes;
	double oldest_s;
};

struct snapshot {
	struct snapshot_cache *caches; /* most bytes first */
	size_t cache_cnt;
	struct snapshot_origin *origins; /* most bytes first */
	size_t origin_cnt;
	uint32_t repetition_cnt; /* of a command, that were counted */
	uint64_t allocs, frees, frees_unknown;
	uint64_t ghosts, refused, thinned, retold, stale, reclaimed;
	bool reclaim_tried;
	bool reclaim_all; /* it was, and of all that is in the books: set before they are judged */
	bool checked;	  /* survivors were held against the slab pages; took check_s */
	double check_s;
	uint64_t unread;  /* could not be looked at: counted as live */
	bool pins_looked; /* dentries among the survivors: is it known which are held? */
	int check_err;	  /* what kept the check from working, or 0 */
	uint64_t objects, bytes, booked;
	uint64_t in_flight;  /* slots caught between their two words */
	uint64_t unbalanced; /* origins whose books do not balance */
	uint64_t stackless;  /* allocations whose stack was due and could not be kept */
	struct ss_totals totals;
	double scale;			  /* objects that one in the books stands for */
	uint32_t began, settled, jiffies; /* the ledger's clock */
	double tick_s;			  /* length of a tick */
	double booked_s;		  /* from the first booking to the last */
	double settled_s;		  /* from then until the books were closed */
	double took_s;			  /* to read the ledger and sort it out */
	uint64_t *frame_store;		  /* what snapshot_stack.frames point into */
	struct ss_task *task_store;
	struct verdict *verdicts;
	struct snapshot_free_site *free_site_store;
	struct addresses held; /* dentries that pins_read() found to be: to be asked, sorted */
	uint8_t *stale_slots;  /* see struct ledger; NULL: no check */
	const struct addresses *interrupts; /* the same */
};

/*
 * 0 or -ENOMEM. With `exact`, nothing moves any more (the books are closed), and
 * every origin is checked: allocs = frees + live + stale + ghosts + refused +
 * thinned + retold.
 */
int snapshot_create(const struct ledger *ledger, bool exact, struct snapshot **ret_snapshot);
void snapshot_destroy(struct snapshot *s);

enum snapshot_key { SNAPSHOT_BY_BYTES, SNAPSHOT_BY_OBJECTS, SNAPSHOT_BY_ALLOCS, SNAPSHOT_BY_AGE };

/* Sort caches and origins, largest first; a new snapshot is sorted by bytes. 0 or -ENOMEM. */
int snapshot_rank(struct snapshot *s, enum snapshot_key key);
/*
 * Gives another view of the same ledger what this one had: the clock, and what was
 * found to be stale, which stays the snapshot's.
 */
void snapshot_view(const struct snapshot *s, struct ledger *ledger);
/* In which of the SNAPSHOT_SLICES equal slices of the time of booking something was born. */
uint32_t snapshot_slice(const struct ledger *ledger, uint32_t birth);
/* Is this origin of the snapshot that one of the ledger, or one of several? */
bool snapshot_is_origin(const struct snapshot *s, const struct snapshot_origin *o,
			const struct ledger *ledger, uint32_t origin);
/* Is the stack of this record of the ledger that one of the snapshot? */
bool snapshot_is_stack(const struct snapshot_stack *st, const struct ledger *ledger, uint32_t rec);
/* Leave out tasks that have no objects; of their lives they tell another of their name. */
void snapshot_drop_tasks(struct snapshot_stack *st);
/* Is a task of a stack the first of its name, which is known? */
bool snapshot_task_is_first(const struct snapshot_stack *st, size_t task);
/* What threads of one name made in all cgroups: false when there are none. */
bool snapshot_task_by_name(const struct snapshot_stack *st, const char *comm,
			   struct snapshot_task *ret_task);
/* Name of a cache of the ledger: the kernel's, or what its kind is called. */
void snapshot_cache_name(const struct ledger *ledger, uint32_t index, char name[SS_CACHE_NAME]);

#endif
