// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The census against what is known of this kernel, native or in a VM: objects
 * that we hold ourselves, the kernel's own counts, strings that we put there;
 * and under a storm of processes, CPUs and caches that come and go.
 *
 *   census [-p SLABSIGHT] [-l LOAD] [-n ROUNDS] [-s STALL_SECONDS] [-g] [-m]
 *
 * -g: only the checks for a kernel with KFENCE at work. -m: the machine is a guest
 * of the test, whose CPUs and modules may come and go. Prints a line a check.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "census.h"
#include "hold.h"
#include "meminfo.h"
#include "slabs.h"

#define UNITS 997 /* prime: no power of two or page full of objects looks like it */
/* Others go on working: so many objects of a cache may come and go between two scans. */
#define NOISE	 20
#define ATTEMPTS 5
#define CPU1	 "/sys/devices/system/cpu/cpu1/online"
#define OVERLAY	 "/lib/modules/overlay.ko"

static const char *program = "./slabsight", *load_program = "./load";
static int rounds = 100;
static bool guest;
static double stall_s = 5;
static struct census *census;
static const struct census_pace full_speed = {.share = 1};

static void __attribute__((format(printf, 2, 3))) check(bool ok, const char *format, ...)
{
	va_list args;

	printf("%s - ", ok ? "ok" : "not ok");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts("");
	fflush(stdout);
}

static void __attribute__((format(printf, 1, 2))) skip(const char *format, ...)
{
	va_list args;

	printf("skip - ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts("");
	fflush(stdout);
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void scan(void)
{
	int err = census_scan(census, &full_speed);

	if (!err)
		return;
	check(false, "a scan fails: %s", strerror(-err));
	exit(1);
}

/* ---- the kernel's own counts ---- */

static uint64_t live_of(const char *name)
{
	const struct census_cache *c = census_find(census, name);

	return c ? c->live : 0;
}

static uint64_t slab_now(void)
{
	struct meminfo meminfo;

	meminfo_read(NULL, &meminfo);
	return meminfo.slab;
}

/* In percent of what Slab was, which was between these two during the scan. */
static double explained(uint64_t slab_before, uint64_t slab_after, struct census_totals *ret_totals)
{
	uint64_t low = slab_before < slab_after ? slab_before : slab_after;
	uint64_t high = slab_before < slab_after ? slab_after : slab_before;
	const struct census_cache *caches;
	uint64_t bytes;
	size_t count;

	census_totals(census, ret_totals);
	bytes = ret_totals->large_bytes;
	caches = census_caches(census, &count);
	for (size_t i = 0; i < count; i++)
		bytes += caches[i].slab_bytes;
	if (bytes >= low && bytes <= high)
		return 100;
	return 100.0 * bytes / (bytes < low ? low : high);
}

static void check_totals(void)
{
	double share = 0, off = 100;
	struct dentry_state state;
	struct census_totals totals;
	uint64_t dentries = 0;

	/* The best of some: nobody holds still for us. */
	for (int i = 0; i < ATTEMPTS && off > 0.5; i++) {
		scan();
		meminfo_dentries(NULL, &state);
		dentries = live_of("dentry");
		off = 100.0 * llabs((long long)(dentries - state.dentries)) / state.dentries;
		/* Being made, or waiting to be freed: a few at any time. */
		if (llabs((long long)(dentries - state.dentries)) <= 10)
			break;
	}
	check(off <= 0.5 || llabs((long long)(dentries - state.dentries)) <= 10,
	      "%" PRIu64 " dentries, %" PRIu64 " by dentry-state: %.2f %% off", dentries,
	      state.dentries, off);
	for (int i = 0; i < ATTEMPTS && (share < 99 || share > 101); i++) {
		uint64_t before = slab_now();

		scan();
		share = explained(before, slab_now(), &totals);
	}
	if (totals.marks_large)
		check(share >= 99 && share <= 101, "%.2f %% of Slab explained", share);
	else
		check(share >= 50 && share <= 101,
		      "%.2f %% of Slab explained; large kmalloc is not marked here", share);
	check(!totals.odd && !totals.overflow && !totals.parked_lost,
	      "no slab and nothing parked left out: %" PRIu64 " odd, %" PRIu64 " overflow, %" PRIu64
	      " lost",
	      totals.odd, totals.overflow, totals.parked_lost);
}

/* ---- objects that we hold ---- */

static bool is_of(const struct slabs *slabs, const struct hold_kind *kind, const char *cache)
{
	const char *alias;

	if (hold_cache_matches(kind, cache))
		return true;
	for (size_t i = 0; (alias = slabs_alias(slabs, cache, i)); i++)
		if (hold_cache_matches(kind, alias))
			return true;
	return false;
}

/* Live objects now of each cache; of large kmalloc at last. */
struct counts {
	struct {
		uint64_t key, live;
		char name[48];
	} of[SS_SLAB_CACHES + 1];
	size_t count;
};

static void take(struct counts *n)
{
	const struct census_cache *caches;
	struct census_totals totals;

	scan();
	caches = census_caches(census, &n->count);
	for (size_t i = 0; i < n->count; i++) {
		n->of[i].key = caches[i].key;
		n->of[i].live = caches[i].live;
		memcpy(n->of[i].name, caches[i].name, sizeof(n->of[i].name));
	}
	census_totals(census, &totals);
	n->of[n->count].key = 1;
	n->of[n->count].live = totals.larges;
	strcpy(n->of[n->count++].name, "kmalloc-large");
}

static uint64_t live_in(const struct counts *n, uint64_t key)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->of[i].key == key)
			return n->of[i].live;
	return 0; /* a cache without slabs is in no census */
}

