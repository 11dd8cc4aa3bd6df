// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory runs out: of the machine, or of a cgroup that slabsight is in. */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adversity.h"
#include "tap.h"

#define CGROUPS "/sys/fs/cgroup"
#define CGROUP	CGROUPS "/ss-adversity"
#define GONE_S	20 /* until what a killed process loaded must be gone */
#define OLD	"the old report\n"
#define MANY	1000 /* sockets of the command, at least */

static bool put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* ---- what is loaded into the kernel ---- */

static bool is_ours(const char *name)
{
	return !strncmp(name, "ss_", 3) || !strncmp(name, "slabsigh", 8) ||
	       !strncmp(name, "census", 6);
}

static int count_programs(void)
{
	int count = 0;

	for (__u32 id = 0; !bpf_prog_get_next_id(id, &id);) {
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue;
		count += !bpf_obj_get_info_by_fd(fd, &info, &size) && is_ours(info.name);
		close(fd);
	}
	return count;
}

static int count_maps(void)
{
	int count = 0;

	for (__u32 id = 0; !bpf_map_get_next_id(id, &id);) {
		struct bpf_map_info info = {};
		__u32 size = sizeof(info);
		int fd = bpf_map_get_fd_by_id(id);

		if (fd < 0)
			continue;
		count += !bpf_obj_get_info_by_fd(fd, &info, &size) && is_ours(info.name);
		close(fd);
	}
	return count;
}

/* Functions that a trampoline or a kprobe is on; -1: cannot be seen. */
static int count_hooked(void)
{
	FILE *f = fopen("/sys/kernel/tracing/enabled_functions", "re");
	int count = 0, c;

	if (!f)
		return -1;
	while ((c = getc(f)) != EOF)
		count += c == '\n';
	fclose(f);
	return count;
}

static void check_gone(const char *when)
{
	double end = true_s() + GONE_S;
	char why[96];

	while ((count_programs() || count_maps() || count_hooked() > 0) && true_s() < end)
		usleep(100000);
	snprintf(why, sizeof(why), "%d programs, %d maps, %d functions", count_programs(),
		 count_maps(), count_hooked());
	check(!count_programs() && !count_maps() && count_hooked() <= 0, why,
	      "%s: nothing of it stays in the kernel", when);
}

/* ---- of the whole machine ---- */

static const char *string(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

static void sockets(const json_t *report, long long *ret_allocs, long long *ret_live)
{
	const json_t *origin;
	size_t i;

	*ret_allocs = *ret_live = 0;
	json_array_foreach (json_object_get(report, "origins"), i, origin) {
		if (strcmp(string(json_object_get(origin, "call_site"), "symbol"),
			   "sock_alloc_inode"))
			continue;
		*ret_allocs += number(origin, "allocs");
		*ret_live += number(origin, "live_objects");
	}
}

/* `others`: sockets that other programs may have. */
static void check_killed(const json_t *report, const char *who, long long others)
{
	const json_t *origin = eventfds(report);
	long long allocs, live;
	char why[120];

	snprintf(why, sizeof(why), "%lld live of %lld", number(origin, "live_objects"),
		 number(origin, "allocs"));
	check(number(origin, "live_objects") == LEFT, why,
	      "%s: what the killed command left with others is live", who);
	sockets(report, &allocs, &live);
	snprintf(why, sizeof(why), "%lld live of %lld", live, allocs);
	check(allocs >= MANY && live <= others, why, "%s: what the kernel took back from it is not",
	      who);
	check_books(report, who);
}

/* Of us, who started us, and what we start: what eats memory is to be killed, and it alone. */
static void spare(const char *how)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)getppid());
	put(path, how);
	put("/proc/self/oom_score_adj", how);
}

