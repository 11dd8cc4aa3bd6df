// SPDX-License-Identifier: GPL-2.0-or-later
/* Settling. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "grace.h"
#include "settle.h"

#define BARRIER_FILE "/sys/module/rcutree/parameters/do_rcu_barrier"
#define SYSFS_SLAB   "/sys/kernel/slab"
/* What a callback frees may hold more that is freed by one: a file its inode, a task its pid. */
#define ROUNDS	     3
#define BARRIER_MS   10 /* after a barrier: work that callbacks have queued */
#define CALLBACKS_MS 50 /* after a grace period: callbacks that are due */
#define STEP_MS	     100

static const struct hook *find_rcu(const struct hook *hooks)
{
	for (int i = 0; i < HOOK_COUNT; i++)
		if (hooks[i].spec && hooks[i].spec->twins == SS_TWINS_RCU)
			return &hooks[i];
	return NULL;
}

struct settle_plan settle_plan(const struct hook hooks[HOOK_COUNT], bool sheaves, double asked_s,
			       bool patient)
{
	const struct hook *rcu = find_rcu(hooks);
	struct settle_plan plan = {.rcu = asked_s != 0, .asked = asked_s >= 0};

	plan.batches = !sheaves && (!rcu || rcu->state != HOOK_ATTACHED);
	if (asked_s > 0)
		plan.wait_s = asked_s;
	else if (plan.rcu && plan.batches && patient)
		plan.wait_s = SETTLE_BATCH_S;
	plan.batches_awaited = plan.batches && plan.wait_s >= SETTLE_BATCH_S;
	return plan;
}

bool settle_sheaves(const char *sysfs)
{
	char path[4096];
	unsigned long capacity = 0;
	autofile FILE *f = NULL;

	snprintf(path, sizeof(path), "%s/kmalloc-64/sheaf_capacity", sysfs ? sysfs : SYSFS_SLAB);
	f = fopen(path, "re");
	return f && fscanf(f, "%lu", &capacity) == 1 && capacity;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* False where the kernel has no such file, or it is not for us. */
static bool barrier(const char *file)
{
	autoclose int fd = open(file ? file : BARRIER_FILE, O_WRONLY | O_CLOEXEC);
	ssize_t n = -1;

	while (fd >= 0 && (n = write(fd, "1\n", 2)) < 0 && errno == EINTR)
		;
	return n == 2;
}

static void wait_for(struct settle *s, const volatile sig_atomic_t *stop)
{
	double end = clock_s() + s->plan.wait_s, left;

	while ((left = end - clock_s()) > 0 && !*stop)
		sleep_ms(left * 1000 < STEP_MS ? (long)(left * 1000) + 1 : STEP_MS);
	s->cut_short = *stop && left > 0;
}

void settle_run(const struct settle_plan *plan, const char *barrier_file,
		const volatile sig_atomic_t *stop, struct settle *ret_settle)
{
	struct settle s = {.plan = *plan};
	double began = clock_s();

	if (plan->wait_s > 0)
		wait_for(&s, stop);
	for (int i = 0; i < (plan->brief ? 1 : ROUNDS) && plan->rcu; i++) {
		if (*stop && i) {
			s.cut_short = true;
			break;
		}
		s.barrier = barrier(barrier_file);
		if (!s.barrier)
			grace_period();
		sleep_ms(s.barrier ? BARRIER_MS : CALLBACKS_MS);
	}
	s.waited_s = plan->rcu ? clock_s() - began : 0;
	*ret_settle = s;
}

const char *settle_how(const struct settle *s)
{
	return !s->plan.rcu ? "none" : s->barrier ? "rcu_barrier" : "grace_periods";
}