/* Of the caches that may be this kind's, how much the one nearest to `wanted` rose. */
static long long rise(const struct slabs *slabs, const struct hold_kind *kind,
		      const struct counts *from, const struct counts *to, long long wanted,
		      const char **ret_name)
{
	/* The one that has the objects. */
	const struct counts *held = wanted > 0 ? to : from;
	long long best = INT32_MIN;

	for (size_t i = 0; i < held->count; i++) {
		uint64_t key = held->of[i].key;
		long long n = (long long)live_in(to, key) - (long long)live_in(from, key);

		if (is_of(slabs, kind, held->of[i].name) &&
		    llabs(n - wanted) < llabs(best - wanted)) {
			best = n;
			*ret_name = held->of[i].name;
		}
	}
	return best;
}

/* What a hold and its release made of a cache. */
struct change {
	long long up, down;
	const char *name;
};

static bool is_expected(long long n)
{
	return llabs(n - UNITS) <= NOISE;
}

/* 0 or -errno: it cannot be made here. */
static int hold_once(const struct slabs *slabs, const struct hold_kind *kind, struct change *ret)
{
	static struct counts before, held, after;
	const char *ignored;
	struct hold h;
	double limit;
	int err = hold_prepare(&h, kind, UNITS);

	if (err)
		return err;
	sleep_ms(100);
	take(&before);
	err = hold_make(&h, UNITS);
	if (err)
		return err;
	take(&held);
	ret->up = rise(slabs, kind, &before, &held, UNITS, &ret->name);
	hold_release(&h);
	limit = now_s() + hold_settle_ms(kind) / 1000.0 + 3;
	do {
		sleep_ms(200);
		take(&after);
		ret->down = -rise(slabs, kind, &held, &after, -UNITS, &ignored);
	} while (!is_expected(ret->down) && now_s() < limit);
	return 0;
}

static void check_kind(const struct hold_kind *kind)
{
	struct change n = {.name = "no cache"};
	struct slabs *slabs;
	int err = 0;

	if (slabs_create(NULL, NULL, &slabs))
		exit(1);
	/* Again where others made or freed more objects of this cache meanwhile. */
	for (int i = 0; i < ATTEMPTS && !err && (!is_expected(n.up) || !is_expected(n.down)); i++)
		err = hold_once(slabs, kind, &n);
	if (err) {
		skip("%s: cannot be made: %s", kind->name, strerror(-err));
	} else {
		check(is_expected(n.up), "%s: %d held, %s has %lld more", kind->name, UNITS, n.name,
		      n.up);
		check(is_expected(n.down), "%s: released, it has %lld less", kind->name, n.down);
	}
	slabs_destroy(slabs);
}

static void check_holds(void)
{
	struct census_totals totals;

	scan();
	census_totals(census, &totals);
	for (const struct hold_kind *kind = hold_kinds; kind->name; kind++) {
		if (!strcmp(kind->name, "large-payload") && !totals.marks_large)
			skip("%s: this kernel does not mark large kmalloc", kind->name);
		else
			check_kind(kind);
	}
}

/* ---- the command ---- */

