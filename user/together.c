// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaks that are one: who made them, by which way, and when. */
#include "together.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "verdict.h"

#define MAKERS_MAX  16
#define SHARED_MIN  0.8	 /* of the objects have the same makers: stacks are sampled */
#define BY_CHANCE   0.56 /* difference of independent births: 1 / sqrt(pi) */
#define APART_MAX   0.1	 /* whatever chance would make of few births */
#define APART_EXACT 0.02 /* a few others among many births are no difference */

/* Functions that many ways lead through, outermost: they tell nothing. */
static const char *const common[] = {
	"entry_SYSCALL_64_after_hwframe",
	"entry_SYSENTER_compat_after_hwframe",
	"entry_SYSCALL_compat_after_hwframe",
	"asm_int80_emulation",
	"int80_emulation",
	"do_int80_emulation",
	"do_int80_syscall_32",
	"entry_INT80_compat",
	"do_syscall_64",
	"do_fast_syscall_32",
	"__do_fast_syscall_32",
	"do_SYSENTER_32",
	"x64_sys_call",
	"ia32_sys_call",
	"syscall_exit_to_user_mode",
	"exit_to_user_mode_loop",
	"exit_to_user_mode_prepare",
	"task_work_run",
	"ret_from_fork_asm",
	"ret_from_fork",
	"kthread",
	"kthread_worker_fn",
	"worker_thread",
	"process_one_work",
	"process_scheduled_works",
	"smpboot_thread_fn",
	"run_ksoftirqd",
	"asm_common_interrupt",
	"common_interrupt",
	"asm_sysvec_apic_timer_interrupt",
	"sysvec_apic_timer_interrupt",
	"irq_exit_rcu",
	"__irq_exit_rcu",
	"do_softirq",
	"do_softirq.part.0",
	"__do_softirq",
	"handle_softirqs",
	"rcu_core",
	"rcu_do_batch",
};

static bool is_common(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (!strcmp(name, common[i]))
			return true;
	return false;
}

/* Where the function begins by which this stack came into the kernel; 0: not known. */
static uint64_t way_in(const struct snapshot_stack *st, const struct symbols *symbols)
{
	for (uint32_t i = st->frame_cnt; i-- > 0;) {
		struct symbol sym = symbols_find(symbols, st->frames[i]);

		if (!sym.name)
			return 0;
		if (!is_common(sym.name))
			return st->frames[i] - sym.offset;
	}
	return 0;
}

/* What a leak verdict is about: all stacks of an origin, one, or one program of that. */
struct population {
	const struct snapshot_stack *stacks;
	size_t stack_cnt;
	const char *comm; /* only these; NULL: all */
	uint64_t objects, born[SNAPSHOT_SLICES];
};

static struct population population_of(const struct snapshot_origin *o)
{
	const struct verdict *v = o->verdict;
	const struct snapshot_stack *st = v->by_stack ? &o->stacks[v->stack] : NULL;
	const struct snapshot_pins *pins = st ? st->pins : o->pins;
	struct snapshot_task task = {};
	const bool of_task = st && v->comm && snapshot_task_by_name(st, v->comm, &task);
	struct population p = {
		.stacks = st ? st : o->stacks,
		.stack_cnt = st ? 1 : o->stack_cnt,
		.comm = task.comm,
		.objects = of_task ? task.objects
			   : st	   ? st->objects
				   : o->objects,
	};

	memcpy(p.born,
	       of_task				  ? task.lives.born
	       : v->why == VERDICT_PINNED && pins ? pins->born
	       : st				  ? st->lives.born
						  : o->lives.born,
	       sizeof(p.born));
	return p;
}

static double bytes_of(const struct snapshot_origin *o, const struct population *p)
{
	return o->objects ? (double)p->objects * o->bytes / o->objects : 0;
}

double together_bytes(const struct snapshot_origin *o)
{
	struct population p = population_of(o);

	return bytes_of(o, &p);
}

/* A program and a way into the kernel, and their share of a population. */
struct maker {
	uint64_t way;
	const char *comm;
	double share;
};

struct makers {
	struct maker list[MAKERS_MAX];
	size_t count;
};

/* Is a task's name known? Those beyond the table share one. */
static bool is_named(const struct snapshot_task *t)
{
	return t->comm && strcmp(t->comm, "(other)");
}

/* Which of them; count: none. */
static size_t maker_find(const struct makers *m, uint64_t way, const char *comm)
{
	size_t i = 0;

	while (i < m->count && (m->list[i].way != way || strcmp(m->list[i].comm, comm)))
		i++;
	return i;
}

static void maker_add(struct makers *m, uint64_t way, const struct snapshot_task *t, double share)
{
	size_t known;

	if (!way || !is_named(t))
		return;
	known = maker_find(m, way, t->comm);
	if (known < m->count)
		m->list[known].share += share;
	else if (m->count < MAKERS_MAX)
		m->list[m->count++] = (struct maker){way, t->comm, share};
}

/* Those not known, or beyond the room, are a share that nobody has. */
static void makers_of(const struct population *p, const struct symbols *symbols,
		      struct makers *ret_makers)
{
	double all = 0;

