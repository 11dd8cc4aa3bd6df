// SPDX-License-Identifier: GPL-2.0-or-later
/* A watch over births and deaths of dentries. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "dentry_watch.h"

#define STEP_S	      0.25
#define CGROUPS_EVERY 4 /* steps: a container may be gone at the end */
#define ASKED_AT_ONCE 1024

struct dentry_watch {
	struct dentry_watch_config config;
	struct births *births;
	struct dentry_births *sums;
	uint32_t steps;
	double began, last;
	int err; /* of what was called back */
};

int dentry_watch_create(const struct dentry_watch_config *config, struct dentry_watch **ret_watch,
			char why[160])
{
	struct dentry_watch *w = calloc(1, sizeof(*w));
	int err = -ENOMEM;

	snprintf(why, 160, "out of memory");
	if (!w)
		return err;
	w->config = *config;
	if (!dentry_births_create(&config->births, &w->sums))
		err = births_create(config->kernel, config->key, config->refs, &w->births, why);
	if (err) {
		dentry_watch_destroy(w);
		return err;
	}
	*ret_watch = w;
	return 0;
}

void dentry_watch_destroy(struct dentry_watch *w)
{
	if (!w)
		return;
	dentry_births_destroy(w->sums);
	births_destroy(w->births);
	free(w);
}

static void died(void *arg, const struct ss_obituary *o)
{
	struct dentry_watch *w = arg;
	int err = dentry_births_died(w->sums, o);

	if (err)
		w->err = err;
}

/* What is found once stays known. */
static int ask_cgroups(struct dentry_watch *w)
{
	const struct births_proc *procs;
	uint64_t ids[ASKED_AT_ONCE];
	size_t count, asked = 0;
	int err = births_peek(w->births);

	procs = births_procs(w->births, &count);
	for (size_t i = 0; i < count && !err; i++) {
		ids[asked++] = procs[i].key.cgroup;
		if (asked < ASKED_AT_ONCE && i + 1 < count)
			continue;
		cgroups_learn(w->config.cgroups, ids, asked);
		asked = 0;
	}
	return err;
}

static int step(struct dentry_watch *w)
{
	double now = clock_s();
	int err = w->config.refresh ? w->config.refresh(w->config.arg) : 0;

	if (!err)
		err = births_step(w->births, now - w->last, died, w);
	if (!err && w->config.cgroups && !(w->steps % CGROUPS_EVERY))
		err = ask_cgroups(w);
	w->last = now;
	w->steps++;
	return err ? err : w->err;
}

/* Hands over what was counted. */
static int read_counts(struct dentry_watch *w)
{
	struct dentry_births_counted in = {.seconds = w->last - w->began, .ticks = w->steps};
	int err = births_read(w->births);

	if (err)
		return err;
	in.procs = births_procs(w->births, &in.proc_cnt);
	in.living = births_living(w->births, &in.living_cnt);
	in.stacks = births_stacks(w->births, &in.stack_cnt);
	births_totals(w->births, &in.totals);
	return dentry_births_counted(w->sums, &in);
}

int dentry_watch_run(struct dentry_watch *w)
{
	double left = w->config.seconds;
	int err = 0;

	w->began = w->last = clock_s();
	births_start(w->births);
	while (!err && left > 0 && !*w->config.stop) {
		double s = left < STEP_S ? left : STEP_S;

		/* A signal cuts it short. */
		nanosleep(&(struct timespec){.tv_nsec = (long)(s * 1e9)}, NULL);
		err = step(w);
		left = w->config.seconds - (w->last - w->began);
		if (w->config.show)
			w->config.show(w->config.arg,
				       1 - (left > 0 ? left : 0) / w->config.seconds);
	}
	births_stop(w->births);
	/* What died since the last step. */
	if (!err)
		err = step(w);
	return err ? err : read_counts(w);
}

struct dentry_births *dentry_watch_births(const struct dentry_watch *w)
{
	return w->sums;
}