void out_of_memory(void)
{
	static const char who_runs[] = "slabsight run, its command killed for memory";
	static const char who_traces[] = "slabsight trace, the machine out of memory";
	struct session trace, run;
	struct keeper keeper;
	json_t *report;
	char why[700];
	int status;

	spare("-900");
	if (!keeper_init(&keeper) || session_start(&trace, WORDS("--force"))) {
		check(false, trace.said, "slabsight starts");
		return;
	}
	if (session_run(&run, WORDS("run", "--json", "--force", "--comm", LEFT_COMM, "--",
				    adversity_self, "-c", keeper.fd, "eat")))
		check(false, run.said, "slabsight run starts");
	report = session_wait(&run, &status);
	snprintf(why, sizeof(why), "status %x, %lld: %s", status,
		 number(json_object_get(report, "run"), "exit_code"), run.said);
	check(report && WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGKILL &&
		      number(json_object_get(report, "run"), "exit_code") == 128 + SIGKILL &&
		      number(json_object_get(report, "run"), "failed") == 1,
	      why, "%s: a report, and its exit code", who_runs);
	check_killed(report, who_runs, 0);
	json_decref(report);
	report = session_end(&trace);
	check(report, trace.said, "%s: a report", who_traces);
	check_killed(report, who_traces, 20);
	check(!number(json_object_get(report, "coverage"), "ghosts"), "some", "%s: 0 ghosts",
	      who_traces);
	json_decref(report);
	keeper_deinit(&keeper);
	spare("0");
}

/* ---- of a cgroup ---- */

static bool make_cgroup(const char *limit)
{
	put(CGROUPS "/cgroup.subtree_control", "+memory");
	mkdir(CGROUP, 0755);
	return put(CGROUP "/memory.max", limit) && put(CGROUP "/cgroup.procs", "0");
}

static void leave_cgroup(void)
{
	put(CGROUPS "/cgroup.procs", "0");
}

static bool is_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* It is charged for its tables: some limits it hits, where the kernel refuses or kills. */
void little_in_cgroup(void)
{
	static const char *const limits[] = {"4M", "20M"};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct old_report old;
		struct session s;
		json_t *report, *whole;
		char why[700];
		int status;
		bool kept;

		if (!make_cgroup(limits[i])) {
			leave_cgroup();
			skip("no cgroup v2 with a memory controller", "little memory in a cgroup");
			return;
		}
		old_report_init(&old);
		session_run(&s, WORDS("trace", "--json", "-d", "1", "-o", old.path));
		leave_cgroup();
		report = session_wait(&s, &status);
		kept = old_report_deinit(&old, &whole);
		snprintf(why, sizeof(why), "status %x, %d bytes on stdout, %s: %s", status,
			 (int)s.printed,
			 whole	? "a report"
			 : kept ? "none"
				: "half",
			 s.said);
		check(kept && !s.printed &&
			      (whole ? !status : is_refused(&s, status) || is_killed(status)),
		      why, "in a cgroup with %s of memory: %s, nothing by half", limits[i],
		      whole		  ? "it reports"
		      : is_killed(status) ? "the kernel kills it"
					  : "it says so");
		check_gone("in a cgroup with little memory");
		json_decref(report);
		json_decref(whole);
		rmdir(CGROUP);
	}
}

void killed_by_cgroup(void)
{
	struct old_report old;
	struct session s;
	json_t *report, *whole;
	char why[700];
	int status, programs, maps, err;
	bool kept;

	if (!make_cgroup("max")) {
		leave_cgroup();
		skip("no cgroup v2 with a memory controller", "slabsight killed for memory");
		return;
	}
	old_report_init(&old);
	err = session_run(&s, WORDS("trace", "--json", "-o", old.path));
	leave_cgroup();
	programs = count_programs();
	maps = count_maps();
	put(CGROUP "/memory.max", "1M");
	report = session_wait(&s, &status);
	kept = old_report_deinit(&old, &whole);
	snprintf(why, sizeof(why), "error %d, status %x, %d programs, %d maps: %s", err, status,
		 programs, maps, s.said);
	check(!err && is_killed(status) && programs && maps, why,
	      "slabsight is killed for memory while it traces");
	check(kept && !whole && !s.printed, "not the old report", "... and tells nothing by half");
	check_gone("killed for memory");
	json_decref(report);
	rmdir(CGROUP);
}
