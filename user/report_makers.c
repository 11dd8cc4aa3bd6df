// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who made objects: names of threads, and the cgroups that these ran in. A cgroup is
 * told by its container, else by its path, of which the end says most; the root is not
 * told, nor the cgroup that slabsight has made for the command that it runs.
 */
#include <string.h>

#include "cgroups.h"
#include "cleanup.h"
#include "report_private.h"
#include "report_run.h"

#define TASKS_MAX 4
#define HOME_MAX  48 /* bytes of a path that are told */

static bool ends(const char *s, const char *with)
{
	size_t len = strlen(s), end = strlen(with);

	return len >= end && !strcmp(s + len - end, with);
}

/* NULL where it says nothing. */
static const char *home(const struct report *r, const struct snapshot_task *t)
{
	const struct run_cgroup *own = r->run ? r->run->cgroup : NULL;

	if (!t->path || !strcmp(t->path, "/") || (own && *own->path && ends(own->path, t->path)))
		return NULL;
	return t->path;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* "container 0123456789ab", "/system.slice/some.service", ".../some.service". */
static char *short_home(const char *path, char buf[LINES_ESCAPED])
{
	char container[CGROUPS_CONTAINER];
	size_t len = strlen(path);
	const char *tail;

	if (cgroups_container(path, container)) {
		snprintf(buf, LINES_ESCAPED, "container %s", SAFE(container));
		return buf;
	}
	if (len <= HOME_MAX)
		return text_escape(path, buf, LINES_ESCAPED);
	tail = strchr(path + len - HOME_MAX, '/');
	snprintf(buf, LINES_ESCAPED, "...%s", SAFE(tail ? tail : path + len - HOME_MAX));
	return buf;
}

/* Those that are of the name; what they have in common: *ret_home. */
static size_t count_tasks(const struct report *r, const struct snapshot_stack *st, const char *comm,
			  const char **ret_home)
{
	size_t count = 0;

	for (size_t i = 0; i < st->task_cnt; i++) {
		const char *at = home(r, &st->tasks[i]);

		if (comm && !same(st->tasks[i].comm, comm))
			continue;
		*ret_home = !count || same(*ret_home, at) ? at : NULL;
		count++;
	}
	return count;
}

char *report_tasks(const struct report *r, const struct snapshot_stack *st, const char *comm,
		   char buf[REPORT_TASKS])
{
	const char *common = NULL;
	const size_t count = count_tasks(r, st, comm, &common);
	size_t used = 0, shown = 0;

	*buf = '\0';
	for (size_t i = 0; i < st->task_cnt && shown < TASKS_MAX && used < REPORT_TASKS; i++) {
		const struct snapshot_task *t = &st->tasks[i];
		const char *at = common ? NULL : home(r, t);

		if (comm && !same(t->comm, comm))
			continue;
		used += snprintf(buf + used, REPORT_TASKS - used, "%s%s%s%s", shown ? ", " : "",
				 t->comm ? SAFE(t->comm) : "(name not known)", at ? " in " : "",
				 at ? short_home(at, (char[LINES_ESCAPED]){0}) : "");
		shown++;
		if ((!comm || count > 1) && used < REPORT_TASKS)
			used += snprintf(buf + used, REPORT_TASKS - used, " (%s)",
					 SHARE(lines_percent(t->weight, st->weight)));
	}
	if (count > shown && used < REPORT_TASKS)
		used += snprintf(buf + used, REPORT_TASKS - used, " and %s",
				 MANY(count - shown, "other"));
	if (common && used < REPORT_TASKS)
		snprintf(buf + used, REPORT_TASKS - used, "%s in %s", count > 1 ? ", all" : "",
			 short_home(common, (char[LINES_ESCAPED]){0}));
	return buf;
}

/* Can it be typed as it is? */
static bool is_plain(const char *comm)
{
	return *comm && *comm != '-' &&
	       !comm[strspn(comm, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.:+-")];
}

/* The only name that can have more than half, by a weighted vote (Boyer and Moore, 1981). */
static const char *candidate(const struct snapshot_origin *o)
{
	const char *name = NULL;
	double lead = 0;

	for (size_t i = 0; i < o->stack_cnt; i++)
		for (size_t n = 0; n < o->stacks[i].task_cnt; n++) {
			const struct snapshot_task *t = &o->stacks[i].tasks[n];

			if (same(name, t->comm)) {
				lead += t->weight;
			} else if (lead >= t->weight) {
				lead -= t->weight;
			} else {
				name = t->comm;
				lead = t->weight - lead;
			}
		}
	return name;
}

/* Of what is live at all. */
static bool made_all(const struct snapshot *s, const char *comm)
{
	for (size_t i = 0; i < s->origin_cnt; i++)
		for (size_t j = 0; j < s->origins[i].stack_cnt; j++)
			for (size_t n = 0; n < s->origins[i].stacks[j].task_cnt; n++)
				if (!same(s->origins[i].stacks[j].tasks[n].comm, comm))
					return false;
	return true;
}

const char *report_maker(const struct snapshot *s, const struct snapshot_origin *o)
{
	const char *name = candidate(o);
	double made = 0, all = 0;

	if (!name || !is_plain(name))
		return NULL;
	for (size_t i = 0; i < o->stack_cnt; i++)
		for (size_t n = 0; n < o->stacks[i].task_cnt; n++) {
			const struct snapshot_task *t = &o->stacks[i].tasks[n];

			all += t->weight;
			made += same(t->comm, name) ? t->weight : 0;
		}
	return 2 * made > all && !made_all(s, name) ? name : NULL;
}

static uint64_t made_without_name(const struct snapshot *s)
{
	uint64_t objects = 0;

	for (size_t i = 0; i < s->origin_cnt; i++)
		for (size_t j = 0; j < s->origins[i].stack_cnt; j++)
			for (size_t n = 0; n < s->origins[i].stacks[j].task_cnt; n++) {
				const struct snapshot_task *t = &s->origins[i].stacks[j].tasks[n];

				objects += t->cgroup && !t->path ? t->objects : 0;
			}
	return objects;
}

void report_print_cgroups(FILE *out, const struct report *r)
{
	const uint64_t objects = made_without_name(r->snapshot);
	char line[256];

	if (r->no_cgroups)
		snprintf(line, sizeof(line), "of programs are not told: %s", SAFE(r->no_cgroups));
	else if (objects)
		snprintf(line, sizeof(line),
			 "%s by programs in cgroups that were gone before their name was read, or "
			 "cannot be seen from here",
			 MANY(objects, "survivor"));
	else
		return;
	lines_wrap(out, 11, "  cgroups", "%s", line);
}
