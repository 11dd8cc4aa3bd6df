// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the census programs, slice by slice.
 *
 * A slice is some milliseconds of one CPU: between two, the kernel may schedule,
 * and we sleep as the pace wants it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "census_private.h"
#include "cleanup.h"
#include "clock.h"

#define SCAN_SLICE   32768 /* steps: some 3 ms */
#define VISIT_SLICE  2048  /* slabs */
#define BASE_SLICE   65536 /* places where memory may begin */
#define SHOW_EVERY_S 0.1
#define PAUSE_MIN_S  0.002
#define PAUSE_MAX_S  0.2

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

/* Work begins: what goes before it is not paced. */
static void start_pace(struct census *c)
{
	c->woke_s = clock_s();
	c->owed_s = 0;
}

static bool is_stopped(const struct census_pace *pace)
{
	return pace->stop && *pace->stop;
}

/* Between two slices of work, whatever they were; false when we were told to stop. */
static bool breathe(struct census *c, const struct census_pace *pace, double done)
{
	double now = clock_s();

	if (pace->share > 0 && pace->share < 1)
		c->owed_s += (now - c->woke_s) / pace->share - (now - c->woke_s);
	/* To sleep is work as well: not for less than this. In pieces: a signal may come before. */
	while (c->owed_s >= PAUSE_MIN_S && !is_stopped(pace)) {
		double piece_s = c->owed_s < PAUSE_MAX_S ? c->owed_s : PAUSE_MAX_S;

		nanosleep(&(struct timespec){.tv_nsec = (long)(piece_s * 1e9)}, NULL);
		c->owed_s -= piece_s;
	}
	now = clock_s();
	if (pace->show && now - c->shown_s >= SHOW_EVERY_S) {
		pace->show(pace->arg, done);
		c->shown_s = now;
	}
	c->woke_s = clock_s();
	return !is_stopped(pace);
}

static int keep_slabs(struct census *c, const uint64_t *slabs, size_t count)
{
	if (c->slab_cnt + count > c->slab_room) {
		size_t room = c->slab_room ? 2 * c->slab_room : 65536;
		uint64_t *moved;

		while (room < c->slab_cnt + count)
			room *= 2;
		moved = realloc(c->slabs, room * sizeof(*moved));
		if (!moved)
			return -ENOMEM;
		c->slabs = moved;
		c->slab_room = room;
	}
	memcpy(c->slabs + c->slab_cnt, slabs, count * sizeof(*slabs));
	c->slab_cnt += count;
	return 0;
}

int census_park(struct census *c, uint64_t key, uint64_t parked[SS_PARKS])
{
	struct ss_census *x = &c->skel->bss->ss_census;

	for (int i = 0; i < c->cpu_cnt + c->node_cnt; i++) {
		int err;

		x->key = key;
		x->cpu = i;
		x->node = i < c->cpu_cnt ? -1 : i - c->cpu_cnt;
		err = census_run(c->skel->progs.ss_park);
		if (!err)
			err = addresses_add(&c->parked, c->parked_array.at, x->parked_cnt);
		if (err)
			return err;
		c->totals.parked_lost += x->parked_lost;
		for (int p = 0; parked && p < SS_PARKS; p++)
			parked[p] += x->parked[p];
	}
	return 0;
}

