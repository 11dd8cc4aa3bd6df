// SPDX-License-Identifier: GPL-2.0-or-later
/* Births of dentries, made up. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made_births.h"

#define TEXT_BASE 0xffffffff81000000ull

const char made_births_kallsyms[] = "ffffffff81000000 t bpf_prog_1_ss_dent_born\n"
				    "ffffffff81000100 T kmem_cache_alloc_lru_noprof\n"
				    "ffffffff81000200 t __d_alloc\n"
				    "ffffffff81000300 T d_alloc\n"
				    "ffffffff81000400 T d_alloc_parallel.isra.0\n"
				    "ffffffff81000500 T d_alloc_pseudo\n"
				    "ffffffff81000600 t __lookup_slow\n"
				    "ffffffff81000700 t nfs_lookup\t[nfs]\n"
				    "ffffffff81000800 T dput\n"
				    "ffffffff81000900 t __fput\n"
				    "ffffffff81000a00 T last\n";

uint64_t made_frame(enum made_frame frame)
{
	return TEXT_BASE + 0x100 * frame + 0x12;
}

static int place(void *arg, const struct dentries_place *where, char path[DENTRY_PATH],
		 bool *ret_in_memory)
{
	const struct made_births *m = arg;

	*ret_in_memory = m->in_memory;
	if (!where->parent)
		snprintf(path, DENTRY_PATH, "(no directory: pipefs)");
	else
		snprintf(path, DENTRY_PATH, "%s", m->path ? m->path : "/etc/pki/nssdb");
	return m->place_result;
}

void made_births_init(struct made_births *m, size_t room)
{
	struct dentry_births_config config = {
		.dentries = &m->flags, .room = room, .place = place, .arg = m};

	memset(m, 0, sizeof(*m));
	m->flags = made_config(&m->dentries, room);
	m->in = (struct dentry_births_counted){
		.procs = m->procs,
		.living = m->living,
		.stacks = m->stacks,
		.totals = {.scale = 1},
		.seconds = 10,
		.ticks = 40,
	};
	m->report.top = 10;
	assert_int_equal(dentry_births_create(&config, &m->births), 0);
}

void made_births_release(struct made_births *m)
{
	dentry_births_report_deinit(&m->report);
	dentry_births_destroy(m->births);
	symbols_destroy(m->symbols);
}

struct ss_proc_key made_births_proc(struct made_births *m, uint32_t pid, const char *comm,
				    uint64_t cgroup)
{
	struct births_proc *p = &m->procs[m->in.proc_cnt++];
	size_t len = strlen(comm);

	assert_true(m->in.proc_cnt <= MADE_PROCS);
	*p = (struct births_proc){.key = {.tgid = pid, .cgroup = cgroup}};
	memcpy(p->key.comm, comm, len < sizeof(p->key.comm) ? len : sizeof(p->key.comm));
	return p->key;
}

int32_t made_births_stack(struct made_births *m, const enum made_frame *frames)
{
	struct births_stack *s = &m->stacks[m->in.stack_cnt++];

	assert_true(m->in.stack_cnt <= MADE_STACKS);
	s->id = (int32_t)(3 * m->in.stack_cnt);
	for (size_t i = 0; frames[i] != MADE_FRAMES; i++)
		s->frames[i] = made_frame(frames[i]);
	return s->id;
}

static void count_birth(struct made_births *m, const struct ss_proc_key *proc, uint64_t births,
			uint64_t living)
{
	m->in.totals.births += births;
	for (size_t i = 0; i < m->in.proc_cnt; i++) {
		if (memcmp(&m->procs[i].key, proc, sizeof(*proc)))
			continue;
		m->procs[i].births += births;
		m->procs[i].living += living;
	}
}

struct ss_born *made_born(struct made_births *m, const struct ss_proc_key *proc, int32_t stack,
			  uint32_t tick)
{
	struct births_living *l = &m->living[m->in.living_cnt++];

	/* Addresses of made dentries only grow. */
	l->address = made_last(&m->dentries)->address;
	l->born =
		(struct ss_born){.proc = *proc, .stack = stack, .tick = tick, .weight = stack >= 0};
	count_birth(m, proc, m->in.totals.scale, m->in.totals.scale);
	for (size_t i = 0; i < m->in.stack_cnt; i++)
		if (m->stacks[i].id == stack)
			m->stacks[i].births++;
	return &l->born;
}

void made_born_and_died(struct made_births *m, const struct ss_proc_key *proc, const char *name,
			uint32_t weight)
{
	struct ss_obituary o = {
		.proc = *proc,
		.parent = 0x1234,
		.super = MADE_EXT4,
		.weight = weight,
		.name_len = strlen(name),
		.name_have = sizeof(o.name),
	};

	memcpy(o.name, name, strlen(name) < sizeof(o.name) ? strlen(name) : sizeof(o.name));
	assert_int_equal(dentry_births_died(m->births, &o), 0);
	count_birth(m, proc, weight, 0);
	m->in.totals.deaths += weight;
}

static int by_proc(const void *a, const void *b)
{
	const struct births_proc *x = a, *y = b;

	return memcmp(&x->key, &y->key, sizeof(x->key));
}

void made_births_report(struct made_births *m, void **state, struct cgroups *cgroups, size_t rows)
{
	qsort(m->procs, m->in.proc_cnt, sizeof(*m->procs), by_proc);
	assert_int_equal(dentry_births_counted(m->births, &m->in), 0);
	for (size_t i = 0; i < m->dentries.count; i++)
		assert_int_equal(dentry_births_met(m->births, &m->dentries.all[i]), 0);
	assert_int_equal(dentry_births_end(m->births), 0);
	assert_int_equal(
		symbols_create(sandbox_file(state, "kallsyms", made_births_kallsyms), &m->symbols),
		0);
	assert_int_equal(
		dentry_births_report_build(&m->report, m->births, m->symbols, cgroups, rows), 0);
}
