// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cold half of the stack store: keeping what ss_stack_read() found. Entries
 * are claimed by compare-and-swap on a hash and become visible by `ready`; one
 * that is claimed but not ready yet is passed over, which at worst keeps a stack
 * twice (user space merges equal frames).
 */
#include "stacks.bpf.h"

/*
 * The three loops over frames are functions of their own, checked once by the
 * verifier each; together with the probing around them they are too much for it.
 */
__noinline u64 ss_frames_hash(u32 source)
{
	struct ss_scratch *s = ss_at(&ss_scratches, source);
	u64 h = 1;

	if (!s)
		return 0;
	for (u32 i = 0; i < SS_DEPTH; i++) {
		u32 at = s->start + i;

		if (at >= s->depth)
			break;
		h = (h ^ ss_ip(s, at)) * SS_HASH;
		h ^= h >> 29;
	}
	return h ? h : 1;
}

__noinline int ss_frames_equal(u32 index, u32 source)
{
	struct ss_scratch *s = ss_at(&ss_scratches, source);
	struct ss_stack *e = ss_at(&ss_stacks, index);

	if (!s || !e || e->count != s->depth - s->start)
		return 0;
	for (u32 i = 0; i < SS_DEPTH; i++) {
		u64 *frame;

		if (i >= e->count)
			break;
		frame = ss_at(&ss_frames, e->first + i);
		if (!frame || *frame != ss_ip(s, s->start + i))
			return 0;
	}
	return 1;
}

__noinline int ss_frames_store(u32 index, u32 source)
{
	struct ss_scratch *s = ss_at(&ss_scratches, source);
	struct ss_stack *e = ss_at(&ss_stacks, index);
	u32 first, count;

	if (!s || !e)
		return 0;
	count = s->depth - s->start;
	if (count > SS_DEPTH)
		return 0;
	first = __sync_fetch_and_add(&ss_control.frames_used, count);
	if (first + count > SS_FRAMES)
		return 0;
	for (u32 i = 0; i < SS_DEPTH; i++) {
		u64 *frame;

		if (i >= count)
			break;
		frame = ss_at(&ss_frames, first + i);
		if (!frame)
			return 0;
		*frame = ss_ip(s, s->start + i);
	}
	e->first = first;
	e->count = count;
	SS_WRITE(e->ready, 1);
	return 1;
}

/*
 * A turn of each search is a function of its own, too: whether what is looked for is
 * there, or can be put there; -1: it cannot, and nowhere else either.
 */
__noinline int ss_stack_at(u32 index, u64 hash, u32 source)
{
	struct ss_stack *e = ss_at(&ss_stacks, index);

	if (!e)
		return -1;
	if (e->hash == hash && SS_READ(e->ready) && ss_frames_equal(index, source))
		return 1;
	if (!e->hash && __sync_val_compare_and_swap(&e->hash, 0, hash) == 0)
		return ss_frames_store(index, source) ? 1 : -1;
	return 0;
}

/* Index of the stack in the store plus one; 0: full. */
__noinline u32 ss_stack_index(u32 source)
{
	u64 hash = ss_frames_hash(source);

	for (u32 i = 0; i < SS_STACK_TRIES; i++) {
		u32 index = ((u32)(hash >> 32) + i) & (SS_STACKS - 1);
		int found = ss_stack_at(index, hash, source);

		if (found)
			return found > 0 ? index + 1 : 0;
	}
	return 0;
}

__noinline int ss_task_at(u32 index, u64 hash, u64 comm, u64 comm_end, u64 cgroup)
{
	struct ss_task *t = ss_at(&ss_tasks, index);
	u64 *name;

	if (!t)
		return -1;
	name = (u64 *)t->comm;
	if (t->hash == hash && SS_READ(t->ready) && name[0] == comm && name[1] == comm_end &&
	    t->cgroup == cgroup)
		return 1;
	if (t->hash || __sync_val_compare_and_swap(&t->hash, 0, hash) != 0)
		return 0;
	name[0] = comm;
	name[1] = comm_end;
	t->cgroup = cgroup;
	SS_WRITE(t->ready, 1);
	return 1;
}

/*
 * Index of the current task's name and cgroup plus one; 0: full. Worker threads share
 * one name, and say nothing by where they are.
 */
__noinline u32 ss_task_index(void)
{
	u64 comm[2] = {}, cgroup = 0, hash;

	bpf_get_current_comm(comm, sizeof(comm));
	if (comm[0] == 0x2f72656b726f776bull) /* "kworker/" */
		comm[1] = 0;
	else if (ss_cgroup_ids)
		cgroup = bpf_get_current_cgroup_id();
	hash = ((((comm[0] * SS_HASH) ^ comm[1]) * SS_HASH) ^ cgroup) * SS_HASH;
	hash = hash ? hash : 1;
	for (u32 i = 0; i < SS_STACK_TRIES; i++) {
		u32 index = ((u32)(hash >> 32) + i) & (SS_TASKS - 1);
		int found = ss_task_at(index, hash, comm[0], comm[1], cgroup);

		if (found > 0)
			return index + 1;
		if (found)
			break;
	}
	ss_tally(tasks_full, 1);
	return 0;
}

/*
 * An exponential variate by von Neumann's method, which needs comparisons only:
 * the first of a run of falling random numbers is distributed as exp(-x) when the
 * run's length is odd; each run of even length before it adds one. That takes four
 * numbers on average, and more than 64 once in a thousand million times.
 */
static __always_inline u64 ss_exponential(void)
{
	u32 first = bpf_get_prandom_u32(), last = first;
	u64 whole = 0;
	bool odd = true;

	for (u32 i = 0; i < 64; i++) {
		u32 next = bpf_get_prandom_u32();

		if (next <= last) {
			odd = !odd;
		} else if (odd) {
			break;
		} else {
			whole += 1ull << 32;
			first = next = bpf_get_prandom_u32();
			odd = true;
		}
		last = next;
	}
	return whole + first; /* 32 bits are behind the point */
}

/*
 * A geometric variate is an exponential one times -1 / ln(1 - 1/n), rounded down;
 * of that factor, n - 1/2 - 1/12n is right to 0.1 % even for n = 4.
 */
__noinline u32 ss_stack_skip(u32 class)
{
	u64 n = 1ull << 2 * (class & (SS_CLASSES - 1));
	u64 factor = (n << 16) - (1 << 15) - 5461 / n; /* 16 bits are behind the point */

	return n > 1 ? (ss_exponential() >> 8) * factor >> 40 : 0;
}

__noinline int ss_stack_keep(u32 source, u32 origin)
{
	u32 stack = ss_stack_index(source);
	u64 key, h;

	if (!stack) {
		ss_tally(stacks_full, 1);
		return 0;
	}
	key = ((u64)origin << 32 | stack << 16 | ss_task_index()) + 1;
	h = key * SS_HASH >> 32;
	for (u32 i = 0; i < SS_STACK_TRIES; i++) {
		u32 index = (h + i) & (SS_RECS - 1);
		struct ss_rec *r;
		u64 was;

		if (!index)
			continue;
		r = ss_at(&ss_recs, index);
		if (!r)
			break;
		if (r->key == key)
			return index;
		if (r->key)
			continue;
		was = __sync_val_compare_and_swap(&r->key, 0, key);
		if (was == 0 || was == key)
			return index;
	}
	ss_tally(stacks_full, 1);
	return 0;
}