static int take_caches(struct census *c, const struct census_pace *pace)
{
	const struct census_cache *dentries;

	free(c->caches);
	c->cache_cnt = 0;
	c->caches = calloc(SS_SLAB_CACHES, sizeof(*c->caches));
	if (!c->caches)
		return -ENOMEM;
	addresses_clear(&c->parked);
	for (uint32_t i = 0; i < SS_SLAB_CACHES; i++) {
		const struct ss_slab_cache *t = (const struct ss_slab_cache *)c->table.at + i;
		struct census_cache *to = &c->caches[c->cache_cnt];
		uint64_t parked = 0;
		int err;

		if (!t->key)
			continue;
		*to = (struct census_cache){
			.key = t->key,
			.index = i,
			.size = t->size,
			.object_size = t->object_size,
			.flags = t->flags,
			.slabs = t->slabs,
			.slab_bytes = t->pages * 4096,
			.room = t->objects,
			.guarded = t->guarded,
		};
		memcpy(to->name, t->name, sizeof(to->name));
		err = census_park(c, t->key, to->parked);
		if (err)
			return err;
		for (int p = 0; p < SS_PARKS; p++)
			parked += to->parked[p];
		to->live = (t->in_use > parked ? t->in_use - parked : 0) + t->guarded;
		c->cache_cnt++;
		/* On many CPUs this takes longer than the scan. */
		if (!breathe(c, pace, 1))
			return -EINTR;
	}
	addresses_sort(&c->parked);
	dentries = census_find(c, "dentry");
	c->skel->bss->ss_census.dentry_key = dentries ? dentries->key : SS_ANY_CACHE;
	return breathe(c, pace, 1) ? 0 : -EINTR;
}

int census_scan(struct census *c, const struct census_pace *pace)
{
	struct ss_census *x = &c->skel->bss->ss_census;
	double began = clock_s();
	int err;

	start_pace(c);
	memset(c->table.at, 0, c->table.size);
	c->slab_cnt = 0;
	c->totals = (struct census_totals){0};
	x->looked = x->odd = x->overflow = x->torn = 0;
	x->larges = x->large_pages = 0;
	for (x->pfn = 0; x->pfn < x->end;) {
		x->budget = SCAN_SLICE;
		err = census_run(c->skel->progs.ss_scan);
		if (!err)
			err = keep_slabs(c, c->slab_array.at, x->slab_cnt);
		if (err)
			return err;
		if (!breathe(c, pace, (double)x->pfn / x->end))
			return -EINTR;
	}
	err = take_caches(c, pace);
	c->totals.pages = x->looked;
	c->totals.odd = x->odd;
	c->totals.overflow = x->overflow;
	c->totals.torn = x->torn;
	c->totals.marks_large = x->marks_large;
	c->totals.larges = x->larges;
	c->totals.large_bytes = x->large_pages * 4096;
	c->totals.took_s = clock_s() - began;
	return err;
}

const struct census_cache *census_caches(const struct census *c, size_t *ret_cnt)
{
	*ret_cnt = c->cache_cnt;
	return c->caches;
}

const struct census_cache *census_find(const struct census *c, const char *name)
{
	for (size_t i = 0; i < c->cache_cnt; i++)
		if (!strcmp(c->caches[i].name, name))
			return &c->caches[i];
	return NULL;
}

void census_totals(const struct census *c, struct census_totals *ret_totals)
{
	*ret_totals = c->totals;
}

/* A share of a cache's slabs, evenly spread. */
struct choice {
	const struct census_cache *cache;
	double share;
	uint64_t seen; /* slabs of the cache */
	size_t at;     /* in c->slabs */
};

static bool is_chosen(struct choice *choice)
{
	uint64_t n = choice->seen++;

	return (uint64_t)(n * choice->share) != (uint64_t)((n + 1) * choice->share);
}

/* The chosen slabs from c->slabs[at] on, into ss_slabs. */
static uint32_t hand_over(struct census *c, struct choice *choice)
{
	uint64_t *to = c->slab_array.at;
	uint32_t count = 0;

	for (; choice->at < c->slab_cnt && count < SS_SLABS; choice->at++)
		if ((c->slabs[choice->at] & (SS_SLAB_CACHES - 1)) == choice->cache->index &&
		    is_chosen(choice))
			to[count++] = c->slabs[choice->at];
	return count;
}

/*
 * Runs a visiting program over a share of the slabs of a cache; `take` consumes
 * what each slice gave.
 */