struct ran {
	int status;
	double wall_s, cpu_s;
	char said[512];
	json_t *report; /* NULL: stdout was no JSON */
	size_t out_size;
};

/* Run the program; after `interrupt_ms`, if it is not 0, a SIGINT comes. */
static struct ran run(const char *const args[], long interrupt_ms)
{
	FILE *out = tmpfile(), *err = tmpfile();
	struct ran ran = {.status = -1};
	struct rusage usage;
	double began = now_s();
	pid_t pid = fork();
	struct stat st;

	if (!pid) {
		const char *argv[16] = {program, "census"};

		for (int i = 0; args[i]; i++)
			argv[i + 2] = args[i];
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		execv(program, (char **)argv);
		_exit(127);
	}
	if (interrupt_ms) {
		sleep_ms(interrupt_ms);
		kill(pid, SIGINT);
	}
	wait4(pid, &ran.status, 0, &usage);
	ran.status = WIFEXITED(ran.status) ? WEXITSTATUS(ran.status) : -WTERMSIG(ran.status);
	ran.wall_s = now_s() - began;
	ran.cpu_s = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
		    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	rewind(out);
	rewind(err);
	ran.said[fread(ran.said, 1, sizeof(ran.said) - 1, err)] = '\0';
	fstat(fileno(out), &st);
	ran.out_size = st.st_size;
	ran.report = json_loadf(out, 0, NULL);
	fclose(out);
	fclose(err);
	return ran;
}

/* The description of a key is an object of its own: "slabsight-0" to "slabsight-996". */
static void check_contents(void)
{
	const struct hold_kind *kind = hold_kind_find("key");
	long long objects = 0, kinds = 0, sampled = 0;
	struct hold h;
	struct ran ran;
	json_t *contents, *cluster;
	size_t i;

	if (hold_prepare(&h, kind, UNITS) || hold_make(&h, UNITS)) {
		skip("contents: no keys here");
		return;
	}
	ran = run((const char *[]){"kmalloc-16", "--sample", "0", "--json", NULL}, 0);
	hold_release(&h);
	contents = json_object_get(json_object_get(ran.report, "census"), "contents");
	json_array_foreach (json_object_get(contents, "clusters"), i, cluster) {
		const char *text = json_string_value(json_object_get(cluster, "description"));

		if (text && strstr(text, "\"slabsight-")) {
			objects += json_integer_value(json_object_get(cluster, "objects"));
			kinds++;
		}
	}
	sampled = json_integer_value(json_object_get(contents, "sampled_objects"));
	check(!ran.status && objects == UNITS && kinds == 1,
	      "contents: %d keys' names are %lld strings of %lld kind%s, of %lld objects of "
	      "kmalloc-16%s%s",
	      UNITS, objects, kinds, kinds == 1 ? "" : "s", sampled, *ran.said ? ": " : "",
	      ran.said);
	json_decref(ran.report);
}

static void count_object(void *arg, uint64_t address, const void *bytes, size_t len)
{
	(void)address;
	(void)bytes;
	(void)len;
	++*(uint64_t *)arg;
}

/* As many as were asked for, but for the objects of a slab, and those that move. */
static void check_sample(void)
{
	const struct census_cache *cache;

	for (int i = 1; i <= 5; i++) {
		uint64_t want, n = 0;

		scan();
		cache = census_find(census, "dentry");
		want = cache->live * (i == 5 ? 1 : i) / (i == 5 ? 50 : 5);
		if (census_objects(census, cache, 8, want, &full_speed, count_object, &n))
			want = 0;
		check(want && llabs((long long)(n - want)) <= (long long)(want / 10 + 100),
		      "a sample of %" PRIu64 " of %" PRIu64 " dentries has %" PRIu64, want,
		      cache->live, n);
	}
}

static void check_pace(void)
{
	struct census_pace slow = {.share = 0.1};
	struct rusage from, to;
	double began, wall, cpu;
	int err;

	getrusage(RUSAGE_SELF, &from);
	began = now_s();
	err = census_scan(census, &slow);
	wall = now_s() - began;
	getrusage(RUSAGE_SELF, &to);
	cpu = to.ru_utime.tv_sec - from.ru_utime.tv_sec + to.ru_stime.tv_sec -
	      from.ru_stime.tv_sec +
	      (to.ru_utime.tv_usec - from.ru_utime.tv_usec + to.ru_stime.tv_usec -
	       from.ru_stime.tv_usec) /
		      1e6;
	/* 10 ms: the pauses themselves cost something, on an emulated CPU more. */
	check(!err && cpu <= 0.1 * wall + 0.01, "a pace of 10 %%: %.3f s of CPU in %.2f s, %.1f %%",
	      cpu, wall, 100 * cpu / wall);
}

