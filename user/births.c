// SPDX-License-Identifier: GPL-2.0-or-later
/* Load, steer and read the programs that watch dentries being born and die. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "births.h"
#include "cleanup.h"
#include "grace.h"
#include "loader.h"

#include "births.skel.h" /* needs what births_wire.h defines */

#define PER_S	     2000.0 /* stacks, and obituaries: 2 us each, 0.4 % of a CPU */
#define INTERVAL_MAX (1u << 20)
#define FULL_SHARE   0.75 /* of the table of addresses, before its threshold is halved */

struct births {
	struct births_bpf *skel;
	struct bpf_link *links[4];
	size_t link_cnt;
	struct ring_buffer *ring;
	void (*died)(void *arg, const struct ss_obituary *o);
	void *arg;
	uint64_t last_births, last_deaths;
	bool refs;

	struct births_proc *procs;
	size_t proc_cnt;
	struct births_living *living;
	size_t living_cnt;
	struct births_stack *stacks;
	size_t stack_cnt;
};

static double scale_of(const struct ss_births *x)
{
	return 4294967296.0 / ((double)x->threshold + 1);
}

static int on_obituary(void *arg, void *data, size_t size)
{
	struct births *b = arg;
	struct ss_obituary o;

	if (size < sizeof(o) || !b->died)
		return 0;
	memcpy(&o, data, sizeof(o));
	/* Of what is not remembered no death is told. */
	o.weight *= scale_of(&b->skel->data->ss_births);
	b->died(b->arg, &o);
	return 0;
}

static int load(struct births *b, const struct kernel *k, char why[160])
{
	int err;

	b->skel = births_bpf__open();
	if (!b->skel) {
		snprintf(why, 160, "cannot open the BPF programs: %s", strerror(errno));
		return -errno;
	}
	if (!(k->capabilities & 1ull << CAP_SYS_ADMIN))
		loader_forget_modules(b->skel->progs.ss_dent_born);
	if (b->refs)
		bpf_program__set_autoload(b->skel->progs.ss_dent_put, true);
	err = births_bpf__load(b->skel);
	if (err)
		snprintf(why, 160, "the kernel refused the BPF programs: %s%s%s", strerror(-err),
			 *loader_words() ? ": " : "", loader_words());
	return err;
}

/* Not getpid(): a container's own view of process ids differs. */
static int name_self(struct births *b, char why[160])
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(b->skel->progs.ss_dent_self), &opts);

	if (err)
		snprintf(why, 160, "cannot run a BPF program: %s", strerror(-err));
	return err;
}

/* Deaths first: a birth whose death goes unseen would look alive for ever. */
static int attach(struct births *b, char why[160])
{
	struct bpf_program *const programs[] = {
		b->skel->progs.ss_dent_died2,
		b->skel->progs.ss_dent_died1,
		b->refs ? b->skel->progs.ss_dent_put : NULL,
		b->skel->progs.ss_dent_born,
	};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		struct bpf_link *link;

		if (!programs[i])
			continue;
		link = bpf_program__attach(programs[i]);
		if (!link) {
			snprintf(why, 160, "cannot hook %s: %s",
				 bpf_program__section_name(programs[i]), strerror(errno));
			return -errno;
		}
		b->links[b->link_cnt++] = link;
	}
	return 0;
}

int births_create(const struct kernel *k, uint64_t key, bool refs, struct births **ret_births,
		  char why[160])
{
	struct births *b;
	int err;

	if (refs && kernel_try_fentry(k, "dput")) {
		snprintf(why, 160,
			 "puts cannot be counted: this kernel does not let function entry be "
			 "hooked (fentry on dput); leave out --refs");
		return -EOPNOTSUPP;
	}
	b = calloc(1, sizeof(*b));
	if (!b) {
		snprintf(why, 160, "out of memory");
		return -ENOMEM;
	}
	b->refs = refs;
	loader_listen();
	err = loader_allow_files(why);
	if (!err)
		err = load(b, k, why);
	if (!err)
		err = name_self(b, why);
	if (!err) {
		b->skel->data->ss_births.key = key;
		b->ring =
			ring_buffer__new(bpf_map__fd(b->skel->maps.ss_obits), on_obituary, b, NULL);
		err = b->ring ? attach(b, why) : -errno;
		if (!b->ring)
			snprintf(why, 160, "cannot map the ring buffer: %s", strerror(-err));
	}
	if (err) {
		births_destroy(b);
		return err;
	}
	*ret_births = b;
	return 0;
}

