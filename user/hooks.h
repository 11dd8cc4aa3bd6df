/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every place where objects enter or leave the slab, what hooks it, and what is
 * hidden when nothing can. hooks_plan() decides; the tracer attaches; reports
 * and the doctor tell.
 */
#ifndef SS_HOOKS_H
#define SS_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel.h"
#include "wire.h"

#define HOOK_COUNT  10
#define HOOK_COPIES 3 /* of a program, at most */

enum hook_kind {
	HOOK_RAW_TP,
	HOOK_FENTRY,
	HOOK_FEXIT,
	HOOK_KPROBE,
	HOOK_KRETPROBE, /* a kprobe that keeps the arguments, and a kretprobe */
};

/* More copies of a program, which see what the kernel makes the first one skip. */
enum hook_second {
	SECOND_NONE,
	SECOND_SAME,  /* on the same event or function */
	SECOND_ENTRY, /* fentry on the function, beside the event */
	SECOND_BOTH,  /* that, and a third on the event */
};

enum hook_state {
	HOOK_ABSENT,  /* this kernel has no such event or function: nothing to see */
	HOOK_MISSING, /* it has, and it cannot be hooked: `why` */
	HOOK_PLANNED,
	HOOK_ATTACHED,
};

/* What is fixed about a hook. */
struct hook_spec {
	const char *name;	 /* as reported */
	const char *targets[4];	 /* events or functions, best first; the first that exists is it */
	enum hook_kind kind;	 /* fentry falls back to kprobe, fexit to kretprobe */
	const char *programs[2]; /* the second a copy of the first, where `second` says so */
	const char *entry;	 /* the copy for the function's entry, for events that have one */
	enum ss_twins twins;	 /* where there may be copies */
	bool is_free;
	bool required; /* without it nothing is worth reporting */
	const char *covers;
	const char *hides; /* what its absence does to the report */
};

struct hook {
	const struct hook_spec *spec;
	const char *target; /* NULL: absent */
	enum hook_kind kind;
	enum hook_state state;
	enum hook_second second;
	char why[80]; /* it is missing, or its second copy is */
};

/* What is hidden where a free has one program only. */
#define HOOKS_SKIPPED "frees in an interrupt of its own program, which are counted as skipped"

enum coverage_grade { COVERAGE_FULL, COVERAGE_PARTIAL, COVERAGE_POOR };

extern const struct hook_spec hook_specs[HOOK_COUNT];

/*
 * Decide for every hook, by BTF and trial loads. Attaches nothing. `twice`: the
 * free events get their second copy even where that is dear.
 */
void hooks_plan(const struct kernel *k, bool twice, struct hook hooks[HOOK_COUNT]);
/* What is attached at function entry or exit turned out not to be called: it counts as missing. */
void hooks_lose_entries(struct hook hooks[HOOK_COUNT], const char *why);
/* Can a free be skipped here, because no second copy of its program sees it? */
bool hooks_skips(const struct hook *h);
/* Is there a copy at the function's entry, beside those on the event? */
bool hooks_has_entry(const struct hook *h);
/* Its second copy cannot be had: go on with one, and say so. */
void hooks_lose_second(struct hook *h, const char *why);
/*
 * full: every way in and out that this kernel has is hooked. partial: objects
 * or frees are missed on some. poor: one of the four kmem events is missing.
 */
enum coverage_grade hooks_grade(const struct hook hooks[HOOK_COUNT]);
const char *hooks_grade_name(enum coverage_grade grade);
const char *hooks_kind_name(enum hook_kind kind);
/* The BPF program of copy 0, 1 or 2, in buf, and its kind; NULL when there is no such copy. */
const char *hooks_program(const struct hook *h, int copy, char buf[16], enum hook_kind *ret_kind);
/* How it is hooked, as "raw_tp x2" or "raw_tp + fentry", in buf. */
const char *hooks_how(const struct hook *h, char buf[24]);

#endif