static void check_interrupt(void)
{
	/* Programs are loaded first, and no signal interrupts that: seconds where CPUs are
	 * emulated. */
	const double limit_s = stall_s > 5 ? 6 : 3;
	struct ran ran = {};

	/* At different moments of work and pause, which at this pace lasts for seconds. */
	for (int ms = 1000; ms < 1500; ms += 50) {
		json_decref(ran.report);
		ran = run((const char *[]){"--pace", "0.1%", "--json", NULL}, ms);
		if (ran.wall_s > limit_s || ran.status != 130 || ran.out_size)
			break;
	}
	check(ran.status == 130 && !ran.out_size && ran.wall_s < limit_s &&
		      strstr(ran.said, "interrupted before"),
	      "Ctrl-C during a census: exit %d, %zu bytes of report, after %.1f s: %s", ran.status,
	      ran.out_size, ran.wall_s, *ran.said ? strtok(ran.said, "\n") : "(nothing)");
	json_decref(ran.report);
}

/* ---- the storm ---- */

/* A child that does something over and over until it is killed. */
static pid_t again_and_again(void (*what)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		what();
}

static void toggle_cpu(void)
{
	static bool online = true;
	int fd = open(CPU1, O_WRONLY | O_CLOEXEC);

	online = !online;
	if (fd >= 0 && write(fd, online ? "1" : "0", 1) != 1)
		online = true;
	close(fd);
	sleep_ms(300);
}

/* A module's cache, with objects in it, comes and goes. */
static void toggle_module(void)
{
	int fd = open(OVERLAY, O_RDONLY | O_CLOEXEC);
	struct stat st;

	syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	mkdir("/tmp/ovl", 0700);
	mkdir("/tmp/ovl/at", 0700);
	if (!mount("overlay", "/tmp/ovl/at", "overlay", MS_RDONLY, "lowerdir=/bin:/lib")) {
		DIR *dir = opendir("/tmp/ovl/at");
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			fstatat(dirfd(dir), entry->d_name, &st, 0);
		if (dir)
			closedir(dir);
		sleep_ms(100);
		umount2("/tmp/ovl/at", 0);
	}
	syscall(SYS_delete_module, "overlay", O_NONBLOCK);
	sleep_ms(50);
}

static pid_t start_load(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl(load_program, load_program, "-t", "3600", "-w", "fork,stat,mmap,rename",
		      NULL);
		_exit(127);
	}
	return pid;
}

static void stop(pid_t pid, int signal)
{
	if (pid <= 0)
		return;
	kill(pid, signal);
	waitpid(pid, NULL, 0);
}

struct storm {
	int done, failed, crowded, unlikely, modules;
	double longest_s, least, most;
	char worst[128];
};

static void one_round(struct storm *s)
{
	const struct census_cache *caches, *dentry;
	double began = now_s(), took, share;
	struct census_totals totals;
	uint64_t dentries = 0, before = slab_now();
	size_t count;
	int err = census_scan(census, &full_speed);

	share = explained(before, slab_now(), &totals);
	dentry = census_find(census, "dentry");
	if (!err && dentry)
		err = census_objects(census, dentry, 64, 0, &full_speed, count_object, &dentries);
	took = now_s() - began;
	s->done++;
	s->failed += err != 0;
	if (took > s->longest_s)
		s->longest_s = took;
	caches = census_caches(census, &count);
	for (size_t i = 0; i < count; i++) {
		if (caches[i].live > caches[i].room + caches[i].guarded) {
			s->crowded++;
			snprintf(s->worst, sizeof(s->worst), "%s: %" PRIu64 " in room for %" PRIu64,
				 caches[i].name, caches[i].live, caches[i].room);
		}
		s->modules += !strcmp(caches[i].name, "ovl_inode");
	}
	if (share < s->least)
		s->least = share;
	if (share > s->most)
		s->most = share;
	/* What is read of the dentries is what was counted, but for what has changed meanwhile. */
	if (dentry &&
	    llabs((long long)(dentries - dentry->live)) > (long long)(dentry->live / 5 + 2000)) {
		s->unlikely++;
		snprintf(s->worst, sizeof(s->worst),
			 "%" PRIu64 " dentries read, %" PRIu64 " counted", dentries, dentry->live);
	}
}