void births_destroy(struct births *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->link_cnt; i++)
		bpf_link__destroy(b->links[i]);
	ring_buffer__free(b->ring);
	births_bpf__destroy(b->skel);
	free(b->procs);
	free(b->living);
	free(b->stacks);
	free(b);
}

void births_start(struct births *b)
{
	__atomic_store_n(&b->skel->data->ss_births.on, 1, __ATOMIC_SEQ_CST);
}

void births_stop(struct births *b)
{
	__atomic_store_n(&b->skel->data->ss_births.on, 0, __ATOMIC_SEQ_CST);
	grace_period();
}

/* One of so many, a power of 2, so that at most PER_S are taken in a second. */
static uint32_t interval_for(double per_s)
{
	uint32_t interval = 1;

	while (per_s / interval > PER_S && interval < INTERVAL_MAX)
		interval *= 2;
	return interval;
}

/* As ss_remembered() in births.bpf.c. */
static bool remembered(const struct ss_births *x, uint64_t address)
{
	return (uint32_t)(address * 0x9E3779B97F4A7C15ull >> 32) <= x->threshold;
}

/* All that is remembered, into b->living; some of it may be above the threshold. */
static int read_born(struct births *b)
{
	int fd = bpf_map__fd(b->skel->maps.ss_born);
	autofree uint64_t *keys = calloc(SS_BORN, sizeof(*keys));
	autofree struct ss_born *values = calloc(SS_BORN, sizeof(*values));
	uint32_t count = SS_BORN, position;
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	int err;

	if (!b->living)
		b->living = calloc(SS_BORN, sizeof(*b->living));
	if (!keys || !values || !b->living)
		return -ENOMEM;
	err = bpf_map_lookup_batch(fd, NULL, &position, keys, values, &count, &opts);
	if (err && err != -ENOENT)
		return err;
	for (b->living_cnt = 0; b->living_cnt < count; b->living_cnt++)
		b->living[b->living_cnt] = (struct births_living){.address = keys[b->living_cnt],
								  .born = values[b->living_cnt]};
	return 0;
}

/* Remember half as many addresses, and forget the others. */
static int halve(struct births *b)
{
	struct ss_births *x = &b->skel->data->ss_births;
	int fd = bpf_map__fd(b->skel->maps.ss_born), err;

	__atomic_store_n(&x->threshold, x->threshold >> 1, __ATOMIC_SEQ_CST);
	err = read_born(b);
	for (size_t i = 0; !err && i < b->living_cnt; i++)
		if (!remembered(x, b->living[i].address) &&
		    !bpf_map_delete_elem(fd, &b->living[i].address))
			__atomic_fetch_sub(&x->kept, 1, __ATOMIC_RELAXED);
	return err;
}

int births_step(struct births *b, double seconds,
		void (*died)(void *arg, const struct ss_obituary *o), void *arg)
{
	struct ss_births *x = &b->skel->data->ss_births;
	uint64_t births, deaths;
	int err;

	b->died = died;
	b->arg = arg;
	err = ring_buffer__consume(b->ring);
	if (err < 0)
		return err;
	births = x->births;
	deaths = x->deaths;
	x->tick++;
	if (seconds > 0) {
		__atomic_store_n(&x->interval, interval_for((births - b->last_births) / seconds),
				 __ATOMIC_RELAXED);
		__atomic_store_n(&x->bury, interval_for((deaths - b->last_deaths) / seconds),
				 __ATOMIC_RELAXED);
	}
	b->last_births = births;
	b->last_deaths = deaths;
	return x->kept > FULL_SHARE * SS_BORN && x->threshold >> 1 ? halve(b) : 0;
}

