// SPDX-License-Identifier: GPL-2.0-or-later
/* Births of dentries as a report has them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dentry_births_private.h"

static int by_births(const void *a, const void *b)
{
	const struct born_who *x = a, *y = b;

	if (x->counts[BORN_ALL] != y->counts[BORN_ALL])
		return x->counts[BORN_ALL] > y->counts[BORN_ALL] ? -1 : 1;
	if (memcmp(&x->program, &y->program, sizeof(x->program)))
		return memcmp(&x->program, &y->program, sizeof(x->program));
	return (x->pid > y->pid) - (x->pid < y->pid);
}

int born_by_program(const void *a, const void *b)
{
	const struct born_who *x = a, *y = b;

	return memcmp(&x->program, &y->program, sizeof(x->program));
}

static void name_who(struct born_who *w, struct cgroups *cgroups)
{
	memcpy(w->comm, w->program.comm, sizeof(w->program.comm));
	w->comm[sizeof(w->program.comm)] = '\0';
	w->cgroup = cgroups ? cgroups_path(cgroups, w->program.cgroup) : NULL;
	if (!w->cgroup || !cgroups_container(w->cgroup, w->container))
		w->container[0] = '\0';
}

static int add_processes(struct dentry_births_report *r, struct cgroups *cgroups)
{
	const size_t count = dentry_births_input(r->births)->proc_cnt;
	const struct born_proc *procs = dentry_births_procs(r->births);

	r->processes.at = calloc(count + 1, sizeof(*r->processes.at));
	if (!r->processes.at)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct born_who *w = &r->processes.at[r->processes.count++];

		w->program.cgroup = procs[i].is->key.cgroup;
		memcpy(w->program.comm, procs[i].is->key.comm, sizeof(w->program.comm));
		w->pid = procs[i].is->key.tgid;
		w->pids = w->pid != 0;
		memcpy(w->counts, procs[i].counts, sizeof(w->counts));
		name_who(w, cgroups);
	}
	return 0;
}

/* Processes of one name and cgroup are one program. */
static int add_programs(struct dentry_births_report *r)
{
	const size_t count = r->processes.count;
	struct born_who *to;

	r->programs.at = calloc(count + 1, sizeof(*to));
	if (!r->programs.at)
		return -ENOMEM;
	qsort(r->processes.at, count, sizeof(*to), born_by_program);
	for (size_t i = 0; i < count; i++) {
		const struct born_who *from = &r->processes.at[i];

		to = r->programs.count ? &r->programs.at[r->programs.count - 1] : NULL;
		if (!to || born_by_program(to, from)) {
			r->programs.at[r->programs.count++] = *from;
			continue;
		}
		to->pid = 0;
		to->pids += from->pids;
		for (int n = 0; n < BORN_COUNTS; n++)
			to->counts[n] += from->counts[n];
	}
	return 0;
}

double born_rate(const struct dentry_births_report *r, uint64_t count)
{
	double s = dentry_births_input(r->births)->seconds;

	return s > 0 ? count / s : 0;
}

bool born_scaled(const struct dentry_births_report *r)
{
	return dentry_births_input(r->births)->totals.scale > 1;
}

static void add_up(struct dentry_births_report *r)
{
	for (size_t i = 0; i < r->programs.count; i++)
		for (int n = 0; n < BORN_COUNTS; n++)
			r->all[n] += r->programs.at[i].counts[n];
}

int dentry_births_report_build(struct dentry_births_report *r, const struct dentry_births *b,
			       const struct symbols *symbols, struct cgroups *cgroups,
			       size_t rows_max)
{
	int err;

	r->births = b;
	r->symbols = symbols;
	err = add_processes(r, cgroups);
	if (!err)
		err = add_programs(r);
	if (!err)
		err = born_add_names(r, BORN_BY_PATH, rows_max, &r->directories);
	if (!err)
		err = born_add_names(r, BORN_BY_PATH | BORN_BY_FOLD, rows_max, &r->shapes);
	if (!err)
		err = born_add_names(r, BORN_BY_PATTERN, rows_max, &r->patterns);
	if (!err)
		err = born_add_names(r, BORN_BY_PATH | BORN_BY_PATTERN, rows_max, &r->floods);
	if (!err)
		err = born_add_sites(r);
	if (!err) {
		if (r->filtered)
			born_filter_programs(r);
		qsort(r->processes.at, r->processes.count, sizeof(*r->processes.at), by_births);
		qsort(r->programs.at, r->programs.count, sizeof(*r->programs.at), by_births);
		add_up(r);
		err = born_judge(r);
	}
	if (err)
		dentry_births_report_deinit(r);
	return err;
}

void dentry_births_report_deinit(struct dentry_births_report *r)
{
	free(r->processes.at);
	free(r->programs.at);
	free(r->sites);
	free(r->name.path);
	free(r->name.pattern);
	born_names_deinit(&r->directories);
	born_names_deinit(&r->shapes);
	born_names_deinit(&r->patterns);
	born_names_deinit(&r->floods);
	*r = (struct dentry_births_report){.filtered = r->filtered, .top = r->top};
}
