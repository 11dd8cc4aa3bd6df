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

double together_bytes(const struct snapshot_origin *o)
{
	double objects = population_of(o).objects;

	return o->objects ? objects * o->bytes / o->objects : 0;
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

static struct maker *maker_find(struct makers *m, uint64_t way, const char *comm)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->list[i].way == way && !strcmp(m->list[i].comm, comm))
			return &m->list[i];
	return NULL;
}

static void maker_add(struct makers *m, uint64_t way, const struct snapshot_task *t, double share)
{
	struct maker *known;

	if (!way || !is_named(t))
		return;
	known = maker_find(m, way, t->comm);
	if (known)
		known->share += share;
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

/* What share of both has the same makers? */
static double shared(const struct population *a, const struct population *b,
		     const struct symbols *symbols)
{
	struct makers of_a, of_b;
	double sum = 0;

	makers_of(a, symbols, &of_a);
	makers_of(b, symbols, &of_b);
	for (size_t i = 0; i < of_a.count; i++) {
		const struct maker *m = &of_a.list[i];
		const struct maker *other = maker_find(&of_b, m->way, m->comm);

		sum += other ? fmin(m->share, other->share) : 0;
	}
	return sum;
}

static double births_of(const uint64_t *born)
{
	double sum = 0;

	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		sum += born[i];
	return sum;
}

/* Half the sum of the differences of their shares by slice: 0 same moments, 1 never the same. */
static double apart(const uint64_t *a, const uint64_t *b)
{
	double all_a = births_of(a), all_b = births_of(b), sum = 0;

	if (!(all_a > 0) || !(all_b > 0))
		return 1;
	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		sum += fabs(a[i] / all_a - b[i] / all_b);
	return sum / 2;
}

/* Clearly closer than leaks of the same rate, each for itself, would be: half as far apart. */
static bool born_together(const uint64_t *a, const uint64_t *b)
{
	double births = fmin(births_of(a), births_of(b)), limit;
	int slices = 0;

	for (int i = 0; i < SNAPSHOT_SLICES; i++)
		slices += a[i] || b[i];
	if (!(births > 0))
		return false;
	limit = BY_CHANCE * sqrt(slices / births) / 2;
	return apart(a, b) <= fmax(fmin(limit, APART_MAX), APART_EXACT);
}

bool together_made(const struct snapshot_origin *a, const struct snapshot_origin *b,
		   const struct symbols *symbols)
{
	struct population of_a = population_of(a), of_b = population_of(b);

	return born_together(of_a.born, of_b.born) && shared(&of_a, &of_b, symbols) >= SHARED_MIN;
}

/* The leak with most bytes among those not placed yet; origin_cnt: there is none. */
static size_t next_leak(const struct snapshot *s, const bool *waits)
{
	size_t most = s->origin_cnt;

	for (size_t i = 0; i < s->origin_cnt; i++)
		if (waits[i] &&
		    (most == s->origin_cnt ||
		     together_bytes(&s->origins[i]) > together_bytes(&s->origins[most])))
			most = i;
	return most;
}

size_t *together_find(const struct snapshot *s, const struct symbols *symbols,
		      bool (*is_leak)(const struct snapshot_origin *o))
{
	autofree bool *waits = calloc(s->origin_cnt + 1, sizeof(*waits));
	size_t *with = calloc(s->origin_cnt + 1, sizeof(*with));
	size_t first;

	if (!waits || !with) {
		free(with);
		return NULL;
	}
	for (size_t i = 0; i < s->origin_cnt; i++) {
		with[i] = TOGETHER_ALONE;
		waits[i] = is_leak(&s->origins[i]);
	}
	while ((first = next_leak(s, waits)) < s->origin_cnt) {
		waits[first] = false;
		for (size_t i = 0; i < s->origin_cnt; i++)
			if (waits[i] &&
			    together_made(&s->origins[first], &s->origins[i], symbols)) {
				with[i] = first;
				waits[i] = false;
			}
	}
	return with;
}