static int visit(struct census *c, const struct census_cache *cache, double share,
		 const struct bpf_program *program, const struct census_pace *pace,
		 void (*take)(struct census *c, uint32_t count, void *arg), void *arg)
{
	struct ss_census *x = &c->skel->bss->ss_census;
	struct choice choice = {.cache = cache, .share = share};
	size_t from = 0;

	start_pace(c);
	x->gone = x->torn = 0;
	for (; (x->visit_cnt = hand_over(c, &choice)); from = choice.at) {
		for (x->next = 0; x->next < x->visit_cnt;) {
			double done;
			int err;

			x->budget = VISIT_SLICE;
			err = census_run(program);
			if (err)
				return err;
			take(c, x->out_cnt, arg);
			done = from + (double)(choice.at - from) * x->next / x->visit_cnt;
			if (!breathe(c, pace, done / c->slab_cnt))
				return -EINTR;
		}
	}
	c->totals.gone += x->gone;
	c->totals.torn += x->torn;
	return 0;
}

struct content_call {
	void (*each)(void *arg, uint64_t address, const void *bytes, size_t len);
	void *arg;
	size_t width;
};

static void take_contents(struct census *c, uint32_t count, void *arg)
{
	const struct content_call *call = arg;

	for (uint32_t i = 0; i < count; i++) {
		const struct ss_content *o = (const struct ss_content *)c->contents.at + i;

		if (!addresses_has(&c->parked, o->address))
			call->each(call->arg, o->address, o->bytes, call->width);
	}
}

int census_objects(struct census *c, const struct census_cache *cache, size_t width, uint64_t want,
		   const struct census_pace *pace,
		   void (*each)(void *arg, uint64_t address, const void *bytes, size_t len),
		   void *arg)
{
	struct content_call call = {.each = each, .arg = arg, .width = width};
	double share = want && want < cache->live ? (double)want / cache->live : 1;

	if (call.width > cache->object_size)
		call.width = cache->object_size;
	if (call.width > SS_CONTENT_BYTES)
		call.width = SS_CONTENT_BYTES;
	c->skel->bss->ss_census.width = call.width;
	return visit(c, cache, share, c->skel->progs.ss_read_objects, pace, take_contents, &call);
}

struct dentry_call {
	void (*each)(void *arg, const struct ss_dentry *d);
	void *arg;
};

static void take_dentries(struct census *c, uint32_t count, void *arg)
{
	const struct dentry_call *call = arg;

	const struct ss_dentry *d = c->dentries.at;

	for (uint32_t i = 0; i < count; i++)
		if (!addresses_has(&c->parked, d[i].address))
			call->each(call->arg, &d[i]);
}

int census_dentries(struct census *c, const struct census_pace *pace,
		    void (*each)(void *arg, const struct ss_dentry *d), void *arg)
{
	const struct census_cache *cache = census_find(c, "dentry");
	struct dentry_call call = {.each = each, .arg = arg};

	if (!cache)
		return -ENOENT;
	return visit(c, cache, 1, c->skel->progs.ss_read_dents, pace, take_dentries, &call);
}

bool census_super(struct census *c, uint64_t address, struct census_super *ret_super)
{
	struct ss_census *x = &c->skel->bss->ss_census;

	x->address = address;
	x->found = 0;
	if (census_run(c->skel->progs.ss_super) || !x->found)
		return false;
	/* dev_t inside the kernel: 12 bits of major number above 20 of minor. */
	ret_super->major = x->dev >> 20;
	ret_super->minor = x->dev & 0xfffff;
	memcpy(ret_super->type, x->type, sizeof(x->type));
	memcpy(ret_super->id, x->id, sizeof(x->id));
	return true;
}

bool census_look(struct census *c, uint64_t address, struct ss_dentry *ret_dentry,
		 char name[SS_NAME_WHOLE])
{
	struct ss_census *x = &c->skel->bss->ss_census;

	x->address = address;
	x->found = 0;
	memset(x->name, 0, sizeof(x->name));
	if (census_run(c->skel->progs.ss_look) || !x->found)
		return false;
	*ret_dentry = x->dentry;
	memcpy(name, x->name, SS_NAME_WHOLE);
	name[SS_NAME_WHOLE - 1] = '\0';
	return true;
}
