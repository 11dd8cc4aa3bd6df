// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of hooks and the decision about each. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "hooks.h"

const struct hook_spec hook_specs[HOOK_COUNT] = {
	{
		.name = "kfree",
		.targets = {"kfree"},
		.programs = {"ss_kfree", "ss_kfree_2"},
		.entry = "ss_kfree_f",
		.twins = SS_TWINS_KFREE,
		.is_free = true,
		.required = true,
		.covers = "kfree, kvfree, kfree_sensitive",
		.hides = "no free of kmalloc memory is seen",
	},
	{
		.name = "kmem_cache_free",
		.targets = {"kmem_cache_free"},
		.programs = {"ss_cache_free", "ss_cache_free_2"},
		.entry = "ss_cache_free_f",
		.twins = SS_TWINS_CACHE_FREE,
		.is_free = true,
		.required = true,
		.covers = "kmem_cache_free",
		.hides = "no free to a named cache is seen",
	},
	{
		.name = "kvfree_call_rcu",
		.targets = {"kvfree_call_rcu"},
		.kind = HOOK_FENTRY,
		.programs = {"ss_rcu", "ss_rcu_2"},
		.twins = SS_TWINS_RCU,
		.is_free = true,
		.covers = "kfree_rcu, kvfree_rcu",
		.hides = "objects freed by kfree_rcu stay in the books: maple-tree nodes, names of "
			 "renamed files, socket bind buckets",
	},
	{
		.name = "kmem_cache_free_bulk",
		.targets = {"kmem_cache_free_bulk"},
		.kind = HOOK_FENTRY,
		.programs = {"ss_bulk", "ss_bulk_2"},
		.twins = SS_TWINS_BULK,
		.is_free = true,
		.covers = "kmem_cache_free_bulk, kfree_bulk, RCU batches",
		.hides = "objects freed in bulk stay in the books: maple-tree nodes, network "
			 "buffers (sk_buff)",
	},
	{
		.name = "kfree_nolock",
		.targets = {"kfree_nolock"},
		.kind = HOOK_FENTRY,
		.programs = {"ss_nolock", "ss_nolock_2"},
		.twins = SS_TWINS_NOLOCK,
		.is_free = true,
		.covers = "kfree_nolock (BPF)",
		.hides = "frees by BPF's own allocator are not seen",
	},
	{
		.name = "kmem_cache_destroy",
		.targets = {"kmem_cache_destroy"},
		.kind = HOOK_FENTRY,
		.programs = {"ss_destroyed"},
		.is_free = true,
		.covers = "caches destroyed with objects in them",
		.hides = "objects left in a destroyed cache are not told apart",
	},
	{
		.name = "kmalloc",
		.targets = {"kmalloc"},
		.programs = {"ss_kmalloc", "ss_kmalloc_2"},
		.twins = SS_TWINS_KMALLOC,
		.required = true,
		.covers = "kmalloc and its relatives",
		.hides = "no kmalloc memory is in the books",
	},
	{
		.name = "kmem_cache_alloc",
		.targets = {"kmem_cache_alloc"},
		.programs = {"ss_cache_alloc", "ss_cache_alloc2"},
		.twins = SS_TWINS_CACHE_ALLOC,
		.required = true,
		.covers = "kmem_cache_alloc and its relatives",
		.hides = "no object of a named cache is in the books",
	},
	{
		.name = "kmem_cache_alloc_bulk",
		.targets = {"kmem_cache_alloc_bulk_noprof", "kmem_cache_alloc_bulk"},
		.kind = HOOK_FEXIT,
		.programs = {"ss_bulk_alloc"},
		.covers = "kmem_cache_alloc_bulk",
		.hides = "objects allocated in bulk are not in the books: io_uring requests, some "
			 "network buffers",
	},
	{
		.name = "kmalloc_nolock",
		.targets = {"__kmalloc_nolock_noprof", "_kmalloc_nolock_noprof",
			    "kmalloc_nolock_noprof"},
		.kind = HOOK_FEXIT,
		.programs = {"ss_nolock_all"},
		.covers = "kmalloc_nolock (BPF)",
		.hides = "memory of BPF's own allocator is not in the books",
	},
};

static const char *first_target(const struct kernel *k, const struct hook_spec *spec)
{
	for (size_t i = 0; i < ARRAY_SIZE(spec->targets) && spec->targets[i]; i++) {
		bool exists = spec->kind == HOOK_RAW_TP ? kernel_has_event(k, spec->targets[i])
							: kernel_has_function(k, spec->targets[i]);
		if (exists)
			return spec->targets[i];
	}
	return NULL;
}

static const char *refusal(int err)
{
	switch (-err) {
	case EPERM:
		return "refused by the kernel (EPERM)";
	case EOPNOTSUPP:
		return "no kprobes in this kernel";
	case ENODEV:
		return "switched off (kernel.ftrace_enabled=0)";
	case ECANCELED:
		return "avoided (SLABSIGHT_NO_FENTRY is set)";
	case ENOENT:
		return "function not found";
	default:
		return strerror(-err);
	}
}

static void plan_function(const struct kernel *k, struct hook *h)
{
	int fentry = kernel_try_fentry(k, h->target), kprobe;

	h->state = HOOK_PLANNED;
	h->kind = h->spec->kind;
	if (!fentry)
		return;
	kprobe = kernel_try_kprobe(h->target);
	if (!kprobe) {
		h->kind = h->spec->kind == HOOK_FEXIT ? HOOK_KRETPROBE : HOOK_KPROBE;
		return;
	}
	h->state = HOOK_MISSING;
	if (kprobe == fentry)
		snprintf(h->why, sizeof(h->why), "%s and kprobe %s", hooks_kind_name(h->spec->kind),
			 refusal(kprobe));
	else
		snprintf(h->why, sizeof(h->why), "%s %s; %s", hooks_kind_name(h->spec->kind),
			 refusal(fentry), refusal(kprobe));
}

