// SPDX-License-Identifier: GPL-2.0-or-later
/* Configure, load, attach. What is read while all that runs is in tracer_read.c. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "cleanup.h"
#include "tracer_private.h"

/* Room above the wanted number of objects: with it, they all find a slot (see wire.h). */
#define TABLE_SLACK_PERCENT 25

static void configure_inner(struct slabsight_bpf *skel, const struct symbols *symbols)
{
	/* Where large kmalloc announces itself a first time: see ss_ghost(). */
	static const char *const inner[] = {
		"__kmalloc_noprof",  "__kmalloc_node_noprof",  "__kmalloc_node_track_caller_noprof",
		"__do_kmalloc_node", "__kvmalloc_node_noprof",
	};

	for (size_t i = 0; i < ARRAY_SIZE(inner); i++) {
		uint64_t start, end;

		if (!symbols_range(symbols, inner[i], &start, &end))
			continue;
		skel->rodata->ss_inner[2 * i] = start;
		skel->rodata->ss_inner[2 * i + 1] = end;
	}
}

static int configure(struct tracer *t, const struct tracer_config *config, const struct kernel *k,
		     const struct symbols *symbols)
{
	struct slabsight_bpf *skel = t->skel;
	uint64_t slots = config->objects + config->objects * TABLE_SLACK_PERCENT / 100;
	int err;

	t->bucket_cnt = slots / SS_WAYS < SS_PROBES ? SS_PROBES : slots / SS_WAYS;
	skel->rodata->ss_nbuckets = t->bucket_cnt;
	skel->rodata->ss_interval = config->stack_interval;
	skel->rodata->ss_min_size = config->min_size;
	skel->rodata->ss_max_size = config->max_size;
	skel->rodata->ss_by_comm = config->comm != NULL;
	if (config->comm) {
		char comm[SS_COMM] = "";

		snprintf(comm, sizeof(comm), "%s", config->comm);
		memcpy((void *)skel->rodata->ss_comm, comm, sizeof(comm));
	}
	skel->rodata->ss_by_cgroup = config->cgroup_fd >= 0;
	skel->rodata->ss_cgroup_ids = config->cgroup_ids;
	skel->rodata->ss_cache_how = k->has_cache_kfunc	  ? SS_BY_KFUNC
				     : config->memory_map ? SS_BY_PAGE
							  : SS_BY_CLASS;
	skel->rodata->ss_direct = config->direct_map;
	skel->rodata->ss_vmemmap = config->memory_map;
	skel->rodata->ss_bulk_bool = k->bulk_bool;
	skel->rodata->ss_page_size = sysconf(_SC_PAGESIZE);
	skel->rodata->ss_gfp_dma = k->gfp_dma;
	skel->rodata->ss_gfp_reclaimable = k->gfp_reclaimable;
	skel->rodata->ss_gfp_account = k->gfp_account;
	configure_inner(skel, symbols);
	/* A kernel without CONFIG_CGROUPS has no such map. */
	err = config->cgroup_fd < 0 ? bpf_map__set_autocreate(skel->maps.ss_cgroups, false) : 0;
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.ss_objects, t->bucket_cnt);
	return err ? err : bpf_map__set_max_entries(skel->maps.ss_spilled, t->bucket_cnt);
}

/* Only what is planned is loaded; functions get their target here. */
static int choose_programs(struct tracer *t, const struct hook *hooks)
{
	for (int i = 0; i < HOOK_COUNT; i++) {
		const struct hook *h = &hooks[i];
		enum hook_kind kind;
		const char *name;
		char buf[16];

		if (h->state != HOOK_PLANNED)
			continue;
		if (hooks_has_entry(h))
			t->skel->rodata->ss_entry_first |= 1u << h->spec->twins;
		if (h->second == SECOND_NONE)
			t->skel->rodata->ss_one_copy |= 1u << h->spec->twins;
		for (int p = 0; (name = hooks_program(h, p, buf, &kind)); p++) {
			struct bpf_program *prog =
				bpf_object__find_program_by_name(t->skel->obj, name);
			int err = prog ? 0 : -ENOENT;

			if (!err)
				err = bpf_program__set_autoload(prog, true);
			if (!err && (kind == HOOK_FENTRY || kind == HOOK_FEXIT))
				err = bpf_program__set_attach_target(prog, 0, h->target);
			if (err)
				return err;
		}
	}
	return 0;
}