static void check_storm(void)
{
	struct storm s = {.least = 1000};
	struct census_totals totals;
	pid_t load = start_load(), cpu = -1, module = -1;

	if (guest && !access(CPU1, W_OK))
		cpu = again_and_again(toggle_cpu);
	if (guest && !access(OVERLAY, R_OK))
		module = again_and_again(toggle_module);
	sleep_ms(500);
	for (int i = 0; i < rounds; i++)
		one_round(&s);
	stop(cpu, SIGKILL);
	stop(module, SIGKILL);
	stop(load, SIGTERM);
	if (cpu > 0) {
		int fd = open(CPU1, O_WRONLY | O_CLOEXEC);

		if (write(fd, "1", 1) != 1)
			perror(CPU1);
		close(fd);
	}
	census_totals(census, &totals);
	check(!s.failed, "storm: %d of %d censuses failed%s%s", s.failed, s.done,
	      cpu > 0 ? ", a CPU came and went" : "", module > 0 ? ", a module too" : "");
	check(s.longest_s < stall_s, "storm: none takes longer than %.0f s: %.2f s", stall_s,
	      s.longest_s);
	check(!s.crowded, "storm: no cache has more objects than room%s%s", *s.worst ? ": " : "",
	      s.worst);
	check(!s.unlikely, "storm: as many dentries are read as were counted");
	if (totals.marks_large)
		check(s.least >= 90 && s.most <= 110, "storm: %.1f to %.1f %% of Slab explained",
		      s.least, s.most);
	else
		check(s.least >= 30 && s.most <= 110,
		      "storm: %.1f to %.1f %% of Slab explained; large kmalloc is not marked here",
		      s.least, s.most);
	if (module > 0)
		check(s.modules > 0, "storm: the module's cache was met %d times", s.modules);
	else
		skip("storm: CPUs and modules that come and go: %s",
		     guest ? "no module with a cache here" : "only in a guest");
}

/* ---- KFENCE ---- */

static long long kfence_allocated(void)
{
	FILE *f = fopen("/sys/kernel/debug/kfence/stats", "re");
	long long n = -1;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "currently allocated: %lld", &n);
	if (f)
		fclose(f);
	return n;
}

static void check_guarded(void)
{
	const struct census_cache *caches;
	long long truth = kfence_allocated(), guarded = 0;
	pid_t load;
	size_t count;

	if (truth < 0) {
		skip("KFENCE is not at work here");
		return;
	}
	load = start_load();
	sleep(5);
	stop(load, SIGTERM);
	for (int i = 0; i < ATTEMPTS; i++) {
		sleep(1);
		scan();
		truth = kfence_allocated();
		guarded = 0;
		caches = census_caches(census, &count);
		for (size_t j = 0; j < count; j++)
			guarded += caches[j].guarded;
		if (guarded == truth)
			break;
	}
	check(guarded > 0 && llabs(guarded - truth) <= 5,
	      "KFENCE: %lld guarded objects, %lld by its own count", guarded, truth);
	check_totals();
}

int main(int argc, char **argv)
{
	bool guarded = false;
	struct kernel kernel;
	char why[160] = "";
	int c;

	while ((c = getopt(argc, argv, "p:l:n:s:gm")) != -1) {
		if (c == 'p')
			program = optarg;
		else if (c == 'l')
			load_program = optarg;
		else if (c == 'n')
			rounds = atoi(optarg);
		else if (c == 's')
			stall_s = atof(optarg);
		else if (c == 'g')
			guarded = true;
		else if (c == 'm')
			guest = true;
		else
			return 2;
	}
	if (kernel_init(&kernel) || kernel.need != KERNEL_OK) {
		skip("census: %s", kernel.why);
		return 0;
	}
	if (census_create(&kernel, CENSUS_ALL, &census, why)) {
		check(false, "a census can be taken: %s", why);
		return 0;
	}
	if (guarded) {
		check_guarded();
		return 0;
	}
	check_totals();
	check_contents();
	check_sample();
	check_pace();
	check_interrupt();
	check_holds();
	check_storm();
	check_totals();
	census_destroy(census);
	return 0;
}