/*
 * A second raw_tp program on an event costs more than everything else that we
 * do there: the kernel calls a single one directly and two through a loop.
 * fentry is a copy that leaves the event alone. Where functions cannot be hooked
 * at all, many frees are unseen anyhow: there the second copy is on demand.
 * Allocations need one only where the first can be preempted.
 */
static enum hook_second plan_second(const struct kernel *k, const struct hook *h, bool twice)
{
	/* All kprobe programs share one guard: a second copy would be skipped with the first. */
	if (!h->spec->programs[1] || h->kind == HOOK_KPROBE)
		return SECOND_NONE;
	if (h->kind == HOOK_RAW_TP && !h->spec->is_free)
		return k->events_preempt ? SECOND_SAME : SECOND_NONE;
	if (!h->spec->entry)
		return SECOND_SAME;
	if (!kernel_try_fentry(k, h->target))
		return k->events_preempt ? SECOND_BOTH : SECOND_ENTRY;
	return twice || !kernel_try_kprobe(h->target) ? SECOND_SAME : SECOND_NONE;
}

void hooks_plan(const struct kernel *k, bool twice, struct hook hooks[HOOK_COUNT])
{
	for (size_t i = 0; i < HOOK_COUNT; i++) {
		struct hook *h = &hooks[i];

		*h = (struct hook){.spec = &hook_specs[i], .kind = hook_specs[i].kind};
		h->target = first_target(k, h->spec);
		if (k->need != KERNEL_OK && (h->target || h->spec->required)) {
			h->state = HOOK_MISSING;
			snprintf(h->why, sizeof(h->why), "nothing can be traced here");
		} else if (!h->target && h->spec->required) {
			h->state = HOOK_MISSING;
			snprintf(h->why, sizeof(h->why), "no such event in this kernel's BTF");
		} else if (h->target && h->spec->kind == HOOK_RAW_TP) {
			h->state = HOOK_PLANNED;
		} else if (h->target) {
			plan_function(k, h);
		}
		if (h->state == HOOK_PLANNED)
			h->second = plan_second(k, h, twice);
	}
}

void hooks_lose_entries(struct hook hooks[HOOK_COUNT], const char *why)
{
	for (size_t i = 0; i < HOOK_COUNT; i++) {
		struct hook *h = &hooks[i];

		if (h->state != HOOK_ATTACHED)
			continue;
		if (h->second == SECOND_ENTRY)
			h->second = SECOND_NONE;
		if (h->second == SECOND_BOTH)
			h->second = SECOND_SAME;
		if (h->kind != HOOK_FENTRY && h->kind != HOOK_FEXIT)
			continue;
		h->state = HOOK_MISSING;
		snprintf(h->why, sizeof(h->why), "%s", why);
	}
}

bool hooks_skips(const struct hook *h)
{
	bool present = h->state == HOOK_PLANNED || h->state == HOOK_ATTACHED;

	return present && h->spec->is_free && h->spec->twins != SS_TWINS_NONE &&
	       h->second == SECOND_NONE;
}

void hooks_lose_second(struct hook *h, const char *why)
{
	h->second = SECOND_NONE;
	snprintf(h->why, sizeof(h->why), "its second copy would not attach: %s", why);
}

enum coverage_grade hooks_grade(const struct hook hooks[HOOK_COUNT])
{
	enum coverage_grade grade = COVERAGE_FULL;

	for (size_t i = 0; i < HOOK_COUNT; i++) {
		const struct hook *h = &hooks[i];
		if (h->state == HOOK_MISSING && h->spec->required)
			return COVERAGE_POOR;
		if (h->state == HOOK_MISSING || hooks_skips(h))
			grade = COVERAGE_PARTIAL;
	}
	return grade;
}

const char *hooks_grade_name(enum coverage_grade grade)
{
	static const char *const name[] = {"full", "partial", "poor"};

	return name[grade];
}

const char *hooks_kind_name(enum hook_kind kind)
{
	static const char *const name[] = {"raw_tp", "fentry", "fexit", "kprobe", "kretprobe"};

	return name[kind];
}

bool hooks_has_entry(const struct hook *h)
{
	return h->second == SECOND_ENTRY || h->second == SECOND_BOTH;
}

const char *hooks_program(const struct hook *h, int copy, char buf[16], enum hook_kind *ret_kind)
{
	static const int copies[] = {
		[SECOND_NONE] = 1, [SECOND_SAME] = 2, [SECOND_ENTRY] = 2, [SECOND_BOTH] = 3};
	bool entry = copy == 1 && hooks_has_entry(h), pair = h->kind == HOOK_KRETPROBE;

	if (copy >= (pair ? 2 : copies[h->second]))
		return NULL;
	*ret_kind = entry ? HOOK_FENTRY : pair && !copy ? HOOK_KPROBE : h->kind;
	snprintf(buf, 16, "%s%s", entry ? h->spec->entry : h->spec->programs[copy && !pair ? 1 : 0],
		 *ret_kind == HOOK_KPROBE      ? "_k"
		 : *ret_kind == HOOK_KRETPROBE ? "_r"
					       : "");
	return buf;
}

const char *hooks_how(const struct hook *h, char buf[24])
{
	static const char *const more[] = {[SECOND_NONE] = "",
					   [SECOND_SAME] = " x2",
					   [SECOND_ENTRY] = " + fentry",
					   [SECOND_BOTH] = " x2 + fentry"};

	snprintf(buf, 24, "%s%s", hooks_kind_name(h->kind), more[h->second]);
	return buf;
}