/*
 * All programs of a hook or none. What is attached last, a trampoline calls
 * first and a tracepoint last; and the first copy must come first, or both do
 * the work. A kretprobe must be there before the kprobe that leaves arguments
 * for it. 0, -EOPNOTSUPP, or -EAGAIN when it may do with one copy.
 */
static int attach_hook(struct tracer *t, struct hook *h)
{
	bool last_first = h->kind != HOOK_RAW_TP;
	int before = t->link_cnt;

	for (int i = 0; i < HOOK_COPIES; i++) {
		int copy = last_first ? HOOK_COPIES - 1 - i : i;
		char buf[16];
		enum hook_kind kind;
		const char *name = hooks_program(h, copy, buf, &kind);
		struct bpf_program *prog;
		struct bpf_link *link;

		if (!name)
			continue;
		prog = bpf_object__find_program_by_name(t->skel->obj, name);
		link = kind == HOOK_KPROBE || kind == HOOK_KRETPROBE
			       ? bpf_program__attach_kprobe(prog, kind == HOOK_KRETPROBE, h->target)
			       : bpf_program__attach(prog);
		if (!link && h->second != SECOND_NONE) {
			hooks_lose_second(h, strerror(errno));
			return -EAGAIN;
		}
		if (!link) {
			h->state = HOOK_MISSING;
			snprintf(h->why, sizeof(h->why), "%s would not attach: %s",
				 hooks_kind_name(kind), strerror(errno));
			while (t->link_cnt > before)
				bpf_link__destroy(t->links[--t->link_cnt]);
			return -EOPNOTSUPP;
		}
		t->links[t->link_cnt++] = link;
	}
	h->state = HOOK_ATTACHED;
	return 0;
}

static int attach_all(struct tracer *t, struct hook *hooks, char why[160])
{
	for (int frees = 1; frees >= 0; frees--) {
		for (int i = 0; i < HOOK_COUNT; i++) {
			struct hook *h = &hooks[i];
			int err;

			if (h->state != HOOK_PLANNED || h->spec->is_free != frees)
				continue;
			err = attach_hook(t, h);
			if (err == -EAGAIN)
				return err;
			if (err && h->spec->required) {
				snprintf(why, 160, "cannot hook %s: %s", h->spec->name, h->why);
				return err;
			}
		}
	}
	return 0;
}

static int map_all(struct tracer *t)
{
	const struct {
		const struct bpf_map *map;
		int prot;
		struct loader_memory *to;
	} wanted[] = {
		{t->skel->maps.ss_objects, PROT_READ, &t->objects},
		{t->skel->maps.ss_origins, PROT_READ | PROT_WRITE, &t->origins},
		{t->skel->maps.ss_rares, PROT_READ, &t->rares},
		{t->skel->maps.ss_caches, PROT_READ, &t->caches},
		{t->skel->maps.ss_recs, PROT_READ, &t->recs},
		{t->skel->maps.ss_rec_lives, PROT_READ, &t->rec_lives},
		{t->skel->maps.ss_stacks, PROT_READ, &t->stacks},
		{t->skel->maps.ss_frames, PROT_READ, &t->frames},
		{t->skel->maps.ss_tasks, PROT_READ, &t->tasks},
		{t->skel->maps.ss_free_sites, PROT_READ, &t->free_sites},
		{t->skel->maps.ss_totals, PROT_READ, &t->totals},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		int err = loader_map(wanted[i].map, wanted[i].prot, wanted[i].to);

		if (err)
			return err;
	}
	return 0;
}

