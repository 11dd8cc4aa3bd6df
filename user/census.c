// SPDX-License-Identifier: GPL-2.0-or-later
/* The programs of the census: loaded, mapped, and told where memory begins. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "census_private.h"
#include "cleanup.h"

#define BASE_SLICE 65536 /* places where memory may begin */

/* Highest physical page + 1, from the zones. */
static uint64_t page_cnt(void)
{
	autofile FILE *f = fopen("/proc/zoneinfo", "re");
	unsigned long long spanned = 0, start, n, most = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " spanned %llu", &n) == 1)
			spanned = n;
		else if (sscanf(line, " start_pfn: %llu", &start) == 1 && spanned &&
			 start + spanned > most)
			most = start + spanned;
	}
	return most;
}

/* "0" or "0-3": the last number, plus 1. */
static int count_nodes(void)
{
	autofile FILE *f = fopen("/sys/devices/system/node/possible", "re");
	char line[256] = "";
	size_t at;

	if (!f || !fgets(line, sizeof(line), f))
		return 1;
	at = strcspn(line, "\n");
	while (at && line[at - 1] >= '0' && line[at - 1] <= '9')
		at--;
	return atoi(line + at) + 1;
}

int census_run(const struct bpf_program *program)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(program), &opts);
}

static int map_arrays(struct census *c)
{
	const struct {
		const struct bpf_map *map;
		struct loader_memory *to;
	} wanted[] = {
		{c->skel->maps.ss_slab_caches, &c->table},
		{c->skel->maps.ss_slabs, &c->slab_array},
		{c->skel->maps.ss_parked, &c->parked_array},
		{c->skel->maps.ss_suspects, &c->suspects},
		{c->skel->maps.ss_peeked, &c->peeked},
		{c->skel->maps.ss_peeked_dents, &c->peeked_dents},
		{c->skel->maps.ss_contents, &c->contents},
		{c->skel->maps.ss_dentries, &c->dentries},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		int err = bpf_map__autocreate(wanted[i].map)
				  ? loader_map(wanted[i].map, PROT_READ | PROT_WRITE, wanted[i].to)
				  : 0;

		if (err)
			return err;
	}
	return 0;
}

static int find_bases(struct census *c, char why[160])
{
	struct ss_census *x = &c->skel->bss->ss_census;
	int err;

	x->end = page_cnt();
	x->memory = x->end << 12;
	if (!x->end) {
		snprintf(why, 160, "cannot read /proc/zoneinfo: %s", strerror(errno));
		return -EIO;
	}
	x->budget = BASE_SLICE;
	x->base_next = 0;
	do {
		err = census_run(c->skel->progs.ss_bases);
		if (err) {
			snprintf(why, 160, "cannot run a BPF program: %s", strerror(-err));
			return err;
		}
	} while (!x->based && x->base_next < x->base_cnt);
	if (x->based)
		return 0;
	snprintf(why, 160,
		 "cannot find the slab pages: this kernel's memory map is not as slabsight knows "
		 "it");
	return -EOPNOTSUPP;
}

/* Programs that are not wanted, and the arrays that only they need. */
static void leave_out(struct census_bpf *skel)
{
	struct bpf_program *programs[] = {skel->progs.ss_scan, skel->progs.ss_read_objects,
					  skel->progs.ss_read_dents, skel->progs.ss_look};
	struct bpf_map *maps[] = {skel->maps.ss_slab_caches, skel->maps.ss_slabs,
				  skel->maps.ss_contents, skel->maps.ss_dentries};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		bpf_program__set_autoload(programs[i], false);
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		bpf_map__set_autocreate(maps[i], false);
}

static int load(struct census *c, const struct kernel *k, enum census_use use, char why[160])
{
	int err;

	c->skel = census_bpf__open();
	if (!c->skel) {
		snprintf(why, 160, "cannot open the BPF programs: %s", strerror(errno));
		return -errno;
	}
	if (!(k->capabilities & 1ull << CAP_SYS_ADMIN))
		loader_forget_modules(c->skel->progs.ss_scan);
	if (use == CENSUS_CHECK)
		leave_out(c->skel);
	err = census_bpf__load(c->skel);
	/* libbpf: no BTF, which was there a moment ago. */
	if (err == -ESRCH || err == -ENOMEM)
		snprintf(why, 160, "out of memory");
	else if (err)
		snprintf(why, 160, "the kernel refused the census programs: %s%s%s", strerror(-err),
			 *loader_words() ? ": " : "", loader_words());
	return err;
}

int census_create(const struct kernel *k, enum census_use use, struct census **ret_census,
		  char why[160])
{
	struct census *c;
	int err;

	if (strcmp(k->name.machine, "x86_64")) {
		snprintf(why, 160, "the census knows x86-64 only, this is %s", k->name.machine);
		return -EOPNOTSUPP;
	}
	c = calloc(1, sizeof(*c));
	if (!c) {
		snprintf(why, 160, "out of memory");
		return -ENOMEM;
	}
	loader_listen();
	err = loader_allow_files(why);
	c->cpu_cnt = libbpf_num_possible_cpus();
	c->node_cnt = count_nodes();
	if (!err)
		err = load(c, k, use, why);
	if (!err) {
		err = map_arrays(c);
		if (err)
			snprintf(why, 160, "cannot map the census: %s", strerror(-err));
	}
	if (!err)
		err = find_bases(c, why);
	if (err) {
		census_destroy(c);
		return err;
	}
	*ret_census = c;
	return 0;
}

void census_destroy(struct census *c)
{
	if (!c)
		return;
	for (struct loader_memory *m = &c->table; m <= &c->dentries; m++)
		loader_unmap(m);
	census_bpf__destroy(c->skel);
	addresses_deinit(&c->parked);
	free(c->slabs);
	free(c->caches);
	free(c);
}

void census_bases(const struct census *c, uint64_t *ret_direct_map, uint64_t *ret_memory_map)
{
	*ret_direct_map = c->skel->bss->ss_census.direct;
	*ret_memory_map = c->skel->bss->ss_census.vmemmap;
}