	*ret_makers = (struct makers){};
	for (size_t i = 0; i < p->stack_cnt; i++) {
		uint64_t way = way_in(&p->stacks[i], symbols);

		for (size_t n = 0; n < p->stacks[i].task_cnt; n++) {
			const struct snapshot_task *t = &p->stacks[i].tasks[n];

			if (p->comm && (!t->comm || strcmp(t->comm, p->comm)))
				continue;
			all += t->weight;
			maker_add(ret_makers, way, t, t->weight);
		}
	}
	for (size_t i = 0; i < ret_makers->count; i++)
		ret_makers->list[i].share /= all;
}

/* All that is compared of a leak, found once: it may be compared with thousands of others. */
struct leak {
	size_t origin;
	double bytes, births;
	double born[SNAPSHOT_SLICES]; /* shares of the births */
	struct makers makers;
};

static void leak_init(struct leak *l, const struct snapshot_origin *o, size_t origin,
		      const struct symbols *symbols)
{
	struct population p = population_of(o);

	*l = (struct leak){.origin = origin, .bytes = bytes_of(o, &p)};
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		l->births += p.born[i];
	for (int i = 0; i < SNAPSHOT_SLICES && l->births > 0; i++)
		l->born[i] = p.born[i] / l->births;
	makers_of(&p, symbols, &l->makers);
}

/* What share of both has the same makers? */
static double shared(const struct makers *a, const struct makers *b)
{
	double sum = 0;

	for (size_t i = 0; i < a->count; i++) {
		const struct maker *m = &a->list[i];
		size_t other = maker_find(b, m->way, m->comm);

		sum += other < b->count ? fmin(m->share, b->list[other].share) : 0;
	}
	return sum;
}

/*
 * Half the sum of the differences of their shares by slice: 0 same moments, 1 never the same.
 * Above `most` it is not added up to the end.
 */
static double apart(const struct leak *a, const struct leak *b, double most)
{
	double sum = 0;

	for (int i = 0; i < SNAPSHOT_SLICES && sum <= 2 * most; i++)
		sum += fabs(a->born[i] - b->born[i]);
	return sum / 2;
}

/* Clearly closer than leaks of the same rate, each for itself, would be: half as far apart. */
static bool born_together(const struct leak *a, const struct leak *b)
{
	double births = fmin(a->births, b->births), by_chance, distance;
	int slices = 0;

	if (!(births > 0))
		return false;
	distance = apart(a, b, APART_MAX);
	if (distance > APART_MAX)
		return false;
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		slices += a->born[i] > 0 || b->born[i] > 0;
	by_chance = BY_CHANCE * sqrt(slices / births);
	return distance <= fmax(by_chance / 2, APART_EXACT);
}

/* Makers first: most leaks have others, and these are few to compare. */
static bool are_one(const struct leak *a, const struct leak *b)
{
	return shared(&a->makers, &b->makers) >= SHARED_MIN && born_together(a, b);
}

bool together_made(const struct snapshot_origin *a, const struct snapshot_origin *b,
		   const struct symbols *symbols)
{
	struct leak of_a, of_b;

	leak_init(&of_a, a, 0, symbols);
	leak_init(&of_b, b, 1, symbols);
	return are_one(&of_a, &of_b);
}

/* Most bytes first; of as many, in the order of the snapshot. */
static int by_bytes(const void *a, const void *b)
{
	const struct leak *x = a, *y = b;
	int order = (x->bytes < y->bytes) - (x->bytes > y->bytes);

	return order ? order : (x->origin > y->origin) - (x->origin < y->origin);
}

/* Each leak that none before it stands for, stands for those behind it that are one with it. */
static void find_leaders(const struct leak *leaks, size_t count, size_t *with)
{
	for (size_t first = 0; first < count; first++) {
		if (with[leaks[first].origin] != TOGETHER_ALONE)
			continue;
		for (size_t i = first + 1; i < count; i++)
			if (with[leaks[i].origin] == TOGETHER_ALONE &&
			    are_one(&leaks[first], &leaks[i]))
				with[leaks[i].origin] = leaks[first].origin;
	}
}

size_t *together_find(const struct snapshot *s, const struct symbols *symbols,
		      bool (*is_leak)(const struct snapshot_origin *o))
{
	size_t *with = calloc(s->origin_cnt + 1, sizeof(*with)), count = 0;
	autofree struct leak *leaks = NULL;

	for (size_t i = 0; i < s->origin_cnt; i++)
		count += is_leak(&s->origins[i]);
	leaks = calloc(count + 1, sizeof(*leaks));
	if (!with || !leaks) {
		free(with);
		return NULL;
	}
	count = 0;
	for (size_t i = 0; i < s->origin_cnt; i++) {
		with[i] = TOGETHER_ALONE;
		if (is_leak(&s->origins[i]))
			leak_init(&leaks[count++], &s->origins[i], i, symbols);
	}
	qsort(leaks, count, sizeof(*leaks), by_bytes);
	find_leaders(leaks, count, with);
	return with;
}