static int by_proc(const void *a, const void *b)
{
	const struct births_proc *x = a, *y = b;

	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static int by_address(const void *a, const void *b)
{
	const struct births_living *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static void read_counts(struct births *b, const struct bpf_map *map, size_t room)
{
	int fd = bpf_map__fd(map);
	struct ss_proc_key key, *last = NULL, next;

	while (b->proc_cnt < room && !bpf_map_get_next_key(fd, last, &next)) {
		struct ss_proc p;

		key = next;
		last = &key;
		if (!bpf_map_lookup_elem(fd, &key, &p))
			b->procs[b->proc_cnt++] =
				(struct births_proc){.key = key, .births = p.births};
	}
}

static int read_procs(struct births *b)
{
	if (!b->procs)
		b->procs = calloc(SS_PROCS + SS_PROGS, sizeof(*b->procs));
	if (!b->procs)
		return -ENOMEM;
	b->proc_cnt = 0;
	read_counts(b, b->skel->maps.ss_procs, SS_PROCS);
	read_counts(b, b->skel->maps.ss_progs, SS_PROCS + SS_PROGS);
	qsort(b->procs, b->proc_cnt, sizeof(*b->procs), by_proc);
	return 0;
}

int births_peek(struct births *b)
{
	return read_procs(b);
}

/* Whose those are that live. */
static void count_living(struct births *b, double scale)
{
	for (size_t i = 0; i < b->living_cnt; i++) {
		struct births_proc key = {.key = b->living[i].born.proc}, *p;

		p = bsearch(&key, b->procs, b->proc_cnt, sizeof(key), by_proc);
		if (p)
			p->living++;
	}
	for (size_t i = 0; i < b->proc_cnt; i++) {
		double living = round(b->procs[i].living * scale);

		b->procs[i].living = living < b->procs[i].births ? living : b->procs[i].births;
	}
}

/* Every stack that was taken, also of puts. */
static int read_stacks(struct births *b)
{
	int stacks = bpf_map__fd(b->skel->maps.ss_born_stacks);
	int births = bpf_map__fd(b->skel->maps.ss_stack_births);

	if (!b->stacks)
		b->stacks = calloc(SS_BORN_STACKS, sizeof(*b->stacks));
	if (!b->stacks)
		return -ENOMEM;
	b->stack_cnt = 0;
	for (uint32_t id = 0; id < SS_BORN_STACKS; id++) {
		struct births_stack *s = &b->stacks[b->stack_cnt];

		*s = (struct births_stack){.id = id};
		if (bpf_map_lookup_elem(stacks, &id, s->frames))
			continue;
		bpf_map_lookup_elem(births, &id, &s->births);
		b->stack_cnt++;
	}
	return 0;
}

int births_read(struct births *b)
{
	const struct ss_births *x = &b->skel->data->ss_births;
	size_t kept = 0;
	int err = read_procs(b);

	if (!err)
		err = read_stacks(b);
	if (!err)
		err = read_born(b);
	if (err)
		return err;
	for (size_t i = 0; i < b->living_cnt; i++)
		if (remembered(x, b->living[i].address))
			b->living[kept++] = b->living[i];
	b->living_cnt = kept;
	qsort(b->living, b->living_cnt, sizeof(*b->living), by_address);
	count_living(b, scale_of(x));
	return 0;
}

const struct births_proc *births_procs(const struct births *b, size_t *ret_cnt)
{
	*ret_cnt = b->proc_cnt;
	return b->procs;
}

const struct births_living *births_living(const struct births *b, size_t *ret_cnt)
{
	*ret_cnt = b->living_cnt;
	return b->living;
}

const struct births_living *births_find(const struct births *b, uint64_t address)
{
	const struct births_living key = {.address = address};

	return b->living_cnt ? bsearch(&key, b->living, b->living_cnt, sizeof(key), by_address)
			     : NULL;
}

const struct births_stack *births_stacks(const struct births *b, size_t *ret_cnt)
{
	*ret_cnt = b->stack_cnt;
	return b->stacks;
}

static uint64_t misses(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len)
		       ? 0
		       : info.recursion_misses;
}

void births_totals(const struct births *b, struct births_totals *ret_totals)
{
	const struct ss_births *x = &b->skel->data->ss_births;
	uint64_t first = misses(b->skel->progs.ss_dent_died1);
	uint64_t second = misses(b->skel->progs.ss_dent_died2);

	*ret_totals = (struct births_totals){
		.births = x->births,
		.deaths = x->deaths,
		.own = x->own,
		.procs_full = x->procs_full,
		.progs_full = x->progs_full,
		.born_full = x->born_full,
		.stacks_failed = x->stacks_failed,
		.obituaries_lost = x->obituaries_lost,
		.ghosts = x->ghosts,
		.puts = x->puts,
		.skipped_births = misses(b->skel->progs.ss_dent_born),
		.skipped_deaths = first < second ? first : second,
		.scale = scale_of(x),
		.refs = b->refs,
	};
}