static int load(struct tracer *t, const struct tracer_config *config, const struct kernel *k,
		const struct symbols *symbols, struct hook *hooks, char why[160])
{
	int err;

	t->skel = slabsight_bpf__open();
	if (!t->skel) {
		snprintf(why, 160, "cannot open the BPF programs: %s", strerror(errno));
		return -errno;
	}
	err = configure(t, config, k, symbols);
	if (!(k->capabilities & 1ull << CAP_SYS_ADMIN))
		loader_forget_modules(t->skel->progs.ss_rcu);
	if (!err)
		err = choose_programs(t, hooks);
	if (!err)
		err = slabsight_bpf__load(t->skel);
	/* libbpf: no BTF, which was there a moment ago. */
	if (err == -ESRCH) {
		snprintf(why, 160, "out of memory");
		return err;
	}
	if (err == -ENOMEM || (err && strstr(loader_words(), "create_map"))) {
		snprintf(why, 160,
			 "no memory for a table of %" PRIu64 " objects (%" PRIu64
			 " MB, locked); choose fewer with --objects",
			 config->objects, (uint64_t)t->bucket_cnt * sizeof(struct ss_bucket) >> 20);
		return err;
	}
	if (err)
		snprintf(why, 160, "the kernel refused the BPF programs: %s%s%s", strerror(-err),
			 *loader_words() ? ": " : "", loader_words());
	return err;
}

static int prepare(struct tracer *t, const struct tracer_config *config, char why[160])
{
	struct ss_clock clock;
	int err = map_all(t);

	if (!err && config->cgroup_fd >= 0) {
		uint32_t zero = 0;

		err = bpf_map_update_elem(bpf_map__fd(t->skel->maps.ss_cgroups), &zero,
					  &config->cgroup_fd, BPF_ANY)
			      ? -errno
			      : 0;
	}
	if (!err)
		err = tracer_clock(t, &clock);
	if (err) {
		snprintf(why, 160, "cannot reach the ledger: %s", strerror(-err));
		return err;
	}
	t->skel->bss->ss_control.self = clock.self;
	t->skel->bss->ss_control.threshold = UINT32_MAX;
	return 0;
}

static int count_cpus(struct tracer *t, char why[160])
{
	t->cpu_cnt = libbpf_num_possible_cpus();
	if (t->cpu_cnt > 0)
		return 0;
	snprintf(why, 160, "cannot read /sys/devices/system/cpu/possible: %s",
		 strerror(-t->cpu_cnt));
	return t->cpu_cnt < 0 ? t->cpu_cnt : -EINVAL;
}

static void unload(struct tracer *t)
{
	while (t->link_cnt)
		bpf_link__destroy(t->links[--t->link_cnt]);
	for (struct loader_memory *m = &t->objects; m <= &t->totals; m++)
		loader_unmap(m);
	slabsight_bpf__destroy(t->skel);
	t->skel = NULL;
}

/*
 * The programs are told before they are loaded which of them have a second copy.
 * So when one turns out not to attach, which is rare, all begins anew without it.
 */
static int load_and_attach(struct tracer *t, const struct tracer_config *config,
			   const struct kernel *k, const struct symbols *symbols,
			   struct hook *hooks, char why[160])
{
	int err;

	for (;;) {
		err = load(t, config, k, symbols, hooks, why);
		if (!err)
			err = prepare(t, config, why);
		if (!err)
			err = attach_all(t, hooks, why);
		if (err != -EAGAIN)
			return err;
		unload(t);
		for (int i = 0; i < HOOK_COUNT; i++)
			if (hooks[i].state == HOOK_ATTACHED)
				hooks[i].state = HOOK_PLANNED;
	}
}

int tracer_create(const struct tracer_config *config, const struct kernel *k,
		  const struct symbols *symbols, struct hook hooks[HOOK_COUNT],
		  struct tracer **ret_tracer, char why[160])
{
	struct tracer *t = calloc(1, sizeof(*t));
	int err;

	if (!t) {
		snprintf(why, 160, "out of memory");
		return -ENOMEM;
	}
	loader_listen();
	err = loader_allow_files(why);
	if (!err)
		err = count_cpus(t, why);
	if (!err)
		err = load_and_attach(t, config, k, symbols, hooks, why);
	if (err) {
		tracer_destroy(t);
		return err;
	}
	*ret_tracer = t;
	return 0;
}

void tracer_destroy(struct tracer *t)
{
	if (!t)
		return;
	unload(t);
	free(t);
}
